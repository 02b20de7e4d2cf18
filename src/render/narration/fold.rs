//! What a narration counts instead of showing: a server past the rate that a person can read, and the pieces of a connection
//! that come faster. No count is lost: what was taken comes back as words before the next line, or at the end.

use std::time::Duration;

use crate::event::recorder::READABLE_RATE;
use crate::event::run::Folded;
use crate::event::tcp::{Bytes, Direction};
use crate::event::{Event, EventKind, Flow, Layer, Side};
use crate::explain::run::Pieces;
use crate::explain::{Explanation, explain, run};
use crate::render::Voice;

/// Pieces of a connection shown one by one within a second before the rest of that second is counted.
const PIECES: u64 = 12;

/// Counts of what is not shown.
#[derive(Debug)]
pub(super) struct Fold {
    /// The second of the stream that `shown` counts in.
    second: u64,
    shown: u64,
    folded: Folded,
    /// What the counted requests are.
    layer: Layer,
    run: Option<Run>,
}

/// Pieces of one flow with nothing else between, in either direction.
#[derive(Debug)]
struct Run {
    flow: Option<Flow>,
    side: Side,
    /// Each piece is a message of its own.
    datagrams: bool,
    /// The second of the stream that `passed` counts in.
    second: u64,
    passed: u64,
    /// The second before had too many: none of this one is shown.
    fast: bool,
    sent: Pieces,
    received: Pieces,
}

impl Run {
    fn of(event: &Event) -> Run {
        Run {
            flow: event.flow,
            side: event.side,
            datagrams: event.layer == Some(Layer::Udp),
            second: event.at.as_secs(),
            passed: 0,
            fast: false,
            sent: Pieces::default(),
            received: Pieces::default(),
        }
    }

    fn goes_on(&self, event: &Event) -> bool {
        matches!(event.kind, EventKind::Bytes(_)) && (self.flow, self.side) == (event.flow, event.side)
    }

    /// Counts a piece if its second has had enough of them.
    fn takes(&mut self, at: Duration, facts: &Bytes) -> bool {
        let second = at.as_secs();
        if second != self.second {
            self.fast = self.passed > PIECES && second == self.second + 1;
            (self.second, self.passed) = (second, 0);
        }
        self.passed += 1;
        let takes = self.fast || self.passed > PIECES;
        if takes {
            let pieces = match facts.direction {
                Direction::Sent => &mut self.sent,
                Direction::Received => &mut self.received,
            };
            pieces.calls += 1;
            pieces.len = pieces.len.saturating_add(facts.len);
        }
        takes
    }
}

impl Default for Fold {
    fn default() -> Self {
        Fold { second: 0, shown: 0, folded: Folded::default(), layer: Layer::Tcp, run: None }
    }
}

impl Fold {
    /// Whether the event is counted and must not be shown.
    pub(super) fn takes(&mut self, event: &Event, voice: Voice) -> bool {
        match voice {
            Voice::Server => self.takes_of_server(event),
            Voice::Client | Voice::Both => self.takes_piece(event),
        }
    }

    fn takes_of_server(&mut self, event: &Event) -> bool {
        if !countable(event) {
            return false;
        }
        let second = event.at.as_secs();
        if second > self.second {
            (self.second, self.shown) = (second, 0);
        }
        self.shown += 1;
        if self.shown <= READABLE_RATE {
            return false;
        }
        self.folded.events += 1;
        if matches!(event.kind, EventKind::Accepted(_)) {
            self.folded.clients += 1;
        }
        if matches!(event.kind, EventKind::Answered(_) | EventKind::Misanswered(_)) {
            self.layer = Layer::Http;
            self.folded.requests += 1;
        }
        if matches!(event.kind, EventKind::Reply(_)) {
            self.layer = Layer::Dns;
            self.folded.requests += 1;
        }
        if matches!(event.kind, EventKind::PeerSeen(_)) {
            self.folded.clients += 1;
        }
        if let EventKind::Bytes(facts) = &event.kind {
            if event.layer == Some(Layer::Udp) {
                self.layer = Layer::Udp;
                self.folded.requests += u64::from(facts.direction == Direction::Received);
            }
            match facts.direction {
                Direction::Sent => self.folded.sent = self.folded.sent.saturating_add(facts.len),
                Direction::Received => self.folded.received = self.folded.received.saturating_add(facts.len),
            }
        }
        true
    }

    fn takes_piece(&mut self, event: &Event) -> bool {
        let EventKind::Bytes(facts) = &event.kind else { return false };
        let run = match &mut self.run {
            Some(run) if run.goes_on(event) => run,
            other => other.insert(Run::of(event)),
        };
        run.takes(event.at, facts)
    }

    /// What has to be said before `next` is shown, or at the end.
    pub(super) fn due(&mut self, next: Option<&Event>, open: usize) -> Vec<(Event, Explanation)> {
        let mut due = Vec::new();
        if self.folded.events > 0
            && next.is_none_or(|next| !countable(next) || next.at.as_secs() > self.second)
        {
            let facts = Folded { open: open as u64, ..std::mem::take(&mut self.folded) };
            let event = counted(self.layer, facts);
            let words = explain(&event);
            due.push((event, words));
        }
        if let Some(run) = &mut self.run {
            let more = next.is_some_and(|next| run.goes_on(next) && next.at.as_secs() == run.second);
            let (sent, received) = (run.sent, run.received);
            let calls = sent.calls + received.calls;
            if calls > 0 && !more {
                (run.sent, run.received) = (Pieces::default(), Pieces::default());
                let event = counted(Layer::Tcp, Folded { events: calls, ..Folded::default() });
                due.push((event, run::more_bytes(sent, received, run.datagrams)));
            }
        }
        due
    }
}

/// What a busy server may count instead of showing it: what belongs to a client, and questions, which need no connection.
fn countable(event: &Event) -> bool {
    event.flow.is_some()
        || matches!(event.kind, EventKind::Query(_) | EventKind::Reply(_) | EventKind::ReplyIgnored(_))
}

fn counted(layer: Layer, facts: Folded) -> Event {
    Event {
        seq: 0,
        at: Duration::ZERO,
        took: None,
        flow: None,
        layer: Some(layer),
        side: Side::Server,
        kind: facts.into(),
    }
}
