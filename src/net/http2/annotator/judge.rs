//! Whether a frame of a server can be what RFC 9113 allows a client to get. It looks at headers and at what is kept of
//! payloads; what header blocks say, the library judges.

use super::FLOOD;
use crate::event::http2::{FrameFault, FrameHeader, FrameRule, Http2Frame, flag, kind};

/// What a receiver takes that has not said otherwise, and ours has not (RFC 9113 section 6.5.2).
pub(super) const MAX_FRAME_SIZE: u32 = 16_384;

/// What stands before a frame in its direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    /// No frame does.
    pub first: bool,
    /// A header block on this stream that goes on.
    pub block: Option<u32>,
}

/// A rule that is broken: what is allowed, what is there, and where in the header: the first octet and how many.
type Broken = (FrameRule, String, String, (u64, u64));

const LENGTH: (u64, u64) = (0, 3);
const TYPE: (u64, u64) = (3, 1);
const STREAM: (u64, u64) = (5, 4);

/// The fault of a header, where it has one.
pub(super) fn header(header: FrameHeader, name: &str, before: Before, hex: &str) -> Option<FrameFault> {
    let broken = order(header, name, before)
        .or_else(|| size(header))
        .or_else(|| stream(header, name))
        .or_else(|| length(header, name))?;
    Some(fault(broken, hex))
}

/// The fault of a whole frame, where only its payload shows it.
pub(super) fn payload(frame: &Http2Frame, padding: Option<u32>, hex: &str) -> Option<FrameFault> {
    let broken = match (frame.frame_type, frame.increment, padding) {
        // A receiver that took it would send nothing more, and wait for nothing (RFC 9113 section 6.9).
        (kind::WINDOW_UPDATE, Some(0), _) => {
            (FrameRule::Increment, "an increment of 1 or more".to_owned(), "0".to_owned(), TYPE)
        }
        (_, _, Some(padding)) if u64::from(padding) >= frame.len => (
            FrameRule::Padding,
            format!("less padding than the {} octets of the payload", frame.len),
            format!("{padding} octets"),
            LENGTH,
        ),
        _ => return None,
    };
    Some(fault(broken, hex))
}

/// One more of so many frames that carry nothing of a message.
pub(super) fn flood(frame: &Http2Frame, idle: u64, hex: &str) -> Option<FrameFault> {
    if idle <= FLOOD {
        return None;
    }
    let name = if frame.name == "unknown" { "a frame of an unknown type" } else { frame.name.as_str() };
    let expected = format!("a part of a message after at most {FLOOD} frames without one (our limit)");
    Some(fault((FrameRule::Flood, expected, format!("one more: {name}"), TYPE), hex))
}

/// The connection ended within a frame; `come` octets of it are here.
pub(super) fn cut_off(len: u64, come: u64, hex: &str) -> FrameFault {
    let width = (hex.len() as u64 + 1) / 3;
    let expected = match width {
        9 => format!("{} octets of this frame", len + 9),
        _ => "the nine octets of a frame header".to_owned(),
    };
    fault(
        (FrameRule::CutOff, expected, format!("the end of the connection after {come}"), (0, width.max(1))),
        hex,
    )
}

/// A header block that grew past our limit.
pub(super) fn too_much_head(limit: usize, hex: &str) -> FrameFault {
    let expected = format!("header blocks of at most {limit} octets");
    fault((FrameRule::HeadTooLarge, expected, "a longer one".to_owned(), LENGTH), hex)
}

fn fault((rule, expected, found, (caret, width)): Broken, hex: &str) -> FrameFault {
    FrameFault { rule, expected, found, header: hex.to_owned(), caret, width }
}

/// RFC 9113 sections 3.4, 6.2, 6.6 and 6.10.
fn order(header: FrameHeader, name: &str, before: Before) -> Option<Broken> {
    let found = format!("{name} on stream {}", header.stream);
    if before.first && (header.frame_type != kind::SETTINGS || header.is(flag::ACK)) {
        let found = if header.frame_type == kind::SETTINGS { "an acknowledgement".to_owned() } else { found };
        return Some((FrameRule::SettingsFirst, "SETTINGS as the first frame".to_owned(), found, TYPE));
    }
    let goes_on = header.frame_type == kind::CONTINUATION;
    match before.block {
        Some(stream) if !goes_on || header.stream != stream => {
            let expected = format!("CONTINUATION on stream {stream}, where the header block goes on");
            Some((FrameRule::Continuation, expected, found, TYPE))
        }
        None if goes_on => Some((
            FrameRule::Continuation,
            "no CONTINUATION: no header block is open".to_owned(),
            found,
            TYPE,
        )),
        _ if header.frame_type == kind::PUSH_PROMISE => {
            Some((FrameRule::Push, "no PUSH_PROMISE: our SETTINGS say ENABLE_PUSH 0".to_owned(), found, TYPE))
        }
        _ => None,
    }
}

/// RFC 9113 section 4.2.
fn size(header: FrameHeader) -> Option<Broken> {
    let most = format!("at most {MAX_FRAME_SIZE} octets in a frame");
    (header.len > MAX_FRAME_SIZE)
        .then(|| (FrameRule::TooLarge, most, format!("{} octets", header.len), LENGTH))
}

/// RFC 9113 sections 6.1 to 6.10: what belongs to the connection stands on stream 0, what belongs to a stream does not.
fn stream(header: FrameHeader, name: &str) -> Option<Broken> {
    let expected = match (header.frame_type, header.stream) {
        (kind::SETTINGS | kind::PING | kind::GOAWAY, 1..) => format!("{name} on stream 0"),
        (kind::DATA | kind::HEADERS | kind::PRIORITY | kind::RST_STREAM | kind::CONTINUATION, 0) => {
            format!("{name} on a stream of its own")
        }
        _ => return None,
    };
    Some((FrameRule::Stream, expected, format!("stream {}", header.stream), STREAM))
}

/// The lengths that a type can have (RFC 9113 sections 6.3 to 6.9). PRIORITY is the stream's own affair and deprecated.
fn length(header: FrameHeader, name: &str) -> Option<Broken> {
    let expected = match (header.frame_type, header.len) {
        (kind::SETTINGS, 1..) if header.is(flag::ACK) => "an acknowledgement without payload".to_owned(),
        (kind::SETTINGS, len) if len % 6 != 0 => "SETTINGS of 6 octets an entry".to_owned(),
        (kind::PING, len) if len != 8 => "PING of 8 octets".to_owned(),
        (kind::RST_STREAM | kind::WINDOW_UPDATE, len) if len != 4 => format!("{name} of 4 octets"),
        (kind::GOAWAY, ..8) => "GOAWAY of 8 octets or more".to_owned(),
        _ => return None,
    };
    Some((FrameRule::Length, expected, format!("{} octets", header.len), LENGTH))
}
