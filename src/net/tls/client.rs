//! The client's handshake (RFC 8446 section 2): one event whether it succeeds or fails, with the certificates shown.
//!
//! It trusts nobody that [`Trust`] does not name, sends no client certificate and resumes no session.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;

use super::verify::{Seen, Verifier, look};
use super::{certificate, failure};
use crate::event::failure::{Evidence, Failed, Phase};
use crate::event::recorder::{At, Recorder};
use crate::event::tls::{TlsEstablished, TlsFailed, TlsFailure};
use crate::event::{Flow, Head, Layer, Side};
use crate::net::NetError;
use crate::net::world::Trust;

/// Octets of the peer's first bytes that are kept, to tell what it speaks where it is no TLS.
const OPENING: usize = 64;

/// Whom to shake hands with, and how.
#[derive(Clone, Debug)]
pub struct Hello<'a> {
    /// The name or address that the certificate must be valid for.
    pub name: &'a str,
    /// Where the connection leads.
    pub peer: SocketAddr,
    pub flow: Flow,
    pub trust: &'a Trust,
    /// Application protocols to offer (RFC 7301), best first, as `http/1.1`; empty for none.
    pub alpn: &'a [&'a str],
    /// How long the whole handshake may take.
    pub limit: Duration,
    /// What the user called the target, for the failure.
    pub target: &'a str,
}

/// A connection under TLS.
#[derive(Debug)]
pub struct Secured<S> {
    /// What is written here leaves encrypted. Shutting it down sends `close_notify` and ends the own direction of the
    /// connection beneath; reading goes on (RFC 8446 section 6.1).
    pub stream: tokio_rustls::client::TlsStream<Opening<S>>,
    /// What was agreed on.
    pub agreed: TlsEstablished,
    /// How long the handshake took.
    pub took: Duration,
}

/// Shakes hands over `stream` (a tapped connection) as a client; emits `tls_established` or `tls_failed`.
///
/// # Errors
/// Phase `handshake`: a certificate that is not trusted, no TLS at the other end, an alert, an end, silence.
pub async fn handshake<S>(stream: S, hello: &Hello<'_>, recorder: &Recorder) -> Result<Secured<S>, NetError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = Beginning::default();
    let stream = Opening { inner: stream, head: head.clone() };
    let mut attempt = Attempt { hello, recorder, began: recorder.now(), head, seen: Arc::default() };
    let (config, name) = match attempt.prepare() {
        Ok(prepared) => prepared,
        Err(error) => return Err(attempt.failed(Some(error))),
    };
    let connecting = TlsConnector::from(config).connect(name, stream);
    match tokio::time::timeout(hello.limit, connecting).await {
        Ok(Ok(stream)) => Ok(attempt.established(stream)),
        Ok(Err(error)) => Err(attempt.failed(Some(error))),
        Err(_) => Err(attempt.failed(None)),
    }
}

/// Whether the certificates that are to be trusted can be read; a pipe can be read but once, and is left alone.
///
/// # Errors
/// The file cannot be read, holds no certificate or is too long.
pub fn readable(trust: &Trust) -> io::Result<()> {
    match trust {
        Trust::File(path) if !path.metadata()?.is_file() => Ok(()),
        Trust::File(_) | Trust::Pem(_) => config(trust).map(drop),
        Trust::System | Trust::Nobody => Ok(()),
    }
}

/// A configuration for a library that shakes hands itself: trust as `trust` says, no client certificate, nothing by ALPN.
///
/// # Errors
/// The file of `--cacert` cannot be read or holds no certificate.
pub fn config(trust: &Trust) -> io::Result<ClientConfig> {
    Ok(trusting(trust)?.0)
}

fn trusting(trust: &Trust) -> io::Result<(ClientConfig, Arc<Mutex<Seen>>)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (verifier, seen) = Verifier::new(trust, Arc::clone(&provider))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok((config, seen))
}

/// One handshake and what it showed so far.
struct Attempt<'a> {
    hello: &'a Hello<'a>,
    recorder: &'a Recorder,
    began: At,
    head: Beginning,
    seen: Arc<Mutex<Seen>>,
}

impl Attempt<'_> {
    fn prepare(&mut self) -> io::Result<(Arc<ClientConfig>, ServerName<'static>)> {
        let name = ServerName::try_from(self.hello.name.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (mut config, seen) = trusting(self.hello.trust)?;
        self.seen = seen;
        config.alpn_protocols = self.hello.alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok((Arc::new(config), name))
    }

    fn established<S>(&self, stream: tokio_rustls::client::TlsStream<Opening<S>>) -> Secured<S> {
        let took = self.recorder.now().since(self.began);
        let agreed = self.agreed(stream.get_ref().1);
        self.recorder
            .on(Side::Client, Layer::Tls)
            .flow(self.hello.flow)
            .at(self.began)
            .took(took)
            .emit(agreed.clone());
        Secured { stream, agreed, took }
    }

    fn agreed(&self, connection: &ClientConnection) -> TlsEstablished {
        let seen = look(&self.seen);
        let unverified_because = seen.error.as_ref().map(|error| {
            let error = io::Error::other(error.clone());
            TlsFailed {
                certificates: Vec::new(),
                certificates_left_out: None,
                ..self.facts(&seen, Some(&error))
            }
        });
        TlsEstablished {
            version: connection.protocol_version().map_or_else(|| "unknown".to_owned(), version),
            cipher: connection.negotiated_cipher_suite().map(cipher).unwrap_or_default(),
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            server_name: self.server_name(),
            certificates: certificate::describe(&seen.chain),
            certificates_left_out: certificate::left_out(&seen.chain),
            verified: unverified_because.is_none(),
            unverified_because,
        }
    }

    /// The name sent in the clear: an address is never sent (RFC 6066 section 3).
    fn server_name(&self) -> Option<String> {
        let name = self.hello.name;
        name.parse::<std::net::IpAddr>().is_err().then(|| name.trim_end_matches('.').to_owned())
    }

    /// What is known of the failure; `None` stands for our own limit.
    fn facts(&self, seen: &Seen, error: Option<&io::Error>) -> TlsFailed {
        let mut found = match error {
            Some(error) => failure::reason(error, &self.head.octets()),
            None => failure::timeout(),
        };
        let certificates = certificate::describe(&seen.chain);
        let text = error.map_or_else(|| "the handshake took too long".to_owned(), ToString::to_string);
        if found.reason == TlsFailure::UnknownIssuer && seen.error.is_none() {
            // The chain was good and the signature over the handshake was not: the peer lacks the certificate's key.
            found.reason = TlsFailure::BadCertificate;
        }
        // What `openssl req -x509` makes, an authority that is its own server: the library stops at the second half of
        // that, what matters is that nobody trusted vouches for it (one that is trusted has passed).
        let own_authority = certificates.first().is_some_and(|first| first.self_issued);
        if own_authority && text.contains("CaUsedAsEndEntity") {
            found.reason = TlsFailure::UnknownIssuer;
        }
        TlsFailed {
            reason: found.reason,
            by: found.by,
            error: text,
            certificates,
            certificates_left_out: certificate::left_out(&seen.chain),
            expected_name: Some(self.hello.name.to_owned()),
            alert: found.alert,
            checked_at: Some(self.recorder.wall().to_string()),
        }
    }

    fn failed(&self, source: Option<io::Error>) -> NetError {
        let took = self.recorder.now().since(self.began);
        let facts = self.facts(&look(&self.seen), source.as_ref());
        self.recorder
            .on(Side::Client, Layer::Tls)
            .flow(self.hello.flow)
            .at(self.began)
            .took(took)
            .emit(facts.clone());
        let head = self.head.octets();
        let reason = facts.reason;
        let mut evidence = vec![Evidence::Tls { failed: facts }];
        if reason == TlsFailure::NotTls {
            let protocol = failure::protocol(&head);
            evidence.push(Evidence::FirstBytes { protocol, head: Head(head.clone()) });
        }
        if reason == TlsFailure::Timeout {
            evidence.push(Evidence::Waited { time: took });
            evidence.push(Evidence::Received { len: self.head.total() });
        }
        let failed = Failed {
            phase: Phase::Handshake,
            kind: failure::kind(reason, self.head.total()),
            target: self.hello.target.to_owned(),
            address: Some(self.hello.peer),
            errno: source.as_ref().and_then(io::Error::raw_os_error),
            seen_by: Side::Client,
            evidence,
            next: Vec::new(),
        };
        NetError::new(failed, source)
    }
}

/// `TLSv1_3` as people write it.
fn version(version: ProtocolVersion) -> String {
    version.as_str().map_or_else(
        || format!("{:#06x}", u16::from(version)),
        |name| name.replace("TLSv", "TLS ").replace('_', "."),
    )
}

/// The IANA name: the library marks those of TLS 1.3, IANA does not.
fn cipher(suite: rustls::SupportedCipherSuite) -> String {
    let suite = suite.suite();
    suite
        .as_str()
        .map_or_else(|| format!("{:#06x}", u16::from(suite)), |name| name.replacen("TLS13_", "TLS_", 1))
}

/// How the peer's bytes began, and how many came.
#[derive(Clone, Debug, Default)]
struct Beginning(Arc<Mutex<(Vec<u8>, u64)>>);

impl Beginning {
    fn hear(&self, bytes: &[u8]) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = OPENING - begun.0.len();
        begun.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        begun.1 += bytes.len() as u64;
    }

    fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn total(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// A stream that remembers how the peer began.
#[derive(Debug)]
pub struct Opening<S> {
    inner: S,
    head: Beginning,
}

impl<S> Opening<S> {
    /// The stream itself.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut stream.inner).poll_read(cx, buf))?;
        stream.head.hear(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
