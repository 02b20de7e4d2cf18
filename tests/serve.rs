//! `netlearn serve`: the real binary, asked by raw sockets on loopback.

#[path = "serve/asking.rs"]
mod asking;
#[path = "serve/behaviour.rs"]
mod behaviour;
#[path = "serve/chunks.rs"]
mod chunks;
#[path = "serve/faults.rs"]
mod faults;
#[path = "serve/listening.rs"]
mod listening;
#[path = "serve/secure.rs"]
mod secure;
mod support;
#[path = "serve/tcp.rs"]
mod tcp;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown};
use std::time::Duration;

use asking::{GET, answer, at, begun, connect, exact, exchange, field, rest, split, status};
use support::Serving;

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
