//! From a trouble to a failure: which one it was, and every fact about it that can be read while the connection is open.

mod frames;

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::http::{Broken, Known};
use crate::event::recorder::Recorder;
use crate::event::tcp::Direction;
use crate::net::http::annotator::Readings;
use crate::net::{NetError, kernel, tcp};

use super::exchange::Trouble;
use super::message::Message;
use super::open::Open;
use super::wait::Late;
use super::{Options, shown};

/// How long the end of a TLS probe is waited for, so that it resets nobody.
const PROBE_END: Duration = Duration::from_millis(200);

/// The cause as far as it is known: kind, phase, evidence.
struct Cause {
    kind: FailureKind,
    phase: Phase,
    evidence: Vec<Evidence>,
    source: Option<io::Error>,
}

impl Cause {
    fn new(kind: FailureKind, phase: Phase, evidence: Vec<Evidence>) -> Self {
        Cause { kind, phase, evidence, source: None }
    }
}

/// The failure that `trouble` is, with its evidence.
pub(super) async fn failure(
    trouble: Trouble,
    open: &Open,
    message: &Message,
    options: &Options,
    recorder: &Recorder,
) -> NetError {
    let cause = match trouble {
        Trouble::Request(error) => {
            Cause::new(FailureKind::SendFailed, Phase::Send, vec![Evidence::SystemError { error }])
        }
        Trouble::Late(late) => late_cause(late, open, recorder),
        Trouble::Sink(error) => sink_cause(error),
        Trouble::SinkClosed => sink_cause(io::ErrorKind::BrokenPipe.into()),
        Trouble::Wire(error) => wire_cause(&error, open, message, options).await,
        Trouble::Frames(error) => frames_cause(&error, open, message, options).await,
    };
    let failed = Failed {
        phase: cause.phase,
        kind: cause.kind,
        target: shown(&message.url),
        address: Some(open.peer),
        errno: cause.source.as_ref().and_then(io::Error::raw_os_error),
        seen_by: Side::Client,
        evidence: cause.evidence,
        next: Vec::new(),
    };
    NetError::new(failed, cause.source)
}

/// The time of the whole operation was over before there was a connection.
pub(super) fn out_of_time(late: Late, phase: Phase, message: &Message) -> NetError {
    let (Late::Silent(time) | Late::OutOfTime(time)) = late;
    let failed = Failed {
        phase,
        kind: FailureKind::TooLong,
        target: shown(&message.url),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence: vec![Evidence::Waited { time }],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}

fn sink_cause(error: io::Error) -> Cause {
    let evidence = vec![Evidence::SystemError { error: error.to_string() }];
    Cause { source: Some(error), ..Cause::new(FailureKind::OutputFailed, Phase::Output, evidence) }
}

/// Silence, or the end of the time allowed.
fn late_cause(late: Late, open: &Open, recorder: &Recorder) -> Cause {
    let received = open.received_now();
    let (time, silent) = match late {
        Late::Silent(time) => (time, true),
        Late::OutOfTime(time) => (time, false),
    };
    let head_whole = open.readings().responses > open.exchanges;
    let phase = match (received, open.is_sending()) {
        (0, true) => Phase::Send,
        // The limit of the head is one for all of it: bytes may have come until the last.
        (_, false) if !head_whole => Phase::Wait,
        (_, _) => Phase::Receive,
    };
    let (silence, mut evidence) = open.silence(time, recorder);
    let kind = match (silent, phase) {
        (false, _) => FailureKind::TooLong,
        // A part of an answer came, whatever its sender has left unread.
        (true, Phase::Receive) => FailureKind::Stalled,
        (true, _) => silence,
    };
    evidence.extend(length(open));
    Cause::new(if silent { kind } else { FailureKind::TooLong }, phase, evidence)
}

fn length(open: &Open) -> Option<Evidence> {
    let readings = open.readings();
    let declared = readings.body_declared.filter(|_| readings.responses > open.exchanges)?;
    Some(Evidence::Length { declared, received: readings.body_len })
}

/// What the bytes, and then the socket, say; hyper's own words come last.
async fn wire_cause(error: &hyper::Error, open: &Open, message: &Message, options: &Options) -> Cause {
    if let Some(cause) = spoken_cause(open, message) {
        return cause;
    }
    if let Some(cause) = torn_cause(open, message, options).await {
        return cause;
    }
    let received = open.received_now();
    let words = Evidence::SystemError { error: words(error) };
    let readings_body = open.readings().responses > open.exchanges;
    if open.ended() && readings_body {
        let received = open.readings().body_len;
        let evidence = vec![length(open).unwrap_or(Evidence::Received { len: received })];
        return Cause::new(FailureKind::BodyShort, Phase::Receive, evidence);
    }
    if open.ended() {
        // The answer ended before its final head did (RFC 9112 section 8): no rule was broken.
        let interim = open.readings().interim.clone();
        let interim = interim.map(|(status, reason)| Evidence::Status { status, reason });
        let evidence = [Evidence::Received { len: received }].into_iter().chain(interim).collect();
        return Cause::new(FailureKind::BadHead, Phase::Receive, evidence);
    }
    let evidence = vec![Evidence::Received { len: received }, words];
    let kind = match error.is_parse() {
        true => FailureKind::BadHead,
        false if received == 0 && open.is_sending() => FailureKind::SendFailed,
        false => FailureKind::ReceiveFailed,
    };
    let phase = if kind == FailureKind::SendFailed { Phase::Send } else { Phase::Receive };
    Cause::new(kind, phase, evidence)
}

/// The same of HTTP/2: what its frames say, and then the socket.
async fn frames_cause(error: &h2::Error, open: &Open, message: &Message, options: &Options) -> Cause {
    if let Some(cause) = frames::spoken(open, message) {
        return cause;
    }
    if let Some(cause) = torn_cause(open, message, options).await {
        return cause;
    }
    if open.ended() && open.readings().responses > open.exchanges {
        let received = open.readings().body_len;
        let evidence = vec![length(open).unwrap_or(Evidence::Received { len: received })];
        return Cause::new(FailureKind::BodyShort, Phase::Receive, evidence);
    }
    frames::unspoken(error.to_string(), open)
}

/// A RST, or an end before the first octet of an answer.
async fn torn_cause(open: &Open, message: &Message, options: &Options) -> Option<Cause> {
    let received = open.received_now();
    let counts = open.tcp().counts();
    if let Some(during) = counts.reset {
        let phase = if during == Direction::Sent { Phase::Send } else { Phase::Receive };
        let mut evidence = vec![Evidence::ResetAfter { sent: counts.sent, received, during }];
        evidence.extend(tcp::evidence::listening_at(open.peer));
        evidence.extend(length(open));
        let cause = Cause::new(FailureKind::Reset, phase, evidence);
        return Some(probed(cause, open, message, options).await);
    }
    if open.ended() && received == 0 {
        let evidence = vec![
            Evidence::Acknowledged { sent: counts.sent, acked: open.tcp_info().and_then(|info| info.acked) },
            Evidence::Received { len: 0 },
        ];
        let cause = Cause::new(FailureKind::EmptyReply, Phase::Wait, evidence);
        return Some(probed(cause, open, message, options).await);
    }
    None
}

/// What the annotator found wrong with the bytes.
fn spoken_cause(open: &Open, message: &Message) -> Option<Cause> {
    let (kind, evidence) = spoken(&open.readings(), message.is_https())?;
    Some(Cause::new(kind, Phase::Receive, evidence))
}

/// The same, of what was read of a connection of HTTP/1.1; `secure`: under TLS.
pub(in crate::net::http) fn spoken(
    readings: &Readings,
    secure: bool,
) -> Option<(FailureKind, Vec<Evidence>)> {
    if let Some(malformed) = readings.malformed.clone() {
        return Some((broken(malformed.broken), vec![Evidence::Malformed { malformed }]));
    }
    let foreign = readings.foreign.clone()?;
    let evidence = vec![Evidence::FirstBytes { protocol: foreign.protocol, head: foreign.head }];
    let tls = foreign.protocol == Known::Tls && !secure;
    Some((if tls { FailureKind::PlainToTls } else { FailureKind::NotHttp }, evidence))
}

fn broken(rule: Broken) -> FailureKind {
    match rule {
        Broken::ContentLength => FailureKind::BadLength,
        Broken::TwoLengths => FailureKind::TwoLengths,
        Broken::Chunk => FailureKind::BrokenChunk,
        Broken::HeadTooLarge | Broken::ChunkLines => FailureKind::HeadTooLarge,
        Broken::RequestLine
        | Broken::StatusLine
        | Broken::FieldLine
        | Broken::FieldValue
        | Broken::BareLineFeed
        | Broken::LengthAndChunked
        | Broken::TransferEncoding
        | Broken::Host
        | Broken::Target
        | Broken::NotRead
        | Broken::UnaskedSwitch
        | Broken::TooManyInterim => FailureKind::BadHead,
    }
}

/// hyper's words and those of the error beneath.
fn words(error: &hyper::Error) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// A plain request that met an end without an answer: does the port speak TLS? One connection tells, on this machine only.
async fn probed(mut cause: Cause, open: &Open, message: &Message, options: &Options) -> Cause {
    let first = !open.carried_before() && open.received_now() == 0;
    if message.is_https() || !first || !kernel::is_here(open.peer.ip()) {
        return cause;
    }
    let limit = options.limits.handshake.min(Duration::from_secs(2));
    let speaks_tls = match timeout(limit, probe(open)).await {
        Ok(Ok(speaks_tls)) => speaks_tls,
        // No TLS came in that time either.
        Err(_) => false,
        Ok(Err(_)) => return cause,
    };
    cause.evidence.push(Evidence::TlsProbe { speaks_tls });
    if speaks_tls {
        cause.kind = FailureKind::PlainToTls;
    }
    cause
}

/// Offers a ClientHello and looks at the first bytes of the answer (RFC 8446 section 5.1: 22 handshake, 21 alert, then 3).
async fn probe(open: &Open) -> io::Result<bool> {
    let mut stream = TcpStream::connect(open.peer).await?;
    stream.write_all(&client_hello(open)?).await?;
    let mut first = [0; 2];
    let spoke = stream.read_exact(&mut first).await.is_ok();
    // What it still sends is read, so that closing resets nothing.
    let _ = stream.shutdown().await;
    let _ = timeout(PROBE_END, tokio::io::copy(&mut stream, &mut tokio::io::sink())).await;
    Ok(spoke && matches!(first, [0x16 | 0x15, 0x03]))
}

fn client_hello(open: &Open) -> io::Result<Vec<u8>> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::IpAddress(open.peer.ip().into());
    let mut hello =
        rustls::ClientConnection::new(std::sync::Arc::new(config), name).map_err(io::Error::other)?;
    let mut octets = Vec::new();
    hello.write_tls(&mut octets)?;
    Ok(octets)
}
