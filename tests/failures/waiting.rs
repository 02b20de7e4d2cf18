//! Open connections on which an answer does not come, or stops coming.
//!
//! Limits are 2 s where the other end is of the test and has its part to do before: a busy machine takes its time.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::peer::{Peer, answering, head, listener, rest, ss};
use super::row::{Row, narration_of, seen, seen_with};
use super::support::{Serving, Started, command, netlearn};

/// Reads the request, answers these octets and nothing more until the client has gone; gives how many octets it read.
fn silent_after(octets: &'static [u8]) -> Peer<u64> {
    Peer::start(move |mut stream| {
        let read = head(&mut stream);
        stream.write_all(octets).unwrap();
        rest(&mut stream);
        read
    })
}

#[test]
fn never_answers() {
    let peer = silent_after(b"");
    let told = seen(&["get", &peer.url(), "--timeout", "2s"]);
    let read = peer.result();
    told.is(&Row {
        code: 28,
        kind: "never_answers",
        cause: "has read what you sent and has not answered",
        says: &format!("the kernel at the other end took all {read} bytes"),
        next: &format!("netlearn ports {}", peer.port),
    });
    // Counted by the server: what it read is what was acknowledged, and nothing is left.
    let acknowledged = told.fact("acknowledged");
    assert_eq!((&acknowledged["sent"], &acknowledged["acked"]), (&json!(read), &json!(read)));
    let socket = told.fact("peer_socket");
    assert_eq!((&socket["unread"], &socket["accepted"]), (&json!(0), &json!(true)));
    assert_eq!(socket["owner"]["pid"], std::process::id());

    // Near-miss: accepted, and not one octet read.
    let peer = Peer::start(|stream| stream);
    let near = seen(&["get", &peer.url(), "--timeout", "2s"]);
    let held = peer.result();
    let unread = rustix::io::ioctl_fionread(&held).unwrap();
    near.is(&Row {
        code: 28,
        kind: "never_reads",
        cause: "has not read what you sent",
        says: &format!("has not read {unread} bytes that its kernel holds"),
        next: &format!("netlearn ports {}", peer.port),
    });
    assert_eq!(near.fact("peer_socket")["unread"], unread);
    near.differs_from(&told);

    // Near-miss: not accepted at all.
    let (_listener, address) = listener(5);
    let other = seen(&["get", &format!("http://{address}/"), "--timeout", "500ms"]);
    other.is(&Row {
        code: 28,
        kind: "never_accepts",
        cause: "has not accepted the connection: so far only the kernel answered",
        says: "no program has accepted the connection",
        next: &format!("netlearn ports {}", address.port()),
    });
    let (first, _) = _listener.accept().unwrap();
    assert_eq!(other.fact("peer_socket")["unread"], rustix::io::ioctl_fionread(&first).unwrap());
    other.differs_from(&told);
    other.differs_from(&near);
}

#[test]
fn never_answers_over_a_raw_connection() {
    let peer = Peer::start(|mut stream| (rest(&mut stream), stream));
    let line = ["connect", "127.0.0.1", &peer.port.to_string(), "-w", "2s"];
    let told = seen_with(&line, b"eighteen octets ok");
    let (read, _held) = peer.result();
    assert_eq!(read, 18);
    told.is(&Row {
        code: 28,
        kind: "never_answers",
        cause: "has read what you sent and has not answered",
        says: "took all 18 bytes",
        next: &format!("netlearn ports {}", peer.port),
    });
    assert_eq!(told.fact("acknowledged")["acked"], read);
    // Near-miss: part of an answer came.
    let peer = Peer::start(|mut stream| {
        stream.write_all(b"half an ans").unwrap();
        rest(&mut stream);
        stream
    });
    let near = seen(&["connect", "127.0.0.1", &peer.port.to_string(), "-w", "2s"]);
    near.is(&Row {
        code: 28,
        kind: "stalled",
        cause: "a part of the answer came, then silence",
        says: "11 bytes came back before that",
        next: &format!("netlearn ports {}", peer.port),
    });
    assert_eq!(near.fact("received")["len"], 11);
    near.differs_from(&told);
}

/// Stops a process (SIGSTOP) and waits until the system says that it is.
fn stop(pid: u32) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::STOP).unwrap();
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(')').next().unwrap().trim().chars().next()
    };
    while state() != Some('T') {
        std::thread::yield_now();
    }
}

#[test]
fn a_stopped_program() {
    let serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    // The same program a moment before: it answers.
    let port = serving.port.to_string();
    assert_eq!(netlearn(&["connect", "127.0.0.1", &port, "--send", "hi", "-q"]).text(), "hi");
    stop(serving.id());
    let told = seen(&["connect", "127.0.0.1", &port, "--send", "eighteen octets ok", "-w", "500ms"]);
    told.is(&Row {
        code: 28,
        kind: "never_accepts",
        cause: "is stopped: it can neither read nor answer",
        says: &format!("pid {} is stopped", serving.id()),
        next: &format!("netlearn ports {port}"),
    });
    assert_eq!(told.fact("peer_socket")["unread"], 18);
    assert_eq!(told.fact("accept_queue")["owner"]["stopped"], true);
    kill_process(Pid::from_raw(serving.id() as i32).unwrap(), Signal::CONT).unwrap();
}

#[test]
fn a_program_stopped_after_it_accepted() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    let port = serving.port.to_string();
    let mut started = Started::new(command(&["connect", "127.0.0.1", &port, "-w", "5", "--json"]));
    serving.wait_for("accepted");
    stop(serving.id());
    started.stdin.take().unwrap().write_all(b"eighteen octets ok").unwrap();
    let run = started.finish();
    let told = narration_of(&run.stdout);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"]), (28, &json!("never_reads")), "{told}");
    let facts = failed["evidence"].as_array().unwrap();
    let socket = facts.iter().find(|fact| fact["fact"] == "peer_socket").unwrap();
    assert_eq!(
        (&socket["unread"], &socket["accepted"], &socket["owner"]["stopped"]),
        (&json!(18), &json!(true), &json!(true))
    );
    assert!(told.contains("is stopped: it can neither read nor answer"), "{told}");
    assert!(told.contains(&format!("kill -CONT {}", serving.id())), "{told}");
    kill_process(Pid::from_raw(serving.id() as i32).unwrap(), Signal::CONT).unwrap();
}

#[test]
fn a_handshake_that_nobody_answers() {
    let peer = Peer::start(|stream| stream);
    let told = seen(&["get", &format!("https://127.0.0.1:{}/", peer.port), "--timeout", "2s"]);
    let unread = rustix::io::ioctl_fionread(peer.result()).unwrap();
    told.is(&Row {
        code: 28,
        kind: "never_reads",
        cause: "has not read what you sent",
        says: &format!("has not read {unread} bytes that its kernel holds"),
        next: &format!("netlearn ports {}", peer.port),
    });
    // Near-miss: the hello was read.
    let peer = Peer::start(|mut stream| rest(&mut stream));
    let near = seen(&["get", &format!("https://127.0.0.1:{}/", peer.port), "--timeout", "2s"]);
    assert_eq!((near.code, near.kind()), (28, "never_answers"));
    assert_eq!(near.fact("acknowledged")["acked"], peer.result());
    near.differs_from(&told);
}

#[test]
#[ignore = "needs ss"]
fn acknowledged_and_unread_octets_are_those_of_ss() {
    let peer = Peer::start(|stream| stream);
    let mut started = Started::new(command(&["get", &peer.url(), "--json", "--timeout", "5"]));
    let held = peer.result();
    let local = started.wait_for("connected")["local_port"].clone();
    let sent = started.wait_for("bytes")["len"].as_u64().unwrap();
    let info = ss(&["-tinH", &format!("sport = :{local} and dport = :{}", peer.port)]);
    let acked = info.split_whitespace().find_map(|word| word.strip_prefix("bytes_acked:")).unwrap();
    // The SYN counts as one octet (RFC 9293 section 3.4).
    let acked = acked.parse::<u64>().unwrap() - 1;
    let row = ss(&["-tnH", &format!("sport = :{} and dport = :{local}", peer.port)]);
    let unread: u64 = row.split_whitespace().nth(1).unwrap().parse().unwrap();
    let failed = started.wait_for("failed");
    let facts = failed["evidence"].as_array().unwrap();
    let fact = |name: &str| facts.iter().find(|fact| fact["fact"] == name).unwrap();
    assert_eq!(
        (&fact("acknowledged")["acked"], &fact("peer_socket")["unread"]),
        (&json!(acked), &json!(unread))
    );
    assert_eq!((acked, unread), (sent, sent));
    assert_eq!(started.finish().code, 28);
    drop(held);
}

#[test]
fn stalled_in_the_body() {
    let peer = silent_after(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let told = seen(&["get", &peer.url(), "--timeout", "2s"]);
    told.is(&Row {
        code: 28,
        kind: "stalled",
        cause: "a part of the answer came, then silence: the connection is still open",
        says: "Declared were 10 bytes; 5 are missing",
        next: &format!("netlearn ports {}", peer.port),
    });
    assert_eq!(told.fact("length")["received"], 5);
    // Near-miss: the same octets, and an end.
    let near = seen(&["get", &answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").url()]);
    assert_eq!((near.code, near.kind()), (18, "body_short"));
    near.differs_from(&told);
}

#[test]
fn too_long() {
    let peer = silent_after(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let url = peer.url();
    let told = seen(&["get", &url, "-m", "2"]);
    told.is(&Row {
        code: 28,
        kind: "too_long",
        cause: "everything together took longer than -m allows",
        says: "not done after",
        next: &format!("netlearn get -m 60 {url}"),
    });
    assert!(told.fact("waited")["time"].as_f64() >= Some(1.99), "{}", told.failed);
    // Near-miss: the same server, the limit of silence instead.
    let near = seen(&["get", &url, "--timeout", "2"]);
    assert_eq!((near.code, near.kind()), (28, "stalled"));
    near.differs_from(&told);
}
