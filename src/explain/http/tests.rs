//! The words for messages, their ends, and bytes that are none.

use std::time::Duration;

use super::*;
use crate::event::http::server::{Answered, Fault, Misanswered};
use crate::event::http::{Broken, Field, Known, LeftOver, Malformed, ProtocolRecognised};
use crate::event::{EventKind, Head, Layer};
use crate::explain::{Explanation, Weight, explain};

fn event(side: Side, kind: impl Into<EventKind>) -> Event {
    let took = Some(Duration::from_micros(100));
    Event { seq: 1, at: Duration::ZERO, took, flow: None, layer: Some(Layer::Http), side, kind: kind.into() }
}

fn fields(pairs: &[(&str, &str)]) -> Vec<Field> {
    let field = |(name, value): &(&str, &str)| Field {
        name: (*name).into(),
        value: (*value).into(),
        offset: 0,
        len: 0,
    };
    pairs.iter().map(field).collect()
}

fn get() -> Request {
    Request {
        by: Side::Client,
        exchange: 1,
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: fields(&[("Host", "localhost:3000"), ("User-Agent", "netlearn/0.1"), ("Accept", "*/*")]),
        offset: 0,
        len: 79,
        stream: None,
        decoded: false,
    }
}

fn answer(status: u16, reason: &str, method: &str, headers: &[(&str, &str)]) -> Response {
    Response {
        by: Side::Server,
        exchange: 1,
        status,
        reason: reason.to_owned(),
        version: "HTTP/1.1".to_owned(),
        headers: fields(headers),
        offset: 0,
        len: 102,
        request_method: Some(method.to_owned()),
        stream: None,
        decoded: false,
    }
}

fn end(rule: BodyRule, len: u64, declared: Option<u64>, complete: bool) -> BodyEnded {
    let chunks = (rule == BodyRule::Chunked).then_some(2);
    BodyEnded {
        by: Side::Server,
        exchange: 1,
        rule,
        len,
        declared,
        complete,
        chunks,
        coded: vec![],
        trailers: vec![],
    }
}

fn client(kind: impl Into<EventKind>) -> Explanation {
    explain(&event(Side::Client, kind))
}

fn lines(words: &Explanation) -> Vec<(&str, &str)> {
    words.lines.iter().map(|line| (line.text.as_str(), line.note.as_str())).collect()
}

#[test]
fn a_request_is_shown_line_by_line() {
    let words = client(get());
    assert_eq!((words.label.as_str(), words.what.as_str()), ("send", "79 bytes"));
    assert_eq!(
        lines(&words),
        [
            ("GET / HTTP/1.1", "method, target, version"),
            ("Host: localhost:3000", "which site at this address we want"),
            ("User-Agent: netlearn/0.1", "the program that asks"),
            ("Accept: */*", "any kind of content will do"),
            ("", "empty line: the headers end here"),
        ]
    );
    let words = explain(&event(Side::Server, get()));
    assert_eq!(
        (words.weight, words.lines[1].note.as_str()),
        (Weight::Detail, "which site at this address it wants")
    );
}

#[test]
fn a_response_says_how_its_body_ends() {
    let words = client(answer(200, "OK", "GET", &[("Content-Type", "text/plain"), ("Content-Length", "14")]));
    assert_eq!((words.label.as_str(), words.what.as_str()), ("receive", ""));
    assert_eq!(lines(&words)[0], ("HTTP/1.1 200 OK", "version, status, reason"));
    assert_eq!(lines(&words)[2], ("Content-Length: 14", "the body ends after 14 bytes"));
    assert!(words.why.is_empty(), "200 needs no reason");
}

#[test]
fn a_response_without_a_body_promises_none() {
    let length = [("Content-Length", "14")];
    for (status, method, note) in [
        (200, "HEAD", "what the body would have; none follows"),
        (304, "GET", "what the body would have; none follows"),
        (204, "GET", "of no effect: no body follows"),
    ] {
        let words = client(answer(status, "", method, &length));
        assert_eq!(lines(&words)[1].1, note);
        assert_eq!(lines(&words)[0].1, "version, status");
    }
    let words = client(answer(404, "Not Found", "GET", &length));
    assert_eq!(words.why[0].text, "404: the server has nothing at this path, or will not say that it has.");
}

#[test]
fn ends_are_told_by_their_rule() {
    let what = |facts| client(facts).what;
    assert_eq!(what(end(BodyRule::Length, 14, Some(14), true)), "body complete, 14 of 14 bytes");
    let short = end(BodyRule::Length, 10, Some(100), false);
    assert_eq!(what(short), "body cut off: 10 of 100 bytes, then the connection ended");
    assert_eq!(what(end(BodyRule::Chunked, 15, None, true)), "body complete, 15 bytes in 2 chunks");
    assert_eq!(what(end(BodyRule::Close, 9, None, true)), "body ended with the connection, 9 bytes");
    assert_eq!(what(end(BodyRule::None, 0, None, true)), "no body follows this head");
    let request = BodyEnded { by: Side::Client, ..end(BodyRule::None, 0, None, true) };
    assert_eq!(client(request).weight, Weight::Hidden);
}

#[test]
fn a_server_tells_an_exchange_in_one_line() {
    let facts = Answered {
        exchange: 1,
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        request_len: Some(79),
        status: 200,
        reason: "OK".to_owned(),
        body_len: 14,
        refused: None,
    };
    let words = explain(&event(Side::Server, facts));
    assert_eq!(words.what, "GET / HTTP/1.1 (79 bytes)  ->  200 OK, 14 bytes, in 0.1 ms");
    assert_eq!(words.label, "");
}

#[test]
fn a_server_tells_what_it_does_in_place_of_an_answer() {
    let facts = |fault| Misanswered {
        exchange: 1,
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: "HTTP/1.1".to_owned(),
        request_len: Some(79),
        fault,
    };
    let what = |fault| explain(&event(Side::Server, facts(fault))).what;
    assert_eq!(what(None), "GET / HTTP/1.1 (79 bytes)  ->  no answer, on purpose");
    assert_eq!(what(Some(Fault::NotHttp)), "GET / HTTP/1.1 (79 bytes)  ->  on purpose a greeting of SSH");
    for (name, fault) in Fault::NAMED {
        assert!(what(Some(fault)).contains("on purpose"));
        assert_eq!(
            serde_json::to_value(fault).unwrap(),
            name,
            "in events it has the name it is asked for by"
        );
    }
}

#[test]
fn what_a_browser_does_by_itself_is_said() {
    let facts = |target: &str| Answered {
        exchange: 1,
        method: "GET".to_owned(),
        target: target.to_owned(),
        version: "HTTP/1.1".to_owned(),
        request_len: None,
        status: 200,
        reason: "OK".to_owned(),
        body_len: 14,
        refused: None,
    };
    let told = |target| explain(&event(Side::Server, facts(target))).why.len();
    assert_eq!((told("/favicon.ico"), told("/favicon.ico?v=2"), told("/"), told("/favicon")), (1, 1, 0, 0));
}

#[test]
fn a_broken_chunk_gets_its_caret() {
    let facts = Malformed {
        by: Side::Server,
        broken: Broken::Chunk,
        offset: 47,
        expected: "a chunk size in hexadecimal digits".to_owned(),
        found: "\"ZZ\"".to_owned(),
        line: Head(b"\xff;ZZ".to_vec()),
        caret: 2,
        width: 2,
        values: vec![],
        limit: None,
        trailer: false,
    };
    let words = client(facts.clone());
    assert_eq!(words.what, "the response breaks a rule of HTTP: a chunk is not framed as it must be");
    assert_eq!(words.weight, Weight::Detail, "the client's failure shows it again");
    assert_eq!(words.lines[0].note, "expected a chunk size in hexadecimal digits, found \"ZZ\"");
    let (from, len) = words.lines[0].caret.unwrap();
    assert_eq!(&words.lines[0].text[from..from + len], "ZZ", "in octets of the text, not of the line");

    let values = vec!["5".to_owned(), "6".to_owned()];
    let words = client(Malformed { broken: Broken::TwoLengths, values, ..facts });
    assert_eq!(words.lines[0].note, "the values are 5 and 6");
    assert!(words.why[0].text.ends_with("request smuggling."));
}

#[test]
fn other_protocols_are_named_from_either_side() {
    let facts = |by, expected: &str, protocol, head: &[u8]| ProtocolRecognised {
        by,
        expected: expected.to_owned(),
        protocol,
        head: Head(head.to_vec()),
    };
    let hello = facts(Side::Client, "HTTP", Known::Tls, &[0x16, 3, 1, 2, 0, 1, 0]);
    let words = explain(&event(Side::Server, hello));
    assert_eq!(words.what, "a TLS ClientHello came (16 03): the client speaks TLS to this http port");
    let words = client(facts(Side::Server, "HTTP", Known::Ssh, b"SSH-2.0-OpenSSH_9.2\r\n"));
    assert_eq!(words.what, "that is SSH, not HTTP: it begins \"SSH-2.0-Open\"");
    assert_eq!(words.lines[0].text, "SSH-2.0-OpenSSH_9.2");
    let words = client(facts(Side::Server, "HTTP", Known::Tls, &[0x15, 3, 1, 0, 2]));
    assert_eq!(words.what, "that is TLS (15 03): this port expects TLS");
    let words = client(facts(Side::Server, "TLS", Known::Http, b"HTTP/1.1 400 Bad Request\r\n"));
    assert_eq!(words.what, "it answered in plain HTTP (\"HTTP/1.1\"), and TLS begins 16 03");
}

#[test]
fn what_is_left_over_is_counted_against_the_declared_length() {
    let head = Head(b" and more".to_vec());
    let facts = LeftOver { by: Side::Server, offset: 69, len: 9, head, declared: Some(5) };
    assert_eq!(client(facts).what, "9 bytes more than the 5 declared");
}
