//! A throwaway certificate authority for a server on this machine, and the server's side of a TLS handshake.
//!
//! The authority lives as long as the run. Its certificate is written out so that clients can be told to trust it; no
//! private key is ever written, and nothing is added to the machine's trust store.

mod identity;
pub mod issue;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::KeyPair;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::rustls;
use tokio_rustls::server::TlsStream;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::http::{Known, ProtocolRecognised};
use crate::event::recorder::Recorder;
use crate::event::tcp::CloseReason;
use crate::event::tls::{AuthorityWritten, TlsEstablished, TlsFailed, TlsFailure};
use crate::event::{Head, Layer, Side};
use crate::net::NetError;
use crate::net::http::serve::raw;
use crate::net::server::attend::{Ears, End};
use crate::net::server::{Hall, Options, Protocol};
use crate::net::tap::Tap;
use crate::net::tls::certificate;

pub use identity::{Chain, Identity};
use issue::{Authority, Validity};

/// The name of the file that is offered for a certificate that could not be written.
pub const OFFERED: &str = "authority.pem";

/// Name of the authority in its certificate.
const SUBJECT: &str = "netlearn throwaway authority";
/// Longest wait for a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Octets of a client's beginning that are looked at before the handshake.
const PEEK: usize = 64;

/// Makes an authority and a server certificate, writes the authority's certificate out and tells where.
///
/// # Errors
/// Phase `output`: the certificate could not be made or written.
pub fn identity(options: &Options, port: u16, recorder: &Recorder) -> Result<Identity, NetError> {
    let names = names(options);
    let unmade = |error| failed(SUBJECT, error);
    let authority = Authority::new(SUBJECT, recorder).map_err(|error| unmade(io::Error::other(error)))?;
    let key = KeyPair::generate().map_err(|error| unmade(io::Error::other(error)))?;
    let chain = authority
        .chain(&names, "localhost", Validity::USUAL, &key, recorder)
        .map_err(|error| unmade(io::Error::other(error)))?;
    let path = write(options.authority.as_deref(), port, &authority.pem())
        .map_err(|(path, error)| failed(&path.display().to_string(), error))
        .map_err(|error| {
            error.map(|failed| Failed { next: vec![with_file_here(options, port)], ..failed })
        })?;
    recorder.on(Side::Server, Layer::Tls).emit(AuthorityWritten {
        path: path.display().to_string(),
        subject: format!("CN={SUBJECT}"),
        names: names.clone(),
        not_after: Validity::USUAL.not_after(recorder),
        port: Some(port),
        protocol: Some(options.flowing()),
    });
    let alpn: &[&[u8]] = match options.protocol {
        Protocol::Http => &[b"http/1.1"],
        Protocol::Tcp | Protocol::Unix => &[],
    };
    Identity::new(vec![Chain { names, chain }], &key, alpn).map_err(|error| unmade(io::Error::other(error)))
}

/// The same server, with the certificate in the folder that it is started in.
fn with_file_here(options: &Options, port: u16) -> String {
    let kind = match options.protocol {
        Protocol::Tcp => " tcp",
        Protocol::Http | Protocol::Unix => "",
    };
    let hosts: String = options.hosts.iter().map(|host| format!(" --host {host}")).collect();
    format!("netlearn serve{kind} --port {port}{hosts} --tls --ca-out {OFFERED}")
}

/// No certificate, or no file of one.
pub(crate) fn failed(target: &str, error: io::Error) -> NetError {
    let failed = Failed {
        phase: Phase::Output,
        kind: FailureKind::OutputFailed,
        target: target.to_owned(),
        address: None,
        errno: error.raw_os_error(),
        seen_by: Side::Server,
        evidence: vec![Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

/// What the server's certificate is valid for (RFC 9110 section 4.3.4: the name or address in the URL).
fn names(options: &Options) -> Vec<String> {
    let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut names = vec!["localhost".to_owned()];
    let own = crate::net::kernel::own_addresses().unwrap_or_default();
    let wide = options.hosts.iter().any(IpAddr::is_unspecified);
    let hosts = options.hosts.iter().filter(|host| !host.is_unspecified());
    for address in loopback.iter().chain(hosts).chain(own.iter().filter(|_| wide)) {
        let name = address.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn write(wanted: Option<&Path>, port: u16, pem: &str) -> Result<PathBuf, (PathBuf, io::Error)> {
    if let Some(path) = wanted {
        return match save(path, pem) {
            Ok(()) => Ok(path.to_owned()),
            Err(error) => Err((path.to_owned(), error)),
        };
    }
    let folder = std::env::temp_dir();
    let usual = folder.join(format!("netlearn-authority-{port}.pem"));
    forget(&usual);
    let own = folder.join(format!("netlearn-authority-{port}-{}.pem", std::process::id()));
    forget(&own);
    match create(&usual, pem) {
        Ok(()) => Ok(usual),
        Err(_) => create(&own, pem).map(|()| own.clone()).map_err(|error| (own, error)),
    }
}

/// Puts an authority's certificate where the learner wants it. A FIFO that nobody reads is an error: the server is not to wait for it.
pub(crate) fn save(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK);
    }
    options.open(path)?.write_all(pem.as_bytes())
}

/// A new file that only its owner may change; never one that is there already, and never through a link that somebody
/// else may have put there.
fn create(path: &Path, pem: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(pem.as_bytes())
}

/// Removes what an earlier run of this user left there; anybody else's file stays.
fn forget(path: &Path) {
    let Ok(facts) = path.symlink_metadata() else { return };
    #[cfg(unix)]
    let own = {
        use std::os::unix::fs::MetadataExt as _;
        facts.uid() == rustix::process::geteuid().as_raw()
    };
    #[cfg(not(unix))]
    let own = true;
    if own && facts.is_file() {
        // Where this fails, so does the creation, and that says why.
        let _ = std::fs::remove_file(path);
    }
}

/// How a client of the TLS port begins.
pub enum Greeting {
    /// Its first octets, still unread.
    Octets(Vec<u8>),
    /// It ended or reset the connection and had said nothing.
    Ended,
    /// It said nothing in the time allowed.
    Silence,
    /// We are stopping.
    Stopping,
}

/// Waits for a client's first octets and leaves them unread.
pub async fn greeting(stream: &TcpStream, hall: &Hall) -> Greeting {
    let mut octets = vec![0; PEEK];
    let patience = hall.options.patience().unwrap_or(Duration::MAX);
    tokio::select! {
        result = stream.peek(&mut octets) => match result {
            Ok(len @ 1..) => {
                octets.truncate(len);
                Greeting::Octets(octets)
            }
            Ok(_) | Err(_) => Greeting::Ended,
        },
        () = tokio::time::sleep(patience) => Greeting::Silence,
        () = hall.stop.cancelled() => Greeting::Stopping,
    }
}

type Stream = Tap<TcpStream>;

/// Does the handshake, or says what the client speaks instead.
///
/// # Errors
/// How the connection is to end, and the plain stream where it is still there.
pub async fn handshake(
    mut stream: Stream,
    identity: &Identity,
    greeting: Greeting,
    hall: &Hall,
    ears: &Ears,
) -> Result<Box<TlsStream<Stream>>, (Option<Stream>, End)> {
    let octets = match greeting {
        Greeting::Octets(octets) => octets,
        Greeting::Ended => {
            // Read the end that was only looked at, so that it is seen.
            let _ = stream.read(&mut [0]).await;
            return Err((Some(stream), End::default()));
        }
        Greeting::Silence => return Err((Some(stream), End::because(CloseReason::Idle))),
        Greeting::Stopping => return Err((Some(stream), End::because(CloseReason::Stopping))),
    };
    // A handshake record, or an alert (RFC 8446 section 5.1).
    if !matches!(octets.first(), Some(0x15 | 0x16)) {
        let end = foreign(&mut stream, octets, hall, ears).await;
        return Err((Some(stream), end));
    }
    let began = hall.recorder.now();
    let limit = HANDSHAKE.min(hall.options.limits.idle);
    let result = tokio::select! {
        result = identity.acceptor.accept(stream).into_fallible() => result.map_err(|(error, stream)| (error, Some(stream))),
        () = tokio::time::sleep(limit) => Err((io::ErrorKind::TimedOut.into(), None)),
        () = hall.stop.cancelled() => return Err((None, End::because(CloseReason::Stopping))),
    };
    let note = || hall.recorder.on(Side::Server, Layer::Tls).flow(ears.flow).since(began);
    match result {
        Ok(stream) => {
            if ears.detailed() {
                note().emit(established(&stream, identity));
            }
            Ok(Box::new(stream))
        }
        Err((error, stream)) => {
            if ears.detailed() {
                note().emit(refused(&error));
            }
            let timeout = error.kind() == io::ErrorKind::TimedOut;
            let end = if timeout { End::because(CloseReason::SlowHead) } else { End::default() };
            Err((stream, end))
        }
    }
}

/// What was agreed on. A server is shown no certificate here, and shows its own: it has nothing to verify.
fn established(stream: &TlsStream<Stream>, identity: &Identity) -> TlsEstablished {
    let session = stream.get_ref().1;
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    };
    let cipher = session.negotiated_cipher_suite().map(|suite| suite.suite());
    TlsEstablished {
        version,
        // rustls writes `TLS13_AES...` for what IANA registers as `TLS_AES...`.
        cipher: cipher
            .and_then(|cipher| cipher.as_str())
            .map_or_else(String::new, |name| name.replacen("TLS13_", "TLS_", 1)),
        alpn: session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        server_name: session.server_name().map(str::to_owned),
        certificates: identity.shown(session.server_name()).to_vec(),
        certificates_left_out: None,
        verified: true,
        unverified_because: None,
    }
}

fn refused(error: &io::Error) -> TlsFailed {
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let mut alert = None;
    let reason = match fault {
        Some(rustls::Error::AlertReceived(description)) => {
            alert = Some(description.as_str().map_or_else(|| u8::from(*description).to_string(), snake));
            TlsFailure::Alert
        }
        Some(rustls::Error::InvalidMessage(_)) => TlsFailure::NotTls,
        Some(_) => TlsFailure::Other,
        None if error.kind() == io::ErrorKind::UnexpectedEof => TlsFailure::Closed,
        None if error.kind() == io::ErrorKind::ConnectionReset => TlsFailure::Reset,
        None if error.kind() == io::ErrorKind::TimedOut => TlsFailure::Timeout,
        None => TlsFailure::Other,
    };
    let client = matches!(reason, TlsFailure::Alert | TlsFailure::Closed | TlsFailure::Reset);
    TlsFailed {
        reason,
        by: if client { Side::Client } else { Side::Server },
        error: error.to_string(),
        certificates: Vec::new(),
        certificates_left_out: None,
        expected_name: None,
        alert,
        checked_at: None,
    }
}

/// `UnknownCA` as RFC 8446 section 6 spells it: `unknown_ca`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut before = None::<char>;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before.is_some_and(|before| before.is_ascii_lowercase()) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        before = Some(letter);
    }
    snake
}

/// The client speaks something else on the TLS port: said, and to plain HTTP answered in kind, as nginx does.
async fn foreign(stream: &mut Stream, greeting: Vec<u8>, hall: &Hall, ears: &Ears) -> End {
    let protocol = recognised(&greeting);
    // Read what was only looked at: closing on unread octets would be a RST, and might take the answer with it.
    let mut taken = vec![0; 16 * 1024];
    let _ = stream.read(&mut taken).await;
    if ears.detailed() {
        hall.recorder.on(Side::Server, Layer::Tls).flow(ears.flow).emit(ProtocolRecognised {
            by: Side::Client,
            expected: "TLS".to_owned(),
            protocol,
            head: Head(greeting),
        });
    }
    if protocol == Known::Http {
        let octets = raw::answer(400, "This port speaks TLS: use https://\n", &hall.recorder);
        let _ = stream.write_all(&octets).await;
    }
    End::because(CloseReason::WrongProtocol)
}

/// What a client that speaks first begins with.
pub fn recognised(greeting: &[u8]) -> Known {
    let token = greeting.iter().take_while(|octet| octet.is_ascii_uppercase()).count();
    if greeting.starts_with(b"PRI * HTTP/2") {
        Known::Http2
    } else if greeting.starts_with(b"SSH-") {
        Known::Ssh
    } else if token > 0 && greeting.get(token).is_none_or(|octet| *octet == b' ') {
        Known::Http
    } else {
        Known::Unknown
    }
}
