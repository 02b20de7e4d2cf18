//! A port that nobody listens on and that cannot be had: three causes, told apart by the socket table.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use super::listening::as_nobody;
use super::row::{Row, Seen, seen, words};
use super::support::{Serving, Started, alone, netlearn, unlent_port_and_next};

/// A socket of TCP that is bound to a port of 127.0.0.1, without SO_REUSEADDR.
fn bound() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // Nobody is lent it once it is free again.
    let port = unlent_port_and_next(Ipv4Addr::LOCALHOST);
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// A port of 127.0.0.1 that a server without SO_REUSEADDR had, which closed its connection first.
fn remembered() -> u16 {
    let (listener, address) = bound();
    listener.listen(8).unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    alone(|| drop(accepted));
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "the server's FIN");
    alone(|| drop((client, listener)));
    address.port()
}

/// A connection out of a port that the system lent, and the server that it leads to.
fn outgoing() -> (TcpStream, TcpListener) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    (TcpStream::connect(server.local_addr().unwrap()).unwrap(), server)
}

fn serve(port: u16) -> Seen {
    seen(&["serve", "--port", &port.to_string(), "--host", "127.0.0.1"])
}

/// The rows of the failure's table that are of this process, or of none.
fn rows(told: &Seen, state: &str) -> Vec<Value> {
    let table = told.fact("table");
    table["sockets"].as_array().unwrap().iter().filter(|row| row["state"] == state).cloned().collect()
}

/// This process is among the owners.
fn is_ours(row: &Value) -> bool {
    row["owners"].as_array().unwrap().iter().any(|owner| owner["pid"] == std::process::id())
}

/// The free port that is offered can be had.
fn offers_a_free_port(told: &Seen, taken: u16) {
    let free = u16::try_from(told.fact("free_port")["port"].as_u64().unwrap()).unwrap();
    assert_ne!(free, taken);
    assert!(told.words().contains(&format!("netlearn serve --port {free} --host 127.0.0.1")));
    let serving = Serving::start(&["--port", &free.to_string(), "--host", "127.0.0.1"]);
    assert_eq!((serving.port, serving.stop().code), (free, 0));
}

#[test]
fn three_ways_to_hold_a_port_without_listening() {
    let port = remembered();
    let time_wait = serve(port);
    time_wait.is(&Row {
        code: 4,
        kind: "address_in_use",
        cause: "is kept by a closed connection in TIME_WAIT; it blocks only where the old or the new socket lacks SO_REUSEADDR, and the one of netlearn has it",
        says: "no program holds it.",
        next: &format!("netlearn serve --port {port} --host 127.0.0.1"),
    });
    let row = &rows(&time_wait, "TIME_WAIT")[0];
    let left = row["timer"].as_f64().unwrap();
    assert!(left > 0.0 && left <= 60.0, "Linux keeps it for 60 s: {left}");
    assert_eq!(row["owners"], json!([]));
    assert!(time_wait.words().contains("once TIME_WAIT has ended: in"), "{}", time_wait.words());
    offers_a_free_port(&time_wait, port);

    let (holder, address) = bound();
    let bound = serve(address.port());
    bound.is(&Row {
        code: 4,
        kind: "address_in_use",
        cause: ", which does not listen",
        says: "without listening (BOUND).",
        next: &format!("netlearn ports {}", address.port()),
    });
    assert!(is_ours(&rows(&bound, "BOUND")[0]));
    assert!(bound.cause().contains(&format!("(pid {})", std::process::id())), "{}", bound.words());
    offers_a_free_port(&bound, address.port());

    let (client, _server) = outgoing();
    let port = client.local_addr().unwrap().port();
    let connected = serve(port);
    connected.is(&Row {
        code: 4,
        kind: "address_in_use",
        cause: "as a rule such a port was lent to an outgoing connection",
        says: "to outgoing connections.",
        next: &format!("netlearn ports {port}"),
    });
    // Another program's connection to another server may have the same number.
    assert!(rows(&connected, "ESTABLISHED").iter().any(is_ours));
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let range: Vec<u64> = range.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let lent = connected.fact("lent_ports");
    assert_eq!((lent["first"].as_u64(), lent["last"].as_u64()), (Some(range[0]), Some(range[1])));
    offers_a_free_port(&connected, port);

    time_wait.differs_from(&bound);
    bound.differs_from(&connected);
    connected.differs_from(&time_wait);
    // Near-miss: nothing has it any more.
    alone(|| drop(holder));
    let serving = Serving::start(&["--port", &address.port().to_string(), "--host", "127.0.0.1"]);
    assert_eq!(serving.stop().code, 0);
}

#[test]
fn ports_shows_what_holds_a_port_without_listening() {
    let told = |port: u16| {
        let run = netlearn(&["ports", &port.to_string()]);
        (run.code, words(&run.text()))
    };
    let port = remembered();
    let (code, text) = told(port);
    assert_eq!(code, 1, "nobody listens: {text}");
    assert!(text.contains("TIME_WAIT: the connection is closed.") && text.contains(" s left"), "{text}");
    assert!(text.contains("They stop a new server only where it or they lack SO_REUSEADDR."), "{text}");
    assert!(text.contains(&format!("netlearn ports --try tcp:127.0.0.1:{port}")), "{text}");
    assert_eq!(netlearn(&["ports", "--try", &format!("tcp:127.0.0.1:{port}")]).code, 1);
    let (_holder, address) = bound();
    let (code, text) = told(address.port());
    assert_eq!(code, 0, "it is taken: {text}");
    assert!(text.contains("BOUND: its program has taken the port and does not listen."), "{text}");
    // A child that is about to become another program has the socket too, for a moment.
    assert!(text.contains("(pid") && text.contains(&std::process::id().to_string()), "{text}");
    let (client, server) = outgoing();
    let (code, text) = told(client.local_addr().unwrap().port());
    assert_eq!(code, 1, "nobody listens: {text}");
    assert!(text.contains(&server.local_addr().unwrap().to_string()), "{text}");
    assert!(text.contains("to outgoing connections: a connection above may be one."), "{text}");
}

#[test]
fn what_has_the_number_at_another_address_is_not_the_cause() {
    let port = remembered();
    let _elsewhere = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), port)).unwrap();
    let told = serve(port);
    assert!(told.cause().contains("is kept by a closed connection in TIME_WAIT"), "{}", told.words());
    assert_eq!(rows(&told, "LISTEN").len(), 1, "the table has both");
    // Near-miss: there, it is.
    let there = seen(&["serve", "--port", &port.to_string(), "--host", "127.0.0.2"]);
    assert!(there.cause().contains(&format!("(pid {})", std::process::id())), "{}", there.words());
}

#[test]
fn one_family_taken_leaves_the_other() {
    let port = remembered();
    let told = seen(&["serve", "--port", &port.to_string()]);
    let here = format!("netlearn serve --port {port} --host ::1");
    assert!(
        told.words().contains(&format!("{here} the same port, at an address where it is free")),
        "{}",
        told.words()
    );
    let serving = Serving::start(&["--port", &port.to_string(), "--host", "::1"]);
    assert_eq!((serving.port, serving.stop().code), (port, 0));
}

#[test]
#[ignore = "needs setpriv"]
fn sockets_of_another_user_are_told_without_a_name() {
    let ask = |port: u16| {
        let line = ["serve", "--host", "127.0.0.1", "--port", &port.to_string()];
        Seen::new(as_nobody(&[&line[..], &["--json"]].concat()), as_nobody(&line).stderr)
    };
    let (_holder, address) = bound();
    let bound = ask(address.port());
    assert!(bound.cause().contains("is bound by a program of the user root"), "{}", bound.words());
    assert_eq!(rows(&bound, "BOUND")[0]["owner_hidden"], true);
    let (client, _server) = outgoing();
    let connected = ask(client.local_addr().unwrap().port());
    assert!(
        connected.cause().contains("a connection of a program of the user root"),
        "{}",
        connected.words()
    );
    // TIME_WAIT is nobody's, so nothing of it is hidden.
    let remembered = ask(remembered());
    assert!(remembered.words().contains("no program holds it."), "{}", remembered.words());
    assert_eq!(rows(&remembered, "TIME_WAIT")[0].get("owner_hidden"), None);
}

/// Runs netlearn as the user `nobody` in a network of its own, where every user may listen on ports from 2000 up.
fn behind_a_boundary(arguments: &[&str]) -> super::support::Run {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("netlearn");
    alone(|| std::fs::copy(env!("CARGO_BIN_EXE_netlearn"), &binary)).unwrap();
    for path in [folder.path(), &binary] {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let script = "ip link set lo up && echo 2000 > /proc/sys/net/ipv4/ip_unprivileged_port_start && cd / && \
                  exec setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-n", "sh", "-c", script, "sh"]).arg(&binary).args(arguments);
    Started::new(command).finish()
}

#[test]
#[ignore = "needs unshare, ip and setpriv"]
fn the_boundary_is_the_one_that_the_system_has() {
    let line = ["serve", "--host", "127.0.0.1", "--port", "1999"];
    let told =
        Seen::new(behind_a_boundary(&[&line[..], &["--json"]].concat()), behind_a_boundary(&line).stderr);
    told.is(&Row {
        code: 4,
        kind: "permission_denied",
        cause: "on this system ports below 2000 need a privilege that this user does not have",
        says: "every user may listen on ports from 2000 up",
        next: "netlearn serve --port 9999 --host 127.0.0.1",
    });
    assert_eq!(told.fact("boundary")["first_unprivileged"], 2000);
    // Near-miss: the boundary itself is every user's, and so is the port that is offered.
    for (port, code) in [(1999, 1), (2000, 0), (9999, 0)] {
        assert_eq!(
            behind_a_boundary(&["ports", "--try", &format!("tcp:127.0.0.1:{port}")]).code,
            code,
            "{port}"
        );
    }
}
