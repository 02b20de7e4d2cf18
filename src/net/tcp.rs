//! TCP clients: every address of a name tried in turn, each attempt told with its evidence.
//!
//! It sends and reads no payload (that is [`converse`], or HTTP), and never tries two addresses at a time.

pub mod closing;
pub mod converse;
mod dial;
pub mod evidence;
pub(in crate::net) mod families;
pub mod silence;

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
        let flow = recorder.flow();
        let began = recorder.now();
        let result = dial::dial(*address, dial).await;
        let took = recorder.now().since(began);
        let call = Call { flow, began, took, attempt, of };
        match result {
            Ok(opened) => {
                call.tell_success(&opened, *address, dial, recorder);
                let families = Families::met(target, dial, &addresses, Some(address.ip()), &attempts);
                let dial::Opened { stream, local, .. } = opened;
                let peer = *address;
                return Ok(Connection { stream, flow, local, peer, name_took, connect_took: took, families });
            }
            Err(refusal) => attempts.push(call.tell_failure(refusal, *address, recorder)),
        }
    }
    if let Some(families) = Families::met(target, dial, &addresses, None, &attempts) {
        families.tell(recorder);
    }
    Err(evidence::failed(target, dial, attempts))
}

/// One attempt at one address.
struct Call {
    flow: Flow,
    began: At,
    took: Duration,
    attempt: u32,
    of: u32,
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
    fn tell_success(&self, opened: &dial::Opened, peer: SocketAddr, dial: &Dial, recorder: &Recorder) {
        let ends = Ends::new(opened.local, peer);
        recorder.on(Side::Client, Layer::Tcp).flow(self.flow).at(self.began).emit(FlowOpened {
            protocol: dial.protocol,
            ends: ends.clone(),
            socket: opened.socket,
        });
        recorder
            .on(Side::Client, Layer::Tcp)
            .flow(self.flow)
            .at(self.began)
            .took(self.took)
            .emit(Connected { ends, attempt: self.attempt, of: self.of, to_itself: opened.local == peer });
    }

    fn tell_failure(&self, refusal: dial::Refusal, peer: SocketAddr, recorder: &Recorder) -> Attempt {
        let facts = ConnectFailed {
            ends: refusal.local.map_or_else(|| Ends::to(peer), |local| Ends::new(local, peer)),
            reason: refusal.reason,
            errno: refusal.source.as_ref().and_then(io::Error::raw_os_error),
            attempt: self.attempt,
            of: self.of,
            syn_resent: refusal.syn_resent,
            icmp: refusal.icmp,
            error_queue_empty: refusal.error_queue_empty,
        };
        let note = recorder.on(Side::Client, Layer::Tcp).flow(self.flow);
        note.at(self.began).took(self.took).emit(facts.clone());
        Attempt { peer, facts, took: self.took, source: refusal.source }
    }
}
