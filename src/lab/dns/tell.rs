//! Tells questions and replies as a name server saw them.

use hickory_proto::op::Message;

use super::Desk;
use crate::event::dns::{Query, Question, Reason, Reply, Transport};
use crate::event::recorder::At;
use crate::event::{Ends, Flow, Head, Layer, Side};
use crate::net::dns::facts;

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
        let message = Message::from_vec(octets).ok();
        let question = message.as_ref().and_then(question);
        let id = octets.get(..2).map_or(0, |id| u16::from_be_bytes([id[0], id[1]]));
        let facts = Query {
            ends: told.ends.clone(),
            transport,
            id,
            question,
            reason: Reason::Asked,
            attempt: 1,
            recursion_desired: octets.get(2).is_some_and(|flags| flags & 1 != 0),
            edns_payload: message.and_then(|message| message.edns).map(|edns| edns.max_payload()),
            server: Some(desk.server.name.clone()),
            len: octets.len() as u64,
            head: Head(octets.to_vec()),
        };
        told.note(desk).at(told.began).emit(facts);
        Some(told)
    }

    /// Tells what was sent to it; `told` is what [`Told::query`] gave.
    pub(super) fn reply(told: Option<Told>, desk: &Desk, octets: &[u8], from_cache: Option<bool>) {
        let Some(told) = told else { return desk.server.folding.reply(octets.len()) };
        let Ok(message) = Message::from_vec(octets) else { return };
        let records = |records: &[hickory_proto::rr::Record]| records.iter().map(facts::record).collect();
        let reply = Reply {
            ends: told.ends.clone(),
            transport: told.transport,
            id: message.id,
            question: question(&message),
            rcode: format!("{:?}", message.response_code).to_uppercase(),
            aa: message.authoritative,
            tc: message.truncation,
            rd: message.recursion_desired,
            ra: message.recursion_available,
            ad: message.authentic_data,
            cd: message.checking_disabled,
            meaning: facts::meaning(&message),
            answers: records(&message.answers),
            authority: records(&message.authorities),
            additional: records(&message.additionals),
            edns: None,
            negative_ttl: None,
            server: Some(desk.server.name.clone()),
            from_cache,
            len: octets.len() as u64,
            head: Head(octets.to_vec()),
        };
        told.note(desk).since(told.began).emit(reply);
    }

    fn note<'d>(&self, desk: &'d Desk) -> crate::event::recorder::Note<'d> {
        let note = desk.recorder.on(Side::Server, Layer::Dns);
        match self.flow {
            Some(flow) => note.flow(flow),
            None => note,
        }
    }
}

/// The question of a message that has one.
fn question(message: &Message) -> Option<Question> {
    message.queries.first().map(|query| Question {
        name: query.name().to_ascii(),
        record_type: query.query_type().to_string(),
        class: query.query_class().to_string(),
    })
}
