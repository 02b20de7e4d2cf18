//! Rows of the socket table.

use std::io::{self, Write as _};

use super::{Out, Render, Style};
use crate::event::Event;
use crate::explain::explain;

/// Rows of the socket table.
pub struct Table {
    style: Style,
    out: Out,
}

impl Table {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Table { style, out }
    }
}

impl Render for Table {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let words = explain(event);
        writeln!(self.out, "{} {} {}", event.kind.name(), words.label, words.what)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
