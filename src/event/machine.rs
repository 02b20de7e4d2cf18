//! Facts about what works on this machine, as tried or read by `doctor`.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ports::Socket;

/// One thing was tried or read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Whether all that rests on it works here.
    pub state: State,
    #[serde(flatten)]
    pub check: Check,
}

/// How well it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Works,
    /// It is there, as the system says; it was not tried.
    Listed,
    /// Something is missing, and netlearn has another way or says so.
    Limited,
    /// What rests on it does not work here.
    Missing,
}

/// What was tried or read, and what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum Check {
    /// A listener at this address was connected to.
    Loopback {
        address: IpAddr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// What `getaddrinfo` gives for localhost.
    Localhost { addresses: Vec<IpAddr> },
    /// Whether a server could have this port at both loopback addresses.
    Port {
        port: u16,
        /// What uses it, where it is taken and the table can be read.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        holders: Vec<Socket>,
    },
    /// The lowest port that this user may listen on; absent where the system does not say.
    Boundary {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_unprivileged: Option<u16>,
    },
    /// Addresses at which other machines may reach this one.
    Reachable { addresses: Vec<IpAddr> },
    /// Descriptors this process may have open: now, and at most.
    Descriptors {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        soft: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hard: Option<u64>,
    },
    /// The system's configured name servers; none was asked.
    NameServers {
        servers: Vec<SocketAddr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// The socket table: whether it can be read, and whether every process may be seen.
    Table {
        sees_all: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        missing: Vec<String>,
    },
    /// What the kernel tells about one connection of our own, and why not.
    Kernel {
        /// `TCP_INFO`.
        tcp_info: bool,
        /// Acknowledged bytes in it.
        acknowledged: bool,
        /// ICMP errors of a socket.
        icmp_origin: bool,
    },
    /// The terminal of stdout.
    Terminal { terminal: bool, columns: usize, utf8: bool, color: bool },
    /// A program that lessons offer beside netlearn itself; looked for, not run.
    Program {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
    /// Firewall rules: an ordinary user cannot read them.
    Firewall,
    /// The lessons in the binary that something missing here touches: they go another way in the steps that read it.
    Lessons {
        /// How many there are.
        all: u64,
        /// What is missing, as `lesson --without` names it, or a program's name; absent where nothing is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lacks: Option<String>,
        /// The ones that it touches, as `2 (ports)`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        touched: Vec<String>,
    },
}
