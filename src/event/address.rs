//! The forms of addresses and captured bytes in JSON; nothing else of an event.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One end of a conversation: an IP address and port, or a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Address {
    Inet(SocketAddr),
    Path(String),
}

impl Address {
    /// The port, where the address has one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Inet(addr) => Some(addr.port()),
            Address::Path(_) => None,
        }
    }

    /// The IP address and port, where it is one.
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Address::Inet(addr) => Some(*addr),
            Address::Path(_) => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        Address::Inet(addr)
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        SocketAddr::from_str(&text).map_or(Address::Path(text), Address::Inet)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(addr) => addr.fmt(f),
            Address::Path(path) => path.fmt(f),
        }
    }
}

/// Both ends as seen by `side`: `local` is its own. In JSON also `local_port` and `peer_port`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "EndsForm", into = "EndsForm")]
#[schemars(with = "EndsForm")]
pub struct Ends {
    pub local: Option<Address>,
    pub peer: Option<Address>,
}

impl Ends {
    /// Both ends known.
    pub fn new(local: impl Into<Address>, peer: impl Into<Address>) -> Self {
        Ends { local: Some(local.into()), peer: Some(peer.into()) }
    }

    /// Only the far end known.
    pub fn to(peer: impl Into<Address>) -> Self {
        Ends { local: None, peer: Some(peer.into()) }
    }

    /// Only the own end known.
    pub fn at(local: impl Into<Address>) -> Self {
        Ends { local: Some(local.into()), peer: None }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct EndsForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer_port: Option<u16>,
}

impl From<EndsForm> for Ends {
    fn from(form: EndsForm) -> Self {
        Ends { local: form.local, peer: form.peer }
    }
}

impl From<Ends> for EndsForm {
    fn from(ends: Ends) -> Self {
        EndsForm {
            local_port: ends.local.as_ref().and_then(Address::port),
            peer_port: ends.peer.as_ref().and_then(Address::port),
            local: ends.local,
            peer: ends.peer,
        }
    }
}

/// The first bytes of a piece of payload: in JSON `head` with `head_encoding` `utf8` or `base64`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "HeadForm", into = "HeadForm")]
#[schemars(with = "HeadForm")]
pub struct Head(pub Vec<u8>);

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct HeadForm {
    head: String,
    head_encoding: HeadEncoding,
}

/// How `head` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadEncoding {
    Utf8,
    Base64,
}

impl TryFrom<HeadForm> for Head {
    type Error = base64::DecodeError;

    fn try_from(form: HeadForm) -> Result<Self, Self::Error> {
        use base64::Engine as _;
        Ok(Head(match form.head_encoding {
            HeadEncoding::Utf8 => form.head.into_bytes(),
            HeadEncoding::Base64 => base64::engine::general_purpose::STANDARD.decode(form.head)?,
        }))
    }
}

impl From<Head> for HeadForm {
    fn from(head: Head) -> Self {
        use base64::Engine as _;
        match String::from_utf8(head.0) {
            Ok(head) => HeadForm { head, head_encoding: HeadEncoding::Utf8 },
            Err(raw) => HeadForm {
                head: base64::engine::general_purpose::STANDARD.encode(raw.as_bytes()),
                head_encoding: HeadEncoding::Base64,
            },
        }
    }
}
