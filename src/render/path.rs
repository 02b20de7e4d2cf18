//! The way from the root to an answer, drawn server by server.
//!
//! It draws what was asked and answered, in the order of the events; where a server's own name is not known from them, its
//! address stands alone. What does not belong to a walk is told in the narration's words.

mod answers;
mod rows;
mod track;

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use super::narration::Narration;
use super::{Level, Out, Render, Style, Voice};
use crate::event::dns::{
    Alias, AliasFollowed, Query, Reason, ReferralReceived, Reply, ServerSkipped, Walked,
};
use crate::event::failure::{Evidence, Failed};
use crate::event::{Address, Event, EventKind, Side};
use crate::explain::dns::walk as words;
use crate::explain::{Explanation, explain, number, plural, time};
use rows::{Place, Server};
use track::Track;

/// Draws a walk.
pub struct Path {
    style: Style,
    /// Tells what is no part of a walk, and owns the writer.
    narration: Narration,
    track: Track,
    held: Option<Held>,
    given: HashSet<&'static str>,
    /// Some walk was drawn: the next begins with an empty line.
    drawn: bool,
}

/// What waits for the event that says what it was.
enum Held {
    Reply { facts: Box<Reply>, at: Duration, took: Option<Duration>, drawn: bool },
    Failed { event: Box<Event> },
}

impl Path {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Path {
            style,
            narration: Narration::new(Voice::Server, style, out),
            track: Track::default(),
            held: None,
            given: HashSet::new(),
            drawn: false,
        }
    }

    fn place(&self) -> Place {
        Place { style: self.style, depth: self.track.depth(), zones: self.track.level() }
    }

    fn query(&mut self, event: &Event, facts: &Query) -> io::Result<()> {
        let first = !self.track.walking();
        match facts.reason {
            Reason::Retry | Reason::Truncated | Reason::WithoutEdns => {
                self.repeated(event, facts)?;
            }
            Reason::Asked
            | Reason::NextServer
            | Reason::Root
            | Reason::Referral
            | Reason::NameServerAddress
            | Reason::Alias => {
                self.settle()?;
                let before = self.track.depth();
                self.track.asked(facts, event.at);
                let after = self.track.depth();
                if first {
                    self.heading(facts)?;
                } else if after > before {
                    let name = facts.question.as_ref().map_or("", |question| question.name.as_str());
                    self.aside(before, &format!("Before that, we look for the address of {name}:"))?;
                } else if after < before {
                    let name = self.track.name().to_owned();
                    self.aside(after, &format!("Back to {name}:"))?;
                }
            }
        }
        Ok(())
    }

    /// The same question once more: why.
    fn repeated(&mut self, event: &Event, facts: &Query) -> io::Result<()> {
        let who = self.who(facts.ends.peer.as_ref().map(ToString::to_string).as_deref());
        let after = match self.held.take() {
            Some(Held::Failed { event }) => event.took.map(|took| format!(" in {}", time(took))),
            Some(held @ Held::Reply { .. }) => {
                if facts.reason == Reason::Retry {
                    self.held = Some(held);
                    self.settle()?;
                }
                None
            }
            None => None,
        };
        self.track.again(facts, event.at);
        let text = match facts.reason {
            Reason::Truncated => {
                format!(
                    "{who}: the answer does not fit UDP and was cut off (TC). The same question again, over TCP."
                )
            }
            Reason::WithoutEdns => format!("{who} does not take EDNS. The same question again, without."),
            Reason::Retry
            | Reason::Asked
            | Reason::NextServer
            | Reason::Root
            | Reason::Referral
            | Reason::NameServerAddress
            | Reason::Alias => {
                let after = after.unwrap_or_default();
                format!("{who}: nothing usable came{after}. The same question again.")
            }
        };
        let place = self.place();
        place.note(&text, self.narration.out())
    }

    fn heading(&mut self, facts: &Query) -> io::Result<()> {
        let Some(question) = &facts.question else { return Ok(()) };
        let what = match question.record_type.as_str() {
            "A" => "the IPv4 address".to_owned(),
            "AAAA" => "the IPv6 address".to_owned(),
            "ANY" => "any records".to_owned(),
            other => format!("the {other} records"),
        };
        let zone = facts.server.as_deref().unwrap_or(".");
        let start =
            if zone == "." { "the root".to_owned() } else { format!("{zone}, which we know already") };
        let port = facts.ends.peer.as_ref().and_then(Address::port).filter(|port| *port != 53);
        let port = port.map(|port| format!(" Every server is asked at port {port}.")).unwrap_or_default();
        let text = format!("Who knows {what} of {}? We begin at {start}.{port}", question.name);
        let place = self.place();
        if self.drawn {
            place.blank(self.narration.out())?;
        }
        self.drawn = true;
        place.heading(&text, self.narration.out())
    }

    /// A line that opens or closes a detour, at the depth outside of it.
    fn aside(&mut self, depth: usize, text: &str) -> io::Result<()> {
        let place = Place { style: self.style, depth, zones: 0 };
        place.line(text, self.narration.out())
    }

    /// Draws what was held back: nothing more is coming that would say what it means.
    fn settle(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some(Held::Reply { facts, at, took, drawn }) => {
                if !drawn {
                    self.answer_row(&facts, at, took)?;
                }
                self.records(&facts)
            }
            Some(Held::Failed { event }) => {
                let what = explain(&event).what;
                let place = self.place();
                place.note(&what, self.narration.out())
            }
            None => Ok(()),
        }
    }

    fn referral(&mut self, event: &Event, facts: &ReferralReceived) -> io::Result<()> {
        if let Some(Held::Reply { facts: reply, at, took, .. }) = self.held.take() {
            self.answer_row(&reply, at, took)?;
        }
        for server in &facts.servers {
            for address in &server.glue {
                self.track.name_server(&address.to_string(), &server.name);
            }
        }
        let text = format!("knows who runs {}: {}", facts.zone, words::servers(facts));
        let place = self.place();
        place.said(&text, self.narration.out())?;
        self.why(&self.words(event))
    }

    fn alias(&mut self, event: &Event, facts: &AliasFollowed) -> io::Result<()> {
        if let Some(Held::Reply { facts: reply, at, took, drawn }) = self.held.take() {
            if !drawn {
                self.answer_row(&reply, at, took)?;
            }
            self.held = Some(Held::Reply { facts: reply, at, took, drawn: true });
        }
        self.track.alias(&facts.target);
        let place = self.place();
        place.said(&words::another_name(facts), self.narration.out())?;
        self.why(&self.words(event))
    }

    /// The alias that is not followed: it leads back, or it is one too many.
    fn closing_alias(&mut self, facts: &Failed) -> io::Result<()> {
        for fact in &facts.evidence {
            if let Evidence::Aliases { chain } = fact
                && let Some((last, before)) = chain.split_last()
                && self.track.walking()
            {
                let back = |alias: &Alias| alias.name.eq_ignore_ascii_case(&last.target);
                let back = back(last) || before.iter().any(back);
                let where_to = if back { ": that is where we were" } else { "" };
                let text = format!("{} is another name for {}{where_to}", last.name, last.target);
                let place = self.place();
                place.bad(&text, self.narration.out())?;
            }
        }
        Ok(())
    }

    fn skipped(&mut self, event: &Event, facts: &ServerSkipped) -> io::Result<()> {
        // The address of this server was looked for, and not found.
        let lookup =
            facts.address.is_none() && facts.server.as_deref().is_some_and(|name| self.track.looks_for(name));
        if lookup {
            self.settle()?;
            self.track.leave();
            let name = self.track.name().to_owned();
            self.aside(self.track.depth(), &format!("Back to {name}:"))?;
        }
        let took = match self.held.take() {
            Some(Held::Reply { at, took, .. }) => Some(self.track.took(at, took)),
            Some(Held::Failed { .. }) => Some(self.track.since_asked(event.at)),
            None => None,
        };
        let address = facts.address.map(Address::from);
        if let (Some(address), Some(name)) = (&address, &facts.server) {
            self.track.name_server(&bare(address), name);
        }
        if address.is_some() {
            self.server_row(&facts.zone, address.as_ref(), "skipped", took)?;
        } else {
            self.track.enter(&facts.zone);
            let name = facts.server.as_deref().unwrap_or_default();
            let server =
                Server { zone: &facts.zone, address: name, name: "", outcome: "skipped", took: None };
            let place = self.place();
            place.server(&server, self.narration.out())?;
        }
        let place = self.place();
        place.bad(&words::why_skipped(facts), self.narration.out())?;
        self.why(&self.words(event))
    }

    fn walked(&mut self, event: &Event, facts: &Walked) -> io::Result<()> {
        self.settle()?;
        let explanation = self.words(event);
        let place = Place { style: self.style, depth: 0, zones: 0 };
        for why in &explanation.why {
            place.line(&why.text, self.narration.out())?;
        }
        let path = facts.path.len() as u64;
        let all = u64::from(facts.questions);
        if all > path || self.style.level == Level::Full {
            let took = event.took.map(|took| format!(" in {}", time(took))).unwrap_or_default();
            let rest = all.saturating_sub(path);
            let detours = match rest {
                0 => String::new(),
                _ => format!(": {} on the path, {} beside it", number(path), number(rest)),
            };
            place.line(&format!("{}{took}{detours}.", plural(all, "question")), self.narration.out())?;
        }
        if self.style.level == Level::Full && !explanation.sources.is_empty() {
            place.line(&format!("source: {}", explanation.sources.join(", ")), self.narration.out())?;
        }
        self.narration.terms(&explanation.words);
        self.track.end();
        Ok(())
    }

    fn words(&self, event: &Event) -> Explanation {
        let words = explain(event);
        if self.style.facts { words.facts(event) } else { words }
    }

    /// A reason, once in a run; at brief the first one that is new.
    fn why(&mut self, explanation: &Explanation) -> io::Result<()> {
        let place = self.place();
        let mut told = 0;
        for why in &explanation.why {
            if (self.style.level == Level::Full || told == 0) && self.given.insert(why.id) {
                place.note(&why.text, self.narration.out())?;
                told += 1;
            }
        }
        if told > 0 {
            self.finer(explanation, &place)?;
        }
        self.narration.terms(&explanation.words);
        Ok(())
    }

    /// At full: finer points and where it is written.
    fn finer(&mut self, explanation: &Explanation, place: &Place) -> io::Result<()> {
        if self.style.level != Level::Full {
            return Ok(());
        }
        for more in &explanation.more {
            place.note(more, self.narration.out())?;
        }
        if explanation.sources.is_empty() {
            return Ok(());
        }
        place.note(&format!("source: {}", explanation.sources.join(", ")), self.narration.out())
    }

    /// An address as a line names it: with the server's name, where it is known.
    fn who(&self, peer: Option<&str>) -> String {
        let Some(peer) = peer else { return "the server".to_owned() };
        let address = Address::from(peer.to_owned());
        let address = bare(&address);
        match self.track.server_name(&address) {
            Some(name) => format!("{name} at {address}"),
            None => address,
        }
    }

    /// Draws an event of a walk; false where it belongs to none.
    fn of_walk(&mut self, event: &Event) -> io::Result<bool> {
        // Servers that live in the same process (a lab's) are the other end of what is drawn here.
        if event.side == Side::Server {
            return Ok(!matches!(event.kind, EventKind::Failed(_)));
        }
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "what is no part of a walk is the narration's to tell"
        )]
        match &event.kind {
            EventKind::Query(facts) => self.query(event, facts)?,
            EventKind::Reply(facts) => {
                self.held =
                    Some(Held::Reply { facts: facts.clone(), at: event.at, took: event.took, drawn: false });
            }
            EventKind::QueryFailed(_) => self.held = Some(Held::Failed { event: Box::new(event.clone()) }),
            EventKind::ReplyIgnored(_) => {
                let what = explain(event).what;
                let place = self.place();
                place.note(&what, self.narration.out())?;
            }
            EventKind::ReferralReceived(facts) => self.referral(event, facts)?,
            EventKind::AliasFollowed(facts) => self.alias(event, facts)?,
            EventKind::ServerSkipped(facts) => self.skipped(event, facts)?,
            EventKind::Walked(facts) => self.walked(event, facts)?,
            EventKind::FlowOpened(_)
            | EventKind::Connected(_)
            | EventKind::Bytes(_)
            | EventKind::HalfClosed(_)
            | EventKind::Closed(_)
            | EventKind::TcpInfo(_) => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An address without its port.
fn bare(address: &Address) -> String {
    address.inet().map_or_else(|| address.to_string(), |inet| inet.ip().to_string())
}

impl Render for Path {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let quiet = self.style.level == Level::None;
        if quiet || !self.of_walk(event)? {
            if let EventKind::Failed(facts) = &event.kind
                && !quiet
            {
                self.settle()?;
                self.closing_alias(facts)?;
                self.track.end();
            }
            self.narration.event(event)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.narration.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.style.level != Level::None {
            self.settle()?;
        }
        self.narration.finish()
    }
}

#[cfg(test)]
mod tests;
