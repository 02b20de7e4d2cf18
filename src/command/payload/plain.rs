//! stdin and stdout by a thread that may wait: this system has no calls that do not.

use tokio::io::{Stdin, Stdout};

/// stdin.
pub fn input() -> Stdin {
    tokio::io::stdin()
}

/// stdout.
pub(super) fn output() -> Stdout {
    tokio::io::stdout()
}
