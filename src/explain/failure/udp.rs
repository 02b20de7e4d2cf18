//! Verdicts on UDP. An ICMP message shows that something answered, not that the program's machine did; silence is no failure.

use std::net::IpAddr;

use super::case::Case;
use super::evidence::Told;
use super::{Verdict, connect};
use crate::event::Address;
use crate::event::failure::{Evidence, FailureKind as Kind};
use crate::event::ports::Socket;
use crate::event::tcp::Icmp;
use crate::event::udp::{DeliveryFailed, SendRefusal, SendRefused};
use crate::explain::tcp::icmp_words;
use crate::explain::{bytes, number, plural, time};

/// The verdict where datagrams tell another one than a connection's; `None` leaves it to the words of all.
pub(super) fn verdict(case: &Case<'_>) -> Option<Verdict> {
    let undelivered = case.failed.evidence.iter().find_map(undelivered);
    match (case.failed.kind, undelivered) {
        (Kind::DatagramTooLong, _) => Some(too_long(case)),
        (Kind::Refused, Some(facts)) => Some(refused(case, facts)),
        (Kind::Rejected, Some(facts)) => Some(rejected(case, facts)),
        (Kind::Unreachable, Some(_)) => Some(unreachable(case)),
        (Kind::Rejected, None) if case.datagrams() => Some(not_permitted()),
        (_, _) => None,
    }
}

fn undelivered(fact: &Evidence) -> Option<&DeliveryFailed> {
    if let Evidence::Undelivered { failed, .. } = fact { Some(failed) } else { None }
}

/// The evidence of UDP as sentences.
pub(super) fn tell(fact: &Evidence, told: &mut Told) {
    if let Evidence::Datagrams { sent, received, unsent } = fact {
        tell_datagrams(*sent, *received, *unsent, told);
    } else if let Evidence::Undelivered { failed, after } = fact {
        let after = after.map(|after| format!(" We were told {} after the last send.", time(after)));
        let words = match &failed.icmp {
            Some(icmp) => format!("{}{}", icmp_words(icmp), after.unwrap_or_default()),
            None => {
                "The call was refused, which an ICMP message causes. Who sent it, this system does not tell."
                    .to_owned()
            }
        };
        told.broken.push(words);
    } else if let Evidence::NotTaken { refused } = fact {
        tell_not_taken(refused, told);
    }
}

fn tell_datagrams(sent: u64, received: u64, unsent: Option<u64>, told: &mut Told) {
    if sent > 0 {
        let taken = plural(sent, "datagram");
        told.fine.push(format!("Our system took {taken} of ours. That says nothing of the other end."));
    }
    match received {
        0 if sent > 0 => told.broken.push("No datagram came back.".to_owned()),
        0 => {}
        some => told.fine.push(format!("Before that {} came back.", plural(some, "datagram"))),
    }
    if let Some(unsent) = unsent.filter(|unsent| *unsent > 0) {
        told.broken.push(format!("{} of our input did not go out.", plural(unsent, "datagram")));
    }
}

fn tell_not_taken(refused: &SendRefused, told: &mut Told) {
    let size = bytes(refused.len);
    let words = match refused.reason {
        SendRefusal::TooLong if refused.len > refused.longest => {
            format!(
                "One read of our input was {size}; one datagram carries at most {}.",
                number(refused.longest)
            )
        }
        SendRefusal::TooLong => format!("Our system takes no datagram of {size} to that address."),
        SendRefusal::NotPermitted | SendRefusal::NoWay | SendRefusal::Other => {
            format!("Our system did not take a datagram of {size}. Nothing of it was sent.")
        }
    };
    told.broken.push(words);
}

fn refused(case: &Case<'_>, facts: &DeliveryFailed) -> Verdict {
    let what = format!("refused{}", from_elsewhere(case, facts.icmp));
    let port = case.port_words();
    let words: &[&str] = &["port unreachable", "ICMP", "ECONNREFUSED"];
    let sources: &[&str] = &["RFC 1122 section 4.1.3.1", "RFC 792", "RFC 4443 section 3.1"];
    let verdict = match case.table() {
        Some(sockets) => here(case, what, sockets),
        None if case.here() == Some(true) => Verdict::new(
            what,
            format!("no program on this machine takes datagrams on {port}, or a firewall answers in its place"),
        )
        .then(case.ports(), "who has that port"),
        None => Verdict::new(
            what,
            format!("no program there takes datagrams on {port}, or a firewall answers in its place: the message is the same"),
        )
        .then(case.ports(), "run it on that machine: whether a program has that port"),
    };
    verdict.words(words).sources(sources)
}

/// Who says so, where it is not the address that was called.
fn from_elsewhere(case: &Case<'_>, icmp: Option<Icmp>) -> String {
    let called = case.failed.address.map(|address| address.ip());
    match icmp.and_then(|icmp| icmp.origin) {
        Some(origin) if Some(origin) != called => format!(", says {origin}"),
        Some(origin) => format!(" at {origin}"),
        None => String::new(),
    }
}

/// On this machine the table decides.
fn here(case: &Case<'_>, what: String, sockets: &[Socket]) -> Verdict {
    let port = case.port_words();
    let taker = sockets.iter().find(|socket| socket.listens()).and_then(Socket::local);
    match taker {
        Some(_) if connect::covers(sockets, case) => Verdict::new(
            what,
            format!("a program takes datagrams on {port} there: a firewall answered in its place, or it began only after ours came"),
        )
        .then(case.ports(), "who has that port")
        .then(case.again(""), "sends once more"),
        Some(local) => Verdict::new(
            what,
            format!("a program takes datagrams on {port}, but not at the address that you called"),
        )
        .then(
            format!("netlearn connect -u {}:{}", connect::bracketed(local.ip()), local.port()),
            "calls the address that it has",
        )
        .then(case.ports(), "who has that port"),
        None => start(
            case,
            Verdict::new(what, format!("no program on this machine takes datagrams on {port}")),
        ),
    }
}

fn start(case: &Case<'_>, verdict: Verdict) -> Verdict {
    let verdict = match case.port {
        Some(port) if port >= 1024 => {
            verdict.then(format!("netlearn serve udp {port}"), "starts a server there; then try again")
        }
        Some(_) | None => verdict,
    };
    verdict.then("netlearn ports", "what does wait on this machine")
}

fn rejected(case: &Case<'_>, facts: &DeliveryFailed) -> Verdict {
    let here = case.here() == Some(true);
    let who = if here || sent_by_us(facts) {
        "a firewall of this machine"
    } else {
        "a firewall there, on the way or on this machine"
    };
    Verdict::new("turned away", format!("a rule forbids it: {who} answered with an ICMP message"))
        .then(
            case.ports(),
            if here {
                "whether a program has that port, behind the rule"
            } else {
                "run it on that machine: a program may well have that port, behind the rule"
            },
        )
        .words(&["firewall", "ICMP"])
        .sources(&["RFC 1812 section 5.2.7.1", "RFC 4443 section 3.1"])
}

/// Whether our own system wrote the ICMP message, as where a rule of it forbids what goes out.
fn sent_by_us(facts: &DeliveryFailed) -> bool {
    let local = facts.ends.local.as_ref().and_then(Address::inet).map(|local| local.ip());
    facts.icmp.and_then(|icmp| icmp.origin).is_some_and(|ip| ip.is_loopback() || Some(ip) == local)
}

fn not_permitted() -> Verdict {
    Verdict::new(
        "not permitted",
        "a rule of this machine forbids it: a firewall, a route that prohibits, or limits on this program",
    )
    .then("netlearn explain firewall", "what such a rule does")
    .words(&["firewall", "EACCES"])
    .sources(&["POSIX.1-2024 send()", "send(2)"])
}

fn unreachable(case: &Case<'_>) -> Verdict {
    let v6 = case.failed.address.is_some_and(|address| matches!(address.ip(), IpAddr::V6(_)));
    let verdict = Verdict::new(
        "no way there, and no reply",
        "an ICMP message said that ours was not delivered, and nothing came after it",
    );
    let verdict = if v6 {
        verdict.then(case.again("-4 "), "uses IPv4")
    } else {
        verdict.then(case.again("-w 30 "), "waits longer, in case it passes")
    };
    verdict.words(&["ICMP", "address"]).sources(&["RFC 1122 section 4.1.3.3", "RFC 8085 section 5.2"])
}

fn too_long(case: &Case<'_>) -> Verdict {
    let longest = case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::NotTaken { refused } = fact { Some(refused.longest) } else { None }
    });
    let limit = longest.map_or(String::new(), |longest| format!(" of at most {}", bytes(longest)));
    Verdict::new(
        "too long for one datagram",
        format!(
            "each read of the input, and each --send, is one datagram{limit}; nothing is cut in two unasked"
        ),
    )
    .then("netlearn explain EMSGSIZE", "why there is a limit")
    .then(case.again_streaming(), "TCP: a stream, of any length, where a TCP server listens")
    .words(&["EMSGSIZE", "datagram"])
    .sources(&["RFC 768 (Length)", "RFC 8085 section 3.2"])
}
