//! Judges a check over what was seen.
//!
//! ```text
//! expect, any --search--> events found, one after the other --rest--> verdict
//!                  |                                  forbid, count, sum, quiet, table
//!                  +--miss--> expected, saw, and where they part, in words
//! ```
//!
//! What it costs grows with the events of the attempt: judge after a burst of them, not after each.

mod measured;
mod miss;
mod rest;
mod search;
mod tables;
mod window;
mod words;

use std::time::Duration;

use super::Check;
use super::log::{Job, Seen};
use super::pattern::Pattern;
use super::text::{Value, Values};
use rest::Attempt;
use search::{Path, Search};
use window::Window;

pub use measured::{answer, measure};
pub use words::words;

/// Whole paths that are tried for one verdict.
const MOST_PATHS: usize = 64;

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

/// Judges a check over the events of the attempt (in order of arrival) and the rows of the tables as they are now
/// (`socket_found`, `counters_moved`). `now` is on the clock of the events.
///
/// Patterns of `expect` come one after the other, and so do those of an alternative of `any`, whatever the one is to the other.
/// In one process the order is that of its events; between processes the clock decides, but not within a tenth of a second.
/// An event that fits may be a bystander's: every one is tried. Different groups (`same`) are on different flows.
pub fn judge(check: &Check, seen: &[Seen], tables: &[Seen], values: &Values, now: Duration) -> Verdict {
    let window = Window::new(seen);
    let nothing = Path { values: values.clone(), ..Path::default() };
    if let Some(missing) = rest::broken(check, &window, &nothing) {
        return Verdict::Broken(missing);
    }
    let reads = check.rest_reads();
    let alternatives: Vec<&[Pattern]> =
        if check.any.is_empty() { vec![&[]] } else { check.any.iter().map(Vec::as_slice).collect() };
    let mut best: Option<Verdict> = None;
    let mut nearest: Option<(usize, Missing)> = None;
    for alternative in alternatives {
        let mut search = Search::new(&window, &[&check.expect, alternative], &reads);
        let mut paths = 0;
        search.run(values, &mut |path| {
            paths += 1;
            let verdict = Attempt { window: &window, tables, path, now }.judge(check);
            if best.as_ref().is_none_or(|best| rank(&verdict) > rank(best)) {
                best = Some(verdict);
            }
            best.as_ref().is_some_and(|best| rank(best) == 3) || paths == MOST_PATHS || !check.rest_depends()
        });
        let depth = search.deepest.matches.len();
        if let Some(pattern) = search.missing()
            && nearest.as_ref().is_none_or(|(deepest, _)| depth > *deepest)
        {
            nearest = Some((depth, miss::next(&window, pattern, &search.deepest, search.missing_begins())));
        }
    }
    match (best, nearest) {
        (Some(verdict), _) => verdict,
        (None, Some((_, missing))) => Verdict::Open(missing),
        // No path and nothing missing: the search was cut off, which decides nothing.
        (None, None) => Verdict::Open(Missing::unclear()),
    }
}

/// A pass is better than what may become one, and anything than what cannot.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Pass { .. } => 3,
        Verdict::Wait { .. } => 2,
        Verdict::Open(_) => 1,
        Verdict::Broken(_) => 0,
    }
}

impl Missing {
    fn unclear() -> Missing {
        let text = "events that fit together; there are too many to try them all".to_owned();
        Missing { expected: Shown { text, event: None }, saw: None, part: None }
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
