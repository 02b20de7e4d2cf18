//! What the kernel knows and tells an ordinary user: connection counters, queues, socket tables, own addresses.
//!
//! One file a platform; the only place with `unsafe`. Where a system has no such reading the answer is
//! [`std::io::ErrorKind::Unsupported`] or `None`, never a guess.

#[cfg(unix)]
pub mod files;
#[cfg(unix)]
mod interfaces;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod names;
#[cfg(not(target_os = "linux"))]
mod other;
pub mod room;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::event::experiment::InterfaceMoved;
use crate::event::ports::{LentPorts, Owner, Reach, Socket};
use crate::event::tcp::{Icmp, Protocol, SocketId, TcpInfo};

/// A connection as a number that the platform's calls take.
#[cfg(unix)]
pub type Handle<'a> = std::os::fd::BorrowedFd<'a>;
/// A connection as a number that the platform's calls take.
#[cfg(windows)]
pub type Handle<'a> = std::os::windows::io::BorrowedSocket<'a>;

/// Which rows of the socket table are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Empty: TCP and UDP. Unix sockets are another table: they are asked for alone.
    pub protocols: Vec<Protocol>,
    /// Only sockets with this own port.
    pub port: Option<u16>,
    /// Only sockets that wait for clients or datagrams.
    pub listeners: bool,
    /// Look up who owns them (walks every process that may be looked into).
    pub owners: bool,
}

/// The rows of the socket table, and what could not be seen.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub sockets: Vec<Socket>,
    /// False where a process could not be looked into.
    pub sees_all: bool,
    /// What this system's table lacks, as `UDP` or `connections`.
    pub missing: Vec<String>,
}

/// What a network interface has counted since it is there; octets of whole packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    pub name: String,
    pub loopback: bool,
    pub received: u64,
    pub sent: u64,
}

/// The byte counters of every network interface.
///
/// # Errors
/// The system's, or unsupported.
pub fn counters() -> io::Result<Vec<Counter>> {
    system::counters()
}

/// How far the counters moved, loopback first, for interfaces that were there both times.
pub fn moved(before: &[Counter], after: &[Counter]) -> Vec<InterfaceMoved> {
    let mut all: Vec<InterfaceMoved> = after
        .iter()
        .filter_map(|now| {
            let then = before.iter().find(|then| then.name == now.name)?;
            Some(InterfaceMoved {
                name: now.name.clone(),
                loopback: now.loopback,
                received: now.received.saturating_sub(then.received),
                sent: now.sent.saturating_sub(then.sent),
            })
        })
        .collect();
    all.sort_by_key(|moved| !moved.loopback);
    all
}

/// What the kernel counts about a connection. SYN and FIN are subtracted from `acked`.
///
/// # Errors
/// The system's, or unsupported.
pub fn tcp_info(socket: Handle<'_>) -> io::Result<TcpInfo> {
    system::tcp_info(socket)
}

/// How often the kernel repeated the SYN of a connection that is being made (or could not be made).
///
/// # Errors
/// The system's, or unsupported.
pub fn syn_resent(socket: Handle<'_>) -> io::Result<u32> {
    system::syn_resent(socket)
}

/// The kernel's name for a socket (`SO_COOKIE`).
pub fn socket_id(socket: Handle<'_>) -> Option<SocketId> {
    system::socket_id(socket)
}

/// Asks the system to queue ICMP errors for this socket (`IP_RECVERR`); before connecting. `v6` is the socket's family.
///
/// # Errors
/// The system's, or unsupported.
pub fn watch_icmp(socket: Handle<'_>, v6: bool) -> io::Result<()> {
    system::watch_icmp(socket, v6)
}

/// Takes the oldest ICMP error off the socket's error queue; `None` where it is empty.
///
/// # Errors
/// The system's, or unsupported.
pub fn next_icmp(socket: Handle<'_>) -> io::Result<Option<Icmp>> {
    system::next_icmp(socket)
}

/// One datagram, as a read took it off a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Octets in the buffer.
    pub len: usize,
    /// Who sent it, where the system tells.
    pub from: Option<SocketAddr>,
    /// The datagram was longer than the buffer.
    pub truncated: bool,
    /// Octets that did not fit, where the system tells (Linux does).
    pub lost: Option<u64>,
}

/// Takes one datagram off a UDP socket, without waiting; what does not fit `buffer` is gone.
///
/// # Errors
/// The system's: `WouldBlock` where none is there; what an ICMP message caused, where the socket is connected.
pub fn receive(socket: Handle<'_>, buffer: &mut [u8]) -> io::Result<Taken> {
    system::receive(socket, buffer)
}

/// Octets that have arrived on this socket and are not read (`FIONREAD`).
///
/// # Errors
/// The system's, or unsupported.
pub fn unread(socket: Handle<'_>) -> io::Result<u64> {
    system::unread(socket)
}

/// The socket table.
///
/// # Errors
/// The system's, or unsupported.
pub fn sockets(filter: &Filter) -> io::Result<Table> {
    system::sockets(filter)
}

/// The socket at the other end of our connection `local` -> `peer`, where that end is on this machine; with its owner.
///
/// # Errors
/// The system's, or unsupported.
pub fn other_end(local: SocketAddr, peer: SocketAddr) -> io::Result<Option<Socket>> {
    system::other_end(local, peer)
}

/// The socket at the other end of our connection over a Unix socket, with its owner. One that no program has accepted has no
/// inode, and its `recv_q` tells only whether anything waits there.
///
/// # Errors
/// The system's, or unsupported.
#[cfg(unix)]
pub fn unix_other_end(socket: Handle<'_>) -> io::Result<Option<Socket>> {
    system::unix_other_end(socket)
}

/// A process by its number, where it may be seen.
pub fn process(pid: u32) -> Option<Owner> {
    system::process(pid)
}

/// The name of a user, where the system's file has it.
#[cfg(unix)]
pub fn user_name(uid: u32) -> Option<String> {
    names::users().remove(&uid).map(|name| name.to_string())
}

/// The processes that own the socket with this inode.
pub fn owners_of(inode: u64) -> Arc<[Owner]> {
    system::owners_of(inode)
}

/// Whether the run is root's.
pub fn by_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    return false;
}

/// The lowest port that an ordinary user may listen on (Linux: `ip_unprivileged_port_start`), where the system tells.
pub fn first_unprivileged_port() -> Option<u16> {
    system::first_unprivileged_port()
}

/// The ports that the system lends to outgoing connections (Linux: `ip_local_port_range`), where it tells.
pub fn lent_ports() -> Option<LentPorts> {
    system::lent_ports()
}

/// The same where `port` is among them.
pub fn lends(port: u16) -> Option<LentPorts> {
    lent_ports().filter(|lent| (lent.first..=lent.last).contains(&port))
}

/// Who can reach a socket that listens at `address`, as far as its address tells.
pub fn reach(address: IpAddr) -> Reach {
    let address = address.to_canonical();
    if address.is_loopback() {
        Reach::ThisMachine
    } else if address.is_unspecified() {
        Reach::EveryAddress
    } else {
        Reach::OneAddress
    }
}

/// Every address of this machine's interfaces.
///
/// # Errors
/// The system's, or unsupported.
pub fn own_addresses() -> io::Result<Vec<IpAddr>> {
    system::own_addresses()
}

/// The interfaces that have a link-local IPv6 address: the zones that such an address may be in (RFC 4007 section 6).
///
/// # Errors
/// The system's, or unsupported.
pub fn zones() -> io::Result<Vec<String>> {
    system::zones()
}

/// True for an IPv6 address of a link that does not say of which: no call can use it (RFC 4007 section 6).
pub fn lacks_zone(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

/// Whether `address` belongs to this machine: loopback, or an address of one of its interfaces.
pub fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || own_addresses().is_ok_and(|own| own.contains(&address))
}

/// The registered name of a port in the system's services file.
pub fn service_name(port: u16, protocol: Protocol) -> Option<String> {
    names::service(port, protocol)
}
