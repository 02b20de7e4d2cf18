//! Lines of the lesson's program that stand beside events: which line did what was seen.

use std::collections::HashSet;
use std::time::Duration;

use crate::lesson::Lesson;
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::Values;

/// The words of the event come through another pipe: a line waits so long for them.
const PATIENCE: Duration = Duration::from_millis(60);

/// The rows of a table come one after the other: what stands beside one of them waits for the table's end, and at most so long.
const TABLE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Besides {
    rules: Vec<(Pattern, String)>,
    /// Rules whose line was shown in this step: once is enough.
    shown: HashSet<usize>,
    waiting: Vec<Waiting>,
}

/// A line that waits for the words of its event.
#[derive(Debug)]
struct Waiting {
    /// Whose event it was.
    job: u32,
    /// It is shown then at the latest.
    until: Duration,
    line: String,
    /// The event is a row of a table.
    row: bool,
}

/// What has come of a program's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// A whole line of them.
    Line,
    /// All: it has ended.
    All,
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

    /// An event came.
    pub(super) fn see(&mut self, job: u32, seen: &Seen, values: &Values, now: Duration) {
        for (index, (pattern, line)) in self.rules.iter().enumerate() {
            if pattern.filled(values).is_ok_and(|pattern| pattern.matches(&seen.fields))
                && self.shown.insert(index)
            {
                let row = seen.kind() == "socket_found";
                let until = now + if row { TABLE } else { PATIENCE };
                self.waiting.push(Waiting { job, until, line: line.clone(), row });
            }
        }
    }

    /// When a line has waited long enough.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }

    /// The lines that words of this job have come for.
    pub(super) fn after(&mut self, job: u32, words: Words) -> Vec<String> {
        self.take(|waiting| waiting.job == job && (words == Words::All || !waiting.row))
    }

    /// The lines that have waited long enough.
    pub(super) fn overdue(&mut self, now: Duration) -> Vec<String> {
        self.take(|waiting| waiting.until <= now)
    }

    fn take(&mut self, ready: impl Fn(&Waiting) -> bool) -> Vec<String> {
        self.waiting.extract_if(.., |waiting| ready(waiting)).map(|waiting| waiting.line).collect()
    }
}
