//! `lesson check`: lessons are linted and *run*. Every solution passes, every untouched task does not, every wrong attempt is told
//! what its author says; and all of it again with each fact that a lesson reads masked.
//!
//! What it runs is what a learner runs: the guide, with a desk at which nobody sits.

mod runs;

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Parser;
use super::trust::{self, Beyond};
use crate::command::terminal::{Target, complain, style};
use crate::command::{Context, Outcome, Stop};
use crate::explain::{Explanation, plural};
use crate::lesson::load::lint;
use crate::lesson::{Lesson, LessonError, Step};
use crate::render::{Style, write_stdout};
use runs::Checking;

/// Lessons that are run at a time: they wait more than they work.
const AT_A_TIME: usize = 4;

/// What was found out about one lesson.
struct Found {
    faults: Vec<LessonError>,
    runs: u64,
}

/// Checks lessons that could be loaded; `allow_shell`: lines of a foreign lesson for the shell may be run.
pub(super) fn check(
    lessons: &[Lesson],
    parser: Parser,
    language: &str,
    foreign: bool,
    allow_shell: bool,
    context: &Context,
) -> Outcome {
    let style = style(&context.show, Target::Stdout);
    let next = AtomicUsize::new(0);
    let found: Vec<OnceLock<io::Result<Found>>> = lessons.iter().map(|_| OnceLock::new()).collect();
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(lessons.len()) {
            scope.spawn(|| {
                while let Some(lesson) = lessons.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let index =
                        lessons.iter().position(|other| std::ptr::eq(other, lesson)).unwrap_or_default();
                    let refused = (foreign && !allow_shell).then(|| unread(lesson)).flatten();
                    let refused = untold(lesson, language).or(refused);
                    let result = match refused {
                        Some(fault) => Ok(Found { faults: vec![fault], runs: 0 }),
                        None => one(lesson, parser, style, &context.stop),
                    };
                    // Each lesson is taken once.
                    let _ = found[index].set(result);
                }
            });
        }
    });
    if context.stop.token.is_cancelled() {
        return context.stop.outcome();
    }
    tell(lessons, found)
}

/// One lesson, in a runtime of this thread: its children live as long as the thread.
fn one(lesson: &Lesson, parser: Parser, style: Style, stop: &Stop) -> io::Result<Found> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut checking =
        Checking { lesson, parser, style, stop: stop.clone(), faults: Vec::new(), runs: 0, told: None };
    runtime.block_on(checking.all())?;
    Ok(Found { faults: checking.faults, runs: checking.runs })
}

/// What was found, on stdout.
fn tell(lessons: &[Lesson], found: Vec<OnceLock<io::Result<Found>>>) -> Outcome {
    let mut faults = 0;
    for (lesson, found) in lessons.iter().zip(found) {
        for warning in lint(lesson) {
            let step = warning.step.as_ref().map(|step| format!("step {step}: ")).unwrap_or_default();
            say(&format!("warning: {}:{}: {step}{}", warning.file, warning.line, warning.what));
        }
        let found = match found.into_inner() {
            Some(Ok(found)) => found,
            Some(Err(error)) => {
                let what = format!("{}: {error}", lesson.id);
                complain(&Explanation::step("lesson", what).then("netlearn doctor", "what works here"));
                return Outcome(23);
            }
            None => continue,
        };
        found.faults.iter().for_each(|fault| say(&fault.to_string()));
        faults += found.faults.len();
        let runs = plural(found.runs, "run");
        let verdict = if found.faults.is_empty() { "holds" } else { "does not hold" };
        say(&format!("{}: {verdict} ({} steps, {runs})", lesson.id, lesson.steps.len()));
    }
    if faults == 0 { Outcome::DONE } else { Outcome::NOT_MET }
}

fn say(text: &str) {
    // A closed pipe has read enough.
    let _ = write_stdout(format!("{}\n", crate::render::style::escape(text)).as_bytes());
}

/// Who asks for a language wants to know of its words, and of no other's.
fn untold(lesson: &Lesson, language: &str) -> Option<LessonError> {
    let what = format!("there is no such file: the words are in {}.md", lesson.language);
    let file = format!("{}/{language}.md", lesson.place);
    lesson.another_language.then_some(LessonError { file, line: 1, step: None, what })
}

/// The first line of a foreign lesson that is not run unread.
fn unread(lesson: &Lesson) -> Option<LessonError> {
    let Beyond { step, line, what } = trust::checked(lesson)?;
    let command = format!("netlearn lesson check {} --allow-shell", lesson.place);
    let what = format!("{what}: {line} (it would run with your rights: read it, then {command})");
    Some(fault(lesson, step, what))
}

fn fault(lesson: &Lesson, step: &Step, what: String) -> LessonError {
    LessonError {
        file: format!("{}/lesson.toml", lesson.place),
        line: step.line,
        step: Some(step.id.clone()),
        what,
    }
}
