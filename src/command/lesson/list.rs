//! The list of lessons, and forgetting what was done in them.

use super::guide::named;
use super::{Options, shelf};
use crate::command::terminal::{Target, complain, style};
use crate::command::{Context, Outcome};
use crate::explain::{Explanation, plural};
use crate::lesson::Lesson;
use crate::lesson::progress::{LessonProgress, Progress};
use crate::render::style::{Role, Row, escape, width};
use crate::render::{Style, write_stdout};

/// How far a learner is in a lesson, in a word or two.
pub(super) fn state(lesson: &Lesson, progress: Option<&LessonProgress>) -> String {
    let Some(progress) = progress else { return String::new() };
    if progress.finished.is_some() {
        return match progress.skipped(lesson) {
            0 => "done".to_owned(),
            // Gone through; more words have no room in 80 columns.
            skipped => format!("{} skipped", plural(skipped as u64, "step")),
        };
    }
    if progress.tested_out.is_some() {
        return "tested out".to_owned();
    }
    let walked = || lesson.steps.iter().filter(|step| !matches!(step.kind, crate::lesson::Kind::Recall(_)));
    let at = progress.reached.as_ref().and_then(|id| walked().position(|step| &step.id == id));
    match at {
        Some(at) if at > 0 || progress.began.is_some() => {
            format!("at step {} of {}", at + 1, walked().count())
        }
        Some(_) | None => String::new(),
    }
}

/// The rows of the list.
pub(super) fn rows(lessons: &[Lesson], progress: &Progress, style: &Style) -> Vec<String> {
    let widest = |text: &dyn Fn(&Lesson) -> String, most: usize| {
        lessons.iter().map(|lesson| width(&escape(&text(lesson)))).max().unwrap_or_default().min(most)
    };
    let id = 1 + widest(&named, 42) + 2;
    let minutes = id + widest(&|lesson| lesson.id.clone(), 16) + 2;
    let states = minutes + "120 min".len() + 2;
    let row = |lesson: &Lesson| {
        let time = format!("{} min", lesson.minutes);
        let state = state(lesson, progress.lesson(&lesson.id));
        let row = Row::new(style).put(Role::Plain, " ").put_within(Role::What, &named(lesson), 42).to(id);
        let row = row.put(Role::Next, &lesson.id).to(minutes).put(Role::Plain, &time).to(states);
        let mut out = Vec::new();
        // A vector takes everything.
        let _ = row.put(Role::Plain, &state).end(&mut out);
        String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned()
    };
    lessons.iter().map(row).collect()
}

/// Shows the list on stdout.
pub(super) fn list(lessons: &[Lesson], progress: &Progress, options: &Options, context: &Context) -> Outcome {
    let style = style(&context.show, Target::Stdout);
    let mut text = rows(lessons, progress, &style).join("\n");
    let (any, one) = (shelf::command(options, ""), shelf::command(options, "ID"));
    // One row where it fits.
    let between = if any == "netlearn lesson" { "     One of them:  " } else { "\n One of them:     " };
    text.push_str(&format!("\n\n Begin or go on:  {any}{between}{one}\n"));
    // A closed pipe has read enough.
    let _ = write_stdout(text.as_bytes());
    Outcome::DONE
}

/// Forgets one lesson, or all of them.
pub(super) fn reset(id: Option<&str>, mut progress: Progress, _context: &Context) -> Outcome {
    match progress.reset(id) {
        Ok(0) => {
            let what = id.map_or("nothing was kept yet".to_owned(), |id| {
                format!("nothing is kept of a lesson {id:?}")
            });
            complain(
                &Explanation::step("lesson", what)
                    .then("netlearn lesson list", "the lessons and how far you are"),
            );
            Outcome::USAGE
        }
        Ok(count) => {
            let text = format!("Forgotten: what you did in {}.\n", plural(count as u64, "lesson"));
            let _ = write_stdout(text.as_bytes());
            Outcome::DONE
        }
        Err(error) => {
            complain(
                &Explanation::step("progress", error.to_string()).then("netlearn lesson list", "the lessons"),
            );
            Outcome(23)
        }
    }
}
