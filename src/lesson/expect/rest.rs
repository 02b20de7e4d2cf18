//! What a check asks besides events that must come: those that must not, counts, sums, silence, tables.

use std::collections::HashSet;
use std::time::Duration;

use super::search::Path;
use super::window::Window;
use super::{Missing, Verdict, miss, tables};
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::{self, Value};
use crate::lesson::{Check, Count, Quiet, Sum};

/// How long after a silence its events may still be on their way to the log.
const SETTLE: Duration = Duration::from_millis(100);

/// What is known of the attempt when the rest is judged.
pub(super) struct Attempt<'a, 'w> {
    pub(super) window: &'w Window<'a>,
    pub(super) tables: &'w [Seen],
    pub(super) path: &'w Path,
    pub(super) now: Duration,
}

impl Check {
    /// Every pattern besides those of `expect` and `any`.
    fn others(&self) -> impl Iterator<Item = &Pattern> {
        let counts = self.count.iter().map(|count| &count.of);
        let sums = self.sum.iter().map(|sum| &sum.of);
        let quiets = self.quiet.iter().map(|quiet| &quiet.of);
        let rows = self.table.iter().map(|rows| &rows.of);
        self.forbid.iter().chain(counts).chain(sums).chain(quiets).chain(rows)
    }

    /// Names that the rest reads.
    pub(super) fn rest_reads(&self) -> Vec<&str> {
        self.others().flat_map(Pattern::names).collect()
    }

    /// Whether the rest may differ with the events that were found for `expect`.
    pub(super) fn rest_depends(&self) -> bool {
        let captured = self.captures();
        let reads = self
            .others()
            .any(|of| of.same.is_some() || of.names().iter().any(|name| captured.contains(name)));
        reads || !self.quiet.is_empty()
    }

    fn captures(&self) -> HashSet<&str> {
        let patterns = self.expect.iter().chain(self.any.iter().flatten());
        patterns.flat_map(|pattern| pattern.capture.iter().map(|(name, _)| name.as_str())).collect()
    }

    /// True where something must not happen: it cannot be judged where events are lost.
    fn forbids(&self) -> bool {
        !self.forbid.is_empty()
            || !self.quiet.is_empty()
            || self.count.iter().any(|count| count.max.is_some())
            || self.sum.iter().any(|sum| sum.max.is_some())
    }
}

/// What ends the attempt whatever else comes. `path` has no events yet.
pub(super) fn broken(check: &Check, window: &Window<'_>, path: &Path) -> Option<Missing> {
    if let Some(lost) = window.of_kind("events_lost").first().filter(|_| check.forbids()) {
        return Some(miss::lost(&window.seen[*lost]));
    }
    let captured = check.captures();
    let open = |of: &Pattern| of.same.is_some() || of.names().iter().any(|name| captured.contains(name));
    let attempt = Attempt { window, tables: &[], path, now: Duration::ZERO };
    let forbidden = check.forbid.iter().filter(|of| !open(of)).find_map(|of| attempt.forbidden(of));
    let counted =
        || check.count.iter().filter(|count| !open(&count.of)).find_map(|count| attempt.too_many(count));
    let summed = || check.sum.iter().filter(|sum| !open(&sum.of)).find_map(|sum| attempt.too_much(sum));
    forbidden.or_else(counted).or_else(summed)
}

impl Attempt<'_, '_> {
    /// Judges everything besides `expect` and `any`, for which events were found.
    pub(super) fn judge(&self, check: &Check) -> Verdict {
        let broken = check.forbid.iter().find_map(|of| self.forbidden(of));
        let broken = broken.or_else(|| check.count.iter().find_map(|count| self.too_many(count)));
        let broken = broken.or_else(|| check.sum.iter().find_map(|sum| self.too_much(sum)));
        if let Some(missing) = broken.or_else(|| check.quiet.iter().find_map(|quiet| self.disturbed(quiet))) {
            return Verdict::Broken(missing);
        }
        let open = check.count.iter().find_map(|count| self.too_few(count));
        let open = open.or_else(|| check.sum.iter().find_map(|sum| self.too_little(sum)));
        let open = open.or_else(|| {
            check.table.iter().find_map(|rows| tables::missing(rows, self.tables, &self.path.values))
        });
        if let Some(missing) = open {
            return Verdict::Open(missing);
        }
        let until = check.quiet.iter().map(|quiet| self.began().saturating_add(quiet.time)).max();
        if let Some(until) = until.map(|until| until.saturating_add(SETTLE)).filter(|until| self.now < *until)
        {
            return Verdict::Wait { until };
        }
        let mut captured = self.path.captured.clone();
        for rows in &check.table {
            captured.extend(tables::captured(rows, self.tables, &self.path.values));
        }
        Verdict::Pass { captured }
    }

    /// The pattern with its values, and the events that match on the flow of its group.
    fn hits(&self, of: &Pattern) -> Option<(Pattern, Vec<usize>)> {
        let filled = of.filled(&self.path.values).ok()?;
        let mut hits = self.window.hits(&filled);
        if let Some(group) = &filled.same {
            let flow = self.path.flows.get(group).copied();
            hits.retain(|index| flow.is_some() && self.window.seen[*index].flow() == flow);
        }
        Some((filled, hits))
    }

    fn forbidden(&self, of: &Pattern) -> Option<Missing> {
        let (filled, hits) = self.hits(of)?;
        hits.first().map(|index| miss::forbidden(&filled, &self.window.seen[*index], ""))
    }

    fn too_many(&self, count: &Count) -> Option<Missing> {
        let (filled, hits) = self.hits(&count.of)?;
        let (found, max) = (hits.len() as u64, count.max?);
        (found > max).then(|| {
            miss::number(&filled, &format!(", at most {}", times(max)), &format!(", {}", times(found)))
        })
    }

    fn too_few(&self, count: &Count) -> Option<Missing> {
        let min = count.min?;
        let Some((filled, hits)) = self.hits(&count.of) else {
            return (min > 0).then(|| miss::number(&count.of, &format!(", {}", times(min)), ", never"));
        };
        let found = hits.len() as u64;
        let least = if count.max == Some(min) { "" } else { "at least " };
        (found < min).then(|| {
            miss::number(&filled, &format!(", {least}{}", times(min)), &format!(", {}", times(found)))
        })
    }

    fn sum(&self, sum: &Sum) -> Option<(Pattern, u64)> {
        let (filled, hits) = self.hits(&sum.of)?;
        let found = total(&filled, hits.iter().map(|index| &self.window.seen[*index]), &sum.field);
        Some((filled, found))
    }

    fn too_much(&self, sum: &Sum) -> Option<Missing> {
        let (filled, found) = self.sum(sum)?;
        let max = sum.max?;
        let shown = |amount| in_all(&sum.field, amount);
        (found > max).then(|| {
            miss::number(&filled, &format!(", at most {}", shown(max)), &format!(", {}", shown(found)))
        })
    }

    fn too_little(&self, sum: &Sum) -> Option<Missing> {
        let min = sum.min?;
        let (filled, found) = self.sum(sum).unwrap_or_else(|| (sum.of.clone(), 0));
        let least = if sum.max == Some(min) { "" } else { "at least " };
        let shown = |amount| in_all(&sum.field, amount);
        (found < min).then(|| {
            miss::number(&filled, &format!(", {least}{}", shown(min)), &format!(", {}", shown(found)))
        })
    }

    /// When everything that is expected had come; where nothing is expected, the attempt's first event.
    fn began(&self) -> Duration {
        let last = self.path.matches.iter().map(|index| self.window.done[*index]).max();
        last.or_else(|| self.window.seen.first().map(|seen| seen.at)).unwrap_or(self.now)
    }

    fn disturbed(&self, quiet: &Quiet) -> Option<Missing> {
        let (filled, hits) = self.hits(&quiet.of)?;
        let began = self.began();
        let until = began.saturating_add(quiet.time);
        let after = |index: usize| {
            let done = self.window.done[index];
            // Stamps may be equal: then the process that tells both says which was first.
            let told_after = || {
                let job = self.window.seen[index].job;
                let last =
                    self.path.matches.iter().filter(|found| self.window.seen[**found].job == job).max();
                last.is_some_and(|last| index > *last)
            };
            !self.path.matches.contains(&index)
                && (done > began || (done == began && told_after()))
                && done <= until
        };
        let disturbing = hits.into_iter().find(|index| after(*index))?;
        let more = format!(", for {}", text::shown(quiet.time));
        Some(miss::forbidden(&filled, &self.window.seen[disturbing], &more))
    }
}

/// The sum of a field over events that match a filled pattern.
pub(super) fn total<'a>(of: &Pattern, seen: impl Iterator<Item = &'a Seen>, field: &str) -> u64 {
    let values = seen.flat_map(|seen| of.values(&seen.fields, field));
    values.filter_map(serde_json::Value::as_u64).fold(0, u64::saturating_add)
}

fn in_all(field: &str, amount: u64) -> String {
    let unit = if matches!(field, "len" | "sent" | "received") { " bytes" } else { "" };
    format!("{}{unit} in all", Value::Amount(amount))
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{} times", Value::Amount(more)),
    }
}
