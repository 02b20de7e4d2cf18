//! The annotator as the tap uses it: each framing, and what is captured, hidden and stopped.

mod faults;
mod properties;

use std::sync::{Arc, Mutex};

use super::{Readings, Settings, annotator};
use crate::event::http::{BodyEnded, BodyRule, Known, Malformed};
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
    let mut rig = Rig::client();
    rig.sent(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    rig.received(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\0\x01garbage");
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
