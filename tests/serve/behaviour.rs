//! Servers told how to behave: a reply of their own, silence, an answer octet by octet.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown};
use std::time::Duration;

use netlearn::event::EventKind;
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::net::server::{self, Behaviour, Limits, Options, Protocol, Telling};
use tokio_util::sync::CancellationToken;

use super::asking::{GET, connect, exchange, rest};
use super::support::Serving;

#[test]
fn a_reply_of_its_own() {
    let serving = Serving::start(&["--port", "0", "--reply", r"a\x00\n"]);
    let octets = exchange(serving.port, GET);
    assert!(octets.ends_with(b"\r\n\r\na\0\n"));
    assert_eq!(serving.stop().code, 0);
    let serving = Serving::start(&["--port", "0", "--greet", "Good day"]);
    assert!(
        exchange(serving.port, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            .ends_with(b"Good day")
    );
}

#[test]
fn a_silent_server_reads_and_never_answers() {
    let mut serving = Serving::start(&["--port", "0", "--silent", "--idle", "100ms"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    let came = serving.wait_for("bytes");
    assert_eq!((&came["direction"], &came["len"]), (&"received".into(), &GET.len().into()));
    stream.set_read_timeout(Some(Duration::from_millis(400))).expect("a timeout");
    let silence = stream.read(&mut [0; 10]).expect_err("no octet and no end, past the idle limit");
    assert!(matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{silence}");
    let run = serving.stop();
    let told = run.event("misanswered");
    assert_eq!((&told["method"], &told["request_len"]), (&"GET".into(), &GET.len().into()));
    assert_eq!(told["fault"], serde_json::Value::Null);
    assert_eq!(run.event("closed")["requests"], 0, "none was answered");
    let served = run.event("served");
    assert_eq!((&served["sent"], &served["requests"]), (&0.into(), &1.into()), "{served}");
}

#[test]
fn a_silent_server_counts_no_request_in_what_is_none() {
    let mut serving = Serving::start(&["--port", "0", "--silent"]);
    for octets in [&b"GET / HTTP/1.1\r\nHost: a\r\n"[..], b"\r\n\n", b"\x16\x03\x01\x02\x00a\n\nb"] {
        let mut stream = connect(serving.port);
        stream.write_all(octets).expect("it reads");
        stream.shutdown(Shutdown::Write).expect("half-closed");
        assert_eq!(rest(&mut stream), b"");
        let closed = serving.wait_for("closed");
        assert_eq!((&closed["received"], &closed["requests"]), (&octets.len().into(), &0.into()), "{closed}");
    }
    assert_eq!(serving.stop().event("served")["requests"], 0);
}

#[test]
fn a_request_that_gets_no_answer_is_told_as_it_came() {
    for (octets, method, len) in [
        // A head that is none of HTTP, and one behind empty lines (RFC 9112 section 2.2).
        (&b"hello\r\n\r\n"[..], "", serde_json::Value::Null),
        (b"\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET", 27.into()),
    ] {
        for flags in [&["--silent"][..], &["--fault", "reset"]] {
            let mut serving = Serving::start(&[&["--port", "0"], flags].concat());
            let mut stream = connect(serving.port);
            // Octet by octet, as a slow client says it.
            stream.set_nodelay(true).expect("an option");
            for octet in octets {
                stream.write_all(&[*octet]).expect("it reads");
            }
            let told = serving.wait_for("misanswered");
            assert_eq!((&told["method"], &told["request_len"]), (&method.into(), &len), "{told}");
            assert_eq!(serving.stop().event("served")["requests"], 1);
        }
    }
}

#[test]
fn a_dripping_answer_comes_octet_by_octet() {
    let serving = Serving::start(&["--port", "0", "--drip", "--reply", "Hi"]);
    let octets = exchange(serving.port, GET);
    assert!(octets.ends_with(b"\r\n\r\nHi"));
    let sent: Vec<_> =
        serving.stop().events_of("bytes").into_iter().filter(|event| event["direction"] == "sent").collect();
    assert_eq!(sent.len(), octets.len());
    assert!(sent.iter().all(|event| event["len"] == 1));
}

#[test]
fn past_a_readable_rate_a_silent_server_only_counts() {
    for (protocol, reads) in [(Protocol::Tcp, 2), (Protocol::Http, 0)] {
        let (recorder, mut events) = Recorder::start(vec![], Delivery::Folding);
        let options = Options {
            protocol,
            port: 0,
            hosts: vec![Ipv4Addr::LOCALHOST.into()],
            behaviour: Behaviour::Silent,
            pause_read: None,
            drip: false,
            tls: false,
            authority: None,
            count: Some(1),
            limits: Limits::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let bound = runtime.block_on(async { server::bind::bind(&options, &recorder) }).expect("a free port");
        let port = bound.port;
        let own = recorder.clone();
        let serving = std::thread::spawn(move || {
            let stop = CancellationToken::new();
            runtime.block_on(server::start(bound, options, Telling::default(), &own, stop))
        });
        let mut stream = connect(port);
        events.find(|event| matches!(event.kind, EventKind::Accepted(_))).expect("it is told");
        // Others fill the second.
        while recorder.admit() {}
        stream.write_all(b"x").expect("it reads");
        events.find(|event| matches!(event.kind, EventKind::Bytes(_))).expect("the last that is told");
        stream.write_all(b"y").expect("it reads");
        stream.shutdown(Shutdown::Write).expect("half-closed");
        assert_eq!(rest(&mut stream), b"");
        let served = serving.join().expect("no panic").expect("it serves");
        drop(recorder);
        assert_eq!((served.requests, served.received), (reads, 2));
        let mut folded = (0, 0);
        for event in events {
            assert!(!matches!(event.kind, EventKind::Bytes(_)), "{event:?}");
            if let EventKind::Folded(facts) = event.kind {
                folded = (folded.0 + facts.requests, folded.1 + facts.received);
            }
        }
        assert_eq!(folded, (reads, 1));
    }
}
