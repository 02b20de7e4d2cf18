//! A wrong command line ends with commands that work: the examples of the command that was meant. Nothing is guessed and run.

use std::ffi::{OsStr, OsString};

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;
use crate::command::terminal::folded;

pub(in crate::cli) mod remedy;

/// What stands in place of the usage that clap adds.
const ENDS: [&str; 2] = ["\n\nUsage:", "\n\nFor more information"];

/// Characters of one word that are shown: who pasted a page knows it, and its end must not scroll away what is said.
const LONGEST: usize = 120;

/// The same mistake with a runnable command in place of the usage; help and version stay as they are.
/// `within` breaks what is said into the lines that it is shown in.
pub(super) fn guided(error: clap::Error, arguments: &[OsString], within: fn(&str) -> String) -> clap::Error {
    if shows(&error) {
        return error;
    }
    let (said, line) = match remedy::of(&error, arguments) {
        Some(remedy) => (remedy.what, remedy.line),
        None => (said(&error, arguments), None),
    };
    let what = within(&cut(&escaped(&said)));
    let near = unknown_command(&error).and_then(near);
    clap::Error::raw(error.kind(), format!("{what}\n\n{}", tries(arguments, near.as_deref(), line)))
}

/// Whether it is no mistake: help or the version was asked for.
pub(super) fn shows(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// clap's words, and ours where its leave a person alone.
fn said(error: &clap::Error, arguments: &[OsString]) -> String {
    if error.kind() == ErrorKind::InvalidUtf8
        && let Some(argument) = arguments.iter().find(|argument| argument.to_str().is_none())
    {
        return format!(
            "{:?} is no UTF-8: arguments are text; bytes can be written as \\xNN where TEXT is taken, or come from a file",
            argument.to_string_lossy()
        );
    }
    let said = error.to_string();
    let end = ENDS.iter().filter_map(|end| said.find(end)).min().unwrap_or(said.len());
    let what = said[..end].trim_end().trim_start_matches("error: ");
    if error.kind() == ErrorKind::InvalidValue {
        return unlike(error, what).to_owned();
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return what.to_owned();
    }
    // That `-- --bogus` passes it as a value helps nobody here.
    let what = what.find("\n\n  tip: to pass '").map_or(what, |tip| &what[..tip]);
    let negative = text_of(error, ContextKind::InvalidArg)
        .is_some_and(|text| text.starts_with('-') && text[1..].starts_with(|c: char| c.is_ascii_digit()));
    if negative {
        return format!(
            "{what}: no value begins with a minus (ports are 0 to 65535, times as 500ms or 2s, sizes as 10M)"
        );
    }
    what.to_owned()
}

/// The words without clap's hint at a value that is more unlike the given one than like it (`zsh` for `tcsh`).
fn unlike<'w>(error: &clap::Error, what: &'w str) -> &'w str {
    let given = text_of(error, ContextKind::InvalidValue).unwrap_or_default();
    let near = match error.get(ContextKind::SuggestedValue) {
        Some(ContextValue::String(near)) => near.as_str(),
        _ => return what,
    };
    if strsim::damerau_levenshtein(given, near) * 2 <= near.len() {
        return what;
    }
    what.find("\n\n  tip: a similar value").map_or(what, |tip| &what[..tip])
}

fn text_of(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

/// The word at this place that is no flag.
fn word_of(words: &[String], at: usize) -> Option<&str> {
    words.iter().skip(at).find(|word| !word.starts_with('-')).map(String::as_str)
}

/// The word that is no command.
fn unknown_command(error: &clap::Error) -> Option<&str> {
    text_of(error, ContextKind::InvalidSubcommand)
}

/// The command that was likely meant: two slips of the fingers away at most, and more like it than unlike.
fn near(word: &str) -> Option<String> {
    if word.chars().count() > LONGEST {
        return None;
    }
    let cli = Cli::command();
    let names = cli.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    let distances = names.map(|name| (strsim::damerau_levenshtein(word, name), name));
    let close = distances.filter(|(distance, name)| *distance <= 2 && *distance * 2 <= name.len());
    close.min().map(|(_, name)| name.to_owned())
}

/// Control characters as a text shows them; the lines of the message itself stay lines.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, c| {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

/// The text in lines that fit the terminal, behind clap's `error: `.
pub(super) fn within_terminal(text: &str) -> String {
    const ERROR: &str = "error: ";
    let lines: Vec<String> = format!("{ERROR}{text}").lines().map(|line| folded(line, ERROR.len())).collect();
    lines.join("\n").split_off(ERROR.len())
}

/// The text with very long words cut, and how long they were.
fn cut(text: &str) -> String {
    let mut shown = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let len = part.chars().count();
        if len <= LONGEST {
            shown.push_str(part);
            continue;
        }
        shown.extend(part.chars().take(LONGEST / 2));
        shown.push_str(&format!("... ({len} characters) "));
    }
    shown.trim_end().to_owned()
}

/// Commands to run next: the mended line or an example of the command, and its help.
fn tries(arguments: &[OsString], near: Option<&str>, line: Option<String>) -> String {
    let mut cli = Cli::command();
    let mut words = near.map(OsStr::new).into_iter().chain(arguments.iter().skip(1).map(OsString::as_os_str));
    let name = words.find(|word| cli.find_subcommand(word).is_some());
    let Some(command) = name.and_then(|name| cli.find_subcommand_mut(name)) else {
        return "   try       netlearn tour\n             netlearn --help\n".to_owned();
    };
    // Until now it had its name and its line in the list alone.
    command.build();
    let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let help = format!("netlearn {} --help", command.get_name());
    let example = examples.lines().next().map(|line| line.trim().to_owned());
    let lines: Vec<String> = line.or(example).into_iter().chain([help]).collect();
    format!("   try       {}\n", lines.join("\n             "))
}
