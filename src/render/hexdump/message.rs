//! A DNS message: each field's octets, and beside them what they are; flags as rows of bits.
//!
//! It lays out what the anatomy of the message tells, and decodes nothing itself.

use std::io::{self, Write};

use super::printable;
use crate::explain::dns::anatomy::{Bits, Part, dissect};
use crate::render::Style;
use crate::render::style::{Role, Row, wrap};

/// Where the octets begin.
const OCTETS: usize = 10;
/// Columns of the bits of a row.
const PATTERN: usize = 19;

/// Where the columns stand.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// Octets on a line.
    wide: usize,
    /// Where the octets stand as characters, if there is room for that.
    ascii: Option<usize>,
    /// Where the words begin.
    text: usize,
    /// Where the bits begin.
    bits: usize,
}

impl Layout {
    fn of(columns: usize) -> Self {
        let (wide, ascii) = match columns {
            ..64 => (4, None),
            64..76 => (8, None),
            _ => (8, Some(OCTETS + 8 * 3)),
        };
        let text = match ascii {
            Some(at) => at + wide + 2,
            None => OCTETS + wide * 3 + 1,
        };
        Layout { wide, ascii, text, bits: if columns < 64 { 4 } else { OCTETS } }
    }
}

/// Writes the captured octets of a message that is `len` octets long.
pub(super) fn write(
    style: &Style,
    octets: &[u8],
    len: u64,
    role: Role,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { style, layout: Layout::of(style.columns()), role };
    for part in dissect(octets, len) {
        page.part(&part, &octets[part.range.clone()], out)?;
    }
    Ok(())
}

struct Page<'s> {
    style: &'s Style,
    layout: Layout,
    role: Role,
}

impl Page<'_> {
    fn part(&self, part: &Part, octets: &[u8], out: &mut dyn Write) -> io::Result<()> {
        if !part.heading.is_empty() {
            Row::new(self.style).to(2).put(Role::Heading, &part.heading).end(out)?;
        }
        let Layout { wide, ascii, text, .. } = self.layout;
        let room = self.style.columns() - text;
        let told = wrap(self.style, &words(part), room);
        let lines: Vec<&[u8]> = octets.chunks(wide).collect();
        for index in 0..lines.len().max(told.len()) {
            let row = Row::new(self.style);
            let row = match lines.get(index) {
                Some(line) => {
                    let at = part.range.start + index * wide;
                    let hex: String = line.iter().map(|octet| format!(" {octet:02x}")).collect();
                    let row = row.to(2).put(Role::Plain, &format!("{at:06x} {hex}"));
                    match ascii {
                        Some(column) => row.to(column).put(self.role, &printable(line)),
                        None => row,
                    }
                }
                None => row,
            };
            match told.get(index) {
                Some(line) => row.to(text).put(Role::Plain, line),
                None => row,
            }
            .end(out)?;
        }
        for bits in &part.bits {
            self.bits(bits, out)?;
        }
        if let Some(broken) = &part.broken {
            let cross = self.style.glyphs().cross;
            for line in wrap(self.style, broken, room - 2) {
                let row = Row::new(self.style).to(text).put(Role::Bad, cross);
                row.put(Role::Plain, " ").put(Role::Bad, &line).end(out)?;
            }
        }
        Ok(())
    }

    fn bits(&self, bits: &Bits, out: &mut dyn Write) -> io::Result<()> {
        let at = self.layout.bits;
        let mut text = format!("{} {}", bits.name, bits.value);
        if !bits.note.is_empty() {
            text.push_str(&format!(": {}", bits.note));
        }
        let column = at + PATTERN + 2;
        for (index, line) in wrap(self.style, &text, self.style.columns() - column).iter().enumerate() {
            let row = Row::new(self.style).to(at);
            let row = if index == 0 { row.put(Role::Plain, &bits.pattern) } else { row };
            row.to(column).put(Role::Plain, line).end(out)?;
        }
        Ok(())
    }
}

/// `QTYPE 1 A (an IPv4 address)`.
fn words(part: &Part) -> String {
    let mut text = part.name.clone();
    if !part.value.is_empty() {
        text.push(' ');
        text.push_str(&part.value);
    }
    if !part.note.is_empty() {
        text.push_str(&format!(" ({})", part.note));
    }
    text
}
