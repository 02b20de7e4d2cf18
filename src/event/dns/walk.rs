//! Facts about a walk from the root: who sent us where, and what was met on the way.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Meaning, Question, Record};

/// A server does not know, and says who does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferralReceived {
    /// Who said so.
    pub from: SocketAddr,
    /// The zone it was asked as a server of.
    pub from_zone: String,
    /// The zone it sends us to.
    pub zone: String,
    pub servers: Vec<Delegated>,
    /// The name that is being looked for.
    pub name: String,
}

/// A name server as a referral names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delegated {
    pub name: String,
    /// Addresses that came along (glue); empty: they have to be looked up.
    pub glue: Vec<IpAddr>,
    /// Addresses that came along and were not believed: the referring zone has no say over that name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_believed: Vec<IpAddr>,
}

/// The answer is another name, which is looked for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AliasFollowed {
    pub name: String,
    pub target: String,
    /// True where the target lies in another zone than the server that said so was asked for.
    pub other_zone: bool,
}

/// A server of a zone was passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerSkipped {
    /// Its name, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    pub zone: String,
    pub reason: SkipReason,
    /// True where another server of the zone is left to be asked.
    pub another: bool,
}

/// Why a server was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It is not responsible for the zone it was named for.
    Lame,
    /// It refers to a zone that is no nearer: upwards or sideways.
    RefersUpwards,
    Silent,
    PortClosed,
    Unreachable,
    ServerFailure,
    Refused,
    OtherError,
    /// Only messages that could not be believed came.
    Unbelievable,
    /// Its own name has no address.
    NoAddress,
    /// Its own name can only be looked up by asking itself.
    GlueMissing,
}

/// One step of the path a walk took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WalkedServer {
    pub zone: String,
    pub address: SocketAddr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    pub asked: Question,
    pub meaning: Meaning,
}

/// A chain of aliases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alias {
    pub name: String,
    pub target: String,
}

/// A walk came to its end: an answer, or a definite no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Walked {
    pub question: Question,
    /// The servers that led to the answer, in order; detours are not among them.
    pub path: Vec<WalkedServer>,
    pub aliases: Vec<Alias>,
    pub answers: Vec<Record>,
    pub meaning: Meaning,
    /// Least TTL of the answers, or the negative TTL; seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Questions asked, retries and detours included.
    pub questions: u32,
}
