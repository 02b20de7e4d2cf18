//! Reads a recording back: its header, then its events, one line at a time.
//!
//! It opens no files and keeps one line in memory, however long the recording is. Unknown fields are ignored and unknown kinds kept
//! (a later netlearn may have written them); whatever is damaged is said with its line number.

pub mod merge;
pub mod sketch;

use std::fmt;
use std::io::{self, BufRead, Read as _};

use serde_json::{Map, Value};

use super::{Event, EventKind, Header, SCHEMA};

/// Longest line that is read; octets.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// What is wrong with a recording, and in which line, from 1.
#[derive(Debug)]
pub struct RecordingError {
    pub line: u64,
    pub fault: Fault,
}

/// What is wrong with a line of a recording.
#[derive(Debug)]
pub enum Fault {
    /// It could not be read at all.
    Io(io::Error),
    /// There is no first line.
    Empty,
    /// The first line is no header: this is no recording.
    NoHeader(String),
    /// The header names a schema that this version does not know.
    Schema(u64),
    /// No JSON object, or a known kind with a missing or ill-typed field.
    Damaged(String),
    /// The last line has no end: the writer was stopped, or the file was cut.
    Truncated,
    /// Longer than [`LINE_LIMIT`].
    TooLong,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.fault {
            Fault::Io(error) => write!(f, "it could not be read: {error}"),
            Fault::Empty => write!(f, "the recording is empty"),
            Fault::NoHeader(error) => {
                write!(f, "a recording begins with a `recording_started` line, this does not: {error}")
            }
            Fault::Schema(found) => {
                write!(
                    f,
                    "the recording has schema {found}; this netlearn {} reads schema {SCHEMA}",
                    env!("CARGO_PKG_VERSION")
                )
            }
            Fault::Damaged(error) => write!(f, "this is no event: {error}"),
            Fault::Truncated => {
                write!(f, "the line breaks off: the recording was cut or its writer was stopped")
            }
            Fault::TooLong => write!(f, "the line is longer than {LINE_LIMIT} bytes"),
        }
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Io(error) => Some(error),
            Fault::Empty
            | Fault::NoHeader(_)
            | Fault::Schema(_)
            | Fault::Damaged(_)
            | Fault::Truncated
            | Fault::TooLong => None,
        }
    }
}

/// Yields the events of a recording after its header. It ends with the first error.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    line: u64,
    text: Vec<u8>,
    ended: bool,
    /// The last line of a whole recording has come: `finished`. One of a run that still goes on, was stopped at once or was cut
    /// lacks it.
    pub finished: bool,
    /// The first line.
    pub header: Header,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// A source without a readable header of a schema that this version knows.
    pub fn open(mut source: R) -> Result<Self, RecordingError> {
        let mut text = Vec::new();
        let at = |fault| RecordingError { line: 1, fault };
        let Some(whole) = line(&mut source, &mut text).map_err(at)? else { return Err(at(Fault::Empty)) };
        let cut = |fault: &Fault| !whole && text.starts_with(b"{") && matches!(fault, Fault::NoHeader(_));
        let header = header(&text).map_err(|fault| at(if cut(&fault) { Fault::Truncated } else { fault }))?;
        Ok(Reader { source, line: 1, text, ended: false, finished: false, header })
    }

    fn next_event(&mut self) -> Result<Option<Event>, Fault> {
        loop {
            self.line += 1;
            let Some(whole) = line(&mut self.source, &mut self.text)? else { return Ok(None) };
            if blank(&self.text) {
                continue;
            }
            return match serde_json::from_slice(&self.text) {
                Ok(event) => Ok(Some(event)),
                // Without its end the line is known to be cut; with a whole event in it only the line end is missing.
                Err(_) if !whole => Err(Fault::Truncated),
                Err(error) => Err(Fault::Damaged(said(&error))),
            };
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Event, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_event().map_err(|fault| RecordingError { line: self.line, fault });
        self.ended = !matches!(next, Ok(Some(_)));
        self.finished |= matches!(&next, Ok(Some(Event { kind: EventKind::Finished(_), .. })));
        next.transpose()
    }
}

/// Reads one line into `text`, without its end; true where it had one, `None` at the end of the source.
fn line<R: BufRead>(source: &mut R, text: &mut Vec<u8>) -> Result<Option<bool>, Fault> {
    text.clear();
    let read = source.take(LINE_LIMIT as u64 + 1).read_until(b'\n', text).map_err(Fault::Io)?;
    if read == 0 {
        return Ok(None);
    }
    let whole = text.last() == Some(&b'\n');
    if whole {
        text.pop();
    } else if text.len() > LINE_LIMIT {
        return Err(Fault::TooLong);
    }
    Ok(Some(whole))
}

/// What is wrong, and in which column; the line is told by [`RecordingError`], and is always the first to a reader of one line.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) if error.column() > 0 => format!("{what} at column {}", error.column()),
        Some(what) => what.to_owned(),
        None => text,
    }
}

fn blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

fn header(text: &[u8]) -> Result<Header, Fault> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(Fault::NoHeader(
            "it begins with a byte order mark (EF BB BF), which an editor has put there".to_owned(),
        ));
    }
    let no_header = |error: serde_json::Error| Fault::NoHeader(said(&error));
    let object: Map<String, Value> = serde_json::from_slice(text).map_err(no_header)?;
    let started = object.get("event").and_then(Value::as_str) == Some("recording_started");
    // The schema first: a header of another one may lack what this one demands.
    if let Some(schema) = object.get("schema").and_then(Value::as_u64)
        && started
        && schema != u64::from(SCHEMA)
    {
        return Err(Fault::Schema(schema));
    }
    serde_json::from_value(Value::Object(object)).map_err(no_header)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"event":"recording_started","schema":1,"version":"0.1.0","command":["netlearn"],"monotonic":1.5,"wall":"2026-11-23T10:00:00Z","new":true}"#;
    const FINISHED: &str = r#"{"seq":1,"at":0.1,"side":"client","event":"finished","exit":0,"new":[1]}"#;

    fn read(text: &str) -> Result<Vec<Event>, RecordingError> {
        Reader::open(text.as_bytes())?.collect()
    }

    fn error(text: &str) -> String {
        read(text).map(|events| events.len()).expect_err("a damaged recording").to_string()
    }

    #[test]
    fn unknown_fields_are_ignored_and_unknown_kinds_kept() {
        let later = r#"{"seq":2,"at":0.2,"side":"client","event":"teleported","to":"Mars"}"#;
        let events = read(&format!("{HEADER}\n{FINISHED}\n\n{later}")).expect("a recording");
        assert!(matches!(&events[0].kind, EventKind::Finished(facts) if facts.exit == 0));
        assert_eq!(events[1].kind.name(), "teleported");
    }

    #[test]
    fn errors_name_their_line_and_what_is_wrong() {
        assert_eq!(error(""), "line 1: the recording is empty");
        assert!(error("hello\n").starts_with("line 1: a recording begins with"));
        assert!(error(&format!("{FINISHED}\n")).starts_with("line 1: a recording begins with"));
        let other = HEADER.replace("\"schema\":1", "\"schema\":7").replace("\"monotonic\":1.5,", "");
        assert!(error(&other).contains("has schema 7"), "{}", error(&other));
        assert!(
            error(&format!("{HEADER}\n{FINISHED}\n{{\"seq\":3}}\n")).starts_with("line 3: this is no event")
        );
        let lacking = r#"{"seq":2,"at":0.2,"side":"client","event":"finished"}"#;
        assert!(error(&format!("{HEADER}\n{lacking}\n")).contains("event `finished`: missing field `exit`"));
        // One number of a line, and the field's name.
        let ill = r#"{"seq":2,"at":0.2,"side":"client","event":"finished","exit":"no"}"#;
        let said = error(&format!("{HEADER}\n{ill}\n"));
        assert!(
            said.starts_with("line 2: ") && said.contains("event `finished`, field `exit`: invalid type"),
            "{said}"
        );
        let broken = error(&format!("{HEADER}\n{FINISHED}\n{{\"seq\":x}}\n"));
        assert_eq!(broken, "line 3: this is no event: expected value at column 8");
        let marked = error(&format!("\u{feff}{HEADER}\n"));
        assert!(marked.contains("byte order mark") && !marked.contains("column"), "{marked}");
    }

    #[test]
    fn a_cut_line_is_said_after_the_events_before_it() {
        let text = format!("{HEADER}\n{FINISHED}\n{}", &FINISHED[..40]);
        let mut reader = Reader::open(text.as_bytes()).expect("a header");
        assert!(reader.next().is_some_and(|event| event.is_ok()));
        let error = reader.next().and_then(Result::err).expect("a cut line");
        assert!(matches!(error, RecordingError { line: 3, fault: Fault::Truncated }));
        assert!(reader.next().is_none());
    }

    #[test]
    fn a_line_without_end_takes_no_more_than_the_limit() {
        let endless = HEADER.as_bytes().chain(&b"\n"[..]).chain(io::BufReader::new(io::repeat(b'x')));
        let mut reader = Reader::open(io::BufReader::new(endless)).expect("a header");
        let error = reader.next().and_then(Result::err).expect("too long");
        assert!(matches!(error, RecordingError { line: 2, fault: Fault::TooLong }));
        assert!(reader.text.capacity() <= 4 * LINE_LIMIT);
    }
}
