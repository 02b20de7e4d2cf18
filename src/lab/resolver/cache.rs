//! What a caching resolver remembers: sets of records and noes, each for its TTL and no longer.
//!
//! It asks nobody and reads no clock: every call is told the time since the lab began.
#![expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types is not ours")]

use std::collections::HashMap;
use std::time::Duration;

use hickory_proto::rr::{LowerName, Name, RData, Record, RecordType};

use crate::event::dns::Meaning;

/// Longest that records are remembered, whatever they say: a week (RFC 1035 section 7.3 advises such a limit).
const LONGEST: u32 = 7 * 24 * 3600;
/// Longest that a no is remembered: three hours (RFC 2308 section 5).
const LONGEST_NO: u32 = 3 * 3600;
/// How long a failure is remembered, in seconds: as short as RFC 9520 section 3.2 allows.
const FAILURE: u32 = 1;
/// Entries at a time; past it, the one that would end first goes.
const ENTRIES: usize = 1000;
/// Aliases that are followed within the cache.
const ALIASES: usize = 16;

/// Whom an entry is about: a name and a type, or (no such name) the name whatever the type (RFC 2308 section 5).
type Key = (LowerName, Option<RecordType>);

/// The memory of a resolver.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: HashMap<Key, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// As it was asked for or came, for listings.
    name: Name,
    what: Remembered,
    since: Duration,
    /// Seconds.
    ttl: u32,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "the entries are bounded, and most are records")]
enum Remembered {
    Records(Vec<Record>),
    /// No such name or no such record; with the SOA record that says so, where one came.
    No(Option<Record>),
    /// Nobody could say.
    Failure,
}

/// What the cache knows of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Aliases from the question's name on, in order, with what is left of their TTLs.
    pub(super) aliases: Vec<Record>,
    pub(super) end: End,
}

/// Where what the cache knows ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Records(Vec<Record>),
    /// `no_such_name` or `no_data`.
    No(Meaning, Option<Record>),
    Failure,
    /// This name has to be asked for.
    Missing(Name),
    /// The aliases lead in a circle.
    Loop,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: Name,
    /// Absent for a name that does not exist.
    pub(super) record_type: Option<RecordType>,
    pub(super) meaning: Meaning,
    /// Seconds left.
    pub(super) ttl: u32,
    pub(super) records: Vec<Record>,
}

impl Entry {
    /// What is left of the TTL, in whole seconds and never more than it was; `None` where its time is over.
    fn left(&self, now: Duration) -> Option<u32> {
        let age = now.saturating_sub(self.since);
        if age >= Duration::from_secs(u64::from(self.ttl)) {
            return None;
        }
        let age = u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        Some(self.ttl.saturating_sub(age))
    }
}

impl Cache {
    /// What is known of this question, through aliases, at this moment.
    pub(super) fn known(&self, name: &Name, record_type: RecordType, now: Duration) -> Known {
        let mut aliases: Vec<Record> = Vec::new();
        let mut name = name.clone();
        let end = loop {
            if let Some(end) = self.end(&name, record_type, now) {
                break end;
            }
            let Some((alias, target)) = self.alias(&name, record_type, now) else { break End::Missing(name) };
            if aliases.len() >= ALIASES || aliases.iter().any(|known| known.name == alias.name) {
                break End::Loop;
            }
            aliases.push(alias);
            name = target;
        };
        Known { aliases, end }
    }

    /// What stands under the very name.
    fn end(&self, name: &Name, record_type: RecordType, now: Duration) -> Option<End> {
        let (no_name, left) = self.live(name, None, now).unzip();
        if let (Some(Remembered::No(soa)), Some(left)) = (no_name, left) {
            return Some(End::No(Meaning::NoSuchName, soa.as_ref().map(|soa| aged(soa, left))));
        }
        let (what, left) = self.live(name, Some(record_type), now)?;
        Some(match what {
            Remembered::Records(records) => {
                End::Records(records.iter().map(|record| aged(record, left)).collect())
            }
            Remembered::No(soa) => End::No(Meaning::NoData, soa.as_ref().map(|soa| aged(soa, left))),
            Remembered::Failure => End::Failure,
        })
    }

    fn alias(&self, name: &Name, record_type: RecordType, now: Duration) -> Option<(Record, Name)> {
        if matches!(record_type, RecordType::CNAME | RecordType::ANY) {
            return None;
        }
        let (what, left) = self.live(name, Some(RecordType::CNAME), now)?;
        let Remembered::Records(records) = what else { return None };
        let record = records.first()?;
        let target = alias(record)?;
        Some((aged(record, left), target))
    }

    fn live(
        &self,
        name: &Name,
        record_type: Option<RecordType>,
        now: Duration,
    ) -> Option<(&Remembered, u32)> {
        let entry = self.entries.get(&(LowerName::new(name), record_type))?;
        Some((&entry.what, entry.left(now)?))
    }

    /// Remembers records, each set (one name and type) by itself for the least of its TTLs.
    pub(super) fn learn(&mut self, records: &[Record], now: Duration) {
        let mut sets: Vec<(Key, Vec<Record>)> = Vec::new();
        for record in records {
            let key = (LowerName::new(&record.name), Some(record.record_type()));
            match sets.iter_mut().find(|(known, _)| *known == key) {
                Some((_, set)) => set.push(record.clone()),
                None => sets.push((key, vec![record.clone()])),
            }
        }
        for (key, set) in sets {
            let ttl = set.iter().map(|record| usable(record.ttl)).min().unwrap_or(0).min(LONGEST);
            let Some(name) = set.first().map(|record| record.name.clone()) else { continue };
            self.keep(key, Entry { name, what: Remembered::Records(set), since: now, ttl }, now);
        }
    }

    /// Remembers a no for the lesser of the SOA record's TTL and its MINIMUM (RFC 2308 section 5); without an SOA record it
    /// is not remembered.
    pub(super) fn learn_no(
        &mut self,
        name: &Name,
        record_type: RecordType,
        meaning: Meaning,
        soa: Option<&Record>,
        now: Duration,
    ) {
        let Some((soa, ttl)) = soa.and_then(|soa| Some((soa, negative_ttl(soa)?))) else { return };
        let about = (meaning != Meaning::NoSuchName).then_some(record_type);
        let what = Remembered::No(Some(soa.clone()));
        let ttl = ttl.min(LONGEST_NO);
        self.keep((LowerName::new(name), about), Entry { name: name.clone(), what, since: now, ttl }, now);
    }

    /// Remembers for a moment that nobody could answer (RFC 9520).
    pub(super) fn learn_failure(&mut self, name: &Name, record_type: RecordType, now: Duration) {
        let entry = Entry { name: name.clone(), what: Remembered::Failure, since: now, ttl: FAILURE };
        self.keep((LowerName::new(name), Some(record_type)), entry, now);
    }

    fn keep(&mut self, key: Key, entry: Entry, now: Duration) {
        // A TTL of zero: for the one who asked, and not to be remembered (RFC 1035 section 3.2.1).
        if entry.ttl == 0 {
            return;
        }
        if self.entries.len() >= ENTRIES && !self.entries.contains_key(&key) {
            self.entries.retain(|_, entry| entry.left(now).is_some());
            let ends = |entry: &Entry| entry.since + Duration::from_secs(u64::from(entry.ttl));
            if self.entries.len() >= ENTRIES
                && let Some(first) = self.entries.iter().min_by_key(|(_, entry)| ends(entry))
            {
                let first = first.0.clone();
                self.entries.remove(&first);
            }
        }
        self.entries.insert(key, entry);
    }

    /// Everything that is still remembered, by name and type.
    pub(super) fn list(&self, now: Duration) -> Vec<Listed> {
        let mut listed: Vec<Listed> = self
            .entries
            .iter()
            .filter_map(|((_, record_type), entry)| {
                let ttl = entry.left(now)?;
                let (meaning, records) = match &entry.what {
                    Remembered::Records(records) => (Meaning::Answer, records.clone()),
                    Remembered::No(_) if record_type.is_none() => (Meaning::NoSuchName, Vec::new()),
                    Remembered::No(_) => (Meaning::NoData, Vec::new()),
                    Remembered::Failure => (Meaning::ServerFailure, Vec::new()),
                };
                Some(Listed { name: entry.name.clone(), record_type: *record_type, meaning, ttl, records })
            })
            .collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name).then(a.record_type.cmp(&b.record_type)));
        listed
    }
}

/// The record with what is left of its set's TTL.
fn aged(record: &Record, left: u32) -> Record {
    let mut record = record.clone();
    record.ttl = left;
    record
}

/// A TTL with the most significant bit set counts as zero (RFC 2181 section 8).
fn usable(ttl: u32) -> u32 {
    if ttl > i32::MAX.unsigned_abs() { 0 } else { ttl }
}

/// How long the no that comes with this SOA record may be remembered.
fn negative_ttl(soa: &Record) -> Option<u32> {
    match &soa.data {
        RData::SOA(data) => Some(usable(soa.ttl).min(usable(data.minimum))),
        _ => None,
    }
}

/// Where an alias leads.
pub(super) fn alias(record: &Record) -> Option<Name> {
    match &record.data {
        RData::CNAME(target) => Some(target.0.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
