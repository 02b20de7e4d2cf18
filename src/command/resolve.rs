//! `netlearn resolve`: a name to its records, by every path a machine has.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Context, Outcome};
pub use crate::net::dns::question::{Question, record_type};
pub use crate::net::tcp::Target;

/// What to ask, whom and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub questions: Vec<Asked>,
    /// `@SERVER[:PORT]`.
    pub server: Option<Target>,
    pub trace: bool,
    /// Where a walk begins; `None`: the internet's root servers, or the lab's.
    pub root: Option<SocketAddr>,
    pub tcp: bool,
    pub recursion_desired: bool,
    pub short: bool,
    pub lab: bool,
    pub timeout: Duration,
}

/// One question of the command line.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As typed.
    pub name: String,
    pub question: Question,
    /// No type was asked for: addresses, by both paths.
    pub addresses: bool,
}

/// Asks the questions one after the other.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    unimplemented!()
}
