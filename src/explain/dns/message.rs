//! Words for DNS questions, and for answers that did not come or were not believed.
//!
//! A sentence claims what one message or its absence shows: silence says nothing about the name.

mod records;
mod reply;
mod served;
#[cfg(test)]
mod tests;

use super::super::tcp::{icmp_words, place};
use crate::event::dns::{
    Ignored, Query, QueryFailed, QueryFailure, Question, Reason, ReplyIgnored, Transport,
};
use crate::event::{Address, Ends, Event, Side};
use crate::explain::{Explanation, bytes, number, plural, time};

pub use records::span;
pub use reply::reply;

/// `A of shop.test.`; a class other than IN is said.
pub fn asked(question: &Question) -> String {
    if question.class == "IN" {
        format!("{} of {}", question.record_type, question.name)
    } else {
        format!("{} of {} in the class {}", question.record_type, question.name, question.class)
    }
}

pub(super) fn asked_of(question: Option<&Question>) -> String {
    question.map_or("nothing".to_owned(), asked)
}

pub(super) fn over(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    }
}

/// `127.53.0.2 port 5300`; the far end.
fn far(ends: &Ends) -> String {
    match &ends.peer {
        Some(Address::Inet(address)) => place(*address),
        Some(address @ Address::Path(_)) => address.to_string(),
        None => "a server that was not recorded".to_owned(),
    }
}

/// The far end, and as whose server it is asked.
fn whom(ends: &Ends, server: Option<&str>) -> String {
    match server {
        Some(".") => format!("{} (a root server)", far(ends)),
        Some(server) => format!("{} ({server})", far(ends)),
        None => far(ends),
    }
}

/// Words for [`Query`].
pub fn query(event: &Event, facts: &Query) -> Explanation {
    if event.side == Side::Server {
        return served::asked(facts);
    }
    let what = format!(
        "{} for {}, over {}",
        whom(&facts.ends, facts.server.as_deref()),
        asked_of(facts.question.as_ref()),
        over(facts.transport)
    );
    let words = because(Explanation::step("ask", what), facts);
    let words = how(words, facts);
    words
        .more(header(facts))
        .source("RFC 1035 section 4.1.1")
        .source(match facts.transport {
            Transport::Udp => "RFC 1035 section 4.2.1",
            Transport::Tcp => "RFC 7766 section 8",
        })
        .words(&["DNS"])
}

/// Why it is asked.
fn because(words: Explanation, facts: &Query) -> Explanation {
    match facts.reason {
        Reason::Asked => words,
        Reason::Retry => words
            .why("query.retry", "No usable answer came: we ask the same once more."),
        Reason::NextServer => {
            words.why("query.next", "The server before this one gave nothing usable: we ask the next one.")
        }
        Reason::Truncated => words
            .why(
                "query.truncated",
                "The answer over UDP was cut off (TC). We ask the same over TCP, which has room for the whole.",
            )
            .source("RFC 7766 section 5")
            .words(&["TC"]),
        Reason::WithoutEdns => words
            .why("query.edns", "The server does not take our EDNS record: we ask the same without it.")
            .source("RFC 6891 section 7")
            .words(&["EDNS"]),
        Reason::Root => words
            .why(
                "query.root",
                "A walk begins at the root: a root server knows which servers answer for each top-level domain.",
            )
            .source("RFC 1034 section 5.3.3")
            .words(&["root server"]),
        Reason::Referral => words
            .why("query.referral", "A referral names this server: it is nearer to the answer.")
            .source("RFC 1034 section 5.3.3")
            .words(&["referral"]),
        Reason::NameServerAddress => words
            .why(
                "query.server",
                "The next server is known by its name only: its address has to be looked up first.",
            )
            .source("RFC 1034 section 5.3.3")
            .words(&["glue"]),
        Reason::Alias => words
            .why("query.alias", "The answer is another name (CNAME): that one is looked for now.")
            .source("RFC 1034 section 3.6.2")
            .words(&["CNAME"]),
    }
}

/// How it is asked: with or without recursion, over what.
fn how(words: Explanation, facts: &Query) -> Explanation {
    let words = if facts.recursion_desired {
        words.why(
            "query.rd",
            "We ask it to find the answer for us (RD), from its memory or from other servers.",
        )
    } else {
        words.why("query.iterative", "We ask it for what it knows itself, and not to ask others (no RD).")
    };
    let words = match facts.transport {
        Transport::Udp => words.why(
            "query.udp",
            "Over UDP one message goes there and one comes back. If either is lost, nobody says so.",
        ),
        Transport::Tcp => words.why(
            "query.tcp",
            "Over TCP each message has its length in front: TCP carries bytes and knows no messages.",
        ),
    };
    words.words(if facts.recursion_desired { &["RD"] } else { &["RD", "authoritative server"] })
}

fn header(facts: &Query) -> String {
    let rd = if facts.recursion_desired { "RD" } else { "no RD" };
    let edns = match facts.edns_payload {
        Some(payload) => format!("EDNS: answers of up to {} over UDP are taken", bytes(u64::from(payload))),
        None => "no EDNS: answers of up to 512 bytes over UDP are taken".to_owned(),
    };
    format!("id {}, try {}, {rd}; {edns}; {} in all.", facts.id, facts.attempt, bytes(facts.len))
}

/// Words for [`ReplyIgnored`].
pub fn ignored(event: &Event, facts: &ReplyIgnored) -> Explanation {
    let (expected, found) = (&facts.expected, &facts.found);
    let (what, id, why) = match facts.reason {
        Ignored::WrongId => (
            format!("an answer with the id {found}: we asked with {expected}"),
            "ignored.id",
            "Whoever forges an answer has to guess the id. A resolver that took any id could be told anything, so this one is not believed.",
        ),
        Ignored::WrongSource => (
            format!("a message from {found}: we asked {expected}"),
            "ignored.source",
            "Only the address and port that were asked may answer. Whoever else answers may be forging.",
        ),
        Ignored::WrongQuestion => (
            format!("an answer to another question: {found}; we asked {expected}"),
            "ignored.question",
            "An answer repeats its question. One that belongs to another question must not be taken for ours.",
        ),
        Ignored::NotAReply => (
            "a question where an answer should be (QR is 0)".to_owned(),
            "ignored.query",
            "The first bit of the flags tells answers from questions. A question answers nothing.",
        ),
        Ignored::Malformed => (
            format!("{} that are no DNS message", bytes(facts.len)),
            "ignored.malformed",
            "What cannot be read cannot be believed.",
        ),
        Ignored::Broken => (
            "an answer with our id and our question that is broken".to_owned(),
            "ignored.broken",
            "It cannot be read to its end. What can be read of it is not believed either.",
        ),
        Ignored::WrongOpcode => (
            format!("an answer with {found}: ours was {expected}"),
            "ignored.opcode",
            "The opcode says what kind of request is answered. This one is not of ours.",
        ),
    };
    let waiting = match (event.side, facts.transport) {
        (Side::Server, _) => "",
        (_, Transport::Udp) => " We go on waiting for the right one.",
        (_, Transport::Tcp) => "",
    };
    let words = Explanation::step("ignored", what).why(id, format!("{why}{waiting}"));
    let words = if matches!(facts.reason, Ignored::Malformed | Ignored::Broken) {
        words.more(format!("expected: {expected}; found: {found}."))
    } else {
        words
    };
    words
        .more(format!("It came over {}, {} long.", over(facts.transport), bytes(facts.len)))
        .source("RFC 5452 section 9.1")
        .words(&["DNS id"])
}

/// Words for [`QueryFailed`].
pub fn query_failed(event: &Event, facts: &QueryFailed) -> Explanation {
    if event.side == Side::Server {
        return served::unanswered(facts);
    }
    let from = whom(&facts.ends, facts.server.as_deref());
    let within = event.took.map(|took| format!(" in {}", time(took))).unwrap_or_default();
    let ignored = plural(u64::from(facts.ignored), "message");
    let icmp = facts.icmp.as_ref().map(icmp_words);
    let (what, why) = match facts.reason {
        QueryFailure::Silence => (
            format!("none from {from}{within}"),
            match facts.transport {
                Transport::Udp => "Nothing came back. The question or the answer was lost or dropped, no machine has that address, or its server does not answer: from here they look the same.".to_owned(),
                Transport::Tcp => "Nothing came back in time over TCP. Whether the name exists is not said by that.".to_owned(),
            },
        ),
        QueryFailure::OnlyUnbelievable => (
            format!("none from {from} that can be believed"),
            format!("{ignored} came and did not fit what we asked. The true answer did not come in time."),
        ),
        QueryFailure::PortClosed => (
            format!("none: nothing listens at {from}"),
            match icmp {
                Some(words) => format!("{words} No name server is at that port, or a firewall answers in its place."),
                None => format!("Over {} we were refused: no name server is at that port, or a firewall answers in its place.", over(facts.transport)),
            },
        ),
        QueryFailure::Unreachable => (
            if facts.icmp.is_some_and(|icmp| icmp.forbids()) {
                format!("none: turned away at {from}")
            } else {
                format!("none: no way to {from}")
            },
            icmp.unwrap_or_else(|| "Our system knows no way to that address. The question did not get there.".to_owned()),
        ),
        QueryFailure::CutOff => (
            format!("none from {from}: the connection ended before a whole answer"),
            "Over TCP the length stands in front of the answer, so a piece of one is known for what it is.".to_owned(),
        ),
        QueryFailure::Other => (
            format!("none from {from}: the system gave an error"),
            "The question could not be sent, or the answer not be read. That says nothing about the name.".to_owned(),
        ),
    };
    let mut words = Explanation::step("answer", what).why(reason_id(facts.reason), why);
    if facts.ignored > 0 && facts.reason != QueryFailure::OnlyUnbelievable {
        words = words.more(format!("{ignored} came in that time and could not be believed."));
    }
    if let Some(errno) = facts.errno {
        words = words.more(format!("errno {errno}"));
    }
    words
        .more(format!(
            "That was try {} for {}.",
            number(u64::from(facts.attempt)),
            asked_of(facts.question.as_ref())
        ))
        .source(reason_source(facts.reason))
        .words(reason_words(facts.reason))
}

fn reason_id(reason: QueryFailure) -> &'static str {
    match reason {
        QueryFailure::Silence => "query.silence",
        QueryFailure::OnlyUnbelievable => "query.unbelievable",
        QueryFailure::PortClosed => "query.closed",
        QueryFailure::Unreachable => "query.unreachable",
        QueryFailure::CutOff => "query.cut",
        QueryFailure::Other => "query.other",
    }
}

fn reason_source(reason: QueryFailure) -> &'static str {
    match reason {
        QueryFailure::Silence | QueryFailure::Other => "RFC 1035 section 4.2.1",
        QueryFailure::OnlyUnbelievable => "RFC 5452 section 9.1",
        QueryFailure::PortClosed | QueryFailure::Unreachable => "RFC 1122 section 4.1.3.3",
        QueryFailure::CutOff => "RFC 7766 section 8",
    }
}

fn reason_words(reason: QueryFailure) -> &'static [&'static str] {
    match reason {
        QueryFailure::Silence => &["UDP", "firewall"],
        QueryFailure::OnlyUnbelievable => &["DNS id"],
        QueryFailure::PortClosed => &["ICMP", "port"],
        QueryFailure::Unreachable => &["ICMP", "address"],
        QueryFailure::CutOff | QueryFailure::Other => &["DNS"],
    }
}
