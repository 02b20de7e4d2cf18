//! `netlearn get --http2` against raw servers made here, octet by octet.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "http2/peers.rs"]
mod peers;
mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;
use support::{GUARD, Run, accept_within, netlearn};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";

fn frame(frame_type: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[frame_type, flags], &stream.to_be_bytes(), payload].concat()
}

/// Reads the preface and frames until a HEADERS frame has passed; everything that came.
fn request(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = vec![0; PREFACE.len()];
    stream.read_exact(&mut all).unwrap();
    assert_eq!(all, PREFACE);
    loop {
        let mut header = [0; 9];
        stream.read_exact(&mut header).unwrap();
        let len = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        let mut payload = vec![0; len as usize];
        stream.read_exact(&mut payload).unwrap();
        all.extend_from_slice(&header);
        all.extend_from_slice(&payload);
        if header[3] == 1 {
            return all;
        }
    }
}

/// Answers the first request of one connection with these octets, reads on until the client ends, and gives what it read
/// of the request.
fn against(answer: &[u8], arguments: &[&str]) -> (Run, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let mut stream = accept_within(&listener, GUARD);
            let asked = request(&mut stream);
            // A client that had enough is no fault of the server.
            let _ = stream.write_all(answer);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest);
            asked
        });
        let run = netlearn(&[&["get", "--http2", &url], arguments].concat());
        (run, server.join().unwrap())
    })
}

fn failed(answer: &[u8]) -> (i32, Value) {
    let (run, _) = against(answer, &["--json", "--timeout", "20"]);
    (run.code, run.event("failed"))
}

fn answer(more: &[Vec<u8>]) -> Vec<u8> {
    [SETTINGS.to_vec(), frame(4, 1, 0, b"")].into_iter().chain(more.iter().cloned()).flatten().collect()
}

#[test]
fn a_page_comes_in_frames() {
    // :status 200, content-length (28) 5.
    let head = frame(1, 4, 1, b"\x88\x0f\x0d\x015");
    let answer = answer(&[head, frame(0, 0, 1, b"he"), frame(0, 1, 1, b"llo"), frame(7, 0, 0, &[0; 8])]);
    let (run, _) = against(&answer, &[]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    for told in
        ["HTTP/2 from the first byte", "SETTINGS, 1 setting", ":authority: ", ":status: 200", "5 of 5 bytes"]
    {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    let (run, _) = against(&answer, &["--json"]);
    let names: Vec<(String, String)> = run
        .events_of("http2_frame")
        .iter()
        .map(|frame| (frame["by"].as_str().unwrap().to_owned(), frame["name"].as_str().unwrap().to_owned()))
        .collect();
    let of = |side: &str| -> Vec<&str> {
        names.iter().filter(|(by, _)| by == side).map(|(_, name)| name.as_str()).collect()
    };
    assert_eq!(of("server"), ["SETTINGS", "SETTINGS", "HEADERS", "DATA", "DATA", "GOAWAY"]);
    assert_eq!(of("client")[..2], ["SETTINGS", "HEADERS"]);
    let (request, response) = (run.event("request"), run.event("response"));
    assert_eq!((&request["version"], &request["stream"]), (&"HTTP/2".into(), &1.into()));
    assert_eq!((&response["decoded"], &response["status"]), (&true.into(), &200.into()));
    let ended = run.event("body_ended");
    assert_eq!(
        (&ended["rule"], &ended["len"], &ended["declared"]),
        (&"end_stream".into(), &5.into(), &5.into())
    );
    assert_eq!(run.event("http_agreed")["how"], "prior_knowledge");
}

#[test]
fn each_failure_has_its_kind_and_code() {
    let head = frame(1, 4, 1, b"\x88");
    let promised = frame(1, 4, 1, b"\x88\x0f\x0d\x03100");
    let cases: Vec<(Vec<u8>, i32, &str)> = vec![
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 16, "not_http2"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec(), 16, "not_http2"),
        (b"\x15\x03\x01\0\x02\x02\x46".to_vec(), 56, "plain_to_tls"),
        (head.clone(), 16, "frame_broken"),
        (answer(&[vec![0, 0x40, 1, 0, 0, 0, 0, 0, 1]]), 16, "frame_broken"),
        (answer(&[head.clone()[..7].to_vec()]), 16, "frame_broken"),
        (answer(&[]), 16, "frame_broken"),
        (answer(&[frame(3, 0, 1, &[0, 0, 0, 7])]), 92, "stream_reset"),
        (answer(&[frame(7, 0, 0, b"\0\0\0\0\0\0\0\x0bcalm")]), 16, "gone_away"),
        (answer(&[promised.clone(), frame(0, 0, 1, b"abc")]), 18, "body_short"),
        (answer(&[promised.clone(), frame(0, 0, 1, b"abcdef")[..12].to_vec()]), 18, "body_short"),
        (answer(&[promised, frame(0, 1, 1, b"abc")]), 18, "body_short"),
        // Index 99 stands in no table.
        (answer(&[frame(1, 5, 1, b"\xe3")]), 16, "frame_broken"),
        (Vec::new(), 52, "empty_reply"),
    ];
    for (octets, code, kind) in cases {
        let (exit, event) = failed(&octets);
        assert_eq!((exit, event["kind"].as_str().unwrap()), (code, kind), "{octets:?}: {event:#}");
    }
}

#[test]
fn a_failure_shows_the_frame() {
    let (run, _) = against(&answer(&[vec![0, 0x40, 1, 0, 0, 0, 0, 0, 1]]), &[]);
    let told: Vec<&str> = run.stderr.lines().map(str::trim).collect();
    let at = told.iter().position(|line| line.starts_with("00 40 01 00 00 00 00 00 01")).unwrap();
    assert!(told[at + 1].starts_with("^^^^^^^^ "), "{}", run.stderr);
    assert!(run.stderr.contains("at most 16384 octets"), "{}", run.stderr);
    let (run, _) = against(&answer(&[frame(7, 0, 0, b"\0\0\0\0\0\0\0\x0bslow down")]), &[]);
    assert!(run.stderr.contains("ENHANCE_YOUR_CALM") && run.stderr.contains("slow down"), "{}", run.stderr);
    let (run, _) = against(b"HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n", &[]);
    assert!(
        run.stderr.contains("that is HTTP/1.1") && run.stderr.contains("netlearn get http://"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_silent_server_is_not_waited_for_while_it_pings() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            request(&mut stream);
            stream.write_all(SETTINGS).unwrap();
            // Until the client is gone: each of ours is answered, and none is progress.
            let mut answers = [0; 4096];
            while stream.write_all(&frame(6, 0, 0, b"12345678")).is_ok()
                && stream.read(&mut answers).is_ok_and(|len| len > 0)
            {
                // At its ease: a flood ends otherwise.
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        let run = netlearn(&["get", "--http2", &url, "--timeout", "3", "--json"]);
        assert_eq!(run.code, 28);
        // It did speak all the while, and was answered: what ended it was that nothing of an answer came.
        let pings = |by: &str| {
            run.events_of("http2_frame")
                .iter()
                .filter(|frame| frame["name"] == "PING" && frame["by"] == by)
                .count()
        };
        assert!(pings("server") > 1 && pings("client") > 1, "{}", run.stderr);
    });
}

/// A server that has asked for the request and then sends these octets without end; its client's are read meanwhile.
fn flooded(octets: &[u8], arguments: &[&str]) -> Run {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let many = octets.repeat(100);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            request(&mut stream);
            let mut reading = stream.try_clone().unwrap();
            scope.spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
            stream.write_all(SETTINGS).unwrap();
            while stream.write_all(&many).is_ok() {}
        });
        netlearn(&[&["get", "--http2", &url, "--timeout", "20"], arguments].concat())
    })
}

#[test]
fn a_flood_of_frames_without_an_answer_is_taken_for_one() {
    // :status (8) as a literal without indexing, 103.
    let interim = frame(1, 4, 1, b"\x08\x03103");
    for (name, octets) in [
        ("PING", frame(6, 0, 0, b"12345678")),
        ("SETTINGS", frame(4, 0, 0, b"")),
        ("WINDOW_UPDATE", frame(8, 0, 0, &[0, 0, 0, 1])),
        ("PRIORITY", frame(2, 0, 1, &[0; 5])),
        ("unknown", frame(0x42, 0, 0, b"?")),
        ("HEADERS", interim),
    ] {
        let run = flooded(&octets, &["--json"]);
        let failed = run.event("failed");
        assert_eq!((run.code, &failed["kind"]), (16, &"frame_broken".into()), "{name}: {failed}");
        let broken =
            run.events_of("http2_frame").into_iter().find(|frame| !frame["fault"].is_null()).unwrap();
        assert_eq!((&broken["name"], &broken["fault"]["rule"]), (&name.into(), &"flood".into()), "{broken}");
        let count = |event: &Value| event["frames"].as_u64().unwrap();
        let of_server = run.events_of("http2_frame").into_iter().filter(|frame| frame["by"] == "server");
        let came: u64 = of_server.map(|event| count(&event)).sum();
        // Its first SETTINGS is one of them; of HEADERS the first might have been the answer's.
        assert!((10_001..=10_003).contains(&came), "{name}: {came}");
        assert!(run.events().len() < 5_000, "{name}: {} events", run.events().len());
    }
    let run = flooded(&frame(6, 0, 0, b"12345678"), &[]);
    let words = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in ["a flood of frames without an answer", "after at most 10000 frames", "one more: PING"] {
        assert!(words.contains(told), "{told}: {words}");
    }
}

#[test]
fn fields_unpack_to_no_more_than_was_announced() {
    // Each counts with 32 octets more (RFC 9113 section 6.5.2): ":status: 200" for 42, "accept-encoding: gzip, deflate" for 60.
    let most = (65_536 - 42) / 60;
    for (fields, code) in [(most, 0), (most + 1, 16)] {
        let block = [&b"\x88"[..], &b"\x90".repeat(fields)].concat();
        let (run, _) = against(&answer(&[frame(1, 5, 1, &block)]), &["--json"]);
        assert_eq!(run.code, code, "{fields} fields");
    }
}

#[test]
fn secrets_are_in_no_event_and_in_no_captured_octet() {
    // :status 200, set-cookie (55) as a literal.
    let head = frame(1, 5, 1, b"\x88\x77\x0aid=hidden1");
    let arguments = ["--json", "-H", "Authorization: Bearer hidden2", "-H", "Cookie: a=hidden3"];
    let (run, asked) = against(&answer(std::slice::from_ref(&head)), &arguments);
    assert_eq!(run.code, 0);
    let text = run.text();
    for secret in ["hidden1", "hidden2", "hidden3"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Huffman-coded or not: what passed of a secret is in no head.
    let captured: Vec<u8> = run
        .events_of("bytes")
        .iter()
        .filter(|event| event["direction"] == "sent")
        .flat_map(|event| {
            let head = event["head"].as_str().unwrap();
            match event["head_encoding"] == "base64" {
                true => decoded(head),
                false => head.as_bytes().to_vec(),
            }
        })
        .collect();
    // authorization is entry 23, never indexed (0x1f 0x08), then a length and the value.
    let at = asked.windows(2).position(|two| two == [0x1f, 0x08]).unwrap();
    let len = usize::from(asked[at + 2] & 0x7f);
    assert!(len > 5 && asked[at + 3..at + 3 + len].iter().any(|octet| *octet != b'*'));
    assert!(captured[at + 3..at + 3 + len].iter().all(|octet| *octet == b'*'), "{captured:02x?}");
    let (run, _) = against(&answer(&[head]), &[&arguments[..], &["--secrets"]].concat());
    for secret in ["hidden1", "hidden2", "hidden3"] {
        assert!(run.text().contains(secret), "{secret}");
    }
}

fn decoded(text: &str) -> Vec<u8> {
    let value = |octet: u8| match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|octet| *octet != b'=').map(value).collect();
    digits
        .chunks(4)
        .flat_map(|four| {
            let word =
                four.iter().chain(&[0; 3]).take(4).fold(0u32, |word, digit| word << 6 | u32::from(*digit));
            word.to_be_bytes()[1..four.len()].to_vec()
        })
        .collect()
}

#[test]
fn what_does_not_go_together_is_said() {
    for arguments in [
        &["--http2", "--http1.1"][..],
        &["--http2", "--close"],
        &["--http2", "-H", "Connection: close"],
        &["--http2", "-H", "Transfer-Encoding: chunked"],
    ] {
        let run = netlearn(&[&["get", "http://127.0.0.1:1/"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("--http2"), "{}", run.stderr);
    }
}

#[test]
fn curl_is_told_the_same() {
    for (url, flag) in
        [("http://localhost:1/", "--http2-prior-knowledge "), ("https://localhost:1/", "--http2 ")]
    {
        let line = netlearn(&["get", "--curl", "--http2", url]).text();
        assert!(line.starts_with(&format!("curl {flag}")), "{line}");
    }
}

#[test]
fn our_own_server_says_505_and_another_way() {
    let serving = support::Started::new(support::command(&["serve", "--port", "0", "--json"]));
    let mut serving = serving;
    let port = serving.wait_for("listening")["local_port"].as_u64().unwrap();
    let run = netlearn(&["get", "--http2", &format!("http://127.0.0.1:{port}/")]);
    serving.terminate();
    serving.finish();
    assert_eq!(run.code, 16, "{}", run.stderr);
    assert!(run.stderr.contains("HTTP/1.1 505"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("netlearn get http://127.0.0.1:{port}/")), "{}", run.stderr);
}

#[test]
#[ignore = "needs openssl"]
fn a_server_that_does_not_choose_h2_is_asked_in_http_1_1() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem").display().to_string();
    let arguments = ["serve", "--port", "0", "--tls", "--ca-out", &ca, "--json"];
    let mut serving = support::Started::new(support::command(&arguments));
    let port = serving.wait_for("listening")["local_port"].as_u64().unwrap();
    serving.wait_for("authority_written");
    let run = netlearn(&["get", "--http2", &format!("https://localhost:{port}/"), "--cacert", &ca]);
    serving.terminate();
    serving.finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("HTTP/1.1: the server"), "{}", run.stderr);
    assert_eq!(run.text(), "Hello, World!\n");
}
