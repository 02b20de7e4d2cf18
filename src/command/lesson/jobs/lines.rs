//! What a program writes, cut into lines that are safe for a terminal.
//!
//! Pieces come as the pipe gives them; a line that gets no end is given out in pieces of at most [`LONGEST`] octets.

use crate::render::style::{escape_payload, width};

/// Octets after which a line is cut.
pub const LONGEST: usize = 8 * 1024;

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// The lines of one stream.
#[derive(Debug)]
pub struct Lines {
    /// Another program's: everything is escaped.
    foreign: bool,
    held: Vec<u8>,
    /// The last octet was a CR: a LF behind it belongs to it.
    after_cr: bool,
}

impl Lines {
    pub fn new(foreign: bool) -> Lines {
        Lines { foreign, held: Vec::new(), after_cr: false }
    }

    /// The lines that are complete with this piece. A CR alone ends a line too: a program that draws over its line has said
    /// it all the same.
    pub fn feed(&mut self, octets: &[u8]) -> Vec<String> {
        let mut pieces = Vec::new();
        for octet in octets {
            let after_cr = std::mem::replace(&mut self.after_cr, *octet == b'\r');
            match octet {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.held);
                    pieces.push(self.safe(&line));
                }
                octet => self.held.push(*octet),
            }
            if self.held.len() >= LONGEST {
                let rest = self.held.split_off(whole_until(&self.held));
                let line = std::mem::replace(&mut self.held, rest);
                pieces.push(self.safe(&line));
            }
        }
        pieces
    }

    /// Whether a line has begun.
    pub fn unfinished(&self) -> bool {
        !self.held.is_empty()
    }

    /// The line that has begun: nothing more comes for now.
    pub fn rest(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.held);
        (!line.is_empty()).then(|| self.safe(&line))
    }

    fn safe(&self, line: &[u8]) -> String {
        if !self.foreign {
            // Netlearn's views escape what they write.
            return String::from_utf8_lossy(line).into_owned();
        }
        spaced(&escape_payload(&without_colors(line)))
    }
}

/// Where to cut so that no character is split.
fn whole_until(octets: &[u8]) -> usize {
    let from = octets.len().saturating_sub(3);
    let cut = (from..octets.len()).find(|start| {
        std::str::from_utf8(&octets[*start..])
            .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    });
    cut.unwrap_or(octets.len())
}

/// Without SGR sequences (ECMA-48 section 8.3.117): ESC [, digits and separators, m.
fn without_colors(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((octet, more)) = rest.split_first() {
        rest = match more.strip_prefix(b"[").filter(|_| *octet == 0x1b).and_then(behind_parameters) {
            Some(behind) => behind,
            None => {
                plain.push(*octet);
                more
            }
        };
    }
    plain
}

fn behind_parameters(parameters: &[u8]) -> Option<&[u8]> {
    let end = parameters.iter().position(|octet| !matches!(octet, b'0'..=b'9' | b';' | b':'))?;
    parameters[end..].strip_prefix(b"m")
}

/// Tabs as the spaces that a terminal shows: what stands before the line would move its stops.
fn spaced(line: &str) -> String {
    let mut parts = line.split('\t');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut column = width(&text);
    for part in parts {
        let gap = TAB - column % TAB;
        text.extend(std::iter::repeat_n(' ', gap));
        text.push_str(part);
        column += gap + width(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(foreign: bool, pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::new(foreign);
        let mut told: Vec<String> = pieces.iter().flat_map(|piece| lines.feed(piece)).collect();
        told.extend(lines.rest());
        told
    }

    #[test]
    fn lines_end_with_lf_crlf_and_cr() {
        let told = all(true, &[b"one\ntw", b"o\r", b"\n10%\r20%\r\n\nend"]);
        assert_eq!(told, ["one", "two", "10%", "20%", "", "end"]);
    }

    #[test]
    fn colours_of_others_go_and_all_else_is_spelled_out() {
        let told = all(true, &[b"\x1b[1;31mred\x1b[0m \x1b[2J\x1b]0;t\x07 \xff \x1b[\n"]);
        assert_eq!(told, ["red \\x1b[2J\\x1b]0;t\\x07 \\xff \\x1b["]);
        let own = all(false, &[b"\x1b[1mbold\x1b[0m\n"]);
        assert_eq!(own, ["\x1b[1mbold\x1b[0m"]);
    }

    #[test]
    fn tabs_stand_where_the_terminal_has_them() {
        assert_eq!(all(true, &[b"a\tb\t12345678\tc\n"]), ["a       b       12345678        c"]);
    }

    #[test]
    fn a_line_without_end_comes_in_pieces_and_no_character_is_split() {
        let odd = format!("x{}", "é".repeat(LONGEST));
        let told = all(true, &[odd.as_bytes()]);
        assert!(told.len() > 2 && told.iter().all(|piece| piece.len() <= LONGEST));
        assert_eq!(told.concat(), odd);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            octets in proptest::collection::vec(
                prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(0x1b), Just(b'['), Just(b'm')], 0..80),
            cut in 0usize..80,
        ) {
            let cut = cut.min(octets.len());
            prop_assert_eq!(all(true, &[&octets[..cut], &octets[cut..]]), all(true, &[&octets]));
        }
    }
}
