//! Puts a broken rule into facts: where it is, what stands there, and the line around it. It judges nothing.

use crate::event::http::{Broken, Malformed};
use crate::event::{Head, Side};

/// Longest piece of a line that is kept around an offending octet.
pub(super) const WINDOW: usize = 256;

/// Where something stands: the line it is in, that line's offset in the flow, and the octets of it that are meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Spot {
    pub line: Vec<u8>,
    pub line_at: u64,
    pub caret: usize,
    pub width: usize,
}

impl Spot {
    /// Cuts the line to [`WINDOW`] octets around the caret.
    pub(super) fn new(line: &[u8], line_at: u64, caret: usize, width: usize) -> Spot {
        let line = strip_end(line);
        let caret = caret.min(line.len());
        let start = if caret < WINDOW - 32 { 0 } else { caret - WINDOW / 2 };
        let end = line.len().min(start + WINDOW);
        let width = width.clamp(1, (end - caret).max(1));
        Spot { line: line[start..end].to_vec(), line_at: line_at + start as u64, caret: caret - start, width }
    }

    /// Offset of the first offending octet in its direction of the flow.
    pub(super) fn offset(&self) -> u64 {
        self.line_at + self.caret as u64
    }
}

/// The facts about a broken rule.
pub(super) fn malformed(
    by: Side,
    broken: Broken,
    spot: Spot,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> Malformed {
    Malformed {
        by,
        broken,
        offset: spot.offset(),
        expected: expected.into(),
        found: found.into(),
        caret: spot.caret as u64,
        width: spot.width as u64,
        line: Head(spot.line),
        values: Vec::new(),
        limit: None,
        trailer: false,
    }
}

/// Names one octet for a reader: a printable one as itself, any other by name or number.
pub(super) fn octet(byte: u8) -> String {
    match byte {
        0 => "a NUL octet".to_owned(),
        b'\t' => "a tab".to_owned(),
        b'\n' => "a line feed (LF)".to_owned(),
        b'\r' => "a carriage return (CR)".to_owned(),
        b' ' => "a space".to_owned(),
        b'"' => "a quotation mark".to_owned(),
        0x21..=0x7e => format!("\"{}\"", char::from(byte)),
        _ => format!("octet {byte:02X}"),
    }
}

/// A piece of text for `found`: printable ASCII in quotation marks, cut at 40 octets; others as `.`.
pub(super) fn quoted(text: &[u8]) -> String {
    let shown: String = text
        .iter()
        .take(40)
        .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
        .collect();
    format!("\"{shown}{}\"", if text.len() > 40 { "..." } else { "" })
}

/// The line without its CRLF or LF.
pub(super) fn strip_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_the_caret_on_its_octet() {
        let mut line = vec![b'a'; 1000];
        line[700] = b'!';
        let spot = Spot::new(&line, 50, 700, 1);
        assert_eq!(spot.line.len(), WINDOW);
        assert_eq!(spot.line[spot.caret], b'!');
        assert_eq!(spot.offset(), 750);
    }

    #[test]
    fn octets_have_names() {
        assert_eq!(octet(b'Z'), "\"Z\"");
        assert_eq!(octet(0), "a NUL octet");
        assert_eq!(octet(0x9b), "octet 9B");
        assert_eq!(quoted(b"a\x1bb"), "\"a.b\"");
    }
}
