//! `connect`'s experiments, with real peers of the test's own and with socat and node.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm, reason = "a test that cannot go on fails")]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use support::{GUARD, Run, accept_within, netlearn, netlearn_with};

/// A server for one client.
fn once<T: Send + 'static>(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    (port, std::thread::spawn(move || serve(accept_within(&listener, GUARD))))
}

fn connect(port: &str, arguments: &[&str]) -> Run {
    netlearn(&[&["connect", "127.0.0.1", port, "--json"], arguments].concat())
}

fn read_all(mut stream: TcpStream) -> Result<Vec<u8>, std::io::Error> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map(|_| all)
}

fn moved<'a>(run: &'a Value, name: &str) -> &'a Value {
    run["interfaces"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

#[test]
fn a_size_is_made_and_only_loopback_moves_by_it() {
    let (port, server) = once(read_all);
    let run = connect(&port, &["--size", "10M", "--counters", "--half-close"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let got = server.join().unwrap().unwrap();
    assert_eq!(got.len(), 10_000_000);
    assert!(got.chunks_exact(64).all(|line| line.ends_with(b".\n")));
    let counted = run.event("counters_moved");
    let loopback = moved(&counted, "lo");
    assert!(loopback["sent"].as_u64().unwrap() > 10_000_000 && loopback["loopback"] == true, "{counted}");
    for other in counted["interfaces"].as_array().unwrap().iter().filter(|one| one["loopback"] == false) {
        assert!(other["sent"].as_u64().unwrap() < 1_000_000, "{counted}");
    }
    assert_eq!(run.event("conversed")["sent"], 10_000_000);
}

#[test]
fn a_reset_is_announced_before_and_met_by_the_server() {
    let (port, server) = once(|mut stream| {
        let mut first = [0; 5];
        stream.read_exact(&mut first).unwrap();
        (first, stream.read(&mut [0; 9]))
    });
    let run = connect(&port, &["--send", "hello", "--reset"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (first, after) = server.join().unwrap();
    assert_eq!(&first, b"hello");
    assert_eq!(after.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let kinds: Vec<Value> = run.events().iter().map(|event| event["event"].clone()).collect();
    let place = |name: &str| kinds.iter().position(|kind| *kind == name).unwrap();
    assert!(place("experiment_announced") < place("connected"), "{kinds:?}");
    let closed = run.event("closed");
    assert_eq!((closed["by"].as_str(), closed["how"].as_str()), (Some("client"), Some("rst")), "{closed}");
}

/// The narration of `run` warns before it tells of the connection.
fn warns_before(run: &Run) {
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let warning = said.find("Warning: ").expect("a warning");
    let end = said.find("can end the program at the other end").expect("what may happen");
    let connected = said.find(" connect ").expect("the connection");
    assert!(warning < end && end < connected, "{said}");
}

#[test]
fn the_warning_of_a_reset_stands_before_the_connection() {
    let (port, server) = once(|stream| read_all(stream).is_err());
    let run = netlearn(&["connect", "127.0.0.1", &port, "--send", "x", "--reset"]);
    assert!(server.join().unwrap());
    warns_before(&run);
}

/// What is unread makes the close a RST: who does not read breaks the connection off as --reset does.
#[test]
fn the_warning_of_reading_nothing_stands_before_the_connection() {
    let (port, server) = once(|mut stream| {
        stream.write_all(b"unread").unwrap();
        read_all(stream).is_err()
    });
    let run = netlearn(&["connect", "127.0.0.1", &port, "--send", "x", "--no-read", "-w", "2s"]);
    assert!(server.join().unwrap(), "the server met no RST: {}", run.stderr);
    warns_before(&run);
    let help = netlearn(&["connect", "--help"]);
    let told = help.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("makes our close a RST, which can end a server"), "{told}");
}

#[test]
fn half_close_ends_one_direction_and_reads_the_other() {
    let (port, server) = once(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        stream.write_all(b"after your end").unwrap();
        all
    });
    let run = netlearn(&["connect", "127.0.0.1", &port, "--send", "hello", "--half-close"]);
    assert_eq!((run.code, run.text().as_str()), (0, "after your end"), "{}", run.stderr);
    assert_eq!(server.join().unwrap(), b"hello");
}

#[test]
fn what_is_not_read_piles_up_and_the_window_closes() {
    let (port, server) = once(|mut stream| {
        let piece = vec![b'x'; 65_536];
        let mut sent = 0_u64;
        while let Ok(len) = stream.write(&piece) {
            sent += len as u64;
        }
        sent
    });
    let run = connect(&port, &["--no-read", "--send", "go", "-w", "2s"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(server.join().unwrap() > 0);
    let piles = run.events_of("backlogged");
    let last = piles.last().expect("it piles up");
    assert!(last["unread"].as_u64().unwrap() > 10_000, "{last}");
    assert!(last["waiting"].as_u64().unwrap() > 0, "{last}");
    assert_eq!(run.event("conversed")["received"], 0);
}

#[test]
fn a_drip_writes_one_byte_at_a_time() {
    let (port, server) = once(read_all);
    let run = connect(&port, &["--drip=1ms", "--send", "hello", "--half-close"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(server.join().unwrap().unwrap(), b"hello");
    let sent: Vec<u64> = run
        .events_of("bytes")
        .iter()
        .filter(|event| event["direction"] == "sent")
        .map(|event| event["len"].as_u64().unwrap())
        .collect();
    assert_eq!(sent, [1; 5]);
    assert_eq!(run.event("conversed")["writes"], 5);
}

#[test]
fn over_a_unix_socket_no_interface_moves_by_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let server = std::thread::spawn(move || {
        let mut all = Vec::new();
        listener.accept().unwrap().0.read_to_end(&mut all).unwrap();
        all.len()
    });
    let run = netlearn(&[
        "connect",
        "-U",
        path.to_str().unwrap(),
        "--size",
        "50M",
        "--counters",
        "--half-close",
        "--json",
    ]);
    assert_eq!((run.code, server.join().unwrap()), (0, 50_000_000), "{}", run.stderr);
    let counted = run.event("counters_moved");
    assert_eq!(counted["unix"], true);
    // Other tests of this run use loopback meanwhile; none moves so much.
    assert!(counted["interfaces"].as_array().unwrap().iter().any(|one| one["loopback"] == true), "{counted}");
}

#[test]
fn pairs_that_exclude_each_other_are_named_with_what_works() {
    for (arguments, named) in [
        (&["--size", "10Q"][..], "10M"),
        (&["--size", "0"], "10M"),
        (&["--drip=-1s"], "--drip"),
        (&["--size", "1k", "--send", "x"], "--size and --send"),
        (&["--half-close", "--reset"], "--half-close and --reset"),
        (&["--reset", "--no-read"], "--reset and --no-read"),
        (&["--reset", "-u"], "--reset and -u"),
        (&["--reset", "--tls"], "--reset and --tls"),
        (&["--half-close", "-z"], "--half-close and -z"),
    ] {
        let run = netlearn(&[&["connect", "127.0.0.1", "9"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(named), "{arguments:?}: {}", run.stderr);
    }
}

/// The echo is socat's: `ncat -e` ends with its input and loses what its program still says, whoever the client is.
#[test]
#[ignore = "needs socat"]
fn three_megabytes_come_back_from_an_echo_as_they_were() {
    let mut socat = Command::new("socat");
    socat.args(["-d", "-d", "-t", "5", "TCP4-LISTEN:0,bind=127.0.0.1", "EXEC:cat"]);
    let mut socat = socat.stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(socat.stderr.take().unwrap());
    let mut lines = told.lines();
    let line =
        lines.by_ref().map(Result::unwrap).find(|line| line.contains("listening on")).expect("socat listens");
    let port = line.rsplit_once(':').unwrap().1.trim().to_owned();
    let mut random = vec![0; 3_000_000];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut random).unwrap();
    let run = netlearn_with(&["connect", "127.0.0.1", &port, "--half-close"], &random);
    assert!(
        run.code == 0 && run.stdout == random,
        "{} of {}: {}",
        run.stdout.len(),
        random.len(),
        run.stderr
    );
    drop(lines);
    socat.wait().unwrap();
}

#[test]
#[ignore = "needs node"]
fn a_reset_ends_a_node_server_that_expects_none() {
    let script = "const server = require('node:net').createServer(socket => socket.on('data', () => {}));\
        server.listen(0, '127.0.0.1', () => console.log(server.address().port));";
    let mut node = Command::new("node")
        .args(["-e", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(node.stdout.take().unwrap()).read_line(&mut port).unwrap();
    // Nothing is sent before: of bytes and a RST that come together Node may see the bytes and an end.
    let run = netlearn(&["connect", "127.0.0.1", port.trim(), "--reset"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("Warning: this can end the program"), "{}", run.stderr);
    let ended = node.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("ECONNRESET"));
}
