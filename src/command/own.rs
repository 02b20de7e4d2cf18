//! Commands to run next, with the flags of the one that failed.

use std::path::Path;

use super::Context;
use crate::event::failure::{Evidence, Failed, FailureKind};
use crate::event::unix::PathKind;
use crate::explain::failure::quoted;
use crate::net::NetError;
use crate::net::tls::authority::OFFERED as AUTHORITY;

/// The name of the file that is offered for output.
const ANSWER: &str = "answer.txt";

/// The learner's own words behind `netlearn COMMAND`, as a shell takes them.
fn flags(context: &Context) -> Vec<String> {
    words(context).iter().map(|word| quoted(word)).collect()
}

fn words(context: &Context) -> &[String] {
    context.own.get(1..).unwrap_or_default()
}

/// A server that could not listen: what is offered instead is the learner's own server, at the place that was found. One whose
/// certificate could not be written: the same with a file here.
pub(super) fn server(error: NetError, context: &Context) -> NetError {
    if context.own.first().is_none_or(|command| command != "serve") {
        return error;
    }
    error.map(|mut failed| {
        let unwritten = failed.kind == FailureKind::OutputFailed;
        let flags = if unwritten { with_authority_here(words(context)) } else { flags(context) };
        for command in &mut failed.next {
            if let Some(place) = place(command) {
                *command = at(&place, &flags);
            }
        }
        if let Some(path) = free_path(&failed) {
            failed.next.push(at(&quoted(&path), &flags));
        }
        failed
    })
}

/// The same flags, with the certificate in a file here.
fn with_authority_here(words: &[String]) -> Vec<String> {
    let mut words = words.iter();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        if word == "--ca-out" {
            words.next();
        } else if !word.starts_with("--ca-out=") {
            kept.push(quoted(word));
        }
    }
    kept.push(format!("--ca-out {AUTHORITY}"));
    kept
}

/// `netlearn serve tcp --port 3001 --reply Hi`: the kind of server, then the place, then the flags.
fn at(place: &str, flags: &[String]) -> String {
    let kind = flags.iter().take(1).take_while(|word| !word.starts_with('-')).count();
    let (kind, flags) = flags.split_at(kind);
    let words = [&["netlearn serve".to_owned()], kind, &[place.to_owned()], flags];
    words.concat().join(" ")
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
    let again = format!("netlearn {command}{file} {}", flags(context).join(" "));
    error.map(|failed| Failed { next: vec![again], ..failed })
}
