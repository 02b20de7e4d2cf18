//! The ends of a walk that found nothing, as failures with their evidence.

use hickory_proto::rr::Name;

use super::servers::DEPTH;
use super::{ALIASES, Journey, told};
use crate::event::dns::Alias;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::net::NetError;
use crate::net::dns::question::Question;

/// Why a walk goes no further.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// No server of the zone can be used.
    Lost { zone: Name },
    /// The last alias leads back to a name before it (`again`), or there are too many.
    Aliases { chain: Vec<Alias>, again: bool },
    /// As many questions as the budget has.
    Questions,
    /// As long as the budget allows.
    Time,
    /// Name servers' addresses within name servers' addresses.
    Depth,
}

impl Journey<'_> {
    /// The failure that a stop of the whole walk is.
    pub(super) fn failed(&self, question: &Question, stop: Stop) -> NetError {
        let asked = question.facts();
        let target = format!("{} {}", asked.name, asked.record_type);
        let mut evidence = vec![Evidence::Asked { question: asked }];
        let limit = |name: &str, limit: u64| Evidence::Limit { name: name.to_owned(), limit };
        let time = self.recorder.now().since(self.began);
        let kind = match stop {
            Stop::Lost { zone } => {
                let zone = told(&zone);
                let here = self.skipped.iter().filter(|skipped| skipped.zone.eq_ignore_ascii_case(&zone));
                evidence.extend(here.map(|skipped| Evidence::Skipped { skipped: skipped.clone() }));
                FailureKind::WalkLost
            }
            Stop::Aliases { chain, again } => {
                evidence.push(Evidence::Aliases { chain });
                if !again {
                    evidence.push(limit("aliases", ALIASES as u64));
                }
                FailureKind::AliasLoop
            }
            Stop::Questions => {
                evidence.push(limit("questions", u64::from(self.budget.questions)));
                evidence.push(Evidence::Waited { time });
                FailureKind::WalkTooLong
            }
            Stop::Time => {
                evidence.push(Evidence::Waited { time });
                FailureKind::WalkTooLong
            }
            Stop::Depth => {
                evidence.push(limit("look-ups of name servers within look-ups", DEPTH as u64));
                FailureKind::WalkTooLong
            }
        };
        let failed = Failed {
            phase: Phase::Name,
            kind,
            target,
            address: None,
            errno: None,
            seen_by: self.side,
            evidence,
            next: Vec::new(),
        };
        NetError::new(failed, None)
    }
}
