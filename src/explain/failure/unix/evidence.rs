//! Evidence on Unix sockets as sentences: what is at a path, who has it, what a call came to.

use super::super::case::Case;
use super::super::evidence::Told;
use super::{described, does};
use crate::event::failure::{Evidence, FailureKind as Kind, Phase};
use crate::event::ports::{Owner, Socket};
use crate::event::tcp::{ConnectFailed, ConnectFailure, Direction};
use crate::event::unix::{PathFacts, PathKind};
use crate::explain::tcp::owner;
use crate::explain::{bytes, number, plural};

/// Tells the evidence that only Unix sockets have.
pub(in crate::explain::failure) fn tell(case: &Case<'_>, fact: &Evidence, told: &mut Told) {
    if let Evidence::Path { found } = fact {
        tell_path(case, found, told);
    }
    if let Evidence::PathLimit { len, limit } = fact {
        told.broken.push(format!(
            "The path has {}; the address of a socket holds {} here (sun_path, less its final NUL).",
            bytes(*len),
            number(*limit)
        ));
    }
    if let Evidence::PathTable { sockets, .. } = fact {
        tell_table(case, sockets, told);
    }
    if let Evidence::ListenerFound { owner: process, user } = fact {
        let who = process.as_ref().map_or("somebody".to_owned(), owner);
        let user = user.as_ref().map(|user| format!(", user {user}")).unwrap_or_default();
        told.broken.push(format!("We connected to see, and hung up at once: {who}{user} listens there."));
    }
}

fn tell_path(case: &Case<'_>, found: &PathFacts, told: &mut Told) {
    let path = &found.path;
    let itself = *path == case.failed.target;
    match found.found {
        // An abstract name is at no path.
        PathKind::Unseen if path.starts_with('@') => {}
        PathKind::Unseen => told.broken.push(format!("This user may not look at {path}.")),
        PathKind::Nothing if itself => told.broken.push(format!("Nothing is at {path}.")),
        PathKind::Nothing if wants_another(case) => {
            told.fine.push(format!("Nothing was at {path} when we looked."));
        }
        PathKind::Nothing => told.broken.push(format!("There is no folder {path}.")),
        PathKind::Socket if itself => told.fine.push(format!("{path} is {}.", described(found))),
        PathKind::Folder if !itself => {
            let text = format!("{path} is {}.", described(found));
            if case.failed.kind == Kind::NoSocketFile { told.fine.push(text) } else { told.broken.push(text) }
        }
        PathKind::Socket
        | PathKind::Folder
        | PathKind::File
        | PathKind::Link
        | PathKind::Pipe
        | PathKind::Device => told.broken.push(format!("{path} is {}.", described(found))),
    }
}

/// A server that could listen at another path instead.
fn wants_another(case: &Case<'_>) -> bool {
    matches!(case.failed.kind, Kind::SocketPathTaken | Kind::SocketPathStale | Kind::SocketPathOccupied)
}

fn tell_table(case: &Case<'_>, sockets: &[Socket], told: &mut Told) {
    if sockets.is_empty() {
        told.broken.push("In this machine's socket table no socket has that path.".to_owned());
        told.more.push(
            "The table is that of this network namespace: a socket of another one does not show.".to_owned(),
        );
    }
    for socket in sockets {
        let text = format!("{}.", does(socket));
        let fine = case.failed.phase != Phase::Listen && socket.state == "LISTEN";
        if fine {
            told.fine.push(text)
        } else {
            told.broken.push(text)
        }
        if let Some(process) = socket.owners.iter().find(|process| process.stopped) {
            told.broken.push(format!("pid {} is stopped; it holds its sockets all the same.", process.pid));
        }
    }
}

/// Tells evidence that TCP has too, in words without segments; false where the usual words are right.
pub(in crate::explain::failure) fn tell_instead(case: &Case<'_>, fact: &Evidence, told: &mut Told) -> bool {
    if let Evidence::Attempt { attempt, .. } = fact {
        tell_attempt(attempt, told);
        return true;
    }
    if let Evidence::ResetAfter { sent, received, during } = fact {
        let doing = match during {
            Direction::Sent => "we were sending",
            Direction::Received => "we were reading",
        };
        told.broken.push(format!(
            "The other end was closed while {doing}, after {} sent and {} received.",
            bytes(*sent),
            bytes(*received)
        ));
        return true;
    }
    if let Evidence::Acknowledged { sent, .. } = fact {
        let text = if *sent == 0 {
            "We had sent nothing.".to_owned()
        } else {
            format!("The kernel took all {}.", bytes(*sent))
        };
        told.fine.push(text);
        return true;
    }
    if let Evidence::PeerSocket { accepted: false, .. } = fact {
        told.broken.push("No program has accepted the connection: it waits in the accept queue.".to_owned());
        return true;
    }
    if let Evidence::AcceptQueue { len, limit, owner: process } = fact {
        let of = limit.map(|limit| format!("; its limit is {}", number(limit))).unwrap_or_default();
        let program = process.as_ref().map_or("a program".to_owned(), owner);
        told.fine.push(format!("{program} listens there."));
        told.broken.push(format!("Its accept queue holds {}{of}.", plural(*len, "connection")));
        stopped(process.as_ref(), told);
        return true;
    }
    if let (Evidence::SystemError { error }, Kind::Other | Kind::ListenOther) = (fact, case.failed.kind) {
        told.broken.push(format!("The system says: {error}."));
        return true;
    }
    false
}

fn stopped(process: Option<&Owner>, told: &mut Told) {
    if let Some(process) = process.filter(|process| process.stopped) {
        told.broken.push(format!(
            "pid {} is stopped (SIGSTOP, Ctrl-Z or a debugger): it cannot accept.",
            process.pid
        ));
    }
}

/// What came back when a server called at a path that it found taken.
fn tell_attempt(attempt: &ConnectFailed, told: &mut Told) {
    let text = match attempt.reason {
        ConnectFailure::Refused => "We connected to see: refused. Nobody listens there.",
        ConnectFailure::Rejected => "We may not connect to it: whether somebody listens there is not known.",
        ConnectFailure::Timeout
        | ConnectFailure::Unreachable
        | ConnectFailure::Reset
        | ConnectFailure::LocalAddress
        | ConnectFailure::Other => "We connected to see: no stream can be had there.",
    };
    told.broken.push(text.to_owned());
}
