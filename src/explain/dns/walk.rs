//! Words for a walk from the root.

use crate::event::dns::{AliasFollowed, ReferralReceived, ServerSkipped, Walked};
use crate::explain::Explanation;

/// Words for [`ReferralReceived`].
pub fn referral(_facts: &ReferralReceived) -> Explanation {
    Explanation::step("referral", "ask there")
}

/// Words for [`AliasFollowed`].
pub fn alias(_facts: &AliasFollowed) -> Explanation {
    Explanation::step("alias", "another name")
}

/// Words for [`ServerSkipped`].
pub fn skipped(_facts: &ServerSkipped) -> Explanation {
    Explanation::step("skip", "a server")
}

/// Words for [`Walked`].
pub fn walked(_facts: &Walked) -> Explanation {
    Explanation::step("path", "walked")
}
