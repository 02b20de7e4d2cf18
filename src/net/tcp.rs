//! TCP clients: every address of a name tried in turn, each attempt told with its evidence.
//!
//! It sends and reads no payload (that is [`converse`], or HTTP), and never tries two addresses at a time.

pub mod clients;
pub mod closing;
pub mod converse;
mod dial;
pub mod evidence;
pub mod experiment;
pub(in crate::net) mod families;
pub mod silence;
mod watched;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{ConnectFailed, Connected, FlowOpened, Protocol};
use crate::event::{Ends, Flow, Layer, Side};
use crate::net::world::World;
use crate::net::{NetError, dns};

pub use families::Families;

/// Whom to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

/// Which address family to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    #[default]
    Any,
    V4,
    V6,
}

impl Family {
    /// Whether an address is of this family.
    pub fn takes(self, address: IpAddr) -> bool {
        match self {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        }
    }
}

/// How long to wait, step by step.
#[derive(Clone, Debug)]
pub struct Limits {
    pub name: Duration,
    /// For each address.
    pub connect: Duration,
    pub handshake: Duration,
    /// For the whole head of a response.
    pub head: Duration,
    /// Silence within a body, or (where no person sits at the terminal) in a conversation.
    pub idle: Duration,
}

impl Limits {
    /// The same limit for every step, as `--timeout` sets it.
    pub fn all(limit: Duration) -> Self {
        Limits { name: limit, connect: limit, handshake: limit, head: limit, idle: limit }
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct Dial {
    pub family: Family,
    pub limits: Limits,
    pub source_port: Option<u16>,
    /// What the user calls the conversation, for `flow_opened`.
    pub protocol: Protocol,
}

/// An open connection and what is known of it.
#[derive(Debug)]
pub struct Connection {
    pub stream: TcpStream,
    pub flow: Flow,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// The address as planned, where the lab has it elsewhere: at `peer`.
    pub planned: Option<SocketAddr>,
    /// How long the lookup and the successful handshake took.
    pub name_took: Duration,
    pub connect_took: Duration,
    /// Whether the name leads elsewhere in the other family; `None` where that is no question. Reading the socket table
    /// takes longer than a small exchange does, so whoever converses tells it, when nothing is being timed.
    pub families: Option<Families>,
}

/// Looks the name up and tries its addresses one after the other, in the system's order.
///
/// Segments are sent at once on the connection (`TCP_NODELAY`): what is written in one call leaves in one call.
///
/// # Errors
/// Phase `name` or `connect`, with what each address answered.
pub async fn connect(
    target: &Target,
    dial: &Dial,
    world: &World,
    recorder: &Recorder,
) -> Result<Connection, NetError> {
    let began = recorder.now();
    let addresses = dns::lookup(target, dial.family, &dial.limits, world, recorder).await?;
    let name_took = recorder.now().since(began);
    let of = addresses.len() as u32;
    let mut attempts = Vec::new();
    for (address, attempt) in addresses.iter().zip(1..) {
        let call = Call::begin(*address, world.door(*address), (attempt, of), Side::Client, recorder);
        let result = dial::dial(call.peer, dial).await;
        match call.told(result, dial, recorder) {
            Ok(connection) => {
                let families = Families::met(target, dial, &addresses, Some(address.ip()), &attempts);
                return Ok(Connection { name_took, families, ..connection });
            }
            Err(attempt) => attempts.push(attempt),
        }
    }
    if let Some(families) = Families::met(target, dial, &addresses, None, &attempts) {
        families.tell(recorder);
    }
    Err(evidence::failed(target, dial, attempts))
}

/// Connects to one address, `planned`, that really is at `peer`; told as `connected` or `connect_failed`.
///
/// # Errors
/// What the attempt met, as it was told.
pub async fn reach(
    planned: SocketAddr,
    peer: SocketAddr,
    dial: &Dial,
    side: Side,
    recorder: &Recorder,
) -> Result<Connection, ConnectFailed> {
    let call = Call::begin(planned, peer, (1, 1), side, recorder);
    let result = dial::dial(peer, dial).await;
    call.told(result, dial, recorder).map_err(|attempt| attempt.facts)
}

/// One attempt at one address.
struct Call {
    /// The address as planned, where it really is elsewhere.
    planned: Option<SocketAddr>,
    peer: SocketAddr,
    side: Side,
    flow: Flow,
    began: At,
    /// Which of how many.
    attempt: (u32, u32),
}

/// An attempt that failed, for the evidence.
#[derive(Debug)]
struct Attempt {
    peer: SocketAddr,
    facts: ConnectFailed,
    took: Duration,
    source: Option<io::Error>,
}

impl Call {
    fn begin(
        planned: SocketAddr,
        peer: SocketAddr,
        attempt: (u32, u32),
        side: Side,
        recorder: &Recorder,
    ) -> Call {
        let planned = (planned != peer).then_some(planned);
        Call { planned, peer, side, flow: recorder.flow(), began: recorder.now(), attempt }
    }

    /// Tells how it ended.
    #[expect(clippy::result_large_err, reason = "a failed attempt is handed to its one caller")]
    fn told(
        self,
        result: Result<dial::Opened, dial::Refusal>,
        dial: &Dial,
        recorder: &Recorder,
    ) -> Result<Connection, Attempt> {
        let took = recorder.now().since(self.began);
        match result {
            Ok(opened) => Ok(self.tell_success(opened, took, dial, recorder)),
            Err(refusal) => Err(self.tell_failure(refusal, took, recorder)),
        }
    }

    fn tell_success(
        self,
        opened: dial::Opened,
        took: Duration,
        dial: &Dial,
        recorder: &Recorder,
    ) -> Connection {
        let Call { peer, flow, side, attempt: (attempt, of), .. } = self;
        let dial::Opened { stream, local, socket } = opened;
        let ends = Ends::new(local, peer);
        let protocol = dial.protocol;
        let note = recorder.on(side, Layer::Tcp).flow(flow).at(self.began);
        note.emit(FlowOpened { protocol, ends: ends.clone(), socket });
        recorder.on(side, Layer::Tcp).flow(flow).at(self.began).took(took).emit(Connected {
            ends,
            attempt,
            of,
            to_itself: local == peer,
            planned: self.planned,
        });
        let name_took = Duration::ZERO;
        let planned = self.planned;
        Connection { stream, flow, local, peer, planned, name_took, connect_took: took, families: None }
    }

    fn tell_failure(self, refusal: dial::Refusal, took: Duration, recorder: &Recorder) -> Attempt {
        let Call { peer, attempt: (attempt, of), .. } = self;
        let facts = ConnectFailed {
            ends: refusal.local.map_or_else(|| Ends::to(peer), |local| Ends::new(local, peer)),
            reason: refusal.reason,
            errno: refusal.source.as_ref().and_then(io::Error::raw_os_error),
            attempt,
            of,
            syn_resent: refusal.syn_resent,
            icmp: refusal.icmp,
            error_queue_empty: refusal.error_queue_empty,
            planned: self.planned,
        };
        let note = recorder.on(self.side, Layer::Tcp).flow(self.flow);
        note.at(self.began).took(took).emit(facts.clone());
        Attempt { peer, facts, took, source: refusal.source }
    }
}
