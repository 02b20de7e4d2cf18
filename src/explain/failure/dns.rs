//! Verdicts on names: which of the ways to get no answer this one is.
//!
//! A no, a failure, a refusal, silence, a closed port and an unbelievable answer differ in their evidence and in what helps.

mod commands;
mod tell;
mod unanswered;

use super::Verdict;
use super::case::Case;
use crate::event::dns::{QueryFailure, SkipReason};
use crate::event::failure::Evidence;
use crate::explain::plural;
use commands::Again;

pub(super) use tell::tell;
pub(super) use unanswered::{nobody_answered, only_unbelievable};

/// The verdict on a name that `get` or `connect` needed, where a name server was asked for it and that is among the evidence.
pub(super) fn of_name(case: &Case<'_>) -> Option<Verdict> {
    let facts = || case.failed.evidence.iter();
    if facts().any(|fact| matches!(fact, Evidence::Aliases { .. })) {
        return Some(alias_loop(case));
    }
    if let Some(rcode) = rcode(case) {
        return Some(match rcode {
            "NXDOMAIN" => no_such_name(case),
            "NOERROR" if cut_off(case) || unasked(case) => server_lame(case),
            "NOERROR" => no_such_record(case),
            "REFUSED" => server_refused(case),
            _ => server_failed(case),
        });
    }
    let unanswered = facts().find_map(|fact| {
        if let Evidence::Unanswered { failed, ignored_in_all, .. } = fact {
            Some((failed.reason, ignored_in_all.unwrap_or(failed.ignored)))
        } else {
            None
        }
    });
    if let Some((reason, ignored)) = unanswered {
        return Some(match reason {
            QueryFailure::Silence if ignored > 0 => only_unbelievable(case),
            QueryFailure::PortClosed => no_name_server(case),
            QueryFailure::OnlyUnbelievable => only_unbelievable(case),
            QueryFailure::Silence
            | QueryFailure::Unreachable
            | QueryFailure::CutOff
            | QueryFailure::Other => nobody_answered(case),
        });
    }
    let none = facts().any(|fact| matches!(fact, Evidence::Resolvers { servers, .. } if servers.is_empty()));
    none.then(|| no_resolver(case))
}

fn rcode<'f>(case: &Case<'f>) -> Option<&'f str> {
    case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Answered { rcode, .. } = fact { Some(rcode.as_str()) } else { None }
    })
}

/// Whether the answer was cut off, and no larger one was to be had.
fn cut_off(case: &Case<'_>) -> bool {
    case.failed.evidence.iter().any(|fact| matches!(fact, Evidence::Answered { cut_off: true, .. }))
}

/// Whether the answer held records that were not asked for, and none that was.
fn unasked(case: &Case<'_>) -> bool {
    let some = |fact: &Evidence| matches!(fact, Evidence::Answered { unasked, .. } if *unasked > 0);
    case.failed.evidence.iter().any(some)
}

/// Whether the server that answered has the zone itself (AA).
fn authoritative(case: &Case<'_>) -> bool {
    case.failed.evidence.iter().any(|fact| matches!(fact, Evidence::Answered { aa: true, .. }))
}

/// The zone whose SOA record came with a no.
fn zone<'f>(case: &Case<'f>) -> Option<&'f str> {
    case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Answered { soa: Some(soa), .. } = fact { Some(soa.as_str()) } else { None }
    })
}

/// The name that the answer is about, where aliases led to it.
fn alias_of<'f>(case: &Case<'f>) -> Option<&'f str> {
    case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Answered { alias_of: Some(target), .. } = fact {
            Some(target.as_str())
        } else {
            None
        }
    })
}

/// An alias whose other name is not there: the name that was asked for exists (RFC 6604 section 3).
fn dangling(case: &Case<'_>, target: &str) -> Verdict {
    let again = Again::of(case);
    let name = again.name().unwrap_or("the name");
    let verdict = Verdict::new(
        format!("an alias of {target}, which does not exist (NXDOMAIN)"),
        format!(
            "{name} is an alias, and the name that it leads to does not exist: the alias is out of date or misspelled"
        ),
    );
    match again.name() {
        Some(name) => verdict.then(again.of_type(name, "CNAME"), "shows the alias"),
        None => verdict.then("netlearn explain CNAME", "what an alias is"),
    }
    .words(&["NXDOMAIN", "CNAME", "zone"])
    .sources(&["RFC 6604 section 3", "RFC 2308 section 2.1"])
}

pub(super) fn no_such_name(case: &Case<'_>) -> Verdict {
    if let Some(target) = alias_of(case) {
        return dangling(case, target);
    }
    let again = Again::of(case);
    let name = again.name().unwrap_or("this name");
    let cause = match zone(case) {
        Some(".") => {
            format!("the root has no {name}: there is no such top-level domain, or the name is misspelled")
        }
        Some(zone) => {
            format!("the zone {zone} has no {name}: it is misspelled, or nobody has entered it there")
        }
        None => {
            format!("the server that we asked says that {name} does not exist: misspelled, or never entered")
        }
    };
    let verdict = Verdict::new("there is no such name (NXDOMAIN)", cause);
    // An authoritative no is what a walk would end at.
    let walk = again.trace().filter(|_| !authoritative(case));
    let verdict = match (walk, zone(case)) {
        (Some(command), _) => verdict.then(command, "walks from the root: which server says no"),
        (None, Some(zone)) => verdict.then(again.of_type(zone, "SOA"), "whose zone it is"),
        (None, None) => verdict.then("netlearn explain NXDOMAIN", "what this no says"),
    };
    verdict
        .then("", "is the name spelled as it should be?")
        .words(&["NXDOMAIN", "zone", "negative answer"])
        .sources(&["RFC 2308 section 2.1", "RFC 8020 section 2"])
}

pub(super) fn no_such_record(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let name = again.name().unwrap_or("the name");
    let types = again.types();
    let cause = if types.is_empty() {
        format!("{name} exists, but has no record of the type asked for")
    } else {
        format!("{name} exists, but has no {} record", types.join(" and no "))
    };
    let other = ["A", "AAAA", "MX", "TXT"].into_iter().find(|kind| !types.contains(kind)).unwrap_or("SOA");
    let verdict = Verdict::new("the name exists, this record does not (NODATA)", cause);
    match again.name() {
        Some(name) => verdict.then(again.of_type(name, other), format!("asks for its {other} records")),
        None => verdict.then("netlearn explain NODATA", "what this no says"),
    }
    .words(&["NODATA", "resource record", "negative answer"])
    .sources(&["RFC 2308 section 2.2"])
}

pub(super) fn server_failed(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let (what, cause) = match rcode(case) {
        Some("SERVFAIL") | None => (
            "the server failed (SERVFAIL)".to_owned(),
            "it could not find out, and whether the name exists is not said: often the servers of that name give a resolver nothing that it can use",
        ),
        Some("FORMERR") => (
            "the server cannot read the question (FORMERR)".to_owned(),
            "it takes the question for malformed",
        ),
        Some("NOTIMP") => {
            ("the server does not do this (NOTIMP)".to_owned(), "it does not support this kind of question")
        }
        Some(rcode) => (
            format!("the server answered with an error ({rcode})"),
            "its answer says that it failed, and nothing of the name",
        ),
    };
    let verdict = Verdict::new(what, cause);
    match again.trace() {
        Some(command) => verdict.then(command, "asks each server itself: which of them fails"),
        None => verdict.then(again.with(" -v"), "asks once more, with every detail"),
    }
    .words(&["SERVFAIL", "recursive resolver"])
    .sources(&["RFC 1035 section 4.1.1", "RFC 9499 section 3"])
}

pub(super) fn server_refused(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    Verdict::new(
        "the server will not answer this (REFUSED)",
        "a name server is there and works, but not for this question from here: it serves other zones, or other clients",
    )
    .then(again.elsewhere(), "asks another way")
    .words(&["REFUSED", "authoritative server", "recursive resolver"])
    .sources(&["RFC 1035 section 4.1.1"])
}

pub(super) fn server_lame(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    if cut_off(case) {
        return Verdict::new(
            "a server answered, and its answer was cut off (TC)",
            "over TCP, where a message may have 65,535 bytes, the answer says that a part of it is missing, and holds no record asked for: the server is broken, and whether there is such a record is not said",
        )
        .then(again.elsewhere(), "asks another way")
        .words(&["TC"])
        .sources(&["RFC 2181 section 9", "RFC 1035 section 4.2.2"]);
    }
    if unasked(case) {
        return Verdict::new(
            "a server answered, and not what was asked",
            "its answer holds records of another name, type or class, and none that answers: the server is broken",
        )
        .then(again.elsewhere(), "asks another way")
        .then(again.with(" --view hex"), "every byte that came")
        .words(&["resource record"])
        .sources(&["RFC 1034 section 3.6"]);
    }
    Verdict::new(
        "a server answered, and its answer holds nothing",
        "no record, no referral and no SOA record of a no: it does not answer for the zone of that name (it is lame), or it is broken",
    )
    .then(again.elsewhere(), "asks another way")
    .words(&["lame server", "delegation"])
    .sources(&["RFC 9499 section 7"])
}

pub(super) fn no_name_server(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let at = again
        .server()
        .map(|server| format!(" at {}", crate::explain::tcp::place(server)))
        .unwrap_or_default();
    let verdict = Verdict::new(
        format!("no name server listens{at}"),
        "a machine is there, and nothing listens for DNS at that port (or a firewall answers in its place)",
    );
    let here = again.server().filter(|server| server.ip().is_loopback());
    let verdict = match here {
        Some(_) if again.in_lab() => {
            verdict.then("netlearn lab", "starts the pocket internet, in another terminal")
        }
        Some(server) => {
            verdict.then(format!("netlearn ports {}", server.port()), "who has that port on this machine")
        }
        None => verdict.then(again.elsewhere(), "asks another way"),
    };
    verdict.words(&["ICMP", "port", "resolver"]).sources(&["RFC 1122 section 4.1.3.3"])
}

pub(super) fn no_resolver(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let source = case
        .failed
        .evidence
        .iter()
        .find_map(|fact| if let Evidence::Resolvers { source, .. } = fact { source.as_deref() } else { None })
        .unwrap_or("the configuration of this system");
    let cause = format!("{source} names no name server that could be asked");
    let verdict = Verdict::new("no name server is configured", cause);
    match again.walk_from_root() {
        Some(command) => {
            verdict.then(command, "walks from the root and needs no resolver, but a way out to the internet")
        }
        None => verdict.then("netlearn explain resolver", "who is asked for names"),
    }
    .then("netlearn resolve shop.test --lab", "practises without any network")
    .words(&["resolver", "stub resolver"])
    .sources(&["RFC 1034 section 5.3.1", "resolv.conf(5)"])
}

pub(super) fn alias_loop(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let first = case
        .failed
        .evidence
        .iter()
        .find_map(|fact| if let Evidence::Aliases { chain } = fact { Some(chain) } else { None });
    let circle = first.is_none_or(|chain| {
        chain
            .last()
            .is_some_and(|last| chain.iter().any(|alias| alias.name.eq_ignore_ascii_case(&last.target)))
    });
    let aliases = first.map_or(0, Vec::len);
    let (what, cause) = if circle {
        ("its aliases lead in a circle".to_owned(), "each name is said to be another name for the next (CNAME), and the last leads back: no address can be found there".to_owned())
    } else {
        (
            "its aliases lead on and on".to_owned(),
            format!(
                "after {} (CNAME) there is still no end",
                plural(aliases as u64, "alias").replace("aliass", "aliases")
            ),
        )
    };
    let verdict = Verdict::new(what, cause);
    match first.and_then(|chain| chain.first()) {
        Some(alias) => verdict.then(again.of_type(&alias.name, "CNAME"), "shows the first of them"),
        None => verdict.then("netlearn explain CNAME", "what an alias is"),
    }
    .then("", "its owner has to take one of these records out of the zone")
    .words(&["CNAME", "zone"])
    .sources(&["RFC 1034 section 3.6.2"])
}

pub(super) fn walk_lost(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let skipped = case
        .failed
        .evidence
        .iter()
        .rev()
        .find_map(|fact| if let Evidence::Skipped { skipped } = fact { Some(skipped) } else { None });
    let (what, cause) = match skipped {
        Some(skipped) => {
            let how = match skipped.reason {
                SkipReason::Lame | SkipReason::RefersUpwards => "what they are named for they do not serve",
                SkipReason::NoAddress | SkipReason::GlueMissing => "their own addresses cannot be found",
                SkipReason::Silent | SkipReason::PortClosed | SkipReason::Unreachable => {
                    "they cannot be reached"
                }
                SkipReason::ServerFailure
                | SkipReason::Refused
                | SkipReason::OtherError
                | SkipReason::Unbelievable => "what they answer cannot be used",
            };
            (
                format!("no server of {} could be used", skipped.zone),
                format!(
                    "the servers that are named for {} were all passed over: {how}; whether the name exists cannot be known",
                    skipped.zone
                ),
            )
        }
        None => (
            "the walk found no server to go on with".to_owned(),
            "no server that is named for the zone could be used; whether the name exists cannot be known"
                .to_owned(),
        ),
    };
    let verdict = Verdict::new(what, cause);
    match again.trace() {
        Some(command) => verdict.then(format!("{command} -v"), "walks again, with every detail"),
        None => verdict.then("netlearn explain delegation", "how servers are named for a zone"),
    }
    .words(&["delegation", "lame server", "glue"])
    .sources(&["RFC 1034 section 5.3.3"])
}

pub(super) fn walk_too_long(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let limit = case.limit().map(|limit| format!(" ({limit})")).unwrap_or_default();
    let verdict = Verdict::new(
        "the walk has come to its limit",
        format!(
            "it asked as often, or took as long, as it may{limit}, and has no answer: servers that do not answer, or names that lead on and on"
        ),
    );
    match again.trace() {
        Some(command) => verdict.then(format!("{command} -v"), "walks again: every question with its reason"),
        None => verdict.then("netlearn explain delegation", "how a walk goes on"),
    }
    .words(&["delegation", "referral"])
    .sources(&["RFC 1034 section 5.3.3"])
}
