//! One request and its answer over an open connection: sends, waits within the limits, streams the body.

use std::io;

use hyper::header::LOCATION;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::event::Flow;
use crate::event::http::{Reused, Timed};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::Direction;
use crate::event::{Layer, Side};
use crate::net::tap::Counts;

use super::compare::Content;
use super::conduit::{Body, Reply};
use super::message::Message;
use super::open::Open;
use super::wait::{Deadline, Late};
use super::{Options, decoded, pour};

/// What is known once the answer is over.
#[derive(Debug)]
pub(super) struct Answer {
    pub flow: Flow,
    pub status: u16,
    pub reason: String,
    /// The first Location field, where the status is a redirect.
    pub location: Option<Vec<u8>>,
    /// The status is an error, and `-f` asks for that to count.
    pub http_error: bool,
    pub sink_closed: bool,
    /// Length and digest of the content that came.
    pub content: (u64, u64),
}

/// Why an exchange came to no end.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The request could not be built: the library's words.
    Request(String),
    Late(Late),
    /// The connection or what came on it, in HTTP/1.1 and in HTTP/2.
    Wire(hyper::Error),
    Frames(h2::Error),
    /// The sink took no more.
    Sink(io::Error),
    /// The sink's reader is gone.
    SinkClosed,
}

impl Trouble {
    /// A pipe whose reader left is a normal end.
    pub(super) fn from_sink(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Trouble::SinkClosed } else { Trouble::Sink(error) }
    }

    /// The server had ended a kept connection before it saw this request.
    pub(super) fn is_stale(&self, open: &Open) -> bool {
        let ended = open.ended() || open.tcp().counts().reset.is_some();
        matches!(self, Trouble::Wire(_) | Trouble::Frames(_))
            && open.carried_before()
            && ended
            && open.received_now() == 0
    }
}

impl From<Late> for Trouble {
    fn from(late: Late) -> Self {
        Trouble::Late(late)
    }
}

impl From<hyper::Error> for Trouble {
    fn from(error: hyper::Error) -> Self {
        Trouble::Wire(error)
    }
}

impl From<h2::Error> for Trouble {
    fn from(error: h2::Error) -> Self {
        Trouble::Frames(error)
    }
}

/// One exchange.
pub(super) struct Exchange<'a> {
    pub options: &'a Options,
    pub recorder: &'a Recorder,
    pub deadline: &'a Deadline<'a>,
    pub message: &'a Message,
    pub began: At,
}

impl Exchange<'_> {
    /// Sends the request and reads the answer to its end.
    pub(super) async fn run<S>(&self, open: &mut Open, sink: &mut S) -> Result<Answer, Trouble>
    where
        S: AsyncWrite + Send + Unpin + ?Sized,
    {
        if open.carried_before() {
            self.recorder.on(Side::Client, Layer::Http).flow(open.flow).emit(Reused {
                after: open.exchanges,
                local_port: open.local.port(),
                http2: open.is_http2(),
            });
        }
        open.begin(self.message.body_len(), self.options.include);
        let reply = self.head(open).await?;
        let mut answer = self.answer(open, &reply);
        let leads_on = self.options.follow && answer.location.is_some();
        let quiet = answer.http_error || leads_on;
        if self.options.include && !answer.http_error {
            let head = match open.is_http2() {
                true => decoded::head_text(&reply),
                false => {
                    let end = open.readings().last_response.as_ref().map_or(0, |head| head.offset + head.len);
                    open.notes.head(end)
                }
            };
            self.sunk(pour(sink, &head).await, &mut answer)?;
        }
        self.body(open, reply.body, sink, quiet, &mut answer).await?;
        self.say_times(open);
        Ok(answer)
    }

    /// Waits for the whole head: as long as our request still moves, and then for the limit.
    async fn head(&self, open: &mut Open) -> Result<Reply, Trouble> {
        if open.is_http2() {
            open.readings().http2.outgoing = Some(decoded::request(self.message, self.options.secrets));
        }
        let moved = open.moved(Direction::Sent);
        let asked = open.conduit().ask(self.message);
        let reply = self.deadline.silence(self.options.limits.head, moved, asked).await??;
        if open.is_http2() {
            decoded::tell_response(open, &reply, self.message, self.options.secrets, self.recorder);
        }
        Ok(reply)
    }

    fn answer(&self, open: &Open, reply: &Reply) -> Answer {
        let status = reply.status;
        let redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
        let readings = open.readings();
        Answer {
            flow: open.flow,
            status,
            reason: readings.last_response.as_ref().map(|head| head.reason.clone()).unwrap_or_default(),
            location: reply.fields.get(LOCATION).filter(|_| redirect).map(|value| value.as_bytes().to_vec()),
            http_error: self.options.fail && status >= 400,
            sink_closed: false,
            content: (0, 0),
        }
    }

    /// The body, piece by piece: the next is read when the sink has taken the one before.
    async fn body<S>(
        &self,
        open: &mut Open,
        mut body: Body,
        sink: &mut S,
        quiet: bool,
        answer: &mut Answer,
    ) -> Result<(), Trouble>
    where
        S: AsyncWrite + Send + Unpin + ?Sized,
    {
        // Nothing to compare with, where one thing is asked for.
        let mut content = (self.options.urls.len() > 1).then(Content::default);
        loop {
            let moved = open.moved(Direction::Received);
            let next = open.conduit().piece(&mut body);
            let Some(piece) = self.deadline.silence(self.options.limits.idle, moved, next).await?? else {
                break;
            };
            if let Some(content) = &mut content {
                content.piece(&piece);
            }
            if !quiet {
                let poured = self.deadline.whole(pour(sink, &piece)).await?;
                self.sunk(poured, answer)?;
            }
            if answer.sink_closed {
                // Nobody reads the rest: the connection goes with it.
                open.spoil();
                return Ok(());
            }
        }
        if open.is_http2() {
            decoded::tell_end(open, self.recorder);
        }
        answer.content = content.map_or((0, 0), |content| content.whole());
        let flushed = self.deadline.whole(sink.flush()).await?.map_err(Trouble::from_sink);
        self.sunk(flushed, answer)
    }

    fn sunk(&self, poured: Result<(), Trouble>, answer: &mut Answer) -> Result<(), Trouble> {
        match poured {
            Err(Trouble::SinkClosed) => {
                answer.sink_closed = true;
                Ok(())
            }
            other => other,
        }
    }

    fn say_times(&self, open: &mut Open) {
        open.exchanges += 1;
        let first = open.exchanges == 1;
        let readings = open.readings();
        let began = open.notes.first_sent();
        let ended = readings.response_ended.unwrap_or_else(|| self.recorder.now());
        let span = |from: Option<At>, to: Option<At>| Some(to?.since(from?));
        let timed = Timed {
            exchange: open.exchanges,
            name: first.then_some(open.name_took),
            connect: first.then_some(open.connect_took),
            tls: open.tls_took.filter(|_| first),
            send: span(began, readings.request_sent),
            wait: span(readings.request_sent, readings.response_began),
            receive: span(readings.response_began, Some(ended)),
            total: ended.since(self.began),
        };
        drop(readings);
        self.recorder.on(Side::Client, Layer::Http).flow(open.flow).emit(timed);
    }
}

/// Octets of one direction since an exchange began.
pub(super) fn received_since(counts: Counts, before: u64) -> u64 {
    counts.received.saturating_sub(before)
}
