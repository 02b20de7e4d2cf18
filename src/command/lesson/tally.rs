//! What a learner did in a lesson, counted: connections, bytes, and the conversation that is drawn at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::event::recording::merge::{Merge, Source};
use crate::event::recording::sketch::Sketch;
use crate::event::tcp::Direction;
use crate::event::{Ends, Event, EventKind, Flow, Header, HeaderTag, Layer, SCHEMA};
use crate::lesson::log::{Job, Log, Mark, Seen};
use crate::render::ladder::Ladder;
use crate::render::{Render as _, Style};

/// Both ends of a conversation, in one order whoever tells of them.
type Pair = (String, String);

/// One end's own view of a conversation.
type End = (Job, Flow);

/// Events of a conversation that is drawn, at the most: the drawing stands on one screen.
const DRAWN: usize = 24;

/// Conversations that are kept to be drawn.
const KEPT: usize = 64;

/// Payload of the conversations at one path, as each side told it.
#[derive(Debug, Default)]
struct Sides {
    connected: BTreeMap<End, u64>,
    accepted: BTreeMap<End, u64>,
}

impl Sides {
    /// A server sees all of them; where it was not netlearn's, its clients are known.
    fn ends(&self) -> &BTreeMap<End, u64> {
        if self.accepted.is_empty() { &self.connected } else { &self.accepted }
    }

    fn of(&mut self, end: End) -> Option<&mut u64> {
        self.connected.get_mut(&end).or(self.accepted.get_mut(&end))
    }
}

/// What was counted so far.
#[derive(Debug)]
pub(super) struct Tally {
    taken: Mark,
    /// Payload of each conversation as each end told it: the highest counts, so that none is counted twice.
    pairs: BTreeMap<Pair, BTreeMap<End, u64>>,
    flows: BTreeMap<End, Pair>,
    /// At a path the ends have no names that tell them apart: those of clients and of servers, by the path.
    paths: BTreeMap<String, Sides>,
    /// Events by end.
    events: BTreeMap<End, Vec<Seen>>,
    /// Conversations and octets of this run before it was gone on with.
    before: (u64, u64),
}

impl Tally {
    /// Counts from here on; `before`: conversations and octets that were counted earlier.
    pub(super) fn of(log: &Log, before: (u64, u64)) -> Tally {
        Tally {
            before,
            taken: log.mark(),
            pairs: BTreeMap::new(),
            flows: BTreeMap::new(),
            paths: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    /// Counts what came since the last time.
    pub(super) fn take(&mut self, log: &Log) {
        for seen in log.since(self.taken) {
            self.see(seen);
        }
        self.taken = log.mark();
    }

    fn see(&mut self, seen: &Seen) {
        let Some(event) = &seen.event else { return };
        let Some(flow) = event.flow else { return };
        let end = (seen.job, flow);
        if let EventKind::Connected(facts) = &event.kind {
            match facts.ends.peer.as_ref().filter(|_| event.layer == Some(Layer::Unix)) {
                Some(path) => drop(self.at(&path.to_string()).connected.insert(end, 0)),
                None => self.met(end, &facts.ends),
            }
        } else if let EventKind::Accepted(facts) = &event.kind {
            match facts.ends.local.as_ref().filter(|_| event.layer == Some(Layer::Unix)) {
                Some(path) => drop(self.at(&path.to_string()).accepted.insert(end, 0)),
                None => self.met(end, &facts.ends),
            }
        } else if let EventKind::Bytes(facts) = &event.kind
            && event.layer != Some(Layer::Tls)
            && let Some(count) = self.count(end)
        {
            *count += facts.len;
        }
        if self.events.contains_key(&end) || self.events.len() < KEPT {
            let kept = self.events.entry(end).or_default();
            if kept.len() <= DRAWN {
                kept.push(seen.clone());
            }
        }
    }

    fn met(&mut self, end: End, ends: &Ends) {
        let (Some(local), Some(peer)) = (&ends.local, &ends.peer) else { return };
        let (local, peer) = (local.to_string(), peer.to_string());
        let pair = if local <= peer { (local, peer) } else { (peer, local) };
        self.flows.insert(end, pair.clone());
        self.pairs.entry(pair).or_default().insert(end, 0);
    }

    fn at(&mut self, path: &str) -> &mut Sides {
        self.paths.entry(path.to_owned()).or_default()
    }

    /// Where payload of that end is counted.
    fn count(&mut self, end: End) -> Option<&mut u64> {
        match self.flows.get(&end) {
            Some(pair) => self.pairs.get_mut(pair)?.get_mut(&end),
            None => self.paths.values_mut().find_map(|sides| sides.of(end)),
        }
    }

    /// Conversations that netlearn's own sockets had.
    pub(super) fn connections(&self) -> u64 {
        let at_paths: usize = self.paths.values().map(|sides| sides.ends().len()).sum();
        self.before.0 + (self.pairs.len() + at_paths) as u64
    }

    /// Octets of payload that passed in them, both ways.
    pub(super) fn bytes(&self) -> u64 {
        let pairs = self.pairs.values().map(|ends| ends.values().copied().max().unwrap_or(0));
        let paths = self.paths.values().flat_map(|sides| sides.ends().values().copied());
        self.before.1 + pairs.chain(paths).sum::<u64>()
    }

    /// Whether payload went both ways there.
    fn spoke_and_heard(&self, end: End) -> bool {
        let passed = |direction: Direction| {
            let is = |seen: &Seen| {
                seen.event.as_ref().is_some_and(
                    |event| matches!(&event.kind, EventKind::Bytes(facts) if facts.direction == direction && facts.len > 0),
                )
            };
            self.events.get(&end).is_some_and(|seen| seen.iter().any(is))
        };
        passed(Direction::Sent) && passed(Direction::Received)
    }

    /// The last conversation with payload that both ends told and that fits on a screen, drawn; one in which both said something
    /// before any other. Nothing where there is none.
    pub(super) fn ladder(&self, style: &Style) -> Vec<String> {
        let drawn = |ends: &BTreeMap<End, u64>| {
            let short = |end: &End| self.events.get(end).is_some_and(|events| events.len() <= DRAWN);
            ends.len() == 2 && ends.values().all(|bytes| *bytes > 0) && ends.keys().all(short)
        };
        let answered = |ends: &BTreeMap<End, u64>| ends.keys().any(|end| self.spoke_and_heard(*end));
        let best = self
            .pairs
            .values()
            .filter(|ends| drawn(ends))
            .max_by_key(|ends| (answered(ends), ends.keys().next_back().copied()));
        let Some(best) = best else { return Vec::new() };
        let sources = best.keys().filter_map(|end| source(self.events.get(end)?)).collect();
        draw(Merge::new(Vec::new(), sources), style).unwrap_or_default()
    }
}

type Kept = std::vec::IntoIter<Result<Event, crate::event::recording::RecordingError>>;

/// One end's events as a recording of its own.
fn source(seen: &[Seen]) -> Option<Source<Kept>> {
    let first = seen.first()?;
    let begun = first.at.saturating_sub(first.event.as_ref()?.at);
    let header = Header {
        event: HeaderTag::RecordingStarted,
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: Vec::new(),
        // One machine, one start of it: the log has put them on one clock.
        boot: Some(String::new()),
        monotonic: begun.as_secs_f64(),
        wall: String::new(),
        pid: Some(first.job.0),
    };
    let events: Vec<Event> = seen.iter().filter_map(|seen| seen.event.clone()).collect();
    let sketch = Sketch::of(header, events.iter().cloned().map(Ok));
    let events: Vec<_> = events.into_iter().map(Ok).collect();
    Some(Source { name: String::new(), sketch, events: events.into_iter() })
}

/// Where a view writes to while its lines are wanted here.
#[derive(Clone, Debug, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn draw(mut merge: Merge<Kept>, style: &Style) -> io::Result<Vec<String>> {
    let paper = Paper::default();
    let mut ladder = Ladder::new(*style, Box::new(paper.clone()));
    let header = merge.header.clone();
    ladder.begin(&header)?;
    for event in merge.by_ref() {
        ladder.event(&event)?;
    }
    ladder.finish()?;
    let text = paper.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Map;

    use super::*;

    /// What the client and the server of one connection told, which came from that port; who spoke.
    fn conversation(tally: &mut Tally, flow: u64, port: u16, answered: bool) {
        let (server, client) = (Job(1), Job(2));
        let mut see = |job: Job, side: &str, facts: &str| {
            let text = format!(
                r#"{{"seq":1,"at":{flow}.5,"took":0.001,"flow":{flow},"layer":"tcp","side":"{side}",{facts}}}"#
            );
            let event = Some(serde_json::from_str(&text).unwrap());
            tally.see(&Seen { job, at: Duration::from_millis(500 + 1000 * flow), fields: Map::new(), event });
        };
        let ends = format!(r#""local":"127.0.0.1:{port}","peer":"127.0.0.1:3000""#);
        see(client, "client", &format!(r#""event":"connected","attempt":1,"of":1,{ends}"#));
        let ends = format!(r#""local":"127.0.0.1:3000","peer":"127.0.0.1:{port}""#);
        see(server, "server", &format!(r#""event":"accepted",{ends},"client":{flow}"#));
        let passed = |direction: &str| {
            format!(
                r#""event":"bytes","direction":"{direction}","offset":0,"len":2,"head":"hi","head_encoding":"utf8""#
            )
        };
        see(client, "client", &passed("sent"));
        see(server, "server", &passed("received"));
        if answered {
            see(server, "server", &passed("sent"));
            see(client, "client", &passed("received"));
        }
    }

    #[test]
    fn the_last_conversation_with_an_answer_is_drawn_and_without_one_the_last() {
        let mut tally = Tally::of(&Log::new(), (0, 0));
        conversation(&mut tally, 1, 50001, false);
        let style = Style { width: 80, ..Style::default() };
        assert!(tally.ladder(&style).join("\n").contains("127.0.0.1:50001"));
        conversation(&mut tally, 2, 50002, true);
        conversation(&mut tally, 3, 50003, true);
        conversation(&mut tally, 4, 50004, false);
        let drawn = tally.ladder(&style).join("\n");
        assert!(drawn.contains("127.0.0.1:50003"), "{drawn}");
    }
}
