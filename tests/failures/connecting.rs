//! Names and attempts to connect: nobody there, nobody who accepts, the other family.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::peer::{accept_queue, listener, ss};
use super::row::{Row, Seen, seen, words};
use super::support::{Serving, Started, command, netlearn, unlent_port};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn refused() {
    let port = unlent_port(V4).to_string();
    let row = |next| Row {
        code: 7,
        kind: "refused",
        cause: "no program on this machine listens on port",
        says: "and no ICMP message. Whoever sent it can be reached",
        next,
    };
    let next = format!("netlearn serve {port}");
    let told = seen(&["connect", "127.0.0.1", &port]);
    told.is(&row(&next));
    seen(&["get", &format!("http://127.0.0.1:{port}/")]).is(&row(&next));
    // Measured by the test: its own attempt has the same error, and no row of the table has the port.
    let own = TcpStream::connect((V4, port.parse().unwrap())).unwrap_err();
    assert_eq!(told.failed["errno"], json!(own.raw_os_error()));
    assert_eq!(told.fact("table")["sockets"], json!([]));

    // Near-miss: refused as well, and a program listens at another address.
    let elsewhere = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = elsewhere.local_addr().unwrap().port().to_string();
    let near = seen(&["connect", "127.0.0.1", &port]);
    near.is(&Row {
        code: 7,
        kind: "refused",
        cause: "a program listens on port",
        says: "listens on 127.0.0.2 port",
        next: &format!("netlearn connect 127.0.0.2:{port}"),
    });
    assert_eq!(near.fact("table")["sockets"][0]["owners"][0]["pid"], std::process::id());
    near.differs_from(&told);
}

/// Connects from a network of its own, where 10.9.9.9 has the given route.
fn in_own_network(route: &str) -> Seen {
    let run = |more: &[&str]| {
        let script = format!("ip link set lo up && ip route add {route} && exec \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["-r", "-n", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_netlearn")]);
        command.args(["connect", "10.9.9.9", "80", "-w", "1.5"]).args(more);
        Started::new(command).finish()
    };
    Seen::new(run(&["--json"]), run(&[]).stderr)
}

#[test]
#[ignore = "needs unshare and ip"]
fn black_hole() {
    // What goes out on lo for an address that is not there comes back in and is dropped without a word.
    let told = in_own_network("10.9.9.9/32 dev lo");
    told.is(&Row {
        code: 28,
        kind: "black_hole",
        cause: "packets are dropped (a firewall, a broken path), no machine has that address, or a server's accept queue is full",
        says: "nothing came back in",
        next: "netlearn connect --timeout 30 10.9.9.9:80",
    });
    told.tells_seconds("nothing came back in", 1.5..3.0);
    // The first SYN is sent again after one second (RFC 6298 section 2): once within 1.5 s.
    assert_eq!(told.fact("attempt")["syn_resent"], 1);
    let near = in_own_network("unreachable 10.9.9.9/32");
    assert_eq!((near.code, near.kind()), (7, "unreachable"));
    near.differs_from(&told);
}

/// Fills the queue of a listener that nobody accepts from: until the next client waits in vain.
fn fill(address: std::net::SocketAddr) -> Vec<TcpStream> {
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(150)) {
        queue.push(stream);
        assert!(queue.len() < 10, "the queue never fills");
    }
    queue
}

#[test]
fn never_accepts() {
    let (_listener, address) = listener(0);
    let queue = fill(address);
    let port = address.port().to_string();
    let told = seen(&["connect", "127.0.0.1", &port, "-w", "300ms"]);
    let next = format!("netlearn ports {port}");
    told.is(&Row {
        code: 28,
        kind: "never_accepts",
        cause: "does not accept: its accept queue is full, so the system lets no new client in",
        says: "Its accept queue holds 1 connection",
        next: &next,
    });
    assert_eq!(told.words().matches(" listens ").count(), 1, "said once: {}", told.words());
    let len = told.fact("accept_queue")["len"].as_u64().unwrap();
    assert_eq!((len, len), (queue.len() as u64, accept_queue(address.port())));

    // Near-miss: a place is left for each of the two runs. The connection opens, and nobody takes it.
    let (_listener, second) = listener(1);
    let near = seen(&["connect", "127.0.0.1", &second.port().to_string(), "-w", "200ms"]);
    assert_eq!(accept_queue(second.port()), 2, "a client that left keeps its place until it is accepted");
    near.is(&Row {
        code: 28,
        kind: "never_accepts",
        cause: "has not accepted the connection: so far only the kernel answered",
        says: "no program has accepted the connection. The kernel holds 0 bytes for it",
        next: &format!("netlearn ports {}", second.port()),
    });
    near.differs_from(&told);
    assert!(near.facts("attempt").is_empty() && told.facts("handshake_done").is_empty());
}

#[test]
#[ignore = "needs ss"]
fn never_accepts_as_ss_counts_it() {
    let (_listener, address) = listener(0);
    let queue = fill(address);
    let told = seen(&["connect", "127.0.0.1", &address.port().to_string(), "-w", "300ms"]);
    let row = ss(&["-tlnH", &format!("sport = :{}", address.port())]);
    let counted: u64 = row.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert_eq!(told.fact("accept_queue")["len"], counted);
    assert_eq!(counted, queue.len() as u64);
}

#[test]
fn name_not_found() {
    let told = seen(&["connect", "nobody.invalid", "80", "-w", "4"]);
    // Where this machine's resolver does not answer at all that is another row, and as finite.
    if told.kind() == "name_timeout" {
        assert_eq!(told.code, 6);
        return;
    }
    told.is(&Row {
        code: 6,
        kind: "name_not_found",
        cause: "this system finds no address for nobody.invalid",
        says: "The system says",
        next: "netlearn explain name-lookup",
    });
    // Measured by the test: the same system finds none for it either.
    assert!(std::net::ToSocketAddrs::to_socket_addrs("nobody.invalid:80").is_err());
    assert!(told.events_of("connect_failed").is_empty(), "nothing was sent to anybody");

    // Near-miss: the name has an address, and none of the family asked for.
    let near = seen(&["connect", "some.test", "80", "-6", "--resolve", "some.test:80:127.0.0.1"]);
    near.is(&Row {
        code: 6,
        kind: "name_family",
        cause: "has addresses, but none of the family",
        says: "no address of the family asked for",
        next: "netlearn connect some.test:80",
    });
    near.differs_from(&told);
}

#[test]
fn one_of_two_loopback_addresses() {
    let server = TcpListener::bind((V4, 0)).unwrap();
    let port = server.local_addr().unwrap().port();
    let route = format!("both.test:{port}:[::1],127.0.0.1");
    let line = ["connect", "both.test", &port.to_string(), "--resolve", &route, "-z"];
    let run = netlearn(&[&line[..], &["--json"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Both attempts are shown, and who is where.
    let attempt = run.event("connect_failed");
    assert_eq!((&attempt["peer"], &attempt["reason"]), (&json!(format!("[::1]:{port}")), &json!("refused")));
    assert_eq!(run.event("connected")["peer"], format!("127.0.0.1:{port}"));
    let differ = run.event("families_differ");
    let listens: Vec<&Value> =
        differ["holders"].as_array().unwrap().iter().map(|at| &at["listens"]).collect();
    assert_eq!(listens, [false, true]);
    assert_eq!(differ["holders"][1]["owner"]["pid"], std::process::id());
    let told = netlearn(&line).stderr;
    assert!(told.contains("::1") && told.contains("127.0.0.1"), "{told}");

    // Refused at both where only the first is given: the table shows the other.
    let near =
        seen(&["connect", "six.test", &port.to_string(), "--resolve", &format!("six.test:{port}:[::1]")]);
    near.is(&Row {
        code: 7,
        kind: "refused",
        cause: "a program listens on port",
        says: "listens on 127.0.0.1 port",
        next: &format!("netlearn connect 127.0.0.1:{port}"),
    });
    // Near-miss: one server on both.
    let serving = Serving::start(&["--port", "0"]);
    let port = serving.port;
    let route = format!("both.test:{port}:[::1],127.0.0.1");
    let run = netlearn(&["connect", "both.test", &port.to_string(), "--resolve", &route, "-z", "--json"]);
    assert_eq!(run.code, 0);
    assert!(run.events_of("connect_failed").is_empty() && run.events_of("families_differ").is_empty());
}

/// A listener on 127.0.0.1 whose port nobody has on ::1, not even a connection that ended there lately.
fn free_on_both() -> (TcpListener, u16) {
    let ports = std::iter::repeat_with(|| unlent_port(Ipv6Addr::LOCALHOST)).take(1000);
    let mut both = ports.filter_map(|port| Some((TcpListener::bind((V4, port)).ok()?, port)));
    both.next().expect("a port that is free on both addresses")
}

#[test]
fn two_servers_on_one_port() {
    // Ours on 127.0.0.1; a program of its own on ::1, at the same port.
    let (_ours, port) = free_on_both();
    let theirs = Serving::start(&["--port", &port.to_string(), "--host", "::1"]);
    let text = port.to_string();
    let line = ["connect", "localhost", &text, "-z"];
    let run = netlearn(&[&line[..], &["--json"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let differ = run.event("families_differ");
    let owner = |address: IpAddr| {
        let holders = differ["holders"].as_array().unwrap();
        let holder = holders.iter().find(|holder| holder["address"] == address.to_string());
        holder.unwrap_or_else(|| panic!("no {address} in {differ:#}"))["owner"]["pid"].clone()
    };
    assert_eq!(owner(V4), std::process::id());
    assert_eq!(owner(Ipv6Addr::LOCALHOST.into()), theirs.id());
    let told = words(&netlearn(&line).stderr);
    for pid in [std::process::id(), theirs.id()] {
        assert!(told.contains(&format!("pid {pid}")), "{told}");
    }
    let reached = differ["reached"].as_str().unwrap();
    assert!(told.contains(&format!("This run reached the one on {reached}.")), "{told}");
    // Near-miss: one program on both.
    let one = Serving::start(&["--port", "0"]);
    let run = netlearn(&["connect", "localhost", &one.port.to_string(), "-z", "--json"]);
    assert!(run.code == 0 && run.events_of("families_differ").is_empty());
}

#[test]
fn own_port_taken() {
    let (_target, address) = listener(5);
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let (target, port) = (address.port().to_string(), taken.local_addr().unwrap().port().to_string());
    let told = seen(&["connect", "127.0.0.1", &target, "--source-port", &port]);
    told.is(&Row {
        code: 7,
        kind: "local_address",
        cause: &format!("is taken here: {}", std::env::args().next().unwrap().rsplit('/').next().unwrap()),
        says: &format!("(pid {})", std::process::id()),
        next: &format!("netlearn connect 127.0.0.1:{target}"),
    });
    assert_eq!(told.fact("table")["sockets"][0]["owners"][0]["pid"], std::process::id());
    // Near-miss: a port that is free.
    let free = unlent_port(V4).to_string();
    assert_eq!(netlearn(&["connect", "127.0.0.1", &target, "--source-port", &free, "-z"]).code, 0);
}

#[test]
fn a_program_of_netlearn_is_named_where_the_port_is_held() {
    // Nobody is lent it once it is free.
    let port = unlent_port(V4).to_string();
    let serving = Serving::start(&["tcp", "--port", &port, "--host", "127.0.0.1"]);
    let mut started = Started::new(command(&["ports", &port, "--json"]));
    let found = started.wait_for("socket_found");
    assert_eq!(found["owners"][0]["pid"], serving.id());
    assert_eq!(started.finish().code, 0);
    serving.stop();
    let run = netlearn(&["ports", &port]);
    assert_eq!((run.code, run.text().contains("free")), (1, true), "{}", run.text());
}
