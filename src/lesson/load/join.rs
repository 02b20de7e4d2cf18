//! Puts the prose of a lesson to its steps.

use std::collections::HashMap;

use super::names::hint;
use crate::lesson::prose::{Prose, Section, SubSection, Text, listings};
use crate::lesson::{Answer, Kind, LessonError, Program, Question, Step, Task};

/// Collects the faults of one language's prose.
pub(super) struct Joiner<'a> {
    pub(super) file: String,
    pub(super) programs: &'a [Program],
    pub(super) faults: Vec<LessonError>,
}

impl Joiner<'_> {
    fn fault(&mut self, line: usize, step: Option<&str>, what: String) {
        let step = step.map(str::to_owned);
        self.faults.push(LessonError { file: self.file.clone(), line: line.max(1), step, what });
    }

    /// Gives each step its section, and finds what has no counterpart.
    pub(super) fn join(&mut self, steps: &mut [Step], unread: &[String], prose: &Prose) {
        if prose.title.is_empty() {
            self.fault(1, None, "the prose begins with `# ` and the lesson's title".to_owned());
        }
        for (name, line) in &prose.misplaced {
            let what = format!(
                "the heading `{name}` stands where none may: `# title`, then `## step`, then `### part`"
            );
            self.fault(*line, None, what);
        }
        let ids: Vec<String> =
            steps.iter().map(|step| step.id.clone()).chain(unread.iter().cloned()).collect();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for section in &prose.sections {
            if let Some(first) = seen.insert(&section.name, section.line) {
                self.fault(
                    section.line,
                    None,
                    format!("`## {}` stands here again, after line {first}", section.name),
                );
            }
            if section.name == "summary" {
                self.parts(section, None, &["question"]);
            } else if !ids.contains(&section.name) {
                let near = hint(&section.name, ids.iter().map(String::as_str).chain(["summary"]));
                let what = format!("`## {}` is the id of no step{near}", section.name);
                self.fault(section.line, None, what);
            }
        }
        for step in steps {
            match prose.sections.iter().find(|section| section.name == step.id) {
                Some(section) => self.step(step, section),
                None => self.fault(1, Some(&step.id), format!("there is no `## {}`", step.id)),
            }
        }
        for (text, step) in texts(prose) {
            self.text(text, step);
        }
    }

    /// Listings that show what is there, and braces that hold names.
    fn text(&mut self, text: &Text, step: Option<&str>) {
        for line in text.strays() {
            self.fault(
                line,
                step,
                "a brace that holds no name; write `{{` or `}}` for the brace itself".to_owned(),
            );
        }
        for listing in listings(text) {
            let listing = match listing {
                Ok(listing) => listing,
                Err(line) => {
                    self.fault(line, step, "a listing is `~~~program name 3-15`".to_owned());
                    continue;
                }
            };
            let Some(program) = self.programs.iter().find(|program| program.name == listing.program) else {
                let near = hint(&listing.program, self.programs.iter().map(|program| program.name.as_str()));
                self.fault(listing.line, step, format!("there is no programs/{}{near}", listing.program));
                continue;
            };
            let lines = program.text.lines().count();
            if let Some((_, last)) = listing.lines.filter(|(_, last)| *last > lines) {
                let what = format!("`{}` has {lines} lines, there is no line {last}", program.name);
                self.fault(listing.line, step, what);
            }
        }
    }

    /// Parts of a section that none of its kind has, or that stand there twice.
    fn parts(&mut self, section: &Section, step: Option<&str>, known: &[&str]) {
        for (index, part) in section.parts.iter().enumerate() {
            if !known.contains(&part.name.as_str()) {
                let near = hint(&part.name, known.iter().copied());
                self.fault(part.line, step, format!("`### {}` has no meaning here{near}", part.name));
            }
            if section.parts[..index].iter().any(|other| other.name == part.name) {
                self.fault(part.line, step, format!("`### {}` stands here twice", part.name));
            }
        }
    }

    fn step(&mut self, step: &mut Step, section: &Section) {
        let id = step.id.clone();
        step.heading = section.line;
        step.body.clone_from(&section.body.markdown);
        if step.body.is_empty() {
            self.fault(section.line, Some(&id), "there is nothing to read".to_owned());
        }
        let mut known: Vec<String> = Vec::new();
        if let Kind::Do(_) = &step.kind {
            known.extend(task_parts(""));
        }
        if !step.needs.is_empty() {
            known.push("without".to_owned());
            step.without = section
                .part("without")
                .map(|part| part.body.markdown.clone())
                .filter(|text| !text.is_empty());
            if step.without.is_none() {
                let what = "the step needs a fact: `### without` is what is read where that is missing";
                self.fault(section.line, Some(&id), what.to_owned());
            }
        }
        match &mut step.kind {
            Kind::Say | Kind::Explain { .. } => {}
            Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question) => {
                known.extend(question.choices.iter().map(|choice| format!("choice {}", choice.id)));
                self.question(question, section, &id);
            }
            Kind::Do(task) => {
                self.task(task, section, &id, "");
                if let Some(mut other) = task.without.take() {
                    known.extend(task_parts("without "));
                    other.hints.clone_from(&task.hints);
                    other.why.clone_from(&task.why);
                    other.elsewhere.clone_from(&task.elsewhere);
                    self.task(&mut other, section, &id, "without ");
                    task.without = Some(other);
                }
            }
        }
        self.parts(section, Some(&id), &known.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn question(&mut self, question: &mut Question, section: &Section, id: &str) {
        let right = match &question.answer {
            Answer::Fixed(right) => Some(right.clone()),
            Answer::When(_) => None,
        };
        // An answer that is none of the choices is a fault already, and says nothing of the others.
        let known =
            right.as_ref().is_none_or(|right| question.choices.iter().any(|choice| choice.id == *right));
        for choice in &mut question.choices {
            let Some(part) = section.part(&format!("choice {}", choice.id)) else {
                self.fault(section.line, Some(id), format!("there is no `### choice {}`", choice.id));
                continue;
            };
            let (text, feedback) = part.body.quoted();
            choice.text = text.markdown;
            choice.feedback = feedback.map(|text| text.markdown).filter(|text| !text.is_empty());
            if choice.text.is_empty() {
                self.fault(part.line, Some(id), format!("the choice `{}` has no text", choice.id));
            }
            if known && choice.feedback.is_none() && right.as_ref() != Some(&choice.id) {
                let what = format!(
                    "the choice `{}` can be wrong and says nothing then: a quote (`> `) under it is its feedback",
                    choice.id
                );
                self.fault(part.line, Some(id), what);
            }
        }
    }

    /// Hints and reasons: a `without ` task has its own where they are there, and those of the task otherwise.
    fn task(&mut self, task: &mut Task, section: &Section, id: &str, prefix: &str) {
        let own = |name: &str| {
            section.part(&format!("{prefix}{name}")).filter(|part| !part.body.markdown.is_empty())
        };
        let markdown = |part: &SubSection| part.body.markdown.clone();
        let hints: Vec<Option<&SubSection>> = (1..=3).map(|n| own(&format!("hint {n}"))).collect();
        let alone = prefix.is_empty() || hints.iter().any(Option::is_some);
        if alone {
            for (index, _) in hints.iter().enumerate().filter(|(_, hint)| hint.is_none()) {
                let what =
                    format!("there is no `### {prefix}hint {}` (a nudge, more, the command)", index + 1);
                self.fault(section.line, Some(id), what);
            }
            task.hints = hints.into_iter().flatten().map(markdown).collect();
        }
        match own("why") {
            Some(part) => task.why = markdown(part),
            None if prefix.is_empty() => {
                self.fault(section.line, Some(id), "there is no `### why` (why it worked)".to_owned());
            }
            None => {}
        }
        if let Some(part) = own("elsewhere") {
            task.elsewhere = Some(markdown(part));
        }
    }
}

fn task_parts(prefix: &str) -> impl Iterator<Item = String> {
    ["hint 1", "hint 2", "hint 3", "why", "elsewhere"].into_iter().map(move |name| format!("{prefix}{name}"))
}

/// Every text of a lesson, and the step it belongs to.
pub(super) fn texts(prose: &Prose) -> Vec<(&Text, Option<&str>)> {
    let mut texts = vec![(&prose.intro, None)];
    for section in &prose.sections {
        let step = Some(section.name.as_str()).filter(|name| *name != "summary");
        texts.push((&section.body, step));
        texts.extend(section.parts.iter().map(|part| (&part.body, step)));
    }
    texts
}
