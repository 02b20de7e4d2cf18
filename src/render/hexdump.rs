//! Every captured byte with the field it belongs to; the rest counted.

use std::io::{self, Write as _};

use super::{Out, Render, Style};
use crate::event::Event;
use crate::explain::explain;

/// Every captured byte with the field it belongs to; the rest counted.
pub struct Hexdump {
    style: Style,
    out: Out,
}

impl Hexdump {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Hexdump { style, out }
    }
}

impl Render for Hexdump {
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
