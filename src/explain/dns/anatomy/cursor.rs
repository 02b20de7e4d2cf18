//! A place in a message that moves forward only, and the parts that were read so far.

use super::{Bits, Count, MOST, Part, names};
use crate::explain::bytes;

/// The octets, the limit of parts or the message itself came to an end: nothing more can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended;

/// Characters of a text or of octets that are shown as a value.
pub(super) const SHOWN: usize = 48;

pub(super) struct Cursor<'m> {
    octets: &'m [u8],
    /// Further octets of the message were not captured.
    partial: bool,
    pub(super) at: usize,
    pub(super) parts: Vec<Part>,
    heading: String,
}

impl<'m> Cursor<'m> {
    pub(super) fn new(octets: &'m [u8], partial: bool) -> Self {
        Cursor { octets, partial, at: 0, parts: Vec::new(), heading: String::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.octets.len()
    }

    /// No further part may be read; what is left becomes one.
    pub(super) fn full(&self) -> bool {
        self.parts.len() >= MOST
    }

    /// The next part begins an entry.
    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.heading = text.into();
    }

    /// The next part begins entry `index` of a section; where nothing is left, the count promised too much.
    pub(super) fn entry(&mut self, count: &Count, index: u16) -> Result<(), Ended> {
        if self.at >= self.len() {
            if !self.partial
                && let Some(part) = self.parts.get_mut(count.part)
            {
                part.broken = Some(format!("the message ends after {index} of them"));
            }
            return Err(Ended);
        }
        self.heading = match count.value {
            1 => count.section.to_owned(),
            all => format!("{} {} of {all}", count.section, u32::from(index) + 1),
        };
        Ok(())
    }

    fn push(&mut self, end: usize, name: &str) -> &mut Part {
        let range = self.at..end;
        self.at = end;
        let heading = std::mem::take(&mut self.heading);
        self.parts.push(Part { range, heading, name: name.to_owned(), ..Part::default() });
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    /// The next `len` octets, which must end before `end`.
    pub(super) fn take(&mut self, name: &str, len: usize, end: usize) -> Result<&'m [u8], Ended> {
        if self.full() {
            return Err(Ended);
        }
        let end = end.min(self.len());
        let Some(found) = self.octets.get(self.at..end).and_then(|left| left.get(..len)) else {
            self.lacks(name, len, end);
            return Err(Ended);
        };
        self.push(self.at + len, name);
        Ok(found)
    }

    /// Fewer octets are left than a field takes: said at those that are there, or at the last part before them.
    fn lacks(&mut self, name: &str, len: usize, end: usize) {
        let left = end.saturating_sub(self.at);
        let where_ends = match (self.partial && end == self.len(), end < self.len()) {
            (true, _) => "the rest was not captured",
            (false, true) => "RDLENGTH ends here",
            (false, false) => "the message ends here",
        };
        if left > 0 {
            let words = format!("{name} takes {}, {left} left: {where_ends}", bytes(len as u64));
            self.push(end, name).broken = Some(words);
        } else {
            self.breaks(format!("{name} is missing: {where_ends}"));
        }
    }

    pub(super) fn u8_within(&mut self, name: &str, end: usize) -> Result<u8, Ended> {
        Ok(self.take(name, 1, end)?[0])
    }

    pub(super) fn u16(&mut self, name: &str) -> Result<u16, Ended> {
        self.u16_within(name, self.len())
    }

    pub(super) fn u16_within(&mut self, name: &str, end: usize) -> Result<u16, Ended> {
        let octets = self.take(name, 2, end)?;
        Ok(u16::from_be_bytes([octets[0], octets[1]]))
    }

    pub(super) fn u32(&mut self, name: &str) -> Result<u32, Ended> {
        self.u32_within(name, self.len())
    }

    pub(super) fn u32_within(&mut self, name: &str, end: usize) -> Result<u32, Ended> {
        let octets = self.take(name, 4, end)?;
        Ok(u32::from_be_bytes([octets[0], octets[1], octets[2], octets[3]]))
    }

    /// A name, in place up to `end` at most.
    pub(super) fn domain(&mut self, name: &str, end: usize) -> Result<(), Ended> {
        if self.full() {
            return Err(Ended);
        }
        let end = end.min(self.len());
        if self.at >= end {
            self.lacks(name, 1, end);
            return Err(Ended);
        }
        let read = names::read(self.octets, self.at, end);
        let part = self.push(read.end, name);
        (part.value, part.note, part.broken) = (read.text, read.spelled, read.broken);
        if read.lost { Err(Ended) } else { Ok(()) }
    }

    /// What the last part holds and means.
    pub(super) fn note(&mut self, value: impl Into<String>, note: &str) {
        if let Some(part) = self.parts.last_mut() {
            part.value = value.into();
            note.clone_into(&mut part.note);
        }
    }

    pub(super) fn bits(&mut self, bits: Vec<Bits>) {
        if let Some(part) = self.parts.last_mut() {
            part.bits = bits;
        }
    }

    /// What is wrong at the last part; the first fault found there stays.
    pub(super) fn breaks(&mut self, words: String) {
        if let Some(part) = self.parts.last_mut() {
            part.broken.get_or_insert(words);
        }
    }

    /// Everything up to `end`, as octets; `broken` may be empty.
    pub(super) fn rest(&mut self, name: &str, end: usize, broken: &str) {
        if self.at >= end {
            return;
        }
        let value = hexadecimal(&self.octets[self.at..end]);
        let part = self.push(end, name);
        part.value = value;
        part.broken = (!broken.is_empty()).then(|| broken.to_owned());
    }

    /// Covers what is left behind the last part.
    pub(super) fn finish(&mut self, ended: Result<(), Ended>) {
        let left = self.len().saturating_sub(self.at);
        self.heading.clear();
        match ended {
            _ if left == 0 => {}
            Err(Ended) if self.full() => {
                self.rest("the rest", self.len(), "");
                self.note(bytes(left as u64), "not taken apart: too many fields");
            }
            Err(Ended) => {
                self.rest("the rest", self.len(), "");
                self.note(bytes(left as u64), "where its fields begin is not known");
            }
            Ok(()) => {
                let words = "behind the last record that the header counts";
                self.rest("left over", self.len(), words);
            }
        }
    }
}

/// Octets in hexadecimal, the first of them where there are many.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    const MANY: usize = SHOWN / 3;
    let mut text = String::new();
    for octet in octets.iter().take(MANY) {
        text.push_str(&format!("{octet:02x}"));
    }
    if octets.len() > MANY {
        text.push_str("...");
    }
    text
}

/// A text of a peer as a value: quoted, octets that are no printable ASCII as `\DDD`, the first of it where it is long.
pub(super) fn quoted(octets: &[u8]) -> String {
    let mut text = String::from("\"");
    for octet in octets.iter().take(SHOWN) {
        match octet {
            b'"' | b'\\' => text.extend(['\\', char::from(*octet)]),
            0x20..0x7f => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text.push('"');
    if octets.len() > SHOWN {
        text.push_str("...");
    }
    text
}
