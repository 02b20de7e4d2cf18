//! Web origins of a lab: sites told apart by `Host` and by SNI, an authority of the lab's own, and each fault as its clients
//! see it, in this process and through real clients.
#![allow(
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a test that waits on its own peers, and looks for one kind of event"
)]

mod support;
#[path = "lab_web/town.rs"]
mod town;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use netlearn::event::EventKind;
use netlearn::event::failure::{Evidence, Failed, FailureKind};
use netlearn::event::lab::LabRole;
use netlearn::lab::certificates::{ELSEWHERE, STRANGER, SUBJECT};
use netlearn::lab::fault::WebFault;
use netlearn::lab::web;
use netlearn::net::NetError;
use netlearn::net::http::client::Ended;
use town::{TOWN, Town, plan, site, town};

fn failed(result: Result<Ended, NetError>) -> Failed {
    result.expect_err("it fails").failed().clone()
}

/// What one request gets, octet by octet.
async fn raw(at: SocketAddr, request: &str) -> String {
    let request = request.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(at).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer and its end");
        answer
    });
    asked.await.expect("it was asked")
}

#[tokio::test]
async fn sites_of_one_address_and_port_are_told_apart_by_host() {
    let town = Town::start(&town(None)).await;
    let urls = [town.url("shop.test", TOWN, false), town.url("blog.test", TOWN, false)];
    let (ended, pages, events) = town.get(&urls).await;
    assert_eq!(ended.expect("both answer"), Ended::Done);
    let (shop, blog) = pages.split_at(pages.find("This is blog.test").expect("the blog"));
    let port = town.at(TOWN, false).port();
    assert!(shop.contains("This is shop.test"), "{pages}");
    assert!(shop.contains(&format!("<code>Host: shop.test:{port}</code>")), "{pages}");
    assert!(blog.contains(&format!("<code>Host: blog.test:{port}</code>")), "{pages}");
    let peers: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Connected(facts) => Some(facts.ends.peer.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(peers.len(), 2, "a connection is kept for its own name");
    assert_eq!(peers[0], peers[1]);
    let count = town.web.counts();
    assert_eq!(count.len(), 1, "one address, one server");
    assert_eq!((count[0].name.as_str(), count[0].connections, count[0].requests), ("shop.test", 2, 2));
    let events = town.end().await;
    let answered = events.iter().filter(|event| matches!(event.kind, EventKind::Answered(_))).count();
    assert_eq!(answered, 2, "the server tells its side");
}

#[tokio::test]
async fn a_host_counts_without_case_and_port_and_one_that_is_not_here_is_misdirected() {
    let town = Town::start(&town(None)).await;
    let at = town.at(TOWN, false);
    for (request, status, says) in [
        ("GET / HTTP/1.1\r\nHost: BLOG.Test:99\r\nConnection: close\r\n\r\n", "200", "This is blog.test"),
        ("GET / HTTP/1.1\r\nHost: www.shop.test\r\nConnection: close\r\n\r\n", "200", "This is shop.test"),
        ("GET / HTTP/1.0\r\n\r\n", "200", "This is shop.test"),
        (
            "GET http://blog.test/ HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n",
            "200",
            "This is blog.test",
        ),
        (
            "POST / HTTP/1.1\r\nHost: blog.test\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
            "200",
            "This is blog.test",
        ),
        (
            "GET / HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n",
            "421",
            "shop.test, www.shop.test, blog.test",
        ),
        ("GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "421", "No such site here"),
        ("GET / HTTP/1.1\r\n\r\n", "400", "Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", "Bad Request"),
    ] {
        let answer = raw(at, request).await;
        let spoken = if request.contains("HTTP/1.0") { "1.0" } else { "1.1" };
        assert!(answer.starts_with(&format!("HTTP/{spoken} {status} ")), "{request}: {answer}");
        assert!(answer.contains(says), "{request}: {answer}");
        assert!(answer.to_ascii_lowercase().contains("\r\ndate: "), "{answer}");
    }
    let head = raw(at, "HEAD / HTTP/1.1\r\nHost: blog.test\r\nConnection: close\r\n\r\n").await;
    assert!(head.ends_with("\r\n\r\n") && head.contains("text/html"), "{head}");
    town.end().await;
}

#[tokio::test]
async fn a_secure_site_shows_its_own_certificate_and_the_authority_of_the_lab_vouches_for_it() {
    let town = Town::start(&town(None)).await;
    for name in ["bank.test", "vault.test"] {
        let (ended, page, events) = town.get(&[town.url(name, TOWN, true)]).await;
        assert_eq!(ended.expect("it answers"), Ended::Done);
        assert!(page.contains(&format!("This is {name}")), "{page}");
        let shown = events.iter().find_map(|event| match &event.kind {
            EventKind::TlsEstablished(facts) => Some(facts),
            _ => None,
        });
        let shown = shown.expect("a handshake");
        assert!(shown.verified);
        assert_eq!(shown.certificates[0].names, [name], "chosen by SNI");
        assert_eq!(shown.certificates[0].issuer, format!("CN={SUBJECT}"));
        assert_eq!(shown.version, "TLS 1.3");
    }
    // No page over TLS for a site that has none there.
    let (ended, page, _) = town.get(&[town.url("bank.test", TOWN, true)]).await;
    assert_eq!(ended.expect("it answers"), Ended::Done);
    assert!(!page.contains("shop"), "{page}");
    let events = town.end().await;
    let told = events.iter().filter_map(|event| match &event.kind {
        EventKind::TlsEstablished(facts) => Some(facts.certificates[0].names.clone()),
        _ => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [["bank.test"], ["vault.test"], ["bank.test"]]);
}

#[tokio::test]
async fn wrong_certificates_are_wrong_in_one_thing_each() {
    let at = |fourth| IpAddr::V4(Ipv4Addr::new(127, 53, 2, fourth));
    let faults = [
        ("expired.test", at(1), WebFault::Expired, FailureKind::CertificateExpired),
        ("wrong-name.test", at(2), WebFault::WrongName, FailureKind::CertificateWrongName),
        ("unknown.test", at(3), WebFault::UnknownAuthority, FailureKind::CertificateUnknownIssuer),
    ];
    let sites = faults.iter().map(|(name, at, fault, _)| site(&[name], *at, true, Some(*fault)));
    let town = Town::start(&plan(sites.collect())).await;
    for (name, at, fault, kind) in faults {
        let (result, _, _) = town.get(&[town.url(name, at, true)]).await;
        let failed = failed(result);
        assert_eq!(failed.kind, kind, "{failed:?}");
        let facts = failed.evidence.iter().find_map(|one| match one {
            Evidence::Tls { failed: facts } => Some(facts),
            _ => None,
        });
        let facts = facts.expect("the certificate is evidence");
        let shown = &facts.certificates[0];
        let over = shown.not_after < *facts.checked_at.as_ref().expect("a date");
        assert_eq!(over, fault == WebFault::Expired);
        let names = if fault == WebFault::WrongName { ELSEWHERE } else { name };
        assert_eq!(shown.names, [names]);
        let issuer = if fault == WebFault::UnknownAuthority { STRANGER } else { SUBJECT };
        assert_eq!(shown.issuer, format!("CN={issuer}"));
        assert_eq!(facts.expected_name.as_deref(), Some(name));
        // Its page over plain HTTP is fine.
        let (ended, page, _) = town.get(&[town.url(name, at, false)]).await;
        assert_eq!(ended.expect("HTTP is fine"), Ended::Done);
        assert!(page.contains(name));
    }
    town.end().await;
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_told_by_its_first_octets() {
    let town = Town::start(&plan(vec![site(&["plain.test"], TOWN, true, Some(WebFault::PlainHttp))])).await;
    let (result, _, _) = town.get(&[town.url("plain.test", TOWN, true)]).await;
    assert_eq!(failed(result).kind, FailureKind::TlsToPlain);
    let plain = town.url("plain.test", TOWN, true).replace("https:", "http:");
    let (ended, page, _) = town.get(&[plain]).await;
    assert_eq!(ended.expect("HTTP is spoken there"), Ended::Done);
    assert!(page.contains("plain.test"));
    town.end().await;
}

#[tokio::test]
async fn a_site_misbehaves_and_its_neighbour_does_not() {
    for (fault, kind) in [
        (WebFault::Reset, FailureKind::Reset),
        (WebFault::NeverAnswers, FailureKind::NeverAnswers),
        (WebFault::ShortBody, FailureKind::BodyShort),
        (WebFault::BadChunk, FailureKind::BrokenChunk),
        (WebFault::RedirectLoop, FailureKind::RedirectLoop),
    ] {
        let town = Town::start(&town(Some(fault))).await;
        let shop = [town.url("shop.test", TOWN, false)];
        // Only what is never answered is to run out of time.
        let wait = Duration::from_secs(if fault == WebFault::NeverAnswers { 2 } else { 10 });
        let (result, _, _) = town.get_within(&shop, wait).await;
        assert_eq!(failed(result).kind, kind, "{fault:?}");
        let blog = town.url("blog.test", TOWN, false);
        let (ended, pages, events) = town.get(&[blog.clone(), blog]).await;
        assert_eq!(ended.expect("the neighbour answers"), Ended::Done, "{fault:?}");
        assert_eq!(pages.matches("This is blog.test").count(), 2);
        let reused = events.iter().any(|event| matches!(event.kind, EventKind::Reused(_)));
        assert!(reused, "beside a fault a connection is kept as ever");
        town.end().await;
    }
}

#[tokio::test]
async fn an_accept_queue_that_is_kept_full_leaves_later_clients_without_an_answer() {
    let town =
        Town::start(&plan(vec![site(&["full.test"], TOWN, false, Some(WebFault::NeverAccepts))])).await;
    let (result, _, _) = town.get_within(&[town.url("full.test", TOWN, false)], Duration::from_secs(2)).await;
    let failed = failed(result);
    let count = &town.web.counts()[0];
    assert_eq!((count.connections, count.requests), (0, 0), "nobody was accepted");
    assert!(count.held > 0, "our own connections are counted apart");
    if cfg!(target_os = "linux") {
        assert_eq!(failed.kind, FailureKind::NeverAccepts, "{failed:?}");
        let queue = failed.evidence.iter().find_map(|one| match one {
            Evidence::AcceptQueue { len, limit, .. } => Some((*len, *limit)),
            _ => None,
        });
        let (len, limit) = queue.expect("the table shows the queue");
        assert_eq!(len, count.held);
        assert!(limit.is_some_and(|limit| len > limit), "{len} of {limit:?}");
    }
    town.end().await;
}

#[test]
fn the_map_has_one_web_server_for_each_address() {
    let mut town = town(Some(WebFault::Reset));
    town.sites.push(site(&["far.test"], Ipv4Addr::new(127, 53, 1, 81).into(), true, None));
    let servers = web::servers(&town);
    assert_eq!(servers.len(), 2);
    assert!(servers.iter().all(|server| server.role == LabRole::Web));
    assert_eq!(servers[0].serves, ["shop.test", "www.shop.test", "blog.test", "bank.test", "vault.test"]);
    assert_eq!(servers[0].fault.as_deref(), Some("reset"));
    assert_eq!((servers[1].name.as_str(), servers[1].fault.as_deref()), ("far.test", None));
    let places = web::places(&town);
    assert_eq!(places.iter().filter(|place| place.secure).count(), 2);
    assert_eq!(places.len(), 4);
}

#[cfg(target_os = "linux")]
#[test]
fn each_fault_of_the_standard_lab_ends_get_with_its_own_code() {
    let lab = Lab::start();
    for (name, secure, code) in [
        ("expired", true, 60),
        ("wrong-name", true, 60),
        ("unknown-authority", true, 60),
        ("plain-http", true, 35),
        ("never-accepts", false, 28),
        ("reset", false, 56),
        ("never-answers", false, 28),
        ("short-body", false, 18),
        ("bad-chunk", false, 8),
        ("redirect-loop", false, 47),
    ] {
        // Only a timeout is to run out of time.
        let wait = if code == 28 { "2" } else { "10" };
        let run = lab.get(&["-L", "--timeout", wait, &lab.url(&format!("{name}.fault.test"), secure)]);
        assert_eq!(run.code, code, "{name}: {}", run.stderr);
        assert!(!run.stderr.contains(" -k"), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("--cacert FILE"), "{name}: {}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn two_sites_at_one_address_are_said_to_differ_in_host_alone() {
    let lab = Lab::start();
    let run = lab.get(&["--json", &lab.url("shop.test", false), &lab.url("blog.test", false)]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let compared = run.event("requests_compared");
    assert_eq!(compared["differed"], serde_json::json!(["host"]));
    assert_eq!(compared["answers_differ"], true);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs curl"]
fn curl_reaches_a_secure_site_with_the_line_that_is_printed_and_not_without_the_authority() {
    let lab = Lab::start();
    let printed = lab.get(&["--curl", &lab.url("bank.test", true)]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let line = printed.text();
    assert!(line.contains("--resolve") && line.contains("--cacert"), "{line}");
    let shell =
        |line: &str| std::process::Command::new("sh").args(["-c", line]).output().expect("a shell runs");
    let page = shell(&line);
    assert!(page.status.success(), "{line}: {page:?}");
    assert!(String::from_utf8_lossy(&page.stdout).contains("Host: bank.test"), "{page:?}");
    let words: Vec<&str> = line.split_whitespace().collect();
    let cacert = words.iter().position(|word| *word == "--cacert").expect("it was there");
    let without = [&words[..cacert], &words[cacert + 2..]].concat().join(" ");
    assert_eq!(shell(&without).status.code(), Some(60), "{without}");
}

/// A lab of the test's own, at ports that were free.
#[cfg(target_os = "linux")]
struct Lab {
    folder: tempfile::TempDir,
    started: support::Started,
    ports: serde_json::Value,
}

#[cfg(target_os = "linux")]
impl Lab {
    fn start() -> Lab {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = support::command(&["lab", "--json"]);
        command.env("XDG_RUNTIME_DIR", folder.path());
        let mut started = support::Started::new(command);
        let ports = started.wait_for("lab_started")["ports"].clone();
        Lab { folder, started, ports }
    }

    fn url(&self, name: &str, secure: bool) -> String {
        let scheme = if secure { "https" } else { "http" };
        format!("{scheme}://{name}:{}/", self.ports[scheme])
    }

    fn get(&self, arguments: &[&str]) -> support::Run {
        let mut command = support::command(&[&["get", "--lab"], arguments].concat());
        command.env("XDG_RUNTIME_DIR", self.folder.path());
        support::Started::new(command).finish()
    }
}

#[cfg(target_os = "linux")]
impl Drop for Lab {
    fn drop(&mut self) {
        self.started.terminate();
    }
}
