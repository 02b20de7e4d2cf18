//! TLS: certificates with one fault each, and ports that speak something else than they are asked in.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rcgen::{CertificateParams, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::authority::Authority;
use super::peer::{Peer, answering, head, rest};
use super::row::{Row, Seen, seen};
use super::support::{Serving, netlearn};

/// Speaks TLS, answers each request `hello`; gives whether the handshake came to its end.
fn speaking(config: Arc<ServerConfig>) -> Peer<bool> {
    Peer::start(move |stream| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let mut piece = [0; 4096];
        let heard = tls.read(&mut piece).is_ok_and(|len| len > 0);
        if heard {
            tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello").unwrap();
            tls.conn.send_close_notify();
            tls.flush().unwrap();
            rest(&mut tls.sock);
        } else {
            // A client that refuses the certificate says so in an alert; the rest of it is read.
            let _ = tls.flush();
            rest(&mut tls.sock);
        }
        heard
    })
}

/// Asks such a server for `https://localhost`, trusting `trusted`.
fn ask(server: &Peer<bool>, trusted: &Authority) -> (Seen, String) {
    let url = format!("https://localhost:{}/", server.port);
    (seen(&["get", &url, "-4", "--cacert", trusted.path()]), url)
}

fn certificate(told: &Seen) -> serde_json::Value {
    told.fact("tls")["certificates"][0].clone()
}

/// The right certificate, from the same authority.
fn right_is_fine(authority: &Authority) {
    let server = speaking(authority.server(&["localhost"], |_| {}));
    let url = format!("https://localhost:{}/", server.port);
    let run = netlearn(&["get", &url, "-4", "-q", "--cacert", authority.path()]);
    assert_eq!((run.code, run.text().as_str(), server.result()), (0, "hello", true), "{}", run.stderr);
}

#[test]
fn certificate_expired() {
    let authority = Authority::new();
    let server = speaking(authority.server(&["localhost"], |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 2);
        params.not_after = date_time_ymd(2021, 3, 4);
    }));
    let (told, _) = ask(&server, &authority);
    assert!(!server.result(), "not one octet of the request was sent");
    told.is(&Row {
        code: 60,
        kind: "certificate_expired",
        cause: "the certificate ended on 2021-03-04 00:00:00 UTC",
        says: "it is valid for localhost. You asked for localhost: fine.",
        next: &format!("openssl s_client -connect localhost:{} -servername localhost", server.port),
    });
    assert!(told.words().contains("it is valid from 2020-01-02 00:00:00 UTC to 2021-03-04 00:00:00 UTC"));
    assert!(!told.words().contains("get -k"), "-k is never offered first");
    let shown = certificate(&told);
    assert_eq!(
        (&shown["not_before"], &shown["not_after"]),
        (&json!("2020-01-02T00:00:00Z"), &json!("2021-03-04T00:00:00Z"))
    );
    right_is_fine(&authority);
}

#[test]
fn certificate_not_yet_valid() {
    let authority = Authority::new();
    let server = speaking(authority.server(&["localhost"], |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2090, 5, 6);
    }));
    let (told, _) = ask(&server, &authority);
    told.is(&Row {
        code: 60,
        kind: "certificate_not_yet_valid",
        cause: "the certificate begins on 2090-05-06 00:00:00 UTC, or the clock of this machine is behind",
        says: "and the clock here says",
        next: &format!("openssl s_client -connect localhost:{} -servername localhost", server.port),
    });
    assert_eq!(certificate(&told)["not_before"], "2090-05-06T00:00:00Z");
    right_is_fine(&authority);
}

#[test]
fn certificate_for_another_name() {
    let authority = Authority::new();
    let server = speaking(authority.server(&["shop.test", "www.shop.test"], |_| {}));
    let (told, _) = ask(&server, &authority);
    let port = server.port;
    let next = format!("netlearn get --resolve shop.test:{port}:127.0.0.1 https://shop.test:{port}/");
    told.is(&Row {
        code: 60,
        kind: "certificate_wrong_name",
        cause: "the certificate is valid for shop.test, www.shop.test, not for localhost",
        says: "a certificate that we trust stands behind it: fine",
        next: &next,
    });
    assert_eq!(certificate(&told)["names"], json!(["shop.test", "www.shop.test"]));
    assert_eq!(told.fact("tls")["expected_name"], "localhost");
    // Near-miss: the command that it offers asks the same server by a name of the certificate's.
    let line: Vec<&str> = next.split(' ').skip(1).chain(["-q", "--cacert", authority.path()]).collect();
    let near = netlearn(&line);
    assert_eq!((near.code, near.text().as_str()), (0, "hello"), "{}", near.stderr);
}

#[test]
fn certificate_of_an_unknown_authority() {
    // Both have the same name: what differs is the key.
    let (authority, other) = (Authority::new(), Authority::new());
    let server = speaking(authority.server(&["localhost"], |_| {}));
    let (told, url) = ask(&server, &other);
    told.is(&Row {
        code: 60,
        kind: "certificate_unknown_issuer",
        cause: "it names CN=test authority as its issuer, and no authority that we trust stands behind that",
        says: "No authority that we trust stands behind it: wrong",
        next: &format!("netlearn get --cacert FILE {url}"),
    });
    assert_eq!(
        (&certificate(&told)["issuer"], &certificate(&told)["self_issued"]),
        (&json!("CN=test authority"), &json!(false))
    );
    right_is_fine(&authority);
    // Near-miss: signed by itself.
    let key = rcgen::KeyPair::generate().unwrap();
    let itself = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let server = speaking(super::authority::configuration(itself.der().clone(), key));
    let (near, _) = ask(&server, &other);
    assert_eq!((near.code, near.kind()), (60, "certificate_unknown_issuer"));
    assert!(near.cause().contains("names itself as its issuer"), "{}", near.cause());
    near.differs_from(&told);
}

#[test]
#[ignore = "needs openssl"]
fn the_command_for_openssl_shows_the_same_dates() {
    let authority = Authority::new();
    let server = speaking(authority.server(&["localhost"], |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 2);
        params.not_after = date_time_ymd(2021, 3, 4);
    }));
    let (told, _) = ask(&server, &authority);
    let line = format!("openssl s_client -connect localhost:{} -servername localhost", server.port);
    assert!(told.words().contains(&line));
    let output = Command::new("sh").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("NotBefore: Jan  2 00:00:00 2020 GMT; NotAfter: Mar  4 00:00:00 2021 GMT"),
        "{said}"
    );
}

#[test]
fn https_to_a_plain_port() {
    const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let peer = Peer::start(|mut stream: TcpStream| {
        let mut first = [0; 5];
        stream.read_exact(&mut first).unwrap();
        stream.write_all(ANSWER).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        rest(&mut stream);
        first
    });
    let told = seen(&["get", &format!("https://127.0.0.1:{}/", peer.port)]);
    told.is(&Row {
        code: 35,
        kind: "tls_to_plain",
        cause: "the port does not speak TLS; what came is HTTP",
        says: "The first octets are 48 54 54 50. So begins HTTP.",
        next: &format!("netlearn get {}", peer.url()),
    });
    // Seen by the server: a TLS record of a handshake (RFC 8446 section 5.1); by us, what it wrote.
    assert_eq!(peer.result()[..2], [0x16, 0x03]);
    let head = told.fact("first_bytes")["head"].as_str().unwrap().to_owned();
    assert!(!head.is_empty() && ANSWER.starts_with(head.as_bytes()), "{head}");
    // Near-miss: a port that hangs up on the handshake.
    let near = seen(&["get", &format!("https://127.0.0.1:{}/", answering_nothing().port)]);
    assert_eq!((near.code, near.kind()), (35, "tls_handshake"));
    near.differs_from(&told);
}

fn answering_nothing() -> Peer<u64> {
    Peer::start(|mut stream| {
        let len = stream.read(&mut [0; 4096]).unwrap() as u64;
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        rest(&mut stream) + len
    })
}

#[test]
fn http_to_a_tls_port() {
    let authority = Authority::new();
    let server = speaking(authority.server(&["localhost"], |_| {}));
    let told = seen(&["get", &server.url()]);
    told.is(&Row {
        code: 56,
        kind: "plain_to_tls",
        cause: "the port speaks TLS, and it was asked in plain HTTP",
        says: "TLS",
        next: &format!("netlearn get https://127.0.0.1:{}/", server.port),
    });
    // Measured by the test: what is not an HTTP answer begins as TLS does (15 03: an alert).
    let mut own = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    own.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut first = [0; 2];
    own.read_exact(&mut first).unwrap();
    assert_eq!(first, [0x15, 0x03]);
    drop(own);
    // A port that says nothing to plain HTTP is asked once, in TLS.
    let quiet = |tls: bool| {
        Peer::start(move |mut stream: TcpStream| {
            let mut first = [0; 4096];
            let len = stream.read(&mut first).unwrap();
            if tls && len > 3 && first[0] == 0x16 {
                stream.write_all(b"\x15\x03\x03\x00\x02\x02\x28").unwrap();
            }
            first[0] == 0x16
        })
    };
    let peer = quiet(true);
    let probed = seen(&["get", &peer.url()]);
    assert_eq!((probed.code, probed.kind()), (56, "plain_to_tls"));
    assert_eq!(probed.fact("tls_probe")["speaks_tls"], true);
    assert_eq!((peer.result(), peer.result()), (false, true), "one plain request, then one in TLS");
    // Near-miss: silent in TLS too.
    let near = seen(&["get", &quiet(false).url()]);
    assert_eq!(
        (near.code, near.kind(), &near.fact("tls_probe")["speaks_tls"]),
        (52, "empty_reply", &json!(false))
    );
    near.differs_from(&told);
    let plain = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(netlearn(&["get", &plain.url(), "-q"]).text(), "hello");
}

#[test]
fn tls_to_a_plain_port_as_its_server_sees_it() {
    let serving = Serving::start(&["--port", "0"]);
    let told = seen(&["get", &format!("https://127.0.0.1:{}/", serving.port)]);
    assert_eq!(told.code, 35, "{:#}", told.failed);
    let begun = serving.begun.clone();
    let run = serving.stop();
    let found = run.events_of("protocol_recognised");
    assert_eq!(found.len(), 2, "once for each run");
    assert_eq!(
        (&found[0]["protocol"], &found[0]["by"], &found[0]["expected"]),
        (&json!("tls"), &json!("client"), &json!("HTTP"))
    );
    assert!(run.events_of("closed").iter().all(|closed| closed["why"] == "wrong_protocol"));
    let words = super::serving::words(&begun, &run);
    assert!(words.contains("The first bytes belong to another protocol"), "{words}");
    assert!(words.contains("netlearn get http://") || words.contains("http://"), "{words}");
    // Near-miss: a request that breaks the rules of HTTP is no other protocol.
    let serving = Serving::start(&["--port", "0"]);
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    rest(&mut stream);
    let run = serving.stop();
    assert_eq!(
        (run.events_of("protocol_recognised").len(), &run.event("closed")["why"]),
        (0, &json!("bad_request"))
    );
}

#[test]
fn http_to_a_tls_port_as_its_server_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let path = path.to_str().unwrap();
    let serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path]);
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(head(&mut stream) > 0, "an answer in plain HTTP");
    rest(&mut stream);
    let begun = serving.begun.clone();
    let run = serving.stop();
    let found = run.event("protocol_recognised");
    assert_eq!((&found["protocol"], &found["expected"]), (&json!("http"), &json!("TLS")));
    let words = super::serving::words(&begun, &run);
    assert!(words.contains("HTTP") && words.contains("TLS"), "{words}");
    // Near-miss: the same request in TLS.
    let mut serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path]);
    serving.wait_for("authority_written");
    let url = format!("https://localhost:{}/", serving.port);
    assert_eq!(netlearn(&["get", &url, "-q", "--cacert", path]).code, 0);
    assert!(serving.stop().events_of("protocol_recognised").is_empty());
}
