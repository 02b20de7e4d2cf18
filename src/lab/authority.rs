//! What an authoritative server answers (RFC 1034 section 4.3.2), as a pure function of its zones and the question.

use hickory_proto::op::{Message, ResponseCode};

use super::dns::Answer;
use super::zone::Zone;

/// The zones of one server.
#[derive(Clone, Debug)]
pub struct Authority {
    zones: Vec<Zone>,
}

impl Authority {
    /// Answers for these zones.
    pub fn new(zones: Vec<Zone>) -> Authority {
        Authority { zones }
    }

    /// The answer to a well-formed query (see [`super::dns::Answers::answer`]).
    pub fn answer(&self, _query: &Message) -> Answer {
        Answer::code(if self.zones.is_empty() { ResponseCode::Refused } else { ResponseCode::ServFail })
    }
}
