//! Reads lesson.toml: everything of a lesson but its prose.

use super::names::{hint, nearest};
use super::reader::{Entry, Fields, Reader};
use crate::lesson::{Answer, Beside, Choice, Fact, Kind, Pattern, Program, Question, Step};

/// The version of the format that is read.
const FORMAT: u64 = 1;

/// Kinds of steps.
const KINDS: [&str; 6] = ["say", "predict", "do", "observe", "explain", "recall"];

/// A lesson without its prose.
#[derive(Debug, Default)]
pub(super) struct Structure {
    pub(super) id: String,
    pub(super) minutes: u32,
    pub(super) minutes_line: usize,
    pub(super) requires: Vec<String>,
    pub(super) requires_line: usize,
    pub(super) steps: Vec<Step>,
    /// Ids of steps that could not be read: what refers to them is no fault of its own.
    pub(super) unread: Vec<String>,
    pub(super) beside: Vec<Beside>,
}

impl Reader<'_> {
    /// Reads the whole file; none where it is no TOML.
    pub(super) fn structure(&mut self, programs: &[Program]) -> Option<Structure> {
        let document = self.parse()?;
        let mut fields = Fields::of(document.get_ref(), 0);
        let mut structure = Structure::default();
        if let Some(entry) = self.needed(&mut fields, "format_version", "a lesson")
            && let Some(version) = self.count(entry)
            && version != FORMAT
        {
            self.fault(
                entry.at,
                format!("format_version {version} is not known here; this netlearn reads {FORMAT}"),
            );
            return None;
        }
        if let Some(entry) = self.needed(&mut fields, "id", "a lesson") {
            structure.id = self.id(entry).unwrap_or_default();
        }
        if let Some(entry) = self.needed(&mut fields, "minutes", "a lesson") {
            let minutes = self.count(entry).and_then(|minutes| u32::try_from(minutes).ok());
            structure.minutes = minutes.unwrap_or_default();
            structure.minutes_line = self.line(entry.at);
            if minutes == Some(0) {
                self.fault(entry.at, "a lesson takes a minute at least".to_owned());
            }
        }
        if let Some(entry) = fields.take("requires") {
            structure.requires = self.texts(entry);
            structure.requires_line = self.line(entry.at);
        }
        if let Some(entry) = fields.take("beside") {
            structure.beside = self.besides(entry, programs);
        }
        match self.needed(&mut fields, "step", "a lesson") {
            Some(entry) => structure.steps = self.steps(entry, programs, &mut structure.unread),
            None => structure.steps = Vec::new(),
        }
        self.unknown(fields, "a lesson");
        Some(structure)
    }

    fn id(&mut self, entry: Entry<'_, '_>) -> Option<String> {
        let id = self.text(entry)?;
        self.name(&id, entry.at);
        Some(id)
    }

    fn besides(&mut self, entry: Entry<'_, '_>, programs: &[Program]) -> Vec<Beside> {
        let mut besides = Vec::new();
        for mut fields in self.tables(entry) {
            let place = "a `beside`";
            let program =
                self.needed(&mut fields, "program", place).and_then(|entry| self.program(entry, programs));
            let line = self.needed(&mut fields, "line", place);
            let number = line.and_then(|entry| self.count(entry)).and_then(|line| usize::try_from(line).ok());
            let on = self.needed(&mut fields, "on", place).and_then(|entry| self.one_alone(entry));
            self.unknown(fields, place);
            let (Some(program), Some(entry), Some(number), Some(on)) = (program, line, number, on) else {
                continue;
            };
            let lines = programs
                .iter()
                .find(|known| known.name == program)
                .map_or(0, |known| known.text.lines().count());
            if number == 0 || number > lines {
                self.fault(
                    entry.at,
                    format!("`{program}` has lines 1 to {lines}, there is no line {number}"),
                );
            }
            besides.push(Beside { program, line: number, on });
        }
        besides
    }

    /// A program of the lesson; a fault where there is none of that name.
    pub(super) fn program(&mut self, entry: Entry<'_, '_>, programs: &[Program]) -> Option<String> {
        let name = self.text(entry)?;
        let known = || programs.iter().map(|program| program.name.as_str());
        if known().any(|known| known == name) {
            return Some(name);
        }
        self.fault(entry.at, format!("there is no programs/{name}{}", hint(&name, known())));
        None
    }

    fn steps(&mut self, entry: Entry<'_, '_>, programs: &[Program], unread: &mut Vec<String>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut explained: Vec<(String, Vec<String>, usize)> = Vec::new();
        for fields in self.tables(entry) {
            let at = fields.at;
            if let Some(step) = self.step(fields, programs) {
                if steps.iter().any(|other| other.id == step.id) {
                    self.fault(at, format!("there are two steps `{}`", step.id));
                }
                if step.id == "summary" {
                    self.fault(at, "`summary` is the heading of the lesson's end, no step's".to_owned());
                }
                if let Kind::Explain { of } = &step.kind {
                    explained.push((step.id.clone(), of.clone(), at));
                }
                steps.push(step);
            } else {
                unread.extend(self.step.take());
            }
            self.step = None;
        }
        if steps.is_empty() {
            self.fault(entry.at, "a lesson needs steps".to_owned());
        }
        if !unread.is_empty() {
            return steps;
        }
        for (step, of, at) in explained {
            self.step = Some(step.clone());
            self.explained(&steps, &step, &of, at);
            self.step = None;
        }
        steps
    }

    /// What an explanation answers must be a prediction before it.
    fn explained(&mut self, steps: &[Step], step: &str, of: &[String], at: usize) {
        let before: Vec<&Step> = steps.iter().take_while(|other| other.id != step).collect();
        let predictions: Vec<&str> = before
            .iter()
            .filter(|step| matches!(step.kind, Kind::Predict(_)))
            .map(|step| step.id.as_str())
            .collect();
        for name in of.iter().filter(|name| !predictions.contains(&name.as_str())) {
            let near = hint(name, predictions.iter().copied());
            self.fault(
                at,
                format!("`of` names `{name}`, and no prediction before this step has that id{near}"),
            );
        }
    }

    fn step(&mut self, mut fields: Fields<'_, '_>, programs: &[Program]) -> Option<Step> {
        let at = fields.at;
        let id = self.needed(&mut fields, "id", "a step").and_then(|entry| self.id(entry));
        self.step.clone_from(&id);
        let entry = self.needed(&mut fields, "kind", "a step")?;
        let kind = self.text(entry)?;
        let needs = fields.take("needs").map(|entry| self.needs(entry)).unwrap_or_default();
        let place = format!("a `{kind}` step");
        let kind = match kind.as_str() {
            "say" => Kind::Say,
            "predict" => Kind::Predict(self.question(&mut fields, &place, true)),
            "observe" => Kind::Observe(self.question(&mut fields, &place, true)),
            "recall" => Kind::Recall(self.question(&mut fields, &place, false)),
            "explain" => {
                Kind::Explain { of: fields.take("of").map(|entry| self.of(entry)).unwrap_or_default() }
            }
            "do" => Kind::Do(Box::new(self.whole_task(&mut fields, &place, programs, &needs))),
            other => {
                let near = hint(other, KINDS);
                let all = KINDS.join(", ");
                self.fault(entry.at, format!("there is no kind of step `{other}`{near}; kinds are {all}"));
                return None;
            }
        };
        self.unknown(fields, &place);
        let (body, without) = (String::new(), None);
        Some(Step { id: id?, kind, body, without, needs, line: self.line(at), heading: 0 })
    }

    /// The predictions that an explanation answers.
    fn of(&mut self, entry: Entry<'_, '_>) -> Vec<String> {
        let of = self.one_or_more(entry);
        if entry.value.as_array().is_some_and(|list| list.is_empty()) {
            self.fault(entry.at, "`of` is empty: it names the predictions that this answers".to_owned());
        }
        of
    }

    fn needs(&mut self, entry: Entry<'_, '_>) -> Vec<Fact> {
        let mut facts = Vec::new();
        for name in self.one_or_more(entry) {
            let named =
                |name: &str| Fact::NAMED.iter().find(|(known, _)| *known == name).map(|(_, fact)| *fact);
            let known = || Fact::NAMED.iter().map(|(known, _)| *known);
            if named(&name).is_none() {
                self.fault(entry.at, format!("there is no fact `{name}`{}", hint(&name, known())));
            }
            // The one that was meant: what the step has for its absence is no fault besides.
            facts.extend(named(&name).or_else(|| nearest(&name, known()).and_then(named)));
        }
        facts
    }

    fn question(&mut self, fields: &mut Fields<'_, '_>, place: &str, decided_by_run: bool) -> Question {
        let entry = self.needed(fields, "choices", place);
        let ids = entry.map(|entry| self.choice_ids(entry)).unwrap_or_default();
        let answer = fields.take("answer").and_then(|entry| Some((entry.at, self.text(entry)?)));
        let when = if decided_by_run { fields.take("answer_when") } else { None };
        let answer = match (answer, when) {
            (Some((at, answer)), None) => {
                self.choice(&ids, &answer, at, "the answer");
                Answer::Fixed(answer)
            }
            (None, Some(entry)) => Answer::When(self.answers_when(entry, &ids)),
            (Some((at, _)), Some(_)) => {
                self.fault(
                    at,
                    format!("{place} has `answer` and `answer_when`: one of them says what is right"),
                );
                Answer::Fixed(String::new())
            }
            (None, None) => {
                let or = if decided_by_run { ", or `answer_when`" } else { "" };
                self.fault(fields.at, format!("{place} needs `answer`{or}"));
                Answer::Fixed(String::new())
            }
        };
        let misconceptions =
            fields.take("misconception").map(|entry| self.misconceptions(entry, &ids, &answer));
        let misconceptions = misconceptions.unwrap_or_default();
        let choice = |id: String| {
            let shown = misconceptions.iter().find(|(choice, _)| *choice == id);
            Choice {
                misconception: shown.map(|(_, name)| name.clone()),
                id,
                text: String::new(),
                feedback: None,
            }
        };
        Question { choices: ids.into_iter().map(choice).collect(), answer }
    }

    fn choice_ids(&mut self, entry: Entry<'_, '_>) -> Vec<String> {
        let ids = self.texts(entry);
        for (index, id) in ids.iter().enumerate() {
            self.name(id, entry.at);
            if ids[..index].contains(id) {
                self.fault(entry.at, format!("there are two choices `{id}`"));
            }
        }
        if ids.len() < 2 {
            self.fault(entry.at, "a question needs two choices at least".to_owned());
        }
        ids
    }

    fn choice(&mut self, ids: &[String], id: &str, at: usize, what: &str) {
        if !ids.iter().any(|known| known == id) {
            let near = hint(id, ids.iter().map(String::as_str));
            self.fault(at, format!("{what} `{id}` is none of the choices{near}"));
        }
    }

    fn answers_when(&mut self, entry: Entry<'_, '_>, ids: &[String]) -> Vec<(String, Vec<Pattern>)> {
        let Some(fields) = self.table(entry) else { return Vec::new() };
        let mut answers = Vec::new();
        for entry in fields.rest() {
            self.choice(ids, entry.key, entry.at, "the answer");
            let patterns = self.alone(entry);
            if patterns.is_empty() {
                self.fault(entry.at, format!("`answer_when.{}` needs a pattern", entry.key));
            }
            answers.push((entry.key.to_owned(), patterns));
        }
        answers
    }

    fn misconceptions(
        &mut self,
        entry: Entry<'_, '_>,
        ids: &[String],
        answer: &Answer,
    ) -> Vec<(String, String)> {
        let Some(fields) = self.table(entry) else { return Vec::new() };
        let mut misconceptions = Vec::new();
        for entry in fields.rest() {
            self.choice(ids, entry.key, entry.at, "the misconception's");
            if matches!(answer, Answer::Fixed(right) if right == entry.key) {
                self.fault(
                    entry.at,
                    format!("`{}` is the right answer: it shows no misconception", entry.key),
                );
            }
            if let Some(name) = self.text(entry) {
                self.name(&name, entry.at);
                misconceptions.push((entry.key.to_owned(), name));
            }
        }
        misconceptions
    }
}
