//! Requests whose body comes in chunks that are broken, or stop coming.

use std::io::Write as _;

use super::asking::{GET, answer, begun, connect, field, rest, status};
use super::support::Serving;

/// A request whose chunks begin so.
fn chunked(text: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{text}").into_bytes()
}

#[test]
fn broken_chunks_are_refused_and_that_is_the_end_and_nothing_after_them_is_a_request() {
    let serving = Serving::start(&["--port", "0", "--max-head", "300"]);
    let long = "a".repeat(400);
    let broken = [
        ("0\r\nfoo: bar\n".to_owned(), 400),
        ("0\r\nfoo: bar\n\r\n\r\n".to_owned(), 400),
        ("0\n\r\n".to_owned(), 400),
        ("2\r\nab\r\n0\r\n\n".to_owned(), 400),
        ("5;a=b\nHello\r\n0\r\n\r\n".to_owned(), 400),
        ("FFFFFFFFFFFFFFFF\r\nab".to_owned(), 413),
        ("FFFFFFFFFFFFFFFFF\r\nab".to_owned(), 413),
        ("\r\n".to_owned(), 400),
        ("-1\r\n".to_owned(), 400),
        (format!("1;{long}"), 400),
        (format!("0\r\nX: {long}"), 431),
    ];
    for (text, expected) in &broken {
        let mut stream = connect(serving.port);
        let octets = [GET.to_vec(), chunked(text), b"GET /smuggled HTTP/1.1\nHost: a\n\n".to_vec()].concat();
        stream.write_all(&octets).expect("it reads");
        assert_eq!(status(answer(&mut stream).0.as_bytes()), 200, "{text:?}");
        let (head, _) = answer(&mut stream);
        assert_eq!(status(head.as_bytes()), *expected, "{text:?}");
        assert_eq!(field(&head, "connection"), Some("close"), "{text:?}");
        assert_eq!(rest(&mut stream), b"", "one answer to {text:?}");
    }
    let run = serving.stop();
    assert_eq!(run.event("served")["requests"], 2 * broken.len(), "the broken one is counted once");
    let told: Vec<_> = run.events_of("answered").iter().map(|event| event["status"].clone()).collect();
    let expected: Vec<_> = broken.iter().flat_map(|(_, status)| [200, *status]).collect();
    assert_eq!(told, expected);
    let closed = run.events_of("closed");
    assert!(closed.iter().all(|closed| closed["why"] == "bad_request"), "{closed:?}");
}

#[test]
fn broken_chunks_in_pieces_are_refused_and_an_answered_request_gets_no_second_answer() {
    let mut serving = Serving::start(&["--port", "0", "--max-body", "10"]);
    let mut stream = connect(serving.port);
    for piece in [chunked(""), b"2\r\nab\r\n0\r\nfoo: ".to_vec(), b"bar\n".to_vec()] {
        stream.write_all(&piece).expect("it reads");
        serving.wait_for("bytes");
    }
    assert_eq!(status(&rest(&mut stream)), 400);
    let mut stream = connect(serving.port);
    stream.write_all(&chunked("b\r\n0123456789a\r\n0\nfoo\n")).expect("it reads");
    assert_eq!(status(answer(&mut stream).0.as_bytes()), 413);
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn chunks_that_stop_coming_get_408() {
    let serving = Serving::start(&["--port", "0", "--idle", "2s"]);
    let texts = ["", "5\r\nab", "0\r\nfoo: bar\r\n", "FFFFFFFFFFFFFFF0\r\nab"];
    // All begin before the first is waited for: the idle limit passes once.
    let streams = texts.map(|text| begun(serving.port, &chunked(text)));
    for (text, mut stream) in texts.into_iter().zip(streams) {
        assert_eq!(status(&rest(&mut stream)), 408, "{text:?}");
    }
}
