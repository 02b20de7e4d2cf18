//! Answers that do not come or stop coming, each failure with its near-miss: an end, a RST, silence, nobody there.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::server::{Server, fact, fails, failure, get, rest_forever};
use super::support::{self, command, netlearn, refusing};

#[test]
fn an_end_before_any_answer_and_a_reset_differ() {
    let failed = failure(b"", 52, "empty_reply");
    assert_eq!(fact(&failed, "received")["len"], 0);
    let server = Server::start(|_, client| {
        client.head();
        client.reset();
    });
    let failed = fails(&server, &[], 56, "reset");
    let reset = fact(&failed, "reset_after");
    assert_eq!((&reset["received"], &reset["during"]), (&0.into(), &"received".into()));
    assert!(reset["sent"].as_u64() > Some(60));
}

#[test]
fn a_reset_within_the_body_says_how_much_came() {
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let server = Server::start(move |_, client| {
        client.head();
        client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        wait.lock().unwrap().recv().unwrap();
        client.reset();
    });
    let mut started = support::Started::new(command(&["get", &server.url("/"), "--json"]));
    started.wait_for("response");
    go.send(()).unwrap();
    let failed = started.wait_for("failed");
    assert_eq!((failed["kind"].as_str(), started.finish().code), (Some("reset"), 56));
    let length = fact(&failed, "length");
    assert_eq!((&length["declared"], &length["received"]), (&10.into(), &5.into()));
    assert_eq!(fact(&failed, "reset_after")["received"], 44);
}

#[test]
fn silence_before_and_within_the_answer_differ() {
    let silent = |said: &'static [u8]| {
        Server::start(move |_, client| {
            client.head();
            client.write(said);
            client.wait();
        })
    };
    let failed = fails(&silent(b""), &["--timeout", "2s"], 28, "never_answers");
    assert_eq!(failed["phase"], "wait");
    assert_eq!(fact(&failed, "received")["len"], 0);
    let sent = fact(&failed, "acknowledged");
    assert_eq!(sent["sent"], sent["acked"]);
    assert!(fact(&failed, "waited")["time"].as_f64() >= Some(2.0));
    let socket = fact(&failed, "peer_socket");
    assert_eq!((&socket["unread"], &socket["accepted"]), (&0.into(), &true.into()));
    assert_eq!(socket["owner"]["pid"], std::process::id());

    let failed = fails(&silent(b"HTTP/1.1 200 OK\r\nConte"), &["--timeout", "2s"], 28, "stalled");
    assert_eq!(fact(&failed, "received")["len"], 22);
    let body = silent(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let failed = fails(&body, &["--timeout", "2s"], 28, "stalled");
    assert_eq!(fact(&failed, "length")["received"], 5);
}

#[test]
fn bytes_that_the_program_has_not_read_are_counted() {
    // It accepts and reads nothing.
    let server = Server::start(|_, _| rest_forever());
    let failed = fails(&server, &["--timeout", "2s"], 28, "never_reads");
    let socket = fact(&failed, "peer_socket");
    assert_eq!(
        (&socket["unread"], &socket["accepted"]),
        (&fact(&failed, "acknowledged")["sent"], &true.into())
    );
}

#[test]
fn a_connection_that_nobody_accepts_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let run = netlearn(&["get", &url, "--json", "--timeout", "300ms"]);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"]), (28, &"never_accepts".into()));
    assert_eq!(fact(&failed, "accept_queue")["len"], 1);
    let socket = fact(&failed, "peer_socket");
    assert_eq!(socket["accepted"], false);
    assert!(socket["unread"].as_u64() > Some(60));
}

#[test]
fn a_request_that_is_not_taken_is_no_missing_answer() {
    let server = Server::start(|_, _| rest_forever());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("much");
    std::fs::write(&path, vec![b'x'; 20_000_000]).unwrap();
    let data = format!("@{}", path.display());
    let failed = fails(&server, &["-d", &data, "--timeout", "2s"], 28, "never_reads");
    assert_eq!(failed["phase"], "send");
}

#[test]
fn the_total_time_is_a_limit_of_its_own() {
    let server = Server::start(|_, client| {
        client.head();
        client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        // Longer than the limit.
        for _ in 0..100 {
            client.write(b".");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let failed = fails(&server, &["-m", "2"], 28, "too_long");
    assert!(fact(&failed, "length")["received"].as_u64() > Some(0));
}

#[test]
fn a_slow_body_is_not_silence() {
    let server = Server::start(|_, client| {
        client.head();
        client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        for _ in 0..10 {
            client.write(b".");
            std::thread::sleep(Duration::from_millis(400));
        }
    });
    // All of it takes longer than the limit, and no gap of it is near that.
    let run = get(&server, &["--timeout", "3s"]);
    assert_eq!((run.code, run.text().as_str()), (0, ".........."));
}

#[test]
fn an_end_without_an_answer_is_asked_for_tls_once() {
    // It answers nothing to HTTP, and a handshake record to a ClientHello.
    let answer_once = |tls: bool| {
        Server::start(move |_, client| {
            let mut first = [0; 4096];
            let len = client.stream.read(&mut first).unwrap();
            if tls && len > 3 && first[0] == 0x16 {
                client.write(b"\x16\x03\x03\x00\x02\x02\x00");
            }
        })
    };
    let failed = fails(&answer_once(true), &["--timeout", "20"], 56, "plain_to_tls");
    assert_eq!(fact(&failed, "tls_probe")["speaks_tls"], true);
    let plain = answer_once(false);
    let failed = fails(&plain, &["--timeout", "20"], 52, "empty_reply");
    assert_eq!(fact(&failed, "tls_probe")["speaks_tls"], false);
}

#[test]
fn https_to_a_plain_port_is_recognised() {
    let server = Server::start(|_, client| {
        client.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        client.wait();
    });
    let url = format!("https://127.0.0.1:{}/", server.port);
    let run = netlearn(&["get", &url, "--json", "--timeout", "20"]);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"]), (35, &"tls_to_plain".into()), "{}", run.text());
}

#[test]
fn a_refused_connection_is_7() {
    let (_held, port) = refusing();
    let run = netlearn(&["get", &format!("http://127.0.0.1:{port}/"), "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (7, &"refused".into()));
}
