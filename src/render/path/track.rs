//! Where a walk is: which question, which zone of it, and which detours it is on.
//!
//! It reads events in order and draws nothing.

use std::collections::HashMap;
use std::time::Duration;

use crate::event::dns::{Query, Reason};

/// Server names remembered; a walk meets far fewer.
const NAMES: usize = 1024;
/// Detours within detours that are told apart.
const DEPTH: usize = 16;

/// One question on its way: the walk's own, or that for a name server's address.
#[derive(Debug)]
struct Way {
    name: String,
    record_type: String,
    /// The last name that an alias led to.
    target: String,
    /// Zones from the topmost to where it is now.
    zones: Vec<String>,
}

/// The ways that are open, outermost first.
#[derive(Debug, Default)]
pub(super) struct Track {
    ways: Vec<Way>,
    names: HashMap<String, String>,
    /// When the server was first asked, and when last.
    asked: Duration,
    last: Duration,
}

impl Track {
    pub(super) fn walking(&self) -> bool {
        !self.ways.is_empty()
    }

    /// Detours that the walk is on.
    pub(super) fn depth(&self) -> usize {
        self.ways.len().saturating_sub(1)
    }

    /// Zones above the present one.
    pub(super) fn level(&self) -> usize {
        self.ways.last().map_or(0, |way| way.zones.len().saturating_sub(1))
    }

    /// The name that the present way leads to.
    pub(super) fn name(&self) -> &str {
        self.ways.last().map_or("", |way| way.target.as_str())
    }

    /// The name asked for, or the last that an alias led to.
    pub(super) fn target(&self) -> &str {
        self.name()
    }

    pub(super) fn record_type(&self) -> &str {
        self.ways.last().map_or("", |way| way.record_type.as_str())
    }

    /// A question to a server not asked before it: the same way, a detour, or back from one.
    pub(super) fn asked(&mut self, facts: &Query, at: Duration) {
        (self.asked, self.last) = (at, at);
        let Some(question) = &facts.question else { return };
        let same = |way: &Way| {
            way.target.eq_ignore_ascii_case(&question.name) && way.record_type == question.record_type
        };
        let detour = facts.reason == Reason::NameServerAddress;
        let known = self.ways.iter().rposition(same);
        if let Some(known) = known
            && !detour
        {
            self.ways.truncate(known + 1);
            return;
        }
        let way = Way {
            name: question.name.clone(),
            record_type: question.record_type.clone(),
            target: question.name.clone(),
            zones: Vec::new(),
        };
        if detour && self.ways.len() > 1 && self.looks_for(&question.name) {
            // The other family's address of the same server.
            self.ways.pop();
        }
        if self.ways.is_empty() || (detour && self.ways.len() < DEPTH) {
            self.ways.push(way);
        } else if let Some(last) = self.ways.last_mut() {
            last.target.clone_from(&question.name);
            last.record_type.clone_from(&question.record_type);
        }
    }

    /// The same question to the same server.
    pub(super) fn again(&mut self, _facts: &Query, at: Duration) {
        self.last = at;
    }

    /// A server of `zone` is drawn: zones that do not hold it are left.
    pub(super) fn enter(&mut self, zone: &str) {
        let Some(way) = self.ways.last_mut() else { return };
        while way.zones.last().is_some_and(|above| !within(zone, above)) {
            way.zones.pop();
        }
        if !way.zones.last().is_some_and(|last| last.eq_ignore_ascii_case(zone)) {
            way.zones.push(zone.to_owned());
        }
    }

    pub(super) fn alias(&mut self, target: &str) {
        if let Some(way) = self.ways.last_mut() {
            target.clone_into(&mut way.target);
        }
    }

    /// Whether the present way is the detour for this server's address.
    pub(super) fn looks_for(&self, server: &str) -> bool {
        self.ways.len() > 1 && self.ways.last().is_some_and(|way| way.name.eq_ignore_ascii_case(server))
    }

    /// Ends the present detour.
    pub(super) fn leave(&mut self) {
        if self.ways.len() > 1 {
            self.ways.pop();
        }
    }

    /// Ends the walk; the servers' names are kept.
    pub(super) fn end(&mut self) {
        self.ways.clear();
    }

    pub(super) fn name_server(&mut self, address: &str, name: &str) {
        if self.names.len() < NAMES {
            self.names.insert(address.to_owned(), name.to_owned());
        }
    }

    /// On a detour an address is that of the server whose name is looked up.
    pub(super) fn learn_address(&mut self, address: &str) {
        if self.ways.len() > 1
            && let Some(name) = self.ways.last().map(|way| way.name.clone())
        {
            self.name_server(address, &name);
        }
    }

    pub(super) fn server_name(&self, address: &str) -> Option<&str> {
        self.names.get(address).map(String::as_str)
    }

    /// How long the answer took: as told, or since the question was last sent.
    pub(super) fn took(&self, at: Duration, took: Option<Duration>) -> Duration {
        took.unwrap_or_else(|| at.saturating_sub(self.last))
    }

    /// How long the server was given in all.
    pub(super) fn since_asked(&self, now: Duration) -> Duration {
        now.saturating_sub(self.asked)
    }
}

/// Whether `zone` is `above` or lies below it.
fn within(zone: &str, above: &str) -> bool {
    let (zone, above) = (zone.to_ascii_lowercase(), above.to_ascii_lowercase());
    above == "." || zone == above || zone.strip_suffix(&above).is_some_and(|rest| rest.ends_with('.'))
}
