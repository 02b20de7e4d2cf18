//! The caching resolver of a lab: walks from the lab's root, remembers answers and noes for their TTL.
//!
//! It remembers no delegations: every walk begins at the root, where it can be watched from. It validates nothing, and asks
//! nobody outside of the lab.
#![expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types is not ours")]

mod cache;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, NS, SOA};
use hickory_proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordType};
use tokio::sync::OnceCell;

use super::about;
use super::dns::{Answer, Answering, Answers};
use super::plan::Plan;
use super::tally::Tally;
use crate::event::Side;
use crate::event::dns::Meaning;
use crate::event::lab::{CacheEntry, CacheListed, LabRole};
use crate::event::recorder::{At, Delivery, Recorder};
use crate::net::dns::presentation;
use crate::net::dns::question::Question;
use crate::net::dns::walk::{self, Budget, Findings};
use crate::net::world::World;
use cache::{Cache, End, Known};

/// How far a walk may go: a client that waits five seconds still learns that it failed, and a slow server (1.5 seconds) is
/// waited for.
const BUDGET: Budget = Budget { questions: 64, time: Duration::from_secs(4), server: Duration::from_secs(2) };
/// TTL of what is known without asking: the names of this machine.
const OWN: u32 = 3600;

/// A caching resolver.
pub(super) struct Resolver {
    world: World,
    recorder: Recorder,
    /// Takes what happens on walks that nobody could read any more.
    unread: Recorder,
    began: At,
    /// NS records of the root and the addresses of its servers.
    root: (Vec<Record>, Vec<Record>),
    cache: Mutex<Cache>,
    /// Questions that are being looked up: who asks the same waits for the same answer.
    flying: Mutex<HashMap<(LowerName, RecordType), Arc<Flight>>>,
    tally: Arc<Tally>,
}

/// What came of one walk; nothing where it failed.
type Flight = OnceCell<Option<Arc<Findings>>>;

impl Resolver {
    /// Looks up in `world`, and can say what the servers in `tally` counted.
    pub(super) fn new(plan: &Plan, world: World, tally: Arc<Tally>, recorder: &Recorder) -> Resolver {
        let (unread, _) = Recorder::start(Vec::new(), Delivery::Folding);
        Resolver {
            world,
            recorder: recorder.clone(),
            unread,
            began: recorder.now(),
            root: root(plan),
            cache: Mutex::default(),
            flying: Mutex::default(),
            tally,
        }
    }

    fn now(&self) -> Duration {
        self.recorder.now().since(self.began)
    }

    /// What it remembers at this moment.
    pub(super) fn listed(&self) -> CacheListed {
        let listed = lock(&self.cache).list(self.now());
        let entry = |listed: cache::Listed| CacheEntry {
            name: presentation::name(&listed.name),
            record_type: presentation::record_type(listed.record_type.unwrap_or(RecordType::ANY)),
            meaning: listed.meaning,
            ttl: listed.ttl,
            data: listed.records.iter().map(|record| presentation::data(&record.data)).collect(),
        };
        CacheListed { entries: listed.into_iter().map(entry).collect() }
    }

    async fn reply(&self, query: Message) -> Answer {
        let Some(question) = query.queries.first() else { return Answer::code(ResponseCode::FormErr) };
        let (name, record_type) = (question.name(), question.query_type());
        let mut answer = match question.query_class() {
            DNSClass::IN => self.internet(name, record_type, query.metadata.recursion_desired).await,
            DNSClass::CH if record_type == RecordType::TXT => self.about(name),
            DNSClass::CH
            | DNSClass::HS
            | DNSClass::NONE
            | DNSClass::ANY
            | DNSClass::OPT(_)
            | DNSClass::Unknown(_) => Answer::code(ResponseCode::Refused),
        };
        answer.recursion_available = true;
        // The name as the asker spelled it (RFC 4343 section 4.1): what is remembered may have been asked for in other case.
        for record in answer.answers.iter_mut().filter(|record| record.name == *name) {
            record.name = name.clone();
        }
        answer
    }

    /// What servers counted and what the cache holds, in class CH as servers tell of themselves (RFC 4892 section 3).
    fn about(&self, name: &Name) -> Answer {
        // A look at the counts is not to change them.
        let counts = || {
            self.tally.looked();
            self.tally.counted()
        };
        let cache = || {
            self.tally.looked();
            self.listed()
        };
        match about::answer(name, counts, cache) {
            Some(answers) => Answer { answers, authoritative: true, ..Answer::code(ResponseCode::NoError) },
            None => Answer::code(ResponseCode::Refused),
        }
    }

    async fn internet(&self, name: &Name, record_type: RecordType, recursion: bool) -> Answer {
        if is_of_a_message(record_type) {
            return Answer::code(ResponseCode::Refused);
        }
        if let Some(answer) = own(name, record_type) {
            return answer;
        }
        let Known { aliases, end } = lock(&self.cache).known(name, record_type, self.now());
        let from_cache = Some(true);
        match end {
            End::Records(records) => {
                let answers = aliases.into_iter().chain(records).collect();
                Answer { answers, from_cache, ..Answer::code(ResponseCode::NoError) }
            }
            End::No(meaning, soa) => {
                let authorities = soa.into_iter().collect();
                Answer { answers: aliases, authorities, from_cache, ..Answer::code(code(meaning)) }
            }
            End::Failure | End::Loop => Answer { from_cache, ..Answer::code(ResponseCode::ServFail) },
            End::Missing(_) if !recursion => self.unknown(aliases),
            End::Missing(next) => self.walked(aliases, next, record_type).await,
        }
    }

    /// Nobody wants it to ask others: what it has, and who could be asked instead (RFC 1034 section 4.3.2, step 4).
    fn unknown(&self, aliases: Vec<Record>) -> Answer {
        let (authorities, additionals) = self.root.clone();
        let needed = additionals.len();
        Answer {
            answers: aliases,
            authorities,
            additionals,
            needed,
            from_cache: Some(false),
            ..Answer::code(ResponseCode::NoError)
        }
    }

    async fn walked(&self, aliases: Vec<Record>, name: Name, record_type: RecordType) -> Answer {
        let from_cache = Some(false);
        let Some(found) = self.find(name, record_type).await else {
            return Answer { from_cache, ..Answer::code(ResponseCode::ServFail) };
        };
        Answer {
            answers: aliases.iter().chain(&found.records).cloned().collect(),
            authorities: found.soa.iter().cloned().collect(),
            from_cache,
            ..Answer::code(code(found.walked.meaning))
        }
    }

    /// Walks, or waits for the walk to the same end that is under way.
    async fn find(&self, name: Name, record_type: RecordType) -> Option<Arc<Findings>> {
        let key = (LowerName::new(&name), record_type);
        let flight = Arc::clone(lock(&self.flying).entry(key.clone()).or_default());
        let landed = flight.get_or_init(|| async {
            let found = self.walk(&name, record_type).await;
            lock(&self.flying).remove(&key);
            found
        });
        landed.await.clone()
    }

    async fn walk(&self, name: &Name, record_type: RecordType) -> Option<Arc<Findings>> {
        let question = Question { name: name.clone(), record_type, encoded: None };
        let told = if self.recorder.admit() { &self.recorder } else { &self.unread };
        let walked = walk::find(&question, &BUDGET, false, Side::Resolver, &self.world, told).await;
        let mut cache = lock(&self.cache);
        let now = self.now();
        let Ok(found) = walked else {
            cache.learn_failure(name, record_type, now);
            return None;
        };
        cache.learn(&found.records, now);
        if matches!(found.walked.meaning, Meaning::NoSuchName | Meaning::NoData) {
            let end = found.records.iter().rev().find_map(cache::alias).unwrap_or_else(|| name.clone());
            cache.learn_no(&end, record_type, found.walked.meaning, found.soa.as_ref(), now);
        }
        Some(Arc::new(found))
    }
}

impl Answers for Resolver {
    fn answer(&self, query: Message) -> Answering<'_> {
        Box::pin(self.reply(query))
    }
}

/// The response code of a definite answer (RFC 2308 section 2).
fn code(meaning: Meaning) -> ResponseCode {
    if meaning == Meaning::NoSuchName { ResponseCode::NXDomain } else { ResponseCode::NoError }
}

/// Types that are no data of a name: whole zones, and parts of messages.
fn is_of_a_message(record_type: RecordType) -> bool {
    matches!(record_type, RecordType::AXFR | RecordType::IXFR | RecordType::OPT | RecordType::TSIG)
}

/// Names under `localhost` are this machine, and no name server is asked for them (RFC 6761 section 6.3).
fn own(name: &Name, record_type: RecordType) -> Option<Answer> {
    let localhost = Name::from_ascii("localhost.").ok()?;
    if !localhost.zone_of(name) {
        return None;
    }
    let address = |data| vec![Record::from_rdata(name.clone(), OWN, data)];
    let answers = match record_type {
        RecordType::A => address(RData::A(A(Ipv4Addr::LOCALHOST))),
        RecordType::AAAA => address(RData::AAAA(AAAA(Ipv6Addr::LOCALHOST))),
        _ => Vec::new(),
    };
    let authorities = if answers.is_empty() {
        let nobody = Name::from_ascii("nobody.invalid.").ok()?;
        let soa = SOA::new(localhost.clone(), nobody, 1, 3600, 1200, 604_800, OWN);
        vec![Record::from_rdata(localhost, OWN, RData::SOA(soa))]
    } else {
        Vec::new()
    };
    let from_cache = Some(false);
    Some(Answer { answers, authorities, from_cache, ..Answer::code(ResponseCode::NoError) })
}

/// The root's name servers and their addresses, as a resolver knows them from the start (RFC 9609).
fn root(plan: &Plan) -> (Vec<Record>, Vec<Record>) {
    let mut servers = Vec::new();
    let mut addresses = Vec::new();
    for server in plan.servers.iter().filter(|server| server.role == LabRole::Root) {
        let Ok(name) = Name::from_ascii(&server.name) else { continue };
        servers.push(Record::from_rdata(Name::root(), OWN, RData::NS(NS(name.clone()))));
        addresses.push(Record::from_rdata(
            name,
            OWN,
            match server.address {
                IpAddr::V4(v4) => RData::A(A(v4)),
                IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
            },
        ));
    }
    (servers, addresses)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere does not make what is remembered wrong.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
