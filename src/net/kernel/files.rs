//! What the system says of a path, without opening it or following a link at its end.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use crate::event::unix::{PathFacts, PathKind};

/// Looks at `path`.
pub fn look(path: &Path) -> PathFacts {
    let shown = path.display().to_string();
    let none =
        |found| PathFacts { path: shown.clone(), found, mode: None, uid: None, user: None, ours: false };
    let facts = match std::fs::symlink_metadata(path) {
        Ok(facts) => facts,
        Err(error) if is_absent(&error) => return none(PathKind::Nothing),
        Err(_) => return none(PathKind::Unseen),
    };
    let kind = facts.file_type();
    let found = if kind.is_socket() {
        PathKind::Socket
    } else if kind.is_dir() {
        PathKind::Folder
    } else if kind.is_symlink() {
        PathKind::Link
    } else if kind.is_fifo() {
        PathKind::Pipe
    } else if kind.is_block_device() || kind.is_char_device() {
        PathKind::Device
    } else {
        PathKind::File
    };
    PathFacts {
        mode: Some(format!("{:04o}", facts.mode() & 0o7777)),
        uid: Some(facts.uid()),
        user: super::user_name(facts.uid()),
        ours: facts.uid() == rustix::process::geteuid().as_raw(),
        ..none(found)
    }
}

/// Nothing there: the path, or a folder on the way to it, is missing.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
