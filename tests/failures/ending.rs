//! Ends: a RST at three places, a FIN at the same ones, and each direction ended by itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use serde_json::json;

use super::peer::{Peer, answering, head, rest, ss, will_reset};
use super::row::{Row, Seen, seen};
use super::support::{Run, Started, command, netlearn};

#[test]
fn reset_before_the_request() {
    let peer = Peer::start(|stream| will_reset(&stream));
    let port = peer.port.to_string();
    let told = seen(&["connect", "127.0.0.1", &port]);
    told.is(&Row {
        code: 56,
        kind: "reset",
        cause: "the other end broke it off",
        says: "the connection was reset before anything passed",
        next: "netlearn explain RST",
    });
    let reset = told.fact("reset_after");
    assert_eq!((&reset["sent"], &reset["received"]), (&json!(0), &json!(0)));
    // Near-miss: a FIN at the same place is a normal end.
    let peer = Peer::start(drop);
    let near = netlearn(&["connect", "127.0.0.1", &peer.port.to_string(), "--json"]);
    assert_eq!((near.code, &near.event("closed")["how"]), (0, &json!("fin")));
}

#[test]
fn reset_after_the_request() {
    let peer = Peer::start(|mut stream| {
        let read = head(&mut stream);
        will_reset(&stream);
        read
    });
    let told = seen(&["get", &peer.url()]);
    let read = peer.result();
    told.is(&Row {
        code: 56,
        kind: "reset",
        cause: "the other end broke it off",
        says: &format!("after {read} bytes sent and 0 bytes received"),
        next: "netlearn explain RST",
    });
    assert_eq!(told.fact("reset_after")["sent"], read);
    // Its program still listens: that the table knows.
    assert_eq!(told.fact("table")["sockets"][0]["owners"][0]["pid"], std::process::id());
    // Near-miss: a FIN at the same place.
    let peer = answering(b"");
    let near = seen(&["get", &peer.url()]);
    let read = peer.result();
    near.is(&Row {
        code: 52,
        kind: "empty_reply",
        cause: "hung up (FIN) before it sent one byte of an answer",
        says: &format!("took all {read} bytes"),
        next: &format!("netlearn get -v {}", peer.url()),
    });
    assert_eq!(near.fact("acknowledged")["sent"], read);
    near.differs_from(&told);
}

/// One `get` of an answer that breaks off in its body, once the client has all of it; `finish` ends the connection.
fn breaks_off(finish: fn(&TcpStream)) -> impl Fn(&str) -> Run {
    move |view: &str| {
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let peer = Peer::start(move |mut stream| {
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").unwrap();
            wait.lock().unwrap().recv().unwrap();
            finish(&stream);
        });
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("body");
        let path = record.to_str().unwrap();
        let started = Started::new(command(&["get", &peer.url(), "-o", path, view]));
        // The file has what the client has read.
        while std::fs::read(&record).map_or(0, |body| body.len()) < 5 {
            assert!(!started.has_ended(), "it ended before it had the body");
            std::thread::yield_now();
        }
        go.send(()).unwrap();
        started.finish()
    }
}

#[test]
fn reset_in_the_body() {
    let run = breaks_off(will_reset);
    let told = Seen::new(run("--json"), run("--explain=brief").stderr);
    told.is(&Row {
        code: 56,
        kind: "reset",
        cause: "the other end broke it off",
        says: "the connection was reset after 44 bytes of answer",
        next: "netlearn explain RST",
    });
    assert_eq!(told.fact("reset_after")["received"], 44);
    assert_eq!(told.fact("length"), json!({"fact": "length", "declared": 10, "received": 5}));
    // Near-miss: a FIN at the same place.
    let run = breaks_off(|_| {});
    let near = Seen::new(run("--json"), run("--explain=brief").stderr);
    assert_eq!((near.code, near.kind()), (18, "body_short"));
    near.differs_from(&told);
}

#[test]
fn a_half_close_each_way() {
    // The client ends its direction first; the server answers after it.
    let peer = Peer::start(|mut stream| {
        let read = rest(&mut stream);
        stream.write_all(b"after your end").unwrap();
        read
    });
    let port = peer.port.to_string();
    let run = netlearn(&["connect", "127.0.0.1", &port, "--send", "hello", "--json"]);
    assert_eq!((run.code, peer.result()), (0, 5));
    let ends = run.events_of("half_closed");
    assert_eq!((&ends[0]["by"], &ends[0]["after"]), (&json!("client"), &json!(5)));
    let closed = run.event("closed");
    assert_eq!(
        (&closed["by"], &closed["how"], &closed["received"]),
        (&json!("client"), &json!("fin"), &json!(14))
    );
    // Near-miss: the server ends first, and still reads.
    let peer = Peer::start(|mut stream| {
        stream.write_all(b"bye").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        rest(&mut stream)
    });
    let mut started = Started::new(command(&["connect", "127.0.0.1", &peer.port.to_string(), "--json"]));
    let held = started.stdin.take();
    let end = started.wait_for("half_closed");
    assert_eq!((&end["by"], &end["after"]), (&json!("server"), &json!(3)));
    let closed = started.wait_for("closed");
    assert_eq!((&closed["by"], &closed["how"]), (&json!("server"), &json!("fin")));
    drop(held);
    assert_eq!((started.finish().code, peer.result()), (0, 0));
}

#[test]
#[ignore = "needs ss"]
fn the_states_of_a_half_close_are_those_of_ss() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let (read, done) = channel();
    let peer = Peer::start(move |mut stream| {
        read.send(rest(&mut stream)).unwrap();
        wait.lock().unwrap().recv().unwrap();
    });
    let port = peer.port.to_string();
    let line = ["connect", "127.0.0.1", &port, "--send", "hi", "-w", "20", "--json"];
    let mut started = Started::new(command(&line));
    let local = started.wait_for("connected")["local_port"].clone();
    assert_eq!(done.recv().unwrap(), 2, "the server has read to the end");
    let state = |from: &str, to: &str| {
        let row = ss(&["-tnH", &format!("sport = :{from} and dport = :{to}")]);
        row.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let local = local.to_string();
    // A kernel may take its time to acknowledge a FIN (RFC 9293 section 3.8.6.3).
    while state(&local, &port) == "FIN-WAIT-1" {
        std::thread::yield_now();
    }
    assert_eq!((state(&local, &port), state(&port, &local)), ("FIN-WAIT-2".into(), "CLOSE-WAIT".into()));
    go.send(()).unwrap();
    let mut piece = String::new();
    assert_eq!(started.wait_for("closed")["by"], "client");
    started.stdout.as_mut().unwrap().read_to_string(&mut piece).unwrap();
    assert_eq!(started.finish().code, 0);
}
