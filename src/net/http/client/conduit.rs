//! What an exchange goes through: HTTP/1.1 by hyper or HTTP/2 by h2, asked and read in the same way.

use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use http_body_util::{BodyExt as _, Full};
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::exchange::Trouble;
use super::message::Message;
use super::two::Two;
use super::wire::{Stream, Wire};

/// One of the two, over an open connection.
pub(super) enum Conduit {
    One(Box<(Wire, SendRequest<Full<Bytes>>)>),
    Two(Box<Two>),
}

/// The head of an answer, as the library gives it.
pub(super) struct Reply {
    pub status: u16,
    pub fields: HeaderMap,
    pub body: Body,
}

/// Content that is still to come.
pub(super) enum Body {
    One(Incoming),
    Two(RecvStream),
}

impl Conduit {
    /// Over this stream, in HTTP/2 or in HTTP/1.1.
    pub(super) async fn over(stream: Box<dyn Stream>, http2: bool) -> Result<Conduit, String> {
        if http2 {
            let two = Two::over(stream).await.map_err(|error| error.to_string())?;
            return Ok(Conduit::Two(Box::new(two)));
        }
        let one = Wire::over(stream).await.map_err(|error| error.to_string())?;
        Ok(Conduit::One(Box::new(one)))
    }

    pub(super) fn is_http2(&self) -> bool {
        matches!(self, Conduit::Two(_))
    }

    /// Sends a request and waits for the whole head of its answer.
    pub(super) async fn ask(&mut self, message: &Message) -> Result<Reply, Trouble> {
        match self {
            Conduit::One(one) => {
                let request = message.request().map_err(Trouble::Request)?;
                let (wire, sender) = &mut **one;
                let (head, body) = wire.drive(sender.send_request(request)).await?.into_parts();
                Ok(Reply { status: head.status.as_u16(), fields: head.headers, body: Body::One(body) })
            }
            Conduit::Two(two) => {
                let request = message.request_of_frames().map_err(Trouble::Request)?;
                let (head, body) = two.ask(request, message.content()).await?.into_parts();
                Ok(Reply { status: head.status.as_u16(), fields: head.headers, body: Body::Two(body) })
            }
        }
    }

    /// The next piece of the content; `None` at its end.
    pub(super) async fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, Trouble> {
        match (self, body) {
            (Conduit::One(one), Body::One(body)) => loop {
                let Some(frame) = one.0.drive(body.frame()).await else { return Ok(None) };
                // Trailer fields are no content.
                if let Ok(piece) = frame?.into_data() {
                    return Ok(Some(piece));
                }
            },
            (Conduit::Two(two), Body::Two(body)) => Ok(two.piece(body).await.transpose()?),
            (Conduit::One(_), Body::Two(_)) | (Conduit::Two(_), Body::One(_)) => Ok(None),
        }
    }

    /// Moves it once, so that it notices what came while nobody asked.
    pub(super) async fn glance(&mut self) {
        match self {
            Conduit::One(one) => one.0.glance().await,
            Conduit::Two(two) => {
                // Lets the runtime ask the system first.
                tokio::task::yield_now().await;
                let mut moved = false;
                let once = std::future::poll_fn(move |_| match std::mem::replace(&mut moved, true) {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                });
                two.drive(once).await;
            }
        }
    }

    /// No further request can be sent.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Conduit::One(one) => one.0.is_over() || one.1.is_closed(),
            Conduit::Two(two) => two.is_over(),
        }
    }

    /// The stream of HTTP/1.1, to end it.
    pub(super) fn take(&mut self) -> Option<Box<dyn Stream>> {
        match self {
            Conduit::One(one) => one.0.take(),
            Conduit::Two(_) => None,
        }
    }

    /// Ends HTTP/2; HTTP/1.1 has no words for it.
    pub(super) async fn end(&mut self, limit: Duration) {
        match self {
            Conduit::One(_) => {}
            Conduit::Two(two) => two.end(limit).await,
        }
    }
}
