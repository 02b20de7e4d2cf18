//! What an event must be like: the patterns of lesson checks.

use serde_json::{Map, Value};

use super::text::parts::names;
use super::text::{self, Unknown, Values};

/// What an event must be like. Every condition must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// The name of the event; patterns over table rows have none.
    pub event: Option<String>,
    /// Field (dotted: `owner.pid`) and what it must be. Through a list (`headers.name`): in any element, and for several such
    /// fields in one and the same.
    pub fields: Vec<(String, Matcher)>,
    /// Patterns of one check that share this match on one flow of one process; different ones on different flows.
    pub same: Option<String>,
    /// Variables set by the match: name, and the field whose value it takes.
    pub capture: Vec<(String, String)>,
    /// Line in lesson.toml, from 1.
    pub line: usize,
}

/// What a field must be. Texts may hold `{name}`, which is filled in before it is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Texts compare as text, numbers by value; a text that is a number equals that number.
    Is(Value),
    /// Absent, or not so.
    Not(Box<Matcher>),
    /// A number within bounds, both included; absent bounds bind nothing.
    Within {
        min: Option<Value>,
        max: Option<Value>,
    },
    /// A text that has this in it, letter for letter.
    Contains(String),
    /// One of these.
    OneOf(Vec<Value>),
    Absent,
}

impl Pattern {
    /// The names of values that it reads.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().flat_map(|(_, matcher)| matcher.names()).collect()
    }

    /// The same with its values in place of their names.
    ///
    /// # Errors
    /// Names without a value.
    pub fn filled(&self, values: &Values) -> Result<Pattern, Unknown> {
        let mut filled = self.clone();
        for (_, matcher) in &mut filled.fields {
            matcher.fill(values)?;
        }
        Ok(filled)
    }

    /// Whether a filled pattern matches an event's fields.
    pub fn matches(&self, fields: &Map<String, Value>) -> bool {
        let kind = fields.get("event").and_then(Value::as_str);
        self.event.as_deref().is_none_or(|event| kind == Some(event))
            && self.differing(fields).is_empty()
            && self.capture.iter().all(|(_, path)| !values_at(fields, path).is_empty())
    }

    /// The fields of an event that are not as a filled pattern has them.
    pub fn differing(&self, fields: &Map<String, Value>) -> Vec<&str> {
        let differs = |(path, matcher): &&(String, Matcher)| !matcher.matches(&self.values(fields, path));
        self.fields.iter().filter(differs).map(|(path, _)| path.as_str()).collect()
    }

    /// The values at a field of an event. Of a list that a filled pattern looks into they are those of one element, the first that
    /// has most of what is asked for.
    pub fn values<'a>(&self, fields: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
        self.element(fields, path).unwrap_or_else(|| values_at(fields, path))
    }

    fn element<'a>(&self, fields: &'a Map<String, Value>, path: &str) -> Option<Vec<&'a Value>> {
        let (list, rest) = path.split_once('.')?;
        let elements = fields.get(list)?.as_array()?;
        let asked = self.within(list);
        let agrees = |element: &Value| {
            asked.iter().filter(|(rest, matcher)| matcher.matches(&values_in(element, rest))).count()
        };
        let best = elements.iter().rev().max_by_key(|element| agrees(element));
        best.filter(|_| !asked.is_empty()).map(|element| values_in(element, rest))
    }

    /// What it asks of the elements of a list; nothing where it also asks what none of them may be: that is asked of all.
    fn within(&self, list: &str) -> Vec<(&str, &Matcher)> {
        let inside = self.fields.iter().filter_map(|(path, matcher)| {
            let (first, rest) = path.split_once('.')?;
            (first == list).then_some((rest, matcher))
        });
        let inside: Vec<_> = inside.collect();
        let denies = |matcher: &Matcher| matches!(matcher, Matcher::Not(_) | Matcher::Absent);
        if inside.iter().any(|(_, matcher)| denies(matcher)) { Vec::new() } else { inside }
    }

    /// The values that a match sets.
    pub fn captured(&self, fields: &Map<String, Value>) -> Vec<(String, text::Value)> {
        let value = |(name, path): &(String, String)| {
            self.values(fields, path).first().map(|json| (name.clone(), text::Value::measured(path, json)))
        };
        self.capture.iter().filter_map(value).collect()
    }
}

impl Matcher {
    /// The names of values that it reads.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Matcher::Is(value) => names_of(value),
            Matcher::Not(inner) => inner.names(),
            Matcher::Within { min, max } => min.iter().chain(max).flat_map(names_of).collect(),
            Matcher::Contains(text) => names(text),
            Matcher::OneOf(values) => values.iter().flat_map(names_of).collect(),
            Matcher::Absent => Vec::new(),
        }
    }

    fn fill(&mut self, values: &Values) -> Result<(), Unknown> {
        match self {
            Matcher::Is(value) => fill(value, values),
            Matcher::Not(inner) => inner.fill(values),
            Matcher::Within { min, max } => {
                min.iter_mut().chain(max).try_for_each(|bound| fill(bound, values))
            }
            Matcher::Contains(text) => {
                *text = values.command(text)?;
                Ok(())
            }
            Matcher::OneOf(any) => any.iter_mut().try_for_each(|value| fill(value, values)),
            Matcher::Absent => Ok(()),
        }
    }

    /// Whether the values at a field are so; through a list there are several, and any may be.
    fn matches(&self, found: &[&Value]) -> bool {
        match self {
            // The contract leaves flags out that are not set.
            Matcher::Is(Value::Bool(false)) if found.is_empty() => true,
            Matcher::Is(value) => found.iter().any(|found| equal(value, found)),
            Matcher::Not(inner) => !inner.matches(found),
            Matcher::Within { min, max } => found.iter().filter_map(|found| number(found)).any(|found| {
                let bound = |bound: &Option<Value>, fits: fn(f64, f64) -> bool| {
                    bound.as_ref().is_none_or(|bound| number(bound).is_some_and(|bound| fits(found, bound)))
                };
                bound(min, |found, min| found >= min) && bound(max, |found, max| found <= max)
            }),
            Matcher::Contains(text) => {
                found.iter().any(|found| found.as_str().is_some_and(|found| found.contains(text.as_str())))
            }
            Matcher::OneOf(any) => any.iter().any(|value| found.iter().any(|found| equal(value, found))),
            Matcher::Absent => found.is_empty(),
        }
    }
}

fn names_of(value: &Value) -> Vec<&str> {
    value.as_str().map(names).unwrap_or_default()
}

fn fill(value: &mut Value, values: &Values) -> Result<(), Unknown> {
    if let Value::String(text) = value {
        *text = values.command(text)?;
    }
    Ok(())
}

/// Texts as text, numbers by value, and a text that is a number as that number.
fn equal(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(expected), Value::String(found)) => expected == found,
        (Value::String(expected), Value::Bool(found)) => *expected == found.to_string(),
        (Value::Number(_) | Value::String(_), Value::Number(_) | Value::String(_)) => {
            let whole = |value: &Value| match value.as_str() {
                Some(text) => text.parse().ok(),
                None => value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)),
            };
            match (whole(expected), whole(found)) {
                (Some(expected), Some(found)) => expected == found,
                _ => number(expected).is_some_and(|expected| number(found) == Some(expected)),
            }
        }
        (expected, found) => expected == found,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        None => value.as_f64(),
    }
}

/// Everything at a dotted path: an object is entered by name, a list by each of its elements. A list at its end is its elements;
/// `null` is nothing.
pub(super) fn values_at<'a>(fields: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (fields.get(first), rest) {
        (Some(value), Some(rest)) => values_in(value, rest),
        (Some(value), None) => spread(vec![value]),
        (None, _) => Vec::new(),
    }
}

fn values_in<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for segment in path.split('.') {
        found = spread(found).into_iter().filter_map(|value| value.get(segment)).collect();
    }
    spread(found)
}

/// Lists as their elements; `null` is nothing.
fn spread(values: Vec<&Value>) -> Vec<&Value> {
    let values = values.into_iter().filter(|value| !value.is_null());
    values
        .flat_map(|value| value.as_array().map_or_else(|| vec![value], |list| spread(list.iter().collect())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(path: &str, matcher: Matcher, fields: &Value) -> bool {
        let pattern = Pattern { fields: vec![(path.to_owned(), matcher)], ..Pattern::default() };
        let agrees = pattern.matches(fields.as_object().expect("an object"));
        assert_eq!(agrees, pattern.differing(fields.as_object().expect("an object")).is_empty());
        agrees
    }

    fn is(value: impl Into<Value>) -> Matcher {
        Matcher::Is(value.into())
    }

    fn not(value: impl Into<Value>) -> Matcher {
        Matcher::Not(Box::new(is(value)))
    }

    #[test]
    fn texts_compare_as_text_and_numbers_by_value() {
        let event =
            json!({ "local_port": 3000, "took": 2.0, "status": "0200", "seen": true, "long": u64::MAX });
        assert!(matches("local_port", is(3000), &event));
        assert!(matches("local_port", is(3000.0), &event));
        assert!(matches("local_port", is("3000"), &event));
        assert!(!matches("local_port", is("3000 "), &event));
        assert!(!matches("local_port", is("300"), &event));
        assert!(matches("took", is(2), &event));
        assert!(matches("status", is("0200"), &event));
        assert!(!matches("status", is("200"), &event), "texts are not numbers");
        assert!(matches("status", is(200), &event));
        assert!(matches("seen", is(true), &event));
        assert!(!matches("seen", is("false"), &event));
        assert!(matches("long", is(u64::MAX), &event));
        assert!(!matches("long", is(u64::MAX - 1), &event), "no rounding");
        assert!(!matches("absent", is("x"), &event));
        assert!(matches("absent", is(false), &event), "flags that are not set are left out");
        assert!(!matches("absent", is(true), &event));
    }

    #[test]
    fn dotted_names_reach_into_objects_and_lists() {
        let event = json!({
            "icmp": { "code": 3 }, "none": null, "empty": [],
            "headers": [{ "name": "Host", "value": "a" }, { "name": "Accept", "value": "b" }],
            "addresses": ["127.0.0.1", "::1"],
        });
        assert!(matches("icmp.code", is(3), &event));
        assert!(matches("headers.name", is("Accept"), &event));
        assert!(!matches("headers.name", is("accept"), &event));
        assert!(!matches("headers.name", not("Accept"), &event), "any element is");
        assert!(matches("headers.name", not("Cookie"), &event));
        assert!(matches("addresses", is("::1"), &event));
        assert!(matches("addresses", Matcher::Contains("127.".to_owned()), &event));
        for absent in ["none", "empty", "icmp.type", "icmp.code.x", "x.y"] {
            assert!(matches(absent, Matcher::Absent, &event), "{absent}");
            assert!(matches(absent, not("x"), &event), "{absent}");
        }
        assert!(!matches("icmp", Matcher::Absent, &event));
    }

    #[test]
    fn several_fields_of_a_list_are_those_of_one_element() {
        let event = json!({ "event": "request", "headers": [
            { "name": "Accept", "value": "*/*" },
            { "name": "Host", "value": "shop.test" },
            { "name": "Referer", "value": "http://blog.test/" },
        ] });
        let fields = event.as_object().expect("an object");
        let pattern = |conditions: &[(&str, Matcher)]| Pattern {
            fields: conditions.iter().map(|(path, matcher)| ((*path).to_owned(), matcher.clone())).collect(),
            capture: vec![("seen".to_owned(), "headers.value".to_owned())],
            ..Pattern::default()
        };
        let host = |text: &str| {
            pattern(&[("headers.name", is("Host")), ("headers.value", Matcher::Contains(text.to_owned()))])
        };
        assert!(host("shop.test").matches(fields));
        assert!(!host("blog.test").matches(fields), "that is in another header");
        assert_eq!(host("blog.test").differing(fields), ["headers.value"]);
        let captured = |pattern: &Pattern| pattern.captured(fields)[0].1.to_string();
        assert_eq!(captured(&host("shop.test")), "shop.test");
        assert_eq!(captured(&pattern(&[("headers.name", is("Referer"))])), "http://blog.test/");
        // What may not be is asked of every element, and the whole list stays to be looked at.
        let without = pattern(&[("headers.name", not("Cookie")), ("headers.value", is("*/*"))]);
        assert!(without.matches(fields));
        assert!(!pattern(&[("headers.name", not("Host"))]).matches(fields));
        assert_eq!(captured(&without), "*/*");
    }

    #[test]
    fn bounds_alternatives_and_parts() {
        let event = json!({ "len": 7, "head": "GET / HTTP/1.1" });
        let within = |min: Option<i64>, max: Option<i64>| Matcher::Within {
            min: min.map(Value::from),
            max: max.map(Value::from),
        };
        assert!(matches("len", within(Some(7), Some(7)), &event));
        assert!(matches("len", within(None, Some(9)), &event));
        assert!(!matches("len", within(Some(8), None), &event));
        assert!(!matches("head", within(Some(0), None), &event), "a text is within no bounds");
        assert!(!matches("absent", within(None, None), &event));
        assert!(matches("head", Matcher::Contains("HTTP/1.1".to_owned()), &event));
        assert!(!matches("head", Matcher::Contains("http".to_owned()), &event));
        assert!(matches("len", Matcher::OneOf(vec![json!("a"), json!(7)]), &event));
        assert!(matches("len", Matcher::Not(Box::new(within(Some(8), None))), &event));
    }

    #[test]
    fn values_are_filled_in_and_captured() {
        let mut values = Values::default();
        values.set("p", text::Value::Number(3000));
        let pattern = Pattern {
            event: Some("accepted".to_owned()),
            fields: vec![
                ("local_port".to_owned(), is("{p}")),
                ("peer".to_owned(), Matcher::Contains("{q}".to_owned())),
            ],
            capture: vec![("n".to_owned(), "peer_port".to_owned())],
            ..Pattern::default()
        };
        assert_eq!(pattern.names(), ["p", "q"]);
        assert_eq!(pattern.filled(&values), Err(Unknown(vec!["q".to_owned()])));
        values.set("q", text::Value::Text("127.".to_owned()));
        let filled = pattern.filled(&values).expect("known");
        let event = json!({ "event": "accepted", "local_port": 3000, "peer": "127.0.0.1:5", "peer_port": 5 });
        let fields = event.as_object().expect("an object");
        assert!(filled.matches(fields));
        assert_eq!(filled.captured(fields), [("n".to_owned(), text::Value::Number(5))]);
        let mut without = fields.clone();
        without.remove("peer_port");
        assert!(!filled.matches(&without), "what is to be captured must be there");
        let mut other = fields.clone();
        other.insert("event".to_owned(), json!("connected"));
        assert!(!filled.matches(&other));
    }
}
