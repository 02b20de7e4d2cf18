//! `serve` under load: a thousand connections that open and close at full rate, slow clients, descriptors that run out.
//! What has to be the same afterwards is: memory, descriptors, and the counts, which are exact.
#![cfg(target_os = "linux")]

#[path = "load/slow.rs"]
mod slow;
mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use support::{GUARD, Started};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    stream
}

/// One answer with its fourteen octets; how many octets that was.
fn answer(stream: &mut TcpStream) -> u64 {
    let mut came = Vec::new();
    let mut chunk = [0; 1024];
    while !came.ends_with(b"\r\n\r\nHello, World!\n") {
        let len = stream.read(&mut chunk).expect("an answer");
        assert!(len > 0, "the answer is cut: {}", String::from_utf8_lossy(&came));
        came.extend_from_slice(&chunk[..len]);
    }
    came.len() as u64
}

fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors").count()
}

/// Waits until `done` holds of the other process, whose step that is; a guard ends the test where it never does.
fn until(what: &str, done: impl Fn() -> bool) {
    let (ended, guard) = std::sync::mpsc::channel::<()>();
    let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let late = std::sync::Arc::clone(&over);
    let thread =
        std::thread::spawn(move || late.store(guard.recv_timeout(GUARD).is_err(), Ordering::Relaxed));
    while !done() {
        assert!(!over.load(Ordering::Relaxed), "{what}");
        std::thread::yield_now();
    }
    // It may have ended by itself.
    let _ = ended.send(());
    thread.join().expect("the guard ends");
}

/// What clients did, by their own count.
#[derive(Debug, Default)]
struct Own {
    clients: AtomicU64,
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Own {
    fn add(&self, clients: u64, requests: u64, received: u64) {
        self.clients.fetch_add(clients, Ordering::Relaxed);
        self.requests.fetch_add(requests, Ordering::Relaxed);
        self.sent.fetch_add(requests * GET.len() as u64, Ordering::Relaxed);
        self.received.fetch_add(received, Ordering::Relaxed);
    }

    /// So many connections at one time, each asked once, in so many rounds.
    fn rounds(&self, port: u16, rounds: usize, at_once: usize) {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        let mut streams: Vec<TcpStream> = (0..at_once / 4).map(|_| connect(port)).collect();
                        for stream in &mut streams {
                            stream.write_all(GET).expect("it reads");
                        }
                        for mut stream in streams {
                            let received = answer(&mut stream);
                            stream.shutdown(Shutdown::Write).expect("half-closed");
                            assert_eq!(stream.read(&mut [0; 16]).expect("it ends"), 0);
                            self.add(1, 1, received);
                        }
                    }
                });
            }
        });
    }
}

#[test]
fn a_thousand_connections_at_once_leave_nothing_behind() {
    let mut serve = support::command(&["serve", "--port", "0", "--host", "127.0.0.1", "--json"]);
    serve.env("NO_COLOR", "1");
    // It serves all of them, however slow the machine is.
    let mut started = Started::within(serve, 10 * GUARD);
    let port = started.wait_for("listening")["local_port"].as_u64().expect("a number");
    let port = u16::try_from(port).expect("a port");
    // What it tells is read as it comes, as `--json` is meant to be.
    let stdout = started.stdout.take().expect("its output");
    let reading = std::thread::spawn(move || {
        let lines = std::io::BufRead::lines(stdout).map(|line| line.expect("a line"));
        lines
            .filter(|line| {
                line.contains("\"event\":\"served\"") || line.contains("\"event\":\"events_lost\"")
            })
            .collect::<Vec<_>>()
    });
    let own = Own::default();
    let before = descriptors(started.id());
    own.rounds(port, 5, 1000);
    // Every client has seen the server's end, which comes before its descriptor is closed.
    until("no descriptor stays open", || descriptors(started.id()) <= before);
    started.terminate();
    let run = started.finish();
    let told = reading.join().expect("read to the end");
    let served = told.iter().rev().find(|line| line.contains("\"event\":\"served\"")).expect("served");
    let served: serde_json::Value = serde_json::from_str(served).expect("an event");
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (name, count) in [
        ("clients", &own.clients),
        ("requests", &own.requests),
        ("received", &own.sent),
        ("sent", &own.received),
    ] {
        assert_eq!(served[name], count.load(Ordering::Relaxed), "{name}: {served}");
    }
    assert_eq!((&served["closed_by_client"], &served["reset"]), (&5000.into(), &0.into()), "{served}");
}

#[test]
#[ignore = "needs prlimit"]
fn a_server_without_descriptors_says_so_and_recovers() {
    let mut line = Command::new("prlimit");
    line.args(["--nofile=40:40", env!("CARGO_BIN_EXE_netlearn")]);
    line.args(["serve", "--port", "0", "--host", "127.0.0.1", "--json"]);
    let mut started = Started::new(line);
    let port = started.wait_for("listening")["local_port"].as_u64().expect("a number");
    let port = u16::try_from(port).expect("a port");
    // The kernel completes their handshakes; those that cannot be accepted wait in the queue.
    let mut clients: Vec<TcpStream> = (0..60).map(|_| connect(port)).collect();
    let failed = started.wait_for("listen_failed");
    assert_eq!((&failed["reason"], &failed["goes_on"]), (&"accept".into(), &true.into()), "{failed}");
    assert_eq!(failed["errno"], libc::EMFILE, "{failed}");
    for client in &mut clients {
        client.write_all(GET).expect("a queue takes it");
    }
    // Those that were accepted are served, and leave; every one that waited comes to its turn.
    for mut client in clients {
        answer(&mut client);
    }
    started.terminate();
    let run = started.finish();
    let served = run.event("served");
    assert_eq!((run.code, &served["clients"], &served["requests"]), (0, &60.into(), &60.into()), "{served}");
    assert!(served["accept_errors"].as_u64().is_some_and(|count| count > 0), "{served}");
}

#[test]
#[ignore = "needs python3"]
fn a_short_soak_leaves_memory_descriptors_and_counts_as_they_have_to_be() {
    // The long form is the same program: python3 benches/soak.py --minutes 10.
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/soak.py");
    let mut line = Command::new("python3");
    line.args([script, "--minutes", "0.2", "--binary", env!("CARGO_BIN_EXE_netlearn")]);
    let run = Started::new(line).finish();
    assert_eq!(run.code, 0, "{}{}", run.text(), run.stderr);
}
