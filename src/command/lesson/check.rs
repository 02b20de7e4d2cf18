//! `lesson check`: lessons are linted and *run*. Every solution passes, every untouched task does not, every wrong attempt is told
//! what its author says; and all of it again with each fact that a lesson reads masked.
//!
//! What it runs is what a learner runs: the guide, with a desk at which nobody sits.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::desk::Desk;
use super::guide::{Ended, Guide, Turn};
use super::session::{Parts, Session};
use super::{Parser, facts};
use crate::command::terminal::{Target, style};
use crate::command::{Context, Outcome, Stop};
use crate::event::lesson::Verdict;
use crate::event::recorder::{Delivery, Recorder};
use crate::explain::{Explanation, plural};
use crate::lesson::answers::Answers;
use crate::lesson::load::lint;
use crate::lesson::log::Log;
use crate::lesson::progress::Progress;
use crate::lesson::{Answer, Fact, Kind, Lesson, LessonError, Step, Task, WrongVerdict};
use crate::render::{Style, complain, write_stdout};

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
                    let refused = (foreign && !allow_shell).then(|| shell_line(lesson)).flatten();
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
    let mut checking = Checking { lesson, parser, style, stop: stop.clone(), faults: Vec::new(), runs: 0 };
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

/// The first line of the lesson that would be run by the shell.
fn shell_line(lesson: &Lesson) -> Option<LessonError> {
    lesson.steps.iter().find_map(|step| {
        let Kind::Do(task) = &step.kind else { return None };
        let tasks = std::iter::once(task.as_ref()).chain(task.without.as_deref());
        let lines = tasks.flat_map(|task| {
            task.solution.iter().chain(&task.setup.run).chain(task.wrong.iter().flat_map(|wrong| &wrong.input))
        });
        let shell = lines.into_iter().find(|line| line.trim_start().starts_with('!'))?;
        let what = format!(
            "a line for the shell: {shell} (it would run with your rights: read it, then netlearn lesson check DIR --allow-shell)"
        );
        Some(fault(lesson, step, what))
    })
}

/// Where a lesson that is checked looks for its ports: below those that systems lend to clients, which other lessons' clients would
/// take between the choice and the server, and apart from lessons and checks that run beside it.
fn first_port(lesson: &Lesson) -> u16 {
    let lesson = lesson.number.unwrap_or_default() % 6 * 100;
    let check = std::process::id() % 4 * 640;
    30_100 + u16::try_from(lesson + check).unwrap_or_default()
}

fn fault(lesson: &Lesson, step: &Step, what: String) -> LessonError {
    LessonError {
        file: format!("{}/lesson.toml", lesson.place),
        line: step.line,
        step: Some(step.id.clone()),
        what,
    }
}

struct Checking<'a> {
    lesson: &'a Lesson,
    parser: Parser,
    style: Style,
    stop: Stop,
    faults: Vec<LessonError>,
    runs: u64,
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
        let stuck = guide.stuck.take().unwrap_or_else(|| "it was left".to_owned());
        if let Some(step) = step {
            self.faults.push(fault(
                self.lesson,
                step,
                format!("the solution does not pass{without}: {stuck}"),
            ));
        }
    }

    /// Names that the prose asked for and no run gave a value.
    fn blanks(&mut self, guide: &Guide, without: &str) {
        for (id, name) in guide.blanks.borrow().iter() {
            if let Some(step) = self.lesson.step(id) {
                let what = format!("no run of the solutions has given `{{{name}}}` a value here{without}");
                self.faults.push(fault(self.lesson, step, what));
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
        }
        for wrong in &task.wrong {
            let verdict = self.attempt(guide, step, &wrong.input, WATCHED).await;
            let agrees = match wrong.verdict {
                WrongVerdict::NotYet => verdict == Some(Verdict::NotYet),
                WrongVerdict::Environment => verdict == Some(Verdict::Environment),
            };
            if !agrees {
                let input = wrong.input.join(" / ");
                let told = verdict.map_or("nothing".to_owned(), |verdict| format!("{verdict:?}"));
                let what =
                    format!("the wrong attempt {input:?} is told {told}, not {:?}{without}", wrong.verdict);
                self.faults.push(fault(self.lesson, step, what));
            }
        }
        if self.attempt(guide, step, &task.solution, SOLVED).await != Some(Verdict::Pass) {
            let what = format!("the solution does not pass where a learner resumes at this step{without}");
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

    fn guide(&self, masked: &[Fact]) -> io::Result<Guide> {
        let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Lossless);
        let width = self.style.width;
        let session = Session::new(Parts {
            desk: Desk::script(self.style, false),
            recorder,
            stop: self.stop.clone(),
            work: std::env::current_dir()?,
            widths: Arc::new(move || width),
        })?;
        let home = session.private.path().join("lessons");
        Ok(Guide {
            session,
            progress: Progress::in_memory(),
            facts: facts::available(masked),
            answers: Answers::default(),
            parser: self.parser,
            usual: Some(first_port(self.lesson)),
            home,
            predicted: HashMap::new(),
            task_began: Log::new().mark(),
            hints: 0,
            stuck: None,
            judged: None,
            patience: SOLVED,
            at: String::new(),
            blanks: RefCell::default(),
            keys_told: true,
            unsaved: true,
        })
    }
}
