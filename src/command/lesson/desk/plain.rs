//! Lines of stdin as they come, for terminals that cannot move their cursor, and for `--plain`.

use std::io::BufRead as _;
use std::sync::mpsc::{Receiver, Sender};

use tokio::sync::mpsc::UnboundedReceiver;

use super::{Heard, reader};
use crate::render::{prompt as show_prompt, write_stdout};

pub(super) struct Plain {
    orders: Sender<()>,
    heard: UnboundedReceiver<Heard>,
    /// The prompt that waits, to be shown again under what comes meanwhile.
    waiting: Option<String>,
    /// Something came meanwhile, and the prompt was not shown again yet.
    buried: bool,
}

impl Plain {
    pub(super) fn new() -> Plain {
        let (orders, heard) = reader(|asked: Receiver<()>, tell| {
            for () in asked {
                // A terminal in another encoding is no end of input.
                let mut line = Vec::new();
                let heard = match std::io::stdin().lock().read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => Heard::End,
                    Ok(_) => {
                        Heard::Line(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned())
                    }
                };
                if !tell(heard) {
                    return;
                }
            }
        });
        Plain { orders, heard, waiting: None, buried: false }
    }

    /// A terminal that is gone is noticed where it is read.
    pub(super) fn show(&mut self, text: &str) {
        let over = self.waiting.is_some() && self.heard.is_empty();
        // The line of the prompt is left once.
        let left = over && !std::mem::replace(&mut self.buried, over);
        let _ = write_stdout(if left { format!("\n{text}") } else { text.to_owned() }.as_bytes());
    }

    /// Whether the prompt waits under what came meanwhile, and is to be shown again.
    pub(super) fn buried(&self) -> bool {
        self.buried && self.waiting.is_some() && self.heard.is_empty()
    }

    /// Shows the prompt again.
    pub(super) fn unbury(&mut self) {
        self.buried = false;
        if let Some(prompt) = &self.waiting {
            let _ = show_prompt(prompt);
        }
    }

    pub(super) fn ask(&mut self, prompt: &str) {
        let _ = show_prompt(prompt);
        self.waiting = Some(prompt.to_owned());
        self.buried = false;
        let _ = self.orders.send(());
    }

    /// The prompt that waits becomes another; seen with the next text that is shown.
    pub(super) fn reprompt(&mut self, prompt: &str) {
        self.waiting = Some(prompt.to_owned());
    }

    pub(super) async fn next(&mut self) -> Option<Heard> {
        let heard = self.heard.recv().await;
        self.waiting = None;
        self.buried = false;
        heard
    }
}
