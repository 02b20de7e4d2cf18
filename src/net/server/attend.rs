//! One client from its first octet to its end: the layers put on its stream, the conversation, and how it closed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::server::TlsStream;

use super::chunk::Chunk;
use super::drip::Drip;
use super::socket::Socket;
use super::{Behaviour, Client, GRACE, Hall, Protocol, tcp};
use crate::event::recorder::At;
use crate::event::tcp::{CloseHow, CloseReason, Closed, Direction};
use crate::event::{Flow, Layer, Side};
use crate::net::http::annotator::{self, Readings, Settings};
use crate::net::http::serve::sites;
use crate::net::http::{fault, serve};
use crate::net::tap::{Heard, Listener, Tap, Watch};
use crate::net::tcp::closing;
use crate::net::{kernel, tls};

/// How long a client may take to answer our FIN with its own before the socket is given up.
const LINGER: Duration = Duration::from_secs(1);
/// The same when the server is stopping.
const LINGER_STOPPING: Duration = Duration::from_millis(50);
/// Octets read and thrown away while waiting for it, so that a close does not become a RST (RFC 9112 section 9.6).
const LINGER_OCTETS: usize = 1024 * 1024;

/// How a conversation ended, as the side that led it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Why this side ended it; `None`: it did not, or for no rule of its own.
    pub why: Option<CloseReason>,
    /// End it with a RST instead of a FIN.
    pub reset: bool,
    /// Requests it carried, for HTTP.
    pub requests: Option<u64>,
}

impl End {
    /// Ended by this side, by this rule.
    pub fn because(why: CloseReason) -> End {
        End { why: Some(why), ..End::default() }
    }

    /// With a RST.
    pub fn by_reset(self) -> End {
        End { reset: true, ..self }
    }
}

/// The taps of one connection: on the socket, and on what TLS carries.
#[derive(Clone)]
pub struct Ears {
    socket: Listener,
    inside: Option<Listener>,
    /// What was read of the requests, where somebody reads along.
    readings: Option<Arc<Mutex<Readings>>>,
    pub flow: Flow,
}

impl Ears {
    /// Whether this connection's detail is told.
    pub fn detailed(&self) -> bool {
        self.socket.detailed()
    }

    /// What was read of the requests so far, where it was.
    pub fn read(&self) -> Option<MutexGuard<'_, Readings>> {
        self.readings.as_ref().map(|readings| readings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on this connection is only counted.
    pub fn only_count(&self) {
        self.socket.only_count();
        if let Some(inside) = &self.inside {
            inside.only_count();
        }
    }

    /// Counts one more request or message and says whether it is to be told; past a readable rate it is not, and the
    /// connection is only counted from there on.
    pub fn one_more(&self, hall: &Hall) -> bool {
        hall.totals.requests.fetch_add(1, Ordering::Relaxed);
        if hall.recorder.admit() {
            return true;
        }
        if self.detailed() {
            self.only_count();
        }
        hall.totals.folded_requests.fetch_add(1, Ordering::Relaxed);
        hall.totals.folded_events.fetch_add(1, Ordering::Relaxed);
        false
    }

    /// Counts one more read of a conversation that has no messages; on a connection that is only counted it is a folded one.
    pub fn one_more_read(&self, hall: &Hall) {
        if self.one_more(hall) && !self.detailed() {
            hall.totals.folded_requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The socket at the bottom of a stack of streams.
pub trait Beneath {
    /// Its kind.
    type Socket: Socket;
    /// That socket.
    fn socket(&self) -> &Self::Socket;
}

impl<S: Socket> Beneath for S {
    type Socket = S;
    fn socket(&self) -> &S {
        self
    }
}

impl<S: Beneath> Beneath for Tap<S> {
    type Socket = S::Socket;
    fn socket(&self) -> &S::Socket {
        self.inner().socket()
    }
}

impl<S: Beneath> Beneath for TlsStream<S> {
    type Socket = S::Socket;
    fn socket(&self) -> &S::Socket {
        self.get_ref().0.socket()
    }
}

/// Hears a server's annotator and never stops the stream: a server answers a broken request, and does the same whether
/// somebody watches or not.
struct Unmoved(Box<dyn Watch>);

impl Watch for Unmoved {
    fn hear(&mut self, direction: Direction, offset: u64, bytes: &[u8], began: At) -> Heard {
        Heard { stop_at: None, ..self.0.hear(direction, offset, bytes, began) }
    }
    fn ended(&mut self, direction: Direction) {
        self.0.ended(direction);
    }
    fn speak(&mut self) {
        self.0.speak();
    }
}

/// Attends to one client until its connection is closed, and tells how that went.
///
/// What only some connections need is boxed, here and below: the others are the smaller for it while they say nothing.
pub async fn attend(client: Client) {
    match client.hall.tls.clone() {
        Some(identity) => Box::pin(attend_secured(client, identity)).await,
        None => attend_plain(client).await,
    }
}

async fn attend_secured(client: Client, identity: tls::authority::Identity) {
    let Client { hall, flow, stream, told } = client;
    pause(&hall).await;
    let greeting = tls::authority::greeting(&stream, &hall).await;
    let (tap, socket) = Tap::new(stream, &hall.recorder, flow, Side::Server, Layer::Tcp, None);
    socket.carries_another();
    let mut ears = ears(&hall, flow, socket, told, None);
    match tls::authority::handshake(tap, &identity, greeting, &hall, &ears).await {
        Err((tap, end)) => finish(tap, end, &hall, &ears, told).await,
        Ok(stream) => {
            let (watch, readings) = inside(&hall, flow, told).unzip();
            let (tap, upper) = Tap::new(*stream, &hall.recorder, flow, Side::Server, Layer::Tls, watch);
            ears.readings = readings;
            if !ears.detailed() {
                upper.only_count();
            }
            ears.inside = Some(upper);
            let (tap, end) = converse(tap, &hall, &ears).await;
            finish(Some(tap), end, &hall, &ears, told).await;
        }
    }
}

/// The same for a stream of any kind, without TLS.
pub async fn attend_plain<S: Socket>(client: Client<S>) {
    let Client { hall, flow, stream, told } = client;
    pause(&hall).await;
    let (watch, readings) = inside(&hall, flow, told).unzip();
    let (tap, socket) = Tap::new(stream, &hall.recorder, flow, Side::Server, hall.options.beneath(), watch);
    let ears = ears(&hall, flow, socket, told, readings);
    let (tap, end) = converse(tap, &hall, &ears).await;
    finish(Some(tap), end, &hall, &ears, told).await;
}

/// `--pause-read`: nothing is read for this long.
async fn pause(hall: &Hall) {
    if let Some(pause) = hall.options.pause_read {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = hall.stop.cancelled() => {}
        }
    }
}

/// What reads along, and what it has read.
type Reader = (Box<dyn Watch>, Arc<Mutex<Readings>>);

/// What reads along, for HTTP.
fn inside(hall: &Hall, flow: Flow, told: bool) -> Option<Reader> {
    (told && hall.options.protocol == Protocol::Http).then(|| watch(hall, flow))
}

fn watch(hall: &Hall, flow: Flow) -> Reader {
    let settings = Settings {
        head_limit: hall.options.limits.head,
        secrets: hall.telling.secrets,
        ..Settings::default()
    };
    let (watch, readings) = annotator::annotator(&hall.recorder, flow, Side::Server, settings);
    (Box::new(Unmoved(watch)), readings)
}

fn ears(
    hall: &Hall,
    flow: Flow,
    socket: Listener,
    told: bool,
    readings: Option<Arc<Mutex<Readings>>>,
) -> Ears {
    socket.meter(Arc::clone(&hall.totals.meter));
    if !told {
        socket.only_count();
    }
    Ears { socket, inside: None, readings, flow }
}

/// Leads the conversation that the options ask for.
async fn converse<S>(mut stream: S, hall: &Arc<Hall>, ears: &Ears) -> (S, End)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match (&hall.options.behaviour, hall.options.protocol) {
        (Behaviour::Silent, Protocol::Http) => {
            let end = Box::pin(fault::never_answer(&mut stream, hall, ears)).await;
            (stream, end)
        }
        (Behaviour::Silent, Protocol::Tcp | Protocol::Unix) => {
            let end = listen_only(&mut stream, hall, ears, |_| {}).await;
            (stream, end)
        }
        (Behaviour::Fault(fault), _) => {
            let end = Box::pin(fault::misbehave(*fault, &mut stream, hall, ears)).await;
            (stream, end)
        }
        (Behaviour::Sites(sites), _) if sites.iter().any(|site| site.fault.is_some()) => {
            Box::pin(sites::converse(sites, stream, hall, ears)).await
        }
        (_, Protocol::Tcp | Protocol::Unix) => {
            let mut stream = Drip::new(stream, hall.options.drip);
            let end = tcp::converse(&mut stream, hall, ears).await;
            (stream.into_inner(), end)
        }
        (_, Protocol::Http) => Box::pin(serve::converse(stream, hall, ears)).await,
    }
}

/// Reads everything and never writes; `taken` sees what each read brought.
pub async fn listen_only<S: AsyncRead + Unpin>(
    stream: &mut S,
    hall: &Hall,
    ears: &Ears,
    mut taken: impl FnMut(&[u8]),
) -> End {
    let mut chunk = Chunk::default();
    loop {
        tokio::select! {
            biased;
            result = chunk.read(stream) => match result {
                Ok(0) | Err(_) => return End::default(),
                Ok(len) => {
                    heard(hall, ears);
                    taken(chunk.first(len));
                }
            },
            () = hall.stop.cancelled() => return End::because(CloseReason::Stopping),
        }
    }
}

/// Counts a read that gets no answer; past a readable rate the connection is only counted from there on.
fn heard(hall: &Hall, ears: &Ears) {
    match hall.options.protocol {
        Protocol::Tcp | Protocol::Unix => ears.one_more_read(hall),
        // A read is no request, and nobody looks here where one ends.
        Protocol::Http if ears.detailed() && !hall.recorder.admit() => ears.only_count(),
        Protocol::Http => {}
    }
}

/// Closes the stream as `end` says (`None`: it is closed already), and tells and counts how the connection ended.
async fn finish<S>(stream: Option<S>, end: End, hall: &Hall, ears: &Ears, told: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Beneath,
{
    let began = hall.recorder.now();
    let (unread, broken_off) = match stream {
        Some(stream) => close(stream, end, hall, ears).await,
        None => (None, end.reset.then_some(Side::Server)),
    };
    let counts = ears.socket.counts();
    // Whoever sent a FIN before: what ended it is the RST. Where one met us, the connection was over before we could send ours.
    let reset_by = if counts.reset.is_some() { Some(Side::Client) } else { broken_off };
    // Under TLS an end is announced inside (`close_notify`, RFC 8446 section 6.1) before the FIN beneath.
    let inside = ears.inside.as_ref().and_then(|inside| inside.counts().ended_first(Side::Server));
    // Where nothing of all this passed the stream was dropped by us.
    let by = reset_by.or(inside).or(counts.ended_first(Side::Server)).unwrap_or(Side::Server);
    let reset = reset_by.is_some();
    let totals = &hall.totals;
    let closed = if by == Side::Server { &totals.closed_by_server } else { &totals.closed_by_client };
    closed.fetch_add(1, Ordering::Relaxed);
    if reset {
        totals.reset.fetch_add(1, Ordering::Relaxed);
    }
    if !(told && (ears.detailed() || hall.recorder.admit())) {
        totals.folded_events.fetch_add(1, Ordering::Relaxed);
        return;
    }
    hall.recorder.on(Side::Server, hall.options.beneath()).flow(ears.flow).at(began).emit(Closed {
        by,
        how: if reset { CloseHow::Rst } else { CloseHow::Fin },
        sent: counts.sent,
        received: counts.received,
        application: ears.inside.as_ref().map(|inside| inside.counts().received),
        requests: end.requests,
        unread,
        why: end.why.filter(|_| by == Side::Server),
    });
}

/// Ends the stream with a FIN, and waits a little for the client's, or with a RST; returns what it left unread, and who broke it
/// off, as far as no call met that.
async fn close<S>(mut stream: S, end: End, hall: &Hall, ears: &Ears) -> (Option<u64>, Option<Side>)
where
    S: AsyncRead + AsyncWrite + Unpin + Beneath,
{
    let before = ears.socket.counts();
    if end.why == Some(CloseReason::NeverReads) && ears.detailed() {
        tell_unread(stream.socket(), hall, ears);
    }
    // One that is over before our FIN was broken off by the client.
    let theirs = end.reset && !closing::resets(stream.socket().handle());
    let aborted = end.reset && !theirs && stream.socket().abort();
    if end.reset {
        // The client takes nothing any more, or is not to get anything: no farewell.
    } else if before.reset.is_none() {
        if before.peer_ended.is_none() {
            notice(&mut stream).await;
        }
        let _ = tokio::time::timeout(GRACE, stream.shutdown()).await;
        if ears.socket.counts().peer_ended.is_none() {
            let wait = if hall.stop.is_cancelled() { LINGER_STOPPING } else { LINGER };
            let _ = tokio::time::timeout(wait, drain(&mut stream)).await;
        }
    }
    let unread = kernel::unread(stream.socket().handle()).ok().filter(|len| *len > 0);
    let broken = unread.is_some() && closing::resets(stream.socket().handle());
    let by = if theirs { Some(Side::Client) } else { (aborted || broken).then_some(Side::Server) };
    (unread, by)
}

/// Reads what is there already, to see a FIN that came before ours.
async fn notice<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut chunk = vec![0; 4096];
    tokio::select! {
        biased;
        _ = stream.read(&mut chunk) => {}
        () = std::future::ready(()) => {}
    }
}

/// Reads and throws away until the client's FIN.
async fn drain<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut chunk = vec![0; 16 * 1024];
    let mut drained = 0;
    while drained < LINGER_OCTETS {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(len) => drained += len,
        }
    }
}

/// What the kernel says of a connection whose client does not read.
fn tell_unread(socket: &impl Socket, hall: &Hall, ears: &Ears) {
    for facts in socket.stuck() {
        hall.recorder.on(Side::Server, Layer::Kernel).flow(ears.flow).emit(facts);
    }
}
