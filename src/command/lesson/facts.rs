//! Which facts this system tells, so that no lesson asks for one that it does not.

use std::collections::BTreeSet;
use std::net::{Ipv6Addr, TcpListener};

use crate::lesson::Fact;
use crate::net::kernel::{self, Filter};

/// Reads what can be read, without those that are masked.
pub(in crate::command) fn available(masked: &[Fact]) -> BTreeSet<Fact> {
    let every = Fact::NAMED.iter().map(|(_, fact)| *fact);
    every.filter(|fact| !masked.contains(fact) && exists(*fact)).collect()
}

fn exists(fact: Fact) -> bool {
    match fact {
        // The one system whose reading is tried; elsewhere lessons do without.
        Fact::TcpInfo => cfg!(target_os = "linux"),
        Fact::Counters => {
            kernel::counters().is_ok_and(|counters| counters.iter().any(|counter| counter.loopback))
        }
        Fact::Connections => {
            cfg!(target_os = "linux")
                && kernel::sockets(&Filter { listeners: true, ..Filter::default() }).is_ok()
        }
        Fact::Lan => kernel::own_addresses()
            .is_ok_and(|own| own.iter().any(|address| !address.is_loopback() && address.is_ipv4())),
        Fact::Ipv6 => TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        Fact::Unix => cfg!(unix),
    }
}
