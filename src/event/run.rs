//! Facts about a run as a whole: what was counted, lost, served, told and how it ended.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tcp::Protocol;
use super::{Flow, Side, seconds};

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Counts of what was not shown one by one since the last such event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Folded {
    /// Events that were not made.
    pub events: u64,
    /// Requests (http), reads (tcp) or datagrams received (udp) among them.
    pub requests: u64,
    /// New connections among them.
    pub clients: u64,
    /// Connections open at this moment; for udp peers that are remembered.
    pub open: u64,
    pub received: u64,
    pub sent: u64,
}

/// Events dropped because the sink of a server's stream lagged behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventsLost {
    pub count: u64,
}

/// A server's whole life in numbers; exact at any rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Served {
    pub protocol: Option<Protocol>,
    pub port: u16,
    pub clients: u64,
    pub requests: u64,
    /// Octets of payload, of TCP or UDP.
    pub received: u64,
    pub sent: u64,
    /// UDP (where `requests` are datagrams received): datagrams sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replies: u64,
    /// UDP: datagrams that were longer than the buffer they were read into, so that a part of them is gone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub truncated: u64,
    /// UDP: datagrams that our own system did not take.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub send_refused: u64,
    /// Who ended the connections: whose FIN came first, or who broke them off with a RST.
    pub closed_by_client: u64,
    pub closed_by_server: u64,
    /// Those ended by a RST, whoever sent it (counted in the two above as well).
    pub reset: u64,
    /// Connections still open when the server stopped.
    pub open_at_stop: u64,
    /// Connections turned away at `--max-connections`.
    pub turned_away: u64,
    /// Faults met while accepting, as running out of descriptors.
    pub accept_errors: u64,
}

/// A client's whole life in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversed {
    pub sent: u64,
    pub received: u64,
    /// Calls that carried them.
    pub writes: u64,
    pub reads: u64,
}

/// A heading of a story told in several steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Chapter {
    /// From 1.
    pub number: u32,
    pub of: u32,
    /// Id that the words for it hang on.
    pub id: String,
    /// The command that does the same by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// Several recordings of one clock were put together in causal order; everything else of the stream is theirs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingsMerged {
    pub files: Vec<MergedFile>,
    /// Conversations of which both ends were recorded.
    pub matched: u64,
    /// When the first of them began; seconds in JSON, on the clock of `at`.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub met: Option<Duration>,
}

/// One of several recordings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergedFile {
    pub file: String,
    /// The command line that was recorded.
    pub command: Vec<String>,
    /// Who tells in it.
    pub sides: Vec<Side>,
}

/// Two flows are the two ends of one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlowsMatched {
    /// The flow as the client recorded it.
    pub client: Flow,
    /// The same as the server recorded it.
    pub server: Flow,
}

/// What follows of one side is from this recording, until another is named; only where several tell that side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToldBy {
    pub of: Side,
    pub file: String,
}

/// The run is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// The process's exit code.
    pub exit: u8,
}
