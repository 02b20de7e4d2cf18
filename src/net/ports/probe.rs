//! Connects to what listens on a port of this machine, listens for a moment, and hangs up.
//!
//! It sends no octet, so that it guesses at no protocol; and it sends nothing over UDP, where silence would prove nothing. A
//! server cannot tell it from a client: that is said before the first connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Options;
use crate::event::ports::{PortProbed, ProbeAnnounced, ProbeOutcome, Socket};
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Ends, Head, Layer, Side};
use crate::net::{NetError, kernel};

/// How long a handshake may take: on one machine it takes far less than a millisecond, unless something drops it.
const HANDSHAKE: Duration = Duration::from_secs(2);

/// How long we wait for a server that speaks first.
const MOMENT: Duration = Duration::from_millis(300);

/// Octets read of what it says.
const MOST: usize = 4096;

/// Says where it is going to connect, then does so, one listener after the other.
///
/// # Errors
/// [`NetError::Table`] where the system's table cannot be read.
pub async fn probe(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    let table = super::look(&Options { port: Some(port), ..Options::default() })?;
    let listens = |socket: &&Socket| socket.listens();
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for socket in table.sockets.iter().filter(listens).filter(|socket| socket.protocol == Protocol::Tcp) {
        for address in ways(socket) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    let udp = table.sockets.iter().filter(listens).any(|socket| socket.protocol == Protocol::Udp);
    recorder.on(Side::Observer, Layer::Tcp).emit(ProbeAnnounced { port, addresses: addresses.clone(), udp });
    for address in addresses {
        let began = recorder.now();
        let found = connect(address, recorder).await;
        recorder.on(Side::Observer, Layer::Tcp).since(began).emit(found);
    }
    Ok(())
}

/// The addresses of this machine that lead to a listener: its own, or loopback where it takes them all.
fn ways(socket: &Socket) -> Vec<SocketAddr> {
    let Some(local) = socket.local() else { return Vec::new() };
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    let at = |ip| SocketAddr::new(ip, local.port());
    match (local.ip().is_unspecified(), local.is_ipv4()) {
        (false, _) => vec![local],
        (true, true) => vec![at(v4)],
        (true, false) if socket.dual_stack == Some(true) => vec![at(v6), at(v4)],
        (true, false) => vec![at(v6)],
    }
}

async fn connect(address: SocketAddr, recorder: &Recorder) -> PortProbed {
    let began = recorder.now();
    let failed = |outcome, errno| PortProbed {
        ends: Ends::to(address),
        outcome,
        errno,
        accepted: None,
        len: 0,
        head: Head::default(),
        ended: false,
        waited: recorder.now().since(began),
    };
    match timeout(HANDSHAKE, TcpStream::connect(address)).await {
        Err(_) => failed(ProbeOutcome::Timeout, None),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            failed(ProbeOutcome::Refused, error.raw_os_error())
        }
        Ok(Err(error)) => failed(ProbeOutcome::Other, error.raw_os_error()),
        Ok(Ok(stream)) => listen(stream, address, recorder).await,
    }
}

/// What comes unasked, and whether anybody took the connection from the accept queue.
async fn listen(mut stream: TcpStream, address: SocketAddr, recorder: &Recorder) -> PortProbed {
    let began = recorder.now();
    let mut said = vec![0; MOST];
    let read = timeout(MOMENT, stream.read(&mut said)).await;
    let (len, ended) = match read {
        Ok(Ok(len)) => (len, len == 0),
        Ok(Err(_)) => (0, true),
        Err(_) => (0, false),
    };
    said.truncate(len);
    let waited = recorder.now().since(began);
    let local = stream.local_addr().ok();
    // A connection that no program took yet has no file in the table.
    let other = local.and_then(|local| kernel::other_end(local, address).ok().flatten());
    let accepted = other.filter(|socket| socket.state == "ESTABLISHED").map(|socket| socket.inode.is_some());
    let accepted = if len > 0 || ended { Some(true) } else { accepted };
    PortProbed {
        ends: local.map_or(Ends::to(address), |local| Ends::new(local, address)),
        outcome: ProbeOutcome::Open,
        errno: None,
        accepted,
        len: len as u64,
        head: Head(said),
        ended,
        waited,
    }
}
