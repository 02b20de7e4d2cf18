//! Words for a walk from the root: who sent us where, who was passed over, and what the path was.

use super::list;
use crate::event::dns::{
    AliasFollowed, Delegated, Meaning, ReferralReceived, ServerSkipped, SkipReason, Walked,
};
use crate::explain::{Explanation, number, plural};

/// Words for [`ReferralReceived`].
pub fn referral(facts: &ReferralReceived) -> Explanation {
    let what = format!("{} sends us on to {}: {}", facts.from.ip(), zone(&facts.zone), servers(facts));
    let words = Explanation::step("referral", what).why(
        "walk.referral",
        format!(
            "A name server has the records of its own zones. {} has its own servers, and we ask those.",
            zone(&facts.zone)
        ),
    );
    let words = glue(facts, words);
    words
        .more("AA is not set in a referral: for the zone that it sends us to, this server is no authority.")
        .source("RFC 1034 sections 4.3.2 and 5.3.3")
        .words(&["referral", "zone"])
}

/// What came along of the servers' addresses, and what was made of it.
fn glue(facts: &ReferralReceived, words: Explanation) -> Explanation {
    let with = facts.servers.iter().filter(|server| !server.glue.is_empty()).count();
    let names =
        |servers: &[&Delegated]| list(&servers.iter().map(|server| server.name.as_str()).collect::<Vec<_>>());
    let without: Vec<&Delegated> = facts.servers.iter().filter(|server| server.glue.is_empty()).collect();
    let unbelieved: Vec<&Delegated> =
        facts.servers.iter().filter(|server| !server.not_believed.is_empty()).collect();
    let mut words = words;
    if with > 0 {
        words = words
            .why(
                "walk.glue",
                "The servers' addresses came along (glue): a server whose name lies in the zone it serves \
                 could not be found without.",
            )
            .words(&["glue"]);
    }
    if !unbelieved.is_empty() {
        words = words
            .why(
                "walk.bailiwick",
                format!(
                    "It also gave an address for {}. We do not believe it: that name does not lie in {}, so this \
                     server has no say over it.",
                    names(&unbelieved),
                    zone(&facts.from_zone)
                ),
            )
            .source("RFC 5452 section 6")
            .words(&["bailiwick"]);
    } else if with == 0 && !without.is_empty() {
        words = words.why(
            "walk.glueless",
            format!(
                "No address came along for {}: before it can be asked, it has to be found.",
                names(&without)
            ),
        );
    }
    words
}

/// `ns.test. at 127.53.0.2`, one after the other; past two the rest are counted.
pub fn servers(facts: &ReferralReceived) -> String {
    const TOLD: usize = 2;
    let told = if facts.servers.len() == TOLD + 1 { TOLD + 1 } else { TOLD };
    let one = |server: &Delegated| match server.glue.as_slice() {
        [] => server.name.clone(),
        [first, ..] => format!("{} at {first}", server.name),
    };
    let mut parts: Vec<String> = facts.servers.iter().take(told).map(one).collect();
    if let Some(more) = facts.servers.len().checked_sub(told).filter(|more| *more > 0) {
        parts.push(format!("{more} more"));
    }
    list(&parts)
}

/// A zone as prose says it.
pub fn zone(name: &str) -> String {
    if name == "." { "the root".to_owned() } else { name.to_owned() }
}

/// Words for [`AliasFollowed`].
pub fn alias(facts: &AliasFollowed) -> Explanation {
    let words = Explanation::step("alias", another_name(facts))
        .why("walk.alias", "A CNAME record says so: the records wanted are those of the other name.")
        .source("RFC 1034 section 3.6.2")
        .words(&["CNAME"]);
    if !facts.other_zone {
        return words;
    }
    words.why(
        "walk.alias.zone",
        format!(
            "{} lies outside of this server's zone, so what it would say of it does not count. We begin again, \
             at the nearest zone that we know.",
            facts.target
        ),
    )
}

/// The alias in one phrase.
pub fn another_name(facts: &AliasFollowed) -> String {
    format!("{} is another name for {}", facts.name, facts.target)
}

/// Words for [`ServerSkipped`].
pub fn skipped(facts: &ServerSkipped) -> Explanation {
    let who = match (&facts.server, facts.address) {
        (Some(name), Some(address)) => format!("{name} at {address}"),
        (Some(name), None) => name.clone(),
        (None, Some(address)) => address.to_string(),
        (None, None) => "a server".to_owned(),
    };
    let mut words = Explanation::step("skip", format!("{who} is passed over: {}", why_skipped(facts)))
        .source("RFC 1034 section 5.3.3");
    if facts.reason == SkipReason::Lame {
        words = words
            .why(
                "walk.lame",
                "The zone above names it as a server of the zone, and it is none: a lame delegation.",
            )
            .source("RFC 9499 section 7")
            .words(&["lame delegation"]);
    }
    if facts.reason == SkipReason::GlueMissing {
        words = words
            .why(
                "walk.circle",
                "That is a circle: to ask it, we need its address, and to get its address, we need to ask it. \
                 An address sent along by the zone above (glue) would open it.",
            )
            .words(&["glue"]);
    }
    if facts.another {
        words = words.why("walk.another", "A zone has several servers so that one may fail.");
    }
    words.words(&["authoritative server"])
}

/// Why a server was passed over, and what next, as the end of a sentence about it.
pub fn why_skipped(facts: &ServerSkipped) -> String {
    let of = zone(&facts.zone);
    let why = match facts.reason {
        SkipReason::Lame => format!("it was named as a server of {of} and does not answer as one"),
        SkipReason::RefersUpwards => "it sends us to a zone that is no nearer to the name".to_owned(),
        SkipReason::Silent => "it gave no answer in the time allowed".to_owned(),
        SkipReason::PortClosed => "no name server listens there".to_owned(),
        SkipReason::Unreachable => "its address could not be reached".to_owned(),
        SkipReason::ServerFailure => "it says that it failed (SERVFAIL)".to_owned(),
        SkipReason::Refused => "it says that it will not answer (REFUSED)".to_owned(),
        SkipReason::OtherError => "it gave no whole answer, or an error".to_owned(),
        SkipReason::Unbelievable => "what came cannot be its answer".to_owned(),
        SkipReason::NoAddress => "no address was found for its name".to_owned(),
        SkipReason::GlueMissing => "its address can be found only by asking it".to_owned(),
    };
    let next = if facts.another { "the next server is asked" } else { "no other is left" };
    format!("{why}; {next}")
}

/// Words for [`Walked`].
pub fn walked(facts: &Walked) -> Explanation {
    let mut zones: Vec<&str> = facts.path.iter().map(|server| server.zone.as_str()).collect();
    zones.dedup();
    let asked = format!("{} {}", facts.question.name, facts.question.record_type);
    let what = format!(
        "{asked}: {} by way of {}, with {}",
        outcome(facts.meaning),
        list(&zones.into_iter().map(zone).collect::<Vec<_>>()),
        plural(u64::from(facts.questions), "question"),
    );
    let mut words = Explanation::step("path", what);
    if facts.path.len() > 1 {
        words = words.why("walk.nobody", "Nobody knew everything: each server knew whom to ask next.");
    }
    if let Some(keep) = keep(facts) {
        words = words.why("walk.ttl", keep).words(&["TTL"]);
    }
    words.source("RFC 1034 section 5.3.3")
}

fn outcome(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::NoSuchName => "no such name, found",
        Meaning::NoData => "no such record, found",
        Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::Truncated
        | Meaning::ServerFailure
        | Meaning::Refused
        | Meaning::OtherError
        | Meaning::Lame => "answered",
    }
}

/// For how long the end of a walk holds.
pub fn keep(facts: &Walked) -> Option<String> {
    let ttl = format!("{} s", number(u64::from(facts.ttl?)));
    Some(match facts.meaning {
        Meaning::NoSuchName | Meaning::NoData => {
            format!("This no may be remembered for {ttl} (the negative TTL, from the zone's SOA record).")
        }
        Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::Truncated
        | Meaning::ServerFailure
        | Meaning::Refused
        | Meaning::OtherError
        | Meaning::Lame => format!("You may keep this answer for {ttl} (its TTL)."),
    })
}

#[cfg(test)]
mod tests;
