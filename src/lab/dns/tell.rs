//! Tells questions and replies as a name server saw them.

use hickory_proto::op::Message;

use super::Desk;
use crate::event::dns::{Query, Reason, Reply, Transport};
use crate::event::recorder::At;
use crate::event::{Ends, Flow, Head, Layer, Side};
use crate::net::dns::facts::{self, Carried};

/// One question, and whether its detail is told or only counted.
pub(super) struct Told {
    transport: Transport,
    ends: Ends,
    flow: Option<Flow>,
    began: At,
}

impl Told {
    /// Counts a question that arrived and tells it, where detail is wanted. `flow`: of the TCP connection.
    pub(super) fn query(
        desk: &Desk,
        octets: &[u8],
        transport: Transport,
        ends: impl FnOnce() -> Ends,
        flow: Option<Flow>,
    ) -> Option<Told> {
        if !desk.recorder.admit() {
            desk.server.folding.query(octets.len());
            return None;
        }
        let told = Told {
            transport,
            ends: ends(),
            flow: flow.or_else(|| Some(desk.recorder.flow())),
            began: desk.recorder.now(),
        };
        let facts = match Message::from_vec(octets) {
            Ok(message) => facts::query(&message, octets, told.carried(desk), Reason::Asked, 1),
            Err(_) => told.malformed(desk, octets),
        };
        told.note(desk).at(told.began).emit(facts);
        Some(told)
    }

    /// Tells what was sent to it; `told` is what [`Told::query`] gave.
    pub(super) fn reply(told: Option<Told>, desk: &Desk, octets: &[u8], from_cache: Option<bool>) {
        let Some(told) = told else { return desk.server.folding.reply(octets.len()) };
        let Ok(message) = Message::from_vec(octets) else { return };
        let reply = Reply { from_cache, ..facts::reply(&message, octets, told.carried(desk)) };
        told.note(desk).since(told.began).emit(reply);
    }

    fn carried(&self, desk: &Desk) -> Carried {
        Carried { ends: self.ends.clone(), transport: self.transport, server: Some(desk.server.name.clone()) }
    }

    /// What can be said of octets that are no message.
    fn malformed(&self, desk: &Desk, octets: &[u8]) -> Query {
        Query {
            ends: self.ends.clone(),
            transport: self.transport,
            id: octets.get(..2).map_or(0, |id| u16::from_be_bytes([id[0], id[1]])),
            question: None,
            reason: Reason::Asked,
            attempt: 1,
            recursion_desired: octets.get(2).is_some_and(|flags| flags & 1 != 0),
            edns_payload: None,
            server: Some(desk.server.name.clone()),
            len: octets.len() as u64,
            head: Head(octets.to_vec()),
        }
    }

    fn note<'d>(&self, desk: &'d Desk) -> crate::event::recorder::Note<'d> {
        let note = desk.recorder.on(Side::Server, Layer::Dns);
        match self.flow {
            Some(flow) => note.flow(flow),
            None => note,
        }
    }
}
