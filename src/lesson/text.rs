//! Values of a run, and texts that name them: `{p}`, `{try.back}`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A value for prose, patterns and commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A number that names something (a port, a pid, a status): shown as it is.
    Number(i64),
    /// How many of something: shown with thousands separators.
    Amount(u64),
    /// Shown with its unit.
    Time(Duration),
    Text(String),
}

/// Everything that is known by name: `p` (set up or captured), `try.back` (measured in step `try`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Value>);

/// Names in a text that have no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value for {}", .0.join(", "))]
pub struct Unknown(pub Vec<String>);

impl Values {
    /// Sets a value; the latest wins.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Everything, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Prose with its values, as they are shown to a person. Markdown may be given: within fences other than `type` nothing is
    /// filled in; `{{` and `}}` elsewhere are literal braces.
    ///
    /// # Errors
    /// Names without a value.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        unimplemented!("{text}")
    }

    /// As [`Values::fill`], with `...` where there is no value.
    pub fn fill_or_blank(&self, text: &str) -> String {
        unimplemented!("{text}")
    }

    /// A command or a path with its values, as a program reads them: no thousands separators, times in seconds.
    ///
    /// # Errors
    /// Names without a value.
    pub fn command(&self, text: &str) -> Result<String, Unknown> {
        unimplemented!("{text}")
    }
}

/// The names that a text reads, as `fill` would.
pub fn names(text: &str) -> Vec<&str> {
    unimplemented!("{text}")
}
