//! A line being put together: the one way by which text enters a view.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{RESET, Role, Style, truncate, width};

/// Spaces, as many as are added at a time.
const BLANK: &str = "                                                                ";

/// Text in which nothing acts on a terminal, with the columns that it takes: made by a [`Style`] alone.
#[derive(Debug, Default)]
pub(in crate::render) struct Safe<'t> {
    text: Cow<'t, str>,
    width: usize,
}

impl Safe<'_> {
    /// Columns that it takes.
    pub(in crate::render) fn width(&self) -> usize {
        self.width
    }

    pub(in crate::render) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text in at most so many columns, and then all of `tail`.
    pub(in crate::render) fn before(&self, tail: &Safe<'_>, columns: usize, ellipsis: &str) -> Safe<'static> {
        let text = [truncate(&self.text, columns, ellipsis).as_ref(), &tail.text].concat();
        Safe { width: width(&text), text: text.into() }
    }
}

impl Style {
    /// The same for text that is shown more than once: it is looked at once.
    pub(in crate::render) fn once<'t>(&self, text: impl Into<Cow<'t, str>>) -> Safe<'t> {
        let text = text.into();
        let spelled = match self.safe(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(spelled) => Some(Cow::Owned(spelled)),
        };
        let text = spelled.unwrap_or(text);
        Safe { width: width(&text), text }
    }
}

/// One line being put together; every piece of text that enters it is escaped, and it never grows wider than its style.
#[derive(Debug)]
pub struct Row<'s> {
    style: &'s Style,
    text: String,
    column: usize,
}

impl<'s> Row<'s> {
    /// An empty line.
    pub fn new(style: &'s Style) -> Self {
        Row { style, text: String::with_capacity(style.columns()), column: 0 }
    }

    /// Where the next text would stand, from 0.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Columns left.
    pub fn room(&self) -> usize {
        self.style.columns().saturating_sub(self.column)
    }

    /// Adds text, cut with an ellipsis where it does not fit.
    pub fn put(self, role: Role, text: &str) -> Self {
        let room = self.room();
        self.put_within(role, text, room)
    }

    /// The same with a limit of its own.
    pub fn put_within(self, role: Role, text: &str, columns: usize) -> Self {
        let style = self.style;
        self.put_cut(role, &style.safe(text), columns)
    }

    /// The same for text that was looked at before.
    pub(in crate::render) fn put_safe(mut self, role: Role, safe: &Safe<'_>, columns: usize) -> Self {
        if safe.width > columns.min(self.room()) {
            return self.put_cut(role, &safe.text, columns);
        }
        self.column += safe.width;
        self.style.paint(&mut self.text, role, &safe.text);
        self
    }

    fn put_cut(mut self, role: Role, safe: &str, columns: usize) -> Self {
        let cut = truncate(safe, columns.min(self.room()), self.style.glyphs().ellipsis);
        self.column += width(&cut);
        self.style.paint(&mut self.text, role, &cut);
        self
    }

    /// Adds signs of [`Glyphs`](super::Glyphs).
    pub fn draw(mut self, role: Role, glyph: &'static str, times: usize) -> Self {
        let times = times.min(self.room() / width(glyph).max(1));
        self.column += width(glyph) * times;
        self.style.paint(&mut self.text, role, &glyph.repeat(times));
        self
    }

    /// Fills with spaces up to `column`.
    pub fn to(mut self, column: usize) -> Self {
        let target = column.min(self.style.columns());
        while self.column < target {
            let some = BLANK.len().min(target - self.column);
            self.text.push_str(&BLANK[..some]);
            self.column += some;
        }
        self
    }

    /// Adds text at the right margin if two spaces are left between; otherwise leaves it out.
    pub fn right(self, role: Role, text: &str) -> Self {
        let need = width(&self.style.safe(text));
        let start = self.style.columns().saturating_sub(need);
        if text.is_empty() || start < self.column + 2 {
            return self;
        }
        self.to(start).put(role, text)
    }

    /// Writes the line, without spaces at its end.
    ///
    /// # Errors
    /// What the writer says.
    pub fn end(self, out: &mut dyn Write) -> io::Result<()> {
        let text = self.text.trim_end_matches(' ');
        // Spaces before a reset are at the end of the line as well.
        let (text, reset) =
            text.strip_suffix(RESET).map_or((text, ""), |text| (text.trim_end_matches(' '), RESET));
        out.write_all(text.as_bytes())?;
        out.write_all(reset.as_bytes())?;
        out.write_all(b"\n")
    }
}
