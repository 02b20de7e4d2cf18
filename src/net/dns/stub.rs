//! Asks name servers in turn until one gives a definite answer, type by type, and says what speaks for the outcome.
//!
//! It follows no referral: the servers are trusted to look further, or to be the ones that know.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::exchange::{self, Ask, Unanswered};
use super::facts;
use super::question::Question;
use crate::event::Side;
use crate::event::dns::{Meaning, QueryFailure, Reason, Record, Reply};
use crate::event::failure::{Evidence, FailureKind};
use crate::event::recorder::Recorder;
use crate::net::world::World;

/// Tries over UDP for each server.
const TRIES: u32 = 2;

/// Whom to ask, and how.
pub(super) struct Stub<'a> {
    /// In this order.
    pub(super) servers: &'a [SocketAddr],
    pub(super) tcp: bool,
    pub(super) recursion_desired: bool,
    /// For each server.
    pub(super) limit: Duration,
}

/// A reply, and who gave it.
pub(super) struct Said {
    pub(super) server: SocketAddr,
    pub(super) reply: Reply,
    /// Addresses of the name asked for, its aliases followed.
    addresses: Vec<IpAddr>,
}

/// What became of the questions.
#[derive(Default)]
pub(super) struct Findings {
    /// The last word on each type asked for.
    pub(super) said: Vec<Said>,
    /// Replies that settled nothing, and servers that gave none, in the order met.
    unsettled: Vec<Unsettled>,
    /// Where no server gave a definite answer to the last type asked for.
    lost: bool,
}

enum Unsettled {
    Said(Box<Said>),
    Nothing(SocketAddr, Box<Unanswered>),
}

impl Stub<'_> {
    /// Asks for each type; a name that does not exist, or that nobody answers for, is not asked for again.
    pub(super) async fn ask(
        &self,
        question: &Question,
        types: &[RecordType],
        world: &World,
        recorder: &Recorder,
    ) -> Findings {
        let mut findings = Findings::default();
        // A server that failed for one type is not the first to be asked for the next.
        let mut first = 0;
        for record_type in types {
            let question = question.with_type(*record_type);
            let settled = self.ask_one(&question, first, &mut findings, world, recorder).await;
            let Some(index) = settled else {
                findings.lost = true;
                break;
            };
            first = index;
            if findings.said.last().is_some_and(|said| said.reply.meaning == Meaning::NoSuchName) {
                break;
            }
        }
        findings
    }

    /// The index of the server that gave a definite answer.
    async fn ask_one(
        &self,
        question: &Question,
        first: usize,
        findings: &mut Findings,
        world: &World,
        recorder: &Recorder,
    ) -> Option<usize> {
        for (index, server) in self.servers.iter().enumerate().skip(first) {
            let ask = Ask {
                question,
                server: *server,
                name: None,
                reason: if index == first { Reason::Asked } else { Reason::NextServer },
                recursion_desired: self.recursion_desired,
                tcp: self.tcp,
                tries: TRIES,
                most: u32::MAX,
                limit: self.limit,
                side: Side::Client,
            };
            match exchange::ask(&ask, world, recorder).await {
                Ok(answer) => {
                    let addresses = facts::addresses(&answer.message);
                    let said = Said { server: *server, reply: answer.facts, addresses };
                    if settles(said.reply.meaning) {
                        findings.said.push(said);
                        return Some(index);
                    }
                    findings.unsettled.push(Unsettled::Said(Box::new(said)));
                }
                Err(unanswered) => {
                    findings.unsettled.push(Unsettled::Nothing(*server, Box::new(unanswered)));
                }
            }
        }
        None
    }
}

/// Whether another server need not be asked.
fn settles(meaning: Meaning) -> bool {
    match meaning {
        Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::NoData
        | Meaning::NoSuchName => true,
        Meaning::Truncated
        | Meaning::ServerFailure
        | Meaning::Refused
        | Meaning::OtherError
        | Meaning::Lame => false,
    }
}

/// What the findings come to, where they are no answer.
pub(super) struct Verdict {
    pub(super) kind: FailureKind,
    pub(super) server: Option<SocketAddr>,
    pub(super) errno: Option<i32>,
}

impl Findings {
    /// The answer sections, each record once (an alias comes with every type).
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        let mut met = std::collections::HashSet::new();
        for record in self.said.iter().flat_map(|said| &said.reply.answers) {
            if met.insert(record) {
                records.push(record.clone());
            }
        }
        records
    }

    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        for address in self.said.iter().flat_map(|said| &said.addresses) {
            if !addresses.contains(address) {
                addresses.push(*address);
            }
        }
        addresses
    }

    /// What DNS said, all types together; `None` where nobody answered.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        let means = |wanted: Meaning| self.said.iter().any(|said| said.reply.meaning == wanted);
        let unsettled = self.unsettled.iter().rev().find_map(|met| match met {
            Unsettled::Said(said) => Some(said.reply.meaning),
            Unsettled::Nothing(..) => None,
        });
        if let Some(positive) =
            [Meaning::Answer, Meaning::Alias, Meaning::Referral].into_iter().find(|m| means(*m))
        {
            return Some(positive);
        }
        if self.lost && unsettled.is_some() {
            return unsettled;
        }
        self.said.last().map(|said| said.reply.meaning)
    }

    /// Why this is no answer; `None` where it is one (an alias and a referral are what the server had to say).
    pub(super) fn verdict(&self) -> Option<Verdict> {
        let of = |kind, server| Some(Verdict { kind, server, errno: None });
        let last = self.said.last().map(|said| said.server);
        match self.meaning() {
            Some(Meaning::Answer | Meaning::Alias | Meaning::Referral) => None,
            Some(Meaning::NoData) if self.lost => self.silence(),
            Some(Meaning::NoData) => of(FailureKind::NoSuchRecord, last),
            Some(Meaning::AliasLoop) => of(FailureKind::AliasLoop, last),
            Some(Meaning::NoSuchName) => of(FailureKind::NoSuchName, last),
            Some(Meaning::Refused) => of(FailureKind::ServerRefused, self.unsettled_by()),
            Some(Meaning::ServerFailure | Meaning::OtherError) => {
                of(FailureKind::ServerFailed, self.unsettled_by())
            }
            Some(Meaning::Lame | Meaning::Truncated) => of(FailureKind::ServerLame, self.unsettled_by()),
            None => self.silence(),
        }
    }

    fn unsettled_by(&self) -> Option<SocketAddr> {
        self.unsettled.iter().rev().find_map(|met| match met {
            Unsettled::Said(said) => Some(said.server),
            Unsettled::Nothing(..) => None,
        })
    }

    /// What tells most among servers that gave no answer: lies before silence before a closed port.
    fn silence(&self) -> Option<Verdict> {
        let met = self.unsettled.iter().filter_map(|met| match met {
            Unsettled::Nothing(server, unanswered) => Some((*server, unanswered)),
            Unsettled::Said(_) => None,
        });
        let verdicts = met.map(|(server, unanswered)| Verdict {
            kind: kind(unanswered),
            server: Some(server),
            errno: unanswered.failed.errno,
        });
        verdicts.max_by_key(|verdict| {
            let (lies, closed) = (FailureKind::OnlyUnbelievable, FailureKind::NoNameServer);
            (verdict.kind == lies, verdict.kind != closed)
        })
    }

    /// What was asked and what each server made of it.
    pub(super) fn evidence(&self, question: &Question) -> Vec<Evidence> {
        let mut evidence = vec![Evidence::Asked { question: question.facts() }];
        for met in &self.unsettled {
            match met {
                Unsettled::Said(said) => evidence.push(answered(said)),
                Unsettled::Nothing(_, unanswered) => {
                    let Unanswered { failed, waited, ignored, not_believed, .. } = unanswered.as_ref();
                    evidence.push(Evidence::Unanswered {
                        failed: failed.clone(),
                        waited: *waited,
                        ignored_in_all: Some(*ignored),
                    });
                    evidence.extend(not_believed.as_ref().map(|(from, ignored)| Evidence::NotBelieved {
                        from: *from,
                        reason: ignored.reason,
                        expected: ignored.expected.clone(),
                        found: ignored.found.clone(),
                    }));
                }
            }
        }
        for said in &self.said {
            let aliases = said.reply.aliases();
            let circle = said.reply.meaning == Meaning::AliasLoop && !aliases.is_empty();
            evidence.push(if circle { Evidence::Aliases { chain: aliases } } else { answered(said) });
        }
        evidence
    }
}

fn kind(unanswered: &Unanswered) -> FailureKind {
    match unanswered.failed.reason {
        // An earlier try may have been answered with lies.
        QueryFailure::Silence if unanswered.ignored > 0 => FailureKind::OnlyUnbelievable,
        QueryFailure::PortClosed => FailureKind::NoNameServer,
        QueryFailure::OnlyUnbelievable => FailureKind::OnlyUnbelievable,
        QueryFailure::Silence | QueryFailure::Unreachable | QueryFailure::CutOff | QueryFailure::Other => {
            FailureKind::NobodyAnswered
        }
    }
}

fn answered(said: &Said) -> Evidence {
    let soa = said.reply.authority.iter().find(|record| record.record_type == "SOA");
    Evidence::Answered {
        server: said.server,
        rcode: said.reply.rcode.clone(),
        aa: said.reply.aa,
        unasked: if said.reply.meaning == Meaning::Lame { said.reply.answers.len() as u64 } else { 0 },
        cut_off: said.reply.meaning == Meaning::Truncated,
        soa: soa.map(|record| record.name.clone()),
        negative_ttl: said.reply.negative_ttl,
        alias_of: said.reply.alias_end(),
    }
}
