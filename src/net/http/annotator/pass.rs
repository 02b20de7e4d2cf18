//! One call's bytes on their way through the annotator: how far they are read, what to capture, hide, stop and say.

use std::ops::Range;

use crate::event::EventKind;
use crate::event::recorder::At;

/// When a call began, and now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub began: At,
    pub now: At,
}

/// The bytes of one call, and what has come of them.
pub(super) struct Pass<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) offset: u64,
    pub(super) moment: Moment,
    pub(super) received: bool,
    pub(super) at: usize,
    pub(super) capture: usize,
    /// A gap of so many octets before a wanted piece is captured with it.
    pub(super) gap: usize,
    pub(super) secret: Vec<Range<usize>>,
    pub(super) stop_at: Option<usize>,
    pub(super) found: Vec<EventKind>,
}

impl<'b> Pass<'b> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    /// Offset of the next octet in its direction of the flow.
    pub(super) fn here(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// The next `len` octets belong in the captured head of the event.
    pub(super) fn want(&mut self, len: usize) {
        if len > 0 && self.at <= self.capture + self.gap {
            self.capture = self.capture.max((self.at + len).min(self.bytes.len()));
        }
    }

    /// The octets of the flow from `offset` on must not be passed on, where they came from a peer.
    pub(super) fn stop(&mut self, offset: u64) {
        if self.received {
            let index = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            self.stop_at = Some(index.min(self.bytes.len()));
        }
        self.at = self.bytes.len();
    }
}
