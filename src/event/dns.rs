//! Facts about names and the addresses they stand for.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
