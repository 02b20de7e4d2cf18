//! Between the stream and the HTTP library: follows the requests that come, holds back what is refused, and knows what the
//! connection waits for. It writes nothing of its own.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::framing::{Framing, Refusal};
use crate::event::http::server::Answered;
use crate::event::recorder::{At, Recorder};

/// A request whose head has come whole.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Octets of the head.
    pub len: u64,
    /// When its end was there; exact where it is told ([`Recorder::about_now`]).
    pub at: At,
    /// Serial on the connection, from 1.
    pub exchange: u64,
}

/// What a connection waits for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// Nothing of a next request has come.
    NextRequest,
    /// A head has begun and does not end.
    Head,
    /// A body stopped coming.
    Body,
    /// The client does not take what it asked for.
    Reader,
}

#[derive(Debug)]
struct State {
    turns: VecDeque<Turn>,
    heads: u64,
    /// Requests that the library has begun to serve, and of these, those whose answer has begun.
    taken: u64,
    begun: u64,
    answered: u64,
    /// Answers that the library has taken whole and that are to be told once the system has them.
    finished: Vec<(At, Answered)>,
    /// When the head that is coming began.
    head_began: Option<At>,
    within_body: bool,
    /// When the last octet passed, either way.
    last: At,
    /// Since when the system takes no more from us.
    blocked: Option<At>,
    refusal: Option<Refusal>,
    /// Status of the last answer without content that was written.
    bare: Option<u16>,
}

/// What the driver of a connection has to know after each step.
#[derive(Default)]
pub struct Look {
    /// The refused request is next, and everything before it has been answered.
    pub refusal: Option<Refusal>,
    /// Answers that the system has now.
    pub finished: Vec<(At, Answered)>,
}

/// What gate, service and driver of one connection share.
#[derive(Clone)]
pub struct Lane(Arc<Mutex<State>>);

impl Lane {
    /// For a connection that was opened at `now`.
    pub fn new(now: At) -> Self {
        Lane(Arc::new(Mutex::new(State {
            turns: VecDeque::new(),
            heads: 0,
            taken: 0,
            begun: 0,
            answered: 0,
            finished: Vec::new(),
            head_began: None,
            within_body: false,
            last: now,
            blocked: None,
            refusal: None,
            bare: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request that the library begins to serve now.
    pub fn turn(&self) -> Option<Turn> {
        let mut state = self.state();
        state.taken += 1;
        state.turns.pop_front()
    }

    /// There is an answer to the request that is being served.
    pub fn begins(&self) {
        self.state().begun += 1;
    }

    /// Whether a request is being served and has no answer yet.
    pub fn owes(&self) -> bool {
        let state = self.state();
        state.taken > state.begun
    }

    /// The library is done with one answer; `told` where it went out whole and is to be told.
    pub fn answered(&self, told: Option<(At, Answered)>) {
        let mut state = self.state();
        state.answered += 1;
        state.finished.extend(told);
    }

    /// The status that the library refused a request with, as it passed: such an answer has no content, and one of three
    /// statuses.
    pub fn refused(&self) -> Option<u16> {
        self.state().bare.filter(|status| matches!(status, 400 | 414 | 431))
    }

    /// Requests whose answers are done.
    pub fn done(&self) -> u64 {
        self.state().answered
    }

    /// See [`Look`].
    pub fn look(&self) -> Look {
        let mut state = self.state();
        if state.blocked.is_some() {
            return Look::default();
        }
        // What is refused in a body has a request already. It waits for the rest of its body, which is never passed on,
        // unless its answer has begun without it.
        let waiting = matches!(state.refusal, Some(Refusal::Body(_))) && state.begun < state.heads;
        let settled = state.heads == state.answered + u64::from(waiting);
        Look { refusal: state.refusal.filter(|_| settled), finished: std::mem::take(&mut state.finished) }
    }

    /// Whether every request whose head came whole has had its answer.
    pub fn settled(&self) -> bool {
        let state = self.state();
        state.heads == state.answered
    }

    /// What is overdue at `now` if nothing may take longer than `patience`; otherwise how long to wait before asking again.
    pub fn overdue(&self, now: At, patience: Duration) -> Result<Overdue, Duration> {
        let state = self.state();
        let (since, what) = if let Some(blocked) = state.blocked {
            (blocked, Overdue::Reader)
        } else if let Some(began) = state.head_began {
            (began, Overdue::Head)
        } else if state.within_body {
            (state.last, Overdue::Body)
        } else if state.heads == state.answered {
            (state.last, Overdue::NextRequest)
        } else {
            return Err(patience);
        };
        match patience.checked_sub(now.since(since)) {
            Some(left) if !left.is_zero() => Err(left),
            Some(_) | None => Ok(what),
        }
    }
}

/// The status of the answer that these octets end with, if they end with its head: one that has no content, or content that
/// is yet to be written. A part of what was written before has no beginning, and says nothing.
fn bare_status(bufs: &[IoSlice<'_>]) -> Option<u16> {
    let octets = bufs.iter().rfind(|buf| !buf.is_empty()).filter(|buf| buf.ends_with(b"\r\n\r\n"))?;
    let from = octets.windows(7).rposition(|seven| seven == b"HTTP/1.")?;
    std::str::from_utf8(octets.get(from + 9..from + 12)?).ok()?.parse().ok()
}

/// The stream beneath the HTTP library.
pub struct Gate<S> {
    inner: S,
    lane: Lane,
    framing: Framing,
    recorder: Recorder,
    refused: bool,
}

impl<S> Gate<S> {
    /// Follows `inner`; `limit` in octets of a request's head.
    pub fn new(inner: S, lane: Lane, limit: usize, recorder: Recorder) -> Self {
        Gate { inner, lane, framing: Framing::new(limit), recorder, refused: false }
    }

    /// The stream itself.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Follows octets that came; how many of them may go on, and which of them as a space.
    fn came(&mut self, octets: &[u8]) -> (usize, Vec<usize>) {
        let now = self.recorder.about_now();
        let mut state = self.lane.state();
        state.last = now;
        let mut spare = Vec::new();
        let head_ended = |len| {
            state.heads += 1;
            let exchange = state.heads;
            state.turns.push_back(Turn { len, at: now, exchange });
            state.head_began = None;
        };
        let fed = self.framing.feed(octets, head_ended, |index| spare.push(index));
        state.within_body = self.framing.within_body();
        if self.framing.within_head() {
            state.head_began.get_or_insert(now);
        } else {
            state.head_began = None;
        }
        match fed {
            Ok(()) => (octets.len(), spare),
            Err((pass, refusal)) => {
                state.refusal = Some(refusal);
                self.refused = true;
                // Nothing more is awaited of the client.
                state.head_began = None;
                state.within_body = false;
                (pass, spare)
            }
        }
    }

    fn wrote(&mut self, bufs: &[IoSlice<'_>], result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let now = self.recorder.about_now();
        let mut state = self.lane.state();
        if let (Some(status), Poll::Ready(Ok(_))) = (bare_status(bufs), &result) {
            state.bare = Some(status);
        }
        match &result {
            Poll::Pending => {
                state.blocked.get_or_insert(now);
            }
            Poll::Ready(_) => {
                state.blocked = None;
                state.last = now;
            }
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let gate = self.get_mut();
        if gate.refused {
            // The driver takes the stream back as soon as everything before it is answered.
            return Poll::Pending;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut gate.inner).poll_read(cx, buf))?;
        if buf.filled().len() == before {
            return Poll::Ready(Ok(()));
        }
        let (pass, spare) = gate.came(&buf.filled()[before..]);
        spare.into_iter().for_each(|index| buf.filled_mut()[before + index] = b' ');
        buf.set_filled(before + pass);
        if pass == 0 { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let gate = self.get_mut();
        let result = Pin::new(&mut gate.inner).poll_write(cx, buf);
        gate.wrote(&[IoSlice::new(buf)], result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let gate = self.get_mut();
        let result = Pin::new(&mut gate.inner).poll_write_vectored(cx, bufs);
        gate.wrote(bufs, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
