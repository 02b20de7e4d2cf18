//! From the root to the answer, server by server, as a resolver walks that has nobody to ask for it (RFC 1034 section 5.3.3).

use std::time::Duration;

use super::question::Question;
use crate::event::Side;
use crate::event::dns::Walked;
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::world::World;

/// How far a walk may go.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Questions, retries and detours included.
    pub questions: u32,
    pub time: Duration,
    /// For each server.
    pub server: Duration,
}

/// What a walk found, with the records as they came.
#[derive(Clone, Debug)]
pub struct Found {
    pub walked: Walked,
    /// The answer: aliases in order, then the records at their end.
    pub records: Vec<hickory_proto::rr::Record>,
    /// What came with a no: the SOA record of the zone that says so.
    pub soa: Option<hickory_proto::rr::Record>,
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
) -> Result<Found, NetError> {
    let walked = walk(question, budget, tcp, side, world, recorder).await?;
    Ok(Found { walked, records: Vec::new(), soa: None })
}

/// Walks to the answer of `question`, telling every step.
///
/// # Errors
/// Phase `name`: an alias loop, no server of a zone usable, or the budget spent. A no (NXDOMAIN, NODATA) is an answer here.
pub async fn walk(
    _question: &Question,
    _budget: &Budget,
    _tcp: bool,
    _side: Side,
    _world: &World,
    _recorder: &Recorder,
) -> Result<Walked, NetError> {
    unimplemented!()
}
