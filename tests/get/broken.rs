//! Answers that come and are not what they should be: too short, too long, against a rule, or of another protocol.

use std::io::Read as _;
use std::sync::mpsc::channel;

use super::server::{Server, fact, failure, get, json};
use super::support::netlearn;

#[test]
fn a_body_too_short_fails_and_one_too_long_warns() {
    let failed = failure(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 18, "body_short");
    let length = fact(&failed, "length");
    assert_eq!((&length["declared"], &length["received"]), (&10.into(), &5.into()));

    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
    let run = json(&server, &[]);
    assert_eq!(run.code, 0);
    assert_eq!(run.event("left_over")["len"], 9);
    assert_eq!(get(&server, &[]).text(), "hello");

    let exact = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert!(json(&exact, &[]).events_of("left_over").is_empty());
}

#[test]
fn what_is_left_over_is_given_to_no_other_request() {
    let server =
        Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nforged");
    let url = server.url("/");
    let run = netlearn(&["get", &url, &url, "--json"]);
    assert_eq!(run.code, 0);
    assert!(run.events_of("reused").is_empty());
    assert_eq!(run.events_of("connected").len(), 2);
}

#[test]
fn a_chunked_body_cut_off_is_short() {
    let failed =
        failure(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 18, "body_short");
    assert_eq!(fact(&failed, "received")["len"], 5);
}

#[test]
fn lengths_that_differ_fail_and_equal_ones_do_not() {
    let failed =
        failure(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 8, "two_lengths");
    assert_eq!(fact(&failed, "malformed")["values"], serde_json::json!(["5", "6"]));
    let equal = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(get(&equal, &[]).text(), "hello");
}

#[test]
fn broken_answers_name_the_rule_and_the_octet() {
    for (answer, kind, broken) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"[..], "bad_length", "content_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", "bad_head", "not_read"),
        // The library counts no further: such a length is no body cut off.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc", "bad_head", "not_read"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\nabc", "bad_head", "not_read"),
        (b"HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nabc", "bad_head", "not_read"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked,\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "bad_head",
            "not_read",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "bad_head",
            "transfer_encoding",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX y\r\n\r\n", "bad_head", "field_line"),
        (
            b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nwhatever",
            "bad_head",
            "unasked_switch",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello", "broken_chunk", "chunk"),
        (b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", "bad_head", "field_value"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "bad_head", "field_line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad_head", "status_line"),
    ] {
        let failed = failure(answer, 8, kind);
        let malformed = fact(&failed, "malformed");
        assert_eq!(malformed["broken"], broken);
        assert!(malformed["offset"].as_u64() > Some(0));
    }
    // The near-miss: the same shape, within the rules.
    let fine = Server::answering(b"HTTP/1.1 200\r\nX: a\tb\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(&fine, &[]).code, 0);
}

#[test]
fn a_head_cut_off_is_no_empty_reply() {
    let failed = failure(b"HTTP/1.1 200 OK\r\nContent-Le", 8, "bad_head");
    assert_eq!(fact(&failed, "received")["len"], 27);
    let told = |answer| netlearn(&["get", &Server::answering(answer).url("/")]);
    let run = told(b"HTTP/1.1 200 OK\r\nContent-Le");
    assert!(run.stderr.contains("the answer ended within its head"), "{}", run.stderr);
    assert!(!run.stderr.contains("breaks the rules"), "{}", run.stderr);
    let run = told(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(run.code, 8);
    assert!(run.stderr.contains("after 100 Continue, before its"), "{}", run.stderr);
    assert!(run.stderr.contains("try"), "{}", run.stderr);
}

#[test]
fn an_answer_that_is_longer_than_it_says_is_reset_by_nobody() {
    for (answer, code) in [
        ([&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..], &[b'z'; 50_000]].concat(), 0),
        (vec![b'z'; 80_000], 8),
    ] {
        let (met, outcome) = channel();
        let server = Server::start(move |_, client| {
            client.head();
            client.write(&answer);
            // The client may have broken it off.
            let _ = client.stream.shutdown(std::net::Shutdown::Write);
            let read = client.stream.read(&mut [0; 1]);
            let _ = met.send(read.map_err(|error| error.kind()));
        });
        let run = json(&server, &[]);
        assert_eq!(run.code, code, "{}", run.text());
        let met = outcome.recv().unwrap();
        let closed = run.event("closed");
        let rst = closed["how"] == "rst";
        assert_eq!(met.is_err(), rst, "the server met {met:?}, told is {closed}");
        assert!(!rst || closed["by"] == "client", "{closed}");
    }
}

#[test]
fn what_stands_around_the_chunks_is_limited_and_shown() {
    let extended = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"[..],
        &[b'e'; 20_000],
        b"\r\na\r\n0\r\n\r\n",
    ];
    let trailed = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: "[..],
        &[b'e'; 20_000],
        b"\r\n\r\n",
    ];
    for (answer, words) in [(extended, "lines around the chunks"), (trailed, "trailer of the answer")] {
        let answer: &'static [u8] = answer.concat().leak();
        let malformed = fact(&failure(answer, 8, "head_too_large"), "malformed");
        assert_eq!((&malformed["broken"], &malformed["limit"]), (&"chunk_lines".into(), &16_383.into()));
        let run = netlearn(&["get", &Server::answering(answer).url("/")]);
        assert!(run.stderr.contains(&format!("the {words}")), "{}", run.stderr);
        assert!(run.stderr.contains("16,383 bytes"), "{}", run.stderr);
    }
    let shown = Server::answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n",
    );
    let run = netlearn(&["get", &shown.url("/")]);
    assert!(run.stderr.contains("T: 1                      trailer field"), "{}", run.stderr);
}

#[test]
fn what_frames_a_body_oddly_is_said() {
    let told = |answer| netlearn(&["get", &Server::answering(answer).url("/")]).stderr;
    let text = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    assert!(text.contains("gzip is not undone"), "{text}");
    let text = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc");
    assert!(text.contains("gzip is not undone") && !text.contains("words: chunked"), "{text}");
    let words = text.lines().find(|line| line.contains("words:")).unwrap_or_default();
    assert!(!words.contains("chunked"), "{text}");
    let text = told(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    );
    assert!(text.contains("request smuggling or response"), "{text}");
    let text = told(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding:\r\n\r\nabc");
    assert!(!text.contains("No length was declared"), "{text}");
}

#[test]
fn a_change_of_protocol_that_was_asked_for_is_said_to_be_one() {
    let server = Server::answering(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nwhatever");
    let run = netlearn(&["get", &server.url("/"), "-H", "Upgrade: x", "-H", "Connection: upgrade"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for words in ["the protocol that is spoken from here on", "what follows is not read"] {
        assert!(
            run.stderr.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
            "{}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("on offer"), "{}", run.stderr);
}

#[test]
fn other_protocols_are_named() {
    for (first, protocol) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "ssh"),
        (b"220 mail ESMTP ready\r\n", "smtp"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", "http2"),
    ] {
        let failed = failure(first, 8, "not_http");
        assert_eq!(fact(&failed, "first_bytes")["protocol"], protocol);
    }
    // A fatal TLS alert: the port speaks TLS.
    let failed = failure(b"\x15\x03\x01\x00\x02\x02\x46", 56, "plain_to_tls");
    assert_eq!(fact(&failed, "first_bytes")["protocol"], "tls");
}
