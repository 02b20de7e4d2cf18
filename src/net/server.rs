//! Servers: addresses bound, clients accepted, every connection task owned and awaited, everything counted.
//!
//! What is said to a client is not decided here: that is [`tcp`] and [`crate::net::http::serve`]. It prints nothing and
//! chooses no words.

pub mod attend;
pub mod bind;
mod chunk;
pub mod drip;
mod offer;
pub mod site;
pub mod socket;
pub mod tcp;
pub mod totals;

use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

pub use crate::event::http::server::Fault;
use crate::event::recorder::{At, Recorder};
use crate::event::run::Served;
use crate::event::tcp::{Accepted, CloseHow, CloseReason, Closed, FlowOpened, Protocol as Flowing};
use crate::event::{Flow, Layer, Side};
use crate::net::tls::authority::Identity;
use crate::net::{NetError, kernel};
pub use offer::offer;
pub use socket::handle;
use socket::{Listener, Socket};
use totals::Totals;

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Tcp,
    /// A stream over a Unix socket, which has no port and no TLS.
    Unix,
}

/// How it behaves to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// http: `Hello, World!`; tcp: echo.
    Usual,
    /// Answers with these octets (http: as the body; tcp: after each read).
    Reply(Vec<u8>),
    /// Sends `greeting` to each client as soon as it connects and `reply`, which may be empty, after each read (tcp); or the
    /// greeting as the body (http).
    Greet { greeting: Vec<u8>, reply: Vec<u8> },
    /// Sends back what came.
    Echo,
    /// Accepts, reads, never answers.
    Silent,
    /// Serves this folder (http).
    Files(PathBuf),
    /// Several sites at one address and port, told apart by `Host` (http).
    Sites(Arc<[site::Site]>),
    /// Misbehaves on purpose (http).
    Fault(Fault),
}

/// What to serve, where, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    pub protocol: Protocol,
    pub port: u16,
    /// Addresses to listen on; empty for both loopback addresses.
    pub hosts: Vec<IpAddr>,
    pub behaviour: Behaviour,
    /// Wait this long before reading from a client.
    pub pause_read: Option<Duration>,
    /// Send answers one octet at a time.
    pub drip: bool,
    pub tls: bool,
    /// Where the throwaway authority's certificate goes; `None`: a file in the temporary folder.
    pub authority: Option<PathBuf>,
    /// Stop after so many clients.
    pub count: Option<u64>,
    pub limits: Limits,
}

impl Options {
    /// What a client calls the conversation.
    pub fn flowing(&self) -> Flowing {
        match (self.protocol, self.tls) {
            (Protocol::Http, false) => Flowing::Http,
            (Protocol::Http, true) => Flowing::Https,
            (Protocol::Tcp, false) => Flowing::Tcp,
            (Protocol::Tcp, true) => Flowing::Tls,
            (Protocol::Unix, _) => Flowing::Unix,
        }
    }

    /// The layer of the connections themselves.
    pub fn beneath(&self) -> Layer {
        match self.protocol {
            Protocol::Http | Protocol::Tcp => Layer::Tcp,
            Protocol::Unix => Layer::Unix,
        }
    }

    /// How long a client may say nothing; `None` where the behaviour asked for is waiting itself.
    pub fn patience(&self) -> Option<Duration> {
        let waits = self.behaviour == Behaviour::Silent || self.pause_read.is_some();
        (!waits).then_some(self.limits.idle)
    }
}

/// What a client may use.
#[derive(Clone, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Octets of a request's head.
    pub head: usize,
    /// Octets of a request's body.
    pub body: u64,
    /// Silence allowed on an open connection.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connections: 10_000, head: 64 * 1024, body: 10 * 1024 * 1024, idle: Duration::from_secs(60) }
    }
}

/// How much is told of what happens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telling {
    /// Show secrets instead of asterisks.
    pub secrets: bool,
    /// Look up which process each client is; walks every process that may be looked into.
    pub owners: bool,
}

/// What every connection of one server shares.
pub struct Hall {
    pub recorder: Recorder,
    pub options: Options,
    pub telling: Telling,
    pub totals: Arc<Totals>,
    /// Cancelled when the server is to end.
    pub stop: CancellationToken,
    pub tls: Option<Identity>,
}

/// One accepted connection, before anything is read from it.
pub struct Client<S = TcpStream> {
    pub hall: Arc<Hall>,
    pub flow: Flow,
    pub stream: S,
    /// Whether its beginning was told; where not, it is only counted.
    pub told: bool,
}

/// How long answers that are being given may take after the server was told to stop.
pub const GRACE: Duration = Duration::from_secs(1);

/// How long no client is accepted after an accept failed: what was missing (descriptors, memory) has to come free first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Binds, tells where it listens, and serves until told to stop.
///
/// # Errors
/// Phase `listen`.
pub async fn run(
    options: Options,
    telling: Telling,
    recorder: &Recorder,
    stop: CancellationToken,
) -> Result<Served, NetError> {
    let bound = bind::bind(&options, recorder)?;
    start(bound, options, telling, recorder, stop).await
}

/// Serves at listeners that are bound already, with the conversation that `options` ask for.
///
/// # Errors
/// Phase `listen`: the throwaway certificates could not be made or written.
pub async fn start(
    bound: bind::Bound,
    options: Options,
    telling: Telling,
    recorder: &Recorder,
    stop: CancellationToken,
) -> Result<Served, NetError> {
    let tls = match options.tls {
        true => Some(crate::net::tls::authority::identity(&options, bound.port, recorder)?),
        false => None,
    };
    let hall = Arc::new(Hall {
        recorder: recorder.clone(),
        options,
        telling,
        totals: Arc::new(Totals::default()),
        stop,
        tls,
    });
    let served = serve(bound, hall, attend::attend).await;
    recorder.on(Side::Server, Layer::Tcp).emit(served.clone());
    Ok(served)
}

/// Accepts clients and gives each to `handler`, in a task that is owned and awaited here, until the hall's token is
/// cancelled or `--count` clients are done; what was served is for the caller to tell.
pub async fn serve<L, H, F>(bound: bind::Bound<L>, hall: Arc<Hall>, handler: H) -> Served
where
    L: Listener,
    H: Fn(Client<L::Stream>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    // As far as any program may; where that is not enough an accept fails, which is told.
    let _ = kernel::room::widen(hall.options.limits.connections as u64)
        .or_else(|short| kernel::room::widen(short.fit));
    let port = bound.port;
    let layer = match hall.options.protocol {
        Protocol::Http => Layer::Http,
        Protocol::Tcp | Protocol::Unix => hall.options.beneath(),
    };
    let mut listeners = bound.listeners;
    let mut tasks = JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut accepted = 0;
    let mut pausing = false;
    let mut pause = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
    loop {
        if hall.options.count.is_some_and(|count| accepted >= count) {
            // The port is free for others while the last clients are served.
            listeners.clear();
            if tasks.is_empty() {
                break;
            }
        }
        tokio::select! {
            () = hall.stop.cancelled() => break,
            result = accept(&listeners), if !pausing && !listeners.is_empty() => match result {
                Ok(stream) => {
                    let began = hall.recorder.now();
                    if tasks.len() >= hall.options.limits.connections {
                        turn_away(&hall, stream, began);
                    } else {
                        accepted += 1;
                        tasks.spawn(handler(welcome(&hall, stream, began)));
                    }
                }
                Err(error) => {
                    hall.totals.accept_failed(&hall, &error);
                    pause.set(tokio::time::sleep(ACCEPT_PAUSE));
                    pausing = true;
                }
            },
            () = &mut pause, if pausing => pausing = false,
            Some(done) = tasks.join_next(), if !tasks.is_empty() => finished(done),
            _ = tick.tick() => hall.totals.fold(&hall.recorder, layer),
        }
    }
    drop(listeners);
    let open = hall.totals.open();
    while let Some(done) = tasks.join_next().await {
        finished(done);
    }
    hall.totals.fold(&hall.recorder, layer);
    hall.totals.served(hall.options.flowing(), port, open)
}

/// A fault of ours in one task is a fault of the whole run: it must not look like a good end.
fn finished(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// The next client of any listener.
async fn accept<L: Listener>(listeners: &[L]) -> std::io::Result<L::Stream> {
    std::future::poll_fn(|cx| {
        for listener in listeners {
            if let std::task::Poll::Ready(result) = listener.poll_accept(cx) {
                return std::task::Poll::Ready(result);
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// Tells and counts a new client.
fn welcome<S: Socket>(hall: &Arc<Hall>, stream: S, began: At) -> Client<S> {
    stream.prepare();
    let number = hall.totals.clients.fetch_add(1, Ordering::Relaxed) + 1;
    let flow = hall.recorder.flow();
    let told = hall.recorder.admit();
    if told {
        open(hall, &stream, flow, number, began);
    } else {
        hall.totals.folded_clients.fetch_add(1, Ordering::Relaxed);
        hall.totals.folded_events.fetch_add(2, Ordering::Relaxed);
    }
    Client { hall: Arc::clone(hall), flow, stream, told }
}

fn open<S: Socket>(hall: &Hall, stream: &S, flow: Flow, client: u64, began: At) {
    let ends = stream.ends();
    let note = || hall.recorder.on(Side::Server, hall.options.beneath()).flow(flow).at(began);
    note().emit(FlowOpened {
        protocol: hall.options.flowing(),
        ends: ends.clone(),
        socket: kernel::socket_id(stream.handle()),
    });
    let peer = stream.peer(hall.telling);
    note().emit(Accepted { ends, client, peer_owner: peer.owner });
    if let Some(identified) = peer.identified {
        note().emit(identified);
    }
}

/// Over the connection limit: accepted by the kernel already, so that all there is to do is to close it.
fn turn_away<S: Socket>(hall: &Hall, stream: S, began: At) {
    hall.totals.turned_away.fetch_add(1, Ordering::Relaxed);
    let told = hall.recorder.admit();
    let ends = stream.ends();
    drop(stream);
    if !told {
        hall.totals.folded_events.fetch_add(2, Ordering::Relaxed);
        return;
    }
    let flow = hall.recorder.flow();
    let note = || hall.recorder.on(Side::Server, hall.options.beneath()).flow(flow);
    note().at(began).emit(FlowOpened { protocol: hall.options.flowing(), ends, socket: None });
    note().emit(Closed {
        by: Side::Server,
        how: CloseHow::Fin,
        sent: 0,
        received: 0,
        application: None,
        requests: None,
        unread: None,
        why: Some(CloseReason::TooMany),
    });
}

impl Hall {
    /// The end of the silence that is allowed; never, where there is no limit.
    pub async fn idle(&self) {
        match self.options.patience() {
            Some(patience) => tokio::time::sleep(patience).await,
            None => std::future::pending().await,
        }
    }

    /// A while after the stop: an answer that is being given may be finished.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    }
}
