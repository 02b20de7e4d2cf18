//! Facts about experiments on a connection: what is announced before it, what the kernel shows during it, and what the
//! interfaces counted around it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ports::Owner;
use super::seconds;

/// A client is about to behave in an unusual way that was asked for; told before it connects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExperimentAnnounced {
    pub experiment: Experiment,
    /// For `drip`: the time between two writes. For `no_read`: how long it lasts at most, where it is bounded. Seconds in JSON.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub time: Option<Duration>,
}

/// An unusual way to use a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Experiment {
    /// End the own direction after what was to be sent, and go on reading.
    HalfClose,
    /// Break the connection off with a RST after what was to be sent.
    Reset,
    /// Read nothing that comes.
    NoRead,
    /// One octet a write.
    Drip,
}

/// How far the bytes have piled up at an end that does not read, as the kernel tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Backlogged {
    /// Octets that arrived here and are not read.
    pub unread: u64,
    /// The window that our kernel offers, octets, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Octets that the sender's kernel holds back, where the sender is on this machine and its table can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
    /// The process that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// How far the byte counters of the network interfaces moved during a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CountersMoved {
    /// Every interface that was there before and after; empty where they could not be read.
    pub interfaces: Vec<InterfaceMoved>,
    /// Why they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// True where the conversation was over a Unix socket, which uses no interface.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unix: bool,
}

/// One interface's counters: octets of whole packets, with their headers, of every program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InterfaceMoved {
    pub name: String,
    /// True for the interface that leads back to this machine.
    pub loopback: bool,
    pub received: u64,
    pub sent: u64,
}
