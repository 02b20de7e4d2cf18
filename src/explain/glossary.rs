//! The terms that narration uses, each with one plain sentence, its source, and the command that shows it.
