//! Systems other than Linux: listeners from the `listeners` crate, everything else honestly missing.
//!
//! Not compiled or tried on the machine it was written on; kept so small that it can be read instead.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{Filter, Handle, Table, Taken};
use crate::event::Ends;
use crate::event::ports::{LentPorts, Owner, Socket};
use crate::event::tcp::{Icmp, Protocol, SocketId, TcpInfo};

fn unsupported<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn tcp_info(_socket: Handle<'_>) -> io::Result<TcpInfo> {
    unsupported()
}

pub(super) fn syn_resent(_socket: Handle<'_>) -> io::Result<u32> {
    unsupported()
}

pub(super) fn socket_id(_socket: Handle<'_>) -> Option<SocketId> {
    None
}

pub(super) fn watch_icmp(_socket: Handle<'_>, _v6: bool) -> io::Result<()> {
    unsupported()
}

pub(super) fn next_icmp(_socket: Handle<'_>) -> io::Result<Option<Icmp>> {
    unsupported()
}

/// The flag tells that a part is gone, and not how much.
#[cfg(unix)]
pub(super) fn receive(socket: Handle<'_>, buffer: &mut [u8]) -> io::Result<Taken> {
    use rustix::net::{RecvAncillaryBuffer, RecvFlags, ReturnFlags, recvmsg};
    let mut pieces = [io::IoSliceMut::new(buffer)];
    let message = recvmsg(socket, &mut pieces, &mut RecvAncillaryBuffer::default(), RecvFlags::DONTWAIT)?;
    let from = message.address.and_then(|from| SocketAddr::try_from(from).ok());
    let truncated = message.flags.contains(ReturnFlags::TRUNC);
    Ok(Taken { len: message.bytes, from, truncated, lost: None })
}

/// Winsock fills the buffer and then reports WSAEMSGSIZE; who sent it is lost with that.
#[cfg(not(unix))]
pub(super) fn receive(socket: Handle<'_>, buffer: &mut [u8]) -> io::Result<Taken> {
    const WSAEMSGSIZE: i32 = 10_040;
    let socket = std::net::UdpSocket::from(socket.try_clone_to_owned()?);
    match socket.recv_from(buffer) {
        Ok((len, from)) => Ok(Taken { len, from: Some(from), truncated: false, lost: None }),
        Err(error) if error.raw_os_error() == Some(WSAEMSGSIZE) => {
            Ok(Taken { len: buffer.len(), from: None, truncated: true, lost: None })
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
pub(super) fn unread(socket: Handle<'_>) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(socket)?)
}

#[cfg(not(unix))]
pub(super) fn unread(_socket: Handle<'_>) -> io::Result<u64> {
    unsupported()
}

pub(super) fn counters() -> io::Result<Vec<super::Counter>> {
    unsupported()
}

pub(super) fn process(_pid: u32) -> Option<Owner> {
    None
}

#[cfg(unix)]
pub(super) fn unix_other_end(_socket: Handle<'_>) -> io::Result<Option<Socket>> {
    unsupported()
}

pub(super) fn sockets(filter: &Filter) -> io::Result<Table> {
    if filter.protocols == [Protocol::Unix] {
        return unsupported();
    }
    let all = listeners::get_all().map_err(|error| io::Error::other(error.to_string()))?;
    let mut sockets: Vec<Socket> = Vec::new();
    for listener in all {
        let protocol = match listener.protocol {
            listeners::Protocol::TCP => Protocol::Tcp,
            listeners::Protocol::UDP => Protocol::Udp,
        };
        let wanted = filter.port.is_none_or(|port| port == listener.socket.port())
            && (filter.protocols.is_empty() || filter.protocols.contains(&protocol));
        if !wanted {
            continue;
        }
        let owner = Owner { pid: listener.process.pid, command: listener.process.name, stopped: false };
        let known = sockets
            .iter_mut()
            .find(|known| known.protocol == protocol && known.local() == Some(listener.socket));
        match known {
            Some(known) => known.owners = known.owners.iter().cloned().chain([owner]).collect(),
            None => sockets.push(row(protocol, listener.socket, owner)),
        }
    }
    let missing = vec!["connections".to_owned(), "queues".to_owned(), "users".to_owned()];
    // Processes that may not be looked into are left out by the crate without a word.
    Ok(Table { sockets, sees_all: false, missing })
}

fn row(protocol: Protocol, local: SocketAddr, owner: Owner) -> Socket {
    let state = if matches!(protocol, Protocol::Udp) { "UNCONNECTED" } else { "LISTEN" };
    Socket {
        protocol,
        ends: Ends::at(local),
        state: state.into(),
        dual_stack: None,
        recv_q: 0,
        send_q: 0,
        queue_limit: None,
        inode: None,
        uid: None,
        user: None,
        owners: [owner].into(),
        owner_hidden: false,
        reach: Some(super::reach(local.ip())),
        service: super::service_name(local.port(), protocol),
        timer: None,
        unix: None,
    }
}

pub(super) fn other_end(_local: SocketAddr, _peer: SocketAddr) -> io::Result<Option<Socket>> {
    unsupported()
}

pub(super) fn owners_of(_inode: u64) -> Arc<[Owner]> {
    [].into()
}

pub(super) fn first_unprivileged_port() -> Option<u16> {
    None
}

pub(super) fn lent_ports() -> Option<LentPorts> {
    None
}

#[cfg(unix)]
pub(super) fn own_addresses() -> io::Result<Vec<IpAddr>> {
    super::interfaces::addresses()
}

#[cfg(unix)]
pub(super) fn zones() -> io::Result<Vec<String>> {
    super::interfaces::zones()
}

#[cfg(not(unix))]
pub(super) fn zones() -> io::Result<Vec<String>> {
    unsupported()
}

#[cfg(not(unix))]
pub(super) fn own_addresses() -> io::Result<Vec<IpAddr>> {
    unsupported()
}
