//! A terminal whose reader stopped: a real one, that takes a few kilobytes and then no more. What is done goes on, as far as it
//! does not lead to that very terminal; and whoever asks for the end once gets it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Regex, Session};
use rustix::process::{Pid, Signal, kill_process};

use super::GUARD;
use super::support::{alone, command};

/// netlearn at a terminal that is read only by `expect`.
struct Frozen {
    session: OsSession,
    pid: Pid,
}

impl Frozen {
    fn start(arguments: &[&str]) -> Frozen {
        let mut command = command(arguments);
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        let mut session = alone(|| Session::spawn(command)).expect("a terminal");
        session.set_expect_timeout(Some(GUARD));
        let pid = Pid::from_raw(session.get_process().pid().as_raw()).expect("a process");
        Frozen { session, pid }
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("it runs");
    }

    /// Its exit code; past [`GUARD`] it is killed and has none.
    fn code(&mut self) -> Option<i32> {
        let (ended, wait) = std::sync::mpsc::channel::<()>();
        let pid = self.pid;
        let guard = std::thread::spawn(move || {
            if wait.recv_timeout(GUARD).is_err() {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        let status = self.session.get_process().wait().expect("it ends");
        // The guard may have ended it.
        let _ = ended.send(());
        guard.join().expect("the guard ends");
        if let WaitStatus::Exited(_, code) = status { Some(code) } else { None }
    }
}

/// A server, and its port as the terminal shows it; then nobody reads there any more.
fn serving() -> (Frozen, u16) {
    let mut frozen = Frozen::start(&["serve", "--port", "0", "--host", "127.0.0.1", "--color", "never"]);
    let told = frozen.session.expect(Regex(r"listening +on 127\.0\.0\.1:(\d+)")).expect("it listens");
    let port = told.get(1).and_then(|port| std::str::from_utf8(port).ok()).expect("a port");
    let port = port.parse().expect("a number");
    (frozen, port)
}

/// One request on a connection of its own, for a path that is long to tell.
fn ask(port: u16) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    let path = "a".repeat(2000);
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut came = Vec::new();
    stream.read_to_end(&mut came).expect("it ends");
    assert!(came.ends_with(b"\r\n\r\nHello, World!\n"), "{}", String::from_utf8_lossy(&came));
}

/// Far more than the terminal takes, though of those past fifty a second only some are told.
const REQUESTS: usize = 300;

#[test]
fn a_server_at_a_frozen_terminal_serves_on_and_counts_exactly() {
    let (mut frozen, port) = serving();
    (0..REQUESTS).for_each(|_| ask(port));
    frozen.signal(Signal::INT);
    // It is read again: everything is told, to the last line.
    let told = frozen.session.expect(Eof).expect("the end");
    let told = String::from_utf8_lossy(told.as_bytes()).into_owned();
    assert!(told.contains(&format!("{REQUESTS} requests, {REQUESTS} connections")), "{told}");
    assert_eq!(frozen.code(), Some(0));
}

#[test]
fn a_server_at_a_frozen_terminal_ends_at_one_signal() {
    let (mut frozen, port) = serving();
    (0..REQUESTS).for_each(|_| ask(port));
    frozen.signal(Signal::TERM);
    // A clean end would be 0: it was not waited for for ever.
    assert_eq!(frozen.code(), Some(143));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "the port is free");
}

/// The head of one request; `None`: the client has ended.
fn head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut octet).expect("a request or the end") == 0 {
            return None;
        }
        head.push(octet[0]);
    }
    Some(head)
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port.to_string())
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("a client");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    stream
}

#[test]
fn requests_whose_narration_is_stuck_are_all_made() {
    let (listener, port) = listener();
    let url = format!("http://127.0.0.1:{port}/");
    let urls = vec![url.as_str(); 60];
    let mut frozen = Frozen::start(&[&["get", "-o", "/dev/null"], &urls[..]].concat());
    let mut stream = accept(&listener);
    let mut asked = 0;
    while head(&mut stream).is_some() {
        asked += 1;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello").expect("it reads");
    }
    assert_eq!(asked, urls.len(), "to the end of the connection");
    frozen.signal(Signal::TERM);
    assert_eq!(frozen.code(), Some(143));
}

/// Sends without end, on a thread that ends with the client. Comes back when the client has taken nothing for a second: all that
/// the systems hold is full, because it waits for its terminal.
fn stuck(mut stream: TcpStream) -> JoinHandle<()> {
    stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let (told, full) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        loop {
            match stream.write(&[b'x'; 64 * 1024]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => drop(told.send(())),
                Err(_) => return,
            }
        }
    });
    full.recv().expect("much more than the terminal takes");
    server
}

#[test]
fn a_body_without_end_ends_with_one_signal_at_a_frozen_terminal() {
    // By the key, which has the system throw away what the terminal has not shown; and by a signal, which leaves it.
    for key in [true, false] {
        let (listener, port) = listener();
        let mut frozen = Frozen::start(&["get", &format!("http://127.0.0.1:{port}/")]);
        let mut stream = accept(&listener);
        head(&mut stream).expect("a request");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("it reads");
        let server = stuck(stream);
        if key {
            frozen.session.send([3]).expect("Ctrl-C");
        } else {
            frozen.signal(Signal::INT);
        }
        assert_eq!(frozen.code(), Some(130));
        server.join().expect("it ends with its client");
    }
}

#[test]
fn a_body_at_a_terminal_that_is_read_late_is_whole() {
    let (listener, port) = listener();
    let mut frozen = Frozen::start(&["get", &format!("http://127.0.0.1:{port}/")]);
    let mut stream = accept(&listener);
    head(&mut stream).expect("a request");
    let body = "~".repeat(100_000);
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("it reads");
    // All of it is with the client's system by now.
    let told = frozen.session.expect(Eof).expect("the end");
    let told = String::from_utf8_lossy(told.as_bytes()).into_owned();
    // What is told stands where it happened, so that it may divide the body.
    assert_eq!(told.matches('~').count(), body.len());
    assert!(told.contains("We hang up."), "the narration is whole too");
    assert_eq!(frozen.code(), Some(0));
}

#[test]
fn a_conversation_at_a_frozen_terminal_ends_with_one_signal() {
    let (listener, port) = listener();
    let mut frozen = Frozen::start(&["connect", "127.0.0.1", &port]);
    let stream = accept(&listener);
    let server = stuck(stream);
    frozen.signal(Signal::INT);
    assert_eq!(frozen.code(), Some(130));
    server.join().expect("it ends with its client");
}

#[test]
fn what_goes_into_a_file_goes_on_at_a_frozen_terminal() {
    let (listener, port) = listener();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("came");
    let file = path.to_str().expect("UTF-8");
    // Every octet that is kept has its place in this view: more than the terminal takes.
    let mut frozen = Frozen::start(&["connect", "127.0.0.1", &port, "-o", file, "--view", "hex"]);
    let mut stream = accept(&listener);
    let octets = vec![b'x'; 1 << 20];
    stream.write_all(&octets).expect("it reads");
    stream.shutdown(std::net::Shutdown::Write).expect("half-closed");
    assert_eq!(stream.read(&mut [0]).expect("it ends"), 0);
    assert!(std::fs::read(&path).expect("a file") == octets, "all of it is there");
    frozen.signal(Signal::INT);
    assert_eq!(frozen.code(), Some(130));
}
