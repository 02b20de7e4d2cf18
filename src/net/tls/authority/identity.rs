//! What a TLS server shows: one certificate, or several told apart by the name that the client asks for.

use std::sync::Arc;

use rcgen::KeyPair;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::rustls::{self, ServerConfig};

use super::certificate;
use crate::event::tls::Certificate;

/// What a TLS server is.
#[derive(Clone)]
pub struct Identity {
    pub(super) acceptor: TlsAcceptor,
    faces: Arc<Vec<Face>>,
}

/// One certificate chain, and the names (SNI, RFC 6066 section 3) at which it is shown.
#[derive(Clone)]
pub struct Chain {
    pub names: Vec<String>,
    /// The server's first, its signer's after it.
    pub chain: Vec<CertificateDer<'static>>,
}

#[derive(Debug)]
struct Face {
    names: Vec<String>,
    shown: Vec<Certificate>,
    certified: Arc<CertifiedKey>,
}

impl Identity {
    /// Shows the chain whose names hold what the client asks for; to one that asks for none of them, or for nothing, the
    /// first. All of them are for the public half of `key`.
    ///
    /// # Errors
    /// As the TLS library; there is no chain.
    pub fn new(chains: Vec<Chain>, key: &KeyPair, alpn: &[&[u8]]) -> Result<Identity, rustls::Error> {
        if chains.is_empty() {
            return Err(rustls::Error::NoCertificatesPresented);
        }
        let key: Arc<dyn SigningKey> =
            ring::sign::any_ecdsa_type(&PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
        let face = |Chain { names, chain }| Face {
            names,
            shown: certificate::describe(&chain),
            certified: Arc::new(CertifiedKey::new(chain, Arc::clone(&key))),
        };
        let faces = Arc::new(chains.into_iter().map(face).collect::<Vec<_>>());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByName(Arc::clone(&faces))));
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Ok(Identity { acceptor: TlsAcceptor::from(Arc::new(config)), faces })
    }

    /// The certificates that a client which asked for `name` was shown.
    pub(super) fn shown(&self, name: Option<&str>) -> &[Certificate] {
        face(&self.faces, name).map_or(&[], |face| &face.shown)
    }
}

fn face<'a>(faces: &'a [Face], name: Option<&str>) -> Option<&'a Face> {
    let asked = |face: &&Face| {
        name.is_some_and(|name| face.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    };
    faces.iter().find(asked).or(faces.first())
}

#[derive(Debug)]
struct ByName(Arc<Vec<Face>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        face(&self.0, hello.server_name()).map(|face| Arc::clone(&face.certified))
    }
}
