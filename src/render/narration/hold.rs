//! Two events that read as one line: both addresses of a server, the end of a body and of its connection.
//!
//! What is held back is told with the very next line, or as it is. Whether it waits is said by the event itself and never by a
//! clock, so that a run and its replay look the same.

use crate::event::{Event, EventKind, Side};
use crate::explain::{Explanation, http, tcp};
use crate::render::Level;

/// An event with its words that waits for the next one.
#[derive(Debug, Default)]
pub(super) struct Hold(Option<(Event, Explanation)>);

impl Hold {
    /// Keeps an event back if the one after it may belong into its line; otherwise gives its words back.
    pub(super) fn keeps(&mut self, event: &Event, words: Explanation, level: Level) -> Option<Explanation> {
        let waits = if let EventKind::Listening(facts) = &event.kind {
            facts.another && level != Level::None
        } else if let EventKind::BodyEnded(facts) = &event.kind {
            level == Level::Brief && (event.side, facts.by) == (Side::Client, Side::Server)
        } else {
            false
        };
        if !waits {
            return Some(words);
        }
        self.0 = Some((event.clone(), words));
        None
    }

    /// The words of what waits and of `next` together, if they are one line.
    pub(super) fn joined(&mut self, next: &Event) -> Option<Explanation> {
        let (held, _) = self.0.as_ref()?;
        let both = if let (EventKind::Listening(one), EventKind::Listening(two)) = (&held.kind, &next.kind) {
            tcp::listening_on_both(one, two)
        } else if let (EventKind::BodyEnded(body), EventKind::Closed(end)) = (&held.kind, &next.kind) {
            http::body_and_connection_ended(held, body, next, end)
        } else {
            None
        };
        let words = both?;
        self.0 = None;
        Some(words)
    }

    /// Where nothing but errors is told: a failure that the story goes on after belongs to it and is none.
    pub(super) fn failure_of_a_story(&mut self, event: &Event, words: Explanation) {
        let ends_badly = matches!(&event.kind, EventKind::Finished(facts) if facts.exit != 0);
        if matches!(event.kind, EventKind::Failed(_)) {
            self.0 = Some((event.clone(), words));
        } else if !ends_badly {
            self.0 = None;
        }
    }

    /// What waits, to be told by itself.
    pub(super) fn take(&mut self) -> Option<(Event, Explanation)> {
        self.0.take()
    }
}
