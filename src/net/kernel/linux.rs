//! Linux: the readings that the kernel gives an ordinary user, through socket options and `/proc`.

mod error_queue;
mod processes;
pub mod tables;
mod tcp_info;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr};

use super::{Filter, Handle, Table, interfaces, names};
use crate::event::Ends;
use crate::event::ports::{Owner, Socket};
use crate::event::tcp::{Protocol, SocketId};

pub(super) use error_queue::{next_icmp, watch_icmp};
pub(super) use tcp_info::{syn_resent, tcp_info};

use processes::Holders;
use tables::{Kind, Row};

pub(super) fn socket_id(socket: Handle<'_>) -> Option<SocketId> {
    let cookie = rustix::net::sockopt::socket_cookie(socket).ok()?;
    Some(SocketId { cookie: Some(cookie) })
}

pub(super) fn unread(socket: Handle<'_>) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(socket)?)
}

pub(super) fn first_unprivileged_port() -> Option<u16> {
    // A boundary of 65536 (nobody may) does not fit and is as good as unknown.
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").ok()?.trim().parse().ok()
}

pub(super) fn own_addresses() -> io::Result<Vec<IpAddr>> {
    interfaces::addresses()
}

pub(super) fn owners_of(inode: u64) -> Vec<Owner> {
    let mut holders = Holders::of([inode]);
    holders.walk();
    holders.take(inode)
}

pub(super) fn sockets(filter: &Filter) -> io::Result<Table> {
    let mut rows = Vec::new();
    each_row(&filter.protocols, |row| {
        let wanted =
            filter.port.is_none_or(|port| port == row.local.port()) && (!filter.listeners || row.waits());
        if wanted {
            rows.push(row);
        }
    })?;
    Ok(dress(rows, filter.owners))
}

pub(super) fn other_end(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Socket>> {
    let (local, peer) = (canonical(local), canonical(peer));
    let mut found = None;
    each_row(&[Protocol::Tcp], |row| {
        if row.local == peer && row.remote == local {
            found = Some(row);
        }
    })?;
    Ok(found.and_then(|row| dress(vec![row], true).sockets.pop()))
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Reads the tables of the protocols (none named: both) and calls `take` with every row.
fn each_row(protocols: &[Protocol], mut take: impl FnMut(Row)) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    for kind in Kind::ALL {
        if !protocols.is_empty() && !protocols.contains(&kind.protocol()) {
            continue;
        }
        buffer.clear();
        match File::open(kind.path()).and_then(|mut file| file.read_to_end(&mut buffer)) {
            Ok(_) => tables::rows(&buffer, kind).for_each(&mut take),
            // A kernel without IPv6 has no table for it.
            Err(error) if kind.is_v6() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Turns rows into facts: names, owners, reach.
fn dress(rows: Vec<Row>, owners: bool) -> Table {
    let mut holders = Holders::of(rows.iter().map(|row| row.inode));
    let mut sees_all = rustix::process::geteuid().is_root();
    if owners {
        sees_all = holders.walk();
    }
    let users = names::users();
    let sockets = rows.into_iter().map(|row| socket(&row, owners, &mut holders, &users)).collect();
    Table { sockets, sees_all, missing: Vec::new() }
}

fn socket(row: &Row, owners: bool, holders: &mut Holders, users: &HashMap<u32, String>) -> Socket {
    let protocol = row.kind.protocol();
    let held = if row.inode == 0 { Vec::new() } else { holders.take(row.inode) };
    // The kernel books a TIME_WAIT under user 0 (or, later, its maker): with no file there is no user to name.
    let uid = (row.inode != 0).then_some(row.uid);
    Socket {
        protocol,
        ends: if row.has_peer() { Ends::new(row.local, row.remote) } else { Ends::at(row.local) },
        state: row.state().to_owned(),
        dual_stack: None,
        recv_q: row.recv_q,
        send_q: row.send_q,
        inode: (row.inode != 0).then_some(row.inode),
        uid,
        user: uid.and_then(|uid| users.get(&uid).cloned()),
        owner_hidden: owners && row.inode != 0 && held.is_empty(),
        owners: held,
        reach: row.waits().then(|| super::reach(row.local.ip())),
        service: names::service(row.local.port(), protocol),
        timer: row.time_left(),
    }
}
