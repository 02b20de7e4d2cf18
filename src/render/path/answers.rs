//! The rows of one answer: who gave it, how, and what it says.

use std::io;
use std::time::Duration;

use super::rows::Server;
use super::{Path, bare};
use crate::event::Address;
use crate::event::dns::{Meaning, Record, Reply, Transport};
use crate::explain::{number, plural, time};
use crate::render::Level;

/// Records told one by one; further ones are counted.
const RECORDS: usize = 6;

impl Path {
    /// The server that answered, and how.
    pub(super) fn answer_row(
        &mut self,
        facts: &Reply,
        at: Duration,
        took: Option<Duration>,
    ) -> io::Result<()> {
        let outcome = match facts.meaning {
            Meaning::Answer if facts.aa => "authoritative",
            Meaning::Answer => "answer",
            Meaning::Alias => "CNAME",
            Meaning::AliasLoop => "CNAME circle",
            Meaning::Referral => "referral",
            Meaning::NoData => "NODATA",
            Meaning::NoSuchName => "NXDOMAIN",
            Meaning::Truncated => "cut off",
            Meaning::ServerFailure => "SERVFAIL",
            Meaning::Refused => "REFUSED",
            Meaning::OtherError => facts.rcode.as_str(),
            Meaning::Lame => "no answer",
        };
        let zone = facts.server.clone().unwrap_or_else(|| ".".to_owned());
        self.server_row(&zone, facts.ends.peer.as_ref(), outcome, Some(self.track.took(at, took)))?;
        self.details(facts)
    }

    pub(super) fn server_row(
        &mut self,
        zone: &str,
        peer: Option<&Address>,
        outcome: &str,
        took: Option<Duration>,
    ) -> io::Result<()> {
        self.track.enter(zone);
        let address = peer.map(bare).unwrap_or_default();
        let name = self.track.server_name(&address).map(str::to_owned).unwrap_or_default();
        let took = took.map(time);
        let server = Server { zone, address: &address, name: &name, outcome, took: took.as_deref() };
        let place = self.place();
        place.server(&server, self.narration.out())
    }

    /// At full: what of the message no other line tells.
    pub(super) fn details(&mut self, facts: &Reply) -> io::Result<()> {
        if self.style.level != Level::Full {
            return Ok(());
        }
        let carried = match facts.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        };
        let aa = if facts.aa { "AA set" } else { "AA not set" };
        let text = format!(
            "id {}, {}, {aa}; records: {} in answer, {} in authority, {} in additional; {} over {carried}",
            facts.id,
            facts.rcode,
            facts.answers.len(),
            facts.authority.len(),
            facts.additional.len(),
            plural(facts.len, "octet"),
        );
        let place = self.place();
        place.note(&text, self.narration.out())
    }

    /// What the answer says at its end.
    pub(super) fn records(&mut self, facts: &Reply) -> io::Result<()> {
        let place = self.place();
        let (name, kind) = (self.track.target().to_owned(), self.track.record_type().to_owned());
        match facts.meaning {
            Meaning::NoSuchName => {
                place.said(&format!("{name} does not exist"), self.narration.out())?;
            }
            Meaning::NoData => {
                place.said(&format!("{name} exists and has no {kind} record"), self.narration.out())?;
            }
            Meaning::Answer
            | Meaning::Alias
            | Meaning::AliasLoop
            | Meaning::Referral
            | Meaning::Truncated
            | Meaning::ServerFailure
            | Meaning::Refused
            | Meaning::OtherError
            | Meaning::Lame => {}
        }
        let fits = |record: &&Record| {
            let wanted = record.record_type == kind || kind == "ANY";
            wanted && record.name.eq_ignore_ascii_case(&name)
        };
        let found: Vec<_> = facts.answers.iter().filter(fits).collect();
        let told = if found.len() > RECORDS + 1 { RECORDS } else { found.len() };
        for record in &found[..told] {
            self.track.learn_address(&record.data);
            let text = match record.record_type.as_str() {
                "A" | "AAAA" => format!("{} is {}", record.name, record.data),
                other => format!("{} has {other} {}", record.name, record.data),
            };
            if self.style.level == Level::Full {
                place.said(&text, self.narration.out())?;
            } else {
                place.record(&text, self.narration.out())?;
            }
        }
        if told < found.len() {
            let text = format!("and {} more records", number((found.len() - told) as u64));
            place.said(&text, self.narration.out())?;
        }
        Ok(())
    }
}
