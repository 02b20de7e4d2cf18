//! A command line without a command: at a terminal the menu, with the flags that were given; elsewhere the help.

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

use super::{Cli, End, parse, show};
use crate::command::{Command, Context, Stop, menu, terminal};

/// Whether nothing but a command is missing, and somebody is there to choose one.
pub(super) fn wanted(error: &clap::Error) -> bool {
    let missing = matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    );
    missing && terminal::at_keyboard()
}

/// The menu, with what the flags say of how things are shown; each command gets the same flags.
pub(super) fn menu(
    error: clap::Error,
    arguments: &[OsString],
    stop: Stop,
) -> Result<(Command, Context), End> {
    // The flags are read as for a command that has none of its own.
    let whole = arguments.iter().cloned().chain([OsString::from("doctor")]);
    let Ok(cli) = Cli::try_parse_from(whole) else { return Err(End(error)) };
    let show = show(&cli.show, &cli.command)?;
    if show.json || show.record.is_some() {
        return Err(End(error));
    }
    let flags = arguments.iter().skip(1).cloned().collect();
    Ok((
        Command::Menu(menu::Options { flags }),
        Context { line: parse::masked(arguments), own: Vec::new(), show, stop },
    ))
}
