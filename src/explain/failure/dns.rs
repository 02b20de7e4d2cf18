//! Words for the failures of names, and for their evidence.

use super::evidence::Told;
use super::{Case, Verdict};
use crate::event::failure::Evidence;

/// What happened, why, and what to do next.
pub(super) fn verdict(_case: &Case<'_>) -> Verdict {
    Verdict::new("the name could not be resolved", "")
}

/// Tells one fact about names.
pub(super) fn tell(_case: &Case<'_>, _fact: &Evidence, _told: &mut Told) {}
