//! `netlearn connect --tls` against TLS servers and certificates made here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use authority::{Authority, configuration};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use support::{GUARD, Run, accept_within, netlearn_with};

fn listen<T: Send + 'static>(
    handle: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || handle(accept_within(&listener, GUARD)));
    (port.to_string(), thread)
}

/// Serves one TLS client: reads to its `close_notify`, answers with what it read, ends. Errors are the client's affair.
fn echo(config: Arc<ServerConfig>) -> (String, JoinHandle<Vec<u8>>) {
    listen(move |stream| {
        let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut heard = Vec::new();
        if tls.read_to_end(&mut heard).is_ok() {
            let _ = tls.write_all(&heard);
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
        heard
    })
}

fn connect(port: &str, more: &[&str]) -> Run {
    let mut line = vec!["connect", "localhost", port, "--tls", "--json"];
    line.extend_from_slice(more);
    netlearn_with(&line, b"secret")
}

fn handshake_fact(run: &Run) -> Value {
    let failed = run.event("failed");
    let all = failed["evidence"].as_array().unwrap().clone();
    all.into_iter().find(|evidence| evidence["fact"] == "tls").expect("evidence of the handshake")
}

#[test]
fn a_trusted_server_gets_the_input_and_its_answer_comes_back() {
    let authority = Authority::new();
    let (port, server) = echo(authority.server(&["localhost"], |_| {}));
    let line = ["connect", "localhost", &port, "--tls", "--cacert", authority.path(), "-q"];
    let run = netlearn_with(&line, b"secret");
    assert_eq!((run.code, run.text().as_str(), run.stderr.as_str()), (0, "secret", ""));
    assert_eq!(server.join().unwrap(), b"secret");
}

#[test]
fn the_events_tell_what_was_agreed_on_and_both_layers() {
    let authority = Authority::new();
    let (port, server) = echo(authority.server(&["localhost"], |_| {}));
    let run = connect(&port, &["--cacert", authority.path()]);
    server.join().unwrap();
    assert_eq!(run.code, 0);
    let agreed = run.event("tls_established");
    assert_eq!((&agreed["version"], &agreed["verified"]), (&"TLS 1.3".into(), &true.into()));
    assert!(agreed["cipher"].as_str().unwrap().starts_with("TLS_"), "{agreed:#}");
    assert_eq!(agreed["server_name"], "localhost");
    assert_eq!(agreed["certificates"][0]["names"][0], "localhost");
    let bytes = run.events_of("bytes");
    let over = bytes.iter().find(|event| event["layer"] == "tls").unwrap();
    assert_eq!((&over["head"], &over["direction"]), (&"secret".into(), &"sent".into()));
    let under = bytes.iter().find(|event| event["layer"] == "tcp").unwrap();
    assert_eq!(under["head_encoding"], "base64");
    let conversed = run.event("conversed");
    assert_eq!((&conversed["sent"], &conversed["received"]), (&6.into(), &6.into()));
    assert!(run.event("closed")["sent"].as_u64().unwrap() > 6);
}

#[test]
fn each_fault_of_a_certificate_has_its_own_kind_and_all_are_sixty() {
    type Change = fn(&mut CertificateParams);
    let expired: Change = |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let early: Change = |params| params.not_before = date_time_ymd(2090, 1, 1);
    let cases: [(&str, Change, &str, &str); 3] = [
        ("localhost", expired, "expired", "certificate_expired"),
        ("localhost", early, "not_yet_valid", "certificate_not_yet_valid"),
        ("shop.test", |_| {}, "wrong_name", "certificate_wrong_name"),
    ];
    let authority = Authority::new();
    for (name, change, reason, kind) in cases {
        let (port, server) = echo(authority.server(&[name], change));
        let run = connect(&port, &["--cacert", authority.path()]);
        assert_eq!(server.join().unwrap(), b"", "{kind}: nothing may be sent");
        assert_eq!((run.code, &run.event("failed")["kind"]), (60, &kind.into()));
        let event = run.event("tls_failed");
        assert_eq!((&event["reason"], &event["by"]), (&reason.into(), &"client".into()));
        let fact = handshake_fact(&run);
        assert_eq!(fact["certificates"][0]["names"][0], name);
        assert_eq!(fact["expected_name"], "localhost");
        assert!(fact["checked_at"].is_string());
        if kind == "certificate_expired" {
            assert_eq!(fact["certificates"][0]["not_after"], "2021-01-01T00:00:00Z");
        }
    }
}

#[test]
fn an_unknown_authority_is_sixty_and_insecure_goes_on_and_says_why_not() {
    // Both have the same name: what differs is the key.
    let (authority, other) = (Authority::new(), Authority::new());
    let config = authority.server(&["localhost"], |_| {});
    let (port, server) = echo(Arc::clone(&config));
    let run = connect(&port, &["--cacert", other.path()]);
    server.join().unwrap();
    assert_eq!((run.code, &run.event("failed")["kind"]), (60, &"certificate_unknown_issuer".into()));
    let (port, server) = echo(config);
    let run = connect(&port, &["-k"]);
    assert_eq!(server.join().unwrap(), b"secret");
    assert_eq!(run.code, 0);
    let agreed = run.event("tls_established");
    assert_eq!(agreed["verified"], false);
    assert_eq!(agreed["unverified_because"]["reason"], "unknown_issuer");
    assert_eq!(agreed["certificates"][0]["issuer"], "CN=test authority");
}

#[test]
fn a_server_that_is_its_own_authority_is_trusted_only_by_name() {
    let itself = Authority::new();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(&itself.file, certificate.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = configuration(certificate.der().clone(), key);
    let (port, server) = echo(Arc::clone(&config));
    let run = connect(&port, &["--cacert", itself.path()]);
    assert_eq!((run.code, &run.event("tls_established")["verified"]), (0, &true.into()));
    assert_eq!(server.join().unwrap(), b"secret");
    let (port, server) = echo(Arc::clone(&config));
    let run = connect(&port, &["--cacert", Authority::new().path()]);
    server.join().unwrap();
    assert_eq!((run.code, &run.event("tls_failed")["reason"]), (60, &"unknown_issuer".into()));
    let (port, server) = echo(config);
    let route = format!("other.test:{port}:127.0.0.1");
    let line =
        ["connect", "other.test", &port, "--tls", "--json", "--resolve", &route, "--cacert", itself.path()];
    let run = netlearn_with(&line, b"secret");
    server.join().unwrap();
    assert_eq!((run.code, &run.event("tls_failed")["reason"]), (60, &"wrong_name".into()));
}

#[test]
fn a_port_without_tls_is_thirty_five_with_its_first_octets() {
    let (port, server) = listen(|mut stream| {
        let mut hello = [0; 3];
        stream.read_exact(&mut hello).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        hello
    });
    let run = connect(&port, &[]);
    assert_eq!(server.join().unwrap()[..2], [0x16, 0x03]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (35, &"tls_to_plain".into()));
    assert_eq!(run.event("tls_failed")["reason"], "not_tls");
    let failed = run.event("failed");
    let first =
        failed["evidence"].as_array().unwrap().iter().find(|fact| fact["fact"] == "first_bytes").unwrap();
    assert_eq!(first["protocol"], "http");
    assert!(first["head"].as_str().unwrap().starts_with("HTTP/1.1 400"));
}

#[test]
fn a_peer_that_hangs_up_on_the_handshake_is_thirty_five_and_a_silent_one_twenty_eight() {
    let (port, server) = listen(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    let run = connect(&port, &[]);
    server.join().unwrap();
    assert_eq!((run.code, &run.event("tls_failed")["reason"]), (35, &"closed".into()));
    let (port, server) = listen(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = connect(&port, &["-w", "2s"]);
    server.join().unwrap();
    assert_eq!((run.code, &run.event("tls_failed")["reason"]), (28, &"timeout".into()));
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "never_answers");
    if cfg!(target_os = "linux") {
        let facts = failed["evidence"].as_array().unwrap();
        let peer = facts.iter().find(|fact| fact["fact"] == "peer_socket").unwrap();
        assert_eq!(peer["owner"]["pid"], std::process::id());
    }
}

#[test]
fn a_refusal_by_alert_is_named() {
    let authority = Authority::new();
    let (certificate, key) = authority.certify(&["localhost"], |_| {});
    // A server that wants a certificate of the client's, and gets none.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (port, server) = echo(Arc::new(config));
    let run = connect(&port, &["--cacert", authority.path()]);
    server.join().unwrap();
    let failed = run.event("tls_failed");
    assert_eq!((run.code, &failed["reason"], &failed["by"]), (35, &"alert".into(), &"server".into()));
    assert_eq!(failed["alert"], "certificate_required");
}
