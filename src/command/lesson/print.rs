//! `lesson print`: a lesson as a worksheet for paper, in Markdown. What only a run tells is left blank.

use super::{guide, home};
use crate::command::Outcome;
use crate::explain::plural;
use crate::lesson::text::{Value, Values};
use crate::lesson::{Answer, Kind, Lesson, Question, Step, Task};
use crate::render::write_stdout;

/// What is filled in by hand.
const BLANK: &str = "______";

/// The first of the ports that stand for those of a run.
const FIRST: i64 = 3000;

/// A line to write on: a thematic break (CommonMark 4.1).
const LINE: &str = "________________________________________________________________________";

/// Prints the worksheet; `answers`: the teacher's, with what is right and why.
pub(super) fn print(lesson: &Lesson, answers: bool) -> Outcome {
    let sheet = Sheet::of(lesson, answers).written();
    // A closed pipe has read enough.
    let _ = write_stdout(sheet.as_bytes());
    Outcome::DONE
}

struct Sheet<'a> {
    lesson: &'a Lesson,
    answers: bool,
    values: Values,
    text: String,
}

impl<'a> Sheet<'a> {
    fn of(lesson: &'a Lesson, answers: bool) -> Sheet<'a> {
        let mut values = Values::default();
        let mut port = FIRST;
        for task in tasks(lesson) {
            for name in task.setup.free_ports.iter().chain(&task.setup.closed_ports) {
                if values.get(name).is_none() {
                    values.set(name, Value::Number(port));
                    port += 1;
                }
            }
            for name in &task.setup.paths {
                values.set(name, Value::Text(format!("./{name}.sock")));
            }
        }
        Sheet { lesson, answers, values, text: String::new() }
    }

    fn written(mut self) -> String {
        let lesson = self.lesson;
        self.push(&format!("# {}", guide::named(lesson)));
        let minutes = plural(u64::from(lesson.minutes), "minute");
        if self.answers {
            self.push(&format!("Answers for the teacher. About {minutes}."));
        } else {
            self.push(&format!("Name: {BLANK}{BLANK}{BLANK}    Date: {BLANK}{BLANK}    About {minutes}"));
        }
        self.prose(&lesson.intro);
        let steps: Vec<&Step> = lesson.steps.iter().filter(|step| !recalled(step)).collect();
        for (index, step) in steps.iter().enumerate() {
            self.step(step, index + 1);
        }
        if !self.answers {
            self.explanations(&steps);
        }
        let questions: Vec<&Step> = lesson.steps.iter().filter(|step| recalled(step)).collect();
        if !questions.is_empty() {
            self.push("## On another day");
            questions.iter().for_each(|step| self.asked(step));
        }
        if !lesson.summary.is_empty() {
            self.push("## What was shown");
            self.prose(&lesson.summary);
        }
        if !lesson.question.is_empty() {
            self.push("## A question that leads on");
            self.prose(&lesson.question);
            self.notes(2);
        }
        self.text
    }

    fn push(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block.trim_end());
        self.text.push('\n');
    }

    /// Lines for notes.
    fn notes(&mut self, count: usize) {
        (0..count).for_each(|_| self.push(LINE));
    }

    fn step(&mut self, step: &Step, number: usize) {
        let word = match &step.kind {
            Kind::Say => "Read",
            Kind::Predict(_) => "Predict",
            Kind::Do(task) if task.challenge => "Challenge",
            Kind::Do(_) => "Do",
            Kind::Observe(_) => "Observe",
            Kind::Explain { .. } => "Explain",
            Kind::Recall(_) => "Recall",
        };
        self.push(&format!("## {number}. {word}"));
        match &step.kind {
            Kind::Say => self.prose(&step.body),
            Kind::Predict(_) | Kind::Observe(_) | Kind::Recall(_) => self.asked(step),
            Kind::Do(task) => self.task(step, task),
            Kind::Explain { .. } if self.answers => self.prose(&step.body),
            Kind::Explain { .. } => {
                let first = "Why did it come out so? Write your own reason first.";
                self.push(&format!("{first} Ours stands under\n\"Explanations\", step {number}."));
                self.notes(3);
            }
        }
    }

    /// A question with its choices as boxes.
    fn asked(&mut self, step: &Step) {
        let (Kind::Predict(question) | Kind::Observe(question) | Kind::Recall(question)) = &step.kind else {
            return;
        };
        self.prose(&step.body);
        let unsure = !matches!(step.kind, Kind::Observe(_)) && !self.answers;
        let mut boxes = String::new();
        for choice in &question.choices {
            let right =
                self.answers && matches!(&question.answer, Answer::Fixed(right) if *right == choice.id);
            let mark = if right { 'x' } else { ' ' };
            boxes.push_str(&item(&format!("- [{mark}] "), &self.filled(&choice.text)));
            let feedback = choice.feedback.as_ref().filter(|_| self.answers);
            if let Some(feedback) = feedback {
                let quoted = self.filled(feedback);
                quoted.trim().lines().for_each(|line| boxes.push_str(&format!("  > {line}\n")));
            }
        }
        if unsure {
            boxes.push_str("- [ ] no idea yet\n");
        }
        self.push(&boxes);
        if self.answers {
            self.about(question);
        }
    }

    /// What a teacher may want to know of a question.
    fn about(&mut self, question: &Question) {
        if matches!(question.answer, Answer::When(_)) {
            self.push("Which of them is right, the run decides: systems differ here.");
        }
        let named = question.choices.iter().filter_map(|choice| {
            Some(format!(
                "{} ({})",
                self.filled(&choice.text).replace('\n', " "),
                choice.misconception.as_ref()?
            ))
        });
        let named: Vec<String> = named.collect();
        if !named.is_empty() {
            self.push(&format!("In a report: {}.", named.join("; ")));
        }
    }

    fn task(&mut self, step: &Step, task: &Task) {
        self.prose(&step.body);
        if !self.answers {
            self.push("What happened:");
            self.notes(3);
            return;
        }
        let solution: Vec<String> = task.solution.iter().map(|line| self.command(line)).collect();
        self.push(&format!("Solution:\n\n~~~text\n{}\n~~~", solution.join("\n")));
        if task.solution.iter().any(|line| line.trim() == ":eof") {
            self.push("`:eof` stands for Ctrl-D.");
        }
        for (index, hint) in task.hints.iter().enumerate() {
            self.push(&format!("Hint {}:", index + 1));
            self.prose(hint);
        }
        self.push("Why it works:");
        self.prose(&task.why);
        if let Some(without) = step.without.as_ref().filter(|_| !step.needs.is_empty()) {
            let facts: Vec<&str> = step.needs.iter().map(|fact| fact.name()).collect();
            self.push(&format!("Where the system does not tell {}:", facts.join(", ")));
            self.prose(without);
        }
    }

    /// On paper nobody is kept from reading on: explanations stand behind all the steps.
    fn explanations(&mut self, steps: &[&Step]) {
        let explained =
            steps.iter().enumerate().filter(|(_, step)| matches!(step.kind, Kind::Explain { .. }));
        let explained: Vec<(usize, &&Step)> = explained.collect();
        if explained.is_empty() {
            return;
        }
        self.push("## Explanations");
        for (index, step) in explained {
            self.push(&format!("### Step {}", index + 1));
            self.prose(&step.body);
        }
    }

    fn prose(&mut self, markdown: &str) {
        let filled = self.filled(markdown);
        let block = fenced(self.lesson, &uncommented(&filled));
        if !block.trim().is_empty() {
            self.push(block.trim());
        }
    }

    /// Text with ports in place of their names, and blanks in place of what a run gives.
    fn filled(&mut self, markdown: &str) -> String {
        let markdown = uncommented(markdown);
        loop {
            match self.values.fill(&markdown) {
                Ok(text) => return text,
                Err(unknown) if unknown.0.is_empty() => return markdown,
                Err(unknown) => {
                    unknown.0.iter().for_each(|name| self.values.set(name, Value::Text(BLANK.to_owned())))
                }
            }
        }
    }

    fn command(&mut self, line: &str) -> String {
        loop {
            match self.values.command(line) {
                Ok(text) => return text,
                Err(unknown) if unknown.0.is_empty() => return line.to_owned(),
                Err(unknown) => {
                    unknown.0.iter().for_each(|name| self.values.set(name, Value::Text(BLANK.to_owned())))
                }
            }
        }
    }
}

fn recalled(step: &Step) -> bool {
    matches!(step.kind, Kind::Recall(_))
}

fn tasks(lesson: &Lesson) -> impl Iterator<Item = &Task> {
    lesson.steps.iter().filter_map(|step| match &step.kind {
        Kind::Do(task) => Some(task.as_ref()),
        Kind::Say | Kind::Predict(_) | Kind::Observe(_) | Kind::Explain { .. } | Kind::Recall(_) => None,
    })
}

/// Text behind a mark, its further lines indented.
fn item(mark: &str, text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = format!("{mark}{}\n", lines.next().unwrap_or_default());
    lines.fold(first, |text, line| format!("{text}  {line}\n"))
}

/// Markdown without the comments of its author, which stand outside of fences.
fn uncommented(markdown: &str) -> String {
    let mut kept = String::new();
    let mut fence: Option<&str> = None;
    let mut comment = false;
    for line in markdown.split_inclusive('\n') {
        let text = line.trim();
        if comment {
            comment = !text.contains("-->");
        } else if let Some(sign) = fence {
            kept.push_str(line);
            if text.starts_with(sign) && text.chars().all(|c| sign.starts_with(c)) {
                fence = None;
            }
        } else if text.starts_with("<!--") {
            comment = !text.contains("-->");
        } else {
            fence = ["~~~", "```"].into_iter().find(|sign| text.starts_with(sign));
            kept.push_str(line);
        }
    }
    kept
}

/// Fences of the lessons as any Markdown reader has them: what is typed as text, programs with the numbers of their lines.
fn fenced(lesson: &Lesson, markdown: &str) -> String {
    let mut text = String::new();
    for line in markdown.lines() {
        let info = line.trim().trim_start_matches('~').trim_start_matches('`').trim();
        let opens = line.trim().starts_with("~~~") || line.trim().starts_with("```");
        if opens && info == "type" {
            text.push_str("~~~text\n");
        } else if let Some(about) = info.strip_prefix("program ").filter(|_| opens) {
            let (name, _) = about.split_once(' ').unwrap_or((about, ""));
            text.push_str(&format!("`{name}`:\n\n~~~text\n"));
            for (number, line) in home::listing(lesson, about) {
                text.push_str(&format!("{number:>3}  {line}\n"));
            }
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_the_authors() {
        let text = "a\n<!-- one -->\nb\n<!-- two\nlines -->\n\n~~~sh\n<!-- kept -->\n~~~\nc\n";
        assert_eq!(uncommented(text), "a\nb\n\n~~~sh\n<!-- kept -->\n~~~\nc\n");
    }

    #[test]
    fn a_choice_of_several_lines_is_one_item() {
        assert_eq!(item("- [ ] ", "one\ntwo\n"), "- [ ] one\n  two\n");
    }
}
