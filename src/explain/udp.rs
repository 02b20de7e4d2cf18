//! Words for UDP: single datagrams, peers without connections, ICMP messages, silence. They never say that a datagram arrived:
//! nothing tells.

use super::tcp::{icmp_words, owner, place};
use super::{Explanation, bytes as octets, number, plural, time};
use crate::event::tcp::{Bytes, Direction, Holder};
use crate::event::udp::{
    DeliveryFailed, FellSilent, Forgotten, InputEnded, PeerForgotten, PeerSeen, SendRefusal, SendRefused,
    UdpConnected,
};
use crate::event::{Address, Ends, Event, Side};

/// Octets of a datagram that fit one packet of an Ethernet: 1,500 less the headers of IPv4 and UDP.
const ONE_PACKET: u64 = 1_472;

fn peer(ends: &Ends) -> Option<std::net::SocketAddr> {
    ends.peer.as_ref().and_then(Address::inet)
}

fn far(ends: &Ends) -> String {
    peer(ends).map_or("an address that was not recorded".to_owned(), place)
}

/// Where a datagram came from: on this machine the port tells enough.
fn from(ends: &Ends) -> String {
    match peer(ends) {
        Some(address) if address.ip().is_loopback() => format!("port {}", address.port()),
        Some(_) | None => far(ends),
    }
}

/// Words for [`UdpConnected`].
pub fn connected(facts: &UdpConnected) -> Explanation {
    let mut what = format!("for {}", far(&facts.ends));
    if let Some(port) = facts.ends.local.as_ref().and_then(Address::port) {
        what.push_str(&format!(", from our port {port}; nothing is sent yet"));
    }
    let mut words = Explanation::step("socket", what);
    if !facts.untried.is_empty() {
        let others: Vec<String> = facts.untried.iter().map(ToString::to_string).collect();
        words = words.why(
            "udp.untried",
            format!(
                "The name stands for {} too. We stay with the first: nothing tells in time that nobody is there.",
                others.join(" and ")
            ),
        );
    }
    words
        .why("udp.connected", "UDP has no handshake. Whether anybody is there, nothing has told yet.")
        .more("This is a connected UDP socket: it sends to this one address and port, takes datagrams from there alone, and its calls are told of ICMP messages.")
        .source("RFC 768")
        .source("POSIX.1-2024 connect()")
        .words(&["UDP", "connected UDP socket"])
}

/// Words for a datagram that passed.
pub(super) fn datagram(event: &Event, facts: &Bytes, label: &'static str) -> Explanation {
    let server = event.side == Side::Server;
    let size = match (facts.len, facts.lost) {
        (len, Some(lost)) => {
            let whole = octets(len.saturating_add(lost));
            format!("{} of {whole}; {} lost", number(len), number(lost))
        }
        (len, None) if facts.truncated => format!("the first {}; the rest is lost", octets(len)),
        (0, None) => "empty".to_owned(),
        (len, None) => octets(len),
    };
    let what = match facts.direction {
        Direction::Received if server => format!("a datagram came, {size}"),
        Direction::Sent if server => format!("a datagram went out, {size}"),
        Direction::Received | Direction::Sent => format!("one datagram, {size}"),
    };
    let mut words = Explanation::step(label, what);
    if let Some(serial) = facts.datagram {
        words = words.more(format!("Datagram {} of this direction.", number(serial)));
    }
    if facts.truncated {
        return truncated(words);
    }
    if facts.len == 0 {
        words = words.why(
            "udp.empty",
            "It carries nothing, and is a message all the same. A stream, as TCP's, has no empty messages.",
        );
    }
    if facts.len > ONE_PACKET {
        words = words
            .more("On a network whose packets hold 1,500 bytes it travels in pieces. If one is lost, all of it is.")
            .source("RFC 8085 section 3.2");
    }
    match (facts.direction, server) {
        (Direction::Sent, false) => words.why(
            "udp.sent",
            "Our system has taken it. UDP promises no delivery, and nobody confirms it.",
        ),
        (Direction::Sent, true) => words
            .why(
                "udp.unconnected",
                "Our socket is not connected: it serves every client. If nobody is there any more, it is not told.",
            )
            .source("RFC 1122 section 4.1.3.3")
            .words(&["unconnected UDP socket"]),
        (Direction::Received, _) => words.why(
            "udp.message",
            "One send there is one read here: UDP keeps each datagram apart from the next.",
        ),
    }
    .source("RFC 768")
    .source("RFC 8085 section 3.3")
    .words(&["datagram"])
}

fn truncated(words: Explanation) -> Explanation {
    words
        .why(
            "udp.truncated",
            "The program's buffer was too small for it. The rest is thrown away: the next read begins with the next datagram.",
        )
        .source("POSIX.1-2024 recvfrom()")
        .words(&["truncated datagram", "datagram"])
}

/// Words for [`PeerSeen`].
pub fn peer_seen(facts: &PeerSeen) -> Explanation {
    let what = match facts.untold {
        0 => format!("first heard of: a datagram from {}", from(&facts.ends)),
        before => format!(
            "a datagram from {}; {} of it before were counted",
            from(&facts.ends),
            plural(before, "datagram")
        ),
    };
    Explanation::step(format!("client {}", facts.client), what)
        .why(
            "udp.peer",
            "Nobody connected: UDP has no connections. A client is an address and port that a datagram came from.",
        )
        .more("One socket takes the datagrams of all clients. Each brings its sender's address, and nothing proves that address.")
        .source("RFC 768")
        .source("RFC 8085 section 6")
        .words(&["UDP", "unconnected UDP socket", "client"])
}

/// Words for [`PeerForgotten`].
pub fn peer_forgotten(facts: &PeerForgotten) -> Explanation {
    let passed =
        format!("{} in, {} out", plural(facts.datagrams_received, "datagram"), number(facts.datagrams_sent));
    let words = match facts.why {
        Forgotten::Idle => Explanation::step(
            "forget",
            format!("silent for {}: we forget this client ({passed})", time(facts.silent)),
        )
        .why(
            "udp.goodbye",
            "Nothing in UDP says goodbye. How long a client is remembered is the server's own rule (--idle).",
        ),
        Forgotten::Room => {
            Explanation::step("forget", format!("forgotten to make room for another ({passed})")).why(
                "udp.room",
                "Our table of clients is full (--max-connections). The one that was silent for longest goes.",
            )
        }
    };
    words
        .more(format!("{} in, {} out.", octets(facts.received), octets(facts.sent)))
        .source("RFC 8085 section 3.5")
        .words(&["UDP"])
}

/// Words for [`DeliveryFailed`].
pub fn delivery_failed(facts: &DeliveryFailed) -> Explanation {
    let (label, call) = match facts.during {
        Direction::Sent => ("send", "this send is refused"),
        Direction::Received => ("receive", "an error comes instead of a datagram"),
    };
    let what = match facts.icmp.and_then(|icmp| Some((icmp.v6, icmp.origin?))) {
        Some((v6, origin)) => format!("{call}: {} from {origin}", if v6 { "ICMPv6" } else { "ICMP" }),
        None => call.to_owned(),
    };
    let mut words = Explanation::step(label, what);
    if !facts.ends_it {
        let message = facts.icmp.as_ref().map(|icmp| format!("{} ", icmp_words(icmp))).unwrap_or_default();
        words = words.why("udp.may-pass", format!("{message}That may pass, so we go on."));
    }
    words = words.why(
        "udp.next-call",
        "It answers a datagram that was sent before. That send had succeeded: the next call is the one that is told.",
    );
    if let Some(icmp) = facts.icmp.as_ref().filter(|_| facts.ends_it) {
        words = words.why("udp.icmp", icmp_words(icmp));
    }
    if let Some(errno) = facts.errno {
        words = words.more(format!("errno {errno}"));
    }
    let words = words.source("RFC 1122 section 4.1.3.3").source("RFC 8085 section 5.2");
    let closed = facts.icmp.is_none_or(|icmp| {
        if icmp.v6 { (icmp.kind, icmp.code) == (1, 4) } else { (icmp.kind, icmp.code) == (3, 3) }
    });
    if closed { words.words(&["port unreachable", "ICMP"]) } else { words.words(&["ICMP"]) }
}

/// Words for [`SendRefused`].
pub fn send_refused(facts: &SendRefused) -> Explanation {
    let size = octets(facts.len);
    let (what, id, why) = match facts.reason {
        SendRefusal::TooLong => (
            format!("{size} are too long for one datagram: nothing was sent"),
            "udp.too-long",
            format!("One datagram to that address carries at most {}.", octets(facts.longest)),
        ),
        SendRefusal::NotPermitted => (
            format!("not permitted: a datagram of {size} was not sent"),
            "udp.not-permitted",
            "A rule of this machine forbids it, as a firewall's.".to_owned(),
        ),
        SendRefusal::NoWay => (
            format!("no way there: a datagram of {size} was not sent"),
            "udp.no-way",
            format!("Our own system says that it has no way to {}.", far(&facts.ends)),
        ),
        SendRefusal::Other => (
            format!("our system did not take a datagram of {size}"),
            "udp.not-taken",
            "Nothing of it was sent.".to_owned(),
        ),
    };
    let words = Explanation::step("send", what).why(id, why);
    let words = match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    };
    match facts.reason {
        SendRefusal::TooLong => words
            .source("RFC 768 (Length)")
            .source("RFC 791 section 3.1 (Total Length)")
            .source("RFC 8200 section 3 (Payload Length)")
            .words(&["EMSGSIZE", "datagram"]),
        SendRefusal::NotPermitted => words.words(&["firewall", "EACCES"]),
        SendRefusal::NoWay => words.words(&["address"]),
        SendRefusal::Other => words,
    }
}

/// Words for [`InputEnded`].
pub fn input_ended(facts: &InputEnded) -> Explanation {
    let what = format!("our input has ended; we wait up to {} for replies", time(facts.wait));
    let words = Explanation::step("wait", what);
    let words = if facts.sent == 0 {
        words.why("udp.nothing-sent", "We have sent nothing, so no program there has heard of us.")
    } else {
        words.why(
            "udp.no-end",
            "No datagram says that it is the last: the server is not told that we are done.",
        )
    };
    words.source("RFC 768").words(&["UDP"])
}

/// Words for [`FellSilent`].
pub fn fell_silent(facts: &FellSilent) -> Explanation {
    let waited = time(facts.waited);
    if facts.received > 0 {
        let words = Explanation::step("end", format!("nothing more for {waited}: we stop waiting"));
        return input_open(facts, words).why(
            "udp.limit",
            "Another datagram may come at any time, or never. Nothing marks the end, so waiting needs a limit.",
        );
    }
    let meaning = if facts.sent == 0 { ": we stop waiting" } else { ", which proves nothing" };
    let words = Explanation::step("end", format!("nothing came in {waited}{meaning}"));
    let words = input_open(facts, words);
    let words = match &facts.holder {
        Some(holder) => words.why("udp.holder", looked(facts, holder)),
        None if facts.sent == 0 => {
            words.why("udp.nothing-asked", "We had sent nothing that could be answered.")
        }
        None => words
            .why("udp.silence", "Ours or the reply may be lost or dropped, or it was read and not answered."),
    };
    words
        .more("A closed port answers with an ICMP message, where nothing on the way drops that too.")
        .source("RFC 768")
        .source("RFC 1122 section 4.1.3.1")
        .source("RFC 8085 section 3.3")
        .words(&["datagram", "port unreachable", "firewall"])
}

fn input_open(facts: &FellSilent, words: Explanation) -> Explanation {
    if !facts.input_open {
        return words;
    }
    let why = "Our own input has not ended. What it gives from here on is not sent; --timeout waits longer.";
    words.why("udp.input-open", why)
}

/// What this machine's socket table adds to a silence.
fn looked(facts: &FellSilent, holder: &Holder) -> String {
    let at = far(&facts.ends);
    let program = holder.owner.as_ref().map_or("a program".to_owned(), owner);
    match (holder.listens, facts.unread) {
        (true, _) if facts.sent == 0 => {
            format!("{program} takes datagrams there. We had sent nothing that could be answered.")
        }
        (true, true) => format!("{program} has that port. Datagrams wait there that it has not read."),
        (true, false) => {
            format!("Ours or the reply was dropped, or {program} has read it and does not answer.")
        }
        (false, _) if facts.sent == 0 => format!("On this machine no program takes datagrams at {at} now."),
        (false, _) => format!(
            "No program takes datagrams at {at} now, and no ICMP message said so: as a rule a firewall drops them."
        ),
    }
}
