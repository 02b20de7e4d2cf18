//! Rows of the socket table, and live lines while it is watched.
//!
//! Rows are held back until the table was read to its end, so that columns fit what is in them.

mod rows;

use std::io::{self, Write as _};
use std::time::Duration;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Level, Out, Render, Style};
use crate::event::ports::{Socket, SocketsCounted};
use crate::event::{Event, EventKind};
use crate::explain::ports::reach_note;
use crate::explain::{Explanation, Try, Why, explain};

/// Rows of the socket table.
pub struct Table {
    style: Style,
    out: Out,
    /// Found and not yet shown, with their words.
    held: Vec<(Socket, Explanation)>,
}

impl Table {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Table { style, out, held: Vec::new() }
    }

    fn counted(&mut self, counted: &SocketsCounted, words: Explanation) -> io::Result<()> {
        if self.style.level == Level::None && counted.port.is_some() && counted.shown == 0 {
            return self.sentence(1, &words.what);
        }
        self.rows()?;
        let single = counted.port.is_some();
        let mut notes = Notes::default();
        let held = std::mem::take(&mut self.held);
        if self.style.level == Level::None {
            return Ok(());
        }
        for (_, row) in &held {
            notes.take(row, single, self.style.level);
        }
        self.sentence_of(&words)?;
        if let Some(note) = reach_note(held.iter().map(|(socket, _)| socket)).filter(|_| !single) {
            self.sentence(1, note)?;
        }
        notes.take(&words, true, self.style.level);
        self.notes(&notes, if single { 8 } else { 1 })
    }

    fn sentence_of(&mut self, words: &Explanation) -> io::Result<()> {
        let wanted = words.weight == crate::explain::Weight::Step || self.style.level == Level::Full;
        if !wanted || words.what.is_empty() {
            return Ok(());
        }
        self.sentence(1, &words.what)
    }

    /// The rows held so far, with their heads.
    fn rows(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let sockets: Vec<&Socket> = self.held.iter().map(|(socket, _)| socket).collect();
        for line in rows::lines(&sockets, &self.style) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn notes(&mut self, notes: &Notes, indent: usize) -> io::Result<()> {
        for why in &notes.why {
            self.sentence(indent, &why.text)?;
        }
        for more in &notes.more {
            self.sentence(indent, more)?;
        }
        if !notes.sources.is_empty() {
            self.sentence(indent, &format!("Written in: {}.", notes.sources.join(", ")))?;
        }
        let room = notes.next.iter().map(|next| next.command.width()).max().unwrap_or(0);
        for next in &notes.next {
            let command = escape(&next.command);
            let line = format!("{:indent$}try  {}  {}", "", pad(&command, room), escape(&next.shows));
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn sentence(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrap(&escape(text), self.style.width.saturating_sub(indent)) {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    /// A change, as one line with the time since the watch began.
    fn live(&mut self, at: Duration, words: &Explanation) -> io::Result<()> {
        let start = format!(" {:8.2} s  {:<8}  ", at.as_secs_f64(), words.label);
        let room = self.style.width.saturating_sub(start.len()).max(20);
        writeln!(self.out, "{start}{}", shorten(&escape(&words.what), room, self.style.ascii))
    }

    /// Whatever else a run tells: its failure.
    fn other(&mut self, words: &Explanation) -> io::Result<()> {
        if words.weight != crate::explain::Weight::Step {
            return Ok(());
        }
        self.sentence(1, &words.what)?;
        if let Some(cause) = &words.cause {
            self.sentence(1, cause)?;
        }
        let mut notes = Notes::default();
        notes.take(words, true, self.style.level);
        self.notes(&notes, 1)
    }
}

impl Render for Table {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let words = explain(event);
        if let EventKind::SocketFound(found) = &event.kind {
            self.held.push((found.socket.clone(), words));
            return Ok(());
        }
        if let EventKind::SocketsCounted(counted) = &event.kind {
            return self.counted(counted, words);
        }
        let changed = matches!(
            event.kind,
            EventKind::SocketAppeared(_) | EventKind::SocketChanged(_) | EventKind::SocketVanished(_)
        );
        if changed { self.live(event.at, &words) } else { self.other(&words) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        // A recording that was cut off has rows and no count.
        self.rows()?;
        self.held.clear();
        self.out.flush()
    }
}

/// What is said under the rows, each thing once.
#[derive(Default)]
struct Notes {
    why: Vec<Why>,
    more: Vec<String>,
    sources: Vec<&'static str>,
    next: Vec<Try>,
}

impl Notes {
    /// Takes the reasons of one row (`all`), or of a long list only what is wrong with it.
    fn take(&mut self, words: &Explanation, all: bool, level: Level) {
        if !all {
            return;
        }
        for why in &words.why {
            if !self.why.iter().any(|said| said.id == why.id) {
                self.why.push(why.clone());
            }
        }
        for next in &words.next {
            if !self.next.iter().any(|said| said.shows == next.shows) {
                self.next.push(next.clone());
            }
        }
        if level != Level::Full {
            return;
        }
        for more in &words.more {
            if !self.more.contains(more) {
                self.more.push(more.clone());
            }
        }
        for source in &words.sources {
            if !self.sources.contains(source) {
                self.sources.push(source);
            }
        }
    }
}

/// Control characters and bidirectional controls as `\u{1b}`: nothing in a command line drives the terminal.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        let bidi = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || bidi || matches!(letter, '\u{2028}' | '\u{2029}') {
            safe.extend(letter.escape_unicode());
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// Cuts to so many columns and says so with an ellipsis.
fn shorten(text: &str, columns: usize, ascii: bool) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = if ascii { ".." } else { "\u{2026}" };
    let room = columns.saturating_sub(mark.width());
    let mut short = String::new();
    let mut used = 0;
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used > room {
            break;
        }
        short.push(letter);
    }
    short.truncate(short.trim_end().len());
    short + mark
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{:room$}", "", room = columns.saturating_sub(text.width()))
}

/// Breaks at spaces; a longer word stands alone.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let full =
            lines.last().is_some_and(|line| !line.is_empty() && line.width() + 1 + word.width() > columns);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests;
