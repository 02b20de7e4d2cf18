//! `netlearn replay`: a recording, shown again in any view.

use std::path::PathBuf;

use super::{Context, Outcome};

/// What to show again.
#[derive(Clone, Debug)]
pub struct Options {
    pub file: PathBuf,
    /// One event per Enter.
    pub step: bool,
}

/// Shows a recording.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
