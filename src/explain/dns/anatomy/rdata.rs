//! The data of a record by its type; what is not known stays octets (RFC 3597 section 3).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::cursor::{Cursor, Ended, hexadecimal, quoted};
use super::{codes, edns, services};
use crate::explain::plural;

/// Reads the data up to `end`, which lies within the message.
pub(super) fn read(cursor: &mut Cursor<'_>, kind: u16, end: usize) -> Result<(), Ended> {
    match kind {
        1 => {
            let octets = cursor.take("ADDRESS", 4, end)?;
            let address = Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]);
            cursor.note(address.to_string(), "");
            Ok(())
        }
        28 => {
            let mut address = [0; 16];
            address.copy_from_slice(cursor.take("ADDRESS", 16, end)?);
            cursor.note(Ipv6Addr::from(address).to_string(), "");
            Ok(())
        }
        2 => cursor.domain("NSDNAME", end),
        5 => cursor.domain("CNAME", end),
        12 => cursor.domain("PTRDNAME", end),
        39 => cursor.domain("TARGET", end),
        6 => soa(cursor, end),
        15 => {
            let preference = cursor.u16_within("PREFERENCE", end)?;
            cursor.note(preference.to_string(), "the lowest is tried first");
            cursor.domain("EXCHANGE", end)
        }
        16 | 99 => texts(cursor, end),
        33 => srv(cursor, end),
        codes::OPT => edns::options(cursor, end),
        64 | 65 => services::read(cursor, end),
        257 => caa(cursor, end),
        _ if cursor.at == end => Ok(()),
        _ => {
            let len = end - cursor.at;
            let octets = hexadecimal(cursor.take("RDATA", len, end)?);
            cursor.note(octets, "of a type that is not taken apart here");
            Ok(())
        }
    }
}

/// RFC 1035 section 3.3.13; the last field: RFC 2308 section 4.
fn soa(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    cursor.domain("MNAME", end)?;
    cursor.domain("RNAME", end)?;
    let serial = cursor.u32_within("SERIAL", end)?;
    cursor.note(serial.to_string(), "grows with each change of the zone");
    for (name, means) in [
        ("REFRESH", "how often copies ask for changes"),
        ("RETRY", "and how soon again if that fails"),
        ("EXPIRE", "when a copy without news is given up"),
        ("MINIMUM", "a no is kept at most so long"),
    ] {
        let value = cursor.u32_within(name, end)?;
        cursor.note(plural(u64::from(value), "second"), means);
    }
    Ok(())
}

/// RFC 1035 section 3.3.14: character strings, each with its length in front.
fn texts(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    while cursor.at < end {
        let len = cursor.u8_within("length of a string", end)?;
        cursor.note(len.to_string(), "");
        if len > 0 {
            let text = quoted(cursor.take("TXT-DATA", usize::from(len), end)?);
            cursor.note(text, "");
        }
    }
    Ok(())
}

/// RFC 2782.
fn srv(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    for (name, means) in [
        ("Priority", "the lowest is tried first"),
        ("Weight", "among those of one priority"),
        ("Port", "where the service listens"),
    ] {
        let value = cursor.u16_within(name, end)?;
        cursor.note(value.to_string(), means);
    }
    cursor.domain("Target", end)
}

/// RFC 8659 section 4.1.
fn caa(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    let flags = cursor.u8_within("Flags", end)?;
    let critical = if flags & 0x80 == 0 { "not critical" } else { "critical" };
    cursor.note(flags.to_string(), critical);
    let len = cursor.u8_within("Tag Length", end)?;
    cursor.note(len.to_string(), "");
    if len > 0 {
        let tag = quoted(cursor.take("Tag", usize::from(len), end)?);
        cursor.note(tag, "");
    }
    if cursor.at < end {
        let value = quoted(cursor.take("Value", end - cursor.at, end)?);
        cursor.note(value, "");
    }
    Ok(())
}
