//! What a walk knows of zones: where each begins, and which servers it has there; the root's from the start.
//!
//! It holds what referrals said and no answers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::Name;

use crate::event::recorder::At;
use crate::net::world::World;

/// Where DNS is asked for where nothing else is said (RFC 1035 section 4.2).
const PORT: u16 = 53;

/// The internet's root servers: the letter in `LETTER.root-servers.net.` and both addresses. From the root hints file that
/// IANA publishes (<https://www.internic.net/domain/named.root>), as read in 2026; RFC 9609 says what it is for.
const ROOTS: [(char, Ipv4Addr, Ipv6Addr); 13] = [
    ('a', Ipv4Addr::new(198, 41, 0, 4), Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30)),
    ('b', Ipv4Addr::new(170, 247, 170, 2), Ipv6Addr::new(0x2801, 0x1b8, 0x10, 0, 0, 0, 0, 0xb)),
    ('c', Ipv4Addr::new(192, 33, 4, 12), Ipv6Addr::new(0x2001, 0x500, 2, 0, 0, 0, 0, 0xc)),
    ('d', Ipv4Addr::new(199, 7, 91, 13), Ipv6Addr::new(0x2001, 0x500, 0x2d, 0, 0, 0, 0, 0xd)),
    ('e', Ipv4Addr::new(192, 203, 230, 10), Ipv6Addr::new(0x2001, 0x500, 0xa8, 0, 0, 0, 0, 0xe)),
    ('f', Ipv4Addr::new(192, 5, 5, 241), Ipv6Addr::new(0x2001, 0x500, 0x2f, 0, 0, 0, 0, 0xf)),
    ('g', Ipv4Addr::new(192, 112, 36, 4), Ipv6Addr::new(0x2001, 0x500, 0x12, 0, 0, 0, 0, 0xd0d)),
    ('h', Ipv4Addr::new(198, 97, 190, 53), Ipv6Addr::new(0x2001, 0x500, 1, 0, 0, 0, 0, 0x53)),
    ('i', Ipv4Addr::new(192, 36, 148, 17), Ipv6Addr::new(0x2001, 0x7fe, 0, 0, 0, 0, 0, 0x53)),
    ('j', Ipv4Addr::new(192, 58, 128, 30), Ipv6Addr::new(0x2001, 0x503, 0xc27, 0, 0, 0, 2, 0x30)),
    ('k', Ipv4Addr::new(193, 0, 14, 129), Ipv6Addr::new(0x2001, 0x7fd, 0, 0, 0, 0, 0, 1)),
    ('l', Ipv4Addr::new(199, 7, 83, 42), Ipv6Addr::new(0x2001, 0x500, 0x9f, 0, 0, 0, 0, 0x42)),
    ('m', Ipv4Addr::new(202, 12, 27, 33), Ipv6Addr::new(0x2001, 0xdc3, 0, 0, 0, 0, 0, 0x35)),
];

/// Zones and their servers, as referrals named them.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    known: HashMap<Name, Cut>,
}

/// Where a zone begins: who answers for it, and how long that holds.
#[derive(Clone, Debug)]
struct Cut {
    servers: Vec<Server>,
    learned: At,
    /// The TTL of the referral.
    holds: Duration,
}

/// One server of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Its name; unknown where only an address was given (`--root`).
    pub(super) name: Option<Name>,
    /// Empty where it is known by name only.
    pub(super) addresses: Vec<IpAddr>,
}

impl Zones {
    /// The nearest zone known at this moment that holds `name`, with its servers; the root where no other is.
    pub(super) fn nearest(&self, name: &Name, world: &World, now: At) -> (Name, Vec<Server>) {
        let mut zone = name.clone();
        zone.set_fqdn(true);
        while !zone.is_root() {
            let known = self.known.get(&zone).filter(|cut| now.since(cut.learned) < cut.holds);
            if let Some(cut) = known {
                return (zone, cut.servers.clone());
            }
            zone = zone.base_name();
        }
        (Name::root(), roots(world))
    }

    /// Keeps the servers of a zone for `ttl` seconds; a walk that began before they end goes on with them.
    pub(super) fn learn(&mut self, zone: Name, servers: Vec<Server>, ttl: u32, now: At) {
        let holds = Duration::from_secs(u64::from(ttl));
        self.known.retain(|_, cut| now.since(cut.learned) < cut.holds);
        self.known.insert(zone, Cut { servers, learned: now, holds });
    }

    /// Keeps the addresses that a server's own name was found to have.
    pub(super) fn found(&mut self, zone: &Name, server: &Name, addresses: &[IpAddr]) {
        let servers = self.known.get_mut(zone).map(|cut| &mut cut.servers);
        for known in servers.into_iter().flatten().filter(|known| known.name.as_ref() == Some(server)) {
            known.addresses = addresses.to_vec();
        }
    }
}

/// The root's servers: those of the world, or the internet's.
fn roots(world: &World) -> Vec<Server> {
    if world.roots.is_empty() {
        return ROOTS.iter().map(internet).collect();
    }
    let given = world.roots.iter().map(SocketAddr::ip);
    given.map(|address| Server { name: None, addresses: vec![address] }).collect()
}

fn internet((letter, v4, v6): &(char, Ipv4Addr, Ipv6Addr)) -> Server {
    let name = Name::from_ascii(format!("{letter}.root-servers.net.")).ok();
    Server { name, addresses: vec![IpAddr::V4(*v4), IpAddr::V6(*v6)] }
}

/// The port of every server of a walk: that of the first root.
pub(super) fn port(world: &World) -> u16 {
    world.roots.first().map_or(PORT, SocketAddr::port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internets_root_has_thirteen_names_and_two_addresses_each() {
        let servers = roots(&World::default());
        assert_eq!(servers.len(), 13);
        assert_eq!(port(&World::default()), 53);
        let mut addresses: Vec<IpAddr> = servers.iter().flat_map(|server| server.addresses.clone()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), 26);
        let names: Vec<String> =
            servers.iter().filter_map(|server| Some(server.name.as_ref()?.to_ascii())).collect();
        assert_eq!((names[0].as_str(), names[12].as_str()), ("a.root-servers.net.", "m.root-servers.net."));
        assert_eq!(servers[12].addresses[1].to_string(), "2001:dc3::35");
        assert_eq!(servers[9].addresses[1].to_string(), "2001:503:c27::2:30");
    }
}
