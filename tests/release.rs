//! The release binary under what no peer should send: memory stays small, waits stay bounded, counts stay exact.
//!
//! `cargo build --release && cargo test --test release -- --ignored`; without that binary each test fails.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use support::{GUARD, Run, Started};

/// Most memory that any run may take; kB.
const MOST: u64 = 64 * 1024;

const TIMEOUT: &str = "2";

/// The release binary beside the one that the tests are built with.
fn binary() -> PathBuf {
    let target = Path::new(env!("CARGO_BIN_EXE_netlearn")).ancestors().nth(2).unwrap();
    let path = target.join("release/netlearn");
    assert!(path.is_file(), "{} is missing: cargo build --release", path.display());
    path
}

fn release(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments);
    command
}

/// The most memory that a process has had so far, in kB; `None` once it has ended.
fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Follows a process's high-water mark to its end.
fn watch_memory(pid: u32) -> JoinHandle<u64> {
    // What has ended has no mark any more.
    let mut most = high_water(pid).unwrap_or(0);
    std::thread::spawn(move || {
        while let Some(now) = high_water(pid) {
            most = now;
            std::thread::sleep(Duration::from_millis(1));
        }
        most
    })
}

fn finish(started: Started) -> (Run, u64) {
    let memory = watch_memory(started.id());
    let run = started.finish();
    (run, memory.join().unwrap())
}

/// A server of the test: reads a head from each client (or whatever it begins with), then does `answer`.
fn server(answer: impl Fn(&mut TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut first = [0; 4096];
            let _ = stream.read(&mut first);
            answer(&mut stream);
            // Waits until the client has hung up, so that nothing of the answer is lost to a RST.
            while stream.read(&mut first).is_ok_and(|len| len > 0) {}
        }
    });
    port
}

/// Writes piece after piece, `total` octets, or without an end until the other side has enough.
fn pour(stream: &mut TcpStream, piece: &[u8], total: Option<u64>) {
    let mut left = total.unwrap_or(u64::MAX);
    while left > 0 {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        if stream.write_all(&piece[..len]).is_err() {
            return;
        }
        left -= len as u64;
    }
}

/// `get --json` against such an answer: exit 8 of this kind, within the time-out, in little memory; its `failed` event.
fn fails(kind: &str, answer: impl Fn(&mut TcpStream) + Send + 'static) -> Value {
    let url = format!("http://127.0.0.1:{}/", server(answer));
    let (run, memory) = finish(Started::new(release(&["get", &url, "--json", "--timeout", TIMEOUT])));
    let failed = run.event("failed");
    assert_eq!((run.code, failed["kind"].as_str()), (8, Some(kind)), "{failed}");
    let took = run.event("finished")["at"].as_f64().unwrap();
    assert!(took < 2.5, "{kind}: {took} s");
    assert!(memory < MOST, "{kind}: {memory} kB");
    failed
}

fn fails_at(kind: &str, answer: &'static [u8]) -> Value {
    fails(kind, move |stream| stream.write_all(answer).unwrap())
}

fn fact(failed: &Value, name: &str) -> Value {
    let evidence = failed["evidence"].as_array().unwrap();
    evidence.iter().find(|fact| fact["fact"] == name).unwrap_or_else(|| panic!("{name} in {failed}")).clone()
}

#[test]
#[ignore = "needs a release build"]
fn get_survives_heads_without_measure() {
    let piece = vec![b'x'; 65536];
    let line = piece.clone();
    fails("head_too_large", move |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        pour(stream, &line, Some(40_000_000));
        let _ = stream.write_all(b"\r\n\r\n");
    });
    fails("head_too_large", move |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        pour(stream, &piece, None);
    });
    fails("head_too_large", |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        pour(stream, &b"A: b\r\n".repeat(10_000), None);
    });
}

#[test]
#[ignore = "needs a release build"]
fn get_waits_no_longer_for_a_head_that_drips_than_its_limit() {
    let port = server(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        // A slow peer, not a wait for readiness.
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    let (run, memory) = finish(Started::new(release(&["get", &url, "--json", "--timeout", TIMEOUT])));
    let took = run.event("finished")["at"].as_f64().unwrap();
    assert_eq!(run.code, 28, "{}", run.event("failed"));
    assert!((2.0..10.0).contains(&took) && memory < MOST, "{took} s, {memory} kB");
}

#[test]
#[ignore = "needs a release build"]
fn get_names_what_is_wrong_with_a_head() {
    fails_at("bad_length", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello");
    fails_at("bad_head", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello");
    fails_at("two_lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    fails_at("bad_head", b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n");
}

#[test]
#[ignore = "needs a release build"]
fn get_names_what_is_not_http() {
    for (answer, protocol) in [
        (&b"SSH-2.0-OpenSSH_9.2p1\r\n"[..], "ssh"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"),
        (b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", "http2"),
    ] {
        let failed = fails_at("not_http", answer);
        assert_eq!(fact(&failed, "first_bytes")["protocol"], protocol);
    }
}

const BODY: u64 = 2_000_000_000;

/// Starts what has so much to read, however slow the machine is.
fn at_length(arguments: &[&str]) -> Started {
    Started::within(release(arguments), 10 * GUARD)
}

/// Reads stdout to its end and counts; the run and the most memory it took.
fn count_stdout(mut started: Started) -> (u64, Run, u64) {
    let memory = watch_memory(started.id());
    let mut stdout = started.stdout.take().unwrap();
    let mut piece = vec![0; 1 << 20];
    let mut read = 0;
    while let len @ 1.. = stdout.read(&mut piece).unwrap() {
        read += len as u64;
    }
    (read, started.finish(), memory.join().unwrap())
}

fn two_gigabytes(head: bool) -> u16 {
    server(move |stream| {
        if head {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n");
        }
        pour(stream, &[b'x'; 262_144], Some(BODY));
        let _ = stream.shutdown(std::net::Shutdown::Write);
    })
}

#[test]
#[ignore = "needs a release build"]
fn get_pipes_two_gigabytes_in_little_memory() {
    let url = format!("http://127.0.0.1:{}/", two_gigabytes(true));
    let (read, run, memory) = count_stdout(at_length(&["get", &url]));
    assert_eq!((run.code, read), (0, BODY), "{}", run.stderr);
    assert!(memory < MOST, "{memory} kB");
}

#[test]
#[ignore = "needs a release build"]
fn get_records_two_gigabytes_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let url = format!("http://127.0.0.1:{}/", two_gigabytes(true));
    let arguments = ["get", &url, "--record", path.to_str().unwrap()];
    let (read, run, memory) = count_stdout(at_length(&arguments));
    assert_eq!((run.code, read), (0, BODY), "{}", run.stderr);
    assert!(memory < MOST, "{memory} kB");
    // The recording is whole: its events of bytes cover every octet.
    let mut received = 0;
    let mut head = 0;
    for line in BufReader::new(std::fs::File::open(&path).unwrap()).lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_ne!(event["event"], "events_lost");
        if event["event"] == "bytes" && event["direction"] == "received" {
            received += event["len"].as_u64().unwrap();
        }
        if event["event"] == "response" {
            head = event["len"].as_u64().unwrap();
        }
    }
    assert_eq!(received, head + BODY);
}

#[test]
#[ignore = "needs a release build"]
fn connect_receives_two_gigabytes_in_little_memory() {
    let port = two_gigabytes(false).to_string();
    let mut started = at_length(&["connect", "127.0.0.1", &port]);
    // The server reads once before it answers.
    started.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    drop(started.stdin.take());
    let (read, run, memory) = count_stdout(started);
    assert_eq!((run.code, read), (0, BODY), "{}", run.stderr);
    assert!(memory < MOST, "{memory} kB");
}

// The server's side.

/// A `serve --json` of the release binary that listens.
fn serving(arguments: &[&str]) -> (Started, u16) {
    let mut started = Started::new(release(&[&["serve", "http", "0", "--json"], arguments].concat()));
    let port = started.wait_for("listening")["local_port"].as_u64().unwrap();
    (started, u16::try_from(port).unwrap())
}

/// Sends `beginning`, then `piece` again and again up to `total`, while reading; what came back before the end or RST.
fn send(port: u16, beginning: &[u8], piece: &[u8], total: Option<u64>) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let mut came = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(len @ 1..) = reader.read(&mut chunk) {
            came.extend_from_slice(&chunk[..len]);
        }
        came
    });
    let _ = stream.write_all(beginning);
    pour(&mut stream, piece, total);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    String::from_utf8(reading.join().unwrap()).unwrap()
}

#[test]
#[ignore = "needs a release build"]
fn serve_refuses_what_no_client_should_send() {
    let (started, port) = serving(&[]);
    let start = b"GET / HTTP/1.1\r\nHost: a\r\nX: ";
    let status = |answer: &str| answer.get(9..12).map(str::to_owned).unwrap_or_default();
    assert_eq!(status(&send(port, start, &[b'x'; 65536], Some(40_000_000))), "431");
    assert_eq!(status(&send(port, start, &[b'x'; 65536], None)), "431");
    assert_eq!(status(&send(port, b"GET / HTTP/1.1\r\n", &b"A: b\r\n".repeat(10_000), None)), "431");
    assert_eq!(status(&send(port, b"GET /", &[b'x'; 65536], None)), "414");
    for (request, expected) in [
        (&b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"[..], "400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "413"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", "400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", "400"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "400"),
        // A request of a version that is not spoken here (RFC 9110 section 15.6.6).
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
    ] {
        let answer = send(port, request, &[], Some(0));
        assert_eq!(status(&answer), expected, "{}: {answer}", String::from_utf8_lossy(request));
    }
    let good = send(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[], Some(0));
    assert!(good.starts_with("HTTP/1.1 200 OK\r\n") && good.ends_with("Hello, World!\n"), "{good}");
    let memory = high_water(started.id()).unwrap();
    started.terminate();
    assert_eq!(started.finish().code, 0);
    assert!(memory < MOST, "{memory} kB");
}

#[test]
#[ignore = "needs a release build"]
fn the_binary_is_small() {
    // An HTTP client and server of both versions, TLS with its cryptography, DNS with its records, the lessons with their
    // reader and line editor, and the schema that lesson files are checked against are inside.
    let size = binary().metadata().unwrap().len();
    assert!(size < 18_500_000, "{size} octets");
}

// Under load.

/// Connections that wrk keeps open: at its end each may have one request on the way that it counts nowhere.
const WRK: u64 = 64;

/// Runs wrk for a second; the requests it saw answered.
fn wrk(port: u16) -> u64 {
    let url = format!("http://127.0.0.1:{port}/");
    let output = Command::new("wrk").args(["-t1", "-c64", "-d1s", &url]).output().expect("wrk is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("Socket errors") && !said.contains("Non-2xx"), "{said}");
    let line = said.lines().find_map(|line| line.trim().split_once(" requests in "));
    line.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("no count in {said}"))
}

#[test]
#[ignore = "needs wrk and a release build"]
fn narrating_into_a_file_no_request_is_lost_from_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("narration");
    let script = "exec \"$0\" serve http 0 2>\"$1\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(binary()).arg(&path);
    let started = Started::new(shell);
    let port = loop {
        let said = std::fs::read_to_string(&path).unwrap_or_default();
        let after = said.split_once("http://localhost:").map(|(_, after)| after.to_owned());
        // The whole line: the number may be written in part.
        if let Some((port, _)) = after.as_deref().and_then(|after| after.split_once('/')) {
            break port.parse().unwrap();
        }
        assert!(high_water(started.id()).is_some(), "serve ended: {said}");
        std::thread::yield_now();
    };
    let completed = wrk(port);
    let memory = high_water(started.id()).unwrap();
    started.terminate();
    assert_eq!(started.finish().code, 0);
    let said = std::fs::read_to_string(&path).unwrap();
    let summary = said.lines().find_map(|line| line.trim().split_once(" requests, ")).expect("a summary");
    let served: u64 = summary.0.replace(',', "").parse().unwrap_or_else(|_| panic!("{summary:?}"));
    assert!((completed..=completed + WRK).contains(&served), "wrk {completed}, netlearn {served}");
    assert!(memory < MOST, "{memory} kB");
    assert!(said.lines().count() < 2000, "{} lines", said.lines().count());
}

#[test]
#[ignore = "needs wrk and a release build"]
fn as_json_each_request_is_told_or_stated_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let script = "exec \"$0\" serve http 0 --json >\"$1\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(binary()).arg(&path);
    let started = Started::new(shell);
    let port = loop {
        let said = std::fs::read_to_string(&path).unwrap_or_default();
        let listening = said.lines().find(|line| line.contains("\"event\":\"listening\""));
        if let Some(event) = listening.and_then(|line| serde_json::from_str::<Value>(line).ok()) {
            break u16::try_from(event["local_port"].as_u64().unwrap()).unwrap();
        }
        assert!(high_water(started.id()).is_some(), "serve ended: {said}");
        std::thread::yield_now();
    };
    let completed = wrk(port);
    started.terminate();
    assert_eq!(started.finish().code, 0);
    let (mut answered, mut lost, mut lines, mut seq, mut served) = (0, 0, 0, 0, Value::Null);
    for line in BufReader::new(std::fs::File::open(&path).unwrap()).lines() {
        let line = line.unwrap();
        lines += 1;
        answered += u64::from(line.contains("\"event\":\"answered\""));
        let rare = ["events_lost", "served", "finished"];
        if rare.iter().any(|kind| line.contains(&format!("\"event\":\"{kind}\""))) {
            let event: Value = serde_json::from_str(&line).unwrap();
            seq = event["seq"].as_u64().unwrap();
            lost += event["count"].as_u64().unwrap_or(0);
            if event["event"] == "served" {
                served = event;
            }
        }
    }
    assert_eq!(seq + 1, lines, "numbered without a gap, after the header");
    let requests = served["requests"].as_u64().expect("the summary is never dropped");
    assert!((completed..=completed + WRK).contains(&requests), "wrk {completed}, netlearn {requests}");
    assert!(answered <= requests, "{answered} of {requests}");
    // What has no event is among those that the stream says it lost, or was on the way when wrk left.
    assert!(answered + lost + WRK >= requests, "answered {answered}, lost {lost}, requests {requests}");
}
