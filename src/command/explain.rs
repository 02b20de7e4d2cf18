//! `netlearn explain TERM`: one plain sentence, its source, the command that shows it.

use super::{Context, Outcome};

/// The term; none lists them all.
#[derive(Clone, Debug)]
pub struct Options {
    pub term: Option<String>,
}

/// Looks the term up.
pub fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
