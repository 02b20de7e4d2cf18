//! Keys of a person at the terminal: a choice, a short answer, a pause. dialoguer's own list ignores Ctrl-D, and at Ctrl-C leaves
//! the cursor hidden; so its terminal is used, and these keys are read here.

use std::io::{self, Write as _};

use dialoguer::console::{Key, Term};

use crate::command::terminal::KeysTerminal;
use crate::render::Style;
use crate::render::menu::{Choice, draw};

/// What came of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed<T> {
    Chosen(T),
    /// Esc, `q` (where it is no answer), Ctrl-D, or a terminal that is gone.
    Left,
    /// Ctrl-C.
    Interrupted,
}

/// The end of input, as a terminal sends it.
const CTRL_D: Key = Key::Char('\u{4}');

/// The person at the terminal.
pub(super) struct Keyboard {
    term: Term,
    terminal: KeysTerminal,
    style: Style,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the keys of a keyboard are not ours to list")]
impl Keyboard {
    pub(super) fn new(terminal: KeysTerminal, style: Style) -> Keyboard {
        Keyboard { term: Term::stdout(), terminal, style }
    }

    /// One of the choices. Nothing of the list stays on the screen.
    pub(super) fn choose(
        &mut self,
        choices: &[Choice],
        first: usize,
        rows: usize,
    ) -> io::Result<Typed<usize>> {
        let terminal = self.terminal.clone();
        let _keys = terminal.keys();
        let last = choices.len().saturating_sub(1);
        let mut chosen = first.min(last);
        loop {
            let mut text = Vec::new();
            let lines = draw(choices, chosen, rows, &self.style, &mut text)?;
            self.term.write_all(&text)?;
            let key = self.key();
            self.term.clear_last_lines(lines)?;
            match key? {
                Key::ArrowDown | Key::Tab | Key::Char('j') => {
                    chosen = if chosen == last { 0 } else { chosen + 1 };
                }
                Key::ArrowUp | Key::BackTab | Key::Char('k') => {
                    chosen = if chosen == 0 { last } else { chosen - 1 };
                }
                Key::Home => chosen = 0,
                Key::End => chosen = last,
                Key::Enter => return Ok(Typed::Chosen(chosen)),
                Key::Escape | Key::Char('q') | CTRL_D => return Ok(Typed::Left),
                Key::CtrlC => return Ok(Typed::Interrupted),
                _ => {}
            }
        }
    }

    /// A short answer; Enter alone takes the usual one.
    pub(super) fn ask(&mut self, what: &str, usual: &str) -> io::Result<Typed<String>> {
        let terminal = self.terminal.clone();
        let _keys = terminal.keys();
        write!(self.term, "{what} [{usual}]: ")?;
        let mut answer = String::new();
        loop {
            match self.key()? {
                Key::Char(c) if !c.is_control() => {
                    answer.push(c);
                    write!(self.term, "{c}")?;
                }
                Key::Backspace if answer.pop().is_some() => self.term.clear_chars(1)?,
                Key::Enter => {
                    self.say("")?;
                    let typed = answer.trim();
                    return Ok(Typed::Chosen(if typed.is_empty() { usual } else { typed }.to_owned()));
                }
                Key::Escape | CTRL_D => {
                    self.say("")?;
                    return Ok(Typed::Left);
                }
                Key::CtrlC => {
                    self.say("")?;
                    return Ok(Typed::Interrupted);
                }
                _ => {}
            }
        }
    }

    /// Waits until what is on the screen was read.
    pub(super) fn pause(&mut self, prompt: &str) -> io::Result<Typed<()>> {
        let terminal = self.terminal.clone();
        let _keys = terminal.keys();
        write!(self.term, "{prompt}")?;
        let typed = loop {
            match self.key()? {
                Key::Enter | Key::Char(' ') => break Typed::Chosen(()),
                Key::Escape | Key::Char('q') | CTRL_D => break Typed::Left,
                Key::CtrlC => break Typed::Interrupted,
                _ => {}
            }
        };
        self.say("")?;
        Ok(typed)
    }

    /// A line of ours.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.term.write_line(text)
    }

    /// The next key; a terminal that is gone is left.
    fn key(&self) -> io::Result<Key> {
        match self.terminal.read(|| self.term.read_key_raw()) {
            None => Ok(CTRL_D),
            Some(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(CTRL_D),
            Some(key) => key,
        }
    }
}
