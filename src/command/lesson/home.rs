//! Files of a lesson that a learner may read and change: its programs, put into a folder of the learner's.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::lesson::progress::SetAside;
use crate::lesson::{Lesson, Program};

/// Where programs of lessons are put, a folder each: `netlearn/lessons` in the user's data folder.
pub(super) fn usual() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.data_dir().join("netlearn").join("lessons"))
}

/// Puts the lesson's programs into a folder; what is there already was changed by the learner, perhaps, and stays.
///
/// # Errors
/// The folder or a file could not be made.
pub(super) fn programs(lesson: &Lesson, folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut made = Vec::new();
    for Program { name, text } in &lesson.programs {
        let path = folder.join(name);
        match std::fs::File::create_new(&path) {
            Ok(mut file) => io::Write::write_all(&mut file, text.as_bytes())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        made.push(path);
    }
    Ok(made)
}

/// Lines of a program with their numbers: `server.js 3-15`, or all of `server.js`.
pub(super) fn listing(lesson: &Lesson, about: &str) -> Vec<(usize, String)> {
    let (name, lines) = about.split_once(' ').unwrap_or((about, ""));
    let Some(program) = lesson.program(name) else { return Vec::new() };
    let (first, last) = match lines.split_once('-') {
        Some((first, last)) => (first.parse().unwrap_or(1), last.parse().unwrap_or(usize::MAX)),
        None => lines.parse().map_or((1, usize::MAX), |line| (line, line)),
    };
    let numbered = program.text.lines().enumerate().map(|(index, line)| (index + 1, line.to_owned()));
    numbered.filter(|(number, _)| (first..=last).contains(number)).collect()
}

/// What is said of a damaged progress file.
pub(super) fn set_aside(damaged: &SetAside) -> String {
    format!(
        "{} is damaged ({}). It is kept as {}, and a new one begins.",
        damaged.file.display(),
        damaged.because,
        damaged.now_at.display()
    )
}
