//! One open connection: made, used for one exchange after the other, and ended in a way that can be told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::http2::{Agreement, HttpAgreed};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{Direction, Protocol, TcpInfo};
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::http::annotator::{Readings, Settings, annotator};
use crate::net::http2;
use crate::net::tap::{Counts, Listener, Tap};
use crate::net::tcp::closing::Closing;
use crate::net::tcp::silence::Silence;
use crate::net::tcp::{self, Connection, Dial, Families, Target};
use crate::net::tls::client::{Hello, handshake};
use crate::net::world::World;

use super::conduit::Conduit;
use super::message::Message;
use super::wait::Deadline;
use super::wire::Stream;
use super::witness::{Notes, Witness};
use super::{Options, evidence, exchange, shown};

/// How long a server that said it would end the connection is given to do so before we do.
const LINGER: Duration = Duration::from_millis(250);

/// Octets read and thrown away while waiting for that.
const LINGER_MOST: usize = 1024 * 1024;

/// What is offered by ALPN, best first, where HTTP/2 is asked for (RFC 9113 section 3.2).
const OFFERED: [&str; 2] = ["h2", "http/1.1"];

/// What it takes to open a connection.
pub(super) struct Dialling<'a> {
    pub message: &'a Message,
    pub options: &'a Options,
    pub world: &'a World,
    pub recorder: &'a Recorder,
    pub deadline: &'a Deadline<'a>,
}

/// A stream with its taps.
struct Tapped {
    stream: Box<dyn Stream>,
    tcp: Listener,
    http: Listener,
    closing: Closing,
    tls_took: Option<Duration>,
    readings: Arc<Mutex<Readings>>,
    /// It carries HTTP/2.
    http2: bool,
}

impl Dialling<'_> {
    /// Connects, shakes hands, and hands the stream to hyper.
    pub(super) async fn open(&self) -> Result<Open, NetError> {
        let Dialling { message, options, recorder, .. } = self;
        let dial = Dial {
            family: options.family,
            limits: options.limits.clone(),
            source_port: None,
            protocol: if message.is_https() { Protocol::Https } else { Protocol::Http },
        };
        let target = message.target();
        let connecting = self.deadline.whole(tcp::connect(&target, &dial, self.world, recorder)).await;
        let connection = connecting.map_err(|late| evidence::out_of_time(late, Phase::Connect, message))?;
        // What was asked for is the URL, at whatever step it failed.
        let connection = connection
            .map_err(|error| error.map(|failed| Failed { target: shown(&message.url), ..failed }))?;
        let Connection { stream, flow, local, peer, name_took, connect_took, families, .. } = connection;
        let notes = Notes::default();
        let tapped = if message.is_https() {
            let quiet = Silence {
                flow,
                local,
                peer,
                connect_took,
                sent: 0,
                received: 0,
                waited: options.limits.handshake,
                sending: false,
            };
            self.secured(stream, quiet, &notes, families.as_ref()).await?
        } else {
            let (witness, readings) = self.witness(flow, &notes, options.http2);
            let (tap, tcp) = Tap::new(stream, recorder, flow, Side::Client, Layer::Tcp, Some(witness));
            let closing = Closing::new(tap.inner(), &tcp, recorder, flow, Side::Client);
            if options.http2 {
                self.agreed(flow, Agreement::PriorKnowledge, true, None);
            }
            let http2 = options.http2;
            Tapped { stream: Box::new(tap), http: tcp.clone(), tcp, closing, tls_took: None, readings, http2 }
        };
        let conduit = Conduit::over(tapped.stream, tapped.http2).await;
        let conduit = conduit.map_err(|error| refused(error, tapped.tcp.counts(), peer, message))?;
        Ok(Open {
            origin: message.origin(),
            flow,
            local,
            peer,
            name_took,
            connect_took,
            tls_took: tapped.tls_took,
            exchanges: 0,
            notes,
            conduit,
            tcp: tapped.tcp,
            http: tapped.http,
            readings: tapped.readings,
            closing: tapped.closing,
            received_before: 0,
            body: 0,
            spoilt: false,
            families,
        })
    }

    /// Shakes hands for TLS: one tap under it, and one over it that hears HTTP. `quiet` is what is known of a peer that says nothing.
    async fn secured(
        &self,
        stream: TcpStream,
        quiet: Silence,
        notes: &Notes,
        families: Option<&Families>,
    ) -> Result<Tapped, NetError> {
        let Dialling { message, options, recorder, .. } = self;
        let Silence { flow, peer, .. } = quiet;
        let (tap, tcp) = Tap::new(stream, recorder, flow, Side::Client, Layer::Tcp, None);
        tcp.carries_another();
        let closing = Closing::new(tap.inner(), &tcp, recorder, flow, Side::Client);
        let target = message.target();
        let url = shown(&message.url);
        let hello = Hello {
            name: &target.host,
            peer,
            flow,
            trust: &self.world.trust,
            alpn: if options.http2 { &OFFERED } else { &OFFERED[1..] },
            limit: options.limits.handshake,
            target: &url,
        };
        let shaking = self.deadline.whole(handshake(tap, &hello, recorder)).await;
        let secured = match shaking.map_err(|late| evidence::out_of_time(late, Phase::Handshake, message)) {
            Ok(Ok(secured)) => secured,
            Ok(Err(error)) | Err(error) => {
                let counts = tcp.counts();
                let quiet = Silence { sent: counts.sent, received: counts.received, ..quiet };
                let error = quiet.enrich(error, &closing, recorder);
                if let Some(families) = families {
                    families.tell(recorder);
                }
                return Err(error);
            }
        };
        let chosen = secured.agreed.alpn.clone();
        let http2 = options.http2 && chosen.as_deref() == Some("h2");
        if options.http2 {
            self.agreed(flow, Agreement::Alpn, http2, chosen);
        }
        let (witness, readings) = self.witness(flow, notes, http2);
        let (tap, http) = Tap::new(secured.stream, recorder, flow, Side::Client, Layer::Tls, Some(witness));
        Ok(Tapped {
            stream: Box::new(tap),
            tcp,
            http,
            closing,
            tls_took: Some(secured.took),
            readings,
            http2,
        })
    }

    /// What reads along with HTTP.
    fn witness(&self, flow: Flow, notes: &Notes, http2: bool) -> (Box<Witness>, Arc<Mutex<Readings>>) {
        let settings = Settings { secrets: self.options.secrets, ..Settings::default() };
        let (annotator, readings) = match http2 {
            true => http2::annotator::annotator(self.recorder, flow, settings),
            false => annotator(self.recorder, flow, Side::Client, settings),
        };
        (Box::new(Witness { annotator, notes: notes.clone(), readings: Arc::clone(&readings) }), readings)
    }

    fn agreed(&self, flow: Flow, how: Agreement, http2: bool, chosen: Option<String>) {
        let offered = match how {
            Agreement::Alpn => OFFERED.map(str::to_owned).to_vec(),
            Agreement::PriorKnowledge => Vec::new(),
        };
        let version = if http2 { "HTTP/2" } else { "HTTP/1.1" }.to_owned();
        self.recorder.on(Side::Client, Layer::Http).flow(flow).emit(HttpAgreed {
            how,
            version,
            offered,
            chosen,
        });
    }
}

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

/// The library did not get as far as a request; what HTTP/2 begins with may meet a RST.
fn refused(error: String, counts: Counts, peer: SocketAddr, message: &Message) -> NetError {
    let (kind, evidence) = match counts.reset {
        Some(during) => {
            let (sent, received) = (counts.sent, counts.received);
            (FailureKind::Reset, Evidence::ResetAfter { sent, received, during })
        }
        None => (FailureKind::SendFailed, Evidence::SystemError { error }),
    };
    let failed = Failed {
        phase: Phase::Send,
        kind,
        target: shown(&message.url),
        address: Some(peer),
        errno: None,
        seen_by: Side::Client,
        evidence: vec![evidence],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}
