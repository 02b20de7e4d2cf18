//! What speaks for the cause where a UDP conversation fails or falls silent. It sends nothing, so that nobody is disturbed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::talk::Line;
use super::{Dial, Target};
use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::ports::Socket;
use crate::event::recorder::At;
use crate::event::tcp::{ConnectFailed, ConnectFailure, Direction, Holder, Protocol};
use crate::event::udp::{DeliveryFailed, FellSilent, SendRefusal, SendRefused};
use crate::net::NetError;
use crate::net::kernel::{self, Filter};
use crate::net::tcp::evidence::zoned;
use crate::net::tcp::families::listener_for;
use crate::net::udp::says_closed;

/// No socket could be given an address of the name.
pub(super) fn no_socket(
    target: &Target,
    dial: &Dial,
    mut attempts: Vec<(SocketAddr, ConnectFailed, io::Error)>,
) -> NetError {
    let mut evidence: Vec<Evidence> = attempts
        .iter()
        .map(|(_, facts, _)| Evidence::Attempt { attempt: facts.clone(), after: None })
        .collect();
    let last = attempts.pop();
    let reason = last.as_ref().map_or(ConnectFailure::Other, |(_, facts, _)| facts.reason);
    let kind = match reason {
        ConnectFailure::LocalAddress => FailureKind::LocalAddress,
        ConnectFailure::Rejected => FailureKind::Rejected,
        ConnectFailure::Unreachable => FailureKind::Unreachable,
        ConnectFailure::Refused | ConnectFailure::Timeout | ConnectFailure::Reset | ConnectFailure::Other => {
            FailureKind::Other
        }
    };
    if kind == FailureKind::LocalAddress
        && let Some(port) = dial.source_port
    {
        let denied =
            last.as_ref().is_some_and(|(_, _, error)| error.kind() == io::ErrorKind::PermissionDenied);
        match kernel::first_unprivileged_port().filter(|_| denied) {
            Some(first_unprivileged) => evidence.push(Evidence::Boundary { first_unprivileged }),
            None => evidence.push(table(port, false)),
        }
    }
    evidence.push(Evidence::Datagrams { sent: 0, received: 0, unsent: None });
    evidence.extend(last.iter().map(|(_, _, error)| Evidence::SystemError { error: error.to_string() }));
    let failed = Failed {
        phase: Phase::Connect,
        kind,
        target: format!("{} port {}", target.host, target.port),
        address: last.as_ref().map(|(peer, _, _)| *peer),
        errno: last.as_ref().and_then(|(_, facts, _)| facts.errno),
        seen_by: Side::Client,
        evidence,
        next: last.as_ref().map(|(peer, _, _)| zoned(*peer, "-u ")).unwrap_or_default(),
    };
    NetError::new(failed, last.map(|(_, _, error)| error))
}

/// An ICMP message ended it; a call told of it at `met`.
pub(super) fn undelivered(
    line: &Line<'_>,
    facts: DeliveryFailed,
    met: Option<At>,
    unsent: Option<u64>,
) -> NetError {
    let kind = match facts.icmp {
        None => FailureKind::Refused,
        Some(icmp) if says_closed(icmp) => FailureKind::Refused,
        Some(_) if facts.ends_it => FailureKind::Rejected,
        Some(_) => FailureKind::Unreachable,
    };
    let phase = match facts.during {
        Direction::Sent => Phase::Send,
        Direction::Received => Phase::Receive,
    };
    let after = met.zip(line.last_sent).map(|(met, sent)| met.since(sent));
    let errno = facts.errno;
    let mut evidence = vec![Evidence::Undelivered { failed: facts, after }, datagrams(line, unsent)];
    let peer = line.link.peer;
    evidence.push(if kernel::is_here(peer.ip()) {
        table(peer.port(), true)
    } else {
        Evidence::NotThisMachine
    });
    failed(line, phase, kind, errno, evidence, None)
}

/// Our own system did not take a datagram.
pub(super) fn not_taken(
    line: &Line<'_>,
    refused: SendRefused,
    unsent: Option<u64>,
    error: io::Error,
) -> NetError {
    let kind = match refused.reason {
        SendRefusal::TooLong => FailureKind::DatagramTooLong,
        SendRefusal::NotPermitted => FailureKind::Rejected,
        SendRefusal::NoWay => FailureKind::Unreachable,
        SendRefusal::Other => FailureKind::SendFailed,
    };
    let evidence = vec![
        Evidence::NotTaken { refused },
        datagrams(line, unsent),
        Evidence::SystemError { error: error.to_string() },
    ];
    failed(line, Phase::Send, kind, error.raw_os_error(), evidence, Some(error))
}

/// A call failed, and no ICMP message says why.
pub(super) fn broken(line: &Line<'_>, phase: Phase, error: io::Error) -> NetError {
    let kind = if phase == Phase::Send { FailureKind::SendFailed } else { FailureKind::ReceiveFailed };
    let evidence = vec![datagrams(line, None), Evidence::SystemError { error: error.to_string() }];
    failed(line, phase, kind, error.raw_os_error(), evidence, Some(error))
}

fn datagrams(line: &Line<'_>, unsent: Option<u64>) -> Evidence {
    let (sent, received) = (line.tally.sent.get().datagrams, line.tally.received.get().datagrams);
    Evidence::Datagrams { sent, received, unsent }
}

fn failed(
    line: &Line<'_>,
    phase: Phase,
    kind: FailureKind,
    errno: Option<i32>,
    evidence: Vec<Evidence>,
    source: Option<io::Error>,
) -> NetError {
    let failed = Failed {
        phase,
        kind,
        target: line.link.target.clone(),
        address: Some(line.link.peer),
        errno,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    };
    NetError::new(failed, source)
}

/// What this machine's table says of a UDP port.
fn table(port: u16, listeners: bool) -> Evidence {
    match kernel::sockets(&filter(port, listeners)) {
        Ok(table) => Evidence::Table { port, sockets: table.sockets },
        Err(error) => Evidence::TableUnread { error: error.to_string() },
    }
}

fn filter(port: u16, listeners: bool) -> Filter {
    Filter { protocols: vec![Protocol::Udp], port: Some(port), listeners, owners: true }
}

/// What can be known of a peer that sends nothing: on this machine, whether a program has its port at all.
pub(super) fn fell_silent(line: &Line<'_>, waited: Duration, input_ended: bool) -> FellSilent {
    let (local, peer) = (line.link.local, line.link.peer);
    let sockets = if kernel::is_here(peer.ip()) {
        kernel::sockets(&filter(peer.port(), false)).ok().map(|table| table.sockets)
    } else {
        None
    };
    let socket = sockets.as_ref().and_then(|sockets| taker(sockets, local, peer));
    FellSilent {
        ends: line.link.ends(),
        waited,
        input_open: !input_ended,
        sent: line.tally.sent.get().datagrams,
        received: line.tally.received.get().datagrams,
        unread: socket.is_some_and(|socket| socket.recv_q > 0),
        holder: sockets.as_ref().map(|_| Holder {
            address: peer.ip(),
            listens: socket.is_some(),
            owner: socket.and_then(|socket| socket.owners.first().cloned()),
        }),
    }
}

/// The socket that gets our datagrams: one connected to us, else one that takes them from anybody.
fn taker(sockets: &[Socket], local: SocketAddr, peer: SocketAddr) -> Option<&Socket> {
    let connected = |socket: &&Socket| socket.local() == Some(peer) && socket.peer() == Some(local);
    sockets.iter().find(connected).or_else(|| listener_for(peer.ip(), sockets))
}
