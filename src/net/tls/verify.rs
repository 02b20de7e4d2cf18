//! A verifier that keeps what it was shown and what the library's verifier said of it.
//!
//! It adds no trust but under `-k`, where a failed check is kept and then passed over. Signatures of the handshake are
//! always checked: without that there would be no peer to talk about.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::net::world::Trust;

/// Octets of a file of trusted certificates; a longer one is refused, because a part of it would not trust as the whole.
pub const FILE_LIMIT: u64 = 16 * 1024 * 1024;

/// What the peer showed, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) error: Option<Error>,
}

/// The verifier of one handshake.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Absent where there is no authority to trust at all.
    judge: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `--cacert`.
    named: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    /// `-k`: keep the error and go on.
    go_on: bool,
    seen: Arc<Mutex<Seen>>,
}

impl Verifier {
    /// A verifier that trusts as `trust` says; its findings are shared with the caller.
    ///
    /// # Errors
    /// The file of `--cacert` cannot be read or holds no certificate.
    pub(super) fn new(
        trust: &Trust,
        provider: Arc<CryptoProvider>,
    ) -> io::Result<(Verifier, Arc<Mutex<Seen>>)> {
        let (roots, named) = match trust {
            Trust::File(path) => of_file(path)?,
            Trust::Pem(text) => of_pem(text.as_bytes())?,
            Trust::System | Trust::Nobody => (of_system(), Vec::new()),
        };
        let judge = if roots.is_empty() {
            None
        } else {
            let builder = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
            Some(builder.build().map_err(io::Error::other)?)
        };
        let seen = Arc::<Mutex<Seen>>::default();
        let go_on = *trust == Trust::Nobody;
        Ok((Verifier { judge, named, provider, go_on, seen: Arc::clone(&seen) }, seen))
    }
}

/// The authorities that this system trusts; those that cannot be read are passed over, as browsers do.
fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn of_file(path: &Path) -> io::Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let mut text = Vec::new();
    File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(invalid(&format!("the file has more than {FILE_LIMIT} bytes")));
    }
    of_pem(&text)
}

fn of_pem(text: &[u8]) -> io::Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let mut roots = RootCertStore::empty();
    let mut named = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text) {
        let certificate = certificate.map_err(|error| invalid(&error.to_string()))?;
        roots.add(certificate.clone()).map_err(|error| invalid(&error.to_string()))?;
        named.push(certificate);
    }
    if roots.is_empty() {
        return Err(invalid("no certificate (PEM) in this file"));
    }
    Ok((roots, named))
}

/// Judges a server's certificate that the user trusts by name: dates and names, as for any other. The library would refuse
/// one that may also sign others, which is what `openssl req -x509` makes; other TLS clients take it.
fn named_itself(certificate: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
    let encoding = || Error::InvalidCertificate(CertificateError::BadEncoding);
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| encoding())?;
    let (validity, now) = (parsed.validity(), i64::try_from(now.as_secs()).map_err(|_| encoding())?);
    if now < validity.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// What the handshake showed so far.
pub(super) fn look(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = match &self.judge {
            Some(judge) => {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let verdict = if verdict.is_err() && self.named.contains(end_entity) {
            named_itself(end_entity, server_name, now).map(|()| ServerCertVerified::assertion())
        } else {
            verdict
        };
        let mut seen = look(&self.seen);
        seen.chain =
            std::iter::once(end_entity).chain(intermediates).map(|der| der.clone().into_owned()).collect();
        seen.error = verdict.as_ref().err().cloned();
        if self.go_on { Ok(ServerCertVerified::assertion()) } else { verdict }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
