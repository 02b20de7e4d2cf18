//! The servers of one zone, asked one after the other until one gives something to go on with.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use hickory_proto::rr::{Name, RecordType};

use super::end::Stop;
use super::{Journey, Step, told};
use crate::event::Layer;
use crate::event::dns::{Meaning, QueryFailure, Reason, ServerSkipped, SkipReason, WalkedServer};
use crate::net::dns::exchange::{Answer, Ask, Unanswered, ask};
use crate::net::dns::question::Question;
use crate::net::dns::walk::reading::{self, Said};
use crate::net::dns::walk::zones::Server;

/// Tries at one server: a lost packet is no dead server.
const TRIES: u32 = 2;
/// Name servers' addresses looked up on the way to another's address.
pub(super) const DEPTH: usize = 8;

/// A server that may be asked: at an address, or one whose address has to be found.
#[derive(Clone, Debug)]
struct Candidate {
    name: Option<Name>,
    address: Option<IpAddr>,
}

impl Journey<'_> {
    /// Asks the zone's servers until one can be used; `reason` is that of the first question.
    pub(super) async fn ask_zone(
        &mut self,
        zone: &Name,
        servers: Vec<Server>,
        question: &Question,
        mut reason: Reason,
    ) -> Result<Step, Stop> {
        let mut line = queue(servers);
        while let Some(candidate) = line.pop_front() {
            let Some(ip) = candidate.address else {
                self.look_up(zone, candidate, &mut line, &mut reason).await?;
                continue;
            };
            let address = self.address(ip);
            let skip = match self.known_useless(zone, address) {
                Some(known) => known,
                None => match self.ask_one(zone, address, question, reason).await? {
                    Ok(answer) => {
                        let said = reading::read(&answer, zone, &question.name, question.record_type);
                        if let Said::Unusable(reason) = said {
                            reason
                        } else {
                            let server = walked_server(zone, &candidate, address, question, &answer, &said);
                            let mut authorities = answer.message.authorities.into_iter();
                            let soa = authorities.find(|record| {
                                record.record_type() == RecordType::SOA && zone.zone_of(&record.name)
                            });
                            let negative_ttl = answer.facts.negative_ttl;
                            return Ok(Step { server, said, negative_ttl, soa });
                        }
                    }
                    Err(skip) => skip,
                },
            };
            reason = Reason::NextServer;
            self.skip(zone, candidate.name.as_ref(), Some(address), skip, &line);
        }
        Err(Stop::Lost { zone: zone.clone() })
    }

    /// One server, as far as the budget reaches. The inner error says why it could not be used.
    async fn ask_one(
        &mut self,
        zone: &Name,
        address: SocketAddr,
        question: &Question,
        reason: Reason,
    ) -> Result<Result<Answer, SkipReason>, Stop> {
        let most = self.budget.questions.saturating_sub(self.spent);
        let left = self.left();
        if most == 0 {
            return Err(Stop::Questions);
        }
        if left.is_zero() {
            return Err(Stop::Time);
        }
        let zone = told(zone);
        let asking = Ask {
            question,
            server: address,
            name: Some(&zone),
            reason,
            recursion_desired: false,
            tcp: self.tcp,
            tries: TRIES,
            most,
            limit: self.budget.server.min(left),
            side: self.side,
        };
        let Ok(result) = tokio::time::timeout(left, ask(&asking, self.world, self.recorder)).await else {
            return Err(Stop::Time);
        };
        match result {
            Ok(answer) => {
                self.spent += answer.questions;
                // Cut off, and no question left to ask for the rest.
                if answer.facts.meaning == Meaning::Truncated && answer.questions >= most {
                    return Err(Stop::Questions);
                }
                Ok(Ok(answer))
            }
            Err(unanswered) => {
                self.spent += unanswered.questions;
                if self.left().is_zero() {
                    return Err(Stop::Time);
                }
                Ok(Err(self.bury(address, &unanswered)))
            }
        }
    }

    /// Remembers who does not answer.
    fn bury(&mut self, address: SocketAddr, unanswered: &Unanswered) -> SkipReason {
        let reason = match unanswered.failed.reason {
            QueryFailure::Silence => SkipReason::Silent,
            QueryFailure::OnlyUnbelievable => SkipReason::Unbelievable,
            QueryFailure::PortClosed => SkipReason::PortClosed,
            QueryFailure::Unreachable => SkipReason::Unreachable,
            QueryFailure::CutOff | QueryFailure::Other => SkipReason::OtherError,
        };
        self.dead.insert(address, reason);
        reason
    }

    /// Why it is known that this server cannot be used for the zone, if it is. A failure or an error may have been about one
    /// name; the rest is about the server.
    fn known_useless(&self, zone: &Name, address: SocketAddr) -> Option<SkipReason> {
        if let Some(reason) = self.dead.get(&address) {
            return Some(*reason);
        }
        let zone = told(zone);
        let before = self.skipped.iter().find(|skipped| {
            let lasting =
                matches!(skipped.reason, SkipReason::Lame | SkipReason::RefersUpwards | SkipReason::Refused);
            lasting && skipped.address == Some(address) && skipped.zone.eq_ignore_ascii_case(&zone)
        });
        before.map(|skipped| skipped.reason)
    }

    /// Passes over a server, and says so unless it is said already for this zone.
    fn skip(
        &mut self,
        zone: &Name,
        server: Option<&Name>,
        address: Option<SocketAddr>,
        reason: SkipReason,
        line: &VecDeque<Candidate>,
    ) {
        let another = line.iter().any(|candidate| self.may_be_asked(zone, candidate));
        let skipped = ServerSkipped { server: server.map(told), address, zone: told(zone), reason, another };
        let same = |known: &&ServerSkipped| {
            known.server == skipped.server
                && known.address == skipped.address
                && known.zone.eq_ignore_ascii_case(&skipped.zone)
                && known.reason == skipped.reason
        };
        if self.skipped.iter().find(same).is_some() {
            return;
        }
        self.recorder.on(self.side, Layer::Dns).emit(skipped.clone());
        self.skipped.push(skipped);
    }

    fn may_be_asked(&self, zone: &Name, candidate: &Candidate) -> bool {
        match (candidate.address, &candidate.name) {
            (Some(ip), _) => self.known_useless(zone, self.address(ip)).is_none(),
            (None, Some(name)) => self.no_way_to(zone, name).is_none(),
            (None, None) => false,
        }
    }

    /// Why looking for the address of a zone's server would lead nowhere.
    fn no_way_to(&self, zone: &Name, server: &Name) -> Option<SkipReason> {
        if let Some(reason) = self.nowhere.get(server) {
            return Some(*reason);
        }
        // Its address stands in the zone that only it can be asked for, or is being looked for already.
        let itself = zone.zone_of(server) || self.looking.contains(server);
        itself.then_some(SkipReason::GlueMissing)
    }

    /// Finds the addresses of a server that is known by name, and puts them at the head of the line.
    async fn look_up(
        &mut self,
        zone: &Name,
        candidate: Candidate,
        line: &mut VecDeque<Candidate>,
        reason: &mut Reason,
    ) -> Result<(), Stop> {
        let Some(server) = candidate.name else { return Ok(()) };
        let found = match self.no_way_to(zone, &server) {
            Some(skip) => Err(skip),
            None => self.addresses(&server).await?,
        };
        match found {
            Ok(addresses) => {
                self.zones.found(zone, &server, &addresses);
                for ip in addresses.into_iter().rev() {
                    line.push_front(Candidate { name: Some(server.clone()), address: Some(ip) });
                }
            }
            Err(skip) => {
                *reason = Reason::NextServer;
                self.skip(zone, Some(&server), None, skip, line);
            }
        }
        Ok(())
    }

    /// The addresses of a name server: its A records, or its AAAA records where it has none. The inner error says why none.
    async fn addresses(&mut self, server: &Name) -> Result<Result<Vec<IpAddr>, SkipReason>, Stop> {
        if self.looking.len() >= DEPTH {
            return Err(Stop::Depth);
        }
        self.looking.push(server.clone());
        let mut result = Ok(Err(SkipReason::NoAddress));
        for record_type in [RecordType::A, RecordType::AAAA] {
            match self.way(server.clone(), record_type, Reason::NameServerAddress).await {
                Ok(found) => {
                    let addresses: Vec<IpAddr> = found.records.iter().filter_map(reading::address).collect();
                    if !addresses.is_empty() {
                        result = Ok(Ok(addresses));
                        break;
                    }
                    if found.meaning == Meaning::NoSuchName {
                        break;
                    }
                }
                Err(Stop::Lost { zone }) => {
                    result = Ok(Err(self.why_lost(&zone)));
                    break;
                }
                Err(Stop::Aliases { .. }) => break,
                Err(stop @ (Stop::Questions | Stop::Time | Stop::Depth)) => {
                    result = Err(stop);
                    break;
                }
            }
        }
        self.looking.pop();
        if let Ok(Err(reason)) = &result {
            self.nowhere.insert(server.clone(), *reason);
        }
        result
    }

    /// A zone whose servers lead back to themselves makes the same of a server within it.
    fn why_lost(&self, zone: &Name) -> SkipReason {
        let zone = told(zone);
        let mut here = self.skipped.iter().filter(|skipped| skipped.zone.eq_ignore_ascii_case(&zone));
        let circular = here.all(|skipped| skipped.reason == SkipReason::GlueMissing);
        if circular { SkipReason::GlueMissing } else { SkipReason::NoAddress }
    }
}

/// Addresses first, in the order of the referral; then the servers whose addresses have to be found.
fn queue(servers: Vec<Server>) -> VecDeque<Candidate> {
    let (known, unknown): (Vec<Server>, Vec<Server>) =
        servers.into_iter().partition(|server| !server.addresses.is_empty());
    let at = known.into_iter().flat_map(|server| {
        let name = server.name;
        server.addresses.into_iter().map(move |ip| Candidate { name: name.clone(), address: Some(ip) })
    });
    let by_name = unknown.into_iter().map(|server| Candidate { name: server.name, address: None });
    at.chain(by_name).collect()
}

fn walked_server(
    zone: &Name,
    candidate: &Candidate,
    address: SocketAddr,
    question: &Question,
    answer: &Answer,
    said: &Said,
) -> WalkedServer {
    let meaning = match said {
        Said::Records(_) => Meaning::Answer,
        Said::Elsewhere(_) => Meaning::Alias,
        Said::No(meaning, _) => *meaning,
        Said::Referral(_) => Meaning::Referral,
        Said::Unusable(_) => answer.facts.meaning,
    };
    WalkedServer {
        zone: told(zone),
        address,
        server: candidate.name.as_ref().map(told),
        asked: question.facts(),
        meaning,
    }
}
