//! A teacher's table: what a class did, step by step.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    FORM as REPORT, LONGEST, LessonDone, NO_MARKS, Report, StepDone, VERSION, deliver, ended, wrong,
};
use crate::command::terminal::{Target, complain, style};
use crate::command::{Context, Outcome};
use crate::explain::{Explanation, plural};
use crate::lesson::{Lesson, regular};
use crate::render::Style;
use crate::render::style::{Role, Row, escape, pack};

/// The name of the form of a table.
pub(super) const FORM: &str = "netlearn lesson reports";

/// The first words of a table that is no JSON.
pub(super) const TITLE: &str = "Reports: ";

/// What a class did.
#[derive(Clone, Debug, Default, Serialize)]
struct Table {
    form: &'static str,
    version: u32,
    /// Whose reports are counted.
    names: Vec<String>,
    lessons: Vec<LessonSum>,
}

#[derive(Clone, Debug, Serialize)]
struct LessonSum {
    lesson: String,
    title: String,
    /// Learners who began it.
    begun: u32,
    finished: u32,
    /// Learners who came to its end and skipped steps on the way.
    gone_through: u32,
    tested_out: u32,
    steps: Vec<StepSum>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct StepSum {
    step: String,
    kind: String,
    /// Learners who did it, and who skipped it.
    done: u32,
    skipped: u32,
    /// Attempts of all that were told "not yet".
    not_yet: u32,
    /// Learners who took a hint, and hints of all.
    took_hints: u32,
    hints: u32,
    /// Learners who had no idea yet.
    no_idea: u32,
    /// Learners, by the misconception that their first prediction shows.
    misconceptions: BTreeMap<String, u32>,
    /// Right and wrong answers of all on other days.
    recalled: u32,
    recalled_wrong: u32,
}

/// A file that is left out, and why.
struct LeftOut {
    file: String,
    why: String,
}

/// Counts the reports of a folder. What is no report is named and left out: not met.
pub(in crate::command::lesson) fn merge(
    folder: &Path,
    output: Option<&Path>,
    lessons: &[Lesson],
    context: &Context,
) -> Outcome {
    let files = match listed(folder, output) {
        Ok(files) => files,
        Err(error) => {
            let what = format!("{} cannot be read: {error}", folder.display());
            return wrong(&what, "netlearn lesson report --merge .");
        }
    };
    let mut reports: Vec<(String, Report)> = Vec::new();
    let mut left_out = Vec::new();
    for path in files {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match read(&path) {
            Ok(Some(report)) => reports.push((file, report)),
            Ok(None) => {}
            Err(why) => left_out.push(LeftOut { file, why }),
        }
    }
    let again = newest(&mut reports);
    tell(&left_out, &again);
    if reports.is_empty() {
        let what = format!("no report is in {}; each learner writes one", folder.display());
        return wrong(&what, "netlearn lesson report --name Ada --json -o ada.json");
    }
    let table = Table::of(&reports, lessons);
    let text = if context.show.json {
        serde_json::to_string_pretty(&table).unwrap_or_default() + "\n"
    } else {
        let style = style(&context.show, Target::Stdout);
        table.text(&if output.is_some() { Style { color: false, ..style } } else { style })
    };
    match deliver(&text, output) {
        Outcome::DONE if !left_out.is_empty() => Outcome::NOT_MET,
        outcome => outcome,
    }
}

/// The files of a folder by name, but those that are hidden and the table itself.
fn listed(folder: &Path, output: Option<&Path>) -> std::io::Result<Vec<PathBuf>> {
    let table = output.and_then(|path| path.canonicalize().ok());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let own = table.is_some() && path.canonicalize().ok() == table;
        if path.is_file() && !hidden && !own {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A report; none: an earlier table, which is no surprise in such a folder.
fn read(path: &Path) -> Result<Option<Report>, String> {
    let mut text = String::new();
    let file = regular::open(path).map_err(|error| format!("it cannot be read: {error}"))?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|_| "it is no text".to_owned())?;
    if text.len() as u64 > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if text.starts_with(super::TITLE) {
        return Err("it is a report for reading: --json writes those that are counted".to_owned());
    }
    if text.starts_with(TITLE) {
        return Ok(None);
    }
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        let ours = text.contains(REPORT);
        if ours { format!("it is damaged: {error}") } else { "it is no report of netlearn lesson".to_owned() }
    })?;
    if json["form"] == FORM {
        return Ok(None);
    }
    if json["form"] != REPORT {
        return Err("it is no report of netlearn lesson".to_owned());
    }
    if let Some(version) = json["version"].as_u64().filter(|version| *version > u64::from(VERSION)) {
        return Err(format!(
            "a later netlearn wrote it (version {version} of its form; this one knows {VERSION})"
        ));
    }
    serde_json::from_value(json).map(Some).map_err(|error| format!("it is damaged: {error}"))
}

/// Another report of the same name.
struct Again {
    /// The file that is counted, and the other.
    kept: String,
    other: String,
    name: String,
    /// They say the same.
    copy: bool,
}

/// Keeps the newest report of each name; the others.
fn newest(reports: &mut Vec<(String, Report)>) -> Vec<Again> {
    // Of copies the first by name.
    reports.sort_by(|one, other| (&one.1.name, other.1.written).cmp(&(&other.1.name, one.1.written)));
    let mut again = Vec::new();
    reports.dedup_by(|later, kept| {
        let same = later.1.name == kept.1.name;
        if same {
            let (kept_file, other, name) = (kept.0.clone(), later.0.clone(), kept.1.name.clone());
            again.push(Again { kept: kept_file, other, name, copy: later.1 == kept.1 });
        }
        same
    });
    again
}

fn tell(left_out: &[LeftOut], again: &[Again]) {
    for Again { kept, other, name, copy } in again {
        if *copy {
            let what = format!("{kept} and {other} are the same report of {name}: it is counted once");
            complain(&Explanation::step("report", what));
            continue;
        }
        let what = format!("{kept} and {other} are both of {name}: the newer, {kept}, is counted");
        let words = Explanation::step("report", what);
        complain(&words.then("netlearn lesson report --name Ada-2 --json", "two learners need two names"));
    }
    for LeftOut { file, why } in left_out {
        let words = Explanation::step("report", format!("{file} is left out: {why}"));
        complain(&words.then("netlearn lesson report --name Ada --json -o ada.json", "writes a report"));
    }
}

impl Table {
    fn of(reports: &[(String, Report)], lessons: &[Lesson]) -> Table {
        let mut table = Table {
            form: FORM,
            version: VERSION,
            names: reports.iter().map(|(_, report)| report.name.clone()).collect(),
            lessons: Vec::new(),
        };
        for done in reports.iter().flat_map(|(_, report)| &report.lessons) {
            table.add(done);
        }
        let order = |sum: &LessonSum| {
            let place = lessons.iter().position(|lesson| lesson.id == sum.lesson);
            (place.unwrap_or(usize::MAX), sum.lesson.clone())
        };
        table.lessons.sort_by_key(order);
        table
    }

    fn add(&mut self, done: &LessonDone) {
        let known = self.lessons.iter().position(|sum| sum.lesson == done.lesson);
        let index = known.unwrap_or_else(|| {
            self.lessons.push(LessonSum {
                lesson: done.lesson.clone(),
                title: done.title.clone(),
                begun: 0,
                finished: 0,
                gone_through: 0,
                tested_out: 0,
                steps: Vec::new(),
            });
            self.lessons.len() - 1
        });
        let sum = &mut self.lessons[index];
        sum.begun += 1;
        sum.finished += u32::from(done.finished.is_some() && done.skipped == 0);
        sum.gone_through += u32::from(done.finished.is_some() && done.skipped > 0);
        sum.tested_out += u32::from(done.finished.is_none() && done.tested_out.is_some());
        done.steps.iter().for_each(|step| sum.add(step));
    }

    fn text(&self, style: &Style) -> String {
        let mut lines = vec![format!("{TITLE}{}", plural(self.names.len() as u64, "learner"))];
        let names = self.names.iter().enumerate().map(|(index, name)| {
            let comma = if index + 1 < self.names.len() { "," } else { "" };
            format!("{name}{comma}")
        });
        lines.extend(
            pack(style, &names.collect::<Vec<_>>(), style.columns().saturating_sub(2))
                .iter()
                .map(|line| format!("  {line}")),
        );
        lines.push(String::new());
        for lesson in &self.lessons {
            let LessonSum { title, lesson: id, begun, finished, gone_through, tested_out, .. } = lesson;
            let some =
                |count: u32, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
            let out =
                some(*gone_through, "gone through with steps skipped") + &some(*tested_out, "tested out");
            lines.push(
                escape(&format!("{title} ({id}): {begun} begun, {finished} finished{out}")).into_owned(),
            );
            let head = Row::new(style).put(Role::Heading, "  step").to(25).put(Role::Heading, "kind").to(34);
            let head = head.put(Role::Heading, "done").to(40).put(Role::Heading, "skipped").to(49);
            lines.push(ended(head.put(Role::Heading, "not yet").to(58).put(Role::Heading, "hints")));
            let told = lesson.steps.iter().filter(|step| !matches!(step.kind.as_str(), "say" | "explain"));
            lines.extend(told.flat_map(|step| step.rows(style)));
            lines.push(String::new());
        }
        lines.push(NO_MARKS.to_owned());
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl LessonSum {
    fn add(&mut self, step: &StepDone) {
        let known = self.steps.iter().position(|sum| sum.step == step.step);
        let index = known.unwrap_or_else(|| {
            let (step, kind) = (step.step.clone(), step.kind.clone());
            self.steps.push(StepSum { step, kind, ..StepSum::default() });
            self.steps.len() - 1
        });
        let sum = &mut self.steps[index];
        sum.done += u32::from(step.done);
        sum.skipped += u32::from(step.skipped);
        sum.not_yet = sum.not_yet.saturating_add(step.not_yet);
        sum.took_hints += u32::from(step.hints > 0);
        sum.hints = sum.hints.saturating_add(step.hints);
        sum.no_idea += u32::from(step.no_idea);
        sum.recalled = sum.recalled.saturating_add(step.recalled);
        sum.recalled_wrong = sum.recalled_wrong.saturating_add(step.recalled_wrong);
        if let Some(name) = &step.misconception {
            *sum.misconceptions.entry(name.clone()).or_default() += 1;
        }
    }
}

impl StepSum {
    fn rows(&self, style: &Style) -> Vec<String> {
        let number = |count: u32| if count == 0 { "-".to_owned() } else { count.to_string() };
        let row = Row::new(style).put(Role::Plain, "  ").put_within(Role::Plain, &self.step, 22).to(25);
        let row =
            row.put_within(Role::Plain, &self.kind, 8).to(34).put(Role::Plain, &number(self.done)).to(40);
        let row =
            row.put(Role::Plain, &number(self.skipped)).to(49).put(Role::Plain, &number(self.not_yet)).to(58);
        let mut rows = vec![ended(row.put(Role::Plain, &number(self.hints)))];
        let mut told: Vec<(u32, &str)> =
            self.misconceptions.iter().map(|(name, count)| (*count, name.as_str())).collect();
        told.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let mut units: Vec<String> = told.iter().map(|(count, name)| format!("{name} {count}")).collect();
        if self.no_idea > 0 {
            units.push(format!("no idea yet {}", self.no_idea));
        }
        if self.recalled + self.recalled_wrong > 0 {
            units.push(format!("right {}, wrong {}", self.recalled, self.recalled_wrong));
        }
        let units: Vec<String> = units
            .iter()
            .enumerate()
            .map(|(index, unit)| {
                let comma = if index + 1 < units.len() { "," } else { "" };
                format!("{unit}{comma}")
            })
            .collect();
        rows.extend(
            pack(style, &units, style.columns().saturating_sub(6)).iter().map(|line| format!("      {line}")),
        );
        rows
    }
}
