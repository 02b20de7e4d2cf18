//! What many connections come to: every one is counted once, wherever it ended.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::{Many, Open, Over};
use crate::event::Side;
use crate::event::clients::{ClientFailure, ClientsCounted, ClientsEnded, ClientsFailed, Times};
use crate::event::failure::FailureKind;
use crate::event::tcp::{CloseHow, ConnectFailed, ConnectFailure};
use crate::net::NetError;

/// Counts while they come.
pub(super) struct Tally {
    ended: ClientsEnded,
    open: u64,
    own: HashSet<SocketAddr>,
    times: Vec<Duration>,
    failures: BTreeMap<ClientFailure, u64>,
    /// Failures of the handshake among them.
    unopened: u64,
    /// The failure of the first, after which no other was tried.
    alone: Option<NetError>,
}

impl Tally {
    pub(super) fn new(clients: u64) -> Tally {
        Tally {
            ended: ClientsEnded { clients, ..ClientsEnded::default() },
            open: 0,
            own: HashSet::new(),
            times: Vec::new(),
            failures: BTreeMap::new(),
            unopened: 0,
            alone: None,
        }
    }

    /// A handshake was done.
    pub(super) fn connected(&mut self, open: &Open) {
        self.ended.connected += 1;
        self.ended.server = Some(open.peer);
        self.open += 1;
        self.ended.most_open = self.ended.most_open.max(self.open);
        self.own.insert(open.local);
        self.times.push(open.took);
    }

    /// A handshake failed.
    pub(super) fn failed(&mut self, reason: ClientFailure) {
        self.unopened += 1;
        *self.failures.entry(reason).or_default() += 1;
    }

    /// The first could not be opened.
    pub(super) fn failed_alone(&mut self, error: NetError) {
        self.failed(of_kind(error.failed().kind));
        self.alone = Some(error);
    }

    /// A connection is closed.
    pub(super) fn over(&mut self, over: Over) {
        self.open = self.open.saturating_sub(1);
        let ended = &mut self.ended;
        ended.sent += over.counts.sent;
        ended.received += over.counts.received;
        ended.writes += over.counts.writes;
        ended.reads += over.counts.reads;
        if let Some(closed) = over.closed {
            let first = if closed.by == Side::Client {
                &mut ended.closed_by_client
            } else {
                &mut ended.closed_by_server
            };
            *first += 1;
            ended.reset += u64::from(closed.how == CloseHow::Rst);
        }
        if let Some(reason) = over.failure {
            *self.failures.entry(reason).or_default() += 1;
        }
    }

    /// How far it has come.
    pub(super) fn counted(&self, all_tried: bool) -> ClientsCounted {
        ClientsCounted {
            clients: self.ended.clients,
            connected: self.ended.connected,
            open: self.open,
            ended_by_server: 0,
            failed: self.failures.values().sum(),
            all_tried,
        }
    }

    /// The whole in numbers, where the first was the only one.
    pub(super) fn end(self) -> Many {
        self.end_for(BTreeMap::new())
    }

    /// The whole in numbers, with the evidence for the most frequent failure.
    pub(super) fn end_for(self, mut causes: BTreeMap<ClientFailure, NetError>) -> Many {
        let Tally { mut ended, own, times, failures, unopened, alone, .. } = self;
        ended.own_ports = own.len() as u64;
        ended.connect_times = Times::of(times);
        ended.not_tried = ended.clients.saturating_sub(ended.connected).saturating_sub(unopened);
        ended.failures =
            failures.into_iter().map(|(reason, count)| ClientsFailed { reason, count }).collect();
        ended.failures.sort_by_key(|failed| std::cmp::Reverse(failed.count));
        let most = ended.failures.first().map(|failed| failed.reason);
        let failure = alone.or_else(|| most.and_then(|reason| causes.remove(&reason)));
        Many::with(ended, failure)
    }
}

/// The reason of a failed handshake.
pub(super) fn reason(facts: &ConnectFailed) -> ClientFailure {
    match facts.reason {
        ConnectFailure::Refused => ClientFailure::Refused,
        ConnectFailure::Rejected => ClientFailure::Rejected,
        ConnectFailure::Timeout => ClientFailure::ConnectTimeout,
        ConnectFailure::Unreachable => ClientFailure::Unreachable,
        ConnectFailure::Reset => ClientFailure::ConnectReset,
        ConnectFailure::LocalAddress => ClientFailure::NoPort,
        // EMFILE and ENFILE have these numbers on Linux, macOS and the BSDs.
        ConnectFailure::Other if cfg!(unix) && matches!(facts.errno, Some(23 | 24)) => {
            ClientFailure::NoDescriptor
        }
        ConnectFailure::Other => ClientFailure::ConnectOther,
    }
}

/// The reason of a first connection that failed, of which the kind is known.
#[expect(clippy::wildcard_enum_match_arm, reason = "failures of other steps cannot be met here")]
fn of_kind(kind: FailureKind) -> ClientFailure {
    match kind {
        FailureKind::Refused => ClientFailure::Refused,
        FailureKind::Rejected => ClientFailure::Rejected,
        FailureKind::BlackHole | FailureKind::NeverAccepts => ClientFailure::ConnectTimeout,
        FailureKind::Unreachable => ClientFailure::Unreachable,
        FailureKind::Reset => ClientFailure::ConnectReset,
        FailureKind::LocalAddress => ClientFailure::NoPort,
        _ => ClientFailure::ConnectOther,
    }
}
