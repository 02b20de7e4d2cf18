//! One explanation as lines: label column, *what*, the lines that passed with their notes, *why*, cause and next.
//!
//! It knows columns and nothing of events: which explanation is shown, and what was said before, is the narration's business.

use std::io::{self, Write};

use crate::event::{Event, EventKind};
use crate::explain::{Explanation, Line, Try};
use crate::render::Style;
use crate::render::style::{Role, Row, direction_role, pack, truncate, width, wrap};

/// Where the columns stand.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// The beginning of the first line, up to the text column.
    pub(super) prefix: String,
    /// Where text begins.
    pub(super) text: usize,
    /// Where the labels `cause` and `try` begin.
    pub(super) label: usize,
}

/// An explanation, cut down to what is to be said this time.
pub(super) struct Block<'e> {
    pub(super) columns: Columns,
    pub(super) words: &'e Explanation,
    /// It tells of a failure.
    pub(super) bad: bool,
    /// Right of the *what*; empty for none.
    pub(super) time: String,
    /// Reasons, each wrapped later; those given before are gone.
    pub(super) why: Vec<String>,
    /// Finer points, and where it is written; empty unless asked for.
    pub(super) more: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) next: Vec<&'e Try>,
    /// Role of the lines that passed.
    pub(super) lines: Role,
    /// Long lines are wrapped instead of cut.
    pub(super) whole: bool,
    /// A note that does not fit behind its line is left out.
    pub(super) terse: bool,
    /// A single line that passed stands behind the *what* if it fits.
    pub(super) beside: bool,
}

/// Between the *what* and a line that stands behind it.
const BESIDE: &str = ":  ";
/// Columns from the text column to the notes.
const NOTES: usize = 26;
/// Text narrower than this begins on a line of its own, at the label column.
const NARROW: usize = 24;

impl Block<'_> {
    /// Writes the lines.
    pub(super) fn write(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page {
            style,
            out,
            text: self.columns.text,
            label: self.columns.label,
            first: None,
            terse: self.terse,
            notes_below: self.whole,
        };
        if style.columns() < page.text + NARROW {
            Row::new(style).put(Role::Plain, self.columns.prefix.trim_end()).end(page.out)?;
            page.text = page.label;
        } else {
            page.first = Some(self.columns.prefix.clone());
        }
        let beside = self.line_beside(&page);
        self.what(&mut page, beside)?;
        for line in self.words.lines.iter().filter(|_| beside.is_none()) {
            page.passed(line, self.lines, self.whole)?;
        }
        for text in self.why.iter().chain(&self.more) {
            page.paragraph(Role::Plain, text)?;
        }
        page.sources(&self.sources)?;
        if let Some(cause) = &self.words.cause {
            page.labelled("cause", Role::Bad, Role::What, cause)?;
        }
        for (index, next) in self.next.iter().enumerate() {
            page.next(if index == 0 { "try" } else { "" }, next)?;
        }
        if page.first.is_some() {
            page.row().end(page.out)?;
        }
        Ok(())
    }

    /// The single line that passed, if it is to stand behind the *what* and has the room.
    fn line_beside(&self, page: &Page<'_>) -> Option<&Line> {
        let [line] = self.words.lines.as_slice() else { return None };
        let cells = |text: &str| width(&page.style.safe(text));
        let need = cells(&self.words.what) + BESIDE.len() + cells(&line.text) + 2 + cells(&line.note);
        let fits = self.beside && !self.words.what.is_empty() && line.caret.is_none() && need <= page.room();
        fits.then_some(line)
    }

    fn what(&self, page: &mut Page<'_>, beside: Option<&Line>) -> io::Result<()> {
        if self.words.what.is_empty() {
            return Ok(());
        }
        // A server's last words may stand behind the ^C that the terminal has written.
        let echoed = if page.text == 1 { 2 } else { 0 };
        let room = page.style.columns() - page.text - echoed;
        // The time column goes before the words do.
        let time = if room >= 34 { self.time.as_str() } else { "" };
        let reserved = if time.is_empty() { 0 } else { time.len() + 2 };
        let role = if self.bad { Role::Bad } else { Role::What };
        if let Some(line) = beside {
            let row = page.row().put(role, &self.words.what).put(Role::Plain, BESIDE);
            let row = row.put(self.lines, &line.text);
            let gap = if line.note.is_empty() { "" } else { "  " };
            return row.put(Role::Plain, gap).put(Role::Plain, &line.note).end(page.out);
        }
        for (index, line) in wrap(page.style, &self.words.what, room - reserved).iter().enumerate() {
            let row = page.row().put(role, line);
            let row = if index == 0 { row.right(Role::Plain, time) } else { row };
            row.end(page.out)?;
        }
        Ok(())
    }
}

/// Where lines go, and what stands before the next one.
struct Page<'p> {
    style: &'p Style,
    out: &'p mut dyn Write,
    text: usize,
    label: usize,
    first: Option<String>,
    terse: bool,
    /// A note that does not fit behind its line stands below it.
    notes_below: bool,
}

impl<'p> Page<'p> {
    /// A line with the text column reached.
    fn row(&mut self) -> Row<'p> {
        let row = Row::new(self.style);
        match self.first.take() {
            Some(prefix) => {
                let row = row.put(Role::Plain, prefix.trim_end());
                if row.column() >= self.text { row.put(Role::Plain, " ") } else { row.to(self.text) }
            }
            None => row.to(self.text),
        }
    }

    fn room(&self) -> usize {
        self.style.columns() - self.text
    }

    fn paragraph(&mut self, role: Role, text: &str) -> io::Result<()> {
        for line in wrap(self.style, text, self.room()) {
            self.row().put(role, &line).end(self.out)?;
        }
        Ok(())
    }

    fn sources(&mut self, sources: &[String]) -> io::Result<()> {
        if sources.is_empty() {
            return Ok(());
        }
        let units: Vec<String> = ["source:".to_owned()].into_iter().chain(sources.iter().cloned()).collect();
        for line in pack(self.style, &units, self.room()) {
            self.row().put(Role::Plain, &line).end(self.out)?;
        }
        Ok(())
    }

    /// A line that passed: text, its note at the notes column or where there is room, a caret below.
    fn passed(&mut self, line: &Line, role: Role, whole: bool) -> io::Result<()> {
        if let Some((start, len)) = line.caret {
            return self.caret(line, start, len, role);
        }
        let safe = self.style.safe(&line.text).into_owned();
        if whole && width(&safe) > self.room() {
            self.paragraph(role, &line.text)?;
            return self.note(None, &line.note);
        }
        let row = self.row().put(role, &truncate(&safe, self.room(), self.style.glyphs().ellipsis));
        let note_fits = row.room() >= width(&self.style.safe(&line.note)) + 2;
        self.note(Some(row), if note_fits || self.notes_below { &line.note } else { "" })
    }

    /// A note behind the line it belongs to, or below it.
    fn note(&mut self, row: Option<Row<'_>>, note: &str) -> io::Result<()> {
        let indent = if self.room() >= 2 * NOTES { NOTES } else { 4 };
        let need = width(&self.style.safe(note));
        if let Some(row) = row {
            let at = if self.room() >= 2 * NOTES {
                (self.text + NOTES).max(row.column() + 2)
            } else {
                row.column() + 2
            };
            let at = if row.column() == self.text {
                self.text + indent.max(NOTES.min(self.room() / 2))
            } else {
                at
            };
            if need == 0 {
                return row.end(self.out);
            }
            if at + need <= self.style.columns() {
                return row.to(at).put(Role::Plain, note).end(self.out);
            }
            if self.terse || row.column() > self.text {
                row.end(self.out)?;
            }
            if self.terse {
                return Ok(());
            }
        }
        for line in wrap(self.style, note, self.room() - indent) {
            let column = self.text + indent;
            self.row().to(column).put(Role::Plain, &line).end(self.out)?;
        }
        Ok(())
    }

    /// A line and below it signs under the octets meant; a long line is shown from shortly before them.
    fn caret(&mut self, line: &Line, start: usize, len: usize, role: Role) -> io::Result<()> {
        let text = &line.text;
        let start = boundary(text, start);
        let end = boundary(text, start.saturating_add(len));
        let before = self.style.safe(&text[..start]).into_owned();
        let marked = self.style.safe(&text[start..end]).into_owned();
        let room = self.room();
        let ellipsis = self.style.glyphs().ellipsis;
        let keep = room / 2;
        let lead = if width(&before) > keep {
            format!("{ellipsis}{}", last(&before, keep - width(ellipsis)))
        } else {
            before
        };
        let rest = self.style.safe(&text[end..]).into_owned();
        self.row().put(role, &lead).put(Role::Bad, &marked).put(role, &rest).end(self.out)?;
        let column = self.text + width(&lead);
        let row = self.row().to(column).draw(Role::Bad, "^", width(&marked).max(1));
        self.note(Some(row), &line.note)
    }

    fn labelled(&mut self, label: &str, label_role: Role, role: Role, text: &str) -> io::Result<()> {
        let lines = wrap(self.style, text, self.room());
        if self.text == self.label {
            Row::new(self.style).to(self.label).put(label_role, label).end(self.out)?;
        }
        for (index, line) in lines.iter().enumerate() {
            let row = Row::new(self.style).to(self.label);
            let row = if index == 0 && self.text > self.label { row.put(label_role, label) } else { row };
            row.to(self.text).put(role, line).end(self.out)?;
        }
        Ok(())
    }

    /// A command; where it takes several lines each but the last ends so that a shell reads on.
    fn command(&mut self, label: &str, command: &str) -> io::Result<()> {
        let room = self.room();
        if width(&self.style.safe(command)) <= room || self.text == self.label {
            return self.labelled(label, Role::Plain, Role::Next, command);
        }
        let lines = pack(self.style, &shell_words(command), room - 2);
        for (index, line) in lines.iter().enumerate() {
            let row = Row::new(self.style).to(self.label);
            let row = if index == 0 { row.put(Role::Plain, label) } else { row };
            let row = row.to(self.text).put(Role::Next, line);
            let row = if index + 1 < lines.len() { row.put(Role::Plain, " \\") } else { row };
            row.end(self.out)?;
        }
        Ok(())
    }

    /// A command to run, never cut, and what it shows.
    fn next(&mut self, label: &str, next: &Try) -> io::Result<()> {
        if next.command.is_empty() {
            return self.labelled(label, Role::Plain, Role::Plain, &next.shows);
        }
        let command = width(&self.style.safe(&next.command));
        let at = (command + 2).max(NOTES);
        let fits = at + width(&self.style.safe(&next.shows)) <= self.room();
        if !fits || next.shows.is_empty() || self.text == self.label {
            self.command(label, &next.command)?;
            return if self.terse { Ok(()) } else { self.note(None, &next.shows) };
        }
        let text = self.text;
        Row::new(self.style)
            .to(self.label)
            .put(Role::Plain, label)
            .to(text)
            .put(Role::Next, &next.command)
            .to(text + at)
            .put(Role::Plain, &next.shows)
            .end(self.out)
    }
}

/// The role of the lines that an event shows.
pub(super) fn line_role(event: &Event) -> Role {
    if let EventKind::Request(facts) = &event.kind {
        return Role::from_side(facts.by);
    }
    if let EventKind::Response(facts) = &event.kind {
        return Role::from_side(facts.by);
    }
    if let EventKind::Bytes(facts) = &event.kind {
        return direction_role(facts.direction, event.side);
    }
    if matches!(event.kind, EventKind::Reply(_)) {
        return Role::FromServer;
    }
    Role::Plain
}

/// The words of a command, each with the quotes around it.
fn shell_words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        quoted ^= c == '\'';
        match words.last_mut() {
            Some(word) if c != ' ' || quoted => word.push(c),
            Some(_) | None => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The next character boundary from an octet on.
fn boundary(text: &str, from: usize) -> usize {
    (from..text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(text.len())
}

/// The end of safe text, in at most so many columns.
fn last(safe: &str, columns: usize) -> &str {
    let mut used = 0;
    for (index, c) in safe.char_indices().rev() {
        used += width(c.encode_utf8(&mut [0; 4]));
        if used > columns {
            return &safe[index + c.len_utf8()..];
        }
    }
    safe
}
