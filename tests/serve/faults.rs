//! `serve --fault`: each sends exactly its octets.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use super::asking::{GET, connect, exact, exchange, field, rest, split};
use super::support::Serving;

#[test]
fn every_fault_sends_exactly_its_octets() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    for (name, expected) in [
        ("empty", String::new()),
        ("truncate", format!("{ok}Content-Length: 100\r\n\r\n0123456789")),
        ("long-body", format!("{ok}Content-Length: 5\r\n\r\nHello, World")),
        (
            "bad-chunk",
            format!("{ok}Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\nZZ\r\nWorld\r\n0\r\n\r\n"),
        ),
        ("two-lengths", format!("{ok}Content-Length: 5\r\nContent-Length: 7\r\n\r\nHello!!")),
        ("bad-length", format!("{ok}Content-Length: -5\r\n\r\nHello")),
        (
            "redirect-loop",
            "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        ),
        (
            "bad-status",
            "HTTP/1.1 999x Strange\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello".to_owned(),
        ),
        ("nul-header", format!("{ok}X-Odd: a\0b\r\nContent-Length: 5\r\n\r\nHello")),
        ("not-http", "SSH-2.0-netlearn\r\n".to_owned()),
    ] {
        let serving = Serving::start(&["--port", "0", "--fault", name]);
        let mut stream = connect(serving.port);
        stream.write_all(GET).expect("it reads");
        assert_eq!(String::from_utf8_lossy(&rest(&mut stream)), expected, "{name}");
        let run = serving.stop();
        let closed = run.event("closed");
        assert_eq!((&closed["by"], &closed["why"]), (&"server".into(), &"fault".into()), "{name}");
        assert_eq!(closed["requests"], i32::from(name != "empty"), "how many were answered, rightly or not");
        let told = run.event("misanswered");
        assert_eq!((&told["fault"], &told["request_len"]), (&name.into(), &GET.len().into()));
    }
    let serving = Serving::start(&["--port", "0", "--fault", "redirect-loop"]);
    let came = exchange(serving.port, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(field(&split(&came).0, "location"), Some("/b"));
}

#[test]
fn a_connection_without_a_request_has_none_under_a_fault_either() {
    let mut serving = Serving::start(&["--port", "0", "--fault", "truncate"]);
    drop(connect(serving.port));
    let closed = serving.wait_for("closed");
    assert_eq!((&closed["by"], &closed["requests"]), (&"client".into(), &0.into()), "{closed}");
}

/// Where both would break a connection off, it is told of the one whose RST passed.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_resets_first_has_broken_the_connection_off() {
    let mut serving = Serving::start(&["--port", "0", "--fault", "reset", "--pause-read", "3s"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("sent");
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a RST");
    drop(stream);
    let closed = serving.wait_for("closed");
    assert_eq!(
        (&closed["by"], &closed["how"], &closed["why"]),
        (&"client".into(), &"rst".into(), &serde_json::Value::Null)
    );
    let served = serving.stop().event("served");
    assert_eq!((&served["closed_by_client"], &served["reset"]), (&1.into(), &1.into()), "{served}");
}

#[test]
fn the_fault_reset_is_a_rst() {
    let serving = Serving::start(&["--port", "0", "--fault", "reset"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    let error = stream.read(&mut [0; 10]).expect_err("a RST");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let closed = serving.stop().event("closed");
    assert_eq!((&closed["by"], &closed["how"]), (&"server".into(), &"rst".into()));
}

#[test]
fn slow_and_endless_heads_go_on_until_the_client_leaves() {
    let mut serving = Serving::start(&["--port", "0", "--fault", "slow-headers"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    assert_eq!(exact(&mut stream, 3), b"HTT");
    let sent = [serving.wait_for("bytes"), serving.wait_for("bytes"), serving.wait_for("bytes")];
    let at = |index: usize| sent[index]["at"].as_f64().expect("a time");
    assert!(at(2) - at(1) > 0.19, "200 ms between two octets");
    drop(stream);
    assert_eq!(serving.wait_for("closed")["by"], "client");
    assert_eq!(serving.stop().code, 0);

    let mut serving = Serving::start(&["--port", "0", "--fault", "endless-header"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    let head = exact(&mut stream, 10_000);
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\nX-Endless: aaaa"));
    assert!(!head[20..].contains(&b'\n'));
    drop(stream);
    assert_eq!(serving.wait_for("closed")["by"], "client");
    assert_eq!(serving.stop().code, 0);
}
