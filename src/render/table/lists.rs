//! What a lab says of itself, as the lines of a table: counts of its servers, entries of its resolver's memory.

use std::io;

use super::rows::{Column, narrow, write_columns};
use crate::event::dns::Meaning;
use crate::event::lab::{CacheEntry, CacheListed, LabCounted};
use crate::render::{Out, Style};

/// Columns that a shortened name or datum keeps at least.
const LEAST: usize = 12;

/// One line for each server that was asked or connected to.
pub(super) fn counts(counted: &LabCounted, style: &Style, out: &mut Out) -> io::Result<()> {
    let busy: Vec<_> = counted
        .counts
        .iter()
        .filter(|count| count.queries > 0 || count.connections > 0 || count.requests.unwrap_or(0) > 0)
        .collect();
    if busy.is_empty() {
        return Ok(());
    }
    let column = |head, cells: Vec<String>| Column::new(head, style, cells.into_iter());
    let number = |head, cells: Vec<Option<u64>>| {
        let text = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        column(head, cells.into_iter().map(text).collect()).rightward()
    };
    let mut columns = vec![
        column("SERVER", busy.iter().map(|count| count.name.clone()).collect()),
        column("ADDRESS", busy.iter().map(|count| count.address.to_string()).collect()),
        // A web server is asked no DNS questions: it has no number there.
        number(
            "QUERIES",
            busy.iter().map(|count| Some(count.queries).filter(|_| count.requests.is_none())).collect(),
        ),
        number("FROM CACHE", busy.iter().map(|count| count.from_cache).collect()),
        number("CONNECTIONS", busy.iter().map(|count| Some(count.connections)).collect()),
        number("REQUESTS", busy.iter().map(|count| count.requests).collect()),
    ];
    narrow(&mut columns, style, "SERVER", LEAST);
    write_columns(&columns, style, out)
}

/// One line for each datum that is remembered, and one for each no.
pub(super) fn cache(listed: &CacheListed, style: &Style, out: &mut Out) -> io::Result<()> {
    if listed.entries.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&CacheEntry, bool, String)> = listed
        .entries
        .iter()
        .flat_map(|entry| {
            data(entry).into_iter().enumerate().map(move |(index, text)| (entry, index == 0, text))
        })
        .collect();
    let first = |cell: fn(&CacheEntry) -> String| -> Vec<String> {
        rows.iter().map(|(entry, first, _)| if *first { cell(entry) } else { String::new() }).collect()
    };
    let column = |head, cells: Vec<String>| Column::new(head, style, cells.into_iter());
    let mut columns = vec![
        column("NAME", first(|entry| entry.name.clone())),
        column("TTL", first(|entry| entry.ttl.to_string())).rightward(),
        column("TYPE", first(|entry| entry.record_type.clone())),
        column("DATA", rows.iter().map(|(_, _, text)| text.clone()).collect()),
    ];
    narrow(&mut columns, style, "DATA", LEAST);
    narrow(&mut columns, style, "NAME", LEAST);
    write_columns(&columns, style, out)
}

fn data(entry: &CacheEntry) -> Vec<String> {
    let no = match entry.meaning {
        Meaning::NoSuchName => "(no such name)",
        Meaning::NoData => "(no such record)",
        Meaning::ServerFailure => "(nobody could answer)",
        Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::Truncated
        | Meaning::Refused
        | Meaning::OtherError
        | Meaning::Lame => return entry.data.clone(),
    };
    vec![no.to_owned()]
}
