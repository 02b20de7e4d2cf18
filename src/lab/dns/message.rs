//! Octets to a question, and an answer to octets: header, size, truncation and EDNS of every reply.
//!
//! It knows no zones.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Record;
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder, BinEncodable as _, BinEncoder};

use super::Answer;
use crate::event::dns::Transport;

/// Octets of a header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// Octets of an OPT record without options (RFC 6891 section 6.1.2).
const OPT: usize = 11;
/// Largest UDP message without EDNS (RFC 1035 section 4.2.1).
const PLAIN: usize = 512;
/// Largest UDP message with EDNS that is sent or taken: it fits every path without fragments.
pub(super) const PAYLOAD: u16 = 1232;

const QR: u8 = 0x80;
const AA: u8 = 0x04;
const TC: u8 = 0x02;
const RD: u8 = 0x01;
const RA: u8 = 0x80;
const CD: u8 = 0x10;
const OPCODE: u8 = 0x78;
/// OpCode NOTIFY and UPDATE carry other things than a question.
const QUERY: u8 = 0;

/// What octets are.
pub enum Read {
    /// Too short to have an id, or itself a reply: an answer could begin a conversation between two servers.
    Ignored,
    /// Not a question that can be answered; what is said to it.
    Refused(Vec<u8>),
    Query(Box<Message>),
}

/// Reads a question.
pub fn read(octets: &[u8]) -> Read {
    if octets.len() < HEADER || octets[2] & QR != 0 {
        return Read::Ignored;
    }
    if octets[2] & OPCODE != QUERY {
        return Read::Refused(bare(octets, ResponseCode::NotImp));
    }
    let mut decoder = BinDecoder::new(octets);
    let Ok(query) = Message::read(&mut decoder) else {
        return Read::Refused(bare(octets, ResponseCode::FormErr));
    };
    if query.queries.len() != 1 {
        return Read::Refused(bare(octets, ResponseCode::FormErr));
    }
    if query.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return Read::Refused(reply(&query, &Answer::code(ResponseCode::BADVERS), Transport::Udp));
    }
    Read::Query(Box::new(query))
}

/// A header and nothing else: where the rest of the message was not understood, none of it is repeated.
fn bare(octets: &[u8], code: ResponseCode) -> Vec<u8> {
    let kept = octets[2] & (OPCODE | RD);
    let mut reply = vec![octets[0], octets[1], QR | kept, octets[3] & CD | code.low()];
    reply.resize(HEADER, 0);
    reply
}

/// The reply that says `answer` to `query`, within the size that the asker takes.
pub(super) fn reply(query: &Message, answer: &Answer, transport: Transport) -> Vec<u8> {
    let limit = match (transport, &query.edns) {
        (Transport::Tcp, _) => usize::from(u16::MAX),
        // Less than 512 counts as 512 (RFC 6891 section 6.2.5).
        (Transport::Udp, Some(edns)) => usize::from(edns.max_payload().min(PAYLOAD)).max(PLAIN),
        (Transport::Udp, None) => PLAIN,
    };
    let limit = if query.edns.is_some() { limit - OPT } else { limit };
    let mut octets = Vec::with_capacity(PLAIN);
    let mut body = Body { encoder: BinEncoder::new(&mut octets), limit, full: false };
    let written = body.write(query, answer);
    let truncated = body.full;
    // What cannot be encoded is no fault of the asker's.
    let Some([questions, answers, authorities, additionals]) = written else {
        return bare(&header(query, answer, false), ResponseCode::ServFail);
    };
    let mut additionals = additionals;
    if let Some(edns) = &query.edns {
        let dnssec_ok = if edns.flags().dnssec_ok { QR } else { 0 };
        let [high, low] = PAYLOAD.to_be_bytes();
        octets.extend_from_slice(&[0, 0, 41, high, low, answer.code.high(), 0, dnssec_ok, 0, 0, 0]);
        additionals += 1;
    }
    octets[..4].copy_from_slice(&header(query, answer, truncated));
    for (index, count) in [questions, answers, authorities, additionals].into_iter().enumerate() {
        octets[4 + 2 * index..6 + 2 * index].copy_from_slice(&count.to_be_bytes());
    }
    octets
}

/// Id and flags.
fn header(query: &Message, answer: &Answer, truncated: bool) -> [u8; 4] {
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let [high, low] = query.id.to_be_bytes();
    let first = QR | flag(answer.authoritative, AA) | flag(truncated, TC) | flag(query.recursion_desired, RD);
    let second = flag(answer.recursion_available, RA) | flag(query.checking_disabled, CD);
    [high, low, first, second | answer.code.low()]
}

/// A message being written, up to its limit.
struct Body<'b> {
    encoder: BinEncoder<'b>,
    limit: usize,
    /// Something that the asker needs did not fit.
    full: bool,
}

impl Body<'_> {
    /// Room for the header, then the sections; how many records each has. `None`: it cannot be encoded.
    fn write(&mut self, query: &Message, answer: &Answer) -> Option<[u16; 4]> {
        self.encoder.emit_vec(&[0; HEADER]).ok()?;
        for question in &query.queries {
            question.emit(&mut self.encoder).ok()?;
        }
        let questions = u16::try_from(query.queries.len()).ok()?;
        let answers = self.section(&answer.answers, true)?;
        let authorities = self.section(&answer.authorities, true)?;
        let (needed, welcome) = answer.additionals.split_at(answer.needed.min(answer.additionals.len()));
        let additionals = self.section(needed, true)? + self.section(welcome, false)?;
        Some([questions, answers, authorities, additionals])
    }

    /// Whole sets of records as long as they fit (RFC 2181 section 9); a set that is needed and does not fit sets TC and ends the
    /// message.
    fn section(&mut self, records: &[Record], needed: bool) -> Option<u16> {
        let mut count = 0;
        let same =
            |one: &Record, other: &Record| one.record_type() == other.record_type() && one.name == other.name;
        for set in records.chunk_by(same) {
            if self.full {
                break;
            }
            let before = self.encoder.offset();
            let fits = set
                .iter()
                .all(|record| record.emit(&mut self.encoder).is_ok() && self.encoder.offset() <= self.limit);
            if fits {
                count += u16::try_from(set.len()).ok()?;
            } else {
                self.encoder.set_offset(before);
                self.encoder.trim();
                self.full |= needed;
            }
        }
        Some(count)
    }
}
