//! What passes from a recorder to whoever shows and keeps the events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use crate::event::{Event, Header};

/// What passes to the reader at a time.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are single events: a box would cost each an allocation"
)]
pub(super) enum Sent {
    One(Event),
    /// In their order: a reader that waits is woken once.
    Many(Vec<Event>),
}

/// The receiving end of one run's events.
#[derive(Debug)]
pub struct Stream {
    /// The first line of the recording.
    pub header: Header,
    receiver: Receiver<Sent>,
    /// Come with others, and not taken yet.
    waiting: std::vec::IntoIter<Event>,
    /// Events sent and not yet taken.
    pub(super) lag: Arc<AtomicU64>,
}

impl Iterator for Stream {
    type Item = Event;

    /// Waits for the next event; `None` when the last [`super::Recorder`] is gone.
    fn next(&mut self) -> Option<Event> {
        self.take(|receiver| receiver.recv().ok())
    }
}

impl Stream {
    pub(super) fn new(header: Header, receiver: Receiver<Sent>, lag: Arc<AtomicU64>) -> Stream {
        Stream { header, receiver, waiting: Vec::new().into_iter(), lag }
    }

    /// The next event if one is there already.
    pub fn ready(&mut self) -> Option<Event> {
        self.take(|receiver| receiver.try_recv().ok())
    }

    /// The next of those that came together, or else what `receive` gets.
    fn take(&mut self, receive: impl FnOnce(&Receiver<Sent>) -> Option<Sent>) -> Option<Event> {
        let event = match self.waiting.next() {
            Some(event) => event,
            None => match receive(&self.receiver)? {
                Sent::One(event) => event,
                Sent::Many(events) => {
                    self.waiting = events.into_iter();
                    self.waiting.next()?
                }
            },
        };
        self.lag.fetch_sub(1, Ordering::Relaxed);
        Some(event)
    }
}
