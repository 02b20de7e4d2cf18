//! Reads Unix sockets: from netlink (`sock_diag(7)`), which knows the other end and the file of each; where that is not to
//! be had, from `/proc/net/unix`, which knows neither.
//!
//! Both show the sockets of this network namespace alone, though a path reaches across namespaces. It connects to nothing.

use std::collections::HashMap;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::net::AddressFamily;

use super::diag::{ask, u16_at, u32_at};
use super::processes::Holders;
use crate::event::ports::{Reach, Socket};
use crate::event::tcp::Protocol;
use crate::event::unix::{SocketType, UnixSocket};
use crate::event::{Address, Ends};
use crate::net::kernel::{Filter, Handle, Table, files, names};

/// `UDIAG_SHOW_NAME`, `_VFS`, `_PEER`, `_RQLEN`, `_UID`.
const SHOW: u32 = 0x01 | 0x02 | 0x04 | 0x10 | 0x40;
/// `struct unix_diag_msg`.
const MESSAGE: usize = 16;
/// States, as TCP numbers them: what a Unix socket that is connected, closed or listening is shown as.
const ESTABLISHED: u8 = 1;
const LISTENS: u8 = 10;

/// One Unix socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    kind: u16,
    listens: bool,
    connected: bool,
    /// 0: no program has it (a connection that waits to be accepted).
    inode: u64,
    /// As bound; an abstract name begins with NUL.
    name: Vec<u8>,
    /// Device and inode of its file.
    file: Option<(u64, u64)>,
    peer: Option<u64>,
    /// For a listener: connections that wait; else octets unread.
    recv_q: u64,
    /// For a listener: the limit of those; else what the peer has not read, with the kernel's own overhead.
    send_q: Option<u64>,
    uid: Option<u32>,
}

/// The Unix sockets that are wanted.
///
/// # Errors
/// The system's, where neither source can be read.
pub(super) fn sockets(filter: &Filter) -> io::Result<Table> {
    let mut rows = rows()?;
    rows.retain(|row| !filter.listeners || matches!(state(row), "LISTEN" | "UNCONNECTED"));
    let mut holders = Holders::of(rows.iter().filter(|_| filter.owners).map(|row| row.inode));
    let users = names::users();
    let sockets = rows.iter().map(|row| socket(row, filter.owners, &mut holders, &users)).collect();
    Ok(Table { sockets, sees_all: holders.sees_all, missing: Vec::new() })
}

/// The other end of our connection, where the kernel tells which that is.
///
/// # Errors
/// The system's.
pub(super) fn other_end(own: Handle<'_>) -> io::Result<Option<Socket>> {
    let inode = rustix::fs::fstat(own)?.st_ino;
    let rows = told()?;
    let Some(own) = rows.iter().find(|row| row.inode == inode) else { return Ok(None) };
    let Some(peer) = own.peer else { return Ok(None) };
    if peer == 0 {
        // It has no file: it waits in the accept queue. What was sent to it waits with it, uncounted in octets.
        let unread = u64::from(own.send_q.is_some_and(|held| held > 0));
        let row = Row { kind: own.kind, connected: true, recv_q: unread, ..Row::default() };
        return Ok(Some(socket(&row, true, &mut Holders::of([]), &HashMap::new())));
    }
    let Some(row) = rows.iter().find(|row| row.inode == peer) else { return Ok(None) };
    Ok(Some(socket(row, true, &mut Holders::of([peer]), &names::users())))
}

fn rows() -> io::Result<Vec<Row>> {
    match told() {
        Ok(rows) => Ok(rows),
        Err(_) => Ok(listed(&std::fs::read("/proc/net/unix")?)),
    }
}

fn socket(row: &Row, owners: bool, holders: &mut Holders, users: &HashMap<u32, Arc<str>>) -> Socket {
    let held = holders.take(row.inode);
    let waits = matches!(state(row), "LISTEN" | "UNCONNECTED");
    let (file, unlinked) = file(row);
    Socket {
        protocol: Protocol::Unix,
        ends: Ends { local: shown(&row.name).map(Address::Path), peer: None },
        state: state(row).into(),
        dual_stack: None,
        recv_q: row.recv_q,
        send_q: if row.listens { 0 } else { row.send_q.unwrap_or(0) },
        queue_limit: row.send_q.filter(|_| row.listens),
        inode: (row.inode != 0).then_some(row.inode),
        uid: row.uid,
        user: row.uid.and_then(|uid| users.get(&uid).cloned()),
        owner_hidden: owners && row.inode != 0 && held.is_empty(),
        owners: held,
        reach: waits.then_some(Reach::ThisMachine),
        service: None,
        timer: None,
        unix: Some(Box::new(UnixSocket {
            kind: match row.kind {
                2 => SocketType::Datagram,
                5 => SocketType::Seqpacket,
                _ => SocketType::Stream,
            },
            is_abstract: row.name.first() == Some(&0),
            file,
            file_inode: row.file.map(|(_, inode)| inode),
            unlinked,
        })),
    }
}

fn state(row: &Row) -> &'static str {
    let datagrams = row.kind == 2;
    if row.listens {
        "LISTEN"
    } else if datagrams && row.peer.is_some_and(|peer| peer != 0) {
        "CONNECTED"
    } else if row.connected {
        if datagrams { "CONNECTED" } else { "ESTABLISHED" }
    } else if row.name.is_empty() {
        "UNBOUND"
    } else if datagrams {
        "UNCONNECTED"
    } else {
        "BOUND"
    }
}

/// What is at its path now, and whether that is no longer this socket's file. A relative path says nothing here: it
/// counts from the folder that its program was in.
fn file(row: &Row) -> (Option<crate::event::unix::PathFacts>, bool) {
    if row.name.first() != Some(&b'/') {
        return (None, false);
    }
    let path = Path::new(std::ffi::OsStr::from_bytes(&row.name));
    let now = std::fs::symlink_metadata(path).ok().map(|facts| facts.ino());
    let unlinked = match row.file {
        // The number of a device is written differently in both places; that of the inode is the same.
        Some((_, inode)) => now != Some(inode),
        None => now.is_none(),
    };
    (Some(files::look(path)), unlinked)
}

/// A name as people write it: an abstract one behind `@`; `None` without one.
fn shown(name: &[u8]) -> Option<String> {
    match name {
        [] => None,
        [0, rest @ ..] => Some(format!("@{}", String::from_utf8_lossy(rest).replace('\0', "@"))),
        path => Some(String::from_utf8_lossy(path).into_owned()),
    }
}

/// What netlink tells: every Unix socket.
fn told() -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    // `struct unix_diag_req`: family, protocol, padding, states, inode, what to show, cookie.
    let mut request = [0; 24];
    // The number is below 256.
    request[0] = AddressFamily::UNIX.as_raw() as u8;
    request[4..8].copy_from_slice(&u32::MAX.to_ne_bytes());
    request[12..16].copy_from_slice(&SHOW.to_ne_bytes());
    ask(&request, |message| rows.extend(row(message)))?;
    Ok(rows)
}

/// `struct unix_diag_msg` and its attributes.
pub fn row(message: &[u8]) -> Option<Row> {
    let state = *message.get(2)?;
    let mut row = Row {
        kind: u16::from(*message.get(1)?),
        listens: state == LISTENS,
        connected: state == ESTABLISHED,
        inode: u32_at(message, 4)?.into(),
        ..Row::default()
    };
    let mut attributes = message.get(MESSAGE..)?;
    while let (Some(len), Some(name)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        let len = usize::from(len).max(4);
        let value = attributes.get(4..len).unwrap_or_default();
        let number = |at| u32_at(value, at).map(u64::from);
        match name {
            // UNIX_DIAG_NAME, _VFS (inode, device), _PEER, _RQLEN, _UID.
            0 => row.name = trimmed(value).to_vec(),
            1 => row.file = number(4).zip(number(0)),
            2 => row.peer = number(0),
            4 => (row.recv_q, row.send_q) = (number(0)?, number(4)),
            7 => row.uid = u32_at(value, 0),
            _ => {}
        }
        attributes = attributes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(row)
}

/// A path ends at its NUL; an abstract name may hold some.
fn trimmed(name: &[u8]) -> &[u8] {
    match name.first() {
        Some(0) | None => name,
        Some(_) => name.split(|octet| *octet == 0).next().unwrap_or_default(),
    }
}

/// Rows of `/proc/net/unix`: address, references, protocol, flags, type, state, inode, path. A line that is none is skipped:
/// a path may hold line ends.
pub fn listed(table: &[u8]) -> Vec<Row> {
    table.split(|octet| *octet == b'\n').skip(1).filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Row> {
    let mut rest = line;
    let mut field = || -> Option<&str> {
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|octet| *octet == b' ').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        std::str::from_utf8(word).ok().filter(|word| !word.is_empty())
    };
    let (_, _, _) = (field()?.strip_suffix(':')?, field()?, field()?);
    let flags = u32::from_str_radix(field()?, 16).ok()?;
    let kind = u16::from_str_radix(field()?, 16).ok()?;
    let state = field()?;
    let inode = field()?.parse().ok()?;
    let mut name = rest.strip_prefix(b" ").unwrap_or_default().to_vec();
    if let [b'@', ..] = name.as_slice() {
        name[0] = 0;
    }
    // `__SO_ACCEPTCON`; SS_CONNECTING (02) is a connection that no program has, SS_CONNECTED (03) one that a program has.
    let listens = flags & 0x1_0000 != 0;
    Some(Row {
        kind,
        listens,
        connected: matches!(state, "02" | "03") && !listens,
        inode,
        name,
        ..Row::default()
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use proptest::prelude::*;

    use super::*;

    fn at(path: &Path) -> Vec<Socket> {
        let filter = Filter { owners: true, ..Filter::default() };
        let wanted = Some(Address::Path(path.display().to_string()));
        sockets(&filter).unwrap().sockets.into_iter().filter(|socket| socket.ends.local == wanted).collect()
    }

    #[test]
    fn a_listener_is_found_with_its_file_its_queue_and_this_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).unwrap();
        let found = at(&path);
        let listening: Vec<&Socket> = found.iter().filter(|socket| socket.state == "LISTEN").collect();
        let [one] = listening[..] else { panic!("{found:?}") };
        assert_eq!(one.recv_q, 1);
        assert!(one.queue_limit.is_some() && one.reach == Some(Reach::ThisMachine));
        assert!(one.owners.iter().any(|owner| owner.pid == std::process::id()), "{one:?}");
        let unix = one.unix.as_ref().unwrap();
        assert!(!unix.unlinked && unix.kind == SocketType::Stream && !unix.is_abstract);
        assert!(unix.file.as_ref().unwrap().ours);
        std::fs::remove_file(&path).unwrap();
        assert!(at(&path).iter().all(|socket| socket.unix.as_ref().unwrap().unlinked));
        drop((client, listener));
        assert!(at(&path).is_empty());
    }

    #[test]
    fn the_other_end_is_found_before_and_after_it_was_accepted() {
        use std::io::Write as _;
        use std::os::fd::AsFd as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        client.write_all(b"hello").unwrap();
        let other = other_end(client.as_fd()).unwrap().unwrap();
        assert_eq!((other.inode, other.recv_q > 0), (None, true), "{other:?}");
        let (server, _) = listener.accept().unwrap();
        let other = other_end(client.as_fd()).unwrap().unwrap();
        assert_eq!(other.recv_q, 5);
        assert!(other.owners.iter().any(|owner| owner.pid == std::process::id()), "{other:?}");
        drop(server);
    }

    #[test]
    fn proc_tells_the_same_in_its_own_way() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a b.sock"), folder.path().join("d.sock"));
        let _listener = UnixListener::bind(&path).unwrap();
        let _datagrams = UnixDatagram::bind(&other).unwrap();
        let rows = listed(&std::fs::read("/proc/net/unix").unwrap());
        let state_of = |path: &Path| {
            let found: Vec<&Row> =
                rows.iter().filter(|row| row.name == path.as_os_str().as_bytes()).collect();
            found.iter().map(|row| state(row)).collect::<Vec<_>>()
        };
        assert_eq!(state_of(&path), ["LISTEN"]);
        assert_eq!(state_of(&other), ["UNCONNECTED"]);
        assert_eq!(
            shown(&line(b"0000: 00000002 00000000 00010000 0001 01 7 @name").unwrap().name),
            Some("@name".to_owned())
        );
    }

    proptest! {
        #[test]
        fn any_answer_and_any_line_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = row(&bytes);
            let _ = listed(&bytes);
        }
    }
}
