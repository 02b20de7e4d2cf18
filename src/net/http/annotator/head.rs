//! Reads one head (or trailer section) octet by octet: start line, field lines, empty line (RFC 9112 sections 2 to 5).
//! It keeps one line and the fields read so far, never more than the limit allows.

mod facts;

use std::ops::Range;

use crate::event::Side;
use crate::event::http::{Broken, Field, Malformed};

use super::broken::{Spot, WINDOW, malformed, octet, quoted};
use super::framing::Lengths;
use super::mask;
use super::start::{Fault, RequestLine, is_tchar, is_text, status_octet};
use crate::net::http::grammar;

/// Which lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// `strict`: as a server must read it.
    Request {
        strict: bool,
    },
    Response,
    /// Field lines after the last chunk (RFC 9112 section 7.1.2).
    Trailer {
        strict: bool,
    },
}

/// What reading on led to.
pub(super) enum Step {
    More,
    Done,
    Broken(Box<Malformed>),
}

/// Which part of the grammar the next octet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Name,
    Value,
}

/// A broken rule within the current line.
struct Problem {
    broken: Broken,
    caret: usize,
    width: usize,
    expected: String,
    found: String,
}

impl Problem {
    fn at(broken: Broken, caret: usize, expected: impl Into<String>, found: impl Into<String>) -> Problem {
        Problem { broken, caret, width: 1, expected: expected.into(), found: found.into() }
    }
}

/// A head in progress.
#[derive(Debug)]
pub(super) struct HeadReader {
    by: Side,
    section: Section,
    limit: usize,
    /// Show the values of secret fields.
    secrets: bool,
    offset: u64,
    /// Octets read, empty lines before a request line included.
    read: usize,
    line: Vec<u8>,
    line_at: u64,
    place: Place,
    request_line: RequestLine,
    start: Vec<u8>,
    lines: u64,
    fields: Vec<Field>,
    hosts: u32,
    lengths: Lengths,
    colon: usize,
    /// The value in progress belongs to a secret field, and has begun.
    secret: bool,
    begun: bool,
}

impl HeadReader {
    /// A head that begins at `offset` of its direction.
    pub(super) fn new(by: Side, section: Section, offset: u64, limit: usize, secrets: bool) -> Self {
        HeadReader {
            by,
            section,
            limit,
            secrets,
            offset,
            read: 0,
            line: Vec::new(),
            line_at: offset,
            place: match section {
                Section::Trailer { .. } => Place::Name,
                Section::Request { .. } | Section::Response => Place::Start,
            },
            request_line: RequestLine::default(),
            start: Vec::new(),
            lines: 0,
            fields: Vec::new(),
            hosts: 0,
            lengths: Lengths::default(),
            colon: 0,
            secret: false,
            begun: false,
        }
    }

    /// Reads on; returns how many of `bytes` belong to this head. Secret octets among them are added to `hidden`,
    /// counted from `base`.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        base: usize,
        hidden: &mut Vec<Range<usize>>,
    ) -> (usize, Step) {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.read == self.limit {
                return (index, Step::Broken(self.too_large(&bytes[index..])));
            }
            self.read += 1;
            self.line.push(byte);
            match self.octet(byte) {
                Ok(false) => {}
                Ok(true) => return (index + 1, Step::Done),
                Err(problem) => return (index, Step::Broken(self.broken(problem, &bytes[index + 1..]))),
            }
            if self.hides(byte) {
                hide(hidden, base + index);
            }
        }
        (bytes.len(), Step::More)
    }

    fn hides(&mut self, byte: u8) -> bool {
        if !self.secret || self.secrets || self.place != Place::Value || matches!(byte, b'\r' | b'\n') {
            return false;
        }
        // The colon itself and the white space after it are no part of the value.
        self.begun |= self.line.len() > self.colon + 1 && !matches!(byte, b' ' | b'\t');
        self.begun
    }

    /// Checks the octet just added to the line; true at the end of the head.
    fn octet(&mut self, byte: u8) -> Result<bool, Problem> {
        let index = self.line.len() - 1;
        let after_cr = index > 0 && self.line[index - 1] == b'\r';
        if after_cr && byte != b'\n' {
            let expected = "a line feed after the carriage return";
            return Err(Problem::at(self.rule(), index - 1, expected, "a carriage return (CR) alone"));
        }
        if !after_cr {
            match self.place {
                Place::Start => self.start_octet(index, byte)?,
                Place::Name => self.name_octet(index, byte)?,
                Place::Value if is_text(byte) || matches!(byte, b'\r' | b'\n') => {}
                Place::Value => {
                    let expected = "visible text, a space or a tab";
                    return Err(Problem::at(Broken::FieldValue, index, expected, octet(byte)));
                }
            }
        }
        if byte == b'\n' { self.end_line(after_cr) } else { Ok(false) }
    }

    /// The rule that a stray octet breaks here.
    fn rule(&self) -> Broken {
        match (self.place, self.section) {
            (Place::Start, Section::Response) => Broken::StatusLine,
            (Place::Start, Section::Request { .. } | Section::Trailer { .. }) => Broken::RequestLine,
            (Place::Name, _) => Broken::FieldLine,
            (Place::Value, _) => Broken::FieldValue,
        }
    }

    fn start_octet(&mut self, index: usize, byte: u8) -> Result<(), Problem> {
        let checked = match self.section {
            // RFC 9112 section 2.2: empty lines before a request line are to be ignored.
            Section::Request { .. } if index == 0 && matches!(byte, b'\r' | b'\n') => Ok(()),
            Section::Request { .. } | Section::Trailer { .. } => self.request_line.octet(index, byte),
            Section::Response => status_octet(index, byte),
        };
        checked.map_err(|Fault { expected, found, unread }| {
            let broken = if unread { Broken::NotRead } else { self.rule() };
            Problem::at(broken, index, expected, found)
        })
    }

    fn name_octet(&mut self, index: usize, byte: u8) -> Result<(), Problem> {
        let problem = |expected: &str, found| Err(Problem::at(Broken::FieldLine, index, expected, found));
        match byte {
            b':' if index > 0 => {
                self.place = Place::Value;
                self.colon = index;
                self.begun = false;
                self.secret = mask::is_secret(&self.line[..index]);
                Ok(())
            }
            b':' => problem("a field name before the colon", octet(byte)),
            b'\r' | b'\n' if index == 0 => Ok(()),
            b'\r' | b'\n' => problem("a colon after the field name", "the end of the line".to_owned()),
            // The library takes folded lines in the head of a response alone.
            b' ' | b'\t'
                if index == 0 && self.lines > 0 && self.section == (Section::Trailer { strict: false }) =>
            {
                let expected = "a field name: no line of the trailer continued on the next";
                Err(Problem::at(Broken::NotRead, index, expected, octet(byte)))
            }
            // RFC 9112 section 5.2: a folded line; to be refused in requests, and read as a space in responses.
            b' ' | b'\t' if index == 0 && self.lines > 0 && self.section == Section::Response => {
                self.place = Place::Value;
                self.colon = 0;
                self.begun = false;
                Ok(())
            }
            b' ' | b'\t' if index == 0 => problem("a field name at the beginning of the line", octet(byte)),
            b' ' | b'\t' => problem("a colon directly after the field name", octet(byte)),
            _ if is_tchar(byte) => Ok(()),
            _ => problem("a field name of letters, digits and !#$%&'*+-.^_`|~", octet(byte)),
        }
    }

    fn end_line(&mut self, after_cr: bool) -> Result<bool, Problem> {
        let last = self.line.len() - 1;
        if !after_cr && self.section == (Section::Request { strict: true }) {
            let expected = "a carriage return (CR) before the line feed (LF)";
            return Err(Problem::at(Broken::BareLineFeed, last, expected, "a line feed alone"));
        }
        let end = if after_cr { last - 1 } else { last };
        match self.place {
            Place::Start if end == 0 => self.offset += self.line.len() as u64,
            Place::Start => {
                self.target()?;
                self.start = self.line[..end].to_vec();
                self.place = Place::Name;
            }
            Place::Name => return Ok(true),
            Place::Value => {
                self.field(end)?;
                self.place = Place::Name;
            }
        }
        self.line_at += self.line.len() as u64;
        self.line.clear();
        Ok(false)
    }

    /// Takes in a field line whose content ends at `end`.
    fn field(&mut self, end: usize) -> Result<(), Problem> {
        self.lines += 1;
        let from = (self.colon + 1).min(end);
        let text = self.line[from..end].trim_ascii();
        let lead = self.line[from..end].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let value = text.to_vec();
        let shown = match self.secret && !self.secrets {
            true => "*".repeat(value.len()),
            false => String::from_utf8_lossy(&value).into_owned(),
        };
        if self.colon == 0 {
            self.fold(&shown);
            return Ok(());
        }
        let spot = Spot::new(&self.line, self.line_at, from + lead, value.len());
        let name = String::from_utf8_lossy(&self.line[..self.colon]).into_owned();
        if matches!(self.section, Section::Trailer { .. }) {
            // What frames a body has no effect after it (RFC 9110 section 6.5.1).
        } else if name.eq_ignore_ascii_case("content-length") {
            let strict = self.section == (Section::Request { strict: true });
            self.lengths.length(self.by, &value, spot, strict);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.lengths.coding(&value, spot);
        } else if name.eq_ignore_ascii_case("host") {
            self.host(&value, from + lead)?;
        }
        self.fields.push(Field { name, value: shown, offset: self.line_at, len: self.line.len() as u64 });
        Ok(())
    }

    /// The whole request line has come: a server refuses a target whose form does not go with the method.
    fn target(&self) -> Result<(), Problem> {
        let ends = (self.request_line.method_end, self.request_line.target_end);
        let (Section::Request { strict: true }, (Some(method), Some(end))) = (self.section, ends) else {
            return Ok(());
        };
        let target = &self.line[method + 1..end];
        match grammar::target_fault(&self.line[..method], target) {
            Some((at, expected)) => {
                Err(Problem::at(Broken::Target, method + 1 + at, expected, quoted(&target[at..])))
            }
            None => Ok(()),
        }
    }

    fn fold(&mut self, more: &str) {
        let len = self.line.len() as u64;
        if let Some(field) = self.fields.last_mut() {
            if !field.value.is_empty() && !more.is_empty() {
                field.value.push(' ');
            }
            field.value.push_str(more);
            field.len += len;
        }
    }

    /// RFC 9112 section 3.2: a server answers 400 to a second Host, and to one that is no host and port.
    fn host(&mut self, value: &[u8], from: usize) -> Result<(), Problem> {
        self.hosts += 1;
        if self.section != (Section::Request { strict: true }) {
            return Ok(());
        }
        if self.hosts > 1 {
            let found = format!("a second one, {}", quoted(value));
            let problem = Problem::at(Broken::Host, 0, "one Host field in a request", found);
            return Err(Problem { width: self.colon, ..problem });
        }
        match grammar::host_fault(value) {
            Some(bad) => {
                let expected = "a host name or address, and a port in digits";
                Err(Problem::at(Broken::Host, from + bad, expected, octet(value[bad])))
            }
            None => Ok(()),
        }
    }

    fn broken(&self, problem: Problem, rest: &[u8]) -> Box<Malformed> {
        let mut line = self.line.clone();
        if !line.ends_with(b"\n") {
            let end =
                rest.iter().take(WINDOW).position(|byte| *byte == b'\n').map_or(rest.len(), |lf| lf + 1);
            line.extend_from_slice(&rest[..end.min(WINDOW)]);
        }
        let mut width = problem.width;
        if self.place == Place::Start {
            // The whole word is what is wrong, where it is a word.
            let word = line[problem.caret.min(line.len())..].iter().take_while(|byte| **byte > b' ').count();
            width = word.max(1);
        }
        if !self.secrets {
            // Past the limit nothing is wrong with the octet itself: there is no need to see it.
            let longer = matches!(problem.broken, Broken::HeadTooLarge | Broken::ChunkLines);
            let keep = if longer { usize::MAX } else { problem.caret };
            mask::conceal(&mut line, keep);
        }
        let spot = Spot::new(&line, self.line_at, problem.caret, width);
        let mut facts = malformed(self.by, problem.broken, spot, problem.expected, problem.found);
        facts.trailer = matches!(self.section, Section::Trailer { .. });
        Box::new(facts)
    }

    fn too_large(&self, rest: &[u8]) -> Box<Malformed> {
        let (broken, what) = match self.section {
            Section::Trailer { .. } => (Broken::ChunkLines, "trailer"),
            Section::Request { .. } | Section::Response => (Broken::HeadTooLarge, "head"),
        };
        let expected = format!("a {what} of at most {} bytes", self.limit);
        let problem = Problem::at(broken, self.line.len(), expected, "a longer one");
        let mut facts = self.broken(problem, rest);
        facts.width = 1;
        facts.limit = Some(self.limit as u64);
        facts
    }
}

/// Adds one octet to the hidden ranges.
fn hide(hidden: &mut Vec<Range<usize>>, index: usize) {
    match hidden.last_mut() {
        Some(last) if last.end == index => last.end += 1,
        _ => hidden.push(index..index + 1),
    }
}
