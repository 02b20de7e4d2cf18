//! Which flows are one conversation, and what of it was drawn: both sides of a connection may be in one stream, and each
//! message is drawn once. Flows are paired by their addresses while they live.

use std::collections::HashMap;

use crate::event::recording::sketch::same;
use crate::event::tcp::Protocol;
use crate::event::{Address, Ends, Flow, Side};

/// Index of a side in the arrays below.
pub(super) fn index(side: Side) -> usize {
    usize::from(side == Side::Server)
}

/// One connection, as far as its messages were drawn.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) serial: u64,
    pub(super) client: Option<Address>,
    pub(super) server: Option<Address>,
    pub(super) protocol: Option<Protocol>,
    /// Addresses stand over the lifelines already.
    pub(super) introduced: bool,
    /// Octets drawn of what each side sent: in the clear, and beneath TLS.
    pub(super) drawn: [u64; 2],
    pub(super) beneath: [u64; 2],
    /// Heads drawn of each side, by the offset behind the last one.
    pub(super) headed: [u64; 2],
    pub(super) connected: bool,
    pub(super) accepted: bool,
    pub(super) encrypted: bool,
    /// HTTP/2: its frames are drawn, not the calls that carried them.
    pub(super) frames: bool,
    pub(super) ended: [bool; 2],
    pub(super) reset: bool,
    /// Both ends are in recordings of their own that were put together.
    pub(super) matched: bool,
    /// Sides that told that it is over for them.
    pub(super) closed: [bool; 2],
    /// Sides whose recording was named.
    pub(super) named: [bool; 2],
    /// DNS messages drawn of what each side sent, and those that each side told of them: `told[sender][teller]`.
    messages: [u64; 2],
    told: [[u64; 2]; 2],
    /// Flows of it that are open.
    open: u32,
}

impl Talk {
    /// True where TLS lies between TCP and what is said.
    pub(super) fn tls(&self) -> bool {
        self.encrypted || matches!(self.protocol, Some(Protocol::Tls | Protocol::Https))
    }

    /// True where messages have heads.
    pub(super) fn http(&self) -> bool {
        matches!(self.protocol, Some(Protocol::Http | Protocol::Https))
    }

    /// Marks what one side sent up to `end` as drawn; false if it was.
    pub(super) fn draws(drawn: &mut u64, end: u64) -> bool {
        let new = end > *drawn;
        *drawn = end.max(*drawn);
        new
    }

    /// Counts a whole message that `from` sent and `by` tells; false if the other side's telling of it was drawn.
    pub(super) fn tells(&mut self, from: Side, by: Side) -> bool {
        let told = &mut self.told[index(from)][index(by)];
        *told += 1;
        let new = *told > self.messages[index(from)];
        self.messages[index(from)] = (*told).max(self.messages[index(from)]);
        new
    }

    /// The client's port, by which its lines are told from others'.
    pub(super) fn port(&self) -> Option<u16> {
        self.client.as_ref().and_then(Address::port)
    }
}

/// Conversations without a flow are never over: past so many the oldest is forgotten.
const KEPT: usize = 4096;

/// All connections of the stream that are not over.
#[derive(Debug, Default)]
pub(super) struct Talks {
    talks: HashMap<u64, Talk>,
    of_flow: HashMap<Flow, u64>,
    /// Connections introduced so far, the ended ones too.
    pub(super) count: u64,
    serial: u64,
    nameless: Option<u64>,
}

impl Talks {
    /// The conversation an event belongs to; its addresses are learnt on the way.
    pub(super) fn find(&mut self, flow: Option<Flow>, side: Side, ends: Option<&Ends>) -> &mut Talk {
        let serial = match flow {
            Some(flow) => match self.of_flow.get(&flow) {
                Some(serial) => *serial,
                None => self.join(flow, side, ends),
            },
            None => self.without_flow(side, ends),
        };
        let serial = self.paired(serial, flow, side, ends);
        let talk = self.talks.entry(serial).or_default();
        talk.serial = serial;
        if let Some(ends) = ends {
            let (client, server) = by_role(side, ends);
            talk.client = client.or(talk.client.take());
            talk.server = server.or(talk.server.take());
        }
        talk
    }

    /// A conversation that is no flow: by its addresses where they are known.
    fn without_flow(&mut self, side: Side, ends: Option<&Ends>) -> u64 {
        if let Some((Some(client), Some(server))) = ends.map(|ends| by_role(side, ends)) {
            if self.talks.len() >= KEPT
                && let Some(oldest) = self.talks.keys().copied().min()
            {
                self.talks.remove(&oldest);
                self.of_flow.retain(|_, serial| *serial != oldest);
            }
            let found = self.with_ends(&client, &server);
            return found.unwrap_or_else(|| self.next());
        }
        let serial = self.nameless.unwrap_or_else(|| self.next());
        self.nameless = Some(serial);
        serial
    }

    /// The latest conversation between two addresses: a port may be lent again while an earlier one has not ended on this side.
    fn with_ends(&self, client: &Address, server: &Address) -> Option<u64> {
        let end = |known: &Option<Address>, wanted: &Address| {
            known.as_ref().is_some_and(|known| same(known, wanted))
        };
        let both = |talk: &&Talk| end(&talk.client, client) && end(&talk.server, server);
        self.talks.values().filter(both).map(|talk| talk.serial).max()
    }

    /// Where a flow's addresses are learnt after it was opened: the conversation that has them already.
    fn paired(&mut self, serial: u64, flow: Option<Flow>, side: Side, ends: Option<&Ends>) -> u64 {
        let (Some(flow), Some(ends)) = (flow, ends) else { return serial };
        let lacks = self.talks.get(&serial).is_some_and(|talk| talk.client.is_none() && !talk.introduced);
        let (Some(client), Some(server)) = by_role(side, ends) else { return serial };
        let has =
            |talk: &&Talk| talk.client.as_ref() == Some(&client) && talk.server.as_ref() == Some(&server);
        let Some(other) = self.talks.values().find(has).map(|talk| talk.serial).filter(|_| lacks) else {
            return serial;
        };
        self.talks.remove(&serial);
        self.of_flow.insert(flow, other);
        self.talks.entry(other).or_default().open += 1;
        other
    }

    /// Two flows are one conversation.
    pub(super) fn marry(&mut self, flows: [Flow; 2]) {
        let serial = self.next();
        for flow in flows {
            self.of_flow.insert(flow, serial);
        }
        self.talks.insert(serial, Talk { serial, matched: true, open: 2, ..Talk::default() });
    }

    /// One side's flow is over.
    pub(super) fn close(&mut self, flow: Flow) {
        let Some(serial) = self.of_flow.remove(&flow) else { return };
        if let Some(talk) = self.talks.get_mut(&serial) {
            talk.open = talk.open.saturating_sub(1);
            if talk.open == 0 {
                self.talks.remove(&serial);
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The other side's conversation if its addresses are the same, else a new one.
    fn join(&mut self, flow: Flow, side: Side, ends: Option<&Ends>) -> u64 {
        let found = match ends.map(|ends| by_role(side, ends)) {
            Some((Some(client), Some(server))) => self.with_ends(&client, &server),
            Some(_) | None => None,
        };
        let serial = found.unwrap_or_else(|| self.next());
        self.of_flow.insert(flow, serial);
        self.talks.entry(serial).or_default().open += 1;
        serial
    }
}

/// The addresses by role: client, server.
fn by_role(side: Side, ends: &Ends) -> (Option<Address>, Option<Address>) {
    match side {
        Side::Server => (ends.peer.clone(), ends.local.clone()),
        Side::Client | Side::Resolver | Side::Observer => (ends.local.clone(), ends.peer.clone()),
    }
}
