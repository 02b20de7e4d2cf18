//! Rows of the socket table, live lines while it is watched, and what a lab says of itself.
//!
//! Rows are held back until the table was read to its end, so that columns fit what is in them.

mod lists;
mod rows;

use std::io;
use std::time::Duration;

use super::style::{Role, Row, width, wrap};
use super::{Level, Out, Render, Style};
use crate::event::ports::{Socket, SocketFound, SocketsCounted};
use crate::event::{Event, EventKind};
use crate::explain::ports::cells::reach_note;
use crate::explain::ports::found;
use crate::explain::{Explanation, Try, Why, explain};

/// Rows of the socket table.
pub struct Table {
    style: Style,
    out: Out,
    /// Found and not yet shown.
    #[expect(clippy::vec_box, reason = "they come in boxes, and stay where they are")]
    held: Vec<Box<SocketFound>>,
}

impl Table {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Table { style, out, held: Vec::new() }
    }

    fn words(&self, event: &Event) -> Explanation {
        let words = explain(event);
        if self.style.facts { words.facts(event) } else { words }
    }

    fn counted(&mut self, counted: &SocketsCounted, words: Explanation) -> io::Result<()> {
        if self.style.level == Level::None && counted.port.is_some() && counted.shown == 0 {
            return self.sentence_as(Role::What, 1, &words.what);
        }
        self.rows()?;
        let single = counted.port.is_some();
        let mut notes = Notes::default();
        let held = std::mem::take(&mut self.held);
        if self.style.level == Level::None {
            return Ok(());
        }
        // A whole listing would say the same of every row.
        for row in held.iter().filter(|_| single && !self.style.facts) {
            notes.take(&found(&row.socket), self.style.level);
        }
        self.sentence_of(&words)?;
        if let Some(note) = reach_note(sockets(&held)).filter(|_| !single && !self.style.facts) {
            self.sentence(1, note)?;
        }
        notes.take(&words, self.style.level);
        self.notes(&notes, if single { 8 } else { 1 })
    }

    /// What is said under a list: the sentence and the notes, and nothing where only data is wanted.
    fn under(&mut self, words: &Explanation) -> io::Result<()> {
        if self.style.level == Level::None {
            return Ok(());
        }
        self.sentence_as(Role::What, 1, &words.what)?;
        let mut notes = Notes::default();
        notes.take(words, self.style.level);
        self.notes(&notes, 1)
    }

    fn sentence_of(&mut self, words: &Explanation) -> io::Result<()> {
        let wanted = words.weight == crate::explain::Weight::Step || self.style.level == Level::Full;
        if !wanted || words.what.is_empty() {
            return Ok(());
        }
        self.sentence_as(Role::What, 1, &words.what)
    }

    /// The rows held so far, with their heads.
    fn rows(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        rows::write(sockets(&self.held), &self.style, &mut self.out)
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
        for next in &notes.next {
            let shows = format!("  {}", next.shows);
            // The command is what counts: its purpose gives way where both do not fit.
            let need = indent + 5 + width(&self.style.safe(&next.command)) + width(&shows);
            let shows = if need <= self.style.columns() { shows.as_str() } else { "" };
            Row::new(&self.style)
                .to(indent)
                .put(Role::Plain, "try  ")
                .put(Role::Next, &next.command)
                .put(Role::Plain, shows)
                .end(&mut self.out)?;
        }
        Ok(())
    }

    fn sentence(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.sentence_as(Role::Plain, indent, text)
    }

    fn sentence_as(&mut self, role: Role, indent: usize, text: &str) -> io::Result<()> {
        for line in wrap(&self.style, text, self.style.columns().saturating_sub(indent)) {
            Row::new(&self.style).to(indent).put(role, &line).end(&mut self.out)?;
        }
        Ok(())
    }

    /// A change, as one line with the time since the watch began.
    fn live(&mut self, at: Duration, words: &Explanation) -> io::Result<()> {
        let time = format!("{:8.2} s", at.as_secs_f64());
        Row::new(&self.style)
            .to(1)
            .put(Role::Plain, &time)
            .to(13)
            .put(Role::What, &words.label)
            .to(23)
            .put(Role::Plain, &words.what)
            .end(&mut self.out)
    }

    /// Whatever else a run tells: its failure.
    fn other(&mut self, words: &Explanation) -> io::Result<()> {
        if words.weight != crate::explain::Weight::Step {
            return Ok(());
        }
        self.sentence_as(Role::What, 1, &words.what)?;
        if let Some(cause) = &words.cause {
            self.sentence(1, cause)?;
        }
        let mut notes = Notes::default();
        notes.take(words, self.style.level);
        self.notes(&notes, 1)
    }
}

impl Render for Table {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if matches!(event.kind, EventKind::SocketFound(_)) {
            return self.take(event.clone());
        }
        let words = self.words(event);
        if let EventKind::SocketsCounted(counted) = &event.kind {
            return self.counted(counted, words);
        }
        if let EventKind::LabCounted(counted) = &event.kind {
            lists::counts(counted, &self.style, &mut self.out)?;
            return self.under(&words);
        }
        if let EventKind::CacheListed(listed) = &event.kind {
            lists::cache(listed, &self.style, &mut self.out)?;
            return self.under(&words);
        }
        let changed = matches!(
            event.kind,
            EventKind::SocketAppeared(_) | EventKind::SocketChanged(_) | EventKind::SocketVanished(_)
        );
        if changed { self.live(event.at, &words) } else { self.other(&words) }
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        let EventKind::SocketFound(found) = event.kind else { return self.event(&event) };
        self.held.push(found);
        Ok(())
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

fn sockets(held: &[Box<SocketFound>]) -> impl Iterator<Item = &Socket> {
    held.iter().map(|found| &found.socket)
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
    fn take(&mut self, words: &Explanation, level: Level) {
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

#[cfg(test)]
mod tests;
