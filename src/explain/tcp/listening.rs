//! Words for listening sockets: who can reach them and how to try. They cannot see firewalls, and say so.

use std::net::SocketAddr;

use super::{host, local, place};
use crate::event::ports::Reach;
use crate::event::tcp::{AddressOffered, ListenFailed, ListenFailure, Listening, Protocol};
use crate::explain::failure::quoted;
use crate::explain::{Explanation, number};

/// Words for [`Listening`].
pub fn listening(facts: &Listening) -> Explanation {
    let Some(address) = local(&facts.ends) else {
        let path = facts.ends.local.as_ref().map(ToString::to_string).unwrap_or_default();
        return Explanation::step("listening", format!("on {path}")).words(&["listening"]);
    };
    let words = match facts.reach {
        Reach::ThisMachine => Explanation::step("listening", format!("on {address}, for this machine only"))
            .words(&["loopback"]),
        Reach::OneAddress => Explanation::step("listening", format!("on {address}, for other machines too"))
            .why(
                "listen.one",
                format!(
                    "Every machine that has a way to {} can {}, unless a firewall stops it.",
                    address.ip(),
                    reaching(facts)
                ),
            )
            .words(&["firewall"]),
        Reach::EveryAddress => {
            Explanation::step("listening", format!("on {address}, which is every address of this machine"))
                .why("listen.every", wide(facts))
                .words(&["wildcard address", "firewall"])
        }
    };
    let words = match trying(facts.protocol, address) {
        Some((open, command)) => words.why("listen.open", open).then(command, "Ctrl-C here stops the server"),
        None => words,
    };
    if facts.protocol == Protocol::Udp {
        return words
            .more("A UDP socket has no accept queue, because nobody connects. Datagrams wait in its receive queue; one that finds it full is thrown away.")
            .source("RFC 768")
            .source("RFC 1122 section 3.2.1.3 (loopback)")
            .words(&["UDP", "unconnected UDP socket"]);
    }
    words
        .more(format!(
            "The system keeps up to {} finished connections in the accept queue until the program takes them, or its own limit if that is lower.",
            number(u64::from(facts.backlog))
        ))
        .source("RFC 9293 section 3.9.1.1 (passive OPEN)")
        .source("RFC 1122 section 3.2.1.3 (loopback)")
        .words(&["listening", "accept queue"])
}

/// Words for a server that listens on two addresses of this machine alone: one sentence for both, or none where they differ.
pub fn listening_on_both(one: &Listening, two: &Listening) -> Option<Explanation> {
    let (first, second) = (local(&one.ends)?, local(&two.ends)?);
    let near = (one.reach, two.reach) == (Reach::ThisMachine, Reach::ThisMachine);
    if !near || first.port() != second.port() || one.protocol != two.protocol {
        return None;
    }
    let what = format!("on {first} and {second}, for this machine only");
    Some(Explanation { what, ..listening(one) })
}

/// What a client does first.
fn reaching(facts: &Listening) -> &'static str {
    if facts.protocol == Protocol::Udp { "send to it" } else { "connect" }
}

fn wide(facts: &Listening) -> String {
    let reaching = reaching(facts);
    let at: Vec<String> = facts.reachable_at.iter().map(ToString::to_string).collect();
    if at.is_empty() {
        return format!(
            "Other machines can {reaching}, unless a firewall stops them; but we found no address of this machine that is not loopback."
        );
    }
    format!("Other machines can {reaching} at {}, unless a firewall stops them.", at.join(", "))
}

/// Ports to which a browser may make no request, because other protocols have them (Fetch Standard, bad port). Chromium 156 makes
/// one to 4190 and 6679 all the same.
const NOT_FOR_BROWSERS: [u16; 82] = [
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
    526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
    3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// How to try it from this machine: a sentence, and the command that belongs to it. Who speaks TLS has an authority's
/// certificate to name, and the words for that come with it.
fn trying(protocol: Protocol, address: SocketAddr) -> Option<(String, String)> {
    let to = format!("{}:{}", host(address.ip()), address.port());
    match protocol {
        Protocol::Http => Some((
            if NOT_FOR_BROWSERS.contains(&address.port()) {
                format!("Browsers may refuse port {}. In a second terminal:", address.port())
            } else {
                format!("Open http://{to}/ or, in a second terminal:")
            },
            format!("netlearn get {}", quoted(&format!("http://{to}/"))),
        )),
        Protocol::Https | Protocol::Tls => None,
        Protocol::Udp => {
            Some(("In a second terminal:".to_owned(), format!("netlearn connect -u {}", quoted(&to))))
        }
        Protocol::Tcp | Protocol::Unix => {
            Some(("In a second terminal:".to_owned(), format!("netlearn connect {}", quoted(&to))))
        }
    }
}

/// A waiting client that the system would not hand out.
fn accept_failed(facts: &ListenFailed) -> Explanation {
    // EMFILE has this number on Linux, macOS and the BSDs.
    let (why, terms): (&str, &[&'static str]) = match facts.errno {
        Some(24) => {
            ("we have as many files and sockets open as we may (EMFILE)", &["accept queue", "EMFILE"])
        }
        Some(_) | None => ("the system refused", &["accept queue"]),
    };
    let words = Explanation::step("listening", format!("a waiting client could not be accepted: {why}"))
        .why(
            "listen.accept",
            "Clients wait in the accept queue meanwhile, and we try again. How often it happened is counted at the end.",
        )
        .words(terms);
    match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    }
}

/// Words for [`AddressOffered`].
pub fn offered(facts: &AddressOffered) -> Explanation {
    let Some(url) = &facts.url else {
        return Explanation::step("phone", "no address of this machine that a phone could reach")
            .why("phone.none", "All that was found is loopback, which leads back to whoever asks.")
            .words(&["loopback"])
            .then("netlearn doctor", "the addresses of this machine");
    };
    let words = Explanation::step("phone", format!("{url}, drawn for its camera"))
        .why("phone.reach", "A phone in the same network reaches it, unless a firewall stops it.")
        .source("ISO/IEC 18004 (QR code)")
        .words(&["firewall"]);
    let words = match facts.others.as_slice() {
        [] => words,
        others => {
            words.why("phone.others", format!("This machine has other addresses too: {}.", others.join(", ")))
        }
    };
    if !facts.unknown_authority {
        return words;
    }
    words
        .why("phone.authority", "Its browser warns: it does not know the throwaway authority.")
        .words(&["certificate authority"])
}

/// Words for [`ListenFailed`].
pub fn listen_failed(facts: &ListenFailed) -> Explanation {
    let at = local(&facts.ends).map(place).unwrap_or_default();
    let why = match facts.reason {
        ListenFailure::AddressInUse => "it is taken",
        ListenFailure::PermissionDenied => "this user may not",
        ListenFailure::AddressNotAvailable => "this machine does not have that address",
        ListenFailure::FamilyNotSupported => "this system does not offer IPv6",
        ListenFailure::Accept => return accept_failed(facts),
        ListenFailure::Other => "the system refused",
    };
    let what = format!("not on {at}: {why}");
    let words = if facts.goes_on {
        Explanation::step("listening", what)
            .why("listen.goes-on", "We go on without this address; the others are not touched by it.")
    } else {
        // The failure that follows says more.
        Explanation::detail("listening", what)
    };
    let words = match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    };
    match facts.reason {
        ListenFailure::AddressInUse => words.words(&["EADDRINUSE", "bind"]),
        ListenFailure::PermissionDenied => words.words(&["EACCES", "well-known port"]),
        ListenFailure::AddressNotAvailable => words.words(&["address", "bind"]),
        ListenFailure::FamilyNotSupported => words.words(&["IPv6"]),
        ListenFailure::Accept | ListenFailure::Other => words.words(&["bind"]),
    }
}
