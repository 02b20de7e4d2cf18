//! What every server of a lab counted, put together. It counts nothing itself.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::dns::Counts;
use super::plan::Plan;
use super::web::Desks;
use crate::event::lab::{LabCount, LabCounted};

/// The counters of a lab.
#[derive(Debug)]
pub(super) struct Tally {
    servers: Vec<Named>,
    resolver: Named,
    /// Questions to the resolver about the lab itself.
    looks: AtomicU64,
    /// Once the web servers run.
    web: OnceLock<Desks>,
}

#[derive(Debug)]
struct Named {
    name: String,
    address: IpAddr,
    counts: Arc<Counts>,
}

impl Tally {
    /// Counters for the servers of `plan`, all at zero.
    pub(super) fn new(plan: &Plan) -> Tally {
        let named = |name: &str, address| Named { name: name.to_owned(), address, counts: Arc::default() };
        Tally {
            servers: plan.servers.iter().map(|server| named(&server.name, server.address)).collect(),
            resolver: named(RESOLVER, plan.resolver),
            looks: AtomicU64::new(0),
            web: OnceLock::new(),
        }
    }

    /// Where the name server with this number in the plan counts; past the last, the resolver.
    pub(super) fn counts(&self, server: usize) -> Arc<Counts> {
        Arc::clone(&self.servers.get(server).unwrap_or(&self.resolver).counts)
    }

    /// The web servers run, and count here.
    pub(super) fn opened(&self, web: Desks) {
        // There is one set of web servers in a lab.
        let _ = self.web.set(web);
    }

    /// A question about the lab itself was answered.
    pub(super) fn looked(&self) {
        self.looks.fetch_add(1, Ordering::Relaxed);
    }

    /// What every server counted so far: name servers, the resolver, web servers. Questions about the lab itself are left out.
    pub(super) fn counted(&self) -> LabCounted {
        let of = |named: &Named, looks: u64, from_cache: Option<u64>| LabCount {
            name: named.name.clone(),
            address: named.address,
            queries: named.counts.queries.load(Ordering::Relaxed).saturating_sub(looks),
            connections: named.counts.connections.load(Ordering::Relaxed),
            requests: None,
            from_cache,
        };
        let from_cache = self.resolver.counts.from_cache.load(Ordering::Relaxed);
        let looks = self.looks.load(Ordering::Relaxed);
        let names = self.servers.iter().map(|server| of(server, 0, None));
        let resolver = of(&self.resolver, looks, Some(from_cache));
        let web = self.web.get().map(Desks::counts).unwrap_or_default().into_iter().map(|count| LabCount {
            name: count.name,
            address: count.address,
            queries: 0,
            connections: count.connections,
            requests: Some(count.requests),
            from_cache: None,
        });
        LabCounted { counts: names.chain([resolver]).chain(web).collect() }
    }
}

/// The resolver's name in the map.
pub(super) const RESOLVER: &str = "resolver.lab.";
