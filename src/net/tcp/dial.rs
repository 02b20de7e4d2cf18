//! One attempt at one address, on a socket of our own making, so that it can still be asked why after it failed.
//!
//! It emits nothing and tries once.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::Dial;
use crate::event::tcp::{ConnectFailure, Icmp, SocketId};
use crate::net::kernel::{self, Handle};

/// A connection that was made.
pub(super) struct Opened {
    pub(super) stream: TcpStream,
    pub(super) local: SocketAddr,
    pub(super) socket: Option<SocketId>,
}

/// An attempt that failed, with what the socket says of it.
pub(super) struct Refusal {
    pub(super) reason: ConnectFailure,
    /// The own end, where the system had lent a port already.
    pub(super) local: Option<SocketAddr>,
    /// Absent where our own limit ended the wait.
    pub(super) source: Option<io::Error>,
    pub(super) syn_resent: Option<u32>,
    pub(super) icmp: Option<Icmp>,
    pub(super) error_queue_empty: bool,
}

/// Connects to `peer` within the limit.
pub(super) async fn dial(peer: SocketAddr, dial: &Dial) -> Result<Opened, Refusal> {
    let socket = prepare(peer, dial.source_port)?;
    // Without it an ICMP error still ends the attempt; only its origin stays unknown.
    let watched = kernel::watch_icmp(handle(&socket), peer.is_ipv6()).is_ok();
    let begun = socket.connect(&peer.into());
    let pending = match begun {
        Ok(()) => false,
        Err(error) if in_progress(&error) => true,
        Err(error) => return Err(refusal(&socket, peer, dial, Some(error), watched)),
    };
    let stream = TcpStream::from_std(socket.into()).map_err(Refusal::other)?;
    if pending {
        let error = match tokio::time::timeout(dial.limits.connect, established(&stream)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Some(error)),
            Err(_) => Some(None),
        };
        if let Some(error) = error {
            return Err(refusal(&stream, peer, dial, error, watched));
        }
    }
    // A system that refuses it sends a little later, and nothing else changes.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().map_err(Refusal::other)?;
    let socket = kernel::socket_id(handle(&stream));
    Ok(Opened { stream, local, socket })
}

/// A non-blocking socket, bound where the user chose the port.
fn prepare(peer: SocketAddr, source_port: Option<u16>) -> Result<Socket, Refusal> {
    let socket = Socket::new(Domain::for_address(peer), Type::STREAM, None)
        // A system without IPv6 has no such sockets: there is no way to that address.
        .map_err(|error| Refusal::because(ConnectFailure::Unreachable, error))?;
    socket.set_nonblocking(true).map_err(Refusal::other)?;
    if let Some(port) = source_port {
        // On Unix, so that an earlier connection of this port in TIME_WAIT is no hindrance (RFC 9293 section 3.6.1);
        // on Windows the same option would let two sockets share a port.
        #[cfg(unix)]
        socket.set_reuse_address(true).map_err(Refusal::other)?;
        let any: IpAddr = match peer {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        socket
            .bind(&SocketAddr::new(any, port).into())
            .map_err(|error| Refusal::because(ConnectFailure::LocalAddress, error))?;
    }
    Ok(socket)
}

fn in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

/// Waits until the handshake is done or has failed.
async fn established(stream: &TcpStream) -> io::Result<()> {
    loop {
        stream.writable().await?;
        // Asked first: a reset that already followed the handshake stays in the socket, for the first call to find.
        if stream.peer_addr().is_ok() || was_open(stream) {
            return Ok(());
        }
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        // Woken for nothing: forget the readiness and wait on.
        let _ = stream.try_io(Interest::WRITABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    }
}

/// Whether the handshake was completed, though the connection is over already: its round trip was measured.
fn was_open(stream: &TcpStream) -> bool {
    kernel::tcp_info(handle(stream)).is_ok_and(|info| info.rtt.is_some())
}

/// Reads what the socket knows of its failure.
fn refusal<S: AsHandle>(
    socket: &S,
    peer: SocketAddr,
    dial: &Dial,
    error: Option<io::Error>,
    watched: bool,
) -> Refusal {
    let queue = if watched { kernel::next_icmp(socket.handle()).ok() } else { None };
    let icmp = queue.flatten();
    Refusal {
        reason: error.as_ref().map_or(ConnectFailure::Timeout, |error| reason(error, icmp, peer, dial)),
        local: socket.own_end().filter(|local| local.port() != 0),
        source: error,
        syn_resent: kernel::syn_resent(socket.handle()).ok(),
        icmp,
        error_queue_empty: queue == Some(None),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system's list of errors, which grows")]
fn reason(error: &io::Error, icmp: Option<Icmp>, peer: SocketAddr, dial: &Dial) -> ConnectFailure {
    use io::ErrorKind as Kind;
    let kind = error.kind();
    match kind {
        _ if icmp.is_some_and(states_policy) => ConnectFailure::Rejected,
        Kind::ConnectionRefused => ConnectFailure::Refused,
        // EACCES and EPERM: a rule on this machine (a firewall, a prohibiting route), or an ICMPv6 prohibition.
        Kind::PermissionDenied => ConnectFailure::Rejected,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => ConnectFailure::Unreachable,
        Kind::TimedOut => ConnectFailure::Timeout,
        Kind::ConnectionReset | Kind::BrokenPipe => ConnectFailure::Reset,
        Kind::AddrInUse => ConnectFailure::LocalAddress,
        Kind::AddrNotAvailable if dial.source_port.is_none() && !has_family(peer) => {
            ConnectFailure::Unreachable
        }
        Kind::AddrNotAvailable => ConnectFailure::LocalAddress,
        _ => ConnectFailure::Other,
    }
}

/// Whether this machine has an address of the family; where that cannot be read, yes.
fn has_family(peer: SocketAddr) -> bool {
    kernel::own_addresses().map_or(true, |own| own.iter().any(|address| address.is_ipv4() == peer.is_ipv4()))
}

/// Whether an ICMP error states a policy: the message says so, or it is *port unreachable*, which a host never answers to a
/// SYN, because TCP has the RST for it (RFC 1122 section 3.2.2.1).
fn states_policy(icmp: Icmp) -> bool {
    icmp.forbids() || icmp.is_port_unreachable()
}

impl Refusal {
    fn because(reason: ConnectFailure, error: io::Error) -> Refusal {
        Refusal {
            reason,
            local: None,
            source: Some(error),
            syn_resent: None,
            icmp: None,
            error_queue_empty: false,
        }
    }

    fn other(error: io::Error) -> Refusal {
        Refusal::because(ConnectFailure::Other, error)
    }
}

/// A socket at either stage: not yet, or already, in the runtime's hands.
trait AsHandle {
    fn handle(&self) -> Handle<'_>;
    fn own_end(&self) -> Option<SocketAddr>;
}

impl AsHandle for Socket {
    fn handle(&self) -> Handle<'_> {
        handle(self)
    }
    fn own_end(&self) -> Option<SocketAddr> {
        self.local_addr().ok()?.as_socket()
    }
}

impl AsHandle for TcpStream {
    fn handle(&self) -> Handle<'_> {
        handle(self)
    }
    fn own_end(&self) -> Option<SocketAddr> {
        self.local_addr().ok()
    }
}

/// The number that the kernel's readings take.
#[cfg(unix)]
pub(super) fn handle(socket: &impl std::os::fd::AsFd) -> Handle<'_> {
    socket.as_fd()
}

/// The number that the kernel's readings take.
#[cfg(windows)]
pub(super) fn handle(socket: &impl std::os::windows::io::AsSocket) -> Handle<'_> {
    socket.as_socket()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icmp(v6: bool, kind: u8, code: u8) -> Icmp {
        Icmp { origin: None, kind, code, v6 }
    }

    #[test]
    fn prohibitions_and_port_unreachable_are_policy_and_no_route_is_not() {
        for (v6, kind, code) in
            [(false, 3, 3), (false, 3, 9), (false, 3, 10), (false, 3, 13), (true, 1, 1), (true, 1, 4)]
        {
            assert!(states_policy(icmp(v6, kind, code)), "{kind}/{code}");
        }
        for (v6, kind, code) in
            [(false, 3, 0), (false, 3, 1), (false, 11, 0), (true, 1, 0), (true, 1, 3), (true, 3, 0)]
        {
            assert!(!states_policy(icmp(v6, kind, code)), "{kind}/{code}");
        }
    }
}
