//! The files of a lesson, from a folder or from the binary.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use include_dir::Dir;

use crate::lesson::{LessonError, Program, regular};

/// The longest file that is read; octets.
const LONGEST: u64 = 1024 * 1024;

/// The files of one lesson, as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// Where it is, for errors.
    pub(super) place: String,
    /// The name of its folder.
    pub(super) folder: String,
    pub(super) structure: String,
    /// Language and prose, by language.
    pub(super) prose: Vec<(String, String)>,
    /// By name.
    pub(super) programs: Vec<Program>,
}

/// Collects files; what cannot be read is a fault.
struct Collected {
    source: Source,
    faults: Vec<LessonError>,
}

impl Source {
    /// Reads a folder.
    pub(super) fn on_disk(folder: &Path) -> Result<Source, Vec<LessonError>> {
        let mut collected = Collected::new(folder);
        match fs::read_dir(folder) {
            Err(error) => collected.fault("", format!("the folder cannot be read: {error}")),
            Ok(entries) => {
                for path in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file())
                {
                    collected.file(&path);
                }
            }
        }
        let programs = folder.join("programs");
        if programs.is_dir() {
            match fs::read_dir(&programs) {
                Err(error) => collected.fault("programs", format!("the folder cannot be read: {error}")),
                Ok(entries) => {
                    for path in
                        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file())
                    {
                        collected.program(&path);
                    }
                }
            }
        }
        collected.whole()
    }

    /// Reads a folder in the binary.
    pub(super) fn embedded(folder: &Dir<'_>) -> Result<Source, Vec<LessonError>> {
        let mut collected = Collected::new(&Path::new("lessons").join(folder.path()));
        for file in folder.files() {
            let name = name_of(file.path());
            if wanted(&name) {
                let text = text(file.contents().to_vec());
                collected.add(&name, text);
            }
        }
        for file in folder.get_dir(folder.path().join("programs")).into_iter().flat_map(Dir::files) {
            collected.add_program(&name_of(file.path()), text(file.contents().to_vec()));
        }
        collected.whole()
    }

    /// The prose for a language: its own, that of the same language elsewhere (`de` for `de_AT`), English, any. Whether it is in the
    /// language asked for.
    pub(super) fn prose_in(&self, language: &str) -> Option<(&str, &str, bool)> {
        let primary = |tag: &str| tag.split(['-', '_', '.', '@']).next().unwrap_or_default().to_lowercase();
        let find = |fits: &dyn Fn(&str) -> bool| self.prose.iter().find(|(name, _)| fits(name));
        let exact = find(&|name| name == language);
        let same = exact.or_else(|| find(&|name| primary(name) == primary(language)));
        let (name, text) = same.or_else(|| find(&|name| name == "en")).or_else(|| self.prose.first())?;
        Some((name, text, same.is_some()))
    }

    pub(super) fn file(&self, name: &str) -> String {
        if name.is_empty() { self.place.clone() } else { format!("{}/{name}", self.place) }
    }
}

impl Collected {
    fn new(folder: &Path) -> Collected {
        let source = Source {
            place: folder.display().to_string().trim_end_matches('/').to_owned(),
            folder: name_of(&folder.canonicalize().unwrap_or_else(|_| folder.to_owned())),
            ..Source::default()
        };
        Collected { source, faults: Vec::new() }
    }

    fn fault(&mut self, name: &str, what: String) {
        self.faults.push(LessonError { file: self.source.file(name), line: 1, step: None, what });
    }

    fn file(&mut self, path: &Path) {
        let name = name_of(path);
        if wanted(&name) {
            self.add(&name, read(path));
        }
    }

    fn program(&mut self, path: &Path) {
        let name = name_of(path);
        if !name.starts_with('.') {
            self.add_program(&name, read(path));
        }
    }

    fn add(&mut self, name: &str, text: Result<String, String>) {
        match (text, name.strip_suffix(".md")) {
            (Err(what), _) => self.fault(name, what),
            (Ok(text), Some(language)) => self.source.prose.push((language.to_owned(), text)),
            (Ok(text), None) => self.source.structure = text,
        }
    }

    fn add_program(&mut self, name: &str, text: Result<String, String>) {
        match text {
            Err(what) => self.fault(&format!("programs/{name}"), what),
            Ok(text) => self.source.programs.push(Program { name: name.to_owned(), text }),
        }
    }

    fn whole(mut self) -> Result<Source, Vec<LessonError>> {
        self.source.prose.sort();
        self.source.programs.sort_by(|one, other| one.name.cmp(&other.name));
        if self.faults.is_empty() && self.source.structure.is_empty() {
            self.fault("lesson.toml", "there is no such file, or it is empty".to_owned());
        }
        if self.faults.is_empty() { Ok(self.source) } else { Err(self.faults) }
    }
}

/// `lesson.toml`, and prose by its language: `en.md`, `pt-BR.md`; a README is neither.
fn wanted(name: &str) -> bool {
    let language = |tag: &str| {
        let mut parts = tag.split(['-', '_']);
        let primary = parts.next().unwrap_or_default();
        (2..=3).contains(&primary.len())
            && primary.chars().all(|c| c.is_ascii_lowercase())
            && parts.all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    name == "lesson.toml" || name.strip_suffix(".md").is_some_and(language)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = regular::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    text(bytes)
}

/// Line ends as on Unix, without a byte order mark.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        format!("it is not in UTF-8 (line {line})")
    })?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}
