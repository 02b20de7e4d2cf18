//! Evidence about names as sentences: one for each fact, those that are fine kept apart from those that are not.

use std::net::SocketAddr;
use std::time::Duration;

use crate::event::Address;
use crate::event::dns::{Alias, Ignored, QueryFailed, QueryFailure, ServerSkipped, SkipReason};
use crate::event::failure::Evidence;
use crate::explain::dns::message::{asked, span};
use crate::explain::failure::case::Case;
use crate::explain::failure::evidence::Told;
use crate::explain::tcp::{icmp_words, place};
use crate::explain::{plural, time};

/// Tells one fact about names; other facts are told elsewhere.
pub(in crate::explain::failure) fn tell(_case: &Case<'_>, fact: &Evidence, told: &mut Told) {
    if let Evidence::Asked { question } = fact {
        told.more.push(format!("We asked for {}.", asked(question)));
    } else if let Evidence::Answered { server, rcode, aa, unasked, cut_off, soa, negative_ttl, alias_of } =
        fact
    {
        // What was cut off or not asked for is nobody's word on the name.
        let says = (said(rcode, *unasked, *cut_off, alias_of.as_deref()), !*cut_off && *unasked == 0);
        answered(*server, rcode, *aa, says, alias_of.as_deref(), told);
        no(soa.as_deref(), *negative_ttl, told);
    } else if let Evidence::Unanswered { failed, waited, ignored_in_all } = fact {
        unanswered(failed, *waited, ignored_in_all.unwrap_or(failed.ignored), told);
    } else if let Evidence::NotBelieved { from, reason, expected, found } = fact {
        not_believed(*from, *reason, expected, found, told);
    } else if let Evidence::Resolvers { servers, source } = fact {
        resolvers(servers, source.as_deref(), told);
    } else if let Evidence::Aliases { chain } = fact {
        aliases(chain, told);
    } else if let Evidence::Skipped { skipped: facts } = fact {
        skipped(facts, told);
    } else if let Evidence::Programs { addresses } = fact {
        if addresses.is_empty() {
            told.broken.push("Programs here get no address for it either (getaddrinfo).".to_owned());
        } else {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            told.fine.push(format!("Programs here get {} from the system (getaddrinfo).", list.join(", ")));
        }
    }
}

/// Two questions to one server often say the same.
fn once(sentences: &mut Vec<String>, sentence: String) {
    if !sentences.contains(&sentence) {
        sentences.push(sentence);
    }
}

fn answered(
    server: SocketAddr,
    rcode: &str,
    aa: bool,
    (says, of_the_name): (String, bool),
    alias_of: Option<&str>,
    told: &mut Told,
) {
    once(
        &mut told.fine,
        format!("{} answered: the way there works, and a name server is there.", place(server)),
    );
    if let Some(target) = alias_of {
        once(
            &mut told.fine,
            format!("The name itself exists: it is an alias (CNAME), which leads to {target}"),
        );
    }
    let whose = match (rcode, aa) {
        _ if !of_the_name => "",
        ("NXDOMAIN" | "NOERROR", true) => " It holds the zone itself (AA).",
        ("NXDOMAIN" | "NOERROR", false) => " It says so from its memory, or has asked others (no AA).",
        _ => "",
    };
    once(&mut told.broken, format!("{says}{whose}"));
}

fn said(rcode: &str, unasked: u64, cut_off: bool, alias_of: Option<&str>) -> String {
    let says = match rcode {
        // RFC 6604 section 3: with aliases the code is about the last name.
        "NXDOMAIN" if alias_of.is_some() => {
            "The answer is NXDOMAIN: that other name does not exist, for any type."
        }
        "NXDOMAIN" => "The answer is NXDOMAIN: the name does not exist, for any type.",
        "NOERROR" if cut_off => {
            "The answer is marked as cut off (TC), though it came over TCP: what it left out says nothing of the name."
        }
        "NOERROR" if unasked > 0 => {
            let records = plural(unasked, "record");
            return format!("The answer is NOERROR, and holds {records} of another name, type or class.");
        }
        "NOERROR" => "The answer is NOERROR, and holds no such record.",
        "SERVFAIL" => "The answer is SERVFAIL: the server says that it failed.",
        "REFUSED" => "The answer is REFUSED: the server does not want to answer this question from here.",
        other => return format!("The answer is {other}."),
    };
    says.to_owned()
}

/// Whose no it is, and how long it lasts (RFC 2308 section 5).
fn no(soa: Option<&str>, negative_ttl: Option<u32>, told: &mut Told) {
    if let Some(zone) = soa {
        once(&mut told.broken, format!("With it came the SOA record of {zone}: the no is that zone's."));
    }
    match negative_ttl {
        Some(0) => once(&mut told.broken, "Nobody may remember this no (negative TTL 0).".to_owned()),
        Some(ttl) => once(
            &mut told.broken,
            format!(
                "This no may be remembered for {} (its negative TTL), even if the owner enters it meanwhile.",
                span(ttl)
            ),
        ),
        None => {}
    }
}

fn unanswered(failed: &QueryFailed, waited: Duration, ignored: u32, told: &mut Told) {
    let whom = match &failed.ends.peer {
        Some(Address::Inet(address)) => place(*address),
        Some(other) => other.to_string(),
        None => "The server".to_owned(),
    };
    let tries = plural(u64::from(failed.attempt), "time").replace("1 time", "once");
    match failed.reason {
        QueryFailure::Silence if ignored == 0 => {
            told.broken.push(format!("{whom}: asked {tries}, nothing came back in {}.", time(waited)));
        }
        QueryFailure::Silence | QueryFailure::OnlyUnbelievable => told.broken.push(format!(
            "{whom}: asked {tries}; {} came in {}, and none fits what we asked.",
            plural(u64::from(ignored), "message"),
            time(waited)
        )),
        QueryFailure::PortClosed => match &failed.icmp {
            Some(icmp) => {
                if icmp.origin.is_some()
                    && icmp.origin == failed.ends.peer.as_ref().and_then(Address::inet).map(|at| at.ip())
                {
                    told.fine.push(format!(
                        "{whom}: the machine is there, its system answered with an ICMP message."
                    ));
                }
                told.broken.push(icmp_words(icmp));
            }
            None => told.broken.push(format!("{whom}: refused.")),
        },
        QueryFailure::Unreachable => told.broken.push(match &failed.icmp {
            Some(icmp) => format!("{whom}: {}", icmp_words(icmp)),
            None => format!("Our system says that it has no way to {whom}."),
        }),
        QueryFailure::CutOff => {
            told.fine.push(format!("{whom} took our connection."));
            told.broken.push("The connection ended before a whole answer had come.".to_owned());
        }
        QueryFailure::Other => {
            let errno = failed.errno.map(|errno| format!(" (errno {errno})")).unwrap_or_default();
            told.broken.push(format!("{whom}: our system gave an error{errno}."));
        }
    }
    if ignored > 0 && !matches!(failed.reason, QueryFailure::Silence | QueryFailure::OnlyUnbelievable) {
        told.broken.push(format!(
            "In that time {} came that could not be believed.",
            plural(u64::from(ignored), "message")
        ));
    }
}

fn not_believed(from: SocketAddr, reason: Ignored, expected: &str, found: &str, told: &mut Told) {
    let words = match reason {
        Ignored::WrongId => format!("An answer from {from} had the id {found}; our question had {expected}."),
        Ignored::WrongSource => format!("A message came from {found}; we had asked {expected}."),
        Ignored::WrongQuestion => {
            format!("An answer from {from} was for {found}; we had asked for {expected}.")
        }
        Ignored::NotAReply => format!("A message from {from} was a question, no answer (QR is 0)."),
        Ignored::Malformed => format!("What came from {from} is no DNS message ({found})."),
        Ignored::Broken => {
            format!("An answer from {from} has our id and our question, and is broken: {found}.")
        }
        Ignored::WrongOpcode => format!("An answer from {from} had {found}; our question had {expected}."),
    };
    told.broken.push(words);
    let why = match reason {
        Ignored::WrongId | Ignored::WrongSource | Ignored::WrongQuestion | Ignored::NotAReply => {
            "A resolver must ignore such a message: whoever guesses could otherwise send it anywhere."
        }
        Ignored::Malformed | Ignored::Broken | Ignored::WrongOpcode => {
            "A resolver believes nothing of a message that it cannot read whole, or did not ask for."
        }
    };
    once(&mut told.broken, why.to_owned());
}

fn resolvers(servers: &[SocketAddr], source: Option<&str>, told: &mut Told) {
    let source = source.unwrap_or("This system");
    if servers.is_empty() {
        told.broken.push(format!("{source} names no name server."));
        return;
    }
    let list: Vec<String> = servers.iter().map(|server| place(*server)).collect();
    told.fine.push(format!("{source} names {} as the name server to ask.", list.join(", ")));
}

/// One alias a line; the one that leads back is marked.
fn aliases(chain: &[Alias], told: &mut Told) {
    for (index, alias) in chain.iter().enumerate() {
        let back = chain[..=index].iter().any(|before| before.name.eq_ignore_ascii_case(&alias.target));
        let note = if back { "back to where we were" } else { "" };
        told.line(format!("{} -> {}", alias.name, alias.target), note);
    }
}

fn skipped(facts: &ServerSkipped, told: &mut Told) {
    let who = match (&facts.server, facts.address) {
        (Some(name), Some(address)) => format!("{name} ({})", place(address)),
        (Some(name), None) => name.clone(),
        (None, Some(address)) => place(address),
        (None, None) => "A server".to_owned(),
    };
    let zone = &facts.zone;
    let how = match facts.reason {
        SkipReason::Lame => format!("does not answer for {zone} (lame)"),
        SkipReason::RefersUpwards => format!("refers to a zone that is no nearer than {zone}"),
        SkipReason::Silent => "did not answer".to_owned(),
        SkipReason::PortClosed => "has no name server at that port".to_owned(),
        SkipReason::Unreachable => "cannot be reached".to_owned(),
        SkipReason::ServerFailure => "says that it failed (SERVFAIL)".to_owned(),
        SkipReason::Refused => "will not answer (REFUSED)".to_owned(),
        SkipReason::OtherError => "gave no whole answer, or an error".to_owned(),
        SkipReason::Unbelievable => "sent only what cannot be believed".to_owned(),
        SkipReason::NoAddress => "is a name without an address".to_owned(),
        SkipReason::GlueMissing => {
            "could be found only by asking itself: its address (glue) did not come along".to_owned()
        }
    };
    told.broken.push(format!("{who}, named for {zone}, {how}."));
}
