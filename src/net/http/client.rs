//! An HTTP client, of HTTP/1.1 and on request of HTTP/2: each URL over a tapped connection of its own or one that is open already, its body streamed to a sink.
//!
//! It decodes nothing, keeps no cookies and asks no proxy. What it shows is what the taps and the annotators saw; hyper,
//! for HTTP/2 h2, writes the request and takes the body out of its framing.

mod compare;
mod conduit;
mod decoded;
mod evidence;
mod exchange;
mod message;
mod open;
mod pool;
pub mod redirect;
mod two;
mod wait;
mod wire;
mod witness;

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use url::{Position, Url};

use crate::event::http::Redirected;
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::{Family, Limits};
use crate::net::world::World;

pub(in crate::net::http) use evidence::spoken;
pub use message::{OF_ONE_CONNECTION, USER_AGENT};

use compare::Past;
use exchange::{Answer, Exchange, Trouble};
use message::Message;
use open::{Dialling, Open};
use pool::Pool;
use redirect::Trail;
use wait::Deadline;

/// What to ask for, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Asked for one after the other; http or https.
    pub urls: Vec<Url>,
    pub method: String,
    /// Fields of the user's, which replace ours of the same name; one without a value takes ours away.
    pub headers: Vec<(String, String)>,
    pub data: Option<Bytes>,
    /// Write the head of each response to the sink too, octet by octet as it came.
    pub include: bool,
    /// Follow redirects (RFC 9110 section 15.4).
    pub follow: bool,
    /// Keep the body of an answer of 400 and above out of the sink, and say so in the result.
    pub fail: bool,
    /// Ask the server to end the connection after each answer.
    pub close: bool,
    /// HTTP/2: offered by ALPN under TLS, from the first octet on without (RFC 9113 sections 3.2 and 3.3).
    pub http2: bool,
    pub family: Family,
    pub limits: Limits,
    /// For everything together.
    pub total: Option<Duration>,
    /// Show secrets in events.
    pub secrets: bool,
}

/// How it ended when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// An answer had a status of 400 or above, and `fail` was asked for.
    HttpError,
    /// The reader of the sink has enough.
    SinkClosed,
}

/// Makes the requests one after the other and writes the bodies to `sink` in that order.
///
/// # Errors
/// The first failure, in the phase it happened in, with its evidence.
pub async fn get<S>(
    options: &Options,
    world: &World,
    recorder: &Recorder,
    sink: &mut S,
) -> Result<Ended, NetError>
where
    S: AsyncWrite + Send + Unpin + ?Sized,
{
    let deadline = Deadline::new(recorder, options.total);
    let mut client = Client {
        options,
        world,
        recorder,
        deadline,
        pool: Pool::default(),
        past: Vec::new(),
        http_error: false,
    };
    let mut result = Ok(Ended::Done);
    for url in &options.urls {
        match client.fetch(url, sink).await {
            Ok(Ended::Done | Ended::HttpError) => {}
            Ok(Ended::SinkClosed) => {
                result = Ok(Ended::SinkClosed);
                break;
            }
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    let http_error = client.http_error;
    client.pool.close(options).await;
    match result {
        Ok(Ended::Done) if http_error => Ok(Ended::HttpError),
        other => other,
    }
}

struct Client<'a> {
    options: &'a Options,
    world: &'a World,
    recorder: &'a Recorder,
    deadline: Deadline<'a>,
    pool: Pool,
    /// What was asked before, for comparing.
    past: Vec<Past>,
    http_error: bool,
}

impl Client<'_> {
    /// One URL, and where its redirects lead.
    async fn fetch<S>(&mut self, url: &Url, sink: &mut S) -> Result<Ended, NetError>
    where
        S: AsyncWrite + Send + Unpin + ?Sized,
    {
        let mut message = Message::new(self.options, url);
        let mut trail = Trail::new(&message);
        loop {
            let answer = self.exchange(&message, sink).await?;
            let Some(location) = answer.location.as_deref().filter(|_| self.options.follow) else {
                self.http_error |= answer.http_error;
                return Ok(if answer.sink_closed { Ended::SinkClosed } else { Ended::Done });
            };
            let from = shown(&message.url);
            message = trail.follow(message, &answer, location)?;
            self.recorder.on(Side::Client, Layer::Http).flow(answer.flow).emit(Redirected {
                status: answer.status,
                from,
                to: shown(&message.url),
                method: message.method.clone(),
                count: trail.followed(),
            });
        }
    }

    /// One request and its answer. A kept connection that the server ended in the meantime is replaced once
    /// (RFC 9112 section 9.3.1), where asking twice does no harm.
    async fn exchange<S>(&mut self, message: &Message, sink: &mut S) -> Result<Answer, NetError>
    where
        S: AsyncWrite + Send + Unpin + ?Sized,
    {
        let began = self.recorder.now();
        if let Some(mut open) = self.pool.take(message, self.options).await {
            match self.ask(&mut open, message, began, sink).await {
                Err(trouble) if trouble.is_stale(&open) && message.is_idempotent() => {
                    open.close(self.options).await;
                }
                result => return self.settle(open, message, result).await,
            }
        }
        let dialling = Dialling {
            message,
            options: self.options,
            world: self.world,
            recorder: self.recorder,
            deadline: &self.deadline,
        };
        let mut open = dialling.open().await?;
        let result = self.ask(&mut open, message, began, sink).await;
        self.settle(open, message, result).await
    }

    async fn ask<S>(
        &self,
        open: &mut Open,
        message: &Message,
        began: crate::event::recorder::At,
        sink: &mut S,
    ) -> Result<Answer, Trouble>
    where
        S: AsyncWrite + Send + Unpin + ?Sized,
    {
        let exchange = Exchange {
            options: self.options,
            recorder: self.recorder,
            deadline: &self.deadline,
            message,
            began,
        };
        exchange.run(open, sink).await
    }

    /// Tells what differed from the last request that went to the same place for another site.
    fn compare(&mut self, open: &Open, message: &Message, answer: &Answer) {
        if self.options.urls.len() < 2 || answer.sink_closed {
            return;
        }
        let now = Past::new(open.peer, message.clone(), answer.status, answer.content);
        if let Some(compared) = self.past.iter().rev().find_map(|past| past.compared(&now)) {
            self.recorder.on(Side::Client, Layer::Http).flow(open.flow).emit(compared);
        }
        self.past.push(now);
    }

    /// Keeps the connection or closes it; a trouble becomes a failure while its evidence can still be read.
    async fn settle(
        &mut self,
        mut open: Open,
        message: &Message,
        result: Result<Answer, Trouble>,
    ) -> Result<Answer, NetError> {
        match result {
            Ok(answer) => {
                open.tell_families(self.recorder);
                self.compare(&open, message, &answer);
                if open.is_reusable() {
                    self.pool.keep(open);
                } else {
                    open.close(self.options).await;
                }
                Ok(answer)
            }
            Err(trouble) => {
                if matches!(trouble, Trouble::Frames(_)) {
                    // What our library answers to what it does not take is on its way out.
                    open.glance().await;
                }
                let error = evidence::failure(trouble, &open, message, self.options, self.recorder).await;
                open.tell_families(self.recorder);
                open.close(self.options).await;
                Err(error)
            }
        }
    }
}

/// A URL as it may be shown: without the user's name and password, and without the fragment, which is never sent.
pub(crate) fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterQuery])
}

/// Writes and flushes; the error says whether the reader is gone.
async fn pour<S>(sink: &mut S, octets: &[u8]) -> Result<(), Trouble>
where
    S: AsyncWrite + Send + Unpin + ?Sized,
{
    sink.write_all(octets).await.map_err(Trouble::from_sink)
}
