//! Finds names of values that nothing gives.

use std::collections::BTreeSet;

use super::join::texts;
use super::names::hint;
use super::reader::Reader;
use crate::lesson::pattern::Pattern;
use crate::lesson::prose::Prose;
use crate::lesson::text::parts::names;
use crate::lesson::{Answer, Beside, Check, Kind, LAN, LessonError, Measure, Step, Task};

/// The names of a lesson's values.
struct Given {
    names: BTreeSet<String>,
}

impl Given {
    /// What a step gives: set up, captured, measured.
    fn add(&mut self, step: &Step) {
        let Kind::Do(task) = &step.kind else { return };
        for task in std::iter::once(&**task).chain(task.without.as_deref()) {
            let setup = &task.setup;
            self.names
                .extend(setup.free_ports.iter().chain(&setup.closed_ports).chain(&setup.paths).cloned());
            let rows = task.check.table.iter().map(|rows| &rows.of);
            let patterns = sequences(&task.check).chain(rows);
            self.names
                .extend(patterns.flat_map(|pattern| pattern.capture.iter().map(|(name, _)| name.clone())));
            self.names.extend(task.measure.keys().map(|name| format!("{}.{name}", step.id)));
        }
    }

    fn fault(&self, name: &str) -> Option<String> {
        (!self.names.contains(name)).then(|| {
            let near = hint(name, self.names.iter().map(String::as_str));
            format!("nothing gives a value to `{{{name}}}`{near}")
        })
    }
}

/// All that a lesson gives.
fn all(steps: &[Step]) -> Given {
    let mut given = Given { names: BTreeSet::from([LAN.to_owned()]) };
    steps.iter().for_each(|step| given.add(step));
    given
}

fn sequences(check: &Check) -> impl Iterator<Item = &Pattern> {
    check.expect.iter().chain(check.any.iter().flatten())
}

/// Names in the prose.
pub(super) fn in_prose(steps: &[Step], prose: &Prose, file: &str) -> Vec<LessonError> {
    let given = all(steps);
    let mut faults = Vec::new();
    for (text, step) in texts(prose) {
        for (name, line) in text.names() {
            if let Some(what) = given.fault(name) {
                faults.push(LessonError { file: file.to_owned(), line, step: step.map(str::to_owned), what });
            }
        }
    }
    faults
}

/// Names in checks and commands: what a step reads must be given by it, or by one before it.
pub(super) fn in_structure(steps: &[Step], beside: &[Beside], reader: &mut Reader<'_>) {
    let whole = all(steps);
    let mut given = Given { names: BTreeSet::from([LAN.to_owned()]) };
    for step in steps {
        given.add(step);
        reader.step = Some(step.id.clone());
        match &step.kind {
            Kind::Do(task) => {
                for task in std::iter::once(&**task).chain(task.without.as_deref()) {
                    for (name, line) in read_by(task, step.line) {
                        reader.fault_at(line, given.fault(name));
                    }
                }
            }
            Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question) => {
                let Answer::When(answers) = &question.answer else { continue };
                for pattern in answers.iter().flat_map(|(_, patterns)| patterns) {
                    for name in pattern.names() {
                        reader.fault_at(pattern.line, whole.fault(name));
                    }
                }
            }
            Kind::Say | Kind::Explain { .. } => {}
        }
    }
    reader.step = None;
    for pattern in beside.iter().map(|beside| &beside.on) {
        for name in pattern.names() {
            reader.fault_at(pattern.line, whole.fault(name));
        }
    }
}

fn patterns_of(measure: &Measure) -> Vec<&Pattern> {
    match measure {
        Measure::Sum { of, .. } | Measure::Count { of, .. } | Measure::Field { of, .. } => vec![of],
        Measure::Between { from, to } => vec![from, to],
        Measure::FirstOf(several) => several.iter().flat_map(patterns_of).collect(),
    }
}

/// The names that a task reads, and their lines.
fn read_by(task: &Task, line: usize) -> Vec<(&str, usize)> {
    let check = &task.check;
    let beside = check.forbid.iter();
    let beside = beside.chain(check.count.iter().map(|count| &count.of));
    let beside = beside.chain(check.sum.iter().map(|sum| &sum.of));
    let beside = beside.chain(check.quiet.iter().map(|quiet| &quiet.of));
    let beside = beside.chain(check.table.iter().map(|rows| &rows.of));
    let measured = task.measure.values().flat_map(patterns_of);
    let patterns = sequences(check).chain(beside).chain(measured);
    let mut read: Vec<(&str, usize)> =
        patterns.flat_map(|pattern| pattern.names().into_iter().map(|name| (name, pattern.line))).collect();
    let typed = task.solution.iter().chain(task.wrong.iter().flat_map(|wrong| &wrong.input));
    for text in typed.chain(&task.setup.run) {
        read.extend(names(text).into_iter().map(|name| (name, line)));
    }
    read
}
