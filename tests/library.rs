//! `netlearn get --library`: what reqwest does by itself, beside what really passed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![cfg(unix)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use support::{GUARD, Run, Started, accept_within, command, netlearn, refusing};

/// `hello` ten times, packed by gzip.
const PACKED: &[u8] =
    &[0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xcf, 0x18, 0x98, 0x0a, 0x00];

/// The head of one request; empty where the client has hung up.
fn head(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut one = [0];
    while !all.ends_with(b"\r\n\r\n") && stream.read(&mut one).unwrap_or(0) == 1 {
        all.push(one[0]);
    }
    String::from_utf8(all).unwrap()
}

/// A server that redirects from `/`, and answers what `answer` says elsewhere; the heads that came.
fn against(answer: &[u8], run: impl FnOnce(&str) -> Run) -> (Run, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let mut stream = accept_within(&listener, GUARD);
            let mut heads = Vec::new();
            loop {
                let head = head(&mut stream);
                if head.is_empty() {
                    return heads;
                }
                let moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
                let octets = if head.starts_with("GET / ") { moved.as_slice() } else { answer };
                let _ = stream.write_all(octets);
                heads.push(head);
            }
        });
        let run = run(&url);
        (run, server.join().unwrap())
    })
}

#[test]
fn what_a_library_does_by_itself_is_laid_beside_what_passed() {
    let body = gzip();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [head.as_bytes(), &body].concat();
    let (run, heads) = against(&answer, |url| {
        netlearn(&["get", "--library", &format!("{url}/"), "--json", "-H", "X-Mine: 1"])
    });
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(heads.len(), 2, "the redirect was followed");
    assert!(
        heads[1].contains("accept-encoding: ") && heads[1].to_lowercase().contains("x-mine: 1"),
        "{heads:?}"
    );
    let compared = run.event("library_compared");
    for (name, value) in [
        ("asked", 1),
        ("requests", 2),
        ("connections", 1),
        ("body_passed", body.len() as u64),
        ("body_given", 50),
    ] {
        assert_eq!(compared[name], value, "{name}: {compared:#}");
    }
    assert_eq!(compared["coding"], "gzip");
    assert!(compared["followed"][0].as_str().unwrap().ends_with("/there"));
    assert_eq!(compared["asked_fields"], serde_json::json!(["X-Mine"]));
    // What passed was seen, not told by the library.
    let sent: u64 = heads.iter().map(|head| head.len() as u64).sum();
    assert_eq!(compared["sent"], sent);
    assert_eq!(run.events_of("request").len(), 2);
    assert_eq!(run.event("library_started")["library"], "reqwest");
}

/// `hello` ten times, stored by gzip without compression (RFC 1952, RFC 1951 section 3.2.4).
fn gzip() -> Vec<u8> {
    let text = b"hello".repeat(10);
    let len = u16::try_from(text.len()).unwrap();
    let mut crc = u32::MAX;
    for octet in &text {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [
        &PACKED[..10],
        &[1],
        &len.to_le_bytes(),
        &(!len).to_le_bytes(),
        &text,
        &(!crc).to_le_bytes(),
        &u32::from(len).to_le_bytes(),
    ]
    .concat()
}

#[test]
fn the_body_is_what_the_library_gives() {
    let body = gzip();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [head.as_bytes(), &body].concat();
    let (run, _) = against(&answer, |url| netlearn(&["get", "--library", &format!("{url}/x")]));
    assert_eq!(run.text(), "hello".repeat(10));
    for told in ["you asked", "undid gzip: 50 bytes", "1 connection"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}

#[test]
fn a_proxy_of_the_environment_is_told_and_not_asked() {
    let never = TcpListener::bind("127.0.0.1:0").unwrap();
    never.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", never.local_addr().unwrap());
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let (run, heads) = against(ok, |url| {
        let mut line = command(&["get", "--library", &format!("{url}/x")]);
        line.env("http_proxy", &proxy)
            .env("HTTP_PROXY", &proxy)
            .env_remove("no_proxy")
            .env_remove("NO_PROXY");
        Started::new(line).finish()
    });
    assert_eq!((run.code, run.text().as_str()), (0, "ok"), "{}", run.stderr);
    assert!(heads[0].starts_with("GET /x HTTP/1.1"), "{heads:?}");
    assert!(run.stderr.contains("would use http_proxy"), "{}", run.stderr);
    assert!(never.accept().is_err(), "nobody asked the proxy");
}

#[test]
fn failures_have_the_codes_of_get() {
    let (run, _) =
        against(b"SSH-2.0-x\r\n", |url| netlearn(&["get", "--library", &format!("{url}/x"), "--json"]));
    assert_eq!((run.code, run.event("failed")["kind"].as_str().unwrap()), (8, "not_http"));
    let (_held, port) = refusing();
    let run = netlearn(&["get", "--library", &format!("http://127.0.0.1:{port}/"), "--json"]);
    assert_eq!((run.code, run.event("failed")["kind"].as_str().unwrap()), (7, "refused"));
    assert!(run.events_of("library_compared").is_empty());
    let run = netlearn(&["get", "--library", "--http2", "http://127.0.0.1:1/"]);
    assert_eq!(run.code, 2);
}

#[test]
fn tls_is_counted_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem").display().to_string();
    let arguments = ["serve", "--port", "0", "--tls", "--ca-out", &ca, "--json"];
    let mut serving = Started::new(command(&arguments));
    let port = serving.wait_for("listening")["local_port"].as_u64().unwrap();
    serving.wait_for("authority_written");
    let url = format!("https://localhost:{port}/");
    let run = netlearn(&["get", "--library", &url, "--cacert", &ca, "--json"]);
    let untrusted = netlearn(&["get", "--library", &url, "--json"]);
    serving.terminate();
    serving.finish();
    assert_eq!(run.code, 0, "{}", run.text());
    let compared = run.event("library_compared");
    assert!(compared["encrypted"] == true && compared["received"].as_u64().unwrap() > 500, "{compared:#}");
    assert!(run.events_of("request").is_empty());
    assert_eq!(untrusted.code, 60, "{}", untrusted.text());
}
