//! One question to one name server and its answer: over UDP with retries, over TCP where the answer was cut off.
//!
//! It follows no referral and no alias, and believes nothing that does not fit its question (RFC 5452 section 9.1).

mod belief;
mod tcp;
mod udp;

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};

use super::facts::{self, Carried};
use super::question::Question;
use crate::event::dns::{
    Ignored, Meaning, QueryFailed, QueryFailure, Reason, Reply, ReplyIgnored, Transport,
};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::Icmp;
use crate::event::{Ends, Flow, Head, Layer, Side};
use crate::net::world::World;

/// Octets of the largest answer over UDP that we ask for: it crosses the common links in one packet (RFC 9715 appendix A
/// gathers who recommends which size; the DNS flag day of 2020 chose this one).
pub const PAYLOAD: u16 = 1232;

/// Messages that cannot be believed after which a try ends: a name server does not send so many, and each is told.
const MOST_IGNORED: u32 = 64;

/// Whom to ask what, and how.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    pub question: &'a Question,
    /// As planned; [`World::door`] says where it really is.
    pub server: SocketAddr,
    /// Who that is: a zone's server, for the events.
    pub name: Option<&'a str>,
    /// Why the first try is made.
    pub reason: Reason,
    pub recursion_desired: bool,
    /// TCP from the start.
    pub tcp: bool,
    /// Tries over UDP, at least 1.
    pub tries: u32,
    /// Questions it may send in all, at least 1: retries, and repeats over TCP or without EDNS. At the last one what came is
    /// the result, a cut off answer as well. `u32::MAX` where nobody counts.
    pub most: u32,
    /// For all tries together; each gets its share. TCP after a cut off answer gets what is left, at least half of it.
    pub limit: Duration,
    /// Who asks: `client`, or a lab's `resolver`.
    pub side: Side,
}

/// An answer that fits its question.
#[derive(Clone, Debug)]
pub struct Answer {
    pub message: Message,
    /// As told in the `reply` event.
    pub facts: Reply,
    /// Questions sent for it.
    pub questions: u32,
}

/// No usable answer came.
#[derive(Clone, Debug)]
pub struct Unanswered {
    pub failed: QueryFailed,
    /// In all tries together.
    pub waited: Duration,
    /// Messages that were not believed, in all tries together.
    pub ignored: u32,
    /// The last message that was not believed, and whom it came from.
    pub not_believed: Option<(SocketAddr, ReplyIgnored)>,
    /// Questions sent.
    pub questions: u32,
}

/// Asks, telling every question, answer and disbelief.
///
/// A server that does not know EDNS is asked again without it (RFC 6891 section 7). Nothing is tried again where the system
/// or the server's said that the port is closed or that there is no way to it.
///
/// # Errors
/// The last `query_failed` and how long was waited in all; each was told as it happened.
pub async fn ask(ask: &Ask<'_>, world: &World, recorder: &Recorder) -> Result<Answer, Unanswered> {
    let server = world.door(ask.server);
    let mut asking = Asking {
        ask,
        server,
        recorder,
        began: recorder.now(),
        attempt: 0,
        sent: 0,
        reason: ask.reason,
        edns: true,
        ignored: 0,
        not_believed: None,
    };
    let result = asking.run().await;
    let questions = asking.sent;
    match result {
        Ok(answer) => Ok(Answer { questions, ..answer }),
        Err(failed) => Err(Unanswered {
            failed,
            waited: recorder.now().since(asking.began),
            ignored: asking.ignored,
            not_believed: asking.not_believed,
            questions,
        }),
    }
}

/// The state of one question's tries.
struct Asking<'a> {
    ask: &'a Ask<'a>,
    /// Where the server really is.
    server: SocketAddr,
    recorder: &'a Recorder,
    began: At,
    attempt: u32,
    /// Questions sent.
    sent: u32,
    /// Why the next try is made.
    reason: Reason,
    edns: bool,
    /// Messages that were not believed, in the tries that failed.
    ignored: u32,
    not_believed: Option<(SocketAddr, ReplyIgnored)>,
}

impl Asking<'_> {
    async fn run(&mut self) -> Result<Answer, QueryFailed> {
        if self.ask.tcp {
            return self.over_tcp(self.ask.limit).await;
        }
        let mut left = self.ask.tries.max(1);
        loop {
            let result = udp::once(self, self.remaining() / left).await;
            match result {
                result if self.sent >= self.ask.most => return result,
                Ok(answer) if self.knows_no_edns(&answer) => {
                    self.edns = false;
                    self.reason = Reason::WithoutEdns;
                }
                Ok(answer) if answer.facts.meaning == Meaning::Truncated => {
                    self.reason = Reason::Truncated;
                    return self.over_tcp(self.remaining().max(self.ask.limit / 2)).await;
                }
                Ok(answer) => return Ok(answer),
                Err(failed) if left > 1 && may_pass(failed.reason) => {
                    left -= 1;
                    self.reason = Reason::Retry;
                }
                Err(failed) => return Err(failed),
            }
        }
    }

    async fn over_tcp(&mut self, limit: Duration) -> Result<Answer, QueryFailed> {
        let answer = tcp::once(self, limit).await?;
        if !self.knows_no_edns(&answer) || self.sent >= self.ask.most {
            return Ok(answer);
        }
        self.edns = false;
        self.reason = Reason::WithoutEdns;
        tcp::once(self, limit).await
    }

    /// What is left of the limit for all tries.
    fn remaining(&self) -> Duration {
        self.ask.limit.saturating_sub(self.recorder.now().since(self.began))
    }

    /// RFC 6891 section 7: a server without EDNS answers FORMERR, and without an OPT record. BADVERS rejects our version.
    fn knows_no_edns(&self, answer: &Answer) -> bool {
        let code = answer.message.metadata.response_code;
        let told = match u16::from(code) {
            16 => true,
            _ => code == ResponseCode::FormErr && answer.message.edns.is_none(),
        };
        self.edns && told
    }

    /// The next message to send: a new id each time.
    fn message(&mut self) -> Message {
        self.attempt += 1;
        let mut message = Message::query();
        message.metadata.message_type = MessageType::Query;
        message.metadata.op_code = OpCode::Query;
        message.metadata.recursion_desired = self.ask.recursion_desired;
        message.add_query(Query::query(self.ask.question.name.clone(), self.ask.question.record_type));
        if self.edns {
            let mut edns = Edns::new();
            edns.set_max_payload(PAYLOAD);
            message.set_edns(edns);
        }
        message
    }
}

/// Whether the same question again may fare better.
fn may_pass(failure: QueryFailure) -> bool {
    match failure {
        QueryFailure::Silence | QueryFailure::OnlyUnbelievable => true,
        QueryFailure::PortClosed | QueryFailure::Unreachable | QueryFailure::CutOff | QueryFailure::Other => {
            false
        }
    }
}

/// One try: what was sent where, and what came of it so far.
struct Attempt<'a> {
    ask: &'a Ask<'a>,
    recorder: &'a Recorder,
    message: Message,
    octets: Vec<u8>,
    attempt: u32,
    reason: Reason,
    transport: Transport,
    began: At,
    flow: Option<Flow>,
    ends: Ends,
    sent: At,
    ignored: u32,
    not_believed: Option<(SocketAddr, ReplyIgnored)>,
}

impl<'a> Attempt<'a> {
    fn new(asking: &mut Asking<'a>, transport: Transport) -> Attempt<'a> {
        let message = asking.message();
        // A question that was checked fits; were it not to, an empty message is told as malformed by whoever gets it.
        let octets = message.to_vec().unwrap_or_default();
        let now = asking.recorder.now();
        Attempt {
            ask: asking.ask,
            recorder: asking.recorder,
            message,
            octets,
            attempt: asking.attempt,
            reason: asking.reason,
            transport,
            began: now,
            flow: None,
            ends: Ends::to(asking.server),
            sent: now,
            ignored: 0,
            not_believed: None,
        }
    }

    fn carried(&self) -> Carried {
        let server = self.ask.name.map(str::to_owned);
        Carried { ends: self.ends.clone(), transport: self.transport, server }
    }

    /// Tells the question; `sent` was stamped before the call that sent it.
    fn tell_query(&self) {
        let query = facts::query(&self.message, &self.octets, self.carried(), self.reason, self.attempt);
        self.note().at(self.sent).emit(query);
    }

    /// Looks at a message that came: the answer, or one more that is not believed.
    fn receive(&mut self, octets: &[u8], from: SocketAddr, server: SocketAddr) -> Option<Answer> {
        let found = if from == server {
            belief::fitting(octets, &self.message)
        } else {
            Err(belief::Doubt::new(Ignored::WrongSource, server, from))
        };
        match found {
            Ok(message) => {
                let facts = facts::reply(&message, octets, self.carried());
                self.note().since(self.sent).emit(facts.clone());
                Some(Answer { message, facts, questions: 0 })
            }
            Err(doubt) => {
                self.ignored += 1;
                let ignored = ReplyIgnored {
                    ends: Ends { peer: Some(from.into()), ..self.ends.clone() },
                    transport: self.transport,
                    reason: doubt.reason,
                    expected: doubt.expected,
                    found: doubt.found,
                    len: octets.len() as u64,
                    head: Head(octets.to_vec()),
                };
                self.note().since(self.sent).emit(ignored.clone());
                self.not_believed = Some((from, ignored));
                None
            }
        }
    }

    /// Tells that no answer came.
    fn fail(self, asking: &mut Asking<'_>, why: Why) -> QueryFailed {
        let only_lies = why.reason == QueryFailure::Silence && self.ignored > 0;
        let reason = if only_lies { QueryFailure::OnlyUnbelievable } else { why.reason };
        let failed = QueryFailed {
            ends: self.ends.clone(),
            transport: self.transport,
            question: facts::question(&self.message),
            reason,
            attempt: self.attempt,
            ignored: self.ignored,
            errno: why.errno,
            icmp: why.icmp,
            server: self.ask.name.map(str::to_owned),
        };
        self.note().since(self.began).emit(failed.clone());
        asking.ignored += self.ignored;
        if self.not_believed.is_some() {
            asking.not_believed = self.not_believed;
        }
        failed
    }

    fn note(&self) -> crate::event::recorder::Note<'a> {
        let note = self.recorder.on(self.ask.side, Layer::Dns);
        match self.flow {
            Some(flow) => note.flow(flow),
            None => note,
        }
    }
}

/// Why a try ended without an answer.
struct Why {
    reason: QueryFailure,
    errno: Option<i32>,
    icmp: Option<Icmp>,
}

impl Why {
    fn only(reason: QueryFailure) -> Why {
        Why { reason, errno: None, icmp: None }
    }
}

#[cfg(test)]
mod tests;
