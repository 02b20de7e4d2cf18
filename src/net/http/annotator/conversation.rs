//! Both directions of one connection: which message comes next, which request a response answers, and when reading
//! has to stop. It emits nothing and reads no clock.

mod interim;
mod outside;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::event::http::{BodyEnded, BodyRule, Broken, Malformed};
use crate::event::recorder::At;
use crate::event::tcp::Direction;
use crate::event::{EventKind, Side};
use crate::net::tap::Heard;

use super::asked::Asked;
use super::body::{BodyReader, Manner};
use super::broken::WINDOW;
use super::foreign::Guess;
use super::framing::Framing;
use super::head::{HeadReader, Section, Step};
use super::pass::{Moment, Pass};
use super::{Readings, Settings, mask};

/// Requests that may wait for their responses before reading stops: past it their order is not kept.
const MOST_WAITING: usize = 65_536;

/// Which messages a direction carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carries {
    Requests,
    Responses,
}

/// Where the reading of one direction has got to.
enum State {
    /// The first bytes of the connection, until it is certain that they are HTTP.
    Fresh(Vec<u8>),
    /// Between messages.
    Idle,
    Head(Box<HeadReader>),
    Body(Box<BodyReader>, u64),
    /// After 101 or CONNECT: another protocol, by agreement; so many octets captured.
    Tunnel(usize),
    Mute,
}

/// Both directions of one connection as `side` sees it.
pub(super) struct Conversation {
    side: Side,
    settings: Settings,
    readings: Arc<Mutex<Readings>>,
    requests: State,
    responses: State,
    waiting: VecDeque<Asked>,
    /// Interim responses since the last final one.
    interim: u64,
    /// Declared length of the last response.
    declared: Option<u64>,
    /// The last request offered to change the protocol.
    offered: bool,
}

impl Conversation {
    pub(super) fn new(side: Side, settings: Settings, readings: Arc<Mutex<Readings>>) -> Self {
        // Only what a peer says first needs recognising: what we send is HTTP.
        let (requests, responses) = match side {
            Side::Server => (State::Fresh(Vec::new()), State::Idle),
            Side::Client | Side::Resolver | Side::Observer => (State::Idle, State::Fresh(Vec::new())),
        };
        Conversation {
            side,
            settings,
            readings,
            requests,
            responses,
            waiting: VecDeque::new(),
            interim: 0,
            declared: None,
            offered: false,
        }
    }

    /// Reads bytes that passed; returns what the tap must know, and the events found.
    pub(super) fn hear(
        &mut self,
        direction: Direction,
        offset: u64,
        bytes: &[u8],
        moment: Moment,
    ) -> (Heard, Vec<EventKind>) {
        let mut pass = Pass {
            bytes,
            offset,
            moment,
            received: direction == Direction::Received,
            at: 0,
            capture: 0,
            gap: self.settings.body_capture,
            secret: Vec::new(),
            stop_at: None,
            found: Vec::new(),
        };
        let carries = self.carries(direction);
        let shared = Arc::clone(&self.readings);
        let mut readings = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if carries == Carries::Requests && !matches!(self.requests, State::Mute | State::Tunnel(_)) {
            readings.request_sent = Some(moment.now);
        }
        while pass.at < bytes.len() {
            let state = std::mem::replace(self.state(carries), State::Mute);
            let next = self.step(carries, state, &mut pass, &mut readings);
            *self.state(carries) = next;
        }
        let heard = Heard { capture: pass.capture, secret: pass.secret, stop_at: pass.stop_at };
        (heard, pass.found)
    }

    /// A direction ended with a FIN: so does what was unfinished in it.
    pub(super) fn ended(&mut self, direction: Direction, now: At) -> Vec<EventKind> {
        let carries = self.carries(direction);
        let shared = Arc::clone(&self.readings);
        let mut readings = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(self.state(carries), State::Mute) {
            State::Body(body, exchange) => {
                let ended = BodyEnded { exchange, ..body.end(body.ends_with_connection()) };
                vec![self.body_ended(carries, ended, now, &mut readings)]
            }
            State::Fresh(first) if !first.is_empty() && !b"HTTP/".starts_with(&first) => {
                // No more will come: what could still have become something is known as far as it ever will be.
                let line = [first.as_slice(), b"\n"].concat();
                match self.guess(carries, &line) {
                    Guess::Foreign(protocol) => {
                        vec![self.foreign(carries, protocol, &first, &mut readings).into()]
                    }
                    Guess::Http | Guess::More => Vec::new(),
                }
            }
            State::Fresh(_) | State::Idle | State::Head(_) | State::Tunnel(_) | State::Mute => Vec::new(),
        }
    }

    fn carries(&self, direction: Direction) -> Carries {
        match direction.from(self.side) {
            Side::Client => Carries::Requests,
            Side::Server | Side::Resolver | Side::Observer => Carries::Responses,
        }
    }

    fn state(&mut self, carries: Carries) -> &mut State {
        match carries {
            Carries::Requests => &mut self.requests,
            Carries::Responses => &mut self.responses,
        }
    }

    fn by(carries: Carries) -> Side {
        match carries {
            Carries::Requests => Side::Client,
            Carries::Responses => Side::Server,
        }
    }

    fn new_head(&self, carries: Carries, offset: u64) -> Box<HeadReader> {
        let section = match carries {
            Carries::Requests => Section::Request { strict: self.side == Side::Server },
            Carries::Responses => Section::Response,
        };
        let Settings { head_limit, secrets, .. } = self.settings;
        Box::new(HeadReader::new(Self::by(carries), section, offset, head_limit, secrets))
    }

    /// Reads on from one state; consumes at least one octet, or changes the state.
    fn step(
        &mut self,
        carries: Carries,
        state: State,
        pass: &mut Pass<'_>,
        readings: &mut Readings,
    ) -> State {
        match state {
            State::Fresh(first) => self.recognise(carries, first, pass, readings),
            State::Idle => self.begin(carries, pass, readings),
            State::Head(head) => self.head(carries, head, pass, readings),
            State::Body(body, exchange) => self.body(carries, body, exchange, pass, readings),
            State::Tunnel(captured) => {
                let more = pass.rest().len().min(self.settings.body_capture.saturating_sub(captured));
                pass.want(more);
                pass.at = pass.bytes.len();
                State::Tunnel(captured + more)
            }
            State::Mute => {
                pass.at = pass.bytes.len();
                State::Mute
            }
        }
    }

    fn response_begins(&self, pass: &Pass<'_>, readings: &mut Readings) {
        let Moment { began, now } = pass.moment;
        readings.response_began = Some(if pass.received { now } else { began });
        readings.response_ended = None;
    }

    /// The next message begins, or something comes after the last.
    fn begin(&mut self, carries: Carries, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        if carries == Carries::Responses {
            let asked = !self.waiting.is_empty() || matches!(self.requests, State::Head(_));
            if self.side == Side::Client && !asked && readings.requests > 0 {
                return self.left_over(pass, readings);
            }
            self.response_begins(pass, readings);
        }
        State::Head(self.new_head(carries, pass.here()))
    }

    fn head(
        &mut self,
        carries: Carries,
        mut head: Box<HeadReader>,
        pass: &mut Pass<'_>,
        readings: &mut Readings,
    ) -> State {
        let (used, step) = head.feed(pass.rest(), pass.at, &mut pass.secret);
        pass.want(used);
        pass.at += used;
        match (step, carries) {
            (Step::More, _) => State::Head(head),
            (Step::Broken(facts), _) => self.broke(*facts, pass, readings),
            (Step::Done, Carries::Requests) => self.request(*head, pass, readings),
            (Step::Done, Carries::Responses) => self.response(*head, pass, readings),
        }
    }

    fn broke(&mut self, facts: Malformed, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        // The rest of the line helps to see the fault, unless it may be a secret.
        let line = &facts.line.0;
        let open = self.settings.secrets || (facts.caret < 128 && mask::secret_from(line).is_none());
        let more = match open {
            true => pass.rest().iter().take(WINDOW).take_while(|byte| **byte != b'\n').count() + 1,
            false => usize::from(facts.broken != Broken::HeadTooLarge),
        };
        pass.want(more.min(pass.rest().len()));
        Self::stop(facts, pass, readings)
    }

    /// Nothing from the fault on is passed on or read.
    fn stop(facts: Malformed, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        pass.stop(facts.offset);
        if pass.received {
            readings.malformed.get_or_insert_with(|| facts.clone());
        }
        pass.found.push(facts.into());
        State::Mute
    }

    fn request(&mut self, head: HeadReader, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        readings.requests += 1;
        let exchange = readings.requests;
        if self.side == Side::Server {
            readings.request_line = head.start().to_vec();
        }
        let (facts, framing) = head.into_request(exchange);
        self.waiting.push_back(Asked::of(&facts.method));
        self.offered = facts.headers.iter().any(|field| field.name.eq_ignore_ascii_case("upgrade"));
        readings.last_request = Some(facts.clone());
        pass.found.push(facts.into());
        if self.waiting.len() > MOST_WAITING {
            self.responses = State::Mute;
            return State::Mute;
        }
        match framing {
            Ok(framing) => {
                self.begin_body(Carries::Requests, (framing, Vec::new()), exchange, pass, readings)
            }
            Err(facts) => self.broke(*facts, pass, readings),
        }
    }

    fn response(&mut self, head: HeadReader, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        let exchange = readings.responses + 1;
        let (mut facts, framing) = head.into_response(exchange);
        let status = facts.status;
        let interim = (100..200).contains(&status);
        self.interim = if interim { self.interim + 1 } else { 0 };
        if self.interim > interim::MOST {
            return Self::stop(interim::too_many(&facts), pass, readings);
        }
        let asked = if interim { self.waiting.front().copied() } else { self.waiting.pop_front() };
        facts.request_method = asked.and_then(Asked::name);
        if interim {
            readings.interim = Some((status, facts.reason.clone()));
        }
        let unasked =
            (status == 101 && pass.received && !self.offered).then(|| interim::unasked_switch(&facts));
        if !interim || status == 101 {
            readings.last_response = Some(facts.clone());
        }
        pass.found.push(facts.into());
        if let Some(unasked) = unasked {
            return Self::stop(unasked, pass, readings);
        }
        if status == 101 || (asked == Some(Asked::Connect) && matches!(status, 200..=299)) {
            readings.responses += u64::from(!interim);
            self.requests = State::Tunnel(0);
            return State::Tunnel(0);
        }
        if interim {
            return State::Idle;
        }
        readings.responses = exchange;
        readings.interim = None;
        // RFC 9112 section 6.3 item 1: these have no body, whatever their fields say.
        let bodiless = asked == Some(Asked::Head) || matches!(status, 204 | 304);
        match framing {
            _ if bodiless => {
                self.begin_body(Carries::Responses, (Framing::None, Vec::new()), exchange, pass, readings)
            }
            Ok(framing) => self.begin_body(Carries::Responses, framing, exchange, pass, readings),
            Err(facts) => self.broke(*facts, pass, readings),
        }
    }

    fn begin_body(
        &mut self,
        carries: Carries,
        (framing, coded): (Framing, Vec<String>),
        exchange: u64,
        pass: &mut Pass<'_>,
        readings: &mut Readings,
    ) -> State {
        let Settings { head_limit, secrets, .. } = self.settings;
        if carries == Carries::Responses {
            self.declared = match framing {
                Framing::Length(length) => Some(length),
                Framing::None | Framing::Chunked | Framing::Close => None,
            };
            readings.body_len = 0;
            readings.body_declared = self.declared;
            readings.body_complete = false;
        }
        let strict = self.side == Side::Server && carries == Carries::Requests;
        match BodyReader::new(
            Self::by(carries),
            Manner { framing, coded, limit: head_limit, secrets, strict },
        ) {
            Ok(body) => State::Body(Box::new(body), exchange),
            Err(ended) => {
                let ended = BodyEnded { exchange, ..ended };
                let event = self.body_ended(carries, ended, pass.moment.now, readings);
                pass.found.push(event);
                State::Idle
            }
        }
    }

    fn body(
        &mut self,
        carries: Carries,
        mut body: Box<BodyReader>,
        exchange: u64,
        pass: &mut Pass<'_>,
        readings: &mut Readings,
    ) -> State {
        let (used, step) = body.feed(pass.rest(), pass.here(), pass.at, &mut pass.secret);
        let room = (self.settings.body_capture as u64).saturating_sub(body.passed);
        pass.want(used.min(usize::try_from(room).unwrap_or(usize::MAX)));
        pass.at += used;
        body.passed += used as u64;
        if carries == Carries::Responses {
            readings.body_len = body.len();
        }
        match step {
            Step::More => State::Body(body, exchange),
            Step::Broken(facts) => self.broke(*facts, pass, readings),
            Step::Done => {
                let ended = BodyEnded { exchange, ..body.end(true) };
                let event = self.body_ended(carries, ended, pass.moment.now, readings);
                pass.found.push(event);
                State::Idle
            }
        }
    }

    fn body_ended(
        &mut self,
        carries: Carries,
        ended: BodyEnded,
        now: At,
        readings: &mut Readings,
    ) -> EventKind {
        if carries == Carries::Responses {
            readings.response_ended = Some(now);
            readings.body_len = ended.len;
            readings.body_complete = ended.complete;
            self.declared = ended.declared.filter(|_| ended.rule == BodyRule::Length);
        }
        ended.into()
    }
}
