//! Waiting for Enter between the pages of a story; it never holds a run that is told to stop.

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

use super::Stop;
use super::terminal::keys_are_ours;

/// A reader at the keyboard.
pub struct Reader {
    lines: Lines<BufReader<Stdin>>,
}

/// What the reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Enter: the next one.
    On,
    /// `q`, the end of input, or a signal.
    Leave,
}

impl Reader {
    /// The reader at this terminal; `None` where stdin or stdout is no terminal, or is a lesson's, so that nobody could press
    /// Enter.
    pub fn at_terminal() -> Option<Reader> {
        keys_are_ours().then(|| Reader { lines: BufReader::new(tokio::io::stdin()).lines() })
    }

    /// Shows the prompt and waits for a line.
    pub async fn wish(&mut self, prompt: &str, stop: &Stop) -> Wish {
        if crate::render::prompt(prompt).is_err() {
            return Wish::Leave;
        }
        let line = tokio::select! {
            biased;
            () = stop.token.cancelled() => return Wish::Leave,
            line = self.lines.next_line() => line,
        };
        match line {
            Ok(Some(text)) if !text.trim().eq_ignore_ascii_case("q") => Wish::On,
            Ok(_) | Err(_) => Wish::Leave,
        }
    }
}
