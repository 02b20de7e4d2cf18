//! Exact counts of one server at any rate, and what of them was not told one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Hall;
use crate::event::recorder::Recorder;
use crate::event::run::{Folded, Served};
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};
use crate::net::tap::Meter;

/// Counts since the server began; those named `folded` since the last `fold`.
#[derive(Debug, Default)]
pub struct Totals {
    pub clients: AtomicU64,
    pub requests: AtomicU64,
    pub closed_by_client: AtomicU64,
    pub closed_by_server: AtomicU64,
    pub reset: AtomicU64,
    pub turned_away: AtomicU64,
    pub accept_errors: AtomicU64,
    /// Octets of every connection, counted as they pass.
    pub meter: Arc<Meter>,
    pub folded_events: AtomicU64,
    pub folded_requests: AtomicU64,
    pub folded_clients: AtomicU64,
    accept_error_told: AtomicBool,
}

impl Totals {
    /// Connections whose end was not counted yet. An end is counted before it is told: one that was told is not in this number,
    /// whether its task is done or not.
    pub(super) fn open(&self) -> u64 {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let closed = read(&self.closed_by_client) + read(&self.closed_by_server);
        read(&self.clients).saturating_sub(closed)
    }

    /// Tells what was counted and not told since the last time; nothing if there was nothing.
    pub(super) fn fold(&self, recorder: &Recorder, layer: Layer) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let folded = Folded {
            events: take(&self.folded_events) + take(&self.meter.folded_calls),
            requests: take(&self.folded_requests),
            clients: take(&self.folded_clients),
            open: self.open(),
            received: take(&self.meter.folded_received),
            sent: take(&self.meter.folded_sent),
        };
        if folded.events > 0 {
            recorder.on(Side::Server, layer).emit(folded);
        }
    }

    /// An accept failed (as for want of descriptors): counted each time, told once.
    pub(super) fn accept_failed(&self, hall: &Hall, error: &std::io::Error) {
        self.accept_errors.fetch_add(1, Ordering::Relaxed);
        if self.accept_error_told.swap(true, Ordering::Relaxed) {
            return;
        }
        hall.recorder.on(Side::Server, hall.options.beneath()).emit(crate::event::tcp::ListenFailed {
            ends: crate::event::Ends::default(),
            reason: crate::event::tcp::ListenFailure::Accept,
            errno: error.raw_os_error(),
            goes_on: true,
        });
    }

    /// The whole life in numbers.
    pub(super) fn served(&self, protocol: Protocol, port: u16, open_at_stop: u64) -> Served {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Served {
            protocol: Some(protocol),
            port,
            clients: read(&self.clients),
            requests: read(&self.requests),
            received: read(&self.meter.received),
            sent: read(&self.meter.sent),
            closed_by_client: read(&self.closed_by_client),
            closed_by_server: read(&self.closed_by_server),
            reset: read(&self.reset),
            open_at_stop,
            turned_away: read(&self.turned_away),
            accept_errors: read(&self.accept_errors),
            ..Served::default()
        }
    }
}
