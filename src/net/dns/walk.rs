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
