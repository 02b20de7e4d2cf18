//! How a connection is opened: dialled, secured where the URL says so, and tapped.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;

use super::Open;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::http2::{Agreement, HttpAgreed};
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::http::annotator::{Readings, Settings, annotator};
use crate::net::http::client::conduit::Conduit;
use crate::net::http::client::message::Message;
use crate::net::http::client::wait::Deadline;
use crate::net::http::client::wire::Stream;
use crate::net::http::client::witness::{Notes, Witness};
use crate::net::http::client::{Options, evidence, shown};
use crate::net::http2;
use crate::net::tap::{Counts, Listener, Tap};
use crate::net::tcp::closing::Closing;
use crate::net::tcp::silence::Silence;
use crate::net::tcp::{self, Connection, Dial, Families};
use crate::net::tls::client::{Hello, handshake};
use crate::net::world::World;

/// What is offered by ALPN, best first, where HTTP/2 is asked for (RFC 9113 section 3.2).
const OFFERED: [&str; 2] = ["h2", "http/1.1"];

/// What it takes to open a connection.
pub(in super::super) struct Dialling<'a> {
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
    pub(in super::super) async fn open(&self) -> Result<Open, NetError> {
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
