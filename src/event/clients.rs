//! Facts about many connections of one client to one server at the same time.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ports::LentPorts;
use super::seconds;

/// Many connections are about to be opened; told before the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsAnnounced {
    /// How many connections were asked for.
    pub clients: u64,
    /// Handshakes that are under way at the same time, at most.
    pub at_once: u64,
    /// How many descriptors this process may have now (its soft limit); absent where there is no limit, or it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
    /// What that limit was before it was raised for this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised_from: Option<u64>,
    /// The ports that the system lends to clients, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lent: Option<LentPorts>,
}

/// How far many connections have come: once a second while they are opened and used, and once when all are open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsCounted {
    pub clients: u64,
    /// Handshakes done so far.
    pub connected: u64,
    /// Connections that are open here at this moment.
    pub open: u64,
    /// Those among them whose server has ended its direction already, where the system tells; looked at once all were tried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ended_by_server: u64,
    /// Those that failed so far, in the handshake or later.
    pub failed: u64,
    /// True where each one was tried and none is closed by us yet: `open` is how many there are at the same time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_tried: bool,
}

/// Many connections are over: all of them, counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsEnded {
    /// How many were asked for: `connected`, `not_tried` and the failures of the handshake together.
    pub clients: u64,
    /// Handshakes done.
    pub connected: u64,
    /// Not even tried: the first could not be opened, or the run was told to end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub not_tried: u64,
    /// The most that were open here at the same time.
    pub most_open: u64,
    /// Different addresses and ports of ours among them.
    pub own_ports: u64,
    /// The server's end, the same of all; absent where none was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<SocketAddr>,
    /// From our call until we saw the connection open; absent where none was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_times: Option<Times>,
    /// Octets of payload of all of them together, and the calls that carried them.
    pub sent: u64,
    pub received: u64,
    pub writes: u64,
    pub reads: u64,
    /// Who ended them, as seen from here: whose FIN came first, or who broke them off with a RST.
    pub closed_by_client: u64,
    pub closed_by_server: u64,
    /// Those ended by a RST, whoever sent it (counted in the two above as well).
    pub reset: u64,
    /// What failed and how often, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<ClientsFailed>,
}

impl ClientsEnded {
    /// How many failed, in the handshake or later.
    pub fn failed(&self) -> u64 {
        self.failures.iter().fold(0, |sum, failed| sum.saturating_add(failed.count))
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Three of many measured times. Seconds in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub lowest: Duration,
    /// The one in the middle; of an even number the lower of the two.
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub median: Duration,
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub highest: Duration,
}

impl Times {
    /// Of all of these; `None` of none.
    pub fn of(mut times: Vec<Duration>) -> Option<Times> {
        times.sort_unstable();
        let middle = times.len().saturating_sub(1) / 2;
        Some(Times { lowest: *times.first()?, median: *times.get(middle)?, highest: *times.last()? })
    }
}

/// How many failed for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientsFailed {
    pub reason: ClientFailure,
    pub count: u64,
}

/// Why one of many connections failed, as far as its own call tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientFailure {
    /// The handshake: refused.
    Refused,
    /// The handshake: a rule forbids it.
    Rejected,
    /// The handshake: no answer in time.
    ConnectTimeout,
    /// The handshake: no way there.
    Unreachable,
    /// The handshake: the system had no port of ours to lend.
    NoPort,
    /// The handshake: this process, or the system, has as many descriptors open as it may.
    NoDescriptor,
    /// The handshake: broken off by a RST.
    ConnectReset,
    /// The handshake: anything else.
    ConnectOther,
    /// Nothing passed for too long on an open connection.
    Silent,
    /// An open connection was broken off by a RST.
    Reset,
    /// The system did not take our bytes.
    SendFailed,
    /// Reading gave an error.
    ReceiveFailed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_measured_times() {
        let ms = Duration::from_millis;
        assert_eq!(Times::of(vec![]), None);
        let one = Times::of(vec![ms(3)]).unwrap();
        assert_eq!((one.lowest, one.median, one.highest), (ms(3), ms(3), ms(3)));
        let four = Times::of(vec![ms(9), ms(1), ms(2), ms(4)]).unwrap();
        assert_eq!((four.lowest, four.median, four.highest), (ms(1), ms(2), ms(9)));
    }
}
