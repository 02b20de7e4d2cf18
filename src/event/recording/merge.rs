//! Several recordings of one clock become one stream, in causal order.
//!
//! The order inside each recording is kept. Between them the clock decides, but for what the two ends of one conversation
//! say of each other: nothing is received before it was sent, whatever the stamps say. It reads each recording once, after
//! its sketch, and keeps one event of each; it opens no files.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::RecordingError;
use super::sketch::{LANES, Pair, Sketch, begins, end, ended, lane, pairs};
use crate::event::run::{FlowsMatched, MergedFile, RecordingsMerged, ToldBy};
use crate::event::tcp::{CloseHow, Direction};
use crate::event::{Event, EventKind, Flow, Header, Layer, SCHEMA, Side};

/// One of the recordings: its name, its sketch, its events from the first on.
#[derive(Debug)]
pub struct Source<I> {
    pub name: String,
    pub sketch: Sketch,
    pub events: I,
}

/// The merged stream. What is wrong with a recording ends that one alone, and is told by [`Merge::faults`].
#[derive(Debug)]
pub struct Merge<I> {
    /// The header of the merged stream.
    pub header: Header,
    lanes: Vec<Lane<I>>,
    names: Vec<String>,
    ends: HashMap<(usize, Flow), (usize, usize)>,
    talks: Vec<Talk>,
    flows: HashMap<(usize, Flow), Flow>,
    /// Events of the merge itself that come first.
    ready: VecDeque<Event>,
    /// The recording whose last event is still being told, and its flow.
    telling: Option<(usize, Flow)>,
    /// Sides that several recordings tell, each with the one that was named last.
    tellers: HashMap<Side, Option<usize>>,
    seq: u64,
    faults: Vec<(usize, RecordingError)>,
}

/// One recording as it is read.
#[derive(Debug)]
struct Lane<I> {
    events: I,
    shift: Duration,
    head: Option<Event>,
    /// The moment of its head: never earlier than that of what stands before it.
    moment: Duration,
}

/// How far a conversation has come that was recorded at both ends; the client's numbers first.
#[derive(Debug)]
struct Talk {
    pair: Pair,
    matched: bool,
    /// What is still to come, by the sketches.
    begins: bool,
    total: [[u64; LANES]; 2],
    ends: [bool; 2],
    begun: bool,
    sent: [[u64; LANES]; 2],
    ended: [bool; 2],
}

impl<I: Iterator<Item = Result<Event, RecordingError>>> Merge<I> {
    /// Puts recordings of one boot on one clock. `command` is the line that asked for it.
    pub fn new(command: Vec<String>, sources: Vec<Source<I>>) -> Merge<I> {
        let mut names = Vec::new();
        let mut sketches = Vec::new();
        let mut events = Vec::new();
        for source in sources {
            names.push(source.name);
            sketches.push(source.sketch);
            events.push(source.events);
        }
        let first = sketches.iter().map(|sketch| sketch.header.monotonic).fold(f64::INFINITY, f64::min);
        let shifts: Vec<Duration> =
            sketches.iter().map(|sketch| shift(first, sketch.header.monotonic)).collect();
        let pairs = pairs(&sketches, &shifts);
        let header = header(command, first, &sketches);
        let mut ends = HashMap::new();
        for (index, pair) in pairs.iter().enumerate() {
            ends.insert(pair.client, (index, 0));
            ends.insert(pair.server, (index, 1));
        }
        let files = names.iter().zip(&sketches).map(|(name, sketch)| MergedFile {
            file: name.clone(),
            command: sketch.header.command.clone(),
            sides: sketch.sides.clone(),
        });
        let met = pairs.iter().filter_map(|pair| {
            let (index, flow) = pair.client;
            Some(sketches.get(index)?.lives.get(&flow)?.opened.saturating_add(*shifts.get(index)?))
        });
        let merged = RecordingsMerged { files: files.collect(), matched: pairs.len() as u64, met: met.min() };
        let tells = |side: Side| sketches.iter().filter(|sketch| sketch.sides.contains(&side)).count();
        let mut merge = Merge {
            header,
            tellers: [Side::Client, Side::Server, Side::Resolver, Side::Observer]
                .into_iter()
                .filter(|side| tells(*side) > 1)
                .map(|side| (side, None))
                .collect(),
            talks: pairs.iter().map(|pair| Talk::new(*pair, &sketches)).collect(),
            names,
            ends,
            lanes: Vec::new(),
            flows: HashMap::new(),
            ready: VecDeque::from([own(merged, Duration::ZERO)]),
            telling: None,
            seq: 0,
            faults: Vec::new(),
        };
        for (events, shift) in events.into_iter().zip(shifts) {
            merge.lanes.push(Lane { events, shift, head: None, moment: Duration::ZERO });
        }
        for index in 0..merge.lanes.len() {
            merge.advance(index);
        }
        merge
    }

    /// What was wrong with recordings, by their place; whole once the stream has ended.
    pub fn faults(&mut self) -> Vec<(usize, RecordingError)> {
        std::mem::take(&mut self.faults)
    }

    /// Reads the next event of one recording.
    fn advance(&mut self, index: usize) {
        let lane = &mut self.lanes[index];
        lane.head = match lane.events.next() {
            Some(Ok(mut event)) => {
                event.at = event.at.saturating_add(lane.shift);
                lane.moment = lane.moment.max(moment(&event));
                Some(event)
            }
            Some(Err(error)) => {
                self.faults.push((index, error));
                None
            }
            None => None,
        };
    }

    /// The recording whose event comes next.
    fn choose(&self) -> Option<usize> {
        // The message that bytes carry is one thing with them.
        if let Some((index, flow)) = self.telling
            && self.lanes[index]
                .head
                .as_ref()
                .is_some_and(|head| head.layer == Some(Layer::Http) && head.flow == Some(flow))
        {
            return Some(index);
        }
        let heads = self.lanes.iter().enumerate().filter_map(|(index, lane)| {
            let head = lane.head.as_ref()?;
            Some((self.waits(index, head), lane.moment, index))
        });
        // Where all wait for each other an event was lost, or two stamps contradict: the clock decides alone.
        heads.min().map(|(_, _, index)| index)
    }

    /// Whether what the event tells of the other end is still to come from there.
    fn waits(&self, index: usize, event: &Event) -> bool {
        let place = event.flow.and_then(|flow| self.ends.get(&(index, flow)));
        place.is_some_and(|(talk, role)| self.talks[*talk].waits(*role, event))
    }

    fn tell(&mut self, index: usize, mut event: Event) {
        if let Some(teller) = self.tellers.get_mut(&event.side)
            && teller.replace(index) != Some(index)
        {
            let file = self.names[index].clone();
            self.ready.push_back(own(ToldBy { of: event.side, file }, event.at));
        }
        self.telling = event.flow.map(|flow| (index, flow));
        if let Some(flow) = event.flow {
            let known = self.flows.get(&(index, flow)).copied();
            if let Some((talk, role)) = self.ends.get(&(index, flow)).copied() {
                self.talks[talk].take(role, &event);
                self.introduce(talk, event.at);
            }
            let known = known.unwrap_or_else(|| self.numbered((index, flow)));
            event.flow = Some(known);
        }
        self.ready.push_back(event);
    }

    /// Both flows of a conversation get their numbers, and it is said that they belong together.
    fn introduce(&mut self, talk: usize, at: Duration) {
        if std::mem::replace(&mut self.talks[talk].matched, true) {
            return;
        }
        let pair = self.talks[talk].pair;
        let (client, server) = (self.numbered(pair.client), self.numbered(pair.server));
        self.ready.push_back(own(FlowsMatched { client, server }, at));
    }

    fn numbered(&mut self, place: (usize, Flow)) -> Flow {
        let next = Flow(self.flows.len() as u64 + 1);
        *self.flows.entry(place).or_insert(next)
    }
}

impl<I: Iterator<Item = Result<Event, RecordingError>>> Iterator for Merge<I> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ready.is_empty()
            && let Some(index) = self.choose()
            && let Some(event) = self.lanes[index].head.take()
        {
            self.tell(index, event);
            self.advance(index);
        }
        let mut event = self.ready.pop_front()?;
        self.seq += 1;
        event.seq = self.seq;
        Some(event)
    }
}

impl Talk {
    fn new(pair: Pair, sketches: &[Sketch]) -> Talk {
        let life = |(index, flow): (usize, Flow)| sketches.get(index).and_then(|s| s.lives.get(&flow));
        let both = [life(pair.client), life(pair.server)];
        Talk {
            pair,
            matched: false,
            begins: both[0].is_some_and(|life| life.begins),
            total: both.map(|life| life.map(|life| life.sent).unwrap_or_default()),
            ends: both.map(|life| life.is_some_and(|life| life.ends)),
            begun: false,
            sent: [[0; LANES]; 2],
            ended: [false; 2],
        }
    }

    fn waits(&self, role: usize, event: &Event) -> bool {
        let other = 1 - role;
        if role == 1 && self.begins && !self.begun {
            return true;
        }
        if let EventKind::Bytes(facts) = &event.kind
            && facts.direction == Direction::Received
        {
            let lane = lane(event.layer, facts);
            return self.sent[other][lane] < end(facts).min(self.total[other][lane]);
        }
        let given_up = matches!(&event.kind, EventKind::Closed(facts) if facts.how == CloseHow::Timeout);
        let theirs = ended(event).is_some_and(|by| index(by) == other) && !given_up;
        theirs && self.ends[other] && !self.ended[other]
    }

    fn take(&mut self, role: usize, event: &Event) {
        self.begun |= role == 0 && begins(event);
        if let EventKind::Bytes(facts) = &event.kind
            && facts.direction == Direction::Sent
        {
            let sent = &mut self.sent[role][lane(event.layer, facts)];
            *sent = end(facts).max(*sent);
        }
        if ended(event).is_some_and(|by| index(by) == role) {
            self.ended[role] = true;
        }
    }
}

fn index(side: Side) -> usize {
    usize::from(side == Side::Server)
}

/// When an event took effect here: what was received, when the call gave it; all else when it began.
fn moment(event: &Event) -> Duration {
    let theirs = event.side != Side::Server;
    let received = matches!(&event.kind, EventKind::Bytes(facts) if facts.direction == Direction::Received)
        || matches!(&event.kind, EventKind::HalfClosed(facts) if facts.by != event.side)
        || matches!(&event.kind, EventKind::Reply(_) if theirs);
    let waited = if received { event.took.unwrap_or_default() } else { Duration::ZERO };
    event.at.saturating_add(waited)
}

fn shift(first: f64, own: f64) -> Duration {
    let later = Duration::try_from_secs_f64(own - first).unwrap_or_default();
    // Whole microseconds, as a recording has them: the merged events are the same read back.
    Duration::from_micros(u64::try_from((later + Duration::from_nanos(500)).as_micros()).unwrap_or(u64::MAX))
}

fn own(kind: impl Into<EventKind>, at: Duration) -> Event {
    Event { seq: 0, at, took: None, flow: None, layer: None, side: Side::Observer, kind: kind.into() }
}

/// The earliest clock, and no process of its own.
fn header(command: Vec<String>, first: f64, sketches: &[Sketch]) -> Header {
    let earliest =
        sketches.iter().find(|sketch| sketch.header.monotonic <= first).map(|sketch| &sketch.header);
    Header {
        event: crate::event::HeaderTag::RecordingStarted,
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command,
        boot: earliest.and_then(|header| header.boot.clone()),
        monotonic: if first.is_finite() { first } else { 0.0 },
        wall: earliest.map(|header| header.wall.clone()).unwrap_or_default(),
        pid: None,
    }
}

#[cfg(test)]
mod tests;
