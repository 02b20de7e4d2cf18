//! Name servers of a lab: UDP and TCP sockets in front of an authority or the caching resolver; counted, told, and faulty where
//! the plan says so.
//!
//! What is answered is not decided here: that is a [`Handler`]'s.

pub mod message;
mod tcp;
mod tell;
#[cfg(test)]
mod tests;
mod udp;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Record;
use tokio::net::{TcpListener, UdpSocket};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::authority::Authority;
use super::fault::{self, DnsFault};
use crate::event::dns::Transport;
use crate::event::recorder::Recorder;
use crate::event::run::Folded;
use crate::event::{Layer, Side};
use message::Read;

/// One name server, ready to serve.
#[derive(Clone)]
pub struct Server {
    /// Its own name, for the events.
    pub name: String,
    pub handler: Handler,
    pub fault: Option<DnsFault>,
    pub counts: Arc<Counts>,
    /// Shared by all servers of a lab.
    pub folding: Arc<Folding>,
    pub limits: Limits,
}

/// Who knows the answers.
#[derive(Clone)]
pub enum Handler {
    /// Knows them itself: answers at once.
    Authority(Arc<Authority>),
    /// May have to ask others: each question is a task of its own, owned by the server.
    Other(Arc<dyn Answers>),
}

/// Answers questions, sooner or later.
pub trait Answers: Send + Sync + 'static {
    /// The answer to `query`, which is well-formed: QR 0, opcode QUERY, one question, EDNS version 0 or none. Its class may be
    /// another than IN. Header, question, OPT, size and truncation of the reply are the server's affair.
    fn answer(&self, query: Message) -> Answering<'_>;
}

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// What is said to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: ResponseCode,
    /// AA.
    pub authoritative: bool,
    /// RA.
    pub recursion_available: bool,
    pub answers: Vec<Record>,
    pub authorities: Vec<Record>,
    pub additionals: Vec<Record>,
    /// How many of `additionals`, from the first, the asker cannot do without: a referral's glue (RFC 9471 section 3).
    pub needed: usize,
    /// Set by a caching resolver: whether it asked nobody.
    pub from_cache: Option<bool>,
}

impl Answer {
    /// Nothing but a code.
    pub fn code(code: ResponseCode) -> Answer {
        Answer {
            code,
            authoritative: false,
            recursion_available: false,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
            needed: 0,
            from_cache: None,
        }
    }
}

/// Counts of one server since it began.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages that arrived, by either transport.
    pub queries: AtomicU64,
    /// TCP connections accepted.
    pub connections: AtomicU64,
    /// Questions answered with [`Answer::from_cache`] true.
    pub from_cache: AtomicU64,
}

/// What the servers of a lab did and did not tell one by one.
#[derive(Debug, Default)]
pub struct Folding {
    events: AtomicU64,
    queries: AtomicU64,
    connections: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Folding {
    /// Once a second, and at the end, tells what was only counted; ends when `stop` is cancelled. One of these runs for a lab.
    pub async fn run(&self, recorder: &Recorder, stop: CancellationToken) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tick.tick() => self.tell(recorder),
            }
        }
        self.tell(recorder);
    }

    /// Tells what was counted since the last time, if anything was: for the end, when the last server has ended.
    pub fn tell(&self, recorder: &Recorder) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let folded = Folded {
            events: take(&self.events),
            requests: take(&self.queries),
            clients: take(&self.connections),
            open: 0,
            received: take(&self.received),
            sent: take(&self.sent),
        };
        if folded.events > 0 {
            recorder.on(Side::Server, Layer::Dns).emit(folded);
        }
    }

    fn query(&self, received: usize) {
        self.events.fetch_add(1, Ordering::Relaxed);
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.received.fetch_add(received as u64, Ordering::Relaxed);
    }

    fn reply(&self, sent: usize) {
        self.events.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(sent as u64, Ordering::Relaxed);
    }
}

/// What a client may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// TCP connections at a time.
    pub connections: usize,
    /// Silence allowed on a TCP connection (RFC 7766 section 6.2.3).
    pub idle: Duration,
    /// Questions that a [`Handler::Other`] works on at a time; over it, they get no answer.
    pub questions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connections: 128, idle: Duration::from_secs(10), questions: 256 }
    }
}

/// Sockets bound to one address.
#[derive(Debug)]
pub struct Bound {
    pub udp: UdpSocket,
    pub tcp: TcpListener,
}

/// Serves at `bound` until `stop` is cancelled; every task it began has ended when it returns.
pub async fn serve(server: Server, bound: Bound, recorder: Recorder, stop: CancellationToken) {
    let desk = Arc::new(Desk { server, recorder, stop });
    tokio::join!(udp::serve(Arc::clone(&desk), bound.udp), tcp::serve(desk, bound.tcp));
}

/// What every question to one server shares.
struct Desk {
    server: Server,
    recorder: Recorder,
    stop: CancellationToken,
}

/// What comes of a question's octets.
struct Replied {
    /// `None`: nothing is sent.
    octets: Option<Vec<u8>>,
    from_cache: Option<bool>,
    /// Whether asking again with the same octets gives the same, for ever.
    constant: bool,
}

impl Desk {
    /// The reply to `octets`, the fault of this server in it; waits where the handler or the fault does.
    async fn reply(&self, octets: &[u8], transport: Transport) -> Replied {
        self.server.counts.queries.fetch_add(1, Ordering::Relaxed);
        let server = &self.server;
        let honest = match (message::read(octets), &server.handler) {
            (Read::Ignored, _) => return Replied { octets: None, from_cache: None, constant: false },
            (Read::Refused(reply), _) => Replied { octets: Some(reply), from_cache: None, constant: false },
            (Read::Query(query), Handler::Authority(authority)) => {
                let reply = message::reply(&query, &authority.answer(&query), transport);
                Replied { octets: Some(reply), from_cache: None, constant: server.fault.is_none() }
            }
            (Read::Query(query), Handler::Other(handler)) => {
                let answer = handler.answer((*query).clone()).await;
                let reply = message::reply(&query, &answer, transport);
                Replied { octets: Some(reply), from_cache: answer.from_cache, constant: false }
            }
        };
        if honest.from_cache == Some(true) {
            server.counts.from_cache.fetch_add(1, Ordering::Relaxed);
        }
        match (server.fault, honest.octets) {
            (Some(fault), Some(reply)) => {
                Replied { octets: fault::befall(fault, reply, transport).await, ..honest }
            }
            (_, octets) => Replied { octets, ..honest },
        }
    }

    /// Whether every answer is known at once, so that no question needs a task of its own.
    fn at_once(&self) -> bool {
        matches!(self.server.handler, Handler::Authority(_)) && self.server.fault != Some(DnsFault::Slow)
    }
}

/// A fault of ours in one task is a fault of the whole run: it must not look like a good end.
fn finished(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
