//! What the kernel knows and tells an ordinary user: connection counters, queues, socket tables, own addresses.
//!
//! One file a platform; the only place with `unsafe`. Where a system has no such reading the answer is
//! [`std::io::ErrorKind::Unsupported`] or `None`, never a guess.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::event::ports::{Owner, Socket};
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
    /// Empty: TCP and UDP.
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
    /// True where this user may look into every process.
    pub sees_all: bool,
    /// What this system's table lacks, as `UDP` or `connections`.
    pub missing: Vec<String>,
}

/// What the kernel counts about a connection. SYN and FIN are subtracted from `acked`.
///
/// # Errors
/// The system's, or unsupported.
pub fn tcp_info(_socket: Handle<'_>) -> io::Result<TcpInfo> {
    Err(io::ErrorKind::Unsupported.into())
}

/// How often the kernel repeated the SYN of a connection that is being made (or could not be made).
///
/// # Errors
/// The system's, or unsupported.
pub fn syn_resent(_socket: Handle<'_>) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The kernel's name for a socket (`SO_COOKIE`).
pub fn socket_id(_socket: Handle<'_>) -> Option<SocketId> {
    None
}

/// Asks the system to queue ICMP errors for this socket (`IP_RECVERR`); before connecting. `v6` is the socket's family.
///
/// # Errors
/// The system's, or unsupported.
pub fn watch_icmp(_socket: Handle<'_>, _v6: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Takes the oldest ICMP error off the socket's error queue; `None` where it is empty.
///
/// # Errors
/// The system's, or unsupported.
pub fn next_icmp(_socket: Handle<'_>) -> io::Result<Option<Icmp>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Octets that have arrived on this socket and are not read (`FIONREAD`).
///
/// # Errors
/// The system's, or unsupported.
pub fn unread(_socket: Handle<'_>) -> io::Result<u64> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The socket table.
///
/// # Errors
/// The system's, or unsupported.
pub fn sockets(_filter: &Filter) -> io::Result<Table> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The socket at the other end of our connection `local` -> `peer`, where that end is on this machine; with its owner.
///
/// # Errors
/// The system's, or unsupported.
pub fn other_end(_local: SocketAddr, _peer: SocketAddr) -> io::Result<Option<Socket>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The processes that own the socket with this inode.
pub fn owners_of(_inode: u64) -> Vec<Owner> {
    Vec::new()
}

/// The lowest port that an ordinary user may listen on (Linux: `ip_unprivileged_port_start`), where the system tells.
pub fn first_unprivileged_port() -> Option<u16> {
    None
}

/// Every address of this machine's interfaces.
///
/// # Errors
/// The system's, or unsupported.
pub fn own_addresses() -> io::Result<Vec<IpAddr>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether `address` belongs to this machine: loopback, or an address of one of its interfaces.
pub fn is_here(address: IpAddr) -> bool {
    address.is_loopback() || own_addresses().is_ok_and(|own| own.contains(&address))
}

/// The registered name of a port in the system's services file.
pub fn service_name(_port: u16, _protocol: Protocol) -> Option<String> {
    None
}
