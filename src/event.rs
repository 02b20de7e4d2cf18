//! What happened: the one vocabulary between doing and showing.
//!
//! Plain serde data. Nothing here does input or output, chooses words, or reads a clock
//! (only [`recorder`] does that). The JSON form is the public contract of `--json`,
//! `--record` and lesson checks: fields are added freely and never renamed.

mod address;
pub mod clients;
pub mod dns;
pub mod experiment;
pub mod failure;
pub mod http;
pub mod http2;
mod kind;
pub mod lab;
pub mod lesson;
pub mod library;
pub mod machine;
pub mod ports;
pub mod recorder;
pub mod recording;
pub mod run;
pub mod seconds;
pub mod tcp;
pub mod tls;
pub mod udp;
pub mod unix;

use std::time::Duration;

pub use address::{Address, Ends, Head, HeadEncoding};
pub use kind::EventKind;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the JSON contract; it changes only when a reader of the old one would be misled.
pub const SCHEMA: u32 = 1;

/// First line of every recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Always `recording_started`.
    pub event: HeaderTag,
    /// [`SCHEMA`] of the writer.
    pub schema: u32,
    /// Version of the netlearn that wrote it.
    pub version: String,
    /// The command line, without secrets.
    pub command: Vec<String>,
    /// Identity of this boot of the machine, where the system tells it: two recordings of one boot share a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Seconds on the machine's monotonic clock when the recording began; every `at` counts from here.
    pub monotonic: f64,
    /// Wall time when the recording began, RFC 3339, UTC.
    pub wall: String,
    /// The process that wrote it; a recording that was put together from several has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// The name of the header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderTag {
    RecordingStarted,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Event {
    /// 1, 2, 3 ... in order of emission.
    pub seq: u64,
    /// Since the header's `monotonic`; stamped before the call, so it need not rise with `seq`. Seconds in JSON.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub at: Duration,
    /// How long the call took, where there was one. Seconds in JSON.
    #[serde(with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub took: Option<Duration>,
    /// The conversation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
    /// Absent for events about the run itself (`finished`, `folded`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Who saw it.
    pub side: Side,
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Serial number of a conversation (connection, listening socket's client) within one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Flow(pub u64);

/// The layer an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    Name,
    Dns,
    Udp,
    Tcp,
    Unix,
    Tls,
    Http,
    Kernel,
}

/// Who saw the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Client,
    Server,
    Resolver,
    Observer,
}

impl Side {
    /// The other end of a conversation; an observer or resolver has none and stays itself.
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
            Side::Resolver => Side::Resolver,
            Side::Observer => Side::Observer,
        }
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Envelope {
            seq: u64,
            #[serde(with = "seconds")]
            at: Duration,
            #[serde(default, with = "seconds::option")]
            took: Option<Duration>,
            #[serde(default)]
            flow: Option<Flow>,
            #[serde(default)]
            layer: Option<Layer>,
            side: Side,
        }
        use serde::de::Error as _;
        let mut object = Map::<String, Value>::deserialize(deserializer)?;
        if !object.contains_key("event") {
            return Err(D::Error::missing_field("event"));
        }
        let mut envelope = Map::new();
        for name in ["seq", "at", "took", "flow", "layer", "side"] {
            if let Some(value) = object.remove(name) {
                envelope.insert(name.to_owned(), value);
            }
        }
        let envelope: Envelope = serde_json::from_value(Value::Object(envelope)).map_err(D::Error::custom)?;
        Ok(Event {
            seq: envelope.seq,
            at: envelope.at,
            took: envelope.took,
            flow: envelope.flow,
            layer: envelope.layer,
            side: envelope.side,
            kind: EventKind::from_object(object).map_err(D::Error::custom)?,
        })
    }
}

/// The JSON schema of a line of a recording after its header, generated from the types.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Event)
}
