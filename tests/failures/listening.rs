//! What this machine refuses: a port that is taken, an address of nobody, a disk that is full.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use super::peer::{answering, listener};
use super::row::{Row, Seen, seen};
use super::support::{Run, Serving, Started, alone, unlent_port, unlent_port_and_next};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[test]
fn address_in_use() {
    // Each of the runs is to find the same free port.
    let port = unlent_port_and_next(V4);
    let taken = TcpListener::bind((V4, port)).unwrap();
    let text = port.to_string();
    let told = seen(&["serve", "--port", &text, "--host", "127.0.0.1"]);
    told.is(&Row {
        code: 4,
        kind: "address_in_use",
        cause: &format!("port {port} is taken by"),
        says: &format!("(pid {}) listens on 127.0.0.1 port {port}", std::process::id()),
        next: &format!("netlearn ports {port}"),
    });
    let sockets = told.fact("table")["sockets"].clone();
    let listener = sockets.as_array().unwrap().iter().find(|socket| socket["state"] == "LISTEN").unwrap();
    assert_eq!(listener["owners"][0]["pid"], std::process::id());
    // The free port that it offers is free: it listens.
    let free = told.fact("free_port")["port"].as_u64().unwrap();
    assert_ne!(free, u64::from(port));
    assert!(told.words().contains(&format!("try netlearn serve --port {free}")), "{}", told.words());
    TcpListener::bind((V4, u16::try_from(free).unwrap())).unwrap();
    // What it offers is the same server: its kind and its flags, and nothing of another kind beside it.
    for (flags, same) in [
        (&["tcp", &text, "--reply", "Hi you"][..], "tcp --port FREE --host 127.0.0.1 --reply 'Hi you'"),
        (&["-p", &text, "--files", ".", "--drip"], "--port FREE --host 127.0.0.1 --files . --drip"),
    ] {
        let told = seen(&[&["serve", "--host", "127.0.0.1"], flags].concat());
        let free = told.fact("free_port")["port"].to_string();
        let same = format!("netlearn serve {}", same.replace("FREE", &free));
        assert_eq!(told.failed["next"], json!([same]));
        assert!(told.words().contains(&format!("try {same} uses a free port instead")), "{}", told.words());
        assert_eq!(told.words().matches("netlearn serve ").count(), 1, "{}", told.words());
    }

    // Near-miss: another address of the same port, and the same address once it is free.
    let near = Serving::start(&["--port", &text, "--host", "127.0.0.2"]);
    assert_eq!((near.port, near.stop().code), (port, 0));
    alone(|| drop(taken));
    let near = Serving::start(&["--port", &text, "--host", "127.0.0.1"]);
    assert_eq!((near.port, near.stop().code), (port, 0));
}

#[test]
fn address_of_nobody() {
    // A test network that no machine has (RFC 5737 section 3), unless this one does.
    let told = seen(&["serve", "--port", "8123", "--host", "192.0.2.249"]);
    told.is(&Row {
        code: 4,
        kind: "address_not_available",
        cause: "this machine does not have the address 192.0.2.249",
        says: "Addresses of this machine are 127.0.0.1",
        next: "netlearn serve --port 8123",
    });
    // Measured by the test: what the kernel lets one listen on is in the list.
    let listed: Vec<String> =
        serde_json::from_value(told.fact("own_addresses")["addresses"].clone()).unwrap();
    assert!(!listed.contains(&"192.0.2.249".to_owned()));
    // One of a link alone would need its zone.
    for address in &listed {
        TcpListener::bind((address.parse::<IpAddr>().unwrap(), 0)).unwrap();
    }
    let stream = seen(&["serve", "tcp", "8123", "--host", "192.0.2.249", "--drip"]);
    assert_eq!(stream.failed["next"], json!(["netlearn serve tcp --port 8123 --drip"]));
    assert_eq!(stream.words().matches("netlearn serve ").count(), 1, "{}", stream.words());
    let near = Serving::start(&["--port", "0", "--host", "127.0.0.9"]);
    assert_eq!(near.stop().code, 0);
}

/// Runs a copy of the binary that every user may start, as the user `nobody`.
pub(crate) fn as_nobody(arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("netlearn");
    alone(|| std::fs::copy(env!("CARGO_BIN_EXE_netlearn"), &binary)).unwrap();
    for path in [folder.path(), &binary] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all"]);
    command.arg(&binary).args(arguments).current_dir("/");
    Started::new(command).finish()
}

#[test]
#[ignore = "needs setpriv"]
fn a_port_that_another_user_has() {
    let (_held, address) = listener(1);
    let line = ["serve", "--host", "127.0.0.1", "--port", &address.port().to_string()];
    let told = Seen::new(as_nobody(&[&line[..], &["--json"]].concat()), as_nobody(&line).stderr);
    told.is(&Row {
        code: 4,
        kind: "address_in_use",
        cause: "is taken by a program of the user root",
        says: "listens on 127.0.0.1 port",
        next: &format!("netlearn ports {}", address.port()),
    });
    // Near-miss: to its own user it has a name.
    let near = seen(&line);
    assert!(near.cause().contains(&format!("(pid {})", std::process::id())), "{}", near.words());
    near.differs_from(&told);
}

#[test]
#[ignore = "needs setpriv"]
fn an_ordinary_user_is_told_which_owners_stay_hidden() {
    let (_held, address) = listener(1);
    let port = address.port().to_string();
    let run = as_nobody(&["ports", &port, "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found = run.event("socket_found");
    assert_eq!((&found["owner_hidden"], &found["owners"]), (&Value::Bool(true), &json!([])));
    assert_eq!(
        (&run.event("sockets_counted")["hidden"], &run.event("sockets_counted")["sees_all"]),
        (&json!(1), &json!(false))
    );
    let told = as_nobody(&["ports", &port]).text();
    assert!(told.contains("process hidden, user root"), "{told}");
    // Near-miss: the user's own.
    let mine = super::support::netlearn(&["ports", &port]).text();
    assert!(mine.contains(&std::process::id().to_string()) && !mine.contains("hidden"), "{mine}");
}

#[test]
fn a_full_disk() {
    let peer = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let row = Row {
        code: 23,
        kind: "output_failed",
        cause: "the disk is full",
        says: "could not be written",
        next: &format!("netlearn get {}", peer.url()),
    };
    let told = seen(&["get", &peer.url(), "-o", "/dev/full"]);
    told.is(&row);
    // The test's own write meets the same error.
    let own = std::fs::write("/dev/full", "hello").unwrap_err();
    assert_eq!(told.failed["errno"], json!(own.raw_os_error()));
    // What passed before it is told all the same.
    assert_eq!(told.events_of("response")[0]["status"], 200);
    // Near-miss: a folder that is not there is another cause; a disk with room is none.
    let near = seen(&["get", &peer.url(), "-o", "/nowhere/at/all"]);
    assert_eq!((near.code, near.kind()), (23, "output_failed"));
    near.differs_from(&told);
    // What is offered is the command that was given, without the file.
    let at = peer.url().replace("http://", "").trim_end_matches('/').to_owned();
    let plain = seen(&["connect", &at, "--send", "GET / x", "-o", "/nowhere/at/all"]);
    assert_eq!((plain.code, plain.kind()), (23, "output_failed"));
    let same = format!("netlearn connect {at} --send 'GET / x'");
    assert!(
        plain.words().contains(&format!("try {same} what comes back goes to stdout")),
        "{}",
        plain.words()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    assert_eq!(super::support::netlearn(&["get", &peer.url(), "-q", "-o", path.to_str().unwrap()]).code, 0);
    assert_eq!(std::fs::read(path).unwrap(), b"hello");
}

#[test]
fn a_full_disk_under_the_recording() {
    let peer = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let run = super::support::netlearn(&["get", &peer.url(), "--record", "/dev/full"]);
    assert_eq!((run.code, run.text().as_str()), (23, "hello"), "{}", run.stderr);
    assert!(run.stderr.contains("/dev/full could not be written: No space left on device"), "{}", run.stderr);
    let port = unlent_port(V4).to_string();
    assert_ne!(super::support::netlearn(&["connect", "127.0.0.1", &port, "--record", "/dev/null"]).code, 23);
}
