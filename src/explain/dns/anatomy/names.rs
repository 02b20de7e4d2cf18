//! Names in a message: labels, and pointers to labels that stood before (RFC 1035 section 4.1.4).

/// Pointers followed one after the other.
const HOPS: usize = 64;
/// Octets of a whole name, lengths and root included (RFC 1035 section 2.3.4).
const LONGEST: usize = 255;
/// Labels and pointers told of the spelling.
const SPELLED: usize = 8;

/// A name as it was read.
pub(super) struct Name {
    /// In presentation format, with its final dot (RFC 1035 section 5.1).
    pub(super) text: String,
    /// How it stands here: `3 www, 4 shop, pointer to 00000c`.
    pub(super) spelled: String,
    /// Behind its last octet in place.
    pub(super) end: usize,
    pub(super) broken: Option<String>,
    /// Where it ends is not known.
    pub(super) lost: bool,
}

struct Reading<'m> {
    octets: &'m [u8],
    text: String,
    spelled: Vec<String>,
    /// Octets of the name so far, as if it were written without pointers.
    len: usize,
    at: usize,
    /// Where the labels being read begin: a pointer must lead before it.
    run: usize,
    /// No label reaches beyond it.
    limit: usize,
    in_place: Option<usize>,
    hops: usize,
}

/// What one step of reading led to.
enum Step {
    On,
    Root,
    Broken(String),
}

/// Reads the name at `start`, whose octets in place stand before `end`.
pub(super) fn read(octets: &[u8], start: usize, end: usize) -> Name {
    let mut reading = Reading {
        octets,
        text: String::new(),
        spelled: Vec::new(),
        len: 0,
        at: start,
        run: start,
        limit: end.min(octets.len()),
        in_place: None,
        hops: 0,
    };
    let mut broken = loop {
        match reading.step() {
            Step::On => {}
            Step::Root => break None,
            Step::Broken(words) => break Some(words),
        }
    };
    let lost = broken.is_some() && reading.in_place.is_none();
    let end = if lost { reading.limit } else { reading.in_place.unwrap_or(reading.at) };
    if broken.is_none() && reading.len > LONGEST {
        broken = Some(format!("{} bytes: a name has at most {LONGEST}", reading.len));
    }
    if reading.text.is_empty() {
        reading.text.push('.');
    }
    if broken.is_some() {
        reading.text.push_str("...");
    }
    if reading.spelled.len() > SPELLED {
        reading.spelled.truncate(SPELLED);
        reading.spelled.push("...".to_owned());
    }
    Name { text: reading.text, spelled: reading.spelled.join(", "), end, broken, lost }
}

impl Reading<'_> {
    fn step(&mut self) -> Step {
        let Some(first) = self.octets[..self.limit].get(self.at).copied() else {
            return Step::Broken(format!("the name has no end: {}", self.ended()));
        };
        match first >> 6 {
            0 if first == 0 => {
                self.spell("0".to_owned());
                self.at += 1;
                self.len += 1;
                Step::Root
            }
            0 => self.label(usize::from(first)),
            0b11 => self.pointer(first),
            _ => Step::Broken(format!(
                "{first:02x} at {:06x} begins neither a label (00 to 3f) nor a pointer (c0 to ff)",
                self.at
            )),
        }
    }

    fn ended(&self) -> &'static str {
        if self.limit < self.octets.len() { "RDLENGTH ends here" } else { "the message ends here" }
    }

    fn spell(&mut self, words: String) {
        if self.in_place.is_none() && self.spelled.len() <= SPELLED {
            self.spelled.push(words);
        }
    }

    fn label(&mut self, len: usize) -> Step {
        let Some(label) = self.octets[..self.limit].get(self.at + 1..self.at + 1 + len) else {
            return Step::Broken(format!(
                "the label at {:06x} is to have {len} bytes: {}",
                self.at,
                self.ended()
            ));
        };
        let shown = presentation(label);
        self.spell(format!("{len} {shown}"));
        self.len += len + 1;
        // A name that is too long is read to its end in place; its text need not grow with it.
        if self.len <= LONGEST {
            self.text.push_str(&shown);
            self.text.push('.');
        } else if self.in_place.is_some() {
            return Step::Broken(format!("longer than {LONGEST} bytes"));
        }
        self.at += len + 1;
        Step::On
    }

    fn pointer(&mut self, first: u8) -> Step {
        let Some(second) = self.octets[..self.limit].get(self.at + 1).copied() else {
            return Step::Broken(format!("the pointer at {:06x} has one byte of two", self.at));
        };
        let target = usize::from(first & 0x3f) << 8 | usize::from(second);
        self.spell(format!("pointer to {target:06x}"));
        let from = self.at;
        self.in_place.get_or_insert(from + 2);
        self.hops += 1;
        if target == from {
            return Step::Broken(format!("the pointer at {from:06x} leads to itself: a loop"));
        }
        if target > from {
            return Step::Broken(format!(
                "the pointer at {from:06x} leads forward, to {target:06x}: it may only lead back"
            ));
        }
        if target >= self.run {
            return Step::Broken(format!(
                "the pointer at {from:06x} leads to {target:06x}, into the name that it ends: a loop"
            ));
        }
        if self.hops > HOPS {
            return Step::Broken(format!("more than {HOPS} pointers one after the other: not followed"));
        }
        (self.at, self.run, self.limit) = (target, target, self.octets.len());
        Step::On
    }
}

/// A label in presentation format: full stop and backslash behind a backslash, what is no printable ASCII as `\DDD`.
fn presentation(label: &[u8]) -> String {
    let mut text = String::with_capacity(label.len());
    for octet in label {
        match octet {
            b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$' => text.extend(['\\', char::from(*octet)]),
            0x21..0x7f => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text
}
