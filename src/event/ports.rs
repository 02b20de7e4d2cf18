//! Facts about the sockets of this machine, as its socket table lists them.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tcp::{ListenFailure, Protocol};
use super::unix::UnixSocket;
use super::{Ends, Head, seconds};

/// A process that holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    pub pid: u32,
    /// The command line, its arguments joined by spaces; the short name where the line may not be read.
    pub command: String,
    /// True where the process is stopped (a job-control or trace stop), so that it cannot read or answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

/// Who can reach a listening address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Bound to a loopback address (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
    ThisMachine,
    /// Bound to one address that other machines may have a way to.
    OneAddress,
    /// Bound to every address of the machine.
    EveryAddress,
}

/// One row of the socket table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Socket {
    pub protocol: Protocol,
    #[serde(flatten)]
    pub ends: Ends,
    /// TCP state by its RFC 9293 section 3.3.2 name, `LISTEN` for listeners; `BOUND` for a TCP socket
    /// that has an address and neither listens nor is connected; `UNCONNECTED` or `CONNECTED` for UDP. Unix sockets:
    /// `LISTEN`, `ESTABLISHED`, `BOUND`, `UNBOUND` (neither a name nor a peer); datagrams `UNCONNECTED` or `CONNECTED`.
    pub state: Cow<'static, str>,
    /// True for a socket of the IPv6 family that also takes IPv4 clients (`[::]` without IPV6_V6ONLY); unknown where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dual_stack: Option<bool>,
    /// For a listener: completed connections that wait to be accepted. Otherwise: octets received and unread.
    pub recv_q: u64,
    /// Octets sent and not acknowledged.
    pub send_q: u64,
    /// For a listener: how many completed connections may wait to be accepted (`listen`'s backlog as the system took it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_limit: Option<u64>,
    /// 0 where the socket has no file: TIME_WAIT, or a connection that is not accepted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
    /// User that the system books the socket under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Arc<str>>,
    /// Every process that holds it; empty where none does or none may be seen (`owner_hidden`).
    pub owners: Arc<[Owner]>,
    /// True where the socket has a file but no process that we may look into holds it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_hidden: bool,
    /// For listeners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// Registered name of the local port (the system's services file), where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Time left on the socket's timer, for TIME_WAIT; seconds in JSON.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub timer: Option<Duration>,
    /// For Unix sockets: what TCP and UDP do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unix: Option<Box<UnixSocket>>,
}

impl Socket {
    /// The own address and port.
    pub fn local(&self) -> Option<SocketAddr> {
        self.ends.local.as_ref().and_then(super::Address::inet)
    }

    /// The far address and port, for connections.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.ends.peer.as_ref().and_then(super::Address::inet)
    }

    /// True for a socket that waits for clients (TCP) or datagrams from anybody (UDP).
    pub fn listens(&self) -> bool {
        matches!(&*self.state, "LISTEN" | "UNCONNECTED")
    }
}

/// A socket that stands in the system's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketFound {
    #[serde(flatten)]
    pub socket: Socket,
}

/// A socket that was not there at the last look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketAppeared {
    #[serde(flatten)]
    pub socket: Socket,
}

/// A socket that changed since the last look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketChanged {
    #[serde(flatten)]
    pub socket: Socket,
    /// The state it had.
    pub was: String,
}

/// A socket that is gone since the last look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketVanished {
    #[serde(flatten)]
    pub socket: Socket,
}

/// The ports that this system lends to outgoing connections that ask for none (RFC 6056 section 2.1), both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LentPorts {
    pub first: u16,
    pub last: u16,
}

impl LentPorts {
    /// How many ports that are.
    pub fn count(self) -> u64 {
        u64::from(self.last.saturating_sub(self.first)) + 1
    }
}

/// The table was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketsCounted {
    /// Rows shown.
    pub shown: u64,
    /// Rows among them whose owner may not be seen by this user.
    pub hidden: u64,
    /// The one port asked for, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Listeners (or bound sockets) on that port.
    pub listeners: u64,
    /// Where the one port asked for is among those that the system lends to outgoing connections, and the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lent: Option<LentPorts>,
    /// False where a process could not be looked into; where no socket wanted its owner, whether root asked.
    pub sees_all: bool,
    /// True where root asked. A protected process may keep it out all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_root: bool,
    /// True where Unix sockets were asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unix: bool,
    /// What this system's table lacks, as `UDP`, `connections`; empty where it is whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// An address was tried, as a server would bind it, and let go again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BindTried {
    pub protocol: Protocol,
    #[serde(flatten)]
    pub ends: Ends,
    /// Why it failed without SO_REUSEADDR; absent where it worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<ListenFailure>,
    /// Why it failed with SO_REUSEADDR; absent where it worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reusing: Option<ListenFailure>,
    /// Of the first failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// The lowest port an ordinary user may listen on, where the system says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_unprivileged: Option<u16>,
    /// What uses the port, as far as the table can be read; read only where an attempt failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Socket>,
}

/// A port is about to be connected to: told before, because a server may take the probe for its client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeAnnounced {
    pub port: u16,
    /// Where a connection is made, all on this machine; empty where nobody listens over TCP.
    pub addresses: Vec<SocketAddr>,
    /// True where UDP sockets have that port too; nothing is sent to them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub udp: bool,
}

/// A listener was connected to, watched for a moment, and left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PortProbed {
    #[serde(flatten)]
    pub ends: Ends,
    pub outcome: ProbeOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// Whether a program has taken the connection from the accept queue; absent where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
    /// Octets that came without being asked for.
    pub len: u64,
    #[serde(flatten)]
    pub head: Head,
    /// True where the server ended the connection while we listened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
    /// How long we listened, or tried to connect. Seconds in JSON.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub waited: Duration,
}

/// What became of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The handshake completed.
    Open,
    /// ECONNREFUSED.
    Refused,
    /// Nothing came back in the time allowed.
    Timeout,
    Other,
}
