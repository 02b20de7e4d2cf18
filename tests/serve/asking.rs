//! A client made of a raw socket: what it sends, and how it reads what comes.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(super) fn connect(port: u16) -> TcpStream {
    at(Ipv4Addr::LOCALHOST.into(), port)
}

pub(super) fn at(address: IpAddr, port: u16) -> TcpStream {
    let stream = TcpStream::connect((address, port)).expect("it listens there");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
    stream
}

/// A connection on which so much is sent.
pub(super) fn begun(port: u16, octets: &[u8]) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(octets).expect("it reads");
    stream
}

/// Sends everything, ends the own direction, and reads to the end.
pub(super) fn exchange(port: u16, octets: &[u8]) -> Vec<u8> {
    let mut stream = begun(port, octets);
    stream.shutdown(Shutdown::Write).expect("half-closed");
    rest(&mut stream)
}

pub(super) fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("it ends with a FIN");
    all
}

pub(super) fn exact(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut octets = vec![0; len];
    stream.read_exact(&mut octets).expect("so many octets come");
    octets
}

/// One answer: its head, then as much content as it declares.
pub(super) fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(exact(stream, 1));
    }
    let head = String::from_utf8(head).expect("a head of ASCII");
    let len = field(&head, "content-length").map_or(0, |len| len.parse().expect("a number"));
    let body = exact(stream, len);
    (head, body)
}

pub(super) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
}

pub(super) fn status(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.1 ")
        .and_then(|text| text.get(..3))
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no status line in {text:?}"))
}

pub(super) fn split(octets: &[u8]) -> (String, &[u8]) {
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends") + 4;
    (String::from_utf8_lossy(&octets[..end]).into_owned(), &octets[end..])
}
