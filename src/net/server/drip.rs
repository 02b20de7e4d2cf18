//! A stream that writes one octet at a time, so that a reader can be seen putting pieces together. Reads pass unchanged.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Time between two octets.
pub const INTERVAL: Duration = Duration::from_millis(10);

/// The stream, and the wait for the next octet; without one, writes pass whole.
pub struct Drip<S> {
    inner: S,
    on: bool,
    wait: Option<Pin<Box<Sleep>>>,
}

impl<S> Drip<S> {
    /// Wraps `inner`; `on` false changes nothing.
    pub fn new(inner: S, on: bool) -> Self {
        Drip { inner, on, wait: None }
    }

    /// The stream beneath.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Drip<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Drip<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.on {
            return Pin::new(&mut self.inner).poll_write(cx, buf);
        }
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        let result = ready!(Pin::new(&mut self.inner).poll_write(cx, &buf[..buf.len().min(1)]));
        // What sits in a TLS layer would come out in larger pieces later.
        let _ = Pin::new(&mut self.inner).poll_flush(cx);
        self.wait = Some(Box::pin(tokio::time::sleep(INTERVAL)));
        Poll::Ready(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.on {
            return Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        }
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
        self.poll_write(cx, first)
    }

    fn is_write_vectored(&self) -> bool {
        !self.on && self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
