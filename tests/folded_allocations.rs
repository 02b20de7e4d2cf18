//! A folded event costs no allocation: what a server only counts, it counts in place; and of a connection that is over
//! nothing is kept.
#![allow(clippy::print_stdout, reason = "what was counted is told")]

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use allocation_counter::measure;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use netlearn::event::recorder::{Delivery, READABLE_RATE, Recorder};
use netlearn::event::{Layer, Side};
use netlearn::net::http::serve::gate::{Gate, Lane};
use netlearn::net::server::{self, Behaviour, Limits, Options, Protocol, Telling};
use netlearn::net::tap::Tap;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio_util::sync::CancellationToken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const TIMES: u64 = 10_000;
const KEPT: u64 = 3_000;
/// Past this a connection does not end.
const LONG: Duration = Duration::from_secs(300);

/// A client that asks the same again and again, as fast as it is read.
struct Asking;

impl tokio::io::AsyncRead for Asking {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        buf.put_slice(GET);
        Poll::Ready(Ok(()))
    }
}

impl tokio::io::AsyncWrite for Asking {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Asks for detail until none is given.
fn fill(recorder: &Recorder) {
    for _ in 0..=READABLE_RATE {
        recorder.admit();
    }
    assert!(!recorder.admit(), "past the readable rate no detail is wanted");
}

#[test]
fn a_counted_stream_and_a_refused_detail_allocate_nothing() {
    let (recorder, _stream) = Recorder::start(vec![], Delivery::Folding);
    let (tap, listener) = Tap::new(Asking, &recorder, recorder.flow(), Side::Server, Layer::Tcp, None);
    listener.only_count();
    let lane = Lane::new(recorder.now());
    let mut gate = pin!(Gate::new(tap, lane.clone(), 8192, recorder.clone()));
    let mut context = Context::from_waker(Waker::noop());
    let mut room = vec![0; 8192];
    let mut once = || {
        let mut buf = ReadBuf::new(&mut room);
        assert!(gate.as_mut().poll_read(&mut context, &mut buf).is_ready());
        assert_eq!(lane.turn().map(|turn| turn.len), Some(GET.len() as u64));
        recorder.admit();
        lane.begins();
        assert!(gate.as_mut().poll_write(&mut context, b"HTTP/1.1 204 No Content\r\n\r\n").is_ready());
        lane.answered(None);
        assert!(lane.look().finished.is_empty());
    };
    // The first one makes the room that all others use.
    once();
    fill(&recorder);
    let used = measure(|| (0..TIMES).for_each(|_| once()));
    assert_eq!(used.count_total, 0, "{} octets for {TIMES} requests", used.bytes_total);
    assert_eq!(listener.counts().received, (TIMES + 1) * GET.len() as u64);
}

/// Asks so many times over one connection.
fn ask(port: u16, times: u64) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut came = Vec::new();
    let mut chunk = [0; 1024];
    for _ in 0..times {
        stream.write_all(GET).expect("it reads");
        came.clear();
        while !came.ends_with(b"\r\n\r\nHello, World!\n") {
            let len = stream.read(&mut chunk).expect("an answer");
            assert!(len > 0, "the answer is cut: {came:?}");
            came.extend_from_slice(&chunk[..len]);
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// An ordinary HTTP server that ends after so many clients.
fn options(count: Option<u64>) -> Options {
    Options {
        protocol: Protocol::Http,
        port: 0,
        hosts: vec![Ipv4Addr::LOCALHOST.into()],
        behaviour: Behaviour::Usual,
        pause_read: None,
        drip: false,
        tls: false,
        authority: None,
        count,
        limits: Limits::default(),
    }
}

/// Asks for detail as others would, until it is dropped: however slow this machine is, no second of it is told.
struct Busy {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Busy {
    fn start(recorder: &Recorder) -> Self {
        fill(recorder);
        let done = Arc::new(AtomicBool::new(false));
        let (asked, over) = (recorder.clone(), Arc::clone(&done));
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                asked.admit();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it ends");
        }
    }
}

/// Allocations of our server for one client that asks so often and is only counted.
fn ours(times: u64) -> u64 {
    let options = options(Some(1));
    let (recorder, stream) = Recorder::start(vec![], Delivery::Folding);
    let runtime = runtime();
    let bound = runtime.block_on(async { server::bind::bind(&options, &recorder) }).expect("a free port");
    let port = bound.port;
    let busy = Busy::start(&recorder);
    let used = std::thread::scope(|scope| {
        scope.spawn(move || ask(port, times));
        measure(|| {
            let serving =
                server::start(bound, options, Telling::default(), &recorder, CancellationToken::new());
            let served = runtime.block_on(serving).expect("it serves");
            assert_eq!(served.requests, times);
        })
    });
    drop((busy, recorder));
    let told = stream.filter(|event| event.kind.name() == "answered").count();
    assert_eq!(told, 0, "every request is folded");
    used.count_total
}

/// The same for the HTTP library alone.
fn bare(times: u64) -> u64 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let client = std::thread::spawn(move || ask(port, times));
    let (stream, _) = listener.accept().expect("a client");
    stream.set_nonblocking(true).expect("a socket");
    let answer = |_| async {
        let mut answer =
            hyper::Response::new(http_body_util::Full::new(Bytes::from_static(b"Hello, World!\n")));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Ok::<_, Infallible>(answer)
    };
    let used = measure(|| {
        runtime().block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).expect("a socket");
            let io = hyper_util::rt::TokioIo::new(stream);
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.title_case_headers(true);
            builder.serve_connection(io, hyper::service::service_fn(answer)).await.expect("it serves");
        });
    });
    client.join().expect("it was answered");
    used.count_total
}

#[test]
fn a_folded_request_costs_what_the_library_alone_costs() {
    let each = |server: fn(u64) -> u64| server(2 * TIMES).saturating_sub(server(TIMES));
    let (ours, bare) = (each(ours), each(bare));
    println!("{ours} allocations for {TIMES} requests; the library alone: {bare}");
    // Once a second the sums are told: one event of them, not one a request.
    assert!(ours <= bare + TIMES / 100, "{ours} allocations for {TIMES} requests; the library alone: {bare}");
}

#[test]
fn of_a_connection_that_is_over_nothing_is_kept() {
    let options = options(None);
    let (recorder, stream) = Recorder::start(vec![], Delivery::Folding);
    let runtime = runtime();
    let bound = runtime.block_on(async { server::bind::bind(&options, &recorder) }).expect("a free port");
    let port = bound.port;
    let busy = Busy::start(&recorder);
    let stop = CancellationToken::new();
    let (told, token) = (recorder.clone(), stop.clone());
    let serving =
        runtime.spawn(async move { server::start(bound, options, Telling::default(), &told, token).await });
    // What serves whoever comes is there before anybody does.
    runtime.block_on(tokio::task::yield_now());
    let alone = runtime.metrics().num_alive_tasks();
    // So many connections, one after another, until the server has done with the last of them.
    let connections = |count: u64| {
        let clients = std::thread::spawn(move || (0..count).for_each(|_| ask(port, 1)));
        let settled = async {
            while !clients.is_finished() || runtime.metrics().num_alive_tasks() > alone {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let done = runtime.block_on(async { tokio::time::timeout(LONG, settled).await });
        assert!(done.is_ok(), "{} tasks, and {alone} before", runtime.metrics().num_alive_tasks());
        clients.join().expect("all were answered");
    };
    // The first ones make the room that all others use.
    connections(100);
    let kept = measure(|| connections(KEPT));
    println!(
        "{} allocations ({} octets) are left of {KEPT} connections",
        kept.count_current, kept.bytes_current
    );
    stop.cancel();
    let served = runtime.block_on(serving).expect("it ends").expect("it serves");
    assert_eq!((served.clients, served.requests), (100 + KEPT, 100 + KEPT));
    drop((busy, recorder, stream));
    assert!(kept.count_current.unsigned_abs() < KEPT / 100, "{kept:?}");
}
