//! Numbered steps with what, why and time.
//!
//! It decides what is said this time: how much by the level, no *why* and no command twice in one run, and past a rate that a
//! person can read it counts instead. The words themselves come from `explain`.

mod block;
mod fold;
mod hold;
mod margins;
mod sentences;
mod shown;
mod terms;

use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write as _};

use super::style::{Role, Row, rule, wrap};
use super::{Level, Out, Render, Style, Voice, drawing, waterfall};
use crate::event::http::Timed;
use crate::event::tcp::AddressOffered;
use crate::event::{Event, EventKind, Flow, Layer};
use crate::explain::{Explanation, Try, explain, number};
use block::{Block, line_role};
use fold::Fold;
use hold::Hold;
use sentences::sentences_within;
use terms::{Terms, listed};

/// Waterfalls drawn at the end; further exchanges are counted.
const TIMED: usize = 8;
/// Commands remembered so as not to be given twice.
const COMMANDS: usize = 256;

/// Numbered steps with what, why and time.
pub struct Narration {
    voice: Voice,
    style: Style,
    out: BufWriter<Out>,
    step: u32,
    given: HashSet<&'static str>,
    tried: HashSet<String>,
    /// Names looked up in a story.
    names: HashSet<String>,
    terms: Terms,
    timed: Vec<Timed>,
    /// Exchanges timed beyond those kept.
    untold: u64,
    /// Serial of the client of each open flow, for the server's voice.
    clients: HashMap<Flow, u64>,
    last_client: Option<u64>,
    fold: Fold,
    hold: Hold,
}

impl Narration {
    /// Writes to `out`.
    pub fn new(voice: Voice, style: Style, out: Out) -> Self {
        Narration {
            voice,
            style,
            out: BufWriter::new(out),
            step: 0,
            given: HashSet::new(),
            tried: HashSet::new(),
            names: HashSet::new(),
            terms: Terms::default(),
            timed: Vec::new(),
            untold: 0,
            clients: HashMap::new(),
            last_client: None,
            fold: Fold::default(),
            hold: Hold::default(),
        }
    }

    /// The writer, for a view that tells in the narration's words what is not its own.
    pub(super) fn out(&mut self) -> &mut dyn io::Write {
        &mut self.out
    }

    /// Takes terms that such a view used, for the last line.
    pub(super) fn terms(&mut self, words: &[&'static str]) {
        self.terms.take(words);
    }

    /// A story told from both ends at brief: what both ends say is said once, and nothing that its text says already.
    fn story(&self) -> bool {
        self.voice == Voice::Both && self.style.level == Level::Brief
    }

    /// Shows one explanation; the event gives side, flow and time.
    fn tell(&mut self, event: &Event, words: &Explanation) -> io::Result<()> {
        let plain = self.style.facts.then(|| words.clone().facts(event));
        let bad = words.cause.is_some();
        let words = plain.as_ref().unwrap_or(words);
        if self.style.level == Level::None {
            return self.one_line(words);
        }
        let columns = self.columns(event, words);
        let (more, sources) = self.more(words);
        let block = Block {
            columns,
            words,
            bad,
            time: self.time(event),
            why: self.why(event, words),
            more,
            sources,
            next: self.next(event, words),
            lines: line_role(event),
            whole: self.style.level == Level::Full,
            terse: self.story(),
            beside: self.story()
                || matches!(event.kind, EventKind::Bytes(_)) && self.style.level == Level::Brief,
        };
        block.write(&self.style, &mut self.out)?;
        if matches!(event.kind, EventKind::Failed(_)) {
            self.terms.take_failure(&words.words);
        } else {
            self.terms.take(&words.words);
        }
        Ok(())
    }

    /// The reasons not given yet; at brief as many sentences as fit two lines of a usual terminal.
    fn why(&mut self, event: &Event, words: &Explanation) -> Vec<String> {
        let short = self.style.level == Level::Brief
            && !matches!(event.kind, EventKind::Failed(_) | EventKind::Chapter(_));
        let columns = self.style.columns().max(80) - if self.story() { 21 } else { 13 };
        // A walk has many steps, and a page of a story few lines.
        let most = if self.story() && event.layer == Some(Layer::Dns) { 1 } else { 2 };
        let mut lines = 0;
        let mut told = Vec::new();
        // Evidence would fill the page, and what to do at a listening server is what the story does next.
        let untold = self.story() && matches!(event.kind, EventKind::Failed(_) | EventKind::Listening(_));
        for why in words.why.iter().filter(|_| !untold) {
            if self.given.contains(why.id) {
                continue;
            }
            let text = if short {
                let Some(text) = sentences_within(&self.style, &why.text, columns, most - lines) else {
                    break;
                };
                lines += wrap(&self.style, text, columns).len();
                text
            } else {
                why.text.as_str()
            };
            self.given.insert(why.id);
            told.push(text.to_owned());
            if short && lines >= most {
                break;
            }
        }
        told
    }

    /// Finer points, and sources.
    fn more(&self, words: &Explanation) -> (Vec<String>, Vec<String>) {
        if self.style.level != Level::Full {
            return Default::default();
        }
        (words.more.clone(), listed(words.sources.iter().copied()))
    }

    fn next<'w>(&mut self, event: &Event, words: &'w Explanation) -> Vec<&'w Try> {
        let last_word = matches!(event.kind, EventKind::Failed(_));
        let most = match (self.story(), last_word) {
            (true, true) => 1,
            (true, false) => 0,
            (false, _) => usize::MAX,
        };
        let mut next = Vec::new();
        for offer in words.next.iter().take(most) {
            let told = self.tried.contains(&offer.command);
            if !told && self.tried.len() < COMMANDS {
                self.tried.insert(offer.command.clone());
            }
            if last_word || !told || offer.command.is_empty() {
                next.push(offer);
            }
        }
        next
    }

    /// At level none: what failed, why, what next; a line each.
    fn one_line(&mut self, words: &Explanation) -> io::Result<()> {
        let cause = words.cause.as_deref().map(|cause| format!("cause: {cause}"));
        let what = format!("netlearn: {}", words.what);
        for (indent, text) in [(0, Some(what)), (2, cause)] {
            for line in text.iter().flat_map(|text| wrap(&self.style, text, self.style.columns() - indent)) {
                Row::new(&self.style).to(indent).put(Role::Plain, &line).end(&mut self.out)?;
            }
        }
        if let Some(next) = words.next.iter().find(|next| !next.command.is_empty()) {
            for line in wrap(&self.style, &format!("try: {}", next.command), self.style.columns() - 2) {
                Row::new(&self.style).to(2).put(Role::Plain, &line).end(&mut self.out)?;
            }
        }
        Ok(())
    }

    fn chapter(&mut self, words: &Explanation) -> io::Result<()> {
        self.waterfalls()?;
        self.step = 0;
        self.last_client = None;
        if self.style.level == Level::None {
            return Ok(());
        }
        writeln!(self.out)?;
        let title = format!("{}  {}", words.label, words.what);
        let command = words.next.first().map_or("", |next| next.command.as_str());
        rule(&self.style, &title, command, &mut self.out)?;
        for why in words.why.iter().filter(|_| !self.style.facts) {
            for line in wrap(&self.style, &why.text, self.style.columns() - 3) {
                Row::new(&self.style).to(3).put(Role::Plain, &line).end(&mut self.out)?;
            }
        }
        Ok(())
    }

    fn waterfalls(&mut self) -> io::Result<()> {
        let timed = std::mem::take(&mut self.timed);
        let untold = std::mem::take(&mut self.untold);
        if self.style.level == Level::None || self.style.facts || self.story() || timed.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        for exchange in &timed {
            waterfall::compact(&self.style, exchange, &mut self.out)?;
        }
        if untold > 0 {
            let text = format!("and {} more exchanges", number(untold));
            Row::new(&self.style).to(3).put(Role::Plain, &text).end(&mut self.out)?;
        }
        Ok(())
    }

    /// What was held back or counted instead of shown, before something else is said.
    fn unfold(&mut self, event: Option<&Event>) -> io::Result<()> {
        if let Some((held, words)) = self.hold.take() {
            self.tell(&held, &words)?;
        }
        for (event, words) in self.fold.due(event, self.clients.len()) {
            self.tell(&event, &words)?;
        }
        Ok(())
    }
}

impl Narration {
    /// An event that is to be shown: with the one held back, counted, held back itself, or by itself.
    fn step_of(&mut self, event: &Event, words: Explanation) -> io::Result<()> {
        let both = self.hold.joined(event);
        self.unfold(Some(event))?;
        if self.fold.takes(event, self.voice) {
            return Ok(());
        }
        if let Some(both) = both {
            return self.tell(event, &both);
        }
        match self.hold.keeps(event, words, self.style.level) {
            Some(words) => self.tell(event, &words),
            None => Ok(()),
        }
    }
}

impl Render for Narration {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let (EventKind::Accepted(facts), Some(flow)) = (&event.kind, event.flow) {
            self.clients.insert(flow, facts.client);
        }
        if let (EventKind::PeerSeen(facts), Some(flow)) = (&event.kind, event.flow) {
            self.clients.insert(flow, facts.client);
        }
        if let EventKind::Timed(timed) = &event.kind {
            if self.timed.len() < TIMED { self.timed.push(timed.clone()) } else { self.untold += 1 }
        }
        let words = explain(event);
        if self.style.level == Level::None && self.voice == Voice::Both {
            self.hold.failure_of_a_story(event, words);
            return Ok(());
        }
        if matches!(event.kind, EventKind::Chapter(_)) {
            self.unfold(None)?;
            return self.chapter(&words);
        }
        if self.shows(event, &words) {
            let words = self.shortened(event, words);
            self.step_of(event, words)?;
            if let EventKind::AddressOffered(AddressOffered { url: Some(url), .. }) = &event.kind {
                self.unfold(None)?;
                drawing::write(&self.style, url, &mut self.out)?;
            }
        }
        if let (EventKind::Closed(_) | EventKind::PeerForgotten(_), Some(flow)) = (&event.kind, event.flow) {
            self.clients.remove(&flow);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.unfold(None)?;
        self.waterfalls()?;
        if self.style.level != Level::None {
            self.terms.write(&self.style, &mut self.out)?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;
