//! Each broken rule, the octet that its caret stands under, and what is no fault.

use super::*;
use crate::event::http::{Broken, Malformed};

/// What the caret marks.
fn marked(facts: &Malformed) -> String {
    let from = usize::try_from(facts.caret).unwrap();
    let line = &facts.line.0;
    let to = line.len().min(from + usize::try_from(facts.width).unwrap());
    String::from_utf8_lossy(&line[from.min(line.len())..to]).into_owned()
}

fn broken_response(response: &[u8]) -> (Broken, u64, String) {
    let facts = answered(response).malformed();
    (facts.broken, facts.offset, marked(&facts))
}

fn broken_request(request: &[u8]) -> (Broken, u64, String) {
    let mut rig = Rig::server();
    let heard = rig.received(request);
    let facts = rig.malformed();
    assert_eq!(heard.stop_at, Some(usize::try_from(facts.offset).unwrap()), "the tap stops at the octet");
    (facts.broken, facts.offset, marked(&facts))
}

#[test]
fn broken_responses_are_marked_at_the_octet() {
    let cases: [(&[u8], Broken, u64, &str); 19] = [
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Broken::TransferEncoding, 36, "chunked"),
        (b"HTTP/1.1 abc OK\r\n", Broken::StatusLine, 9, "abc"),
        (b"HTTP/1.1 20 OK\r\n", Broken::StatusLine, 11, " "),
        (b"HTTP/1.1 200 OK\r\nbroken line\r\n", Broken::FieldLine, 23, " "),
        (b"HTTP/1.1 200 OK\r\nbroken\r\n", Broken::FieldLine, 23, ""),
        (b"HTTP/1.1 200 OK\r\nA : b\r\n", Broken::FieldLine, 18, " "),
        (b"HTTP/1.1 200 OK\r\nA: b\0c\r\n", Broken::FieldValue, 21, "\0"),
        (b"HTTP/1.1 200 OK\r\nA: b\rc\r\n", Broken::FieldValue, 21, "\r"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", Broken::ContentLength, 33, "-5"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n", Broken::ContentLength, 34, "x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", Broken::ContentLength, 32, ""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            Broken::NotRead,
            33,
            "99999999999999999999",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\n",
            Broken::NotRead,
            33,
            "18446744073709551614",
        ),
        (b"HTTP/1.2 200 OK\r\n", Broken::NotRead, 7, "2"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            Broken::TransferEncoding,
            36,
            "chunked, chunked",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked,\r\n\r\n", Broken::NotRead, 36, "chunked,"),
        (b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n", Broken::UnaskedSwitch, 9, "101"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", Broken::TwoLengths, 52, "6"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\n", Broken::TwoLengths, 36, "7"),
    ];
    for (bytes, broken, offset, mark) in cases {
        let found = broken_response(bytes);
        assert_eq!(found, (broken, offset, mark.to_owned()), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn both_lengths_are_named() {
    let facts =
        answered(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!").malformed();
    assert_eq!(facts.values, ["5", "6"]);
    assert_eq!(facts.line.0, b"Content-Length: 6");
}

#[test]
fn broken_chunks_are_marked() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let at = head.len() as u64;
    let cases: [(&[u8], u64, &str); 6] = [
        (b"ZZ\r\nhello\r\n", 0, "ZZ"),
        (b"5\r\nhello\r\nZZ\r\n", 10, "ZZ"),
        (b"5G\r\n", 1, "G"),
        (b"\r\n", 0, ""),
        (b"5\r\nhelloworld\r\n", 8, "w"),
        (b"5\n", 1, ""),
    ];
    for (body, offset, mark) in cases {
        let mut rig = answered(&[head.as_slice(), body].concat());
        let facts = rig.malformed();
        assert_eq!((facts.broken, facts.offset - at), (Broken::Chunk, offset), "{body:?}");
        assert_eq!(marked(&facts), mark, "{body:?}");
        assert!(!rig.readings().body_complete);
        assert!(rig.ends().iter().all(|end| end.by == Side::Client));
    }
}

/// A body in chunks after its head, as a client gets it.
fn in_chunks(body: &[u8]) -> Rig {
    answered(&[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat())
}

#[test]
fn lines_around_chunks_have_the_limits_of_the_library() {
    let extended = |len: usize| [b"1;", vec![b'e'; len].as_slice(), b"\r\na\r\n0\r\n\r\n"].concat();
    let trailed = |len: usize| [b"0\r\nX: ", vec![b'e'; len - 7].as_slice(), b"\r\n\r\n"].concat();
    for body in [extended(16_383), trailed(16_383), [extended(0), extended(0)].concat()] {
        assert_eq!(in_chunks(&body).readings().malformed, None, "{} octets", body.len());
    }
    let several = [&extended(10_000)[..10_007], extended(6_384).as_slice()].concat();
    for (body, at) in
        [(extended(16_384), 2 + 16_383), (trailed(16_390), 3 + 16_383), (several, 10_007 + 2 + 6_383)]
    {
        let facts = in_chunks(&body).malformed();
        assert_eq!((facts.broken, facts.limit), (Broken::ChunkLines, Some(16_383)));
        assert_eq!(facts.offset, 47 + at as u64, "{}", facts.expected);
    }
}

#[test]
fn a_trailer_is_read_and_its_faults_are_told_to_be_its() {
    let mut rig = in_chunks(b"1\r\na\r\n0\r\nX: y\r\nSet-Cookie: a\r\n\r\n");
    let ends = rig.ends();
    let fields: Vec<_> =
        ends[1].trailers.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
    assert_eq!(fields, [("X", "y"), ("Set-Cookie", "*")]);
    for (body, broken) in [
        (&b"0\r\nX y\r\n\r\n"[..], Broken::FieldLine),
        (b"0\r\nX: a\0\r\n\r\n", Broken::FieldValue),
        (b"0\r\nX: a\r\n b\r\n\r\n", Broken::NotRead),
    ] {
        let facts = in_chunks(body).malformed();
        assert_eq!((facts.broken, facts.trailer), (broken, true));
    }
    assert!(!answered(b"HTTP/1.1 200 OK\r\nX y\r\n\r\n").malformed().trailer);
}

#[test]
fn codings_that_stay_in_a_body_are_named() {
    for (codings, coded) in [
        ("chunked", &[][..]),
        (", chunked", &[]),
        ("gzip, Chunked", &["gzip"]),
        ("gzip", &["gzip"]),
        ("chunked, gzip", &["chunked", "gzip"]),
        ("", &[]),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {codings}\r\n\r\n");
        let mut rig = answered(&[head.as_bytes(), b"1\r\na\r\n0\r\n\r\n"].concat());
        rig.fin(Direction::Received);
        assert_eq!(rig.ends()[1].coded, coded, "{codings}");
    }
}

#[test]
fn a_switch_that_was_asked_for_is_no_fault() {
    let mut rig = Rig::client();
    rig.sent(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    rig.received(b"HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n\0whatever");
    assert_eq!(rig.readings().malformed, None);
}

#[test]
fn what_responses_may_do_is_no_fault() {
    let cases: [&[u8]; 7] = [
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ];
    for response in cases {
        let rig = answered(response);
        let readings = rig.readings();
        assert_eq!(readings.malformed, None);
        assert!(readings.body_complete && readings.body_len == 5, "{}", String::from_utf8_lossy(response));
    }
    let folded = answered(cases[3]).readings().last_response.unwrap();
    assert_eq!((folded.headers[0].value.as_str(), folded.headers[0].len), ("a b", 11));
}

#[test]
fn broken_requests_are_marked_for_a_server() {
    let cases: [(&[u8], Broken, u64, &str); 23] = [
        (b"GET /\r\n\r\n", Broken::RequestLine, 5, ""),
        (b"GET / HTTP/2.0\r\n\r\n", Broken::RequestLine, 11, "2.0"),
        (b"{\"a\": 1}\r\n", Broken::RequestLine, 0, "{\"a\":"),
        (b"GET / HTTP/1.1\nHost: a\n\n", Broken::BareLineFeed, 14, ""),
        (b"GET / HTTP/1.1\r\nHost: a\n\r\n", Broken::BareLineFeed, 23, ""),
        (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", Broken::FieldLine, 25, " "),
        (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", Broken::FieldLine, 16, " "),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", Broken::FieldLine, 20, " "),
        (b"GET / HTTP/1.1\r\n\r\n", Broken::Host, 0, "GET / HTTP/1.1"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Broken::Host, 25, "Host"),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", Broken::Host, 23, " "),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            Broken::LengthAndChunked,
            64,
            "chunked",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
            Broken::TransferEncoding,
            45,
            "gzip",
        ),
        (
            b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            Broken::TransferEncoding,
            45,
            "chunked",
        ),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", Broken::ContentLength, 42, "+5"),
        (b"GET / HTTP/1.2\r\n\r\n", Broken::NotRead, 13, "2"),
        (b"GET ?a HTTP/1.1\r\nHost: a\r\n\r\n", Broken::Target, 4, "?a"),
        (b"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", Broken::Target, 11, "/x"),
        (b"GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n", Broken::Host, 23, "%"),
        (b"GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", Broken::Host, 24, "x"),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            Broken::TransferEncoding,
            73,
            "chunked",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n",
            Broken::FieldLine,
            65,
            " ",
        ),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFE\r\n",
            Broken::NotRead,
            71,
            "E",
        ),
    ];
    for (bytes, broken, offset, mark) in cases {
        assert_eq!(
            broken_request(bytes),
            (broken, offset, mark.to_owned()),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
}

#[test]
fn what_requests_may_do_is_no_fault() {
    for request in [
        b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(),
        b"GET / HTTP/1.0\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n",
    ] {
        let mut rig = Rig::server();
        rig.received(request);
        assert_eq!((rig.readings().malformed, rig.readings().requests), (None, 1));
    }
}

#[test]
fn an_endless_line_stops_at_the_limit() {
    let mut rig = Rig::client();
    rig.sent(GET);
    rig.received(b"HTTP/1.1 200 OK\r\nX-Endless: ");
    let piece = vec![b'a'; 64 * 1024];
    let mut passed = 0;
    let stopped = (0..160).find_map(|_| {
        let heard = rig.received(&piece);
        passed += piece.len();
        heard.stop_at
    });
    let facts = rig.malformed();
    assert_eq!((facts.broken, facts.limit, facts.offset), (Broken::HeadTooLarge, Some(65_536), 65_536));
    assert_eq!(stopped, Some(65_536 - 28));
    assert_eq!(passed, piece.len(), "noticed in the call in which the limit is passed");
    assert!(facts.line.0.len() <= 256);
    // In one call of 10 MB as well.
    let mut rig = Rig::server();
    let heard = rig.received(&[b"GET / HTTP/1.1\r\nA: ".as_slice(), &vec![b'a'; 10_000_000]].concat());
    assert_eq!(heard.stop_at, Some(65_536));
    assert!(heard.capture <= 65_536 + 4096);
}

#[test]
fn a_hundred_interim_responses_are_enough() {
    let interim = b"HTTP/1.1 100 \r\n\r\n".repeat(100);
    let mut fine = answered(&[&interim, OK].concat());
    assert!(fine.readings().malformed.is_none());
    // Each exchange has its own.
    fine.sent(GET);
    fine.received(&[&interim, OK].concat());
    assert_eq!((fine.readings().responses, fine.ends().len()), (2, 4));
    let mut flooded = answered(&interim);
    let heard = flooded.received(&interim);
    let facts = flooded.malformed();
    let offset = interim.len() as u64;
    assert_eq!((facts.broken, facts.offset, facts.limit), (Broken::TooManyInterim, offset + 9, None));
    assert_eq!((marked(&facts).as_str(), heard.stop_at), ("100", Some(9)));
    let responses = flooded.events().into_iter().filter(|kind| matches!(kind, EventKind::Response(_)));
    assert_eq!(responses.count(), 100);
}
