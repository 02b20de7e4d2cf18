//! What an authoritative server answers (RFC 1034 section 4.3.2), as a pure function of its zones and the question.
//!
//! It asks nobody, transfers no zone and takes no update.

use std::collections::HashMap;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::HTTPS;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::dns::Answer;
use super::zone::{Found, Node, Set, Zone};

#[cfg(test)]
mod tests;

/// Aliases followed for one question.
const ALIASES: usize = 16;

/// The zones of one server.
#[derive(Clone, Debug)]
pub struct Authority {
    /// By origin.
    zones: HashMap<Name, Zone>,
}

impl Authority {
    /// Answers for these zones.
    pub fn new(zones: Vec<Zone>) -> Authority {
        Authority { zones: zones.into_iter().map(|zone| (zone.origin().clone(), zone)).collect() }
    }

    /// The answer to a well-formed query (see [`super::dns::Answers::answer`]).
    pub fn answer(&self, query: &Message) -> Answer {
        let Some(question) = query.queries.first() else { return Answer::code(ResponseCode::FormErr) };
        let record_type = question.query_type();
        if let Some(code) = refusal(question.query_class(), record_type) {
            return Answer::code(code);
        }
        if self.zone(question.name(), record_type).is_none() {
            return Answer::code(ResponseCode::Refused);
        }
        let mut draft =
            Draft { authority: self, answer: Answer::code(ResponseCode::NoError), wanted: Vec::new() };
        draft.answer.authoritative = true;
        draft.follow(question.name(), record_type);
        draft.add();
        draft.answer
    }

    /// The nearest zone at or above `name` (step 2). A DS record is its parent's to answer for (RFC 4035 section 3.1.4.1).
    fn zone(&self, name: &Name, record_type: RecordType) -> Option<&Zone> {
        let labels = name.iter().count();
        let at = |count| self.zones.get(&name.trim_to(count));
        let above = || (0..labels).rev().find_map(at);
        match record_type == RecordType::DS {
            true => above().or_else(|| at(labels)),
            false => at(labels).or_else(above),
        }
    }
}

/// An answer being put together.
struct Draft<'a> {
    authority: &'a Authority,
    answer: Answer,
    /// Names whose addresses the asker will want next.
    wanted: Vec<Name>,
}

impl Draft<'_> {
    /// Steps 2 to 5: from alias to alias, as far as zones of this server lead.
    fn follow(&mut self, name: &Name, record_type: RecordType) {
        let mut name = name.clone();
        for followed in 0..=ALIASES {
            let Some(zone) = self.authority.zone(&name, record_type) else { return };
            let node = match zone.find(&name, record_type == RecordType::DS) {
                Found::Node(node) => node,
                Found::Delegation(servers) => {
                    // AA is about the first name: an alias of ours stays ours (RFC 1035 section 4.1.1).
                    self.answer.authoritative = followed > 0;
                    return self.refer(zone, servers);
                }
                Found::Nothing => {
                    self.answer.code = ResponseCode::NXDomain;
                    return self.answer.authorities.push(zone.negative().clone());
                }
            };
            match self.take(node, &name, record_type) {
                Taken::Records => return,
                Taken::Nothing => return self.answer.authorities.push(zone.negative().clone()),
                Taken::Alias(target) => {
                    let looped = self.answer.answers.iter().any(|record| record.name == target);
                    // A loop is an error, and what led into it is shown (RFC 1034 section 3.6.2).
                    if looped || followed == ALIASES {
                        self.answer.code = ResponseCode::ServFail;
                        return;
                    }
                    name = target;
                }
            }
        }
    }

    /// The records of a node that answer, with the name as it was asked for, in its case.
    fn take(&mut self, node: &Node, name: &Name, record_type: RecordType) -> Taken {
        let any = record_type == RecordType::ANY;
        let before = self.answer.answers.len();
        for set in node.sets.iter().filter(|set| any || set.record_type == record_type) {
            self.say(set, name, any);
        }
        if self.answer.answers.len() > before {
            return Taken::Records;
        }
        let alias = node.set(RecordType::CNAME).filter(|_| !any);
        let Some((alias, target)) = alias.and_then(|set| Some((set, target(set.records.first()?)?))) else {
            return Taken::Nothing;
        };
        self.say(alias, name, any);
        Taken::Alias(target)
    }

    /// `any`: all that there is was asked for, and nothing beside it.
    fn say(&mut self, set: &Set, name: &Name, any: bool) {
        for record in &set.records {
            let mut record = record.clone();
            record.name = name.clone();
            self.wanted.extend(wants(&record).filter(|_| !any).cloned());
            self.answer.answers.push(record);
        }
    }

    /// A referral: who knows, and the addresses that the asker could find nowhere else (glue; RFC 9471 section 3).
    fn refer(&mut self, zone: &Zone, servers: &Set) {
        self.answer.authorities.extend(servers.records.iter().cloned());
        let names: Vec<&Name> = servers.records.iter().filter_map(wants).collect();
        let Some(cut) = servers.records.first().map(|record| &record.name) else { return };
        let (inside, outside): (Vec<&Name>, Vec<&Name>) =
            names.into_iter().partition(|name| cut.zone_of(name));
        for name in inside {
            self.addresses(zone.node(name));
        }
        self.answer.needed = self.answer.additionals.len();
        for name in outside {
            // A sibling's glue may come along (RFC 9471 section 3.2), and so may what this server knows itself.
            match zone.origin().zone_of(name) {
                true => self.addresses(zone.node(name)),
                false => self.wanted.push(name.clone()),
            }
        }
    }

    /// Step 6: addresses of the names that stand in the answer, where a zone of this server has them.
    fn add(&mut self) {
        for name in std::mem::take(&mut self.wanted) {
            let Some(zone) = self.authority.zone(&name, RecordType::A) else { continue };
            if let Found::Node(node) = zone.find(&name, false) {
                self.addresses(Some(node).filter(|_| zone.node(&name).is_some()));
            }
        }
    }

    fn addresses(&mut self, node: Option<&Node>) {
        let sets =
            [RecordType::A, RecordType::AAAA].map(|record_type| node.and_then(|node| node.set(record_type)));
        for record in sets.into_iter().flatten().flat_map(|set| &set.records) {
            let answer = &mut self.answer;
            if !answer.answers.contains(record) && !answer.additionals.contains(record) {
                answer.additionals.push(record.clone());
            }
        }
    }
}

/// What is no question about data of a zone, with the code that BIND answers it with.
fn refusal(class: DNSClass, record_type: RecordType) -> Option<ResponseCode> {
    // NONE and ANY are classes of updates (RFC 2136 section 1.3); what nobody has defined cannot be served.
    match class {
        DNSClass::IN => {}
        DNSClass::CH | DNSClass::HS => return Some(ResponseCode::Refused),
        DNSClass::NONE | DNSClass::ANY => return Some(ResponseCode::FormErr),
        DNSClass::OPT(_) | DNSClass::Unknown(_) => return Some(ResponseCode::NotImp),
    }
    match u16::from(record_type) {
        // No zone is given away whole: IXFR, AXFR.
        251 | 252 => Some(ResponseCode::Refused),
        // They belong in other places of a message: OPT, TKEY, TSIG.
        41 | 249 | 250 => Some(ResponseCode::FormErr),
        // Questions that nobody answers any more (RFC 1035 section 3.2.3): MAILB, MAILA.
        253 | 254 => Some(ResponseCode::NotImp),
        _ => None,
    }
}

/// What a node had for a question.
enum Taken {
    Records,
    Alias(Name),
    /// It exists, and has none of this type (NODATA).
    Nothing,
}

fn target(record: &Record) -> Option<Name> {
    if let RData::CNAME(alias) = &record.data { Some(alias.0.clone()) } else { None }
}

/// The host that a record names, whose addresses are wanted next.
fn wants(record: &Record) -> Option<&Name> {
    if let RData::NS(server) = &record.data {
        Some(&server.0)
    } else if let RData::MX(mail) = &record.data {
        Some(&mail.exchange)
    } else if let RData::SRV(service) = &record.data {
        Some(&service.target)
    } else if let RData::HTTPS(HTTPS(service)) | RData::SVCB(service) = &record.data {
        // `.` stands for the record's own name (RFC 9460 section 2.5.2).
        let own = service.target_name.is_root() && service.svc_priority > 0;
        Some(if own { &record.name } else { &service.target_name })
    } else {
        None
    }
}
