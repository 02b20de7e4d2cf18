//! A wrong command line ends with commands that work: the examples of the command that was meant. Nothing is guessed and run.

use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::Cli;

/// What stands in place of the usage that clap adds.
const ENDS: [&str; 2] = ["\n\nUsage:", "\n\nFor more information"];

/// The same mistake with a runnable command in place of the usage; help and version stay as they are.
pub(super) fn guided(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let shown = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if shown {
        return error;
    }
    let said = error.to_string();
    let end = ENDS.iter().filter_map(|end| said.find(end)).min().unwrap_or(said.len());
    let what = said[..end].trim_end().trim_start_matches("error: ");
    clap::Error::raw(error.kind(), format!("{what}\n\n{}", tries(arguments)))
}

/// Commands to run next: an example of the command, and its help.
fn tries(arguments: &[OsString]) -> String {
    let cli = Cli::command();
    let meant = arguments.iter().skip(1).find_map(|argument| cli.find_subcommand(argument));
    let Some(command) = meant else {
        return "   try       netlearn tour\n             netlearn --help\n".to_owned();
    };
    let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let mut tries = String::new();
    for example in examples.lines().take(1) {
        tries.push_str(&format!("   try       {}\n", example.trim()));
    }
    tries.push_str(&format!("             netlearn {} --help\n", command.get_name()));
    tries
}
