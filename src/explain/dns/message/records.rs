//! Resource records as lines, and times to live in words.

use crate::event::dns::{Record, Reply};
use crate::explain::{Explanation, plural};

/// Records told one by one; further ones are counted.
const TOLD: usize = 8;
/// Records of the other sections told at full.
const MORE: usize = 12;

/// Seconds in the unit a person reads them best in: `60 s`, `5 minutes`, `1 day`; never rounded.
pub fn span(seconds: u32) -> String {
    let all = u64::from(seconds);
    match seconds {
        0..120 => format!("{seconds} s"),
        _ if seconds.is_multiple_of(86_400) => plural(all / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => plural(all / 3_600, "hour"),
        _ if seconds.is_multiple_of(60) => plural(all / 60, "minute"),
        _ => plural(all, "second"),
    }
}

/// What its TTL allows (RFC 1035 section 3.2.1: 0 is for the transaction in progress).
fn keeping(ttl: u32) -> String {
    match ttl {
        0 => "not to be kept (TTL 0)".to_owned(),
        _ => format!("may be kept for {}", span(ttl)),
    }
}

/// `shop.test.  A  127.53.1.80`.
fn line(record: &Record) -> String {
    let class = if record.class == "IN" { String::new() } else { format!("{} ", record.class) };
    format!("{}  {class}{}  {}", record.name, record.record_type, record.data)
}

/// The answer section.
pub(super) fn answers(mut words: Explanation, facts: &Reply) -> Explanation {
    for record in facts.answers.iter().take(told(facts.answers.len())) {
        let kept = keeping(record.ttl);
        let note = match record.record_type.as_str() {
            "CNAME" => format!("an alias; {kept}"),
            _ => kept,
        };
        words = words.line(line(record), note);
    }
    rest(words, facts.answers.len())
}

/// The servers that a referral names, each with its addresses where they came along (glue).
pub(super) fn referral(mut words: Explanation, facts: &Reply) -> Explanation {
    let servers: Vec<&Record> = facts.authority.iter().filter(|record| record.record_type == "NS").collect();
    for server in servers.iter().take(told(servers.len())) {
        let glue: Vec<&str> = facts
            .additional
            .iter()
            .filter(|record| matches!(record.record_type.as_str(), "A" | "AAAA"))
            .filter(|record| record.name.eq_ignore_ascii_case(&server.data))
            .map(|record| record.data.as_str())
            .take(2)
            .collect();
        let note = match glue.as_slice() {
            [] => "no address came along".to_owned(),
            addresses => format!("at {} (glue)", addresses.join(", ")),
        };
        words = words.line(line(server), note);
    }
    rest(words, servers.len())
}

/// The SOA record of a no: whose no it is, and for how long.
pub(super) fn no(words: Explanation, facts: &Reply) -> Explanation {
    let Some(soa) = facts.authority.iter().find(|record| record.record_type == "SOA") else { return words };
    let note = match facts.negative_ttl {
        Some(0) => "this zone says no; not to be kept".to_owned(),
        Some(ttl) => format!("this zone says no, for {} at most", span(ttl)),
        None => "this zone says no".to_owned(),
    };
    words.line(format!("{}  SOA", soa.name), note)
}

/// What stands in the other sections, for `full`.
pub(super) fn sections(mut words: Explanation, facts: &Reply) -> Explanation {
    for (section, records) in [("authority", &facts.authority), ("additional", &facts.additional)] {
        for record in records.iter().take(MORE) {
            let Record { name, record_type, class, ttl, data } = record;
            words = words.more(format!("{section}: {name} {ttl} {class} {record_type} {data}"));
        }
        if records.len() > MORE {
            words = words.more(format!("{section}: {} more", records.len() - MORE));
        }
    }
    words
}

fn told(all: usize) -> usize {
    if all > TOLD { TOLD - 1 } else { all }
}

fn rest(words: Explanation, all: usize) -> Explanation {
    match all - told(all) {
        0 => words,
        more => words.line(format!("and {}", plural(more as u64, "more record")), ""),
    }
}
