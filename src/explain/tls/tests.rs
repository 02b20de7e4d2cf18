//! The words for each way a handshake can end.

use super::*;
use crate::event::{EventKind, Layer};

fn shown() -> Certificate {
    Certificate {
        subject: "CN=shop.test".to_owned(),
        issuer: "CN=Lab authority".to_owned(),
        names: vec!["shop.test".to_owned(), "*.shop.test".to_owned()],
        names_left_out: None,
        not_before: "2026-01-01T00:00:00Z".to_owned(),
        not_after: "2026-11-01T00:00:00Z".to_owned(),
        self_issued: false,
        sha256: None,
    }
}

fn event(side: Side, kind: EventKind) -> Event {
    Event { seq: 1, at: Default::default(), took: None, flow: None, layer: Some(Layer::Tls), side, kind }
}

fn refusal(reason: TlsFailure) -> TlsFailed {
    TlsFailed {
        reason,
        by: Side::Client,
        error: "invalid peer certificate".to_owned(),
        certificates: vec![shown()],
        certificates_left_out: None,
        expected_name: Some("localhost".to_owned()),
        alert: Some("handshake_failure".to_owned()),
        checked_at: Some("2026-11-23T10:00:00Z".to_owned()),
    }
}

fn refused(reason: TlsFailure) -> Explanation {
    let facts = refusal(reason);
    failed(&event(Side::Client, facts.clone().into()), &facts)
}

fn notes(words: &Explanation) -> Vec<&str> {
    words.lines.iter().map(|line| line.note.as_str()).collect()
}

#[test]
fn each_refusal_names_the_part_that_is_wrong() {
    let words = refused(TlsFailure::Expired);
    assert_eq!(words.what, "the certificate expired on 2026-11-01");
    assert_eq!(words.lines[1].text, "dates   2026-01-01 to 2026-11-01");
    assert_eq!(
        notes(&words),
        ["what it is valid for", "wrong, over: now is 2026-11-23", "who vouches for it"]
    );

    let words = refused(TlsFailure::WrongName);
    assert_eq!(words.what, "the certificate is not for localhost");
    assert_eq!(words.lines[0].text, "names   shop.test and *.shop.test");
    assert_eq!(notes(&words), ["wrong: we called localhost", "fine", "fine: we trust it"]);

    let words = refused(TlsFailure::UnknownIssuer);
    assert_eq!(words.what, "we do not trust the certificate's issuer, CN=Lab authority");
    assert_eq!(notes(&words)[2], "wrong: no one we trust");
    assert!(words.why[0].text.starts_with("The connection works"), "what is fine comes first");
}

#[test]
fn what_is_not_listed_is_counted_and_nothing_is_said_of_it() {
    let top = Certificate { issuer: "CN=Root".to_owned(), ..shown() };
    let whole = TlsFailed { certificates: vec![shown(), top], ..refusal(TlsFailure::UnknownIssuer) };
    let words = failed(&event(Side::Client, whole.clone().into()), &whole);
    assert_eq!(words.what, "we do not trust the certificate's issuer, CN=Root");
    let own = Certificate { names_left_out: Some(1200), ..shown() };
    let cut = TlsFailed {
        certificates: vec![own, whole.certificates[1].clone()],
        certificates_left_out: Some(3),
        ..whole
    };
    let words = failed(&event(Side::Client, cut.clone().into()), &cut);
    assert_eq!(words.what, "we do not trust the certificate's issuer, CN=Lab authority");
    assert_eq!(words.lines[0].text, "names   shop.test, *.shop.test and 1,200 more");
    assert!(words.more.contains(&"3 more stood in the chain and are not listed.".to_owned()), "{words:?}");
}

#[test]
fn an_agreement_is_told_with_its_certificate() {
    let facts = TlsEstablished {
        version: "TLS 1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        alpn: Some("http/1.1".to_owned()),
        server_name: Some("shop.test".to_owned()),
        certificates: vec![shown()],
        certificates_left_out: None,
        verified: true,
        unverified_because: None,
    };
    let words = established(&event(Side::Client, facts.clone().into()), &facts);
    assert_eq!(words.what, "TLS 1.3 with TLS13_AES_256_GCM_SHA384, then HTTP/1.1");
    assert_eq!(words.lines.len(), 3);
    assert_eq!(words.why[0].id, "tls.verified");
    let because = Some(TlsFailed { certificates: vec![], ..refusal(TlsFailure::WrongName) });
    let unchecked = TlsEstablished { verified: false, unverified_because: because, ..facts };
    let words = established(&event(Side::Client, unchecked.clone().into()), &unchecked);
    assert_eq!(words.why[0].id, "tls.unverified");
    assert_eq!(notes(&words)[0], "wrong: we called localhost");
    assert!(words.more.contains(&"The check found: the certificate is not for localhost.".to_owned()));
}

#[test]
fn every_reason_has_words() {
    for reason in [
        TlsFailure::NotYetValid,
        TlsFailure::BadCertificate,
        TlsFailure::NotTls,
        TlsFailure::Alert,
        TlsFailure::Closed,
        TlsFailure::Reset,
        TlsFailure::Timeout,
        TlsFailure::Other,
    ] {
        assert!(!refused(reason).what.is_empty(), "{reason:?}");
    }
    assert_eq!(
        refused(TlsFailure::Alert).what,
        "the server ended the handshake with the alert handshake_failure"
    );
}
