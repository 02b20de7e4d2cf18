//! `lesson files`: a lesson's programs, copied to where a learner or a teacher wants them. Nothing of theirs is overwritten.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::command::Outcome;
use crate::command::terminal::complain;
use crate::explain::Explanation;
use crate::lesson::{Lesson, Program, regular};
use crate::render::style::escape;
use crate::render::write_stdout;

/// What came of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    Written,
    /// It was there, with the same text.
    Same,
    /// It was there, with another text.
    Differs,
}

/// Copies the programs; a file that differs stays as it is, and that is not met.
pub(super) fn files(lesson: &Lesson, folder: Option<&Path>) -> Outcome {
    if lesson.programs.is_empty() {
        let what = format!("lesson {} has no programs", lesson.id);
        complain(
            &Explanation::step("lesson", what).then(format!("netlearn lesson {}", lesson.id), "begins it"),
        );
        return Outcome::NOT_MET;
    }
    let usual = PathBuf::from(format!("netlearn-{}", lesson.id));
    let folder = folder.unwrap_or(&usual);
    match copies(lesson, folder) {
        Ok(copies) => told(lesson, folder, &copies),
        Err(error) => {
            let what = format!("the programs could not be put into {}: {error}", folder.display());
            let command = format!("netlearn lesson files {} DIR", lesson.id);
            complain(&Explanation::step("lesson", what).then(command, "into a folder that you may write to"));
            Outcome(23)
        }
    }
}

fn copies<'a>(lesson: &'a Lesson, folder: &Path) -> io::Result<Vec<(&'a str, Copied)>> {
    fs::create_dir_all(folder)?;
    lesson.programs.iter().map(|program| Ok((program.name.as_str(), copy(program, folder)?))).collect()
}

fn copy(program: &Program, folder: &Path) -> io::Result<Copied> {
    let path = folder.join(&program.name);
    match fs::File::create_new(&path) {
        Ok(mut file) => {
            file.write_all(program.text.as_bytes())?;
            Ok(Copied::Written)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(if same(&path, &program.text) { Copied::Same } else { Copied::Differs })
        }
        Err(error) => Err(error),
    }
}

/// What cannot be read is not the same.
fn same(path: &Path, text: &str) -> bool {
    let mut found = Vec::new();
    let limit = text.len() as u64 + 1;
    let read = regular::open(path).and_then(|file| file.take(limit).read_to_end(&mut found));
    read.is_ok() && found == text.as_bytes()
}

fn told(lesson: &Lesson, folder: &Path, copies: &[(&str, Copied)]) -> Outcome {
    let place = folder.display();
    let mut text = format!("{place}\n");
    for (name, copied) in copies {
        let word = match copied {
            Copied::Written => "written",
            Copied::Same => "was there already, the same",
            Copied::Differs => "differs: kept as it is",
        };
        text.push_str(&format!("  {name}  {word}\n"));
    }
    let text: String = text.lines().map(|line| format!("{}\n", escape(line))).collect();
    // A closed pipe has read enough.
    let _ = write_stdout(text.as_bytes());
    let changed: Vec<&str> =
        copies.iter().filter(|(_, copied)| *copied == Copied::Differs).map(|(name, _)| *name).collect();
    if changed.is_empty() {
        return Outcome::DONE;
    }
    let names = changed.join(", ");
    let them =
        if changed.len() == 1 { "it differs from the lesson's" } else { "they differ from the lesson's" };
    let what = format!("{names} in {place}: {them}, and nothing of yours is overwritten");
    let command = format!("netlearn lesson files {} {}", lesson.id, another(folder).display());
    complain(&Explanation::step("lesson", what).then(command, "the lesson's own, beside yours"));
    Outcome::NOT_MET
}

/// A folder beside it that is not there yet.
fn another(folder: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = folder.as_os_str().to_owned();
        name.push(format!("-{number}"));
        PathBuf::from(name)
    };
    (2..100).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(100))
}
