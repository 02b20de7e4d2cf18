//! (being built)

pub mod authority;
