//! Words for Unix domain sockets: paths instead of addresses and ports, files that say who may connect, peers that the system
//! names. What they share with TCP is said without TCP's words: there are no segments here.

use super::failure::quoted;
use super::tcp::owner;
use super::{Explanation, bytes, number, run, tcp, time};
use crate::event::run::{Conversed, Served};
use crate::event::tcp::{
    Accepted, Bytes, CloseHow, Closed, ConnectFailed, ConnectFailure, Connected, HalfClosed, ListenFailed,
    ListenFailure, Listening,
};
use crate::event::unix::{
    PathFacts, PathKind, PeerIdentified, SocketFileMade, SocketFileRemoved, StaleSocketFile,
};
use crate::event::{Event, EventKind, Layer, Side};

/// The words for an event on the layer of Unix sockets, where they differ from TCP's; `None` for every other.
pub(super) fn explain(event: &Event) -> Option<Explanation> {
    if event.layer != Some(Layer::Unix) {
        return None;
    }
    if let EventKind::Listening(facts) = &event.kind {
        return Some(listening(facts));
    }
    if let EventKind::ListenFailed(facts) = &event.kind {
        return listen_failed(facts);
    }
    if let EventKind::Connected(facts) = &event.kind {
        return Some(connected(facts));
    }
    if let EventKind::ConnectFailed(facts) = &event.kind {
        return Some(connect_failed(event, facts));
    }
    if let EventKind::Accepted(facts) = &event.kind {
        return Some(accepted(facts));
    }
    if let EventKind::Bytes(facts) = &event.kind {
        return Some(passed(event, facts));
    }
    if let EventKind::HalfClosed(facts) = &event.kind {
        return Some(half_closed(event, facts));
    }
    if let EventKind::Closed(facts) = &event.kind {
        return Some(closed(event, facts));
    }
    if let EventKind::Conversed(facts) = &event.kind {
        return Some(conversed(event, facts));
    }
    if let EventKind::Served(facts) = &event.kind {
        return Some(served(facts));
    }
    None
}

fn own_path(ends: &crate::event::Ends) -> String {
    ends.local.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn is_abstract(path: &str) -> bool {
    path.starts_with('@')
}

fn listening(facts: &Listening) -> Explanation {
    let path = own_path(&facts.ends);
    let words = if is_abstract(&path) {
        Explanation::step("listening", format!("on {path}, an abstract name, for this machine only")).why(
            "unix.abstract",
            "It is no file: any program in this network namespace may connect, and the name goes with the socket.",
        )
    } else {
        Explanation::step("listening", format!("on {path}, for this machine only")).why(
            "unix.path",
            "No port, no IP address, no loopback interface: the path of a file is the name, and bytes pass inside the kernel.",
        )
    };
    words
        .then(format!("netlearn connect -U {}", quoted(&path)), "Ctrl-C here stops the server")
        .more(format!(
            "The system keeps up to {} connections in the accept queue until the program takes them, or its own limit if that is lower.",
            number(u64::from(facts.backlog))
        ))
        .source("unix(7)")
        .source("POSIX.1-2024 <sys/un.h>")
        .words(&["Unix domain socket", "listening", "accept queue"])
}

fn listen_failed(facts: &ListenFailed) -> Option<Explanation> {
    let why = match facts.reason {
        ListenFailure::AddressInUse => "something is there",
        ListenFailure::PermissionDenied => "this user may not",
        // A client that could not be accepted is told in the same words as with TCP.
        ListenFailure::Accept => return None,
        ListenFailure::AddressNotAvailable | ListenFailure::FamilyNotSupported | ListenFailure::Other => {
            "the system refused"
        }
    };
    // The failure that follows says more.
    let words = Explanation::detail("listening", format!("not on {}: {why}", own_path(&facts.ends)));
    Some(match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    })
}

/// Who may connect by the permissions of a socket file: the bits of the first class that a user belongs to decide, owner before
/// group before others (POSIX.1-2024 section 4.7).
pub(super) fn who_may(file: &PathFacts) -> String {
    let owner = file.user.clone().or_else(|| file.uid.map(|uid| format!("user {uid}")));
    let owner = owner.unwrap_or_else(|| "its owner".to_owned());
    let bits = file.bits().unwrap_or_default();
    match (bits & 0o200 != 0, bits & 0o020 != 0, bits & 0o002 != 0) {
        (true, true, true) => "every user".to_owned(),
        (true, false, true) => "every user outside of the file's group".to_owned(),
        (false, true, true) => format!("every user but {owner}"),
        (false, false, true) => format!("every user but {owner} and the file's group"),
        (true, true, false) => format!("{owner} and the file's group"),
        (true, false, false) => owner,
        (false, true, false) => "the file's group".to_owned(),
        (false, false, false) => "nobody but root".to_owned(),
    }
}

/// Words for [`SocketFileMade`].
pub fn file_made(facts: &SocketFileMade) -> Explanation {
    let file = &facts.file;
    let mode = file.mode.as_deref().unwrap_or("unknown");
    Explanation::step("file", format!("its mode is {mode}: {} may connect", who_may(file)))
        .why(
            "unix.mode",
            "Connecting takes write permission on the socket file, and the way through its folders. The file holds no data.",
        )
        .more("The mode is what your umask leaves of 0777, as with every program that does not set it. root may always connect.")
        .more("This is how Linux reads it; POSIX leaves it open what the permissions of a socket file mean.")
        .source("unix(7)")
        .words(&["socket file", "file permissions"])
}

/// Words for [`SocketFileRemoved`].
pub fn file_removed(facts: &SocketFileRemoved) -> Explanation {
    let path = &facts.path;
    match (&facts.error, facts.removed) {
        (_, true) => Explanation::step("file", format!("{path} is removed with its server")).why(
            "unix.removed",
            "Closing a socket does not remove its file: a server has to do that. One that is killed leaves it behind.",
        ),
        (Some(error), false) => Explanation::step("file", format!("{path} could not be removed: {error}"))
            .why("unix.left", "It stays behind, stale: nobody listens there any more."),
        (None, false) => Explanation::step("file", format!("{path} is not ours any more, and was left alone"))
            .why("unix.other", "Somebody removed the file while we listened, or put another in its place."),
    }
    .words(&["socket file", "stale socket file"])
}

/// Words for [`StaleSocketFile`].
pub fn stale(facts: &StaleSocketFile) -> Explanation {
    let path = &facts.file.path;
    let done = if facts.removed { "removed" } else { "left alone" };
    Explanation::step("file", format!("{path} was there, left behind by a server that is gone: {done}"))
        .why(
            "unix.stale",
            "Nobody listens at it, no socket of this machine has it, and it is yours. A server that is killed cannot remove its file.",
        )
        .more("bind() fails with EADDRINUSE where any file is at the path, also one that nobody uses.")
        .source("unix(7)")
        .words(&["stale socket file", "EADDRINUSE"])
}

/// `node server.js (pid 4711), user anna`.
fn who_is(facts: &PeerIdentified) -> String {
    let user = facts.user.clone().unwrap_or_else(|| facts.uid.to_string());
    match (&facts.owner, facts.pid) {
        (Some(process), _) => format!("{}, user {user}", owner(process)),
        (None, Some(pid)) => format!("pid {pid}, user {user}"),
        (None, None) => format!("a process without a number here, user {user}"),
    }
}

/// Words for [`PeerIdentified`].
pub fn identified(event: &Event, facts: &PeerIdentified) -> Explanation {
    let call = if facts.of == Side::Client { "connect" } else { "listen" };
    let words =
        Explanation::step("peer", format!("{} is {}", super::who(facts.of, event.side), who_is(facts)));
    let words = if facts.pid.is_none() {
        words.more("The system does not tell the process, or it lives in another process namespace.")
    } else {
        words
    };
    words
        .why(
            "unix.credentials",
            format!("The system noted who called {call}(). TCP tells its ends nothing like it: an address and a port, no more."),
        )
        .more("The process may have ended, or handed its socket to another, since then.")
        .more(format!("User id {}, group id {}.", facts.uid, facts.gid))
        .source("unix(7) (SO_PEERCRED)")
        .words(&["peer credentials"])
}

fn connected(facts: &Connected) -> Explanation {
    let path = facts.ends.peer.as_ref().map(ToString::to_string).unwrap_or_default();
    Explanation::step("connect", format!("{path}: open"))
        .why(
            "unix.connected",
            "No port, no IP address: a path leads to the other program, and bytes pass inside this machine's kernel.",
        )
        .more("There is no handshake: the kernel puts the connection into the accept queue of the listener. Its program may not know yet.")
        .source("unix(7)")
        .words(&["Unix domain socket", "accept queue"])
}

fn connect_failed(event: &Event, facts: &ConnectFailed) -> Explanation {
    let path = facts.ends.peer.as_ref().map(ToString::to_string).unwrap_or_default();
    let outcome = match facts.reason {
        ConnectFailure::Refused => "refused".to_owned(),
        ConnectFailure::Rejected => "not permitted".to_owned(),
        ConnectFailure::Timeout => {
            event.took.map_or("no room".to_owned(), |took| format!("no room in its queue in {}", time(took)))
        }
        ConnectFailure::Unreachable
        | ConnectFailure::Reset
        | ConnectFailure::LocalAddress
        | ConnectFailure::Other => "not connected".to_owned(),
    };
    let words = Explanation::step("connect", format!("{path}: {outcome}"));
    match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    }
}

fn accepted(facts: &Accepted) -> Explanation {
    let what = match &facts.ends.peer {
        Some(name) => format!("connected, from a socket at {name}"),
        None => "connected".to_owned(),
    };
    Explanation::step(format!("client {}", facts.client), what)
        .more("The client has no name: its socket was not bound to a path. Both ends know each other all the same.")
        .words(&["client"])
}

fn passed(event: &Event, facts: &Bytes) -> Explanation {
    let mut words = tcp::bytes(event, facts);
    if let Some(why) = words.why.iter_mut().find(|why| why.id == "bytes.stream") {
        "A stream keeps bytes in order. It does not keep them in the pieces in which they were sent."
            .clone_into(&mut why.text);
        words.sources = vec!["POSIX.1-2024 section 2.10.6 (SOCK_STREAM)"];
    }
    words
}

fn half_closed(event: &Event, facts: &HalfClosed) -> Explanation {
    let subject = super::who(facts.by, event.side);
    let ours = facts.by == event.side;
    let verb = if ours { "send" } else { "sends" };
    let (id, why) = if ours {
        ("half-closed.own", "Our direction has ended.")
    } else {
        ("half-closed.peer", "Their direction has ended: no more will come.")
    };
    Explanation::step("end", format!("{subject} {verb} no more, after {}", bytes(facts.after)))
        .why(id, why)
        .why("half-closed", "The two directions of a connection end one by one.")
        .more("No segment says so, as a FIN does in TCP: the kernel marks the socket, and the next read finds its end.")
        .source("POSIX.1-2024 shutdown()")
        .words(&["half-close"])
}

fn closed(event: &Event, facts: &Closed) -> Explanation {
    // The same ends as TCP's, in words that have no segments.
    let mut words = tcp::closed(event, facts);
    words.sources.clear();
    words.words = vec![if facts.how == CloseHow::Rst { "ECONNRESET" } else { "Unix domain socket" }];
    words.more.retain(|text| !text.contains("TIME_WAIT"));
    if facts.how == CloseHow::Rst {
        words.what = words.what.replace(" (RST)", "");
        if facts.unread.is_none() {
            // A call of ours met the error: who ended their direction first did not break it off.
            let ours = format!("{} broke the connection off", super::who(facts.by, event.side));
            words.what = words.what.replace(&ours, "the connection broke off");
        }
        words = words.source("unix(7)");
    } else {
        words = words
            .more("Nothing stays behind: a Unix socket has no TIME_WAIT, for no late segments can come.");
    }
    if let Some(why) = words.why.iter_mut().find(|why| why.id == "closed.unread") {
        let unread = bytes(facts.unread.unwrap_or_default());
        why.text = format!(
            "{unread} had arrived and nobody read on. On Linux the peer's next call then fails (ECONNRESET)."
        );
    }
    words
}

fn conversed(event: &Event, facts: &Conversed) -> Explanation {
    let mut words = run::conversed(event, facts);
    words.sources = vec!["POSIX.1-2024 section 2.10.6 (SOCK_STREAM)"];
    if let Some(why) = words.why.first_mut() {
        "A stream carries bytes, not messages. How many reads they arrive in is up to the system and to timing."
            .clone_into(&mut why.text);
    }
    words
}

fn served(facts: &Served) -> Explanation {
    let mut words = run::served(facts);
    for more in &mut words.more {
        *more = more.replace("Ended by a RST", "Broken off");
    }
    words
}

/// What something at a path is, with its article.
pub(super) fn kind(found: PathKind) -> &'static str {
    match found {
        PathKind::Socket => "a socket file",
        PathKind::File => "an ordinary file",
        PathKind::Folder => "a folder",
        PathKind::Link => "a symbolic link",
        PathKind::Pipe => "a named pipe",
        PathKind::Device => "a device",
        PathKind::Nothing => "nothing",
        PathKind::Unseen => "something that this user may not look at",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_class_that_a_user_belongs_to_decides() {
        let may = |mode: &str| {
            let file = PathFacts {
                path: "/tmp/app.sock".to_owned(),
                found: PathKind::Socket,
                mode: Some(mode.to_owned()),
                uid: Some(1000),
                user: Some("anna".to_owned()),
                ours: true,
            };
            who_may(&file)
        };
        for (mode, who) in [
            ("0777", "every user"),
            ("0755", "anna"),
            ("0770", "anna and the file's group"),
            ("0577", "every user but anna"),
            ("0757", "every user outside of the file's group"),
            ("0557", "every user but anna and the file's group"),
            ("0575", "the file's group"),
            ("0555", "nobody but root"),
        ] {
            assert_eq!(may(mode), who, "{mode}");
        }
    }
}
