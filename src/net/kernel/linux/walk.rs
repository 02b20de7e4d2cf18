//! Walks `/proc/PID/fd` for sockets, with two threads; it looks at no other kind of file.

use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::Errno;
use rustix::path::DecInt;

/// Files whose links are read at a time.
const SHARE: usize = 128;
/// Shares that wait for the other thread: each holds a folder open.
const WAITING: usize = 8;
/// Octets of a listing that come at a time: some 340 files, so that the other thread has something to read soon.
const LISTING: usize = 8 * 1024;

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
        Walk { held: Vec::new(), sees_all: rustix::process::geteuid().is_root() }
    }

    /// Looks into every process that may be looked into, while this thread does something else first and helps then.
    ///
    /// It does not stop at the first holder of a socket: a server and its workers share theirs.
    pub(super) fn beside<T>(first: impl FnOnce() -> T) -> (T, Self) {
        let (sender, shares) = sync_channel(WAITING);
        let shares = Mutex::new(shares);
        std::thread::scope(|scope| {
            match std::thread::Builder::new().spawn_scoped(scope, || list(sender, &shares)) {
                Ok(other) => {
                    let done = first();
                    let mut held = read(&shares);
                    let mut walk = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                    walk.held.append(&mut held);
                    (done, walk)
                }
                // A system that has no thread to give has this one do it all.
                Err(_) => {
                    let (sender, shares) = sync_channel(0);
                    (first(), list(sender, &Mutex::new(shares)))
                }
            }
        })
    }
}

/// Some files of a process, whose links are to be read.
struct Share {
    pid: u32,
    folder: Arc<OwnedFd>,
    files: Vec<u32>,
}

impl Share {
    fn read(self, held: &mut Vec<(u64, u32)>) {
        let inodes = self.files.iter().filter_map(|file| socket_inode(&self.folder, *file));
        held.extend(inodes.map(|inode| (inode, self.pid)));
    }
}

/// Reads the shares that the other thread listed, until it has listed all.
fn read(shares: &Mutex<Receiver<Share>>) -> Vec<(u64, u32)> {
    let mut held = Vec::new();
    let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    while let Some(share) = next() {
        share.read(&mut held);
    }
    held
}

/// Lists the files of all processes, and reads those that find no place among the shares.
fn list(sender: SyncSender<Share>, shares: &Mutex<Receiver<Share>>) -> Walk {
    let mut buffer = vec![MaybeUninit::<u8>::uninit(); LISTING];
    let Ok(pids) = pids(&mut buffer) else { return Walk { held: Vec::new(), sees_all: false } };
    // Without process 1 in sight, /proc hides the processes of others (`hidepid`).
    let mut walk = Walk { held: Vec::new(), sees_all: pids.first() == Some(&1) };
    for pid in pids {
        match look_into(pid, &mut buffer, &sender, &mut walk.held) {
            Ok(()) => {}
            // Gone since it was listed: it holds nothing.
            Err(Errno::NOENT | Errno::SRCH) => {}
            Err(_) => walk.sees_all = false,
        }
    }
    drop(sender);
    // What waits is shared by both.
    walk.held.append(&mut read(shares));
    walk
}

fn look_into(
    pid: u32,
    buffer: &mut [MaybeUninit<u8>],
    sender: &SyncSender<Share>,
    held: &mut Vec<(u64, u32)>,
) -> Result<(), Errno> {
    let folder = Arc::new(open_folder(Path::new(&format!("/proc/{pid}/fd")))?);
    let mut files = numbers(&folder, buffer);
    loop {
        let some: Vec<u32> = files.by_ref().take(SHARE).collect::<Result<_, _>>()?;
        if some.is_empty() {
            return Ok(());
        }
        let share = Share { pid, folder: Arc::clone(&folder), files: some };
        match sender.try_send(share) {
            Ok(()) => {}
            Err(TrySendError::Full(share) | TrySendError::Disconnected(share)) => share.read(held),
        }
    }
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
fn socket_inode(folder: impl AsFd, file: u32) -> Option<u64> {
    let mut room = [MaybeUninit::<u8>::uninit(); 32];
    let (link, _) = readlinkat_raw(folder, DecInt::new(file), &mut room).ok()?;
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
