//! A server that only narrates: past a readable rate it counts instead of telling, and no count is lost.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::{Event, EventKind};
use netlearn::net::server::{self, Behaviour, Limits, Options, Protocol, Telling};
use tokio_util::sync::CancellationToken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const CLIENTS: u64 = 80;
const EACH: u64 = 10;

fn options() -> Options {
    Options {
        protocol: Protocol::Http,
        port: 0,
        hosts: vec![Ipv4Addr::LOCALHOST.into()],
        behaviour: Behaviour::Usual,
        pause_read: None,
        drip: false,
        tls: false,
        authority: None,
        count: None,
        limits: Limits::default(),
    }
}

/// Asks over one connection, `EACH` times, then breaks a rule; returns octets sent and received.
fn ask(port: u16) -> (u64, u64) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let mut received = 0;
    for _ in 0..EACH {
        stream.write_all(GET).expect("it reads");
        let mut came = Vec::new();
        let mut chunk = [0; 1024];
        while !came.ends_with(b"\r\n\r\nHello, World!\n") {
            let len = stream.read(&mut chunk).expect("an answer");
            assert!(len > 0, "the answer is cut: {came:?}");
            came.extend_from_slice(&chunk[..len]);
        }
        received += came.len() as u64;
    }
    let broken = b"GET / HTTP/1.1\nHost: localhost\n\n";
    stream.write_all(broken).expect("it reads");
    let mut last = Vec::new();
    stream.read_to_end(&mut last).expect("it ends");
    assert!(last.starts_with(b"HTTP/1.1 400 Bad Request\r\n"), "counted or told, the answer is the same");
    (EACH * GET.len() as u64 + broken.len() as u64, received + last.len() as u64)
}

#[test]
fn counts_are_exact_where_events_are_folded() {
    let (recorder, stream) = Recorder::start(vec![], Delivery::Folding);
    let stop = CancellationToken::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bound = runtime.block_on(async { server::bind::bind(&options(), &recorder) }).expect("a free port");
    let port = bound.port;
    let halt = stop.clone();
    let clients = std::thread::spawn(move || {
        let counts: Vec<_> = (0..CLIENTS).map(|_| ask(port)).collect();
        halt.cancel();
        counts.into_iter().fold((0, 0), |(sent, received), one| (sent + one.0, received + one.1))
    });
    let served = runtime
        .block_on(server::start(bound, options(), Telling::default(), &recorder, stop))
        .expect("it serves");
    let (sent, received) = clients.join().expect("every client got its answers");
    drop(recorder);
    let events: Vec<Event> = stream.collect();
    assert_eq!(served.clients, CLIENTS);
    assert_eq!(served.requests, CLIENTS * (EACH + 1));
    assert_eq!((served.received, served.sent), (sent, received));
    assert_eq!(served.closed_by_client + served.closed_by_server, CLIENTS);

    let mut told = 0;
    let mut accepted = 0;
    let mut folded = (0, 0);
    for event in &events {
        match &event.kind {
            EventKind::Answered(answered) => told += u64::from(answered.status == 200),
            EventKind::Accepted(_) => accepted += 1,
            EventKind::Folded(facts) => {
                folded.0 += facts.requests;
                folded.1 += facts.clients;
            }
            #[allow(clippy::wildcard_enum_match_arm, reason = "only these three are counted here")]
            _ => {}
        }
    }
    assert!(folded.0 > 0, "so many requests are more than a person can read");
    assert_eq!(told + folded.0, CLIENTS * EACH, "each whole request is told or counted as folded");
    assert_eq!(accepted + folded.1, CLIENTS, "each client is told or counted as folded");
}
