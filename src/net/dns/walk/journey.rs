//! One walk: whom to ask next, who is passed over, and where it ends.
//!
//! A server that could not be used is not asked again on the same walk, and every question counts, a detour's as well.

mod end;
mod servers;

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use hickory_proto::rr::{Name, Record, RecordType};

use super::reading::{Chain, Referral, Said};
use super::zones::{Zones, port};
use super::{Budget, Findings};
use crate::event::dns::{
    Alias, AliasFollowed, Delegated, Meaning, Reason, ReferralReceived, ServerSkipped, SkipReason, Walked,
    WalkedServer,
};
use crate::event::recorder::{At, Recorder};
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::dns::question::Question;
use crate::net::dns::{facts, presentation};
use crate::net::world::World;
use end::Stop;

/// Aliases followed before the chain is given up: none in use is near as long.
const ALIASES: usize = 16;

/// One walk and everything it learns.
pub(super) struct Journey<'w> {
    budget: &'w Budget,
    tcp: bool,
    side: Side,
    world: &'w World,
    recorder: &'w Recorder,
    zones: &'w mut Zones,
    began: At,
    /// Questions sent.
    spent: u32,
    /// Servers that do not answer, whichever zone they are asked for.
    dead: HashMap<SocketAddr, SkipReason>,
    /// Everybody passed over so far, once for each zone.
    skipped: Vec<ServerSkipped>,
    /// Names of servers whose addresses are being looked up at this moment, outermost first.
    looking: Vec<Name>,
    /// Names of servers that have no address to be found.
    nowhere: HashMap<Name, SkipReason>,
}

/// Where a way ended.
struct Found {
    meaning: Meaning,
    records: Vec<Record>,
    negative_ttl: Option<u32>,
    soa: Option<Record>,
    path: Vec<WalkedServer>,
    aliases: Vec<Alias>,
}

/// What the zone's server said that could be used, and who that was.
struct Step {
    server: WalkedServer,
    said: Said,
    negative_ttl: Option<u32>,
    /// Of the zone that says no.
    soa: Option<Record>,
}

/// A way from the root in a box of its own: a name server's address takes a way within a way.
type Way<'j, T> = Pin<Box<dyn Future<Output = Result<T, Stop>> + Send + 'j>>;

impl<'w> Journey<'w> {
    pub(super) fn new(
        budget: &'w Budget,
        tcp: bool,
        side: Side,
        world: &'w World,
        recorder: &'w Recorder,
        zones: &'w mut Zones,
    ) -> Self {
        Journey {
            budget,
            tcp,
            side,
            world,
            recorder,
            zones,
            began: recorder.now(),
            spent: 0,
            dead: HashMap::new(),
            skipped: Vec::new(),
            looking: Vec::new(),
            nowhere: HashMap::new(),
        }
    }

    /// Walks, and tells how it ended.
    pub(super) async fn to(mut self, question: &Question) -> Result<Findings, NetError> {
        let found = match self.way(question.name.clone(), question.record_type, Reason::Root).await {
            Ok(found) => found,
            Err(stop) => return Err(self.failed(question, stop)),
        };
        let ttl = found.records.iter().map(|record| record.ttl).chain(found.negative_ttl).min();
        let walked = Walked {
            question: question.facts(),
            path: found.path,
            aliases: found.aliases,
            answers: found.records.iter().map(facts::record).collect(),
            meaning: found.meaning,
            ttl,
            questions: self.spent,
        };
        self.recorder.on(self.side, Layer::Dns).since(self.began).emit(walked.clone());
        Ok(Findings { walked, records: found.records, soa: found.soa })
    }

    /// The way to `name`, aliases followed. `reason` is that of its first question.
    fn way(&mut self, name: Name, record_type: RecordType, mut reason: Reason) -> Way<'_, Found> {
        Box::pin(async move {
            let mut found = Found {
                meaning: Meaning::Answer,
                records: Vec::new(),
                negative_ttl: None,
                soa: None,
                path: Vec::new(),
                aliases: Vec::new(),
            };
            let mut target = name;
            let (mut zone, mut servers) = self.nearest(&target);
            if reason == Reason::Root && !zone.is_root() {
                // A referral of an earlier walk names the server.
                reason = Reason::Referral;
            }
            loop {
                let question = Question { name: target.clone(), record_type, encoded: None };
                let step = self.ask_zone(&zone, servers, &question, reason).await?;
                found.path.push(step.server.clone());
                match step.said {
                    Said::Referral(referral) => {
                        servers = referral.servers.clone();
                        zone = self.refer(&step.server, &target, referral);
                        reason = Reason::Referral;
                        continue;
                    }
                    Said::Elsewhere(chain) => {
                        target = chain.end.clone();
                        self.alias(&mut found, chain, &zone)?;
                        (zone, servers) = self.nearest(&target);
                        reason = Reason::Alias;
                        continue;
                    }
                    Said::Records(chain) => self.alias(&mut found, chain, &zone)?,
                    Said::No(meaning, chain) => {
                        self.alias(&mut found, chain, &zone)?;
                        found.meaning = meaning;
                        found.negative_ttl = step.negative_ttl;
                        found.soa = step.soa;
                    }
                    // `ask_zone` has passed over whoever said so.
                    Said::Unusable(_) => return Err(Stop::Lost { zone }),
                }
                return Ok(found);
            }
        })
    }

    fn nearest(&self, name: &Name) -> (Name, Vec<super::zones::Server>) {
        self.zones.nearest(name, self.world, self.recorder.now())
    }

    /// Takes a referral: tells it, and remembers who answers for the zone.
    fn refer(&mut self, from: &WalkedServer, name: &Name, referral: Referral) -> Name {
        let servers = referral.servers.iter().filter_map(|server| {
            let name = server.name.as_ref()?;
            let refused = referral.not_believed.iter().filter(|(owner, _)| owner == name);
            Some(Delegated {
                name: told(name),
                glue: server.addresses.clone(),
                not_believed: refused.map(|(_, address)| *address).collect(),
            })
        });
        self.recorder.on(self.side, Layer::Dns).emit(ReferralReceived {
            from: from.address,
            from_zone: from.zone.clone(),
            zone: told(&referral.zone),
            servers: servers.collect(),
            name: told(name),
        });
        self.zones.learn(referral.zone.clone(), referral.servers, referral.ttl, self.recorder.now());
        referral.zone
    }

    /// Takes the aliases of an answer and the records at their end, telling each; stops at the first that leads back.
    fn alias(&self, found: &mut Found, chain: Chain, zone: &Name) -> Result<(), Stop> {
        for (name, target) in chain.links {
            let (from, to) = (told(&name), told(&target));
            let back = |alias: &Alias| alias.name.eq_ignore_ascii_case(&to);
            let again = name == target || found.aliases.iter().any(back);
            found.aliases.push(Alias { name: from.clone(), target: to.clone() });
            if again || found.aliases.len() > ALIASES {
                return Err(Stop::Aliases { chain: std::mem::take(&mut found.aliases), again });
            }
            let other_zone = !zone.zone_of(&target);
            self.recorder.on(self.side, Layer::Dns).emit(AliasFollowed {
                name: from,
                target: to,
                other_zone,
            });
        }
        found.records.extend(chain.records);
        Ok(())
    }

    fn left(&self) -> Duration {
        let gone = self.recorder.now().since(self.began);
        self.budget.time.saturating_sub(gone)
    }

    fn address(&self, ip: std::net::IpAddr) -> SocketAddr {
        SocketAddr::new(ip, port(self.world))
    }
}

/// A name as events tell it.
fn told(name: &Name) -> String {
    presentation::name(name)
}
