//! Words for the pocket internet.

use super::Explanation;
use crate::event::lab::{CacheListed, LabCounted, LabJoined, LabStarted};

/// Words for [`LabStarted`].
pub fn started(_facts: &LabStarted) -> Explanation {
    Explanation::step("lab", "a pocket internet runs")
}

/// Words for [`LabJoined`].
pub fn joined(_facts: &LabJoined) -> Explanation {
    Explanation::step("lab", "a pocket internet is used")
}

/// Words for [`LabCounted`].
pub fn counted(_facts: &LabCounted) -> Explanation {
    Explanation::step("lab", "counts")
}

/// Words for [`CacheListed`].
pub fn cache_listed(_facts: &CacheListed) -> Explanation {
    Explanation::step("lab", "cache")
}
