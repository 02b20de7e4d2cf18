//! A pocket internet as data: its servers, zones and sites, and which of them misbehave.

use std::net::IpAddr;

use serde::Deserialize;

use super::fault::{DnsFault, WebFault};
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
        unimplemented!()
    }
}
