//! Walks `/proc/PID/fd` for sockets; it looks at no other kind of file.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw, stat};
use rustix::io::Errno;

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
        Queue::of_all().work()
    }

    /// The same, helped by a thread that does something else first.
    pub(super) fn beside<T: Send>(other: impl Fn() -> T + Sync) -> (T, Self) {
        let queue = Queue::of_all();
        let both = || (other(), queue.work());
        std::thread::scope(|scope| match std::thread::Builder::new().spawn_scoped(scope, both) {
            Ok(beside) => {
                let walk = queue.work();
                let (other, rest) = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                (other, walk.and(rest))
            }
            // A system that has no thread to give has this one do both.
            Err(_) => both(),
        })
    }

    fn and(mut self, mut other: Walk) -> Self {
        self.held.append(&mut other.held);
        Walk { held: self.held, sees_all: self.sees_all && other.sees_all }
    }
}

/// Processes to look into, each taken once, by any thread.
struct Queue {
    pids: Vec<u32>,
    taken: AtomicUsize,
    /// False where not every process was listed.
    whole: bool,
}

impl Queue {
    /// Every process that has files open, or may have: those with most first, so that two threads end at about the same time. One
    /// process is not shared: who reads its links waits for whoever else does.
    fn of_all() -> Self {
        let Ok(mut pids) = pids() else { return Queue { pids: Vec::new(), taken: 0.into(), whole: false } };
        // Without process 1 in sight, /proc hides the processes of others (`hidepid`).
        let whole = pids.first() == Some(&1);
        // This process has files: where it is told to have none, nothing is told (before Linux 6.2).
        if open_files("self").is_some_and(|files| files > 0) {
            let counted = pids.into_iter().map(|pid| (open_files(&pid.to_string()), pid));
            let mut counted: Vec<_> = counted.filter(|(files, _)| *files != Some(0)).collect();
            counted.sort_unstable_by(|one, other| other.cmp(one));
            pids = counted.into_iter().map(|(_, pid)| pid).collect();
        }
        Queue { pids, taken: 0.into(), whole }
    }

    /// Looks into one process after another until all are taken.
    fn work(&self) -> Walk {
        let mut walk = Walk { held: Vec::new(), sees_all: self.whole };
        let mut buffer = vec![MaybeUninit::<u8>::uninit(); LISTING];
        while let Some(pid) = self.pids.get(self.taken.fetch_add(1, Ordering::Relaxed)) {
            match look_into(*pid, &mut buffer, &mut walk.held) {
                Ok(()) => {}
                // Gone since it was listed: it holds nothing.
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => walk.sees_all = false,
            }
        }
        walk
    }
}

/// How many files a process has open, which is the size of the folder of their links; nobody has to be allowed to open it. A kernel
/// thread has none.
fn open_files(pid: &str) -> Option<i64> {
    stat(Path::new(&format!("/proc/{pid}/fd"))).ok().map(|folder| folder.st_size)
}

fn look_into(pid: u32, buffer: &mut [MaybeUninit<u8>], held: &mut Vec<(u64, u32)>) -> Result<(), Errno> {
    let folder = open_folder(Path::new(&format!("/proc/{pid}/fd")))?;
    let mut files = RawDir::new(&folder, buffer);
    while let Some(file) = files.next().transpose()? {
        // Not the folder itself, nor the one above it.
        if file.file_name().to_bytes().starts_with(b".") {
            continue;
        }
        match socket_inode(&folder, file.file_name()) {
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
fn pids() -> Result<Vec<u32>, Errno> {
    let folder = open_folder(Path::new("/proc"))?;
    let mut buffer = [MaybeUninit::uninit(); LISTING / 4];
    let mut entries = RawDir::new(&folder, &mut buffer);
    let mut pids = Vec::new();
    while let Some(entry) = entries.next().transpose()? {
        pids.extend(entry.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok()));
    }
    pids.sort_unstable();
    Ok(pids)
}

/// The inode in a link as `socket:[12345]`; `None` for every other file.
fn socket_inode(folder: impl AsFd, file: &CStr) -> Result<Option<u64>, Errno> {
    let mut room = [MaybeUninit::<u8>::uninit(); 32];
    let (link, _) = readlinkat_raw(folder, file, &mut room)?;
    let digits = link.strip_prefix(b"socket:[").and_then(|link| link.strip_suffix(b"]"));
    Ok(digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()))
}
