//! `serve --tls`, and TLS or plain HTTP at a port where the other is spoken.

use std::io::{Read as _, Write as _};

use super::asking::{GET, connect, rest, status};
use super::support::Serving;

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
        let agreed = serving.wait_for("tls_established");
        assert_eq!((&agreed["version"], &agreed["alpn"]), (&"TLS 1.3".into(), &"http/1.1".into()));
        assert_eq!(serving.wait_for("answered")["status"], 200);
        let closed = serving.wait_for("closed");
        assert_eq!((&closed["application"], &closed["requests"]), (&GET.len().into(), &1.into()), "{closed}");
    }
    let server = rustls::pki_types::ServerName::try_from("localhost").expect("a name");
    let mut spare = rustls::ClientConnection::new(config, server).expect("a session");
    let mut stream = connect(serving.port);
    while spare.is_handshaking() {
        spare.complete_io(&mut stream).expect("it is trusted");
    }
    spare.send_close_notify();
    spare.complete_io(&mut stream).expect("sent");
    let closed = serving.wait_for("closed");
    // A handshake is no request.
    assert_eq!((&closed["application"], &closed["requests"]), (&0.into(), &0.into()), "{closed}");
    assert_eq!(serving.stop().event("served")["requests"], 3);
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
