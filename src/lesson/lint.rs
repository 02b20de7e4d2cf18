//! What a lesson's author may want to know of a lesson that loads.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthStr as _;

use super::text::parts::names;
use super::{Answer, Fact, Kind, LAN, Lesson, Question, Step, Task};

/// Words read in a minute.
const WORDS_A_MINUTE: usize = 150;

/// Minutes for a prediction, and for a task.
const PREDICTION: usize = 1;
const TASK: usize = 2;

/// More predictions tire.
const MOST_PREDICTIONS: usize = 3;

/// Columns of a line within a fence, and rows of one step's screen at 80 columns.
const FENCE: usize = 72;
const ROWS: usize = 18;
const COLUMNS: usize = 80;

/// Something that is no fault and that its author may want to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub step: Option<String>,
    pub what: String,
}

/// Looks a lesson over: its length against `minutes`, screens and fences that do not fit, wrong choices that show no
/// misconception, programs that nothing uses, values that are not there on every system.
pub fn lint(lesson: &Lesson) -> Vec<Warning> {
    let mut linter = Linter { lesson, warnings: Vec::new() };
    linter.length();
    for step in &lesson.steps {
        linter.step(step);
        linter.lan(step);
    }
    linter.unanswered();
    linter.programs();
    linter.values();
    linter.end();
    linter.warnings.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    linter.warnings
}

struct Linter<'a> {
    lesson: &'a Lesson,
    warnings: Vec<Warning>,
}

impl Linter<'_> {
    fn structure(&mut self, line: usize, step: Option<&Step>, what: String) {
        let file = format!("{}/lesson.toml", self.lesson.place);
        self.warnings.push(Warning { file, line, step: step.map(|step| step.id.clone()), what });
    }

    fn prose(&mut self, line: usize, step: Option<&Step>, what: String) {
        let file = format!("{}/{}.md", self.lesson.place, self.lesson.language);
        self.warnings.push(Warning { file, line, step: step.map(|step| step.id.clone()), what });
    }

    /// What is read in a run through the lesson: questions for another day and challenges are no part of it.
    fn length(&mut self) {
        let lesson = self.lesson;
        let counted = |step: &&Step| match &step.kind {
            Kind::Recall(_) => false,
            Kind::Do(task) => !task.challenge,
            Kind::Say | Kind::Predict(_) | Kind::Observe(_) | Kind::Explain { .. } => true,
        };
        let steps: Vec<&Step> = lesson.steps.iter().filter(counted).collect();
        let read = steps.iter().flat_map(|step| read_once(step)).chain([
            &*lesson.intro,
            &lesson.summary,
            &lesson.question,
        ]);
        let words: usize = read.map(words).sum();
        let predictions = steps.iter().filter(|step| matches!(step.kind, Kind::Predict(_))).count();
        let tasks = steps.iter().filter(|step| matches!(step.kind, Kind::Do(_))).count();
        let needed = (words + WORDS_A_MINUTE / 2) / WORDS_A_MINUTE + PREDICTION * predictions + TASK * tasks;
        if needed > lesson.minutes as usize {
            let [said, words, predictions, tasks] = [
                (lesson.minutes as usize, "minute"),
                (words, "word"),
                (predictions, "prediction"),
                (tasks, "task"),
            ]
            .map(|(count, what)| number_of(count, what));
            let what = format!("it says {said} and takes about {needed}: {words}, {predictions}, {tasks}");
            self.structure(lesson.minutes_line, None, what);
        }
        if predictions > MOST_PREDICTIONS {
            let what = format!("{predictions} predictions; more than {MOST_PREDICTIONS} tire");
            self.structure(1, None, what);
        }
    }

    /// A prediction that is never answered has taught nothing.
    fn unanswered(&mut self) {
        let lesson = self.lesson;
        let answered: Vec<&String> = lesson
            .steps
            .iter()
            .filter_map(|step| if let Kind::Explain { of } = &step.kind { Some(of) } else { None })
            .flatten()
            .collect();
        let predictions = lesson.steps.iter().filter(|step| matches!(step.kind, Kind::Predict(_)));
        for step in predictions.filter(|step| !answered.contains(&&step.id)) {
            let what = format!("no `explain` step answers this prediction: `of = [\"{}\"]`", step.id);
            self.structure(step.line, Some(step), what);
        }
    }

    fn step(&mut self, step: &Step) {
        let mut texts = vec![&step.body];
        texts.extend(&step.without);
        match &step.kind {
            Kind::Say | Kind::Explain { .. } => {}
            Kind::Predict(question) | Kind::Observe(question) => {
                self.misconceptions(step, question);
                self.rows(step, question.choices.iter().map(|choice| rows(&choice.text)).sum::<usize>() + 1);
            }
            Kind::Recall(_) => {}
            Kind::Do(task) => {
                texts.extend(task.hints.iter().chain([&task.why]).chain(&task.elsewhere));
                self.task(step, task);
            }
        }
        if let Kind::Do(task) = &step.kind {
            // That of a challenge is shown after its pass.
            let elsewhere = task.elsewhere.as_ref().filter(|_| !task.challenge);
            self.rows(step, elsewhere.map_or(0, |elsewhere| rows(elsewhere) + 1));
        } else if !matches!(step.kind, Kind::Predict(_) | Kind::Observe(_)) {
            self.rows(step, 0);
        }
        for text in texts {
            for line in wide_fences(text) {
                self.prose(
                    step.heading,
                    Some(step),
                    format!("a line within a fence is wider than {FENCE} columns: `{line}`"),
                );
            }
        }
    }

    fn rows(&mut self, step: &Step, more: usize) {
        let needed = rows(&step.body) + more;
        if needed > ROWS {
            self.prose(
                step.heading,
                Some(step),
                format!("about {needed} rows at {COLUMNS} columns, more than {ROWS}"),
            );
        }
    }

    fn misconceptions(&mut self, step: &Step, question: &Question) {
        let wrong = |id: &str| match &question.answer {
            Answer::Fixed(right) => right != id,
            Answer::When(answers) => answers.iter().all(|(right, _)| right != id),
        };
        let without =
            question.choices.iter().filter(|choice| choice.misconception.is_none() && wrong(&choice.id));
        for choice in without {
            self.structure(
                step.line,
                Some(step),
                format!("the wrong choice `{}` shows no misconception", choice.id),
            );
        }
    }

    fn task(&mut self, step: &Step, task: &Task) {
        if task.wrong.is_empty() {
            self.structure(
                step.line,
                Some(step),
                "no wrong attempt shows that the check can tell".to_owned(),
            );
        }
        if task.elsewhere.is_none() {
            let what = "no `### elsewhere`: what another terminal or a browser would do instead";
            self.prose(step.heading, Some(step), what.to_owned());
        }
        if let Some(other) = &task.without
            && other.hints == task.hints
            && other.solution != task.solution
        {
            let what = "the task without its fact has no hints of its own (`### without hint 1`): those of the task are shown";
            self.prose(step.heading, Some(step), what.to_owned());
        }
    }

    fn programs(&mut self) {
        let lesson = self.lesson;
        for program in &lesson.programs {
            let name = program.name.as_str();
            let task =
                |step: &Step| matches!(&step.kind, Kind::Do(task) if task.program.as_deref() == Some(name));
            let typed = |step: &Step| match &step.kind {
                Kind::Do(task) => task.setup.run.iter().chain(&task.solution).any(|line| line.contains(name)),
                Kind::Say | Kind::Predict(_) | Kind::Observe(_) | Kind::Explain { .. } | Kind::Recall(_) => {
                    false
                }
            };
            let told = |step: &Step| read(step).iter().any(|text| text.contains(name));
            if !lesson.steps.iter().any(|step| task(step) || typed(step) || told(step)) {
                self.structure(1, None, format!("nothing uses programs/{name}"));
            }
        }
    }

    /// Values that are measured only where a fact is there, and read all the same.
    fn values(&mut self) {
        let lesson = self.lesson;
        for step in lesson.steps.iter().filter(|step| !step.needs.is_empty()) {
            let Kind::Do(task) = &step.kind else { continue };
            // A step that needs the same facts is not read whole where one is missing.
            let always = |other: &&Step| !step.needs.iter().all(|fact| other.needs.contains(fact));
            let texts = lesson.steps.iter().filter(always).flat_map(read);
            let instead = lesson.steps.iter().filter_map(|step| step.without.as_deref());
            let texts = texts.chain(instead).chain([&*lesson.summary, &lesson.question]);
            let read: BTreeSet<&str> = texts.flat_map(names).collect();
            let there =
                |name: &&String| task.without.as_ref().is_some_and(|other| other.measure.contains_key(*name));
            for name in task.measure.keys().filter(|name| !there(name)) {
                let whole = format!("{}.{name}", step.id);
                if read.contains(whole.as_str()) {
                    let facts = step.needs.iter().map(|fact| fact.name()).collect::<Vec<_>>().join(" or ");
                    let what =
                        format!("`{{{whole}}}` has no value where {facts} is missing, and is read there");
                    self.structure(step.line, Some(step), what);
                }
            }
        }
    }

    /// The address of this machine is told only where it has one.
    fn lan(&mut self, step: &Step) {
        let told = read(step).into_iter().flat_map(names).any(|name| name == LAN);
        if told && !step.needs.contains(&Fact::Lan) {
            let what = format!("it reads `{{{LAN}}}` and does not say `needs = [\"{}\"]`", Fact::Lan.name());
            self.structure(step.line, Some(step), what);
        }
    }

    fn end(&mut self) {
        if self.lesson.summary.is_empty() {
            self.prose(1, None, "no `## summary`: what was shown".to_owned());
        } else if self.lesson.question.is_empty() {
            self.prose(
                1,
                None,
                "no `### question` in the summary: the open question that leads on".to_owned(),
            );
        }
    }
}

/// `1 task`, `2 tasks`.
fn number_of(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What a learner who needs no hint reads of a step: of the feedback, one.
fn read_once(step: &Step) -> Vec<&str> {
    let mut texts = vec![step.body.as_str()];
    match &step.kind {
        Kind::Say | Kind::Explain { .. } => {}
        Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question) => {
            texts.extend(question.choices.iter().map(|choice| choice.text.as_str()));
            let feedback = question.choices.iter().filter_map(|choice| choice.feedback.as_deref());
            texts.extend(feedback.max_by_key(|text| words(text)));
        }
        Kind::Do(task) => texts.push(&task.why),
    }
    texts
}

/// All the prose of a step.
fn read(step: &Step) -> Vec<&str> {
    let mut texts = vec![step.body.as_str()];
    texts.extend(step.without.as_deref());
    match &step.kind {
        Kind::Say | Kind::Explain { .. } => {}
        Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question) => {
            let both = question
                .choices
                .iter()
                .flat_map(|choice| [Some(choice.text.as_str()), choice.feedback.as_deref()]);
            texts.extend(both.flatten());
        }
        Kind::Do(task) => {
            for task in std::iter::once(&**task).chain(task.without.as_deref()) {
                texts.extend(task.hints.iter().map(String::as_str));
                texts.push(&task.why);
                texts.extend(task.elsewhere.as_deref());
            }
        }
    }
    texts
}

fn words(markdown: &str) -> usize {
    let count = |event| match event {
        Event::Text(text) | Event::Code(text) => text.split_whitespace().count(),
        Event::Start(_)
        | Event::End(_)
        | Event::Html(_)
        | Event::InlineHtml(_)
        | Event::FootnoteReference(_)
        | Event::SoftBreak
        | Event::HardBreak
        | Event::Rule
        | Event::TaskListMarker(_)
        | Event::InlineMath(_)
        | Event::DisplayMath(_) => 0,
    };
    Parser::new(markdown).map(count).sum()
}

/// About how many rows a text takes at 80 columns; blocks have an empty row between them.
fn rows(markdown: &str) -> usize {
    let mut rows = 0;
    let mut width = 0;
    let mut fenced = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                fenced = true;
                rows += listed(&kind);
            }
            Event::End(TagEnd::CodeBlock) => {
                fenced = false;
                rows += 1;
            }
            Event::Text(text) if fenced => rows += text.lines().count(),
            Event::Text(text) | Event::Code(text) => width += text.width(),
            Event::SoftBreak => width += 1,
            Event::End(TagEnd::Paragraph) => {
                rows += width.div_ceil(COLUMNS) + 1;
                width = 0;
            }
            Event::End(TagEnd::Item) | Event::HardBreak => {
                rows += width.div_ceil(COLUMNS);
                width = 0;
            }
            Event::Start(_)
            | Event::End(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }
    rows.saturating_sub(1)
}

/// Rows of a program's lines that a fence shows.
fn listed(kind: &pulldown_cmark::CodeBlockKind<'_>) -> usize {
    let pulldown_cmark::CodeBlockKind::Fenced(info) = kind else { return 0 };
    let mut words = info.split_whitespace();
    let span = (words.next() == Some("program")).then(|| words.nth(1)).flatten();
    let ends = span.and_then(|span| span.split_once('-'));
    let ends =
        ends.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)));
    ends.map_or(0, |(first, last)| last.saturating_sub(first) + 1)
}

fn wide_fences(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for event in Parser::new(markdown) {
        if let Event::Start(Tag::CodeBlock(_)) = event {
            fenced = true;
        } else if let Event::End(TagEnd::CodeBlock) = event {
            fenced = false;
        } else if let Event::Text(text) = event
            && fenced
        {
            found.extend(text.lines().filter(|line| line.width() > FENCE).map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests;
