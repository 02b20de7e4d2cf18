//! What a narration counts instead of showing: a server past the rate that a person can read, and long runs of pieces in one
//! direction. No count is lost: what was taken comes back as words before the next line, or at the end.

use std::time::Duration;

use crate::event::recorder::READABLE_RATE;
use crate::event::tcp::{Direction, Folded};
use crate::event::{Event, EventKind, Flow, Layer, Side};
use crate::explain::{Explanation, explain, run};
use crate::render::Voice;

/// Pieces of one direction shown one by one before the rest of their run is counted.
const PIECES: u64 = 12;

/// Counts of what is not shown.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// The second of the stream that `shown` counts in.
    second: u64,
    shown: u64,
    folded: Folded,
    http: bool,
    run: Option<Run>,
}

/// Pieces of one flow and direction with nothing else between.
#[derive(Debug)]
struct Run {
    flow: Option<Flow>,
    side: Side,
    direction: Direction,
    shown: u64,
    calls: u64,
    len: u64,
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
        if event.flow.is_none() {
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
        if matches!(event.kind, EventKind::Answered(_)) {
            self.http = true;
            self.folded.requests += 1;
        }
        if let EventKind::Bytes(facts) = &event.kind {
            match facts.direction {
                Direction::Sent => self.folded.sent = self.folded.sent.saturating_add(facts.len),
                Direction::Received => self.folded.received = self.folded.received.saturating_add(facts.len),
            }
        }
        true
    }

    fn takes_piece(&mut self, event: &Event) -> bool {
        let EventKind::Bytes(facts) = &event.kind else {
            self.run = None;
            return false;
        };
        let same =
            |run: &Run| (run.flow, run.side, run.direction) == (event.flow, event.side, facts.direction);
        let run = match &mut self.run {
            Some(run) if same(run) => run,
            other => other.insert(Run {
                flow: event.flow,
                side: event.side,
                direction: facts.direction,
                shown: 0,
                calls: 0,
                len: 0,
            }),
        };
        run.shown += 1;
        let takes = run.shown > PIECES;
        if takes {
            run.calls += 1;
            run.len = run.len.saturating_add(facts.len);
        }
        takes
    }

    /// What has to be said before `next` is shown, or at the end.
    pub(super) fn due(&mut self, next: Option<&Event>, open: usize) -> Vec<(Event, Explanation)> {
        let mut due = Vec::new();
        if self.folded.events > 0
            && next.is_none_or(|next| next.flow.is_none() || next.at.as_secs() > self.second)
        {
            let facts = Folded { open: open as u64, ..std::mem::take(&mut self.folded) };
            let layer = if self.http { Layer::Http } else { Layer::Tcp };
            let event = counted(layer, facts);
            let words = explain(&event);
            due.push((event, words));
        }
        let goes_on = |run: &Run| {
            next.is_some_and(|next| {
                matches!(&next.kind, EventKind::Bytes(facts) if facts.direction == run.direction)
                    && (next.flow, next.side) == (run.flow, run.side)
            })
        };
        if let Some(run) = self.run.take_if(|run| run.calls > 0 && !goes_on(run)) {
            let event = counted(Layer::Tcp, Folded { events: run.calls, ..Folded::default() });
            due.push((event, run::more_bytes(run.direction, run.calls, run.len)));
        }
        due
    }
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
