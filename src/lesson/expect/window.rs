//! The events of an attempt, and what came after what.

use std::collections::HashMap;
use std::time::Duration;

use crate::lesson::log::{Job, Seen};
use crate::lesson::pattern::Pattern;

/// Two processes see one moment at different times: the reader of a byte may be scheduled before its writer comes back from
/// the call. Within so long neither of two processes' events is before the other. Within one process the order is that of its events.
pub(super) const CONCURRENT: Duration = Duration::from_millis(100);

/// The events of an attempt.
pub(super) struct Window<'a> {
    pub(super) seen: &'a [Seen],
    /// When each was done.
    pub(super) done: Vec<Duration>,
    kinds: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Window<'a> {
    pub(super) fn new(seen: &'a [Seen]) -> Window<'a> {
        let mut kinds: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, seen) in seen.iter().enumerate() {
            kinds.entry(seen.kind()).or_default().push(index);
        }
        Window { seen, done: seen.iter().map(Seen::done).collect(), kinds }
    }

    /// Places of the events of a kind.
    pub(super) fn of_kind(&self, kind: &str) -> &[usize] {
        self.kinds.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Places of the events that match a filled pattern, in order of arrival.
    pub(super) fn hits(&self, pattern: &Pattern) -> Vec<usize> {
        let matches = |index: &usize| pattern.matches(&self.seen[*index].fields);
        match &pattern.event {
            Some(kind) => self.of_kind(kind).iter().copied().filter(matches).collect(),
            None => (0..self.seen.len()).filter(matches).collect(),
        }
    }

    /// The same in order of time: that of arrival within a process, and of the clock between processes.
    pub(super) fn in_time(&self, mut hits: Vec<usize>) -> Vec<usize> {
        // What a process tells late was late: its events keep their order.
        let mut latest: HashMap<Job, Duration> = HashMap::new();
        let mut keys: HashMap<usize, Duration> = HashMap::new();
        for index in &hits {
            let key = latest.entry(self.seen[*index].job).or_default();
            *key = (*key).max(self.done[*index]);
            keys.insert(*index, *key);
        }
        hits.sort_by_key(|index| keys[index]);
        hits
    }
}

/// How far a sequence of matches is, process by process.
#[derive(Clone, Debug, Default)]
pub(super) struct Order(Vec<(Job, usize, Duration)>);

impl Order {
    /// Whether an event is after all of them.
    pub(super) fn allows(&self, window: &Window<'_>, index: usize) -> bool {
        let (job, done) = (window.seen[index].job, window.done[index]);
        self.0.iter().all(|(other, last, latest)| {
            if *other == job { index > *last } else { done.saturating_add(CONCURRENT) >= *latest }
        })
    }

    /// With one event more.
    pub(super) fn and(&self, window: &Window<'_>, index: usize) -> Order {
        let (job, done) = (window.seen[index].job, window.done[index]);
        let mut order = self.clone();
        match order.0.iter_mut().find(|(other, ..)| *other == job) {
            Some((_, last, latest)) => {
                *last = index;
                *latest = done.max(*latest);
            }
            None => order.0.push((job, index, done)),
        }
        order
    }

    /// The places alone, in an order that does not depend on how they were come by.
    pub(super) fn places(&self) -> Vec<(Job, usize)> {
        let mut places: Vec<(Job, usize)> = self.0.iter().map(|(job, last, _)| (*job, *last)).collect();
        places.sort_unstable();
        places
    }
}
