//! The event stream as JSON Lines: `--json` and `--record`.
//!
//! It may be written to a terminal: what would act there is spelled `\u009b`, which is the same text to every reader of JSON.

use std::io::{self, BufWriter, Write as _};

use super::style::escape_json;
use super::{Out, Render};
use crate::event::{Event, Header};

/// One JSON object a line.
pub struct Json {
    out: BufWriter<Out>,
    line: Vec<u8>,
}

impl Json {
    /// Writes to `out`.
    pub fn new(out: Out) -> Self {
        Json { out: BufWriter::new(out), line: Vec::new() }
    }

    fn line(&mut self, object: &impl serde::Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, object)?;
        self.line.push(b'\n');
        // ASCII has no such character but DEL: JSON spells its other controls out.
        if self.line.iter().all(|octet| *octet < 0x7f) {
            return self.out.write_all(&self.line);
        }
        self.out.write_all(escape_json(&String::from_utf8_lossy(&self.line)).as_bytes())
    }
}

impl Render for Json {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.line(header)
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.line(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{Paper, from_json};

    #[test]
    fn a_line_acts_on_no_terminal_and_is_the_same_event() {
        let told = from_json(
            "{\"seq\":1,\"at\":0.0,\"side\":\"client\",\"event\":\"teleported\",\"to\":\"a\u{9b}2J\u{202e}\u{7f}\u{e0001}é日\"}",
        );
        let paper = Paper::default();
        let mut json = Json::new(paper.out());
        json.event(&told).unwrap();
        json.finish().unwrap();
        let line = paper.text();
        assert!(line.contains("a\\u009b2J\\u202e\\u007f\\udb40\\udc01é日"), "{line}");
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), told);
    }
}
