//! Verdicts on what this machine refuses: ports, addresses, files, its own tables.

use std::net::IpAddr;

use super::case::Case;
use super::evidence::Told;
use super::{Verdict, connect};
use crate::event::failure::FailureKind;
use crate::event::ports::Socket;
use crate::event::tcp::Protocol;
use crate::explain::tcp::{owner, place};
use crate::explain::{plural, time};

/// Who holds a socket, in words.
pub(super) fn holder(socket: &Socket) -> String {
    let owners: Vec<String> = socket.owners.iter().map(owner).collect();
    match (&socket.user, owners.is_empty()) {
        (_, false) => owners.join(" and "),
        (Some(user), true) if socket.owner_hidden => format!("a program of another user ({user})"),
        (None, true) if socket.owner_hidden => "a program of another user".to_owned(),
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
    for socket in told_of(case, sockets, wants_port, told) {
        let at = socket.local().map(place).unwrap_or_default();
        let text = if socket.protocol == Protocol::Udp {
            match socket.peer().filter(|_| !socket.listens()) {
                Some(peer) => format!("{} has UDP {at}, connected to {}.", holder(socket), place(peer)),
                None => format!("{} takes datagrams at UDP {at}.", holder(socket)),
            }
        } else if socket.listens() {
            format!("{} listens on {at}.", holder(socket))
        } else if in_state(socket, "TIME_WAIT") {
            let left = socket.timer.map(|left| format!(" for {} more", time(left))).unwrap_or_default();
            format!("A closed connection of {at} stays in TIME_WAIT{left}; no program holds it.")
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

/// Sockets of other addresses that are told one by one.
const TOLD: usize = 4;

/// The sockets worth a sentence: where a listener has the address that was called, those of other addresses say nothing of it.
fn told_of<'s>(case: &Case<'_>, sockets: &'s [Socket], wants_port: bool, told: &mut Told) -> Vec<&'s Socket> {
    let has = |socket: &&Socket| connect::covers(std::slice::from_ref(*socket), case);
    let mut chosen: Vec<&Socket> = if wants_port { Vec::new() } else { sockets.iter().filter(has).collect() };
    if chosen.is_empty() {
        chosen = sockets.iter().take(if sockets.len() > TOLD + 1 { TOLD } else { sockets.len() }).collect();
    }
    let others = (sockets.len() - chosen.len()) as u64;
    if others > 0 {
        told.more.push(format!("{} of this machine with that port.", plural(others, "more socket")));
    }
    chosen
}

pub(super) fn address_in_use(case: &Case<'_>) -> Verdict {
    let port = case.port_words();
    let sockets = case.table().unwrap_or_default();
    let listener = sockets.iter().find(|socket| socket.listens());
    let (cause, words): (String, &'static [&'static str]) = if let Some(socket) =
        listener.filter(|socket| socket.protocol == Protocol::Udp)
    {
        (format!("UDP {port} is taken by {}", holder(socket)), &["EADDRINUSE", "UDP", "port"])
    } else if let Some(socket) = listener {
        (format!("{port} is taken by {}", holder(socket)), &["EADDRINUSE", "listening", "port"])
    } else if sockets.iter().any(|socket| in_state(socket, "TIME_WAIT")) {
        (
            format!(
                "{port} is kept by a closed connection in TIME_WAIT; it blocks only where the old or the new socket lacks SO_REUSEADDR"
            ),
            &["EADDRINUSE", "TIME_WAIT"],
        )
    } else if let Some(socket) = sockets.iter().find(|socket| socket.protocol == Protocol::Udp) {
        (format!("UDP {port} is taken by {}", holder(socket)), &["EADDRINUSE", "UDP", "port"])
    } else if let Some(socket) =
        sockets.iter().find(|socket| socket.peer().is_some_and(|peer| peer.port() != 0))
    {
        (format!("{port} is in use by a connection of {}", holder(socket)), &["EADDRINUSE", "ephemeral port"])
    } else if let Some(socket) = sockets.first() {
        (format!("{port} is bound by {}, which does not listen", holder(socket)), &["EADDRINUSE", "bind"])
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
    let instead = if port > 0 && port < 1024 { port + 8000 } else { 8080 };
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
    let host = |ip: IpAddr| if ip.is_loopback() { String::new() } else { format!(" --host {ip}") };
    verdict
        .then(
            format!("{} --port {port}{}", serve(case), case.own_address().map(host).unwrap_or_default()),
            "listens on an address of this machine",
        )
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
    Verdict::new("could not be written", file_cause(case))
        .then("netlearn get --help", "-o FILE writes what comes back to another file")
        .words(&["EOF"])
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
