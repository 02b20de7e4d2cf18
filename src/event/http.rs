//! Facts about HTTP messages, as read from the bytes that passed.

pub mod server;

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Head, Side, seconds};

/// Fields whose values let their reader act as somebody else (RFC 9110 section 11, RFC 6265): shown as asterisks.
pub const SECRET_FIELDS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// One header field with its place in the flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// Spelled as it passed.
    pub name: String,
    /// Without the white space around it; octets that are no UTF-8 are replaced by U+FFFD.
    pub value: String,
    /// Offset of the line in this direction of the flow, and its length with the line end.
    pub offset: u64,
    pub len: u64,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// Who sent it.
    pub by: Side,
    /// Serial on this connection, from 1.
    pub exchange: u64,
    pub method: String,
    pub target: String,
    /// As `HTTP/1.1`.
    pub version: String,
    pub headers: Vec<Field>,
    /// Offset of the head in this direction of the flow; length from the request line to the empty line inclusive.
    pub offset: u64,
    pub len: u64,
    /// HTTP/2: the stream it stands on. Its fields passed compressed (HPACK): they are those that the library was given or
    /// gave back, and `offset` and `len` are those of the frames that carried them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<u32>,
    /// Fields and values were not read from the bytes: a library encoded or decoded them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decoded: bool,
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    pub by: Side,
    pub exchange: u64,
    pub status: u16,
    /// The reason phrase as it passed; may be empty.
    pub reason: String,
    pub version: String,
    pub headers: Vec<Field>,
    pub offset: u64,
    pub len: u64,
    /// Method of the request it answers, where that passed here and is a common one: after HEAD no body follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_method: Option<String>,
    /// HTTP/2, as in [`Request`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decoded: bool,
}

/// How the end of a body is known (RFC 9112 section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyRule {
    /// Content-Length.
    Length,
    /// Transfer-Encoding: chunked.
    Chunked,
    /// The connection ends.
    Close,
    /// HTTP/2: the flag END_STREAM (RFC 9113 section 8.1).
    EndStream,
    /// There is none: HEAD, 1xx, 204, 304, or a request without either field.
    None,
}

/// The body of a message ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BodyEnded {
    /// Who sent the body.
    pub by: Side,
    pub exchange: u64,
    pub rule: BodyRule,
    /// Octets of content, chunk framing not counted.
    pub len: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<u64>,
    /// False where the connection ended before the body did.
    pub complete: bool,
    /// Chunks it came in, for `chunked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<u64>,
    /// Transfer codings but for `chunked` that were not undone, as the fields name them (RFC 9112 section 7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coded: Vec<String>,
    /// The trailer fields that came after the last chunk (RFC 9112 section 7.1.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trailers: Vec<Field>,
}

/// What rule the bytes break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// Not a request line (RFC 9112 section 3).
    RequestLine,
    /// Not a status line (RFC 9112 section 4).
    StatusLine,
    /// A field line without a colon, or with white space before it (RFC 9112 section 5.1).
    FieldLine,
    /// A control octet within a field value (RFC 9110 section 5.5).
    FieldValue,
    /// A line that ends in LF alone where the reader insists on CRLF (RFC 9112 section 2.2).
    BareLineFeed,
    /// Content-Length is not a number, is negative or too large (RFC 9112 section 6.3).
    ContentLength,
    /// Content-Length values that differ (RFC 9112 section 6.3 item 5).
    TwoLengths,
    /// Both Transfer-Encoding and Content-Length in a request (RFC 9112 section 6.1).
    LengthAndChunked,
    /// A transfer coding that is not understood (RFC 9112 section 6.1).
    TransferEncoding,
    /// A chunk size that is no hexadecimal number, or a chunk without its line end (RFC 9112 section 7.1).
    Chunk,
    /// No Host, or more than one, in a request (RFC 9112 section 3.2).
    Host,
    /// More interim responses (1xx, RFC 9110 section 15.2) than the reader waits through.
    TooManyInterim,
    /// The head is longer than the reader allows (RFC 6585 section 5 for requests).
    HeadTooLarge,
    /// The target of a request has no form that goes with its method, or is no URI (RFC 9112 section 3.2).
    Target,
    /// Chunk extensions or the trailer are longer than the reader allows (RFC 9112 sections 7.1.1 and 7.1.2 ask for a limit).
    ChunkLines,
    /// HTTP allows it, and the library beneath does not read it.
    NotRead,
    /// A server changes the protocol (101), and nobody asked it to (RFC 9110 section 7.8).
    UnaskedSwitch,
}

/// Bytes that break the grammar of their protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Malformed {
    /// Who sent them.
    pub by: Side,
    pub broken: Broken,
    /// Offset of the first offending octet in this direction of the flow.
    pub offset: u64,
    /// What the grammar allows there.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// The line around it (its first octets), and where the offending octet stands in it.
    #[serde(flatten)]
    pub line: Head,
    pub caret: u64,
    /// How many octets of that line the caret marks; at least 1.
    pub width: u64,
    /// Values that contradict each other, for `two_lengths`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The limit, for `head_too_large` and `chunk_lines`; octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// It stands in the trailer, after the last chunk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trailer: bool,
}

/// Bytes after the end of the message they followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOver {
    pub by: Side,
    pub offset: u64,
    /// How many had arrived when it was noticed.
    pub len: u64,
    #[serde(flatten)]
    pub head: Head,
    /// The length that the message had declared, where that is what ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<u64>,
}

/// The first bytes belong to another protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProtocolRecognised {
    /// Who sent them.
    pub by: Side,
    /// What was expected, as `HTTP` or `TLS`.
    pub expected: String,
    pub protocol: Known,
    #[serde(flatten)]
    pub head: Head,
}

/// Protocols that netlearn knows by their first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// `HTTP/1.` or a method and a target.
    Http,
    /// The HTTP/2 connection preface (RFC 9113 section 3.4).
    Http2,
    /// A TLS record: handshake (16 03) or alert (15 03) (RFC 8446 section 5.1).
    Tls,
    /// `SSH-` (RFC 4253 section 4.2).
    Ssh,
    /// `220 ` greeting with SMTP or ESMTP in it (RFC 5321 section 4.2).
    Smtp,
    /// `220 ` greeting of FTP (RFC 959 section 5.4).
    Ftp,
    /// `+OK` (RFC 1939).
    Pop3,
    /// `* OK` (RFC 9051).
    Imap,
    /// The MySQL handshake packet.
    Mysql,
    /// A Redis error or status line.
    Redis,
    /// None of these.
    Unknown,
}

/// A redirect was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Redirected {
    pub status: u16,
    pub from: String,
    pub to: String,
    /// The method of the next request; 303 and, by custom, 301 and 302 turn POST into GET (RFC 9110 section 15.4).
    pub method: String,
    /// Redirects followed so far, this one included.
    pub count: u32,
}

/// A connection carries another request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reused {
    /// Requests it carried before.
    pub after: u64,
    /// The own port, which stays the same.
    pub local_port: u16,
    /// It carries HTTP/2.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub http2: bool,
}

/// Two requests of one run went to the same address and port and were for different sites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestsCompared {
    /// The address and port of both.
    pub peer: SocketAddr,
    /// Both went over TLS, where the name is in the handshake too (SNI).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tls: bool,
    /// The URLs.
    pub earlier: String,
    pub later: String,
    pub earlier_host: String,
    pub later_host: String,
    /// What differed in what was sent: `method`, `target`, names of fields in small letters (`host` among them), `content`.
    pub differed: Vec<String>,
    /// Status or content of the answers differed.
    pub answers_differ: bool,
}

/// How long each phase of one exchange took; seconds in JSON, absent where the phase did not happen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timed {
    pub exchange: u64,
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub name: Option<Duration>,
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub connect: Option<Duration>,
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub tls: Option<Duration>,
    /// From the first octet of the request given to the system to the last.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub send: Option<Duration>,
    /// From the last octet of the request to the first of the response.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub wait: Option<Duration>,
    /// From the first octet of the response to its last.
    #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub receive: Option<Duration>,
    #[serde(with = "seconds")]
    #[schemars(with = "f64")]
    pub total: Duration,
}

/// Proxy variables of the environment are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyIgnored {
    /// The names of the variables that are set.
    pub variables: Vec<String>,
}
