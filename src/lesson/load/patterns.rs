//! Reads patterns, and what is built of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::names::{self, Of};
use super::reader::{Entry, Fields, Reader, json};
use crate::lesson::pattern::{Matcher, Pattern};
use crate::lesson::text::parts::is_name;
use crate::lesson::{Count, Measure, Quiet, Rows, Sum, TableKind};

/// Where a pattern stands decides what it may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One of a sequence: it may share a flow, and capture.
    Sequence,
    /// Beside a sequence: it may be on the flow of one of its groups.
    Beside,
    /// A row of a table: it may capture.
    Row(TableKind),
    /// Anywhere else.
    Alone,
}

impl Reader<'_> {
    /// A list of patterns that come one after the other.
    pub(super) fn sequence(&mut self, entry: Entry<'_, '_>) -> Vec<Pattern> {
        let tables = self.tables(entry);
        tables.into_iter().map(|fields| self.pattern(fields, Place::Sequence)).collect()
    }

    /// Alternatives of those.
    pub(super) fn sequences(&mut self, entry: Entry<'_, '_>) -> Vec<Vec<Pattern>> {
        let Some(list) = entry.value.as_array() else {
            self.fault(entry.at, format!("`{}` is a list of lists of patterns", entry.key));
            return Vec::new();
        };
        let one = |value: &toml::Spanned<toml::de::DeValue<'_>>| {
            self.sequence(Entry { at: value.span().start, value: value.get_ref(), key: entry.key })
        };
        list.iter().map(one).collect()
    }

    pub(super) fn forbids(&mut self, entry: Entry<'_, '_>) -> Vec<Pattern> {
        let tables = self.one_or_more_tables(entry);
        tables.into_iter().map(|fields| self.pattern(fields, Place::Beside)).collect()
    }

    /// Patterns of an answer, of a line of a program.
    pub(super) fn alone(&mut self, entry: Entry<'_, '_>) -> Vec<Pattern> {
        let tables = self.one_or_more_tables(entry);
        tables.into_iter().map(|fields| self.pattern(fields, Place::Alone)).collect()
    }

    pub(super) fn one_alone(&mut self, entry: Entry<'_, '_>) -> Option<Pattern> {
        let fields = self.table(entry)?;
        Some(self.pattern(fields, Place::Alone))
    }

    pub(super) fn counts(&mut self, entry: Entry<'_, '_>) -> Vec<Count> {
        let tables = self.one_or_more_tables(entry);
        let one = |mut fields: Fields<'_, '_>| {
            let (min, max) = self.bounds(&mut fields, "a count");
            Count { of: self.pattern(fields, Place::Beside), min, max }
        };
        tables.into_iter().map(one).collect()
    }

    pub(super) fn sums(&mut self, entry: Entry<'_, '_>) -> Vec<Sum> {
        let tables = self.one_or_more_tables(entry);
        let mut sums = Vec::new();
        for mut fields in tables {
            let at = fields.at;
            let (min, max) = self.bounds(&mut fields, "a sum");
            let field = self.needed(&mut fields, "field", "a sum").and_then(|entry| self.text(entry));
            let of = self.pattern(fields, Place::Beside);
            if let Some(field) = field {
                self.field_of(&of, &field, at);
                self.summed(&of, &field, at);
                sums.push(Sum { of, field, min, max });
            }
        }
        sums
    }

    pub(super) fn quiets(&mut self, entry: Entry<'_, '_>) -> Vec<Quiet> {
        let tables = self.one_or_more_tables(entry);
        let mut quiets = Vec::new();
        for mut fields in tables {
            let time = self.needed(&mut fields, "for", "a quiet").and_then(|entry| self.duration(entry));
            let of = self.pattern(fields, Place::Beside);
            quiets.extend(time.map(|time| Quiet { of, time }));
        }
        quiets
    }

    pub(super) fn rows(&mut self, entry: Entry<'_, '_>) -> Vec<Rows> {
        let tables = self.one_or_more_tables(entry);
        let mut rows = Vec::new();
        for mut fields in tables {
            let kind = self.needed(&mut fields, "kind", "a table").and_then(|entry| self.table_kind(entry));
            let (min, max) = (self.bound(&mut fields, "min"), self.bound(&mut fields, "max"));
            if let Some(kind) = kind {
                rows.push(Rows { kind, of: self.pattern(fields, Place::Row(kind)), min, max });
            }
        }
        rows
    }

    fn table_kind(&mut self, entry: Entry<'_, '_>) -> Option<TableKind> {
        const KINDS: [(&str, TableKind); 3] = [
            ("listener", TableKind::Listener),
            ("connection", TableKind::Connection),
            ("counter", TableKind::Counter),
        ];
        let name = self.text(entry)?;
        let found = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        if found.is_none() {
            let near = names::hint(&name, KINDS.iter().map(|(known, _)| *known));
            self.fault(entry.at, format!("there is no table `{name}`{near}"));
        }
        found
    }

    fn bound(&mut self, fields: &mut Fields<'_, '_>, name: &'static str) -> Option<u64> {
        fields.take(name).and_then(|entry| self.count(entry))
    }

    fn bounds(&mut self, fields: &mut Fields<'_, '_>, place: &str) -> (Option<u64>, Option<u64>) {
        let (min, max) = (self.bound(fields, "min"), self.bound(fields, "max"));
        if min.is_none() && max.is_none() {
            self.fault(fields.at, format!("{place} needs `min` or `max`"));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            self.fault(fields.at, format!("{place} has a `min` above its `max`"));
        }
        (min, max)
    }

    pub(super) fn measures(&mut self, entry: Entry<'_, '_>) -> BTreeMap<String, Measure> {
        let Some(fields) = self.table(entry) else { return BTreeMap::new() };
        let mut measures = BTreeMap::new();
        for entry in fields.rest() {
            self.name(entry.key, entry.at);
            if let Some(measure) = self.measure(entry) {
                measures.insert(entry.key.to_owned(), measure);
            }
        }
        measures
    }

    /// One measure, or a list of them as several sides tell it.
    fn measure(&mut self, entry: Entry<'_, '_>) -> Option<Measure> {
        if entry.value.as_array().is_none() {
            let fields = self.table(entry)?;
            return self.one_measure(entry, fields);
        }
        let tables = self.tables(entry);
        if tables.is_empty() {
            self.fault(entry.at, format!("the measure `{}` has nothing to measure", entry.key));
        }
        let one = |fields: Fields<'_, '_>| self.one_measure(entry, fields);
        tables.into_iter().map(one).collect::<Option<Vec<Measure>>>().map(Measure::FirstOf)
    }

    fn one_measure(&mut self, entry: Entry<'_, '_>, mut fields: Fields<'_, '_>) -> Option<Measure> {
        let of = fields.take("of").and_then(|entry| self.one_alone(entry));
        let sum = fields.take("sum").and_then(|entry| self.text(entry));
        let count = fields.take("count").map(|entry| self.flag(entry)).unwrap_or_default();
        let field = fields.take("field").and_then(|entry| self.text(entry));
        let last = fields.take("last").map(|entry| self.flag(entry)).unwrap_or_default();
        let between = fields.take("between").map(|entry| (entry.at, self.alone(entry)));
        let place = format!("the measure `{}`", entry.key);
        self.unknown(fields, &place);
        if let (Some(of), Some(field)) = (&of, sum.as_ref().or(field.as_ref())) {
            self.field_of(of, field, entry.at);
        }
        if let (Some(of), Some(field)) = (&of, &sum) {
            self.summed(of, field, entry.at);
        }
        let measure = match (of, sum, count, field, between) {
            (Some(of), Some(field), false, None, None) => Some(Measure::Sum { of, field, last }),
            (Some(of), None, true, None, None) => Some(Measure::Count { of, last }),
            (Some(of), None, false, Some(field), None) => Some(Measure::Field { of, field, last }),
            (None, None, false, None, Some((_, patterns))) => {
                <[Pattern; 2]>::try_from(patterns).ok().map(|[from, to]| Measure::Between { from, to })
            }
            _ => None,
        };
        if measure.is_none() {
            let forms = "`sum`, `count = true` or `field` with `of`, or `between` with two patterns";
            self.fault(entry.at, format!("{place} is one of: {forms}"));
        }
        measure
    }

    /// `5s`, `300ms`, `2m`.
    fn duration(&mut self, entry: Entry<'_, '_>) -> Option<Duration> {
        let text = self.text(entry)?;
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: Option<u64> = text[..digits].parse().ok();
        let duration = number.and_then(|number| match text[digits..].trim_start() {
            "ms" => Some(Duration::from_millis(number)),
            "s" => Some(Duration::from_secs(number)),
            "m" => number.checked_mul(60).map(Duration::from_secs),
            _ => None,
        });
        let duration = duration.filter(|time| !time.is_zero() && *time <= Duration::from_secs(600));
        if duration.is_none() {
            self.fault(entry.at, format!("`{text}` is no time of up to ten minutes, as `5s` or `300ms`"));
        }
        duration
    }

    /// The name of a value or a step.
    pub(super) fn name(&mut self, name: &str, at: usize) {
        if !is_name(name) {
            self.fault(at, format!("`{name}` is no name: letters, digits, `_` and `-`, a letter first"));
        }
    }

    /// A field that a sum or a measure reads.
    fn field_of(&mut self, of: &Pattern, field: &str, at: usize) {
        if let Some(fault) = of.event.as_deref().and_then(|event| names::field_fault(Of::Event(event), field))
        {
            self.fault(at, fault);
        }
    }

    /// A field that a sum adds up.
    fn summed(&mut self, of: &Pattern, field: &str, at: usize) {
        let fault = of.event.as_deref().and_then(|event| names::sum_fault(Of::Event(event), field));
        if let Some(fault) = fault {
            self.fault(at, fault);
        }
    }

    fn pattern(&mut self, mut fields: Fields<'_, '_>, place: Place) -> Pattern {
        let at = fields.at;
        let mut pattern = Pattern { line: self.line(at), ..Pattern::default() };
        if matches!(place, Place::Row(_)) {
            // Rows have no event.
        } else if let Some(entry) = self.needed(&mut fields, "event", "a pattern") {
            pattern.event = self.text(entry);
            if let Some(fault) = pattern.event.as_deref().and_then(names::event_fault) {
                self.fault(entry.at, fault);
                return pattern;
            }
        }
        if let Some(entry) = fields.take("same") {
            pattern.same = self.text(entry);
            if !matches!(place, Place::Sequence | Place::Beside) {
                self.fault(
                    entry.at,
                    "`same` has no meaning here: there is no sequence to share a flow with".to_owned(),
                );
            }
        }
        if let Some(entry) = fields.take("capture") {
            pattern.capture = self.captures(entry);
            if !matches!(place, Place::Sequence | Place::Row(_)) {
                self.fault(entry.at, "only `expect`, `any` and `table` capture values".to_owned());
            }
        }
        let event = pattern.event.clone();
        let of = match place {
            Place::Row(kind) => Some(Of::Row(kind)),
            Place::Sequence | Place::Beside | Place::Alone => event.as_deref().map(Of::Event),
        };
        for (_, path) in &pattern.capture {
            if let Some(fault) = of.and_then(|of| names::field_fault(of, path)) {
                self.fault(at, fault);
            }
        }
        for entry in fields.rest() {
            pattern.fields.extend(self.condition(entry, of));
        }
        pattern
    }

    fn captures(&mut self, entry: Entry<'_, '_>) -> Vec<(String, String)> {
        let Some(fields) = self.table(entry) else { return Vec::new() };
        let mut captures = Vec::new();
        for entry in fields.rest() {
            self.name(entry.key, entry.at);
            captures.extend(self.text(entry).map(|field| (entry.key.to_owned(), field)));
        }
        captures
    }

    fn condition(&mut self, entry: Entry<'_, '_>, of: Option<Of<'_>>) -> Option<(String, Matcher)> {
        let known = |path: &str| of.is_none_or(|of| names::field_fault(of, path).is_none());
        let negated = entry.key.strip_suffix("_not").filter(|_| !known(entry.key));
        let path = negated.unwrap_or(entry.key);
        let fault = of.and_then(|of| names::field_fault(of, path));
        let matcher = self.matcher(entry)?;
        if let Some(fault) = fault {
            self.fault(entry.at, fault);
            return None;
        }
        if let (Matcher::Is(Value::Bool(_)), Some(fault)) =
            (&matcher, of.and_then(|of| names::flag_fault(of, path)))
        {
            self.fault(entry.at, fault);
        }
        for text in texts(&matcher) {
            if let Some(fault) = of.and_then(|of| names::value_fault(of, path, text)) {
                self.fault(entry.at, fault);
            }
        }
        let matcher = if negated.is_some() { Matcher::Not(Box::new(matcher)) } else { matcher };
        Some((path.to_owned(), matcher))
    }

    fn matcher(&mut self, entry: Entry<'_, '_>) -> Option<Matcher> {
        if let Some(value) = json(entry.value) {
            return Some(Matcher::Is(value));
        }
        if entry.value.as_table().is_none() {
            self.fault(entry.at, format!("`{}` is a text, a number, true, false or a table", entry.key));
            return None;
        }
        let mut fields = self.table(entry)?;
        let min = fields.take("min").and_then(|entry| self.scalar(entry));
        let max = fields.take("max").and_then(|entry| self.scalar(entry));
        let contains = fields.take("contains").and_then(|entry| self.text(entry));
        let any = fields.take("any").and_then(|entry| self.scalars(entry));
        let absent = fields.take("absent").is_some_and(|entry| self.flag(entry));
        self.unknown(fields, "a condition (dotted names stand in quotes)");
        match (min, max, contains, any, absent) {
            (None, None, Some(text), None, false) => Some(Matcher::Contains(text)),
            (None, None, None, Some(any), false) => Some(Matcher::OneOf(any)),
            (None, None, None, None, true) => Some(Matcher::Absent),
            (min, max, None, None, false) if min.is_some() || max.is_some() => {
                Some(Matcher::Within { min, max })
            }
            _ => {
                let forms = "`min` and `max`, `contains`, `any`, or `absent = true`";
                self.fault(entry.at, format!("`{}` has one of: {forms}", entry.key));
                None
            }
        }
    }

    /// A number, or a value's name.
    fn scalar(&mut self, entry: Entry<'_, '_>) -> Option<Value> {
        let value = json(entry.value).filter(|value| match value {
            Value::Number(_) => true,
            Value::String(text) => text.starts_with('{'),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        });
        if value.is_none() {
            self.fault(entry.at, format!("`{}` is a number, or a value as \"{{p}}\"", entry.key));
        }
        value
    }

    fn scalars(&mut self, entry: Entry<'_, '_>) -> Option<Vec<Value>> {
        let list = entry.value.as_array();
        let values: Option<Vec<Value>> =
            list.and_then(|list| list.iter().map(|value| json(value.get_ref())).collect());
        if values.as_ref().is_none_or(Vec::is_empty) {
            self.fault(entry.at, format!("`{}` is a list of texts or numbers", entry.key));
            return None;
        }
        values
    }
}

/// The texts that a field is to equal, those that are known here.
fn texts(matcher: &Matcher) -> Vec<&str> {
    let known = |value: &'_ Value| value.as_str().is_some_and(|text| !text.contains('{'));
    let all: Vec<&Value> = match matcher {
        Matcher::Is(value) => vec![value],
        Matcher::OneOf(any) => any.iter().collect(),
        Matcher::Not(_) | Matcher::Within { .. } | Matcher::Contains(_) | Matcher::Absent => Vec::new(),
    };
    all.into_iter().filter(|value| known(value)).filter_map(Value::as_str).collect()
}
