//! Numbered steps with what, why and time.

use std::io::{self, Write as _};

use super::{Out, Render, Style, Voice};
use crate::event::Event;
use crate::explain::explain;

/// Numbered steps with what, why and time.
pub struct Narration {
    voice: Voice,
    style: Style,
    out: Out,
}

impl Narration {
    /// Writes to `out`.
    pub fn new(voice: Voice, style: Style, out: Out) -> Self {
        Narration { voice, style, out }
    }
}

impl Render for Narration {
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
