//! Verdicts on what this machine refuses: ports, addresses, files, its own tables.

use super::case::Case;
use super::evidence::Told;
use super::{Verdict, connect};
use crate::event::failure::{Evidence, FailureKind};
use crate::event::ports::Socket;
use crate::event::tcp::Protocol;
use crate::explain::tcp::{owner, place};
use crate::explain::{plural, time};

/// Who holds a socket, in words.
pub(super) fn holder(socket: &Socket) -> String {
    let owners: Vec<String> = socket.owners.iter().map(owner).collect();
    match (&socket.user, owners.is_empty()) {
        (_, false) => owners.join(" and "),
        (Some(user), true) if socket.owner_hidden => {
            format!("a program of the user {user} (its process is hidden)")
        }
        (None, true) if socket.owner_hidden => "a program whose process is hidden".to_owned(),
        (_, true) => "no program".to_owned(),
    }
}

/// The command for a server: of datagrams where that is what was to be served.
fn serve(case: &Case<'_>) -> &'static str {
    if case.datagrams() { "netlearn serve udp" } else { "netlearn serve" }
}

fn in_state(socket: &Socket, state: &str) -> bool {
    socket.state.replace('-', "_") == state
}

/// The sockets of one port as sentences: what listens is good news for a client, and bad news for a second server.
pub(super) fn table(case: &Case<'_>, port: u16, sockets: &[Socket], told: &mut Told) {
    let wants_port = case.failed.kind == FailureKind::AddressInUse;
    if sockets.is_empty() {
        // For a port that is to be ours every socket was looked at, for one that is called only what can listen.
        let wants_port = wants_port || case.failed.kind == FailureKind::LocalAddress;
        let port = if case.datagrams() { format!("UDP port {port}") } else { format!("port {port}") };
        told.broken.push(if case.datagrams() && !wants_port {
            format!("In this machine's socket table no program takes datagrams on {port}.")
        } else if wants_port {
            format!("In this machine's socket table no socket has {port}.")
        } else {
            format!("In this machine's socket table nothing listens on {port}.")
        });
    }
    let (closed, held): (Vec<&Socket>, Vec<&Socket>) =
        sockets.iter().partition(|socket| in_state(socket, "TIME_WAIT"));
    // Beside a listener at the place that is wanted they are not what is in the way.
    if !in_the_way(case, sockets).into_iter().any(Socket::listens) {
        told.broken.extend(remembered(&closed));
    }
    for socket in told_of(case, held, wants_port, told) {
        let at = socket.local().map(place).unwrap_or_default();
        let text = if socket.protocol == Protocol::Udp {
            match socket.peer().filter(|_| !socket.listens()) {
                Some(peer) => format!("{} has UDP {at}, connected to {}.", holder(socket), place(peer)),
                None => format!("{} takes datagrams at UDP {at}.", holder(socket)),
            }
        } else if socket.listens() {
            format!("{} listens on {at}.", holder(socket))
        } else if let Some(peer) = socket.peer().filter(|peer| peer.port() != 0) {
            if socket.owners.is_empty() && !socket.owner_hidden {
                let (peer, state) = (place(peer), &socket.state);
                told.broken.push(format!(
                    "The kernel holds a connection of {at} with {peer} ({state}); no program has it."
                ));
                continue;
            }
            format!("{} has a connection of {at} with {} ({}).", holder(socket), place(peer), socket.state)
        } else {
            format!("{} holds {at} without listening ({}).", holder(socket), socket.state)
        };
        let process = socket.owners.iter().find(|process| process.stopped);
        if wants_port || !socket.listens() {
            told.broken.push(text)
        } else {
            told.fine.push(text)
        }
        if let Some(process) = process {
            told.broken.push(format!("pid {} is stopped; it holds its sockets all the same.", process.pid));
        }
    }
}

/// Closed connections that the system remembers, as one sentence.
fn remembered(closed: &[&Socket]) -> Option<String> {
    let first = closed.first()?.local();
    let same = closed.iter().all(|socket| socket.local() == first);
    let of = first.filter(|_| same).map(|at| format!(" of {}", place(at))).unwrap_or_default();
    let left = closed.iter().filter_map(|socket| socket.timer).max();
    Some(match (closed, left) {
        ([_], Some(left)) => {
            format!(
                "A closed connection{of} stays in TIME_WAIT for {} more; no program holds it.",
                time(left)
            )
        }
        ([_], None) => format!("A closed connection{of} stays in TIME_WAIT; no program holds it."),
        (many, left) => {
            let left = left.map(|left| format!(", the last for {} more", time(left))).unwrap_or_default();
            format!("{} closed connections{of} stay in TIME_WAIT{left}; no program holds them.", many.len())
        }
    })
}

/// The sockets that clash with the address that was wanted; all of the port's where none does for certain.
fn in_the_way<'s>(case: &Case<'_>, sockets: &'s [Socket]) -> Vec<&'s Socket> {
    let wanted = case.failed.address.map(|address| address.ip());
    let clashes = |socket: &&Socket| match (wanted, socket.local().map(|local| local.ip())) {
        (Some(wanted), Some(at)) => {
            let every = at.is_unspecified() || wanted.is_unspecified();
            let both = at.is_ipv6() && at.is_unspecified() && socket.dual_stack != Some(false);
            at == wanted || (every && at.is_ipv4() == wanted.is_ipv4()) || both
        }
        (_, _) => true,
    };
    let clashing: Vec<&Socket> = sockets.iter().filter(clashes).collect();
    if clashing.is_empty() { sockets.iter().collect() } else { clashing }
}

/// What a command for the same port comes to: at another address, or later.
pub(super) fn on_the_same_port(case: &Case<'_>, command: &str) -> Option<String> {
    let port = case.port.filter(|_| case.failed.kind == FailureKind::AddressInUse)?;
    let own = format!(" --port {port}");
    let (_, behind) =
        command.split_once(&own).filter(|(_, behind)| behind.is_empty() || behind.starts_with(' '))?;
    let wanted = case.failed.address.map(|address| format!(" --host {}", address.ip())).unwrap_or_default();
    if behind.contains(" --host ") && !behind.contains(&wanted) {
        return Some("the same port, at an address where it is free".to_owned());
    }
    let remembered = in_the_way(case, case.table()?).into_iter().filter_map(|socket| socket.timer).max();
    Some(match remembered {
        Some(left) => format!("the same port, once TIME_WAIT has ended: in {}", time(left)),
        None => "the same port, once TIME_WAIT has ended".to_owned(),
    })
}

/// A port that a connection has, and no listener: lent to it, as a rule.
fn by_a_connection(case: &Case<'_>, socket: &Socket) -> String {
    let port = case.port_words();
    if socket.owners.is_empty() && !socket.owner_hidden {
        return format!(
            "{port} is in use by a connection that its program has let go and the system still ends ({})",
            socket.state
        );
    }
    let lent = case.failed.evidence.iter().any(|fact| matches!(fact, Evidence::LentPorts { .. }));
    let how = if lent {
        "; no server has it: as a rule such a port was lent to an outgoing connection"
    } else {
        ", and no listener has it"
    };
    let who = holder(socket);
    let more = in_the_way(case, case.table().unwrap_or_default())
        .into_iter()
        .any(|other| other.peer().is_some() && !other.owners.is_empty() && holder(other) != who);
    let others = if more { " and of others" } else { "" };
    format!("{port} is in use by a connection of {who}{others}{how}")
}

/// Sockets of other addresses that are told one by one.
const TOLD: usize = 4;

/// The sockets worth a sentence: where a listener has the address that was called, those of other addresses say nothing of it.
fn told_of<'s>(
    case: &Case<'_>,
    sockets: Vec<&'s Socket>,
    wants_port: bool,
    told: &mut Told,
) -> Vec<&'s Socket> {
    let all = sockets.len();
    let has = |socket: &&Socket| connect::covers(std::slice::from_ref(*socket), case);
    let mut chosen: Vec<&Socket> =
        if wants_port { Vec::new() } else { sockets.iter().copied().filter(has).collect() };
    if chosen.is_empty() {
        chosen = sockets;
        chosen.truncate(if all > TOLD + 1 { TOLD } else { all });
    }
    let others = (all - chosen.len()) as u64;
    if others > 0 {
        told.more.push(format!("{} of this machine with that port.", plural(others, "more socket")));
    }
    chosen
}

pub(super) fn address_in_use(case: &Case<'_>) -> Verdict {
    let port = case.port_words();
    let sockets = in_the_way(case, case.table().unwrap_or_default());
    let listener = sockets.iter().find(|socket| socket.listens());
    let (cause, words): (String, &'static [&'static str]) = if let Some(socket) =
        listener.filter(|socket| socket.protocol == Protocol::Udp)
    {
        (format!("UDP {port} is taken by {}", holder(socket)), &["EADDRINUSE", "UDP", "port"])
    } else if let Some(socket) = listener {
        (format!("{port} is taken by {}", holder(socket)), &["EADDRINUSE", "listening", "port"])
    } else if let Some(socket) = sockets.iter().find(|socket| socket.protocol == Protocol::Udp) {
        (format!("UDP {port} is taken by {}", holder(socket)), &["EADDRINUSE", "UDP", "port"])
    } else if let Some(socket) =
        sockets.iter().find(|socket| socket.peer().is_none_or(|peer| peer.port() == 0))
    {
        (format!("{port} is bound by {}, which does not listen", holder(socket)), &["EADDRINUSE", "bind"])
    } else if let Some(socket) = sockets.iter().find(|socket| !in_state(socket, "TIME_WAIT")) {
        (by_a_connection(case, socket), &["EADDRINUSE", "ephemeral port"])
    } else if !sockets.is_empty() {
        (
            format!(
                "{port} is kept by a closed connection in TIME_WAIT; it blocks only where the old or the new socket lacks SO_REUSEADDR, and the one of netlearn has it"
            ),
            &["EADDRINUSE", "TIME_WAIT"],
        )
    } else {
        (
            format!(
                "{port} is in use, and no listener shows: a socket that is bound and does not listen may be hidden"
            ),
            &["EADDRINUSE", "bind"],
        )
    };
    let verdict = Verdict::new("taken", cause);
    let verdict = match case.free_port() {
        Some(free) => verdict.then(format!("{} --port {free}", serve(case)), "uses a free port instead"),
        None => verdict.then(format!("{} --port 0", serve(case)), "lets the system choose a free port"),
    };
    verdict.then(case.ports(), "who has it").words(words).sources(&["bind(2)", "POSIX.1-2024 bind()"])
}

pub(super) fn permission_denied(case: &Case<'_>) -> Verdict {
    let port = case.port.unwrap_or_default();
    let cause = match case.boundary() {
        Some(first) if port < first => {
            format!("on this system ports below {first} need a privilege that this user does not have")
        }
        Some(_) | None => "the system does not let this user listen there".to_owned(),
    };
    let instead = port.checked_add(8000).filter(|_| port > 0).unwrap_or(8080);
    Verdict::new("not permitted", cause)
        .then(format!("{} --port {instead}", serve(case)), "a port that every user may have")
        .words(&["EACCES", "well-known port"])
        .sources(&["RFC 6335 section 6", "ip(7)"])
}

pub(super) fn address_not_available(case: &Case<'_>) -> Verdict {
    let address = case.failed.address.map_or(case.host().to_owned(), |address| address.ip().to_string());
    let port = case.port.unwrap_or(3000);
    let verdict = Verdict::new(
        "not an address of this machine",
        format!("this machine does not have the address {address}"),
    );
    verdict
        .then(format!("{} --port {port}", serve(case)), "listens on addresses of this machine")
        .words(&["address", "bind"])
        .sources(&["bind(2)"])
}

pub(super) fn other(case: &Case<'_>) -> Verdict {
    let error = case.system_error().unwrap_or("the system refused");
    let cause = match case.failed.errno {
        Some(24) => {
            "this process has as many files and sockets open as the system allows it (ulimit -n)".to_owned()
        }
        Some(23) => "the whole system has as many files and sockets open as it can".to_owned(),
        Some(_) | None => format!("the system refused: {error}"),
    };
    Verdict::new("could not listen", cause)
        .then(format!("{} --port 0", serve(case)), "lets the system choose a port on localhost")
        .then("netlearn ports", "who listens on this machine")
        .words(&["listening", "socket"])
        .sources(&["listen(2)"])
}

/// Why a file could not be written, by numbers that Linux, macOS and the BSDs share.
fn file_cause(case: &Case<'_>) -> String {
    let known = match case.failed.errno {
        Some(2) => "the folder does not exist",
        Some(13) | Some(1) => "this user may not write there",
        Some(17) => "a file is there, where a folder would have to be",
        Some(20) => "a part of the path is no folder",
        Some(21) => "that is a folder, not a file",
        Some(27) => "the file would be larger than the system allows",
        Some(28) => "the disk is full",
        Some(30) => "that disk can only be read",
        Some(32) => "the program that read from us is gone",
        Some(_) | None => {
            return format!("the system refused: {}", case.system_error().unwrap_or("it gave no reason"));
        }
    };
    known.to_owned()
}

pub(super) fn output_failed(case: &Case<'_>) -> Verdict {
    let verdict = Verdict::new("could not be written", file_cause(case));
    // What a command has of its own fits better.
    match case.failed.next.first() {
        Some(again) if again.starts_with("netlearn get ") || again.starts_with("netlearn connect ") => {
            let elsewhere = again.split(' ').any(|word| word == "-o");
            let shows = if elsewhere {
                "writes what comes back to a file here"
            } else {
                "what comes back goes to stdout"
            };
            verdict.then(again, shows)
        }
        Some(again) if again.starts_with("netlearn serve ") => {
            verdict.then(again, "writes the certificate to a file here").words(&["certificate"])
        }
        Some(_) => verdict,
        None => verdict
            .then("netlearn get --help", "-o FILE writes what comes back to another file")
            .words(&["EOF"]),
    }
}

pub(super) fn record_failed(case: &Case<'_>) -> Verdict {
    Verdict::new("the recording could not be written", file_cause(case))
        .then("netlearn tour --record tour.jsonl", "a recording in this folder, to see whether that works")
}

pub(super) fn table_unreadable(case: &Case<'_>) -> Verdict {
    let port = case.port.unwrap_or(3000);
    let error = case.system_error().unwrap_or("it gave no reason");
    Verdict::new("the socket table could not be read", format!("the system does not show it: {error}"))
        .then(
            format!("netlearn connect -z localhost:{port}"),
            "asks the port itself whether somebody listens",
        )
        .words(&["socket", "listening"])
        .sources(&["proc_net_tcp(5)"])
}
