//! A learner's time with the lessons: questions from earlier days, a lesson, the next one or another.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::desk::{Desk, Heard};
use super::guide::{Ended, Guide, Turn, named};
use super::session::{Happening, Parts, Session};
use super::shelf::{self, Shelf};
use super::{Guided, Options, facts, home, list};
use crate::command::terminal::{self, Target, complain, style};
use crate::command::{Context, Outcome};
use crate::event::recorder::Recorder;
use crate::explain::failure::quoted;
use crate::explain::{Explanation, plural};
use crate::lesson::answers::Answers;
use crate::lesson::progress::{Change, Progress};
use crate::lesson::text::Value;
use crate::lesson::{Fact, Kind, Lesson, recall};
use crate::net::kernel;
use crate::render::Style;
use crate::render::lesson::said;

/// After the last line of an answers file the events may take this long to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// The port that people know from their own programs.
const USUAL: u16 = 3000;

/// Where a run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Index of the lesson.
    pub lesson: usize,
    /// The id of its step; none: the first.
    pub step: Option<String>,
}

/// Finds the lesson and the step that are wanted.
///
/// # Errors
/// There is no such lesson or step; it was said.
pub(super) fn start(guided: &Guided, shelf: &Shelf, progress: &Progress) -> Result<Start, Outcome> {
    let lessons = shelf.lessons.as_slice();
    let lesson = match &guided.which {
        None => left_off(lessons, progress),
        Some(_) if shelf.folder => left_off(lessons, progress),
        Some(which) => find(which, shelf)?,
    };
    let Some(found) = lessons.get(lesson) else {
        complain(
            &Explanation::step("lesson", "there are no lessons").then("netlearn lesson list", "the lessons"),
        );
        return Err(Outcome::USAGE);
    };
    let reached = progress.lesson(&found.id).filter(|lesson| lesson.finished.is_none());
    let reached = reached.and_then(|lesson| lesson.reached.clone());
    let step = match &guided.from {
        Some(id) => Some(step(id, found, shelf)?),
        // An answers file begins at the beginning.
        None if guided.answers.is_some() => None,
        None => reached,
    };
    Ok(Start { lesson, step })
}

/// The first lesson that was begun and not finished, else the first that is not done, else the first.
pub(super) fn left_off(lessons: &[Lesson], progress: &Progress) -> usize {
    let done = |lesson: &Lesson| {
        progress.lesson(&lesson.id).is_some_and(|did| did.finished.is_some() || did.tested_out.is_some())
    };
    let begun = |lesson: &Lesson| progress.lesson(&lesson.id).is_some_and(|did| did.reached.is_some());
    let open = lessons.iter().position(|lesson| begun(lesson) && !done(lesson));
    open.or_else(|| lessons.iter().position(|lesson| !done(lesson))).unwrap_or(0)
}

/// The lesson of that id or number.
pub(super) fn meant(which: &str, lessons: &[Lesson]) -> Option<usize> {
    let number: Option<u32> = which.parse().ok();
    let meant = |lesson: &Lesson| lesson.id == which || number.is_some() && lesson.number == number;
    lessons.iter().position(meant)
}

fn find(which: &str, shelf: &Shelf) -> Result<usize, Outcome> {
    let lessons = shelf.lessons.as_slice();
    if let Some(found) = meant(which, lessons) {
        return Ok(found);
    }
    let ids: Vec<&str> = lessons.iter().map(|lesson| lesson.id.as_str()).collect();
    let numbers = lessons.iter().filter_map(|lesson| lesson.number);
    let ends = (numbers.clone().min(), numbers.max());
    let (there, near) = match (which.parse::<i64>(), ends) {
        // No number is near another in its letters.
        (Ok(_), (Some(first), Some(last))) => (format!("{first} to {last}"), None),
        _ => (ids.join(", "), near(which, &ids)),
    };
    let mut words = Explanation::step("lesson", format!("there is no lesson {which:?}: they are {there}"));
    if let Some(id) = near {
        words = words.then(shelf.command(id), "the nearest of them");
    }
    complain(&words.then(shelf.command("list"), "all of them"));
    Err(Outcome::USAGE)
}

/// The name that is most like another, where one is.
fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let alike = |known: &str| strsim::jaro_winkler(name, known);
    let nearest = known.iter().copied().max_by(|one, other| alike(one).total_cmp(&alike(other)));
    nearest.filter(|nearest| alike(nearest) > 0.85)
}

fn step(id: &str, lesson: &Lesson, shelf: &Shelf) -> Result<String, Outcome> {
    let walked = lesson.steps.iter().filter(|step| !matches!(step.kind, Kind::Recall(_)));
    let ids: Vec<&str> = walked.map(|step| step.id.as_str()).collect();
    let number = id.parse::<usize>().ok().and_then(|number| ids.get(number.checked_sub(1)?));
    if let Some(found) = ids.iter().find(|known| **known == id).or(number) {
        return Ok((*found).to_owned());
    }
    let what = format!("lesson {} has no step {id:?}: they are {}", lesson.id, ids.join(", "));
    // Far from all of them, the first is as good as any.
    let (from, about) = match (near(id, &ids), ids.first()) {
        (Some(near), _) => (near, "from the nearest of them"),
        (None, first) => (first.copied().unwrap_or_default(), "from its first step"),
    };
    let command = shelf.command(&format!("{} --from {from}", lesson.id));
    complain(&Explanation::step("lesson", what).then(command, about));
    Err(Outcome::USAGE)
}

/// What a run of lessons is given.
pub(super) struct Class<'a> {
    pub guided: &'a Guided,
    pub options: &'a Options,
    pub shelf: &'a Shelf,
    pub answers: Answers,
    pub context: &'a Context,
}

/// Guides one learner until they leave.
pub(super) async fn teach(class: Class<'_>, start: Start, progress: Progress, recorder: Recorder) -> Outcome {
    let Class { guided, options, shelf, answers, context } = class;
    let mut guide = match guide(guided, options, answers, context, progress, recorder) {
        Ok(guide) => guide,
        Err(error) => {
            complain(
                &Explanation::step("lesson", format!("the lesson cannot begin: {error}"))
                    .then("netlearn lesson --plain", "without a line editor"),
            );
            return Outcome(23);
        }
    };
    context.stop.lend(true);
    let left = attend(&mut guide, guided, &shelf.lessons, start).await;
    let stuck = guide.stuck.take();
    let saved =
        guide.progress.path().map(|path| format!(" Saved in {}.", path.display())).unwrap_or_default();
    let at = left.clone();
    guide.session.leave().await;
    context.stop.lend(false);
    match (stuck, at) {
        (Some(text), _) => {
            complain(&Explanation::step("lesson", text).then("netlearn lesson list", "the lessons"));
            Outcome::NOT_MET
        }
        (None, Some(text)) if guided.answers.is_none() => {
            let mut lines = said(&format!("{text}{saved}"), &style(&context.show, Target::Stdout));
            lines.push(format!("   next:  {}\n", again(guided, options, shelf)));
            let text = lines.join("\n");
            // A terminal that is gone needs no goodbye.
            let _ = crate::render::write_stdout(text.as_bytes());
            Outcome::DONE
        }
        (None, _) => Outcome::DONE,
    }
}

/// The command that goes on with the same lessons and the same progress.
fn again(guided: &Guided, options: &Options, shelf: &Shelf) -> String {
    // A lesson of the course is found by the progress; a folder is not.
    let folder = guided.which.as_deref().filter(|_| shelf.folder).map(quoted).unwrap_or_default();
    let port = guided.port.map(|port| format!(" --port {port}")).unwrap_or_default();
    shelf::command(options, &folder) + &port
}

fn guide(
    guided: &Guided,
    options: &Options,
    answers: Answers,
    context: &Context,
    progress: Progress,
    recorder: Recorder,
) -> std::io::Result<Guide> {
    let look = style(&context.show, Target::Stdout);
    let desk = if guided.answers.is_some() {
        Desk::script(look, !context.show.json)
    } else if guided.plain || !terminal::at_keyboard() {
        Desk::plain(look)
    } else {
        Desk::editor(look)?
    };
    let show = context.show.clone();
    let work = std::env::current_dir()?;
    let session = Session::new(Parts {
        desk,
        recorder,
        stop: context.stop.clone(),
        work,
        widths: Arc::new(move || style(&show, Target::Stdout).width),
    })?;
    let home = home::usual().unwrap_or_else(|| session.private.path().join("lessons"));
    let mut guide = Guide::new(session, progress, options.parser, home);
    guide.facts = facts::available(&guided.without);
    guide.answers = answers;
    guide.usual = Some(guided.port.unwrap_or(USUAL));
    Ok(guide)
}

/// Questions of earlier days, then lessons until the learner leaves. What is said last, where something was left open.
async fn attend(guide: &mut Guide, guided: &Guided, lessons: &[Lesson], start: Start) -> Option<String> {
    if guided.answers.is_none() && recalled(guide, lessons).await == Turn::Leave {
        return Some("Until next time.".to_owned());
    }
    let mut start = Some(start);
    loop {
        let here = match start.take() {
            Some(here) => here,
            None => match menu(guide, lessons).await {
                Some(here) => here,
                None => return Some("Until next time.".to_owned()),
            },
        };
        let lesson = lessons.get(here.lesson)?;
        let ended = match guided.test_out {
            true => test_out(guide, lesson).await,
            false => guide.walk(lesson, here.step.as_deref()).await,
        };
        match ended {
            Ended::Menu => {}
            Ended::Left => {
                let reached = guide.progress.lesson(&lesson.id).and_then(|did| did.reached.clone());
                let walked = || lesson.steps.iter().filter(|step| !matches!(step.kind, Kind::Recall(_)));
                let at = walked().position(|step| Some(&step.id) == reached.as_ref()).unwrap_or_default();
                return Some(format!(
                    "You left {} at step {} of {}.",
                    named(lesson),
                    at + 1,
                    walked().count()
                ));
            }
            Ended::Finished if guided.answers.is_some() || guided.test_out => return None,
            Ended::Finished => match next(guide, lessons, here.lesson).await {
                Some(next) => start = Some(next),
                None => return Some("Until next time.".to_owned()),
            },
        }
    }
}

/// After a lesson: the next one, or home.
async fn next(guide: &mut Guide, lessons: &[Lesson], at: usize) -> Option<Start> {
    let next = lessons.get(at + 1)?;
    guide.session.desk.line("");
    guide.session.say(&format!(
        "Next: {} (about {}).",
        named(next),
        plural(u64::from(next.minutes), "minute")
    ));
    let turn = guide.pause("Enter begins it, q leaves. ").await;
    match turn {
        Turn::Next | Turn::Skip => Some(Start { lesson: at + 1, step: None }),
        Turn::Menu | Turn::Back => menu(guide, lessons).await,
        Turn::Leave => None,
    }
}

/// A few questions of what was learned days ago.
async fn recalled(guide: &mut Guide, lessons: &[Lesson]) -> Turn {
    let now = guide.session.recorder.wall();
    let mut due = recall::due(lessons, &guide.progress, now);
    // One that reads what this system does not tell waits for another.
    due.retain(|(lesson, step)| {
        let known = lessons.iter().find(|known| known.id == *lesson);
        known.and_then(|lesson| lesson.step(step)).is_some_and(|step| !guide.misses(step))
    });
    if due.is_empty() {
        return Turn::Next;
    }
    let count = plural(due.len() as u64, "question");
    guide.session.say(&format!("Before you go on: {count} from an earlier day. s skips them."));
    for (lesson, step) in due {
        let Some(lesson) = lessons.iter().find(|known| known.id == lesson) else { continue };
        let Some(step) = lesson.step(&step) else { continue };
        let Kind::Recall(question) = &step.kind else { continue };
        guide.remember(lesson);
        guide.session.desk.line("");
        match guide.recall(lesson, step, question).await.0 {
            Turn::Next => {}
            Turn::Skip | Turn::Back | Turn::Menu => return Turn::Next,
            Turn::Leave => return Turn::Leave,
        }
    }
    Turn::Next
}

/// Shows the lessons and asks for one.
async fn menu(guide: &mut Guide, lessons: &[Lesson]) -> Option<Start> {
    let style = *guide.session.desk.style();
    // The numbers stand before the rows.
    let style = Style { width: style.columns().saturating_sub(4), ..style };
    guide.session.desk.line("");
    let rows = list::rows(lessons, &guide.progress, &style);
    for (index, row) in rows.iter().enumerate() {
        guide.session.desk.line(&format!("{:>3}){row}", index + 1));
    }
    loop {
        guide.session.desk.ask("Number of a lesson, q leaves: ", false);
        match guide.session.next(None).await {
            Happening::Heard(Heard::Line(text)) => {
                if matches!(super::line::key(&text), Some(super::line::Key::Quit)) {
                    return None;
                }
                let number = text.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let named = || lessons.iter().position(|lesson| lesson.id == text.trim());
                match number.filter(|index| *index < lessons.len()).or_else(named) {
                    Some(lesson) => {
                        let id = &lessons[lesson].id;
                        let reached = guide.progress.lesson(id).filter(|did| did.finished.is_none());
                        return Some(Start { lesson, step: reached.and_then(|did| did.reached.clone()) });
                    }
                    None => guide.session.say(&format!("Type a number from 1 to {}.", lessons.len())),
                }
            }
            Happening::Heard(Heard::Interrupted | Heard::End) | Happening::Told => return None,
            Happening::Changed | Happening::Due | Happening::Interrupted => {}
        }
    }
}

/// The questions of a lesson and its challenge, for who knows it already: all right, and it counts as done.
async fn test_out(guide: &mut Guide, lesson: &Lesson) -> Ended {
    guide.enter(lesson);
    guide.session.say(&format!("{}: its questions, and its challenge.", named(lesson)));
    let mut all = true;
    for step in &lesson.steps {
        let turn = match &step.kind {
            Kind::Recall(_) if guide.misses(step) => Turn::Next,
            Kind::Recall(question) => {
                guide.session.desk.line("");
                let (turn, right) = guide.recall(lesson, step, question).await;
                all &= right == Some(true);
                turn
            }
            Kind::Do(task) if task.challenge => {
                let turn = guide.step(lesson, step, 1, 1).await;
                all &= turn == Turn::Next;
                turn
            }
            Kind::Say | Kind::Predict(_) | Kind::Do(_) | Kind::Observe(_) | Kind::Explain { .. } => {
                Turn::Next
            }
        };
        if matches!(turn, Turn::Leave | Turn::Menu) {
            return Ended::Left;
        }
    }
    guide.session.desk.line("");
    if all {
        guide.save(lesson, Change::TestedOut);
        guide.session.say("All of it was right: this lesson counts as done.");
    } else {
        guide
            .session
            .say(&format!("Not all of it: the lesson has more to show. netlearn lesson {}", lesson.id));
    }
    guide.session.end_all().await;
    Ended::Finished
}

/// This machine's first IPv4 address that other machines may reach it at.
pub(super) fn lan_address(facts: &BTreeSet<Fact>) -> Option<Value> {
    if !facts.contains(&Fact::Lan) {
        return None;
    }
    let own = kernel::own_addresses().ok()?;
    let address = own.into_iter().find(|address| matches!(address, IpAddr::V4(v4) if !v4.is_loopback()))?;
    Some(Value::Text(address.to_string()))
}
