//! Which field each octet belongs to: from the heads that were read, and from the framing in the captured octets themselves.
//!
//! Where an octet that would tell was not captured, no field is claimed.

use crate::event::http::{Field, Request, Response};
use crate::event::http2::PREFACE;
use crate::explain::bytes;

/// Where a field of one direction of a flow begins; it reaches to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) offset: u64,
    pub(super) name: String,
}

/// What is known of one direction of one flow at one layer.
#[derive(Debug, Default)]
pub(super) struct Fields {
    parts: Vec<Part>,
    /// Where the next framing header stands (TLS record or chunk size).
    next: Option<u64>,
    framing: Framing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Framing {
    #[default]
    None,
    /// RFC 8446 section 5.1.
    Records,
    /// RFC 9112 section 7.1.
    Chunks,
    /// RFC 9113 section 4.1.
    Frames,
}

/// Parts remembered for one direction; the oldest go first.
const PARTS: usize = 512;

impl Fields {
    /// Records of TLS, from the first octet.
    pub(super) fn records() -> Self {
        Fields { next: Some(0), framing: Framing::Records, ..Fields::default() }
    }

    /// Frames of HTTP/2; in the direction of a client the preface stands before them.
    pub(super) fn frames(preface: bool) -> Self {
        let begins = if preface { PREFACE.len() as u64 } else { 0 };
        let mut fields = Fields { next: Some(begins), framing: Framing::Frames, ..Fields::default() };
        if preface {
            fields.part(0, "preface of HTTP/2".to_owned());
        }
        fields
    }

    /// A frame that ended there was told: the next one begins where it ends.
    pub(super) fn frame_ended(&mut self, end: u64) {
        if self.framing == Framing::Frames && self.next.is_none() {
            self.next = Some(end);
        }
    }

    pub(super) fn request(&mut self, head: &Request) {
        self.head("request line: method, target, version", head.offset, head.len, &head.headers);
    }

    pub(super) fn response(&mut self, head: &Response) {
        self.head("status line: version, status, reason", head.offset, head.len, &head.headers);
    }

    fn head(&mut self, first: &str, offset: u64, len: u64, headers: &[Field]) {
        self.part(offset, first.to_owned());
        let mut end = offset;
        for field in headers {
            self.part(field.offset, field.name.clone());
            end = field.offset.saturating_add(field.len);
        }
        let whole = offset.saturating_add(len);
        // Without fields the line ends where the empty line begins: two octets, or one of a bare LF.
        let empty = if headers.is_empty() { whole.saturating_sub(2) } else { end };
        self.part(empty, "empty line: the head ends here".to_owned());
        let chunked = |field: &Field| {
            field.name.eq_ignore_ascii_case("transfer-encoding")
                && field.value.to_ascii_lowercase().trim_end().ends_with("chunked")
        };
        if headers.iter().any(chunked) {
            (self.framing, self.next) = (Framing::Chunks, Some(whole));
        } else {
            (self.framing, self.next) = (Framing::None, None);
            self.part(whole, "body".to_owned());
        }
    }

    fn part(&mut self, offset: u64, name: String) {
        if self.parts.len() >= PARTS {
            self.parts.drain(..PARTS / 2);
        }
        self.parts.retain(|part| part.offset != offset);
        let at = self.parts.partition_point(|part| part.offset < offset);
        self.parts.insert(at, Part { offset, name });
    }

    /// Reads the framing in captured octets that begin at `offset`.
    pub(super) fn read(&mut self, offset: u64, captured: &[u8]) {
        let end = offset.saturating_add(captured.len() as u64);
        while let Some(next) = self.next.filter(|next| *next < end) {
            let Some(rest) = next.checked_sub(offset).and_then(|skip| captured.get(skip as usize..)) else {
                // It stood in octets that were not captured.
                self.lose(offset);
                return;
            };
            let found = match self.framing {
                Framing::None => None,
                Framing::Records => record(rest),
                Framing::Chunks => chunk(rest),
                Framing::Frames => super::frames::frame(rest),
            };
            let Some((names, length)) = found else {
                self.lose(next);
                return;
            };
            for (skip, name) in names {
                self.part(next.saturating_add(skip), name);
            }
            self.next = length.map(|length| next.saturating_add(length));
        }
    }

    fn lose(&mut self, offset: u64) {
        let name = match self.framing {
            Framing::None => return,
            Framing::Records => "TLS, where its records begin was not captured",
            Framing::Frames => "HTTP/2, where its frames begin was not captured",
            Framing::Chunks => "chunked body, where its chunks begin was not captured",
        };
        self.part(offset, name.to_owned());
        self.next = None;
    }

    /// The parts that touch octets from `offset` to before `end`, the first one cut to begin there.
    pub(super) fn within(&self, offset: u64, end: u64) -> Vec<Part> {
        let first = self.parts.partition_point(|part| part.offset <= offset).saturating_sub(1);
        self.parts[first.min(self.parts.len())..]
            .iter()
            .filter(|part| part.offset < end)
            .map(|part| Part { offset: part.offset.max(offset), name: part.name.clone() })
            .collect()
    }
}

pub(super) type Found = Option<(Vec<(u64, String)>, Option<u64>)>;

/// A TLS record: header and fragment, and where the next one begins.
fn record(rest: &[u8]) -> Found {
    let [kind, major @ 3, minor, high, low, ..] = *rest else { return None };
    let length = u64::from(u16::from_be_bytes([high, low]));
    let content = match kind {
        20 => "change cipher spec",
        21 => "alert",
        22 => "handshake",
        23 => "application data",
        _ => return None,
    };
    let header =
        format!("TLS record header: {content} ({kind}), version {major}.{minor}, {} follow", bytes(length));
    let fragment = match (kind, rest.get(5)) {
        (22, Some(1)) => "handshake: ClientHello",
        (22, Some(2)) => "handshake: ServerHello",
        (22, _) => "handshake message",
        (23, _) => "encrypted",
        (21, _) => "alert",
        _ => "change cipher spec",
    };
    Some((vec![(0, header), (5, fragment.to_owned())], Some(5 + length)))
}

/// A chunk: its size line, its data with the line end, and where the next one begins; after the last one none does.
fn chunk(rest: &[u8]) -> Found {
    let line = rest.iter().position(|octet| *octet == b'\n')?;
    let digits: Vec<u8> = rest[..line].iter().copied().take_while(u8::is_ascii_hexdigit).collect();
    let size = u64::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?;
    let data = line as u64 + 1;
    if size == 0 {
        let parts = vec![
            (0, "chunk size 0: the last chunk".to_owned()),
            (data, "trailer fields, if any, and the empty line that ends the body".to_owned()),
        ];
        return Some((parts, None));
    }
    let mut parts = vec![(0, format!("chunk size: {} follow", bytes(size))), (data, "chunk data".to_owned())];
    let end = data.checked_add(size)?;
    parts.push((end, "end of the chunk".to_owned()));
    // A line end follows the data: CRLF, which a tolerant reader cannot see beyond the captured octets.
    let line_end = match rest.get(end as usize) {
        Some(b'\n') => 1,
        _ => 2,
    };
    Some((parts, end.checked_add(line_end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &Fields, offset: u64, end: u64) -> Vec<(u64, String)> {
        fields.within(offset, end).into_iter().map(|part| (part.offset, part.name)).collect()
    }

    #[test]
    fn a_head_is_cut_at_its_fields() {
        let field =
            |name: &str, offset, len| Field { name: name.to_owned(), value: "x".to_owned(), offset, len };
        let mut fields = Fields::default();
        fields.head("request line", 0, 40, &[field("Host", 16, 10), field("Accept", 26, 12)]);
        let found = names(&fields, 0, 50);
        assert_eq!(
            found.iter().map(|(offset, name)| (*offset, name.as_str())).collect::<Vec<_>>(),
            [
                (0, "request line"),
                (16, "Host"),
                (26, "Accept"),
                (38, "empty line: the head ends here"),
                (40, "body")
            ]
        );
        assert_eq!(names(&fields, 20, 26), [(20, "Host".to_owned())]);
        assert_eq!(names(&fields, 100, 110), [(100, "body".to_owned())]);
    }

    #[test]
    fn records_are_followed_over_pieces_and_lost_when_not_captured() {
        let mut fields = Fields::records();
        fields.read(0, &[22, 3, 1, 0, 3, 1, 0]);
        fields.read(7, &[9, 23, 3, 3, 0, 100, 7, 7]);
        let found = names(&fields, 0, 15);
        assert_eq!(
            found[0],
            (0, "TLS record header: handshake (22), version 3.1, 3 bytes follow".to_owned())
        );
        assert_eq!(found[1], (5, "handshake: ClientHello".to_owned()));
        assert_eq!(found[2].0, 8);
        assert_eq!(found[3], (13, "encrypted".to_owned()));
        fields.read(200, &[1, 2, 3]);
        assert!(names(&fields, 200, 203)[0].1.contains("not captured"));
    }

    #[test]
    fn chunks_are_followed_to_the_last() {
        let mut fields = Fields::default();
        let header =
            Field { name: "Transfer-Encoding".to_owned(), value: "chunked".to_owned(), offset: 17, len: 28 };
        fields.head("status line", 0, 47, &[header]);
        fields.read(47, b"5\r\nhello\r\n0\r\n\r\n");
        let found: Vec<String> = names(&fields, 47, 62).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found[0], "chunk size: 5 bytes follow");
        assert_eq!(found[1], "chunk data");
        assert_eq!(found[3], "chunk size 0: the last chunk");
        let mut broken = Fields { next: Some(0), framing: Framing::Chunks, ..Fields::default() };
        broken.read(0, b"ZZ\r\n");
        assert!(names(&broken, 0, 4)[0].1.contains("chunked body"));
    }
}
