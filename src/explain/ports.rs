//! Words for the socket tables of this machine.
//!
//! Commands and user names stand in them as the system gave them: the view escapes.

pub mod attempt;
pub mod cells;
pub mod probe;

use super::{Explanation, number, plural};
use crate::event::ports::{Reach, Socket, SocketChanged, SocketsCounted};
use crate::event::tcp::Protocol;
use cells::{holder, protocol, reach_of_path, socket_type};

/// Words for [`crate::event::ports::SocketFound`].
pub fn found(socket: &Socket) -> Explanation {
    let words = Explanation::step("socket", describe(socket));
    if socket.protocol == Protocol::Unix {
        return queue(stopped(at_path(words, socket), socket), socket);
    }
    let words = match socket.reach {
        Some(reach) if socket.listens() => reached(words, socket, reach),
        _ => used(words, socket),
    };
    queue(stopped(words, socket), socket)
}

/// Words for [`crate::event::ports::SocketAppeared`].
pub fn appeared(socket: &Socket) -> Explanation {
    Explanation::step("appeared", describe(socket))
}

/// Words for [`crate::event::ports::SocketChanged`].
pub fn changed(facts: &SocketChanged) -> Explanation {
    let socket = &facts.socket;
    let mut what = describe(socket);
    if facts.was != socket.state {
        what.push_str(&format!(", was {}", facts.was));
    } else {
        what.push_str(&format!(", {}", queues(socket)));
    }
    Explanation::step("changed", what)
}

/// Words for [`crate::event::ports::SocketVanished`].
pub fn vanished(socket: &Socket) -> Explanation {
    Explanation::step("vanished", describe(socket))
}

/// One line: protocol, ends, state, holder.
fn describe(socket: &Socket) -> String {
    let mut text = protocol(socket.protocol).to_owned();
    if let Some(local) = &socket.ends.local {
        text.push_str(&format!(" {local}"));
    }
    if let Some(peer) = &socket.ends.peer {
        text.push_str(&format!(" with {peer}"));
    }
    format!("{text} {}, {}", socket.state, holder(socket).whole())
}

fn queues(socket: &Socket) -> String {
    match (socket.listens(), socket.protocol) {
        (_, Protocol::Udp) if socket.recv_q > 0 => "datagrams wait to be read".to_owned(),
        (true, _) => format!("{} in its accept queue", plural(socket.recv_q, "connection")),
        (false, _) => format!("{} unread, {} not acknowledged", number(socket.recv_q), number(socket.send_q)),
    }
}

/// A Unix socket: who may use its path.
fn at_path(words: Explanation, socket: &Socket) -> Explanation {
    let words = words.source("unix(7)").words(&["Unix domain socket", "socket file"]);
    if !socket.listens() {
        return words;
    }
    let gone = socket.unix.as_ref().is_some_and(|unix| unix.unlinked);
    let words = if gone {
        words.why(
            "unix.unlinked",
            "Its file is gone, or another one is in its place: nobody can find it by that path any more.",
        )
    } else {
        words.why("unix.who", format!("Who can connect: {}.", reach_of_path(socket)))
    };
    match &socket.ends.local {
        Some(path) if socket.state == "LISTEN" && socket_type(socket) == "stream" && !gone => {
            let path = super::failure::quoted(&path.to_string());
            words.then(format!("netlearn connect -U {path}"), "try it from here")
        }
        Some(_) | None => words,
    }
}

fn reached(words: Explanation, socket: &Socket, reach: Reach) -> Explanation {
    let words = match reach {
        Reach::ThisMachine => words
            .why("reach.this_machine", "Another device cannot reach it: it listens on loopback only.")
            .source("RFC 1122 section 3.2.1.3")
            .source("RFC 4291 section 2.5.3"),
        Reach::OneAddress => words.why(
            "reach.one_address",
            "Devices that have a way to that address can reach it, unless a firewall stops them.",
        ),
        Reach::EveryAddress => words.why(
            "reach.every_address",
            "Other devices can reach it at every address of this machine, unless a firewall stops them.",
        ),
    };
    let words = families(words, socket);
    match socket.local() {
        Some(local) if socket.protocol == Protocol::Tcp => {
            let place = match socket.dual_stack {
                Some(true) => "localhost".to_owned(),
                Some(false) | None => super::tcp::host(local.ip()),
            };
            let place = super::failure::quoted(&format!("{place}:{}", local.port()));
            words.then(format!("netlearn connect {place}"), "try it from here").words(&["listen", "loopback"])
        }
        _ => words,
    }
}

/// Whether a socket at `[::]` serves one family or both.
fn families(words: Explanation, socket: &Socket) -> Explanation {
    match socket.dual_stack {
        Some(true) => words
            .why("family.both", "One socket for both families: at :: it takes IPv4 clients too.")
            .source("RFC 3493 section 3.7"),
        Some(false) => words
            .why(
                "family.v6_only",
                "At :: it takes IPv6 clients only (IPV6_V6ONLY is set): 127.0.0.1 is not it.",
            )
            .source("RFC 3493 section 5.3"),
        None => words,
    }
}

/// A socket that uses the port's number and does not listen.
fn used(words: Explanation, socket: &Socket) -> Explanation {
    match socket.state.as_ref() {
        "TIME_WAIT" => words
            .why(
                "state.time_wait",
                "TIME_WAIT: the connection is closed. The kernel remembers it for a while, so that late segments of it \
                 cannot be taken for a new one.",
            )
            .source("RFC 9293 section 3.6.1")
            .words(&["TIME_WAIT"]),
        "BOUND" => words.why(
            "state.bound",
            "BOUND: its program has taken the port and does not listen. Nobody can connect to it, and another program may find it taken.",
        ),
        "ESTABLISHED" | "CLOSE_WAIT" if socket.inode.is_none() && socket.owners.is_empty() => words.why(
            "state.not_accepted",
            "The kernel completed that connection. The program that listens has not accepted it.",
        ),
        "CLOSE_WAIT" => words
            .why("state.close_wait", "CLOSE_WAIT: the other end has finished sending (FIN), and this program has not closed yet.")
            .source("RFC 9293 section 3.3.2")
            .words(&["CLOSE_WAIT"]),
        _ => words,
    }
}

fn stopped(words: Explanation, socket: &Socket) -> Explanation {
    match socket.owners.iter().find(|owner| owner.stopped) {
        Some(owner) => words
            .why(
                "process.stopped",
                format!(
                    "Process {} is stopped: it can neither accept nor answer until it goes on.",
                    owner.pid
                ),
            )
            .then(format!("kill -CONT {}", owner.pid), "let it go on"),
        None => words,
    }
}

fn queue(words: Explanation, socket: &Socket) -> Explanation {
    let datagrams = socket.protocol == Protocol::Unix && socket.state != "LISTEN";
    if socket.protocol == Protocol::Udp || datagrams || !socket.listens() {
        return words;
    }
    if socket.recv_q == 0 {
        return words.more("Its accept queue is empty: no completed connection waits for the program.");
    }
    let (waits, they) = if socket.recv_q == 1 { ("waits", "it") } else { ("wait", "them") };
    let waiting = plural(socket.recv_q, "connection");
    let of = socket.queue_limit.map(|limit| format!(" (limit {})", number(limit))).unwrap_or_default();
    let words = words
        .why(
            "queue.accept",
            format!(
                "{waiting} {waits} in its accept queue{of}: the kernel completed {they}, the program has not taken {they}."
            ),
        )
        .words(&["accept queue"]);
    // Linux takes one more than the backlog says, then drops what would follow.
    match socket.queue_limit {
        Some(limit) if socket.recv_q > limit => words
            .why("queue.full", "The queue is full: further clients get no answer until the program accepts."),
        _ => words,
    }
}

/// Words for [`crate::event::ports::SocketsCounted`].
pub fn counted(facts: &SocketsCounted) -> Explanation {
    let words = match facts.port {
        Some(port) if facts.listeners == 0 => free(port, facts),
        Some(port) => {
            Explanation::detail("", format!("{} on port {port}", plural(facts.listeners, "listener")))
        }
        None if facts.shown == 0 && facts.unix => {
            Explanation::step("", "no program listens at a Unix socket")
        }
        None if facts.shown == 0 => Explanation::step("", "nobody listens on this machine"),
        None => Explanation::detail(
            "",
            format!("{}, {} of them listening", plural(facts.shown, "socket"), number(facts.listeners)),
        ),
    };
    let words = match (facts.hidden, facts.sees_all) {
        (0, _) => words,
        (_, true) => words.why(
            "owner.elsewhere",
            "process hidden: no process that can be seen from here holds it. It may run in another container.",
        ),
        (_, false) if facts.by_root => words.why(
            "owner.protected",
            "process hidden: no process that could be looked into holds it. Some may not be looked into from here, even \
             by root; or it runs in another container.",
        ),
        (_, false) => {
            let port = facts.port.map(|port| format!(" {port}")).unwrap_or_default();
            let port = if facts.unix { " --unix".to_owned() } else { port };
            words
                .why(
                    "owner.hidden",
                    "process hidden: the system does not show you which process it is, because you may not look into \
                     it.",
                )
                .then(format!("sudo netlearn ports{port}"), "every process")
        }
    };
    if facts.missing.is_empty() {
        return words;
    }
    words.why("table.missing", format!("Not readable on this system: {}.", facts.missing.join(", ")))
}

fn free(port: u16, facts: &SocketsCounted) -> Explanation {
    let words = Explanation::step("", format!("port {port} is free: nobody listens on it"));
    if facts.shown == 0 {
        return words.then(format!("netlearn serve --port {port}"), "listen on it");
    }
    let words = words.why(
        "port.used",
        "The sockets above still use its number. They stop a new server only where it or they lack SO_REUSEADDR.",
    );
    let words = match facts.lent {
        Some(lent) => words.why(
            "port.lent",
            format!(
                "This system lends ports from {} to {} to outgoing connections: a connection above may be one.",
                lent.first, lent.last
            ),
        ),
        None => words,
    };
    words.then(
        format!("netlearn ports --try tcp:127.0.0.1:{port}"),
        "whether a server could have it, with SO_REUSEADDR and without",
    )
}
