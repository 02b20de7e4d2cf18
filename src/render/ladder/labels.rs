//! What stands on an arrow: the head it carries, what TLS record it is, or the first of its bytes.

use crate::event::dns::{Query, Reply, Transport};
use crate::event::http::{Request, Response};
use crate::explain::{number, plural};
use crate::render::style::escape;

/// Characters of payload shown on an arrow.
const PREVIEW: usize = 20;

/// `79 B`.
pub(super) fn size(len: u64) -> String {
    format!("{} B", number(len))
}

pub(super) fn request(facts: &Request) -> String {
    format!("{} {} {}", facts.method, facts.target, facts.version)
}

pub(super) fn response(facts: &Response) -> String {
    format!("{} {}", facts.status, facts.reason).trim_end().to_owned()
}

fn carrier(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "",
        Transport::Tcp => " (TCP)",
    }
}

/// `A shop.test.?` and how large an answer is taken over UDP.
pub(super) fn query(facts: &Query) -> String {
    let asked = match &facts.question {
        Some(question) => format!("{} {}?", question.record_type, question.name),
        None => "no question".to_owned(),
    };
    match (facts.transport, facts.edns_payload) {
        (Transport::Udp, Some(payload)) => format!("{asked} up to {}", size(u64::from(payload))),
        (transport, _) => format!("{asked}{}", carrier(transport)),
    }
}

/// `NOERROR 1 answer, AA`.
pub(super) fn reply(facts: &Reply) -> String {
    let mut label = format!("{} {}", facts.rcode, plural(facts.answers.len() as u64, "answer"));
    for (name, set) in [("AA", facts.aa), ("TC", facts.tc)] {
        if set {
            label.push_str(", ");
            label.push_str(name);
        }
    }
    label.push_str(carrier(facts.transport));
    label
}

/// Whether bytes look like the beginning of an HTTP/1 message, whose head event then follows.
pub(super) fn begins_message(head: &[u8]) -> bool {
    if head.starts_with(b"HTTP/1.") {
        return true;
    }
    let line = head.split(|octet| *octet == b'\n').next().unwrap_or_default();
    line.windows(8).any(|window| window == b" HTTP/1.")
}

/// The kind of TLS record that bytes begin with (RFC 8446 section 5.1; handshake types: section 4).
pub(super) fn record(head: &[u8]) -> String {
    let kind = match head {
        [22, 3, _, _, _, 1, ..] => "TLS ClientHello",
        [22, 3, _, _, _, 2, ..] => "TLS ServerHello",
        [22, 3, ..] => "TLS handshake",
        [20, 3, ..] => "TLS change cipher spec",
        [21, 3, ..] => "TLS alert",
        [23, 3, ..] => "TLS, encrypted",
        _ => "",
    };
    kind.to_owned()
}

/// The first of some text in quotes; nothing for other bytes.
pub(super) fn preview(head: &[u8], len: u64) -> String {
    let text = match std::str::from_utf8(head) {
        Ok(text) if !text.is_empty() => text,
        _ => return String::new(),
    };
    let shown: String = text.chars().take(PREVIEW).collect();
    let more = if (shown.len() as u64) < len { "..." } else { "" };
    format!("\"{}\"{more}", escape(&shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_they_begin() {
        assert!(begins_message(b"GET / HTTP/1.1\r\nHost: a\r\n"));
        assert!(begins_message(b"HTTP/1.1 200 OK\r\n"));
        assert!(!begins_message(b"hello\nGET / HTTP/1.1"));
        assert_eq!(record(&[22, 3, 1, 2, 0, 1, 0]), "TLS ClientHello");
        assert_eq!(record(b"HTTP"), "");
        assert_eq!(preview(b"hello\n", 6), "\"hello\\n\"");
        assert_eq!(preview(&[b'a'; 40], 40), format!("\"{}\"...", "a".repeat(20)));
        assert_eq!(preview(&[0xff, 0], 2), "");
    }
}
