//! `netlearn completions` and `netlearn man`: texts that were generated from the command line's own definition.

use std::io;
use std::path::PathBuf;

use super::Outcome;
use crate::render;

/// A text, and where it goes.
#[derive(Clone, Debug)]
pub enum Generated {
    /// To stdout.
    Printed(Vec<u8>),
    /// Each page into a file of its name in this folder.
    Written { folder: PathBuf, pages: Vec<Page> },
}

/// One manual page.
#[derive(Clone, Debug)]
pub struct Page {
    /// As `netlearn-serve.1`.
    pub name: String,
    pub text: Vec<u8>,
}

/// Prints or writes it.
pub fn run(text: Generated) -> Outcome {
    match text {
        Generated::Printed(text) => match render::write_stdout(&text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => super::cannot_write("stdout", &error),
            Ok(()) | Err(_) => Outcome::DONE,
        },
        Generated::Written { folder, pages } => {
            for page in pages {
                let path = folder.join(&page.name);
                if let Err(error) = std::fs::write(&path, &page.text) {
                    return super::cannot_write(&path.display().to_string(), &error);
                }
            }
            Outcome::DONE
        }
    }
}
