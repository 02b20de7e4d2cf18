//! Colour, width, glyphs and escaping: what every view has in common.
//!
//! Text enters a view through [`Row`], which escapes it: there is no way to put a peer's octets into a line raw. Nothing here
//! looks at the environment; colour is decided once a stream by whoever owns the terminal (`colored` itself would
//! decide by stdout alone, so only its codes are used).

mod escape;
mod row;

use std::borrow::Cow;
use std::io::{self, Write};

use colored::Color;
use unicode_width::UnicodeWidthChar as _;

use super::Level;
use crate::event::Side;
use crate::event::tcp::Direction;

pub use escape::{Payload, escape, escape_bytes, escape_json, escape_payload};
pub use row::Row;
pub(super) use row::Safe;

/// How to show it; decided once per stream by whoever owns the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    pub color: bool,
    /// Only ASCII glyphs.
    pub ascii: bool,
    pub level: Level,
    /// What happened and not why: no reasons, no commands to try, no terms. A failure keeps its evidence.
    pub facts: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 80, color: false, ascii: false, level: Level::Brief, facts: false }
    }
}

/// Narrower terminals are treated as this wide: below it no view has room for words.
pub const NARROWEST: usize = 40;

/// What a piece of text is, so that it can look the same everywhere. Colour and weight repeat what words say, never more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    #[default]
    Plain,
    /// *What* happened.
    What,
    /// Headings.
    Heading,
    /// Sent by the client.
    FromClient,
    /// Sent by the server.
    FromServer,
    /// What is broken.
    Bad,
    /// What to do next.
    Next,
    /// One of several conversations, by its serial.
    Flow(u64),
}

impl Role {
    /// The role of bytes that came from `side`.
    pub fn from_side(side: Side) -> Role {
        match side {
            Side::Client => Role::FromClient,
            Side::Server => Role::FromServer,
            Side::Resolver | Side::Observer => Role::Plain,
        }
    }

    fn codes(self) -> (bool, Option<Color>) {
        // No dim, yellow or white: they vanish on projectors and light backgrounds.
        const FLOWS: [Color; 4] = [Color::Cyan, Color::Magenta, Color::Blue, Color::Green];
        match self {
            Role::Plain => (false, None),
            Role::What | Role::Heading => (true, None),
            Role::FromClient => (false, Some(Color::Blue)),
            Role::FromServer => (false, Some(Color::Magenta)),
            Role::Bad => (true, Some(Color::Red)),
            Role::Next => (false, Some(Color::Cyan)),
            Role::Flow(serial) => (false, Some(FLOWS[(serial % 4) as usize])),
        }
    }
}

/// The signs a view draws with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub bar: &'static str,
    pub rule: &'static str,
    pub right: &'static str,
    pub left: &'static str,
    pub cross: &'static str,
    pub dash: &'static str,
    pub ellipsis: &'static str,
    pub dot: &'static str,
    pub corner: &'static str,
    /// Eighths of a cell, from one to eight.
    pub eighths: [&'static str; 8],
}

const UNICODE: Glyphs = Glyphs {
    bar: "│",
    rule: "─",
    right: "▶",
    left: "◀",
    cross: "✗",
    dash: "╌",
    ellipsis: "…",
    dot: "·",
    corner: "└",
    eighths: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
};

const ASCII: Glyphs = Glyphs {
    bar: "|",
    rule: "-",
    right: ">",
    left: "<",
    cross: "x",
    dash: ".",
    ellipsis: "...",
    dot: "-",
    corner: "`",
    eighths: ["#"; 8],
};

/// Ends what a role began.
const RESET: &str = "\x1b[0m";

impl Style {
    /// The signs to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// Columns to lay out for.
    pub fn columns(&self) -> usize {
        self.width.max(NARROWEST)
    }

    /// Paints text that is safe already.
    fn paint(&self, out: &mut String, role: Role, safe: &str) {
        let (bold, color) = role.codes();
        if !self.color || safe.is_empty() || (!bold && color.is_none()) {
            out.push_str(safe);
            return;
        }
        let color = color.map(|color| color.to_fg_str()).unwrap_or_default();
        let between = if bold && !color.is_empty() { ";" } else { "" };
        out.push_str("\x1b[");
        out.push_str(if bold { "1" } else { "" });
        out.push_str(between);
        out.push_str(&color);
        out.push('m');
        out.push_str(safe);
        out.push_str(RESET);
    }

    /// Own text with the ASCII spelling of what an ASCII terminal cannot show; text of peers is spelled as `\u{e9}`.
    pub(super) fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let safe = escape(text);
        if !self.ascii || safe.is_ascii() {
            return safe;
        }
        let mut plain = String::with_capacity(safe.len() + 8);
        for c in safe.chars() {
            if c.is_ascii() { plain.push(c) } else { plain.extend(c.escape_unicode()) }
        }
        Cow::Owned(plain)
    }
}

/// Columns that safe text takes.
pub fn width(safe: &str) -> usize {
    if safe.is_ascii() {
        return safe.len();
    }
    // By character: never less than what a terminal takes for the sequence.
    safe.chars().map(|c| c.width().unwrap_or(1)).sum()
}

/// The text in at most so many columns; what is cut is said by an ellipsis.
pub fn truncate<'t>(safe: &'t str, columns: usize, ellipsis: &str) -> Cow<'t, str> {
    if width(safe) <= columns {
        return Cow::Borrowed(safe);
    }
    let mark = if width(ellipsis) <= columns { ellipsis } else { "" };
    let (kept, _) = split(safe, columns - width(mark));
    Cow::Owned(format!("{kept}{mark}"))
}

/// Splits before the first character that does not fit.
fn split(safe: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (index, c) in safe.char_indices() {
        used += c.width().unwrap_or(1);
        if used > columns {
            return safe.split_at(index);
        }
    }
    (safe, "")
}

/// Breaks text into lines of at most so many columns, at spaces where there are any. The text is escaped first, so that no line
/// is wider than it looks.
pub fn wrap(style: &Style, text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let safe = style.safe(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in safe.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        let mut need = width(word);
        if used > 0 && used + 1 + need > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        while need > columns {
            let (now, later) = split(word, columns);
            lines.push(now.to_owned());
            word = later;
            need = width(word);
        }
        line.push_str(word);
        used += need;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Fills lines of at most so many columns with units, a space between; a unit is broken only where it alone is too wide.
pub fn pack(style: &Style, units: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for unit in units {
        let safe = style.safe(unit);
        let need = width(&safe);
        if let Some(line) = lines.last_mut()
            && width(line) + 1 + need <= columns
        {
            line.push(' ');
            line.push_str(&safe);
        } else {
            lines.extend(wrap(style, &safe, columns));
        }
    }
    lines
}

/// A heading across the whole width: `── Title ─────`.
///
/// # Errors
/// What the writer says.
pub fn rule(style: &Style, title: &str, right: &str, out: &mut dyn Write) -> io::Result<()> {
    let glyph = style.glyphs().rule;
    let tail = if right.is_empty() { 0 } else { width(&style.safe(right)) + 4 };
    let row = Row::new(style).draw(Role::Plain, glyph, 2).put(Role::Plain, " ");
    let room = row.room().saturating_sub(tail + 1);
    let row = row.put_within(Role::Heading, title, room).put(Role::Plain, " ");
    let dashes = row.room().saturating_sub(tail);
    let row = row.draw(Role::Plain, glyph, dashes);
    if tail == 0 {
        return row.end(out);
    }
    row.put(Role::Plain, " ")
        .put(Role::Heading, right)
        .put(Role::Plain, " ")
        .draw(Role::Plain, glyph, 2)
        .end(out)
}

/// The role of bytes that went in `direction`, seen by `side`.
pub fn direction_role(direction: Direction, side: Side) -> Role {
    Role::from_side(direction.from(side))
}

#[cfg(test)]
mod tests;
