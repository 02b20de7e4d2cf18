//! An HTTP/1.1 server's side of one connection: hyper's connection over a gated stream, its time limits, and the answers
//! that hyper does not give. What is answered is [`answer`]'s; it chooses no words but those of its answers.

pub mod answer;
mod coding;
mod condition;
mod date;
pub mod files;
pub mod framing;
pub mod gate;
pub mod raw;
mod refuse;
pub mod sites;
mod told;

use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1::{Builder, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use self::answer::Desk;
use self::framing::Refusal;
use self::gate::{Gate, Lane, Overdue};
use crate::event::tcp::CloseReason;
use crate::event::{Layer, Side};
use crate::net::server::attend::{Ears, End};
use crate::net::server::drip::Drip;
use crate::net::server::{GRACE, Hall};

/// hyper's smallest buffer.
const LEAST_BUFFER: usize = 8192;

type Stream<S> = Gate<Drip<S>>;
type Conn<S> = Connection<TokioIo<Stream<S>>, Desk>;

/// Why the driving of a connection ended.
enum Over {
    /// hyper is done with it; with an error, it found the request broken and has answered so.
    Done(Option<hyper::Error>),
    /// hyper gave up within the body of a request that has no answer yet.
    BrokenBody(hyper::Error),
    Refused(Refusal),
    Overdue(Overdue),
    /// Answers took too long after the stop.
    Stopped,
}

/// The request that a last answer of ours is for.
#[derive(Clone, Copy)]
struct Owed {
    exchange: u64,
    /// Its head came whole, and was counted then.
    counted: bool,
    /// Every request whose head came whole has its answer already.
    settled: bool,
    /// The status of hyper's own answer, if it gave one.
    refused: Option<u16>,
}

/// Serves one connection to its end and gives the stream back, still open.
pub async fn converse<S>(stream: S, hall: &Arc<Hall>, ears: &Ears) -> (S, End)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let lane = Lane::new(hall.recorder.now());
    let head = hall.options.limits.head;
    let drip = Drip::new(stream, hall.options.drip);
    let gate = Gate::new(drip, lane.clone(), head, hall.recorder.clone());
    let desk = Desk::new(Arc::clone(hall), lane.clone(), ears.clone());
    let mut conn = Builder::new()
        .half_close(true)
        .title_case_headers(true)
        // The gate holds the limit; this is only never the tighter one.
        .max_buf_size(head.saturating_mul(2).max(LEAST_BUFFER))
        .serve_connection(TokioIo::new(gate), desk);
    let over = drive(&mut conn, hall, &lane, ears).await;
    let owed = Owed {
        exchange: lane.done() + 1,
        counted: lane.owes(),
        settled: lane.settled(),
        refused: lane.refused(),
    };
    let parts = conn.into_parts();
    let closing = parts.service.closing();
    let mut stream = parts.io.into_inner().into_inner();
    let end = conclude(over, &mut stream, closing, owed, hall, ears).await;
    let requests = end.requests.unwrap_or(0).max(lane.done());
    (stream.into_inner(), End { requests: Some(requests), ..end })
}

/// Polls the connection until it is done, refused, overdue or stopped.
async fn drive<S>(conn: &mut Conn<S>, hall: &Hall, lane: &Lane, ears: &Ears) -> Over
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let patience = hall.options.patience();
    let mut stop = pin!(hall.stop.cancelled());
    let mut timer = pin!(tokio::time::sleep(patience.unwrap_or(Duration::MAX)));
    let mut stopping = false;
    poll_fn(|cx| {
        loop {
            date::looks(&hall.recorder);
            let done = conn.poll_without_shutdown(cx);
            let look = lane.look();
            tell(look.finished, hall, ears);
            if let Poll::Ready(result) = done {
                return Poll::Ready(match result {
                    Err(error) if !error.is_parse() && lane.owes() => Over::BrokenBody(error),
                    result => Over::Done(result.err().filter(hyper::Error::is_parse)),
                });
            }
            if let Some(refusal) = look.refusal {
                return Poll::Ready(Over::Refused(refusal));
            }
            if !stopping && stop.as_mut().poll(cx).is_ready() {
                stopping = true;
                Pin::new(&mut *conn).graceful_shutdown();
                timer.set(tokio::time::sleep(GRACE));
                continue;
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let Some(patience) = patience.filter(|_| !stopping) else {
                return Poll::Ready(Over::Stopped);
            };
            match lane.overdue(hall.recorder.now(), patience) {
                Ok(overdue) => return Poll::Ready(Over::Overdue(overdue)),
                Err(left) => timer.set(tokio::time::sleep(left)),
            }
        }
    })
    .await
}

/// Tells answers that the system has taken.
fn tell(
    finished: Vec<(crate::event::recorder::At, crate::event::http::server::Answered)>,
    hall: &Hall,
    ears: &Ears,
) {
    for (began, answered) in finished {
        hall.recorder.on(Side::Server, Layer::Http).flow(ears.flow).since(began).emit(answered);
    }
}

/// Counts and tells the answer that hyper gave to a request which the gate let pass and it did not.
fn refused_by_library(error: &hyper::Error, owed: Owed, hall: &Hall, ears: &Ears) {
    if !owed.counted {
        hall.totals.requests.fetch_add(1, Ordering::Relaxed);
    }
    if let Some(status) = owed.refused.filter(|_| ears.detailed()) {
        // hyper's refusals have no content.
        let answered = told::Refusal { status, body_len: 0, error: Some(error), exchange: owed.exchange };
        answered.tell(None, hall, ears);
    }
}

/// Gives the answer that is still owed, if one is, and says how the connection is to end.
async fn conclude<S>(over: Over, stream: &mut S, closing: bool, owed: Owed, hall: &Hall, ears: &Ears) -> End
where
    S: AsyncWrite + Unpin,
{
    let mut error = None;
    let status = match over {
        Over::Done(Some(error)) => {
            refused_by_library(&error, owed, hall, ears);
            let requests = owed.refused.map(|_| owed.exchange);
            return End { requests, ..End::because(CloseReason::BadRequest) };
        }
        Over::Done(None) if hall.stop.is_cancelled() => return End::because(CloseReason::Stopping),
        Over::Done(None) if closing => return End::because(CloseReason::NoKeepAlive),
        Over::Done(None) => return End::default(),
        Over::Stopped => return End::because(CloseReason::Stopping).by_reset(),
        Over::Overdue(Overdue::Reader) => return End::because(CloseReason::NeverReads).by_reset(),
        Over::Overdue(Overdue::NextRequest) => return End::because(CloseReason::Idle),
        Over::Refused(Refusal::Tls) => return End::because(CloseReason::WrongProtocol),
        // Part of a request came (RFC 9110 section 15.5.9).
        Over::Overdue(Overdue::Head | Overdue::Body) => 408,
        // A second answer would look like the answer to a next request.
        Over::Refused(Refusal::Body(_)) if owed.settled => return End::because(CloseReason::BadRequest),
        Over::Refused(Refusal::Status(status) | Refusal::Body(status)) => status,
        Over::BrokenBody(broken) => {
            error = Some(broken);
            400
        }
    };
    let began = hall.recorder.now();
    if !owed.counted {
        hall.totals.requests.fetch_add(1, Ordering::Relaxed);
    }
    let octets = raw::refusal(status, &hall.recorder);
    let written = tokio::time::timeout(GRACE, async {
        stream.write_all(&octets).await?;
        stream.flush().await
    });
    let passed = matches!(written.await, Ok(Ok(())));
    if passed && ears.detailed() {
        let body_len = raw::text(status).len() as u64;
        let answered = told::Refusal { status, body_len, error: error.as_ref(), exchange: owed.exchange };
        answered.tell(Some(began), hall, ears);
    }
    let why = if status == 408 { CloseReason::SlowHead } else { CloseReason::BadRequest };
    // A refusal is an answer too.
    End { requests: passed.then_some(owed.exchange), ..End::because(why) }
}
