//! Which octets of a header block may be a secret: it follows the representations of RFC 7541 section 6 octet by octet and
//! decodes no value. What it cannot follow it takes for a secret.
//!
//! It keeps no dynamic table. So a name that stands in that table, or that is Huffman-coded, may be any name.

use crate::event::http::SECRET_FIELDS;

/// Entries of the static table (RFC 7541 appendix A) whose values are secrets: authorization, cookie,
/// proxy-authorization, set-cookie.
const SECRET_ENTRIES: [u64; 4] = [23, 32, 49, 55];

/// Entries of the static table.
const STATIC: u64 = 61;

/// Longest literal name that is looked at; a longer one is none of the secret ones.
const NAME: usize = 32;

/// One header block, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Block {
    state: State,
    /// Literal name, as it came.
    name: Vec<u8>,
    secret: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before a representation.
    #[default]
    Begin,
    /// An integer goes on (RFC 7541 section 5.1): its value so far, its shift, and what it is.
    Integer(u64, u32, Number),
    /// The first octet of a length: of a name, of a value.
    NameLength,
    ValueLength,
    /// Octets of a name that are to come; Huffman-coded or not.
    Name(u64, bool),
    Value(u64),
    /// Not as RFC 7541 writes it: nothing from here on is shown.
    Lost,
}

/// What an integer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    /// The index of a whole field, or the size of the table: no octets follow that belong to it.
    Alone,
    /// The index of a name; 0: the name follows.
    NameIndex,
    NameLength(bool),
    ValueLength,
}

impl Block {
    /// Takes the next octet; true where it may be part of a secret.
    pub(super) fn hides(&mut self, octet: u8) -> bool {
        match self.state {
            State::Begin => self.begin(octet),
            State::Integer(value, shift, number) => self.integer(octet, value, shift, number),
            State::NameLength => self.first(octet, 7, Number::NameLength(octet & 0x80 != 0)),
            State::ValueLength => self.first(octet, 7, Number::ValueLength),
            State::Name(left, coded) => {
                if self.name.len() < NAME {
                    self.name.push(octet);
                }
                self.state = State::Name(left - 1, coded);
                if left == 1 {
                    self.named(coded);
                }
            }
            State::Value(left) => {
                self.state = if left == 1 { State::Begin } else { State::Value(left - 1) };
                return self.secret;
            }
            State::Lost => return true,
        }
        self.state == State::Lost
    }

    /// RFC 7541 sections 6.1 to 6.3.
    fn begin(&mut self, octet: u8) {
        match octet {
            0x80.. => self.first(octet, 7, Number::Alone),
            0x40..0x80 => self.first(octet, 6, Number::NameIndex),
            0x20..0x40 => self.first(octet, 5, Number::Alone),
            0x00..0x20 => self.first(octet, 4, Number::NameIndex),
        }
    }

    /// The first octet of an integer with a prefix of so many bits.
    fn first(&mut self, octet: u8, bits: u32, number: Number) {
        let most = (1u8 << bits) - 1;
        let value = octet & most;
        if value < most {
            self.number(u64::from(value), number);
        } else {
            self.state = State::Integer(u64::from(most), 0, number);
        }
    }

    fn integer(&mut self, octet: u8, value: u64, shift: u32, number: Number) {
        // Past this no length or index is meant.
        if shift > 28 {
            self.state = State::Lost;
            return;
        }
        let value = value + (u64::from(octet & 0x7f) << shift);
        match octet & 0x80 {
            0 => self.number(value, number),
            _ => self.state = State::Integer(value, shift + 7, number),
        }
    }

    fn number(&mut self, value: u64, number: Number) {
        self.state = match number {
            Number::Alone => State::Begin,
            Number::NameIndex if value == 0 => {
                self.name.clear();
                State::NameLength
            }
            Number::NameIndex => {
                self.secret = value > STATIC || SECRET_ENTRIES.contains(&value);
                State::ValueLength
            }
            Number::NameLength(_) if value == 0 => {
                self.secret = true;
                State::ValueLength
            }
            Number::NameLength(coded) => State::Name(value, coded),
            Number::ValueLength if value == 0 => State::Begin,
            Number::ValueLength => State::Value(value),
        };
    }

    fn named(&mut self, coded: bool) {
        let known = SECRET_FIELDS.iter().any(|secret| self.name.eq_ignore_ascii_case(secret.as_bytes()));
        self.secret = coded || known;
        self.state = State::ValueLength;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::Block;

    fn shown(block: &[u8]) -> Vec<u8> {
        let mut reader = Block::default();
        block.iter().map(|octet| if reader.hides(*octet) { b'*' } else { *octet }).collect()
    }

    #[test]
    fn values_of_secret_fields_are_hidden_and_others_are_not() {
        // RFC 7541 appendix C.2.1: custom-key: custom-header, literal.
        let custom = b"\x40\x0acustom-key\x0dcustom-header";
        assert_eq!(shown(custom), custom);
        // Appendix C.3.1: indexed fields, and :authority as a literal with an indexed name.
        let first = b"\x82\x86\x84\x41\x0fwww.example.com";
        assert_eq!(shown(first), first);
        // Appendix C.2.3: password: secret, never indexed. No field that we know for a secret.
        assert_eq!(shown(b"\x10\x08password\x06secret"), b"\x10\x08password\x06secret");
        // authorization, entry 23, never indexed (0x1f 0x08).
        assert_eq!(shown(b"\x1f\x08\x06abcdef\x82"), b"\x1f\x08\x06******\x82");
        // cookie (32) and set-cookie (55), incremental indexing.
        assert_eq!(shown(b"\x60\x03a=b\x77\x03c=d\x84"), b"\x60\x03***\x77\x03***\x84");
        assert_eq!(shown(b"\x00\x06cookie\x03a=b"), b"\x00\x06cookie\x03***");
    }

    #[test]
    fn what_may_be_a_secret_is_hidden() {
        // The name stands in the dynamic table (62), or is Huffman-coded.
        assert_eq!(shown(b"\x7e\x03abc"), b"\x7e\x03***");
        assert_eq!(shown(b"\x40\x82\x12\x34\x03abc"), b"\x40\x82\x12\x34\x03***");
        // An integer without an end.
        let lost = shown(b"\xff\xff\xff\xff\xff\xff\xffabc");
        assert!(lost.ends_with(b"***"), "{lost:?}");
        // A length of more than one octet: 127 + 3.
        let long = [b"\x60\x7f\x03".as_slice(), &[b'x'; 130], b"\x82"].concat();
        assert_eq!(shown(&long), [b"\x60\x7f\x03".as_slice(), &[b'*'; 130], b"\x82"].concat());
    }

    proptest! {
        /// Whatever comes, a secret after well-formed fields is hidden, and nothing panics.
        #[test]
        fn any_octets_are_taken(octets in vec(any::<u8>(), 0..2000)) {
            prop_assert_eq!(shown(&octets).len(), octets.len());
        }
    }
}
