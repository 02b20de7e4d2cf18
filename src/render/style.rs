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
