//! Counts a body to its end: by length, by chunks, or to the end of the connection (RFC 9112 sections 6 and 7).
//! It keeps no octet of content.

use std::ops::Range;

use crate::event::Side;
use crate::event::http::{BodyEnded, BodyRule, Broken, Field, Malformed};

use super::broken::{Spot, WINDOW, malformed, octet, quoted};
use super::framing::Framing;
use super::head::{HeadReader, Section, Step};
use super::start::is_text;

/// Octets that the library reads of all chunk extensions of a body together, and of a trailer with the empty line after it.
const CHUNK_LINES: u64 = 16 * 1024 - 1;

/// Sizes that are well written and that no reader here counts.
const UNCOUNTABLE: &str = "a chunk size below 2^64";
const UNCOUNTED: &str = "a chunk size of at most FFFFFFFFFFFFFFFD";

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
    /// Octets of its extension.
    extension: u64,
    part: SizePart,
}

/// What a line with a chunk's size may be.
#[derive(Clone, Copy)]
struct Limits {
    /// Octets of the line.
    line: usize,
    /// Octets of extensions that the library still reads in this body.
    extensions: u64,
    /// As a server reads it, which has to count the line end after the chunk too.
    strict: bool,
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

/// How a body is framed and who reads it how.
#[derive(Debug)]
pub(super) struct Manner {
    pub framing: Framing,
    /// Transfer codings but for `chunked`.
    pub coded: Vec<String>,
    /// Longest line of a chunk.
    pub limit: usize,
    pub secrets: bool,
    /// As a server must read a request.
    pub strict: bool,
}

/// A body in progress.
#[derive(Debug)]
pub(super) struct BodyReader {
    by: Side,
    limit: usize,
    secrets: bool,
    strict: bool,
    coded: Vec<String>,
    /// Octets of chunk extensions so far.
    extensions: u64,
    trailers: Vec<Field>,
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
    pub(super) fn new(by: Side, manner: Manner) -> Result<Self, BodyEnded> {
        let Manner { framing, coded, limit, secrets, strict } = manner;
        let (state, rule, declared) = match framing {
            Framing::None => return Err(ended(by, BodyRule::None, None)),
            Framing::Length(0) => return Err(ended(by, BodyRule::Length, Some(0))),
            Framing::Length(length) => (State::Length(length), BodyRule::Length, Some(length)),
            Framing::Chunked => (State::Size(SizeLine::default()), BodyRule::Chunked, None),
            Framing::Close => (State::Close, BodyRule::Close, None),
        };
        Ok(BodyReader {
            by,
            limit,
            secrets,
            strict,
            coded,
            extensions: 0,
            trailers: Vec::new(),
            state,
            rule,
            declared,
            len: 0,
            chunks: 0,
            passed: 0,
        })
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
            coded: self.coded.clone(),
            trailers: self.trailers.clone(),
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
                State::Size(line) => {
                    let room = CHUNK_LINES - self.extensions;
                    let limits = Limits { line: self.limit, extensions: room, strict: self.strict };
                    line.feed(self.by, rest, here, limits)
                }
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
        // Never past it: that is no more than a usize.
        let limit = self.limit.min(CHUNK_LINES as usize);
        let section = Section::Trailer { strict: self.strict };
        let trailer = || HeadReader::new(self.by, section, next, limit, self.secrets);
        if let State::Trailer(reader) = &mut self.state {
            self.trailers = reader.take_fields();
            return true;
        }
        self.state = match &self.state {
            State::Length(_) | State::Close | State::Trailer(_) => return true,
            State::Size(line) => {
                self.extensions += line.extension;
                match line.size {
                    0 => State::Trailer(Box::new(trailer())),
                    size => {
                        self.chunks += 1;
                        State::Chunk(size)
                    }
                }
            }
            State::Chunk(_) => State::ChunkEnd { cr: false },
            State::ChunkEnd { .. } => State::Size(SizeLine::default()),
        };
        false
    }
}

fn ended(by: Side, rule: BodyRule, declared: Option<u64>) -> BodyEnded {
    BodyEnded {
        by,
        exchange: 0,
        rule,
        len: 0,
        declared,
        complete: true,
        chunks: None,
        coded: Vec::new(),
        trailers: Vec::new(),
    }
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
    fn feed(&mut self, by: Side, bytes: &[u8], at: u64, limits: Limits) -> (usize, Step) {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.read == 0 {
                self.line_at = at + index as u64;
            }
            if self.read == limits.line {
                let expected = format!("a chunk line of at most {} bytes", limits.line);
                return (
                    index,
                    Step::Broken(self.too_long(by, &bytes[index..], limits.line as u64, expected)),
                );
            }
            if self.part == SizePart::Extension && byte != b'\r' && self.extension == limits.extensions {
                let expected = format!("chunk extensions of at most {CHUNK_LINES} bytes in a body");
                return (index, Step::Broken(self.too_long(by, &bytes[index..], CHUNK_LINES, expected)));
            }
            match self.octet(byte, limits.strict) {
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
    fn octet(&mut self, byte: u8, strict: bool) -> Result<bool, &'static str> {
        match (self.part, byte) {
            (SizePart::End, b'\n') => return Ok(true),
            (SizePart::End, _) => return Err("a line feed after the carriage return"),
            (SizePart::Digits, _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                let size = self.size.checked_mul(16).ok_or(UNCOUNTABLE)?;
                self.size = size + u64::from(digit);
                if strict && self.size > u64::MAX - 2 {
                    return Err(UNCOUNTED);
                }
                self.digits += 1;
            }
            (SizePart::Digits, _) if self.digits == 0 => return Err("a chunk size in hexadecimal digits"),
            (SizePart::Digits | SizePart::Space, b' ' | b'\t') => self.part = SizePart::Space,
            (SizePart::Digits | SizePart::Space, b';') => self.part = SizePart::Extension,
            (_, b'\r') => self.part = SizePart::End,
            (SizePart::Extension, _) if is_text(byte) => self.extension += 1,
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
        let counted = !matches!(expected, UNCOUNTABLE | UNCOUNTED);
        let broken = if counted { Broken::Chunk } else { Broken::NotRead };
        Box::new(malformed(by, broken, spot, expected, found))
    }

    fn too_long(&self, by: Side, rest: &[u8], limit: u64, expected: String) -> Box<Malformed> {
        let (line, from) = self.window(rest);
        let spot = Spot::new(&line, self.base(), from, 1);
        let mut facts = malformed(by, Broken::ChunkLines, spot, expected, "more");
        facts.limit = Some(limit);
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
