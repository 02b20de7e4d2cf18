//! HTTP/2 frames in captured octets: each field of the nine-octet header, and of the payload what has a place of its own.
//!
//! Compressed header fields (HPACK) are left as they are: nothing is decoded here.

use super::fields::Found;
use crate::event::http2::{FrameHeader, HEADER, error_name, flag, flag_names, kind, setting_name, type_name};
use crate::explain::{bytes, number};

/// Entries of SETTINGS that are told one by one.
const SETTINGS: u64 = 64;

/// A frame: its parts, and where the next one begins (RFC 9113 section 4.1).
pub(super) fn frame(rest: &[u8]) -> Found {
    let header = FrameHeader::read(*rest.first_chunk::<HEADER>()?);
    let mut parts = vec![
        (0, format!("length: {} follow this header", bytes(header.len.into()))),
        (3, format!("type: {}", named(type_name(header.frame_type), header.frame_type.into()))),
        (4, format!("flags: {}", flags(header))),
        (5, stream(header.stream)),
    ];
    if header.len > 0 {
        payload(header, rest, &mut parts);
    }
    Some((parts, Some(HEADER as u64 + u64::from(header.len))))
}

fn named(name: Option<&str>, code: u64) -> String {
    name.map_or_else(|| format!("unknown ({code})"), |name| format!("{name} ({code})"))
}

fn flags(header: FrameHeader) -> String {
    let names = flag_names(header.frame_type, header.flags);
    match (header.flags, names.is_empty()) {
        (0, _) => "none".to_owned(),
        (_, true) => "none that means something here".to_owned(),
        (_, false) => names.join(", "),
    }
}

fn stream(stream: u32) -> String {
    match stream {
        0 => "stream 0: the connection itself".to_owned(),
        stream => format!("stream {}", number(stream.into())),
    }
}

/// Four octets of the payload from `at` on as a number, where they were captured.
fn word(rest: &[u8], at: usize) -> Option<u32> {
    let four = rest.get(HEADER + at..HEADER + at + 4)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn value(rest: &[u8], at: usize) -> String {
    word(rest, at).map_or_else(|| "not captured".to_owned(), |word| number((word & 0x7fff_ffff).into()))
}

fn error(rest: &[u8], at: usize) -> String {
    match word(rest, at) {
        None => "error code".to_owned(),
        Some(code) => format!("error code: {}", named(error_name(code), code.into())),
    }
}

fn payload(header: FrameHeader, rest: &[u8], parts: &mut Vec<(u64, String)>) {
    let begins = HEADER as u64;
    let mut part = |at: u64, name: String| parts.push((begins + at, name));
    match header.frame_type {
        kind::SETTINGS => {
            for index in 0..(u64::from(header.len) / 6).min(SETTINGS) {
                part(index * 6, setting(rest, usize::try_from(index * 6).unwrap_or(usize::MAX)));
            }
        }
        kind::WINDOW_UPDATE => part(0, format!("{} bytes more may be sent", value(rest, 0))),
        kind::PING => part(0, "8 bytes that come back with the flag ACK".to_owned()),
        kind::RST_STREAM => part(0, error(rest, 0)),
        kind::GOAWAY => {
            part(0, format!("last stream: {}", value(rest, 0)));
            part(4, error(rest, 4));
            if header.len > 8 {
                part(8, "what its sender says besides".to_owned());
            }
        }
        kind::DATA | kind::HEADERS | kind::PUSH_PROMISE => carried(header, rest, &mut part),
        kind::CONTINUATION => part(0, format!("{FIELDS}, going on")),
        _ => part(0, "payload".to_owned()),
    }
}

const FIELDS: &str = "header fields, compressed (HPACK)";

/// Padding and priority around what a frame carries (RFC 9113 sections 6.1, 6.2 and 6.6).
fn carried(header: FrameHeader, rest: &[u8], part: &mut impl FnMut(u64, String)) {
    let mut at = 0;
    let mut padding = 0;
    if header.is(flag::PADDED) {
        padding = u64::from(rest.get(HEADER).copied().unwrap_or(0));
        part(0, format!("padding: {} at the end", bytes(padding)));
        at = 1;
    }
    if header.frame_type == kind::HEADERS && header.is(flag::PRIORITY) {
        part(at, "priority of the old kind, of no effect".to_owned());
        at += 5;
    }
    if header.frame_type == kind::PUSH_PROMISE {
        part(at, "the stream that is promised".to_owned());
        at += 4;
    }
    let end = u64::from(header.len).saturating_sub(padding);
    if at < end {
        part(at, if header.frame_type == kind::DATA { "body".to_owned() } else { FIELDS.to_owned() });
    }
    if padding > 0 && end >= at {
        part(end, "padding".to_owned());
    }
}

fn setting(rest: &[u8], at: usize) -> String {
    let entry = HEADER.checked_add(at).and_then(|from| rest.get(from..)?.first_chunk::<6>());
    let Some([high, low, value @ ..]) = entry else { return "a setting".to_owned() };
    let id = u16::from_be_bytes([*high, *low]);
    let value = number(u32::from_be_bytes(*value).into());
    format!("{} = {value}", named(setting_name(id), id.into()))
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_frame_is_cut_at_its_fields() {
        let settings = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64";
        let (parts, next) = frame(settings).unwrap();
        assert_eq!(next, Some(15));
        let told: Vec<(u64, &str)> = parts.iter().map(|(at, name)| (*at, name.as_str())).collect();
        assert_eq!(
            told,
            [
                (0, "length: 6 bytes follow this header"),
                (3, "type: SETTINGS (4)"),
                (4, "flags: none"),
                (5, "stream 0: the connection itself"),
                (9, "MAX_CONCURRENT_STREAMS (3) = 100"),
            ]
        );
    }

    #[test]
    fn padding_is_told_from_content() {
        let (parts, next) = frame(b"\x00\x00\x05\x00\x09\x00\x00\x00\x01\x02hi\x00\x00").unwrap();
        assert_eq!(next, Some(14));
        let told: Vec<(u64, &str)> = parts[2..].iter().map(|(at, name)| (*at, name.as_str())).collect();
        assert_eq!(
            told,
            [
                (4, "flags: END_STREAM, PADDED"),
                (5, "stream 1"),
                (9, "padding: 2 bytes at the end"),
                (10, "body"),
                (12, "padding"),
            ]
        );
        assert!(frame(b"\x00\x00\x05").is_none());
    }
}
