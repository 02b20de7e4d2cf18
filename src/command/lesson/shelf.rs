//! Which lessons a command is about: netlearn's own, those of a course, or those of a folder that is named.

use std::path::{Path, PathBuf};

use super::{Act, Guided, Options, teach};
use crate::command::terminal::complain;
use crate::explain::Explanation;
use crate::explain::failure::quoted;
use crate::lesson::{Lesson, LessonError, load};

/// The lessons at hand.
pub(super) struct Shelf {
    pub lessons: Vec<Lesson>,
    /// They are of a folder that was named in place of a lesson's id.
    pub folder: bool,
    /// The flags that name the same lessons and the same progress.
    flags: String,
}

impl Shelf {
    /// `netlearn lesson WORDS` with the same lessons and the same progress.
    pub(super) fn command(&self, words: &str) -> String {
        format!("netlearn lesson {words}{}", self.flags)
    }
}

/// The lessons that the options name. The id or number of a lesson at hand is that lesson, whatever folders there are; a folder has
/// a `/` or a `.` in its name, or a lesson.toml in it.
///
/// # Errors
/// The faults that leave nothing to go on with; a check goes on with none.
pub(super) fn shelf(options: &Options) -> Result<Shelf, Vec<LessonError>> {
    let language = &options.language;
    let flags = flags(options);
    if let Act::Check { folder, .. } = &options.act {
        let lessons = match folder.as_ref().or(options.lessons.as_ref()) {
            Some(folder) => of_folder(folder, language)?,
            None => load::embedded(language)?,
        };
        return Ok(Shelf { lessons, folder: false, flags });
    }
    let which = which(&options.act).unwrap_or_default();
    let folder = Path::new(which);
    if which.contains(|c| c == '.' || std::path::is_separator(c)) && folder.is_dir() {
        return Ok(Shelf { lessons: of_folder(folder, language)?, folder: true, flags });
    }
    let (lessons, faults) = match &options.lessons {
        Some(course) => load::course(course, language),
        None => (load::embedded(language)?, Vec::new()),
    };
    if teach::meant(which, &lessons).is_none() {
        if !which.is_empty() && folder.join("lesson.toml").is_file() {
            return Ok(Shelf { lessons: of_folder(folder, language)?, folder: true, flags });
        }
        // The one that is meant may be among those that are left out.
        if !faults.is_empty() && (lessons.is_empty() || !which.is_empty()) {
            return Err(faults);
        }
    }
    tell(&faults, options);
    Ok(Shelf { lessons, folder: false, flags })
}

/// What names a lesson.
fn which(act: &Act) -> Option<&str> {
    match act {
        Act::Guide(Guided { which, .. }) => which.as_deref(),
        Act::Print { which, .. } | Act::Files { which, .. } => Some(which),
        Act::Check { .. } | Act::List | Act::Reset(_) | Act::New(_) | Act::Report(_) => None,
    }
}

/// A lesson's folder, or a folder of lessons.
fn of_folder(folder: &Path, language: &str) -> Result<Vec<Lesson>, Vec<LessonError>> {
    if folder.join("lesson.toml").is_file() {
        return load::load(folder, language).map(|lesson| vec![lesson]);
    }
    load::all(folder, language)
}

/// Lessons that are left out are no secret.
fn tell(faults: &[LessonError], options: &Options) {
    let Some(first) = faults.first() else { return };
    let more = match faults.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let what = format!("lessons with faults in their files are left out: {first}{more}");
    complain(&Explanation::step("lesson", what).then(check(options), "every fault, by file and line"));
}

/// The command that checks the same lessons.
pub(super) fn check(options: &Options) -> String {
    let named = which(&options.act).map(Path::new).filter(|folder| folder.is_dir());
    let folder = options.lessons.as_deref().or(named);
    let folder =
        folder.map(|folder| format!(" {}", quoted(&folder.display().to_string()))).unwrap_or_default();
    format!("netlearn lesson check{folder}")
}

/// `netlearn lesson` with the same lessons and the same progress.
pub(super) fn command(options: &Options, which: &str) -> String {
    let mut words = vec!["netlearn lesson".to_owned()];
    words.extend(Some(which.to_owned()).filter(|which| !which.is_empty()));
    words.join(" ") + &flags(options)
}

fn flags(options: &Options) -> String {
    let flag = |name: &str, path: &PathBuf| format!(" --{name} {}", quoted(&path.display().to_string()));
    let lessons = options.lessons.iter().map(|folder| flag("lessons", folder));
    lessons.chain(options.progress.iter().map(|file| flag("progress", file))).collect()
}
