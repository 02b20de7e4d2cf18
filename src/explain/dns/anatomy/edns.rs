//! The OPT pseudo-record: what stands in place of class and TTL, and its options (RFC 6891 section 6.1).

use super::cursor::{Cursor, Ended, hexadecimal, quoted};
use super::{Bits, codes, pattern};

/// RFC 6891 section 6.1.2 and 6.1.3.
pub(super) fn in_place_of_class_and_ttl(cursor: &mut Cursor<'_>) -> Result<(), Ended> {
    let payload = cursor.u16("UDP payload size")?;
    cursor.note(payload.to_string(), "bytes: the largest UDP message taken (in place of CLASS)");
    let upper = cursor.u8_within("upper RCODE", cursor.len())?;
    cursor.note(upper.to_string(), "the upper eight bits of RCODE (in place of TTL)");
    let version = cursor.u8_within("EDNS version", cursor.len())?;
    cursor.note(version.to_string(), "");
    let flags = cursor.u16("EDNS flags")?;
    cursor.note(format!("{flags:04x}"), "");
    let wanted = flags >> 15 == 1;
    cursor.bits(vec![
        Bits {
            pattern: pattern(flags, 15, 1),
            name: "DO",
            value: (flags >> 15).to_string(),
            note: if wanted { "DNSSEC records are wanted" } else { "no DNSSEC records wanted" },
        },
        Bits {
            pattern: pattern(flags, 0, 15),
            name: "Z",
            value: (flags & 0x7fff).to_string(),
            note: "reserved",
        },
    ]);
    Ok(())
}

/// The options in the data of the record.
pub(super) fn options(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    while cursor.at < end {
        let code = cursor.u16_within("OPTION-CODE", end)?;
        let (name, means) = codes::option(code);
        cursor.note(format!("{code} {name}").trim_end().to_owned(), means);
        let len = usize::from(cursor.u16_within("OPTION-LENGTH", end)?);
        cursor.note(len.to_string(), "");
        if len == 0 {
            continue;
        }
        if code == 15 && len >= 2 {
            // RFC 8914 section 2.
            let info = cursor.u16_within("INFO-CODE", end)?;
            cursor.note(info.to_string(), "");
            if len > 2 {
                let text = quoted(cursor.take("EXTRA-TEXT", len - 2, end)?);
                cursor.note(text, "");
            }
            continue;
        }
        let octets = hexadecimal(cursor.take("OPTION-DATA", len, end)?);
        cursor.note(octets, "");
    }
    Ok(())
}
