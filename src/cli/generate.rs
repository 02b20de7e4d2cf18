//! What is generated from the arguments' definition: completions for shells, pages for man.

use std::io;

use clap::CommandFactory as _;

use super::Cli;
use crate::command::generated::{Generated, Page};

/// What `shell` completes with.
pub(super) fn completions(shell: clap_complete::Shell) -> Generated {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut visible(), "netlearn", &mut text);
    Generated::Printed(text)
}

/// The page of netlearn itself.
///
/// # Errors
/// None in practice: it is written to memory.
pub(super) fn page() -> io::Result<Generated> {
    let mut text = Vec::new();
    clap_mangen::Man::new(visible()).render(&mut text)?;
    Ok(Generated::Printed(text))
}

/// A page for netlearn and one for each of its commands.
///
/// # Errors
/// None in practice: they are written to memory.
pub(super) fn pages() -> io::Result<Vec<Page>> {
    let mut whole = visible();
    whole.build();
    let commands = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut pages = Vec::new();
    for command in std::iter::once(whole.clone()).chain(commands) {
        let page = clap_mangen::Man::new(command);
        let mut text = Vec::new();
        page.render(&mut text)?;
        pages.push(Page { name: page.get_filename(), text });
    }
    Ok(pages)
}

fn visible() -> clap::Command {
    Cli::command()
}
