//! `lesson new`: the skeleton of a lesson, that a check already passes and whose comments teach the format.

mod lines;
mod recorded;
mod run;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Parser;
use crate::command::terminal::complain;
use crate::command::{Context, Outcome};
use crate::explain::Explanation;
use crate::lesson::Lesson;
use crate::render::style::escape;
use crate::render::write_stdout;
use recorded::{Drawn, draw};

/// What a new lesson is made of.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub id: String,
    /// Where its folder will be; none: a folder of its id here.
    pub folder: Option<PathBuf>,
    /// Recordings that its task is taken from; none: that of the skeleton.
    pub recordings: Vec<PathBuf>,
}

/// The longest id; a folder has its name.
const LONGEST: usize = 40;

/// Words of `netlearn lesson` itself: a lesson of such an id could not be begun by it.
const WORDS: [&str; 9] = ["check", "files", "help", "list", "new", "print", "report", "reset", "summary"];

const RULE: &str = "an id has small letters, digits and -, a letter first, 40 of them at most";

/// A file of the lesson: its name in the folder, and what is in it.
type File = (&'static str, String);

/// Writes the folder.
pub(super) fn new(wanted: &Wanted, own: &[Lesson], parser: Parser, context: &Context) -> Outcome {
    let Wanted { id, folder, recordings } = wanted;
    if let Some(words) = unfit(id, own) {
        return refused(words);
    }
    let folder = folder.clone().unwrap_or_else(|| PathBuf::from(id));
    let files = if recordings.is_empty() {
        skeleton(id)
    } else {
        match draw(recordings, parser, &context.stop) {
            Ok(drawn) => from_run(id, &drawn),
            Err(words) => return refused(*words),
        }
    };
    match write(&folder, &files) {
        Ok(()) => {
            tell(&folder, &files);
            Outcome::DONE
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let what = format!("{} is there already: nothing was changed", folder.display());
            let other = free_name(&folder);
            refused(
                Explanation::step("lesson", what)
                    .then(format!("netlearn lesson new {id} {other}"), "beside it"),
            )
        }
        Err(error) => {
            let what = format!("{} could not be written: {error}", folder.display());
            let command = format!("netlearn lesson new {id} DIR");
            complain(&Explanation::step("lesson", what).then(command, "in a folder that you may write to"));
            Outcome(23)
        }
    }
}

fn refused(words: Explanation) -> Outcome {
    complain(&words);
    Outcome::USAGE
}

/// Why an id will not do.
fn unfit(id: &str, own: &[Lesson]) -> Option<Explanation> {
    let fits = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && id.len() <= LONGEST;
    let what = if !fits {
        format!("{id:?} is no id of a lesson: {RULE}")
    } else if WORDS.contains(&id) {
        format!("{id} is a word of netlearn lesson itself: a lesson needs another id")
    } else if own.iter().any(|lesson| lesson.id == id) {
        format!("{id} is a lesson of netlearn's own, and progress is kept by id: yours needs another")
    } else {
        return None;
    };
    let near = if fits { format!("my-{id}") } else { nearest(id) };
    Some(Explanation::step("lesson", what).then(format!("netlearn lesson new {near}"), "an id that will do"))
}

/// The id that is nearest to what was meant.
fn nearest(id: &str) -> String {
    let lower = id.to_lowercase();
    let fitting = lower.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' });
    let fitting: String = fitting.skip_while(|c| !c.is_ascii_lowercase()).take(LONGEST).collect();
    let joined: Vec<&str> = fitting.split('-').filter(|part| !part.is_empty()).collect();
    let near = joined.join("-");
    if near.is_empty() || WORDS.contains(&near.as_str()) { "my-lesson".to_owned() } else { near }
}

/// The folder's name with a number behind it that none here has.
fn free_name(folder: &Path) -> String {
    let name = |number: u32| format!("{}-{number}", folder.display().to_string().trim_end_matches('/'));
    (2..100).map(name).find(|name| !Path::new(name).exists()).unwrap_or_else(|| "DIR".to_owned())
}

/// Writes into a folder that was not there.
fn write(folder: &Path, files: &[File]) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::create_dir(folder)?;
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    // A lesson without programs has the folder for them all the same.
    fs::create_dir_all(folder.join("programs"))
}

fn tell(folder: &Path, files: &[File]) {
    let place = folder.display().to_string();
    let shown = if folder.is_absolute() || place.starts_with('.') { place } else { format!("./{place}") };
    let mut text = format!("{}\n", escape(&shown));
    let width = files.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, _) in files {
        let about = match *name {
            "lesson.toml" => "steps and checks",
            "en.md" => "the words, by step",
            _ => "a program that the lesson shows",
        };
        text.push_str(&format!("  {name:width$}  {about}\n"));
    }
    text.push_str(&format!("Check it:  netlearn lesson check {}\n", escape(&shown)));
    text.push_str(&format!("Try it:    netlearn lesson {}\n", escape(&shown)));
    // A closed pipe has read enough.
    let _ = write_stdout(text.as_bytes());
}

/// `hello-there` as a title: `Hello there`.
fn title(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn skeleton(id: &str) -> Vec<File> {
    let named = |text: &str| text.replace("@ID@", id).replace("@TITLE@", &title(id));
    vec![
        ("lesson.toml", named(include_str!("new/skeleton/lesson.toml"))),
        ("en.md", named(include_str!("new/skeleton/en.md"))),
        ("programs/hello-client.js", include_str!("new/skeleton/programs/hello-client.js").to_owned()),
    ]
}

fn from_run(id: &str, drawn: &Drawn) -> Vec<File> {
    let named = |text: &str| {
        // What came from a recording last: it may hold anything.
        let text = text.replace("@ID@", id).replace("@TITLE@", &title(id)).replace("@SETUP@", &drawn.setup);
        let text = text.replace("@MEASURES@", &drawn.measures).replace("@MEASURED@", &drawn.measured);
        let text = text.replace("@THEN@", &drawn.then).replace("@EXPECT@", &drawn.expect.join("\n"));
        let text = text.replace("@WRONG@", &drawn.wrong).replace("@SOLUTION@", &drawn.solution);
        text.replace("@TYPED@", &drawn.typed.join("\n")).replace("@COMMAND@", &drawn.commands)
    };
    vec![
        ("lesson.toml", named(include_str!("new/recorded/lesson.toml"))),
        ("en.md", named(include_str!("new/recorded/en.md"))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_will_not_do_lead_to_one_that_will() {
        for (bad, near) in [
            ("01-Ports", "ports"),
            ("My Lesson", "my-lesson"),
            ("", "my-lesson"),
            ("..", "my-lesson"),
            ("../x/y", "x-y"),
            ("check", "my-check"),
            ("Check", "my-lesson"),
            ("été", "t"),
        ] {
            let words = unfit(bad, &[]).expect(bad);
            assert_eq!(words.next[0].command, format!("netlearn lesson new {near}"), "{bad}");
            assert!(unfit(near, &[]).is_none(), "{near}");
        }
        assert!(unfit(&"a".repeat(41), &[]).is_some());
        assert!(unfit(&"a".repeat(40), &[]).is_none());
        assert!(unfit("two-2-two", &[]).is_none());
        assert_eq!(title("two-2-two"), "Two 2 two");
    }
}
