//! Counts a body to its end: by length, by chunks, or to the end of the connection (RFC 9112 sections 6 and 7).
//! It keeps no octet of content.

use std::ops::Range;

use crate::event::Side;
use crate::event::http::{BodyEnded, BodyRule, Broken, Malformed};

use super::broken::{Spot, WINDOW, malformed, octet, quoted};
use super::framing::Framing;
use super::head::{HeadReader, Section, Step};
use super::start::is_text;

/// What is read next.
#[derive(Debug)]
enum State {
    /// So many octets of content are to come.
    Length(u64),
    /// Content until the connection ends.
    Close,
    /// The line with a chunk's size.
    Size(SizeLine),
    /// So many octets of a chunk are to come.
    Chunk(u64),
    /// CRLF after a chunk's content; true once its CR has come.
    ChunkEnd {
        cr: bool,
    },
    Trailer(Box<HeadReader>),
}

/// A line with a chunk's size, as far as it has come (RFC 9112 section 7.1).
#[derive(Debug, Default)]
struct SizeLine {
    line: Vec<u8>,
    line_at: u64,
    /// Octets of the line, of which only the first are kept.
    read: usize,
    size: u64,
    digits: usize,
    part: SizePart,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SizePart {
    #[default]
    Digits,
    /// White space before an extension.
    Space,
    Extension,
    /// CR has come, LF must.
    End,
}

/// A body in progress.
#[derive(Debug)]
pub(super) struct BodyReader {
    by: Side,
    limit: usize,
    secrets: bool,
    state: State,
    rule: BodyRule,
    declared: Option<u64>,
    len: u64,
    chunks: u64,
    /// Octets that passed for it, chunk framing included.
    pub passed: u64,
}

impl BodyReader {
    /// A body framed so; `None` where there is nothing to read, and the body has ended already.
    pub(super) fn new(by: Side, framing: Framing, limit: usize, secrets: bool) -> Result<Self, BodyEnded> {
        let (state, rule, declared) = match framing {
            Framing::None => return Err(ended(by, BodyRule::None, None)),
            Framing::Length(0) => return Err(ended(by, BodyRule::Length, Some(0))),
            Framing::Length(length) => (State::Length(length), BodyRule::Length, Some(length)),
            Framing::Chunked => (State::Size(SizeLine::default()), BodyRule::Chunked, None),
            Framing::Close => (State::Close, BodyRule::Close, None),
        };
        Ok(BodyReader { by, limit, secrets, state, rule, declared, len: 0, chunks: 0, passed: 0 })
    }

    /// Octets of content so far.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The facts of its end, now.
    pub(super) fn end(&self, complete: bool) -> BodyEnded {
        BodyEnded {
            len: self.len,
            complete,
            chunks: (self.rule == BodyRule::Chunked).then_some(self.chunks),
            ..ended(self.by, self.rule, self.declared)
        }
    }

    /// Whether the end of the connection is the end of this body.
    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::Close)
    }

    /// Reads on; returns how many of `bytes`, which begin at `at`, belong to this body.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        at: u64,
        base: usize,
        hidden: &mut Vec<Range<usize>>,
    ) -> (usize, Step) {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let here = at + used as u64;
            let (count, step) = match &mut self.state {
                State::Trailer(reader) => reader.feed(rest, base + used, hidden),
                State::Size(line) => line.feed(self.by, rest, here, self.limit),
                State::Length(_) | State::Close | State::Chunk(_) => self.content(rest),
                State::ChunkEnd { cr } => chunk_end(self.by, cr, rest, here),
            };
            used += count;
            match step {
                Step::More => {}
                Step::Broken(_) => return (used, step),
                Step::Done if self.part_done(at + used as u64) => return (used, Step::Done),
                Step::Done => {}
            }
        }
        (used, Step::More)
    }

    /// Counts content; done where a length or a chunk is full.
    fn content(&mut self, bytes: &[u8]) -> (usize, Step) {
        let available = bytes.len() as u64;
        let count = match &mut self.state {
            State::Length(left) | State::Chunk(left) => {
                let count = available.min(*left);
                *left -= count;
                count
            }
            State::Close | State::Size(_) | State::ChunkEnd { .. } | State::Trailer(_) => available,
        };
        self.len += count;
        let full = matches!(self.state, State::Length(0) | State::Chunk(0));
        // `count` is at most `bytes.len()`, so it fits.
        (count as usize, if full { Step::Done } else { Step::More })
    }

    /// A part is done: goes to the next; true where that was the last.
    fn part_done(&mut self, next: u64) -> bool {
        let trailer = || HeadReader::new(self.by, Section::Trailer, next, self.limit, self.secrets);
        self.state = match &self.state {
            State::Length(_) | State::Close | State::Trailer(_) => return true,
            State::Size(line) if line.size == 0 => State::Trailer(Box::new(trailer())),
            State::Size(line) => {
                self.chunks += 1;
                State::Chunk(line.size)
            }
            State::Chunk(_) => State::ChunkEnd { cr: false },
            State::ChunkEnd { .. } => State::Size(SizeLine::default()),
        };
        false
    }
}

fn ended(by: Side, rule: BodyRule, declared: Option<u64>) -> BodyEnded {
    BodyEnded { by, exchange: 0, rule, len: 0, declared, complete: true, chunks: None }
}

/// CRLF after the content of a chunk.
fn chunk_end(by: Side, cr: &mut bool, bytes: &[u8], at: u64) -> (usize, Step) {
    match (bytes[0], *cr) {
        (b'\r', false) => {
            *cr = true;
            (1, Step::More)
        }
        (b'\n', true) => (1, Step::Done),
        (byte, _) => {
            let end = bytes.iter().take(WINDOW).position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            let spot = Spot::new(&bytes[..end.clamp(1, WINDOW)], at, 0, 1);
            let expected = "CR LF after the content of the chunk";
            (0, Step::Broken(Box::new(malformed(by, Broken::Chunk, spot, expected, octet(byte)))))
        }
    }
}

impl SizeLine {
    fn feed(&mut self, by: Side, bytes: &[u8], at: u64, limit: usize) -> (usize, Step) {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.read == 0 {
                self.line_at = at + index as u64;
            }
            if self.read == limit {
                return (index, Step::Broken(self.too_long(by, &bytes[index..], limit)));
            }
            match self.octet(byte) {
                Ok(true) => return (index + 1, Step::Done),
                Ok(false) => {}
                Err(expected) => return (index, Step::Broken(self.broken(by, expected, &bytes[index..]))),
            }
            if self.line.len() < WINDOW {
                self.line.push(byte);
            }
            self.read += 1;
        }
        (bytes.len(), Step::More)
    }

    /// Checks one octet; true at the end of the line, or what was expected instead.
    fn octet(&mut self, byte: u8) -> Result<bool, &'static str> {
        match (self.part, byte) {
            (SizePart::End, b'\n') => return Ok(true),
            (SizePart::End, _) => return Err("a line feed after the carriage return"),
            (SizePart::Digits, _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                let size = self.size.checked_mul(16).ok_or("a chunk size below 2^64")?;
                self.size = size + u64::from(digit);
                self.digits += 1;
            }
            (SizePart::Digits, _) if self.digits == 0 => return Err("a chunk size in hexadecimal digits"),
            (SizePart::Digits | SizePart::Space, b' ' | b'\t') => self.part = SizePart::Space,
            (SizePart::Digits | SizePart::Space, b';') => self.part = SizePart::Extension,
            (_, b'\r') => self.part = SizePart::End,
            (SizePart::Extension, _) if is_text(byte) => {}
            (SizePart::Extension, _) => return Err("text of a chunk extension"),
            (SizePart::Digits, _) => return Err("a hexadecimal digit, or the end of the line"),
            (SizePart::Space, _) => return Err("a chunk extension, or the end of the line"),
        }
        Ok(false)
    }

    fn broken(&self, by: Side, expected: &'static str, rest: &[u8]) -> Box<Malformed> {
        let (line, from) = self.window(rest);
        let word = line[from..].iter().take_while(|byte| byte.is_ascii_graphic() && **byte != b';').count();
        let found = match word {
            0 | 1 => octet(rest[0]),
            _ => quoted(&line[from..from + word]),
        };
        let spot = Spot::new(&line, self.base(), from, word.max(1));
        Box::new(malformed(by, Broken::Chunk, spot, expected, found))
    }

    fn too_long(&self, by: Side, rest: &[u8], limit: usize) -> Box<Malformed> {
        let (line, from) = self.window(rest);
        let spot = Spot::new(&line, self.base(), from, 1);
        let expected = format!("a chunk line of at most {limit} bytes");
        let mut facts = malformed(by, Broken::HeadTooLarge, spot, expected, "a longer one");
        facts.limit = Some(limit as u64);
        Box::new(facts)
    }

    /// What is known of the line around the next octet, and where that octet stands in it.
    fn window(&self, rest: &[u8]) -> (Vec<u8>, usize) {
        // Past the window only what follows is at hand: the first octets say nothing of the place then.
        let mut line = if self.read == self.line.len() { self.line.clone() } else { Vec::new() };
        let from = line.len();
        let end = rest.iter().take(WINDOW).position(|byte| *byte == b'\n').unwrap_or(rest.len());
        line.extend_from_slice(&rest[..end.clamp(1, WINDOW)]);
        (line, from)
    }

    /// Offset of the first octet of [`SizeLine::window`].
    fn base(&self) -> u64 {
        if self.read == self.line.len() { self.line_at } else { self.line_at + self.read as u64 }
    }
}
