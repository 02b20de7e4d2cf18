//! The event stream as JSON Lines: `--json` and `--record`.

use std::io::{self, BufWriter, Write as _};

use super::{Out, Render};
use crate::event::{Event, Header};

/// One JSON object a line.
pub struct Json {
    out: BufWriter<Out>,
}

impl Json {
    /// Writes to `out`.
    pub fn new(out: Out) -> Self {
        Json { out: BufWriter::new(out) }
    }
}

impl Render for Json {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, header)?;
        self.out.write_all(b"\n")
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
