//! `lesson report`: what one learner did, for a teacher; and a table over the reports of many.
//!
//! A report is a file that a learner writes and hands in. Nothing is sent anywhere, and there are no accounts.

mod merge;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::command::terminal::{Target, complain, style};
use crate::command::{Context, Outcome};
use crate::event::recorder::{Delivery, Recorder};
use crate::explain::{Explanation, plural};
use crate::lesson::progress::{LessonProgress, Prediction, Progress, StepProgress};
use crate::lesson::{Answer, Kind, Lesson, Question, Step, regular};
use crate::render::style::{Role, Row, escape};
use crate::render::{Style, write_stdout};

pub(super) use merge::merge;

/// What is to be reported.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub of: Of,
    /// A file for it; none: stdout.
    pub output: Option<PathBuf>,
}

/// Whose work.
#[derive(Clone, Debug)]
pub enum Of {
    /// This learner's, by the name they want it handed in under.
    One(String),
    /// Everybody's whose report is in this folder.
    All(PathBuf),
}

/// The version of the form of reports.
const VERSION: u32 = 1;

/// The name of the form, by which a report is told from other files.
const FORM: &str = "netlearn lesson report";

/// The first words of a report that is no JSON.
const TITLE: &str = "Lessons of ";

/// The longest report that is read; octets.
const LONGEST: u64 = 4 * 1024 * 1024;

const NO_MARKS: &str = "A prediction is no mark: a wrong one, made before the run, is how
the rest is learned.";

/// One learner's work, as it is handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Report {
    /// Always [`FORM`].
    form: String,
    version: u32,
    netlearn: String,
    name: String,
    written: Timestamp,
    lessons: Vec<LessonDone>,
}

/// What was done in one lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LessonDone {
    lesson: String,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<Timestamp>,
    /// Steps that were skipped on the way, challenges not counted.
    #[serde(default)]
    skipped: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tested_out: Option<Timestamp>,
    /// In the order of the lesson.
    steps: Vec<StepDone>,
}

/// What was done in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct StepDone {
    step: String,
    kind: String,
    done: bool,
    #[serde(default)]
    skipped: bool,
    /// Attempts that were judged; what the environment stopped is not among them.
    #[serde(default)]
    attempts: u32,
    /// Those of them that were told "not yet".
    #[serde(default)]
    not_yet: u32,
    /// The highest hint that was shown.
    #[serde(default)]
    hints: u32,
    /// What the first prediction shows, where it was not so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    misconception: Option<String>,
    /// The first prediction was "no idea yet".
    #[serde(default)]
    no_idea: bool,
    /// Right and wrong answers on other days.
    #[serde(default)]
    recalled: u32,
    #[serde(default)]
    recalled_wrong: u32,
}

/// Reports one learner's work.
pub(super) fn one(
    name: &str,
    output: Option<&Path>,
    lessons: &[Lesson],
    progress: &Progress,
    context: &Context,
) -> Outcome {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > 80 {
        let what = "a report needs a name on one line, up to 80 letters: your teacher knows it by that";
        return wrong(what, "netlearn lesson report --name Ada");
    }
    let mut done: Vec<LessonDone> = Vec::new();
    for lesson in lessons {
        done.extend(progress.lesson(&lesson.id).map(|did| lesson_done(lesson, did)));
    }
    let known = |id: &str| lessons.iter().any(|lesson| lesson.id == id);
    done.extend(progress.lessons().filter(|(id, _)| !known(id)).map(|(id, did)| unknown(id, did)));
    let report = Report {
        form: FORM.to_owned(),
        version: VERSION,
        netlearn: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        written: wall(),
        lessons: done,
    };
    let text = if context.show.json {
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    } else {
        let style = style(&context.show, Target::Stdout);
        report.text(&if output.is_some() { Style { color: false, ..style } } else { style })
    };
    deliver(&text, output)
}

/// The time of day; only a recorder reads clocks.
fn wall() -> Timestamp {
    Recorder::start(Vec::new(), Delivery::Lossless).0.wall()
}

fn wrong(what: &str, instead: &str) -> Outcome {
    complain(&Explanation::step("report", what).then(instead, "instead"));
    Outcome::USAGE
}

fn lesson_done(lesson: &Lesson, did: &LessonProgress) -> LessonDone {
    let reached = did.reached.as_ref().and_then(|id| lesson.steps.iter().position(|step| step.id == *id));
    let past = |index: usize| did.finished.is_some() || reached.is_some_and(|reached| index < reached);
    let default = StepProgress::default();
    let skipped = did.skipped(lesson);
    let steps = lesson.steps.iter().enumerate().map(|(index, step)| {
        let did = did.steps.get(&step.id).unwrap_or(&default);
        step_done(step, did, past(index))
    });
    LessonDone {
        lesson: lesson.id.clone(),
        title: lesson.title.clone(),
        began: did.began,
        finished: did.finished,
        skipped: u32::try_from(skipped).unwrap_or(u32::MAX),
        tested_out: did.tested_out,
        steps: steps.collect(),
    }
}

/// `past`: the learner has come further than this step.
fn step_done(step: &Step, did: &StepProgress, past: bool) -> StepDone {
    let (kind, question) = match &step.kind {
        Kind::Say => ("say", None),
        Kind::Predict(question) => ("predict", Some(question)),
        Kind::Do(_) => ("do", None),
        Kind::Observe(_) => ("observe", None),
        Kind::Explain { .. } => ("explain", None),
        Kind::Recall(_) => ("recall", None),
    };
    let done = match &step.kind {
        Kind::Say | Kind::Explain { .. } => past && did.skipped.is_none(),
        Kind::Predict(_) => did.predicted.is_some(),
        Kind::Do(_) | Kind::Observe(_) => did.passed.is_some() || did.attempts > did.not_yet,
        Kind::Recall(_) => did.recall.is_some(),
    };
    let misconception =
        did.predicted.as_ref().zip(question).and_then(|(made, question)| shown(made, question));
    StepDone { misconception, ..plain(&step.id, kind, done, did) }
}

fn plain(id: &str, kind: &str, done: bool, did: &StepProgress) -> StepDone {
    StepDone {
        step: id.to_owned(),
        kind: kind.to_owned(),
        done,
        skipped: !done && did.skipped.is_some(),
        attempts: did.attempts,
        not_yet: did.not_yet,
        hints: did.hints,
        misconception: None,
        no_idea: did.predicted.as_ref().is_some_and(|made| made.choice.is_empty()),
        recalled: did.recall.map_or(0, |recall| recall.right),
        recalled_wrong: did.recall.map_or(0, |recall| recall.wrong),
    }
}

/// The misconception that a prediction shows, where it is known to be wrong.
fn shown(made: &Prediction, question: &Question) -> Option<String> {
    let wrong = match &question.answer {
        Answer::Fixed(right) => made.choice != *right,
        Answer::When(_) => made.right == Some(false),
    };
    let choice = question.choices.iter().find(|choice| choice.id == made.choice)?;
    choice.misconception.clone().filter(|_| wrong)
}

/// A lesson that is not at hand: what progress alone tells.
fn unknown(id: &str, did: &LessonProgress) -> LessonDone {
    let steps = did.steps.iter().map(|(step, did)| {
        let done = did.passed.is_some()
            || did.predicted.is_some()
            || did.attempts > did.not_yet
            || did.recall.is_some();
        plain(step, "", done, did)
    });
    LessonDone {
        lesson: id.to_owned(),
        title: id.to_owned(),
        began: did.began,
        finished: did.finished,
        // Which of its steps are challenges is not known here.
        skipped: 0,
        tested_out: did.tested_out,
        steps: steps.collect(),
    }
}

impl Report {
    fn text(&self, style: &Style) -> String {
        let day = self.written.strftime("%Y-%m-%d %H:%M UTC");
        let mut lines = vec![format!("{TITLE}{}, {day}", escape(&self.name)), String::new()];
        if self.lessons.is_empty() {
            lines.push("Nothing was done yet.".to_owned());
        }
        for lesson in &self.lessons {
            lines.push(
                escape(&format!("{} ({}): {}", lesson.title, lesson.lesson, lesson.state())).into_owned(),
            );
            let told = lesson.steps.iter().filter(|step| step.worth_telling());
            lines.extend(told.map(|step| step.row(style)));
            lines.push(String::new());
        }
        lines.push(NO_MARKS.to_owned());
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl LessonDone {
    fn state(&self) -> String {
        let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        match (self.finished, self.tested_out) {
            (Some(time), _) if self.skipped > 0 => {
                format!("gone through {}, {} skipped", day(time), plural(u64::from(self.skipped), "step"))
            }
            (Some(time), _) => format!("finished {}", day(time)),
            (None, Some(time)) => format!("tested out {}", day(time)),
            (None, None) => "begun".to_owned(),
        }
    }
}

impl StepDone {
    /// Whether anything was asked of the learner; what was only read is no line of its own.
    fn worth_telling(&self) -> bool {
        match self.kind.as_str() {
            "say" | "explain" => false,
            "recall" => self.done,
            _ => true,
        }
    }

    fn row(&self, style: &Style) -> String {
        let state = match (self.done, self.skipped) {
            (true, _) => "done",
            (false, true) => "skipped",
            (false, false) => "-",
        };
        let mut more = Vec::new();
        if self.attempts > 1 || self.not_yet > 0 {
            more.push(format!("attempts {}", self.attempts));
        }
        if self.hints > 0 {
            more.push(format!("hints {}", self.hints));
        }
        if self.recalled + self.recalled_wrong > 0 {
            more.push(format!("right {}, wrong {}", self.recalled, self.recalled_wrong));
        }
        if self.no_idea {
            more.push("no idea yet".to_owned());
        }
        more.extend(self.misconception.clone());
        let row = Row::new(style).put(Role::Plain, "  ").put_within(Role::Plain, &self.step, 22).to(25);
        let row = row.put(Role::Plain, &self.kind).to(34).put(Role::Plain, state).to(43);
        ended(row.put(Role::Plain, &more.join(", ")))
    }
}

/// A row as a line.
fn ended(row: Row<'_>) -> String {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = row.end(&mut out);
    String::from_utf8_lossy(&out).trim_end().to_owned()
}

/// Writes to stdout, or into a file that is a report already or is not there.
fn deliver(text: &str, output: Option<&Path>) -> Outcome {
    let Some(path) = output else {
        // A closed pipe has read enough.
        let _ = write_stdout(text.as_bytes());
        return Outcome::DONE;
    };
    if path.exists() && !is_report(path) {
        let what = format!("{} is there and is no report: it stays as it is", path.display());
        return wrong(&what, "netlearn lesson report --name Ada -o report.json --json");
    }
    match replace(path, text) {
        Ok(()) => Outcome::DONE,
        Err(error) => {
            let what = format!("{} could not be written: {error}", path.display());
            complain(
                &Explanation::step("report", what)
                    .then("netlearn lesson report --name Ada", "shows it instead"),
            );
            Outcome(23)
        }
    }
}

/// The whole file or nothing.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".netlearn-").tempfile_in(folder)?;
    #[cfg(unix)]
    {
        // A report is handed in: readable as any file that one writes oneself (temporary files are their owner's alone).
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Whether a file is one that this command wrote.
fn is_report(path: &Path) -> bool {
    let mut text = String::new();
    let read = regular::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    let table = text.starts_with(merge::TITLE);
    let form = |text: &str| {
        let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
        json.is_some_and(|json| json["form"] == FORM || json["form"] == merge::FORM)
    };
    read.is_ok() && (text.is_empty() || text.starts_with(TITLE) || table || form(&text))
}
