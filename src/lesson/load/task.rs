//! Reads what a step asks the learner to do, and how that is checked.

use super::names::hint;
use super::reader::{Entry, Fields, Reader};
use crate::lesson::{Attempt, Fact, Program, Setup, Task, WrongVerdict};

impl Reader<'_> {
    pub(super) fn whole_task(
        &mut self,
        fields: &mut Fields<'_, '_>,
        place: &str,
        programs: &[Program],
        needs: &[Fact],
    ) -> Task {
        let program = fields.take("program").and_then(|entry| self.program(entry, programs));
        let challenge = fields.take("challenge").is_some_and(|entry| self.flag(entry));
        let without = fields.take("without");
        let mut task = self.task(fields, place);
        task.program = program;
        task.challenge = challenge;
        if let Some(entry) = without {
            if needs.is_empty() {
                self.fault(entry.at, "`without` is for a step that `needs` a fact".to_owned());
            }
            if let Some(mut inner) = self.table(entry) {
                let program = inner.take("program").and_then(|entry| self.program(entry, programs));
                let mut other = self.task(&mut inner, "`without`");
                self.unknown(inner, "`without`");
                other.program = program.or_else(|| task.program.clone());
                other.challenge = challenge;
                task.without = Some(Box::new(other));
            }
        }
        task
    }

    fn task(&mut self, fields: &mut Fields<'_, '_>, place: &str) -> Task {
        let at = fields.at;
        let mut task = Task::default();
        if let Some(entry) = fields.take("setup") {
            task.setup = self.setup(entry);
        }
        let check = &mut task.check;
        check.expect = fields.take("expect").map(|entry| self.sequence(entry)).unwrap_or_default();
        check.any = fields.take("any").map(|entry| self.sequences(entry)).unwrap_or_default();
        check.forbid = fields.take("forbid").map(|entry| self.forbids(entry)).unwrap_or_default();
        check.count = fields.take("count").map(|entry| self.counts(entry)).unwrap_or_default();
        check.sum = fields.take("sum").map(|entry| self.sums(entry)).unwrap_or_default();
        check.quiet = fields.take("quiet").map(|entry| self.quiets(entry)).unwrap_or_default();
        check.table = fields.take("table").map(|entry| self.rows(entry)).unwrap_or_default();
        task.measure = fields.take("measure").map(|entry| self.measures(entry)).unwrap_or_default();
        self.check(&task, at, place);
        let solution = self.needed(fields, "solution", place);
        task.solution = solution.map(|entry| self.input(entry)).unwrap_or_default();
        task.wrong = fields.take("wrong").map(|entry| self.attempts(entry)).unwrap_or_default();
        task
    }

    /// A check that asks for something, in groups that exist.
    fn check(&mut self, task: &Task, at: usize, place: &str) {
        let check = &task.check;
        let sequences = || std::iter::once(&check.expect).chain(&check.any);
        let comes = sequences().any(|sequence| !sequence.is_empty());
        let counted = check.count.iter().any(|count| count.min.is_some_and(|min| min > 0))
            || check.sum.iter().any(|sum| sum.min.is_some_and(|min| min > 0));
        if check.any.iter().any(Vec::is_empty) {
            self.fault(at, "an alternative of `any` is empty".to_owned());
        }
        if !comes && !counted && check.table.is_empty() {
            let parts = "`expect`, `any`, `count`, `sum` with a `min`, or `table`";
            self.fault(at, format!("{place} expects nothing, so it would pass untouched: it needs {parts}"));
        } else if !comes && !check.quiet.is_empty() {
            self.fault(at, "`quiet` begins after what is expected: it needs `expect` or `any`".to_owned());
        }
        let groups: Vec<&str> = sequences().flatten().filter_map(|pattern| pattern.same.as_deref()).collect();
        let counts = check.count.iter().map(|count| &count.of).chain(check.sum.iter().map(|sum| &sum.of));
        let beside = check.forbid.iter().chain(counts).chain(check.quiet.iter().map(|quiet| &quiet.of));
        for name in beside.filter_map(|pattern| pattern.same.as_deref()).filter(|name| !groups.contains(name))
        {
            let near = hint(name, groups.iter().copied());
            self.fault(at, format!("`same = \"{name}\"` is no flow of `expect` or `any`{near}"));
        }
    }

    fn setup(&mut self, entry: Entry<'_, '_>) -> Setup {
        let Some(mut fields) = self.table(entry) else { return Setup::default() };
        let names = |reader: &mut Self, fields: &mut Fields<'_, '_>, key| {
            let entry = fields.take(key);
            let names = entry.map(|entry| reader.one_or_more(entry)).unwrap_or_default();
            for name in &names {
                reader.name(name, entry.map_or(0, |entry| entry.at));
            }
            names
        };
        let setup = Setup {
            free_ports: names(self, &mut fields, "free_port"),
            closed_ports: names(self, &mut fields, "closed_port"),
            paths: names(self, &mut fields, "path"),
            run: fields.take("run").map(|entry| self.one_or_more(entry)).unwrap_or_default(),
            fresh: fields.take("fresh").is_some_and(|entry| self.flag(entry)),
        };
        self.unknown(fields, "a setup");
        let all: Vec<&String> =
            setup.free_ports.iter().chain(&setup.closed_ports).chain(&setup.paths).collect();
        for (index, name) in all.iter().enumerate() {
            if all[..index].contains(name) {
                self.fault(entry.at, format!("`{name}` is set up twice"));
            }
        }
        setup
    }

    /// Lines to type; in files, `:eof` stands for Ctrl-D.
    fn input(&mut self, entry: Entry<'_, '_>) -> Vec<String> {
        let lines = self.one_or_more(entry);
        if lines.is_empty() {
            self.fault(entry.at, format!("`{}` is empty", entry.key));
        }
        for line in &lines {
            if line.contains(['\n', '\r']) {
                self.fault(entry.at, "a line to type is one line".to_owned());
            }
            if line.trim_start().starts_with(":wait") {
                let what =
                    "there is no `:wait`: the next line is typed when what the last one started is ready";
                self.fault(entry.at, what.to_owned());
            }
        }
        lines
    }

    fn attempts(&mut self, entry: Entry<'_, '_>) -> Vec<Attempt> {
        const VERDICTS: [(&str, WrongVerdict); 2] =
            [("not-yet", WrongVerdict::NotYet), ("environment", WrongVerdict::Environment)];
        let mut attempts = Vec::new();
        for mut fields in self.one_or_more_tables(entry) {
            let place = "a wrong attempt";
            let input = self.needed(&mut fields, "input", place).map(|entry| self.input(entry));
            let named = self.needed(&mut fields, "verdict", place);
            let name = named.and_then(|entry| self.text(entry)).unwrap_or_default();
            let verdict = VERDICTS.iter().find(|(known, _)| *known == name).map(|(_, verdict)| *verdict);
            if let Some(entry) = named.filter(|_| verdict.is_none()) {
                let near = hint(&name, VERDICTS.iter().map(|(known, _)| *known));
                self.fault(entry.at, format!("there is no verdict `{name}`{near}"));
            }
            self.unknown(fields, place);
            attempts.extend(input.zip(verdict).map(|(input, verdict)| Attempt { input, verdict }));
        }
        attempts
    }
}
