//! A walk of a test: what it came to, and what it told.

use super::super::Walked;
use crate::event::dns::{Query, Reason, ReferralReceived, ServerSkipped, SkipReason};
use crate::event::failure::{Evidence, FailureKind};
use crate::event::{Address, EventKind};
use crate::net::NetError;

/// What a walk came to, and what it told.
pub(super) struct Outcome {
    pub(super) result: Result<Walked, NetError>,
    pub(super) kinds: Vec<EventKind>,
}

impl Outcome {
    pub(super) fn walked(&self) -> &Walked {
        self.result.as_ref().unwrap()
    }

    pub(super) fn data(&self) -> Vec<&str> {
        self.walked().answers.iter().map(|record| record.data.as_str()).collect()
    }

    pub(super) fn kind(&self) -> FailureKind {
        self.result.as_ref().unwrap_err().failed().kind
    }

    pub(super) fn evidence(&self) -> &[Evidence] {
        &self.result.as_ref().unwrap_err().failed().evidence
    }

    pub(super) fn queries(&self) -> Vec<&Query> {
        self.kinds
            .iter()
            .filter_map(|kind| if let EventKind::Query(facts) = kind { Some(facts) } else { None })
            .collect()
    }

    /// Whom it asked (the last number of the address), and why.
    pub(super) fn asked(&self) -> Vec<(u8, Reason)> {
        let last =
            |facts: &Query| match facts.ends.peer.as_ref().and_then(Address::inet).map(|peer| peer.ip()) {
                Some(std::net::IpAddr::V4(ip)) => ip.octets()[3],
                other => panic!("{other:?}"),
            };
        self.queries().into_iter().map(|facts| (last(facts), facts.reason)).collect()
    }

    pub(super) fn referrals(&self) -> Vec<&ReferralReceived> {
        let all = self.kinds.iter();
        all.filter_map(|kind| if let EventKind::ReferralReceived(facts) = kind { Some(facts) } else { None })
            .collect()
    }

    pub(super) fn skipped(&self) -> Vec<&ServerSkipped> {
        let all = self.kinds.iter();
        all.filter_map(|kind| if let EventKind::ServerSkipped(facts) = kind { Some(facts) } else { None })
            .collect()
    }

    pub(super) fn skips(&self) -> Vec<(SkipReason, bool)> {
        self.skipped().into_iter().map(|facts| (facts.reason, facts.another)).collect()
    }
}
