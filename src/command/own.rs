//! Commands to run next, with the flags of the one that failed.

use std::path::Path;

use super::Context;
use crate::event::failure::{Evidence, Failed, FailureKind};
use crate::event::unix::PathKind;
use crate::explain::failure::quoted;
use crate::net::NetError;

/// The name of the file that is offered for output.
const ANSWER: &str = "answer.txt";

/// The name of the file that is offered for a certificate.
const AUTHORITY: &str = "authority.pem";

/// The learner's own words behind `netlearn COMMAND`, as a shell takes them.
fn flags(context: &Context) -> impl Iterator<Item = String> {
    context.own.iter().skip(1).map(|word| quoted(word))
}

/// A server that could not listen: what is offered instead is the learner's own server, at the place that was found. One whose
/// certificate could not be written: the same with a file here.
pub(super) fn server(error: NetError, context: &Context) -> NetError {
    if context.own.first().is_none_or(|command| command != "serve") {
        return error;
    }
    error.map(|mut failed| {
        if failed.kind == FailureKind::OutputFailed {
            failed.next.push(with_authority(context));
        }
        for command in &mut failed.next {
            if let Some(place) = place(command) {
                *command = at(&place, context);
            }
        }
        if let Some(path) = free_path(&failed) {
            failed.next.push(at(&quoted(&path), context));
        }
        failed
    })
}

/// The learner's own server with its certificate in a file here.
fn with_authority(context: &Context) -> String {
    let mut words = vec!["netlearn serve".to_owned()];
    let mut own = context.own.iter().skip(1);
    while let Some(word) = own.next() {
        if word == "--ca-out" {
            own.next();
        } else if !word.starts_with("--ca-out=") {
            words.push(quoted(word));
        }
    }
    words.push(format!("--ca-out {AUTHORITY}"));
    words.join(" ")
}

/// `netlearn serve tcp --port 3001 --reply Hi`: the kind of server, then the place, then the flags.
fn at(place: &str, context: &Context) -> String {
    let mut words: Vec<String> = vec!["netlearn serve".to_owned()];
    let mut flags = flags(context).peekable();
    words.extend(flags.next_if(|word| !word.starts_with('-')));
    words.push(place.to_owned());
    words.extend(flags);
    words.join(" ")
}

/// Port and addresses of a command for a server: `--port 3001 --host ::1`.
fn place(command: &str) -> Option<String> {
    let words: Vec<&str> = command.strip_prefix("netlearn serve")?.split_whitespace().collect();
    let places: Vec<&[&str]> =
        words.windows(2).filter(|pair| matches!(pair[0], "--port" | "--host")).collect();
    (!places.is_empty()).then(|| places.concat().join(" "))
}

/// A path beside the one that is taken, where a Unix socket could be.
fn free_path(failed: &Failed) -> Option<String> {
    let beside = |fact: &Evidence| {
        let Evidence::Path { found } = fact else { return None };
        (found.found == PathKind::Nothing && found.path != failed.target).then(|| found.path.clone())
    };
    let taken = matches!(
        failed.kind,
        FailureKind::SocketPathTaken | FailureKind::SocketPathStale | FailureKind::SocketPathOccupied
    );
    failed.evidence.iter().find_map(beside).filter(|_| taken)
}

/// A client whose output could not be written: the same without that file, or with one where there was none.
pub(super) fn client(error: NetError, output: Option<&Path>, context: &Context) -> NetError {
    let Some(command) =
        context.own.first().filter(|_| error.failed().kind == FailureKind::OutputFailed).cloned()
    else {
        return error;
    };
    let file = if output.is_some() { String::new() } else { format!(" -o {ANSWER}") };
    let again = format!("netlearn {command}{file} {}", flags(context).collect::<Vec<_>>().join(" "));
    error.map(|failed| Failed { next: vec![again], ..failed })
}
