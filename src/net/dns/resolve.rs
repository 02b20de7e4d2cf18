//! A name to its records, by the paths a machine has: what programs get, what DNS says, or a walk from the root.

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::question::Question;
use crate::event::dns::Record;
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::tcp::Target;
use crate::net::world::World;

/// What to ask, and whom.
#[derive(Clone, Debug)]
pub struct Options {
    pub question: Question,
    /// No type was asked for: A and AAAA, and both paths.
    pub addresses: bool,
    /// `@SERVER`, a name or an address.
    pub server: Option<Target>,
    /// From the root.
    pub trace: bool,
    pub tcp: bool,
    pub recursion_desired: bool,
    /// For each server.
    pub limit: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What DNS answered, aliases before what they lead to.
    pub records: Vec<Record>,
    /// What programs get, where that decides (no server named, no type asked for); then `records` is no payload.
    pub programs: Option<Vec<IpAddr>>,
}

/// The types asked for where none was named.
pub const ADDRESS_TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

/// Looks `options.question` up.
///
/// # Errors
/// Phase `name`, one of the DNS kinds of failure.
pub async fn resolve(_options: &Options, _world: &World, _recorder: &Recorder) -> Result<Resolved, NetError> {
    unimplemented!()
}
