//! Interim responses (1xx) that are at fault: too many of them, and a change of protocol that nobody asked for.

use super::super::broken::{Spot, malformed};
use crate::event::http::{Broken, Malformed, Response};

/// Interim responses that one exchange may have. RFC 9110 section 15.2 sets no limit: this one is ours, so that a peer
/// cannot fill the memory with their events.
pub(super) const MOST: u64 = 100;

/// A 101 to a request that offered no other protocol (RFC 9110 section 7.8: a server must not switch to one that was not
/// offered).
pub(super) fn unasked_switch(facts: &Response) -> Malformed {
    let line = format!("{} {} {}", facts.version, facts.status, facts.reason);
    let spot = Spot::new(line.as_bytes(), facts.offset, facts.version.len() + 1, 3);
    let expected = "an answer in HTTP: the request has no Upgrade";
    malformed(facts.by, Broken::UnaskedSwitch, spot, expected, "a change of the protocol (101)")
}

/// One interim response more than an exchange may have.
pub(super) fn too_many(response: &Response) -> Malformed {
    let line = format!("{} {} {}", response.version, response.status, response.reason);
    // The status is what is wrong with it.
    let spot = Spot::new(line.as_bytes(), response.offset, response.version.len() + 1, 3);
    let expected = format!("a final response after at most {MOST} interim ones");
    // `limit` stays empty: it counts bytes.
    malformed(response.by, Broken::TooManyInterim, spot, expected, "another 1xx")
}
