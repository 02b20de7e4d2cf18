//! Many connections of one program to one server at the same time.
//!
//! The first is opened alone: what it meets is told in full, and where it fails the others are not tried. They then follow
//! to the address that it reached. Each is told as any connection is; what they come to together is the [`ClientsEnded`].

mod tally;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::closing::Closing;
use super::converse::{self, End, Input, Talk};
use super::experiment::Generated;
use super::silence::Silence;
use super::{Attempt, Call, Connection, Dial, Target, connect, dial, evidence};
use crate::event::clients::{ClientFailure, ClientsCounted, ClientsEnded};
use crate::event::failure::{Evidence, Phase};
use crate::event::recorder::Recorder;
use crate::event::tcp::Closed;
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::kernel;
use crate::net::tap::{Counts, Listener, Tap};
use crate::net::world::World;
use tally::Tally;

/// Handshakes under way at the same time, at most: more would wait in this one thread and be measured too long.
pub const AT_ONCE: usize = 64;

/// Octets that one call of each reads or writes at most.
const CHUNK: usize = 16 * 1024;

/// How long all of them are held open where nothing is sent.
pub const HOLD: Duration = Duration::from_millis(500);

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// At least one.
    pub clients: u64,
    /// What each of them sends; `None`: they are held open for [`HOLD`].
    pub say: Option<Say>,
    /// Turn each LF of it into CR LF.
    pub crlf: bool,
}

/// What each client sends, and then reads until the server ends.
#[derive(Clone, Debug)]
pub enum Say {
    /// One write each.
    Pieces(Vec<Vec<u8>>),
    /// So many octets of our own making.
    Made(u64),
}

/// How it went.
#[derive(Debug)]
pub struct Many {
    pub ended: ClientsEnded,
    /// The first of those that failed for the most frequent reason.
    pub failure: Option<NetError>,
}

/// Opens them, lets all be open at the same time, and closes them; ends early, with what was counted, once `stop` is
/// cancelled.
pub async fn run(
    plan: Plan,
    target: &Target,
    dial: Dial,
    world: &World,
    recorder: &Recorder,
    stop: &CancellationToken,
) -> Many {
    let mut tally = Tally::new(plan.clients);
    let first = tokio::select! {
        biased;
        () = stop.cancelled() => return tally.end(),
        first = connect(target, &dial, world, recorder) => first,
    };
    let first = match first {
        Ok(first) => first,
        Err(error) => {
            tally.failed_alone(error);
            return tally.end();
        }
    };
    if let Some(families) = &first.families {
        families.tell(recorder);
    }
    let crowd = Rc::new(Crowd {
        peer: first.peer,
        planned: first.planned.unwrap_or(first.peer),
        named: format!("{} port {}", target.host, target.port),
        target: target.clone(),
        plan,
        dial,
        recorder: recorder.clone(),
        stop: stop.clone(),
        causes: RefCell::default(),
    });
    LocalSet::new().run_until(crowd.live(first, &mut tally)).await;
    tally.end_for(crowd.causes.take())
}

/// What every client of one run shares.
struct Crowd {
    peer: SocketAddr,
    /// The address that the name leads to.
    planned: SocketAddr,
    named: String,
    target: Target,
    plan: Plan,
    dial: Dial,
    recorder: Recorder,
    stop: CancellationToken,
    /// For each reason the first failure, with its evidence.
    causes: RefCell<BTreeMap<ClientFailure, NetError>>,
}

/// An open connection.
struct Open {
    tap: Tap<TcpStream>,
    heard: Listener,
    flow: Flow,
    local: SocketAddr,
    peer: SocketAddr,
    took: Duration,
}

impl Open {
    fn new(connection: Connection, recorder: &Recorder) -> Open {
        let Connection { stream, flow, local, peer, connect_took: took, .. } = connection;
        let (tap, heard) = Tap::new(stream, recorder, flow, Side::Client, Layer::Tcp, None);
        Open { tap, heard, flow, local, peer, took }
    }

    /// Whether the server's FIN is here: turned away, as a rule, though its handshake was done.
    fn is_ended(&self) -> bool {
        kernel::tcp_info(dial::handle(self.tap.inner())).is_ok_and(|info| info.state == "CLOSE_WAIT")
    }
}

/// A connection that is over.
struct Over {
    counts: Counts,
    closed: Option<Closed>,
    failure: Option<ClientFailure>,
}

impl Crowd {
    async fn live(self: &Rc<Self>, first: Connection, tally: &mut Tally) {
        let first = Open::new(first, &self.recorder);
        tally.connected(&first);
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick is at once.
        tick.tick().await;
        let open = self.open_all(first, tally, &mut tick).await;
        let counted = tally.counted(!self.stop.is_cancelled());
        if self.plan.say.is_none() {
            tokio::select! {
                () = tokio::time::sleep(HOLD) => {}
                () = self.stop.cancelled() => {}
            }
        }
        // At the end of the hold: whom a server turns away it accepts first.
        let ended_by_server = open.iter().filter(|open| open.is_ended()).count() as u64;
        self.recorder.run(Side::Client).emit(ClientsCounted { ended_by_server, ..counted });
        tick.reset();
        let mut tasks = JoinSet::new();
        for open in open {
            let crowd = Rc::clone(self);
            tasks.spawn_local(async move { crowd.lead(open).await });
        }
        loop {
            tokio::select! {
                biased;
                done = tasks.join_next() => match done {
                    Some(done) => tally.over(finished(done)),
                    None => return,
                },
                _ = tick.tick() => self.recorder.run(Side::Client).emit(tally.counted(false)),
            }
        }
    }

    /// Opens all the others, [`AT_ONCE`] at a time.
    async fn open_all(self: &Rc<Self>, first: Open, tally: &mut Tally, tick: &mut Interval) -> Vec<Open> {
        let mut open = vec![first];
        let mut tasks = JoinSet::new();
        let mut left = self.plan.clients.saturating_sub(1);
        loop {
            while left > 0 && tasks.len() < AT_ONCE {
                left -= 1;
                let crowd = Rc::clone(self);
                tasks.spawn_local(async move { crowd.open().await });
            }
            tokio::select! {
                biased;
                // Those under way are given up: they count as not tried.
                () = self.stop.cancelled() => return open,
                done = tasks.join_next() => match done.map(finished) {
                    Some(Ok(opened)) => {
                        tally.connected(&opened);
                        open.push(opened);
                    }
                    Some(Err(reason)) => tally.failed(reason),
                    None => return open,
                },
                _ = tick.tick() => self.recorder.run(Side::Client).emit(tally.counted(false)),
            }
        }
    }

    /// Opens one.
    async fn open(&self) -> Result<Open, ClientFailure> {
        let call = Call::begin(self.planned, self.peer, (1, 1), Side::Client, &self.recorder);
        let result = dial::dial(self.peer, &self.dial).await;
        match call.told(result, &self.dial, &self.recorder) {
            Ok(connection) => Ok(Open::new(connection, &self.recorder)),
            Err(attempt) => {
                let reason = tally::reason(&attempt.facts);
                self.first(reason, || self.unopened(attempt));
                Err(reason)
            }
        }
    }

    fn unopened(&self, attempt: Attempt) -> NetError {
        evidence::failed(&self.target, &self.dial, vec![attempt])
    }

    /// Keeps the evidence of the first failure for this reason; it is not gathered for the others.
    fn first(&self, reason: ClientFailure, error: impl FnOnce() -> NetError) {
        if !self.causes.borrow().contains_key(&reason) {
            let error = error();
            self.causes.borrow_mut().insert(reason, error);
        }
    }

    /// Leads one connection to its end.
    async fn lead(&self, mut open: Open) -> Over {
        let end = match &self.plan.say {
            None => {
                farewell(&mut open.tap).await;
                None
            }
            Some(say) => {
                let talk = Talk {
                    input: say.input(),
                    crlf: self.plan.crlf,
                    output: Box::new(tokio::io::sink()),
                    idle: Some(self.dial.limits.idle),
                    drip: None,
                    chunk: CHUNK,
                };
                tokio::select! {
                    biased;
                    end = converse::converse(&mut open.tap, talk) => Some(end),
                    () = self.stop.cancelled() => None,
                }
            }
        };
        let closing = Closing::late(open.tap.inner(), &open.heard, &self.recorder, open.flow, Side::Client);
        let failure = end.and_then(|end| self.judge(end, &open, &closing));
        let closed = closing.end();
        Over { counts: open.heard.counts(), closed, failure }
    }

    fn judge(&self, end: End, open: &Open, closing: &Closing) -> Option<ClientFailure> {
        let broken = |phase: Phase, error: io::Error, otherwise: ClientFailure| {
            let reset = error.kind() == io::ErrorKind::ConnectionReset;
            let reason = if reset { ClientFailure::Reset } else { otherwise };
            let counts = open.heard.counts();
            self.first(reason, || evidence::broken(&self.named, open.peer, &counts, phase, error));
            Some(reason)
        };
        match end {
            // Nothing is put out here, and what is sent is made here or was given: neither can fail.
            End::Done | End::OutputClosed | End::OutputFailed(_) | End::InputFailed(_) => None,
            End::Silent { waited, sending } => {
                self.first(ClientFailure::Silent, || self.silent(open, waited, sending, closing));
                Some(ClientFailure::Silent)
            }
            End::ReceiveFailed(error) => broken(Phase::Receive, error, ClientFailure::ReceiveFailed),
            End::SendFailed(error) => broken(Phase::Send, error, ClientFailure::SendFailed),
        }
    }

    fn silent(&self, open: &Open, waited: Duration, sending: bool, closing: &Closing) -> NetError {
        let counts = open.heard.counts();
        let silence = Silence {
            flow: open.flow,
            local: open.local,
            peer: open.peer,
            connect_took: open.took,
            sent: counts.sent,
            received: counts.received,
            waited,
            sending,
        };
        let (kind, evidence) = silence.explain(closing, &self.recorder);
        let phase = if sending { Phase::Send } else { Phase::Receive };
        evidence::open_failed(&self.named, open.peer, phase, kind, None, evidence)
    }
}

impl Say {
    fn input(&self) -> Input {
        match self {
            Say::Pieces(pieces) => Input::Pieces(pieces.clone()),
            Say::Made(size) => Input::Stream(Box::new(Generated::new(*size))),
        }
    }
}

/// Reads what has come (a FIN that came before ours counts as the first), then ends our direction and reads until the
/// server has ended its own.
async fn farewell(tap: &mut Tap<TcpStream>) {
    let mut chunk = vec![0; 4096];
    loop {
        let read = tokio::select! {
            biased;
            read = tap.read(&mut chunk) => read,
            () = std::future::ready(()) => break,
        };
        if !matches!(read, Ok(1..)) {
            break;
        }
    }
    let (mut reader, mut writer) = tokio::io::split(tap);
    converse::settle(&mut reader, &mut writer).await;
}

/// A fault of ours in one task is a fault of the whole run; none is aborted while its result is waited for.
fn finished<T>(done: Result<T, tokio::task::JoinError>) -> T {
    match done {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => unreachable!("{error}"),
        },
    }
}

impl Many {
    fn with(ended: ClientsEnded, failure: Option<NetError>) -> Many {
        let clients = ended.clients;
        let failed = ended.failures.first().map_or(0, |most| most.count);
        let failure = failure.map(|error| {
            error.map(|mut facts| {
                // The first that failed alone says it all.
                if ended.connected > 0 {
                    facts.evidence.push(Evidence::OfMany { failed, clients });
                }
                facts
            })
        });
        Many { ended, failure }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::event::recorder::Delivery;

    #[tokio::test]
    async fn a_connection_that_the_server_has_ended_is_seen_before_it_is_read() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let peer = listener.local_addr().unwrap();
        let stream = TcpStream::connect(peer).await.unwrap();
        let (served, local) = listener.accept().await.unwrap();
        let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Folding);
        let flow = recorder.flow();
        let (tap, heard) = Tap::new(stream, &recorder, flow, Side::Client, Layer::Tcp, None);
        let open = Open { tap, heard, flow, local, peer, took: Duration::ZERO };
        assert!(!open.is_ended());
        drop(served);
        assert_eq!(open.tap.inner().peek(&mut [0; 1]).await.unwrap(), 0);
        assert!(open.is_ended());
    }
}
