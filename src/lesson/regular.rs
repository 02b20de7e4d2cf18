//! Opens regular files and nothing else, and without waiting: a FIFO would hold a plain open until somebody writes into it, and a device
//! does what it likes.

use std::fs::{self, File, FileType, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file for reading, or one that a link leads to.
///
/// # Errors
/// What the system says; for what is no regular file [`Irregular`] is in the error.
pub fn open(path: &Path) -> io::Result<File> {
    with(OpenOptions::new().read(true), path)
}

/// Opens as the options say; what is there already must be a regular file, or a link to one.
///
/// # Errors
/// As [`open`].
pub(super) fn with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Before: a device may do something when it is opened. After: the name may lead elsewhere by then.
    if let Ok(facts) = fs::metadata(path) {
        checked(facts.file_type())?;
    }
    let file = unwaiting(options).open(path)?;
    checked(file.metadata()?.file_type())?;
    Ok(file)
}

/// What stands at a path where a regular file should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is {0}, not a regular file")]
pub struct Irregular(&'static str);

impl Irregular {
    /// The one that an error tells of.
    pub fn of(error: &io::Error) -> Option<Irregular> {
        error.get_ref()?.downcast_ref().copied()
    }
}

fn checked(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    let what = if kind.is_dir() { "a folder" } else { special(kind) };
    Err(io::Error::new(io::ErrorKind::InvalidInput, Irregular(what)))
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match () {
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "something else",
    }
}

#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "something else"
}

#[cfg(unix)]
fn unwaiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
}

#[cfg(not(unix))]
fn unwaiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
