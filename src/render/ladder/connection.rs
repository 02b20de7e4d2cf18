//! How a connection begins and ends on the ladder: opened or not, one side finished, closed. What passes between is drawn elsewhere.

use std::io;
use std::time::Duration;

use super::draw::Mark;
use super::sheet::Load;
use super::talks::index;
use super::{Ladder, Role};
use crate::event::tcp::{CloseHow, Closed, ConnectFailed, ConnectFailure};
use crate::event::{Ends, Event, Layer, Side};
use crate::explain::{amount, time};
use crate::render::Level;

impl Ladder {
    pub(super) fn opened(&mut self, event: &Event, ends: &Ends) -> io::Result<()> {
        let talk = self.talks.find(event.flow, event.side, Some(ends));
        let client = event.side != Side::Server;
        let done = if client { &mut talk.connected } else { &mut talk.accepted };
        if std::mem::replace(done, true) {
            return Ok(());
        }
        let took = event.took.map(|took| format!(", open after {}", time(took))).unwrap_or_default();
        let mark = if client {
            Mark::Arrow { from: Side::Client, label: format!("connect{took}") }
        } else {
            Mark::Note { at: Side::Server, text: "accepted".to_owned() }
        };
        self.mark(event.at, event.flow, event.side, Some(ends), mark)
    }

    pub(super) fn connect_failed(&mut self, event: &Event, facts: &ConnectFailed) -> io::Result<()> {
        let took = event.took.map(time).unwrap_or_default();
        let (outcome, silent) = match facts.reason {
            ConnectFailure::Refused => ("refused".to_owned(), false),
            ConnectFailure::Rejected => ("rejected".to_owned(), false),
            ConnectFailure::Timeout => (format!("no answer in {took}"), true),
            ConnectFailure::Unreachable => ("no way there".to_owned(), true),
            ConnectFailure::Reset => ("reset".to_owned(), false),
            ConnectFailure::LocalAddress => ("own address not usable".to_owned(), true),
            ConnectFailure::Other => ("failed".to_owned(), true),
        };
        self.seen[index(Side::Client)] = true;
        let target = facts.ends.peer.as_ref().map(ToString::to_string).unwrap_or_default();
        if self.heads.is_none() {
            self.introduce((String::new(), String::new()), Role::Plain)?;
        }
        let mark = Mark::Lost { label: format!("connect {target}"), outcome, silent };
        let times = self.times(event.at, event.side);
        self.out.begin(event.side, &self.drawing)?;
        self.drawing.mark(times, &mark, Role::Plain, &mut self.out)
    }

    pub(super) fn fin(&mut self, event: &Event, by: Side) -> io::Result<()> {
        let read = if by == event.side { Duration::ZERO } else { event.took.unwrap_or_default() };
        let at = event.at.saturating_add(read);
        let talk = self.talks.find(event.flow, event.side, None);
        let serial = talk.serial;
        if std::mem::replace(&mut talk.ended[index(by)], true) {
            if by != event.side {
                self.out.arrive(serial, by, Load::End, at, &self.drawing)?;
            }
            return Ok(());
        }
        let mark = Mark::Arrow { from: by, label: end(event).to_owned() };
        self.crossing(at, event.flow, event.side, None, mark, Some(Load::End))
    }

    pub(super) fn closed(&mut self, event: &Event, facts: &Closed) -> io::Result<()> {
        match facts.how {
            CloseHow::Fin => self.fin(event, facts.by)?,
            CloseHow::Rst => {
                let talk = self.talks.find(event.flow, event.side, None);
                if !std::mem::replace(&mut talk.reset, true) {
                    let unix = event.layer == Some(Layer::Unix);
                    // Whoever left something unread broke it off; a call that failed tells that the other end did.
                    let theirs = unix && facts.unread.is_none();
                    let from = if theirs { event.side.other() } else { facts.by };
                    let label = if unix { "broken off" } else { "RST" };
                    let mark = Mark::Arrow { from, label: label.to_owned() };
                    self.mark(event.at, event.flow, event.side, None, mark)?;
                }
            }
            CloseHow::Timeout => {
                let text = "given up: nothing was acknowledged".to_owned();
                self.mark(event.at, event.flow, event.side, None, Mark::Fault { at: event.side, text })?;
            }
        }
        if self.drawing.style.level == Level::Full {
            let text = format!("closed: {} sent, {} received", amount(facts.sent), amount(facts.received));
            self.mark(event.at, event.flow, event.side, None, Mark::Note { at: event.side, text })?;
        }
        if let Some(flow) = event.flow {
            let talk = self.talks.find(event.flow, event.side, None);
            talk.closed[index(event.side)] = true;
            let serial = talk.serial;
            self.out.deaf(serial, event.side.other(), &self.drawing)?;
            self.talks.close(flow);
        }
        Ok(())
    }
}

/// What tells the other side that no more comes: TCP has a segment for it, a Unix socket has not.
fn end(event: &Event) -> &'static str {
    if event.layer == Some(Layer::Unix) { "end" } else { "FIN" }
}
