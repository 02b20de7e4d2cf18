//! What a tap costs a stream: where each call is an event, and where it is only counted.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::{Layer, Side};
use netlearn::net::tap::Tap;
use tokio::io::{AsyncRead as _, AsyncWrite as _, Empty, ReadBuf};

fn main() {
    divan::main();
}

const CALLS: usize = 1000;

/// A stream that always has octets.
struct Full;

impl tokio::io::AsyncRead for Full {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let room = buf.remaining();
        buf.initialize_unfilled_to(room);
        buf.advance(room);
        Poll::Ready(Ok(()))
    }
}

fn reads(bencher: Bencher<'_, '_>, piece: usize, counted: bool) {
    bencher.counter(ItemsCount::new(CALLS)).counter(BytesCount::new(CALLS * piece)).bench_local(|| {
        let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
        let (tap, listener) = Tap::new(Full, &recorder, recorder.flow(), Side::Client, Layer::Tcp, None);
        if counted {
            listener.only_count();
        }
        let mut tap = pin!(tap);
        let mut context = Context::from_waker(Waker::noop());
        let mut room = vec![0; piece];
        for _ in 0..CALLS {
            let mut buf = ReadBuf::new(&mut room);
            assert!(tap.as_mut().poll_read(&mut context, &mut buf).is_ready());
        }
        (listener.counts(), stream)
    });
}

#[divan::bench(args = [64, 65_536])]
fn read_told(bencher: Bencher<'_, '_>, piece: usize) {
    reads(bencher, piece, false);
}

#[divan::bench(args = [64, 65_536])]
fn read_counted(bencher: Bencher<'_, '_>, piece: usize) {
    reads(bencher, piece, true);
}

/// For comparison: the stream alone.
#[divan::bench(args = [64, 65_536])]
fn read_bare(bencher: Bencher<'_, '_>, piece: usize) {
    bencher.counter(ItemsCount::new(CALLS)).counter(BytesCount::new(CALLS * piece)).bench_local(|| {
        let mut stream = pin!(Full);
        let mut context = Context::from_waker(Waker::noop());
        let mut room = vec![0; piece];
        for _ in 0..CALLS {
            let mut buf = ReadBuf::new(&mut room);
            assert!(divan::black_box(stream.as_mut()).poll_read(&mut context, &mut buf).is_ready());
        }
    });
}

#[divan::bench(args = [false, true])]
fn write_64(bencher: Bencher<'_, '_>, counted: bool) {
    bencher.counter(ItemsCount::new(CALLS)).bench_local(|| {
        let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
        let sink: Empty = tokio::io::empty();
        let (tap, listener) = Tap::new(sink, &recorder, recorder.flow(), Side::Client, Layer::Tcp, None);
        if counted {
            listener.only_count();
        }
        let mut tap = pin!(tap);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..CALLS {
            assert!(tap.as_mut().poll_write(&mut context, &[0; 64]).is_ready());
        }
        (listener.counts(), stream)
    });
}

/// Whether a person can still read along: asked once a request, past the rate at which one can.
#[divan::bench]
fn admit_refused(bencher: Bencher<'_, '_>) {
    let (recorder, _stream) = Recorder::start(vec![], Delivery::Folding);
    bencher
        .counter(ItemsCount::new(CALLS))
        .bench_local(|| (0..CALLS).filter(|_| divan::black_box(&recorder).admit()).count());
}
