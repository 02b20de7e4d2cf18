//! What a running lab says of itself: TXT records of class CH at its resolver, which `dig` can read as well as we do.
//!
//! `counts.lab.` is one record a server, `cache.lab.` one for each entry; what does not fit one message goes on at
//! `1.cache.lab.` and so forth. It changes nothing in the lab.
#![expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types is not ours")]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::event::dns::Meaning;
use crate::event::lab::{CacheEntry, CacheListed, LabCount, LabCounted};
use crate::net::world::{Names, World};

/// Octets of records in one message; the rest goes on in another.
const PAGE: usize = 32 * 1024;
/// Messages of one listing.
const PAGES: usize = 256;
/// Longest wait for a lab on this machine.
const LIMIT: Duration = Duration::from_secs(3);
/// The first string of a record that names where a listing goes on.
const MORE: &str = "more";
/// What a piece of data begins with, and what the rest of one that is too long for a string.
const DATUM: char = '=';
const REST: char = '+';

/// The answer to a question about the lab; `None` where the name is none of its.
pub(super) fn answer(
    name: &Name,
    counts: impl FnOnce() -> LabCounted,
    cache: impl FnOnce() -> CacheListed,
) -> Option<Vec<Record>> {
    let text = name.to_ascii().to_ascii_lowercase();
    let (page, what) = match text.split_once('.') {
        Some((number, rest)) if rest.ends_with(".lab.") => (number.parse().ok()?, rest.to_owned()),
        Some(_) | None => (0, text),
    };
    let rows: Vec<Vec<String>> = match what.as_str() {
        "counts.lab." => counts().counts.iter().map(count_row).collect(),
        "cache.lab." => cache().entries.iter().map(entry_row).collect(),
        _ => return None,
    };
    let mut pages = pages(rows);
    let more = (page + 1 < pages.len()).then(|| vec![MORE.to_owned(), format!("{}.{what}", page + 1)]);
    let rows = if page < pages.len() { pages.swap_remove(page) } else { Vec::new() };
    Some(rows.into_iter().chain(more).map(|row| record(name, row)).collect())
}

fn record(name: &Name, row: Vec<String>) -> Record {
    let mut record = Record::from_rdata(name.clone(), 0, RData::TXT(TXT::new(row)));
    record.dns_class = DNSClass::CH;
    record
}

/// The rows, as many to a page as fit.
fn pages(rows: Vec<Vec<String>>) -> Vec<Vec<Vec<String>>> {
    let mut pages: Vec<Vec<Vec<String>>> = vec![Vec::new()];
    let mut taken = 0;
    for row in rows {
        // Each string has a length octet; owner (compressed), type, class, TTL and length take 12.
        let size = 12 + row.iter().map(|text| text.len() + 1).sum::<usize>();
        if taken + size > PAGE && taken > 0 {
            pages.push(Vec::new());
            taken = 0;
        }
        taken += size;
        if let Some(page) = pages.last_mut() {
            page.push(row);
        }
    }
    pages
}

fn count_row(count: &LabCount) -> Vec<String> {
    let mut row = vec![count.name.clone(), count.address.to_string()];
    row.push(format!("queries={}", count.queries));
    row.push(format!("connections={}", count.connections));
    row.extend(count.requests.map(|requests| format!("requests={requests}")));
    row.extend(count.from_cache.map(|hits| format!("from_cache={hits}")));
    row
}

fn count_of(row: &[String]) -> Option<LabCount> {
    let [name, address, counts @ ..] = row else { return None };
    let of = |what: &str| {
        let text = counts.iter().find_map(|text| text.strip_prefix(what)?.strip_prefix('='))?;
        text.parse::<u64>().ok()
    };
    Some(LabCount {
        name: name.clone(),
        address: address.parse::<IpAddr>().ok()?,
        queries: of("queries")?,
        connections: of("connections")?,
        requests: of("requests"),
        from_cache: of("from_cache"),
    })
}

/// What an entry can mean, with the word for it.
const MEANINGS: [(&str, Meaning); 4] = [
    ("answer", Meaning::Answer),
    ("no_data", Meaning::NoData),
    ("no_such_name", Meaning::NoSuchName),
    ("server_failure", Meaning::ServerFailure),
];

fn entry_row(entry: &CacheEntry) -> Vec<String> {
    let meaning = MEANINGS.iter().find(|(_, meaning)| *meaning == entry.meaning);
    let meaning = meaning.map_or("answer", |(word, _)| word);
    let mut row = vec![entry.name.clone(), entry.record_type.clone(), meaning.to_owned()];
    row.push(format!("ttl={}", entry.ttl));
    for data in &entry.data {
        let mut mark = DATUM;
        let mut rest = data.as_str();
        loop {
            // A character-string has 255 octets at most (RFC 1035 section 3.3).
            let cut = rest.floor_char_boundary(254);
            row.push(format!("{mark}{}", &rest[..cut]));
            rest = &rest[cut..];
            if rest.is_empty() {
                break;
            }
            mark = REST;
        }
    }
    row
}

fn entry_of(row: &[String]) -> Option<CacheEntry> {
    let [name, record_type, meaning, ttl, strings @ ..] = row else { return None };
    let (_, meaning) = MEANINGS.iter().find(|(word, _)| word == meaning)?;
    let mut data: Vec<String> = Vec::new();
    for text in strings {
        match (text.strip_prefix(DATUM), text.strip_prefix(REST)) {
            (Some(first), _) => data.push(first.to_owned()),
            (None, Some(rest)) => data.last_mut()?.push_str(rest),
            (None, None) => return None,
        }
    }
    Some(CacheEntry {
        name: name.clone(),
        record_type: record_type.clone(),
        meaning: *meaning,
        ttl: ttl.strip_prefix("ttl=")?.parse().ok()?,
        data,
    })
}

/// Asks a running lab what its servers counted.
///
/// # Errors
/// It does not answer, or not as a lab of this version.
pub async fn counts(world: &World) -> io::Result<LabCounted> {
    let rows = ask(world, "counts.lab.").await?;
    let counts: Option<Vec<LabCount>> = rows.iter().map(|row| count_of(row)).collect();
    Ok(LabCounted { counts: counts.ok_or_else(strange)? })
}

/// Asks a running lab what its resolver remembers.
///
/// # Errors
/// It does not answer, or not as a lab of this version.
pub async fn cache(world: &World) -> io::Result<CacheListed> {
    let rows = ask(world, "cache.lab.").await?;
    let entries: Option<Vec<CacheEntry>> = rows.iter().map(|row| entry_of(row)).collect();
    Ok(CacheListed { entries: entries.ok_or_else(strange)? })
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its answer is not that of a lab of this version")
}

/// Every row of a listing, page by page.
async fn ask(world: &World, what: &str) -> io::Result<Vec<Vec<String>>> {
    let planned = match &world.names {
        Names::Servers(servers) => servers.first().copied(),
        Names::System => None,
    };
    let server = world.door(planned.ok_or(io::ErrorKind::NotFound)?);
    tokio::time::timeout(LIMIT, pages_of(server, what)).await?
}

async fn pages_of(server: SocketAddr, what: &str) -> io::Result<Vec<Vec<String>>> {
    let mut stream = TcpStream::connect(server).await?;
    let mut rows = Vec::new();
    let mut next = Some(what.to_owned());
    for _ in 0..PAGES {
        let Some(name) = next.take() else { break };
        for row in page_of(&mut stream, &name).await? {
            match row.as_slice() {
                [more, name] if more == MORE => next = Some(name.clone()),
                _ => rows.push(row),
            }
        }
    }
    Ok(rows)
}

async fn page_of(stream: &mut TcpStream, name: &str) -> io::Result<Vec<Vec<String>>> {
    let name = Name::from_ascii(name).map_err(io::Error::other)?;
    let mut question = Query::query(name, RecordType::TXT);
    question.set_query_class(DNSClass::CH);
    let mut message = Message::query();
    message.add_query(question);
    let octets = message.to_vec().map_err(io::Error::other)?;
    // Over TCP each message has its length before it (RFC 1035 section 4.2.2).
    let length = u16::try_from(octets.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &octets].concat()).await?;
    let mut octets = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut octets).await?;
    let reply = Message::from_vec(&octets).map_err(|_| strange())?;
    let sound =
        reply.metadata.id == message.metadata.id && reply.metadata.response_code == ResponseCode::NoError;
    if !sound {
        return Err(strange());
    }
    Ok(reply.answers.iter().filter_map(row_of).collect())
}

fn row_of(record: &Record) -> Option<Vec<String>> {
    match &record.data {
        RData::TXT(text) => {
            Some(text.txt_data.iter().map(|octets| String::from_utf8_lossy(octets).into_owned()).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
