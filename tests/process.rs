//! The real binary as a process: its streams, its exit codes, closed pipes, signals, full disks.
#![cfg(unix)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use support::{Serving, Started, command, netlearn, refusing};

/// A server for one client: reads the head of its request, writes `answer`, then waits for the client to leave.
fn answering(answer: Vec<u8>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let thread = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        read_head(&mut client);
        // The client may leave in the middle: that is what some tests are about.
        let _ = client.write_all(&answer);
        let _ = client.read_to_end(&mut Vec::new());
    });
    (port, thread)
}

fn read_head(client: &mut TcpStream) {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut octet).expect("a request");
        head.push(octet[0]);
    }
}

fn signal(started: &Started, signal: Signal) {
    let pid = Pid::from_raw(started.id().cast_signed()).expect("a process id");
    kill_process(pid, signal).expect("the process is there");
}

fn small() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nHello, World!\n".to_vec()
}

#[test]
fn the_body_goes_to_stdout_and_the_narration_to_stderr() {
    let (port, server) = answering(small());
    let run = netlearn(&["get", &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, b"Hello, World!\n");
    assert!(run.stderr.contains("200 OK"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "no colour into a pipe");
}

#[test]
fn quiet_says_nothing_but_data() {
    let (port, server) = answering(small());
    let run = netlearn(&["get", "-q", &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    assert_eq!((run.code, run.stdout.as_slice(), run.stderr.as_str()), (0, &b"Hello, World!\n"[..], ""));
}

#[test]
fn quiet_still_says_errors() {
    let (_held, free) = refusing();
    let run = netlearn(&["get", "-q", &format!("http://127.0.0.1:{free}/")]);
    assert_eq!(run.code, 7);
    assert!(run.stderr.contains(&free.to_string()), "{}", run.stderr);
}

#[test]
fn events_go_to_stdout_and_the_last_one_is_finished() {
    let (port, server) = answering(small());
    let run = netlearn(&["get", "--json", &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    let events = run.events();
    assert_eq!(events[0]["event"], "recording_started");
    assert_eq!(events.last().expect("events")["event"], "finished");
    assert_eq!(events.last().expect("events")["exit"], 0);
    let numbers: Vec<u64> =
        events[1..].iter().map(|event| event["seq"].as_u64().expect("a number")).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!(run.stderr, "");
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 30_000_000, b'x');
    let (port, server) = answering(answer);
    let mut started = Started::new(command(&["get", &format!("http://127.0.0.1:{port}/")]));
    drop(started.stdout.take());
    let run = started.finish();
    server.join().expect("the server ends");
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_server_whose_events_nobody_reads_ends() {
    // At one address: `listening` is told once, and nothing is on the way when nobody reads any more.
    let mut started = Started::new(command(&["serve", "--port", "0", "--host", "127.0.0.1", "--json"]));
    let port = started.wait_for("listening")["local_port"].as_u64().expect("a port");
    drop(started.stdout.take());
    // Something to tell makes it notice that nobody listens to it any more.
    let client = TcpStream::connect(("127.0.0.1", u16::try_from(port).expect("a port"))).expect("connected");
    drop(client);
    assert_eq!(started.finish().code, 0);
}

#[test]
fn the_first_signal_ends_a_server_cleanly() {
    for number in [Signal::INT, Signal::TERM] {
        let mut started = Started::new(command(&["serve", "--port", "0", "--json"]));
        let port = started.wait_for("listening")["local_port"].as_u64().expect("a port");
        signal(&started, number);
        let run = started.finish();
        assert_eq!(run.code, 0, "{number:?}");
        assert_eq!(run.event("served")["port"], port);
        assert_eq!(run.events_of("failed").len(), 0);
        TcpListener::bind(("127.0.0.1", u16::try_from(port).expect("a port")))
            .expect("the port is free again");
    }
}

#[test]
fn the_first_signal_ends_a_client_with_its_number() {
    for (number, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (port, server) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec());
        let mut started = Started::new(command(&[
            "get",
            "--timeout",
            "60",
            "--json",
            &format!("http://127.0.0.1:{port}/"),
        ]));
        started.wait_for("response");
        signal(&started, number);
        let run = started.finish();
        server.join().expect("the server ends");
        assert_eq!(run.code, code);
        assert_eq!(run.event("finished")["exit"], code);
        assert_eq!(run.events_of("failed").len(), 0, "leaving is no failure");
    }
}

#[test]
fn the_second_signal_ends_at_once_even_if_nobody_reads() {
    // A head that fills the pipe: the events of it cannot all be written, so the first signal cannot end the run.
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 9\r\n\r\n", "x".repeat(60_000));
    let (port, server) = answering(head.into_bytes());
    let mut started =
        Started::new(command(&["get", "--timeout", "60", "--json", &format!("http://127.0.0.1:{port}/")]));
    started.wait_for("request");
    signal(&started, Signal::INT);
    signal(&started, Signal::TERM);
    let pipe = started.stdout.take();
    let run = started.finish();
    drop(pipe);
    server.join().expect("the server ends");
    assert_eq!(run.code, 130);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_recording_is_said_and_the_result_still_shown() {
    let (port, server) = answering(small());
    let run = netlearn(&["get", "--record", "/dev/full", &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    assert_eq!(run.code, 23, "{}", run.stderr);
    assert_eq!(run.stdout, b"Hello, World!\n");
    assert!(run.stderr.contains("200 OK") && run.stderr.contains("/dev/full"), "{}", run.stderr);
    assert!(run.stderr.contains("No space left"), "{}", run.stderr);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_under_the_output_is_said_and_the_result_still_shown() {
    let (port, server) = answering(small());
    let run = netlearn(&["get", "-o", "/dev/full", &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    assert_eq!(run.code, 23, "{}", run.stderr);
    assert!(run.stderr.contains("200 OK") && run.stderr.contains("/dev/full"), "{}", run.stderr);
}

#[test]
fn a_recording_is_for_its_owner_alone_and_can_be_shown_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let file = path.to_str().expect("UTF-8");
    let (port, server) = answering(small());
    let run = netlearn(&["get", "--record", file, &format!("http://127.0.0.1:{port}/")]);
    server.join().expect("the server ends");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(path.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
    let again = netlearn(&["replay", file]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.text(), run.stderr, "a replay shows what the run showed");
}

#[test]
fn a_port_for_one_test_is_lent_to_nobody_and_no_other_test_gets_it() {
    let first = support::unlent_port([127, 0, 0, 1]);
    assert!(!support::lent_ports().contains(&first), "{first}");
    // As another process would ask: each opening of the file is a holder of its own (flock(2)).
    assert!(!support::claim(first), "{first} can be had twice");
    assert_ne!(support::unlent_port([127, 0, 0, 1]), first);
}

#[test]
fn two_servers_can_listen_at_once_on_ports_of_their_own() {
    let (one, two) = (Serving::start(&["--port", "0"]), Serving::start(&["--port", "0"]));
    assert_ne!(one.port, two.port);
    assert_eq!((one.stop().code, two.stop().code), (0, 0));
}
