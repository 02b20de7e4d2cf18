//! The pocket internet: name servers, a caching resolver, web origins and machines that misbehave on purpose, all real, in
//! one process, on loopback addresses.
//!
//! It changes nothing on the machine: no resolver, no hosts file, no trust store.

pub mod authority;
pub mod certificates;
pub mod dns;
pub mod fault;
pub mod plan;
pub mod resolver;
pub mod running;
pub mod web;
pub mod zone;

use std::path::PathBuf;

use crate::event::lab::{CacheListed, LabCounted, LabPorts, LabStarted};
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::world::World;

pub use plan::Plan;

/// How a lab is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub ports: Ports,
    /// Faults by name, at a server's or site's name where one is given.
    pub faults: Vec<fault::Asked>,
    /// Where the authority's certificate goes; `None`: a file of the run's own, removed at the end.
    pub authority: Option<PathBuf>,
    /// Be found by other commands (`--lab`).
    pub findable: bool,
}

/// Which ports a lab uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// The plan's, or the next where all three are free.
    #[default]
    Planned,
    /// 53, 80 and 443.
    Real,
    /// These and no others; 0: the system chooses.
    Given(LabPorts),
}

/// A running lab. Dropped without [`Lab::shutdown`] its servers end with the runtime.
pub struct Lab {
    started: LabStarted,
}

impl Lab {
    /// Binds every address of `plan`, makes its certificates, and serves until [`Lab::shutdown`].
    ///
    /// # Errors
    /// Phase `listen`: no ports could be had; phase `output`: the authority's certificate or the run file could not be written.
    pub async fn start(_plan: Plan, _options: Options, _recorder: &Recorder) -> Result<Lab, NetError> {
        unimplemented!()
    }

    /// The map.
    pub fn started(&self) -> &LabStarted {
        &self.started
    }

    /// How to live in it: its resolver, its root, its doors, its trust.
    pub fn world(&self) -> World {
        World::default()
    }

    /// What every server counted so far.
    pub fn counted(&self) -> LabCounted {
        LabCounted { counts: Vec::new() }
    }

    /// What its caching resolver remembers.
    pub fn cache(&self) -> CacheListed {
        CacheListed { entries: Vec::new() }
    }

    /// Ends every server and waits for them.
    pub async fn shutdown(self) {}
}
