//! The system's clock is set in the middle of an operation: what it waits for, and how long, does not change.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::GUARD;
use super::support::{Run, Started, accept_within, command};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// A month on and a month back.
const STEPS: [&str; 2] = ["+30d", "-30d"];
const MONTH: i64 = 30 * 24 * 60 * 60;

/// A wall clock that a test sets, for the programs it starts; their monotonic clock is the system's own, as where an
/// administrator sets the time.
struct Clock {
    folder: tempfile::TempDir,
    preload: String,
}

impl Clock {
    fn new() -> Clock {
        let folder = tempfile::tempdir().expect("a folder");
        let output = Command::new("faketime")
            .args(["-m", "-f", "+0", "sh", "-c", "printf %s \"$LD_PRELOAD\""])
            .output()
            .expect("faketime is needed");
        let preload = String::from_utf8(output.stdout).expect("a path");
        assert!(!preload.is_empty(), "faketime names no library");
        let clock = Clock { folder, preload };
        clock.set("+0");
        clock
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// So far from the true time it is from now on.
    fn set(&self, offset: &str) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, offset).expect("room");
        std::fs::rename(new, self.file()).expect("a file");
    }

    fn start(&self, arguments: &[&str]) -> Started {
        let mut line = command(arguments);
        line.env("LD_PRELOAD", &self.preload)
            .env("FAKETIME_TIMESTAMP_FILE", self.file())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        Started::new(line)
    }
}

/// Seconds that no run here takes, and that every step of the clock exceeds.
const DAY: f64 = 24.0 * 60.0 * 60.0;

/// It ended so, and no time that it told has a step of the clock in it.
fn ended(run: &Run, code: i32) {
    assert_eq!(run.code, code, "{}{}", run.text(), run.stderr);
    let events = run.events();
    let times: Vec<f64> = events.iter().filter_map(|event| event["at"].as_f64()).collect();
    assert!(times.len() > 2 && times.iter().all(|at| (0.0..DAY).contains(at)), "{times:?}");
    let took = events.iter().filter_map(|event| event["took"].as_f64());
    took.for_each(|took| assert!((0.0..DAY).contains(&took), "{took}"));
}

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

/// A client of that server, once it was accepted, and its flow.
fn connect(serve: &mut Started, port: u16) -> (TcpStream, Value) {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    (stream, serve.wait_for("accepted")["flow"].clone())
}

/// Waits until octets of that flow were read.
fn read(serve: &mut Started, flow: &Value) {
    while serve.wait_for("bytes")["flow"] != *flow {}
}

fn heard(stream: &mut TcpStream, end: &[u8]) {
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    let mut came = Vec::new();
    while !came.ends_with(end) {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("more");
        came.push(octet[0]);
    }
}

/// The wall clock by an answer's Date (RFC 9110 section 6.6.1); seconds since 1970.
fn date(stream: &mut TcpStream) -> i64 {
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    stream.write_all(GET).expect("it reads");
    let mut came = Vec::new();
    while !came.ends_with(b"Hello, World!\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("an answer");
        came.push(octet[0]);
    }
    let text = String::from_utf8(came).expect("text");
    let value = text.lines().find_map(|line| line.strip_prefix("Date: ")).expect("a date");
    let date = httpdate::parse_http_date(value).expect("a date of HTTP");
    let since = date.duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("seconds")
}

#[test]
#[ignore = "needs faketime"]
fn a_server_whose_clock_is_set_keeps_its_clients_and_its_limits() {
    for (step, by) in STEPS.into_iter().zip([MONTH, -MONTH]) {
        let clock = Clock::new();
        let mut serve =
            clock.start(&["serve", "--port", "0", "--host", "127.0.0.1", "--idle", "10s", "--json"]);
        let port = serve.wait_for("listening")["local_port"].as_u64().expect("a number");
        let port = u16::try_from(port).expect("a port");
        let (mut kept, _) = connect(&mut serve, port);
        let before = date(&mut kept);
        let (mut slow, flow) = connect(&mut serve, port);
        slow.write_all(&GET[..10]).expect("it reads");
        read(&mut serve, &flow);
        clock.set(step);
        // The date follows the clock, on the connection that was there before.
        let moved = date(&mut kept) - before - by;
        assert!(moved.abs() < 60, "the clock was set by {by} s, and the date by {moved} s more");
        // The rest of a head has the time that it would have had.
        slow.set_read_timeout(Some(GUARD)).expect("a timeout");
        let mut answer = String::new();
        slow.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        serve.terminate();
        let run = serve.finish();
        ended(&run, 0);
        let late = run.events_of("answered").into_iter().find(|one| one["status"] == 408).expect("408");
        let waited = late["at"].as_f64().expect("a time");
        assert!(waited >= 10.0, "after {waited} s");
    }
}

/// The library makes a date when it looks at the clock, which it does also where nothing is answered.
#[test]
#[ignore = "needs faketime"]
fn a_date_is_right_after_a_time_ahead_in_which_nobody_was_answered() {
    let clock = Clock::new();
    let mut serve = clock.start(&["serve", "--port", "0", "--host", "127.0.0.1", "--json"]);
    let port = serve.wait_for("listening")["local_port"].as_u64().expect("a number");
    let port = u16::try_from(port).expect("a port");
    let (mut kept, _) = connect(&mut serve, port);
    let before = date(&mut kept);
    clock.set(STEPS[0]);
    let (mut other, flow) = connect(&mut serve, port);
    other.write_all(&GET[..1]).expect("it reads");
    read(&mut serve, &flow);
    clock.set("+0");
    let moved = date(&mut kept) - before;
    assert!(moved.abs() < 60, "the clock is where it was, and the date {moved} s on");
    serve.terminate();
    ended(&serve.finish(), 0);
}

#[test]
#[ignore = "needs faketime"]
fn get_waits_as_long_as_it_was_told_whatever_the_clock_says() {
    for step in STEPS {
        let clock = Clock::new();
        let (listener, port) = listener();
        let url = format!("http://127.0.0.1:{port}/");
        let get = clock.start(&["get", &url, "--timeout", "20s", "--json", "-o", "/dev/null"]);
        let mut stream = accept_within(&listener, GUARD);
        heard(&mut stream, b"\r\n\r\n");
        clock.set(step);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").expect("it reads");
        ended(&get.finish(), 0);

        let clock = Clock::new();
        let get = clock.start(&["get", &url, "--timeout", "3s", "--json"]);
        let mut stream = accept_within(&listener, GUARD);
        heard(&mut stream, b"\r\n\r\n");
        clock.set(step);
        let run = get.finish();
        ended(&run, 28);
        assert_eq!(run.event("failed")["kind"], "never_answers");
    }
}

#[test]
#[ignore = "needs faketime"]
fn connect_waits_as_long_as_it_was_told_whatever_the_clock_says() {
    for step in STEPS {
        let clock = Clock::new();
        let (listener, port) = listener();
        let port = port.to_string();
        let mut connect = clock.start(&["connect", "127.0.0.1", &port, "--timeout", "2s", "--json"]);
        let mut stdin = connect.stdin.take().expect("a pipe");
        let mut stream = accept_within(&listener, GUARD);
        stdin.write_all(b"hello\n").expect("it reads");
        heard(&mut stream, b"hello\n");
        clock.set(step);
        drop(stdin);
        // The other end neither answers nor ends: so the wait for it has to run out.
        let run = connect.finish();
        assert_eq!(run.event("failed")["kind"], "never_answers");
        ended(&run, 28);
    }
}

#[test]
#[ignore = "needs faketime"]
fn resolve_waits_as_long_as_it_was_told_whatever_the_clock_says() {
    for step in STEPS {
        let clock = Clock::new();
        let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        server.set_read_timeout(Some(GUARD)).expect("a timeout");
        let at = format!("@{}", server.local_addr().expect("an address"));
        let resolve = clock.start(&["resolve", "shop.test", &at, "A", "--timeout", "3s", "--json"]);
        let (len, peer) = server.recv_from(&mut [0; 512]).expect("a question");
        clock.set(step);
        // Nothing that could be believed: its own id and nothing else.
        server.send_to(&vec![0; len], peer).expect("sent");
        let run = resolve.finish();
        ended(&run, 9);
        let kind: Value = run.event("failed")["kind"].clone();
        assert!(kind == "nobody_answered" || kind == "only_unbelievable", "{kind}");
    }
}
