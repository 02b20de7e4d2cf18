//! Verdicts on Unix sockets: what is at a path, who has it, who may use it.

mod evidence;

use super::Verdict;
use super::case::Case;
use super::listen::holder;
use crate::event::failure::{FailureKind as Kind, Phase};
use crate::event::ports::Socket;
use crate::event::tcp::ConnectFailure;
use crate::event::unix::{PathFacts, PathKind, SocketType};
use crate::explain::tcp::owner;
use crate::explain::unix::{kind, who_may};
use crate::explain::{bytes, number, time};

pub(super) use evidence::{tell, tell_instead};

/// The name of a file's owner, or its number.
fn user(facts: &PathFacts) -> String {
    facts.user.clone().or_else(|| facts.uid.map(|uid| format!("user {uid}"))).unwrap_or_default()
}

/// `a socket file of anna, mode 0755`.
fn described(facts: &PathFacts) -> String {
    let mut text = kind(facts.found).to_owned();
    if facts.uid.is_some() {
        text.push_str(&format!(" of {}", user(facts)));
    }
    if let Some(mode) = facts.mode.as_ref().filter(|_| facts.found != PathKind::Link) {
        text.push_str(&format!(", mode {mode}"));
    }
    text
}

/// What a socket does at its path.
fn does(socket: &Socket) -> String {
    let datagrams = socket.unix.as_ref().is_some_and(|unix| unix.kind == SocketType::Datagram);
    let who = holder(socket);
    match socket.state.as_ref() {
        "LISTEN" => format!("{who} listens there"),
        _ if datagrams => format!("{who} takes datagrams there"),
        "BOUND" => format!("{who} has that path and does not listen"),
        state => format!("{who} has a socket there ({state})"),
    }
}

const LISTING: &str = "the Unix sockets that somebody listens at";
const SOURCES: &[&str] = &["unix(7)", "bind(2)"];
const CALLS: &[&str] = &["unix(7)", "connect(2)"];

fn elsewhere(case: &Case<'_>, verdict: Verdict) -> Verdict {
    match case.beside_path().filter(|facts| facts.found == PathKind::Nothing) {
        Some(free) => verdict
            .then(format!("netlearn serve unix {}", super::quoted(&free.path)), "listens at another path"),
        None => verdict,
    }
}

/// Whether we may connect to what listens there: we did, or its file lets this user write (unix(7)).
fn may_connect(case: &Case<'_>) -> bool {
    let all_may = |mode: &String| u32::from_str_radix(mode, 8).is_ok_and(|mode| mode & 0o002 != 0);
    case.listener_found().is_some()
        || case.at_path().is_none_or(|file| file.ours || file.mode.as_ref().is_none_or(all_may))
}

pub(super) fn taken(case: &Case<'_>) -> Verdict {
    let holds = case.path_table().and_then(|sockets| sockets.first());
    let cause = match (case.listener_found(), holds) {
        (Some(Some(process)), _) => format!("{} listens there", owner(process)),
        (None, Some(socket)) => does(socket),
        (Some(None), _) => "a program listens there".to_owned(),
        (None, None) => "a socket of another kind, or a faster server, has that path".to_owned(),
    };
    let verdict = elsewhere(case, Verdict::new("taken", cause));
    let listens = case.listener_found().is_some() || holds.is_some_and(|socket| socket.state == "LISTEN");
    let verdict = if listens && may_connect(case) {
        verdict.then(format!("netlearn connect -U {}", case.path()), "talks to that server")
    } else {
        verdict
    };
    verdict
        .then("netlearn ports --unix", LISTING)
        .words(&["EADDRINUSE", "socket file", "Unix domain socket"])
        .sources(SOURCES)
}

pub(super) fn stale(case: &Case<'_>) -> Verdict {
    let refused = case.attempts().iter().any(|attempt| attempt.reason == ConnectFailure::Refused);
    let ours = case.at_path().is_some_and(|facts| facts.ours);
    let cause = match (refused, case.path_table()) {
        (false, _) => "a socket file is there, and whether somebody uses it cannot be seen".to_owned(),
        (true, Some(&[])) if ours => {
            "a server that is gone left its socket file behind, and it could not be removed".to_owned()
        }
        (true, Some(&[])) => {
            "a server that is gone left its socket file behind; it belongs to another user, so we leave it alone"
                .to_owned()
        }
        (true, Some([socket, ..])) => {
            format!("nobody listens there, but {}: it may be about to", does(socket))
        }
        (true, None) => {
            "nobody listens there now; whether a program has the path all the same cannot be seen here".to_owned()
        }
    };
    let verdict = elsewhere(case, Verdict::new("a socket file is in the way", cause));
    verdict
        .then(format!("rm {}", case.path()), "where you are sure that nobody needs it; then start again")
        .then("netlearn ports --unix --all", "the Unix sockets of this machine, and who has them")
        .words(&["stale socket file", "EADDRINUSE"])
        .sources(SOURCES)
}

pub(super) fn occupied(case: &Case<'_>) -> Verdict {
    let what = case.at_path().map_or("something else", |facts| kind(facts.found));
    let verdict = elsewhere(
        case,
        Verdict::new(
            "not a socket",
            format!("{what} is there; netlearn removes nothing that is no socket of its user"),
        ),
    );
    let inside = case.at_path().is_some_and(|facts| facts.found == PathKind::Folder);
    let verdict = if inside {
        let path = super::quoted(&format!("{}/app.sock", case.failed.target.trim_end_matches('/')));
        verdict.then(format!("netlearn serve unix {path}"), "listens at a path in that folder")
    } else {
        verdict.then(format!("ls -l {}", case.path()), "what is there")
    };
    verdict.words(&["socket file", "EADDRINUSE"]).sources(SOURCES)
}

pub(super) fn too_long(case: &Case<'_>) -> Verdict {
    let (len, limit) = case.path_limit().unwrap_or_default();
    let command = if case.failed.kind == Kind::SocketPathTooLong { "serve unix" } else { "connect -U" };
    let (folder, name) = case.failed.target.rsplit_once('/').unwrap_or((".", &case.failed.target));
    let verdict = Verdict::new(
        "the path is too long",
        format!("the address of a Unix socket holds {}, and this path has {}", bytes(limit), number(len)),
    );
    let verdict = if (name.len() as u64) < limit && !name.is_empty() {
        verdict.then(
            format!("cd {} && netlearn {command} {}", super::quoted(folder), super::quoted(name)),
            "a path from the folder that you are in is shorter",
        )
    } else {
        verdict.then("netlearn serve unix /tmp/app.sock", "a shorter path")
    };
    verdict.words(&["Unix domain socket", "socket file"]).sources(&["unix(7)", "POSIX.1-2024 <sys/un.h>"])
}

pub(super) fn no_folder(case: &Case<'_>) -> Verdict {
    let missing = case.beside_path();
    let cause = match missing {
        Some(facts) if facts.found == PathKind::Nothing => format!("there is no folder {}", facts.path),
        Some(facts) if facts.found != PathKind::Folder => {
            format!("{} is {}, no folder", facts.path, kind(facts.found))
        }
        Some(_) | None => "a part of the way to it is missing".to_owned(),
    };
    let name = case.failed.target.rsplit('/').next().unwrap_or("app.sock");
    let folder = case.failed.target.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let verdict = Verdict::new("cannot be made there", cause);
    let verdict = if missing.is_some_and(|facts| facts.found == PathKind::Nothing) {
        verdict.then(format!("mkdir -p {}", super::quoted(folder)), "makes the folder; then start again")
    } else {
        verdict
    };
    verdict
        .then(
            format!("netlearn serve unix {}", super::quoted(&format!("./{name}"))),
            "in the folder that you are in",
        )
        .words(&["socket file"])
        .sources(SOURCES)
}

pub(super) fn may_not_listen(case: &Case<'_>) -> Verdict {
    let cause = match case.beside_path() {
        Some(facts) if facts.uid.is_some() => format!(
            "making a file in {} takes write permission there; it belongs to {}, mode {}",
            facts.path,
            user(facts),
            facts.mode.as_deref().unwrap_or("unknown")
        ),
        Some(_) | None => "this user may not make a file there".to_owned(),
    };
    let name = case.failed.target.rsplit('/').next().unwrap_or("app.sock");
    Verdict::new("not permitted", cause)
        .then(
            format!("netlearn serve unix {}", super::quoted(&format!("/tmp/{name}"))),
            "a folder where every user may make files",
        )
        .words(&["EACCES", "file permissions", "socket file"])
        .sources(SOURCES)
}

pub(super) fn no_file(case: &Case<'_>) -> Verdict {
    let folder = case.beside_path().filter(|facts| facts.found == PathKind::Nothing);
    let dangling = case.at_path().is_some_and(|facts| facts.found == PathKind::Link);
    let cause = match folder {
        _ if dangling => "the link there leads to nothing".to_owned(),
        Some(facts) => format!("there is no folder {}", facts.path),
        None => "no server has made a socket there, or it has removed it again; or the path is misspelled"
            .to_owned(),
    };
    let verdict = Verdict::new("no such socket", cause);
    let verdict = if folder.is_none() && !dangling {
        verdict.then(format!("netlearn serve unix {}", case.path()), "starts a server there; then try again")
    } else {
        verdict
    };
    verdict.then("netlearn ports --unix", LISTING).words(&["socket file", "ENOENT"]).sources(CALLS)
}

pub(super) fn refused(case: &Case<'_>) -> Verdict {
    let held = case.path_table().and_then(|sockets| sockets.iter().find(|socket| socket.state != "LISTEN"));
    let listens =
        case.path_table().is_some_and(|sockets| sockets.iter().any(|socket| socket.state == "LISTEN"));
    if case.failed.target.starts_with('@') {
        return Verdict::new("refused", "no program listens at that abstract name in this network namespace")
            .then(format!("netlearn serve unix {}", case.path()), "starts a server there; then try again")
            .then("netlearn ports --unix", LISTING)
            .words(&["abstract name", "ECONNREFUSED"])
            .sources(CALLS);
    }
    let cause = match held {
        _ if listens => "a program began to listen there only after we called".to_owned(),
        Some(socket) => format!("nobody listens there: {}", does(socket)),
        None => "nobody listens there: a server that is gone left its socket file behind".to_owned(),
    };
    Verdict::new("refused", cause)
        .then(
            format!("netlearn serve unix {}", case.path()),
            "starts a server there, in place of the stale file if that is yours",
        )
        .then("netlearn ports --unix", LISTING)
        .words(&["stale socket file", "ECONNREFUSED"])
        .sources(CALLS)
}

pub(super) fn not_a_socket(case: &Case<'_>) -> Verdict {
    let what = case.at_path().map_or("something else", |facts| kind(facts.found));
    Verdict::new("not a socket", format!("{what} is there: nobody can listen at it"))
        .then("netlearn ports --unix", LISTING)
        .words(&["socket file", "ECONNREFUSED"])
        .sources(CALLS)
}

pub(super) fn may_not_connect(case: &Case<'_>) -> Verdict {
    let cause = match (case.at_path(), case.beside_path()) {
        (Some(file), _) if file.found == PathKind::Socket => {
            format!("connecting takes write permission on the socket file: {} has it", who_may(file))
        }
        (_, Some(folder)) if folder.uid.is_some() => format!(
            "the way leads through {}, which belongs to {} and is closed to this user (mode {})",
            folder.path,
            user(folder),
            folder.mode.as_deref().unwrap_or("unknown")
        ),
        (_, _) => "the permissions of the file, or of a folder on the way, forbid it".to_owned(),
    };
    let place = case.at_path().filter(|file| file.found == PathKind::Socket);
    let shown = place.or(case.beside_path()).map_or(case.path(), |facts| super::quoted(&facts.path));
    Verdict::new("not permitted", cause)
        .then(format!("ls -ld {shown}"), "its owner, group and permissions")
        .words(&["file permissions", "EACCES"])
        .sources(CALLS)
}

pub(super) fn other_type(case: &Case<'_>) -> Verdict {
    let found = case.path_table().and_then(|sockets| sockets.first());
    let is = |wanted| found.and_then(|socket| socket.unix.as_ref()).is_some_and(|unix| unix.kind == wanted);
    let (cause, command) = if is(SocketType::Datagram) {
        ("the socket there takes datagrams, and connect opens a stream", "UNIX-SENDTO")
    } else if is(SocketType::Seqpacket) {
        ("the socket there carries packets (seqpacket), and connect opens a stream", "UNIX-CONNECT")
    } else {
        ("the socket there is no stream socket, as a rule one that takes datagrams", "UNIX-SENDTO")
    };
    let kind = if is(SocketType::Seqpacket) { ",type=5" } else { "" };
    Verdict::new("another type of socket", cause)
        .then(
            format!("socat - {}", super::quoted(&format!("{command}:{}{kind}", case.failed.target))),
            "sends lines to such a socket",
        )
        .then("netlearn ports --unix", LISTING)
        .words(&["Unix domain socket", "datagram"])
        .sources(CALLS)
}

/// Verdicts on failures that TCP has too; `None` for those of Unix sockets alone.
pub(super) fn instead(case: &Case<'_>) -> Option<Verdict> {
    let kind = case.failed.kind;
    if matches!(kind, Kind::NeverAccepts | Kind::NeverAnswers | Kind::NeverReads | Kind::Stalled) {
        return Some(silent(case));
    }
    if matches!(kind, Kind::Reset | Kind::SendFailed | Kind::ReceiveFailed) {
        return Some(broken(case));
    }
    if matches!(kind, Kind::Other | Kind::ListenOther) {
        return Some(other(case));
    }
    None
}

fn silent(case: &Case<'_>) -> Verdict {
    let what = match case.waited() {
        Some(waited) => format!("nothing for {}: we give up", time(waited)),
        None => "nothing came: we give up".to_owned(),
    };
    let peer = case.peer_socket();
    let process = peer.as_ref().and_then(|peer| peer.owner).or(case.queue_owner());
    let program = process.map_or("the program there".to_owned(), owner);
    let kind = case.failed.kind;
    let cause = if process.is_some_and(|process| process.stopped) {
        format!("{program} is stopped: it can neither read nor answer")
    } else if kind == Kind::NeverAccepts && peer.is_none() {
        format!("{program} does not accept: its accept queue is full, so the system lets no new client in")
    } else if kind == Kind::NeverAccepts {
        format!("{program} has not accepted the connection: so far only the kernel answered")
    } else if kind == Kind::NeverReads {
        format!("{program} has not read what you sent")
    } else if kind == Kind::Stalled {
        format!("{program} sent a part, and no more came")
    } else if case.sent() == Some(0) {
        format!("{program} has sent nothing, and neither have you")
    } else if peer.is_some() {
        format!("{program} has read what you sent and has not answered")
    } else {
        format!("{program} has not read your bytes, or has not answered")
    };
    Verdict::new(what, cause)
        .then("netlearn ports --unix", "see which program that is")
        .then(format!("netlearn connect -U {} -w 30", case.path()), "waits longer")
        .words(&["receive queue", "accept queue"])
        .sources(&["unix(7)"])
}

fn broken(case: &Case<'_>) -> Verdict {
    let cause = if case.failed.kind == Kind::Reset {
        "the program at the other end closed its socket before it had read all that you sent".to_owned()
    } else if case.failed.errno == Some(EPIPE) {
        "the program at the other end has closed its socket".to_owned()
    } else {
        format!("the system refused: {}", case.system_error().unwrap_or("it gave no reason"))
    };
    Verdict::new("the connection broke off", cause)
        .then(format!("netlearn connect -U {}", case.path()), "calls once more")
        .then("netlearn ports --unix", LISTING)
        .words(if case.failed.kind == Kind::Reset { &["ECONNRESET"] } else { &["EPIPE"] })
        .sources(&["unix(7)", "POSIX.1-2024 send()"])
}

/// The same number on Linux, macOS and the BSDs.
const EPIPE: i32 = 32;

fn other(case: &Case<'_>) -> Verdict {
    let error = case.system_error().unwrap_or("it gave no reason");
    let cause = match case.failed.errno {
        Some(24) => {
            "this process has as many files and sockets open as the system allows it (ulimit -n)".to_owned()
        }
        Some(23) => "the whole system has as many files and sockets open as it can".to_owned(),
        Some(_) | None => format!("the system refused: {error}"),
    };
    let serves = case.failed.phase == Phase::Listen;
    let what = if serves { "could not listen" } else { "not connected" };
    let verdict = Verdict::new(what, cause);
    let verdict = if serves {
        verdict.then("netlearn serve unix /tmp/app.sock", "tries another folder")
    } else {
        verdict
    };
    verdict.then("netlearn ports --unix", LISTING).words(&["Unix domain socket"]).sources(&["unix(7)"])
}
