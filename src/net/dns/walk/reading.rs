//! What an answer means to a walk: records, another name, a no, a way on, or nothing to go on with.
//!
//! It believes of a message only what its server had a say over: names within the zone it was asked as a server of.
#![expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types is not ours")]

use std::net::IpAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::zones::Server;
use crate::event::dns::{Meaning, SkipReason};
use crate::net::dns::exchange::Answer;

/// What an answer means to the walk.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// The records asked for, an alias before them or not.
    Records(Chain),
    /// An alias whose end this server has no say over, or does not tell.
    Elsewhere(Chain),
    /// There is none: no such name, or no such record.
    No(Meaning, Chain),
    Referral(Referral),
    Unusable(SkipReason),
}

/// Aliases in the order they lead on, and what stands at their end.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) links: Vec<(Name, Name)>,
    /// The alias records, then those found at their end.
    pub(super) records: Vec<Record>,
    pub(super) end: Name,
    /// Records of the type asked for were there.
    found: bool,
}

/// A zone and its servers.
#[derive(Clone, Debug)]
pub(super) struct Referral {
    pub(super) zone: Name,
    pub(super) servers: Vec<Server>,
    /// Addresses that came along and are not the referring zone's to tell, beside the name they were told for.
    pub(super) not_believed: Vec<(Name, IpAddr)>,
    pub(super) ttl: u32,
}

/// Reads an answer to a question for `name`, from who was asked as a server of `zone`.
pub(super) fn read(answer: &Answer, zone: &Name, name: &Name, record_type: RecordType) -> Said {
    let facts = &answer.facts;
    match facts.meaning {
        Meaning::ServerFailure => Said::Unusable(SkipReason::ServerFailure),
        Meaning::Refused => Said::Unusable(SkipReason::Refused),
        Meaning::OtherError | Meaning::Truncated => Said::Unusable(SkipReason::OtherError),
        Meaning::Referral | Meaning::Lame => way_on(answer, zone, name),
        // An answer for a zone of its own has AA (RFC 1034 section 4.3.2); another server's memory is no authority.
        Meaning::Answer | Meaning::Alias | Meaning::AliasLoop | Meaning::NoData | Meaning::NoSuchName
            if !facts.aa =>
        {
            Said::Unusable(SkipReason::Lame)
        }
        Meaning::Answer | Meaning::Alias | Meaning::AliasLoop | Meaning::NoData | Meaning::NoSuchName => {
            authoritative(answer, zone, name, record_type)
        }
    }
}

fn authoritative(answer: &Answer, zone: &Name, name: &Name, record_type: RecordType) -> Said {
    let message = &answer.message;
    let chain = follow(&message.answers, zone, name, record_type);
    if chain.found {
        return Said::Records(chain);
    }
    let its_own = zone.zone_of(&chain.end) && !chain.repeats();
    // The response code speaks of the last name of a chain (RFC 6604 section 3), which has to be the server's own.
    if its_own && message.metadata.response_code == ResponseCode::NXDomain {
        return Said::No(Meaning::NoSuchName, chain);
    }
    if its_own
        && (answer.facts.negative_ttl.is_some() || chain.links.is_empty() && message.answers.is_empty())
    {
        return Said::No(Meaning::NoData, chain);
    }
    if chain.links.is_empty() { Said::Unusable(SkipReason::Lame) } else { Said::Elsewhere(chain) }
}

/// The aliases from `name` on, as far as they stand in `answers` and are names of `zone`.
fn follow(answers: &[Record], zone: &Name, name: &Name, record_type: RecordType) -> Chain {
    let mut chain = Chain { links: Vec::new(), records: Vec::new(), end: name.clone(), found: false };
    while zone.zone_of(&chain.end) && !chain.repeats() {
        let here = answers.iter().filter(|record| record.name == chain.end && is_internet(record));
        let wanted: Vec<Record> =
            here.clone().filter(|record| takes(record_type, record.record_type())).cloned().collect();
        if !wanted.is_empty() {
            chain.records.extend(wanted);
            chain.found = true;
            break;
        }
        let Some((record, target)) = here.clone().find_map(|record| Some((record, alias(record)?))) else {
            break;
        };
        chain.records.push(record.clone());
        chain.links.push((chain.end.clone(), target.clone()));
        chain.end = target;
    }
    chain
}

fn is_internet(record: &Record) -> bool {
    record.dns_class == DNSClass::IN
}

fn takes(wanted: RecordType, found: RecordType) -> bool {
    wanted == found || wanted == RecordType::ANY
}

fn alias(record: &Record) -> Option<Name> {
    match &record.data {
        RData::CNAME(target) => Some(target.0.clone()),
        _ => None,
    }
}

impl Chain {
    /// Whether its last alias leads back to a name before it.
    fn repeats(&self) -> bool {
        self.links.iter().any(|(from, _)| *from == self.end)
    }
}

/// A referral, if it leads nearer to `name` than `zone` is.
fn way_on(answer: &Answer, zone: &Name, name: &Name) -> Said {
    let message = &answer.message;
    let servers = || message.authorities.iter().filter(|record| record.record_type() == RecordType::NS);
    if servers().next().is_none() || message.metadata.response_code != ResponseCode::NoError {
        return Said::Unusable(SkipReason::Lame);
    }
    let nearer = |child: &Name| zone.zone_of(child) && child != zone && child.zone_of(name);
    let Some(child) = servers().map(|record| &record.name).find(|child| nearer(child)).cloned() else {
        return Said::Unusable(SkipReason::RefersUpwards);
    };
    let mut referral =
        Referral { zone: child.clone(), servers: Vec::new(), not_believed: Vec::new(), ttl: u32::MAX };
    for record in servers().filter(|record| record.name == child && is_internet(record)) {
        let RData::NS(server) = &record.data else { continue };
        referral.ttl = referral.ttl.min(record.ttl);
        if referral.servers.iter().any(|known| known.name.as_ref() == Some(&server.0)) {
            continue;
        }
        let told: Vec<IpAddr> = message
            .additionals
            .iter()
            .filter(|glue| glue.name == server.0 && is_internet(glue))
            .filter_map(address)
            .collect();
        // Glue is the referring zone's to tell for names below it, and for no others.
        let addresses = if zone.zone_of(&server.0) {
            told
        } else {
            referral.not_believed.extend(told.into_iter().map(|address| (server.0.clone(), address)));
            Vec::new()
        };
        referral.servers.push(Server { name: Some(server.0.clone()), addresses });
    }
    Said::Referral(referral)
}

/// The address of an A or AAAA record.
pub(super) fn address(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    }
}
