//! TCP clients: every address of a name tried in turn, each attempt told with its evidence.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::tcp::{ConnectFailed, ConnectFailure, Connected, FlowOpened, Protocol};
use crate::event::{Ends, Flow, Layer, Side};
use crate::net::world::World;
use crate::net::{NetError, dns};

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
}

/// Looks the name up and tries its addresses one after the other, in the system's order.
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
    let mut evidence = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let began = recorder.now();
        let result = tokio::time::timeout(dial.limits.connect, TcpStream::connect(address)).await;
        let took = recorder.now().since(began);
        let error = match result {
            Ok(Ok(stream)) => {
                let local = stream.local_addr().unwrap_or(SocketAddr::new(address.ip(), 0));
                let flow = recorder.flow();
                let ends = Ends::new(local, *address);
                recorder.on(Side::Client, Layer::Tcp).flow(flow).at(began).emit(FlowOpened {
                    protocol: dial.protocol,
                    ends: ends.clone(),
                    socket: None,
                });
                recorder.on(Side::Client, Layer::Tcp).flow(flow).at(began).took(took).emit(Connected {
                    ends,
                    attempt: index as u32 + 1,
                    of,
                    to_itself: local == *address,
                });
                return Ok(Connection { stream, flow, local, peer: *address, name_took, connect_took: took });
            }
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let attempt = ConnectFailed {
            ends: Ends::to(*address),
            reason: if error.is_some() { ConnectFailure::Refused } else { ConnectFailure::Timeout },
            errno: error.as_ref().and_then(std::io::Error::raw_os_error),
            attempt: index as u32 + 1,
            of,
            syn_resent: None,
            icmp: None,
            error_queue_empty: false,
        };
        recorder.on(Side::Client, Layer::Tcp).at(began).took(took).emit(attempt.clone());
        evidence.push(Evidence::Attempt { attempt, after: Some(took) });
    }
    let failed = Failed {
        phase: Phase::Connect,
        kind: FailureKind::Refused,
        target: format!("{} port {}", target.host, target.port),
        address: addresses.last().copied(),
        errno: None,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    };
    Err(NetError::new(failed, None))
}
