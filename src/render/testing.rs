//! What the unit tests of the views share: a writer to look into, and events made by hand.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Out;
use crate::event::{Event, EventKind, Flow, Layer, Side};

/// A writer whose text can be read afterwards.
#[derive(Clone, Default)]
pub(super) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(super) fn out(&self) -> Out {
        Box::new(self.clone())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event of flow 1 at `at` milliseconds, which took a tenth of one.
pub(super) fn event(at: u64, side: Side, layer: Layer, kind: impl Into<EventKind>) -> Event {
    Event {
        seq: 1,
        at: Duration::from_millis(at),
        took: Some(Duration::from_micros(100)),
        flow: Some(Flow(1)),
        layer: Some(layer),
        side,
        kind: kind.into(),
    }
}

/// An event as its line of a recording: short, and safe from fields to come.
pub(super) fn from_json(line: &str) -> Event {
    serde_json::from_str(line).unwrap()
}
