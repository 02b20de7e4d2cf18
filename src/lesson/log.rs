//! One log of the events of all the processes of a lesson, on one clock.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::event::Event;

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
    /// On the machine's monotonic clock.
    pub at: Duration,
    /// Its JSON object, with `program`, `job` and `command` added.
    pub fields: Map<String, Value>,
    /// The event, where this version knows its kind.
    pub event: Option<Event>,
}

/// Everything seen so far, in order of arrival; bounded.
#[derive(Debug, Default)]
pub struct Log {
    seen: Vec<Seen>,
}

impl Log {
    /// Nothing yet.
    pub fn new() -> Log {
        Log::default()
    }

    /// A process that begins now.
    pub fn job(&mut self, command: &str) -> Job {
        unimplemented!("{command}")
    }

    /// Takes one JSON line of a process. The first is its header, which gives it its clock; it and blank lines are no event: `None`.
    ///
    /// # Errors
    /// A line that is no event, or one before the header.
    pub fn line(&mut self, job: Job, line: &str) -> Result<Option<&Seen>, String> {
        unimplemented!("{job:?} {line}")
    }

    /// What is kept. Where the oldest had to be dropped, an `events_lost` stands in their place.
    pub fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The end of the log as it is now.
    pub fn mark(&self) -> Mark {
        unimplemented!()
    }

    /// What came since. Where some of it had to be dropped, it begins with an `events_lost`.
    pub fn since(&self, mark: Mark) -> &[Seen] {
        unimplemented!("{mark:?}")
    }

    /// The command line of a process.
    pub fn command(&self, job: Job) -> Option<&str> {
        unimplemented!("{job:?}")
    }
}
