//! Facts about a guided lesson: where the learner is, what was predicted, how it was judged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A lesson begins, or goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonStarted {
    pub lesson: String,
    pub title: String,
    /// Steps that are walked through, without the questions for another day.
    pub steps: usize,
    /// The first step of this run.
    pub step: String,
}

/// A step is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepStarted {
    pub lesson: String,
    pub step: String,
    /// `say`, `predict`, `do`, `observe`, `explain` or `recall`.
    pub kind: String,
    /// Names and values that the lesson's prose uses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

/// A choice was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chosen {
    pub lesson: String,
    pub step: String,
    /// The choice's name; absent for `no idea yet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// Absent where the run has yet to show it: a prediction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
}

/// An attempt at a task was judged by its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    pub lesson: String,
    pub step: String,
    pub verdict: Verdict,
    /// What the check waits for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The nearest thing that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
}

/// How an attempt is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    NotYet,
    /// Something on this machine is in the way: no error of the learner's.
    Environment,
}

/// A step is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepEnded {
    pub lesson: String,
    pub step: String,
    pub skipped: bool,
}

/// A lesson is over, or left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LessonEnded {
    pub lesson: String,
    /// False where it was left before its end.
    pub finished: bool,
    /// Connections and bytes of payload that netlearn's own sockets saw in it.
    pub connections: u64,
    pub bytes: u64,
}
