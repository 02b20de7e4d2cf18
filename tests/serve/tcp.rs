//! `serve tcp`: what comes back of octets that no protocol frames.

use std::io::Write as _;
use std::net::Shutdown;

use super::asking::{connect, exact, rest};
use super::support::Serving;

#[test]
fn tcp_echoes_and_honours_a_half_close() {
    let serving = Serving::start(&["tcp", "--port", "0"]);
    let mut stream = connect(serving.port);
    stream.write_all(b"hello\n").expect("it reads");
    assert_eq!(exact(&mut stream, 6), b"hello\n");
    stream.write_all(b"more").expect("it reads");
    stream.shutdown(Shutdown::Write).expect("half-closed");
    assert_eq!(rest(&mut stream), b"more");
    let run = serving.stop();
    let closed = run.event("closed");
    assert_eq!(
        (&closed["by"], &closed["sent"], &closed["received"]),
        (&"client".into(), &10.into(), &10.into())
    );
    assert_eq!(run.event("served")["protocol"], "tcp");
}

#[test]
fn tcp_echoes_more_than_any_buffer_holds() {
    let serving = Serving::start(&["tcp", "--port", "0"]);
    let stream = connect(serving.port);
    let octets: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let mut writer = stream.try_clone().expect("a clone");
    let sent = octets.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&sent).expect("it reads");
        writer.shutdown(Shutdown::Write).expect("half-closed");
    });
    let mut reader = stream;
    assert!(rest(&mut reader) == octets, "every octet came back in order");
    writing.join().expect("written");
}

#[test]
fn tcp_replies_greets_and_is_silent() {
    let serving = Serving::start(&["tcp", "--port", "0", "--reply", r"ok\r\n"]);
    let mut stream = connect(serving.port);
    for _ in 0..2 {
        stream.write_all(b"x").expect("it reads");
        assert_eq!(exact(&mut stream, 4), b"ok\r\n");
    }
    let serving = Serving::start(&["tcp", "--port", "0", "--greet", "hello"]);
    let mut stream = connect(serving.port);
    assert_eq!(exact(&mut stream, 5), b"hello");
    stream.write_all(b"x").expect("it reads");
    stream.shutdown(Shutdown::Write).expect("half-closed");
    assert_eq!(rest(&mut stream), b"");
    let serving = Serving::start(&["tcp", "--port", "0", "--greet", "hello", "--reply", "ok"]);
    let mut stream = connect(serving.port);
    assert_eq!(exact(&mut stream, 5), b"hello");
    for _ in 0..2 {
        stream.write_all(b"x").expect("it reads");
        assert_eq!(exact(&mut stream, 2), b"ok");
    }
    let serving = Serving::start(&["tcp", "--port", "0", "--silent"]);
    let mut stream = connect(serving.port);
    stream.write_all(b"x").expect("it reads");
    stream.shutdown(Shutdown::Write).expect("half-closed");
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn reads_of_a_silent_tcp_server_are_counted() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--silent"]);
    let mut stream = connect(serving.port);
    for _ in 0..3 {
        stream.write_all(b"x").expect("it reads");
        serving.wait_for("bytes");
    }
    stream.shutdown(Shutdown::Write).expect("half-closed");
    assert_eq!(rest(&mut stream), b"");
    let served = serving.stop().event("served");
    assert_eq!((&served["requests"], &served["received"]), (&3.into(), &3.into()));
}
