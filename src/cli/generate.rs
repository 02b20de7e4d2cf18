//! What is generated from the arguments' definition: completions for shells, pages for man.

use std::io;

use clap::CommandFactory as _;
use clap_mangen::roff::{Roff, roman};

use super::Cli;
use crate::command::generated::{Generated, Page};

/// The table of exit codes, as the documents have it: a row is `| code | meaning | commands |`.
const EXIT_CODES: &str = include_str!("../../docs/exit-codes.md");

/// The examples of the page of netlearn itself: those of a command stand before its help.
const FIRST_STEPS: &str =
    "netlearn tour\nnetlearn lesson\nnetlearn serve --port 3000\nnetlearn get http://localhost:3000/";

/// What `shell` completes with.
pub(super) fn completions(shell: clap_complete::Shell) -> Generated {
    let mut text = Vec::new();
    let mut whole = visible();
    whole.build();
    // `help` was given the names of all the commands before the deferred ones had theirs.
    let lesson = whole.find_subcommand("lesson").into_iter().flat_map(clap::Command::get_subcommands);
    let below = lesson.filter(|command| command.get_name() != "help").map(|command| {
        // clap wants names that last as long as this short run.
        let name: &str = command.get_name().to_owned().leak();
        let line: &str = format!("netlearn help lesson {name}").leak();
        let about = command.get_about().cloned().unwrap_or_default();
        clap::Command::new(name).bin_name(line).about(about).disable_help_flag(true)
    });
    let below: Vec<clap::Command> = below.collect();
    whole = whole
        .mut_subcommand("help", |help| help.mut_subcommand("lesson", |lesson| lesson.subcommands(below)));
    clap_complete::generate(shell, &mut whole, "netlearn", &mut text);
    Generated::Printed(text)
}

/// The page of netlearn itself.
///
/// # Errors
/// None in practice: it is written to memory.
pub(super) fn page() -> io::Result<Generated> {
    Ok(Generated::Printed(rendered(&visible(), None)?.1))
}

/// The page of one command; `None`: there is no command of that name.
///
/// # Errors
/// None in practice: it is written to memory.
pub(super) fn page_of(name: &str) -> Option<io::Result<Generated>> {
    let mut whole = visible();
    whole.build();
    let command = whole.get_subcommands().find(|command| has_page(command) && command.get_name() == name)?;
    Some(rendered(command, Some(name)).map(|(_, text)| Generated::Printed(text)))
}

/// A page for netlearn and one for each of its commands.
///
/// # Errors
/// None in practice: they are written to memory.
pub(super) fn pages() -> io::Result<Vec<Page>> {
    let mut whole = visible();
    whole.build();
    let mut pages = Vec::new();
    let (name, text) = rendered(&whole, None)?;
    pages.push(Page { name, text });
    for command in whole.get_subcommands().filter(|command| has_page(command)) {
        let (name, text) = rendered(command, Some(command.get_name()))?;
        pages.push(Page { name, text });
    }
    Ok(pages)
}

fn has_page(command: &clap::Command) -> bool {
    !command.is_hide_set()
}

/// A page with its file's name: what clap_mangen makes of the definition, then the examples and the exit codes.
fn rendered(command: &clap::Command, name: Option<&str>) -> io::Result<(String, Vec<u8>)> {
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text)?;
    let examples = match name {
        Some(_) => command.get_before_help().map(ToString::to_string).unwrap_or_default(),
        None => FIRST_STEPS.to_owned(),
    };
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        roff.text([roman(format!("    {}", line.trim()))]);
    }
    roff.control("fi", []).control("SH", ["EXIT STATUS"]);
    for row in exit_codes() {
        match name {
            Some(name) if row.is_of(name) => {
                roff.control("TP", []).text([roman(row.code)]).text([roman(row.meaning)]);
            }
            Some(_) => {}
            None => {
                let meaning = format!("{} ({})", row.meaning, row.commands);
                roff.control("TP", []).text([roman(row.code)]).text([roman(meaning)]);
            }
        }
    }
    roff.to_writer(&mut text)?;
    Ok((page.get_filename(), text))
}

/// A row of the table.
struct ExitCode {
    code: String,
    meaning: String,
    commands: String,
}

impl ExitCode {
    /// Whether a command ends with it: `all`, `all but` some, or those that are named.
    fn is_of(&self, name: &str) -> bool {
        let named = self.commands.split([',', ' ']).any(|word| word == name);
        if self.commands.starts_with("all but") {
            // A server that ends cleanly at the first signal has that code at the second.
            return !named || self.commands.ends_with("at the first");
        }
        named || self.commands == "all"
    }
}

fn exit_codes() -> impl Iterator<Item = ExitCode> {
    let rows = EXIT_CODES.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(|cell| cell.trim().replace('`', ""));
        let (code, meaning, commands) = (cells.next()?, cells.next()?, cells.next()?);
        Some(ExitCode { code, meaning, commands })
    })
}

fn visible() -> clap::Command {
    Cli::command()
}
