//! Rows of the system's tables, held against a check.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Missing, miss};
use crate::lesson::log::Seen;
use crate::lesson::text::{Value, Values};
use crate::lesson::{Rows, TableKind};

/// What a table lacks, or has too much of.
pub(super) fn missing(rows: &Rows, tables: &[Seen], values: &Values) -> Option<Missing> {
    let min = rows.min.or(rows.max.is_none().then_some(1));
    let Ok(filled) = rows.of.filled(values) else {
        return Some(miss::row(&rows.of, &[], ""));
    };
    let all = of_kind(rows.kind, tables);
    let all: Vec<&Seen> = all.iter().map(AsRef::as_ref).collect();
    let found = all.iter().filter(|row| filled.matches(&row.fields)).count() as u64;
    if let Some(min) = min.filter(|min| found < *min) {
        let number = if min == 1 { String::new() } else { format!(", {min} of them") };
        return Some(if found == 0 {
            miss::row(&filled, &all, &number)
        } else {
            miss::number(&filled, &number, &format!(", {found} of them"))
        });
    }
    let max = rows.max.filter(|max| found > *max)?;
    let number = if max == 0 { ", none of them".to_owned() } else { format!(", at most {max} of them") };
    Some(miss::number(&filled, &number, &format!(", {found} of them")))
}

/// The values that the first row sets which fits.
pub(super) fn captured(rows: &Rows, tables: &[Seen], values: &Values) -> Vec<(String, Value)> {
    let Ok(filled) = rows.of.filled(values) else { return Vec::new() };
    let all = of_kind(rows.kind, tables);
    let row = all.iter().find(|row| filled.matches(&row.fields));
    row.map(|row| filled.captured(&row.fields)).unwrap_or_default()
}

fn of_kind(kind: TableKind, tables: &[Seen]) -> Vec<Cow<'_, Seen>> {
    let mut rows = Vec::new();
    for seen in tables {
        match (kind, seen.kind()) {
            (TableKind::Listener, "socket_found") if listens(seen) => rows.push(Cow::Borrowed(seen)),
            (TableKind::Connection, "socket_found") if connects(seen) => rows.push(Cow::Borrowed(seen)),
            (TableKind::Counter, "counters_moved") => rows.extend(interfaces(seen).map(Cow::Owned)),
            _ => {}
        }
    }
    rows
}

fn state(seen: &Seen) -> &str {
    seen.fields.get("state").and_then(Json::as_str).unwrap_or_default()
}

/// As `Socket::listens` has it; a Unix datagram socket with a name is bound as a UDP socket is.
fn listens(seen: &Seen) -> bool {
    let datagram =
        seen.fields.get("unix").and_then(|unix| unix.get("type")).and_then(Json::as_str) == Some("datagram");
    matches!(state(seen), "LISTEN" | "UNCONNECTED") || (datagram && state(seen) == "BOUND")
}

fn connects(seen: &Seen) -> bool {
    !listens(seen) && !matches!(state(seen), "BOUND" | "UNBOUND" | "")
}

/// A row for each interface: its fields beside those of the event.
fn interfaces(seen: &Seen) -> impl Iterator<Item = Seen> {
    let all = seen.fields.get("interfaces").and_then(Json::as_array);
    all.into_iter().flatten().filter_map(Json::as_object).map(|interface| {
        let mut row = seen.clone();
        row.fields.remove("interfaces");
        row.fields.extend(interface.clone());
        row
    })
}
