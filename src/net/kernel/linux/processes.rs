//! Finds the processes that hold sockets, by walking `/proc/PID/fd`; it looks at no other kind of file.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fs::File;
use std::mem::MaybeUninit;
use std::path::Path;

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};
use rustix::io::Errno;

use crate::event::ports::Owner;

/// Sockets that are wanted, and who was found to hold them.
pub(super) struct Holders {
    wanted: HashMap<u64, Vec<u32>>,
    owners: HashMap<u32, Owner>,
}

impl Holders {
    /// Asks for the holders of these inodes; 0 (no file) is left out.
    pub(super) fn of(inodes: impl IntoIterator<Item = u64>) -> Self {
        let wanted =
            inodes.into_iter().filter(|inode| *inode != 0).map(|inode| (inode, Vec::new())).collect();
        Holders { wanted, owners: HashMap::new() }
    }

    /// Looks into every process that may be looked into; true where that was all of them.
    ///
    /// The walk does not stop at the first holder of each: a server and its workers share their sockets.
    pub(super) fn walk(&mut self) -> bool {
        if self.wanted.is_empty() {
            return rustix::process::geteuid().is_root();
        }
        let mut buffer = vec![MaybeUninit::<u8>::uninit(); 32 * 1024];
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
        sees_all
    }

    /// Who holds the socket, by rising pid.
    pub(super) fn take(&mut self, inode: u64) -> Vec<Owner> {
        let pids = self.wanted.get(&inode).map(Vec::as_slice).unwrap_or_default();
        pids.iter().map(|pid| self.owners.entry(*pid).or_insert_with(|| owner(*pid)).clone()).collect()
    }

    fn look_into(&mut self, pid: u32, buffer: &mut [MaybeUninit<u8>]) -> Result<(), Errno> {
        let folder = open_folder(Path::new(&format!("/proc/{pid}/fd")))?;
        let mut files = RawDir::new(&folder, buffer);
        while let Some(file) = files.next() {
            let Ok(file) = file else { break };
            let Some(inode) = socket_inode(&folder, file.file_name()) else { continue };
            if let Some(pids) = self.wanted.get_mut(&inode)
                && pids.last() != Some(&pid)
            {
                pids.push(pid);
            }
        }
        Ok(())
    }
}

fn open_folder(path: &Path) -> Result<OwnedFd, Errno> {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// The numbered entries of /proc, rising.
fn pids(buffer: &mut [MaybeUninit<u8>]) -> Result<Vec<u32>, Errno> {
    let folder = open_folder(Path::new("/proc"))?;
    let mut entries = RawDir::new(&folder, buffer);
    let mut pids = Vec::new();
    while let Some(entry) = entries.next() {
        let pid: Option<u32> = entry?.file_name().to_str().ok().and_then(|name| name.parse().ok());
        pids.extend(pid);
    }
    pids.sort_unstable();
    Ok(pids)
}

/// The inode in a link as `socket:[12345]`; `None` for every other file.
fn socket_inode(folder: impl AsFd, name: &CStr) -> Option<u64> {
    if !name.to_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let mut room = [MaybeUninit::<u8>::uninit(); 32];
    let (link, _) = readlinkat_raw(folder, name, &mut room).ok()?;
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
}
