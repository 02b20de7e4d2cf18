//! The way from the root to an answer, drawn server by server.

use std::io;

use super::{Out, Render, Style};
use crate::event::Event;

/// Draws a walk.
pub struct Path {
    _style: Style,
    _out: Out,
}

impl Path {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Path { _style: style, _out: out }
    }
}

impl Render for Path {
    fn event(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
