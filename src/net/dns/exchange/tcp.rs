//! One try over TCP: each message behind two octets that say how long it is (RFC 1035 section 4.2.2, RFC 7766 section 8).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Answer, Asking, Attempt, MOST_IGNORED, Why};
use crate::event::Ends;
use crate::event::dns::{QueryFailed, QueryFailure, Transport};
use crate::event::tcp::{ConnectFailed, ConnectFailure, Protocol};
use crate::net::tcp::{Dial, Family, Limits, reach};

/// Connects, asks once, and waits for the answer, all up to `limit`.
pub(super) async fn once(asking: &mut Asking<'_>, limit: Duration) -> Result<Answer, QueryFailed> {
    let server = asking.server;
    let mut attempt = Attempt::new(asking, Transport::Tcp);
    let dial =
        Dial { family: Family::Any, limits: Limits::all(limit), source_port: None, protocol: Protocol::Tcp };
    let opened = reach(asking.ask.server, server, &dial, attempt.ask.side, attempt.recorder).await;
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(failed) => return Err(attempt.fail(asking, not_connected(&failed))),
    };
    asking.sent += 1;
    attempt.flow = Some(connection.flow);
    attempt.ends = Ends::new(connection.local, server);
    let left = limit.saturating_sub(attempt.recorder.now().since(attempt.began));
    let conversation = converse(&mut connection.stream, &mut attempt, server);
    match tokio::time::timeout(left, conversation).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(attempt.fail(asking, why)),
        Err(_) => Err(attempt.fail(asking, Why::only(QueryFailure::Silence))),
    }
}

async fn converse(
    stream: &mut TcpStream,
    attempt: &mut Attempt<'_>,
    server: SocketAddr,
) -> Result<Answer, Why> {
    // One write, so that length and message leave in one segment (RFC 7766 section 8).
    let len = u16::try_from(attempt.octets.len()).unwrap_or(u16::MAX);
    let mut framed = len.to_be_bytes().to_vec();
    framed.extend_from_slice(&attempt.octets);
    attempt.sent = attempt.recorder.now();
    let written = stream.write_all(&framed).await;
    attempt.tell_query();
    written.map_err(|error| ended(&error))?;
    while attempt.ignored < MOST_IGNORED {
        let octets = message(stream).await.map_err(|error| ended(&error))?;
        if let Some(answer) = attempt.receive(&octets, server, server) {
            return Ok(answer);
        }
    }
    Err(Why::only(QueryFailure::OnlyUnbelievable))
}

/// One whole message, in as many pieces as it comes: at most 65,535 octets, as its length cannot say more.
async fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut len = [0; 2];
    stream.read_exact(&mut len).await?;
    let len = u16::from_be_bytes(len);
    // Room is made as octets come, not as they are promised.
    let mut octets = Vec::new();
    let read = stream.take(u64::from(len)).read_to_end(&mut octets).await?;
    if read < usize::from(len) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(octets) }
}

/// The connection ended, by a FIN or a RST.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's list of errors, which grows")]
fn ended(error: &io::Error) -> Why {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::ConnectionAborted => QueryFailure::CutOff,
        _ => QueryFailure::Other,
    };
    Why { reason, errno: error.raw_os_error(), icmp: None }
}

fn not_connected(failed: &ConnectFailed) -> Why {
    let reason = match failed.reason {
        ConnectFailure::Refused => QueryFailure::PortClosed,
        ConnectFailure::Timeout => QueryFailure::Silence,
        ConnectFailure::Rejected | ConnectFailure::Unreachable => QueryFailure::Unreachable,
        ConnectFailure::Reset => QueryFailure::CutOff,
        ConnectFailure::LocalAddress | ConnectFailure::Other => QueryFailure::Other,
    };
    Why { reason, errno: failed.errno, icmp: failed.icmp }
}
