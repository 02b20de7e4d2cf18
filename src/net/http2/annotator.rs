//! Reads HTTP/2 as it passes a [`crate::net::tap::Tap`], as a client sees it: the preface, every frame, and the first frame
//! that breaks a rule, said as events. It never changes what passes, decodes no header field, and needs memory for one
//! frame's settings only.
//!
//! Octets of a header block that may be a secret are masked before they are events.

mod judge;
#[cfg(test)]
mod tests;
mod way;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::event::http::{ProtocolRecognised, Request};
use crate::event::http2::Http2Frame;
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::Direction;
use crate::event::{EventKind, Flow, Layer, Side};
use crate::net::http::annotator::{Readings, Settings};
use crate::net::tap::{Heard, Watch};

use way::Way;

/// Frames of a server that may come one after the other without a part of a message in either direction: PING, SETTINGS,
/// WINDOW_UPDATE, DATA without content, heads of interim responses. RFC 9113 section 10.5 allows such a limit and names none: this
/// one is ours, so that a peer cannot fill the memory with their events.
pub const FLOOD: u64 = 10_000;

/// What was read of frames so far; shared with the operation that owns the connection.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// The request whose HEADERS frame is on its way: told once that has passed.
    pub outgoing: Option<Request>,
    /// Where the header block of the last response stood: offset of its first frame, octets of all of them, its stream,
    /// and when it was there.
    pub block: Option<(u64, u64, u32, At)>,
    /// The server's SETTINGS came.
    pub settings: bool,
    /// When octets of HEADERS or DATA last came: a PING is no progress.
    pub moved: Option<At>,
    /// Frames of the server since a part of a message last passed, either way; see [`FLOOD`].
    pub idle: u64,
    /// A GOAWAY of the server.
    pub gone_away: Option<Http2Frame>,
    /// RST_STREAM of the server on the stream of the last request.
    pub reset: Option<Http2Frame>,
    /// RST_STREAM or GOAWAY of our own library that names an error.
    pub refused: Option<Http2Frame>,
    /// The first frame that breaks a rule, or that the end of the connection cut off. From then on nothing is read.
    pub fault: Option<Http2Frame>,
    /// The stream of the last request, and whether the server's END_STREAM came on it.
    pub stream: u32,
    pub stream_ended: bool,
}

/// Builds an annotator for one connection of a client, and the readings it shares.
pub fn annotator(
    recorder: &Recorder,
    flow: Flow,
    settings: Settings,
) -> (Box<dyn Watch>, Arc<Mutex<Readings>>) {
    let readings = Arc::new(Mutex::new(Readings::default()));
    let annotator = Annotator {
        recorder: recorder.clone(),
        flow,
        readings: Arc::clone(&readings),
        ways: [Way::sent(settings.clone()), Way::received(settings)],
        said: Vec::new(),
    };
    (Box::new(annotator), readings)
}

struct Annotator {
    recorder: Recorder,
    flow: Flow,
    readings: Arc<Mutex<Readings>>,
    /// By [`Direction`].
    ways: [Way; 2],
    /// Found by the last call, with the moment it was there.
    said: Vec<(At, EventKind)>,
}

impl Watch for Annotator {
    fn hear(&mut self, direction: Direction, offset: u64, bytes: &[u8], began: At) -> Heard {
        let now = self.recorder.now();
        let mut pass = Pass::new(bytes, offset, now);
        {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            self.ways[direction as usize].hear(&mut pass, &mut readings);
        }
        // What we send is there when the call begins, what comes when it ends.
        let at = if direction == Direction::Sent { began } else { now };
        self.said.extend(pass.found.into_iter().map(|kind| (at, kind)));
        Heard { capture: pass.capture, secret: pass.secret, stop_at: pass.stop_at }
    }

    fn ended(&mut self, direction: Direction) {
        let now = self.recorder.now();
        let mut pass = Pass::new(&[], 0, now);
        {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            self.ways[direction as usize].ended(&mut pass, &mut readings);
        }
        self.said.extend(pass.found.into_iter().map(|kind| (now, kind)));
    }

    fn speak(&mut self) {
        for (at, kind) in self.said.drain(..) {
            self.recorder.on(Side::Client, Layer::Http).flow(self.flow).at(at).emit(kind);
        }
    }
}

/// The bytes of one call, and what has come of them.
struct Pass<'b> {
    bytes: &'b [u8],
    offset: u64,
    now: At,
    at: usize,
    capture: usize,
    secret: Vec<Range<usize>>,
    stop_at: Option<usize>,
    found: Vec<EventKind>,
}

/// A gap of so many octets before a wanted piece is captured with it.
const GAP: usize = 4096;

impl<'b> Pass<'b> {
    fn new(bytes: &'b [u8], offset: u64, now: At) -> Self {
        Pass { bytes, offset, now, at: 0, capture: 0, secret: Vec::new(), stop_at: None, found: Vec::new() }
    }

    fn rest(&self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    /// The next `len` octets belong in the captured head of the event.
    fn want(&mut self, len: usize) {
        if len > 0 && self.at <= self.capture + GAP {
            self.capture = self.capture.max((self.at + len).min(self.bytes.len()));
        }
    }

    /// The octet at this index is hidden.
    fn hide(&mut self, index: usize) {
        match self.secret.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => self.secret.push(index..index + 1),
        }
    }

    /// Nothing of the flow from `offset` on is passed on or read.
    fn stop(&mut self, offset: u64) {
        let index = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        self.stop_at = Some(index.min(self.bytes.len()));
        self.at = self.bytes.len();
    }

    /// What speaks there is something else.
    fn foreign(&mut self, facts: ProtocolRecognised, readings: &mut Readings) {
        readings.foreign.get_or_insert_with(|| facts.clone());
        self.found.push(facts.into());
        self.want(self.bytes.len().min(64));
        self.stop(0);
    }
}
