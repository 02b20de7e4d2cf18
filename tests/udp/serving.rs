//! `serve udp`: its behaviours, seen by plain clients.

use std::io::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::{Serving, Started, alone, netlearn};
use super::{datagrams, flat, socket, take};

/// A client of that server.
fn client(server: &Serving) -> UdpSocket {
    let (client, _) = socket();
    client.connect(("127.0.0.1", server.port)).unwrap();
    client
}

#[test]
fn it_answers_each_datagram_as_asked() {
    for (flags, sent, expected) in [
        (&[][..], "ping", "ping"),
        (&["--echo"], "ping", "ping"),
        (&["--reply", "pong\\n"], "ping", "pong\n"),
        (&["--reply", ""], "ping", ""),
        (&["--pause-read", "50ms"], "ping", "ping"),
        (&[], "", ""),
        #[cfg(target_os = "linux")]
        (&["--buffer", "2"], "ping", "pi"),
    ] {
        let server = Serving::start(&[&["udp", "--port", "0", "--count", "1"], flags].concat());
        let client = client(&server);
        client.send(sent.as_bytes()).unwrap();
        assert_eq!(take(&client).0, expected.as_bytes(), "{flags:?}");
        assert_eq!(server.finish().code, 0, "{flags:?}");
    }
}

#[test]
fn both_families_are_served_by_one_server() {
    let server = Serving::start(&["udp", "--port", "0", "--count", "2"]);
    for host in ["127.0.0.1", "::1"] {
        let run =
            netlearn(&["connect", "-u", host, &server.port.to_string(), "--send", "x", "-w", "3", "-q"]);
        assert_eq!((run.code, run.text().as_str()), (0, "x"), "{host}: {}", run.stderr);
    }
    assert_eq!(server.finish().code, 0);
}

#[test]
fn a_silent_server_reads_and_never_sends() {
    let server = Serving::start(&["udp", "--port", "0", "--count", "2", "--silent"]);
    let client = client(&server);
    client.send(b"a").unwrap();
    client.send(b"b").unwrap();
    let served = server.finish().event("served");
    assert_eq!((&served["requests"], &served["sent"]), (&2.into(), &0.into()));
    client.set_nonblocking(true).unwrap();
    // What was refused by then is only that the server is gone.
    assert!(client.recv(&mut [0; 8]).is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_small_buffer_lost_is_told_as_the_system_says_it() {
    let mut server = Serving::start(&["udp", "--port", "0", "--buffer", "4", "--count", "3", "--silent"]);
    let client = client(&server);
    for datagram in ["0123456789", "abcd", ""] {
        client.send(datagram.as_bytes()).unwrap();
    }
    let told: Vec<Value> = (0..3).map(|_| server.wait_for("bytes")).collect();
    assert_eq!(datagrams(&told, "received"), [("0123".into(), 4), ("abcd".into(), 4), (String::new(), 0)]);
    let lost: Vec<Option<u64>> = told.iter().map(|event| event["lost"].as_u64()).collect();
    assert_eq!(lost, [Some(6), None, None]);
    let served = server.finish().event("served");
    assert_eq!((&served["truncated"], &served["received"]), (&1.into(), &8.into()));
}

/// A server's socket is not connected: a client that is gone is not told of, and the others are served.
#[test]
fn a_client_that_is_gone_disturbs_nobody() {
    let mut server = Serving::start(&["udp", "--port", "0", "--pause-read", "200ms", "--count", "3"]);
    let gone = client(&server);
    gone.send(b"one").unwrap();
    gone.send(b"two").unwrap();
    drop(gone);
    let stays = client(&server);
    stays.send(b"three").unwrap();
    assert_eq!(take(&stays).0, b"three");
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Value| event["event"] != "finished") {
        told.push(server.next().unwrap());
    }
    assert_eq!(datagrams(&told, "sent").len(), 3);
    let refused = ["delivery_failed", "send_refused"];
    assert!(!told.iter().any(|event| refused.iter().any(|kind| event["event"] == *kind)), "{told:#?}");
    assert_eq!(server.finish().code, 0);
}

#[test]
fn a_taken_port_names_its_owner_and_another_port_of_udp() {
    let server = Serving::start(&["udp", "--port", "0"]);
    let port = server.port.to_string();
    let run = netlearn(&["serve", "udp", &port, "--json"]);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"], &failed["layer"]), (4, &"address_in_use".into(), &"udp".into()));
    let run = netlearn(&["serve", "udp", &port]);
    let said = flat(&run);
    assert!(said.contains("UDP port") && said.contains("netlearn serve udp --port"), "{said}");
    assert!(!said.contains("netlearn serve --port"), "that would be another protocol: {said}");
    if cfg!(target_os = "linux") {
        assert!(said.contains(&format!("pid {}", server.id())), "{said}");
    }
    // The port of TCP with the same number is another one.
    server.stop();
    let (_held, port) = port_of_both();
    Serving::start(&["udp", "--port", &port, "--host", "127.0.0.1"]).stop();
}

/// A TCP listener whose number is free as a port of UDP too, by a look at both.
fn port_of_both() -> (TcpListener, String) {
    for _ in 0..1000 {
        let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        if alone(|| UdpSocket::bind(("127.0.0.1", port)).is_ok()) {
            return (held, port.to_string());
        }
    }
    panic!("no number is free in both");
}

#[test]
#[ignore = "needs socat"]
fn socat_gets_its_hello_back() {
    let server = Serving::start(&["udp", "--port", "0", "--count", "1"]);
    let mut line = Command::new("socat");
    line.args(["-t5", "-", &format!("UDP4:127.0.0.1:{}", server.port)]).stdin(Stdio::piped());
    let mut socat = Started::new(line);
    socat.stdin.take().unwrap().write_all(b"hello").unwrap();
    let run = socat.finish();
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    assert_eq!(server.finish().code, 0);
}

#[test]
#[ignore = "needs ncat"]
fn ncat_gets_its_hello_back() {
    let server = Serving::start(&["udp", "--port", "0", "--count", "1"]);
    let mut line = Command::new("ncat");
    line.args(["-u", "-i", "5", "127.0.0.1", &server.port.to_string()]).stdin(Stdio::piped());
    let mut ncat = Started::new(line);
    let mut stdin = ncat.stdin.take().unwrap();
    stdin.write_all(b"hello").unwrap();
    // Its exit code tells of the idle limit, and that the server is gone by then; its output is what counts.
    assert_eq!(server.finish().code, 0);
    drop(stdin);
    assert_eq!(ncat.finish().text(), "hello");
}
