//! netlearn teaches networking by doing the real thing on the learner's own machine and explaining what was measured.
pub mod event;
