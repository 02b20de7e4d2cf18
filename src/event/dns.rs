//! Facts about names: what programs get for one, and what was asked of DNS and answered.

mod message;
mod walk;

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use message::{
    Edns, Ignored, Meaning, Query, QueryFailed, QueryFailure, Question, Reason, Record, Reply, ReplyIgnored,
    Transport,
};
pub use walk::{
    Alias, AliasFollowed, Delegated, ReferralReceived, ServerSkipped, SkipReason, Walked, WalkedServer,
};

/// A name was turned into addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameLookedUp {
    pub name: String,
    /// In the order in which the system gave them, which is the order they are tried in.
    pub addresses: Vec<IpAddr>,
    /// Who said so, where that is known; `getaddrinfo` never tells its own source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<NameSource>,
    /// Addresses for this name that stand in the hosts file, where one was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_file: Vec<IpAddr>,
}

/// Where an address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameSource {
    /// The target was written as an address: nothing was looked up.
    Literal,
    /// Asked of the system (`getaddrinfo`), which does not say where it found it.
    System,
    /// Given on the command line (`--resolve`).
    CommandLine,
    /// A name server was asked by us (the lab's, under `--lab`).
    Dns,
}

/// A name could not be turned into an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameFailed {
    pub name: String,
    pub reason: NameFailure,
    /// The system's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Why a name gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameFailure {
    /// The system found no address for it.
    NotFound,
    /// The system gave no answer within the time allowed.
    Timeout,
    /// It has addresses, but none of the family asked for (`-4`, `-6`).
    NoSuchFamily,
    /// The system could not look (its words are in `error`).
    LookupFailed,
}

/// The name servers that this system is configured to ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResolverConfigured {
    /// In the order in which they are asked; empty where none is configured.
    pub servers: Vec<SocketAddr>,
    /// Where that is written, as `/etc/resolv.conf`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Domains that programs append to short names; none is appended to what we ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// The system's own words, where its configuration could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What programs get for a name, beside what DNS says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathsCompared {
    pub name: String,
    /// Addresses that `getaddrinfo` gave; empty where it failed.
    pub programs: Vec<IpAddr>,
    /// Addresses of A and AAAA records that DNS gave; empty where it gave none.
    pub dns: Vec<IpAddr>,
    /// What DNS said: `answer`, `no_such_name`, ...; absent where no server was asked or none answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_meaning: Option<Meaning>,
    /// Addresses for the name in the hosts file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_file: Vec<IpAddr>,
    /// True where both paths lead to the same set of addresses (or both to none).
    pub agree: bool,
}

/// A name was changed before it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NameEncoded {
    /// As typed.
    pub name: String,
    /// As asked: IDNA A-labels (RFC 5890 section 2.3.2.1), or the reverse name of an address (RFC 1035 section 3.5).
    pub asked: String,
    pub why: Encoding,
}

/// Why another name is asked for than was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Letters beyond ASCII.
    Idna,
    /// An address, looked up backwards (`-x`).
    Reverse,
}
