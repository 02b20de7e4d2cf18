//! A sequence diagram: client left, server right, time down the side.

use std::io::{self, Write as _};

use super::{Out, Render, Style};
use crate::event::Event;
use crate::explain::explain;

/// A sequence diagram: client left, server right, time down the side.
pub struct Ladder {
    style: Style,
    out: Out,
}

impl Ladder {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Ladder { style, out }
    }
}

impl Render for Ladder {
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
