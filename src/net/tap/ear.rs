//! What a tap hears: it counts what passes, and makes the events of it.

use std::io;
use std::sync::Arc;

use super::{Asking, CAPTURE, Counts, Heard, Meter, Watch};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{Bytes, Direction, HalfClosed};
use crate::event::{Flow, Head, Layer, Side};

/// The state behind a tap and its [`super::Listener`]s.
pub(super) struct Ear {
    pub recorder: Recorder,
    pub flow: Flow,
    pub side: Side,
    pub layer: Layer,
    /// False: count, and make no events.
    pub detail: bool,
    pub captured: [usize; 2],
    pub counts: Counts,
    pub watch: Option<Box<dyn Watch>>,
    /// Other events tell what these bytes mean: those of the watch, or of a tap above this one.
    pub annotated: bool,
    pub meter: Option<Arc<Meter>>,
    pub asking: Option<Asking>,
}

impl Ear {
    /// Reports bytes that passed; returns how many of them may be passed on.
    pub(super) fn passed(
        &mut self,
        direction: Direction,
        bytes: &[&[u8]],
        total: usize,
        began: Option<At>,
    ) -> usize {
        let offset = self.count(direction, total);
        let Some(began) = began.filter(|_| self.detail) else { return total };
        let now = self.recorder.now();
        self.mark(direction, began, now);
        let joined;
        let whole: &[u8] = match bytes {
            [one] => &one[..total.min(one.len())],
            many => {
                joined = many.concat();
                &joined[..total.min(joined.len())]
            }
        };
        let heard = match &mut self.watch {
            Some(watch) => watch.hear(direction, offset, whole, began),
            None => self.plain(direction, whole),
        };
        let mut head = whole[..heard.capture.min(whole.len())].to_vec();
        for range in heard.secret {
            let end = range.end.min(head.len());
            head[range.start.min(end)..end].fill(b'*');
        }
        self.recorder.on(self.side, self.layer).flow(self.flow).at(began).took(now.since(began)).emit(
            Bytes {
                direction,
                offset,
                len: total as u64,
                head: Head(head),
                annotated: self.annotated,
                datagram: None,
                truncated: false,
                lost: None,
            },
        );
        if let Some(watch) = &mut self.watch {
            watch.speak();
        }
        heard.stop_at.map_or(total, |stop| {
            self.counts.stopped = true;
            stop.min(total)
        })
    }

    /// Without a watch: the first [`CAPTURE`] octets of each direction.
    fn plain(&mut self, direction: Direction, bytes: &[u8]) -> Heard {
        let captured = &mut self.captured[direction as usize];
        let capture = bytes.len().min(CAPTURE - *captured);
        *captured += capture;
        Heard { capture, ..Heard::default() }
    }

    pub(super) fn count(&mut self, direction: Direction, total: usize) -> u64 {
        let counts = &mut self.counts;
        let (octets, calls) = match direction {
            Direction::Sent => (&mut counts.sent, &mut counts.writes),
            Direction::Received => (&mut counts.received, &mut counts.reads),
        };
        let offset = *octets;
        *octets += total as u64;
        *calls += 1;
        if let Some(meter) = &self.meter {
            meter.count(direction, total as u64, self.detail);
        }
        offset
    }

    fn mark(&mut self, direction: Direction, began: At, now: At) {
        let counts = &mut self.counts;
        let (first, last, began) = match direction {
            Direction::Sent => (&mut counts.first_sent, &mut counts.last_sent, began),
            // A read begins long before its bytes come: what counts is when they were there.
            Direction::Received => (&mut counts.first_received, &mut counts.last_received, now),
        };
        first.get_or_insert(began);
        *last = Some(now);
    }

    pub(super) fn ended(&mut self, direction: Direction, began: Option<At>) {
        let now = self.recorder.now();
        let (by, after, mark) = match direction {
            Direction::Sent => (self.side, self.counts.sent, &mut self.counts.ended),
            Direction::Received => (self.side.other(), self.counts.received, &mut self.counts.peer_ended),
        };
        if mark.is_some() {
            return;
        }
        *mark = Some(now);
        if !self.detail {
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.ended(direction);
        }
        self.recorder
            .on(self.side, self.layer)
            .flow(self.flow)
            .since(began.unwrap_or(now))
            .emit(HalfClosed { by, after, annotated: self.annotated });
        if let Some(info) = self.asking.as_ref().and_then(|ask| ask()) {
            self.recorder.on(self.side, Layer::Kernel).flow(self.flow).emit(info);
        }
        if let Some(watch) = &mut self.watch {
            watch.speak();
        }
    }

    pub(super) fn failed(&mut self, direction: Direction, error: &io::Error) {
        let reset = matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe);
        if reset && self.counts.reset.is_none() {
            self.counts.reset = Some(direction);
        }
    }

    pub(super) fn stamp(&self) -> Option<At> {
        self.detail.then(|| self.recorder.now())
    }
}
