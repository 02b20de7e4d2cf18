//! What speaks for the cause when no address of a name could be connected to.
//!
//! It reads tables and chooses no words; it connects to nothing, so that no server is disturbed by a probe.

use std::io;
use std::net::SocketAddr;

use super::{Attempt, Dial, Target};
use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::ports::Socket;
use crate::event::tcp::{ConnectFailure, Protocol};
use crate::net::NetError;
use crate::net::kernel::{self, Filter};
use crate::net::tap::Counts;

/// Zones that are offered for one address.
const ZONES: usize = 3;

/// The failure of a whole `connect`.
pub(super) fn failed(target: &Target, dial: &Dial, mut attempts: Vec<Attempt>) -> NetError {
    // The last address is what the run ended at; one that there is no way to at all tells less than the others.
    let telling = attempts
        .iter()
        .rposition(|attempt| attempt.facts.reason != ConnectFailure::Unreachable)
        .unwrap_or(attempts.len().saturating_sub(1));
    let mut evidence: Vec<Evidence> = attempts
        .iter()
        .map(|attempt| Evidence::Attempt { attempt: attempt.facts.clone(), after: Some(attempt.took) })
        .collect();
    let mut failed = Failed {
        phase: Phase::Connect,
        kind: FailureKind::Other,
        target: format!("{} port {}", target.host, target.port),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence: Vec::new(),
        next: Vec::new(),
    };
    let mut source = None;
    if telling < attempts.len() {
        let attempt = attempts.swap_remove(telling);
        failed.address = Some(attempt.peer);
        failed.errno = attempt.facts.errno;
        failed.kind = kind(&attempt, dial, &mut evidence);
        failed.next = zoned(attempt.peer, if dial.protocol == Protocol::Tls { "--tls " } else { "" });
        if let Some(error) = &attempt.source {
            evidence.push(Evidence::SystemError { error: error.to_string() });
        }
        source = attempt.source;
    }
    failed.evidence = evidence;
    NetError::new(failed, source)
}

/// The kind of failure; adds what this machine's tables say to the evidence.
fn kind(attempt: &Attempt, dial: &Dial, evidence: &mut Vec<Evidence>) -> FailureKind {
    match attempt.facts.reason {
        ConnectFailure::Refused => {
            at_port(attempt.peer, evidence);
            FailureKind::Refused
        }
        ConnectFailure::Timeout => timeout(attempt, evidence),
        ConnectFailure::Rejected => {
            behind_a_rule(attempt.peer, evidence);
            FailureKind::Rejected
        }
        ConnectFailure::Unreachable => {
            behind_a_rule(attempt.peer, evidence);
            FailureKind::Unreachable
        }
        ConnectFailure::Reset => {
            at_port(attempt.peer, evidence);
            FailureKind::Reset
        }
        ConnectFailure::LocalAddress => {
            own_port(attempt, dial, evidence);
            FailureKind::LocalAddress
        }
        ConnectFailure::Other => FailureKind::Other,
    }
}

/// The same with each zone that this machine has, where the address lacks one.
pub(in crate::net) fn zoned(peer: SocketAddr, flags: &str) -> Vec<String> {
    if !kernel::lacks_zone(peer) {
        return Vec::new();
    }
    let zones = kernel::zones().unwrap_or_default();
    let command = |zone: &String| format!("netlearn connect {flags}'[{}%{zone}]:{}'", peer.ip(), peer.port());
    zones.iter().filter(|zone| !zone.contains('\'')).take(ZONES).map(command).collect()
}

/// Who listens on the port of `peer`, where this machine's table tells; nothing is sent there.
fn at_port(peer: SocketAddr, evidence: &mut Vec<Evidence>) -> Vec<Socket> {
    if !kernel::is_here(peer.ip()) {
        evidence.push(Evidence::NotThisMachine);
        return Vec::new();
    }
    match kernel::sockets(&listeners(peer.port())) {
        Ok(table) => {
            evidence.push(Evidence::Table { port: peer.port(), sockets: table.sockets.clone() });
            table.sockets
        }
        Err(error) => {
            evidence.push(Evidence::TableUnread { error: error.to_string() });
            Vec::new()
        }
    }
}

/// Who listens at an address of this machine that a rule keeps us from: the rule, and no missing program, is the cause.
fn behind_a_rule(peer: SocketAddr, evidence: &mut Vec<Evidence>) {
    if kernel::is_here(peer.ip()) {
        at_port(peer, evidence);
    }
}

/// Who listens at the far end of a connection that broke off, where that is on this machine: the program may be gone.
pub fn listening_at(peer: SocketAddr) -> Option<Evidence> {
    if !kernel::is_here(peer.ip()) {
        return None;
    }
    let table = kernel::sockets(&listeners(peer.port())).ok()?;
    Some(Evidence::Table { port: peer.port(), sockets: table.sockets })
}

/// A call on an open connection failed: EPIPE tells that the peer is gone; a reset that was met, how.
pub fn broken(target: &str, peer: SocketAddr, counts: &Counts, phase: Phase, error: io::Error) -> NetError {
    let mut evidence = Vec::new();
    if let Some(during) = counts.reset {
        evidence.push(Evidence::ResetAfter { sent: counts.sent, received: counts.received, during });
        evidence.extend(listening_at(peer));
    }
    evidence.push(Evidence::SystemError { error: error.to_string() });
    let kind = broken_kind(phase, &error);
    open_failed(target, peer, phase, kind, Some(error), evidence)
}

/// A failure of an open connection.
pub fn open_failed(
    target: &str,
    peer: SocketAddr,
    phase: Phase,
    kind: FailureKind,
    error: Option<io::Error>,
    evidence: Vec<Evidence>,
) -> NetError {
    let failed = Failed {
        phase,
        kind,
        target: target.to_owned(),
        address: Some(peer),
        errno: error.as_ref().and_then(io::Error::raw_os_error),
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    };
    NetError::new(failed, error)
}

/// What kind of failure a call on an open connection met.
pub fn broken_kind(phase: Phase, error: &io::Error) -> FailureKind {
    if error.kind() == io::ErrorKind::ConnectionReset {
        FailureKind::Reset
    } else if phase == Phase::Send {
        FailureKind::SendFailed
    } else {
        FailureKind::ReceiveFailed
    }
}

fn listeners(port: u16) -> Filter {
    Filter { protocols: vec![Protocol::Tcp], port: Some(port), listeners: true, owners: true }
}

/// No answer at all; or, on this machine, a listener that takes nobody any more (its queue is full, so that SYNs are dropped).
fn timeout(attempt: &Attempt, evidence: &mut Vec<Evidence>) -> FailureKind {
    evidence.push(Evidence::Waited { time: attempt.took });
    let sockets = at_port(attempt.peer, evidence);
    let full = super::families::listener_for(attempt.peer.ip(), &sockets).filter(|socket| is_full(socket));
    let Some(socket) = full else { return FailureKind::BlackHole };
    evidence.push(Evidence::AcceptQueue {
        len: socket.recv_q,
        limit: socket.queue_limit,
        owner: socket.owners.first().cloned(),
    });
    FailureKind::NeverAccepts
}

/// Whether the listener's system takes no further connection: Linux takes one more than the limit says.
fn is_full(listener: &Socket) -> bool {
    match listener.queue_limit {
        Some(limit) if cfg!(target_os = "linux") => listener.recv_q > limit,
        Some(limit) => listener.recv_q > 0 && listener.recv_q >= limit,
        None => listener.recv_q > 0,
    }
}

/// Who has the port that we wanted for our own end, and where the boundary for ordinary users is.
fn own_port(attempt: &Attempt, dial: &Dial, evidence: &mut Vec<Evidence>) {
    let Some(port) = dial.source_port else { return };
    let denied =
        attempt.source.as_ref().is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied);
    if denied {
        let boundary = kernel::first_unprivileged_port();
        evidence.extend(boundary.map(|first_unprivileged| Evidence::Boundary { first_unprivileged }));
        return;
    }
    let filter = Filter { listeners: false, ..listeners(port) };
    evidence.push(match kernel::sockets(&filter) {
        Ok(table) => Evidence::Table { port, sockets: table.sockets },
        Err(error) => Evidence::TableUnread { error: error.to_string() },
    });
}
