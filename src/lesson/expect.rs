//! Judges a check over what was seen.

use std::collections::BTreeMap;
use std::time::Duration;

use super::log::{Job, Seen};
use super::text::{Value, Values};
use super::{Check, Measure, Question};

/// What a check says of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Everything holds.
    Pass { captured: Vec<(String, Value)> },
    /// Not decided: something is still to come.
    Open(Missing),
    /// Everything has come; nothing may happen until then, on the machine's monotonic clock. Judge again at that time.
    Wait { until: Duration },
    /// This attempt can no longer pass.
    Broken(Missing),
}

/// What was expected, and what was seen instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub expected: Shown,
    /// The nearest of its kind.
    pub saw: Option<Shown>,
    /// Columns of `saw` that differ: the first, and the one after the last.
    pub part: Option<(usize, usize)>,
}

/// An event or a pattern in one line of plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// As `a request GET / to port 3001`.
    pub text: String,
    /// The process that saw it and its number there, for an event.
    pub event: Option<(Job, u64)>,
}

/// Judges a check over the events of the attempt (in order of arrival) and the rows of the tables as they are now.
pub fn judge(check: &Check, seen: &[Seen], tables: &[Seen], values: &Values, now: Duration) -> Verdict {
    unimplemented!("{check:?} {seen:?} {tables:?} {values:?} {now:?}")
}

/// The values of a step, those that could be measured.
pub fn measure(measures: &BTreeMap<String, Measure>, seen: &[Seen], values: &Values) -> Vec<(String, Value)> {
    unimplemented!("{measures:?} {seen:?} {values:?}")
}

/// The id of the right choice; none where the run has not decided.
pub fn answer(question: &Question, seen: &[Seen], values: &Values) -> Option<String> {
    unimplemented!("{question:?} {seen:?} {values:?}")
}

/// An event in plain words.
pub fn words(seen: &Seen) -> Shown {
    unimplemented!("{seen:?}")
}
