//! From the root to the answer, server by server, as a resolver walks that has nobody to ask for it (RFC 1034 section 5.3.3).
//!
//! It asks nobody to walk in its place (RD is never set), believes no address that a server had no say over, and keeps no
//! answers: only which servers a zone has, and that for as long as its caller wants.

mod journey;
mod reading;
mod zones;

use std::time::Duration;

use hickory_proto::rr::Record;

use super::question::Question;
use crate::event::Side;
use crate::event::dns::Walked;
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::world::World;
use journey::Journey;

pub use zones::Zones;

/// How far a walk may go.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Questions, retries and detours included.
    pub questions: u32,
    pub time: Duration,
    /// For each server.
    pub server: Duration,
}

impl Budget {
    /// What a walk of a person at a terminal may take: a hundred questions, and as long as ten silent servers.
    pub fn usual(server: Duration) -> Self {
        Budget { questions: 100, time: server.saturating_mul(10), server }
    }
}

/// Walks to the answer of `question`, telling every step.
///
/// # Errors
/// Phase `name`: an alias loop, no server of a zone usable, or the budget spent. A no (NXDOMAIN, NODATA) is an answer here.
pub async fn walk(
    question: &Question,
    budget: &Budget,
    tcp: bool,
    side: Side,
    world: &World,
    recorder: &Recorder,
) -> Result<Walked, NetError> {
    walk_knowing(question, budget, tcp, side, world, recorder, &mut Zones::default()).await
}

/// The same for who walks again and again: it begins at the nearest zone in `zones`, and leaves there what it learns.
///
/// # Errors
/// As [`walk`].
pub async fn walk_knowing(
    question: &Question,
    budget: &Budget,
    tcp: bool,
    side: Side,
    world: &World,
    recorder: &Recorder,
    zones: &mut Zones,
) -> Result<Walked, NetError> {
    Ok(Journey::new(budget, tcp, side, world, recorder, zones).to(question).await?.walked)
}

/// What a walk found, with the records as they came.
#[derive(Clone, Debug)]
pub struct Findings {
    pub walked: Walked,
    /// The answer: aliases in order, then the records at their end.
    pub records: Vec<Record>,
    /// What came with a no: the SOA record of the zone that says so (RFC 2308 section 2).
    pub soa: Option<Record>,
}

/// [`walk`] for who passes on what was found.
///
/// # Errors
/// As [`walk`].
pub async fn find(
    question: &Question,
    budget: &Budget,
    tcp: bool,
    side: Side,
    world: &World,
    recorder: &Recorder,
) -> Result<Findings, NetError> {
    let mut zones = Zones::default();
    Journey::new(budget, tcp, side, world, recorder, &mut zones).to(question).await
}

#[cfg(test)]
mod tests;
