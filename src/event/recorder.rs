//! Stamps, numbers and sends events; the only reader of the clock.
//!
//! It chooses no words and writes no files. A client's stream is never dropped; a server's may
//! be bounded (what is dropped is counted and said in the stream) or folded (past a rate that a
//! person can read, the operation counts instead of making events).

mod stream;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use stream::Stream;

use stream::Sent;

use super::run::EventsLost;
use super::{Event, EventKind, Flow, Header, HeaderTag, Layer, SCHEMA, Side};

/// Events a second that a person can follow; past it [`Recorder::admit`] says no.
pub const READABLE_RATE: u64 = 50;

/// How far a bounded stream's reader may lag behind before events are dropped.
pub const BOUNDED_LAG: u64 = 65_536;

/// Events of one look that are sent at a time: few enough that their room is used again.
const TOGETHER: usize = 256;

/// What happens when events come faster than they can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Everything is kept, whatever it takes: for clients.
    Lossless,
    /// Up to [`BOUNDED_LAG`] events wait; past that they are dropped and counted: for a server's `--json` and `--record`.
    Bounded,
    /// The operation is told to count instead, past [`READABLE_RATE`]; where even that is not read, as [`Delivery::Bounded`]: for
    /// a server that only narrates.
    Folding,
}

/// A moment of this run: time since the recording began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(Duration);

impl At {
    /// Time from `earlier` to this moment; zero if it is later.
    pub fn since(self, earlier: At) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Hands out stamps and flow serials and sends events; cheap to clone. The stream ends when the last clone drops.
#[derive(Clone, Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    base: Instant,
    /// The machine's monotonic clock at `base`.
    monotonic: Duration,
    delivery: Delivery,
    flows: AtomicU64,
    /// Events sent and not yet taken by the reader.
    lag: Arc<AtomicU64>,
    line: Mutex<Line>,
    rate: Mutex<Rate>,
    /// The second (counted from 1) in which no more detail is wanted: what is then asked need not be counted.
    full: AtomicU64,
}

#[derive(Debug)]
struct Line {
    seq: u64,
    lost: u64,
    sender: Sender<Sent>,
}

/// How often detail was asked for, in this second and the one before.
#[derive(Debug, Default)]
struct Rate {
    second: u64,
    asked: u64,
    asked_before: u64,
}

impl Rate {
    fn admit(&mut self, second: u64) -> bool {
        if self.second != second {
            let adjoining = self.second + 1 == second;
            *self = Rate { second, asked: 0, asked_before: if adjoining { self.asked } else { 0 } };
        }
        self.asked += 1;
        self.asked <= READABLE_RATE && self.asked_before <= READABLE_RATE
    }

    /// Nothing more is admitted in this second, and the next knows why.
    fn is_full(&self) -> bool {
        self.asked > READABLE_RATE
    }
}

impl Recorder {
    /// Starts a recording now. `command` is kept in the header as given: mask secrets before.
    pub fn start(command: Vec<String>, delivery: Delivery) -> (Recorder, Stream) {
        let (sender, receiver) = channel();
        let lag = Arc::new(AtomicU64::new(0));
        let clock = Clock::read();
        let header = Header {
            event: HeaderTag::RecordingStarted,
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            boot: boot_id(),
            monotonic: clock.monotonic.as_secs_f64(),
            wall: clock.wall,
            pid: Some(std::process::id()),
        };
        let recorder = Recorder {
            shared: Arc::new(Shared {
                base: clock.base,
                monotonic: clock.monotonic,
                delivery,
                flows: AtomicU64::new(0),
                lag: Arc::clone(&lag),
                line: Mutex::new(Line { seq: 0, lost: 0, sender }),
                rate: Mutex::new(Rate::default()),
                full: AtomicU64::new(0),
            }),
        };
        (recorder, Stream::new(header, receiver, lag))
    }

    /// The moment now: take it before the call that the event is about. To the microsecond, which is what a recording
    /// keeps: so a replay shows what the run showed.
    pub fn now(&self) -> At {
        let micros = self.elapsed().as_micros();
        At(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }

    /// The machine's monotonic clock now: what the `at` of an event and the `monotonic` of its header add up to.
    pub fn monotonic_now(&self) -> Duration {
        self.shared.monotonic + self.elapsed()
    }

    /// Wall time now, to the second, for checks of validity dates.
    #[expect(clippy::disallowed_methods, reason = "this file is the reader of the clock")]
    pub fn wall(&self) -> jiff::Timestamp {
        let now = jiff::Timestamp::now();
        jiff::Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// The same as seconds since 1970 (0 before it), for what asks at every request.
    #[expect(clippy::disallowed_methods, reason = "this file is the reader of the clock")]
    pub fn wall_second(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// The next flow serial.
    pub fn flow(&self) -> Flow {
        Flow(self.shared.flows.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Starts an event as seen by `side` at `layer`.
    pub fn on(&self, side: Side, layer: Layer) -> Note<'_> {
        Note { recorder: self, side, layer: Some(layer), at: None, took: None, flow: None }
    }

    /// Starts an event about the run itself.
    pub fn run(&self, side: Side) -> Note<'_> {
        Note { recorder: self, side, layer: None, at: None, took: None, flow: None }
    }

    /// Whether the detail of the next piece of work is wanted. True always but for a folding stream past
    /// [`READABLE_RATE`], and until a second has passed below it: then count, and send `folded` once a second.
    pub fn admit(&self) -> bool {
        if self.shared.delivery != Delivery::Folding {
            return true;
        }
        let second = self.lately().0.as_secs();
        if self.shared.full.load(Ordering::Relaxed) == second + 1 {
            return false;
        }
        let mut rate = lock(&self.shared.rate);
        let admitted = rate.admit(second);
        if rate.is_full() {
            self.shared.full.store(second + 1, Ordering::Relaxed);
        }
        admitted
    }

    /// The moment now: exact while detail is wanted; in a second that is too full to tell, up to a few milliseconds
    /// early, which is enough for limits and costs a fraction.
    pub fn about_now(&self) -> At {
        let lately = self.lately();
        if self.shared.full.load(Ordering::Relaxed) == lately.0.as_secs() + 1 { lately } else { self.now() }
    }

    /// The moment now to a few milliseconds, never later than it.
    #[cfg(target_os = "linux")]
    fn lately(&self) -> At {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
        let now = Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0));
        At(now.saturating_sub(self.shared.monotonic))
    }

    /// The moment now: this system has no cheaper clock.
    #[cfg(not(target_os = "linux"))]
    fn lately(&self) -> At {
        self.now()
    }

    /// The number of the last event sent.
    pub fn last_seq(&self) -> u64 {
        lock(&self.shared.line).seq
    }

    #[expect(clippy::disallowed_methods, reason = "this file is the reader of the clock")]
    fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.shared.base)
    }

    fn send(&self, mut event: Event) {
        let mut line = lock(&self.shared.line);
        if self.shared.delivery != Delivery::Lossless
            && self.shared.lag.load(Ordering::Relaxed) >= BOUNDED_LAG
            && droppable(&event.kind)
        {
            line.lost += 1;
            return;
        }
        if line.lost > 0 {
            let count = std::mem::take(&mut line.lost);
            let lost = Event {
                seq: 0,
                at: event.at,
                took: None,
                flow: None,
                layer: None,
                side: event.side,
                kind: EventsLost { count }.into(),
            };
            self.push(&mut line, lost);
        }
        event.took = event.took.map(|took| took.min(Duration::from_secs(u64::from(u32::MAX))));
        self.push(&mut line, event);
    }

    fn push(&self, line: &mut Line, mut event: Event) {
        line.seq += 1;
        event.seq = line.seq;
        self.shared.lag.fetch_add(1, Ordering::Relaxed);
        // A reader that is gone (its file is full, its pipe closed) has said so itself.
        let _ = line.sender.send(Sent::One(event));
    }

    /// Numbers events and sends them, many at a time. None is dropped: for what one look finds.
    fn send_all(&self, events: impl Iterator<Item = Event>) {
        let mut events = events.peekable();
        while events.peek().is_some() {
            let mut line = lock(&self.shared.line);
            let seq = &mut line.seq;
            let many: Vec<Event> = events
                .by_ref()
                .take(TOGETHER)
                .map(|event| {
                    *seq += 1;
                    Event { seq: *seq, ..event }
                })
                .collect();
            self.shared.lag.fetch_add(many.len() as u64, Ordering::Relaxed);
            let _ = line.sender.send(Sent::Many(many));
        }
    }
}

/// What must reach the reader at any lag: the ends of the story.
fn droppable(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Served(_) | EventKind::Failed(_) | EventKind::Finished(_) | EventKind::Listening(_)
    )
}

/// An event being put together; nothing is sent before [`Note::emit`].
#[derive(Debug)]
#[must_use]
pub struct Note<'r> {
    recorder: &'r Recorder,
    side: Side,
    layer: Option<Layer>,
    at: Option<At>,
    took: Option<Duration>,
    flow: Option<Flow>,
}

impl Note<'_> {
    /// The conversation it belongs to.
    pub fn flow(mut self, flow: Flow) -> Self {
        self.flow = Some(flow);
        self
    }

    /// When the call began; without it the event is stamped when it is emitted.
    pub fn at(mut self, at: At) -> Self {
        self.at = Some(at);
        self
    }

    /// When the call began; it ended now.
    pub fn since(mut self, began: At) -> Self {
        self.at = Some(began);
        self.took = Some(self.recorder.now().since(began));
        self
    }

    /// How long it took, measured elsewhere.
    pub fn took(mut self, took: Duration) -> Self {
        self.took = Some(took);
        self
    }

    /// Numbers and sends it.
    pub fn emit(self, kind: impl Into<EventKind>) {
        let at = self.at.unwrap_or_else(|| self.recorder.now());
        self.recorder.send(self.event(at, kind.into()));
    }

    /// The same for all that one look found: they share their moment, and a reader that waits is woken once.
    pub fn emit_all<K: Into<EventKind>>(self, kinds: impl Iterator<Item = K>) {
        let at = self.at.unwrap_or_else(|| self.recorder.now());
        self.recorder.send_all(kinds.map(|kind| self.event(at, kind.into())));
    }

    fn event(&self, at: At, kind: EventKind) -> Event {
        Event { seq: 0, at: at.0, took: self.took, flow: self.flow, layer: self.layer, side: self.side, kind }
    }
}

struct Clock {
    base: Instant,
    /// The machine's monotonic clock at `base`.
    monotonic: Duration,
    wall: String,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this file is the reader of the clock")]
    fn read() -> Clock {
        let base = Instant::now();
        let monotonic = monotonic();
        let wall = jiff::Timestamp::now();
        let wall = wall.round(jiff::Unit::Microsecond).unwrap_or(wall).to_string();
        Clock { base, monotonic, wall }
    }
}

/// Reads the machine's monotonic clock, time since its boot, so that two recordings of one boot can be merged.
#[cfg(unix)]
fn monotonic() -> Duration {
    // `CLOCK_MONOTONIC` is what `Instant` uses here without telling its value.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

#[cfg(not(unix))]
fn monotonic() -> Duration {
    Duration::ZERO
}

/// Linux names each boot; elsewhere recordings are never merged by clock.
fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere does not make a counter wrong.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
