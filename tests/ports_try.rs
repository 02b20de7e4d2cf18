//! `ports --try`: an address bound as a server would bind it, with and without SO_REUSEADDR.
#![cfg(target_os = "linux")]

mod support;

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};

use socket2::{Domain, Socket, Type};
use support::{alone, netlearn};

fn tried(place: &str) -> (i32, serde_json::Value) {
    let run = netlearn(&["ports", "--try", place, "--json"]);
    (run.code, run.event("bind_tried"))
}

/// A listener without SO_REUSEADDR, as a program makes it that does not ask for it.
fn plain_listener() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("bound");
    socket.listen(8).expect("listens");
    let address = socket.local_addr().expect("an address").as_socket().expect("an IP address");
    (socket, address)
}

#[test]
fn a_free_port_is_free_both_ways_and_stays_so() {
    let (socket, address) = plain_listener();
    alone(|| drop(socket));
    let (code, facts) = tried(&format!("tcp:{address}"));
    assert_eq!(
        (code, &facts["plain"], &facts["reusing"]),
        (0, &serde_json::Value::Null, &serde_json::Value::Null)
    );
    TcpListener::bind(address).expect("it was let go");
}

#[test]
fn a_taken_port_names_its_holder_and_ends_with_1() {
    let (_holder, address) = plain_listener();
    let (code, facts) = tried(&format!("tcp:{address}"));
    assert_eq!(
        (code, facts["plain"].as_str(), facts["reusing"].as_str()),
        (1, Some("address_in_use"), Some("address_in_use"))
    );
    assert_eq!(facts["holders"][0]["owners"][0]["pid"], std::process::id());
    let said = netlearn(&["ports", "--try", &format!("tcp:{address}")]).text();
    assert!(said.contains("taken, with SO_REUSEADDR and without"), "{said}");
    assert!(said.contains(&format!("(pid {})", std::process::id())), "{said}");
}

#[test]
fn tcp_and_udp_have_ports_of_their_own() {
    // Its number is free for TCP too: a listener had it that never accepted.
    let (listener, address) = plain_listener();
    let _holder = UdpSocket::bind(address).expect("bound");
    assert_eq!(tried(&format!("udp:{address}")).0, 1);
    alone(|| drop(listener));
    assert_eq!(tried(&format!("tcp:{address}")).0, 0);
}

/// An address at which only a closed connection in TIME_WAIT remains.
fn remembered(reuse: bool) -> SocketAddr {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.set_reuse_address(reuse).expect("set");
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("bound");
    listener.listen(8).expect("listens");
    let address = listener.local_addr().expect("an address").as_socket().expect("an IP address");
    let mut client = TcpStream::connect(address).expect("connected");
    let (accepted, _) = listener.accept().expect("accepted");
    // Whoever closes first keeps TIME_WAIT: here the server, as a server that is stopped does.
    alone(|| drop(accepted));
    assert_eq!(client.read(&mut [0]).expect("the end"), 0);
    alone(|| drop((client, listener)));
    address
}

#[test]
fn what_remains_of_a_closed_connection_stops_those_that_do_not_ask() {
    let address = remembered(true);
    let (code, facts) = tried(&format!("tcp:{address}"));
    assert_eq!((code, facts["plain"].as_str()), (0, Some("address_in_use")), "{facts}");
    assert!(facts.get("reusing").is_none(), "{facts}");
    assert_eq!(facts["holders"][0]["state"], "TIME_WAIT");
    let said = netlearn(&["ports", "--try", &format!("tcp:{address}")]).text();
    assert!(
        said.contains("free for a server that sets SO_REUSEADDR") && said.contains("TIME_WAIT"),
        "{said}"
    );
}

#[test]
fn where_the_old_server_did_not_ask_both_have_to_wait() {
    let address = remembered(false);
    let (code, facts) = tried(&format!("tcp:{address}"));
    assert_eq!((code, facts["reusing"].as_str()), (1, Some("address_in_use")), "{facts}");
    let said = netlearn(&["ports", "--try", &format!("tcp:{address}")]).text();
    assert!(said.contains("had not set SO_REUSEADDR"), "{said}");
}

#[test]
fn an_address_of_another_machine_is_none_of_ours() {
    // Class E (RFC 1112 section 4) is given to no machine; nothing is sent to it.
    let (code, facts) = tried("tcp:240.0.0.1:3000");
    assert_eq!((code, facts["plain"].as_str()), (1, Some("address_not_available")));
}

#[test]
fn several_are_tried_in_order_and_one_that_fails_decides() {
    let (_holder, taken) = plain_listener();
    let run = netlearn(&["ports", "--try", &format!("tcp:127.0.0.1:0,tcp:{taken}"), "--json"]);
    assert_eq!(run.code, 1);
    let ports: Vec<_> =
        run.events_of("bind_tried").iter().map(|event| event["local_port"].as_u64()).collect();
    assert_eq!(ports, [Some(0), Some(u64::from(taken.port()))]);
}

#[test]
fn what_is_no_address_is_a_usage_error() {
    for bad in ["tcp:localhost:3000", "3000", "sctp:127.0.0.1:3000", "tcp:127.0.0.1", "tcp:127.0.0.1:70000"] {
        let run = netlearn(&["ports", "--try", bad]);
        assert_eq!(run.code, 2, "{bad}");
        assert!(run.stderr.contains("tcp:127.0.0.1:3000"), "{}", run.stderr);
    }
}
