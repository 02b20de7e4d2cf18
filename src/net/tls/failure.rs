//! What a handshake failed at: the library's error and the first bytes that came, turned into facts.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::event::Side;
use crate::event::failure::FailureKind;
use crate::event::http::Known;
use crate::event::tls::TlsFailure;

/// A reason, and the side that found the fault.
pub(super) struct Found {
    pub(super) reason: TlsFailure,
    pub(super) by: Side,
    pub(super) alert: Option<String>,
}

impl Found {
    fn here(reason: TlsFailure) -> Found {
        Found { reason, by: Side::Client, alert: None }
    }

    fn there(reason: TlsFailure) -> Found {
        Found { reason, by: Side::Server, alert: None }
    }
}

/// Our own limit ended it.
pub(super) fn timeout() -> Found {
    Found::here(TlsFailure::Timeout)
}

/// Why the handshake ended with `error`, when `head` is how the peer's bytes began.
pub(super) fn reason(error: &io::Error, head: &[u8]) -> Found {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return of_library(error, head);
    }
    if !head.is_empty() && !is_tls(head) {
        return Found::here(TlsFailure::NotTls);
    }
    use io::ErrorKind as Kind;
    if error.kind() == Kind::UnexpectedEof {
        return Found::there(TlsFailure::Closed);
    }
    let reset = matches!(error.kind(), Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted);
    if reset { Found::there(TlsFailure::Reset) } else { Found::here(TlsFailure::Other) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors, which grows")]
fn of_library(error: &Error, head: &[u8]) -> Found {
    match error {
        Error::InvalidCertificate(fault) => Found::here(of_certificate(fault)),
        Error::AlertReceived(alert) => {
            Found { alert: Some(alert_name(*alert)), ..Found::there(TlsFailure::Alert) }
        }
        _ if !head.is_empty() && !is_tls(head) => Found::here(TlsFailure::NotTls),
        _ => Found::here(TlsFailure::Other),
    }
}

/// What is wrong with a certificate.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of errors, which grows")]
pub(super) fn of_certificate(fault: &CertificateError) -> TlsFailure {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFailure::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFailure::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFailure::WrongName
        }
        // The latter two: an authority of the issuer's name is trusted, and another key signed. Nobody trusted did.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            TlsFailure::UnknownIssuer
        }
        _ => TlsFailure::BadCertificate,
    }
}

/// The kind of failure that ends the run.
pub(super) fn kind(reason: TlsFailure, received: u64) -> FailureKind {
    match reason {
        TlsFailure::Expired => FailureKind::CertificateExpired,
        TlsFailure::NotYetValid => FailureKind::CertificateNotYetValid,
        TlsFailure::WrongName => FailureKind::CertificateWrongName,
        TlsFailure::UnknownIssuer => FailureKind::CertificateUnknownIssuer,
        TlsFailure::BadCertificate => FailureKind::CertificateOther,
        TlsFailure::NotTls => FailureKind::TlsToPlain,
        TlsFailure::Timeout if received == 0 => FailureKind::NeverAnswers,
        TlsFailure::Timeout => FailureKind::Stalled,
        TlsFailure::Alert | TlsFailure::Closed | TlsFailure::Reset | TlsFailure::Other => {
            FailureKind::TlsHandshake
        }
    }
}

/// Whether bytes begin a TLS record: a content type from change_cipher_spec to heartbeat, and version 3.x
/// (RFC 8446 section 5.1, RFC 6520 section 3). With fewer than two octets the doubt is in favour of TLS.
fn is_tls(head: &[u8]) -> bool {
    match head {
        [] => true,
        [kind] => (20..=24).contains(kind),
        [kind, version, ..] => (20..=24).contains(kind) && *version == 3,
    }
}

/// The protocol whose first bytes these are.
pub fn protocol(head: &[u8]) -> Known {
    const BEGINNINGS: [(&[u8], Known); 8] = [
        (b"HTTP/", Known::Http),
        (b"SSH-", Known::Ssh),
        (b"+OK", Known::Pop3),
        (b"* OK", Known::Imap),
        (b"-ERR", Known::Redis),
        (b"PRI * HTTP/2", Known::Http2),
        (b"GET /", Known::Http),
        (b"POST /", Known::Http),
    ];
    if let Some((_, known)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return *known;
    }
    if head.starts_with(b"220") {
        let smtp = head.windows(4).any(|word| word.eq_ignore_ascii_case(b"SMTP"));
        let ftp = head.windows(3).any(|word| word.eq_ignore_ascii_case(b"FTP"));
        return if smtp {
            Known::Smtp
        } else if ftp {
            Known::Ftp
        } else {
            Known::Unknown
        };
    }
    // A SETTINGS frame, with which an HTTP/2 server begins (RFC 9113 sections 3.4 and 4.1).
    if matches!(head, [0, 0, _, 4, ..]) {
        return Known::Http2;
    }
    // A MySQL packet: a length of three octets, sequence 0, protocol version 10.
    if matches!(head, [_, _, 0, 0, 10, ..]) {
        return Known::Mysql;
    }
    Known::Unknown
}

/// The description by its name in RFC 8446 section 6, as `handshake_failure`.
fn alert_name(alert: AlertDescription) -> String {
    match (alert, alert.as_str()) {
        // The library spells this one in British English.
        (AlertDescription::UnrecognisedName, _) => "unrecognized_name".to_owned(),
        (AlertDescription::EncryptedClientHelloRequired, _) => "ech_required".to_owned(),
        (_, Some(name)) => snake_case(name),
        // It has no name: its number stands for it.
        (_, None) => u8::from(alert).to_string(),
    }
}

/// `UnknownPSKIdentity` as `unknown_psk_identity`.
fn snake_case(name: &str) -> String {
    let letters = name.as_bytes();
    let mut text = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let lower_at = |at: usize| letters.get(at).is_some_and(u8::is_ascii_lowercase);
        let begins_word =
            index > 0 && letter.is_ascii_uppercase() && (lower_at(index - 1) || lower_at(index + 1));
        if begins_word {
            text.push('_');
        }
        text.push(char::from(letter.to_ascii_lowercase()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_rfc() {
        assert_eq!(alert_name(AlertDescription::HandshakeFailure), "handshake_failure");
        assert_eq!(alert_name(AlertDescription::UnrecognisedName), "unrecognized_name");
        assert_eq!(alert_name(AlertDescription::UnknownCA), "unknown_ca");
        assert_eq!(alert_name(AlertDescription::UnknownPSKIdentity), "unknown_psk_identity");
        assert_eq!(alert_name(AlertDescription::BadRecordMac), "bad_record_mac");
        assert_eq!(alert_name(AlertDescription::NoApplicationProtocol), "no_application_protocol");
        assert_eq!(alert_name(AlertDescription::Unknown(99)), "99");
    }

    #[test]
    fn what_is_no_tls_is_recognised_by_its_first_bytes() {
        assert!(is_tls(&[22, 3, 3]) && is_tls(&[21, 3, 1]) && !is_tls(b"HTTP/1.1 400") && !is_tls(&[22, 2]));
        assert_eq!(protocol(b"HTTP/1.1 400 Bad Request"), Known::Http);
        assert_eq!(protocol(b"SSH-2.0-OpenSSH"), Known::Ssh);
        assert_eq!(protocol(b"220 mail.test ESMTP ready"), Known::Smtp);
        assert_eq!(protocol(b"hello"), Known::Unknown);
    }
}
