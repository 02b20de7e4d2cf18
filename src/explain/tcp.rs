//! Words for TCP connections and listeners. They claim what one event shows: that bytes were taken, not that a program read them.

mod bytes;
mod ends;
mod kernel;
mod listening;

pub use bytes::{bytes, shown_whole};
pub use ends::{closed, half_closed};
pub use kernel::{info, unread};
pub use listening::{listen_failed, listening, listening_on_both, offered};

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Explanation, plural, time};
use crate::event::ports::Owner;
use crate::event::tcp::{Accepted, ConnectFailed, ConnectFailure, Connected, FamiliesDiffer, Holder, Icmp};
use crate::event::{Address, Ends, Event};

/// `127.0.0.1 port 3000`.
pub(super) fn place(address: SocketAddr) -> String {
    format!("{} port {}", address.ip(), address.port())
}

/// An address as a command takes it: `localhost` where that name reaches it, brackets around IPv6. To ::1 the name leads only
/// where the hosts file says so.
pub(super) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() || v4 == Ipv4Addr::LOCALHOST => "localhost".to_owned(),
        IpAddr::V6(v6) if v6.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V6(v6) => format!("[{v6}]"),
        IpAddr::V4(v4) => v4.to_string(),
    }
}

/// Characters of a command line within a sentence; the socket table has the whole of it.
const COMMAND: usize = 40;

/// `node server.js (pid 4711)`: the program without the way to it, a long command line cut at a word.
pub(super) fn owner(owner: &Owner) -> String {
    let whole = owner.command.trim();
    let program = whole.split(' ').next().unwrap_or_default();
    let command = &whole[program.rfind('/').map_or(0, |slash| slash + 1)..];
    if command.chars().count() <= COMMAND {
        return format!("{command} (pid {})", owner.pid);
    }
    let end = command.char_indices().nth(COMMAND).map_or(command.len(), |(index, _)| index);
    let cut = command[..end].rfind(' ').filter(|space| *space > 0).unwrap_or(end);
    format!("{} ... (pid {})", &command[..cut], owner.pid)
}

fn peer(ends: &Ends) -> Option<SocketAddr> {
    ends.peer.as_ref().and_then(Address::inet)
}

fn local(ends: &Ends) -> Option<SocketAddr> {
    ends.local.as_ref().and_then(Address::inet)
}

/// The far end in words; a path stays as it is.
fn far(ends: &Ends) -> String {
    match (&ends.peer, peer(ends)) {
        (_, Some(address)) => place(address),
        (Some(address), None) => address.to_string(),
        (None, None) => "an address that was not recorded".to_owned(),
    }
}

/// Words for [`Connected`].
pub fn connected(facts: &Connected) -> Explanation {
    let port = local(&facts.ends).map(|address| address.port());
    let mut what = format!("{}: open", far(&facts.ends));
    if let Some(port) = port {
        what.push_str(&format!(", from our port {port}"));
    }
    let mut words = Explanation::step("connect", what);
    if let Some(planned) = facts.planned {
        words = words.why(
            "connect.planned",
            format!(
                "The name leads to {}. The lab has that at another place on this machine, and that is where we went.",
                place(planned)
            ),
        );
    }
    if facts.to_itself {
        return words
            .why(
                "connect.itself",
                "Our end is also the other end: the system lent us the very port that we called. No server is here.",
            )
            .source("RFC 9293 section 3.5 (simultaneous open)")
            .words(&["ephemeral port", "handshake"]);
    }
    if let Some(port) = port {
        words = words.why(
            "connect.port",
            format!(
                "Port {port} is ours for this connection, as a rule lent by the system, so that answers find their way back."
            ),
        );
    }
    words
        .more("The handshake is done: SYN, SYN and ACK, ACK. The system at the other end has agreed; its program may not know yet.")
        .source("RFC 9293 section 3.5")
        .source("RFC 6056 section 2.1")
        .words(&["ephemeral port", "handshake"])
}

/// Words for [`ConnectFailed`].
pub fn connect_failed(event: &Event, facts: &ConnectFailed) -> Explanation {
    let outcome = match facts.reason {
        ConnectFailure::Refused => "refused",
        ConnectFailure::Rejected if facts.icmp.is_none() => "not permitted",
        ConnectFailure::Rejected => "turned away",
        ConnectFailure::Timeout => "no answer",
        ConnectFailure::Unreachable => "no way there",
        ConnectFailure::Reset => "reset while connecting",
        ConnectFailure::LocalAddress => "our own address or port could not be used",
        ConnectFailure::Other => "failed",
    };
    let mut what = format!("{}: {outcome}", far(&facts.ends));
    if let (ConnectFailure::Timeout, Some(took)) = (facts.reason, event.took) {
        what.push_str(&format!(" in {}", time(took)));
    }
    let mut words = Explanation::step("connect", what);
    if let Some((id, why)) = reason(facts) {
        // After the last attempt the failure itself says more.
        words = if facts.attempt < facts.of { words.why(id, why) } else { words.more(why) };
    }
    let icmp = facts.icmp.as_ref().map(icmp_words);
    if let Some(icmp) = icmp.filter(|icmp| !words.why.iter().any(|why| why.text.starts_with(icmp.as_str()))) {
        if !words.more.contains(&icmp) {
            words = words.more(icmp);
        }
    } else if facts.error_queue_empty && facts.reason != ConnectFailure::Rejected {
        words = words.more("The socket's error queue is empty: no ICMP message came.");
    }
    if let Some(errno) = facts.errno {
        words = words.more(format!("errno {errno}"));
    }
    words = match facts.reason {
        ConnectFailure::Refused => {
            words.source("RFC 9293 section 3.5.2 (group 1)").words(&["RST", "listening"])
        }
        ConnectFailure::Rejected if facts.icmp.is_none() => words.words(&["firewall", "EACCES"]),
        ConnectFailure::Rejected => words.source("RFC 1122 section 3.2.2.1").words(&["firewall", "ICMP"]),
        ConnectFailure::Timeout => {
            words.source("RFC 9293 section 3.8.3").words(&["SYN", "retransmission", "firewall"])
        }
        ConnectFailure::Unreachable => words.words(&["address"]),
        ConnectFailure::Reset => words.source("RFC 9293 section 3.5.3").words(&["RST"]),
        ConnectFailure::LocalAddress => words.words(&["bind", "port"]),
        ConnectFailure::Other => words,
    };
    words
}

/// Why an attempt failed, and what we do next: the last attempt leaves the rest to the failure's own words.
fn reason(facts: &ConnectFailed) -> Option<(&'static str, String)> {
    let ip = peer(&facts.ends).map_or("that address".to_owned(), |address| address.ip().to_string());
    let next = facts.attempt < facts.of;
    let (id, mut text) = match facts.reason {
        ConnectFailure::Refused if facts.icmp.is_none() => (
            if next { "refused.next" } else { "refused.last" },
            format!("Nobody listens there on {ip}, or a firewall answers in its place."),
        ),
        ConnectFailure::Refused | ConnectFailure::Rejected => (
            if next { "rejected.next" } else { "rejected.last" },
            facts.icmp.as_ref().map_or_else(|| not_permitted(facts).to_owned(), icmp_words),
        ),
        ConnectFailure::Timeout => (
            if next { "timeout.next" } else { "timeout.last" },
            match facts.syn_resent {
                Some(times) => format!(
                    "Nothing came back, not even a no. Our system asked again {}.",
                    plural(u64::from(times), "time")
                ),
                None => "Nothing came back, not even a no.".to_owned(),
            },
        ),
        ConnectFailure::Unreachable => (
            if next { "unreachable.next" } else { "unreachable.last" },
            match &facts.icmp {
                Some(icmp) => icmp_words(icmp),
                None => format!("Our system says that it has no way to {ip}."),
            },
        ),
        ConnectFailure::Reset | ConnectFailure::LocalAddress | ConnectFailure::Other if next => {
            ("attempt.next", String::new())
        }
        ConnectFailure::Reset | ConnectFailure::LocalAddress | ConnectFailure::Other => return None,
    };
    if next {
        text.push_str(if text.is_empty() { "We try the next address." } else { " We try the next address." });
    }
    Some((id, text))
}

/// Who forbids it where no ICMP message tells: an error queue that was read and is empty leaves this machine alone.
pub(super) fn not_permitted(facts: &ConnectFailed) -> &'static str {
    if facts.error_queue_empty {
        "Our own system does not permit it: no ICMP message came."
    } else {
        "A rule forbids it, on this machine or on the way."
    }
}

/// An ICMP error in words: what it says and who says it.
pub(super) fn icmp_words(icmp: &Icmp) -> String {
    let says = match (icmp.v6, icmp.kind, icmp.code) {
        (false, 3, 0) => "there is no way to that network",
        (false, 3, 1) | (true, 1, 3) => "that machine cannot be reached",
        (false, 3, 2) => "that machine does not speak this protocol",
        (false, 3, 3) | (true, 1, 4) => "that port cannot be reached",
        // RFC 1122 section 3.2.2.1 (9, 10), RFC 1812 section 5.2.7.1 (13), RFC 4443 section 3.1.
        (false, 3, 9 | 10 | 13) | (true, 1, 1) => "a rule forbids it (administratively prohibited)",
        (true, 1, 0) => "there is no way to that address",
        (true, 1, 5) => "a rule forbids this source address",
        (true, 1, 6) => "a rule rejects this route",
        (false, 11, 0) | (true, 3, 0) => "the packet passed more routers than it was allowed to",
        _ => "the packet could not be delivered",
    };
    let from = icmp.origin.map_or(String::new(), |ip| format!(" from {ip}"));
    let name = if icmp.v6 { "ICMPv6" } else { "ICMP" };
    format!("An {name} message{from} says: {says} (type {}, code {}).", icmp.kind, icmp.code)
}

/// Words for [`Accepted`].
pub fn accepted(facts: &Accepted) -> Explanation {
    let mut what = match peer(&facts.ends) {
        Some(address) if address.ip().is_loopback() => format!("connected from port {}", address.port()),
        Some(address) => format!("connected from {}", place(address)),
        None => "connected".to_owned(),
    };
    if let Some(process) = &facts.peer_owner {
        what.push_str(&format!(", by {}", owner(process)));
    }
    let mut words = Explanation::step(format!("client {}", facts.client), what);
    if let (Some(own), Some(far)) = (local(&facts.ends), peer(&facts.ends)) {
        words = words.more(format!(
            "These four name the connection: {} port {} and {} port {}. No other has all four at the same time.",
            far.ip(),
            far.port(),
            own.ip(),
            own.port()
        ));
    }
    words
        .more("The handshake was the system's work. The program took the finished connection out of the accept queue.")
        .source("RFC 9293 section 4 (connection)")
        .words(&["client", "port"])
}

/// An address as a command takes it, never as the name that leads to both.
fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V6(v6) => format!("[{v6}]"),
        IpAddr::V4(v4) => v4.to_string(),
    }
}

/// Words for [`FamiliesDiffer`].
pub fn families_differ(facts: &FamiliesDiffer) -> Explanation {
    let who = |holder: &Holder| match (&holder.owner, holder.listens) {
        (_, false) => format!("nobody on {}", holder.address),
        (Some(process), true) => format!("{} on {}", owner(process), holder.address),
        (None, true) => format!("a program on {}", holder.address),
    };
    let holders: Vec<String> = facts.holders.iter().map(who).collect();
    let listening = facts.holders.iter().filter(|holder| holder.listens).count();
    let words = if facts.unsure {
        let text = format!("{} has {listening} listening sockets: {}", facts.port, holders.join(", "));
        let words = Explanation::step("port", text).why(
            "families.unsure",
            "Whether they are one server or two cannot be seen from here: their processes are hidden.",
        );
        facts.holders.iter().filter(|holder| holder.listens).fold(words, |words, holder| {
            let address = host_of(holder.address);
            words.then(
                format!("netlearn connect -z {} {}", super::failure::quoted(&address), facts.port),
                "connects there, and hangs up",
            )
        })
    } else if listening > 1 {
        let text = format!("{} has {listening} servers: {}", facts.port, holders.join(", "));
        let words = Explanation::step("port", text);
        let words = match facts.reached {
            Some(ip) => words.why(
                "families.reached",
                format!(
                    "This run reached the one on {ip}. A program that tries another address first reaches another server."
                ),
            ),
            None => words,
        };
        match (facts.named.as_slice(), facts.reached) {
            (_, Some(_)) => words,
            ([], None) => words.why(
                "families.two",
                format!(
                    "Programs that try the addresses of {} in another order reach another server.",
                    facts.name
                ),
            ),
            (named, None) => {
                let order: Vec<String> = named.iter().map(IpAddr::to_string).collect();
                words.why(
                    "families.two",
                    format!(
                        "Here {} stands for {}. A program that tries another address first reaches another server.",
                        facts.name,
                        order.join(", then ")
                    ),
                )
            }
        }
    } else {
        Explanation::step(
            "port",
            format!("{} has a listener at one address of {} only: {}", facts.port, facts.name, holders.join(", ")),
        )
        .why(
            "families.one",
            "A program that tries only the address where nobody listens fails there. It has to try the other one too.",
        )
    };
    let words = match facts.reached {
        Some(ip) if listening < 2 || facts.unsure => words.more(format!("This run reached {ip}.")),
        Some(_) | None => words,
    };
    let words = if super::dns::is_localhost(&facts.name) {
        words.source("RFC 6761 section 6.3").words(&["localhost", "IPv6"])
    } else {
        words.words(&["IPv6"])
    };
    // Where the table was asked for, it stands above.
    if !facts.named.is_empty() {
        return words;
    }
    words.then(format!("netlearn ports {}", facts.port), "who listens there, in both families")
}

#[cfg(test)]
mod tests;
