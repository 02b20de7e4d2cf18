//! A UDP client: a socket that is given one peer, datagrams out of the input, replies into the output.
//!
//! The peer is the first address of the name that the system has a way to: nothing tells in time whether anybody is there, so
//! no other is tried. It asks for the error queue, to tell who sent an ICMP message and what it says. It sends nothing twice.

mod evidence;
mod talk;

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::UdpSocket;

use super::{Passed, handle};
use crate::event::recorder::Recorder;
use crate::event::tcp::{ConnectFailed, ConnectFailure, FlowOpened, Protocol};
use crate::event::udp::UdpConnected;
use crate::event::{Ends, Flow, Layer, Side};
use crate::net::tcp::converse::Input;
use crate::net::tcp::{Family, Limits, Target};
use crate::net::world::World;
use crate::net::{NetError, dns, kernel};

pub use talk::converse;

/// How to reach the peer.
#[derive(Clone, Debug)]
pub struct Dial {
    pub family: Family,
    /// For the name.
    pub limits: Limits,
    pub source_port: Option<u16>,
}

/// A socket with one peer.
#[derive(Debug)]
pub struct Link {
    socket: UdpSocket,
    flow: Flow,
    local: SocketAddr,
    peer: SocketAddr,
    /// `localhost port 4009`, for failures.
    target: String,
}

/// How to converse.
pub struct Talk {
    /// What is sent: one datagram for each read, or for each piece.
    pub input: Input,
    /// Turn each LF of the input into CR LF.
    pub crlf: bool,
    pub output: Box<dyn tokio::io::AsyncWrite + Send + Unpin>,
    /// Longest silence once the input has ended; before, too, unless a person types it.
    pub wait: Duration,
    pub person: bool,
    /// The first reply is enough (`-z`).
    pub until_reply: bool,
    /// Octets of the buffer that a datagram is read into.
    pub buffer: usize,
}

/// What passed until now, each way; read by the command even where the conversation is cut off.
#[derive(Debug, Default)]
pub struct Tally {
    pub sent: Cell<Passed>,
    pub received: Cell<Passed>,
}

/// How a conversation ended that did not fail.
#[derive(Debug)]
pub enum End {
    /// Nothing more came in the time allowed; or, with `until_reply`, a reply did.
    Done,
    /// Nothing came in the time allowed, and that leaves something undone: the input had not ended, or a reply was all that
    /// was wanted.
    Silent,
    /// Nobody reads our output any more: a closed pipe.
    OutputClosed,
    /// The output could not be written.
    OutputFailed(io::Error),
}

/// Looks the name up and gives a new socket the first of its addresses that the system has a way to. Nothing is sent.
///
/// # Errors
/// Phase `name` or `connect`.
pub async fn associate(
    target: &Target,
    dial: &Dial,
    world: &World,
    recorder: &Recorder,
) -> Result<Link, NetError> {
    let addresses = dns::lookup(target, dial.family, &dial.limits, world, recorder).await?;
    let of = addresses.len() as u32;
    let mut attempts = Vec::new();
    for (index, peer) in addresses.iter().copied().enumerate() {
        let attempt = index as u32 + 1;
        let flow = recorder.flow();
        let began = recorder.now();
        let note = || recorder.on(Side::Client, Layer::Udp).flow(flow).at(began);
        match open(peer, dial.source_port) {
            Ok((socket, local)) => {
                let ends = Ends::new(local, peer);
                let id = kernel::socket_id(handle(&socket));
                note().emit(FlowOpened { protocol: Protocol::Udp, ends: ends.clone(), socket: id });
                let untried = addresses[index + 1..].iter().map(SocketAddr::ip).collect();
                note().emit(UdpConnected { ends, attempt, of, untried });
                let target = format!("{} port {}", target.host, target.port);
                return Ok(Link { socket, flow, local, peer, target });
            }
            Err((reason, error)) => {
                let facts = ConnectFailed {
                    ends: Ends::to(peer),
                    reason,
                    errno: error.raw_os_error(),
                    attempt,
                    of,
                    syn_resent: None,
                    icmp: None,
                    error_queue_empty: false,
                    planned: None,
                };
                note().emit(facts.clone());
                attempts.push((peer, facts, error));
            }
        }
    }
    Err(evidence::no_socket(target, dial, attempts))
}

/// A socket of the peer's family with that peer, which asks for ICMP messages.
fn open(
    peer: SocketAddr,
    source_port: Option<u16>,
) -> Result<(UdpSocket, SocketAddr), (ConnectFailure, io::Error)> {
    let other = |error| (ConnectFailure::Other, error);
    let socket = Socket::new(Domain::for_address(peer), Type::DGRAM, None)
        // A system without IPv6 has no such sockets: there is no way to that address.
        .map_err(|error| (ConnectFailure::Unreachable, error))?;
    socket.set_nonblocking(true).map_err(other)?;
    // Without it an ICMP message still ends the conversation; only its origin stays unknown.
    let _ = kernel::watch_icmp(handle(&socket), peer.is_ipv6());
    if let Some(port) = source_port {
        let any: IpAddr = match peer {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let bound = socket.bind(&SocketAddr::new(any, port).into());
        bound.map_err(|error| (ConnectFailure::LocalAddress, error))?;
    }
    socket.connect(&peer.into()).map_err(|error| (reason(&error), error))?;
    let socket = UdpSocket::from_std(socket.into()).map_err(other)?;
    let local = socket.local_addr().map_err(other)?;
    Ok((socket, local))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system's list of errors, which grows")]
fn reason(error: &io::Error) -> ConnectFailure {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::PermissionDenied => ConnectFailure::Rejected,
        // No own address of the family: there is no way there.
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            ConnectFailure::Unreachable
        }
        Kind::AddrInUse => ConnectFailure::LocalAddress,
        _ => ConnectFailure::Other,
    }
}
