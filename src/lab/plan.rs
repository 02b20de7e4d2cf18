//! A pocket internet as data: its servers, zones and sites, and which of them misbehave.

mod check;
mod export;
mod standard;
#[cfg(test)]
mod tests;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::fault::{DnsFault, WebFault};
use super::zone;
use crate::event::lab::{LabPorts, LabRole};

/// A whole pocket internet. Lessons and tests describe their own.
#[derive(Clone, Debug, Deserialize)]
pub struct Plan {
    pub ports: LabPorts,
    pub servers: Vec<NameServer>,
    pub zones: Vec<Zone>,
    /// The address of the caching resolver.
    pub resolver: IpAddr,
    pub sites: Vec<Site>,
    /// Names worth trying, for the map.
    #[serde(default)]
    pub names: Vec<Worth>,
}

/// A name server.
#[derive(Clone, Debug, Deserialize)]
pub struct NameServer {
    pub name: String,
    pub role: LabRole,
    pub address: IpAddr,
    /// Origins of the zones it answers for.
    pub zones: Vec<String>,
    #[serde(default)]
    pub fault: Option<DnsFault>,
}

/// A zone: its origin and its records as a master file (RFC 1035 section 5.1), which other servers can read as it is.
#[derive(Clone, Debug, Deserialize)]
pub struct Zone {
    pub origin: String,
    pub text: String,
}

/// A web site: which names lead to it at which address, and what it shows.
#[derive(Clone, Debug, Deserialize)]
pub struct Site {
    /// `Host` values (without port) it answers to; `shop.localhost` among them.
    pub names: Vec<String>,
    pub address: IpAddr,
    /// Over HTTPS as well.
    #[serde(default)]
    pub secure: bool,
    /// The page, as HTML.
    pub page: String,
    #[serde(default)]
    pub fault: Option<WebFault>,
}

/// A name worth trying, and what it shows; in `command` `{http}`, `{https}` and `{dns}` stand for the ports in use.
#[derive(Clone, Debug, Deserialize)]
pub struct Worth {
    pub name: String,
    pub shows: String,
    #[serde(default)]
    pub command: Option<String>,
}

impl Plan {
    /// The internet of the lessons: `shop.test`, `blog.test`, `bank.test`, `example.com` and machines that misbehave.
    pub fn standard() -> Plan {
        standard::plan()
    }

    /// Whether it can be run: addresses used once, zones readable, every zone a server names described.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), PlanError> {
        check::check(self)
    }

    /// The zones of one server of this plan, read.
    ///
    /// # Errors
    /// A zone that is unknown or cannot be read.
    pub fn zones_of(&self, server: &NameServer) -> Result<Vec<zone::Zone>, PlanError> {
        let read = |origin: &String| {
            let same = |zone: &&Zone| check::same_name(&zone.origin, origin);
            let zone = self.zones.iter().find(same).ok_or_else(|| PlanError::UnknownZone {
                server: server.name.clone(),
                origin: origin.clone(),
            })?;
            let reason = |reason| PlanError::Zone { origin: zone.origin.clone(), reason };
            zone::Zone::read(zone).map_err(reason)
        };
        server.zones.iter().map(read).collect()
    }

    /// Writes every zone as a master file into `folder`, with a configuration that BIND runs them with; returns what it wrote.
    ///
    /// # Errors
    /// As creating the folder and writing the files.
    pub fn export(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        export::export(self, folder)
    }
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A master file that cannot be read or served.
    #[error("zone {origin}: {reason}")]
    Zone { origin: String, reason: String },
    #[error("two zones {origin}")]
    ZoneTwice { origin: String },
    #[error("{server} is to answer for {origin}, which is no zone of this plan")]
    UnknownZone { server: String, origin: String },
    #[error("{address} is given to two name servers: {first} and {second}")]
    AddressTwice { address: IpAddr, first: String, second: String },
    /// Nothing outside this machine may be bound or asked.
    #[error("{address} ({who}) is no loopback address")]
    NotLoopback { address: IpAddr, who: String },
    #[error("{name} has two pages at {address}")]
    SiteTwice { name: String, address: IpAddr },
    #[error("no server answers for the root zone")]
    NoRoot,
}
