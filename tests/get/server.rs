//! A small raw server whose answers a test writes octet by octet, and `netlearn get` run against it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::support::{Run, netlearn};

/// A server on a port of its own that does `each` with every connection until the test ends.
pub(super) struct Server {
    pub(super) port: u16,
    /// What each connection sent, head by head.
    heads: Receiver<String>,
    _thread: JoinHandle<()>,
}

impl Server {
    pub(super) fn start(each: impl Fn(u32, &mut Client) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heads, heard) = channel();
        let thread = std::thread::spawn(move || {
            for (stream, number) in listener.incoming().zip(1..) {
                let mut client = Client { stream: stream.unwrap(), heads: heads.clone(), ahead: Vec::new() };
                each(number, &mut client);
            }
        });
        Server { port, heads: heard, _thread: thread }
    }

    /// Answers every request of every connection with these octets, and hangs up.
    pub(super) fn answering(answer: &'static [u8]) -> Server {
        Server::start(move |_, client| {
            client.head();
            client.write(answer);
        })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

pub(super) struct Client {
    pub(super) stream: TcpStream,
    heads: std::sync::mpsc::Sender<String>,
    ahead: Vec<u8>,
}

impl Client {
    /// Reads one request head; none where the client has hung up.
    pub(super) fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.ahead.drain(..end + 4).collect();
                let head = String::from_utf8(head).unwrap();
                // A test that has seen enough takes no more.
                let _ = self.heads.send(head.clone());
                return Some(head);
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(len) => self.ahead.extend_from_slice(&piece[..len]),
            }
        }
    }

    /// Reads a body of so many octets.
    pub(super) fn body(&mut self, len: usize) -> Vec<u8> {
        while self.ahead.len() < len {
            let mut piece = [0; 4096];
            let read = self.stream.read(&mut piece).unwrap();
            assert!(read > 0, "the client hung up within its body");
            self.ahead.extend_from_slice(&piece[..read]);
        }
        self.ahead.drain(..len).collect()
    }

    pub(super) fn write(&mut self, octets: &[u8]) {
        // A client that had enough is no fault of the server.
        let _ = self.stream.write_all(octets);
    }

    /// Ends with a RST.
    pub(super) fn reset(&mut self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Waits until the client hangs up.
    pub(super) fn wait(&mut self) {
        let mut rest = [0; 4096];
        while self.stream.read(&mut rest).is_ok_and(|len| len > 0) {}
    }
}

/// What a program does that has stopped working.
pub(super) fn rest_forever() {
    loop {
        std::thread::park();
    }
}

pub(super) fn get(server: &Server, arguments: &[&str]) -> Run {
    let url = server.url("/");
    netlearn(&[&["get", &url, "-q"], arguments].concat())
}

pub(super) fn json(server: &Server, arguments: &[&str]) -> Run {
    let url = server.url("/");
    netlearn(&[&["get", &url, "--json"], arguments].concat())
}

/// Runs against an answer that ends in a failure; gives the `failed` event.
pub(super) fn failure(answer: &'static [u8], code: i32, kind: &str) -> Value {
    fails(&Server::answering(answer), &["--timeout", "20"], code, kind)
}

pub(super) fn fails(server: &Server, arguments: &[&str], code: i32, kind: &str) -> Value {
    let run = json(server, arguments);
    let failed = run.event("failed");
    assert_eq!((run.code, failed["kind"].as_str()), (code, Some(kind)), "{}", run.text());
    let events = run.events();
    assert_eq!(events[events.len() - 2], failed, "failed comes before finished, and nothing between");
    assert_eq!(events[events.len() - 1]["exit"], code);
    failed
}

pub(super) fn fact(failed: &Value, name: &str) -> Value {
    let evidence = failed["evidence"].as_array().unwrap();
    let found = evidence.iter().find(|fact| fact["fact"] == name);
    found.cloned().unwrap_or_else(|| panic!("no {name} in {failed}"))
}

pub(super) fn has_fact(failed: &Value, name: &str) -> bool {
    failed["evidence"].as_array().unwrap().iter().any(|fact| fact["fact"] == name)
}

pub(super) const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
