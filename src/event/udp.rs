//! Facts about UDP: sockets that were given one peer, peers that a server saw, datagrams that were not taken or not
//! delivered, and silence. A datagram that passed is a [`super::tcp::Bytes`] event at layer `udp`, one event each.

use std::net::IpAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tcp::{Direction, Holder, Icmp};
use super::{Ends, seconds};

/// The most octets that one datagram can carry over IPv4: 65,535 of an IP packet (RFC 791 section 3.1) less 20 of its header
/// and 8 of UDP's (RFC 768).
pub const LONGEST_V4: u64 = 65_507;

/// The same over IPv6, whose length field does not count its own header (RFC 8200 section 3): 65,535 less 8.
pub const LONGEST_V6: u64 = 65_527;

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A UDP socket was given one peer (`connect`): nothing was sent by that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UdpConnected {
    #[serde(flatten)]
    pub ends: Ends,
    /// Which address of the name this was, from 1, of how many.
    pub attempt: u32,
    pub of: u32,
    /// Addresses of the name that are not tried: nothing tells in time whether anybody is at this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untried: Vec<IpAddr>,
}

/// A server got a datagram from an address and port that it does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerSeen {
    #[serde(flatten)]
    pub ends: Ends,
    /// Serial in this server's life, from 1. One that was forgotten and comes back gets another.
    pub client: u64,
    /// Datagrams of it that came before this one and were counted instead of told.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub untold: u64,
}

/// A server no longer keeps what it knew of a peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerForgotten {
    #[serde(flatten)]
    pub ends: Ends,
    pub client: u64,
    pub why: Forgotten,
    /// How long nothing had come from it.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub silent: Duration,
    /// Datagrams and octets of this peer, as the server counts: sent to it, received from it.
    pub datagrams_sent: u64,
    pub datagrams_received: u64,
    pub sent: u64,
    pub received: u64,
}

/// Why a peer was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Forgotten {
    /// Nothing came from it for as long as the limit allows.
    Idle,
    /// The table of peers is full, and it was silent for longest.
    Room,
}

/// A call on a socket got an error that an ICMP message caused: a datagram sent before was not delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryFailed {
    #[serde(flatten)]
    pub ends: Ends,
    /// The call that met it.
    pub during: Direction,
    /// What the call got, where it was the first to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The message, where the socket's error queue held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<Icmp>,
    /// Datagrams that had been sent until then.
    pub sent: u64,
    /// True where this ends the conversation; false for what may pass (no way there at this moment).
    pub ends_it: bool,
}

/// The system did not take a datagram: nothing of it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SendRefused {
    #[serde(flatten)]
    pub ends: Ends,
    /// Octets of the datagram.
    pub len: u64,
    pub reason: SendRefusal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The most octets that fit one datagram of this family.
    pub longest: u64,
}

/// Why a datagram was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendRefusal {
    /// Longer than a datagram can be, or than the system lets it be (EMSGSIZE).
    TooLong,
    /// A rule of this machine (EPERM, EACCES).
    NotPermitted,
    /// No way there (ENETUNREACH, EHOSTUNREACH).
    NoWay,
    Other,
}

/// Our own input has ended; nothing tells the peer so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputEnded {
    /// Datagrams sent until then.
    pub sent: u64,
    /// How long replies are waited for from here on, and again from each reply.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub wait: Duration,
}

/// Nothing came for as long as we wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FellSilent {
    #[serde(flatten)]
    pub ends: Ends,
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub waited: Duration,
    /// True where our own input had not ended: what it still gives is not sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input_open: bool,
    /// Datagrams in the whole conversation.
    pub sent: u64,
    pub received: u64,
    /// Who has that port at the peer's address, where that is on this machine and its socket table was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// True where that socket holds datagrams that its program has not read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unread: bool,
}
