//! One question to one name server and its answer: over UDP with retries, over TCP where the answer was cut off.
//!
//! It follows no referral and no alias, and believes nothing that does not fit its question (RFC 5452 section 9.1).

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::Message;

use super::question::Question;
use crate::event::Side;
use crate::event::dns::{QueryFailed, Reason, Reply};
use crate::event::recorder::Recorder;
use crate::net::world::World;

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
    /// Questions it may send in all (retries, and repeats over TCP or without EDNS), at least 1; past it what came so far is the result.
    pub most: u32,
    /// For all tries together; each gets its share.
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

/// Asks, telling every question, answer and disbelief.
///
/// # Errors
/// The last `query_failed` and how long was waited in all; each was told as it happened.
pub async fn ask(_ask: &Ask<'_>, _world: &World, _recorder: &Recorder) -> Result<Answer, Unanswered> {
    unimplemented!()
}

/// No usable answer came.
#[derive(Clone, Debug)]
pub struct Unanswered {
    pub failed: QueryFailed,
    pub waited: Duration,
    /// Questions sent.
    pub questions: u32,
}
