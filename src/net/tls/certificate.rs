//! Certificates as facts: names, dates, issuer. It judges nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustls::SupportedCipherSuite;
use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{ASN1Time, FromDer as _, X509Certificate};

use crate::event::tls::Certificate;

/// Certificates of a chain that are described; a peer may send more.
pub const CHAIN_LIMIT: usize = 10;

/// Names of one certificate that are described.
pub const NAMES_LIMIT: usize = 100;

/// The facts of a chain as it was shown, the server's own certificate first. One that cannot be read is told as such.
pub fn describe(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().take(CHAIN_LIMIT).map(|der| one(der)).collect()
}

/// How many of a chain are past the limit.
pub fn left_out(chain: &[CertificateDer<'_>]) -> Option<u64> {
    past(chain.len(), CHAIN_LIMIT)
}

fn past(len: usize, limit: usize) -> Option<u64> {
    (len > limit).then(|| (len - limit) as u64)
}

fn one(der: &[u8]) -> Certificate {
    let sha256 = sha256(der);
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        let unreadable = "unreadable".to_owned();
        return Certificate {
            subject: unreadable.clone(),
            issuer: unreadable,
            names: Vec::new(),
            names_left_out: None,
            not_before: String::new(),
            not_after: String::new(),
            self_issued: false,
            sha256,
        };
    };
    let mut names = names(&parsed);
    let names_left_out = past(names.len(), NAMES_LIMIT);
    names.truncate(NAMES_LIMIT);
    Certificate {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        names,
        names_left_out,
        not_before: date(parsed.validity().not_before),
        not_after: date(parsed.validity().not_after),
        self_issued: parsed.subject().as_raw() == parsed.issuer().as_raw(),
        sha256,
    }
}

/// The DNS names and IP addresses of subjectAltName (RFC 5280 section 4.2.1.6): the only ones that count for TLS
/// (RFC 9525 section 2).
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| {
        if let GeneralName::DNSName(name) = name {
            return Some((*name).to_owned());
        }
        let GeneralName::IPAddress(octets) = name else { return None };
        address(octets).map(|address| address.to_string())
    };
    extension.value.general_names.iter().filter_map(name).collect()
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(v4).into());
    }
    Some(Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?).into())
}

fn date(time: ASN1Time) -> String {
    jiff::Timestamp::from_second(time.timestamp()).map(|time| time.to_string()).unwrap_or_default()
}

/// The usual fingerprint, hexadecimal.
fn sha256(der: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    let digest = digest(der);
    let mut text = String::with_capacity(64);
    for octet in &digest {
        write!(text, "{octet:02x}").ok()?;
    }
    (!text.is_empty()).then_some(text)
}

/// SHA-256 of these octets; empty where the library has none.
pub(super) fn digest(octets: &[u8]) -> Vec<u8> {
    match rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256 {
        SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider.hash(octets).as_ref().to_vec(),
        SupportedCipherSuite::Tls12(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_dates_and_issuer_are_read_from_a_certificate() {
        let mut params =
            rcgen::CertificateParams::new(["shop.test".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()])
                .unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 2);
        params.not_after = rcgen::date_time_ymd(2021, 1, 2);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let facts = describe(&[certificate.der().clone()]).remove(0);
        assert_eq!(facts.names, ["shop.test", "127.0.0.1", "::1"]);
        assert_eq!(facts.not_before, "2020-01-02T00:00:00Z");
        assert_eq!(facts.not_after, "2021-01-02T00:00:00Z");
        assert!(facts.self_issued);
        assert_eq!(facts.subject, facts.issuer);
        assert_eq!(facts.sha256.unwrap().len(), 64);
    }

    #[test]
    fn a_chain_and_its_names_are_described_up_to_a_limit_and_the_rest_is_counted() {
        let names = |count: usize| (0..count).map(|number| format!("{number}.shop.test"));
        for (shown, left_out) in [(100, None), (103, Some(3))] {
            let params = rcgen::CertificateParams::new(names(shown).collect::<Vec<_>>()).unwrap();
            let key = rcgen::KeyPair::generate().unwrap();
            let der = params.self_signed(&key).unwrap().der().clone();
            let facts = describe(std::slice::from_ref(&der)).remove(0);
            assert_eq!((facts.names.len(), facts.names_left_out), (100, left_out));
            assert!(facts.names.into_iter().eq(names(100)));
            for (len, described, rest) in [(1, 1, None), (10, 10, None), (12, 10, Some(2))] {
                let chain = vec![der.clone(); len];
                assert_eq!((describe(&chain).len(), super::left_out(&chain)), (described, rest));
            }
        }
    }

    #[test]
    fn octets_that_are_no_certificate_are_said_to_be_unreadable() {
        assert_eq!(describe(&[CertificateDer::from(vec![1, 2, 3])]).remove(0).subject, "unreadable");
    }

    #[test]
    fn the_fingerprint_is_sha256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b"").as_deref(), Some(empty));
    }
}
