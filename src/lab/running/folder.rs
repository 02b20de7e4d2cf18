//! The folder of the run files: this user's alone, or not used.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where the folder is: in `$XDG_RUNTIME_DIR` where that is this user's, else `/tmp/netlearn-UID`.
#[cfg(unix)]
pub(super) fn place() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    // The XDG Base Directory Specification: it must be absolute, and owned by the user. Under sudo it may be another's.
    match runtime.filter(|runtime| runtime.is_absolute() && is_own(runtime)) {
        Some(runtime) => runtime.join("netlearn"),
        None => PathBuf::from(format!("/tmp/netlearn-{}", rustix::process::geteuid().as_raw())),
    }
}

/// Where the folder is: in the temporary folder, which is a user's own on such systems.
#[cfg(not(unix))]
pub(super) fn place() -> PathBuf {
    std::env::temp_dir().join("netlearn")
}

#[cfg(unix)]
fn is_own(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).is_ok_and(|facts| facts.uid() == rustix::process::geteuid().as_raw())
}

/// The folder, if it is there and can be trusted.
pub(super) fn existing() -> Option<PathBuf> {
    let folder = place();
    check(&folder).ok().map(|()| folder)
}

/// The folder, made where it is not there.
pub(super) fn made() -> io::Result<PathBuf> {
    let folder = place();
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    match builder.create(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    check(&folder)?;
    Ok(folder)
}

/// In `/tmp` anybody may have made it before: it must be a folder and no link to one, ours, and closed to others.
#[cfg(unix)]
fn check(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let facts = std::fs::symlink_metadata(folder)?;
    let own = facts.is_dir() && facts.uid() == rustix::process::geteuid().as_raw();
    if own && facts.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} is not a folder of this user alone", folder.display()),
    ))
}

#[cfg(not(unix))]
fn check(folder: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(folder)?.is_dir() {
        Ok(())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// The text of a plain file of this user, and when it was written.
pub(super) fn read_own(path: &Path, limit: u64) -> io::Result<(String, SystemTime)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Not through a link, and not waiting for the other end of a pipe that lies there.
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() || facts.len() > limit || !is_ours(&facts) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = String::new();
    file.take(limit).read_to_string(&mut text)?;
    Ok((text, facts.modified()?))
}

#[cfg(unix)]
fn is_ours(facts: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    facts.uid() == rustix::process::geteuid().as_raw() && facts.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_ours(_facts: &std::fs::Metadata) -> bool {
    true
}

/// A file that was not there before; what an earlier process with our number left is removed.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // What is not there need not be removed, and what cannot be is found by `create_new`.
    let _ = std::fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file: File = options.open(path)?;
    file.write_all(content)
}
