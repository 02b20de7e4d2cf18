//! A first look at a recording: who tells in it, and the outline of each conversation. With two sketches the two ends of a
//! conversation are found.
//!
//! It keeps some numbers a flow and no events, however long the recording is.

use std::collections::HashMap;
use std::time::Duration;

use super::RecordingError;
use crate::event::tcp::{Bytes, Direction, Protocol};
use crate::event::{Address, Ends, Event, EventKind, Flow, Header, Layer, Side};

/// Streams of octets (or of datagrams) of one flow that are counted apart.
pub(super) const LANES: usize = 3;

/// Which of them an event of bytes belongs to: in the clear or beneath TLS, over TLS, datagrams.
pub(super) fn lane(layer: Option<Layer>, facts: &Bytes) -> usize {
    match (facts.datagram, layer) {
        (Some(_), _) => 2,
        (None, Some(Layer::Tls)) => 1,
        (None, _) => 0,
    }
}

/// Where these bytes end in their lane: octets, or the number of the datagram.
pub(super) fn end(facts: &Bytes) -> u64 {
    facts.datagram.unwrap_or(facts.offset.saturating_add(facts.len))
}

/// Whether this side's connection begins here: nothing of it reaches the other end before.
pub(super) fn begins(event: &Event) -> bool {
    // Nothing but the first datagram tells a server of its client.
    let first = |facts: &Bytes| facts.datagram.is_some() && facts.direction == Direction::Sent;
    matches!(event.kind, EventKind::Connected(_))
        || matches!(&event.kind, EventKind::Bytes(facts) if first(facts))
}

/// Whose end of sending this event tells, or who ended the connection, where it is one.
pub(super) fn ended(event: &Event) -> Option<Side> {
    if let EventKind::HalfClosed(facts) = &event.kind {
        return Some(facts.by);
    }
    if let EventKind::Closed(facts) = &event.kind { Some(facts.by) } else { None }
}

/// The outline of one flow.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) side: Side,
    /// The addresses by role, as far as this end knows them.
    client: Option<Address>,
    server: Option<Address>,
    unix: bool,
    pub(super) opened: Duration,
    last: Duration,
    /// The process at the other end.
    peer: Option<u32>,
    pub(super) begins: bool,
    /// Octets (or datagrams) that it sent, a number a lane.
    pub(super) sent: [u64; LANES],
    /// It tells the end of what it sent.
    pub(super) ends: bool,
}

/// The outline of one recording.
#[derive(Debug)]
pub struct Sketch {
    pub header: Header,
    /// Sides that tell of a conversation or of the run.
    pub sides: Vec<Side>,
    /// Its last line is there: the run came to its end.
    pub finished: bool,
    pub(super) lives: HashMap<Flow, Life>,
}

impl Sketch {
    /// Reads all events; a damaged recording counts as far as it can be read.
    pub fn of(header: Header, events: impl Iterator<Item = Result<Event, RecordingError>>) -> Sketch {
        let mut sketch = Sketch { header, sides: Vec::new(), finished: false, lives: HashMap::new() };
        for event in events.map_while(Result::ok) {
            sketch.take(&event);
        }
        sketch
    }

    fn take(&mut self, event: &Event) {
        if !self.sides.contains(&event.side) {
            self.sides.push(event.side);
        }
        self.finished |= matches!(event.kind, EventKind::Finished(_));
        let Some(flow) = event.flow else { return };
        let life = self.lives.entry(flow).or_insert_with(|| Life {
            side: event.side,
            client: None,
            server: None,
            unix: false,
            opened: event.at,
            last: event.at,
            peer: None,
            begins: false,
            sent: [0; LANES],
            ends: false,
        });
        life.last = life.last.max(event.at.saturating_add(event.took.unwrap_or_default()));
        life.begins |= begins(event);
        life.ends |= ended(event) == Some(event.side);
        if let EventKind::FlowOpened(facts) = &event.kind {
            life.unix = facts.protocol == Protocol::Unix;
        }
        if let EventKind::PeerIdentified(facts) = &event.kind {
            life.peer = facts.pid;
        }
        if let Some(ends) = ends_of(&event.kind) {
            life.learn(ends);
        }
        if let EventKind::Bytes(facts) = &event.kind
            && facts.direction == Direction::Sent
        {
            let sent = &mut life.sent[lane(event.layer, facts)];
            *sent = end(facts).max(*sent);
        }
    }
}

/// The addresses that an event at the beginning of a conversation tells.
fn ends_of(kind: &EventKind) -> Option<&Ends> {
    if let EventKind::FlowOpened(facts) = kind {
        return Some(&facts.ends);
    }
    if let EventKind::Connected(facts) = kind {
        return Some(&facts.ends);
    }
    if let EventKind::Accepted(facts) = kind {
        return Some(&facts.ends);
    }
    if let EventKind::UdpConnected(facts) = kind {
        return Some(&facts.ends);
    }
    if let EventKind::PeerSeen(facts) = kind { Some(&facts.ends) } else { None }
}

impl Life {
    fn learn(&mut self, ends: &Ends) {
        let (client, server) = match self.side {
            Side::Server => (&ends.peer, &ends.local),
            Side::Client | Side::Resolver | Side::Observer => (&ends.local, &ends.peer),
        };
        self.client = client.clone().or(self.client.take());
        self.server = server.clone().or(self.server.take());
    }
}

/// The two ends of one conversation: recording and flow of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) client: (usize, Flow),
    pub(super) server: (usize, Flow),
}

/// What both ends must have in common to be looked at: the ports, or that they are Unix sockets.
type Key = Option<(u16, u16)>;

fn key(life: &Life) -> Option<Key> {
    if life.unix {
        return Some(None);
    }
    let port = |end: &Option<Address>| end.as_ref().and_then(Address::port);
    Some(Some((port(&life.client)?, port(&life.server)?)))
}

/// One end with the shift of its recording's clock.
struct End<'s> {
    place: (usize, Flow),
    life: &'s Life,
    shift: Duration,
    /// The process that recorded it.
    pid: Option<u32>,
}

/// Finds the flows of different recordings that are the two ends of one conversation. `shifts` puts their clocks on one.
pub(super) fn pairs(sketches: &[Sketch], shifts: &[Duration]) -> Vec<Pair> {
    let mut servers: HashMap<Key, Vec<End<'_>>> = HashMap::new();
    let mut clients: Vec<(Key, End<'_>)> = Vec::new();
    for (index, (sketch, shift)) in sketches.iter().zip(shifts).enumerate() {
        for (flow, life) in &sketch.lives {
            let Some(key) = key(life) else { continue };
            let end = End { place: (index, *flow), life, shift: *shift, pid: sketch.header.pid };
            match life.side {
                Side::Server => servers.entry(key).or_default().push(end),
                Side::Client | Side::Resolver => clients.push((key, end)),
                Side::Observer => {}
            }
        }
    }
    // A queue of clients is taken first come, first served; so are its ends paired.
    for ends in servers.values_mut() {
        ends.sort_by_key(|end| (end.opened(), end.place));
    }
    clients.sort_by_key(|(_, end)| (end.opened(), end.place));
    let mut pairs = Vec::new();
    for (key, client) in clients {
        let Some(waiting) = servers.get_mut(&key) else { continue };
        let Some(found) = waiting.iter().position(|server| one_conversation(&client, server)) else {
            continue;
        };
        pairs.push(Pair { client: client.place, server: waiting.remove(found).place });
    }
    pairs
}

impl End<'_> {
    fn opened(&self) -> Duration {
        self.life.opened.saturating_add(self.shift)
    }

    fn last(&self) -> Duration {
        self.life.last.saturating_add(self.shift)
    }
}

/// How far stamps of one clock may be apart from the order of what they stamp.
const JITTER: Duration = Duration::from_millis(1);

fn one_conversation(client: &End<'_>, server: &End<'_>) -> bool {
    // Both ends in one recording are one story already.
    if client.place.0 == server.place.0 {
        return false;
    }
    // A server opens its end after the client began, and a port may be lent again later.
    let meet = server.opened().saturating_add(JITTER) >= client.opened()
        && server.opened() <= client.last().saturating_add(LINGER);
    meet && if client.life.unix { same_processes(client, server) } else { same_addresses(client, server) }
}

/// A server may take a connection out of its queue when the client has long hung up; a port is lent again later than that.
const LINGER: Duration = Duration::from_secs(1);

fn same_addresses(client: &End<'_>, server: &End<'_>) -> bool {
    let same = |one: &Option<Address>, other: &Option<Address>| match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (_, _) => false,
    };
    same(&client.life.client, &server.life.client) && same(&client.life.server, &server.life.server)
}

/// A Unix socket of a client has no name as a rule: the processes tell it, as the system named each to the other.
fn same_processes(client: &End<'_>, server: &End<'_>) -> bool {
    let known = |of: Option<u32>, by: Option<u32>| of.is_some() && of == by;
    known(client.pid, server.life.peer) && known(server.pid, client.life.peer)
}

/// Whether two sides mean one address. A UDP socket may be bound to no address: its port tells it.
pub fn same(one: &Address, other: &Address) -> bool {
    let (Some(one), Some(other)) = (one.inet(), other.inet()) else { return one == other };
    let open = one.ip().is_unspecified() || other.ip().is_unspecified();
    one == other || open && one.port() == other.port()
}
