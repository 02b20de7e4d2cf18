//! Verdicts on open connections: silence, resets, ends that come too early.

use super::Verdict;
use super::case::{Case, PeerSocket};
use crate::event::failure::Phase;
use crate::event::ports::Owner;
use crate::explain::tcp::owner;
use crate::explain::{bytes, time};

fn silence(case: &Case<'_>) -> String {
    match case.waited() {
        Some(waited) => format!("nothing for {}: we give up", time(waited)),
        None => "nothing came: we give up".to_owned(),
    }
}

fn program(process: Option<&Owner>) -> String {
    process.map_or("the program".to_owned(), owner)
}

/// What to look at next: the program where it is on this machine, else the same again with more time.
fn look(case: &Case<'_>, verdict: Verdict) -> Verdict {
    match case.here() {
        Some(true) => verdict.then(case.ports(), case.while_it_runs("see which program that is")),
        Some(false) | None => verdict.then(case.again("--timeout 30 "), "waits longer"),
    }
}

fn stopped(case: &Case<'_>, socket: &PeerSocket<'_>) -> Option<Verdict> {
    socket.owner.filter(|process| process.stopped).map(|process| of_stopped(case, process))
}

fn of_stopped(case: &Case<'_>, process: &Owner) -> Verdict {
    Verdict::new(silence(case), format!("{} is stopped: it can neither read nor answer", owner(process)))
        .then(case.ports(), "see that program")
        .then("", format!("continue it with fg in its terminal, or kill -CONT {}", process.pid))
        .words(&["stopped process", "receive queue", "ACK"])
        .sources(&["POSIX.1-2024 <signal.h>", "RFC 9293 section 3.4"])
}

/// Where the queue's owner is not known.
const NOT_ACCEPTED: &str = "no program has accepted the connection: so far only the kernel answered";

/// A connection in the accept queue: `program` is whose queue it is.
pub(super) fn not_accepted(case: &Case<'_>, program: &str) -> Verdict {
    if let Some(process) = case.queue_owner().filter(|process| process.stopped) {
        return of_stopped(case, process);
    }
    let cause = format!("{program} has not accepted the connection: so far only the kernel answered");
    look(case, Verdict::new(silence(case), cause))
        .then("", "in its code: does it accept in a loop, and does anything block that loop?")
        .words(&["accept queue", "handshake"])
        .sources(&["listen(2)", "RFC 9293 section 3.5"])
}

pub(super) fn never_answers(case: &Case<'_>) -> Verdict {
    let socket = case.peer_socket();
    if let Some(verdict) = socket.as_ref().and_then(|socket| stopped(case, socket)) {
        return verdict;
    }
    let cause = match (&socket, case.sent()) {
        (Some(socket), _) if !socket.accepted => NOT_ACCEPTED.to_owned(),
        (Some(socket), _) if socket.unread > 0 => format!("{} has not read what you sent", program(socket.owner)),
        (Some(socket), _) if case.lacks_acks() => {
            format!("what we sent is not all acknowledged; {} has read all that arrived", program(socket.owner))
        }
        (Some(socket), Some(0)) => format!("{} has taken the connection and says nothing; you sent nothing either", program(socket.owner)),
        (Some(socket), _) => format!("{} has read what you sent and has not answered", program(socket.owner)),
        (None, _) if case.lacks_acks() => {
            "what we sent is not all acknowledged: the path is broken, or the receiver takes no more".to_owned()
        }
        (None, _) if case.here() == Some(false) => {
            "the path works and no answer came: the program there has not read your bytes, or has not answered".to_owned()
        }
        (None, _) => "the connection is open and no answer came".to_owned(),
    };
    let verdict = Verdict::new(silence(case), cause);
    look(case, verdict)
        .then("", "in its code: does every path send an answer, as res.end() does in Node?")
        .words(&["ACK", "receive queue"])
        .sources(&["RFC 9293 section 3.4"])
}

pub(super) fn never_reads(case: &Case<'_>) -> Verdict {
    let socket = case.peer_socket();
    if let Some(verdict) = socket.as_ref().and_then(|socket| stopped(case, socket)) {
        return verdict;
    }
    let cause = match &socket {
        Some(socket) if !socket.accepted => NOT_ACCEPTED.to_owned(),
        Some(socket) if socket.unread > 0 => format!("{} has not read what you sent", program(socket.owner)),
        Some(socket) => {
            format!(
                "{} has read all that arrived, and our system could not hand over the rest",
                program(socket.owner)
            )
        }
        None => "our system could not hand over all: the path is broken, or the program there does not read"
            .to_owned(),
    };
    look(case, Verdict::new(silence(case), cause))
        .then("", "in its code: does it accept in a loop, and read from every connection?")
        .words(&["receive queue", "accept queue", "ACK"])
        .sources(&["RFC 9293 section 3.4", "RFC 9293 section 3.8.6"])
}

/// The limits of a head and of a handshake are for the whole of it: bytes may have come until the last.
fn unfinished(case: &Case<'_>) -> Option<Verdict> {
    let (part, sources): (&str, &'static [&'static str]) = match case.failed.phase {
        Phase::Handshake => ("the TLS handshake", &["RFC 8446 section 2"]),
        Phase::Wait if case.url().is_some() => ("the head of the answer", &["RFC 9112 section 8"]),
        Phase::Name
        | Phase::Listen
        | Phase::Connect
        | Phase::Send
        | Phase::Wait
        | Phase::Receive
        | Phase::Output
        | Phase::Table => return None,
    };
    let in_time = case.waited().map_or("in time".to_owned(), |waited| format!("in {}", time(waited)));
    let what = format!("{part} was not whole {in_time}: we give up");
    let cause =
        format!("a part of {part} came, and its end did not: the other end is slow, or has stopped sending");
    if let Some(verdict) = case.peer_socket().and_then(|socket| stopped(case, &socket)) {
        return Some(Verdict { what, ..verdict });
    }
    Some(look(case, Verdict::new(what, cause)).words(&["byte stream"]).sources(sources))
}

pub(super) fn stalled(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = unfinished(case) {
        return verdict;
    }
    let what = match (case.received(), case.waited()) {
        (Some(len), Some(waited)) => {
            format!("after {} nothing more for {}: we give up", bytes(len), time(waited))
        }
        (Some(len), None) => format!("after {} nothing more: we give up", bytes(len)),
        (None, _) => silence(case),
    };
    let verdict = match case.peer_socket() {
        Some(socket) => stopped(case, &socket).map(|verdict| Verdict { what: what.clone(), ..verdict }),
        None => None,
    };
    verdict.unwrap_or_else(|| {
        look(
            case,
            Verdict::new(what, "a part of the answer came, then silence: the connection is still open"),
        )
        .words(&["byte stream", "Content-Length"])
        .sources(&["RFC 9112 section 8"])
    })
}

pub(super) fn too_long(case: &Case<'_>) -> Verdict {
    let what =
        case.waited().map_or("took too long".to_owned(), |waited| format!("not done after {}", time(waited)));
    Verdict::new(what, "everything together took longer than -m allows")
        .then(case.again(if case.url().is_some() { "-m 60 " } else { "--timeout 60 " }), "allows a minute")
        .words(&["ETIMEDOUT"])
}

pub(super) fn reset(case: &Case<'_>) -> Verdict {
    let when = match case.reset_after() {
        Some((0, 0, _)) => "the connection was reset before anything passed".to_owned(),
        Some((_, 0, _)) => "the connection was reset before any answer".to_owned(),
        Some((_, received, _)) => format!("the connection was reset after {} of answer", bytes(received)),
        None => "the connection was reset".to_owned(),
    };
    let here = case.here() == Some(true);
    // A reset from another machine may come from anything on the way that can write its address.
    let cause = if here {
        "the other end broke it off: its program closed, or ended, before it had read all that we sent; or it chose to"
    } else {
        "a RST came: the program there closed, or ended, before it had read all that we sent; or it chose to; or a firewall broke it off"
    };
    let verdict = Verdict::new(when, cause);
    let verdict = if here {
        verdict.then(case.ports(), "whether its program still listens")
    } else {
        verdict.then(case.again("-v "), "the same with every detail")
    };
    verdict
        .then("netlearn explain RST", "when a system sends one")
        .words(&["RST", "ECONNRESET"])
        .sources(&["RFC 9293 section 3.5.3", "RFC 9293 section 3.6.1"])
}

pub(super) fn empty_reply(case: &Case<'_>) -> Verdict {
    let cause = if case.sent() == Some(0) {
        "the other end hung up (FIN) before it was asked anything"
    } else {
        "the other end hung up (FIN) before it sent one byte of an answer"
    };
    Verdict::new("the connection ended without an answer", cause)
        .then(case.again("-v "), "the same with every detail")
        .then(case.ports(), "which program that is, where it is on this machine")
        .words(&["FIN", "EOF"])
        .sources(&["RFC 9293 section 3.6", "RFC 9112 section 9.6"])
}

pub(super) fn send_failed(case: &Case<'_>) -> Verdict {
    let error = case.system_error().unwrap_or("the system took no more bytes");
    // EPIPE has this number on Linux, macOS and the BSDs.
    let cause = if case.failed.errno == Some(32) {
        "the connection was over already: a RST had come, or our own direction was closed".to_owned()
    } else {
        format!("the system did not take the bytes: {error}")
    };
    Verdict::new("sending failed", cause)
        .then(case.again("-v "), "the same with every detail")
        .words(&["EPIPE", "RST"])
        .sources(&["POSIX.1-2024 write()"])
}

pub(super) fn receive_failed(case: &Case<'_>) -> Verdict {
    let error = case.system_error().unwrap_or("the system gave no more bytes");
    Verdict::new("receiving failed", format!("the connection gave an error: {error}"))
        .then(case.again("-v "), "the same with every detail")
        .words(&["socket", "ECONNRESET"])
        .sources(&["POSIX.1-2024 read()"])
}
