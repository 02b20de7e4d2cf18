//! Facts about TCP connections.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ports::{Owner, Reach};
use super::{Ends, Head, Side, seconds};

/// The protocol a flow speaks, as its user named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Tcp,
    Udp,
    Unix,
    Tls,
    Http,
    Https,
}

/// A socket accepts clients now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listening {
    pub protocol: Protocol,
    #[serde(flatten)]
    pub ends: Ends,
    /// How many completed connections the kernel was asked to keep for the program until it accepts them; 0 for UDP, which has none.
    pub backlog: u32,
    pub reach: Reach,
    /// Addresses of this machine at which others can reach a wildcard or non-loopback bind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reachable_at: Vec<IpAddr>,
    /// True where the same server tells of another address right after this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub another: bool,
}

/// The URL of a server that is drawn for the camera of a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressOffered {
    /// Absent where no address of the server can be reached from another machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The same server at this machine's other addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// True where a throwaway authority vouches for the server, which no phone knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown_authority: bool,
}

/// An address could not be listened on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListenFailed {
    #[serde(flatten)]
    pub ends: Ends,
    pub reason: ListenFailure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// True where the server goes on without this address.
    pub goes_on: bool,
}

/// Why a bind or listen was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListenFailure {
    AddressInUse,
    PermissionDenied,
    AddressNotAvailable,
    /// The system has no such address family (IPv6 switched off).
    FamilyNotSupported,
    /// It listens, and a waiting client could not be accepted (as for want of descriptors); told once, counted in `served`.
    Accept,
    Other,
}

/// A conversation got its socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowOpened {
    pub protocol: Protocol,
    #[serde(flatten)]
    pub ends: Ends,
    /// What the system calls this socket, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<SocketId>,
}

/// The kernel's name for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketId {
    /// `SO_COOKIE` (Linux).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<u64>,
}

/// A TCP handshake completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Connected {
    #[serde(flatten)]
    pub ends: Ends,
    /// Which address of the name this was, from 1, of how many.
    pub attempt: u32,
    pub of: u32,
    /// True where the socket was connected to itself (the system lent it the port it was calling).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_itself: bool,
    /// The address that the name leads to, where a lab has it elsewhere on this machine; `peer` is where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<SocketAddr>,
}

/// An attempt at one address failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectFailed {
    #[serde(flatten)]
    pub ends: Ends,
    pub reason: ConnectFailure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    pub attempt: u32,
    pub of: u32,
    /// How often the kernel repeated its SYN, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syn_resent: Option<u32>,
    /// The ICMP error that ended the attempt, where one was queued for the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<Icmp>,
    /// True where the socket's error queue was read and held nothing: the answer was no ICMP message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub error_queue_empty: bool,
    /// As in [`Connected::planned`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<SocketAddr>,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectFailure {
    /// A RST answered our SYN (ECONNREFUSED).
    Refused,
    /// An ICMP error that states a policy, or a refusal by this system itself (EACCES, EPERM).
    Rejected,
    /// Nothing came back in the time allowed.
    Timeout,
    /// The system has no way there, or was told so.
    Unreachable,
    /// The connection was reset while it was being made.
    Reset,
    /// The own address or port could not be used (`--source-port`).
    LocalAddress,
    Other,
}

/// An ICMP error as the socket's error queue gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Icmp {
    /// The machine that sent it, where the queue tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<IpAddr>,
    #[serde(rename = "type")]
    pub kind: u8,
    pub code: u8,
    /// True for ICMPv6.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub v6: bool,
}

impl Icmp {
    /// Whether the message itself says that a rule forbids it: administratively prohibited (RFC 1122 section 3.2.2.1, RFC 1812
    /// section 5.2.7.1), and for ICMPv6 the source address or the route too (RFC 4443 section 3.1).
    pub fn forbids(&self) -> bool {
        if self.v6 {
            self.kind == 1 && matches!(self.code, 1 | 5 | 6)
        } else {
            self.kind == 3 && matches!(self.code, 9 | 10 | 13)
        }
    }

    /// Whether it is *port unreachable*.
    pub fn is_port_unreachable(&self) -> bool {
        (self.kind, self.code) == if self.v6 { (1, 4) } else { (3, 3) }
    }
}

/// A waiting connection was taken by the program that listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    #[serde(flatten)]
    pub ends: Ends,
    /// Serial of the client in this server's life, from 1.
    pub client: u64,
    /// Process at the other end, where it is on this machine and may be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_owner: Option<Owner>,
}

/// Which way bytes went, from the point of view of `side`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Sent,
    Received,
}

impl Direction {
    /// The side these bytes came from, seen by `side`.
    pub fn from(self, side: Side) -> Side {
        match self {
            Direction::Sent => side,
            Direction::Received => side.other(),
        }
    }
}

/// Bytes passed in one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bytes {
    pub direction: Direction,
    /// Position of the first of them in this direction of the flow (and layer), from 0.
    pub offset: u64,
    /// How many passed in this call.
    pub len: u64,
    /// The first of them, up to the capture limit; may be shorter than `len`, and empty.
    #[serde(flatten)]
    pub head: Head,
    /// True where events of the protocol in them tell what they mean.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub annotated: bool,
    /// UDP: which datagram of this direction this is, from 1. One event is one datagram; a stream has no such pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datagram: Option<u64>,
    /// UDP: the datagram was longer than the buffer it was read into; what did not fit is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Octets that are gone by that, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<u64>,
}

/// One direction ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HalfClosed {
    /// Who will send no more.
    pub by: Side,
    /// Bytes sent in that direction until then.
    pub after: u64,
    /// True where events of the protocol above tell what this end means.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub annotated: bool,
}

/// A connection is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// Who ended it: whose FIN came first, or who broke it off with a RST.
    pub by: Side,
    pub how: CloseHow,
    /// Bytes that this side sent and received in all.
    pub sent: u64,
    pub received: u64,
    /// Octets of application data that TLS brought a server; absent without TLS, and of a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<u64>,
    /// Requests it carried, for HTTP: those that a client sent, those that a server answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Bytes that had arrived here and were never read: closing then sends a RST (RFC 9293 section 3.6.1 with RFC 2525 section
    /// 2.17), unless both directions had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
    /// Why this side ended it, where it did and the reason is a rule of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<CloseReason>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseHow {
    /// In order, over TCP with a FIN of this side, and one of the peer unless it kept its direction open for longer than we
    /// waited. A Unix socket has no segments; it ends in order as well.
    Fin,
    /// Broken off, over TCP with a RST. Over a Unix socket nothing is sent: a read of whoever is left fails with ECONNRESET, a
    /// write with EPIPE.
    Rst,
    /// The peer never acknowledged: the kernel gave up.
    Timeout,
}

/// A rule by which a server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The client asked for it or speaks HTTP/1.0 without keep-alive.
    NoKeepAlive,
    /// Nothing came for longer than the idle limit.
    Idle,
    /// A request, its head or its body, took longer than the limit.
    SlowHead,
    /// The request broke the rules.
    BadRequest,
    /// The server is stopping.
    Stopping,
    /// The connection limit is reached.
    TooMany,
    /// A behaviour asked for on the command line.
    Fault,
    /// It speaks another protocol.
    WrongProtocol,
    /// The client does not take what it asked for.
    NeverReads,
}

/// What the kernel counts about one connection, read with `TCP_INFO` or the system's own equivalent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpInfo {
    /// The state by the name RFC 9293 section 3.3.2 gives it, as `ESTABLISHED`.
    pub state: String,
    /// Smoothed round-trip time; seconds in JSON.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub rtt: Option<Duration>,
    /// Its mean deviation; seconds in JSON.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub rtt_var: Option<Duration>,
    /// Largest segment this side sends at that moment, octets of payload: at most the MSS that the peer announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_mss: Option<u32>,
    /// Octets of payload that the other end's kernel acknowledged, SYN and FIN subtracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked: Option<u64>,
    /// Octets of payload that this kernel received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// Segments sent again over the connection's life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmits: Option<u32>,
    /// Octets in the send queue that the other end's kernel has not acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unacked: Option<u64>,
    /// Congestion window, segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub congestion_window: Option<u32>,
    /// Largest window this kernel currently offers its peer, octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive_window: Option<u32>,
}

/// Bytes that a kernel holds and the program there has not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// The side whose program has not read them.
    pub of: Side,
    /// Octets in that socket's receive queue (Recv-Q).
    pub len: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// False where the connection waits in the accept queue: no program has taken it.
    pub accepted: bool,
}

/// One port, two families, not one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FamiliesDiffer {
    pub port: u16,
    /// The name whose addresses these are.
    pub name: String,
    /// The one this run reached, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<IpAddr>,
    /// What the name stands for on this machine, in the system's order; told where nothing was connected to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<IpAddr>,
    /// Who holds the port at each address, from the socket table.
    pub holders: Vec<Holder>,
    /// Two sockets listen, and the table does not show whether they are one program's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
}

/// Who listens at one address, if anybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Holder {
    pub address: IpAddr,
    /// False where the table shows no listener for the address.
    pub listens: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}
