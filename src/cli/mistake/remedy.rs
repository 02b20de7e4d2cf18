//! What a mistake wants: why two words do not go together, in a clause, and the learner's own line without the slip.

mod place;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use url::Url;

use super::super::{Bodies, parsed};
use super::{text_of, word_of};
use crate::command::{Stop, quoted};

/// A mistake in our words, and a line that works.
pub(super) struct Remedy {
    pub(super) what: String,
    /// The learner's own line, mended; `None` where no part of it stands without the slip.
    pub(super) line: Option<String>,
}

/// Two flags of one command, by their names, and why they exclude each other. Each reason goes on behind `do not go together,`.
pub(in crate::cli) const REASONS: &[(&str, &str, &str)] = &[
    ("-4", "-6", "one connection has one kind of address"),
    ("-k", "--cacert", "one trusts everybody, the other only that file"),
    ("-q", "-v", "one explains nothing, the other everything"),
    ("-d", "-I", "-I asks for the head only, -d hands a body over"),
    ("-z", "--send", "-z sends nothing"),
    ("-z", "-C", "-z sends nothing, so no line of it ends"),
    ("-z", "-o", "-z reads nothing that could be written"),
    ("--http1.1", "--http2", "one request goes in one version of HTTP"),
    ("--http2", "--close", "HTTP/2 has no field that asks for the end of a connection"),
    ("--library", "--http2", "the library is asked to speak HTTP/1.1"),
    ("--library", "--curl", "one makes the request, the other only writes it down"),
    ("--library", "--close", "the library decides itself when it closes"),
    ("--library", "-L", "the library follows redirects by itself"),
    ("--port", "PLACE", "both say the port"),
    ("--greet", "--echo", "behind a greeting --reply answers"),
    ("--greet", "--silent", "one says something, the other nothing"),
    ("--greet", "--files", "over http the client speaks first"),
    ("--greet", "--fault", "over http the client speaks first"),
    ("--watch", "--probe", "a probe is one connection, and --watch looks on and on"),
    ("--unix", "--probe", "a probe connects to a port, and a Unix socket has none"),
    ("--try", "PORT", "--try names its ports itself"),
    ("--try", "--all", "--try binds and says what happened; --all lists what there is"),
    ("--try", "--watch", "--try binds once, --watch looks on and on"),
    ("--try", "--probe", "--try binds as a server would, --probe connects as a client"),
    ("--trace", "--no-recurse", "--trace never asks a server to ask others"),
    ("--root", "--lab", "the pocket internet has a root of its own"),
    ("--real-ports", "--ports", "both say the ports"),
    ("--counts", "--cache", "one question at a time is asked of the running lab"),
    ("--export", "--counts", "--export writes files and asks no running lab"),
    ("--export", "--cache", "--export writes files and asks no running lab"),
    ("--export", "--fault", "--export writes files and starts no machine"),
    ("--export", "--real-ports", "--export writes files and starts no machine"),
    ("--export", "--ports", "--export writes files and starts no machine"),
    ("--export", "--one-address", "--export writes files and starts no machine"),
    ("--export", "--ca-out", "--export writes files and makes no certificate"),
    ("--test-out", "--from", "all its questions are asked, from the first one on"),
    ("--test-out", "--answers", "what is to be tested is you"),
    ("--name", "--merge", "a table has the names that its reports have"),
    ("ID", "--all", "--all forgets every lesson"),
    ("--dir", "COMMAND", "--dir writes the pages of all the commands"),
];

/// What `serve` does with what comes is said once.
const BEHAVIOURS: [&str; 5] = ["--reply", "--echo", "--silent", "--files", "--fault"];

/// A flag, what it needs, why, and what to add.
const NEEDS: &[(&str, &str, &str, &str)] = &[
    ("--probe", "a port", "it connects to what listens there", "3000"),
    ("--interval", "--watch", "it says how often --watch looks", "--watch"),
    ("--ca-out", "--tls", "there is no certificate without TLS", "--tls"),
    ("--root", "--trace", "it says where the walk begins", "--trace"),
];

/// Why two arguments exclude each other, by the names that [`REASONS`] has for them.
pub(in crate::cli) fn reason(one: &str, other: &str) -> Option<&'static str> {
    let pair = |(first, second, _): &&(&str, &str, &str)| {
        (*first, *second) == (one, other) || (*first, *second) == (other, one)
    };
    if let Some((_, _, why)) = REASONS.iter().find(pair) {
        return Some(why);
    }
    let both = BEHAVIOURS.contains(&one) && BEHAVIOURS.contains(&other);
    both.then_some("a server answers in one way")
}

/// The name of an argument as [`REASONS`] has it: its short one where curl and nc know it by that.
pub(in crate::cli) fn name(shown: &str) -> &str {
    let bare = shown.split([' ', '=']).next().unwrap_or(shown).trim_matches(['[', ']', '<', '>', '.', '\'']);
    match bare {
        "--insecure" => "-k",
        "--quiet" => "-q",
        "--verbose" => "-v",
        "--data" => "-d",
        "--head" => "-I",
        "--crlf" => "-C",
        "--output" => "-o",
        "--location" => "-L",
        "PORT|PATH" => "PLACE",
        bare => bare,
    }
}

/// The name of an argument in a sentence.
fn shown(name: &str) -> &str {
    match name {
        "PLACE" | "PORT" => "a port",
        "ID" => "a lesson",
        "COMMAND" => "a command",
        flag => flag,
    }
}

/// What is to be said instead of clap's words, where we have better ones.
pub(super) fn of(error: &clap::Error, arguments: &[OsString]) -> Option<Remedy> {
    let words: Vec<String> = arguments.iter().filter_map(|word| word.to_str().map(str::to_owned)).collect();
    // A word that is no text is another mistake.
    if words.len() != arguments.len() {
        return None;
    }
    // clap's kinds are open-ended: what is not here keeps clap's words.
    let kind = error.kind();
    if kind == ErrorKind::ArgumentConflict {
        conflict(error, &words)
    } else if kind == ErrorKind::MissingRequiredArgument {
        missing(&words)
    } else if kind == ErrorKind::UnknownArgument {
        place::of(&words).or_else(|| unexpected(text_of(error, ContextKind::InvalidArg)?, &words))
    } else if kind == ErrorKind::ValueValidation {
        place::of(&words).or_else(|| number_for_a_url(error, &words)).or_else(|| own_words(error))
    } else {
        None
    }
}

fn conflict(error: &clap::Error, words: &[String]) -> Option<Remedy> {
    let one = text_of(error, ContextKind::InvalidArg)?;
    let prior = error.get(ContextKind::PriorArg)?;
    let other = if let ContextValue::Strings(texts) = prior {
        texts.first()?.as_str()
    } else {
        text_of(error, ContextKind::PriorArg)?
    };
    let (one, other) = (name(one), name(other));
    let why = reason(one, other)?;
    let unix = words.iter().any(|word| word == "unix") && [one, other].contains(&"PLACE");
    let what = if unix {
        "unix and --port do not go together, a Unix socket has no port".to_owned()
    } else {
        format!("{} and {} do not go together, {why}", shown(one), shown(other))
    };
    // What was typed first is kept, where it stands alone.
    let place = |flag: &str| words.iter().rposition(|word| is(word, flag)).unwrap_or(0);
    let (first, second) = if place(one) < place(other) { (one, other) } else { (other, one) };
    let line = [second, first].iter().find_map(|flag| working(without(words, flag)?));
    Some(Remedy { what, line })
}

fn missing(words: &[String]) -> Option<Remedy> {
    let given = |(flag, ..): &&(&str, &str, &str, &str)| words.iter().any(|word| is(word, flag));
    let (flag, needed, why, added) = NEEDS.iter().find(given)?;
    let mut mended = words.to_vec();
    mended.push((*added).to_owned());
    Some(Remedy { what: format!("{flag} goes with {needed}: {why}"), line: working(mended) })
}

fn unexpected(word: &str, words: &[String]) -> Option<Remedy> {
    if word.starts_with('-') {
        return None;
    }
    let at = words.iter().rposition(|other| other == word)?;
    let mut mended = words.to_vec();
    mended.remove(at);
    if at > 0 && words[at - 1] == "--drip" {
        mended[at - 1] = format!("--drip={word}");
        let what = format!("--drip takes its interval behind an =, not {word:?} as a word of its own");
        return Some(Remedy { what, line: working(mended) });
    }
    let number = word.bytes().all(|octet| octet.is_ascii_digit());
    let what = if number && word_of(words, 1) == Some("ports") {
        format!("unexpected argument '{word}' found: one port at a time is looked up")
    } else {
        format!("unexpected argument '{word}' found")
    };
    Some(Remedy { what, line: working(mended) })
}

/// `get localhost 3000`, as `connect` takes it.
fn number_for_a_url(error: &clap::Error, words: &[String]) -> Option<Remedy> {
    let number = text_of(error, ContextKind::InvalidValue)?;
    if !text_of(error, ContextKind::InvalidArg)?.starts_with("<URL>") {
        return None;
    }
    let port = number.parse::<u16>().ok().filter(|port| *port > 0)?;
    let at = words.iter().rposition(|word| word == number)?;
    let mut mended = words.to_vec();
    let host = words[..at]
        .last()
        .filter(|word| at > 2 && !word.starts_with('-'))
        .and_then(|word| at_port(word, port));
    let Some(url) = host else {
        mended[at] = format!(":{port}/");
        let what = format!("{number} alone is no URL: a port of this machine stands behind a colon");
        return Some(Remedy { what, line: working(mended) });
    };
    mended[at - 1] = url;
    mended.remove(at);
    let what = format!("{number} alone is no URL: a port stands behind its host and a colon");
    Some(Remedy { what, line: working(mended) })
}

/// The URL as typed, with a port that it has not yet.
fn at_port(word: &str, port: u16) -> Option<String> {
    if word.starts_with(':') {
        return None;
    }
    let start = word.find("://").map_or(0, |at| at + 3);
    let whole = if start == 0 { format!("http://{word}") } else { word.to_owned() };
    let url = Url::parse(&whole).ok().filter(|url| url.port().is_none())?;
    let bare = url.host_str()?;
    let end = word[start..].find(['/', '?', '#']).map_or(word.len(), |at| start + at);
    (!bare.is_empty()).then(|| format!("{}:{port}{}", &word[..end], &word[end..]))
}

/// A mistake that one of our own readers found, and that ends with a line that works.
fn own_words(error: &clap::Error) -> Option<Remedy> {
    let said = error.to_string();
    let end = said.find("\n\n").unwrap_or(said.len());
    let what = said[..end].trim_end().trim_start_matches("error: ");
    let at = what.find(": netlearn ")?;
    let line = &what[at + 2..];
    // More than one line, or words behind it, stay as they are.
    let bare: String = line.split('\'').step_by(2).collect();
    if bare.contains(", ") || line.contains('\n') {
        return None;
    }
    Some(Remedy { what: what[..at].to_owned(), line: Some(line.to_owned()) })
}

/// Whether a word is this flag, with or without its value.
fn is(word: &str, flag: &str) -> bool {
    let named = names(flag).into_iter().any(|name| {
        word.strip_prefix(name).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('=') || (!name.starts_with("--") && name.len() == 2)
        })
    });
    word.starts_with('-') && named
}

/// Both names of a flag.
fn names(flag: &str) -> Vec<&str> {
    let long = match flag {
        "-4" => "--ipv4",
        "-k" => "--insecure",
        "-q" => "--quiet",
        "-v" => "--verbose",
        "-d" => "--data",
        "-I" => "--head",
        "-C" => "--crlf",
        "-o" => "--output",
        "-L" => "--location",
        "--port" => "-p",
        "--all" => "-a",
        "--watch" => "-w",
        _ => flag,
    };
    vec![flag, long]
}

/// The flags here that take a value in the next word.
const WITH_VALUE: [&str; 19] = [
    "--answers",
    "--ca-out",
    "--cacert",
    "--dir",
    "--export",
    "--fault",
    "--files",
    "--from",
    "--greet",
    "--merge",
    "--name",
    "--port",
    "--ports",
    "--reply",
    "--root",
    "--send",
    "--try",
    "-d",
    "-o",
];

/// The line without a flag and its value; `None` where it does not stand there as a word of its own.
fn without(words: &[String], flag: &str) -> Option<Vec<String>> {
    let mut mended = words.to_vec();
    let before = mended.len();
    while let Some(at) = mended.iter().position(|word| is(word, flag)) {
        let alone = names(flag).contains(&mended[at].as_str());
        mended.remove(at);
        if alone && WITH_VALUE.contains(&flag) && at < mended.len() {
            mended.remove(at);
        }
    }
    (mended.len() < before).then_some(mended)
}

/// The line as it is typed, where it is read without a mistake and says nothing that should not be repeated.
fn working(words: Vec<String>) -> Option<String> {
    let plain = words.iter().all(|word| !word.chars().any(char::is_control));
    let length: usize = words.iter().map(|word| word.len() + 1).sum();
    let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
    let shown = super::super::parse::masked(&arguments);
    if !plain || length > 200 || shown[1..] != words[1..] {
        return None;
    }
    parsed(&arguments, Stop::default(), Bodies::Unread).ok()?;
    let rest = words.iter().skip(1).map(|word| format!(" {}", quoted(word)));
    Some(format!("netlearn{}", rest.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{name, reason};
    use crate::cli::Cli;

    /// All pairs of a command and of those below it.
    fn check(command: &clap::Command, pairs: &mut usize) {
        for arg in command.get_arguments() {
            for other in command.get_arg_conflicts_with(arg) {
                let (one, other) = (arg.to_string(), other.to_string());
                let (one, other) = (name(&one), name(&other));
                if one != other {
                    let why = reason(one, other);
                    assert!(
                        why.is_some(),
                        "{}: why do {one} and {other} exclude each other?",
                        command.get_name()
                    );
                    *pairs += 1;
                }
            }
        }
        command.get_subcommands().for_each(|command| check(command, pairs));
    }

    #[test]
    fn whatever_excludes_another_says_why() {
        let mut pairs = 0;
        let mut cli = Cli::command();
        cli.build();
        check(&cli, &mut pairs);
        assert!(pairs >= 60, "{pairs}");
    }
}
