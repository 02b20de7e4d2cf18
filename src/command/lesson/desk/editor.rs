//! A line editor on a capable terminal: what is shown while a line is typed stands above it.
//!
//! Two threads share the terminal: one edits lines, one shows text. While no line is edited, text is written as it is; while one
//! is, the editor draws it above. Between the two they wait for each other ([`Turn`]), so that no text falls into a prompt.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor as LineEditor, Prompt};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Heard, reader};
use crate::command::terminal::Saved;
use crate::render::write_stdout;

/// No thread waits longer than this for the other: a torn line is better than none.
const PATIENCE: Duration = Duration::from_secs(1);

/// One line to be asked for: its serial, its prompt, what the prompt became meanwhile, and whether the line may be called back with
/// the arrow keys.
struct Ask {
    serial: u64,
    prompt: String,
    instead: Arc<OnceLock<String>>,
    kept: bool,
}

/// What the showing thread is given.
enum Item {
    Text(String),
    /// The prompt of this serial comes next.
    Ask(u64),
}

/// How far the two threads have come, in serials of prompts.
#[derive(Debug, Default)]
struct Progress {
    /// All text before this prompt is shown.
    shown: u64,
    /// This prompt is being drawn: text goes above it from here on.
    drawn: u64,
    /// Its line is there.
    ended: u64,
}

#[derive(Clone, Debug, Default)]
struct Turn(Arc<(Mutex<Progress>, Condvar)>);

impl Turn {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn wait(&self, until: impl Fn(&Progress) -> bool) {
        let waited = self.0.1.wait_timeout_while(self.lock(), PATIENCE, |progress| !until(progress));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A prompt that tells when it is drawn.
struct Watched {
    text: String,
    /// Drawn in its place from the next redrawing on; as wide as it.
    instead: Arc<OnceLock<String>>,
    serial: u64,
    turn: Turn,
}

impl Prompt for Watched {
    /// Asked for once the terminal is in the editor's hands.
    fn raw(&self) -> &str {
        self.turn.tell(|progress| progress.drawn = self.serial);
        self.instead.get().unwrap_or(&self.text)
    }
}

pub(super) struct Editor {
    orders: Sender<Ask>,
    pub(super) heard: UnboundedReceiver<Heard>,
    items: Sender<Item>,
    showing: JoinHandle<()>,
    asks: u64,
    instead: Arc<OnceLock<String>>,
    terminal: Saved,
}

impl Editor {
    pub(super) fn new() -> std::io::Result<Editor> {
        let terminal = Saved::now();
        let config = Config::builder().auto_add_history(false).build();
        let failed = |error: ReadlineError| std::io::Error::other(error.to_string());
        let mut line =
            LineEditor::<(), MemHistory>::with_history(config, MemHistory::new()).map_err(failed)?;
        let printer = line.create_external_printer().map_err(failed)?;
        let turn = Turn::default();
        let (items, given) = channel();
        let showing = std::thread::spawn({
            let turn = turn.clone();
            move || show(&given, printer, &turn)
        });
        let (orders, heard) = reader(move |asked, tell| edit(line, &asked, &turn, tell));
        Ok(Editor { orders, heard, items, showing, asks: 0, instead: Arc::default(), terminal })
    }

    pub(super) fn show(&mut self, text: String) {
        let _ = self.items.send(Item::Text(text));
    }

    pub(super) fn ask(&mut self, prompt: &str, kept: bool) {
        self.asks += 1;
        let _ = self.items.send(Item::Ask(self.asks));
        self.instead = Arc::default();
        let instead = self.instead.clone();
        let _ = self.orders.send(Ask { serial: self.asks, prompt: prompt.to_owned(), instead, kept });
    }

    /// The prompt that waits becomes another of the same width; seen with the next text that is shown.
    pub(super) fn reprompt(&mut self, prompt: &str) {
        // One that has changed already stays: there is no third.
        let _ = self.instead.set(prompt.to_owned());
    }

    /// Shows the rest and puts the terminal back; `asked`: a line is still being typed.
    pub(super) fn leave(self, asked: bool) {
        drop(self.items);
        if asked {
            // The editor has switched bracketed paste on, and its thread still waits for a key.
            self.terminal.restore();
            let _ = write_stdout(b"\x1b[?2004l\n");
            return;
        }
        let _ = self.showing.join();
        self.terminal.restore();
    }
}

/// Shows text until nobody gives any more.
fn show(given: &Receiver<Item>, mut printer: impl rustyline::ExternalPrinter, turn: &Turn) {
    for item in given {
        match item {
            // A terminal that is gone is noticed where it is read.
            Item::Text(text) => drop(printer.print(text)),
            Item::Ask(serial) => {
                turn.tell(|progress| progress.shown = serial);
                turn.wait(|progress| progress.drawn >= serial || progress.ended >= serial);
            }
        }
    }
}

/// Edits the lines that are asked for until nobody asks any more.
fn edit(
    mut line: LineEditor<(), MemHistory>,
    asked: &Receiver<Ask>,
    turn: &Turn,
    tell: &dyn Fn(Heard) -> bool,
) {
    for Ask { serial, prompt, instead, kept } in asked {
        turn.wait(|progress| progress.shown >= serial);
        let prompt = Watched { text: prompt, instead, serial, turn: turn.clone() };
        let heard = match readline(&mut line, &prompt) {
            Ok(text) => {
                if kept && !text.trim().is_empty() {
                    // A line that cannot be called back is no loss.
                    let _ = line.add_history_entry(&text);
                }
                Heard::Line(text)
            }
            Err(ReadlineError::Interrupted) => Heard::Interrupted,
            Err(_) => Heard::End,
        };
        turn.tell(|progress| progress.ended = serial);
        if !tell(heard) {
            return;
        }
    }
}

/// One line. What is no UTF-8, as a key of a terminal in another encoding, is no end of input: the line begins again.
fn readline(line: &mut LineEditor<(), MemHistory>, prompt: &Watched) -> Result<String, ReadlineError> {
    loop {
        match line.readline(prompt) {
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {}
            read => return read,
        }
    }
}
