//! Lines of the lesson's program that stand beside events: which line did what was seen.

use std::collections::HashSet;
use std::time::Duration;

use crate::lesson::Lesson;
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::Values;

/// Words of an event come before the event as a rule (a child writes them first), but for a table's: that is shown as a whole, and what stands beside one of its rows
/// waits for it, at most so long.
const TABLE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Besides {
    rules: Vec<(Pattern, String)>,
    /// Rules whose line was shown in this step: once is enough.
    shown: HashSet<usize>,
    waiting: Vec<Waiting>,
}

/// A line that waits for a table.
#[derive(Debug)]
struct Waiting {
    /// Whose it is.
    job: u32,
    /// It is shown then at the latest.
    until: Duration,
    line: String,
}

impl Besides {
    /// The rules of one program.
    pub(super) fn of(lesson: &Lesson, program: Option<&str>) -> Besides {
        let named = lesson.beside.iter().filter(|beside| Some(beside.program.as_str()) == program);
        let rules = named.map(|beside| {
            let text =
                lesson.program(&beside.program).map(|program| program.text.as_str()).unwrap_or_default();
            let line = text.lines().nth(beside.line.saturating_sub(1)).unwrap_or_default().trim();
            (beside.on.clone(), format!("{} line {}: {line}", beside.program, beside.line))
        });
        Besides { rules: rules.collect(), ..Besides::default() }
    }

    /// An event came: the lines to be shown now.
    pub(super) fn see(&mut self, job: u32, seen: &Seen, values: &Values, now: Duration) -> Vec<String> {
        let row = seen.kind() == "socket_found";
        let mut shown = Vec::new();
        for (index, (pattern, line)) in self.rules.iter().enumerate() {
            let fits = pattern.filled(values).is_ok_and(|pattern| pattern.matches(&seen.fields));
            if !fits || !self.shown.insert(index) {
                continue;
            }
            if row {
                self.waiting.push(Waiting { job, until: now + TABLE, line: line.clone() });
            } else {
                shown.push(line.clone());
            }
        }
        shown
    }

    /// When a line has waited long enough.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }

    /// The lines of a program that has ended.
    pub(super) fn of_job(&mut self, job: u32) -> Vec<String> {
        self.take(|waiting| waiting.job == job)
    }

    /// The lines that have waited long enough.
    pub(super) fn overdue(&mut self, now: Duration) -> Vec<String> {
        self.take(|waiting| waiting.until <= now)
    }

    fn take(&mut self, ready: impl Fn(&Waiting) -> bool) -> Vec<String> {
        self.waiting.extract_if(.., |waiting| ready(waiting)).map(|waiting| waiting.line).collect()
    }
}
