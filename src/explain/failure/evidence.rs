//! Evidence as sentences: one for each fact, those that are fine kept apart from those that are not.

use std::time::Duration;

use super::case::Case;
use super::{dns, http, listen, many, tls, udp, unix};
use crate::event::failure::{Evidence, FailureKind as Kind};
use crate::event::ports::{Owner, Socket};
use crate::event::tcp::{ConnectFailed, ConnectFailure, Direction};
use crate::explain::tcp::{icmp_words, not_permitted, owner};
use crate::explain::{Line, bytes, number, plural, time};

/// The sentences of one failure.
#[derive(Default)]
pub(super) struct Told {
    pub(super) fine: Vec<String>,
    pub(super) broken: Vec<String>,
    pub(super) lines: Vec<Line>,
    pub(super) more: Vec<String>,
}

impl Told {
    pub(super) fn line(&mut self, text: impl Into<String>, note: impl Into<String>) {
        self.lines.push(Line { text: text.into(), note: note.into(), caret: None });
    }
}

/// Tells all the evidence of a failure.
pub(super) fn told(case: &Case<'_>) -> Told {
    let mut told = Told::default();
    for fact in &case.failed.evidence {
        tell(case, fact, &mut told);
    }
    told
}

fn tell(case: &Case<'_>, fact: &Evidence, told: &mut Told) {
    if case.failed.is_unix() && unix::tell_instead(case, fact, told) {
        return;
    }
    match fact {
        Evidence::Attempt { attempt, after } => tell_attempt(attempt, *after, told),
        Evidence::Table { port, sockets } => listen::table(case, *port, sockets, told),
        Evidence::InLab => told.more.push("This happened in the pocket internet of this machine.".to_owned()),
        Evidence::NotThisMachine => {
            told.broken
                .push("The other end is another machine: its programs cannot be seen from here.".to_owned());
        }
        Evidence::TableUnread { error } => {
            told.more.push(format!("This machine's socket table could not be read: {error}."));
        }
        Evidence::HandshakeDone { took } => {
            told.fine.push(format!("The connection is open: the TCP handshake took {}.", time(*took)));
        }
        Evidence::Acknowledged { sent, acked } => tell_acknowledged(*sent, *acked, told),
        Evidence::Received { len: 0 } => told.broken.push("0 bytes came back.".to_owned()),
        Evidence::Received { len } => told.fine.push(format!("{} came back before that.", bytes(*len))),
        Evidence::Waited { time: waited } => told.more.push(format!("We waited {}.", time(*waited))),
        Evidence::PeerSocket { unread, owner, accepted, state } => {
            tell_peer(*unread, owner.as_ref(), *accepted, told);
            told.more.push(format!("The socket at the other end is in the state {state}."));
        }
        Evidence::AcceptQueue { len, limit, owner } => {
            let named = case.table().is_some_and(|sockets| sockets.iter().any(Socket::listens));
            tell_queue(*len, *limit, owner.as_ref(), named, told);
        }
        Evidence::Boundary { first_unprivileged } => {
            told.fine
                .push(format!("On this system every user may listen on ports from {first_unprivileged} up."));
        }
        Evidence::FreePort { port } => told.fine.push(format!("Port {port} was free when we looked.")),
        Evidence::LentPorts { range } => told.broken.push(format!(
            "This system lends ports from {} to {} to outgoing connections.",
            range.first, range.last
        )),
        Evidence::OwnAddresses { addresses } => {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            told.fine.push(format!("Addresses of this machine are {}.", list.join(", ")));
        }
        Evidence::Tls { failed } => tls::tell(failed, told),
        Evidence::FirstBytes { protocol, head } => tls::tell_first_bytes(*protocol, &head.0, told),
        Evidence::TlsProbe { speaks_tls: true } => {
            told.fine.push(
                "We asked once more, in TLS, on a connection of its own: the port answered in TLS."
                    .to_owned(),
            );
        }
        Evidence::TlsProbe { speaks_tls: false } => {
            told.broken.push(
                "We asked once more, in TLS, on a connection of its own: no TLS came back either.".to_owned(),
            );
        }
        Evidence::Frame { frame } => super::frames::tell(frame, told),
        Evidence::Malformed { malformed } => http::tell_malformed(malformed, told),
        Evidence::Length { declared, received } => http::tell_length(*declared, *received, told),
        Evidence::ResetAfter { sent, received, during } => {
            let doing = match during {
                Direction::Sent => "while we were sending",
                Direction::Received => "while we were reading",
            };
            told.broken.push(format!(
                "The RST came {doing}, after {} sent and {} received.",
                bytes(*sent),
                bytes(*received)
            ));
        }
        Evidence::Cycle { urls } => http::tell_cycle(urls, case.failed.kind == Kind::RedirectLoop, told),
        Evidence::Status { status, reason } => {
            told.fine.push(format!("The server answered: {}.", format!("{status} {reason}").trim_end()));
        }
        Evidence::Limit { name, limit } => {
            told.broken.push(format!("Our limit, {name}, is {}.", number(*limit)))
        }
        Evidence::Asked { .. }
        | Evidence::Answered { .. }
        | Evidence::Unanswered { .. }
        | Evidence::NotBelieved { .. }
        | Evidence::Resolvers { .. }
        | Evidence::Aliases { .. }
        | Evidence::Skipped { .. }
        | Evidence::Programs { .. } => dns::tell(case, fact, told),
        Evidence::Datagrams { .. } | Evidence::Undelivered { .. } | Evidence::NotTaken { .. } => {
            udp::tell(fact, told);
        }
        Evidence::OfMany { .. } | Evidence::Descriptors { .. } | Evidence::LentPortsTooFew { .. } => {
            many::tell(fact, told);
        }
        Evidence::Path { .. }
        | Evidence::PathLimit { .. }
        | Evidence::PathTable { .. }
        | Evidence::ListenerFound { .. } => unix::tell(case, fact, told),
        Evidence::SystemError { error } => {
            let words = format!("The system says: {error}.");
            let needed = matches!(
                case.failed.kind,
                Kind::NameNotFound
                    | Kind::NameTimeout
                    | Kind::LocalAddress
                    | Kind::OutputFailed
                    | Kind::RecordFailed
            );
            // Elsewhere the cause says it, or better evidence does.
            if needed { told.broken.push(words) } else { told.more.push(words) }
        }
    }
}

/// What one address answered. A refusal is half a good sign: something there answers.
fn tell_attempt(attempt: &ConnectFailed, after: Option<Duration>, told: &mut Told) {
    let address = attempt.ends.peer.as_ref().map(ToString::to_string).unwrap_or_default();
    let after = after.map(|time| format!(" after {}", self::time(time))).unwrap_or_default();
    match attempt.reason {
        ConnectFailure::Refused | ConnectFailure::Rejected | ConnectFailure::Unreachable
            if attempt.icmp.is_some() =>
        {
            let words = attempt.icmp.as_ref().map(icmp_words).unwrap_or_default();
            told.broken.push(format!("{address}: no connection{after}. {words}"));
        }
        ConnectFailure::Refused if attempt.error_queue_empty => {
            told.fine.push(format!(
                "{address}: a RST came back{after}, and no ICMP message. Whoever sent it can be reached."
            ));
        }
        ConnectFailure::Refused => {
            told.fine.push(format!("{address}: a refusal came back{after}. Whoever sent it can be reached."));
        }
        ConnectFailure::Rejected => {
            told.broken.push(format!("{address}: no connection{after}. {}", not_permitted(attempt)));
        }
        ConnectFailure::Timeout => {
            let sent = match attempt.syn_resent {
                Some(times) => format!("our SYN went out {}", plural(u64::from(times) + 1, "time")),
                None => "our SYN went out".to_owned(),
            };
            told.broken
                .push(format!("{address}: {sent}; nothing came back{}.", after.replace(" after ", " in ")));
        }
        ConnectFailure::Unreachable => {
            told.broken.push(format!("Our system says that it has no way to {address}."))
        }
        ConnectFailure::Reset => {
            told.broken.push(format!("{address}: a RST came{after}, within the handshake."))
        }
        ConnectFailure::LocalAddress => {
            told.broken.push(format!("For {address} our own address or port could not be used."));
        }
        ConnectFailure::Other => told.broken.push(format!(
            "{address} failed{after}{}.",
            attempt.errno.map(|errno| format!(" with errno {errno}")).unwrap_or_default()
        )),
    }
}

fn tell_acknowledged(sent: u64, acked: Option<u64>, told: &mut Told) {
    match acked {
        _ if sent == 0 => told.fine.push("We had sent nothing.".to_owned()),
        Some(acked) if acked >= sent => {
            told.fine.push(format!("The path works: the kernel at the other end took all {}.", bytes(sent)))
        }
        Some(acked) => told.broken.push(format!(
            "Of {} the kernel at the other end has acknowledged {}.",
            bytes(sent),
            number(acked)
        )),
        None => {
            told.fine.push(format!("Our system took all {}. What arrived cannot be read here.", bytes(sent)))
        }
    }
}

/// On this machine we can look at the other end: has its program read what its kernel holds?
fn tell_peer(unread: u64, process: Option<&Owner>, accepted: bool, told: &mut Told) {
    let program = process.map_or("the program there".to_owned(), owner);
    if !accepted {
        told.broken.push(format!(
            "On this machine we can look further: no program has accepted the connection. The kernel holds {} for it.",
            bytes(unread)
        ));
    } else if unread > 0 {
        told.broken.push(format!(
            "On this machine we can look further: {program} has not read {} that its kernel holds.",
            bytes(unread)
        ));
    } else {
        told.broken
            .push(format!("On this machine we can look further: {program} has read all that arrived."));
    }
    if let Some(process) = process.filter(|process| process.stopped) {
        told.broken.push(format!(
            "pid {} is stopped (SIGSTOP, Ctrl-Z or a debugger): it cannot read or answer.",
            process.pid
        ));
    }
}

fn tell_queue(len: u64, limit: Option<u64>, process: Option<&Owner>, named: bool, told: &mut Told) {
    let of = limit.map(|limit| format!("; its limit is {}", number(limit))).unwrap_or_default();
    let program = process.map_or("a program".to_owned(), owner);
    // Where the table was read, it has said so.
    if !named {
        told.fine.push(format!("On this machine {program} listens there."));
    }
    told.broken.push(format!("Its accept queue holds {}{of}.", plural(len, "connection")));
    if limit.is_some_and(|limit| len > limit) {
        told.more.push(
            "Linux answers no further SYN while the queue is longer than its limit, so it takes one more than that."
                .to_owned(),
        );
    }
    if let Some(process) = process.filter(|process| process.stopped) {
        told.broken.push(format!(
            "pid {} is stopped (SIGSTOP, Ctrl-Z or a debugger): it cannot accept.",
            process.pid
        ));
    }
}
