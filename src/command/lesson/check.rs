//! `lesson check`: lessons are linted and *run*. Every solution passes, every untouched task does not, every wrong attempt is told
//! what its author says; and all of it again with each fact that a lesson reads masked.
//!
//! What it runs is what a learner runs: the guide, with a desk at which nobody sits.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::desk::Desk;
use super::guide::{Ended, Guide, Turn};
use super::session::{Parts, Session};
use super::trust::{self, Beyond};
use super::{Parser, facts};
use crate::command::terminal::{Target, complain, style};
use crate::command::{Context, Outcome, Stop};
use crate::event::EventKind;
use crate::event::lesson::Verdict;
use crate::event::recorder::{Delivery, Recorder, Stream};
use crate::explain::{Explanation, plural};
use crate::lesson::answers::Answers;
use crate::lesson::load::lint;
use crate::lesson::progress::Progress;
use crate::lesson::{Answer, Fact, Kind, Lesson, LessonError, Step, Task, WrongVerdict};
use crate::render::{Style, write_stdout};

/// How long a solution's events may take to come.
const SOLVED: Duration = Duration::from_secs(8);

/// How long a wrong attempt, or no attempt at all, is watched after its last line: nothing can tell that nothing more comes.
const WATCHED: Duration = Duration::from_millis(400);

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

/// Where a lesson that is checked looks for its ports: below those that systems lend to clients, which other lessons' clients would
/// take between the choice and the server, and apart from lessons and checks that run beside it.
fn first_port(lesson: &Lesson) -> u16 {
    let check = std::process::id();
    let apart = match lesson.number {
        Some(number) => number % 6 * 100 + check % 4 * 640,
        // A lesson that is not of a course is checked alone.
        None => check % 25 * 100,
    };
    30_100 + u16::try_from(apart).unwrap_or_default()
}

fn fault(lesson: &Lesson, step: &Step, what: String) -> LessonError {
    LessonError {
        file: format!("{}/lesson.toml", lesson.place),
        line: step.line,
        step: Some(step.id.clone()),
        what,
    }
}

/// A verdict as lesson files name it.
fn words(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::NotYet) => "not-yet",
        Some(Verdict::Environment) => "environment",
        None => "nothing",
    }
}

struct Checking<'a> {
    lesson: &'a Lesson,
    parser: Parser,
    style: Style,
    stop: Stop,
    faults: Vec<LessonError>,
    runs: u64,
    /// What the guides tell, the latest's.
    told: Option<Stream>,
}

impl Checking<'_> {
    /// The whole lesson, each task by itself, and both again without each fact that it reads.
    async fn all(&mut self) -> io::Result<()> {
        self.with(&[]).await?;
        let read: BTreeSet<Fact> =
            self.lesson.steps.iter().flat_map(|step| step.needs.iter().copied()).collect();
        for fact in read {
            if self.stop.token.is_cancelled() {
                break;
            }
            self.with(&[fact]).await?;
        }
        Ok(())
    }

    async fn with(&mut self, masked: &[Fact]) -> io::Result<()> {
        let without = match masked {
            [] => String::new(),
            masked => {
                format!(" (without {})", masked.iter().map(|fact| fact.name()).collect::<Vec<_>>().join(", "))
            }
        };
        let mut guide = self.guide(masked)?;
        self.walk(&mut guide, &without).await;
        if !self.stop.token.is_cancelled() {
            self.each(&mut guide, masked, &without).await;
        }
        guide.session.leave().await;
        Ok(())
    }

    /// The lesson as a learner walks it who does all as the author does.
    async fn walk(&mut self, guide: &mut Guide, without: &str) {
        guide.answers = self.solutions(guide, None);
        guide.patience = SOLVED;
        self.runs += 1;
        let ended = guide.walk(self.lesson, None).await;
        if ended == Ended::Finished || self.stop.token.is_cancelled() {
            self.blanks(guide, without);
            return;
        }
        let reached = guide.progress.lesson(&self.lesson.id).and_then(|did| did.reached.clone());
        let step = reached.and_then(|id| self.lesson.step(&id));
        guide.stuck = None;
        if let Some(step) = step {
            let why = self.why(guide);
            self.faults.push(fault(self.lesson, step, format!("the solution does not pass{without}{why}")));
        }
    }

    /// Names that the prose asked for and no run gave a value.
    fn blanks(&mut self, guide: &Guide, without: &str) {
        for (id, name) in guide.blanks.borrow().iter() {
            if let Some(step) = self.lesson.step(id) {
                let what = format!("no run of the solutions has given `{{{name}}}` a value here{without}");
                let file = format!("{}/{}.md", self.lesson.place, self.lesson.language);
                self.faults.push(LessonError { file, line: step.heading, step: Some(id.clone()), what });
            }
        }
        if without.is_empty() {
            self.unshown(guide);
        }
    }

    /// The same in words that this walk did not show: those for wrong choices, and for another day.
    fn unshown(&mut self, guide: &Guide) {
        for step in &self.lesson.steps {
            let (Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question)) = &step.kind
            else {
                continue;
            };
            let texts =
                question.choices.iter().flat_map(|choice| choice.feedback.iter().chain([&choice.text]));
            let recalled = matches!(step.kind, Kind::Recall(_)).then_some(&step.body);
            let unknown = texts.chain(recalled).filter_map(|text| guide.session.values.fill(text).err());
            let names: BTreeSet<String> = unknown.flat_map(|unknown| unknown.0).collect();
            for name in names {
                let what = format!("no run of the solutions has given `{{{name}}}` a value");
                let file = format!("{}/{}.md", self.lesson.place, self.lesson.language);
                let (line, step) = (step.heading, Some(step.id.clone()));
                self.faults.push(LessonError { file, line, step, what });
            }
        }
    }

    /// Each task by itself, as for a learner who resumes there: untouched, with each wrong attempt, with its solution.
    async fn each(&mut self, guide: &mut Guide, masked: &[Fact], without: &str) {
        let lesson = self.lesson;
        for step in &lesson.steps {
            let Kind::Do(task) = &step.kind else { continue };
            let reads_masked = masked.is_empty() || step.needs.iter().any(|fact| masked.contains(fact));
            let missing = step.needs.iter().any(|fact| !guide.facts.contains(fact));
            let task = if missing { task.without.as_deref() } else { Some(task.as_ref()) };
            let Some(task) = task.filter(|_| reads_masked) else { continue };
            self.one(guide, step, task, without).await;
            if self.stop.token.is_cancelled() {
                return;
            }
        }
    }

    async fn one(&mut self, guide: &mut Guide, step: &Step, task: &Task, without: &str) {
        if self.attempt(guide, step, &[], WATCHED).await == Some(Verdict::Pass) {
            self.faults.push(fault(self.lesson, step, format!("it passes untouched{without}")));
        } else if let Some(failed) = guide.failed.take() {
            // Nothing can be tried here. The walk may have said it.
            let known =
                |fault: &LessonError| fault.step.as_ref() == Some(&step.id) && fault.what.contains(&failed);
            if !self.faults.iter().any(known) {
                self.faults.push(fault(self.lesson, step, format!("it cannot begin{without}: {failed}")));
            }
            return;
        }
        for wrong in &task.wrong {
            let verdict = self.attempt(guide, step, &wrong.input, WATCHED).await;
            let named = match wrong.verdict {
                WrongVerdict::NotYet => Verdict::NotYet,
                WrongVerdict::Environment => Verdict::Environment,
            };
            if verdict != Some(named) && !self.stop.token.is_cancelled() {
                let input = wrong.input.join(" / ");
                let (told, named) = (words(verdict), words(Some(named)));
                let why = guide.failed.take().map(|failed| format!("; {failed}")).unwrap_or_default();
                let what = format!("the wrong attempt `{input}` is told {told}, not {named}{without}{why}");
                self.faults.push(fault(self.lesson, step, what));
            }
        }
        // What does not pass in the walk was said; nothing is known of resuming then.
        let known = self.faults.iter().any(|fault| fault.step.as_ref() == Some(&step.id));
        let solved = self.attempt(guide, step, &task.solution, SOLVED).await == Some(Verdict::Pass);
        if !solved && !known && !self.stop.token.is_cancelled() {
            let why = self.why(guide);
            let what =
                format!("the solution does not pass where a learner resumes at this step{without}{why}");
            self.faults.push(fault(self.lesson, step, what));
        }
    }

    /// One attempt at one task, on a machine where nothing of the lesson runs.
    async fn attempt(
        &mut self,
        guide: &mut Guide,
        step: &Step,
        input: &[String],
        patience: Duration,
    ) -> Option<Verdict> {
        if self.stop.token.is_cancelled() {
            return None;
        }
        self.runs += 1;
        guide.session.end_all().await;
        guide.failed = None;
        guide.enter(self.lesson);
        guide.answers = Answers::default();
        guide.answers.set_input(&step.id, input.to_vec());
        guide.patience = patience;
        let turn = guide.step(self.lesson, step, 1, 1).await;
        guide.stuck = None;
        if turn == Turn::Next { Some(Verdict::Pass) } else { guide.judged }
    }

    /// What the author answers: the right choices, and the solutions of the tasks as this system has them.
    fn solutions(&self, guide: &Guide, only: Option<&str>) -> Answers {
        let mut answers = Answers::default();
        for step in self.lesson.steps.iter().filter(|step| only.is_none_or(|id| step.id == id)) {
            match &step.kind {
                Kind::Do(task) => {
                    let missing = step.needs.iter().any(|fact| !guide.facts.contains(fact));
                    let task = if missing { task.without.as_deref() } else { Some(task.as_ref()) };
                    if let Some(task) = task {
                        answers.set_input(&step.id, task.solution.clone());
                    }
                }
                Kind::Predict(question) | Kind::Observe(question) => {
                    let id = match &question.answer {
                        Answer::Fixed(id) => id.clone(),
                        // What the run decides is not known before: a prediction takes the first, an observation looks.
                        Answer::When(_) => String::new(),
                    };
                    answers.set_answer(&step.id, id);
                }
                Kind::Say | Kind::Explain { .. } | Kind::Recall(_) => {}
            }
        }
        answers
    }

    /// The line that could not be run, else what the last verdict was about.
    fn why(&mut self, guide: &mut Guide) -> String {
        let missing = self.missing();
        guide.failed.take().map_or(missing, |failed| format!(": {failed}"))
    }

    /// What the last verdict was about: what was expected, and the nearest thing that came.
    fn missing(&mut self) -> String {
        let mut last = None;
        while let Some(event) = self.told.as_mut().and_then(Stream::ready) {
            if let EventKind::Judged(facts) = event.kind {
                last = Some(facts);
            }
        }
        let Some(facts) = last else { return String::new() };
        let expected = facts.expected.map(|text| format!("; expected {text}")).unwrap_or_default();
        let saw = facts.saw.map(|text| format!("; saw {text}")).unwrap_or_default();
        expected + &saw
    }

    fn guide(&mut self, masked: &[Fact]) -> io::Result<Guide> {
        let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
        self.told = Some(stream);
        let width = self.style.width;
        let session = Session::new(Parts {
            desk: Desk::script(self.style, false),
            recorder,
            stop: self.stop.clone(),
            work: std::env::current_dir()?,
            widths: Arc::new(move || width),
        })?;
        let home = session.private.path().join("lessons");
        let mut guide = Guide::new(session, Progress::in_memory(), self.parser, home);
        guide.facts = facts::available(masked);
        guide.patience = SOLVED;
        guide.usual = Some(first_port(self.lesson));
        // Nobody reads it.
        guide.keys_told = true;
        Ok(guide)
    }
}
