//! Events for tests.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::lesson::log::{Job, Seen};
use crate::lesson::pattern::{Matcher, Pattern};

/// An event of a process at a time, in seconds.
pub(in crate::lesson) fn seen(job: u32, at: f64, fields: Value) -> Seen {
    let Value::Object(fields) = fields else { return seen(job, at, Value::Object(Map::new())) };
    Seen { job: Job(job), at: Duration::from_secs_f64(at), fields, event: None }
}

/// A pattern from its fields; `same`, `capture` and `min`/`max` as in a lesson's file.
pub(in crate::lesson) fn pattern(fields: Value) -> Pattern {
    let mut pattern = Pattern::default();
    for (name, value) in fields.as_object().expect("an object").clone() {
        let text = || value.as_str().expect("a text").to_owned();
        match name.as_str() {
            "event" => pattern.event = Some(text()),
            "same" => pattern.same = Some(text()),
            "capture" => {
                let all = value.as_object().expect("an object").iter();
                pattern.capture = all
                    .map(|(name, field)| (name.clone(), field.as_str().expect("a field").to_owned()))
                    .collect();
            }
            _ if value.is_object() => {
                let bound = |name: &str| value.get(name).cloned();
                pattern.fields.push((name, Matcher::Within { min: bound("min"), max: bound("max") }));
            }
            _ => pattern.fields.push((name, Matcher::Is(value))),
        }
    }
    pattern
}
