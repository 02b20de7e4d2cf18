//! One learner's way through a lesson: step after step, back, skipped, left and gone on with.

mod kept;
mod telling;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use super::desk::Heard;
use super::line::{self, Key, Parser};
use super::session::{Happening, Session};
use super::tally::Tally;
use super::teach::PATIENCE;
use crate::event::lesson::{LessonEnded, LessonStarted, StepEnded, StepStarted, Verdict};
use crate::explain::{bytes, plural};
use crate::lesson::answers::Answers;
use crate::lesson::log::Mark;
use crate::lesson::progress::{Change, Progress};
use crate::lesson::{Fact, Kind, LAN, Lesson, Step};
use crate::render::lesson::{heading, verdict};
use crate::render::style::Role;

/// Where a step leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Next,
    Back,
    Skip,
    /// To the list of lessons.
    Menu,
    /// Save and leave.
    Leave,
}

/// How a run of a lesson ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Finished,
    /// Left before its end.
    Left,
    Menu,
}

/// One learner's way.
pub(super) struct Guide {
    pub session: Session,
    pub progress: Progress,
    /// What this system tells.
    pub facts: BTreeSet<Fact>,
    /// What is typed and chosen where nobody is at the keyboard.
    pub answers: Answers,
    pub parser: Parser,
    /// The port that is tried first; none: whichever the system gives.
    pub usual: Option<u16>,
    /// Where programs of lessons are put, a folder each.
    pub home: PathBuf,
    /// The predictions of this lesson; none: no idea yet.
    pub predicted: HashMap<String, Option<String>>,
    /// Where the last task began in the log.
    pub task_began: Mark,
    /// Programs of higher numbers were begun in this step.
    pub own_after: u32,
    /// Hints shown in this step.
    pub hints: u32,
    /// Why a run without a person could not go on.
    pub stuck: Option<String>,
    /// A line of the lesson's files that could not be run, and why.
    pub failed: Option<String>,
    /// How the last attempt at a task was judged.
    pub judged: Option<Verdict>,
    /// Without a person: how long the events of the last line may take to come.
    pub patience: Duration,
    /// The step that is shown.
    pub at: String,
    /// Names without a value that the prose of a step asked for.
    pub blanks: RefCell<BTreeSet<(String, String)>>,
    /// The keys were told.
    pub keys_told: bool,
    /// Progress could not be saved, and that was said.
    pub unsaved: bool,
}

impl Guide {
    /// Nobody has learned anything yet; every fact is missing, nobody answers, and ports are the system's.
    pub(super) fn new(session: Session, progress: Progress, parser: Parser, home: PathBuf) -> Guide {
        Guide {
            task_began: session.log.mark(),
            session,
            progress,
            facts: BTreeSet::new(),
            answers: Answers::default(),
            parser,
            usual: None,
            home,
            predicted: HashMap::new(),
            own_after: 0,
            hints: 0,
            stuck: None,
            failed: None,
            judged: None,
            patience: PATIENCE,
            at: String::new(),
            blanks: RefCell::default(),
            keys_told: false,
            unsaved: false,
        }
    }

    /// Walks through a lesson from a step (none: from the first).
    pub(super) async fn walk(&mut self, lesson: &Lesson, from: Option<&str>) -> Ended {
        let steps: Vec<&Step> =
            lesson.steps.iter().filter(|step| !matches!(step.kind, Kind::Recall(_))).collect();
        let mut at = from.and_then(|id| steps.iter().position(|step| step.id == id)).unwrap_or(0);
        let Some(first) = steps.get(at) else { return Ended::Finished };
        self.enter(lesson);
        self.session.tell(LessonStarted {
            lesson: lesson.id.clone(),
            title: lesson.title.clone(),
            steps: steps.len(),
            step: first.id.clone(),
        });
        let mut tally = Tally::of(&self.session.log, self.counted(lesson, at));
        self.jumped(lesson, &steps, at);
        if at == 0 {
            self.begin(lesson);
        } else if !self.session.desk.scripted() {
            self.go_on(at + 1);
        }
        let ended = loop {
            let Some(step) = steps.get(at) else { break Ended::Finished };
            let (connections, bytes) = (tally.connections(), tally.bytes());
            self.save(lesson, Change::Reached { step: step.id.clone(), connections, bytes });
            let turn = self.step(lesson, step, at + 1, steps.len()).await;
            tally.take(&self.session.log);
            let skipped = turn == Turn::Skip;
            if skipped {
                self.save(lesson, Change::Skipped { step: step.id.clone() });
            } else if turn == Turn::Next && self.was_skipped(lesson, step) {
                self.save(lesson, Change::Read { step: step.id.clone() });
            }
            if matches!(turn, Turn::Next | Turn::Skip) {
                self.session.tell(StepEnded { lesson: lesson.id.clone(), step: step.id.clone(), skipped });
            }
            match turn {
                Turn::Next | Turn::Skip => at += 1,
                Turn::Back => at = at.saturating_sub(1),
                Turn::Menu => break Ended::Menu,
                Turn::Leave => break Ended::Left,
            }
        };
        if ended == Ended::Finished {
            self.finish(lesson, &tally);
        }
        self.session.tell(LessonEnded {
            lesson: lesson.id.clone(),
            finished: ended == Ended::Finished,
            connections: tally.connections(),
            bytes: tally.bytes(),
        });
        self.session.end_quietly().await;
        ended
    }

    /// The lesson's folder, and what an earlier run measured and predicted.
    pub(super) fn enter(&mut self, lesson: &Lesson) {
        self.predicted.clear();
        self.remember(lesson);
        let before = self.progress.lesson(&lesson.id).into_iter().flat_map(|before| &before.steps);
        for (id, step) in before {
            if let Some(prediction) = step.predicted_again.as_ref().or(step.predicted.as_ref()) {
                let choice = Some(prediction.choice.clone()).filter(|choice| !choice.is_empty());
                self.predicted.insert(id.clone(), choice);
            }
        }
        if let Some(address) = super::teach::lan_address(&self.facts) {
            self.session.values.set(LAN, address);
        }
        super::setup::ports(&mut self.session, lesson, self.usual);
        self.provide(lesson);
    }

    /// The programs of a lesson, in a folder of its own where commands run.
    fn provide(&mut self, lesson: &Lesson) {
        let folder = self.home.join(&lesson.id);
        let made = super::home::programs(lesson, &folder);
        if let Err(error) = made {
            self.session
                .say(&format!("The lesson's programs could not be put into {}: {error}", folder.display()));
        }
        if folder.is_dir() {
            self.session.work = folder;
        }
    }

    fn begin(&mut self, lesson: &Lesson) {
        self.save(lesson, Change::Began);
        let style = *self.session.desk.style();
        let minutes = plural(u64::from(lesson.minutes), "minute");
        self.session.desk.line("");
        self.session.desk.lines(heading(&named(lesson), &format!("about {minutes}"), &style));
        if lesson.another_language {
            self.session.say(&format!("There is no text in your language: this is `{}`.", lesson.language));
        }
        self.prose(lesson, &lesson.intro);
        let dots = if self.session.desk.scripted() {
            ""
        } else {
            "At each prompt ? lists the keys; q saves and leaves."
        };
        if !dots.is_empty() && !std::mem::replace(&mut self.keys_told, true) {
            self.session.say(dots);
        }
    }

    /// What a learner should know who comes back to a step.
    fn go_on(&mut self, number: usize) {
        self.session.desk.line("");
        let keys = if std::mem::replace(&mut self.keys_told, true) { "" } else { " ? lists the keys." };
        self.session.say(&format!(
            "You go on at step {number}. What ran before it has ended; b goes a step back.{keys}"
        ));
    }

    pub(super) async fn step(&mut self, lesson: &Lesson, step: &Step, number: usize, of: usize) -> Turn {
        let style = *self.session.desk.style();
        self.hints = 0;
        self.at.clone_from(&step.id);
        self.session.desk.line("");
        let right = format!("Step {number} of {of}");
        self.session.desk.lines(heading(&named(lesson), &right, &style));
        let missing = self.misses(step);
        let body = if missing { step.without.as_deref().unwrap_or(&step.body) } else { &step.body };
        if !matches!(step.kind, Kind::Do(_)) {
            self.tell_step(lesson, step);
        }
        match &step.kind {
            Kind::Do(task) => {
                let task = if missing { task.without.as_deref() } else { Some(task.as_ref()) };
                match task {
                    Some(task) => self.act(lesson, step, task, body).await,
                    None => {
                        self.tell_step(lesson, step);
                        self.prose(lesson, body);
                        self.on().await
                    }
                }
            }
            Kind::Say => {
                self.prose(lesson, body);
                self.on().await
            }
            // Where a question has nothing to stand on, there is something to read in its place.
            Kind::Predict(_) | Kind::Observe(_) if missing && step.without.is_some() => {
                self.prose(lesson, body);
                self.on().await
            }
            Kind::Predict(question) => {
                self.prose(lesson, body);
                self.predict(lesson, step, question).await
            }
            Kind::Observe(question) => {
                self.prose(lesson, body);
                self.observe(lesson, step, question).await
            }
            Kind::Explain { of } => {
                self.answer_predictions(lesson, of);
                self.prose(lesson, body);
                self.on().await
            }
            Kind::Recall(_) => Turn::Next,
        }
    }

    /// Whether this system does not tell what the step reads.
    pub(super) fn misses(&self, step: &Step) -> bool {
        step.needs.iter().any(|fact| !self.facts.contains(fact))
    }

    /// A step is shown; of a task this is told once its ports and paths are known, and again where another port had to be taken.
    pub(super) fn tell_step(&self, lesson: &Lesson, step: &Step) {
        let kind = match step.kind {
            Kind::Say => "say",
            Kind::Predict(_) => "predict",
            Kind::Do(_) => "do",
            Kind::Observe(_) => "observe",
            Kind::Explain { .. } => "explain",
            Kind::Recall(_) => "recall",
        };
        let values = self.session.values.iter().map(|(name, value)| (name.to_owned(), value.plain()));
        self.session.tell(StepStarted {
            lesson: lesson.id.clone(),
            step: step.id.clone(),
            kind: kind.to_owned(),
            values: values.collect(),
        });
    }

    /// Waits until what is on the screen was read.
    pub(super) async fn on(&mut self) -> Turn {
        self.pause("Enter goes on. ").await
    }

    /// The same with a prompt of its own.
    pub(super) async fn pause(&mut self, prompt: &str) -> Turn {
        if self.session.desk.scripted() {
            return Turn::Next;
        }
        loop {
            self.session.desk.ask(prompt, false);
            match self.session.next(None).await {
                Happening::Heard(Heard::Line(text)) if text.trim().is_empty() => return Turn::Next,
                Happening::Heard(Heard::Line(text)) => match line::key(&text) {
                    Some(Key::Back) => return Turn::Back,
                    Some(Key::Skip) => return Turn::Skip,
                    Some(Key::Menu) => return Turn::Menu,
                    Some(Key::Quit) => return Turn::Leave,
                    Some(Key::Hint) => self.session.say("Nothing to do here but to read."),
                    Some(Key::Keys | Key::Lesson | Key::Close) | None => self.keys(),
                },
                Happening::Heard(Heard::Interrupted | Heard::End) | Happening::Told => return Turn::Leave,
                Happening::Changed | Happening::Due | Happening::Interrupted => {}
            }
        }
    }

    fn finish(&mut self, lesson: &Lesson, tally: &Tally) {
        self.save(lesson, Change::Finished);
        let style = *self.session.desk.style();
        self.session.desk.line("");
        let counts = format!("{}, {}.", plural(tally.connections(), "connection"), bytes(tally.bytes()));
        let skipped = self.progress.lesson(&lesson.id).map_or(0, |did| did.skipped(lesson));
        let dot = style.glyphs().dot;
        let (word, text) = match skipped {
            0 => ("DONE", format!("{} {dot} {counts}", named(lesson))),
            skipped => {
                let skipped = plural(skipped as u64, "step");
                ("END", format!("{} {dot} gone through, {skipped} skipped {dot} {counts}", named(lesson)))
            }
        };
        self.session.desk.lines(verdict(word, "", &text, Role::What, &style));
        self.session.desk.line("");
        for ladder in tally.ladder(&style) {
            self.session.desk.line(&ladder);
        }
        self.session.desk.line("");
        self.prose(lesson, &lesson.summary);
        if self.known(&lesson.question) {
            self.session.desk.line("");
            self.prose(lesson, &lesson.question);
        }
    }

    /// A line that nobody types by hand could not be run.
    pub(super) fn fails(&mut self, line: &str, why: &str) {
        if self.session.desk.scripted() {
            let why = why.lines().next().unwrap_or_default().trim_start_matches("error: ");
            // As its author wrote it.
            let words = |line: &str| shlex::split(line.strip_prefix("netlearn ").unwrap_or(line));
            let same = |own: &&String| {
                self.session.values.command(own).is_ok_and(|filled| words(&filled) == words(line))
            };
            let written = self.answers.input(&self.at).into_iter().flatten().find(same);
            let line = written.map_or(line, String::as_str);
            self.failed.get_or_insert(format!("`{line}`: {why}"));
        }
    }

    /// A run without a person has no answer for this step.
    pub(super) fn unanswered(&mut self, lesson: &Lesson, step: &Step, wanted: &str) {
        self.stuck = Some(format!("{}: step {}: the answers have no {wanted}", lesson.place, step.id));
    }
}

/// `Lesson 1 · One server, one client`; a lesson without number has its title alone.
pub(super) fn named(lesson: &Lesson) -> String {
    match lesson.number {
        Some(number) => format!("Lesson {number}: {}", lesson.title),
        None => lesson.title.clone(),
    }
}
