//! Servers of the test's own, for examples whose other end netlearn is not: one that speaks HTTP/2, one that redirects and packs.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// Starts the server of this name on a thread; it listens when this returns, and ends with its one connection.
pub(crate) fn start(name: &str) -> JoinHandle<()> {
    match name {
        "HTTP/2" => http2(),
        "redirect, then gzip" => library(),
        _ => panic!("no server is called {name:?}"),
    }
}

/// HTTP/2 in the clear on port 3000. It speaks when the request is there, so that the frames pass in one order.
fn http2() -> JoinHandle<()> {
    let listener = TcpListener::bind("127.0.0.1:3000").unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = accepted(&listener);
        stream.read_exact(&mut [0; 24]).unwrap();
        loop {
            let mut header = [0; 9];
            stream.read_exact(&mut header).unwrap();
            let len = u32::from_be_bytes([0, header[0], header[1], header[2]]);
            stream.read_exact(&mut vec![0; len as usize]).unwrap();
            if header[3] == HEADERS {
                break;
            }
        }
        // :status is 200 (entry 8 of the static table); content-type (31) and date (33) are literals (RFC 7541 section 6.2.2).
        let head =
            [b"\x88\x0f\x10\x0atext/plain\x0f\x12\x1d".as_slice(), b"Tue, 24 Nov 2026 04:20:13 GMT"].concat();
        let answer = [
            frame(SETTINGS, 0, 0, b""),
            frame(SETTINGS, ACK, 0, b""),
            frame(HEADERS, END_HEADERS, 1, &head),
            frame(DATA, END_STREAM, 1, b"Hello, World!\n"),
        ];
        stream.write_all(&answer.concat()).unwrap();
        // Until the client has hung up.
        while stream.read(&mut [0; 64]).is_ok_and(|len| len > 0) {}
    })
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// RFC 9113 section 4.1.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0, 0, u8::try_from(payload.len()).unwrap(), kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
}

fn accepted(listener: &TcpListener) -> (TcpStream, std::net::SocketAddr) {
    listener.accept().unwrap()
}

/// The body that the second answer packs, 280 octets; and packed by gzip -9n, 38 octets.
const PACKED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 243, 72, 205, 201, 201, 215, 81, 8, 207, 47, 202, 73, 81, 228, 242, 24,
    229, 65, 121, 0, 234, 123, 105, 197, 24, 1, 0, 0,
];

/// On port 3001 and one connection: a redirect, then a body that gzip has packed.
fn library() -> JoinHandle<()> {
    let listener = TcpListener::bind("127.0.0.1:3001").unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = accepted(&listener);
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            PACKED.len()
        )
        .into_bytes();
        answer.extend_from_slice(PACKED);
        let redirect = b"HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n".to_vec();
        for answer in [redirect, answer] {
            head(&mut stream);
            stream.write_all(&answer).unwrap();
        }
        let _ = stream.read(&mut [0]);
    })
}

/// Reads one request's head.
fn head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut octet = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut octet).unwrap();
        head.push(octet[0]);
    }
}
