//! Words for the run as a whole: summaries, folded counts, chapters.

/// Words for [`crate::event::tcp::Folded`].
pub fn folded(
    _event: &crate::event::Event,
    _facts: &crate::event::tcp::Folded,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::EventsLost`].
pub fn events_lost(_facts: &crate::event::tcp::EventsLost) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Served`].
pub fn served(_facts: &crate::event::tcp::Served) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Conversed`].
pub fn conversed(_facts: &crate::event::tcp::Conversed) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Chapter`].
pub fn chapter(_facts: &crate::event::tcp::Chapter) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
