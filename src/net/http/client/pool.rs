//! Open connections: made, used, kept for the next request to the same origin, and closed in a way that can be told.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::event::failure::{Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::tcp::{Protocol, TcpInfo};
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::http::annotator::{Readings, Settings, annotator};
use crate::net::tap::{Listener, Tap, Watch};
use crate::net::tcp::closing::Closing;
use crate::net::tcp::{self, Connection, Dial, Target};
use crate::net::tls::client::{Hello, handshake};
use crate::net::world::World;

use super::message::Message;
use super::wait::Deadline;
use super::witness::{Notes, Witness};
use super::{Options, evidence, exchange, shown};

/// Largest piece of a response that is held in memory; octets.
const PIECE: usize = 256 * 1024;

/// Fields of a response that are taken; past the annotator's limit of a head in any case.
const FIELDS: usize = 8192;

/// How long a server that said it would end the connection is given to do so before we do.
const LINGER: Duration = Duration::from_millis(250);

/// Octets read and thrown away while waiting for that.
const LINGER_MOST: usize = 1024 * 1024;

/// A tapped stream, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Wired = TokioIo<Box<dyn Stream>>;

/// Hyper's half of a connection, driven by whoever waits for something on it: no task of its own.
pub(super) struct Wire {
    running: Option<http1::Connection<Wired, Full<Bytes>>>,
    /// The stream, once hyper is done with it.
    stream: Option<Box<dyn Stream>>,
}

impl Wire {
    /// Waits for `wanted` and moves the connection meanwhile.
    pub(super) async fn drive<T>(&mut self, wanted: impl Future<Output = T>) -> T {
        let mut wanted = pin!(wanted);
        std::future::poll_fn(|context| {
            if let Poll::Ready(done) = wanted.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            if let Some(running) = &mut self.running {
                // Its error reaches whoever waits for the answer or the body.
                if running.poll_without_shutdown(context).is_ready() {
                    self.rest();
                }
            }
            wanted.as_mut().poll(context)
        })
        .await
    }

    /// Moves the connection once, so that it notices what came while nobody asked.
    async fn glance(&mut self) {
        let mut moved = false;
        self.drive(std::future::poll_fn(move |_| {
            if std::mem::replace(&mut moved, true) { Poll::Ready(()) } else { Poll::Pending }
        }))
        .await;
    }

    /// Takes the stream back from hyper.
    fn rest(&mut self) {
        if let Some(running) = self.running.take() {
            self.stream = Some(running.into_parts().io.into_inner());
        }
    }
}

/// An open connection.
pub(super) struct Open {
    origin: (String, Target),
    pub flow: Flow,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    pub name_took: Duration,
    pub connect_took: Duration,
    pub tls_took: Option<Duration>,
    /// Requests whose answers are over.
    pub exchanges: u64,
    pub notes: Notes,
    sender: SendRequest<Full<Bytes>>,
    wire: Wire,
    tcp: Listener,
    http: Listener,
    readings: Arc<Mutex<Readings>>,
    closing: Closing,
    /// Octets received before the exchange in progress.
    received_before: u64,
    /// Octets of content in its request.
    body: u64,
    spoilt: bool,
}

impl Open {
    /// Connects, shakes hands, and hands the stream to hyper.
    pub(super) async fn dial(
        message: &Message,
        options: &Options,
        world: &World,
        recorder: &Recorder,
        deadline: &Deadline<'_>,
    ) -> Result<Open, NetError> {
        let target = message.target();
        let dial = Dial {
            family: options.family,
            limits: options.limits.clone(),
            source_port: None,
            protocol: if message.is_https() { Protocol::Https } else { Protocol::Http },
        };
        let connecting = tcp::connect(&target, &dial, world, recorder);
        let late = |late, phase| evidence::out_of_time(late, phase, message);
        let connection = deadline.whole(connecting).await.map_err(|at| late(at, Phase::Connect))??;
        let Connection { stream, flow, local, peer, name_took, connect_took } = connection;
        let settings = Settings { secrets: options.secrets, ..Settings::default() };
        let (annotator, readings) = annotator(recorder, flow, Side::Client, settings);
        let notes = Notes::default();
        let witness = Box::new(Witness { annotator, notes: notes.clone(), readings: Arc::clone(&readings) });
        let (plain, secret): (_, Option<Box<dyn Watch>>) =
            if message.is_https() { (None, Some(witness)) } else { (Some(witness as Box<dyn Watch>), None) };
        let (tap, tcp) = Tap::new(stream, recorder, flow, Side::Client, Layer::Tcp, plain);
        if secret.is_some() {
            tcp.carries_another();
        }
        let closing = Closing::new(tap.inner(), &tcp, recorder, flow, Side::Client);
        let (stream, http, tls_took): (Box<dyn Stream>, _, _) = if secret.is_some() {
            let url = shown(&message.url);
            let hello = Hello {
                name: &target.host,
                peer,
                flow,
                trust: &world.trust,
                alpn: &["http/1.1"],
                limit: options.limits.handshake,
                target: &url,
            };
            let shaking = deadline.whole(handshake(tap, &hello, recorder)).await;
            let secured = shaking.map_err(|at| late(at, Phase::Handshake))??;
            let (tap, http) = Tap::new(secured.stream, recorder, flow, Side::Client, Layer::Tls, secret);
            (Box::new(tap), http, Some(secured.took))
        } else {
            (Box::new(tap), tcp.clone(), None)
        };
        let (sender, running) = http1::Builder::new()
            .title_case_headers(true)
            .max_buf_size(PIECE)
            .max_headers(FIELDS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| refused(&error, message))?;
        Ok(Open {
            origin: (message.url.scheme().to_owned(), target),
            flow,
            local,
            peer,
            name_took,
            connect_took,
            tls_took,
            exchanges: 0,
            notes,
            sender,
            wire: Wire { running: Some(running), stream: None },
            tcp,
            http,
            readings,
            closing,
            received_before: 0,
            body: 0,
            spoilt: false,
        })
    }

    /// A new exchange begins, with a body of so many octets in the request.
    pub(super) fn begin(&mut self, body: u64, keep_head: bool) {
        self.body = body;
        self.received_before = self.http.counts().received;
        self.notes.begin(self.received_before, self.readings().responses, keep_head);
    }

    /// What moves the connection, and what asks for things on it.
    pub(super) fn wire(&mut self) -> (&mut Wire, &mut SendRequest<Full<Bytes>>) {
        (&mut self.wire, &mut self.sender)
    }

    /// Hears what the kernel carries.
    pub(super) fn tcp(&self) -> &Listener {
        &self.tcp
    }

    /// Hears HTTP: the same as [`Open::tcp`] but under TLS.
    pub(super) fn http(&self) -> &Listener {
        &self.http
    }

    /// What the annotator read.
    pub(super) fn readings(&self) -> MutexGuard<'_, Readings> {
        self.readings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Octets of HTTP received in the exchange in progress.
    pub(super) fn received_now(&self) -> u64 {
        exchange::received_since(self.http.counts(), self.received_before)
    }

    /// Part of the request is not given to the system yet.
    pub(super) fn is_sending(&self) -> bool {
        let readings = self.readings();
        let whole = readings.last_request.as_ref().map(|head| head.offset + head.len + self.body);
        readings.requests <= self.exchanges || whole.is_some_and(|whole| self.http.counts().sent < whole)
    }

    /// It carried a request before the one in progress.
    pub(super) fn carried_before(&self) -> bool {
        self.exchanges > 0
    }

    /// The peer's FIN was read.
    pub(super) fn ended(&self) -> bool {
        self.tcp.counts().peer_ended.is_some() || self.http.counts().peer_ended.is_some()
    }

    /// No further request may go over it.
    pub(super) fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// Whether another request may go over it (RFC 9112 section 9.3).
    pub(super) fn is_reusable(&self) -> bool {
        let readings = self.readings();
        let broken = readings.left_over.is_some() || readings.malformed.is_some();
        !(self.spoilt || broken || self.ended() || self.wire.running.is_none() || self.sender.is_closed())
    }

    /// What the kernel counts about it, where it tells.
    pub(super) fn tcp_info(&self) -> Option<TcpInfo> {
        self.closing.info()
    }

    /// Ends the connection and says how it ended.
    pub(super) async fn close(mut self, options: &Options) {
        self.wire.rest();
        let mut stream = self.wire.stream.take();
        let half_closed = self.tcp_info().is_some_and(|info| info.state == "CLOSE_WAIT");
        if let Some(stream) = &mut stream {
            if half_closed || self.peer_will_close(options) {
                self.linger(stream).await;
            }
            self.closing.inform();
            if self.tcp.counts().reset.is_none() {
                // A peer that takes nothing more keeps us no longer than this.
                let _ = timeout(options.limits.idle.min(LINGER), stream.shutdown()).await;
            }
        }
        let requests = self.readings().requests;
        self.closing.requests = Some(requests);
        self.closing.end();
    }

    /// The server said that it ends the connection after its answer, and has not been seen to.
    fn peer_will_close(&self, options: &Options) -> bool {
        let readings = self.readings();
        let Some(response) = &readings.last_response else { return false };
        if !readings.body_complete || self.ended() || self.spoilt || self.http.counts().stopped {
            return false;
        }
        let says = |word: &str| {
            response.headers.iter().any(|field| {
                field.name.eq_ignore_ascii_case("connection")
                    && field.value.split(',').any(|option| option.trim().eq_ignore_ascii_case(word))
            })
        };
        says("close") || options.close || (response.version == "HTTP/1.0" && !says("keep-alive"))
    }

    /// Reads until the server's FIN, so that it can be said who ended the connection, and what came after the answer.
    async fn linger(&self, stream: &mut Box<dyn Stream>) {
        let mut scratch = [0; 4096];
        let mut read = 0;
        let until_end = async {
            while let Ok(len @ 1..) = stream.read(&mut scratch).await {
                read += len;
                if read > LINGER_MOST {
                    break;
                }
            }
        };
        // A server that does not keep its word is not waited for.
        let _ = timeout(LINGER, until_end).await;
    }
}

/// Connections that wait for another request.
#[derive(Default)]
pub(super) struct Pool {
    kept: Vec<Open>,
}

impl Pool {
    /// The connection kept for this origin, where the server has not ended it meanwhile.
    pub(super) async fn take(&mut self, message: &Message, options: &Options) -> Option<Open> {
        let origin = (message.url.scheme().to_owned(), message.target());
        let index = self.kept.iter().position(|open| open.origin == origin)?;
        let mut open = self.kept.swap_remove(index);
        // The peer's FIN may have come in the meantime.
        open.wire.glance().await;
        if open.is_reusable() {
            return Some(open);
        }
        open.close(options).await;
        None
    }

    /// Keeps a connection for later.
    pub(super) fn keep(&mut self, open: Open) {
        self.kept.push(open);
    }

    /// Closes all of them.
    pub(super) async fn close(self, options: &Options) {
        for open in self.kept {
            open.close(options).await;
        }
    }
}

fn refused(error: &hyper::Error, message: &Message) -> NetError {
    let failed = Failed {
        phase: Phase::Send,
        kind: FailureKind::SendFailed,
        target: shown(&message.url),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence: vec![crate::event::failure::Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}
