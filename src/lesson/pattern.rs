//! What an event must be like: the patterns of lesson checks.

use serde_json::Value;

/// What an event must be like. Every condition must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// The name of the event; patterns over table rows have none.
    pub event: Option<String>,
    /// Field (dotted: `owner.pid`; through a list: any element) and what it must be.
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
