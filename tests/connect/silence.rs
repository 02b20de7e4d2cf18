//! Nothing comes: whether a program is silent, does not read or does not accept, or nobody is there at all.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::support::{self, Started, netlearn, netlearn_with};
use super::{evidence, read_all, serve};

/// Connects to a peer that answers nothing. What it does before has to be done within the limit on a slow machine too.
fn silent(port: &str, input: &[u8]) -> Value {
    let run = netlearn_with(&["connect", "127.0.0.1", port, "-w", "2s", "--json"], input);
    assert_eq!(run.code, 28, "{}", run.text());
    assert_eq!(run.events_of("closed").len(), 1);
    run.event("failed")
}

#[test]
fn a_program_that_read_everything_and_answers_nothing_never_answers() {
    // It reads to the end of input and keeps its own direction open (the stream is returned).
    let (port, server) = serve(|mut stream| (read_all(&mut stream), stream));
    let failed = silent(&port, b"eighteen octets ok");
    assert_eq!(failed["kind"], "never_answers");
    assert_eq!(evidence(&failed, "received")["len"], 0);
    if cfg!(target_os = "linux") {
        assert_eq!(evidence(&failed, "acknowledged")["acked"], 18);
        let peer = evidence(&failed, "peer_socket");
        assert_eq!((&peer["unread"], &peer["accepted"]), (&0.into(), &true.into()));
        assert_eq!(peer["owner"]["pid"], std::process::id());
    }
    assert_eq!(server.join().unwrap().0.len(), 18);
}

#[test]
fn a_program_that_does_not_read_is_told_from_one_that_does_not_accept() {
    let (port, server) = serve(|stream| stream);
    let failed = silent(&port, b"eighteen octets ok");
    let accepted = server.join().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let waiting = silent(&listener.local_addr().unwrap().port().to_string(), b"hello");
    if cfg!(target_os = "linux") {
        assert_eq!(failed["kind"], "never_reads");
        assert_eq!(evidence(&failed, "peer_socket")["unread"], 18);
        assert_eq!(waiting["kind"], "never_accepts");
        assert_eq!(evidence(&waiting, "peer_socket")["accepted"], false);
        assert_eq!(evidence(&waiting, "accept_queue")["len"], 1);
    }
    drop(accepted);
}

#[test]
fn the_end_of_input_is_not_counted_as_an_unread_octet() {
    let (port, server) = serve(|mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
        stream
    });
    let failed = silent(&port, b"hello");
    assert_eq!(failed["kind"], "never_answers");
    if cfg!(target_os = "linux") {
        assert_eq!(evidence(&failed, "peer_socket")["unread"], 0);
    }
    server.join().unwrap();
}

#[test]
fn part_of_an_answer_and_then_nothing_is_stalled() {
    let (port, server) = serve(|mut stream| {
        stream.write_all(b"half an ans").unwrap();
        read_all(&mut stream);
        stream
    });
    let failed = silent(&port, b"");
    assert_eq!((&failed["kind"], &evidence(&failed, "received")["len"]), (&"stalled".into(), &11.into()));
    server.join().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_accept_queue_is_a_black_hole_that_the_table_explains() {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queue.push(stream);
        assert!(queue.len() < 10, "the queue never fills");
    }
    let port = address.port().to_string();
    let run = netlearn(&["connect", "127.0.0.1", &port, "-w", "1.5", "--json"]);
    assert_eq!(run.code, 28);
    let attempt = run.event("connect_failed");
    assert_eq!(attempt["reason"], "timeout");
    assert!(attempt["syn_resent"].as_u64() >= Some(1), "{attempt:#}");
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "never_accepts");
    assert_eq!(evidence(&failed, "accept_queue")["len"], queue.len());
}

/// Connects to 10.9.9.9 in a network of its own, where that address has the given route.
fn in_own_network(route: &str) -> support::Run {
    let mut command = Command::new("unshare");
    let script = format!("ip link set lo up && ip route add {route} && exec \"$@\"");
    command.args(["-r", "-n", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_netlearn")]);
    command.args(["connect", "10.9.9.9", "80", "-w", "1.5", "--json"]);
    Started::new(command).finish()
}

#[test]
#[ignore = "needs unshare and ip"]
fn true_silence_is_a_black_hole_with_its_syns_counted() {
    // What goes out on lo for an address that is not there comes back in and is dropped without a word.
    let run = in_own_network("10.9.9.9/32 dev lo");
    assert_eq!((run.code, &run.event("failed")["kind"]), (28, &"black_hole".into()), "{}", run.stderr);
    let attempt = run.event("connect_failed");
    assert_eq!(attempt["reason"], "timeout");
    assert!(attempt["syn_resent"].as_u64() >= Some(1), "{attempt:#}");
    evidence(&run.event("failed"), "not_this_machine");
}

#[test]
#[ignore = "needs unshare and ip"]
fn a_rule_that_forbids_is_told_from_a_way_that_is_missing() {
    let run = in_own_network("prohibit 10.9.9.9/32");
    assert_eq!((run.code, &run.event("failed")["kind"]), (7, &"rejected".into()), "{}", run.stderr);
    assert_eq!(run.event("connect_failed")["icmp"], Value::Null);
    let run = in_own_network("unreachable 10.9.9.9/32");
    assert_eq!((run.code, &run.event("failed")["kind"]), (7, &"unreachable".into()), "{}", run.stderr);
}
