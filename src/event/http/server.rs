//! What a server tells of the requests that it answers, refuses, or answers wrongly on purpose. What passed is told by the messages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A server answered one request; `took` is from the end of the request's head to the end of the response given to the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    pub exchange: u64,
    pub method: String,
    pub target: String,
    pub version: String,
    /// Octets of the request's head as it came; absent where the connection is only counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_len: Option<u64>,
    pub status: u16,
    pub reason: String,
    /// Octets of content in the response.
    pub body_len: u64,
    /// Why the request was refused, where no `malformed` shows the octet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// A server read a request and does something else than answer it, because it was asked to. It is the first of its connection:
/// what follows is not read as a request, and not counted as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Misanswered {
    pub exchange: u64,
    pub method: String,
    pub target: String,
    pub version: String,
    /// Octets of the request's head as it came; absent, with the three above empty, where it was no head that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_len: Option<u64>,
    /// What it does in place of an answer; absent where it reads on and is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// A misbehaviour of an HTTP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A RST in place of an answer.
    Reset,
    /// The end of the connection in place of an answer.
    Empty,
    /// Less content than is announced.
    Truncate,
    /// More content than is announced.
    LongBody,
    /// A chunk whose size is no number.
    BadChunk,
    /// Two lengths that differ.
    TwoLengths,
    /// A length that is no length.
    BadLength,
    /// A redirect into a loop of two.
    RedirectLoop,
    /// A right answer, octet by octet.
    SlowHeaders,
    /// A header that never ends.
    EndlessHeader,
    /// A status that is no number.
    BadStatus,
    /// A NUL within a header.
    NulHeader,
    /// The greeting of another protocol.
    NotHttp,
}

impl Fault {
    /// Every fault, with the name it is asked for by.
    pub const NAMED: [(&'static str, Fault); 13] = [
        ("reset", Fault::Reset),
        ("empty", Fault::Empty),
        ("truncate", Fault::Truncate),
        ("long-body", Fault::LongBody),
        ("bad-chunk", Fault::BadChunk),
        ("two-lengths", Fault::TwoLengths),
        ("bad-length", Fault::BadLength),
        ("redirect-loop", Fault::RedirectLoop),
        ("slow-headers", Fault::SlowHeaders),
        ("endless-header", Fault::EndlessHeader),
        ("bad-status", Fault::BadStatus),
        ("nul-header", Fault::NulHeader),
        ("not-http", Fault::NotHttp),
    ];
}

/// Why a server refuses a request whose octets alone do not show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Refused {
    /// Its content is longer than the server takes (RFC 9110 section 15.5.14); octets.
    Content {
        limit: u64,
        /// What Content-Length says; absent where it came in chunks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        declared: Option<u64>,
    },
    /// It has more header fields than the library takes (RFC 6585 section 5).
    Fields { limit: u64 },
    /// Its body has a transfer coding besides `chunked` (RFC 9112 section 6.1).
    Coding,
    /// The library refused it, in its own words.
    Library { words: String },
}
