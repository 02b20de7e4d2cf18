//! Words for answers, as whoever asked sees them.

use super::{over, records, served};
use crate::event::dns::{Meaning, Reply, Transport};
use crate::event::{Event, Side};
use crate::explain::{Explanation, bytes, plural};

/// Words for [`Reply`].
pub fn reply(event: &Event, facts: &Reply) -> Explanation {
    if event.side == Side::Server {
        return served::replied(facts);
    }
    let words = match facts.meaning {
        Meaning::Answer => answer(facts),
        Meaning::Alias => alias(facts),
        Meaning::AliasLoop => alias_loop(facts),
        Meaning::Referral => referral(facts),
        Meaning::NoData => no_data(facts),
        Meaning::NoSuchName => no_such_name(facts),
        Meaning::Truncated => truncated(facts),
        Meaning::ServerFailure => server_failure(),
        Meaning::Refused => refused(),
        Meaning::OtherError => other_error(facts),
        Meaning::Lame => lame(facts),
    };
    let words = flags(words, facts);
    records::sections(words.more(header(facts)), facts)
}

/// Whose answer it is.
fn source(facts: &Reply) -> &'static str {
    match (facts.from_cache, facts.aa, facts.ra) {
        (Some(true), _, _) => "from its cache",
        (_, true, _) => "authoritative",
        (_, false, true) => "from its memory or by asking others",
        (_, false, false) => "not authoritative",
    }
}

fn authority(words: Explanation, facts: &Reply) -> Explanation {
    match (facts.aa, facts.ra) {
        (true, _) => words
            .why("reply.aa", "Authoritative (AA): the server holds this zone itself.")
            .words(&["AA", "authoritative server"]),
        (false, true) => words
            .why(
                "reply.ra",
                "Not authoritative (no AA): the server has this from its memory, or asked others for us.",
            )
            .words(&["recursive resolver", "TTL"]),
        (false, false) => words
            .why("reply.neither", "No AA: the server does not say that it holds this zone itself.")
            .words(&["AA"]),
    }
}

fn answer(facts: &Reply) -> Explanation {
    let count = plural(facts.answers.len() as u64, "record");
    let words = Explanation::step("answer", format!("{count}, {}", source(facts)));
    let words = records::answers(words, facts);
    let through = facts.answers.iter().any(|record| record.record_type == "CNAME")
        && facts.question.as_ref().is_some_and(|question| question.record_type != "CNAME");
    let words = if through {
        words
            .why("reply.chain", "A CNAME record says that a name is another name for a second one. What was asked for stands under that.")
            .words(&["CNAME"])
    } else {
        words
    };
    authority(words, facts).source("RFC 1034 section 4.3.2").words(&["TTL"])
}

fn alias(facts: &Reply) -> Explanation {
    let target = facts.answers.iter().rev().find(|record| record.record_type == "CNAME");
    let what = match target {
        Some(record) => format!("an alias: look for {}", record.data),
        None => "an alias".to_owned(),
    };
    let words = records::answers(Explanation::step("answer", what), facts).why(
        "reply.alias",
        "The name asked for is another name (CNAME). This server does not say what stands under that.",
    );
    authority(words, facts).source("RFC 1034 section 3.6.2").words(&["CNAME"])
}

fn alias_loop(facts: &Reply) -> Explanation {
    let words = Explanation::step("answer", "its aliases lead in a circle");
    let words = records::answers(words, facts).why(
        "reply.alias_loop",
        "Who follows them (CNAME) comes back to a name that was there already: nothing stands at their end.",
    );
    // RFC 1034 section 3.6.2: loops are to be signalled as an error.
    authority(words, facts).source("RFC 1034 section 3.6.2").words(&["CNAME"])
}

fn referral(facts: &Reply) -> Explanation {
    let zone =
        facts.authority.iter().find(|record| record.record_type == "NS").map(|record| record.name.as_str());
    let what = match zone {
        Some(zone) => format!("a referral: ask the servers of {zone}"),
        None => "a referral".to_owned(),
    };
    records::referral(Explanation::step("answer", what), facts)
        .why("reply.referral", "This server does not know, and says who does: NS records name the servers of the zone below, without AA.")
        .source("RFC 1034 section 4.3.1")
        .source("RFC 9499 section 4")
        .words(&["referral", "delegation", "glue"])
}

fn no_data(facts: &Reply) -> Explanation {
    let kind = facts.question.as_ref().map_or("such", |question| question.record_type.as_str());
    let (what, why) = match facts.alias_end() {
        // RFC 2308 section 2.2: the aliases are there, the data at their end are not.
        Some(target) => (
            format!("an alias: {target} exists, and has no {kind} record (NODATA)"),
            "NOERROR with an alias (CNAME) and no more: the other name is there, a record of this type is not.",
        ),
        None => (
            format!("the name exists, and has no {kind} record (NODATA)"),
            "NOERROR with no answer in it: the name is there, a record of this type is not. Another type may be.",
        ),
    };
    let words = records::no(Explanation::step("answer", what), facts).why("reply.nodata", why);
    negative(authority(words, facts), facts).source("RFC 2308 section 2.2").words(&["NODATA"])
}

fn no_such_name(facts: &Reply) -> Explanation {
    let name = facts.question.as_ref().map_or("such a name", |question| question.name.as_str());
    // RFC 6604 section 3: where aliases lead on, NXDOMAIN is about the last name, and the one asked for exists.
    let words = match facts.alias_end() {
        Some(target) => {
            let what = format!("{name} is an alias, and there is no {target} (NXDOMAIN)");
            records::answers(Explanation::step("answer", what), facts)
                .source("RFC 6604 section 3")
                .words(&["CNAME"])
        }
        None => Explanation::step("answer", format!("there is no {name} (NXDOMAIN)")),
    };
    let why = match facts.alias_end() {
        Some(_) => "The other name does not exist, for any type, and nothing below it does.",
        None => "The name does not exist, for any type, and nothing below it does.",
    };
    let words = records::no(words, facts).why("reply.nxdomain", why);
    negative(authority(words, facts), facts)
        .source("RFC 2308 section 2.1")
        .source("RFC 8020 section 2")
        .words(&["NXDOMAIN"])
}

/// How long a no is remembered.
fn negative(words: Explanation, facts: &Reply) -> Explanation {
    let words = match facts.negative_ttl {
        Some(ttl) => words.more(format!(
            "A resolver may remember this no for {}: the lesser of the SOA record's own TTL and its last number.",
            records::span(ttl)
        )),
        None => words.more("No SOA record came along: this no should not be remembered."),
    };
    words.source("RFC 2308 section 5").words(&["negative answer"])
}

fn truncated(facts: &Reply) -> Explanation {
    let words = Explanation::step("answer", format!("cut off after {} (TC)", bytes(facts.len)));
    if facts.transport == Transport::Tcp {
        return words
            .why(
                "reply.truncated_tcp",
                "Over TCP a message may have 65,535 bytes, and there is no larger way to ask. What is missing, and whether there is any, is not said.",
            )
            .source("RFC 2181 section 9")
            .source("RFC 1035 section 4.2.2")
            .words(&["TC"]);
    }
    words
        .why(
            "reply.truncated",
            // RFC 2181 section 9, RFC 6891 section 6.2.5: the limit is the lesser of the server's own and ours.
            "The whole answer does not fit one UDP message, by our limit or the server's. It can be had over TCP.",
        )
        .source("RFC 1035 section 4.1.1")
        .source("RFC 7766 section 5")
        .words(&["TC", "EDNS"])
}

fn server_failure() -> Explanation {
    Explanation::step("answer", "the server says that it failed (SERVFAIL)")
        .why(
            "reply.servfail",
            "It could not find out, and does not say here why. Whether the name exists is not said by that.",
        )
        .source("RFC 1035 section 4.1.1")
        .words(&["SERVFAIL"])
}

fn refused() -> Explanation {
    Explanation::step("answer", "the server will not answer this (REFUSED)")
        .why(
            "reply.refused",
            "A name server is there and has read the question. As a rule it serves other zones, or other clients.",
        )
        .source("RFC 1035 section 4.1.1")
        .words(&["REFUSED"])
}

fn other_error(facts: &Reply) -> Explanation {
    let (what, why) = match facts.rcode.as_str() {
        "FORMERR" => (
            "the server cannot read the question (FORMERR)".to_owned(),
            "It takes the question for malformed; old servers say so of EDNS, which they do not know.",
        ),
        "NOTIMP" => (
            "the server does not do this (NOTIMP)".to_owned(),
            "It has read the question, and does not support that kind.",
        ),
        "BADVERS" => (
            "the server does not know this version of EDNS (BADVERS)".to_owned(),
            "The question can be asked again without EDNS.",
        ),
        rcode => (format!("an error: {rcode}"), "The server answered with an error that holds no answer."),
    };
    Explanation::step("answer", what)
        .why("reply.error", why)
        .source("RFC 1035 section 4.1.1")
        .source("RFC 6891 section 7")
        .words(&["EDNS", "FORMERR"])
}

fn lame(facts: &Reply) -> Explanation {
    let words = Explanation::step("answer", "no error, and nothing that answers");
    if !facts.answers.is_empty() {
        let words = records::answers(words, facts)
            .why("reply.unasked", "What it holds was not asked for: it is of another name, type or class.");
        return authority(words, facts).source("RFC 1034 section 3.6").words(&["resource record"]);
    }
    let words = words.why(
        "reply.lame",
        "No record, no referral, no SOA record of a no: the server does not answer for this zone (it is lame), or is broken.",
    );
    authority(words, facts).source("RFC 9499 section 7").words(&["lame server"])
}

/// Flags that change what an answer is worth.
fn flags(words: Explanation, facts: &Reply) -> Explanation {
    let words = if facts.ad {
        words
            .more("AD: the server says that it has checked the signatures (DNSSEC). That is its word: on the way to us nothing protects it.")
            .source("RFC 4035 section 3.2.3")
            .words(&["AD"])
    } else {
        words
    };
    if facts.tc && facts.meaning != Meaning::Truncated {
        return words.more("TC is set: a part was cut off.");
    }
    words
}

/// Header bits, sections, EDNS.
fn header(facts: &Reply) -> String {
    let set: Vec<&str> = [
        ("AA", facts.aa),
        ("TC", facts.tc),
        ("RD", facts.rd),
        ("RA", facts.ra),
        ("AD", facts.ad),
        ("CD", facts.cd),
    ]
    .into_iter()
    .filter_map(|(name, set)| set.then_some(name))
    .collect();
    let set = if set.is_empty() { "no flags but QR".to_owned() } else { format!("QR {}", set.join(" ")) };
    let sections = format!(
        "{} answer, {} authority, {} additional",
        facts.answers.len(),
        facts.authority.len(),
        facts.additional.len()
    );
    let edns = match &facts.edns {
        None => "no EDNS".to_owned(),
        Some(edns) => {
            let dnssec = if edns.dnssec_ok { ", DO" } else { "" };
            let options: Vec<String> = edns
                .options
                .iter()
                .take(8)
                .map(|(code, len)| format!(", option {code} of {}", bytes(u64::from(*len))))
                .collect();
            format!(
                "EDNS version {}: the server takes {} over UDP{dnssec}{}",
                edns.version,
                bytes(u64::from(edns.payload)),
                options.concat()
            )
        }
    };
    format!(
        "id {}, {}, {set}; {sections}; {edns}; {} over {}.",
        facts.id,
        facts.rcode,
        bytes(facts.len),
        over(facts.transport)
    )
}
