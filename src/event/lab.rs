//! Facts about the pocket internet: what is in it, where it is, and what its servers counted.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pocket internet runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabStarted {
    /// The ports in use.
    pub ports: LabPorts,
    /// The ports that the plan names, where others had to be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<LabPorts>,
    pub servers: Vec<LabServer>,
    /// Names worth trying, in the order of the map.
    pub names: Vec<LabName>,
    /// Where the certificate of the lab's authority was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Planned addresses and where they really are, where this machine has only 127.0.0.1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doors: Vec<LabDoor>,
    /// Faults that were asked for with `--fault`, as `servfail@shop.test.`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// Ports of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabPorts {
    pub dns: u16,
    pub http: u16,
    pub https: u16,
}

/// A planned address and where it really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabDoor {
    pub planned: SocketAddr,
    pub real: SocketAddr,
}

/// One server of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabServer {
    /// Its own name, as `a.root-servers.lab.` or `shop`.
    pub name: String,
    pub role: LabRole,
    pub address: IpAddr,
    /// The zones it answers for, or the sites it shows.
    pub serves: Vec<String>,
    /// The misbehaviour it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What a server of a lab does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabRole {
    /// Answers for the root zone.
    Root,
    /// Answers for a top-level domain.
    TopLevel,
    /// Answers for zones of its own.
    Authority,
    /// Looks up for others and remembers.
    Resolver,
    /// Shows pages over HTTP or HTTPS.
    Web,
}

/// A name of a lab worth trying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabName {
    pub name: String,
    /// What it is there for, in a few words.
    pub shows: String,
    /// What to run, as `get http://shop.test:8080/`; the ports are those in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A command uses a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabJoined {
    pub ports: LabPorts,
    /// The process of a running lab; absent where it was started for this command and ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// What the servers of a lab counted since it began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabCounted {
    pub counts: Vec<LabCount>,
}

/// One server's counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabCount {
    pub name: String,
    pub address: IpAddr,
    /// DNS questions that arrived.
    pub queries: u64,
    /// Connections accepted: HTTP, HTTPS, DNS over TCP.
    pub connections: u64,
    /// HTTP requests answered, by a web server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Questions that a resolver answered from its cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_cache: Option<u64>,
}

/// What a caching resolver remembers at this moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CacheListed {
    pub entries: Vec<CacheEntry>,
}

/// One remembered answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CacheEntry {
    pub name: String,
    pub record_type: String,
    /// `answer`, `no_data`, `no_such_name`.
    pub meaning: super::dns::Meaning,
    /// Seconds left.
    pub ttl: u32,
    /// Data of the records; empty for a remembered no.
    pub data: Vec<String>,
}
