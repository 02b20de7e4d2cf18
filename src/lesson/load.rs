//! Reads lessons from folders and from the binary; finds every fault at once.
//!
//! ```text
//! lesson.toml --structure--> steps, checks --join--> Lesson
//! en.md -------prose-------> sections -------^
//! ```

mod join;
mod names;
mod patterns;
pub(in crate::lesson) mod reader;
mod source;
mod structure;
mod task;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::prose::{self, Prose};
use super::{Lesson, LessonError};
use join::Joiner;
use reader::Reader;
use source::Source;
use structure::Structure;

pub use super::lint::{Warning, lint};

/// The lessons that the binary brings.
static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/lessons");

/// A lesson, and where its `requires` stands.
struct Loaded {
    lesson: Lesson,
    requires_line: usize,
}

/// Reads a lesson's folder. Prose that is not there in the language asked for is read in English, or in any other.
///
/// # Errors
/// Every fault in its files, by file and line.
pub fn load(folder: &Path, language: &str) -> Result<Lesson, Vec<LessonError>> {
    one(Source::on_disk(folder), language).map(|loaded| loaded.lesson)
}

/// The lessons in the binary, by number.
///
/// # Errors
/// Every fault in their files.
pub fn embedded(language: &str) -> Result<Vec<Lesson>, Vec<LessonError>> {
    let folders =
        EMBEDDED.dirs().filter(|folder| folder.get_file(folder.path().join("lesson.toml")).is_some());
    let loaded = folders.map(|folder| {
        let loaded = one(Source::embedded(folder), language)?;
        let Lesson { number, id, place, .. } = &loaded.lesson;
        let named = number.is_some_and(|number| place.ends_with(&format!("/{number:02}-{id}")));
        if named { Ok(loaded) } else { Err(vec![misnamed(&loaded.lesson)]) }
    });
    let (lessons, faults) = several(loaded.collect());
    if faults.is_empty() { Ok(lessons) } else { Err(faults) }
}

fn misnamed(lesson: &Lesson) -> LessonError {
    let what = format!("the folder of the lesson `{}` is named `NN-{}`", lesson.id, lesson.id);
    LessonError { file: format!("{}/lesson.toml", lesson.place), line: 1, step: None, what }
}

/// The lessons in the sub-folders that have a lesson.toml, by number, then name.
///
/// # Errors
/// Every fault in their files, and a folder that has none.
pub fn all(folder: &Path, language: &str) -> Result<Vec<Lesson>, Vec<LessonError>> {
    let (lessons, faults) = course(folder, language);
    if faults.is_empty() { Ok(lessons) } else { Err(faults) }
}

/// The lessons of such a folder that have no fault, and the faults of the others.
pub fn course(folder: &Path, language: &str) -> (Vec<Lesson>, Vec<LessonError>) {
    let read = |folders: Vec<PathBuf>| {
        several(folders.iter().map(|folder| one(Source::on_disk(folder), language)).collect())
    };
    folders(folder).map_or_else(|fault| (Vec::new(), vec![fault]), read)
}

/// The sub-folders that have a lesson.toml.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, LessonError> {
    let fault = |what: String| LessonError { file: folder.display().to_string(), line: 1, step: None, what };
    let entries =
        fs::read_dir(folder).map_err(|error| fault(format!("the folder cannot be read: {error}")))?;
    let folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("lesson.toml").is_file())
        .collect();
    if folders.is_empty() {
        return Err(fault("no folder in it has a lesson.toml".to_owned()));
    }
    Ok(folders)
}

/// The languages that a lesson's folder has prose in.
pub fn languages(folder: &Path) -> Vec<String> {
    let source = Source::on_disk(folder).unwrap_or_default();
    source.prose.into_iter().map(|(language, _)| language).collect()
}

fn one(source: Result<Source, Vec<LessonError>>, language: &str) -> Result<Loaded, Vec<LessonError>> {
    let source = source?;
    let mut reader = Reader::new(&source.structure, source.file("lesson.toml"));
    let structure = reader.structure(&source.programs);
    let Some(mut structure) = structure else { return Err(sorted(reader.faults)) };
    let whole = structure.unread.is_empty();
    if whole {
        values::in_structure(&structure.steps, &structure.beside, &mut reader);
    }
    let mut faults = reader.faults;
    let Some((name, text, asked)) = source.prose_in(language) else {
        let what = "there is no prose: en.md holds it, or another language's file".to_owned();
        faults.push(LessonError { file: source.place.clone(), line: 1, step: None, what });
        return Err(sorted(faults));
    };
    let prose = prose::split(text);
    let file = source.file(&format!("{name}.md"));
    let at = |(line, what): (usize, String)| LessonError { file: file.clone(), line, step: None, what };
    faults.extend(prose::unshowable(text).into_iter().map(at));
    let mut joiner = Joiner { file: file.clone(), programs: &source.programs, faults: Vec::new() };
    joiner.join(&mut structure.steps, &structure.unread, &prose);
    faults.extend(joiner.faults);
    if whole {
        faults.extend(values::in_prose(&structure.steps, &prose, &file));
    }
    if !faults.is_empty() {
        return Err(sorted(faults));
    }
    let requires_line = structure.requires_line;
    let mut lesson = lesson(&source, structure, prose);
    name.clone_into(&mut lesson.language);
    lesson.another_language = !asked;
    Ok(Loaded { lesson, requires_line })
}

fn lesson(source: &Source, structure: Structure, prose: Prose) -> Lesson {
    let digits = source.folder.split_once('-').map(|(digits, _)| digits);
    let summary = prose.sections.iter().find(|section| section.name == "summary");
    let question = summary.and_then(|section| section.part("question"));
    Lesson {
        id: structure.id,
        number: digits.and_then(|digits| digits.parse().ok()),
        title: prose.title,
        minutes: structure.minutes,
        minutes_line: structure.minutes_line,
        requires: structure.requires,
        intro: prose.intro.markdown,
        steps: structure.steps,
        summary: summary.map(|section| section.body.markdown.clone()).unwrap_or_default(),
        question: question.map(|part| part.body.markdown.clone()).unwrap_or_default(),
        beside: structure.beside,
        programs: source.programs.clone(),
        place: source.place.clone(),
        language: String::new(),
        another_language: false,
    }
}

/// Lessons that belong together: their ids differ, and those that come before are there. Those that have no fault, by number, and
/// the faults of the others.
fn several(loaded: Vec<Result<Loaded, Vec<LessonError>>>) -> (Vec<Lesson>, Vec<LessonError>) {
    let mut faults = Vec::new();
    let mut lessons: Vec<Loaded> = Vec::new();
    let mut whole = true;
    for loaded in loaded {
        match loaded {
            Ok(loaded) => lessons.push(loaded),
            Err(found) => {
                whole = false;
                faults.extend(found);
            }
        }
    }
    let order = |lesson: &Lesson| (lesson.number.unwrap_or(u32::MAX), lesson.place.clone());
    lessons.sort_by_key(|loaded| order(&loaded.lesson));
    let mut sound = Vec::new();
    for (index, loaded) in lessons.iter().enumerate() {
        let found = among(&lessons[..index], loaded, whole);
        if found.is_empty() {
            sound.push(loaded.lesson.clone());
        }
        faults.extend(found);
    }
    (sound, sorted(faults))
}

/// What is wrong with a lesson among those before it. `whole`: none of them was left out.
fn among(before: &[Loaded], loaded: &Loaded, whole: bool) -> Vec<LessonError> {
    let Loaded { lesson, requires_line } = loaded;
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| {
        faults.push(LessonError { file: format!("{}/lesson.toml", lesson.place), line, step: None, what });
    };
    if let Some(other) = before.iter().find(|other| other.lesson.id == lesson.id) {
        fault(1, format!("{} has the id `{}` too", other.lesson.place, lesson.id));
    }
    let known = || before.iter().map(|other| other.lesson.id.as_str());
    for name in lesson.requires.iter().filter(|name| whole && !known().any(|known| known == *name)) {
        let near = names::hint(name, known());
        fault(
            *requires_line,
            format!("`requires` names `{name}`, and no lesson before this has that id{near}"),
        );
    }
    faults
}

fn sorted(mut faults: Vec<LessonError>) -> Vec<LessonError> {
    faults.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    faults.dedup();
    faults
}

#[cfg(test)]
mod tests;
