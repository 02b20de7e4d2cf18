//! DNS messages as facts: what one says, record by record, and what a reply means for its question.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};

use super::presentation;
use crate::event::dns::{Edns, Meaning, Query, Question, Reason, Record, Reply, Transport};
use crate::event::{Ends, Head};

/// Aliases of one reply that are followed; DNAME records could make a chain without end in sight.
const MOST_ALIASES: usize = 128;

/// How a message travelled, as its teller sees it.
#[derive(Clone, Debug)]
pub struct Carried {
    pub ends: Ends,
    pub transport: Transport,
    /// Who the server is to its teller, as in [`Query::server`].
    pub server: Option<String>,
}

/// The facts of an answer; `octets` is the message as it passed, without TCP's length prefix.
pub fn reply(message: &Message, octets: &[u8], carried: Carried) -> Reply {
    let head = &message.metadata;
    let meaning = match (carried.transport, meaning(message)) {
        (Transport::Tcp, Meaning::Truncated) => cut_off_over_tcp(message),
        (_, meaning) => meaning,
    };
    let records = |section: &[hickory_proto::rr::Record]| section.iter().map(record).collect();
    Reply {
        ends: carried.ends,
        transport: carried.transport,
        id: head.id,
        question: question(message),
        rcode: presentation::rcode(head.response_code),
        aa: head.authoritative,
        tc: head.truncation,
        rd: head.recursion_desired,
        ra: head.recursion_available,
        ad: head.authentic_data,
        cd: head.checking_disabled,
        meaning,
        answers: records(&message.answers),
        authority: records(&message.authorities),
        additional: records(&message.additionals),
        edns: message.edns.as_ref().map(edns),
        negative_ttl: negative_ttl(message, meaning),
        server: carried.server,
        from_cache: None,
        len: octets.len() as u64,
        head: Head(octets.to_vec()),
    }
}

/// The facts of a question; `octets` is the message as it passed, without TCP's length prefix.
pub fn query(message: &Message, octets: &[u8], carried: Carried, reason: Reason, attempt: u32) -> Query {
    Query {
        ends: carried.ends,
        transport: carried.transport,
        id: message.metadata.id,
        question: question(message),
        reason,
        attempt,
        recursion_desired: message.metadata.recursion_desired,
        edns_payload: message.edns.as_ref().map(hickory_proto::op::Edns::max_payload),
        server: carried.server,
        len: octets.len() as u64,
        head: Head(octets.to_vec()),
    }
}

/// The first question of a message, which is the only one there ever is (RFC 9619).
pub fn question(message: &Message) -> Option<Question> {
    message.queries.first().map(|query| Question {
        name: presentation::name(query.name()),
        record_type: presentation::record_type(query.query_type()),
        class: presentation::class(query.query_class()),
    })
}

/// One record in presentation format.
pub fn record(record: &hickory_proto::rr::Record) -> Record {
    Record {
        name: presentation::name(&record.name),
        record_type: presentation::record_type(record.record_type()),
        class: presentation::class(record.dns_class),
        ttl: record.ttl,
        data: presentation::data(&record.data),
    }
}

/// The addresses that the answer section has for the name asked for, its aliases followed.
pub fn addresses(reply: &Message) -> Vec<IpAddr> {
    let Some(question) = reply.queries.first() else { return Vec::new() };
    let name = last_name(reply, question).name;
    let of_name = reply.answers.iter().filter(|record| record.name == name && of_class(record, question));
    of_name.filter_map(|record| record.data.ip_addr()).collect()
}

fn edns(edns: &hickory_proto::op::Edns) -> Edns {
    let options = edns.options().as_ref().iter();
    Edns {
        version: edns.version(),
        payload: edns.max_payload(),
        dnssec_ok: edns.flags().dnssec_ok,
        options: options.map(|(code, option)| (u16::from(*code), option.len())).collect(),
    }
}

/// Seconds that a no may be remembered: the lesser of the TTL of its SOA record and that record's MINIMUM field (RFC 2308
/// section 5).
fn negative_ttl(message: &Message, meaning: Meaning) -> Option<u32> {
    if !matches!(meaning, Meaning::NoData | Meaning::NoSuchName) {
        return None;
    }
    let question = message.queries.first()?;
    message.authorities.iter().filter(|record| of_class(record, question)).find_map(|record| {
        let RData::SOA(soa) = &record.data else { return None };
        Some(record.ttl.min(soa.minimum))
    })
}

/// What `reply` means for the question that stands in it; without a question, for none.
pub fn meaning(reply: &Message) -> Meaning {
    let code = reply.metadata.response_code;
    let incomplete = matches!(code, ResponseCode::NoError | ResponseCode::NXDomain);
    if reply.metadata.truncation && incomplete { Meaning::Truncated } else { whole_meaning(reply) }
}

/// What it means where there is no larger answer to ask for: what came counts, and what did not come says nothing (RFC 2181 section 9).
/// The response code stands in the header, which is whole.
fn cut_off_over_tcp(reply: &Message) -> Meaning {
    match whole_meaning(reply) {
        Meaning::NoData | Meaning::Lame => Meaning::Truncated,
        other @ (Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::NoSuchName
        | Meaning::Truncated
        | Meaning::ServerFailure
        | Meaning::Refused
        | Meaning::OtherError) => other,
    }
}

/// What it means, all sections being there.
fn whole_meaning(reply: &Message) -> Meaning {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of codes, which grows")]
    match reply.metadata.response_code {
        ResponseCode::NoError => no_error(reply),
        ResponseCode::NXDomain => Meaning::NoSuchName,
        ResponseCode::ServFail => Meaning::ServerFailure,
        ResponseCode::Refused => Meaning::Refused,
        _ => Meaning::OtherError,
    }
}

fn no_error(reply: &Message) -> Meaning {
    let Some(question) = reply.queries.first() else { return Meaning::Lame };
    let wanted = question.query_type();
    let Last { name, followed, circle } = last_name(reply, question);
    let fits = |record: &&hickory_proto::rr::Record| {
        (record.record_type() == wanted || wanted == RecordType::ANY)
            && record.name == name
            && of_class(record, question)
    };
    if reply.answers.iter().any(|record| fits(&record)) {
        return Meaning::Answer;
    }
    if circle {
        return Meaning::AliasLoop;
    }
    let (aa, empty) = (reply.metadata.authoritative, reply.answers.is_empty());
    // The zone of a no is the name's own or one above it.
    let of_name = |kind: RecordType| {
        let mut records = reply
            .authorities
            .iter()
            .filter(move |record| record.record_type() == kind && of_class(record, question));
        let name = &name;
        records.any(move |record| {
            record.name.zone_of(name) && (kind == RecordType::SOA || !record.name.is_root())
        })
    };
    let soa = of_name(RecordType::SOA);
    // A server that looks further itself, as it was asked to, has nothing more to say.
    let looked_further = reply.metadata.recursion_desired && reply.metadata.recursion_available;
    let names_servers = reply.authorities.iter().any(|record| record.record_type() == RecordType::NS);
    match () {
        // RFC 2308 section 2.2: an alias may lead to the no.
        () if soa && (empty || followed) => Meaning::NoData,
        () if followed && looked_further && !names_servers => Meaning::NoData,
        () if followed => Meaning::Alias,
        // Records that nobody asked for.
        () if !empty => Meaning::Lame,
        () if aa => Meaning::NoData,
        () if of_name(RecordType::NS) => Meaning::Referral,
        // NODATA without a SOA record (RFC 2308 section 2.2, type 3).
        () if looked_further && !names_servers => Meaning::NoData,
        () => Meaning::Lame,
    }
}

/// Whether a record is of the class that was asked for: those of another are another name space (RFC 1034 section 3.6).
fn of_class(record: &hickory_proto::rr::Record, question: &hickory_proto::op::Query) -> bool {
    question.query_class() == DNSClass::ANY || record.dns_class == question.query_class()
}

/// Where aliases end.
struct Last {
    name: Name,
    /// There were any.
    followed: bool,
    /// The last one leads back to a name before it.
    circle: bool,
}

/// Where the aliases of the answer section lead from the question's name (RFC 1034 section 3.6.2; RFC 6672 section 3.1). Each alias is
/// followed once, so a loop ends.
fn last_name(reply: &Message, question: &hickory_proto::op::Query) -> Last {
    let (start, wanted) = (question.name(), question.query_type());
    let mut name = start.clone();
    if matches!(wanted, RecordType::CNAME | RecordType::ANY) {
        return Last { name, followed: false, circle: false };
    }
    let mut aliases: HashMap<&Name, &Name> = HashMap::new();
    let mut renamed: HashMap<&Name, Name> = HashMap::new();
    for record in reply.answers.iter().filter(|record| of_class(record, question)) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types, which grows")]
        match &record.data {
            RData::CNAME(target) => drop(aliases.entry(&record.name).or_insert(target)),
            RData::Unknown { code: RecordType::DNAME, rdata } if wanted != RecordType::DNAME => {
                renamed.extend(presentation::dname_target(&rdata.anything).map(|to| (&record.name, to)));
            }
            _ => {}
        }
    }
    let mut met = HashSet::new();
    let mut circle = false;
    while met.len() < MOST_ALIASES && !circle {
        met.insert(name.clone());
        let next = aliases.get(&name).map(|target| (*target).clone());
        match next.or_else(|| substituted(&name, &renamed)) {
            Some(target) => name = target,
            None => break,
        }
        circle = met.contains(&name);
    }
    Last { followed: circle || name != *start, name, circle }
}

/// The name with the part that a DNAME record redirects replaced; a name that grows too long is nobody's (YXDOMAIN).
fn substituted(name: &Name, renamed: &HashMap<&Name, Name>) -> Option<Name> {
    if renamed.is_empty() {
        return None;
    }
    let labels = name.iter().count();
    // Not the owner itself: a DNAME redirects what is below it.
    (0..labels).rev().find_map(|kept| {
        let target = renamed.get(&name.trim_to(kept))?;
        let above = name.iter().take(labels - kept);
        Name::from_labels(above).ok()?.append_domain(target).ok()
    })
}

#[cfg(test)]
mod tests;
