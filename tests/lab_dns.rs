//! The lab's name servers against real peers: BIND beside them, dig, kdig and unbound as their clients, and clients that misbehave.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]

mod support;

#[path = "lab_dns/against_bind.rs"]
mod against_bind;
#[path = "support/bind.rs"]
mod bind;
#[path = "lab_dns/clients.rs"]
mod clients;
#[path = "lab_dns/load.rs"]
mod load;
#[path = "lab_dns/servers.rs"]
mod servers;
#[path = "lab_dns/tcp.rs"]
mod tcp;
