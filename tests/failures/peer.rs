//! The other ends that the tests of failures make: raw listeners, tables read by the tests' own eyes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A server on 127.0.0.1 that handles client after client until the test ends; what `each` gives is kept for the test.
pub(crate) struct Peer<T> {
    pub(crate) port: u16,
    pub(crate) results: Receiver<T>,
}

impl<T: Send + 'static> Peer<T> {
    pub(crate) fn start(each: impl Fn(TcpStream) -> T + Send + 'static) -> Peer<T> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (send, results) = channel();
        // It ends with the test's process.
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                // A test that has seen enough takes no more.
                let _ = send.send(each(stream));
            }
        });
        Peer { port, results }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// What came of the next client.
    pub(crate) fn result(&self) -> T {
        self.results.recv_timeout(super::support::GUARD).expect("the server has handled its client")
    }
}

/// Answers the head of a request with these octets; gives how many octets of request it read.
pub(crate) fn answering(octets: &'static [u8]) -> Peer<u64> {
    Peer::start(move |mut stream| {
        let read = head(&mut stream);
        stream.write_all(octets).unwrap();
        read
    })
}

/// Reads to the end of a request's head, or the first of what begins as TLS does, and counts its octets.
pub(crate) fn head(stream: &mut TcpStream) -> u64 {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    while !all.windows(4).any(|four| four == b"\r\n\r\n") && !all.starts_with(&[0x16]) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(len) => all.extend_from_slice(&piece[..len]),
        }
    }
    all.len() as u64
}

/// Reads to the end and counts.
pub(crate) fn rest(stream: &mut TcpStream) -> u64 {
    std::io::copy(stream, &mut std::io::sink()).unwrap_or_default()
}

/// The end of this stream will be a RST.
pub(crate) fn will_reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A listener with room for so many clients that nobody accepts.
pub(crate) fn listener(backlog: i32) -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(backlog).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// Recv-Q of the listener on 127.0.0.1 as /proc/net/tcp has it (state 0A; proc_net_tcp(5)).
pub(crate) fn accept_queue(port: u16) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let wanted = format!("0100007F:{port:04X}");
    let row = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut rows = row.filter(|row| row.len() > 4 && row[1] == wanted && row[3] == "0A");
    let queues = rows.next().expect("the listener is in the table")[4].to_owned();
    u64::from_str_radix(queues.split(':').nth(1).unwrap(), 16).unwrap()
}

/// What `ss` prints for these arguments.
pub(crate) fn ss(arguments: &[&str]) -> String {
    let mut ss = std::process::Command::new("ss");
    ss.args(arguments);
    let run = super::support::Started::new(ss).finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.text()
}
