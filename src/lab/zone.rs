//! A zone's records, read from its master file (RFC 1035 section 5) and ready to be looked up.
//!
//! It includes no other file and serves no class but IN.

use std::collections::HashMap;

use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::txt::Parser;

use super::plan;

/// A zone as it is served.
#[derive(Clone, Debug)]
pub struct Zone {
    origin: Name,
    /// Every name that exists: owners of records, and the names between them and the origin (RFC 8020 section 2). Their case
    /// does not matter (RFC 4343).
    nodes: HashMap<Name, Node>,
    /// The SOA as a no carries it: its TTL is how long the no may be kept (RFC 2308 section 3).
    negative: Record,
}

/// One name's records; none, where it only has names below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) sets: Vec<Set>,
}

/// The records of one name and type.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) record_type: RecordType,
    pub(super) records: Vec<Record>,
}

impl Node {
    /// Its records of one type.
    pub(super) fn set(&self, record_type: RecordType) -> Option<&Set> {
        self.sets.iter().find(|set| set.record_type == record_type)
    }
}

/// What a zone has at a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'z> {
    /// The name exists, or a wildcard stands in for it (RFC 4592 section 3.3.1).
    Node(&'z Node),
    /// It lies at or below a cut: these NS records say who knows.
    Delegation(&'z Set),
    /// There is no such name.
    Nothing,
}

impl Zone {
    /// Reads a zone's master file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(zone: &plan::Zone) -> Result<Zone, String> {
        let mut origin = Name::from_ascii(&zone.origin).map_err(|error| format!("its origin: {error}"))?;
        origin.set_fqdn(true);
        if let Some(line) = zone.text.lines().position(|line| directive(line, "$INCLUDE")) {
            return Err(format!("line {}: $INCLUDE is not served here", line + 1));
        }
        let parser = Parser::new(zone.text.as_str(), None, Some(origin.clone()));
        let (_, sets) = parser.parse().map_err(|error| error.to_string())?;
        let mut nodes: HashMap<Name, Node> = HashMap::new();
        for set in sets.into_values() {
            let records: Vec<Record> = set.records_without_rrsigs().cloned().collect();
            let name = set.name();
            if !origin.zone_of(name) {
                return Err(format!("{name} does not lie in it"));
            }
            if set.dns_class() != DNSClass::IN
                || records.iter().any(|record| record.dns_class != DNSClass::IN)
            {
                return Err(format!("{name} has a record of another class than IN"));
            }
            for labels in origin.iter().count()..name.iter().count() {
                nodes.entry(name.trim_to(labels)).or_default();
            }
            let node = nodes.entry(name.clone()).or_default();
            node.sets.push(Set { record_type: set.record_type(), records });
        }
        let negative = negative(&nodes, &origin)?;
        check(&nodes, &origin)?;
        Ok(Zone { origin, nodes, negative })
    }

    /// The name at its top.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// For the authority section of a no.
    pub(super) fn negative(&self) -> &Record {
        &self.negative
    }

    /// Exactly this name's records, whether or not they are the zone's own to answer for: glue is found so.
    pub(super) fn node(&self, name: &Name) -> Option<&Node> {
        self.nodes.get(name)
    }

    /// What stands at `name`, which lies in this zone (RFC 1034 section 4.3.2, step 3). `parent`: the question is for the side of
    /// a cut that delegates (type DS, RFC 4035 section 3.1.4.1).
    pub(super) fn find(&self, name: &Name, parent: bool) -> Found<'_> {
        let labels = name.iter().count();
        for count in self.origin.iter().count() + 1..=labels {
            let Some(node) = self.nodes.get(&name.trim_to(count)) else {
                // The closest encloser is the name before this one.
                let wildcard = name.trim_to(count - 1).prepend_label("*");
                let wildcard = wildcard.ok().and_then(|wildcard| self.nodes.get(&wildcard));
                return wildcard.map_or(Found::Nothing, Found::Node);
            };
            if let Some(servers) = node.set(RecordType::NS)
                && !(parent && count == labels)
            {
                return Found::Delegation(servers);
            }
        }
        self.nodes.get(name).map_or(Found::Nothing, Found::Node)
    }
}

fn directive(line: &str, name: &str) -> bool {
    line.trim_start().get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// The SOA with the lesser of its own TTL and its MINIMUM (RFC 2308 section 3).
fn negative(nodes: &HashMap<Name, Node>, origin: &Name) -> Result<Record, String> {
    let apex = nodes.get(origin).ok_or("it has no record at its origin")?;
    let soa = apex.set(RecordType::SOA).and_then(|set| set.records.first()).ok_or("it has no SOA record")?;
    let RData::SOA(facts) = &soa.data else { return Err("it has no SOA record".to_owned()) };
    let mut negative = soa.clone();
    negative.ttl = soa.ttl.min(facts.minimum);
    Ok(negative)
}

/// What other servers refuse to load, too.
fn check(nodes: &HashMap<Name, Node>, origin: &Name) -> Result<(), String> {
    if nodes.get(origin).is_none_or(|apex| apex.set(RecordType::NS).is_none()) {
        return Err("it has no NS record at its origin".to_owned());
    }
    for (name, node) in nodes {
        if name != origin && node.set(RecordType::SOA).is_some() {
            return Err(format!("{name} has a SOA record and is not its origin"));
        }
        let Some(alias) = node.set(RecordType::CNAME) else { continue };
        if node.sets.len() > 1 || alias.records.len() > 1 {
            return Err(format!("{name} has a CNAME record and another (RFC 1034 section 3.6.2)"));
        }
    }
    Ok(())
}
