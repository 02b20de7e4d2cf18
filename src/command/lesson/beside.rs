//! Lines of the lesson's program that stand beside events: which line did what was seen.

use std::collections::HashSet;
use std::time::Duration;

use crate::lesson::Lesson;
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::Values;

/// The words of the event come through another pipe: a line waits so long for them.
const PATIENCE: Duration = Duration::from_millis(60);

#[derive(Debug, Default)]
pub(super) struct Besides {
    rules: Vec<(Pattern, String)>,
    /// Rules whose line was shown in this step: once is enough.
    shown: HashSet<usize>,
    /// Lines that wait: whose event it was, since when.
    waiting: Vec<(u32, Duration, String)>,
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
                self.waiting.push((job, now, line.clone()));
            }
        }
    }

    /// When a line has waited long enough.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.iter().map(|(_, since, _)| *since + PATIENCE).min()
    }

    /// The lines of one job, or all of them.
    pub(super) fn take(&mut self, job: Option<u32>) -> Vec<String> {
        let (taken, left): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|(of, _, _)| job.is_none_or(|job| job == *of));
        self.waiting = left;
        taken.into_iter().map(|(_, _, line)| line).collect()
    }
}
