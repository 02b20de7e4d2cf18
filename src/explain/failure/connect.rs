//! Verdicts on names and on attempts to connect.

use std::net::SocketAddr;

use super::Verdict;
use super::case::Case;
use super::listen::holder;
use crate::event::Address;
use crate::event::failure::Evidence;
use crate::event::ports::Socket;
use crate::event::tcp::{ConnectFailed, ConnectFailure};
use crate::explain::tcp::owner;
use crate::explain::time;

pub(super) fn name_not_found(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = super::dns::of_name(case) {
        return verdict;
    }
    if let Some(verdict) = misspelled(case) {
        return verdict;
    }
    Verdict::new(
        "no address found for this name",
        format!(
            "this system finds no address for {}: no such name, or the lookup itself failed",
            case.host()
        ),
    )
    .then("netlearn explain name-lookup", "where a name's address comes from")
    .then("", "is the name spelled as it should be? nothing was sent to any server of that name")
    .words(&["name lookup", "hosts file"])
    .sources(&["POSIX.1-2024 getaddrinfo()"])
}

/// What looks like an address and is none was looked up as a name: a zone that is no interface, figures that are no IPv4
/// address.
fn misspelled(case: &Case<'_>) -> Option<Verdict> {
    let host = case.host().trim_start_matches('[').trim_end_matches(']');
    if let Some((address, zone)) = host.split_once('%').filter(|(address, _)| address.contains(':')) {
        let cause = format!(
            "this machine has no interface {zone}; behind the % stands the zone, the link that {address} is on"
        );
        let mut verdict = Verdict::new("no such zone", cause);
        for command in &case.failed.next {
            verdict = verdict.then(command, "calls it on that link");
        }
        return Some(
            verdict
                .then("netlearn doctor", "the addresses that need no zone")
                .words(&["IPv6", "address"])
                .sources(&["RFC 4007 section 11"]),
        );
    }
    if host.is_empty() || !host.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.') {
        return None;
    }
    let cause = format!(
        "{host} is no IPv4 address, which is four numbers from 0 to 255, as 127.0.0.1; so it was looked up as a name, and no address was found"
    );
    Some(
        Verdict::new("neither an address nor a name", cause)
            .then("netlearn explain IPv4", "what such an address is")
            .words(&["IPv4", "name lookup"])
            .sources(&["RFC 6943 section 3.1.1", "POSIX.1-2024 getaddrinfo()"]),
    )
}

pub(super) fn name_timeout(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = super::dns::of_name(case) {
        return verdict;
    }
    let waited = case.waited().map(|waited| format!(" in {}", time(waited))).unwrap_or_default();
    Verdict::new(
        format!("the name lookup gave no answer{waited}"),
        "the system was asked for the address and did not answer in time; for most names it asks a server over the network",
    )
    .then(case.again("--timeout 30 "), "waits longer")
    .words(&["name lookup", "hosts file"])
    .sources(&["POSIX.1-2024 getaddrinfo()"])
}

pub(super) fn name_family(case: &Case<'_>) -> Verdict {
    Verdict::new(
        "no address of the family asked for",
        format!("{} has addresses, but none of the family that -4 or -6 asks for", case.host()),
    )
    .then(case.again(""), "takes an address of either family")
    .words(&["IPv4", "IPv6", "name lookup"])
    .sources(&["POSIX.1-2024 getaddrinfo()"])
}

/// The addresses of attempts, `::1 and 127.0.0.1`.
fn addresses(attempts: &[&ConnectFailed]) -> String {
    let mut list: Vec<String> = attempts
        .iter()
        .filter_map(|attempt| attempt.ends.peer.as_ref())
        .map(|peer| peer.inet().map_or_else(|| peer.to_string(), |address| address.ip().to_string()))
        .collect();
    list.dedup();
    match list.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// The addresses that failed in this way, behind `preposition`: others of the name may have failed in another.
fn tried(case: &Case<'_>, preposition: &str, reason: ConnectFailure) -> String {
    let mut attempts = case.attempts();
    attempts.retain(|attempt| attempt.reason == reason);
    let list = addresses(&attempts);
    if list.is_empty() { String::new() } else { format!(" {preposition} {list}") }
}

pub(super) fn refused(case: &Case<'_>) -> Verdict {
    let what = format!("refused{}", tried(case, "at", ConnectFailure::Refused));
    let port = case.port_words();
    let words: &[&str] = &["RST", "listening", "ECONNREFUSED"];
    let sources: &[&str] = &["RFC 9293 section 3.5.2"];
    if let Some(sockets) = case.table() {
        let listener = sockets.iter().find(|socket| socket.listens()).and_then(Socket::local);
        let verdict = match listener {
            Some(_) if covers(sockets, case) => Verdict::new(
                what,
                format!(
                    "a program listens on {port} at that address: a firewall refused in its place, or it began only after we called"
                ),
            )
            .then(case.ports(), "who listens there")
            .then(case.again(""), "calls once more"),
            Some(local) => Verdict::new(
                what,
                format!("a program listens on {port}, but not at the address that you called"),
            )
            .then(
                format!("netlearn connect {}:{}", bracketed(local.ip()), local.port()),
                "calls the address that it listens on",
            )
            .then(case.ports(), "who listens there"),
            None => start(case, Verdict::new(what, format!("no program on this machine listens on {port}"))),
        };
        return verdict.words(words).sources(sources);
    }
    let there = if case.here() == Some(true) { "" } else { " there" };
    Verdict::new(what, format!("no program{there} listens on {port}, or a firewall answers in its place"))
        .then(
            case.ports(),
            if there.is_empty() {
                "who listens on this machine"
            } else {
                "run it on that machine: whether a program listens, and for whom"
            },
        )
        .words(words)
        .sources(sources)
}

/// Whether a listener of the table takes connections to the address that was called.
pub(super) fn covers(sockets: &[Socket], case: &Case<'_>) -> bool {
    let Some(called) = case.failed.address.map(|address| address.ip()) else { return false };
    sockets.iter().filter(|socket| socket.listens()).any(|socket| {
        let at = socket.local().map(|local| local.ip());
        at.is_some_and(|at| {
            let both = at.is_ipv6() && socket.dual_stack == Some(true);
            at == called || (at.is_unspecified() && (at.is_ipv4() == called.is_ipv4() || both))
        })
    })
}

/// Offers to start a server where nobody listens; below 1024 that may need a privilege.
fn start(case: &Case<'_>, verdict: Verdict) -> Verdict {
    match case.port {
        Some(port) if port >= 1024 => verdict
            .then(format!("netlearn serve {port}"), "starts a server there; then try again")
            .then("netlearn ports", "what does listen on this machine"),
        Some(_) | None => verdict.then("netlearn ports", "what does listen on this machine"),
    }
}

/// An address as `connect` takes it, itself and never `localhost`.
pub(super) fn bracketed(ip: std::net::IpAddr) -> String {
    match ip {
        _ if ip.is_unspecified() => "localhost".to_owned(),
        std::net::IpAddr::V6(v6) => format!("[{v6}]"),
        std::net::IpAddr::V4(v4) => v4.to_string(),
    }
}

pub(super) fn rejected(case: &Case<'_>) -> Verdict {
    let mut attempts = case.attempts();
    attempts.retain(|attempt| attempt.reason == ConnectFailure::Rejected);
    if !attempts.iter().any(|attempt| attempt.icmp.is_some()) {
        // EACCES or EPERM without an ICMP message: it never left, where the error queue was read and held nothing.
        let cause = if attempts.iter().any(|attempt| attempt.error_queue_empty) {
            "a rule of this machine forbids it: a firewall, a route that prohibits, or limits on this program"
        } else {
            "a rule forbids this connection, on this machine or on the way"
        };
        return Verdict::new(format!("not permitted{}", tried(case, "at", ConnectFailure::Rejected)), cause)
            .then("netlearn explain firewall", "what such a rule does")
            .words(&["firewall", "EACCES"])
            .sources(&["POSIX.1-2024 connect()", "connect(2)"]);
    }
    let here = case.here() == Some(true);
    let who = if here || attempts.iter().any(|attempt| sent_by_us(attempt)) {
        "a firewall of this machine"
    } else {
        "a firewall there, on the way or on this machine"
    };
    let cause = if attempts.iter().filter_map(|attempt| attempt.icmp).all(|icmp| icmp.forbids()) {
        format!("a rule forbids this connection, and the ICMP message says so: it is the answer of {who}")
    } else {
        format!(
            "a rule forbids this connection: {who} answered with an ICMP message, where a system on which nobody listens sends a RST"
        )
    };
    Verdict::new(format!("turned away{}", tried(case, "at", ConnectFailure::Rejected)), cause)
        .then(
            case.ports(),
            if here {
                "whether a program listens there, behind the rule"
            } else {
                "run it on that machine: the program may well listen, behind the rule"
            },
        )
        .words(&["firewall", "ICMP"])
        .sources(&["RFC 1122 section 3.2.2.1", "RFC 4443 section 3.1"])
}

/// Whether our own system wrote the ICMP message, as where a rule of it does, or no neighbour answers for the address.
fn sent_by_us(attempt: &ConnectFailed) -> bool {
    let local = attempt.ends.local.as_ref().and_then(Address::inet).map(|local| local.ip());
    attempt.icmp.and_then(|icmp| icmp.origin).is_some_and(|ip| ip.is_loopback() || Some(ip) == local)
}

pub(super) fn black_hole(case: &Case<'_>) -> Verdict {
    let here = case.here() == Some(true);
    let cause = if here {
        "the address is on this machine, and no full accept queue shows: as a rule a firewall here drops the packets"
    } else {
        "packets are dropped (a firewall, a broken path), no machine has that address, or a server's accept queue is full: from here they look the same"
    };
    let whether = if here {
        "whether a program listens there"
    } else {
        "run it on that machine: whether a program listens there"
    };
    Verdict::new(format!("no answer{}", tried(case, "at", ConnectFailure::Timeout)), cause)
        .then(case.again("--timeout 30 "), "waits longer, in case packets are lost")
        .then(case.ports(), whether)
        .words(&["SYN", "retransmission", "firewall", "ETIMEDOUT"])
        .sources(&["RFC 9293 section 3.8.3", "RFC 6298 section 5"])
}

pub(super) fn never_accepts(case: &Case<'_>) -> Verdict {
    let program = case.queue_owner().map_or("the program that listens there".to_owned(), owner);
    if case.peer_socket().is_some() {
        return super::wait::not_accepted(case, &program);
    }
    let cause = match case.queue_owner() {
        Some(process) if process.stopped => {
            format!("{program} is stopped, so nobody takes connections out of its full accept queue")
        }
        Some(_) | None => format!(
            "{program} does not accept: its accept queue is full, so the system lets no new client in"
        ),
    };
    Verdict::new(format!("no answer{}", tried(case, "at", ConnectFailure::Timeout)), cause)
        .then(case.ports(), case.while_it_runs("the listener and its accept queue"))
        .words(&["accept queue", "SYN", "ETIMEDOUT"])
        .sources(&["listen(2)"])
}

pub(super) fn unreachable(case: &Case<'_>) -> Verdict {
    let v6 = case.failed.address.is_some_and(|address| address.is_ipv6());
    let mut attempts = case.attempts();
    attempts.retain(|attempt| attempt.reason == ConnectFailure::Unreachable);
    let told = attempts.iter().find(|attempt| attempt.icmp.is_some()).map(|attempt| sent_by_us(attempt));
    let here = case.here() == Some(true);
    let cause = match (told, v6) {
        (Some(_), _) if here => {
            "the address is on this machine, and an ICMP message says that it cannot be reached: as a rule a firewall here wrote it"
        }
        (Some(true), _) => {
            "this system cannot deliver there: no machine on its network answers for that address, or a rule here says so"
        }
        (Some(false), _) => "an ICMP message came back: a machine there or on the way cannot deliver",
        (None, true) => {
            "this system has no way to that address; often it has no IPv6 connection to the world outside"
        }
        (None, false) => "this system has no way to that address, or finds no machine there",
    };
    let verdict = Verdict::new(format!("no way{}", tried(case, "to", ConnectFailure::Unreachable)), cause);
    let verdict = if here && told.is_some() {
        verdict.then(case.ports(), "whether a program listens there, behind the rule")
    } else if v6 {
        verdict.then(case.again("-4 "), "uses IPv4")
    } else {
        verdict.then("netlearn explain address", "what an address says, and to whom")
    };
    verdict.words(&["address", "ICMP"]).sources(&["RFC 9293 section 3.9.2.2"])
}

pub(super) fn local_address(case: &Case<'_>) -> Verdict {
    // The table or the boundary is looked at only where --source-port asked for a port.
    if !case.looked_up_port() {
        let error = case.system_error().unwrap_or("it gave no reason");
        return Verdict::new(
            "our own end could not be set up",
            format!("the system gave no address or port of its own for this connection: {error}"),
        )
        .then("netlearn ports --all", "the sockets of this machine, and the ports that they use")
        .words(&["ephemeral port", "bind"])
        .sources(&["connect(2)"]);
    }
    let own = case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Table { port, sockets } = fact { Some((*port, sockets.first())) } else { None }
    });
    let cause = match (own, case.boundary()) {
        (Some((port, Some(socket))), _) if socket.owners.is_empty() && !socket.owner_hidden => format!(
            "the port that --source-port asks for is taken here: a connection that no program has keeps port {port} ({})",
            socket.state
        ),
        (Some((port, Some(socket))), _) => {
            format!("the port that --source-port asks for is taken here: {} has port {port}", holder(socket))
        }
        (None, Some(first)) => format!(
            "the port that --source-port asks for needs a privilege that this user does not have, as every port below {first}"
        ),
        (_, _) => {
            "the port that --source-port asks for is taken here, or this user may not have it".to_owned()
        }
    };
    Verdict::new("our own port could not be used", cause)
        .then(case.again(""), "without --source-port: the system lends a free port")
        .words(&["ephemeral port", "bind", "EADDRINUSE"])
        .sources(&["bind(2)"])
}

/// An address that is on every link, without the link that is meant.
fn zone_missing(case: &Case<'_>) -> Option<Verdict> {
    let address = case.failed.address.filter(|address| {
        matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
    })?;
    let ip = address.ip();
    let cause = format!(
        "{ip} is a link-local address: it counts on one link alone, and which link is meant, its zone, has to be said behind it, as {ip}%eth0"
    );
    let mut verdict = Verdict::new("an address without its zone", cause);
    for command in &case.failed.next {
        verdict = verdict.then(command, "calls it on that link");
    }
    Some(
        verdict
            .then("netlearn doctor", "the addresses that need no zone")
            .words(&["IPv6", "address"])
            .sources(&["RFC 4007 sections 6 and 11", "RFC 4291 section 2.5.6"]),
    )
}

pub(super) fn other(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = zone_missing(case) {
        return verdict;
    }
    let error = case.system_error().unwrap_or("an error that netlearn has no words for");
    // EMFILE and ENFILE have these numbers on Linux, macOS and the BSDs.
    let cause = match case.failed.errno {
        Some(24) => {
            "this process has as many files and sockets open as the system allows it (ulimit -n)".to_owned()
        }
        Some(23) => "the whole system has as many files and sockets open as it can".to_owned(),
        Some(_) | None => format!("the system refused: {error}"),
    };
    Verdict::new(format!("failed: {error}"), cause)
        .then("netlearn ports --all", "the sockets of this machine, and who holds them")
        .words(&["socket"])
}
