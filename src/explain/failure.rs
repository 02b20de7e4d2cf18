//! Words for failures: cause, evidence, next command.

/// Words for [`crate::event::failure::Failed`].
pub fn failed(_facts: &crate::event::failure::Failed) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
