//! Finds the processes that hold sockets, by walking `/proc/PID/fd`; it looks at no other kind of file.

use std::collections::HashMap;
use std::fs::File;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::Errno;
use rustix::path::DecInt;

use crate::event::ports::Owner;

/// From so many open files of one process on a second thread reads their links while the first lists more of them:
/// starting it costs as much as some fifty links.
const SHARED: usize = 256;
/// Files that a thread takes at a time.
const SHARE: usize = 128;
/// Octets of a listing that come at a time: some 340 files, so that the second thread has something to read soon.
const LISTING: usize = 8 * 1024;

/// Sockets that are wanted, and who was found to hold them.
pub(super) struct Holders {
    /// Inodes, rising.
    wanted: Vec<u64>,
    /// A socket and a process that holds it, rising; each pair once.
    held: Vec<(u64, u32)>,
    owners: HashMap<u32, Owner>,
    /// The holders told last: neighbours in a table often share them.
    last: Option<(Vec<u32>, Arc<[Owner]>)>,
}

impl Holders {
    /// Asks for the holders of these inodes; 0 (no file) is left out.
    pub(super) fn of(inodes: impl IntoIterator<Item = u64>) -> Self {
        let mut wanted: Vec<u64> = inodes.into_iter().filter(|inode| *inode != 0).collect();
        wanted.sort_unstable();
        Holders { wanted, held: Vec::new(), owners: HashMap::new(), last: None }
    }

    /// Looks into every process that may be looked into; true where that was all of them.
    ///
    /// The walk does not stop at the first holder of each: a server and its workers share their sockets.
    pub(super) fn walk(&mut self) -> bool {
        if self.wanted.is_empty() {
            return rustix::process::geteuid().is_root();
        }
        let mut buffer = vec![MaybeUninit::<u8>::uninit(); LISTING];
        let Ok(pids) = pids(&mut buffer) else { return false };
        // Without process 1 in sight, /proc hides the processes of others (`hidepid`).
        let mut sees_all = pids.first() == Some(&1);
        for pid in pids {
            match self.look_into(pid, &mut buffer) {
                Ok(()) => {}
                // Gone since it was listed: it holds nothing.
                Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => sees_all = false,
            }
        }
        self.held.sort_unstable();
        self.held.dedup();
        sees_all
    }

    /// Who holds the socket, by rising pid; nobody holds 0.
    pub(super) fn take(&mut self, inode: u64) -> Arc<[Owner]> {
        let from = self.held.partition_point(|(held, _)| *held < inode);
        let pids = self.held[from..].iter().take_while(|(held, _)| *held == inode).map(|(_, pid)| *pid);
        if let Some((last, owners)) = &self.last
            && pids.clone().eq(last.iter().copied())
        {
            return Arc::clone(owners);
        }
        let pids: Vec<u32> = pids.collect();
        let owners: Arc<[Owner]> =
            pids.iter().map(|pid| self.owners.entry(*pid).or_insert_with(|| owner(*pid)).clone()).collect();
        self.last = Some((pids, Arc::clone(&owners)));
        owners
    }

    fn look_into(&mut self, pid: u32, buffer: &mut [MaybeUninit<u8>]) -> Result<(), Errno> {
        let folder = open_folder(Path::new(&format!("/proc/{pid}/fd")))?;
        for inode in sockets(&folder, buffer)? {
            if self.wanted.binary_search(&inode).is_ok() {
                self.held.push((inode, pid));
            }
        }
        Ok(())
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

/// The inodes of the sockets among the open files of a process.
fn sockets(folder: &OwnedFd, buffer: &mut [MaybeUninit<u8>]) -> Result<Vec<u64>, Errno> {
    let inodes = |files: Vec<u32>| files.into_iter().filter_map(|file| socket_inode(folder, file));
    let mut files = numbers(folder, buffer);
    let first: Vec<u32> = files.by_ref().take(SHARED).collect::<Result<_, _>>()?;
    if first.len() < SHARED {
        return Ok(inodes(first).collect());
    }
    let (sender, shares) = channel();
    let shares = Mutex::new(shares);
    let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    let read = || std::iter::from_fn(next).flat_map(inodes).collect::<Vec<u64>>();
    std::thread::scope(|scope| {
        // A system that has no thread to give has this one do it all.
        let other = std::thread::Builder::new().spawn_scoped(scope, read).ok();
        let mut share = first;
        let listed = loop {
            // Its receiver outlives it.
            let _ = sender.send(share);
            match files.by_ref().take(SHARE).collect::<Result<Vec<u32>, _>>() {
                Ok(more) if more.is_empty() => break Ok(()),
                Ok(more) => share = more,
                Err(errno) => break Err(errno),
            }
        };
        drop(sender);
        // What waits is shared by both.
        let mut found = read();
        let others = other.map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.extend(others.into_iter().flatten());
        listed.map(|()| found)
    })
}

/// The inode in a link as `socket:[12345]`; `None` for every other file.
fn socket_inode(folder: impl AsFd, file: u32) -> Option<u64> {
    let mut room = [MaybeUninit::<u8>::uninit(); 32];
    let (link, _) = readlinkat_raw(folder, DecInt::new(file), &mut room).ok()?;
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A process by its number; `None` where there is none, or none that may be seen.
pub(super) fn process(pid: u32) -> Option<Owner> {
    Path::new(&format!("/proc/{pid}")).exists().then(|| owner(pid))
}

/// What is known of a process; one that ended meanwhile keeps its number.
fn owner(pid: u32) -> Owner {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let command = match command(&line) {
        command if command.is_empty() => short_name(pid),
        command => command,
    };
    Owner { pid, command, stopped: stopped(pid) }
}

/// Arguments, each ended by NUL, joined by spaces.
pub fn command(line: &[u8]) -> String {
    let end = line.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let joined: Vec<u8> = line[..end].iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    String::from_utf8_lossy(&joined).into_owned()
}

fn short_name(pid: u32) -> String {
    let name = std::fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    String::from_utf8_lossy(name.trim_ascii_end()).into_owned()
}

fn stopped(pid: u32) -> bool {
    use std::io::Read as _;
    let mut head = [0; 128];
    let len = File::open(format!("/proc/{pid}/stat")).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    is_stopped(&head[..len])
}

/// The state is the letter after the name, and the name may hold brackets and spaces: the last `)` ends it.
pub fn is_stopped(stat: &[u8]) -> bool {
    let after = stat.iter().rposition(|byte| *byte == b')').map_or(0, |at| at + 2);
    matches!(stat.get(after), Some(b'T' | b't'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_its_arguments_joined_by_spaces() {
        assert_eq!(command(b"node\0server.js\0--port\0\x003000\0"), "node server.js --port  3000");
        assert_eq!(command(b""), "");
        assert_eq!(command(b"\0\0"), "");
    }

    #[test]
    fn a_name_with_brackets_does_not_hide_the_state() {
        assert!(is_stopped(b"12 (a) T) T 1 12"));
        assert!(is_stopped(b"12 (node) t 1"));
        assert!(!is_stopped(b"12 (a) T) S 1 12"));
        assert!(!is_stopped(b""));
    }

    #[test]
    fn this_process_holds_its_own_listener() {
        use std::os::fd::AsRawFd as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let link = std::fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
        let inode = link.to_str().unwrap().strip_prefix("socket:[").unwrap().strip_suffix(']').unwrap();
        let inode = inode.parse().unwrap();
        let mut holders = Holders::of([inode, 0]);
        holders.walk();
        let owners = holders.take(inode);
        assert!(owners.iter().any(|owner| owner.pid == std::process::id() && !owner.stopped), "{owners:?}");
    }

    #[test]
    fn a_process_with_many_open_files_is_read_whole() {
        use std::os::fd::AsRawFd as _;
        let held: Vec<_> =
            (0..SHARED + 1).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let inodes = held.iter().map(|socket| {
            let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
            let link = link.to_str().unwrap().to_owned();
            link.strip_prefix("socket:[").unwrap().strip_suffix(']').unwrap().parse().unwrap()
        });
        let inodes: Vec<u64> = inodes.collect();
        let mut holders = Holders::of(inodes.iter().copied());
        holders.walk();
        for inode in inodes {
            let owners = holders.take(inode);
            assert!(owners.iter().any(|owner| owner.pid == std::process::id()), "{inode}: {owners:?}");
        }
        assert!(holders.take(0).is_empty());
    }
}
