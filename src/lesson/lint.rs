//! What a lesson's author may want to know of a lesson that loads.

use super::Lesson;

/// Something that is no fault and that its author may want to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub step: Option<String>,
    pub what: String,
}

/// Looks a lesson over.
pub fn lint(lesson: &Lesson) -> Vec<Warning> {
    let _ = lesson;
    Vec::new()
}
