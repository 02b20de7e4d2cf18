//! A tolerant reader of HTTP/1.1 as it passes a [`crate::net::tap::Tap`]: it finds heads, fields, body ends and the first
//! broken octet, and says them as events. It never changes what passes, and needs memory for one head only.

mod asked;
mod body;
mod broken;
mod conversation;
pub mod foreign;
mod framing;
mod head;
mod mask;
mod pass;
mod start;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use crate::event::http::{Broken, LeftOver, Malformed, ProtocolRecognised, Request, Response};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::Direction;
use crate::event::{EventKind, Flow, Layer, Side};
use crate::net::tap::{Heard, Watch};

use conversation::Conversation;
use pass::Moment;

/// Limits and switches of one annotator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Longest head allowed, octets; past it `malformed` with `head_too_large`.
    pub head_limit: usize,
    /// Octets of each body that are captured.
    pub body_capture: usize,
    /// Show secrets (Authorization, Cookie, Set-Cookie values) instead of asterisks.
    pub secrets: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { head_limit: 64 * 1024, body_capture: 4096, secrets: false }
    }
}

/// What was read so far; shared with the operation that owns the connection.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    /// Heads of the exchanges so far: requests and final responses (1xx not counted).
    pub requests: u64,
    pub responses: u64,
    pub last_request: Option<Request>,
    pub last_response: Option<Response>,
    /// When the first octet of the last response, and the end of its body, were there.
    pub response_began: Option<At>,
    pub response_ended: Option<At>,
    /// When the last octet of the last request had been given to the system.
    pub request_sent: Option<At>,
    /// The last interim response (1xx) since the last final one, with its reason.
    pub interim: Option<(u16, String)>,
    /// The first line of the last request, as a server got it.
    pub request_line: Vec<u8>,
    /// The first broken rule. From then on nothing is read.
    pub malformed: Option<Malformed>,
    /// The peer speaks something else.
    pub foreign: Option<ProtocolRecognised>,
    pub left_over: Option<LeftOver>,
    /// Body octets of the response in progress or just ended, and whether it ended as its framing demands.
    pub body_len: u64,
    pub body_declared: Option<u64>,
    pub body_complete: bool,
    /// HTTP/2: what was read of its frames.
    pub http2: crate::net::http2::annotator::Frames,
}

/// Builds an annotator for one connection as `side` sees it, and the readings it shares.
pub fn annotator(
    recorder: &Recorder,
    flow: Flow,
    side: Side,
    settings: Settings,
) -> (Box<dyn Watch>, Arc<Mutex<Readings>>) {
    let readings = Arc::new(Mutex::new(Readings::default()));
    let conversation = Conversation::new(side, settings, Arc::clone(&readings));
    (Box::new(Annotator { recorder: recorder.clone(), flow, side, conversation, said: Vec::new() }), readings)
}

/// The first octet that keeps the target of a request from being a URI, where there is one; `line` is the request line.
pub fn no_uri(request: &Request, line: &[u8]) -> Option<Malformed> {
    let from = request.method.len() + 1;
    let target = line[from.min(line.len())..].split(|octet| *octet == b' ').next()?;
    let at = super::grammar::uri_fault(target)?;
    let spot = broken::Spot::new(line, request.offset, from + at, 1);
    let expected = "a target of the characters that a URI has";
    Some(broken::malformed(Side::Client, Broken::Target, spot, expected, broken::octet(target[at])))
}

struct Annotator {
    recorder: Recorder,
    flow: Flow,
    side: Side,
    conversation: Conversation,
    /// Found by the last call, with the moment it was there.
    said: Vec<(At, EventKind)>,
}

impl Watch for Annotator {
    fn hear(&mut self, direction: Direction, offset: u64, bytes: &[u8], began: At) -> Heard {
        let now = self.recorder.now();
        let (heard, found) = self.conversation.hear(direction, offset, bytes, Moment { began, now });
        // What we send is there when the call begins, what comes when it ends.
        let at = if direction == Direction::Sent { began } else { now };
        self.said.extend(found.into_iter().map(|kind| (at, kind)));
        heard
    }

    fn ended(&mut self, direction: Direction) {
        let now = self.recorder.now();
        let found = self.conversation.ended(direction, now);
        self.said.extend(found.into_iter().map(|kind| (now, kind)));
    }

    fn speak(&mut self) {
        for (at, kind) in self.said.drain(..) {
            self.recorder.on(self.side, Layer::Http).flow(self.flow).at(at).emit(kind);
        }
    }
}
