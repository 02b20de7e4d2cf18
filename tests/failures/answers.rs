//! Answers that break the rules of HTTP, each with the same answer one step within them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;

use serde_json::json;

use super::peer::{Peer, answering, head};
use super::row::{Row, Seen, narration_of, seen};
use super::support::{Serving, netlearn};

/// What `get` says of an answer with these octets; and the commands' URL.
fn of(octets: &'static [u8]) -> (Seen, String) {
    let peer = answering(octets);
    (seen(&["get", &peer.url()]), peer.url())
}

/// Asserts that this answer is in order.
fn fine(octets: &'static [u8], body: &str) {
    let run = netlearn(&["get", &answering(octets).url(), "-q"]);
    assert_eq!((run.code, run.text().as_str()), (0, body), "{}", run.stderr);
}

/// Where the test put what is wrong.
fn place(octets: &[u8], wrong: &[u8]) -> usize {
    octets.windows(wrong.len()).position(|part| part == wrong).unwrap()
}

#[test]
fn body_short() {
    let (told, url) = of(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    told.is(&Row {
        code: 18,
        kind: "body_short",
        cause: "the other end ended the connection 5 bytes too early",
        says: "Declared were 10 bytes; 5 are missing",
        next: &format!("netlearn get --view hex {url}"),
    });
    assert_eq!(told.fact("length"), json!({"fact": "length", "declared": 10, "received": 5}));
    fine(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello");
    // Longer than declared is no failure: what is left over is told.
    let long = netlearn(&[
        "get",
        &answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more").url(),
        "--json",
    ]);
    assert_eq!((long.code, &long.event("left_over")["len"]), (0, &json!(" and more".len())));
}

#[test]
fn body_short_in_chunks() {
    let (told, url) = of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    told.is(&Row {
        code: 18,
        kind: "body_short",
        cause: "the other end ended the connection before the end of the body",
        says: "5 bytes came back before that",
        next: &format!("netlearn get --view hex {url}"),
    });
    assert_eq!(told.fact("received")["len"], 5);
    fine(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello");
}

#[test]
fn two_lengths() {
    let octets = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello";
    let (told, _) = of(octets);
    told.is(&Row {
        code: 8,
        kind: "two_lengths",
        cause: "Content-Length says 5 and 6: nobody can tell where the body ends",
        says: "The values are 5 and 6",
        next: "netlearn explain request-smuggling",
    });
    let malformed = told.fact("malformed");
    assert_eq!(malformed["values"], json!(["5", "6"]));
    let second = place(octets, b"Content-Length: 6");
    let offset = malformed["offset"].as_u64().unwrap() as usize;
    assert!((second..second + 17).contains(&offset), "{offset} is not in the line at {second}");
    fine(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "hello");
}

#[test]
fn bad_length() {
    let octets = b"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello";
    let (told, url) = of(octets);
    told.is(&Row {
        code: 8,
        kind: "bad_length",
        cause: "Content-Length has to be one number, in digits alone",
        says: "Content-Length: 5x",
        next: &format!("netlearn get --view hex {url}"),
    });
    let offset = told.fact("malformed")["offset"].as_u64().unwrap() as usize;
    assert!([place(octets, b"5x"), place(octets, b"x\r")].contains(&offset), "{offset}");
    fine(b"HTTP/1.1 200 OK\r\nContent-Length: 05\r\n\r\nhello", "hello");
}

#[test]
fn broken_chunk() {
    let octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n";
    let (told, url) = of(octets);
    told.is(&Row {
        code: 8,
        kind: "broken_chunk",
        cause: "each chunk begins with its size in hexadecimal",
        says: "ZZ",
        next: &format!("netlearn get --view hex {url}"),
    });
    assert_eq!(told.fact("malformed")["offset"], place(octets, b"ZZ"));
    fine(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n05\r\nhello\r\n0\r\n\r\n", "hello");
}

#[test]
fn a_nul_in_the_head() {
    let octets = b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello";
    let (told, url) = of(octets);
    told.is(&Row {
        code: 8,
        kind: "bad_head",
        cause: "the head is not as HTTP writes it",
        says: "the head of the answer breaks the rules",
        next: &format!("netlearn get --view hex {url}"),
    });
    assert_eq!(told.fact("malformed")["offset"], place(octets, b"\0"));
    assert!(!told.words().contains('\0'), "no octet of a peer's comes raw to a terminal");
    fine(b"HTTP/1.1 200 OK\r\nX: a\tb\r\nContent-Length: 5\r\n\r\nhello", "hello");
}

#[test]
fn head_too_large() {
    let large = |fields: usize| {
        Peer::start(move |mut stream| {
            head(&mut stream);
            let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n".to_vec();
            for _ in 0..fields {
                octets.extend(format!("X: {}\r\n", "a".repeat(995)).into_bytes());
            }
            octets.extend(b"\r\nhello");
            // A client that has had enough is no fault of the server.
            let _ = stream.write_all(&octets);
            super::peer::rest(&mut stream);
        })
    };
    let peer = large(300);
    let told = seen(&["get", &peer.url()]);
    told.is(&Row {
        code: 8,
        kind: "head_too_large",
        cause: "a reader has to stop somewhere",
        says: "Our limit is",
        next: &format!("netlearn get --view hex {}", peer.url()),
    });
    let limit = told.fact("malformed")["limit"].as_u64().unwrap();
    assert!(limit < 300_000, "{limit}");
    // Near-miss: many fields within the limit.
    let fields = usize::try_from(limit / 1000 - 1).unwrap().min(60);
    let near = netlearn(&["get", &large(fields).url(), "-q"]);
    assert_eq!((near.code, near.text().as_str()), (0, "hello"), "{}", near.stderr);
}

#[test]
fn not_http() {
    for (octets, kind, cause) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "not_http", "the port speaks SSH, and it was asked in HTTP"),
        (b"220 mail.test ESMTP ready\r\n", "not_http", "the port speaks SMTP (mail)"),
        // HTTP/0.9 would be the page alone: nothing names a protocol.
        (b"<html>hello</html>\n", "not_http", "what answers there does not speak HTTP"),
    ] {
        let peer = answering(octets);
        let told = seen(&["get", &peer.url()]);
        let text = String::from_utf8_lossy(octets);
        told.is(&Row {
            code: 8,
            kind,
            cause,
            says: text.trim(),
            next: &format!("netlearn connect 127.0.0.1:{}", peer.port),
        });
        assert_eq!(told.fact("first_bytes")["head"], *text);
    }
    fine(b"HTTP/1.0 200 OK\r\n\r\n<html>hello</html>\n", "<html>hello</html>\n");
}

/// Leads from each path to the next, `/0` to `/1`; from `last` to `back`, or there it ends.
fn chain(last: u32, back: Option<&'static str>) -> Peer<u64> {
    Peer::start(move |mut stream| {
        let mut piece = [0; 4096];
        let mut answered = 0;
        while let Ok(len @ 1..) = std::io::Read::read(&mut stream, &mut piece) {
            let text = String::from_utf8_lossy(&piece[..len]).into_owned();
            let number: u32 = text.split(' ').nth(1).unwrap().trim_start_matches('/').parse().unwrap();
            let to = if number < last { Some((number + 1).to_string()) } else { back.map(str::to_owned) };
            let answer = match to {
                Some(to) => format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"),
                None => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
            };
            stream.write_all(answer.as_bytes()).unwrap();
            answered += 1;
        }
        answered
    })
}

#[test]
fn redirect_loop() {
    let peer = chain(2, Some("/0"));
    let url = format!("{}0", peer.url());
    let told = seen(&["get", "-L", &url]);
    told.is(&Row {
        code: 47,
        kind: "redirect_loop",
        cause: &format!("the redirects lead back to {url}"),
        says: "we were here before",
        next: &format!("netlearn get {url}"),
    });
    let urls: Vec<String> = ["0", "1", "2", "0"].iter().map(|path| format!("{}{path}", peer.url())).collect();
    assert_eq!(told.fact("cycle")["urls"], json!(urls));
    assert_eq!(peer.result(), 3, "stopped at the first repeat, by the server's count");
    // Near-miss: as many steps, and an end.
    let peer = chain(3, None);
    let near = netlearn(&["get", "-L", "-q", &format!("{}0", peer.url())]);
    assert_eq!((near.code, near.text().as_str(), peer.result()), (0, "hello", 4));
    // Near-miss: no circle, and no end either.
    let peer = chain(1000, None);
    let url = format!("{}0", peer.url());
    let far = seen(&["get", "-L", &url]);
    far.is(&Row {
        code: 47,
        kind: "too_many_redirects",
        cause: "more often than our limit (50)",
        says: "too many redirects",
        next: &format!("netlearn get {url}"),
    });
    assert_eq!((&far.fact("limit")["limit"], peer.result()), (&json!(50), 51));
    far.differs_from(&told);
}

#[test]
fn bad_redirect() {
    let peer = chain(0, Some("ftp://files.test/"));
    let url = format!("{}0", peer.url());
    let told = seen(&["get", "-L", &url]);
    told.is(&Row {
        code: 8,
        kind: "bad_redirect",
        cause: "its Location: ftp://files.test/: ftp is not http or https",
        says: "a redirect that cannot be followed",
        next: &format!("netlearn get {url}"),
    });
    assert_eq!(peer.result(), 1);
    // Near-miss: not followed, it is an answer.
    assert_eq!(netlearn(&["get", "-q", &url]).code, 0);
}

/// The faults of our own server, told by our own client: both sides count the same.
#[test]
fn each_fault_of_serve_is_read_as_what_it_is() {
    for (fault, code, kind) in [
        ("reset", 56, "reset"),
        ("empty", 52, "empty_reply"),
        ("truncate", 18, "body_short"),
        ("bad-chunk", 8, "broken_chunk"),
        ("two-lengths", 8, "two_lengths"),
        ("bad-length", 8, "bad_length"),
        ("redirect-loop", 47, "redirect_loop"),
        ("endless-header", 8, "head_too_large"),
        ("bad-status", 8, "bad_head"),
        ("nul-header", 8, "bad_head"),
        ("not-http", 8, "not_http"),
    ] {
        let serving = Serving::start(&["--port", "0", "--fault", fault]);
        let url = format!("http://127.0.0.1:{}/", serving.port);
        let told = seen(&["get", "-L", &url]);
        assert_eq!((told.code, told.kind()), (code, kind), "{fault}: {:#}", told.failed);
        assert!(!told.cause().is_empty(), "{fault}");
        let run = serving.stop();
        let came: u64 = told
            .events_of("bytes")
            .iter()
            .filter(|event| event["layer"] == "tcp" && event["direction"] == "received")
            .map(|event| event["len"].as_u64().unwrap())
            .sum();
        // Two runs had the same answers. A client that stops reading in the middle gets less than the system was given.
        let sent = run.event("served")["sent"].as_u64().unwrap();
        assert!(
            2 * came == sent || (fault == "endless-header" && 2 * came < sent),
            "{fault}: {came} of {sent}"
        );
    }
    // One octet too many is a warning, and none a success.
    let serving = Serving::start(&["--port", "0", "--fault", "long-body"]);
    let url = format!("http://127.0.0.1:{}/", serving.port);
    let run = netlearn(&["get", &url, "--json"]);
    assert_eq!(run.code, 0);
    assert!(run.event("left_over")["len"].as_u64() > Some(0));
    assert!(narration_of(&run.stdout).contains("left over") || !run.stdout.is_empty());
    serving.stop();
}
