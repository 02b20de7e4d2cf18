//! `netlearn serve`: the real binary, asked by raw sockets on loopback.

mod support;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use netlearn::event::EventKind;
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::net::server::{self, Behaviour, Limits, Options, Protocol, Telling};
use support::Serving;
use tokio_util::sync::CancellationToken;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn connect(port: u16) -> TcpStream {
    at(Ipv4Addr::LOCALHOST.into(), port)
}

fn at(address: IpAddr, port: u16) -> TcpStream {
    let stream = TcpStream::connect((address, port)).expect("it listens there");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
    stream
}

/// A connection on which so much is sent.
fn begun(port: u16, octets: &[u8]) -> TcpStream {
    let mut stream = connect(port);
    stream.write_all(octets).expect("it reads");
    stream
}

/// Sends everything, ends the own direction, and reads to the end.
fn exchange(port: u16, octets: &[u8]) -> Vec<u8> {
    let mut stream = begun(port, octets);
    stream.shutdown(Shutdown::Write).expect("half-closed");
    rest(&mut stream)
}

fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("it ends with a FIN");
    all
}

fn exact(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut octets = vec![0; len];
    stream.read_exact(&mut octets).expect("so many octets come");
    octets
}

/// One answer: its head, then as much content as it declares.
fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(exact(stream, 1));
    }
    let head = String::from_utf8(head).expect("a head of ASCII");
    let len = field(&head, "content-length").map_or(0, |len| len.parse().expect("a number"));
    let body = exact(stream, len);
    (head, body)
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
}

fn status(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    text.strip_prefix("HTTP/1.1 ")
        .and_then(|text| text.get(..3))
        .and_then(|status| status.parse().ok())
        .unwrap_or_else(|| panic!("no status line in {text:?}"))
}

fn split(octets: &[u8]) -> (String, &[u8]) {
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends") + 4;
    (String::from_utf8_lossy(&octets[..end]).into_owned(), &octets[end..])
}

#[test]
fn fourteen_octets_on_both_addresses() {
    let mut serving = Serving::start(&["--port", "0"]);
    let second = serving.wait_for("listening");
    assert_eq!(second["local"], format!("[::1]:{}", serving.port), "both families at one port");
    assert_eq!(serving.begun[1]["local"], format!("127.0.0.1:{}", serving.port));
    assert_eq!(second["reach"], "this_machine");
    for address in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let mut stream = at(address, serving.port);
        stream.write_all(GET).expect("it reads");
        let (head, body) = answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&head, "content-type"), Some("text/plain; charset=utf-8"));
        assert!(field(&head, "date").is_some_and(|date| date.ends_with(" GMT")), "{head}");
        assert_eq!(body, b"Hello, World!\n");
    }
    assert_eq!(serving.stop().code, 0);
}

#[test]
fn what_is_served_is_counted_exactly_and_a_signal_is_a_good_end() {
    let serving = Serving::start(&["--port", "0"]);
    let (mut sent, mut received) = (0, 0);
    for _ in 0..3 {
        let mut stream = connect(serving.port);
        for _ in 0..4 {
            stream.write_all(GET).expect("it reads");
            let (head, body) = answer(&mut stream);
            sent += GET.len();
            received += head.len() + body.len();
        }
        stream.shutdown(Shutdown::Write).expect("half-closed");
        assert_eq!(rest(&mut stream), b"");
    }
    let pid = rustix::process::Pid::from_raw(serving.id() as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    let run = serving.finish();
    assert_eq!(run.code, 0);
    let served = run.event("served");
    assert_eq!(served["clients"], 3);
    assert_eq!(served["requests"], 12);
    assert_eq!(served["received"], sent);
    assert_eq!(served["sent"], received);
    assert_eq!(served["closed_by_client"], 3);
    assert_eq!(served["closed_by_server"], 0);
    assert_eq!(served["reset"], 0);
    assert_eq!(run.events_of("answered").len(), 12);
    let closed = run.events_of("closed");
    assert!(closed.iter().all(|closed| closed["requests"] == 4 && closed["how"] == "fin"), "{closed:?}");
    assert_eq!(run.event("finished")["exit"], 0);
}

#[test]
fn a_stop_closes_idle_connections_at_once() {
    let mut serving = Serving::start(&["--port", "0"]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    answer(&mut stream);
    serving.wait_for("answered");
    let run = serving.stop();
    assert_eq!(run.code, 0);
    assert_eq!(rest(&mut stream), b"");
    assert_eq!(run.event("closed")["why"], "stopping");
    assert_eq!(run.event("served")["open_at_stop"], 1);
}

#[test]
fn requests_in_one_piece_are_answered_in_order() {
    let serving = Serving::start(&["--port", "0", "--echo"]);
    let mut octets = Vec::new();
    for text in ["one", "two", "three"] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        octets.extend(head.into_bytes());
    }
    let mut stream = connect(serving.port);
    stream.write_all(&octets).expect("it reads");
    for text in ["one", "two", "three"] {
        assert_eq!(answer(&mut stream).1, text.as_bytes());
    }
}

#[test]
fn head_has_the_length_and_no_content() {
    let serving = Serving::start(&["--port", "0"]);
    let octets = exchange(serving.port, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let (head, body) = split(&octets);
    assert_eq!((status(&octets), field(&head, "content-length"), body), (200, Some("14"), &b""[..]));
}

#[test]
fn http_1_0_needs_no_host_and_ends() {
    let serving = Serving::start(&["--port", "0"]);
    let mut stream = connect(serving.port);
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("it reads");
    let octets = rest(&mut stream);
    assert!(octets.starts_with(b"HTTP/1.0 200 OK\r\n"));
    assert!(octets.ends_with(b"\r\n\r\nHello, World!\n"));
    let closed = serving.stop().event("closed");
    assert_eq!((&closed["by"], &closed["why"]), (&"server".into(), &"no_keep_alive".into()));
}

#[test]
fn broken_requests_get_400_and_the_end() {
    let serving = Serving::start(&["--port", "0"]);
    let broken = [
        (&b"GET / HTTP/1.1\nHost: a\n\n"[..], 400),
        (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nHello", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nHello!", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x1b[2Jb\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n", 400),
        (b"GET /\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501),
        // Refused by the library.
        (b"GET /<b> HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ];
    for (octets, expected) in broken {
        let mut stream = connect(serving.port);
        stream.write_all(octets).expect("it reads");
        let came = rest(&mut stream);
        assert!(!came.is_empty(), "no answer to {:?}", String::from_utf8_lossy(octets));
        assert_eq!(status(&came), expected, "{:?}", String::from_utf8_lossy(octets));
        let (head, _) = split(&came);
        assert_eq!(field(&head, "connection"), Some("close"), "{head}");
    }
    let run = serving.stop();
    let told: Vec<_> = run.events_of("answered").iter().map(|event| event["status"].clone()).collect();
    assert_eq!(told, broken.map(|(_, status)| serde_json::json!(status)), "each answer is told");
    assert_eq!(run.event("served")["requests"], broken.len(), "and counted");
}

#[test]
fn what_came_before_a_broken_request_is_answered() {
    let serving = Serving::start(&["--port", "0"]);
    let mut stream = connect(serving.port);
    stream.write_all(&[GET, GET, b"BROKEN\r\n\r\n"].concat()).expect("it reads");
    let answers = [answer(&mut stream), answer(&mut stream), answer(&mut stream)];
    let codes: Vec<_> = answers.iter().map(|(head, _)| status(head.as_bytes())).collect();
    assert_eq!(codes, [200, 200, 400]);
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn an_empty_line_before_a_request_is_passed_over() {
    let serving = Serving::start(&["--port", "0"]);
    let octets = exchange(serving.port, &[b"\r\n", GET].concat());
    assert_eq!(status(&octets), 200);
}

#[test]
fn a_head_in_single_octets_is_one_request() {
    let serving = Serving::start(&["--port", "0"]);
    let mut stream = connect(serving.port);
    stream.set_nodelay(true).expect("an option");
    for octet in GET {
        stream.write_all(&[*octet]).expect("it reads");
    }
    assert_eq!(status(answer(&mut stream).0.as_bytes()), 200);
}

#[test]
fn a_slow_head_gets_408_and_silence_gets_nothing() {
    let serving = Serving::start(&["--port", "0", "--idle", "2s"]);
    let beginning = |octets: &[u8]| begun(serving.port, octets);
    // All begin before the first is waited for: the idle limit passes once.
    let mut slow = beginning(b"GET / HTTP/1.1\r\nHos");
    let mut silent = beginning(b"");
    let mut stuck = beginning(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    let mut kept = beginning(GET);
    assert_eq!(status(&rest(&mut slow)), 408);
    assert_eq!(rest(&mut silent), b"", "nothing came, nothing is answered");
    assert_eq!(status(&rest(&mut stuck)), 408);
    let came = rest(&mut kept);
    assert!(came.ends_with(b"\r\n\r\nHello, World!\n"), "an answered connection ends without a 408");
    // The last may be given up before the first: less time is left to it once the server is told to stop.
    let mut closed = serving.stop().events_of("closed");
    closed.sort_by_key(|event| event["flow"].as_u64());
    let closed: Vec<_> = closed.iter().map(|event| event["why"].clone()).collect();
    assert_eq!(closed, ["slow_head", "idle", "slow_head", "idle"]);
}

#[test]
fn limits_have_their_statuses() {
    let serving = Serving::start(&["--port", "0", "--max-body", "10", "--max-head", "300"]);
    let long = "a".repeat(400);
    for (octets, expected) in [
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789".to_owned(), 200),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n0123456789a".to_owned(), 413),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n"
                .to_owned(),
            413,
        ),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), 431),
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(60)), 431),
    ] {
        assert_eq!(status(&exchange(serving.port, octets.as_bytes())), expected, "{octets}");
    }
}

#[test]
fn continue_is_said_before_a_body_that_waits_for_it() {
    let serving = Serving::start(&["--port", "0", "--echo", "--max-body", "100"]);
    let mut stream = connect(serving.port);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head).expect("it reads");
    assert_eq!(exact(&mut stream, 25), b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"Hello").expect("it reads");
    assert_eq!(answer(&mut stream).1, b"Hello");
    // Too large: refused at once, so that the body need not be sent.
    let mut stream = connect(serving.port);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head).expect("it reads");
    assert_eq!(status(&rest(&mut stream)), 413);
}

#[test]
fn a_client_that_half_closed_still_gets_its_answer() {
    let serving = Serving::start(&["--port", "0"]);
    assert!(exchange(serving.port, GET).ends_with(b"\r\n\r\nHello, World!\n"));
    let closed = serving.stop().event("closed");
    assert_eq!((&closed["by"], &closed["how"]), (&"client".into(), &"fin".into()));
}

#[test]
fn a_reset_by_the_client_is_told_as_one() {
    let mut serving = Serving::start(&["--port", "0"]);
    let stream = connect(serving.port);
    serving.wait_for("accepted");
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("an option");
    drop(stream);
    let closed = serving.wait_for("closed");
    assert_eq!((&closed["by"], &closed["how"]), (&"client".into(), &"rst".into()));
    assert_eq!(serving.stop().event("served")["reset"], 1);
}

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
    for octets in [&b"GET / HTTP/1.1\r\nHost: a\r\n"[..], b"\x16\x03\x01\x02\x00"] {
        let mut stream = connect(serving.port);
        stream.write_all(octets).expect("it reads");
        stream.shutdown(Shutdown::Write).expect("half-closed");
        assert_eq!(rest(&mut stream), b"");
        let closed = serving.wait_for("closed");
        assert_eq!((&closed["received"], &closed["requests"]), (&octets.len().into(), &0.into()), "{closed}");
    }
    let mut stream = connect(serving.port);
    stream.write_all(b"hello\r\n\r\n").expect("it reads");
    let told = serving.wait_for("misanswered");
    assert_eq!((&told["method"], &told["request_len"]), (&"".into(), &serde_json::Value::Null), "{told}");
    assert_eq!(serving.stop().event("served")["requests"], 1);
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
fn a_client_that_does_not_read_is_let_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = std::fs::File::create(folder.path().join("large")).expect("a file");
    large.set_len(64 * 1024 * 1024).expect("a sparse file");
    let path = folder.path().to_str().expect("UTF-8");
    let mut serving = Serving::start(&["--port", "0", "--files", path, "--idle", "2s"]);
    let mut stream = connect(serving.port);
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    let closed = serving.wait_for("closed");
    assert_eq!(closed["why"], "never_reads");
    assert_eq!((&closed["by"], &closed["how"]), (&"server".into(), &"rst".into()));
}

#[test]
fn files_with_types_ranges_and_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("sub")).expect("a folder");
    std::fs::write(root.join("a.txt"), "0123456789").expect("a file");
    std::fs::write(root.join("p.html"), "<p>").expect("a file");
    std::fs::write(root.join("sub/index.html"), "index").expect("a file");
    std::fs::write(root.join("b c.bin"), "x").expect("a file");
    std::fs::write(folder.path().join("secret"), "secret").expect("a file");
    std::os::unix::fs::symlink(folder.path().join("secret"), root.join("link")).expect("a link");
    std::os::unix::fs::symlink(folder.path(), root.join("up")).expect("a link");
    std::os::unix::fs::symlink("a.txt", root.join("inner")).expect("a link");
    let serving = Serving::start(&["--port", "0", "--files", root.to_str().expect("UTF-8")]);
    let get = |target: &str, more: &str| {
        exchange(serving.port, format!("GET {target} HTTP/1.1\r\nHost: a\r\n{more}\r\n").as_bytes())
    };
    let plain = get("/a.txt", "");
    let (head, body) = split(&plain);
    assert_eq!(field(&head, "content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!((status(&plain), body), (200, &b"0123456789"[..]));
    assert_eq!(field(&split(&get("/p.html", "")).0, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(field(&split(&get("/b%20c.bin", "")).0, "content-type"), Some("application/octet-stream"));
    assert!(get("/inner", "").ends_with(b"0123456789"), "a link that stays inside");
    assert!(get("/sub/", "").ends_with(b"\r\n\r\nindex"));
    assert_eq!(field(&split(&get("/sub", "")).0, "location"), Some("/sub/"));
    let list = get("/", "");
    assert!(String::from_utf8_lossy(&list).contains("<a href=\"./b%20c.bin\">b c.bin</a>"));
    for (range, expected, content) in [
        ("bytes=2-4", 206, &b"234"[..]),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=0-100", 206, b"0123456789"),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("bytes=10-", 416, b"416 Range Not Satisfiable\n"),
    ] {
        let came = get("/a.txt", &format!("Range: {range}\r\n"));
        let (head, body) = split(&came);
        assert_eq!((status(&came), body), (expected, content), "{range}");
        let place = field(&head, "content-range");
        assert_eq!(place.is_some(), expected != 200, "{head}");
        assert!(place.is_none_or(|place| place.ends_with("/10")), "{head}");
    }
    let bare = exchange(serving.port, b"HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((field(&split(&bare).0, "content-length"), split(&bare).1), (Some("10"), &b""[..]));
    let wrong = exchange(serving.port, b"DELETE /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((status(&wrong), field(&split(&wrong).0, "allow")), (405, Some("GET, HEAD, OPTIONS")));
    for target in [
        "/none",
        "/link",
        "/up/secret",
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub/../../secret",
        "/sub/..%2f..%2fsecret",
        "/..%5csecret",
        "/a.txt%00",
        "/a.txt/",
        "//../secret",
        "/%ff",
    ] {
        let came = get(target, "");
        assert!(matches!(status(&came), 400 | 404), "{target}: {}", String::from_utf8_lossy(&came));
        assert!(!came.windows(6).any(|six| six == b"secret"), "{target}");
    }
}

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
        let told = run.event("misanswered");
        assert_eq!((&told["fault"], &told["request_len"]), (&name.into(), &GET.len().into()));
    }
    let serving = Serving::start(&["--port", "0", "--fault", "redirect-loop"]);
    let came = exchange(serving.port, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(field(&split(&came).0, "location"), Some("/b"));
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

#[test]
fn tls_on_a_plain_port_is_recognised() {
    let serving = Serving::start(&["--port", "0"]);
    let mut stream = connect(serving.port);
    stream.write_all(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00").expect("it reads");
    assert_eq!(rest(&mut stream), b"");
    let run = serving.stop();
    let found = run.event("protocol_recognised");
    assert_eq!((&found["protocol"], &found["expected"]), (&"tls".into(), &"HTTP".into()));
    assert_eq!(run.event("closed")["why"], "wrong_protocol");
}

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
fn a_count_of_clients_ends_it() {
    let serving = Serving::start(&["tcp", "--port", "0", "--count", "2"]);
    let port = serving.port;
    assert_eq!(exchange(port, b"a"), b"a");
    assert_eq!(exchange(port, b"b"), b"b");
    let run = serving.finish();
    assert_eq!(run.code, 0);
    assert_eq!(run.event("served")["clients"], 2);
}

#[test]
fn over_the_limit_a_client_is_turned_away() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--max-connections", "1"]);
    let first = connect(serving.port);
    serving.wait_for("accepted");
    let mut second = connect(serving.port);
    assert_eq!(rest(&mut second), b"");
    let closed = serving.wait_for("closed");
    assert_eq!(closed["why"], "too_many");
    drop(first);
    let run = serving.stop();
    let served = run.event("served");
    assert_eq!((&served["clients"], &served["turned_away"]), (&1.into(), &1.into()));
}

#[test]
fn a_taken_port_names_its_owner_and_a_free_one() {
    let first = Serving::start(&["--port", "0"]);
    let run = support::netlearn(&["serve", "--port", &first.port.to_string(), "--json"]);
    assert_eq!(run.code, 4);
    assert_eq!(run.event("listen_failed")["reason"], "address_in_use");
    let failed = run.event("failed");
    assert_eq!((&failed["phase"], &failed["kind"]), (&"listen".into(), &"address_in_use".into()));
    let evidence = failed["evidence"].as_array().expect("a list");
    let table = evidence.iter().find(|fact| fact["fact"] == "table").expect("the table was read");
    let owners = &table["sockets"][0]["owners"];
    assert_eq!(owners[0]["pid"], first.id(), "{table}");
    let free = evidence.iter().find(|fact| fact["fact"] == "free_port").expect("a free port");
    assert!(free["port"].as_u64() > Some(u64::from(first.port)), "{free}");
    assert_eq!(run.event("finished")["exit"], 4);
}

#[test]
fn a_port_taken_in_one_family_fails_and_offers_the_other() {
    let holder = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("IPv6 loopback");
    let port = holder.local_addr().expect("an address").port();
    let run = support::netlearn(&["serve", "--port", &port.to_string(), "--json"]);
    assert_eq!(run.code, 4);
    assert_eq!(run.event("listen_failed")["local"], format!("[::1]:{port}"));
    let failed = run.event("failed");
    let next = failed["next"].as_array().expect("commands");
    assert!(next.contains(&format!("netlearn serve --port {port} --host 127.0.0.1").into()), "{failed}");
    assert_eq!(failed["evidence"][0]["sockets"][0]["owners"][0]["pid"], std::process::id());
}

#[test]
fn an_address_of_nobody_is_told_with_the_own_ones() {
    // No machine has an address of 0.0.0.0/8 but the wildcard (RFC 1122 section 3.2.1.3).
    let run = support::netlearn(&["serve", "--port", "0", "--host", "0.0.0.9", "--json"]);
    assert_eq!(run.code, 4);
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "address_not_available");
    let own = failed["evidence"][0]["addresses"].as_array().expect("addresses");
    assert!(own.contains(&"127.0.0.1".into()), "{own:?}");
}

fn trusting(path: &std::path::Path) -> rustls::ClientConfig {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(path).expect("one certificate")).expect("an authority");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

#[test]
fn a_client_that_trusts_the_authority_talks_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let mut serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path.to_str().expect("UTF-8")]);
    let written = serving.wait_for("authority_written");
    assert_eq!(written["path"], path.to_str().expect("UTF-8"));
    assert!(!std::fs::read_to_string(&path).expect("a file").contains("PRIVATE"));
    let config = std::sync::Arc::new(trusting(&path));
    for name in ["localhost", "127.0.0.1", "::1"] {
        let server = rustls::pki_types::ServerName::try_from(name).expect("a name");
        let session = rustls::ClientConnection::new(config.clone(), server).expect("a session");
        let mut stream = rustls::StreamOwned::new(session, connect(serving.port));
        stream.write_all(GET).expect("the handshake is done");
        let mut came = vec![0; 15];
        stream.read_exact(&mut came).expect("an answer");
        assert_eq!(came, b"HTTP/1.1 200 OK", "{name}");
        stream.conn.send_close_notify();
        stream.flush().expect("sent");
    }
    let run = serving.stop();
    let agreed = run.events_of("tls_established");
    assert_eq!(agreed.len(), 3);
    assert_eq!((&agreed[0]["version"], &agreed[0]["alpn"]), (&"TLS 1.3".into(), &"http/1.1".into()));
    assert_eq!(run.events_of("answered").len(), 3);
}

#[test]
fn plain_http_on_the_tls_port_is_recognised_and_answered_plainly() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path.to_str().expect("UTF-8")]);
    let mut stream = connect(serving.port);
    stream.write_all(GET).expect("it reads");
    let came = rest(&mut stream);
    assert_eq!(status(&came), 400);
    assert!(came.ends_with(b"\r\n\r\nThis port speaks TLS: use https://\n"));
    let run = serving.stop();
    let found = run.event("protocol_recognised");
    assert_eq!((&found["protocol"], &found["expected"]), (&"http".into(), &"TLS".into()));
    assert_eq!(run.event("closed")["why"], "wrong_protocol");
}

/// A request whose chunks begin so.
fn chunked(text: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{text}").into_bytes()
}

#[test]
fn broken_chunks_are_refused_and_that_is_the_end_and_nothing_after_them_is_a_request() {
    let serving = Serving::start(&["--port", "0", "--max-head", "300"]);
    let long = "a".repeat(400);
    let broken = [
        ("0\r\nfoo: bar\n".to_owned(), 400),
        ("0\r\nfoo: bar\n\r\n\r\n".to_owned(), 400),
        ("0\n\r\n".to_owned(), 400),
        ("2\r\nab\r\n0\r\n\n".to_owned(), 400),
        ("5;a=b\nHello\r\n0\r\n\r\n".to_owned(), 400),
        ("FFFFFFFFFFFFFFFF\r\nab".to_owned(), 413),
        ("FFFFFFFFFFFFFFFFF\r\nab".to_owned(), 413),
        ("\r\n".to_owned(), 400),
        ("-1\r\n".to_owned(), 400),
        (format!("1;{long}"), 400),
        (format!("0\r\nX: {long}"), 431),
    ];
    for (text, expected) in &broken {
        let mut stream = connect(serving.port);
        let octets = [GET.to_vec(), chunked(text), b"GET /smuggled HTTP/1.1\nHost: a\n\n".to_vec()].concat();
        stream.write_all(&octets).expect("it reads");
        assert_eq!(status(answer(&mut stream).0.as_bytes()), 200, "{text:?}");
        let (head, _) = answer(&mut stream);
        assert_eq!(status(head.as_bytes()), *expected, "{text:?}");
        assert_eq!(field(&head, "connection"), Some("close"), "{text:?}");
        assert_eq!(rest(&mut stream), b"", "one answer to {text:?}");
    }
    let run = serving.stop();
    assert_eq!(run.event("served")["requests"], 2 * broken.len(), "the broken one is counted once");
    let told: Vec<_> = run.events_of("answered").iter().map(|event| event["status"].clone()).collect();
    let expected: Vec<_> = broken.iter().flat_map(|(_, status)| [200, *status]).collect();
    assert_eq!(told, expected);
    let closed = run.events_of("closed");
    assert!(closed.iter().all(|closed| closed["why"] == "bad_request"), "{closed:?}");
}

#[test]
fn broken_chunks_in_pieces_are_refused_and_an_answered_request_gets_no_second_answer() {
    let mut serving = Serving::start(&["--port", "0", "--max-body", "10"]);
    let mut stream = connect(serving.port);
    for piece in [chunked(""), b"2\r\nab\r\n0\r\nfoo: ".to_vec(), b"bar\n".to_vec()] {
        stream.write_all(&piece).expect("it reads");
        serving.wait_for("bytes");
    }
    assert_eq!(status(&rest(&mut stream)), 400);
    let mut stream = connect(serving.port);
    stream.write_all(&chunked("b\r\n0123456789a\r\n0\nfoo\n")).expect("it reads");
    assert_eq!(status(answer(&mut stream).0.as_bytes()), 413);
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn chunks_that_stop_coming_get_408() {
    let serving = Serving::start(&["--port", "0", "--idle", "2s"]);
    let texts = ["", "5\r\nab", "0\r\nfoo: bar\r\n", "FFFFFFFFFFFFFFF0\r\nab"];
    // All begin before the first is waited for: the idle limit passes once.
    let streams = texts.map(|text| begun(serving.port, &chunked(text)));
    for (text, mut stream) in texts.into_iter().zip(streams) {
        assert_eq!(status(&rest(&mut stream)), 408, "{text:?}");
    }
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
