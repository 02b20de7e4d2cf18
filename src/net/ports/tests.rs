//! The tables of this machine, with sockets of the test's own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};

use super::*;
use crate::event::recorder::{Delivery, Stream};
use crate::event::{Event, EventKind};

fn record() -> (Recorder, Stream) {
    Recorder::start(vec![], Delivery::Lossless)
}

fn only(port: u16) -> Options {
    Options { port: Some(port), interval: Duration::from_millis(5), ..Options::default() }
}

fn found(events: &[Event]) -> Vec<&Socket> {
    events
        .iter()
        .filter_map(
            |event| {
                if let EventKind::SocketFound(found) = &event.kind { Some(&found.socket) } else { None }
            },
        )
        .collect()
}

async fn listed(port: u16) -> (Summary, Vec<Event>) {
    told(&only(port)).await
}

async fn told(options: &Options) -> (Summary, Vec<Event>) {
    let (recorder, stream) = record();
    let summary = list(options, &recorder).await.expect("the table is readable");
    drop(recorder);
    (summary, stream.collect())
}

#[tokio::test]
async fn a_listener_is_found_with_this_process_and_its_waiting_clients() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let local = listener.local_addr().unwrap();
    let clients = [TcpStream::connect(local).unwrap(), TcpStream::connect(local).unwrap()];
    let (summary, events) = listed(local.port()).await;
    let sockets = found(&events);
    assert_eq!((summary.listeners, summary.shown), (1, 3), "{sockets:?}");
    let first = sockets[0];
    assert_eq!((first.state.as_ref(), first.recv_q, first.local()), ("LISTEN", 2, Some(local)));
    assert!(first.queue_limit.is_none_or(|limit| limit >= 2), "{first:?}");
    assert!(first.owners.iter().any(|owner| owner.pid == std::process::id()), "{first:?}");
    assert!(!first.owner_hidden && first.timer.is_none());
    // The kernel completed them; no program has them, so they have no file.
    assert!(sockets[1..].iter().all(|socket| socket.state == "ESTABLISHED" && socket.inode.is_none()));
    let last = &events.last().unwrap().kind;
    assert!(
        matches!(last, EventKind::SocketsCounted(counted) if counted.listeners == 1 && counted.shown == 3)
    );
    drop(clients);
}

#[tokio::test]
async fn a_free_port_has_no_listeners_and_its_time_wait_has_no_owner() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let local = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(local).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    // The side that ends first keeps the TIME_WAIT (RFC 9293 section 3.6).
    server.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    drop(client);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    drop((server, listener));
    let (summary, events) = listed(local.port()).await;
    let sockets = found(&events);
    assert_eq!((summary.listeners, summary.shown), (0, 1), "{sockets:?}");
    assert_eq!(
        (sockets[0].state.as_ref(), sockets[0].inode, sockets[0].owner_hidden),
        ("TIME_WAIT", None, false)
    );
    let left = sockets[0].timer.unwrap();
    assert!(left > Duration::from_secs(50) && left <= Duration::from_secs(61), "{left:?}");
}

#[tokio::test]
async fn udp_sockets_that_are_bound_count_as_listeners_and_connected_ones_do_not() {
    let bound = UdpSocket::bind("127.0.0.1:0").unwrap();
    let connected = UdpSocket::bind("127.0.0.1:0").unwrap();
    connected.connect(bound.local_addr().unwrap()).unwrap();
    // Somebody's TCP may have the same number.
    let udp = |port| Options { protocols: vec![Protocol::Udp], ..only(port) };
    let (summary, events) = told(&udp(bound.local_addr().unwrap().port())).await;
    assert_eq!((summary.listeners, found(&events)[0].state.as_ref()), (1, "UNCONNECTED"));
    let (summary, events) = told(&udp(connected.local_addr().unwrap().port())).await;
    assert_eq!((summary.listeners, found(&events)[0].state.as_ref()), (0, "CONNECTED"));
    assert_eq!(found(&events)[0].peer(), bound.local_addr().ok());
}

/// Linux 6.8 tells of such sockets; an older one does not, and its listing says nothing of them.
#[tokio::test]
#[ignore = "needs Linux 6.8"]
async fn a_socket_that_is_bound_and_does_not_listen_holds_its_port() {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    let local = socket.local_addr().unwrap().as_socket().unwrap();
    let (summary, events) = listed(local.port()).await;
    let sockets = found(&events);
    assert_eq!((summary.listeners, summary.shown), (1, 1));
    assert_eq!((sockets[0].state.as_ref(), sockets[0].reach), ("BOUND", None));
    assert!(sockets[0].owners.iter().any(|owner| owner.pid == std::process::id()));
}

#[tokio::test]
async fn the_other_end_of_a_connection_is_found_in_both_tables() {
    for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = if address == "[::1]:0" { "[::1]" } else { "127.0.0.1" };
        let mut client = TcpStream::connect(format!("{host}:{port}")).unwrap();
        client.write_all(b"hello").unwrap();
        let ends = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        let other = kernel::other_end(ends.0, ends.1).unwrap().unwrap();
        assert_eq!(
            (other.inode, other.recv_q, other.local()),
            (None, 5, Some(ends.1)),
            "not accepted: {address}"
        );
        let (server, _) = listener.accept().unwrap();
        let other = kernel::other_end(ends.0, ends.1).unwrap().unwrap();
        assert!(other.owners.iter().any(|owner| owner.pid == std::process::id()), "{other:?}");
        assert_eq!(kernel::owners_of(other.inode.unwrap()), other.owners);
        drop(server);
    }
}

/// The next event of a kind, waiting for it; the others are passed over.
fn next(stream: &mut Stream, name: &str) -> EventKind {
    stream.map(|event| event.kind).find(|kind| kind.name() == name).expect("an event of that kind")
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "a test looks for the kinds it means")]
fn watching_tells_what_appears_changes_and_vanishes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let local = listener.local_addr().unwrap();
    let (recorder, mut stream) = record();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watching = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(watch(&only(local.port()), &recorder, &stop)).is_ok()
    });
    next(&mut stream, "sockets_counted");
    let client = TcpStream::connect(local).unwrap();
    // A look within the handshake shows it before, and then it changes.
    let established = stream
        .by_ref()
        .find_map(|event| {
            let socket = match event.kind {
                EventKind::SocketAppeared(appeared) => appeared.socket,
                EventKind::SocketChanged(changed) => changed.socket,
                _ => return None,
            };
            (socket.state == "ESTABLISHED").then_some(socket)
        })
        .unwrap();
    assert_eq!(established.peer(), client.local_addr().ok());
    let server = listener.accept().unwrap();
    let accepted = stream
        .by_ref()
        .find_map(|event| {
            let EventKind::SocketChanged(changed) = event.kind else { return None };
            (changed.socket.inode.is_some() && !changed.socket.listens()).then_some(changed)
        })
        .unwrap();
    assert_eq!(accepted.was, "ESTABLISHED");
    drop((client, server));
    drop(listener);
    let EventKind::SocketVanished(vanished) = next(&mut stream, "socket_vanished") else { unreachable!() };
    assert_eq!(vanished.socket.local(), Some(local));
    cancel.cancel();
    assert!(watching.join().unwrap());
}
