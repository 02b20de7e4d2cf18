//! Makes text of a peer harmless for a terminal: whatever could move the cursor, change colours, reorder or hide text
//! is shown as `\x1b` or `\u{202e}`. It never drops an octet silently and never interprets one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text in which nothing acts on a terminal: controls, bidirectional controls, separators and invisible characters are
/// spelled out. For header fields, names and all other words within a line; LF and TAB are spelled out too.
pub fn escape(text: &str) -> Cow<'_, str> {
    // Nearly everything that is shown: looked at without decoding it, and to its end, which takes many octets at a time.
    if text.bytes().fold(true, |plain, octet| plain & matches!(octet, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.char_indices().find(|(_, c)| hazardous(*c)).map(|(index, _)| index) else {
        return Cow::Borrowed(text);
    };
    let mut safe = String::with_capacity(text.len() + 16);
    safe.push_str(&text[..first]);
    for c in text[first..].chars() {
        if hazardous(c) { spell(&mut safe, c) } else { safe.push(c) }
    }
    Cow::Owned(safe)
}

/// The same for octets that may be no UTF-8: each octet that is none is spelled `\xNN`.
pub fn escape_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => escape(text),
        Err(_) => {
            let mut safe = String::with_capacity(bytes.len() + 16);
            for chunk in bytes.utf8_chunks() {
                safe.push_str(&escape(chunk.valid()));
                chunk.invalid().iter().for_each(|octet| spell_octet(&mut safe, *octet));
            }
            Cow::Owned(safe)
        }
    }
}

/// Payload as it may go to a terminal: LF, TAB and the CR of CRLF pass, all else as [`escape_bytes`] has it, but for the
/// joiners and variation selectors that scripts and emoji need.
pub fn escape_payload(bytes: &[u8]) -> String {
    let mut escape = Payload::default();
    let mut safe = escape.feed(bytes);
    safe.push_str(&escape.finish());
    safe
}

/// A line of JSON in which nothing acts on a terminal; to a reader of JSON it is the same. What is hazardous stands in
/// strings alone, where `\uNNNN` may stand for it (RFC 8259 section 7); the line's end stays.
pub fn escape_json(line: &str) -> Cow<'_, str> {
    let acts = |c: &char| *c != '\n' && hazardous(*c);
    if !line.chars().any(|c| acts(&c)) {
        return Cow::Borrowed(line);
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        if acts(&c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// [`escape_payload`] for a body that comes in pieces: a CR or a part of a character at the end of a piece waits (at most
/// three octets) for the next one.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    held: Vec<u8>,
}

impl Payload {
    /// What may be shown now.
    pub fn feed(&mut self, piece: &[u8]) -> String {
        if self.held.is_empty() {
            let keep = tail(piece);
            let (now, later) = piece.split_at(piece.len() - keep);
            self.held.extend_from_slice(later);
            return payload(now);
        }
        self.held.extend_from_slice(piece);
        let keep = tail(&self.held);
        let now = payload(&self.held[..self.held.len() - keep]);
        self.held.drain(..self.held.len() - keep);
        now
    }

    /// What was held back: nothing more comes.
    pub fn finish(&mut self) -> String {
        payload(&std::mem::take(&mut self.held))
    }
}

/// How many octets at the end cannot be judged before the next piece comes.
fn tail(bytes: &[u8]) -> usize {
    if bytes.last() == Some(&b'\r') {
        return 1;
    }
    let from = bytes.len().saturating_sub(3);
    for start in from..bytes.len() {
        if let Err(error) = std::str::from_utf8(&bytes[start..])
            && error.valid_up_to() == 0
            && error.error_len().is_none()
        {
            return bytes.len() - start;
        }
    }
    0
}

fn payload(bytes: &[u8]) -> String {
    let mut safe = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut chars = chunk.valid().chars().peekable();
        while let Some(c) = chars.next() {
            let passes = match c {
                '\n' | '\t' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => true,
                // In the middle of a line it would let what follows overwrite what stands there.
                '\r' => chars.peek() == Some(&'\n'),
                _ => !hazardous(c),
            };
            if passes { safe.push(c) } else { spell(&mut safe, c) }
        }
        chunk.invalid().iter().for_each(|octet| spell_octet(&mut safe, *octet));
    }
    safe
}

fn spell(safe: &mut String, c: char) {
    match c {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        c if c.is_ascii() => spell_octet(safe, c as u8),
        c => safe.extend(c.escape_unicode()),
    }
}

fn spell_octet(safe: &mut String, octet: u8) {
    let _ = write!(safe, "\\x{octet:02x}");
}

/// Characters that act on a terminal, reorder text or take no room.
fn hazardous(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        // C1 controls; U+009B is a CSI to some terminals.
        '\u{80}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Zero width, directional marks, separators, embeddings, isolates.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // Tags and variation selectors.
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(escape("plain, grün, 日本"), "plain, grün, 日本");
        assert!(matches!(escape("plain"), Cow::Borrowed(_)));
        assert_eq!(escape("a\x1b[2Jb\x07\x7f"), "a\\x1b[2Jb\\x07\\x7f");
        assert_eq!(escape("\r\n\t\0"), "\\r\\n\\t\\x00");
        assert_eq!(escape("\u{9b}31m\u{202e}\u{2066}\u{200b}"), "\\u{9b}31m\\u{202e}\\u{2066}\\u{200b}");
        assert_eq!(escape_bytes(b"ok\xff\x9b1m\xe2\x82"), "ok\\xff\\x9b1m\\xe2\\x82");
    }

    #[test]
    fn payload_keeps_its_lines_and_nothing_else() {
        assert_eq!(escape_payload(b"a\r\nb\tc\nd\re\r"), "a\r\nb\tc\nd\\re\\r");
        assert_eq!(escape_payload("x\x1b[31m\u{202e}y\u{200d}".as_bytes()), "x\\x1b[31m\\u{202e}y\u{200d}");
    }

    #[test]
    fn a_piece_that_ends_within_a_character_waits() {
        let mut escape = Payload::default();
        assert_eq!(escape.feed(b"a\xe2\x82"), "a");
        assert_eq!(escape.feed(b"\xac\r"), "\u{20ac}");
        assert_eq!(escape.feed(b"\n\xf0\x9f"), "\r\n");
        assert_eq!(escape.finish(), "\\xf0\\x9f");
        assert_eq!(escape.feed(b"\x80\xff"), "\\x80\\xff");
    }

    proptest! {
        #[test]
        fn no_octet_acts(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let safe = escape_bytes(&bytes).into_owned();
            prop_assert!(!safe.chars().any(hazardous));
        }

        #[test]
        fn pieces_are_shown_as_the_whole(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(0xe2), Just(0x82), Just(0xac)], 0..60), cuts in proptest::collection::vec(0usize..60, 0..6)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let mut escape = Payload::default();
            let mut pieces: String = cuts.windows(2).map(|pair| escape.feed(&bytes[pair[0]..pair[1]])).collect();
            pieces.push_str(&escape.finish());
            prop_assert_eq!(pieces, escape_payload(&bytes));
        }
    }
}
