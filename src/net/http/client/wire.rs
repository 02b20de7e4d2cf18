//! The moving part of a connection: hyper over a tapped stream, driven by whoever waits for something on it.
//!
//! It has no task of its own: nothing moves while nobody waits, which is what keeps memory bounded.

use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// Largest piece of a response that is held in memory; octets.
const PIECE: usize = 256 * 1024;

/// Fields of a response that the library takes: more than fit into the annotator's limit of a head (65,536 octets, of which
/// a field takes three at least), and no more than its map has room for.
const FIELDS: usize = 24 * 1024;

/// A tapped stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Wired = TokioIo<Box<dyn Stream>>;

/// Hyper's half of a connection, driven by whoever waits for something on it: no task of its own.
pub(super) struct Wire {
    running: Option<http1::Connection<Wired, Full<Bytes>>>,
    /// The stream, once hyper is done with it.
    stream: Option<Box<dyn Stream>>,
}

impl Wire {
    /// Hands `stream` to hyper; requests are sent through what is returned with it.
    pub(super) async fn over(
        stream: Box<dyn Stream>,
    ) -> Result<(Wire, SendRequest<Full<Bytes>>), hyper::Error> {
        let (sender, running) = http1::Builder::new()
            // A folded field is old but legal in a response (RFC 9112 section 5.2).
            .allow_obsolete_multiline_headers_in_responses(true)
            .title_case_headers(true)
            .max_buf_size(PIECE)
            .max_headers(FIELDS)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok((Wire { running: Some(running), stream: None }, sender))
    }

    /// Hyper has ended with it: no further request can be sent.
    pub(super) fn is_over(&self) -> bool {
        self.running.is_none()
    }

    /// Takes the stream from hyper, to end it.
    pub(super) fn take(&mut self) -> Option<Box<dyn Stream>> {
        self.rest();
        self.stream.take()
    }

    /// Waits for `wanted` and moves the connection meanwhile.
    pub(super) async fn drive<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        std::future::poll_fn(|context| {
            if let Poll::Ready(done) = wanted.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if let Some(running) = &mut self.running {
                // Its error reaches whoever waits for the answer or the body.
                if running.poll_without_shutdown(context).is_ready() {
                    self.rest();
                }
            }
            wanted.as_mut().poll(context)
        })
        .await
    }

    /// Moves the connection once, so that it notices what came while nobody asked.
    pub(super) async fn glance(&mut self) {
        // Lets the runtime ask the system first.
        tokio::task::yield_now().await;
        let mut moved = false;
        self.drive(std::future::poll_fn(move |_| {
            if std::mem::replace(&mut moved, true) { Poll::Ready(()) } else { Poll::Pending }
        }))
        .await;
    }

    /// Takes the stream back from hyper.
    fn rest(&mut self) {
        if let Some(running) = self.running.take() {
            self.stream = Some(running.into_parts().io.into_inner());
        }
    }
}
