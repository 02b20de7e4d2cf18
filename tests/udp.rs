//! UDP, both ends: where one datagram ends and the next begins, what is lost, and what a refusal and a silence show.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]

mod support;

use std::io::Write as _;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Run, Started, command, netlearn};

/// `netlearn serve udp 0 FLAGS --json`, and its port.
fn serve(flags: &[&str]) -> (Started, u16) {
    let mut server = Started::new(command(&[&["serve", "udp", "0"], flags, &["--json"]].concat()));
    let listening = server.wait_for("listening");
    let port = listening["local_port"].as_u64().expect("a port");
    (server, u16::try_from(port).expect("a port"))
}

fn stopped(server: Started) -> Run {
    server.terminate();
    server.finish()
}

/// A socket of the test's own that waits no longer than a failed test may.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket
}

/// A UDP port of 127.0.0.1 that nobody has: it was bound and let go.
fn free_port() -> u16 {
    socket().local_addr().unwrap().port()
}

fn datagrams(run: &Run, direction: &str) -> Vec<Value> {
    run.events_of("bytes").into_iter().filter(|event| event["direction"] == direction).collect()
}

fn lens(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["len"].as_u64().unwrap()).collect()
}

#[test]
fn each_send_is_one_datagram_there_and_back_also_an_empty_one() {
    let (server, port) = serve(&[]);
    let port = port.to_string();
    let run = netlearn(&[
        "connect",
        "-u",
        "127.0.0.1",
        &port,
        "--send",
        "one",
        "--send",
        "",
        "--send",
        "three",
        "-w",
        "0.3",
        "--json",
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(lens(&datagrams(&run, "sent")), [3, 0, 5]);
    let mut back = lens(&datagrams(&run, "received"));
    back.sort_unstable();
    assert_eq!(back, [0, 3, 5], "each came back by itself, in whatever order");
    let total = run.event("conversed");
    assert_eq!((total["writes"].as_u64(), total["reads"].as_u64()), (Some(3), Some(3)));
    let served = stopped(server);
    assert_eq!(served.code, 0);
    assert_eq!(served.events_of("peer_seen").len(), 1);
    assert_eq!(lens(&datagrams(&served, "received")), [3, 0, 5]);
}

#[test]
fn the_payload_goes_to_stdout_and_nothing_else() {
    let (server, port) = serve(&[]);
    let run = netlearn(&["connect", "-u", &format!("127.0.0.1:{port}"), "--send", "hello", "-w", "0.3"]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello"));
    assert!(run.stderr.contains("one datagram, 5 bytes"), "{}", run.stderr);
    assert!(run.stderr.contains("we stop waiting"), "{}", run.stderr);
    stopped(server);
}

#[test]
fn what_does_not_fit_the_servers_buffer_is_gone_and_counted() {
    let (server, port) = serve(&["--buffer", "4"]);
    let client = socket();
    client.send_to(b"hello, world", (Ipv4Addr::LOCALHOST, port)).unwrap();
    client.send_to(b"next", (Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut buffer = [0; 64];
    let answers = [client.recv(&mut buffer).unwrap(), client.recv(&mut buffer).unwrap()];
    assert_eq!(answers, [4, 4], "the rest is thrown away, and does not begin the next read");
    let run = stopped(server);
    let received = datagrams(&run, "received");
    assert_eq!((received[0]["truncated"].as_bool(), received[1].get("truncated")), (Some(true), None));
    if cfg!(target_os = "linux") {
        assert_eq!(received[0]["lost"], 8);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_there_the_first_send_succeeds_and_the_next_call_is_told() {
    let port = free_port().to_string();
    let run = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "a", "-w", "5", "--json"]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert_eq!(lens(&datagrams(&run, "sent")), [1]);
    let undelivered = run.event("delivery_failed");
    let icmp = &undelivered["icmp"];
    assert_eq!(
        (icmp["type"].as_u64(), icmp["code"].as_u64(), icmp["origin"].as_str()),
        (Some(3), Some(3), Some("127.0.0.1"))
    );
    assert_eq!(run.event("failed")["kind"], "refused");
    let ladder = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "a", "--view", "ladder"]);
    assert_eq!(ladder.code, 7);
    assert!(ladder.stderr.contains("ICMP port unreachable"), "{}", ladder.stderr);
    let words = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "a"]);
    assert!(words.stderr.contains(&format!("netlearn serve udp {port}")), "{}", words.stderr);
}

#[test]
fn silence_is_no_failure_and_proves_nothing() {
    let holder = socket();
    let port = holder.local_addr().unwrap().port().to_string();
    let run = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "a", "-w", "0.3", "--json"]);
    assert_eq!(run.code, 0);
    let silent = run.event("fell_silent");
    assert_eq!((silent["sent"].as_u64(), silent["received"].as_u64()), (Some(1), Some(0)));
    assert!(run.events_of("failed").is_empty());
    let words = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "a", "-w", "0.3"]).stderr;
    let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("nothing for") || flat.contains("nothing came"), "{words}");
}

#[test]
fn a_datagram_that_cannot_be_is_refused_by_the_system() {
    let holder = socket();
    let port = holder.local_addr().unwrap().port().to_string();
    let mut client = command(&["connect", "-u", "127.0.0.1", &port, "-w", "0.3", "--json"]);
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(&vec![b'x'; 65_508]).unwrap();
    let output = client.wait_with_output().unwrap();
    let events: Vec<Value> = output
        .stdout
        .split(|octet| *octet == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let of = |name: &str| events.iter().find(|event| event["event"] == name).cloned();
    // One write into a pipe may be read in several pieces; then each is a datagram of its own, and none is too long.
    if let Some(refused) = of("send_refused") {
        assert_eq!(
            (refused["reason"].as_str(), refused["longest"].as_u64()),
            (Some("too_long"), Some(65_507))
        );
        assert_eq!(output.status.code(), Some(55));
    } else {
        let sent: u64 = events
            .iter()
            .filter(|event| event["event"] == "bytes")
            .map(|event| event["len"].as_u64().unwrap())
            .sum();
        assert_eq!(sent, 65_508);
    }
}

#[test]
fn replies_and_silence_are_the_servers_choice() {
    let client = socket();
    let mut buffer = [0; 64];
    let (server, port) = serve(&["--reply", "pong"]);
    client.send_to(b"ping", (Ipv4Addr::LOCALHOST, port)).unwrap();
    let len = client.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..len], b"pong");
    stopped(server);
    let (mut server, port) = serve(&["--silent", "--count", "1"]);
    client.send_to(b"ping", (Ipv4Addr::LOCALHOST, port)).unwrap();
    let served = server.wait_for("served");
    assert_eq!(served["sent"], 0);
    assert_eq!(server.finish().code, 0);
}

#[test]
fn more_clients_than_the_table_holds_are_forgotten_and_counted() {
    let (mut server, port) = serve(&["--max-connections", "2"]);
    let clients = [socket(), socket(), socket()];
    let mut buffer = [0; 8];
    for client in &clients {
        client.send_to(b"x", (Ipv4Addr::LOCALHOST, port)).unwrap();
        client.recv(&mut buffer).unwrap();
    }
    let forgotten = server.wait_for("peer_forgotten");
    assert_eq!((forgotten["why"].as_str(), forgotten["client"].as_u64()), (Some("room"), Some(1)));
    assert_eq!(stopped(server).event("served")["clients"], 3);
}

#[test]
fn a_taken_port_names_who_has_it() {
    let holder = socket();
    let port = holder.local_addr().unwrap().port().to_string();
    let run = netlearn(&["serve", "udp", &port, "--host", "127.0.0.1"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    if cfg!(target_os = "linux") {
        assert!(run.stderr.contains(&format!("pid {}", std::process::id())), "{}", run.stderr);
    }
    assert!(run.stderr.contains("netlearn serve udp"), "{}", run.stderr);
}

#[test]
fn flags_that_mean_nothing_to_datagrams_are_named_with_a_way_out() {
    for (arguments, said) in [
        (&["serve", "udp", "--tls"][..], "udp and --tls do not go together"),
        (&["serve", "udp", "--files", "."], "udp and --files do not go together"),
        (&["serve", "udp", "--drip"], "udp and --drip do not go together"),
        (&["serve", "tcp", "--buffer", "4"], "--buffer is for udp"),
        (&["serve", "udp", "--buffer", "0"], "--buffer"),
        (&["connect", "-u", "-U", "/tmp/x"], "-u and -U do not go together"),
        (&["connect", "-u", "--tls", ":4009"], "-u and --tls do not go together"),
        (&["connect", "-u"], "required"),
    ] {
        let run = netlearn(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
#[ignore = "needs socat"]
fn socat_gets_its_datagram_back() {
    let (server, port) = serve(&[]);
    let mut socat = Command::new("socat")
        .args(["-t1", "-", &format!("UDP4:127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("socat is installed");
    socat.stdin.take().unwrap().write_all(b"hello").unwrap();
    assert_eq!(socat.wait_with_output().unwrap().stdout, b"hello");
    stopped(server);
}

#[test]
#[ignore = "needs ncat"]
fn a_server_of_ncat_answers_connect() {
    let port = free_port();
    let mut ncat = Command::new("ncat")
        .args(["-v", "-u", "-l", "127.0.0.1", &port.to_string(), "--exec", "/bin/cat"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ncat is installed");
    let mut said = std::io::BufReader::new(ncat.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Listening on") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut said, &mut line).unwrap() > 0, "ncat listens");
    }
    let run = netlearn(&["connect", "-u", &format!("127.0.0.1:{port}"), "--send", "hello", "-w", "1"]);
    let _ = ncat.kill();
    let _ = ncat.wait();
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
}

/// A network of the test's own whose firewall treats UDP port 4009 like this; `netlearn connect -u` there.
#[cfg(target_os = "linux")]
fn behind_a_firewall(rule: &str, flags: &str) -> Run {
    let netlearn = env!("CARGO_BIN_EXE_netlearn");
    let script = format!(
        "ip link set lo up && nft add table ip t && nft 'add chain ip t c {{ type filter hook input priority 0 ; }}' && \
         nft add rule ip t c udp dport 4009 {rule} && exec {netlearn} connect -u 127.0.0.1 4009 --send a -w 0.5 {flags}"
    );
    let mut command = Command::new("unshare");
    command.args(["-n", "sh", "-c", &script]);
    Started::new(command).finish()
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "needs unshare and nft"]
fn a_firewall_that_drops_is_silence_and_one_that_rejects_says_so() {
    let dropped = behind_a_firewall("drop", "--json");
    assert_eq!(dropped.code, 0, "{}", dropped.stderr);
    assert_eq!(dropped.event("fell_silent")["received"], 0);
    assert!(dropped.events_of("failed").is_empty(), "silence proves nothing");
    let rejected = behind_a_firewall("reject with icmp type admin-prohibited", "--json");
    assert_eq!(rejected.code, 7, "{}", rejected.stderr);
    assert_eq!(rejected.event("failed")["kind"], "rejected");
    let icmp = &rejected.event("delivery_failed")["icmp"];
    assert_eq!((icmp["type"].as_u64(), icmp["code"].as_u64()), (Some(3), Some(13)));
    // As nobody at the port: from outside it cannot be told which.
    let unreachable = behind_a_firewall("reject with icmp type port-unreachable", "--json");
    assert_eq!(unreachable.event("failed")["kind"], "refused");
    let words = behind_a_firewall("reject with icmp type port-unreachable", "").stderr;
    assert!(words.contains("port cannot be reached"), "{words}");
}
