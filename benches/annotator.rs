//! What reading along costs: heads octet by octet, bodies by counting, and frames of HTTP/2.

use divan::Bencher;
use divan::counter::BytesCount;
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::tcp::Direction;
use netlearn::event::{Flow, Side};
use netlearn::net::http::annotator::{Settings, annotator};
use netlearn::net::http2;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: netlearn/0.1\r\nAccept: */*\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 GMT\r\n\r\nHello, World!\n";

fn main() {
    divan::main();
}

/// One connection that carries `exchanges` small exchanges.
fn exchanges(bencher: Bencher<'_, '_>, side: Side, exchanges: u64) {
    let octets = (REQUEST.len() + RESPONSE.len()) as u64 * exchanges;
    let (first, second) = match side {
        Side::Client => (Direction::Sent, Direction::Received),
        Side::Server | Side::Resolver | Side::Observer => (Direction::Received, Direction::Sent),
    };
    bencher.counter(BytesCount::new(octets)).bench_local(|| {
        let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
        let (mut watch, readings) = annotator(&recorder, Flow(1), side, Settings::default());
        for exchange in 0..exchanges {
            for (direction, bytes) in [(first, REQUEST), (second, RESPONSE)] {
                let began = recorder.now();
                divan::black_box(watch.hear(direction, exchange * bytes.len() as u64, bytes, began));
                watch.speak();
            }
        }
        drop((watch, recorder));
        (stream.count(), readings)
    });
}

#[divan::bench]
fn client_exchanges(bencher: Bencher<'_, '_>) {
    exchanges(bencher, Side::Client, 100);
}

#[divan::bench]
fn server_exchanges(bencher: Bencher<'_, '_>) {
    exchanges(bencher, Side::Server, 100);
}

/// A body in calls of 64 KiB: by length, and in chunks of 4 KiB.
#[divan::bench(args = ["length", "chunked"])]
fn body(bencher: Bencher<'_, '_>, framing: &str) {
    const CALLS: usize = 160;
    let piece = match framing {
        "chunked" => [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat().repeat(16),
        _ => vec![b'x'; 64 * 1024],
    };
    let head = match framing {
        "chunked" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        _ => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", piece.len() * CALLS),
    };
    bencher.counter(BytesCount::new(piece.len() * CALLS)).bench_local(|| {
        let (recorder, _stream) = Recorder::start(vec![], Delivery::Lossless);
        let (mut watch, _readings) = annotator(&recorder, Flow(1), Side::Client, Settings::default());
        let began = recorder.now();
        watch.hear(Direction::Sent, 0, REQUEST, began);
        watch.hear(Direction::Received, 0, head.as_bytes(), began);
        for call in 0..CALLS {
            let offset = head.len() + call * piece.len();
            divan::black_box(watch.hear(Direction::Received, offset as u64, &piece, began));
        }
    });
}

/// One frame (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Answers of HTTP/2: many small ones, and one of DATA frames of 16 KiB; in calls of at most 64 KiB.
#[divan::bench(args = ["exchanges", "body"])]
fn frames(bencher: Bencher<'_, '_>, what: &str) {
    // :status 200, content-length: 14 (RFC 7541 appendix A: 8 and 28).
    let head = |stream| frame(1, 4, stream, b"\x88\x0f\x0d\x0214");
    let streams = (0..1000).map(|number| 2 * number + 1);
    let octets: Vec<u8> = match what {
        "body" => std::iter::once(head(1))
            .chain((0..640).map(|_| frame(0, 0, 1, &[b'x'; 16 * 1024])))
            .flatten()
            .collect(),
        _ => streams
            .flat_map(|stream| [head(stream), frame(0, 1, stream, b"Hello, World!\n")])
            .flatten()
            .collect(),
    };
    let octets = [frame(4, 0, 0, b""), octets].concat();
    bencher.counter(BytesCount::new(octets.len())).bench_local(|| {
        let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
        let (mut watch, readings) = http2::annotator::annotator(&recorder, Flow(1), Settings::default());
        let began = recorder.now();
        let mut offset = 0;
        for call in octets.chunks(64 * 1024) {
            divan::black_box(watch.hear(Direction::Received, offset, call, began));
            watch.speak();
            offset += call.len() as u64;
        }
        drop((watch, recorder));
        (stream.count(), readings)
    });
}
