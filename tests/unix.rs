//! Unix sockets, both ends: the path, its file and its permissions, who is at the other end, and each way in which it fails.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

#[path = "unix/files.rs"]
mod files;
mod support;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Run, Started, alone, command, netlearn, netlearn_with};

/// A folder of this test's own, with a path in it for a socket.
struct Place {
    folder: tempfile::TempDir,
    path: String,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.sock").display().to_string();
        Place { folder, path }
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn inside(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// `netlearn serve unix PATH FLAGS --json`, listening.
    fn serve(&self, flags: &[&str]) -> Started {
        let mut server =
            Started::new(command(&[&["serve", "unix", self.path()], flags, &["--json"]].concat()));
        server.wait_for("listening");
        server
    }

    /// Leaves the file of a server that is gone.
    fn stale(&self) {
        alone(|| drop(UnixListener::bind(self.path()).unwrap()));
        assert!(std::fs::symlink_metadata(self.path()).unwrap().file_type().is_socket());
    }
}

fn stopped(server: Started) -> Run {
    server.terminate();
    server.finish()
}

/// A failure as `--json` tells it: its exit code and id, and a command to run next in its words.
fn fails(arguments: &[&str], code: i32, kind: &str, said: &[&str]) -> Value {
    let json = netlearn(&[arguments, &["--json"]].concat());
    assert_eq!(json.code, code, "{arguments:?}: {}", json.text());
    let failed = json.event("failed");
    assert_eq!(failed["kind"], kind, "{arguments:?}");
    assert_eq!(failed["layer"], "unix", "{arguments:?}");
    let run = netlearn(arguments);
    assert_eq!(run.code, code);
    let flat = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in said {
        assert!(flat.contains(text), "{arguments:?}: no {text:?} in\n{}", run.stderr);
    }
    assert!(!flat.contains("RST") && !flat.contains("SYN"), "a Unix socket has no segments:\n{}", run.stderr);
    failed
}

#[test]
fn bytes_come_back_and_nothing_has_a_port() {
    let place = Place::new();
    let mut server = place.serve(&["--count", "1"]);
    let made = server.wait_for("socket_file_made");
    assert_eq!((&made["found"], &made["ours"]), (&Value::from("socket"), &Value::from(true)));
    let run = netlearn_with(&["connect", "-U", place.path(), "--json", "-o", &place.inside("out")], b"hello");
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(std::fs::read(place.inside("out")).unwrap(), b"hello");
    let connected = run.event("connected");
    assert_eq!((&connected["peer"], &connected["layer"]), (&place.path().into(), &"unix".into()));
    assert!(connected.get("peer_port").is_none() && connected.get("local").is_none(), "{connected}");
    let peer = run.event("peer_identified");
    assert_eq!((&peer["of"], &peer["uid"]), (&"server".into(), &rustix::process::getuid().as_raw().into()));
    if cfg!(target_os = "linux") {
        assert_eq!(peer["pid"], server.id());
        assert!(peer["owner"]["command"].as_str().unwrap().contains("serve unix"), "{peer}");
    }
    let closed = run.event("closed");
    assert_eq!((&closed["how"], &closed["sent"], &closed["received"]), (&"fin".into(), &5.into(), &5.into()));
    assert!(run.events_of("tcp_info").is_empty());
    let served = server.finish();
    let text = served.text();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().find(|event| event["event"] == kind).unwrap().clone();
    assert_eq!(
        (of("peer_identified")["of"].clone(), of("served")["port"].clone()),
        ("client".into(), 0.into())
    );
    assert_eq!(of("socket_file_removed")["removed"], true);
    assert!(!Path::new(place.path()).exists());
}

#[test]
fn a_server_answers_as_a_tcp_server_does() {
    for (flags, sent, expected) in [
        (&["--reply", "pong\\n"][..], "ping", "pong\n"),
        (&["--greet", "welcome\\n"], "ping", "welcome\n"),
        (&["--echo", "--drip"], "ping", "ping"),
        (&["--silent"], "ping", ""),
        (&["--pause-read", "50ms"], "ping", "ping"),
    ] {
        let place = Place::new();
        let server = place.serve(&[flags, &["--count", "1"]].concat());
        let run = netlearn(&["connect", "-q", "-U", place.path(), "--send", sent]);
        assert_eq!((run.code, run.text().as_str()), (0, expected), "{flags:?}: {}", run.stderr);
        assert_eq!(server.finish().code, 0, "{flags:?}");
    }
}

#[test]
fn a_plain_client_and_a_plain_server_are_served_too() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let mut client = UnixStream::connect(place.path()).unwrap();
    client.write_all(b"abc").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut back = Vec::new();
    client.read_to_end(&mut back).unwrap();
    assert_eq!(back, b"abc");
    assert_eq!(server.finish().code, 0);
    let listener = UnixListener::bind(place.path()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            stream.write_all(&all.repeat(2)).unwrap();
        });
        let run = netlearn_with(&["connect", "-q", "-U", place.path()], b"xy");
        assert_eq!((run.code, run.text().as_str()), (0, "xyxy"));
    });
}

#[test]
fn the_views_show_a_path_and_no_segments() {
    let place = Place::new();
    let record = place.inside("run.jsonl");
    let server = place.serve(&["--count", "1"]);
    let run = netlearn(&["connect", "-U", place.path(), "--send", "hello", "--record", &record]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("No port, no IP address") && run.stderr.contains("user "), "{}", run.stderr);
    assert!(!run.stderr.contains("FIN") && !run.stderr.contains("TCP carries"), "{}", run.stderr);
    server.finish();
    let ladder = netlearn(&["replay", &record, "--view", "ladder"]).text();
    assert!(ladder.contains(place.path()) && ladder.contains("\"hello\""), "{ladder}");
    assert!(ladder.contains("no IP address, no port") && !ladder.contains("FIN"), "{ladder}");
    let hex = netlearn(&["replay", &record, "--view", "hex"]).text();
    assert!(hex.contains("68 65 6c 6c 6f"), "{hex}");
}

#[test]
fn the_end_of_one_direction_is_announced_without_a_segment() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let run = netlearn(&["connect", "-v", "-U", place.path(), "--size", "10", "--half-close", "--drip"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    server.finish();
    let (announced, _) = run.stderr.split_once(" connect ").expect("the connection");
    assert!(announced.contains("our direction ends") && announced.contains("one byte"), "{announced}");
    assert!(!run.stderr.contains("our FIN") && !announced.contains("RFC 9293"), "{announced}");
    let words = run.stderr.split_once("words:").expect("the terms").1;
    assert!(words.contains("half-close") && !words.contains("FIN"), "{words}");
}

#[test]
fn only_connecting_is_enough() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let run = netlearn(&["connect", "-z", "-U", place.path(), "--json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(run.event("connected")["peer"], place.path());
    server.finish();
}

#[test]
#[cfg(target_os = "linux")]
fn silence_is_told_apart_by_what_the_other_end_holds() {
    let place = Place::new();
    let listener = UnixListener::bind(place.path()).unwrap();
    let ask = |wait| command(&["connect", "-U", place.path(), "--send", "hello", "-w", wait, "--json"]);
    let run = Started::new(ask("300ms")).finish();
    assert_eq!((run.code, &run.event("failed")["kind"]), (28, &"never_accepts".into()), "{}", run.text());
    drop(listener.accept().unwrap());
    for (reads, kind) in [(false, "never_reads"), (true, "never_answers")] {
        // Long enough for what this test does meanwhile.
        let client = Started::new(ask("3"));
        let (mut stream, _) = listener.accept().unwrap();
        if reads {
            stream.read_exact(&mut [0; 5]).unwrap();
        }
        let run = client.finish();
        assert_eq!((run.code, &run.event("failed")["kind"]), (28, &kind.into()), "{}", run.text());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_peer_that_closes_before_it_has_read_all_is_named() {
    let place = Place::new();
    let listener = UnixListener::bind(place.path()).unwrap();
    let client = Started::new(command(&["connect", "-U", place.path(), "--send", "hello"]));
    let (mut stream, _) = listener.accept().unwrap();
    stream.read_exact(&mut [0; 1]).unwrap();
    drop(stream);
    let run = client.finish();
    assert_eq!(run.code, 56, "{}", run.stderr);
    let flat = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("before it had read all that you sent"), "{flat}");
    assert!(flat.contains("the connection broke off") && !flat.contains("we broke"), "{flat}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_queue_is_waited_for_and_named() {
    let place = Place::new();
    let listener = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    listener.bind(&socket2::SockAddr::unix(place.path()).unwrap()).unwrap();
    listener.listen(0).unwrap();
    let _waiting = UnixStream::connect(place.path()).unwrap();
    let run = netlearn(&["connect", "-U", place.path(), "-w", "200ms", "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (28, &"never_accepts".into()), "{}", run.text());
    let queue = run.event("failed")["evidence"].clone();
    assert!(queue.as_array().unwrap().iter().any(|fact| fact["fact"] == "accept_queue"), "{queue}");
}

#[test]
#[cfg(target_os = "linux")]
fn an_abstract_name_is_no_file() {
    let name = format!("@netlearn-test-{}", std::process::id());
    let mut server = Started::new(command(&["serve", "unix", &name, "--json", "--count", "1"]));
    server.wait_for("listening");
    assert!(!Path::new(&name).exists());
    let rows = netlearn(&["ports", "--unix", "--json"]);
    let row = rows.events_of("socket_found").into_iter().find(|row| row["local"] == name.as_str()).unwrap();
    assert_eq!(row["unix"]["abstract"], true);
    fails(&["serve", "unix", &name], 4, "socket_path_taken", &["listens there"]);
    assert_eq!(netlearn(&["connect", "-q", "-U", &name, "--send", "x"]).text(), "x");
    server.finish();
    fails(&["connect", "-U", &name], 7, "socket_refused", &["abstract name"]);
}

#[test]
#[cfg(target_os = "linux")]
fn ports_lists_listeners_and_with_all_the_rest() {
    let place = Place::new();
    let mut server = place.serve(&[]);
    let client = UnixStream::connect(place.path()).unwrap();
    server.wait_for("accepted");
    let rows = |flags: &[&str]| {
        let run = netlearn(&[&["ports", "--unix", "--json"], flags].concat());
        assert_eq!(run.code, 0);
        assert_eq!(run.event("sockets_counted")["unix"], true);
        let mut rows = run.events_of("socket_found");
        rows.retain(|row| row["local"] == place.path());
        rows
    };
    let listed = rows(&[]);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let row = &listed[0];
    assert_eq!((&row["protocol"], &row["state"]), (&"unix".into(), &"LISTEN".into()));
    assert_eq!((&row["unix"]["type"], &row["owners"][0]["pid"]), (&"stream".into(), &server.id().into()));
    assert_eq!(row["unix"]["file"]["found"], "socket");
    let states: Vec<Value> = rows(&["--all"]).into_iter().map(|row| row["state"].clone()).collect();
    assert!(states.contains(&"LISTEN".into()) && states.contains(&"ESTABLISHED".into()), "{states:?}");
    let table = netlearn(&["ports", "--unix"]).text();
    assert!(table.contains("PATH") && table.contains("REACH") && !table.contains("PORT"), "{table}");
    assert!(table.contains(&format!("(pid {})", server.id())) && table.contains("mode 07"), "{table}");
    drop(client);
    stopped(server);
}

#[test]
fn flags_of_addresses_do_not_go_with_a_path() {
    for (flags, named) in [
        (&["-4"][..], "-4"),
        (&["-6"], "-6"),
        (&["--tls"], "--tls"),
        (&["--source-port", "4000"], "--source-port"),
        (&["--resolve", "a:80:127.0.0.1"], "--resolve"),
        (&["--lab"], "--lab"),
        (&["-k"], "-k"),
        (&["localhost", "3000"], "two targets"),
    ] {
        let run = netlearn(&[&["connect", "-U", "/tmp/app.sock"], flags].concat());
        assert_eq!(run.code, 2, "{flags:?}: {}", run.stderr);
        for text in ["-U", named, "netlearn connect -U /tmp/app.sock"] {
            assert!(run.stderr.contains(text), "{flags:?}: no {text:?} in {}", run.stderr);
        }
    }
    for (arguments, named) in [
        (&["serve", "unix"][..], "needs the path"),
        (&["serve", "unix", ""], "empty"),
        (&["serve", "unix", "/tmp/a.sock", "--tls"], "--tls"),
        (&["serve", "unix", "/tmp/a.sock", "--host", "::1"], "--host"),
        (&["serve", "unix", "--port", "3000"], "--port"),
        (&["serve", "unix", "/tmp/a.sock", "--files", "."], "--files"),
        (&["connect", "-U", ""], "PATH"),
        (&["ports", "--unix", "3000"], "netlearn ports 3000"),
    ] {
        let run = netlearn(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(named), "{arguments:?}: {}", run.stderr);
    }
}

/// Runs another program's client or server to its end, with `input` on its stdin.
fn other(mut program: Command, input: &[u8]) -> Run {
    program.stdin(Stdio::piped());
    let mut started = Started::new(program);
    started.stdin.take().unwrap().write_all(input).unwrap();
    started.finish()
}

#[test]
#[ignore = "needs socat"]
fn socat_talks_to_the_server() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let mut socat = Command::new("socat");
    socat.args(["-t5", "-", &format!("UNIX-CONNECT:{}", place.path())]);
    let run = other(socat, b"hello");
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    assert_eq!(server.finish().code, 0);
}

#[test]
#[ignore = "needs node"]
fn the_client_talks_to_node() {
    let place = Place::new();
    let program = "require('net').createServer({allowHalfOpen: true}, (s) => { s.on('data', (d) => s.write('node: ' + d)); \
        s.on('end', () => { s.end(); process.exitCode = 0; this.server.close() }) }).listen(process.argv[1], function () { \
        globalThis.server = this; console.log('{\"event\":\"ready\"}') })";
    let program = program.replace("this.server.close()", "globalThis.server.close()");
    let mut node = Command::new("node");
    node.args(["-e", &program, place.path()]);
    let mut server = Started::new(node);
    server.wait_for("ready");
    let run = netlearn(&["connect", "-U", place.path(), "--send", "hello"]);
    assert_eq!((run.code, run.text().as_str()), (0, "node: hello"), "{}", run.stderr);
    assert!(run.stderr.contains("node"), "{}", run.stderr);
    assert_eq!(server.finish().code, 0);
}

#[test]
#[ignore = "needs python3"]
fn python_talks_to_the_server() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let program = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ns.sendall(b'hello')\n\
        s.shutdown(socket.SHUT_WR)\nsys.stdout.write(s.makefile().read())";
    let mut python = Command::new("python3");
    python.args(["-c", program, place.path()]);
    let run = other(python, b"");
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    assert_eq!(server.finish().code, 0);
}
