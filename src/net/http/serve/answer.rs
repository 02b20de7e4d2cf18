//! What is answered to a whole request: a text, what came, or a file. How it is framed is hyper's.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, DATE, HeaderValue};
use hyper::service::Service;
use hyper::{Method, Request, Response, StatusCode, Version};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, ReadBuf};

use super::date;
use super::files;
use super::gate::Lane;
use super::raw;
use super::refuse;
use super::sites;
use crate::event::http::server::{Answered, Refused};
use crate::event::recorder::At;
use crate::net::server::attend::Ears;
use crate::net::server::{Behaviour, Hall};

/// What a server says that was told nothing else.
pub const HELLO: &[u8] = b"Hello, World!\n";

/// Octets of a file read at one time.
const CHUNK: usize = 64 * 1024;

/// An answer with its content.
pub type Answer = Response<Content>;

/// Answers the requests of one connection.
pub struct Desk {
    hall: Arc<Hall>,
    lane: Lane,
    ears: Ears,
    text: Bytes,
    kind: HeaderValue,
    closing: Arc<AtomicBool>,
}

impl Desk {
    /// For one connection.
    pub fn new(hall: Arc<Hall>, lane: Lane, ears: Ears) -> Self {
        let text = match &hall.options.behaviour {
            Behaviour::Reply(text) | Behaviour::Greet { greeting: text, .. } => Bytes::copy_from_slice(text),
            Behaviour::Usual
            | Behaviour::Echo
            | Behaviour::Silent
            | Behaviour::Files(_)
            | Behaviour::Sites(_)
            | Behaviour::Fault(_) => Bytes::from_static(HELLO),
        };
        let kind = HeaderValue::from_static(match std::str::from_utf8(&text) {
            Ok(_) => "text/plain; charset=utf-8",
            Err(_) => "application/octet-stream",
        });
        Desk { hall, lane, ears, text, kind, closing: Arc::default() }
    }

    /// Whether the last request or answer asked for the end of the connection.
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// What is to be told of this request once it is answered; `None` where it is only counted.
    fn record(&self, request: &Request<Incoming>) -> (Done, Option<u16>) {
        let turn = self.lane.turn();
        let told = self.ears.one_more(&self.hall);
        let record = told.then(|| {
            let at = turn.map_or_else(|| self.hall.recorder.now(), |turn| turn.at);
            let answered = Answered {
                exchange: turn.map_or(0, |turn| turn.exchange),
                method: request.method().to_string(),
                target: request.uri().to_string(),
                version: format!("{:?}", request.version()),
                request_len: turn.map(|turn| turn.len),
                status: 0,
                reason: String::new(),
                body_len: 0,
                refused: None,
            };
            Box::new((at, answered))
        });
        (Done { lane: self.lane.clone(), record, over: false }, refuse::refused(request, &self.hall.options))
    }
}

impl Service<Request<Incoming>> for Desk {
    type Response = Answer;
    type Error = Infallible;
    type Future = Reply;

    fn call(&self, request: Request<Incoming>) -> Reply {
        let (done, refused) = self.record(&request);
        let asked = wants_close(&request);
        let head = request.method() == Method::HEAD;
        let options = request.method() == Method::OPTIONS;
        let content = (self.hall.options.limits.body, request.body().size_hint().exact());
        let ears = done.record.is_some().then(|| self.ears.clone());
        let seal = Seal { done, head, options, asked, content, ears, closing: Arc::clone(&self.closing) };
        let now = |seal: Seal, answer| Reply::Now(Some(seal.on(answer, date::set_back(&self.hall.recorder))));
        if let Some(status) = refused {
            return now(seal, refuse::answer(status, request.body().is_end_stream()));
        }
        let plain = matches!(
            self.hall.options.behaviour,
            Behaviour::Usual | Behaviour::Reply(_) | Behaviour::Greet { .. }
        );
        if plain && request.body().is_end_stream() {
            return now(seal, said(self.text.clone(), self.kind.clone()));
        }
        let (hall, text, kind) = (Arc::clone(&self.hall), self.text.clone(), self.kind.clone());
        Reply::Later(Box::pin(async move {
            let answer = considered(request, &hall, text, kind).await;
            seal.on(answer, date::set_back(&hall.recorder))
        }))
    }
}

/// An answer that needs the request's body or a file.
async fn considered(request: Request<Incoming>, hall: &Hall, text: Bytes, kind: HeaderValue) -> Answer {
    let (parts, body) = request.into_parts();
    let limit = usize::try_from(hall.options.limits.body).unwrap_or(usize::MAX);
    let body = Limited::new(body, limit);
    let came = match hall.options.behaviour {
        Behaviour::Echo => body.collect().await.map(http_body_util::Collected::to_bytes),
        Behaviour::Usual
        | Behaviour::Reply(_)
        | Behaviour::Greet { .. }
        | Behaviour::Silent
        | Behaviour::Files(_)
        | Behaviour::Sites(_)
        | Behaviour::Fault(_) => read_out(body).await,
    };
    let came = match came {
        Ok(came) => came,
        Err(error) if error.is::<LengthLimitError>() => return failure(413),
        Err(error) => return failure_because(400, words(&*error)),
    };
    match &hall.options.behaviour {
        Behaviour::Files(root) => files::answer(root, &parts, hall.recorder.wall().into()).await,
        Behaviour::Sites(sites) => sites::answer(sites, &parts),
        Behaviour::Echo => {
            let octets = HeaderValue::from_static("application/octet-stream");
            said(came, parts.headers.get(CONTENT_TYPE).cloned().unwrap_or(octets))
        }
        Behaviour::Usual
        | Behaviour::Reply(_)
        | Behaviour::Greet { .. }
        | Behaviour::Silent
        | Behaviour::Fault(_) => said(text, kind),
    }
}

/// Why the library refused a body, in its own words: kept with the answer until it is told.
#[derive(Clone)]
struct Words(String);

fn failure_because(status: u16, words: String) -> Answer {
    let mut answer = failure(status);
    answer.extensions_mut().insert(Words(words));
    answer
}

/// The last words of an error say most: those before only say that there is one.
pub(super) fn words(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// Reads a body and keeps nothing.
async fn read_out(mut body: Limited<Incoming>) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(Bytes::new())
}

/// A good answer with this content.
pub fn said(text: Bytes, kind: HeaderValue) -> Answer {
    let mut answer = Response::new(Content::text(text));
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

/// A text that names the status; it ends the connection where the rest of the request was not read.
pub fn failure(status: u16) -> Answer {
    let mut answer = said(raw::text(status).into(), HeaderValue::from_static("text/plain; charset=utf-8"));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    if matches!(status, 400 | 413 | 501) {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// RFC 9112 section 9.3: 1.1 stays unless `close` is asked for, 1.0 goes unless `keep-alive` is.
fn wants_close(request: &Request<Incoming>) -> bool {
    let asks = |option: &str| {
        request.headers().get_all(CONNECTION).iter().any(|value| {
            let mut options = value.as_bytes().split(|octet| *octet == b',');
            options.any(|one| one.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
        })
    };
    asks("close") || (request.version() == Version::HTTP_10 && !asks("keep-alive"))
}

/// What is done to each answer before hyper gets it.
struct Seal {
    done: Done,
    head: bool,
    options: bool,
    asked: bool,
    /// Octets of content that are taken, and those that the request declares.
    content: (u64, Option<u64>),
    /// Where the answer is told.
    ears: Option<Ears>,
    closing: Arc<AtomicBool>,
}

impl Seal {
    /// Why the request is refused with this answer, if it is.
    fn refused(&self, answer: &Answer) -> Option<Refused> {
        let (limit, declared) = self.content;
        match answer.status().as_u16() {
            413 => Some(Refused::Content { limit, declared }),
            // What broke a rule was shown when it came.
            400 if self.ears.as_ref()?.read().is_some_and(|read| read.malformed.is_some()) => None,
            400 => answer.extensions().get().map(|Words(words)| Refused::Library { words: words.clone() }),
            _ => None,
        }
    }

    /// `date`: where it is not the library's to write.
    fn on(mut self, mut answer: Answer, date: Option<HeaderValue>) -> Answer {
        self.done.lane.begins();
        let status = answer.status();
        let len = answer.body().left;
        let refused = self.refused(&answer);
        let bare = self.head || status == StatusCode::NOT_MODIFIED;
        if let Some(record) = &mut self.done.record {
            record.1.status = status.as_u16();
            record.1.reason = status.canonical_reason().unwrap_or_default().to_owned();
            record.1.body_len = if bare { 0 } else { len };
            record.1.refused = refused;
        }
        if self.options && !answer.headers().contains_key(ALLOW) {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static(refuse::METHODS));
        }
        if let Some(date) = date {
            answer.headers_mut().insert(DATE, date);
        }
        if self.asked || answer.headers().contains_key(CONNECTION) {
            self.closing.store(true, Ordering::Relaxed);
        }
        if bare || len == 0 {
            self.done.whole();
        } else {
            answer.body_mut().done = Some(self.done);
        }
        answer
    }
}

/// The future of an answer: most are there at once.
pub enum Reply {
    Now(Option<Answer>),
    Later(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

impl Future for Reply {
    type Output = Result<Answer, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Reply::Now(answer) => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
            Reply::Later(answer) => answer.as_mut().poll(cx).map(Ok),
        }
    }
}

/// Says when the library has the whole of an answer; the driver looks after the library has done what it can with it.
struct Done {
    lane: Lane,
    record: Option<Box<(At, Answered)>>,
    over: bool,
}

impl Done {
    fn whole(&mut self) {
        self.over = true;
        self.lane.answered(self.record.take().map(|record| *record));
    }
}

impl Drop for Done {
    /// Where the library gave up half-way, the answer is over and not told as given.
    fn drop(&mut self) {
        if !self.over {
            self.lane.answered(None);
        }
    }
}

/// Content of an answer.
pub struct Content {
    source: Source,
    /// Octets that are still to come.
    left: u64,
    done: Option<Done>,
}

enum Source {
    Text(Bytes),
    File(Box<File>),
}

impl Content {
    /// A text in memory.
    pub fn text(text: Bytes) -> Self {
        Content { left: text.len() as u64, source: Source::Text(text), done: None }
    }

    /// The next `len` octets of an open file.
    pub fn file(file: File, len: u64) -> Self {
        Content { source: Source::File(Box::new(file)), left: len, done: None }
    }

    fn passed(&mut self, octets: Bytes) -> Option<Result<Frame<Bytes>, io::Error>> {
        self.left = self.left.saturating_sub(octets.len() as u64);
        if let Some(done) = &mut self.done
            && self.left == 0
        {
            done.whole();
        }
        Some(Ok(Frame::data(octets)))
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let content = self.get_mut();
        if content.left == 0 {
            return Poll::Ready(None);
        }
        match &mut content.source {
            Source::Text(text) => {
                let text = std::mem::take(text);
                Poll::Ready(content.passed(text))
            }
            Source::File(file) => {
                let want = usize::try_from(content.left).unwrap_or(CHUNK).min(CHUNK);
                let mut octets = BytesMut::zeroed(want);
                let mut into = ReadBuf::new(&mut octets);
                ready!(Pin::new(file.as_mut()).poll_read(cx, &mut into))?;
                let len = into.filled().len();
                if len == 0 {
                    // The file became shorter: the length that was promised cannot be kept.
                    return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
                }
                octets.truncate(len);
                Poll::Ready(content.passed(octets.freeze()))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
