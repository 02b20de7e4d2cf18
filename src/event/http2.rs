//! Facts about HTTP/2 frames, as read from the bytes that passed, and the names of RFC 9113 for what stands in them.
//!
//! Header fields are not here: they travel compressed (HPACK, RFC 7541), and a library takes them out. See
//! [`super::http::Request`] and [`super::http::Response`], whose `decoded` says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;

/// Octets of a frame header (RFC 9113 section 4.1).
pub const HEADER: usize = 9;

/// What a client sends first (RFC 9113 section 3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How both sides came to speak one version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// In the TLS handshake (RFC 7301, RFC 9113 section 3.2).
    Alpn,
    /// The client begins with it: it was told that the server speaks it (RFC 9113 section 3.3).
    PriorKnowledge,
}

/// Which version of HTTP a connection carries, where HTTP/2 was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpAgreed {
    pub how: Agreement,
    /// As `HTTP/2`.
    pub version: String,
    /// What was offered by ALPN, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<String>,
    /// What the server chose by ALPN; absent where it chose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
}

/// The 24 octets with which a client begins HTTP/2 passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Http2Preface {
    pub by: Side,
    pub offset: u64,
    pub len: u64,
}

/// One entry of a SETTINGS frame (RFC 9113 section 6.5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    pub id: u16,
    /// Its name; `unknown` for one that netlearn has no name for, which a receiver ignores.
    pub name: String,
    pub value: u32,
}

/// What rule of RFC 9113 a frame breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameRule {
    /// The first frame of a server is SETTINGS (section 3.4).
    SettingsFirst,
    /// It is longer than the receiver's SETTINGS_MAX_FRAME_SIZE allows (section 4.2).
    TooLarge,
    /// Its length is none that a frame of its type can have (section 6).
    Length,
    /// It stands on a stream where a frame of its type cannot stand (section 6).
    Stream,
    /// A header block goes on in the next frame, and another one came; or the other way round (sections 6.2 and 6.10).
    Continuation,
    /// PUSH_PROMISE, though the client had said that it takes none (section 6.6).
    Push,
    /// A WINDOW_UPDATE of 0 (section 6.9).
    Increment,
    /// More padding than the frame has room for (sections 6.1 and 6.2).
    Padding,
    /// A header block that is longer than the reader allows (section 10.5.1).
    HeadTooLarge,
    /// One more of too many that carry nothing of a message (section 10.5 leaves the limit to the receiver).
    Flood,
    /// The connection ended within it.
    CutOff,
}

/// Where and how a frame breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameFault {
    pub rule: FrameRule,
    pub expected: String,
    pub found: String,
    /// The octets of the frame header that came, in hexadecimal.
    pub header: String,
    /// The offending octets within the header: the first, from 0, and how many.
    pub caret: u64,
    pub width: u64,
}

/// A frame passed, or several of one type on one stream in one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Http2Frame {
    pub by: Side,
    /// Offset of the frame header in this direction of the flow.
    pub offset: u64,
    /// Octets after the header, as its length field says; of all of them where `frames` is more than 1.
    pub len: u64,
    /// How many frames this tells of.
    pub frames: u64,
    /// The type's number, and its name; `unknown` for one that netlearn has no name for, which a receiver ignores.
    pub frame_type: u8,
    pub name: String,
    pub flags: u8,
    /// Names of the flags that are set and mean something in a frame of this type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flag_names: Vec<String>,
    /// 0 is the connection itself.
    pub stream: u32,
    /// Entries of SETTINGS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// WINDOW_UPDATE: so many octets more may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<u32>,
    /// RST_STREAM and GOAWAY: the error code, and its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_name: Option<String>,
    /// GOAWAY: the last stream that its sender worked on, or may yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_stream: Option<u32>,
    /// GOAWAY: what else its sender says; octets that are no UTF-8 are replaced by U+FFFD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FrameFault>,
}

impl Http2Frame {
    /// Whether a flag of this name is set.
    pub fn has(&self, flag: &str) -> bool {
        self.flag_names.iter().any(|name| name == flag)
    }
}

/// Types of frames (RFC 9113 section 6; RFC 7838 section 4, RFC 8336 section 2, RFC 9218 section 7.1).
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PUSH_PROMISE: u8 = 5;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
    pub const ALTSVC: u8 = 10;
    pub const ORIGIN: u8 = 12;
    pub const PRIORITY_UPDATE: u8 = 16;
}

/// Flags (RFC 9113 section 6): one bit means different things in different types.
pub mod flag {
    pub const ACK: u8 = 0x01;
    pub const END_STREAM: u8 = 0x01;
    pub const END_HEADERS: u8 = 0x04;
    pub const PADDED: u8 = 0x08;
    pub const PRIORITY: u8 = 0x20;
}

/// The name of a type of frame; `None` for one that is not known here.
pub fn type_name(code: u8) -> Option<&'static str> {
    Some(match code {
        kind::DATA => "DATA",
        kind::HEADERS => "HEADERS",
        kind::PRIORITY => "PRIORITY",
        kind::RST_STREAM => "RST_STREAM",
        kind::SETTINGS => "SETTINGS",
        kind::PUSH_PROMISE => "PUSH_PROMISE",
        kind::PING => "PING",
        kind::GOAWAY => "GOAWAY",
        kind::WINDOW_UPDATE => "WINDOW_UPDATE",
        kind::CONTINUATION => "CONTINUATION",
        kind::ALTSVC => "ALTSVC",
        kind::ORIGIN => "ORIGIN",
        kind::PRIORITY_UPDATE => "PRIORITY_UPDATE",
        _ => return None,
    })
}

/// The names of the flags that mean something in a frame of this type.
pub fn flag_names(code: u8, flags: u8) -> Vec<&'static str> {
    let known: &[(u8, &str)] = match code {
        kind::DATA => &[(flag::END_STREAM, "END_STREAM"), (flag::PADDED, "PADDED")],
        kind::HEADERS => &[
            (flag::END_STREAM, "END_STREAM"),
            (flag::END_HEADERS, "END_HEADERS"),
            (flag::PADDED, "PADDED"),
            (flag::PRIORITY, "PRIORITY"),
        ],
        kind::SETTINGS | kind::PING => &[(flag::ACK, "ACK")],
        kind::PUSH_PROMISE => &[(flag::END_HEADERS, "END_HEADERS"), (flag::PADDED, "PADDED")],
        kind::CONTINUATION => &[(flag::END_HEADERS, "END_HEADERS")],
        _ => &[],
    };
    known.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect()
}

/// The name of a setting (RFC 9113 section 6.5.2; 8: RFC 8441 section 3, 9: RFC 9218 section 2.1).
pub fn setting_name(id: u16) -> Option<&'static str> {
    Some(match id {
        1 => "HEADER_TABLE_SIZE",
        2 => "ENABLE_PUSH",
        3 => "MAX_CONCURRENT_STREAMS",
        4 => "INITIAL_WINDOW_SIZE",
        5 => "MAX_FRAME_SIZE",
        6 => "MAX_HEADER_LIST_SIZE",
        8 => "ENABLE_CONNECT_PROTOCOL",
        9 => "NO_RFC7540_PRIORITIES",
        _ => return None,
    })
}

/// The name of an error code (RFC 9113 section 7).
pub fn error_name(code: u32) -> Option<&'static str> {
    const NAMES: [&str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];
    NAMES.get(usize::try_from(code).ok()?).copied()
}

/// The fixed part of a frame (RFC 9113 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    pub len: u32,
    pub frame_type: u8,
    pub flags: u8,
    pub stream: u32,
}

impl FrameHeader {
    /// Reads the nine octets; the reserved bit before the stream is ignored, as the RFC asks.
    pub fn read(octets: [u8; HEADER]) -> FrameHeader {
        let [a, b, c, frame_type, flags, s0, s1, s2, s3] = octets;
        FrameHeader {
            len: u32::from_be_bytes([0, a, b, c]),
            frame_type,
            flags,
            stream: u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff,
        }
    }

    /// Whether this flag is set; which flags a type has, its caller knows.
    pub fn is(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}
