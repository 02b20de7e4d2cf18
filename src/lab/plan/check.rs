//! Whether a plan can be run, before anything is bound.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::{Plan, PlanError};
use crate::event::lab::LabRole;
use crate::lab::zone;

/// [`Plan::check`].
pub(super) fn check(plan: &Plan) -> Result<(), PlanError> {
    zones(plan)?;
    servers(plan)?;
    sites(plan)
}

/// Names are the same in any case (RFC 4343), and with or without their final dot.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    bare(one) == bare(other)
}

fn zones(plan: &Plan) -> Result<(), PlanError> {
    for (index, zone) in plan.zones.iter().enumerate() {
        if plan.zones[..index].iter().any(|before| same_name(&before.origin, &zone.origin)) {
            return Err(PlanError::ZoneTwice { origin: zone.origin.clone() });
        }
        let wrong = |reason| PlanError::Zone { origin: zone.origin.clone(), reason };
        zone::Zone::read(zone).map_err(wrong)?;
    }
    Ok(())
}

fn servers(plan: &Plan) -> Result<(), PlanError> {
    let mut taken: HashMap<IpAddr, &str> = HashMap::new();
    let resolver = (plan.resolver, "the caching resolver");
    let servers = plan.servers.iter().map(|server| (server.address, server.name.as_str()));
    for (address, name) in servers.chain([resolver]) {
        loopback(address, name)?;
        if let Some(first) = taken.insert(address, name) {
            let (first, second) = (first.to_owned(), name.to_owned());
            return Err(PlanError::AddressTwice { address, first, second });
        }
    }
    for server in &plan.servers {
        for origin in &server.zones {
            if !plan.zones.iter().any(|zone| same_name(&zone.origin, origin)) {
                let (server, origin) = (server.name.clone(), origin.clone());
                return Err(PlanError::UnknownZone { server, origin });
            }
        }
    }
    let root = |server: &super::NameServer| {
        server.role == LabRole::Root && server.zones.iter().any(|origin| same_name(origin, "."))
    };
    if plan.servers.iter().any(root) { Ok(()) } else { Err(PlanError::NoRoot) }
}

fn sites(plan: &Plan) -> Result<(), PlanError> {
    let mut met = HashSet::new();
    for site in &plan.sites {
        let who = site.names.first().map_or("a site without a name", String::as_str);
        loopback(site.address, who)?;
        for name in &site.names {
            if !met.insert((site.address, name.to_ascii_lowercase())) {
                return Err(PlanError::SiteTwice { name: name.clone(), address: site.address });
            }
        }
    }
    Ok(())
}

fn loopback(address: IpAddr, who: &str) -> Result<(), PlanError> {
    if address.is_loopback() {
        return Ok(());
    }
    Err(PlanError::NotLoopback { address, who: who.to_owned() })
}
