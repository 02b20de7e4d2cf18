//! Reads TOML value by value: every fault is collected with its line, and reading goes on.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::hint;
use crate::lesson::LessonError;

/// Collects the faults of one TOML file.
pub(in crate::lesson) struct Reader<'t> {
    text: &'t str,
    file: String,
    /// The step that is read.
    pub(in crate::lesson) step: Option<String>,
    pub(in crate::lesson) faults: Vec<LessonError>,
}

/// A key and its value.
#[derive(Clone, Copy)]
pub(in crate::lesson) struct Entry<'t, 'i> {
    pub(in crate::lesson) key: &'t str,
    /// Where the key is; octets.
    pub(in crate::lesson) at: usize,
    pub(in crate::lesson) value: &'t DeValue<'i>,
}

/// A table. Keys are taken from it by name; what is left is unknown.
pub(in crate::lesson) struct Fields<'t, 'i> {
    pub(in crate::lesson) at: usize,
    left: Vec<Entry<'t, 'i>>,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    pub(in crate::lesson) fn of(table: &'t DeTable<'i>, at: usize) -> Fields<'t, 'i> {
        let entry = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'i>>)| {
            let key: &'t Spanned<std::borrow::Cow<'i, str>> = key;
            Entry { key: key.get_ref().as_ref(), at: key.span().start, value: value.get_ref() }
        };
        let mut left: Vec<Entry<'t, 'i>> = table.iter().map(entry).collect();
        // As written, not by name: the order of patterns and of answers counts.
        left.sort_by_key(|entry| entry.at);
        Fields { at, left, asked: Vec::new() }
    }

    pub(in crate::lesson) fn take(&mut self, name: &'static str) -> Option<Entry<'t, 'i>> {
        self.asked.push(name);
        let place = self.left.iter().position(|entry| entry.key == name)?;
        Some(self.left.remove(place))
    }

    /// Everything that is left, where every key is a name of its own.
    pub(in crate::lesson) fn rest(self) -> Vec<Entry<'t, 'i>> {
        self.left
    }
}

impl<'t> Reader<'t> {
    pub(in crate::lesson) fn new(text: &'t str, file: String) -> Reader<'t> {
        Reader { text, file, step: None, faults: Vec::new() }
    }

    /// Parses the whole; syntax errors are faults, after which there is nothing to read.
    pub(in crate::lesson) fn parse(&mut self) -> Option<Spanned<DeTable<'t>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().map_or(0, |span: Range<usize>| span.start);
            self.fault(at, error.message().to_owned());
        }
        errors.is_empty().then_some(table)
    }

    /// The line of a place, from 1.
    pub(in crate::lesson) fn line(&self, at: usize) -> usize {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    pub(in crate::lesson) fn fault(&mut self, at: usize, what: String) {
        let (file, line, step) = (self.file.clone(), self.line(at), self.step.clone());
        self.faults.push(LessonError { file, line, step, what });
    }

    /// The same by line.
    pub(in crate::lesson) fn fault_at(&mut self, line: usize, what: Option<String>) {
        let (file, step) = (self.file.clone(), self.step.clone());
        self.faults.extend(what.map(|what| LessonError { file, line, step, what }));
    }

    /// Keys that nobody asked for.
    pub(in crate::lesson) fn unknown(&mut self, fields: Fields<'_, '_>, place: &str) {
        let Fields { left, asked, .. } = fields;
        for entry in left {
            let near = hint(entry.key, asked.iter().copied());
            self.fault(entry.at, format!("{place} has no `{}`{near}", entry.key));
        }
    }

    /// A key that must be there.
    pub(in crate::lesson) fn needed<'e, 'i>(
        &mut self,
        fields: &mut Fields<'e, 'i>,
        name: &'static str,
        place: &str,
    ) -> Option<Entry<'e, 'i>> {
        let found = fields.take(name);
        if found.is_none() {
            self.fault(fields.at, format!("{place} needs `{name}`"));
        }
        found
    }

    fn expected(&mut self, entry: Entry<'_, '_>, what: &str) {
        let found = entry.value.type_str();
        self.fault(entry.at, format!("`{}` is {what}, not of the type {found}", entry.key));
    }

    pub(in crate::lesson) fn text(&mut self, entry: Entry<'_, '_>) -> Option<String> {
        let text = entry.value.as_str().map(str::to_owned);
        if text.is_none() {
            self.expected(entry, "a text");
        }
        text
    }

    pub(in crate::lesson) fn flag(&mut self, entry: Entry<'_, '_>) -> bool {
        let flag = entry.value.as_bool();
        if flag.is_none() {
            self.expected(entry, "true or false");
        }
        flag.unwrap_or_default()
    }

    pub(in crate::lesson) fn count(&mut self, entry: Entry<'_, '_>) -> Option<u64> {
        let count = json(entry.value).and_then(|value| value.as_u64());
        if count.is_none() {
            self.expected(entry, "a whole number, 0 or more");
        }
        count
    }

    /// A list of texts.
    pub(in crate::lesson) fn texts(&mut self, entry: Entry<'_, '_>) -> Vec<String> {
        let list = entry.value.as_array();
        let texts: Option<Vec<String>> = list
            .and_then(|list| list.iter().map(|value| value.get_ref().as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.expected(entry, "a list of texts");
        }
        texts.unwrap_or_default()
    }

    /// A text, or a list of them.
    pub(in crate::lesson) fn one_or_more(&mut self, entry: Entry<'_, '_>) -> Vec<String> {
        match entry.value.as_str() {
            Some(text) => vec![text.to_owned()],
            None => self.texts(entry),
        }
    }

    pub(in crate::lesson) fn table<'e, 'i>(&mut self, entry: Entry<'e, 'i>) -> Option<Fields<'e, 'i>> {
        let table = entry.value.as_table();
        if table.is_none() {
            self.expected(entry, "a table");
        }
        table.map(|table| Fields::of(table, entry.at))
    }

    /// A list of tables.
    pub(in crate::lesson) fn tables<'e, 'i>(&mut self, entry: Entry<'e, 'i>) -> Vec<Fields<'e, 'i>> {
        let Some(list) = entry.value.as_array() else {
            self.expected(entry, "a list of tables");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in list {
            let at = value.span().start;
            match value.get_ref().as_table() {
                Some(table) => tables.push(Fields::of(table, at)),
                None => self.expected(Entry { at, ..entry }, "a list of tables"),
            }
        }
        tables
    }

    /// A table, or a list of them.
    pub(in crate::lesson) fn one_or_more_tables<'e, 'i>(
        &mut self,
        entry: Entry<'e, 'i>,
    ) -> Vec<Fields<'e, 'i>> {
        match entry.value.as_table() {
            Some(table) => vec![Fields::of(table, entry.at)],
            None => self.tables(entry),
        }
    }
}

/// A scalar as JSON has it.
pub(in crate::lesson) fn json(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Boolean(flag) => Some(Value::from(*flag)),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let whole = i64::from_str_radix(digits, number.radix()).map(Value::from);
            whole.or_else(|_| u64::from_str_radix(digits, number.radix()).map(Value::from)).ok()
        }
        DeValue::Float(number) => {
            number.as_str().parse().ok().filter(|number: &f64| number.is_finite()).map(Value::from)
        }
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
