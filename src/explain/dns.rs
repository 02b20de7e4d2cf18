//! Words for names and addresses.

/// Words for [`crate::event::dns::NameLookedUp`].
pub fn looked_up(_facts: &crate::event::dns::NameLookedUp) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::dns::NameFailed`].
pub fn failed(_facts: &crate::event::dns::NameFailed) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
