//! Reads lessons from folders and from the binary; finds every fault at once.

use std::path::Path;

use super::{Lesson, LessonError};

pub use super::lint::{Warning, lint};

/// Reads a lesson's folder.
///
/// # Errors
/// Every fault in its files, by file and line.
pub fn load(folder: &Path, language: &str) -> Result<Lesson, Vec<LessonError>> {
    unimplemented!("{folder:?} {language}")
}

/// The lessons in the binary, by number.
///
/// # Errors
/// Every fault in their files.
pub fn embedded(language: &str) -> Result<Vec<Lesson>, Vec<LessonError>> {
    unimplemented!("{language}")
}

/// The lessons in the sub-folders that have a lesson.toml, by number, then name.
///
/// # Errors
/// Every fault in their files.
pub fn all(folder: &Path, language: &str) -> Result<Vec<Lesson>, Vec<LessonError>> {
    unimplemented!("{folder:?} {language}")
}

/// The languages that a lesson's folder has prose in.
pub fn languages(folder: &Path) -> Vec<String> {
    unimplemented!("{folder:?}")
}
