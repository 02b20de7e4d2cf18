//! Making a throwaway authority and the certificates it signs. Keys stay in memory; nothing is written here.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::certificate;
use crate::event::recorder::Recorder;

/// How long certificates are valid; longer than any lesson, shorter than anybody would rely on.
const DAYS: i64 = 7;

/// From when until when, in days from today (UTC), each at midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    pub from: i64,
    pub until: i64,
}

impl Validity {
    /// From yesterday, so that a clock somewhat behind ours finds it valid too.
    pub const USUAL: Validity = Validity { from: -1, until: DAYS };
    /// Over since yesterday.
    pub const PAST: Validity = Validity { from: -30, until: -1 };

    /// The date of its end.
    pub fn not_after(self, recorder: &Recorder) -> String {
        let (year, month, day) = day(recorder, self.until);
        format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
    }
}

/// An authority that lives as long as this value.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one, with a new key (ECDSA on P-256); it may sign certificates of servers and no further authority.
    ///
    /// # Errors
    /// As the library that makes certificates.
    pub fn new(subject: &str, recorder: &Recorder) -> Result<Authority, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = params(&[], subject, Validity::USUAL, recorder)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Authority { certificate, issuer: Issuer::new(params, key) })
    }

    /// Its certificate, as PEM.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A server's certificate for `names` (host names and addresses) and `key`, and the authority's after it.
    ///
    /// # Errors
    /// A name that no certificate can hold, or as the library that makes certificates.
    pub fn chain(
        &self,
        names: &[String],
        subject: &str,
        validity: Validity,
        key: &KeyPair,
        recorder: &Recorder,
    ) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
        let mut leaf = params(names, subject, validity, recorder)?;
        // An issuer gives no serial number twice (RFC 5280 section 4.1.2.2), and one key may be in several certificates.
        let mut unique = key.public_key_raw().to_vec();
        unique.extend_from_slice(format!("{names:?} {validity:?}").as_bytes());
        leaf.serial_number = Some(serial(&unique));
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = leaf.signed_by(key, &self.issuer)?;
        Ok(vec![leaf.der().clone(), self.certificate.der().clone()])
    }
}

/// Sixteen octets of a digest, as a positive number.
fn serial(unique: &[u8]) -> SerialNumber {
    let mut octets: Vec<u8> = certificate::digest(unique).into_iter().take(16).collect();
    if let Some(first) = octets.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    SerialNumber::from(octets)
}

fn params(
    names: &[String],
    subject: &str,
    validity: Validity,
    recorder: &Recorder,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, subject);
    params.distinguished_name = name;
    let (year, month, from) = day(recorder, validity.from);
    params.not_before = rcgen::date_time_ymd(year, month, from);
    let (year, month, until) = day(recorder, validity.until);
    params.not_after = rcgen::date_time_ymd(year, month, until);
    Ok(params)
}

/// The date so many days from now, in UTC.
fn day(recorder: &Recorder, days: i64) -> (i32, u8, u8) {
    use jiff::ToSpan as _;
    let now = recorder.wall().to_zoned(jiff::tz::TimeZone::UTC);
    let date = now.checked_add(days.days()).unwrap_or(now).date();
    (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
}
