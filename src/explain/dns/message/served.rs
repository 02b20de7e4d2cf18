//! Words for questions and answers as a name server of ours sees them: one line each.

use super::{asked_of, over};
use crate::event::dns::{Meaning, Query, QueryFailed, Reply, Transport};
use crate::event::{Address, Ends};
use crate::explain::{Explanation, bytes, plural};

/// Values told of an answer.
const TOLD: usize = 2;

/// Which server it is: the root by its name, others by theirs.
fn label(server: Option<&str>) -> String {
    match server {
        Some(".") => "root".to_owned(),
        Some(server) => server.to_owned(),
        None => "dns".to_owned(),
    }
}

fn by(ends: &Ends) -> String {
    ends.peer.as_ref().map(|peer: &Address| format!(" by {peer}")).unwrap_or_default()
}

fn carried(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "",
        Transport::Tcp => " over TCP",
    }
}

/// A question that arrived; at brief its answer tells it.
pub(super) fn asked(facts: &Query) -> Explanation {
    let what =
        format!("asked {}{}{}", asked_of(facts.question.as_ref()), by(&facts.ends), carried(facts.transport));
    Explanation::detail(label(facts.server.as_deref()), what).more(super::header(facts))
}

/// The answer that was sent, with its question.
pub(super) fn replied(facts: &Reply) -> Explanation {
    let cache = if facts.from_cache == Some(true) { ", from its cache" } else { "" };
    let what = format!(
        "asked {}{}{} -> {}{cache}",
        asked_of(facts.question.as_ref()),
        by(&facts.ends),
        carried(facts.transport),
        outcome(facts)
    );
    Explanation::step(label(facts.server.as_deref()), what).more(format!(
        "id {}, {}, {} over {}.",
        facts.id,
        facts.rcode,
        bytes(facts.len),
        over(facts.transport)
    ))
}

fn outcome(facts: &Reply) -> String {
    match facts.meaning {
        Meaning::Answer => values(facts),
        Meaning::Alias => match facts.answers.last() {
            Some(record) => format!("is another name for {}", record.data),
            None => "is another name".to_owned(),
        },
        Meaning::AliasLoop => "aliases in a circle".to_owned(),
        Meaning::Referral => match facts.authority.iter().find(|record| record.record_type == "NS") {
            Some(record) => format!("refers to {}", record.name),
            None => "refers to others".to_owned(),
        },
        Meaning::NoData => match &facts.question {
            Some(question) => format!("no {} record (NODATA)", question.record_type),
            None => "NODATA".to_owned(),
        },
        Meaning::NoSuchName => "no such name (NXDOMAIN)".to_owned(),
        Meaning::Truncated => "cut off (TC)".to_owned(),
        Meaning::ServerFailure => "SERVFAIL".to_owned(),
        Meaning::Refused => "REFUSED".to_owned(),
        Meaning::OtherError => facts.rcode.clone(),
        Meaning::Lame if facts.answers.is_empty() => format!("{}, nothing in it", facts.rcode),
        Meaning::Lame => format!("{}, nothing that answers", facts.rcode),
    }
}

/// The values of the type asked for, the first of them.
fn values(facts: &Reply) -> String {
    let wanted = facts.question.as_ref().map(|question| question.record_type.as_str());
    let fits = |kind: &str| wanted.is_none_or(|wanted| wanted == kind || wanted == "ANY");
    let values: Vec<&str> = facts
        .answers
        .iter()
        .filter(|record| fits(&record.record_type))
        .map(|record| record.data.as_str())
        .collect();
    if values.is_empty() {
        return plural(facts.answers.len() as u64, "record");
    }
    let told = values.iter().take(TOLD).copied().collect::<Vec<_>>().join(", ");
    match values.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// A question that the server left without an answer.
pub(super) fn unanswered(facts: &QueryFailed) -> Explanation {
    let what = format!(
        "asked {}{}{} -> no answer",
        asked_of(facts.question.as_ref()),
        by(&facts.ends),
        carried(facts.transport)
    );
    Explanation::step(label(facts.server.as_deref()), what)
}
