//! Reads the machine's socket table: once, or again and again to see what changes.
//!
//! It disturbs nobody: it connects to nothing and binds nothing, but where [`probe`] or [`attempt`] is asked for.

pub mod attempt;
pub mod probe;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::NetError;
use super::kernel::{self, Filter, Table};
use super::tcp::families;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::ports::{
    Socket, SocketAppeared, SocketChanged, SocketFound, SocketVanished, SocketsCounted,
};
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Address, Layer, Side};

/// What is wanted of the table.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only this own port, with whatever uses it; `None`: every port.
    pub port: Option<u16>,
    /// Connections too, with their states (a single port shows them anyway).
    pub all: bool,
    /// Empty: TCP and UDP. Unix sockets are listed alone.
    pub protocols: Vec<Protocol>,
    /// Time between two looks of [`watch`].
    pub interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { port: None, all: false, protocols: Vec::new(), interval: Duration::from_millis(500) }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows in the listing.
    pub shown: u64,
    /// Rows among them whose owner may not be seen by this user.
    pub hidden: u64,
    /// Rows among them that listen, or are bound and take datagrams.
    pub listeners: u64,
    /// False where a process could not be looked into.
    pub sees_all: bool,
    /// What this system's table lacks.
    pub missing: Vec<String>,
}

/// Lists the sockets: a `socket_found` each, by rising port, then `sockets_counted`; of one port also `families_differ` where
/// localhost may lead to two servers.
///
/// # Errors
/// [`NetError::Table`] where the system's table cannot be read.
pub async fn list(options: &Options, recorder: &Recorder) -> Result<Summary, NetError> {
    let table = look(options)?;
    let pair = match options.port {
        // Where at most one socket listens the name need not be looked up.
        Some(port) if table.sockets.iter().filter(|socket| socket.listens()).count() > 1 => {
            families::at_localhost(port, &table.sockets, localhost().await)
        }
        Some(_) | None => None,
    };
    let summary = show(options, table, recorder);
    if let Some(pair) = pair {
        recorder.on(Side::Observer, Layer::Kernel).emit(pair);
    }
    Ok(summary)
}

/// What the name localhost stands for, as other programs are told by the system; nothing where it does not say. As a
/// rule it asks no server for that name (RFC 6761 section 6.3).
pub(super) async fn localhost() -> Vec<IpAddr> {
    let found = tokio::net::lookup_host(("localhost", 0)).await;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.into_iter().flatten().map(|address| address.ip()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// Lists the sockets, then looks again every interval and tells what appeared, changed and vanished, until `cancel`.
///
/// What comes and goes between two looks is not seen.
///
/// # Errors
/// [`NetError::Table`] where the system's table cannot be read.
pub async fn watch(
    options: &Options,
    recorder: &Recorder,
    cancel: &CancellationToken,
) -> Result<Summary, NetError> {
    let table = look(options)?;
    let mut before = keyed(table.sockets.clone());
    let mut summary = show(options, table, recorder);
    let mut looks = tokio::time::interval(options.interval.max(Duration::from_millis(1)));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks.tick().await;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return Ok(summary),
            _ = looks.tick() => {}
        }
        let table = look(options)?;
        summary = summarise(&table);
        before = tell(before, table.sockets, recorder);
    }
}

fn look(options: &Options) -> Result<Table, NetError> {
    let filter = Filter {
        protocols: options.protocols.clone(),
        port: options.port,
        listeners: !options.all && options.port.is_none(),
        owners: true,
    };
    let mut table = kernel::sockets(&filter).map_err(|error| unreadable(options, error))?;
    table.sockets.sort_by_cached_key(order);
    Ok(table)
}

/// By port; within it listeners first, TCP before UDP, IPv4 before IPv6.
fn order(socket: &Socket) -> (Option<u16>, bool, bool, Option<SocketAddr>, Option<SocketAddr>, String) {
    let local = socket.local();
    let udp = socket.protocol == Protocol::Udp;
    // Unix sockets have neither: they stand by their paths.
    let path = match &socket.ends.local {
        Some(Address::Path(path)) => path.clone(),
        Some(Address::Inet(_)) | None => String::new(),
    };
    (local.map(|local| local.port()), !socket.listens(), udp, local, socket.peer(), path)
}

fn unreadable(options: &Options, error: io::Error) -> NetError {
    let target = match options.port {
        Some(port) => format!("the socket table, port {port}"),
        None => "the socket table".to_owned(),
    };
    let failed = Failed {
        phase: Phase::Table,
        kind: FailureKind::TableUnreadable,
        target,
        address: None,
        errno: error.raw_os_error(),
        seen_by: Side::Observer,
        evidence: vec![Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

fn summarise(table: &Table) -> Summary {
    let count = |test: fn(&Socket) -> bool| table.sockets.iter().filter(|socket| test(socket)).count() as u64;
    Summary {
        shown: table.sockets.len() as u64,
        hidden: count(|socket| socket.owner_hidden),
        listeners: count(|socket| socket.listens() || socket.state == "BOUND"),
        sees_all: table.sees_all,
        missing: table.missing.clone(),
    }
}

/// Tells every row, then their count.
fn show(options: &Options, table: Table, recorder: &Recorder) -> Summary {
    let summary = summarise(&table);
    let found = table.sockets.into_iter().map(|socket| SocketFound { socket });
    recorder.on(Side::Observer, Layer::Kernel).emit_all(found);
    recorder.on(Side::Observer, Layer::Kernel).emit(SocketsCounted {
        shown: summary.shown,
        hidden: summary.hidden,
        port: options.port,
        listeners: summary.listeners,
        lent: options.port.and_then(kernel::lends),
        sees_all: summary.sees_all,
        by_root: kernel::by_root(),
        unix: options.protocols == [Protocol::Unix],
        missing: summary.missing.clone(),
    });
    summary
}

/// What makes two rows of two looks the same socket. A connection is its two ends, also when it loses its file
/// (TIME_WAIT) or gets one (accepted); listeners may share their address and are told apart by their file.
type Key = (Protocol, Option<SocketAddr>, Option<SocketAddr>, Option<u64>);

/// The rows of one look.
type Sockets = HashMap<Key, Socket>;

fn keyed(sockets: Vec<Socket>) -> Sockets {
    sockets
        .into_iter()
        .map(|socket| {
            let file = socket.inode.filter(|_| socket.peer().is_none());
            ((socket.protocol, socket.local(), socket.peer(), file), socket)
        })
        .collect()
}

/// Tells what is different now: first what vanished, then what is there, by rising port.
fn tell(mut before: Sockets, now: Vec<Socket>, recorder: &Recorder) -> Sockets {
    let note = || recorder.on(Side::Observer, Layer::Kernel);
    let now = keyed(now);
    let mut fresh: Vec<(&Socket, Option<Socket>)> = Vec::new();
    for (key, socket) in &now {
        match before.remove(key) {
            Some(old) if !differs(&old, socket) => {}
            old => fresh.push((socket, old)),
        }
    }
    let mut gone: Vec<Socket> = before.into_values().collect();
    gone.sort_by_cached_key(order);
    for socket in gone {
        note().emit(SocketVanished { socket });
    }
    fresh.sort_by_cached_key(|(socket, _)| order(socket));
    for (socket, old) in fresh {
        let socket = socket.clone();
        match old {
            Some(old) => note().emit(SocketChanged { socket, was: old.state.into_owned() }),
            None => note().emit(SocketAppeared { socket }),
        }
    }
    now
}

/// State, queues or owners; a timer runs down by itself and is no change.
fn differs(old: &Socket, new: &Socket) -> bool {
    old.state != new.state
        || old.recv_q != new.recv_q
        || old.send_q != new.send_q
        || old.inode != new.inode
        || old.owners != new.owners
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
