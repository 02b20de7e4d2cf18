//! The moving part of an HTTP/2 connection: the library h2 over a tapped stream, driven by whoever waits for something on
//! it. It has no task of its own, takes no pushed response, and has one request on its way at a time.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use h2::{RecvStream, SendStream};
use hyper::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

use super::wire::Stream;

/// Octets of header fields that a response may have, unpacked (RFC 9113 section 10.5.1).
const FIELDS: u32 = 64 * 1024;

/// h2's half of a connection.
pub(super) struct Two {
    sender: Option<SendRequest<Bytes>>,
    running: Option<Connection<Lingering, Bytes>>,
    /// The body of a request that the window does not take yet.
    sending: Option<SendStream<Bytes>>,
}

impl Two {
    /// Hands `stream` to h2, which writes the preface and its SETTINGS when it is first driven.
    pub(super) async fn over(stream: Box<dyn Stream>) -> Result<Two, h2::Error> {
        let (sender, running) = h2::client::Builder::new()
            .enable_push(false)
            .max_header_list_size(FIELDS)
            .handshake(Lingering { stream, read: 0 })
            .await?;
        Ok(Two { sender: Some(sender), running: Some(running), sending: None })
    }

    /// h2 has ended with it: no further request can be sent.
    pub(super) fn is_over(&self) -> bool {
        self.running.is_none() || self.sender.is_none()
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn ask(
        &mut self,
        request: Request<()>,
        body: Bytes,
    ) -> Result<Response<RecvStream>, h2::Error> {
        let Some(sender) = self.sender.clone() else { return Err(h2::Reason::NO_ERROR.into()) };
        let mut ready = self.drive(sender.ready()).await?;
        let (response, mut sending) = ready.send_request(request, body.is_empty())?;
        if !body.is_empty() {
            sending.send_data(body, true)?;
            self.sending = Some(sending);
        }
        self.drive(response).await
    }

    /// The next piece of a body; what it took of the windows is given back at once.
    pub(super) async fn piece(&mut self, body: &mut RecvStream) -> Option<Result<Bytes, h2::Error>> {
        let piece = self.drive(body.data()).await?;
        if let Ok(octets) = &piece {
            // An error here is one of the connection, which the next piece meets.
            let _ = body.flow_control().release_capacity(octets.len());
        }
        Some(piece)
    }

    /// Waits for `wanted` and moves the connection meanwhile.
    pub(super) async fn drive<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        std::future::poll_fn(|context| {
            if let Poll::Ready(done) = wanted.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            self.move_once(context);
            wanted.as_mut().poll(context)
        })
        .await
    }

    /// Its error reaches whoever waits for the answer or the body.
    fn move_once(&mut self, context: &mut Context<'_>) {
        if let Some(running) = &mut self.running
            && Pin::new(running).poll(context).is_ready()
        {
            self.running = None;
        }
    }

    /// Ends it: GOAWAY, then our FIN. A peer that takes nothing keeps us no longer than `limit`.
    pub(super) async fn end(&mut self, limit: Duration) {
        (self.sender, self.sending) = (None, None);
        if let Some(running) = self.running.take() {
            // Whatever became of it is told by the tap.
            let _ = timeout(limit, running).await;
        }
    }
}

/// Octets read and thrown away while the peer's end is waited for.
const MOST: usize = 1024 * 1024;

/// A stream that is over when the peer's FIN has come too: it answers our GOAWAY, and a socket that is gone by then would
/// answer with a RST.
struct Lingering {
    stream: Box<dyn Stream>,
    read: usize,
}

impl AsyncRead for Lingering {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let lingering = self.get_mut();
        ready!(Pin::new(&mut lingering.stream).poll_shutdown(cx))?;
        let mut scratch = [0; 4096];
        while lingering.read < MOST {
            let mut buf = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut lingering.stream).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => lingering.read += buf.filled().len(),
                // Its end, or an end of another kind: that is the tap's to tell.
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
