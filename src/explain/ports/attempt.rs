//! Words for an attempt to bind an address.

use super::holder;
use crate::event::ports::{BindTried, Socket};
use crate::event::tcp::{ListenFailure, Protocol};
use crate::explain::Explanation;

/// Words for [`BindTried`].
pub fn tried(facts: &BindTried) -> Explanation {
    let place = facts.ends.local.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = match facts.protocol {
        Protocol::Udp => format!("udp {place}"),
        Protocol::Tcp | Protocol::Unix | Protocol::Tls | Protocol::Http | Protocol::Https => {
            format!("tcp {place}")
        }
    };
    let step = |what: String| Explanation::step("try", format!("{name}: {what}"));
    let words = match (facts.plain, facts.reusing) {
        (None, None) => step("free, a server could have it".to_owned()),
        (Some(_), None) => {
            remains(step("free for a server that sets SO_REUSEADDR, and for no other".to_owned()), facts)
        }
        (None, Some(_)) => step("free without SO_REUSEADDR, and refused with it".to_owned()),
        (Some(plain), Some(_)) => refused(&step, plain, facts),
    };
    let words = match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    };
    words.words(&["SO_REUSEADDR"])
}

/// What keeps the port from those that do not ask to share it.
fn remains(words: Explanation, facts: &BindTried) -> Explanation {
    if only_remembered(facts) {
        return words
            .why(
                "try.time-wait",
                "Closed connections are still remembered at that port (TIME_WAIT), so that late segments of theirs are not taken for another's. Most servers set SO_REUSEADDR for this.",
            )
            .source("RFC 9293 section 3.6.1")
            .words(&["TIME_WAIT"]);
    }
    match first(&facts.holders) {
        Some(who) => words.why("try.shared", format!("{who} holds the port, and set SO_REUSEADDR as well.")),
        None => words.why("try.unseen", "What holds it does not stand in the table that we may read."),
    }
}

/// Whether nothing but closed connections in TIME_WAIT uses the port.
fn only_remembered(facts: &BindTried) -> bool {
    !facts.holders.is_empty() && facts.holders.iter().all(|socket| socket.state == "TIME_WAIT")
}

fn refused(step: &dyn Fn(String) -> Explanation, failure: ListenFailure, facts: &BindTried) -> Explanation {
    match failure {
        ListenFailure::AddressInUse => {
            let words = step("taken, with SO_REUSEADDR and without".to_owned());
            if only_remembered(facts) {
                return words
                    .why(
                        "try.time-wait-plain",
                        "Only closed connections are remembered at that port (TIME_WAIT). The server they belonged to had not set SO_REUSEADDR, and where one of the two has not, the port has to wait for them.",
                    )
                    .source("RFC 9293 section 3.6.1")
                    .words(&["TIME_WAIT"]);
            }
            match first(&facts.holders) {
                Some(who) => words.why("try.taken", format!("{who} holds it.")),
                None => {
                    words.why("try.unseen", "What holds it does not stand in the table that we may read.")
                }
            }
        }
        ListenFailure::PermissionDenied => {
            let words = step("not permitted".to_owned());
            match facts.first_unprivileged {
                Some(first) => words.why(
                    "try.boundary",
                    format!("On this system every user may listen on ports from {first} up."),
                ),
                None => words,
            }
        }
        ListenFailure::AddressNotAvailable => step("no address of this machine".to_owned())
            .then("netlearn ports", "the addresses that are used here"),
        ListenFailure::FamilyNotSupported => step("this system has no such address family".to_owned()),
        ListenFailure::Accept | ListenFailure::Other => step("refused by the system".to_owned()),
    }
}

/// Who holds a port, listeners first.
fn first(holders: &[Socket]) -> Option<String> {
    let listener = holders.iter().find(|socket| socket.listens()).or(holders.first())?;
    let who = holder(listener).whole();
    let at = listener.ends.local.as_ref().map(ToString::to_string).unwrap_or_default();
    Some(format!("{who} at {at}"))
}
