//! `netlearn connect` against real listeners on loopback, made here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "connect/silence.rs"]
mod silence;
mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use support::{GUARD, Started, accept_within, netlearn, netlearn_with, unlent_port};

/// A listener of this test whose first client is given to `handle`.
fn serve<T: Send + 'static>(handle: impl FnOnce(TcpStream) -> T + Send + 'static) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || handle(accept_within(&listener, GUARD)));
    (port.to_string(), thread)
}

fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    all
}

/// Octets without a pattern, the same each time (xorshift).
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut octets = Vec::with_capacity(len);
    while octets.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        octets.push(state.to_le_bytes()[0]);
    }
    octets
}

fn evidence(failed: &Value, fact: &str) -> Value {
    let all = failed["evidence"].as_array().expect("evidence is a list");
    let found = all.iter().find(|evidence| evidence["fact"] == fact);
    found.unwrap_or_else(|| panic!("no `{fact}` in {failed:#}")).clone()
}

#[test]
fn help_begins_with_an_example() {
    let run = netlearn(&["connect", "--help"]);
    assert_eq!(run.code, 0);
    assert!(run.text().contains("netlearn connect localhost 3000"));
}

#[test]
fn what_goes_round_an_echo_comes_back_whole() {
    let sent = noise(3 * 1024 * 1024);
    let (port, server) = serve(|mut stream| {
        let mut writer = stream.try_clone().unwrap();
        std::io::copy(&mut stream, &mut writer).unwrap()
    });
    let run = netlearn_with(&["connect", "127.0.0.1", &port, "-q"], &sent);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout == sent, "{} octets came back", run.stdout.len());
    assert_eq!(server.join().unwrap(), sent.len() as u64);
}

#[test]
fn the_end_of_input_is_a_half_close_and_the_answer_after_it_is_read() {
    let (port, server) = serve(|mut stream| {
        let heard = read_all(&mut stream);
        stream.write_all(b"after your end").unwrap();
        heard
    });
    let run = netlearn_with(&["connect", &format!("127.0.0.1:{port}")], b"Hello, server!");
    assert_eq!((run.code, run.text().as_str()), (0, "after your end"));
    assert_eq!(server.join().unwrap(), b"Hello, server!");
}

#[test]
fn the_events_tell_who_ended_first_and_what_the_kernel_counted() {
    let (port, server) = serve(|mut stream| read_all(&mut stream));
    let run = netlearn_with(&["connect", "127.0.0.1", &port, "--json"], b"hello\n");
    assert_eq!(run.code, 0);
    server.join().unwrap();
    let closed = run.event("closed");
    assert_eq!(
        (&closed["by"], &closed["how"], &closed["sent"]),
        (&"client".into(), &"fin".into(), &6.into())
    );
    let conversed = run.event("conversed");
    assert_eq!((&conversed["sent"], &conversed["received"]), (&6.into(), &0.into()));
    assert_eq!(run.event("finished")["exit"], 0);
    let connected = run.event("connected");
    assert_eq!(connected["peer_port"].to_string(), port);
    assert_eq!(connected["local_port"], run.event("flow_opened")["local_port"]);
    if cfg!(target_os = "linux") {
        let info = run.events_of("tcp_info");
        // The one after our FIN may be read before the acknowledgement came.
        assert_eq!((&info[0]["acked"], &info[info.len() - 1]["acked"]), (&0.into(), &6.into()));
    }
}

#[test]
fn refused_is_seven_and_nothing_is_in_the_table() {
    let port = unlent_port(Ipv4Addr::LOCALHOST).to_string();
    let run = netlearn(&["connect", "127.0.0.1", &port, "--json"]);
    assert_eq!(run.code, 7);
    let attempt = run.event("connect_failed");
    assert_eq!((&attempt["reason"], attempt["peer_port"].to_string()), (&"refused".into(), port));
    assert!(attempt["flow"].is_u64());
    let failed = run.event("failed");
    assert_eq!((&failed["kind"], &failed["phase"]), (&"refused".into(), &"connect".into()));
    if cfg!(target_os = "linux") {
        assert_eq!(attempt["error_queue_empty"], true);
        assert_eq!(evidence(&failed, "table")["sockets"], Value::Array(vec![]));
    }
}

#[test]
fn a_listener_in_the_other_family_is_found_and_reached() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let route = format!("both.test:{port}:::1,127.0.0.1");
    let run = netlearn(&["connect", "both.test", &port.to_string(), "--resolve", &route, "-z", "--json"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.event("connect_failed")["peer"], format!("[::1]:{port}"));
    let connected = run.event("connected");
    assert_eq!((&connected["attempt"], &connected["of"]), (&2.into(), &2.into()));
    if cfg!(target_os = "linux") && run.event("connect_failed")["reason"] == "refused" {
        let differ = run.event("families_differ");
        assert_eq!(differ["reached"], "127.0.0.1");
        assert_eq!(differ["holders"][0]["listens"], false);
        assert_eq!(differ["holders"][1]["owner"]["pid"], std::process::id());
    }
    let route = format!("v6.test:{port}:::1");
    let run = netlearn(&["connect", "v6.test", &port.to_string(), "--resolve", &route, "--json"]);
    assert_eq!(run.code, 7);
    if cfg!(target_os = "linux") && run.event("connect_failed")["reason"] == "refused" {
        let table = evidence(&run.event("failed"), "table");
        assert_eq!(table["sockets"][0]["local"], format!("127.0.0.1:{port}"));
    }
}

#[test]
fn only_connecting_sends_nothing_and_ends_with_a_fin() {
    let (port, server) = serve(|mut stream| {
        // A greeting that nobody reads must not turn the end into a RST.
        stream.write_all(b"220 hello\r\n").unwrap();
        read_all(&mut stream)
    });
    let run = netlearn(&["connect", "127.0.0.1", &port, "-z", "--json"]);
    assert_eq!(run.code, 0);
    assert_eq!(server.join().unwrap(), b"");
    assert_eq!(run.event("closed")["how"], "fin");
}

#[test]
fn each_send_is_one_write_and_then_the_input_ends() {
    let (port, server) = serve(|mut stream| read_all(&mut stream));
    let line =
        ["connect", "127.0.0.1", &port, "--send", "one", "--send", r"two\r\n", "--send", "3", "--json"];
    let run = netlearn(&line);
    assert_eq!(run.code, 0);
    assert_eq!(server.join().unwrap(), b"onetwo\r\n3");
    let sent = run.events_of("bytes");
    let heads: Vec<&str> = sent.iter().map(|event| event["head"].as_str().unwrap()).collect();
    assert_eq!(heads, ["one", "two\r\n", "3"]);
    assert_eq!(sent[2]["offset"], 8);
}

#[test]
fn line_ends_become_crlf_when_asked() {
    let (port, server) = serve(|mut stream| read_all(&mut stream));
    assert_eq!(netlearn_with(&["connect", "127.0.0.1", &port, "--crlf", "-q"], b"a\nb\r\nc").code, 0);
    assert_eq!(server.join().unwrap(), b"a\r\nb\r\nc");
}

#[test]
fn a_peer_that_closes_at_once_is_a_normal_end() {
    let (port, server) = serve(drop);
    let run = netlearn(&["connect", "127.0.0.1", &port, "--json"]);
    server.join().unwrap();
    assert_eq!(run.code, 0);
    assert_eq!(run.event("closed")["received"], 0);
}

#[test]
fn a_peer_that_hangs_up_ends_the_run_though_the_input_stays_open() {
    let (port, server) = serve(|mut stream| stream.write_all(b"bye").unwrap());
    let mut started = Started::new(support::command(&["connect", "127.0.0.1", &port, "-q"]));
    let held = started.stdin.take();
    let run = started.finish();
    drop(held);
    server.join().unwrap();
    assert_eq!((run.code, run.text().as_str()), (0, "bye"));
}

fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_reset_is_fifty_six_with_the_octets_before_it() {
    let (port, server) = serve(|mut stream| {
        stream.read_exact(&mut [0; 5]).unwrap();
        reset(stream);
    });
    let mut started = Started::new(support::command(&["connect", "127.0.0.1", &port, "--json"]));
    started.stdin.as_mut().unwrap().write_all(b"hello").unwrap();
    let held = started.stdin.take();
    let run = started.finish();
    drop(held);
    server.join().unwrap();
    assert_eq!(run.code, 56);
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "reset");
    assert_eq!(evidence(&failed, "reset_after")["sent"], 5);
    let closed = run.event("closed");
    assert_eq!((&closed["by"], &closed["how"]), (&"server".into(), &"rst".into()));
}

#[test]
fn a_reset_right_after_the_handshake_is_no_failed_attempt() {
    let (port, server) = serve(reset);
    let run = netlearn(&["connect", "127.0.0.1", &port, "--json"]);
    server.join().unwrap();
    assert_eq!((run.code, &run.event("failed")["kind"]), (56, &"reset".into()));
    if cfg!(target_os = "linux") {
        assert_eq!((run.events_of("connected").len(), run.events_of("connect_failed").len()), (1, 0));
    }
}

#[test]
fn a_full_disk_is_twenty_three_and_the_connection_is_still_told() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let (port, server) = serve(|mut stream| {
        stream.write_all(b"something").unwrap();
        let _ = stream.shutdown(Shutdown::Write);
        read_all(&mut stream)
    });
    let run = netlearn(&["connect", "127.0.0.1", &port, "-o", "/dev/full", "--json"]);
    server.join().unwrap();
    assert_eq!(run.code, 23);
    assert_eq!(run.event("failed")["kind"], "output_failed");
    assert_eq!(run.event("closed")["received"], 9);
}

#[test]
fn a_closed_stdout_is_a_normal_end() {
    let (port, server) = serve(|mut stream| {
        let mut sent = 0_u64;
        // Until the client has had enough.
        while stream.write_all(&[b'x'; 4096]).is_ok() {
            sent += 4096;
        }
        sent
    });
    let mut started = Started::new(support::command(&["connect", "127.0.0.1", &port]));
    let mut stdout = started.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 10]).unwrap();
    drop(stdout);
    assert_eq!(started.finish().code, 0);
    assert!(server.join().unwrap() > 0);
}

#[test]
fn output_goes_to_the_file_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer");
    let (port, server) = serve(|mut stream| stream.write_all(b"\x1b[2Jraw").unwrap());
    let run = netlearn(&["connect", "127.0.0.1", &port, "-q", "-o", path.to_str().unwrap()]);
    server.join().unwrap();
    assert_eq!((run.code, run.stdout.len()), (0, 0));
    assert_eq!(std::fs::read(path).unwrap(), b"\x1b[2Jraw");
}

#[test]
fn a_source_port_is_used_and_a_taken_one_is_explained() {
    let port = unlent_port(Ipv4Addr::LOCALHOST).to_string();
    let (target, server) = serve(|stream| stream.peer_addr().unwrap().port());
    let line = ["connect", "127.0.0.1", &target, "--source-port", &port, "-z", "--json"];
    assert_eq!(netlearn(&line).code, 0);
    assert_eq!(server.join().unwrap().to_string(), port);
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = netlearn(&["connect", "127.0.0.1", &target, "--source-port", &port, "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (7, &"local_address".into()));
    if cfg!(target_os = "linux") {
        let table = evidence(&run.event("failed"), "table");
        assert_eq!(table["sockets"][0]["owners"][0]["pid"], std::process::id());
    }
}

#[test]
fn ctrl_c_ends_the_connection_with_a_fin_and_says_so() {
    let (port, server) = serve(|mut stream| read_all(&mut stream));
    let mut started = Started::new(support::command(&["connect", "127.0.0.1", &port, "-w", "20", "--json"]));
    started.stdin.as_mut().unwrap().write_all(b"hi").unwrap();
    started.wait_for("bytes");
    let held = started.stdin.take();
    started.terminate();
    let run = started.finish();
    drop(held);
    assert_eq!(server.join().unwrap(), b"hi");
    assert_eq!(run.code, 143);
    let events: Vec<Value> = run.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert!(kinds.ends_with(&["closed", "conversed", "finished"]), "{kinds:?}");
}

/// Runs `line` in a network of its own, whose loopback interface has a link-local address too.
fn on_a_link(line: &[&str]) -> support::Run {
    let mut command = Command::new("unshare");
    // The kernel makes the way to a new address a moment after the address.
    let script = "ip link set lo up && ip address add fe80::7/64 dev lo nodad && \
        until ip -6 route show table local | grep -q fe80::7; do :; done && exec \"$@\"";
    command.args(["-r", "-n", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_netlearn")]).args(line);
    Started::new(command).finish()
}

/// RFC 4007 section 11: the zone stands behind a `%`.
#[test]
#[ignore = "needs unshare and ip"]
fn an_address_of_a_link_needs_the_link() {
    for (flags, way) in [(&[][..], ""), (&["-u", "--send", "x"], "-u ")] {
        let run = on_a_link(&[&["connect", "fe80::7", "9"], flags].concat());
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(run.code, 7, "{said}");
        assert!(said.contains("fe80::7 is a link-local address") && said.contains("its zone"), "{said}");
        assert!(said.contains(&format!("try netlearn connect {way}'[fe80::7%lo]:9' calls it")), "{said}");
        // With it, it is called: nobody is there.
        let run = on_a_link(&[&["connect", "[fe80::7%lo]:9", "--json"], flags].concat());
        let failed = run.event("failed");
        assert_eq!((run.code, &failed["kind"]), (7, &"refused".into()), "{failed}");
        evidence(&failed, "table");
    }
    let run = on_a_link(&["connect", "fe80::7%nope", "9"]);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(run.code, 6, "{said}");
    assert!(
        said.contains("this machine has no interface nope") && said.contains("'[fe80::7%lo]:9'"),
        "{said}"
    );
}

#[test]
fn a_server_is_told_how_to_serve_an_address_of_a_link() {
    for host in ["fe80::7", "fe80::7%lo", "[fe80::7]"] {
        let run = netlearn(&["serve", "--host", host, "--port", "0"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("link-local address") && said.contains("--host ::"), "{said}");
    }
}

#[test]
fn figures_that_are_no_address_are_no_name_without_a_word() {
    for host in ["300.1.1.1", "127.0.0.1.5"] {
        let run = netlearn(&["connect", host, "9"]);
        assert_eq!(run.code, 6, "{}", run.stderr);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("{host} is no IPv4 address, which is four numbers")), "{said}");
    }
}

#[test]
#[ignore = "needs node"]
fn a_node_server_that_only_logs_gets_the_text_and_the_run_ends() {
    let program = "const net = require('net');\n\
        const server = net.createServer((socket) => {\n\
          socket.on('data', (data) => console.log('data', data.toString()));\n\
        });\n\
        server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));\n";
    let mut command = Command::new("node");
    command.args(["-e", program]);
    let mut node = Started::new(command);
    let mut line = String::new();
    std::io::BufRead::read_line(node.stdout.as_mut().unwrap(), &mut line).unwrap();
    let port = line.trim().strip_prefix("port ").expect("node says its port").to_owned();
    let run = netlearn_with(&["connect", "127.0.0.1", &port], b"Hello, server!");
    assert_eq!(run.code, 0);
    line.clear();
    std::io::BufRead::read_line(node.stdout.as_mut().unwrap(), &mut line).unwrap();
    assert_eq!(line, "data Hello, server!\n");
}
