//! `netlearn get` against small raw servers of the test: what is asked, and what comes out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "get/broken.rs"]
mod broken;
#[path = "get/curl.rs"]
mod curl;
#[path = "get/ending.rs"]
mod ending;
#[path = "get/memory.rs"]
mod memory;
#[path = "get/redirects.rs"]
mod redirects;
#[path = "get/server.rs"]
mod server;
mod support;

use std::io::{Read as _, Write as _};

use serde_json::Value;
use server::{HELLO, Server, fact, fails, get, has_fact, json};
use support::{command, netlearn, refusing};

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
