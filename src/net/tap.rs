//! A stream wrapper that reports the bytes passing, as they pass.
//!
//! It changes nothing on the way but one thing: where its [`Watch`] finds bytes that break their protocol, it
//! passes on what came before them and then ends reading with an error. It chooses no words.

mod ear;

use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{Direction, TcpInfo};
use crate::event::{Flow, Layer, Side};
use ear::Ear;

/// Octets captured in each direction where no [`Watch`] decides.
pub const CAPTURE: usize = 4096;

/// What a watch says of bytes that pass.
#[derive(Debug, Default)]
pub struct Heard {
    /// How many of these bytes, from the first, belong in the event's `head`.
    pub capture: usize,
    /// Ranges of these bytes that are secret and shown as asterisks.
    pub secret: Vec<Range<usize>>,
    /// Received bytes past this index break the protocol: pass on those before, then stop. `None`: all is well.
    pub stop_at: Option<usize>,
}

/// Reads along with a tapped stream: an annotator of the protocol in it.
pub trait Watch: Send {
    /// Bytes passed in one call. `began` is when the call began.
    fn hear(&mut self, direction: Direction, offset: u64, bytes: &[u8], began: At) -> Heard;
    /// A direction ended with a FIN.
    fn ended(&mut self, direction: Direction);
    /// Emits the events found by the last [`Watch::hear`] or [`Watch::ended`]; called after the tap's own event.
    fn speak(&mut self);
}

/// Asks the kernel what it has to tell about the stream's connection; `None` where that is nothing, or nothing new.
pub type Asking = Box<dyn Fn() -> Option<TcpInfo> + Send>;

/// What passed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    pub sent: u64,
    pub received: u64,
    /// Calls that carried bytes.
    pub writes: u64,
    pub reads: u64,
    /// Beginning of the first and end of the last call that carried bytes, each way; absent while detail is off.
    pub first_sent: Option<At>,
    pub last_sent: Option<At>,
    pub first_received: Option<At>,
    pub last_received: Option<At>,
    /// When the peer's FIN was read.
    pub peer_ended: Option<At>,
    /// When our own FIN was asked for.
    pub ended: Option<At>,
    /// A RST (or EPIPE, which follows one) met us, in this direction.
    pub reset: Option<Direction>,
    /// The watch stopped the stream.
    pub stopped: bool,
}

impl Counts {
    /// Who ended first, as far as was seen from here; `None` while nobody has.
    pub fn ended_first(&self, side: Side) -> Option<Side> {
        match (self.ended, self.peer_ended) {
            (Some(own), Some(peer)) if own <= peer => Some(side),
            (_, Some(_)) => Some(side.other()),
            (Some(_), None) => Some(side),
            (None, None) => None,
        }
    }
}

/// Octets of many streams together, counted as they pass; the `folded` ones are those that no event told, for whoever
/// takes them from time to time.
#[derive(Debug, Default)]
pub struct Meter {
    pub sent: AtomicU64,
    pub received: AtomicU64,
    pub folded_calls: AtomicU64,
    pub folded_sent: AtomicU64,
    pub folded_received: AtomicU64,
}

impl Meter {
    fn count(&self, direction: Direction, octets: u64, told: bool) {
        let (all, folded) = match direction {
            Direction::Sent => (&self.sent, &self.folded_sent),
            Direction::Received => (&self.received, &self.folded_received),
        };
        all.fetch_add(octets, Ordering::Relaxed);
        if !told {
            self.folded_calls.fetch_add(1, Ordering::Relaxed);
            folded.fetch_add(octets, Ordering::Relaxed);
        }
    }
}

/// The listening end of a tap: counts, and switches; cheap to clone, and outlives the stream.
#[derive(Clone)]
pub struct Listener(Arc<Mutex<Ear>>);

impl Listener {
    /// What passed so far.
    pub fn counts(&self) -> Counts {
        self.ear().counts
    }

    /// Whether events are made for this stream.
    pub fn detailed(&self) -> bool {
        self.ear().detail
    }

    /// The layer whose bytes pass here.
    pub fn layer(&self) -> Layer {
        self.ear().layer
    }

    /// From now on this stream is only counted. There is no way back: a watch that missed bytes knows nothing.
    pub fn only_count(&self) {
        let mut ear = self.ear();
        ear.detail = false;
        ear.watch = None;
    }

    /// The bytes here carry another tapped stream (TLS): that one tells what they mean.
    pub fn carries_another(&self) {
        self.ear().annotated = true;
    }

    /// Counts from now on into `meter` as well.
    pub fn meter(&self, meter: Arc<Meter>) {
        self.ear().meter = Some(meter);
    }

    /// From now on the kernel is asked each time that a direction has ended: its state is another then.
    pub fn ask_at_each_end(&self, asking: Asking) {
        self.ear().asking = Some(asking);
    }

    fn ear(&self) -> MutexGuard<'_, Ear> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose bytes are reported.
pub struct Tap<S> {
    inner: S,
    listener: Listener,
    reading_since: Option<At>,
    writing_since: Option<At>,
    shutting_since: Option<At>,
    /// Known to be only counted: no call needs a stamp any more.
    quiet: bool,
}

impl<S> Tap<S> {
    /// Taps `inner`: a [`Bytes`](crate::event::tcp::Bytes) event for each call that carries any, as `side` sees it.
    pub fn new(
        inner: S,
        recorder: &Recorder,
        flow: Flow,
        side: Side,
        layer: Layer,
        watch: Option<Box<dyn Watch>>,
    ) -> (Self, Listener) {
        let listener = Listener(Arc::new(Mutex::new(Ear {
            recorder: recorder.clone(),
            flow,
            side,
            layer,
            detail: true,
            captured: [0; 2],
            counts: Counts::default(),
            annotated: watch.is_some(),
            watch,
            meter: None,
            asking: None,
        })));
        let tap = Tap {
            inner,
            listener: listener.clone(),
            reading_since: None,
            writing_since: None,
            shutting_since: None,
            quiet: false,
        };
        (tap, listener)
    }

    /// The stream itself.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// Ends the tapping and gives the stream back.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.reading_since.is_none() && !tap.quiet {
            let ear = tap.listener.ear();
            if ear.counts.stopped {
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::InvalidData)));
            }
            tap.reading_since = ear.stamp();
            tap.quiet = tap.reading_since.is_none();
        }
        let before = buf.filled().len();
        let room = buf.remaining();
        let result = ready!(Pin::new(&mut tap.inner).poll_read(cx, buf));
        let began = tap.reading_since.take();
        let mut ear = tap.listener.ear();
        if let Err(error) = result {
            ear.failed(Direction::Received, &error);
            return Poll::Ready(Err(error));
        }
        let bytes = &buf.filled()[before..];
        if bytes.is_empty() {
            if room > 0 {
                ear.ended(Direction::Received, began);
            }
            return Poll::Ready(Ok(()));
        }
        let total = bytes.len();
        let pass = ear.passed(Direction::Received, &[bytes], total, began);
        if pass == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::InvalidData)));
        }
        buf.set_filled(before + pass);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        if tap.writing_since.is_none() && !tap.quiet {
            tap.writing_since = tap.listener.ear().stamp();
        }
        let result = match bufs {
            [one] => ready!(Pin::new(&mut tap.inner).poll_write(cx, one)),
            many => ready!(Pin::new(&mut tap.inner).poll_write_vectored(cx, many)),
        };
        let began = tap.writing_since.take();
        let mut ear = tap.listener.ear();
        match &result {
            Ok(0) => {}
            Ok(total) => {
                if !ear.detail || began.is_none() {
                    ear.count(Direction::Sent, *total);
                } else {
                    let slices: Vec<&[u8]> = bufs.iter().map(|buf| &**buf).collect();
                    ear.passed(Direction::Sent, &slices, *total, began);
                }
            }
            Err(error) => ear.failed(Direction::Sent, error),
        }
        Poll::Ready(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.shutting_since.is_none() {
            tap.shutting_since = tap.listener.ear().stamp();
        }
        let result = ready!(Pin::new(&mut tap.inner).poll_shutdown(cx));
        let began = tap.shutting_since.take();
        if result.is_ok() {
            tap.listener.ear().ended(Direction::Sent, began);
        }
        Poll::Ready(result)
    }
}
