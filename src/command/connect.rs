//! `netlearn connect`: a client that sends stdin and shows what comes back.
//!
//! It interprets nothing that passes; what nc does with stdin, stdout and half-closes, it does too.

mod clients;
mod experiment;
mod udp;
mod unix;

use std::cell::{Cell, RefCell};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::lab;
use super::payload::{self, Held};
use super::terminal::person_at_stdin;
use super::watch::{Run, interruptible, watch};
use super::{Context, Level, Outcome, View, named, own};
use crate::event::failure::{Evidence, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::run::Conversed;
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tap::{Listener, Tap};
pub use crate::net::tcp::Family;
use crate::net::tcp::closing::Closing;
use crate::net::tcp::converse::{self, End, Input, Talk};
pub use crate::net::tcp::experiment::Manner;
use crate::net::tcp::experiment::{self as unusual, Generated, Glance};
use crate::net::tcp::silence::Silence;
use crate::net::tcp::{self, Connection, Dial, Limits, Target};
use crate::net::tls::client::{Hello, handshake};
use crate::net::world::World;
pub use experiment::Experiments;
use experiment::{Counters, Pile};

/// Whom to connect to, and what to send.
#[derive(Clone, Debug)]
pub struct Options {
    /// A Unix socket to connect to; host and port are not looked at then.
    pub unix: Option<PathBuf>,
    /// Datagrams over UDP instead of a connection: the octets of the buffer that each is read into.
    pub udp: Option<usize>,
    pub host: String,
    pub port: u16,
    pub family: Family,
    pub tls: bool,
    /// In the pocket internet.
    pub lab: bool,
    pub world: World,
    /// Where the peer's bytes go; `None`: stdout.
    pub output: Option<PathBuf>,
    /// Only connect (`-z`).
    pub only_connect: bool,
    /// One write each, instead of stdin.
    pub send: Vec<Vec<u8>>,
    /// Turn each LF of stdin into CRLF.
    pub crlf: bool,
    pub source_port: Option<u16>,
    pub timeout: Duration,
    pub experiments: Experiments,
}

/// Connects, converses and closes.
pub async fn run(mut options: Options, context: &Context) -> Outcome {
    if let Err(outcome) = named::settle(&mut options.world, &context.stop) {
        return outcome;
    }
    let session = Session { options, context, held: Cell::default(), passed: RefCell::default() };
    let outcome = watch(context, Run::client(context), |recorder| session.hold(recorder)).await;
    let held = session.held.take();
    // A conversation at the keyboard has been told piece by piece; a second time it would read like another answer.
    let narrated = context.show.view == View::Narration && context.show.level > Level::None;
    if session.types() && narrated && held.told() {
        return outcome;
    }
    match payload::show_held(&held) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && outcome == Outcome::DONE => {
            Outcome::of(FailureKind::OutputFailed)
        }
        Ok(()) | Err(_) => outcome,
    }
}

/// One run of the command.
struct Session<'a> {
    options: Options,
    context: &'a Context,
    /// What waits for the end of the narration.
    held: Cell<Held>,
    /// The payload of the connection, once there is one.
    passed: RefCell<Option<Listener>>,
}

impl Session<'_> {
    async fn hold(&self, recorder: Recorder) -> Result<Outcome, NetError> {
        let counters = self.options.experiments.counters;
        let counters = counters.then(|| Counters::read(self.options.unix.is_some()));
        self.announce(&recorder);
        let result = lab::within(self.options.lab, &self.options.world, &recorder, async |world: &World| {
            match self.options.experiments.clients {
                Some(clients) => self.connect_many(clients, world, &recorder).await,
                None => interruptible(self.context, self.connect(world, &recorder)).await,
            }
        })
        .await;
        // A run that was told to end has conversed too.
        if let Some(passed) = self.passed.take().filter(|_| !self.options.only_connect) {
            let counts = passed.counts();
            let layer = if self.options.unix.is_some() { Layer::Unix } else { Layer::Tcp };
            recorder.on(Side::Client, layer).emit(Conversed {
                sent: counts.sent,
                received: counts.received,
                writes: counts.writes,
                reads: counts.reads,
            });
        }
        if let Some(counters) = counters {
            counters.tell(&recorder);
        }
        result
    }

    async fn connect(&self, world: &World, recorder: &Recorder) -> Result<Outcome, NetError> {
        let options = &self.options;
        if let Some(path) = &options.unix {
            return self.connect_unix(path, recorder).await;
        }
        let target = Target { host: options.host.clone(), port: options.port };
        if let Some(buffer) = options.udp {
            return self.connect_udp(&target, buffer, world, recorder).await;
        }
        let dial = Dial {
            family: options.family,
            limits: Limits::all(options.timeout),
            source_port: options.source_port,
            protocol: if options.tls { Protocol::Tls } else { Protocol::Tcp },
        };
        let connection = tcp::connect(&target, &dial, world, recorder).await?;
        let Connection { stream, flow, local, peer, connect_took, families, .. } = connection;
        if let Some(families) = families {
            families.tell(recorder);
        }
        let (tap, under) = Tap::new(stream, recorder, flow, Side::Client, Layer::Tcp, None);
        if options.tls {
            under.carries_another();
        }
        let closing = Closing::new(tap.inner(), &under, recorder, flow, Side::Client);
        closing.follow();
        let named = format!("{} port {}", options.host, options.port);
        let line = Line { recorder, closing, under, target: named, flow, local, peer, connect_took };
        if !options.tls {
            return self.talk(tap, line.under.clone(), line).await;
        }
        let hello = Hello {
            name: &options.host,
            peer,
            flow,
            trust: &world.trust,
            alpn: &[],
            limit: dial.limits.handshake,
            target: &line.target,
        };
        let secured = match handshake(tap, &hello, recorder).await {
            Ok(secured) => secured,
            Err(error) => return Err(line.handshake_failed(error, options.timeout)),
        };
        let (tap, over) = Tap::new(secured.stream, recorder, flow, Side::Client, Layer::Tls, None);
        self.talk(tap, over, line).await
    }

    /// Converses over `stream`, whose payload `passed` counts, and judges how it ended.
    async fn talk<S>(&self, stream: S, passed: Listener, mut line: impl Wire) -> Result<Outcome, NetError>
    where
        S: AsyncRead + AsyncWrite,
    {
        *self.passed.borrow_mut() = Some(passed.clone());
        if self.options.only_connect {
            let (mut reader, mut writer) = tokio::io::split(stream);
            converse::settle(&mut reader, &mut writer).await;
            line.end();
            return Ok(Outcome::DONE);
        }
        let opened = payload::open(self.options.output.as_deref(), &self.context.show).await;
        let (output, held) = opened.map_err(|error| self.output_failed(error))?;
        self.held.set(held);
        let talk = self.plan(output);
        let end = match self.options.experiments.manner {
            Manner::Usual => converse::converse(stream, talk).await,
            Manner::Reset => {
                let end = unusual::send_and_leave(stream, talk).await;
                if matches!(end, End::Done) {
                    line.reset();
                }
                end
            }
            Manner::NoRead => unusual::never_read(stream, talk, line.look()).await,
        };
        self.judge(end, &passed, line)
    }

    /// Whether a person types what is sent.
    fn types(&self) -> bool {
        let wanted = &self.options.experiments;
        let elsewhere = !self.options.send.is_empty() || wanted.size.is_some() || wanted.half_close;
        !elsewhere && person_at_stdin()
    }

    fn input(&self) -> Input {
        let wanted = &self.options.experiments;
        if let Some(size) = wanted.size {
            return Input::Stream(Box::new(Generated::new(size)));
        }
        if wanted.half_close && person_at_stdin() {
            return Input::Pieces(self.options.send.clone());
        }
        if self.options.send.is_empty() {
            Input::Stream(Box::new(payload::direct::input()))
        } else {
            Input::Pieces(self.options.send.clone())
        }
    }

    fn plan(&self, output: payload::Sink) -> Talk {
        let input = self.input();
        // A person at the terminal may think as long as they like.
        let wanted = &self.options.experiments;
        let bounded = wanted.size.is_some() || wanted.half_close || wanted.manner != Manner::Usual;
        let patient = if bounded { self.types() } else { person_at_stdin() };
        let idle = (!patient).then_some(self.options.timeout);
        Talk { input, crlf: self.options.crlf, output, idle, drip: wanted.drip, chunk: converse::CHUNK }
    }

    fn judge(&self, end: End, passed: &Listener, line: impl Wire) -> Result<Outcome, NetError> {
        let received = passed.counts().received;
        let result = match end {
            End::Done | End::OutputClosed => Ok(Outcome::DONE),
            End::OutputFailed(error) => Err(self.output_failed(error)),
            End::InputFailed(error) => Err(input_failed(&line, error)),
            End::Silent { waited, sending } => Err(line.silent(waited, sending, received)),
            End::ReceiveFailed(error) => Err(line.broken(Phase::Receive, error)),
            End::SendFailed(error) => Err(line.broken(Phase::Send, error)),
        };
        line.end();
        result
    }

    fn output_failed(&self, error: io::Error) -> NetError {
        let target =
            self.options.output.as_ref().map_or("stdout".to_owned(), |path| path.display().to_string());
        let output = self.options.output.as_deref();
        own::client(payload::unwritable(&target, error), output, self.context)
    }
}

/// An open connection of any kind, for what is to be said when it fails.
trait Wire {
    /// A failure of it.
    fn failed(
        &self,
        phase: Phase,
        kind: FailureKind,
        error: Option<io::Error>,
        evidence: Vec<Evidence>,
    ) -> NetError;
    /// Nothing passed for too long.
    fn silent(&self, waited: Duration, sending: bool, received: u64) -> NetError;
    /// A call on it failed.
    fn broken(&self, phase: Phase, error: io::Error) -> NetError;
    /// Makes its end a RST, where it can be one.
    fn reset(&mut self) {}
    /// How it is looked at while nobody reads it.
    fn look(&mut self) -> impl FnMut(bool) -> Glance {
        |_| Glance::Goes
    }
    /// Tells its end.
    fn end(self);
}

fn input_failed(line: &impl Wire, error: io::Error) -> NetError {
    let text = format!("reading stdin: {error}");
    let evidence = vec![Evidence::SystemError { error: text }];
    line.failed(Phase::Send, FailureKind::SendFailed, Some(error), evidence)
}

/// An open TCP connection.
struct Line<'a> {
    recorder: &'a Recorder,
    closing: Closing,
    under: Listener,
    target: String,
    flow: crate::event::Flow,
    local: std::net::SocketAddr,
    peer: std::net::SocketAddr,
    connect_took: Duration,
}

impl Line<'_> {
    fn silence(&self, waited: Duration, sending: bool, received: u64) -> Silence {
        Silence {
            flow: self.flow,
            local: self.local,
            peer: self.peer,
            connect_took: self.connect_took,
            sent: self.under.counts().sent,
            received,
            waited,
            sending,
        }
    }

    /// A handshake that failed by silence tells what can be known of the silent peer.
    fn handshake_failed(&self, error: NetError, limit: Duration) -> NetError {
        let received = self.under.counts().received;
        self.silence(limit, false, received).enrich(error, &self.closing, self.recorder)
    }
}

impl Wire for Line<'_> {
    fn failed(
        &self,
        phase: Phase,
        kind: FailureKind,
        error: Option<io::Error>,
        evidence: Vec<Evidence>,
    ) -> NetError {
        tcp::evidence::open_failed(&self.target, self.peer, phase, kind, error, evidence)
    }

    fn silent(&self, waited: Duration, sending: bool, received: u64) -> NetError {
        let silence = self.silence(waited, sending, received);
        let (kind, evidence) = silence.explain(&self.closing, self.recorder);
        self.failed(if sending { Phase::Send } else { Phase::Receive }, kind, None, evidence)
    }

    fn broken(&self, phase: Phase, error: io::Error) -> NetError {
        tcp::evidence::broken(&self.target, self.peer, &self.under.counts(), phase, error)
    }

    fn reset(&mut self) {
        self.closing.reset();
    }

    fn look(&mut self) -> impl FnMut(bool) -> Glance {
        let ends = (self.local, self.peer);
        let (recorder, flow) = (self.recorder, self.flow);
        let mut pile = Pile { closing: &mut self.closing, recorder, flow, ends, seen: None, told: None };
        move |last| pile.look(last)
    }

    fn end(self) {
        self.closing.end();
    }
}
