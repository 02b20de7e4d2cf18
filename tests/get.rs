//! `netlearn get` against small raw servers made here: every answer is written octet by octet by the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use support::{Run, command, netlearn, refusing};

/// A server on a port of its own that does `each` with every connection until the test ends.
struct Server {
    port: u16,
    /// What each connection sent, head by head.
    heads: Receiver<String>,
    _thread: JoinHandle<()>,
}

impl Server {
    fn start(each: impl Fn(u32, &mut Client) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heads, heard) = channel();
        let thread = std::thread::spawn(move || {
            for (stream, number) in listener.incoming().zip(1..) {
                let mut client = Client { stream: stream.unwrap(), heads: heads.clone(), ahead: Vec::new() };
                each(number, &mut client);
            }
        });
        Server { port, heads: heard, _thread: thread }
    }

    /// Answers every request of every connection with these octets, and hangs up.
    fn answering(answer: &'static [u8]) -> Server {
        Server::start(move |_, client| {
            client.head();
            client.write(answer);
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

struct Client {
    stream: TcpStream,
    heads: std::sync::mpsc::Sender<String>,
    ahead: Vec<u8>,
}

impl Client {
    /// Reads one request head; none where the client has hung up.
    fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.ahead.drain(..end + 4).collect();
                let head = String::from_utf8(head).unwrap();
                // A test that has seen enough takes no more.
                let _ = self.heads.send(head.clone());
                return Some(head);
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) | Err(_) => return None,
                Ok(len) => self.ahead.extend_from_slice(&piece[..len]),
            }
        }
    }

    /// Reads a body of so many octets.
    fn body(&mut self, len: usize) -> Vec<u8> {
        while self.ahead.len() < len {
            let mut piece = [0; 4096];
            let read = self.stream.read(&mut piece).unwrap();
            assert!(read > 0, "the client hung up within its body");
            self.ahead.extend_from_slice(&piece[..read]);
        }
        self.ahead.drain(..len).collect()
    }

    fn write(&mut self, octets: &[u8]) {
        // A client that had enough is no fault of the server.
        let _ = self.stream.write_all(octets);
    }

    /// Ends with a RST.
    fn reset(&mut self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Waits until the client hangs up.
    fn wait(&mut self) {
        let mut rest = [0; 4096];
        while self.stream.read(&mut rest).is_ok_and(|len| len > 0) {}
    }
}

/// What a program does that has stopped working.
fn rest_forever() {
    loop {
        std::thread::park();
    }
}

fn get(server: &Server, arguments: &[&str]) -> Run {
    let url = server.url("/");
    netlearn(&[&["get", &url, "-q"], arguments].concat())
}

fn json(server: &Server, arguments: &[&str]) -> Run {
    let url = server.url("/");
    netlearn(&[&["get", &url, "--json"], arguments].concat())
}

/// Runs against an answer that ends in a failure; gives the `failed` event.
fn failure(answer: &'static [u8], code: i32, kind: &str) -> Value {
    fails(&Server::answering(answer), &["--timeout", "20"], code, kind)
}

fn fails(server: &Server, arguments: &[&str], code: i32, kind: &str) -> Value {
    let run = json(server, arguments);
    let failed = run.event("failed");
    assert_eq!((run.code, failed["kind"].as_str()), (code, Some(kind)), "{}", run.text());
    let events = run.events();
    assert_eq!(events[events.len() - 2], failed, "failed comes before finished, and nothing between");
    assert_eq!(events[events.len() - 1]["exit"], code);
    failed
}

fn fact(failed: &Value, name: &str) -> Value {
    let evidence = failed["evidence"].as_array().unwrap();
    let found = evidence.iter().find(|fact| fact["fact"] == name);
    found.cloned().unwrap_or_else(|| panic!("no {name} in {failed}"))
}

fn has_fact(failed: &Value, name: &str) -> bool {
    failed["evidence"].as_array().unwrap().iter().any(|fact| fact["fact"] == name)
}

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";

// What is asked, and what comes out.

#[test]
fn the_body_and_nothing_else_is_on_stdout() {
    let server = Server::answering(HELLO);
    let url = server.url("/");
    let run = netlearn(&["get", &url]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello\n"));
    assert!(run.stderr.contains("200 OK"), "{}", run.stderr);
}

#[test]
fn a_small_get_is_79_octets_on_the_wire() {
    let server = Server::answering(HELLO);
    let url = format!("http://localhost:{}/", server.port);
    let run = netlearn(&["get", &url, "--json", "-4"]);
    assert_eq!(run.code, 0);
    let head = server.heads().remove(0);
    let expected = format!(
        "GET / HTTP/1.1\r\nHost: localhost:{}\r\nUser-Agent: netlearn/0.1\r\nAccept: */*\r\n\r\n",
        server.port
    );
    assert_eq!(head, expected);
    assert_eq!(expected.replace(&server.port.to_string(), "3000").len(), 79);
}

#[test]
fn a_reserved_name_goes_where_resolve_says() {
    let server = Server::answering(HELLO);
    let route = format!("shop.test:{}:127.0.0.1", server.port);
    let url = format!("http://shop.test:{}/a?b=c#d", server.port);
    let run = netlearn(&["get", &url, "-q", "--resolve", &route]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello\n"));
    let head = server.heads().remove(0);
    assert!(head.starts_with("GET /a?b=c HTTP/1.1\r\n"), "no fragment is sent: {head}");
    assert!(head.contains(&format!("Host: shop.test:{}\r\n", server.port)));
}

/// Reading the socket table takes longer than a small exchange: it must not stand between connect and request.
#[test]
#[cfg(target_os = "linux")]
fn the_families_are_compared_after_the_exchange() {
    let server = Server::answering(HELLO);
    let route = format!("both.test:{0}:::1,127.0.0.1", server.port);
    let url = format!("http://both.test:{}/", server.port);
    let run = netlearn(&["get", &url, "--resolve", &route, "--json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    if run.event("connect_failed")["reason"] != "refused" {
        return;
    }
    let at = |kind: &str| run.event(kind)["seq"].as_u64().unwrap();
    let order = ["connected", "request", "timed", "families_differ", "closed"].map(at);
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(run.event("families_differ")["reached"], "127.0.0.1");
    // The same where the exchange fails.
    let server = Server::answering(b"HTTP/1.1 2000 OK\r\n\r\n");
    let route = format!("both.test:{0}:::1,127.0.0.1", server.port);
    let url = format!("http://both.test:{}/", server.port);
    let run = netlearn(&["get", &url, "--resolve", &route, "--json"]);
    let at = |kind: &str| run.event(kind)["seq"].as_u64().unwrap();
    let order = ["connected", "request", "malformed", "families_differ", "closed", "failed"].map(at);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn fields_of_the_user_replace_ours_and_others_are_added() {
    let server = Server::answering(HELLO);
    let fields =
        ["-H", "host: x.test", "-H", "accept: text/html", "-H", "A: 1", "-H", "A: 2", "-H", "User-Agent:"];
    assert_eq!(get(&server, &fields).code, 0);
    let head = server.heads().remove(0);
    assert_eq!(head, "GET / HTTP/1.1\r\nHost: x.test\r\nAccept: text/html\r\nA: 1\r\nA: 2\r\n\r\n");
}

#[test]
fn data_is_posted_with_its_length() {
    let server = Server::start(|_, client| {
        client.head();
        let body = client.body(7);
        client.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        client.write(&body);
    });
    let run = get(&server, &["-d", "a=1&b=2"]);
    assert_eq!((run.code, run.text().as_str()), (0, "a=1&b=2"));
    let head = server.heads().remove(0);
    assert!(head.starts_with("POST / HTTP/1.1\r\n"));
    assert!(head.contains("Content-Length: 7\r\n"));
    assert!(head.contains("Content-Type: application/x-www-form-urlencoded\r\n"));
}

#[test]
fn an_empty_body_is_declared_too() {
    let server = Server::answering(HELLO);
    assert_eq!(get(&server, &["-d", ""]).code, 0);
    assert!(server.heads().remove(0).contains("Content-Length: 0\r\n"));
}

#[test]
fn the_head_is_written_as_it_passed() {
    let head = "HTTP/1.1 200 Fine\r\ncOnTeNt-LeNgTh:   3\r\nX:\r\n\r\n";
    let server = Server::answering(b"HTTP/1.1 200 Fine\r\ncOnTeNt-LeNgTh:   3\r\nX:\r\n\r\nabc");
    assert_eq!(get(&server, &["-i"]).text(), format!("{head}abc"));
    let run = get(&server, &["-I"]);
    assert_eq!((run.code, run.text().as_str()), (0, head));
    assert!(server.heads()[1].starts_with("HEAD / HTTP/1.1\r\n"));
}

#[test]
fn interim_responses_pass_by() {
    let server = Server::answering(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let run = json(&server, &[]);
    assert_eq!(run.code, 0);
    let statuses: Vec<Value> =
        run.events_of("response").iter().map(|event| event["status"].clone()).collect();
    assert_eq!(statuses, [100, 103, 200]);
    assert_eq!(get(&server, &[]).text(), "ok");
}

#[test]
fn a_flood_of_interim_responses_is_cut_off_early() {
    let server = Server::start(|_, client| {
        client.head();
        let piece = b"HTTP/1.1 100 \r\n\r\n".repeat(4096);
        while client.stream.write_all(&piece).is_ok() {}
    });
    let failed = fails(&server, &["--timeout", "20"], 8, "bad_head");
    let malformed = fact(&failed, "malformed");
    assert_eq!(
        (&malformed["broken"], &malformed["found"]),
        (&"too_many_interim".into(), &"another 1xx".into())
    );
    assert!(!has_fact(&failed, "waited"));
    assert_eq!(json(&server, &[]).events_of("response").len(), 100);
}

#[test]
fn chunks_are_taken_apart_and_trailers_read() {
    let server = Server::answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: 1\r\n\r\n",
    );
    assert_eq!(get(&server, &[]).text(), "hello world");
    let run = json(&server, &[]);
    let ended = run.events_of("body_ended").into_iter().find(|event| event["by"] == "server").unwrap();
    assert_eq!((&ended["rule"], &ended["len"], &ended["chunks"]), (&"chunked".into(), &11.into(), &2.into()));
}

#[test]
fn a_body_may_end_with_the_connection() {
    let server = Server::answering(b"HTTP/1.0 200 OK\r\n\r\nall of it");
    assert_eq!(get(&server, &[]).text(), "all of it");
    let run = json(&server, &[]);
    assert_eq!(run.event("closed")["by"], "server");
    assert_eq!(run.event("closed")["how"], "fin");
}

#[test]
fn answers_without_a_body_are_not_waited_for() {
    for (answer, method) in [
        (&b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"[..], "GET"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
    ] {
        let server = Server::start(move |_, client| {
            client.head();
            client.write(answer);
            client.wait();
        });
        let run = get(&server, &["-X", method]);
        assert_eq!((run.code, run.stdout.as_slice()), (0, &b""[..]));
    }
}

#[test]
fn several_urls_share_one_connection_and_one_file() {
    let server = Server::start(|_, client| {
        while client.head().is_some() {
            client.write(HELLO);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bodies");
    let url = server.url("/");
    let run = netlearn(&["get", &url, &url, &url, "--json", "-o", path.to_str().unwrap()]);
    assert_eq!(run.code, 0);
    assert_eq!(std::fs::read(&path).unwrap(), b"hello\nhello\nhello\n");
    let port = run.event("connected")["local_port"].clone();
    let reused = run.events_of("reused");
    assert_eq!(reused.len(), 2);
    assert!(reused.iter().all(|event| event["local_port"] == port));
    assert_eq!(reused[1]["after"], 2);
    assert_eq!(run.event("closed")["requests"], 3);
    let exchanges: Vec<Value> =
        run.events_of("timed").iter().map(|event| event["exchange"].clone()).collect();
    assert_eq!(exchanges, [1, 2, 3]);
}

#[test]
fn asked_to_close_each_request_has_its_own_connection() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let url = server.url("/");
    let run = netlearn(&["get", &url, &url, "--json", "--close"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.events_of("connected").len(), 2);
    assert!(server.heads().iter().all(|head| head.contains("Connection: close\r\n")));
}

#[test]
fn a_kept_connection_that_the_server_ended_is_replaced() {
    // It answers once on each connection, promises nothing about closing, and closes.
    let server = Server::answering(HELLO);
    let url = server.url("/");
    let run = netlearn(&["get", &url, &url, "-q"]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello\nhello\n"));
}

// Redirects.

/// `/N` leads to `/N+1`, up to `/3`, which answers with what was asked.
fn chain(status: &'static str) -> Server {
    Server::start(move |_, client| {
        while let Some(head) = client.head() {
            let number: u32 = number(&head);
            let answer = if number < 3 {
                format!("HTTP/1.1 {status}\r\nLocation: {}\r\nContent-Length: 4\r\n\r\nmove", number + 1)
            } else {
                "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\narrived".to_owned()
            };
            client.write(answer.as_bytes());
        }
    })
}

/// The number that the path of a request is.
fn number(head: &str) -> u32 {
    let path = head.split(' ').nth(1).unwrap();
    path.trim_start_matches('/').parse().unwrap_or(0)
}

fn lines(heads: &[String]) -> Vec<&str> {
    heads.iter().map(|head| head.split(" HTTP/1.1").next().unwrap()).collect()
}

#[test]
fn a_redirect_is_shown_and_followed_only_on_request() {
    let server = chain("302 Found");
    let run = get(&server, &[]);
    assert_eq!((run.code, run.text().as_str()), (0, "move"));
    let run = json(&server, &["-L"]);
    assert_eq!(run.code, 0);
    let redirected = run.events_of("redirected");
    assert_eq!(redirected.len(), 3);
    assert_eq!(redirected[2]["to"], server.url("/3"));
    assert_eq!(redirected[2]["count"], 3);
    assert_eq!(run.events_of("connected").len(), 1, "one origin, one connection");
    assert_eq!(get(&server, &["-L"]).text(), "arrived");
}

#[test]
fn redirects_change_the_method_as_rfc_9110_says() {
    for (status, second) in [
        ("301 Moved", "GET /1"),
        ("302 Found", "GET /1"),
        ("303 See Other", "GET /1"),
        ("307 Temporary", "POST /1"),
        ("308 Permanent", "POST /1"),
    ] {
        let server = Server::start(move |_, client| {
            while let Some(head) = client.head() {
                if head.starts_with("POST") {
                    client.body(1);
                }
                client.write(
                    match number(&head) {
                        0 => format!("HTTP/1.1 {status}\r\nLocation: /1\r\nContent-Length: 0\r\n\r\n")
                            .into_bytes(),
                        _ => HELLO.to_vec(),
                    }
                    .as_slice(),
                );
            }
        });
        assert_eq!(get(&server, &["-L", "-d", "x"]).code, 0, "{status}");
        let heads = server.heads();
        assert_eq!(lines(&heads), ["POST /", second], "{status}");
        assert_eq!(heads[1].contains("Content-Length"), second.starts_with("POST"), "{status}");
    }
}

#[test]
fn secrets_do_not_cross_origins() {
    let other = Server::answering(HELLO);
    let place = other.url("/there");
    let server = Server::start(move |_, client| {
        while let Some(head) = client.head() {
            let to = if number(&head) == 0 { "/1".to_owned() } else { place.clone() };
            client.write(
                format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
            );
        }
    });
    let secrets = ["-L", "-H", "Authorization: Bearer s3cret", "-H", "Cookie: a=b", "-H", "X-Kept: yes"];
    assert_eq!(get(&server, &secrets).code, 0);
    let heads = server.heads();
    assert!(
        heads[1].contains("Bearer s3cret") && heads[1].contains("Cookie"),
        "the same origin: {}",
        heads[1]
    );
    let away = other.heads().remove(0);
    assert!(!away.contains("s3cret") && !away.contains("Cookie") && away.contains("X-Kept: yes"), "{away}");
}

#[test]
fn a_circle_of_redirects_is_told_at_its_first_repeat() {
    let server = Server::start(|_, client| {
        while let Some(head) = client.head() {
            let next = (number(&head) + 1) % 3;
            client.write(
                format!("HTTP/1.1 302 F\r\nLocation: /{next}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
            );
        }
    });
    let url = server.url("/0");
    let run = netlearn(&["get", &url, "-L", "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (47, &"redirect_loop".into()));
    let cycle = fact(&run.event("failed"), "cycle");
    assert_eq!(cycle["urls"], serde_json::json!(["/0", "/1", "/2", "/0"].map(|path| server.url(path))));
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn fifty_redirects_are_enough() {
    let server = Server::start(|_, client| {
        while let Some(head) = client.head() {
            let next = number(&head) + 1;
            client.write(
                format!("HTTP/1.1 302 F\r\nLocation: /{next}\r\nContent-Length: 0\r\n\r\n").as_bytes(),
            );
        }
    });
    let failed = fails(&server, &["-L"], 47, "too_many_redirects");
    assert_eq!(fact(&failed, "limit")["limit"], 50);
    assert_eq!(server.heads().len(), 51);
}

#[test]
fn a_redirect_to_what_is_no_http_fails() {
    for answer in [
        &b"HTTP/1.1 302 F\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 302 F\r\nLocation: http://[::g]/\r\nContent-Length: 0\r\n\r\n",
    ] {
        fails(&Server::answering(answer), &["-L"], 8, "bad_redirect");
    }
    let told = |answer| netlearn(&["get", "-L", &Server::answering(answer).url("/")]);
    let run = told(b"HTTP/1.1 302 F\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n");
    assert!(run.stderr.contains("its Location: ftp://x/: ftp is not http or https"), "{}", run.stderr);
    let run = told(b"HTTP/1.1 302 F\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("A redirect without a Location field"), "{}", run.stderr);
    assert!(!run.stderr.contains("in Location"), "{}", run.stderr);
}

// Secrets.

#[test]
fn secrets_are_masked_unless_asked_for() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: id=s3cret\r\nContent-Length: 0\r\n\r\n");
    let fields = ["-H", "Authorization: Bearer s3cret", "-H", "Cookie: k=s3cret"];
    let run = json(&server, &fields);
    assert_eq!(run.code, 0);
    assert!(!run.text().contains("s3cret"), "{}", run.text());
    assert!(run.text().contains("*************"), "{}", run.text());
    let run = json(&server, &[&fields[..], &["--secrets"]].concat());
    assert!(run.text().contains("id=s3cret"), "{}", run.text());
}

#[test]
fn name_and_password_of_a_url_become_a_field_and_are_shown_nowhere() {
    let server = Server::answering(HELLO);
    let url = format!("http://us%C3%A9r:p%40ss@127.0.0.1:{}/", server.port);
    let run = netlearn(&["get", &url, "--json"]);
    assert_eq!(run.code, 0);
    let head = server.heads().remove(0);
    assert!(head.contains("Authorization: Basic dXPDqXI6cEBzcw==\r\n"), "{head}");
    assert!(!head.contains("p%40ss"));
    assert!(!run.text().contains("p%40ss") && !run.text().contains("dXPD"), "{}", run.text());
}

// Failures, each with its near-miss.

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
fn a_body_too_short_fails_and_one_too_long_warns() {
    let failed = failure(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", 18, "body_short");
    let length = fact(&failed, "length");
    assert_eq!((&length["declared"], &length["received"]), (&10.into(), &5.into()));

    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
    let run = json(&server, &[]);
    assert_eq!(run.code, 0);
    assert_eq!(run.event("left_over")["len"], 9);
    assert_eq!(get(&server, &[]).text(), "hello");

    let exact = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert!(json(&exact, &[]).events_of("left_over").is_empty());
}

#[test]
fn what_is_left_over_is_given_to_no_other_request() {
    let server =
        Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nforged");
    let url = server.url("/");
    let run = netlearn(&["get", &url, &url, "--json"]);
    assert_eq!(run.code, 0);
    assert!(run.events_of("reused").is_empty());
    assert_eq!(run.events_of("connected").len(), 2);
}

#[test]
fn a_chunked_body_cut_off_is_short() {
    let failed =
        failure(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 18, "body_short");
    assert_eq!(fact(&failed, "received")["len"], 5);
}

#[test]
fn lengths_that_differ_fail_and_equal_ones_do_not() {
    let failed =
        failure(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 8, "two_lengths");
    assert_eq!(fact(&failed, "malformed")["values"], serde_json::json!(["5", "6"]));
    let equal = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(get(&equal, &[]).text(), "hello");
}

#[test]
fn broken_answers_name_the_rule_and_the_octet() {
    for (answer, kind, broken) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"[..], "bad_length", "content_length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello", "bad_head", "not_read"),
        // The library counts no further: such a length is no body cut off.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc", "bad_head", "not_read"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\nabc", "bad_head", "not_read"),
        (b"HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nabc", "bad_head", "not_read"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked,\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "bad_head",
            "not_read",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "bad_head",
            "transfer_encoding",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX y\r\n\r\n", "bad_head", "field_line"),
        (
            b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nwhatever",
            "bad_head",
            "unasked_switch",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello", "broken_chunk", "chunk"),
        (b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", "bad_head", "field_value"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "bad_head", "field_line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad_head", "status_line"),
    ] {
        let failed = failure(answer, 8, kind);
        let malformed = fact(&failed, "malformed");
        assert_eq!(malformed["broken"], broken);
        assert!(malformed["offset"].as_u64() > Some(0));
    }
    // The near-miss: the same shape, within the rules.
    let fine = Server::answering(b"HTTP/1.1 200\r\nX: a\tb\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(&fine, &[]).code, 0);
}

#[test]
fn a_head_cut_off_is_no_empty_reply() {
    let failed = failure(b"HTTP/1.1 200 OK\r\nContent-Le", 8, "bad_head");
    assert_eq!(fact(&failed, "received")["len"], 27);
    let told = |answer| netlearn(&["get", &Server::answering(answer).url("/")]);
    let run = told(b"HTTP/1.1 200 OK\r\nContent-Le");
    assert!(run.stderr.contains("the answer ended within its head"), "{}", run.stderr);
    assert!(!run.stderr.contains("breaks the rules"), "{}", run.stderr);
    let run = told(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(run.code, 8);
    assert!(run.stderr.contains("after 100 Continue, before its"), "{}", run.stderr);
    assert!(run.stderr.contains("try"), "{}", run.stderr);
}

#[test]
fn an_answer_that_is_longer_than_it_says_is_reset_by_nobody() {
    for (answer, code) in [
        ([&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..], &[b'z'; 50_000]].concat(), 0),
        (vec![b'z'; 80_000], 8),
    ] {
        let (met, outcome) = channel();
        let server = Server::start(move |_, client| {
            client.head();
            client.write(&answer);
            // The client may have broken it off.
            let _ = client.stream.shutdown(std::net::Shutdown::Write);
            let read = client.stream.read(&mut [0; 1]);
            let _ = met.send(read.map_err(|error| error.kind()));
        });
        let run = json(&server, &[]);
        assert_eq!(run.code, code, "{}", run.text());
        let met = outcome.recv().unwrap();
        let closed = run.event("closed");
        let rst = closed["how"] == "rst";
        assert_eq!(met.is_err(), rst, "the server met {met:?}, told is {closed}");
        assert!(!rst || closed["by"] == "client", "{closed}");
    }
}

#[test]
fn what_stands_around_the_chunks_is_limited_and_shown() {
    let extended = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"[..],
        &[b'e'; 20_000],
        b"\r\na\r\n0\r\n\r\n",
    ];
    let trailed = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: "[..],
        &[b'e'; 20_000],
        b"\r\n\r\n",
    ];
    for (answer, words) in [(extended, "lines around the chunks"), (trailed, "trailer of the answer")] {
        let answer: &'static [u8] = answer.concat().leak();
        let malformed = fact(&failure(answer, 8, "head_too_large"), "malformed");
        assert_eq!((&malformed["broken"], &malformed["limit"]), (&"chunk_lines".into(), &16_383.into()));
        let run = netlearn(&["get", &Server::answering(answer).url("/")]);
        assert!(run.stderr.contains(&format!("the {words}")), "{}", run.stderr);
        assert!(run.stderr.contains("16,383 bytes"), "{}", run.stderr);
    }
    let shown = Server::answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n",
    );
    let run = netlearn(&["get", &shown.url("/")]);
    assert!(run.stderr.contains("T: 1                      trailer field"), "{}", run.stderr);
}

#[test]
fn what_frames_a_body_oddly_is_said() {
    let told = |answer| netlearn(&["get", &Server::answering(answer).url("/")]).stderr;
    let text = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    assert!(text.contains("gzip is not undone"), "{text}");
    let text = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc");
    assert!(text.contains("gzip is not undone") && !text.contains("words: chunked"), "{text}");
    let words = text.lines().find(|line| line.contains("words:")).unwrap_or_default();
    assert!(!words.contains("chunked"), "{text}");
    let text = told(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    );
    assert!(text.contains("request smuggling or response"), "{text}");
    let text = told(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding:\r\n\r\nabc");
    assert!(!text.contains("No length was declared"), "{text}");
}

#[test]
fn a_change_of_protocol_that_was_asked_for_is_said_to_be_one() {
    let server = Server::answering(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nwhatever");
    let run = netlearn(&["get", &server.url("/"), "-H", "Upgrade: x", "-H", "Connection: upgrade"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for words in ["the protocol that is spoken from here on", "what follows is not read"] {
        assert!(
            run.stderr.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
            "{}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("on offer"), "{}", run.stderr);
}

#[test]
fn other_protocols_are_named() {
    for (first, protocol) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "ssh"),
        (b"220 mail ESMTP ready\r\n", "smtp"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", "http2"),
    ] {
        let failed = failure(first, 8, "not_http");
        assert_eq!(fact(&failed, "first_bytes")["protocol"], protocol);
    }
    // A fatal TLS alert: the port speaks TLS.
    let failed = failure(b"\x15\x03\x01\x00\x02\x02\x46", 56, "plain_to_tls");
    assert_eq!(fact(&failed, "first_bytes")["protocol"], "tls");
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

// Statuses, outputs.

#[test]
fn an_error_status_is_a_failure_only_on_request() {
    let server = Server::answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
    let run = get(&server, &[]);
    assert_eq!((run.code, run.text().as_str()), (0, "gone"));
    let run = get(&server, &["-f"]);
    assert_eq!((run.code, run.text().as_str()), (22, ""));
    let run = json(&server, &["-f"]);
    assert_eq!(run.code, 22);
    assert!(run.events_of("failed").is_empty());
    assert_eq!(run.event("response")["status"], 404);
    let fine = Server::answering(HELLO);
    assert_eq!(get(&fine, &["-f"]).text(), "hello\n");
}

#[test]
fn an_output_that_takes_nothing_is_23() {
    let server = Server::answering(HELLO);
    let run = json(&server, &["-o", "/dev/full"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (23, &"output_failed".into()));
    assert_eq!(run.event("response")["status"], 200, "what passed is shown all the same");
    let run = json(&server, &["-o", "/no/such/folder/x"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (23, &"output_failed".into()));
}

#[test]
fn a_failure_leaves_the_file_as_it_was_and_an_empty_body_empties_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("yesterday");
    let output = ["-o", path.to_str().unwrap()];
    let content = || std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "yesterday's").unwrap();
    let (_held, port) = refusing();
    let run = netlearn(&[&["get", &format!("http://127.0.0.1:{port}/"), "-q"], &output[..]].concat());
    assert_eq!((run.code, content().as_str()), (7, "yesterday's"));
    let gone = Server::answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
    assert_eq!((get(&gone, &[&["-f"], &output[..]].concat()).code, content().as_str()), (22, "yesterday's"));
    let short = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntoo");
    assert_ne!(get(&short, &output).code, 0);
    assert_eq!(content(), "too", "what came is kept");
    assert_eq!((get(&Server::answering(HELLO), &output).code, content().as_str()), (0, "hello\n"));
    let empty = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_eq!((get(&empty, &output).code, content().as_str()), (0, ""));
    std::fs::remove_file(&path).unwrap();
    assert_eq!((get(&empty, &output).code, content().as_str()), (0, ""), "an empty body makes a file");
    let run = json(&empty, &["-o", "/no/such/folder/x"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (23, &"output_failed".into()));
    assert_eq!(run.event("response")["status"], 200);
}

#[test]
fn a_reader_that_leaves_is_a_normal_end() {
    let server = Server::start(|_, client| {
        client.head();
        client.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n");
        while client.stream.write_all(&[b'x'; 65536]).is_ok() {}
    });
    let url = server.url("/");
    let mut started = support::Started::new(command(&["get", &url, "-q"]));
    let mut first = [0; 10];
    started.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(started.stdout.take());
    let run = started.finish();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn the_curl_command_asks_for_the_same() {
    let server = Server::answering(HELLO);
    let url = server.url("/a?b='c'");
    let arguments = ["-X", "PUT", "-d", "it's & $HOME", "-H", "X-A: b c", "-i"];
    let run = netlearn(&[&["get", &url, "--curl"], &arguments[..]].concat());
    assert_eq!(run.code, 0);
    assert!(server.heads().is_empty(), "it makes no request");
    let line = run.text();
    assert!(line.starts_with("curl ") && line.ends_with('\n') && line.lines().count() == 1, "{line}");
    // A shell reads back the words that were meant.
    let words = std::process::Command::new("sh")
        .arg("-c")
        .arg(line.replacen("curl", "printf '%s\\n'", 1))
        .output()
        .unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    for word in ["PUT", "it's & $HOME", "X-A: b c", "-i", "-A", "netlearn/0.1"] {
        assert!(words.lines().any(|line| line == word), "{word} in {words}");
    }
}

#[test]
fn the_curl_command_expands_nothing() {
    let line = netlearn(&["get", "http://localhost:1/?ids[]=1", "--curl"]).text();
    assert!(line.contains(" -g "), "{line}");
    let line = netlearn(&["get", "http://[::1]:1/?ids=1", "--curl"]).text();
    assert!(!line.contains(" -g "), "{line}");
}

#[test]
fn the_curl_command_keeps_octets_that_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let octets: Vec<u8> = (0..=255).collect();
    std::fs::write(folder.path().join("body"), &octets).unwrap();
    let data = format!("@{}", folder.path().join("body").display());
    let line = netlearn(&["get", "http://localhost:1/", "--curl", "-d", &data]).text();
    assert!(line.contains("| curl ") && line.contains(" --data-binary @- "), "{line}");
    // In place of curl, a program that gives back what it is given.
    let (printf, _) = line.split_once("| curl ").unwrap();
    let piped = std::process::Command::new("sh").arg("-c").arg(format!("{printf}| cat")).output().unwrap();
    assert_eq!(piped.stdout, octets);
}

#[test]
fn ignored_proxies_are_named() {
    let server = Server::answering(HELLO);
    let mut asked = command(&["get", &server.url("/"), "--json"]);
    asked.env("http_proxy", "http://127.0.0.1:1/").env_remove("no_proxy").env_remove("NO_PROXY");
    let run = support::Started::new(asked).finish();
    assert_eq!(run.code, 0);
    assert_eq!(run.event("proxy_ignored")["variables"], serde_json::json!(["http_proxy"]));
    let run = json(&server, &[]);
    assert!(run.events_of("proxy_ignored").is_empty());
}

// Bounded memory.

/// The most memory a process has had, in kB; of one that has ended nothing is known.
#[cfg(target_os = "linux")]
fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1).unwrap().parse().unwrap())
}

/// Streams `total` octets through `get` into a reader that rests now and then; gives the most memory it took.
#[cfg(target_os = "linux")]
fn stream(total: u64) -> u64 {
    let server = Server::start(move |_, client| {
        client.head();
        client.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n").as_bytes());
        let piece = [b'x'; 65536];
        let mut left = total;
        while left > 0 {
            let len = left.min(piece.len() as u64);
            client.write(&piece[..len as usize]);
            left -= len;
        }
        client.wait();
    });
    let mut started = support::Started::new(command(&["get", &server.url("/")]));
    let mut piece = vec![0; 1 << 20];
    let mut read = 0;
    let mut memory = 0;
    let mut stdout = started.stdout.take().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    loop {
        let len = stdout.read(&mut piece).unwrap();
        if len == 0 {
            break;
        }
        read += len as u64;
        // At the last octet it may have ended.
        if read == total || read % (64 << 20) < len as u64 {
            memory = memory.max(most_memory(started.id()).unwrap_or(0));
        }
    }
    let run = started.finish();
    assert_eq!((run.code, read), (0, total), "{}", run.stderr);
    assert!(memory > 0, "nothing was measured");
    memory
}

#[test]
#[cfg(target_os = "linux")]
fn two_hundred_megabytes_take_little_memory() {
    let memory = stream(200_000_000);
    assert!(memory < 64 * 1024, "{memory} kB");
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "2 GB: run with --release"]
fn two_gigabytes_take_little_memory() {
    let memory = stream(2_000_000_000);
    assert!(memory < 64 * 1024, "{memory} kB");
}

#[test]
#[cfg(target_os = "linux")]
fn a_head_without_end_is_cut_off_early() {
    for beginning in ["HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\n"] {
        let server = Server::start(move |_, client| {
            client.head();
            client.write(beginning.as_bytes());
            let piece = if beginning.ends_with(": ") { "x".repeat(65536) } else { "A: b\r\n".repeat(10_000) };
            for _ in 0..640 {
                client.write(piece.as_bytes());
            }
        });
        let failed = fails(&server, &["--timeout", "20"], 8, "head_too_large");
        assert_eq!(fact(&failed, "malformed")["limit"], 65536);
        assert!(!has_fact(&failed, "waited"));
    }
}

#[test]
fn over_tls_the_servers_goodbye_is_read_and_nothing_is_reset() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem").display().to_string();
    let mut serving = support::Serving::start(&["--port", "0", "--tls", "--ca-out", &ca]);
    serving.wait_for("authority_written");
    let url = format!("https://localhost:{}/", serving.port);
    for _ in 0..10 {
        let run = netlearn(&["get", &url, "--cacert", &ca, "--json"]);
        let closed = run.event("closed");
        assert_eq!(
            (&closed["how"], &closed["by"], &closed["unread"]),
            (&"fin".into(), &"client".into(), &Value::Null)
        );
    }
    assert_eq!(serving.stop().code, 0);
}
