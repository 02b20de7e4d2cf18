//! Where a lesson and its learner talk: lines of the lesson go out, lines of the learner come in, and what servers say meanwhile
//! appears above the line being typed.
//!
//! It knows nothing of steps. Reading the keyboard blocks, so it has a thread of its own; a run that is told to end does not wait
//! for it, and [`Desk::leave`] puts the terminal back as it was.

mod editor;
mod plain;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::render::style::escape;
use crate::render::{Style, write_stdout};

/// What came from the learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Line(String),
    /// Ctrl-C at a prompt.
    Interrupted,
    /// Ctrl-D, or a terminal that is gone.
    End,
}

/// How learner and lesson talk.
pub struct Desk {
    style: Style,
    way: Way,
    /// A prompt waits for its line.
    asked: bool,
    /// Lines that are typed for the learner.
    script: VecDeque<Heard>,
    /// The last line shown was empty, or nothing was shown yet.
    spaced: bool,
}

enum Way {
    /// A line editor on a capable terminal.
    Editor(editor::Editor),
    /// Lines of stdin, prompts as they are.
    Plain(plain::Plain),
    /// Nobody types: lines come from a file, and the text goes to stdout.
    Script,
    /// Nobody types and nobody reads.
    Silent,
}

impl Desk {
    /// A person at a capable terminal.
    ///
    /// # Errors
    /// The terminal could not be used.
    pub fn editor(style: Style) -> std::io::Result<Desk> {
        Ok(Desk::of(style, Way::Editor(editor::Editor::new()?)))
    }

    /// Lines of stdin.
    pub fn plain(style: Style) -> Desk {
        Desk::of(style, Way::Plain(plain::Plain::new()))
    }

    /// Lines that a file answers; the text goes to stdout where somebody reads it.
    pub fn script(style: Style, shown: bool) -> Desk {
        Desk::of(style, if shown { Way::Script } else { Way::Silent })
    }

    fn of(style: Style, way: Way) -> Desk {
        Desk { style, way, asked: false, script: VecDeque::new(), spaced: true }
    }

    /// How text is shown.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// The terminal may have been resized.
    pub fn measure(&mut self, columns: usize) {
        self.style.width = columns;
    }

    /// Whether nobody is at the keyboard.
    pub fn scripted(&self) -> bool {
        matches!(self.way, Way::Script | Way::Silent)
    }

    /// Whether lines can be drawn over while one is typed.
    pub fn capable(&self) -> bool {
        matches!(self.way, Way::Editor(_))
    }

    /// Types these lines at the next prompts.
    pub fn types(&mut self, lines: impl IntoIterator<Item = Heard>) {
        self.script.extend(lines);
    }

    /// Forgets what was not typed yet.
    pub fn forget(&mut self) {
        self.script.clear();
    }

    /// Whether lines are left to type.
    pub fn has_lines(&self) -> bool {
        !self.script.is_empty()
    }

    /// Shows one line.
    pub fn line(&mut self, text: &str) {
        if text.is_empty() && self.spaced {
            return;
        }
        self.spaced = text.is_empty();
        self.show(format!("{text}\n"));
    }

    /// Shows lines.
    pub fn lines(&mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut text = String::new();
        for line in lines {
            if line.as_ref().is_empty() && self.spaced {
                continue;
            }
            self.spaced = line.as_ref().is_empty();
            text.push_str(line.as_ref());
            text.push('\n');
        }
        self.show(text);
    }

    fn show(&mut self, text: String) {
        match &mut self.way {
            Way::Editor(editor) => editor.show(text),
            Way::Plain(plain) => plain.show(&text),
            // A reader that is gone is noticed by the signal of its pipe.
            Way::Script => drop(write_stdout(text.as_bytes())),
            Way::Silent => {}
        }
    }

    /// Asks for a line, unless one is asked for already. `kept`: it may be called back with the arrow keys.
    pub fn ask(&mut self, prompt: &str, kept: bool) {
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        self.spaced = false;
        match &mut self.way {
            Way::Editor(editor) => editor.ask(prompt, kept),
            Way::Plain(plain) => plain.ask(prompt),
            Way::Script => {
                if let Some(Heard::Line(line)) = self.script.front() {
                    // Whoever wrote the answers file need not be who looks at the terminal.
                    let _ = write_stdout(format!("{prompt}{}\n", escape(line)).as_bytes());
                }
            }
            Way::Silent => {}
        }
    }

    /// The prompt that waits becomes another of the same width, because what was asked for has no place any more. Text has to be
    /// shown after this.
    pub fn reprompt(&mut self, prompt: &str) {
        match &mut self.way {
            Way::Editor(editor) => editor.reprompt(prompt),
            Way::Plain(plain) => plain.reprompt(prompt),
            Way::Script | Way::Silent => {}
        }
    }

    /// Whether a prompt waits that is to be shown again under what came meanwhile.
    pub fn buried(&self) -> bool {
        matches!(&self.way, Way::Plain(plain) if plain.buried())
    }

    /// Shows it again.
    pub fn unbury(&mut self) {
        if let Way::Plain(plain) = &mut self.way {
            plain.unbury();
        }
    }

    /// Ends the line in which a terminal has shown a key that was pressed while there was no prompt: `^C`.
    pub fn end_line(&mut self) {
        if !self.scripted() {
            self.show("\n".to_owned());
        }
    }

    /// Whether a prompt waits.
    pub fn asking(&self) -> bool {
        self.asked
    }

    /// The next line; never, where nobody types and no line is left. Cancel safe.
    pub async fn heard(&mut self) -> Heard {
        if let Some(heard) = self.script.pop_front() {
            self.asked = false;
            return heard;
        }
        let heard = match &mut self.way {
            Way::Editor(editor) => editor.heard.recv().await,
            Way::Plain(plain) => plain.next().await,
            Way::Script | Way::Silent => std::future::pending().await,
        };
        self.asked = false;
        heard.unwrap_or(Heard::End)
    }

    /// Everything is shown, and the terminal is as it was.
    pub fn leave(self) {
        match self.way {
            Way::Editor(editor) => editor.leave(self.asked),
            Way::Plain(_) if self.asked => drop(write_stdout(b"\n")),
            Way::Plain(_) | Way::Script | Way::Silent => {}
        }
    }
}

/// The receiving end of a reader's thread, and where the thread gets its orders.
fn reader<T: Send + 'static>(
    read: impl FnOnce(Receiver<T>, &dyn Fn(Heard) -> bool) + Send + 'static,
) -> (Sender<T>, UnboundedReceiver<Heard>) {
    let (orders, asked) = channel();
    let (lines, heard) = unbounded_channel();
    std::thread::spawn(move || read(asked, &|heard| lines.send(heard).is_ok()));
    (orders, heard)
}
