//! The phases of an exchange as durations.

use std::io::{self, Write as _};

use super::{Out, Render, Style};
use crate::event::Event;
use crate::explain::explain;

/// The phases of an exchange as durations.
pub struct Waterfall {
    style: Style,
    out: Out,
}

impl Waterfall {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Waterfall { style, out }
    }
}

impl Render for Waterfall {
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
