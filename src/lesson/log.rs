//! One log of the events of all the processes of a lesson, on one clock.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::event::{Event, EventKind, Header, SCHEMA, recording::LINE_LIMIT};

/// How many events are kept.
const MOST_EVENTS: usize = 100_000;

/// How many octets of lines are kept, at most; an event takes a few times its line in memory.
const MOST_OCTETS: usize = 64 * 1024 * 1024;

/// Flows of a process that the log remembers.
const MOST_FLOWS: usize = 10_000;

/// What the log tells of a flow with each of its events: where it runs, which only its first events say.
const OF_THE_FLOW: [&str; 5] = ["local", "local_port", "peer", "peer_port", "protocol"];

/// A process that the lesson started: its number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job(pub u32);

/// A place in the log: what comes after it is a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// One event of one process.
#[derive(Clone, Debug)]
pub struct Seen {
    pub job: Job,
    /// On the machine's monotonic clock, before the call.
    pub at: Duration,
    /// Its JSON object. Added are `program`, `job` and `command`, and the addresses and the protocol of its flow where it does not
    /// tell them itself.
    pub fields: Map<String, Value>,
    /// The event; none where this version does not know its kind.
    pub event: Option<Event>,
}

impl Seen {
    /// The name of the event.
    pub fn kind(&self) -> &str {
        self.fields.get("event").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its number in its process; what prose cites.
    pub fn seq(&self) -> u64 {
        self.fields.get("seq").and_then(Value::as_u64).unwrap_or_default()
    }

    /// The conversation it belongs to, which is one of its process.
    pub fn flow(&self) -> Option<(Job, u64)> {
        self.fields.get("flow").and_then(Value::as_u64).map(|flow| (self.job, flow))
    }

    /// When it was done: the call's beginning and the time that it took.
    pub fn done(&self) -> Duration {
        let took = self.fields.get("took").and_then(Value::as_f64);
        let took = took.and_then(|took| Duration::try_from_secs_f64(took).ok()).unwrap_or_default();
        self.at.saturating_add(took)
    }
}

/// Everything seen so far, in order of arrival; bounded.
#[derive(Debug)]
pub struct Log {
    jobs: Vec<Process>,
    /// Behind an `events_lost` where some were dropped.
    seen: Vec<Seen>,
    /// Octets of each line kept, beside `seen`.
    octets: Vec<usize>,
    total: usize,
    /// Events that were dropped to make room.
    dropped: u64,
    most_events: usize,
    most_octets: usize,
}

#[derive(Debug)]
struct Process {
    command: String,
    /// The header's `monotonic`.
    clock: Option<Duration>,
    /// By number: those that began last are kept.
    flows: BTreeMap<u64, Vec<(&'static str, Value)>>,
}

impl Default for Log {
    fn default() -> Self {
        Log::new()
    }
}

impl Log {
    /// Nothing yet.
    pub fn new() -> Log {
        Log::holding(MOST_EVENTS, MOST_OCTETS)
    }

    fn holding(most_events: usize, most_octets: usize) -> Log {
        Log {
            jobs: Vec::new(),
            seen: Vec::new(),
            octets: Vec::new(),
            total: 0,
            dropped: 0,
            most_events,
            most_octets,
        }
    }

    /// A process that begins now.
    pub fn job(&mut self, command: &str) -> Job {
        self.jobs.push(Process { command: command.to_owned(), clock: None, flows: BTreeMap::new() });
        Job(u32::try_from(self.jobs.len()).unwrap_or(u32::MAX))
    }

    /// The command line of a process.
    pub fn command(&self, job: Job) -> Option<&str> {
        self.jobs.get(place(job)).map(|process| process.command.as_str())
    }

    /// Takes one JSON line of a process. The first is its header, which gives it its clock; it and blank lines are no event: `None`.
    ///
    /// # Errors
    /// A line that is no event, or one before the header. It changes nothing.
    pub fn line(&mut self, job: Job, line: &str) -> Result<Option<&Seen>, String> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(None);
        }
        if line.len() > LINE_LIMIT {
            return Err(format!("a line of more than {LINE_LIMIT} bytes"));
        }
        let Some(process) = self.jobs.get_mut(place(job)) else {
            return Err(format!("no process has the number {}", job.0));
        };
        let fields: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("this is no event: {error}"))?;
        if fields.get("event").and_then(Value::as_str) == Some("recording_started") {
            process.clock = Some(clock(fields)?);
            return Ok(None);
        }
        let seen = process.seen(job, fields)?;
        self.keep(seen, line.len());
        Ok(self.seen.last())
    }

    fn keep(&mut self, seen: Seen, octets: usize) {
        self.seen.push(seen);
        self.octets.push(octets);
        self.total += octets;
        if self.seen.len() > self.most_events || self.total > self.most_octets {
            self.drop_oldest();
        }
    }

    /// Drops the older half at once, so that a full log is not moved with each event.
    fn drop_oldest(&mut self) {
        let lost = usize::from(self.dropped > 0);
        let (mut count, mut freed) = (lost, 0);
        let last = self.seen.len() - 1;
        while count < last && (count < self.most_events / 2 || self.total - freed > self.most_octets / 2) {
            freed += self.octets[count];
            count += 1;
        }
        self.dropped += (count - lost) as u64;
        self.total -= freed;
        let stand_in = events_lost(&self.seen[count.saturating_sub(1)], self.dropped);
        self.seen.splice(..count, [stand_in]);
        self.octets.splice(..count, [0]);
    }

    /// What is kept. Where the oldest had to be dropped, an `events_lost` stands in their place.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The end of the log as it is now.
    pub fn mark(&self) -> Mark {
        let lost = usize::from(self.dropped > 0);
        Mark(self.dropped + (self.seen.len() - lost) as u64)
    }

    /// What came since. Where some of it had to be dropped, it begins with an `events_lost`.
    pub fn since(&self, mark: Mark) -> &[Seen] {
        if mark.0 < self.dropped {
            return &self.seen;
        }
        let lost = u64::from(self.dropped > 0);
        let from = usize::try_from(mark.0 - self.dropped + lost).unwrap_or(usize::MAX);
        self.seen.get(from..).unwrap_or_default()
    }
}

impl Process {
    fn seen(&mut self, job: Job, mut fields: Map<String, Value>) -> Result<Seen, String> {
        let Some(clock) = self.clock else { return Err("an event before the recording's header".to_owned()) };
        let event: Event = serde_json::from_value(Value::Object(fields.clone()))
            .map_err(|error| format!("this is no event: {error}"))?;
        self.tell_the_flow(&mut fields);
        for (name, value) in [
            ("program", Value::from("netlearn")),
            ("job", Value::from(job.0)),
            ("command", Value::from(self.command.as_str())),
        ] {
            fields.entry(name).or_insert(value);
        }
        let at = clock.saturating_add(event.at);
        let known = !matches!(event.kind, EventKind::Unknown(_));
        Ok(Seen { job, at, fields, event: known.then_some(event) })
    }

    /// Learns where a flow runs, and adds what the event does not tell of it.
    fn tell_the_flow(&mut self, fields: &mut Map<String, Value>) {
        let Some(flow) = fields.get("flow").and_then(Value::as_u64) else { return };
        let told = self.flows.entry(flow).or_default();
        for name in OF_THE_FLOW {
            let known = told.iter().position(|(known, _)| *known == name);
            match (fields.get(name), known) {
                (Some(value), Some(known)) => told[known].1 = value.clone(),
                (Some(value), None) => told.push((name, value.clone())),
                (None, Some(known)) => {
                    fields.insert(name.to_owned(), told[known].1.clone());
                }
                (None, None) => {}
            }
        }
        if self.flows.len() > MOST_FLOWS {
            self.flows.pop_first();
        }
    }
}

fn place(job: Job) -> usize {
    (job.0 as usize).wrapping_sub(1)
}

fn clock(fields: Map<String, Value>) -> Result<Duration, String> {
    let header: Header = serde_json::from_value(Value::Object(fields))
        .map_err(|error| format!("this is no header of a recording: {error}"))?;
    if header.schema != SCHEMA {
        return Err(format!("schema {} where {SCHEMA} is known", header.schema));
    }
    Duration::try_from_secs_f64(header.monotonic).map_err(|error| format!("the header's clock: {error}"))
}

/// Stands in the place of events that were dropped; `like` is the last of them.
fn events_lost(like: &Seen, count: u64) -> Seen {
    let mut fields = Map::new();
    fields.insert("event".to_owned(), Value::from("events_lost"));
    fields.insert("count".to_owned(), Value::from(count));
    Seen { job: like.job, at: like.at, fields, event: None }
}

#[cfg(test)]
mod tests;
