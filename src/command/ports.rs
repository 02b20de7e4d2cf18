//! `netlearn ports`: who listens on this machine, and who can reach it.

use std::time::Duration;

use super::{Context, Outcome};

/// Which sockets to show.
#[derive(Clone, Debug)]
pub struct Options {
    pub port: Option<u16>,
    /// Connections too.
    pub all: bool,
    /// Keep looking this often.
    pub watch: Option<Duration>,
}

/// Lists or watches the sockets.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
