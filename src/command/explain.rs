//! `netlearn explain TERM`: one plain sentence, its source, the command that shows it.

use std::io;

use super::{Context, Outcome, terminal};
use crate::explain::glossary;
use crate::explain::{Explanation, Try};
use crate::render::entry;

/// The term; none lists them all.
#[derive(Clone, Debug)]
pub struct Options {
    pub term: Option<String>,
}

/// Looks the term up.
pub fn run(options: Options, context: &Context) -> Outcome {
    let style = terminal::style(&context.show, terminal::Target::Stdout);
    let Some(term) = options.term else {
        return written(entry::list(&style));
    };
    match glossary::find(&term) {
        Some(found) => written(entry::one(found, glossary::said(&term), &style)),
        None => unknown(&term),
    }
}

/// A reader that has enough (a closed pipe) is a normal end.
fn written(result: io::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::DONE,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::DONE,
        Err(error) => super::cannot_write("stdout", &error),
    }
}

fn unknown(term: &str) -> Outcome {
    let mut words = Explanation::step(
        "explain",
        format!("no such term: {}", if term.is_empty() { "\"\"" } else { shortened(term) }),
    );
    for near in glossary::nearest(term) {
        words = words.then(command(near), meaning(near));
    }
    if words.next.is_empty() {
        words.next.push(Try { command: "netlearn explain".to_owned(), shows: "all the terms".to_owned() });
    }
    crate::command::terminal::complain(&words);
    Outcome::USAGE
}

/// Enough of a very long one to know it by.
fn shortened(term: &str) -> &str {
    term.char_indices().nth(80).map_or(term, |(end, _)| &term[..end])
}

/// A term as one word of a command line.
fn command(term: &str) -> String {
    format!("netlearn explain {}", term.replace(' ', "-"))
}

fn meaning(term: &str) -> String {
    glossary::find(term).map_or(String::new(), |entry| format!("the term {}", entry.term))
}
