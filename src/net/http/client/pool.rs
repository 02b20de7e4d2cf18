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
use crate::event::tcp::{CloseHow, Closed, Protocol, TcpInfo};
use crate::event::{Flow, Layer, Side};
use crate::net::http::annotator::{Readings, Settings, annotator};
use crate::net::tap::{Listener, Tap};
use crate::net::tcp::{self, Dial};
use crate::net::world::World;
use crate::net::{NetError, kernel};

use super::message::Message;
use super::wait::{Deadline, Late};
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
    origin: (String, tcp::Target),
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
    /// The same socket once more, for what only the kernel knows.
    socket: Option<socket2::Socket>,
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
        let secure = message.is_https();
        let target = message.target();
        let dial = Dial {
            family: options.family,
            limits: options.limits.clone(),
            source_port: None,
            protocol: if secure { Protocol::Https } else { Protocol::Http },
        };
        let connecting = tcp::connect(&target, &dial, world, recorder);
        let connection = match deadline.whole(connecting).await {
            Ok(result) => result?,
            Err(late) => return Err(evidence::out_of_time(late, Phase::Connect, message)),
        };
        let socket = socket2::SockRef::from(&connection.stream).try_clone().ok();
        let settings = Settings { secrets: options.secrets, ..Settings::default() };
        let (watch, readings) = annotator(recorder, connection.flow, Side::Client, settings);
        let notes = Notes::default();
        let witness =
            Box::new(Witness { annotator: watch, notes: notes.clone(), readings: Arc::clone(&readings) });
        let (stream, tcp, http): (Box<dyn Stream>, _, _) = if secure {
            return Err(evidence::out_of_time(Late::Silent(Duration::ZERO), Phase::Handshake, message));
        } else {
            let (tap, listener) = Tap::new(
                connection.stream,
                recorder,
                connection.flow,
                Side::Client,
                Layer::Tcp,
                Some(witness),
            );
            (Box::new(tap), listener.clone(), listener)
        };
        let tls_took = None;
        let (sender, running) = http1::Builder::new()
            .title_case_headers(true)
            .max_buf_size(PIECE)
            .max_headers(FIELDS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| refused(&error, message))?;
        Ok(Open {
            origin: (message.url.scheme().to_owned(), target),
            flow: connection.flow,
            local: connection.local,
            peer: connection.peer,
            name_took: connection.name_took,
            connect_took: connection.connect_took,
            tls_took,
            exchanges: 0,
            notes,
            sender,
            wire: Wire { running: Some(running), stream: None },
            tcp,
            http,
            readings,
            socket,
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
        kernel::tcp_info(handle(self.socket.as_ref()?)).ok()
    }

    /// Ends the connection and says how it ended.
    pub(super) async fn close(mut self, options: &Options, recorder: &Recorder) {
        self.wire.rest();
        let mut stream = self.wire.stream.take();
        let info = self.tcp_info();
        let half_closed = info.as_ref().is_some_and(|info| info.state == "CLOSE_WAIT");
        if let Some(stream) = &mut stream
            && (half_closed || self.peer_will_close(options))
        {
            self.linger(stream).await;
        }
        if let Some(info) = self.tcp_info() {
            recorder.on(Side::Client, Layer::Tcp).flow(self.flow).emit(info);
        }
        let unread = self.socket.as_ref().and_then(|socket| kernel::unread(handle(socket)).ok());
        let unread = unread.filter(|unread| *unread > 0);
        if let Some(stream) = &mut stream {
            // On an ended or broken connection there is nothing left to end.
            let _ = timeout(options.limits.idle.min(LINGER), stream.shutdown()).await;
        }
        let counts = self.tcp.counts();
        let reset = counts.reset.is_some();
        let by = if reset { Side::Server } else { counts.ended_first(Side::Client).unwrap_or(Side::Client) };
        let requests = self.readings().requests;
        drop((stream, self.socket.take()));
        recorder.on(Side::Client, Layer::Tcp).flow(self.flow).emit(Closed {
            by,
            how: if reset || unread.is_some() { CloseHow::Rst } else { CloseHow::Fin },
            sent: counts.sent,
            received: counts.received,
            requests: Some(requests),
            unread,
            why: None,
        });
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

/// A socket as the kernel's readings take it.
#[cfg(unix)]
fn handle(socket: &socket2::Socket) -> kernel::Handle<'_> {
    std::os::fd::AsFd::as_fd(socket)
}

#[cfg(windows)]
fn handle(socket: &socket2::Socket) -> kernel::Handle<'_> {
    std::os::windows::io::AsSocket::as_socket(socket)
}

/// Connections that wait for another request.
#[derive(Default)]
pub(super) struct Pool {
    kept: Vec<Open>,
}

impl Pool {
    /// The connection kept for this origin, where the server has not ended it meanwhile.
    pub(super) async fn take(
        &mut self,
        message: &Message,
        options: &Options,
        recorder: &Recorder,
    ) -> Option<Open> {
        let origin = (message.url.scheme().to_owned(), message.target());
        let index = self.kept.iter().position(|open| open.origin == origin)?;
        let mut open = self.kept.swap_remove(index);
        // The peer's FIN may have come in the meantime.
        open.wire.glance().await;
        if open.is_reusable() {
            return Some(open);
        }
        open.close(options, recorder).await;
        None
    }

    /// Keeps a connection for later.
    pub(super) fn keep(&mut self, open: Open) {
        self.kept.push(open);
    }

    /// Closes all of them.
    pub(super) async fn close(self, options: &Options, recorder: &Recorder) {
        for open in self.kept {
            open.close(options, recorder).await;
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
