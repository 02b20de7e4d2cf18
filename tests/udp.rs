//! UDP, both ends: datagrams kept apart, buffers that are too small, ports where nobody is, silence, and who is remembered.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

#[path = "udp/closed.rs"]
mod closed;
#[path = "udp/peers.rs"]
mod peers;
#[path = "udp/serving.rs"]
mod serving;
mod support;
#[path = "udp/talking.rs"]
mod talking;
#[path = "udp/terminal.rs"]
mod terminal;

use std::net::{SocketAddr, UdpSocket};

use serde_json::Value;
use support::{GUARD, Run, netlearn};

/// A socket of this test's own at 127.0.0.1, whose reads do not wait for ever.
fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(GUARD)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// The next datagram and who sent it.
fn take(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 65_535];
    let (len, from) = socket.recv_from(&mut buffer).unwrap();
    buffer.truncate(len);
    (buffer, from)
}

/// A port where nobody takes our datagrams, while the socket lives: it holds the number, and is connected to another peer.
fn closed_port(host: &str) -> (UdpSocket, u16) {
    let keeper = UdpSocket::bind((host, 0)).unwrap();
    keeper.connect((host, 9)).unwrap();
    let port = keeper.local_addr().unwrap().port();
    (keeper, port)
}

/// The datagrams that passed in one direction: what is in them, and how many octets each had.
fn datagrams(events: &[Value], direction: &str) -> Vec<(String, u64)> {
    events
        .iter()
        .filter(|event| event["event"] == "bytes" && event["direction"] == direction)
        .map(|event| (event["head"].as_str().unwrap().to_owned(), event["len"].as_u64().unwrap()))
        .collect()
}

/// The words of a run as one line.
fn flat(run: &Run) -> String {
    run.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["event"].as_str()).collect()
}

/// A client that asks this machine's port, with these flags: `-w` is short where silence is wanted, and long where something has to come.
fn connect(port: u16, flags: &[&str]) -> Run {
    netlearn(&[&["connect", "-u", "127.0.0.1", &port.to_string()], flags].concat())
}
