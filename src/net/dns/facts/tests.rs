//! What replies mean, built by hand.
