//! One open connection: made, used for one exchange after the other, and ended in a way that can be told.

mod dialling;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::event::failure::{Evidence, FailureKind};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{Direction, TcpInfo};
use crate::event::{Flow, Side};
use crate::net::http::annotator::Readings;
use crate::net::tap::Listener;
use crate::net::tcp::closing::Closing;
use crate::net::tcp::silence::Silence;
use crate::net::tcp::{Families, Target};

use super::conduit::Conduit;
use super::wire::Stream;
use super::witness::Notes;
use super::{Options, exchange};

pub(super) use dialling::Dialling;

/// How long a server that said it would end the connection is given to do so before we do.
const LINGER: Duration = Duration::from_millis(250);

/// Octets read and thrown away while waiting for that.
const LINGER_MOST: usize = 1024 * 1024;

/// An open connection.
pub(super) struct Open {
    pub origin: (String, Target),
    pub flow: Flow,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    pub name_took: Duration,
    pub connect_took: Duration,
    pub tls_took: Option<Duration>,
    /// Requests whose answers are over.
    pub exchanges: u64,
    pub notes: Notes,
    conduit: Conduit,
    tcp: Listener,
    http: Listener,
    readings: Arc<Mutex<Readings>>,
    closing: Closing,
    /// Octets received before the exchange in progress.
    received_before: u64,
    /// Octets of content in its request.
    body: u64,
    spoilt: bool,
    /// To be told once no exchange is being timed.
    families: Option<Families>,
}

impl Open {
    /// A new exchange begins, with a body of so many octets in the request.
    pub(super) fn begin(&mut self, body: u64, keep_head: bool) {
        self.body = body;
        self.received_before = self.http.counts().received;
        self.notes.begin(self.received_before, self.readings().responses, keep_head);
    }

    /// What asks for things on it, and moves it meanwhile.
    pub(super) fn conduit(&mut self) -> &mut Conduit {
        &mut self.conduit
    }

    /// It carries HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.conduit.is_http2()
    }

    /// When our request, or the answer, last moved: frames that keep a connection alive are no progress.
    pub(super) fn moved(&self, direction: Direction) -> impl Fn() -> Option<At> + 'static {
        let (http, readings, http2) = (self.http.clone(), Arc::clone(&self.readings), self.is_http2());
        move || {
            let readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
            match (direction, http2) {
                (Direction::Sent, true) => readings.request_sent,
                (Direction::Received, true) => readings.http2.moved,
                (Direction::Sent, false) => http.counts().last_sent,
                (Direction::Received, false) => http.counts().last_received,
            }
        }
    }

    /// Moves it once, so that it notices what came while nobody asked.
    pub(super) async fn glance(&mut self) {
        self.conduit.glance().await;
    }

    /// Hears what the kernel carries.
    pub(super) fn tcp(&self) -> &Listener {
        &self.tcp
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
        // Frame headers of the body, and frames that are no part of the request, count too: of HTTP/2 it is not known.
        let whole = whole.filter(|_| !self.is_http2());
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
        let gone = readings.http2.gone_away.is_some() || readings.http2.fault.is_some();
        !(self.spoilt || broken || gone || self.ended() || self.conduit.is_over())
    }

    /// What the kernel counts about it, where it tells.
    pub(super) fn tcp_info(&self) -> Option<TcpInfo> {
        self.closing.info()
    }

    /// What can be known of a peer that has said nothing for so long.
    pub(super) fn silence(&self, waited: Duration, recorder: &Recorder) -> (FailureKind, Vec<Evidence>) {
        let silence = Silence {
            flow: self.flow,
            local: self.local,
            peer: self.peer,
            connect_took: self.connect_took,
            sent: self.tcp.counts().sent,
            received: self.received_now(),
            waited,
            sending: self.is_sending(),
        };
        silence.explain(&self.closing, recorder)
    }

    /// Tells, once, whether the name leads elsewhere in the other family.
    pub(super) fn tell_families(&mut self, recorder: &Recorder) {
        if let Some(families) = self.families.take() {
            families.tell(recorder);
        }
    }

    /// Ends the connection and says how it ended.
    pub(super) async fn close(mut self, options: &Options) {
        let mut stream = self.conduit.take();
        let half_closed = self.tcp_info().is_some_and(|info| info.state == "CLOSE_WAIT");
        if let Some(stream) = &mut stream {
            if half_closed || self.peer_will_close(options) {
                self.linger(stream).await;
            }
            self.closing.inform();
            if self.tcp.counts().reset.is_none() {
                // A peer that takes nothing more keeps us no longer than this.
                let _ = timeout(options.limits.idle.min(LINGER), stream.shutdown()).await;
                if self.tls_took.is_some() {
                    // Its close_notify answers ours (RFC 8446 section 6.1): closed over it unread, the connection would
                    // end with a RST.
                    self.linger(stream).await;
                }
            }
        }
        if self.is_http2() {
            self.closing.inform();
            self.conduit.end(options.limits.idle.min(LINGER)).await;
        }
        if self.http.counts().ended_first(Side::Client) == Some(Side::Server) {
            self.closing.peer_ended_first();
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
