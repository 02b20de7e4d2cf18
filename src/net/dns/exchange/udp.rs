//! One try over UDP, from a port of its own, on a socket that is bound and not connected: so that an answer from another
//! address is seen, and an ICMP error too, where the system queues them for it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;

use super::{Answer, Asking, Attempt, MOST_IGNORED, Why};
use crate::event::dns::{QueryFailed, QueryFailure, Transport};
use crate::event::tcp::{FlowOpened, Icmp, Protocol};
use crate::event::{Ends, Layer};
use crate::net::kernel::{self, Handle};

/// Octets that a UDP message can have at most.
const LARGEST: usize = 65_535;

/// Sends the question once, and waits for its answer up to `limit`.
pub(super) async fn once(asking: &mut Asking<'_>, limit: Duration) -> Result<Answer, QueryFailed> {
    let server = asking.server;
    let mut attempt = Attempt::new(asking, Transport::Udp);
    let socket = match open(server) {
        Ok(socket) => socket,
        Err(error) => return Err(attempt.fail(asking, classified(&error, None))),
    };
    let flow = attempt.recorder.flow();
    attempt.flow = Some(flow);
    if let Ok(local) = socket.local_addr() {
        attempt.ends = Ends::new(local, server);
    }
    attempt.recorder.on(attempt.ask.side, Layer::Udp).flow(flow).at(attempt.began).emit(FlowOpened {
        protocol: Protocol::Udp,
        ends: attempt.ends.clone(),
        socket: kernel::socket_id(handle(&socket)),
    });
    asking.sent += 1;
    attempt.sent = attempt.recorder.now();
    let sent = socket.send_to(&attempt.octets, server).await;
    attempt.tell_query();
    let result = match sent {
        Ok(_) => tokio::time::timeout(limit, answer(&socket, &mut attempt, server)).await,
        Err(error) => Ok(Err(failure(&socket, &error))),
    };
    match result {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(attempt.fail(asking, why)),
        Err(_) => Err(attempt.fail(asking, Why::only(QueryFailure::Silence))),
    }
}

/// A socket at the address that packets to `server` leave from, and a port that the system chooses at random.
fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Connecting sends nothing; it asks the system for the way.
    let probe = std::net::UdpSocket::bind((any, 0))?;
    probe.connect(server)?;
    let mut own = probe.local_addr()?;
    own.set_port(0);
    drop(probe);
    let socket = std::net::UdpSocket::bind(own)?;
    socket.set_nonblocking(true)?;
    // Without it a closed port looks like silence, and is told as that.
    let _ = kernel::watch_icmp(handle(&socket), server.is_ipv6());
    UdpSocket::from_std(socket)
}

/// Waits for a message that can be believed.
async fn answer(socket: &UdpSocket, attempt: &mut Attempt<'_>, server: SocketAddr) -> Result<Answer, Why> {
    let mut buffer = vec![0; LARGEST];
    while attempt.ignored < MOST_IGNORED {
        let (len, from) = receive(socket, &mut buffer).await?;
        let octets = buffer.get(..len).unwrap_or_default();
        if let Some(answer) = attempt.receive(octets, from, server) {
            return Ok(answer);
        }
    }
    Err(Why::only(QueryFailure::OnlyUnbelievable))
}

/// The next message, or the error that ends the wait.
async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Result<(usize, SocketAddr), Why> {
    loop {
        tokio::select! {
            biased;
            received = socket.recv_from(buffer) => match received {
                Ok(received) => return Ok(received),
                Err(error) => {
                    let why = failure(socket, &error);
                    if why.icmp.is_some_and(asks_for_smaller) {
                        continue;
                    }
                    return Err(why);
                }
            },
            icmp = queued(socket) => {
                if !asks_for_smaller(icmp) {
                    return Err(Why { reason: reason(icmp), errno: None, icmp: Some(icmp) });
                }
            }
        }
    }
}

/// Waits for an ICMP error in the socket's queue.
async fn queued(socket: &UdpSocket) -> Icmp {
    let next = || kernel::next_icmp(handle(socket))?.ok_or_else(|| io::ErrorKind::WouldBlock.into());
    match socket.async_io(tokio::io::Interest::ERROR, next).await {
        Ok(icmp) => icmp,
        // The queue cannot be read here: what the calls say has to do.
        Err(_) => std::future::pending().await,
    }
}

/// What a failed call means, with what is in the error queue.
fn failure(socket: &UdpSocket, error: &io::Error) -> Why {
    classified(error, kernel::next_icmp(handle(socket)).ok().flatten())
}

fn classified(error: &io::Error, icmp: Option<Icmp>) -> Why {
    let reason = match (icmp, error.kind()) {
        (Some(icmp), _) => reason(icmp),
        // Windows says that a port is closed by a reset.
        (None, io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset) => QueryFailure::PortClosed,
        // EPERM and EACCES: a rule of this machine.
        (
            None,
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::PermissionDenied,
        ) => QueryFailure::Unreachable,
        (None, _) => QueryFailure::Other,
    };
    Why { reason, errno: error.raw_os_error(), icmp }
}

/// RFC 792 and RFC 4443 section 3.1: port unreachable, or another error on the way.
fn reason(icmp: Icmp) -> QueryFailure {
    let port_unreachable = if icmp.v6 { (1, 4) } else { (3, 3) };
    if (icmp.kind, icmp.code) == port_unreachable {
        QueryFailure::PortClosed
    } else {
        QueryFailure::Unreachable
    }
}

/// Fragmentation needed (RFC 1191 section 4), packet too big (RFC 4443 section 3.2): no answer to a question of our size.
fn asks_for_smaller(icmp: Icmp) -> bool {
    if icmp.v6 { icmp.kind == 2 } else { (icmp.kind, icmp.code) == (3, 4) }
}

#[cfg(unix)]
fn handle(socket: &impl std::os::fd::AsFd) -> Handle<'_> {
    socket.as_fd()
}

#[cfg(windows)]
fn handle(socket: &impl std::os::windows::io::AsSocket) -> Handle<'_> {
    socket.as_socket()
}
