//! `netlearn lab`: the pocket internet in the foreground, and the way into one for the other commands.

use std::path::PathBuf;

use super::{Context, Outcome};
pub use crate::event::lab::LabPorts;
use crate::event::recorder::Recorder;
use crate::lab::Lab;
pub use crate::lab::Ports;
pub use crate::lab::fault::{Asked, Fault};
use crate::net::NetError;
use crate::net::world::World;

/// What to do with a lab.
#[derive(Clone, Debug)]
pub struct Options {
    pub act: Act,
    pub faults: Vec<Asked>,
    pub ports: Ports,
    /// Where the certificate of its authority goes.
    pub authority: Option<PathBuf>,
}

/// Run one, or ask about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Run,
    Counts,
    Cache,
    /// Zones as master files into this folder.
    Export(PathBuf),
}

/// Runs the lab until told to stop, or asks a running one.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    unimplemented!()
}

/// A lab for one command: a running one of this user, or its own that ends with it. `world` keeps what the command line
/// gave (routes; trust, where it was named) and gets the rest from the lab.
///
/// # Errors
/// The lab could not be started.
pub async fn enter(world: World, _recorder: &Recorder) -> Result<Entered, NetError> {
    Ok(Entered { world, own: None })
}

/// The way into a lab.
pub struct Entered {
    pub world: World,
    /// To be shut down at the end.
    pub own: Option<Lab>,
}
