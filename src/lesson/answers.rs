//! An answers file: what a script types and chooses in place of a person.

use super::LessonError;

/// Answers by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {}

impl Answers {
    /// Reads TOML: a table a step, with `answer = "choice"` or `input = ["line", ...]`.
    ///
    /// # Errors
    /// The first fault.
    pub fn read(text: &str, file: &str) -> Result<Answers, LessonError> {
        unimplemented!("{text} {file}")
    }

    /// The choice for that step.
    pub fn answer(&self, step: &str) -> Option<&str> {
        unimplemented!("{step}")
    }

    /// The lines to type in that step.
    pub fn input(&self, step: &str) -> Option<&[String]> {
        unimplemented!("{step}")
    }

    /// The steps that it has answers for.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
}
