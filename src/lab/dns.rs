//! Name servers of a lab: UDP and TCP sockets in front of an authority or the caching resolver; counted, told, and faulty where
//! the plan says so.
//!
//! What is answered is not decided here: that is a [`Handler`]'s.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Record;
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

use super::authority::Authority;
use super::fault::DnsFault;
use crate::event::recorder::Recorder;

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
    pub async fn run(&self, _recorder: &Recorder, stop: CancellationToken) {
        stop.cancelled().await;
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
pub async fn serve(_server: Server, _bound: Bound, _recorder: Recorder, stop: CancellationToken) {
    stop.cancelled().await;
}
