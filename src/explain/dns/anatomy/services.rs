//! The data of SVCB and HTTPS records (RFC 9460 section 2.2).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::codes;
use super::cursor::{Cursor, Ended, hexadecimal, quoted};

pub(super) fn read(cursor: &mut Cursor<'_>, end: usize) -> Result<(), Ended> {
    let priority = cursor.u16_within("SvcPriority", end)?;
    let means = if priority == 0 { "an alias for the whole service" } else { "the lowest is tried first" };
    cursor.note(priority.to_string(), means);
    cursor.domain("TargetName", end)?;
    while cursor.at < end {
        let key = cursor.u16_within("SvcParamKey", end)?;
        let name = codes::parameter(key);
        let shown = if name.is_empty() { format!("key{key}") } else { format!("{key} {name}") };
        cursor.note(shown, "");
        let len = usize::from(cursor.u16_within("length", end)?);
        cursor.note(len.to_string(), "");
        if len > 0 {
            let value = cursor.take("SvcParamValue", len, end)?;
            cursor.note(meaning(key, value), "");
        }
    }
    Ok(())
}

fn meaning(key: u16, value: &[u8]) -> String {
    let list = match key {
        1 => protocols(value),
        3 => match value {
            [high, low] => vec![u16::from_be_bytes([*high, *low]).to_string()],
            _ => Vec::new(),
        },
        4 if value.len().is_multiple_of(4) => value
            .chunks(4)
            .take(4)
            .map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3]).to_string())
            .collect(),
        6 if value.len().is_multiple_of(16) => value
            .chunks(16)
            .take(4)
            .map(|sixteen| {
                let mut address = [0; 16];
                address.copy_from_slice(sixteen);
                Ipv6Addr::from(address).to_string()
            })
            .collect(),
        _ => Vec::new(),
    };
    if list.is_empty() { hexadecimal(value) } else { list.join(", ") }
}

/// Protocol names, each with its length in front (RFC 9460 section 7.1.1); nothing where that does not fit.
fn protocols(value: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = value;
    while let [len, more @ ..] = rest {
        let Some((name, after)) = more.split_at_checked(usize::from(*len)) else { return Vec::new() };
        if names.len() < 8 {
            names.push(quoted(name));
        }
        rest = after;
    }
    names
}
