//! A DNS message taken apart: which octets are which field, what they hold, and where it is broken.
//!
//! A tolerant reader of our own: it goes on where a library gives up, and names what is wrong at its octet. It believes no
//! length and no count further than the octets that are there, follows pointers backwards only, and stops after a limit of
//! parts: its cost is linear in the length of the message. It judges no message: what a reply means is told elsewhere.

mod codes;
mod cursor;
mod edns;
mod names;
mod rdata;
mod services;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::explain::{bytes, plural};
use cursor::{Cursor, Ended};

/// Some octets of a message that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Which octets, from 0. The parts of a message follow each other without a gap.
    pub range: Range<usize>,
    /// Where an entry of a section begins: `answer 1 of 2`; else empty.
    pub heading: String,
    /// The field, as the RFC calls it.
    pub name: String,
    pub value: String,
    /// What the value means, or how it is written in octets.
    pub note: String,
    /// The bits of a field of flags, each group on its own.
    pub bits: Vec<Bits>,
    /// What is wrong here.
    pub broken: Option<String>,
}

/// Some bits of a field of 16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits {
    /// The bits meant, the others as full stops: `.000 0... .... ....`.
    pub pattern: String,
    pub name: &'static str,
    pub value: String,
    pub note: &'static str,
}

/// Parts of one message; the octets behind the last one are one part more.
const MOST: usize = 2048;

/// The parts of a message of which `octets` were captured, out of `whole`. The parts cover all of `octets`, in order.
pub fn dissect(octets: &[u8], whole: u64) -> Vec<Part> {
    let mut cursor = Cursor::new(octets, whole > octets.len() as u64);
    let ended = message(&mut cursor);
    cursor.finish(ended);
    cursor.parts
}

/// The fields of RFC 1035 section 4.1, one after the other.
fn message(cursor: &mut Cursor<'_>) -> Result<(), Ended> {
    let counts = header(cursor)?;
    for index in 0..counts[0].value {
        cursor.entry(&counts[0], index)?;
        question(cursor)?;
    }
    for count in &counts[1..] {
        for index in 0..count.value {
            cursor.entry(count, index)?;
            record(cursor)?;
        }
    }
    Ok(())
}

/// How many entries a section has by its header, and the part that says so.
#[derive(Clone, Copy, Debug)]
struct Count {
    section: &'static str,
    value: u16,
    part: usize,
}

/// RFC 1035 section 4.1.1.
fn header(cursor: &mut Cursor<'_>) -> Result<[Count; 4], Ended> {
    cursor.heading("header");
    let id = cursor.u16("ID")?;
    cursor.note(id.to_string(), "chosen by whoever asks; the answer repeats it");
    let flags = cursor.u16("flags")?;
    cursor.note(format!("{flags:04x}"), "");
    cursor.bits(flag_bits(flags));
    let mut count = |name, section, means| -> Result<Count, Ended> {
        let value = cursor.u16(name)?;
        cursor.note(value.to_string(), means);
        Ok(Count { section, value, part: cursor.parts.len() - 1 })
    };
    Ok([
        count("QDCOUNT", "question", "questions")?,
        count("ANCOUNT", "answer", "records in the answer section")?,
        count("NSCOUNT", "authority", "records in the authority section")?,
        count("ARCOUNT", "additional", "records in the additional section")?,
    ])
}

/// The bits of the second word of the header (RFC 1035 section 4.1.1; AD and CD: RFC 4035 section 3.2).
fn flag_bits(flags: u16) -> Vec<Bits> {
    let bit = |shift: u32, name, set, clear| Bits {
        pattern: pattern(flags, shift, 1),
        name,
        value: (flags >> shift & 1).to_string(),
        note: if flags >> shift & 1 == 1 { set } else { clear },
    };
    // Only an answer sets these (RFC 1035 section 4.1.1).
    let answers = |shift: u32, name, set, clear| {
        let clear = if flags >> 15 == 0 { "says nothing in a question" } else { clear };
        bit(shift, name, set, clear)
    };
    let authentic = match flags >> 15 {
        // RFC 6840 section 5.7: in a question AD says that whoever asks understands AD in the answer.
        0 => bit(5, "AD", "DNSSEC: AD is understood", "not set in this question"),
        _ => bit(5, "AD", "DNSSEC: data checked", "DNSSEC: not said to be checked"),
    };
    let opcode = flags >> 11 & 0xf;
    let rcode = flags & 0xf;
    vec![
        bit(15, "QR", "an answer", "a question"),
        Bits {
            pattern: pattern(flags, 11, 4),
            name: "OPCODE",
            value: format!("{opcode} {}", codes::opcode(opcode)),
            note: if opcode == 0 { "a usual lookup" } else { "" },
        },
        answers(10, "AA", "the server holds this zone itself", "not authoritative"),
        bit(9, "TC", "cut off: did not fit", "whole"),
        bit(8, "RD", "find it out for me", "only what you hold yourself"),
        answers(7, "RA", "this server asks others if told to", "this server asks no others"),
        bit(6, "Z", "reserved: must be 0", "reserved"),
        authentic,
        bit(4, "CD", "DNSSEC: checking is off", "DNSSEC: checking is not turned off"),
        Bits {
            pattern: pattern(flags, 0, 4),
            name: "RCODE",
            value: format!("{rcode} {}", codes::rcode(rcode)),
            note: match (flags >> 15, rcode) {
                (0, 0) => "says nothing in a question",
                _ => codes::rcode_means(rcode),
            },
        },
    ]
}

/// The bits from `shift` on, `width` of them, in groups of four: `.... .0.. .... ....`.
fn pattern(value: u16, shift: u32, width: u32) -> String {
    let mut text = String::with_capacity(19);
    for place in (0..16).rev() {
        let meant = (shift..shift + width).contains(&place);
        text.push(match (meant, value >> place & 1) {
            (false, _) => '.',
            (true, 1) => '1',
            (true, _) => '0',
        });
        if place % 4 == 0 && place > 0 {
            text.push(' ');
        }
    }
    text
}

/// RFC 1035 section 4.1.2.
fn question(cursor: &mut Cursor<'_>) -> Result<(), Ended> {
    cursor.domain("QNAME", cursor.len())?;
    let kind = cursor.u16("QTYPE")?;
    cursor.note(format!("{kind} {}", codes::record_type(kind)), codes::type_means(kind));
    let class = cursor.u16("QCLASS")?;
    cursor.note(format!("{class} {}", codes::class(class)), codes::class_means(class));
    Ok(())
}

/// RFC 1035 section 4.1.3; an OPT record uses the same octets for other things (RFC 6891 section 6.1.2).
fn record(cursor: &mut Cursor<'_>) -> Result<(), Ended> {
    cursor.domain("NAME", cursor.len())?;
    let kind = cursor.u16("TYPE")?;
    cursor.note(format!("{kind} {}", codes::record_type(kind)), codes::type_means(kind));
    if kind == codes::OPT {
        edns::in_place_of_class_and_ttl(cursor)?;
    } else {
        let class = cursor.u16("CLASS")?;
        cursor.note(format!("{class} {}", codes::class(class)), codes::class_means(class));
        let ttl = cursor.u32("TTL")?;
        cursor.note(plural(u64::from(ttl), "second"), "how long it may be kept");
    }
    let length = usize::from(cursor.u16("RDLENGTH")?);
    cursor.note(length.to_string(), "bytes of data follow");
    let end = cursor.at + length;
    if end > cursor.len() {
        let left = cursor.len() - cursor.at;
        cursor.breaks(format!("only {} left in the message", bytes(left as u64)));
        cursor.rest("RDATA", cursor.len(), "");
        return Err(Ended);
    }
    // Where the data is broken, RDLENGTH still tells where the next record begins.
    let read = rdata::read(cursor, kind, end);
    if cursor.at < end {
        let words = if read.is_ok() { "the fields of this type end before this byte" } else { "" };
        cursor.rest("rest of RDATA", end, words);
    }
    if cursor.full() { Err(Ended) } else { Ok(()) }
}
