//! Whether a message can be the answer to a question that was asked (RFC 5452 section 9.1).
//!
//! Its id and its QR bit are looked at before anything in it is decoded.

use std::fmt::Display;

use hickory_proto::op::{Header, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::Record;
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder, DecodeError};

use crate::event::dns::Ignored;
use crate::net::dns::facts;

/// Octets of a header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;

/// Why a message is not believed.
pub(super) struct Doubt {
    pub(super) reason: Ignored,
    pub(super) expected: String,
    pub(super) found: String,
}

impl Doubt {
    pub(super) fn new(reason: Ignored, expected: impl Display, found: impl Display) -> Doubt {
        Doubt { reason, expected: expected.to_string(), found: found.to_string() }
    }

    fn malformed(found: impl Display) -> Doubt {
        Doubt::new(Ignored::Malformed, "a DNS message", found)
    }
}

/// The message, where it fits what was `asked`.
pub(super) fn fitting(octets: &[u8], asked: &Message) -> Result<Message, Doubt> {
    let [high, low, flags, ..] = octets else {
        return Err(Doubt::malformed(format!("{} octets", octets.len())));
    };
    if octets.len() < HEADER {
        return Err(Doubt::malformed(format!("{} octets, where a header has {HEADER}", octets.len())));
    }
    let id = u16::from_be_bytes([*high, *low]);
    if id != asked.metadata.id {
        return Err(Doubt::new(Ignored::WrongId, asked.metadata.id, id));
    }
    if flags & 0x80 == 0 {
        return Err(Doubt::new(Ignored::NotAReply, "QR 1", "QR 0"));
    }
    let message = Message::from_vec(octets).map_err(|error| unreadable(octets, asked, &error))?;
    if message.metadata.op_code != OpCode::Query {
        return Err(Doubt::new(
            Ignored::WrongOpcode,
            opcode(OpCode::Query),
            opcode(message.metadata.op_code),
        ));
    }
    if same_question(asked, &message) {
        return Ok(message);
    }
    Err(Doubt::new(Ignored::WrongQuestion, question(asked), question(&message)))
}

fn opcode(code: OpCode) -> String {
    format!("opcode {} ({code})", u8::from(code))
}

/// What is wrong with a message that cannot be read to its end, and where: no DNS message at all, unless our question can be read in it.
fn unreadable(octets: &[u8], asked: &Message, error: &DecodeError) -> Doubt {
    let mut decoder = BinDecoder::new(octets);
    let Ok(Header { metadata, counts }) = Header::read(&mut decoder) else { return Doubt::malformed(error) };
    let mut read = Message::new(metadata.id, metadata.message_type, metadata.op_code);
    for _ in 0..counts.queries {
        match Query::read(&mut decoder) {
            Ok(query) => drop(read.add_query(query)),
            Err(_) => return Doubt::malformed(error),
        }
    }
    if !same_question(asked, &read) {
        return Doubt::malformed(error);
    }
    let broken = |found: String| Doubt::new(Ignored::Broken, "a message that can be read to its end", found);
    for (section, count) in
        [("answer", counts.answers), ("authority", counts.authorities), ("additional", counts.additionals)]
    {
        for number in 1..=count {
            let at = decoder.index();
            if let Err(error) = Record::read(&mut decoder) {
                return broken(format!(
                    "record {number} of {count} in the {section} section, from byte {at} on: {error}"
                ));
            }
        }
    }
    // Each record can be read, and together they break a rule.
    broken(error.to_string())
}

/// The same one question, letters of either case being the same (RFC 4343); a server that could not read the question has
/// none to repeat.
fn same_question(asked: &Message, message: &Message) -> bool {
    match (asked.queries.as_slice(), message.queries.as_slice()) {
        ([asked], [found]) => {
            asked.name() == found.name()
                && asked.query_type() == found.query_type()
                && asked.query_class() == found.query_class()
        }
        (_, []) => matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp),
        _ => false,
    }
}

fn question(message: &Message) -> String {
    match (facts::question(message), message.queries.len()) {
        (Some(question), 1) => format!("{} {} {}", question.name, question.class, question.record_type),
        (_, count) => format!("{count} questions"),
    }
}
