//! A watch around the annotator that keeps what an exchange needs and no event tells: the head of the response octet by
//! octet, and when the request began to be sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::recorder::At;
use crate::event::tcp::Direction;
use crate::net::http::annotator::Readings;
use crate::net::tap::{Heard, Watch};

/// Octets kept of a head and the interim responses before it.
const MOST: usize = 256 * 1024;

/// What the witness saw in the exchange in progress.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub first_sent: Option<At>,
    /// Octets received from `from` on, until the head of the response is whole; empty where nobody wants them.
    raw: Vec<u8>,
    from: u64,
    keep: bool,
    /// Responses before this exchange.
    answered: u64,
}

/// Shared with the exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes(Arc<Mutex<Seen>>);

impl Notes {
    /// A new exchange: so many octets and responses came before it. `keep`: its head is wanted as it passes.
    pub(super) fn begin(&self, received: u64, answered: u64, keep: bool) {
        *self.seen() = Seen { from: received, answered, keep, ..Seen::default() };
    }

    /// When the first octet of the request was given to the system.
    pub(super) fn first_sent(&self) -> Option<At> {
        self.seen().first_sent
    }

    /// Everything received up to `end`, interim responses (1xx) included.
    pub(super) fn head(&self, end: u64) -> Vec<u8> {
        let mut seen = self.seen();
        let len = usize::try_from(end.saturating_sub(seen.from)).unwrap_or(usize::MAX);
        let mut raw = std::mem::take(&mut seen.raw);
        seen.keep = false;
        raw.truncate(len);
        raw
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears what the annotator hears.
pub(super) struct Witness {
    pub annotator: Box<dyn Watch>,
    pub notes: Notes,
    pub readings: Arc<Mutex<Readings>>,
}

impl Watch for Witness {
    fn hear(&mut self, direction: Direction, offset: u64, bytes: &[u8], began: At) -> Heard {
        let heard = self.annotator.hear(direction, offset, bytes, began);
        let mut seen = self.notes.seen();
        match direction {
            Direction::Sent => {
                seen.first_sent.get_or_insert(began);
            }
            Direction::Received if seen.keep => {
                seen.raw.extend_from_slice(bytes);
                let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
                // The head ends in these bytes at the latest; the body goes another way.
                let over = readings.responses > seen.answered || readings.malformed.is_some();
                seen.keep = !over && seen.raw.len() < MOST;
            }
            Direction::Received => {}
        }
        heard
    }

    fn ended(&mut self, direction: Direction) {
        self.annotator.ended(direction);
    }

    fn speak(&mut self) {
        self.annotator.speak();
    }
}
