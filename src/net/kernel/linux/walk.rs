//! Walks `/proc/PID/fd` for sockets; it looks at no other kind of file.

use std::mem::MaybeUninit;
use std::path::Path;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw, stat};
use rustix::io::Errno;
use rustix::path::DecInt;

/// Octets of a listing that come at a time: some 1,300 files.
const LISTING: usize = 32 * 1024;

/// Which processes hold which sockets.
#[derive(Debug)]
pub(super) struct Walk {
    /// A socket's inode and a process that holds it, in no order.
    pub(super) held: Vec<(u64, u32)>,
    /// True where every process could be looked into.
    pub(super) sees_all: bool,
}

impl Walk {
    /// Nobody was looked for.
    pub(super) fn none() -> Self {
        Walk { held: Vec::new(), sees_all: crate::net::kernel::by_root() }
    }

    /// Looks into every process that may be looked into.
    ///
    /// It does not stop at the first holder of a socket: a server and its workers share theirs.
    pub(super) fn through_all() -> Self {
        let mut buffer = vec![MaybeUninit::<u8>::uninit(); LISTING];
        let Ok(pids) = pids(&mut buffer) else { return Walk { held: Vec::new(), sees_all: false } };
        // Without process 1 in sight, /proc hides the processes of others (`hidepid`).
        let mut walk = Walk { held: Vec::new(), sees_all: pids.first() == Some(&1) };
        // This process has files: where it is told to have none, nothing is told (before Linux 6.2).
        let counts = open_files("self").is_some_and(|files| files > 0);
        for pid in pids {
            if counts && open_files(&pid.to_string()) == Some(0) {
                continue;
            }
            match look_into(pid, &mut buffer, &mut walk.held) {
                Ok(()) => {}
                // Gone since it was listed: it holds nothing.
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => walk.sees_all = false,
            }
        }
        walk
    }

    /// The same while another thread does something that takes less time: two that read the links of one process would wait for each
    /// other in the kernel.
    pub(super) fn beside<T: Send>(other: impl Fn() -> T + Sync) -> (T, Self) {
        std::thread::scope(|scope| match std::thread::Builder::new().spawn_scoped(scope, &other) {
            Ok(beside) => {
                let walk = Walk::through_all();
                (beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), walk)
            }
            // A system that has no thread to give has this one do both.
            Err(_) => (other(), Walk::through_all()),
        })
    }
}

/// How many files a process has open, which is the size of the folder of their links; nobody has to be allowed to open it. A kernel
/// thread has none.
fn open_files(pid: &str) -> Option<i64> {
    stat(Path::new(&format!("/proc/{pid}/fd"))).ok().map(|folder| folder.st_size)
}

fn look_into(pid: u32, buffer: &mut [MaybeUninit<u8>], held: &mut Vec<(u64, u32)>) -> Result<(), Errno> {
    let folder = open_folder(Path::new(&format!("/proc/{pid}/fd")))?;
    for file in numbers(&folder, buffer) {
        match socket_inode(&folder, file?) {
            Ok(inode) => held.extend(inode.map(|inode| (inode, pid))),
            // Closed since it was listed.
            Err(Errno::NOENT) => {}
            // Listed for root, whose links a process that is protected keeps to itself all the same.
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

fn open_folder(path: &Path) -> Result<OwnedFd, Errno> {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// The processes, rising.
fn pids(buffer: &mut [MaybeUninit<u8>]) -> Result<Vec<u32>, Errno> {
    let folder = open_folder(Path::new("/proc"))?;
    let mut pids = numbers(&folder, buffer).collect::<Result<Vec<_>, _>>()?;
    pids.sort_unstable();
    Ok(pids)
}

/// The entries of a folder whose names are numbers.
fn numbers<'b>(
    folder: &'b OwnedFd,
    buffer: &'b mut [MaybeUninit<u8>],
) -> impl Iterator<Item = Result<u32, Errno>> + 'b {
    let mut entries = RawDir::new(folder, buffer);
    std::iter::from_fn(move || {
        loop {
            let number =
                entries.next()?.map(|entry| entry.file_name().to_str().ok()?.parse().ok()).transpose();
            if number.is_some() {
                return number;
            }
        }
    })
}

/// The inode in a link as `socket:[12345]`; `None` for every other file.
fn socket_inode(folder: impl AsFd, file: u32) -> Result<Option<u64>, Errno> {
    let mut room = [MaybeUninit::<u8>::uninit(); 32];
    let (link, _) = readlinkat_raw(folder, DecInt::new(file), &mut room)?;
    let digits = link.strip_prefix(b"socket:[").and_then(|link| link.strip_suffix(b"]"));
    Ok(digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()))
}
