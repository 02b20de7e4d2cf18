//! The annotator as the tap uses it: each broken rule with its caret, each framing, any split.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::{Readings, Settings, annotator};
use crate::event::http::{BodyEnded, BodyRule, Broken, Known, Malformed};
use crate::event::recorder::{Delivery, Recorder, Stream};
use crate::event::tcp::Direction;
use crate::event::{EventKind, Flow, Side};
use crate::net::tap::{Heard, Watch};

/// One connection with its annotator.
struct Rig {
    recorder: Recorder,
    stream: Stream,
    watch: Box<dyn Watch>,
    readings: Arc<Mutex<Readings>>,
    offsets: [u64; 2],
}

impl Rig {
    fn new(side: Side, settings: Settings) -> Rig {
        let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
        let (watch, readings) = annotator(&recorder, Flow(1), side, settings);
        Rig { recorder, stream, watch, readings, offsets: [0; 2] }
    }

    fn client() -> Rig {
        Rig::new(Side::Client, Settings::default())
    }

    fn server() -> Rig {
        Rig::new(Side::Server, Settings::default())
    }

    fn pass(&mut self, direction: Direction, bytes: &[u8]) -> Heard {
        let began = self.recorder.now();
        let offset = &mut self.offsets[direction as usize];
        let heard = self.watch.hear(direction, *offset, bytes, began);
        *offset += bytes.len() as u64;
        self.watch.speak();
        heard
    }

    fn sent(&mut self, bytes: &[u8]) -> Heard {
        self.pass(Direction::Sent, bytes)
    }

    fn received(&mut self, bytes: &[u8]) -> Heard {
        self.pass(Direction::Received, bytes)
    }

    fn fin(&mut self, direction: Direction) {
        self.watch.ended(direction);
        self.watch.speak();
    }

    fn events(&mut self) -> Vec<EventKind> {
        std::iter::from_fn(|| self.stream.ready()).map(|event| event.kind).collect()
    }

    fn ends(&mut self) -> Vec<BodyEnded> {
        let ends = |kind| if let EventKind::BodyEnded(facts) = kind { Some(facts) } else { None };
        self.events().into_iter().filter_map(ends).collect()
    }

    fn readings(&self) -> Readings {
        self.readings.lock().unwrap().clone()
    }

    fn malformed(&self) -> Malformed {
        self.readings().malformed.expect("a broken rule is found")
    }
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost:3000\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

/// A client that asked and got this.
fn answered(response: &[u8]) -> Rig {
    let mut rig = Rig::client();
    rig.sent(GET);
    rig.received(response);
    rig
}

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
fn a_plain_exchange_is_read_field_by_field() {
    let mut rig = answered(OK);
    let events = rig.events();
    let [
        EventKind::Request(request),
        EventKind::BodyEnded(none),
        EventKind::Response(response),
        EventKind::BodyEnded(end),
    ] = events.as_slice()
    else {
        panic!("{events:#?}");
    };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/"));
    assert_eq!((request.version.as_str(), request.offset, request.len), ("HTTP/1.1", 0, 40));
    assert_eq!((request.headers[0].offset, request.headers[0].len), (16, 22));
    assert_eq!((none.by, none.rule), (Side::Client, BodyRule::None));
    assert_eq!((response.status, response.reason.as_str(), response.len), (200, "OK", 64));
    assert_eq!(response.headers[1].value, "5");
    assert_eq!((end.rule, end.len, end.declared, end.complete), (BodyRule::Length, 5, Some(5), true));
    let readings = rig.readings();
    assert_eq!((readings.requests, readings.responses), (1, 1));
    assert!(readings.body_complete);
    assert!(readings.request_sent <= readings.response_began);
    assert!(readings.response_began <= readings.response_ended);
}

#[test]
fn each_framing_ends_its_body() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".as_slice();
    let chunks = b"5;name=\"x\"\r\nhello\r\n00A \r\n0123456789\r\n0\r\nExpires: 0\r\n\r\n".as_slice();
    let mut rig = answered(&[head, chunks].concat());
    let end = rig.ends().pop().unwrap();
    assert_eq!((end.rule, end.len, end.chunks, end.complete), (BodyRule::Chunked, 15, Some(2), true));

    let mut rig = answered(b"HTTP/1.0 200 OK\r\n\r\nall of it");
    rig.fin(Direction::Received);
    let end = rig.ends().pop().unwrap();
    assert_eq!((end.rule, end.len, end.complete), (BodyRule::Close, 9, true));

    for status in ["204 No Content", "304 Not Modified"] {
        let mut rig = answered(format!("HTTP/1.1 {status}\r\nContent-Length: 9\r\n\r\n").as_bytes());
        let end = rig.ends().pop().unwrap();
        assert_eq!((end.rule, end.complete), (BodyRule::None, true));
    }
}

#[test]
fn a_short_body_is_no_complete_one() {
    let mut rig = answered(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
    rig.fin(Direction::Received);
    let end = rig.ends().pop().unwrap();
    assert_eq!((end.len, end.declared, end.complete), (10, Some(100), false));
    assert!(!rig.readings().body_complete);

    let mut rig = answered(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    rig.fin(Direction::Received);
    assert!(!rig.ends().pop().unwrap().complete);

    let mut rig = answered(b"HTTP/1.1 200 OK\r\nContent-Le");
    rig.fin(Direction::Received);
    assert_eq!((rig.readings().requests, rig.readings().responses), (1, 0));
}

#[test]
fn what_follows_the_last_response_is_left_over() {
    let mut rig = Rig::client();
    rig.sent(GET);
    let heard = rig.received(&[OK, b" and more"].concat());
    assert_eq!(heard.stop_at, Some(OK.len()));
    let left = rig.readings().left_over.unwrap();
    assert_eq!((left.offset, left.len, left.declared), (OK.len() as u64, 9, Some(5)));
    assert_eq!(left.head.0, b" and more");
    assert!(rig.readings().malformed.is_none());

    // A response to HEAD has no body: what comes anyway is left over.
    let mut rig = Rig::client();
    rig.sent(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.received(OK);
    assert_eq!(rig.readings().left_over.unwrap().head.0, b"hello");
}

#[test]
fn interim_responses_are_not_the_answer() {
    let mut rig = answered(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    assert_eq!(rig.readings().responses, 0);
    rig.received(OK);
    assert_eq!(rig.readings().responses, 1);
    assert!(rig.readings().left_over.is_none());
    assert_eq!(rig.readings().last_response.unwrap().status, 200);
}

#[test]
fn pipelined_responses_find_their_requests() {
    let mut rig = Rig::server();
    rig.received(&[b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", GET].concat());
    rig.sent(&[b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".as_slice(), OK].concat());
    let responses: Vec<BodyEnded> = rig.ends().into_iter().filter(|end| end.by == Side::Server).collect();
    assert_eq!(responses.iter().map(|end| (end.exchange, end.len)).collect::<Vec<_>>(), [(1, 0), (2, 5)]);
}

#[test]
fn after_an_upgrade_nothing_is_read() {
    let mut rig = answered(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\0\x01garbage");
    rig.sent(b"\0\0more");
    rig.received(b"\xff");
    assert!(rig.readings().malformed.is_none() && rig.readings().left_over.is_none());

    let mut rig = Rig::client();
    rig.sent(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    rig.received(b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03");
    assert!(rig.readings().malformed.is_none() && rig.readings().left_over.is_none());
}

#[test]
fn an_answer_before_any_request_is_read_by_a_server() {
    let mut rig = Rig::server();
    rig.sent(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(rig.readings().last_response.unwrap().status, 408);
}

#[test]
fn broken_responses_are_marked_at_the_octet() {
    let cases: [(&[u8], Broken, u64, &str); 14] = [
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
            Broken::ContentLength,
            33,
            "99999999999999999999",
        ),
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
    let cases: [(&[u8], u64, &str); 7] = [
        (b"ZZ\r\nhello\r\n", 0, "ZZ"),
        (b"5\r\nhello\r\nZZ\r\n", 10, "ZZ"),
        (b"5G\r\n", 1, "G"),
        (b"\r\n", 0, ""),
        (b"5\r\nhelloworld\r\n", 8, "w"),
        (b"11111111111111111\r\n", 16, "1"),
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
    let cases: [(&[u8], Broken, u64, &str); 15] = [
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
fn another_protocol_is_named_and_reading_stops() {
    let mut rig = Rig::client();
    let heard = rig.received(b"SSH-2.0-OpenSSH_9.2p1\r\n");
    assert_eq!(heard.stop_at, Some(0));
    let foreign = rig.readings().foreign.unwrap();
    assert_eq!((foreign.protocol, foreign.by), (Known::Ssh, Side::Server));
    assert_eq!(foreign.head.0, b"SSH-2.0-OpenSSH_9.2p1\r\n");
    rig.sent(GET);
    assert!(rig.readings().malformed.is_none());

    let mut rig = Rig::server();
    assert_eq!(rig.received(b"\x16").stop_at, None);
    assert_eq!(rig.received(b"\x03\x01\x02\0\x01").stop_at, Some(0));
    assert_eq!(rig.readings().foreign.unwrap().protocol, Known::Tls);

    let mut rig = Rig::client();
    rig.sent(GET);
    rig.received(b"2");
    assert!(rig.readings().foreign.is_none());
    rig.fin(Direction::Received);
    assert_eq!(rig.readings().foreign.unwrap().protocol, Known::Unknown);
}

#[test]
fn secrets_are_hidden_wherever_the_head_is_split() {
    let text = b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\r\nCookie:  id=1; b=2\r\n\r\n";
    for split in 0..text.len() {
        let mut rig = Rig::server();
        let mut shown = Vec::new();
        for part in [&text[..split], &text[split..]] {
            let heard = rig.received(part);
            let mut head = part[..heard.capture].to_vec();
            heard.secret.into_iter().for_each(|range| head[range].fill(b'*'));
            shown.extend(head);
        }
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(shown.len(), text.len());
        assert!(!shown.contains("Basic") && !shown.contains("c2Vj") && !shown.contains("id=1"), "{shown}");
        assert!(shown.contains("Authorization: **************\r\nCookie:  *********\r\n"), "{shown}");
        let request = rig.readings().last_request.unwrap();
        assert_eq!(request.headers[1].value, "*".repeat(14));
        assert_eq!(request.headers[2].value, "*".repeat(9));
    }
    let mut rig = Rig::new(Side::Server, Settings { secrets: true, ..Settings::default() });
    assert!(rig.received(text).secret.is_empty());
    assert_eq!(rig.readings().last_request.unwrap().headers[2].value, "id=1; b=2");
}

#[test]
fn a_broken_line_gives_no_secret_away() {
    for request in [
        b"GET / HTTP/1.1\r\nAuthorization : Basic c2VjcmV0\r\n\r\n".as_slice(),
        b"GET / HTTP/1.1\r\nAuthorization: Basic c2Vj\0cmV0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nCookie: c2Vj\r\n\r\n",
    ] {
        let mut rig = Rig::server();
        let heard = rig.received(request);
        let mut head = request[..heard.capture].to_vec();
        heard.secret.into_iter().for_each(|range| head[range].fill(b'*'));
        let line = rig.malformed().line.0;
        for shown in [head, line] {
            let shown = String::from_utf8_lossy(&shown).into_owned();
            assert!(!shown.contains("c2Vj") && !shown.contains("cmV0"), "{shown}");
        }
    }
}

#[test]
fn heads_are_captured_whole_and_bodies_in_part() {
    let mut rig = Rig::client();
    rig.sent(GET);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    let heard = rig.received(&[head.as_slice(), &vec![b'x'; 50_000]].concat());
    assert_eq!(heard.capture, head.len() + 4096);
    assert_eq!(rig.received(&vec![b'x'; 50_000]).capture, 0);
}

/// Messages that break no rule, with what a client asked for them.
fn valid() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let field =
        ("[A-Za-z][A-Za-z-]{0,12}", "[ -~]{0,30}").prop_filter("framing is chosen elsewhere", |(name, _)| {
            !["content-length", "transfer-encoding", "host"].contains(&name.to_ascii_lowercase().as_str())
        });
    let chunks = proptest::collection::vec("[ -~\r\n]{1,40}", 0..4);
    let exchange =
        (proptest::collection::vec(field, 0..4), chunks, 0..3_u8).prop_map(|(fields, parts, framing)| {
            let mut head = "HTTP/1.1 200 OK\r\n".to_owned();
            for (name, value) in fields {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let body = match framing {
                0 => {
                    head.push_str("Transfer-Encoding: chunked\r\n\r\n");
                    let chunk = |part: &String| format!("{:x};e=\"1\"\r\n{part}\r\n", part.len());
                    parts.iter().map(chunk).collect::<String>() + "0\r\nA: b\r\n\r\n"
                }
                1 => {
                    let body = parts.concat();
                    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
                    body
                }
                _ => {
                    head = format!("HTTP/1.1 100 Continue\r\n\r\n{head}Content-Length: 0\r\n\r\n");
                    String::new()
                }
            };
            (head + &body).into_bytes()
        });
    proptest::collection::vec(exchange, 1..4)
        .prop_map(|responses| (GET.repeat(responses.len()), responses.concat()))
}

/// Everything said about both directions, split so.
fn said(requests: &[u8], responses: &[u8], cuts: &[usize]) -> (Vec<EventKind>, Readings) {
    let mut rig = Rig::client();
    for (direction, bytes) in [(Direction::Sent, requests), (Direction::Received, responses)] {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2).filter(|pair| pair[0] < pair[1]) {
            let heard = rig.pass(direction, &bytes[pair[0]..pair[1]]);
            assert_eq!(heard.stop_at, None);
        }
    }
    let stamps = |readings: Readings| Readings {
        response_began: None,
        response_ended: None,
        request_sent: None,
        ..readings
    };
    let readings = stamps(rig.readings());
    (rig.events(), readings)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_says_the_same((requests, responses) in valid(), cuts in proptest::collection::vec(any::<usize>(), 0..12)) {
        let (whole, readings) = said(&requests, &responses, &[]);
        let (split, others) = said(&requests, &responses, &cuts);
        prop_assert_eq!(whole, split);
        prop_assert_eq!(readings.responses, readings.requests);
        prop_assert_eq!(readings.malformed, None);
        prop_assert_eq!(readings.left_over, None);
        prop_assert_eq!(format!("{:?}", readings.last_response), format!("{:?}", others.last_response));
        prop_assert_eq!((readings.body_len, readings.body_complete), (others.body_len, others.body_complete));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(
        calls in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..20),
        server in any::<bool>(),
    ) {
        let side = if server { Side::Server } else { Side::Client };
        let mut rig = Rig::new(side, Settings { head_limit: 100, body_capture: 10, secrets: false });
        for (sent, bytes) in calls {
            let heard = rig.pass(if sent { Direction::Sent } else { Direction::Received }, &bytes);
            prop_assert!(heard.capture <= bytes.len());
            prop_assert!(heard.stop_at.is_none_or(|stop| stop <= bytes.len() && !sent));
            prop_assert!(heard.secret.iter().all(|range| range.start < range.end && range.end <= bytes.len()));
        }
        rig.fin(Direction::Sent);
        rig.fin(Direction::Received);
    }

    #[test]
    fn damaged_messages_do_no_harm(
        (requests, mut responses) in valid(),
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cuts in proptest::collection::vec(any::<usize>(), 0..4),
    ) {
        for (at, byte) in damage {
            let at = at % responses.len();
            responses[at] = byte;
        }
        let mut rig = Rig::client();
        rig.sent(&requests);
        let mut from = 0;
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % responses.len()).chain([responses.len()]).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let heard = rig.received(&responses[from..cut]);
            let start = from as u64;
            from = cut;
            if let Some(facts) = rig.readings().malformed {
                prop_assert!(facts.caret <= facts.line.0.len() as u64 && facts.width >= 1);
                prop_assert!(facts.offset <= cut as u64);
                if let Some(stop) = heard.stop_at {
                    prop_assert_eq!(stop as u64, facts.offset.saturating_sub(start));
                }
            }
        }
        rig.fin(Direction::Received);
    }
}

/// What hyper makes of a response that passes a tap: `Ok`, or its error where that is about the bytes themselves.
fn heard_by_hyper(response: &[u8]) -> (Result<(), String>, Readings) {
    use http_body_util::{BodyExt as _, Empty};
    use tokio::io::AsyncWriteExt as _;

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let (recorder, _stream) = Recorder::start(vec![], Delivery::Lossless);
        let (watch, readings) = annotator(&recorder, Flow(1), Side::Client, Settings::default());
        let layer = crate::event::Layer::Tcp;
        let (tap, _) = crate::net::tap::Tap::new(near, &recorder, Flow(1), Side::Client, layer, Some(watch));
        let io = hyper_util::rt::TokioIo::new(tap);
        let mut builder = hyper::client::conn::http1::Builder::new();
        // RFC 9112 section 5.2: a user agent reads a folded line as one with spaces.
        builder.allow_obsolete_multiline_headers_in_responses(true).max_headers(4096);
        let (mut sender, connection) = builder.handshake(io).await.unwrap();
        let request =
            hyper::Request::get("/").header("Host", "a").body(Empty::<bytes::Bytes>::new()).unwrap();
        let ask = async {
            let answer = sender.send_request(request).await.map_err(|error| describe(&error))?;
            let collected = answer.into_body().collect().await.map_err(|error| describe(&error));
            drop(sender);
            collected.map(drop)
        };
        let serve = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                tokio::io::AsyncReadExt::read_buf(&mut far, &mut head).await.unwrap();
            }
            // The client may have seen enough before it all fits.
            let _ = far.write_all(response).await;
            drop(far);
        };
        let (result, _, ()) = tokio::join!(ask, connection, serve);
        let readings = readings.lock().unwrap().clone();
        (result, readings)
    })
}

/// The error with its causes.
fn describe(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the HTTP library rejects has been explained by then.
    #[test]
    fn nothing_is_rejected_without_a_reason(
        (_, mut response) in valid(),
        damage in proptest::collection::vec((any::<usize>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b'0')]), 0..3),
    ) {
        for (at, byte) in damage {
            let at = at % response.len();
            response[at] = byte;
        }
        let (result, readings) = heard_by_hyper(&response);
        let explained = readings.malformed.is_some()
            || readings.foreign.is_some()
            || readings.left_over.is_some();
        // What is cut off is an error of its own.
        let cut = |error: &String| ["before message", "unexpected EOF"].iter().any(|word| error.contains(word));
        prop_assert!(explained || result.as_ref().map_or_else(cut, |()| true), "{result:?} for {}", String::from_utf8_lossy(&response));
    }
}
