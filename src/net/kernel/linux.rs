//! Linux: the readings that the kernel gives an ordinary user, through socket options and `/proc`.

pub mod counters;
pub mod diag;
mod error_queue;
pub mod processes;
pub mod tables;
mod tcp_info;
pub mod unix;
mod walk;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rustix::net::RecvFlags;

use super::{Filter, Handle, Table, Taken, interfaces, names};
use crate::event::Ends;
use crate::event::ports::{LentPorts, Owner, Socket};
use crate::event::tcp::{Protocol, SocketId};

pub(super) use counters::counters;
pub(super) use error_queue::{next_icmp, watch_icmp};
pub(super) use tcp_info::{syn_resent, tcp_info};

use processes::Holders;
use tables::{Kind, Row};
use walk::Walk;

pub(super) fn socket_id(socket: Handle<'_>) -> Option<SocketId> {
    let cookie = rustix::net::sockopt::socket_cookie(socket).ok()?;
    Some(SocketId { cookie: Some(cookie) })
}

pub(super) fn unread(socket: Handle<'_>) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(socket)?)
}

pub(super) fn receive(socket: Handle<'_>, buffer: &mut [u8]) -> io::Result<Taken> {
    // With MSG_TRUNC the kernel tells how long the datagram was (recv(2)), whatever the buffer holds.
    let flags = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
    let (len, whole, from) = rustix::net::recvfrom(socket, buffer, flags)?;
    Ok(Taken {
        len,
        from: from.and_then(|from| SocketAddr::try_from(from).ok()),
        truncated: whole > len,
        lost: (whole > len).then(|| (whole - len) as u64),
    })
}

pub(super) fn first_unprivileged_port() -> Option<u16> {
    // A boundary of 65536 (nobody may) does not fit and is as good as unknown.
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?.trim().parse().ok()
}

/// ip(7), `ip_local_port_range`.
pub(super) fn lent_ports() -> Option<LentPorts> {
    range(&std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?)
}

fn range(text: &str) -> Option<LentPorts> {
    let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
    let (first, last) = (numbers.next()??, numbers.next()??);
    (first <= last).then_some(LentPorts { first, last })
}

pub(super) fn own_addresses() -> io::Result<Vec<IpAddr>> {
    interfaces::addresses()
}

pub(super) fn zones() -> io::Result<Vec<String>> {
    interfaces::zones()
}

pub(super) fn owners_of(inode: u64) -> Arc<[Owner]> {
    Holders::of([inode]).take(inode)
}

pub(super) fn process(pid: u32) -> Option<Owner> {
    processes::process(pid)
}

pub(super) fn unix_other_end(socket: Handle<'_>) -> io::Result<Option<Socket>> {
    unix::other_end(socket)
}

pub(super) fn sockets(filter: &Filter) -> io::Result<Table> {
    if filter.protocols == [Protocol::Unix] {
        return unix::sockets(filter);
    }
    if !filter.owners {
        return Ok(Table {
            sockets: facts(rows(filter)?),
            sees_all: Walk::none().sees_all,
            missing: Vec::new(),
        });
    }
    if filter.port.is_some() {
        let sockets = facts(rows(filter)?);
        let holders = Holders::of(inodes(&sockets));
        return Ok(owned(sockets, holders));
    }
    // Some socket will want its owner.
    let (sockets, walk) = Walk::beside(|| rows(filter).map(facts));
    let sockets = sockets?;
    let holders = Holders::found(walk);
    // One made after its process was looked into has nobody yet: those of processes that can be looked into are looked for again.
    let user = rustix::process::geteuid();
    let made_since = sockets.iter().any(|socket| {
        let seen = holders.sees_all || !user.is_root() && socket.uid == Some(user.as_raw());
        seen && socket.inode.is_some_and(|inode| !holders.know(inode))
    });
    let holders = if made_since { Holders::of(inodes(&sockets)) } else { holders };
    Ok(owned(sockets, holders))
}

/// The sockets that have a file.
fn inodes(sockets: &[Socket]) -> impl Iterator<Item = u64> {
    sockets.iter().filter_map(|socket| socket.inode)
}

fn rows(filter: &Filter) -> io::Result<Vec<Row>> {
    let wanted = |row: &Row| {
        filter.port.is_none_or(|port| port == row.local.port()) && (!filter.listeners || row.waits())
    };
    let mut rows = Vec::new();
    for kind in kinds(&filter.protocols) {
        let told = if filter.listeners { waiting(kind, &wanted).ok() } else { None };
        match told {
            Some(told) => rows.extend(told),
            None => rows.append(&mut whole(kind, &wanted)?),
        }
    }
    Ok(rows)
}

/// What netlink tells of sockets that wait; without a look at the connections, which may be many.
fn waiting(kind: Kind, wanted: &impl Fn(&Row) -> bool) -> io::Result<Vec<Row>> {
    let states = if kind.protocol() == Protocol::Tcp { diag::LISTENING } else { diag::UNCONNECTED };
    let mut rows = Vec::new();
    diag::each_row(kind, states, |row| rows.extend(Some(row).filter(wanted)))?;
    Ok(rows)
}

/// The whole table from `/proc`, with what netlink adds to it where it can be asked.
fn whole(kind: Kind, wanted: &impl Fn(&Row) -> bool) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    each_row(kind, &mut Vec::new(), |row| rows.extend(Some(row).filter(wanted)))?;
    let states = if kind.protocol() == Protocol::Tcp { diag::LISTENING_OR_BOUND } else { diag::UNCONNECTED };
    let mut told = HashMap::new();
    let asked = diag::each_row(kind, states, |row| {
        if wanted(&row) {
            told.insert(row.inode, row);
        }
    });
    if asked.is_err() {
        return Ok(rows);
    }
    for row in &mut rows {
        if let Some(told) = told.remove(&row.inode) {
            (row.queue_limit, row.dual_stack) = (told.queue_limit, told.dual_stack);
        }
    }
    rows.extend(told.into_values().filter(Row::is_bound_only));
    Ok(rows)
}

pub(super) fn other_end(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Socket>> {
    let (local, peer) = (canonical(local), canonical(peer));
    let mut found = None;
    let mut buffer = Vec::new();
    for kind in kinds(&[Protocol::Tcp]) {
        each_row(kind, &mut buffer, |row| {
            if row.local == peer && row.remote == local {
                found = Some(row);
            }
        })?;
    }
    Ok(found.and_then(|row| owned(facts(vec![row]), Holders::of([row.inode])).sockets.pop()))
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The tables of these protocols (none named: all).
fn kinds(protocols: &[Protocol]) -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| protocols.is_empty() || protocols.contains(&kind.protocol()))
}

/// Reads one table of `/proc` into the buffer and calls `take` with every row.
fn each_row(kind: Kind, buffer: &mut Vec<u8>, take: impl FnMut(Row)) -> io::Result<()> {
    buffer.clear();
    match File::open(kind.path()).and_then(|mut file| file.read_to_end(buffer)) {
        Ok(_) => tables::rows(buffer, kind).for_each(take),
        // A kernel without IPv6 has no table for it.
        Err(error) if kind.is_v6() && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Turns rows into facts: names, users, reach.
fn facts(rows: Vec<Row>) -> Vec<Socket> {
    let users = names::users();
    rows.iter().map(|row| socket(row, &users)).collect()
}

/// The sockets with the processes that hold them.
fn owned(mut sockets: Vec<Socket>, mut holders: Holders) -> Table {
    for socket in &mut sockets {
        if let Some(inode) = socket.inode {
            socket.owners = holders.take(inode);
            socket.owner_hidden = socket.owners.is_empty();
        }
    }
    Table { sockets, sees_all: holders.sees_all, missing: Vec::new() }
}

fn socket(row: &Row, users: &HashMap<u32, Arc<str>>) -> Socket {
    let protocol = row.kind.protocol();
    // The kernel books a TIME_WAIT under user 0 (or, later, its maker): with no file there is no user to name.
    let uid = (row.inode != 0).then_some(row.uid);
    Socket {
        protocol,
        ends: if row.has_peer() { Ends::new(row.local, row.remote) } else { Ends::at(row.local) },
        state: row.state().into(),
        dual_stack: row.dual_stack,
        recv_q: row.recv_q,
        send_q: row.send_q,
        queue_limit: row.queue_limit,
        inode: (row.inode != 0).then_some(row.inode),
        uid,
        user: uid.and_then(|uid| users.get(&uid).cloned()),
        owner_hidden: false,
        owners: Arc::default(),
        reach: row.waits().then(|| super::reach(row.local.ip())),
        service: names::service(row.local.port(), protocol),
        timer: row.time_left(),
        unix: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_numbers_in_order() {
        assert_eq!(range("32768\t60999\n"), Some(LentPorts { first: 32_768, last: 60_999 }));
        for wrong in ["", "1", "9 1", "a b", "0 70000"] {
            assert_eq!(range(wrong), None, "{wrong:?}");
        }
    }
}
