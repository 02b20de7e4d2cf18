//! A netlearn that runs inside a lesson: its streams are pipes, but it behaves as at the lesson's terminal.
//!
//! The lesson says so in [`VARIABLE`], to its own children alone: what those start in turn is not guided.

use std::path::PathBuf;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The environment variable that a lesson gives its children: a [`Guided`] as JSON.
pub const VARIABLE: &str = "NETLEARN_GUIDED";

/// Widest terminal that is believed; columns.
const WIDEST: usize = 1000;

/// How a lesson wants its children to behave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guided {
    /// Columns of the lesson's terminal that are the child's.
    pub width: usize,
    pub color: bool,
    pub ascii: bool,
    /// Narrations tell what happened and not why: the lesson asks first.
    pub facts: bool,
    /// Where the events go as JSON Lines: a FIFO, on systems without FIFOs a file.
    pub events: PathBuf,
    /// The lesson's process.
    pub parent: u32,
}

/// What the lesson said that this process runs in; `None` outside of one, or where it is damaged. Read once.
pub fn guided() -> Option<&'static Guided> {
    static GUIDED: OnceLock<Option<Guided>> = OnceLock::new();
    GUIDED.get_or_init(|| read(&std::env::var(VARIABLE).ok()?)).as_ref()
}

fn read(text: &str) -> Option<Guided> {
    let guided: Guided = serde_json::from_str(text).ok()?;
    Some(Guided { width: guided.width.min(WIDEST), ..guided })
}
