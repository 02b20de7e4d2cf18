//! Processes: who they are, and which of them hold a socket.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::walk::Walk;
use crate::event::ports::Owner;

/// Who holds which socket.
pub(super) struct Holders {
    /// A socket and a process that holds it, rising; each pair once.
    held: Vec<(u64, u32)>,
    /// True where every process could be looked into.
    pub(super) sees_all: bool,
    owners: HashMap<u32, Owner>,
    /// The holders told last: neighbours in a table often share them.
    last: Option<(Vec<u32>, Arc<[Owner]>)>,
}

impl Holders {
    /// Looks for the holders of all sockets, where one of these has a file (0: none).
    pub(super) fn of(inodes: impl IntoIterator<Item = u64>) -> Self {
        let wanted = inodes.into_iter().any(|inode| inode != 0);
        Holders::found(if wanted { Walk::through_all() } else { Walk::none() })
    }

    /// The holders that a walk found.
    pub(super) fn found(walk: Walk) -> Self {
        let Walk { mut held, sees_all } = walk;
        held.sort_unstable();
        held.dedup();
        Holders { held, sees_all, owners: HashMap::new(), last: None }
    }

    /// Whether somebody holds the socket.
    pub(super) fn know(&self, inode: u64) -> bool {
        self.held.binary_search_by_key(&inode, |(held, _)| *held).is_ok()
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
        let owners = holders.take(inode);
        assert!(owners.iter().any(|owner| owner.pid == std::process::id() && !owner.stopped), "{owners:?}");
    }

    #[test]
    fn a_process_with_many_open_files_is_read_whole() {
        use std::os::fd::AsRawFd as _;
        let _alone = crate::net::kernel::room::tests::many_files();
        let held: Vec<_> = (0..2_000).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let inodes = held.iter().map(|socket| {
            let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
            let link = link.to_str().unwrap().to_owned();
            link.strip_prefix("socket:[").unwrap().strip_suffix(']').unwrap().parse().unwrap()
        });
        let inodes: Vec<u64> = inodes.collect();
        let mut holders = Holders::of(inodes.iter().copied());
        for inode in inodes {
            let owners = holders.take(inode);
            assert!(owners.iter().any(|owner| owner.pid == std::process::id()), "{inode}: {owners:?}");
        }
        assert!(holders.take(0).is_empty());
    }
}
