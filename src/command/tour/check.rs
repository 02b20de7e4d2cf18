//! A step of the story that did not do what it says is a failure, with what was seen instead.

use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::net::NetError;

/// The step, and what was seen.
pub(super) fn not_as_told(step: &str, seen: String) -> NetError {
    let failed = Failed {
        phase: Phase::Receive,
        kind: FailureKind::Other,
        target: format!("the tour, {step}"),
        address: None,
        errno: None,
        seen_by: Side::Observer,
        evidence: vec![Evidence::SystemError { error: seen }],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}
