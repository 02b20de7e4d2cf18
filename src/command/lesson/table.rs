//! The system's tables as a check reads them: rows become events of the kinds that recordings have.

use serde_json::Value;

use super::session::Session;
use crate::event::Event;
use crate::event::experiment::CountersMoved;
use crate::event::recorder::{Delivery, Recorder};
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};
use crate::lesson::log::{Job, Seen};
use crate::lesson::{Check, TableKind};
use crate::net::kernel::{self, Counter};
use crate::net::ports;

/// The interfaces' counters at the beginning of an attempt.
pub(super) fn counters() -> Vec<Counter> {
    kernel::counters().unwrap_or_default()
}

/// Rows of the tables that a check names, as they are now. A table that cannot be read has none.
pub(super) async fn rows(check: &Check, before: &[Counter], session: &Session) -> Vec<Seen> {
    let named = |kind| check.table.iter().any(|rows| rows.kind == kind);
    let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    if named(TableKind::Listener) || named(TableKind::Connection) {
        let all = named(TableKind::Connection);
        for protocols in [Vec::new(), vec![Protocol::Unix]] {
            let wanted = ports::Options { all, protocols, ..ports::Options::default() };
            // Where it cannot be read the check has no rows, and its step is one that needs the fact.
            let _ = ports::list(&wanted, &recorder).await;
        }
    }
    if named(TableKind::Counter) {
        let facts =
            CountersMoved { interfaces: kernel::moved(before, &counters()), error: None, unix: false };
        recorder.on(Side::Observer, Layer::Kernel).emit(facts);
    }
    drop(recorder);
    let now = session.now();
    stream.filter_map(|event| row(event, now)).collect()
}

fn row(event: Event, now: std::time::Duration) -> Option<Seen> {
    match serde_json::to_value(&event).ok()? {
        Value::Object(fields) => Some(Seen { job: Job(0), at: now, fields, event: Some(event) }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}
