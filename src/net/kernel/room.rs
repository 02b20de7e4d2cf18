//! How many connections this process can have: its limit on descriptors, and the ports that the system lends.

use std::io;

/// The limit on this process's descriptors; `None` in a limit: there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptors {
    /// What counts now (the soft limit).
    pub soft: Option<u64>,
    /// As far as any program may raise it itself (the hard limit).
    pub hard: Option<u64>,
    /// How many it has open; `None` where the system does not tell.
    pub open: Option<u64>,
}

/// The limit on this process's descriptors (setrlimit(2), `RLIMIT_NOFILE`).
#[cfg(unix)]
pub fn descriptors() -> Descriptors {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    Descriptors { soft: limit.current, hard: limit.maximum, open: open() }
}

/// Windows has no such limit on sockets.
#[cfg(not(unix))]
pub fn descriptors() -> Descriptors {
    Descriptors { soft: None, hard: None, open: None }
}

/// Raises the soft limit.
#[cfg(unix)]
fn raise(to: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(to), maximum })?)
}

/// There is nothing to raise.
#[cfg(not(unix))]
fn raise(_to: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Descriptors beside those that are counted: lookups, tables, and what a socket needs while it is looked at.
const SPARE: u64 = 32;

/// The soft limit as it is now, and what it was where it was raised; `None`: there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub limit: Option<u64>,
    pub raised_from: Option<u64>,
}

/// The limit that cannot be raised far enough, what is open, and for how many more there is room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    pub limit: u64,
    pub open: u64,
    pub fit: u64,
}

/// Sees that `more` descriptors can be opened; raises the soft limit where that is enough, and changes nothing where it is not.
///
/// # Errors
/// How many there is room for instead.
pub fn widen(more: u64) -> Result<Room, Short> {
    let Descriptors { soft, hard, open } = descriptors();
    let open = open.unwrap_or(SPARE);
    let need = more.saturating_add(open).saturating_add(SPARE);
    let short = |limit: u64| Short { limit, open, fit: limit.saturating_sub(open).saturating_sub(SPARE) };
    let Some(now) = soft.filter(|soft| *soft < need) else {
        return Ok(Room { limit: soft, raised_from: None });
    };
    if let Some(hard) = hard.filter(|hard| *hard < need) {
        return Err(short(hard));
    }
    raise(need).map_err(|_| short(now))?;
    Ok(Room { limit: Some(need), raised_from: Some(now) })
}

/// How many descriptors are open, less the one that counts them.
#[cfg(unix)]
fn open() -> Option<u64> {
    let folder = if cfg!(target_os = "linux") { "/proc/self/fd" } else { "/dev/fd" };
    Some((std::fs::read_dir(folder).ok()?.count() as u64).saturating_sub(1))
}

#[cfg(all(test, target_os = "linux"))]
pub(super) mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// Held by the test that opens very many files, and by the one that counts those of this process.
    pub(in crate::net::kernel) fn many_files() -> MutexGuard<'static, ()> {
        static MANY: Mutex<()> = Mutex::new(());
        MANY.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn a_file_more_is_a_descriptor_more() {
        let _alone = many_files();
        let before = descriptors().open.unwrap();
        let files: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        // Other tests of this process open and close a few meanwhile.
        let after = descriptors().open.unwrap();
        assert!(after + 25 > before + files.len() as u64, "{before} {after}");
    }
}
