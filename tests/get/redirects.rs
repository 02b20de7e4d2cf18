//! Redirects: shown, followed on request, and what goes along to the next place.

use super::server::{HELLO, Server, fact, fails, get, json};
use super::support::netlearn;

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
