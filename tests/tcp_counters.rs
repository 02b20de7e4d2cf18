//! What `kernel::tcp_info` says of a connection against what `ss -ti` says of it.
#![cfg(target_os = "linux")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::process::Command;
use std::time::Instant;

use netlearn::net::kernel;
use support::GUARD;

/// The number after `name` in the lines that `ss -tin` prints for this connection.
fn told_by_ss(from: &TcpStream, name: &str) -> Option<u64> {
    let (local, peer) =
        (from.local_addr().expect("this machine answers"), from.peer_addr().expect("this machine answers"));
    let (local, peer) = (format!("{local}"), format!("{peer}"));
    let output = Command::new("ss")
        .args(["-tinH", "src", &local, "dst", &peer])
        .output()
        .expect("this machine answers");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("this machine answers");
    assert!(text.contains(&local), "ss does not list {local}: {text}");
    text.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok())
}

#[test]
#[ignore = "needs ss"]
#[expect(clippy::disallowed_methods, reason = "a wait for the system has a limit")]
fn acknowledged_octets_are_those_of_ss_without_the_syn() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("this machine answers");
    let mut client = TcpStream::connect(listener.local_addr().expect("this machine answers"))
        .expect("this machine answers");
    let (mut server, _) = listener.accept().expect("this machine answers");
    client.write_all(&[b'x'; 1800]).expect("this machine answers");
    server.read_exact(&mut [0; 1800]).expect("this machine answers");
    server.write_all(&[b'y'; 700]).expect("this machine answers");
    client.read_exact(&mut [0; 700]).expect("this machine answers");
    client.write_all(b"!").expect("this machine answers");
    server.read_exact(&mut [0; 1]).expect("this machine answers");
    server.write_all(b"!").expect("this machine answers");
    client.read_exact(&mut [0; 1]).expect("this machine answers");

    let ours = kernel::tcp_info(client.as_fd()).expect("this machine answers");
    // The connecting side: its SYN is in what ss prints.
    assert_eq!(ours.acked.map(|acked| acked + 1), told_by_ss(&client, "bytes_acked:"));
    assert_eq!(ours.acked, Some(1801));
    assert_eq!(ours.received, told_by_ss(&client, "bytes_received:"));
    assert_eq!(ours.send_mss.map(u64::from), told_by_ss(&client, "mss:"));
    assert_eq!(ours.congestion_window.map(u64::from), told_by_ss(&client, "cwnd:"));

    // The client puts its last acknowledgement off: until that has come, two looks may differ.
    let theirs = || kernel::tcp_info(server.as_fd()).expect("this machine answers");
    let begun = Instant::now();
    while theirs().acked != Some(701) {
        assert!(begun.elapsed() < GUARD, "{:?}", theirs().acked);
        std::thread::yield_now();
    }
    let theirs = theirs();
    // The accepting side: no SYN of its own was acknowledged as such.
    assert_eq!(theirs.acked, told_by_ss(&server, "bytes_acked:"));
    assert_eq!(theirs.received, told_by_ss(&server, "bytes_received:"));
}
