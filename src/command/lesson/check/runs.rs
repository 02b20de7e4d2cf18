//! The runs of one lesson that is checked: the whole of it as its author solves it, each task untouched, wrong and solved, and all
//! of it again with each fact that it reads masked.
//!
//! It gathers faults and tells nobody.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::fault;
use crate::command::Stop;
use crate::command::lesson::desk::Desk;
use crate::command::lesson::guide::{Ended, Guide, Turn};
use crate::command::lesson::session::{Parts, Session};
use crate::command::lesson::{Parser, facts};
use crate::event::EventKind;
use crate::event::lesson::Verdict;
use crate::event::recorder::{Delivery, Recorder, Stream};
use crate::lesson::answers::Answers;
use crate::lesson::progress::Progress;
use crate::lesson::{Answer, Fact, Kind, Lesson, LessonError, Step, Task, WrongVerdict};
use crate::render::Style;

/// How long a solution's events may take to come.
const SOLVED: Duration = Duration::from_secs(8);

/// How long a wrong attempt, or no attempt at all, is watched after its last line: nothing can tell that nothing more comes.
const WATCHED: Duration = Duration::from_millis(400);

pub(super) struct Checking<'a> {
    pub(super) lesson: &'a Lesson,
    pub(super) parser: Parser,
    pub(super) style: Style,
    pub(super) stop: Stop,
    pub(super) faults: Vec<LessonError>,
    pub(super) runs: u64,
    /// What the guides tell, the latest's.
    pub(super) told: Option<Stream>,
}

impl Checking<'_> {
    /// The whole lesson, each task by itself, and both again without each fact that it reads.
    pub(super) async fn all(&mut self) -> io::Result<()> {
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

/// A verdict as lesson files name it.
fn words(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::NotYet) => "not-yet",
        Some(Verdict::Environment) => "environment",
        None => "nothing",
    }
}
