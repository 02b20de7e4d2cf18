//! `netlearn lesson`: guided lessons, in one terminal and offline.
//!
//! Each command that a learner types runs as a process of its own, exactly as typed; the lesson reads its events, keeps them in one
//! log and judges by it. It asks and answers; it does no networking.

mod beside;
mod check;
mod choose;
pub mod desk;
pub(super) mod facts;
mod files;
mod guide;
mod home;
pub mod jobs;
pub mod line;
mod list;
pub mod new;
mod print;
pub mod report;
mod session;
mod setup;
mod shelf;
mod table;
mod tally;
mod task;
mod teach;
mod trust;

use std::path::{Path, PathBuf};

use super::named::Named;
use super::terminal::{self, Target, complain};
use super::watch::{Run, watch};
use super::{Context, Outcome, View};
use crate::event::Side;
use crate::event::recorder::Recorder;
use crate::explain::Explanation;
pub use crate::lesson::Fact;
use crate::lesson::answers::Answers;
use crate::lesson::progress::Progress;
use crate::lesson::{Lesson, LessonError, load};
use crate::render::{Voice, write_stdout};
pub use line::Parser;
use shelf::Shelf;
use teach::Class;

/// What is wanted of lessons.
#[derive(Clone, Debug)]
pub struct Options {
    pub act: Act,
    /// Lessons of a teacher's own in place of those in the binary.
    pub lessons: Option<PathBuf>,
    /// Where progress is kept; none: the user's own file.
    pub progress: Option<PathBuf>,
    /// The language of the prose: `en`.
    pub language: String,
    pub parser: Parser,
}

/// What to do with them.
#[derive(Clone, Debug)]
pub enum Act {
    Guide(Guided),
    List,
    /// Lint and run lessons: those of a folder, or netlearn's own.
    Check {
        folder: Option<PathBuf>,
        allow_shell: bool,
    },
    /// Forget one lesson's progress, or all of it.
    Reset(Option<String>),
    /// Write the skeleton of a lesson.
    New(new::Wanted),
    /// A worksheet for paper; `answers`: the teacher's.
    Print {
        which: String,
        answers: bool,
    },
    /// Copy a lesson's programs out.
    Files {
        which: String,
        folder: Option<PathBuf>,
    },
    /// What a learner did, or a class.
    Report(report::Wanted),
}

/// Octets of a file of answers: as of any file of a lesson.
const LONGEST_ANSWERS: u64 = 1024 * 1024;

/// How a learner is guided.
#[derive(Clone, Debug, Default)]
pub struct Guided {
    /// A lesson's id or number, or the folder of one; none: where the learner left off.
    pub which: Option<String>,
    pub from: Option<String>,
    /// Answers in place of a person.
    pub answers: Option<PathBuf>,
    /// Facts that are masked.
    pub without: Vec<Fact>,
    /// Lines and numbers only: no line editor.
    pub plain: bool,
    /// The questions and the challenge alone.
    pub test_out: bool,
    /// The port that lessons try first, and those after it; none: 3000.
    pub port: Option<u16>,
}

/// Guides, or lists.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let shelf = match shelf::shelf(&options) {
        Ok(shelf) => shelf,
        Err(errors) => return refused(&errors, &options),
    };
    let opened = match &options.progress {
        Some(path) => Progress::open(path.clone()),
        None => Progress::usual_path().map_or_else(|| Ok((Progress::in_memory(), None)), Progress::open),
    };
    let (progress, damaged) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let words = Explanation::step("progress", error.to_string());
            complain(&words.then("netlearn lesson list --progress progress.json", "a file in this folder"));
            return Outcome::USAGE;
        }
    };
    if let Some(damaged) = damaged {
        complain(
            &Explanation::step("progress", home::set_aside(&damaged))
                .then("netlearn lesson list", "the lessons"),
        );
    }
    let lessons = &shelf.lessons;
    match options.act.clone() {
        Act::Check { folder, allow_shell } => {
            let foreign = folder.is_some() || options.lessons.is_some();
            check::check(lessons, options.parser, &options.language, foreign, allow_shell, context)
        }
        Act::List => list::list(lessons, &progress, &options, context),
        Act::Reset(id) => list::reset(id.as_deref(), progress, context),
        Act::New(wanted) => new::new(&wanted, lessons, options.parser, context),
        Act::Print { which, answers } => with_lesson(which, &shelf, |lesson| print::print(lesson, answers)),
        Act::Files { which, folder } => {
            with_lesson(which, &shelf, |lesson| files::files(lesson, folder.as_deref()))
        }
        Act::Report(report::Wanted { of, output }) => match of {
            report::Of::One(name) => report::one(&name, output.as_deref(), lessons, &progress, context),
            report::Of::All(folder) => report::merge(&folder, output.as_deref(), lessons, context),
        },
        Act::Guide(guided) => guided_run(guided, &options, shelf, progress, context).await,
    }
}

/// Does something with the lesson of that id or number, or of that folder.
fn with_lesson(which: String, shelf: &Shelf, act: impl FnOnce(&Lesson) -> Outcome) -> Outcome {
    let guided = Guided { which: Some(which), ..Guided::default() };
    match teach::start(&guided, shelf, &Progress::in_memory()) {
        Ok(start) => shelf.lessons.get(start.lesson).map_or(Outcome::USAGE, act),
        Err(outcome) => outcome,
    }
}

/// Where the learner left off in netlearn's own lessons, for the menu: `go on: Lesson 2: Ports, at step 3 of 9`.
pub fn left_off() -> Option<String> {
    let lessons = load::embedded("en").ok()?;
    let progress = Progress::usual_path().and_then(|path| Progress::open(path).ok());
    let progress = progress.map_or_else(Progress::in_memory, |(progress, _)| progress);
    let lesson = lessons.get(teach::left_off(&lessons, &progress))?;
    let state = list::state(lesson, progress.lesson(&lesson.id));
    let name = guide::named(lesson);
    Some(if state.is_empty() { format!("begin {name}") } else { format!("go on with {name}, {state}") })
}

/// Lessons whose files have faults are not begun; a check lists the faults and nothing else.
fn refused(errors: &[LessonError], options: &Options) -> Outcome {
    let faults = errors.iter().map(|error| format!("{error}\n"));
    if matches!(options.act, Act::Check { .. }) {
        // A closed pipe has read enough.
        let _ = write_stdout(
            crate::render::style::escape_payload(faults.collect::<String>().as_bytes()).as_bytes(),
        );
        return Outcome::NOT_MET;
    }
    let mut words = Explanation::step("lesson", "these lessons have faults in their files");
    for fault in faults {
        words = words.why("lesson.fault", fault.trim_end());
    }
    complain(&words.then(shelf::check(options), "every fault, by file and line"));
    Outcome::USAGE
}

async fn guided_run(
    guided: Guided,
    options: &Options,
    shelf: Shelf,
    progress: Progress,
    context: &Context,
) -> Outcome {
    let start = match teach::start(&guided, &shelf, &progress) {
        Ok(start) => start,
        Err(outcome) => return outcome,
    };
    let asked = guided.which.as_deref().map(crate::explain::failure::quoted);
    let asked = asked.or_else(|| shelf.lessons.get(start.lesson).map(|lesson| lesson.id.clone()));
    let asked = asked.unwrap_or_default();
    let answers = match &guided.answers {
        None if context.show.json => {
            return wrong(
                "--json shows a lesson to a program: it needs --answers FILE",
                "netlearn lesson list",
            );
        }
        None if !guided.plain && !terminal::keys_are_ours() => {
            let what = "a lesson asks and you type: that needs a terminal for stdin and stdout";
            return wrong(what, &shelf.command(&format!("{asked} --answers FILE")));
        }
        None => Answers::default(),
        Some(path) => match read_answers(path, context) {
            Ok(answers) => answers,
            Err(what) => return wrong(&what, &shelf.command(&asked)),
        },
    };
    let foreign = options.lessons.is_some() || shelf.folder;
    if let Some(beyond) = shelf.lessons.iter().find_map(trust::started).filter(|_| foreign) {
        let trust::Beyond { step, line, what } = beyond;
        let what = format!("step {} of this lesson would start `{line}` by itself: {what}", step.id);
        let words = Explanation::step("lesson", what).then("netlearn lesson list", "lessons that do not");
        complain(&words);
        return Outcome::USAGE;
    }
    let run = Run { side: Side::Observer, voice: Voice::Both, target: Target::Stdout, view: View::Narration };
    watch(context, run, async |recorder: Recorder| {
        let class = Class { guided: &guided, options, shelf: &shelf, answers, context };
        Ok(teach::teach(class, start, progress, recorder).await)
    })
    .await
}

fn read_answers(path: &Path, context: &Context) -> Result<Answers, String> {
    let name = path.display().to_string();
    let octets = Named::open(path, &context.stop).and_then(|file| file.whole(LONGEST_ANSWERS));
    let octets = octets.map_err(|error| format!("{name} could not be read: {error}"))?;
    let text = String::from_utf8(octets).map_err(|_| format!("{name} could not be read: it is no text"))?;
    Answers::read(&text, &name).map_err(|error| error.to_string())
}

fn wrong(what: &str, instead: &str) -> Outcome {
    complain(
        &Explanation::step("lesson", what)
            .then(instead, "instead")
            .then("netlearn lesson list", "the lessons"),
    );
    Outcome::USAGE
}
