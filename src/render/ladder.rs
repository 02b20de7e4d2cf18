//! A sequence diagram: client left, server right, time down the side.
//!
//! Only what was recorded is drawn, each message once even where both sides recorded it, and the side that nobody recorded is
//! said to be unseen. Times are those of whoever saw the message: of the write where the sender was recorded, else of the read.
//! Where recordings of both ends were put together, each lifeline has its own times, and an arrow leaves and arrives.

mod connection;
mod draw;
mod events;
mod frames;
mod labels;
mod merged;
mod sheet;
mod talks;
mod udp;

use std::io::{self, Write as _};
use std::time::Duration;

use super::style::Role;
use super::{Out, Render, Style};
use crate::event::tcp::{Bytes, Protocol};
use crate::event::{Ends, Event, EventKind, Flow, Layer, Side};
use crate::explain::explain;
use draw::{Drawing, Mark, Times};
use sheet::{Load, Sheet, Waiting};
use talks::{Talk, Talks, index};

/// A sequence diagram: client left, server right, time down the side.
pub struct Ladder {
    drawing: Drawing,
    out: Sheet,
    talks: Talks,
    /// Time of the first event.
    origin: Option<Duration>,
    pending: Option<Pending>,
    /// Addresses that stand over the lifelines now.
    heads: Option<(String, String)>,
    /// Sides that recorded anything of a connection.
    seen: [bool; 2],
    /// Each lifeline has times of its own.
    two_clocks: bool,
    /// The recording that tells a side now, where several do.
    tellers: [Option<String>; 2],
}

/// Bytes that wait for the head they carry.
#[derive(Debug)]
struct Pending {
    at: Duration,
    flow: Option<Flow>,
    seen_by: Side,
    from: Side,
    len: u64,
    load: Load,
    /// What is known of them without a head.
    content: String,
    /// They look like the beginning of a message.
    begins: bool,
    heads: Vec<String>,
}

/// A DNS message as it is drawn.
struct Message<'e> {
    from: Side,
    ends: &'e Ends,
    label: String,
}

impl Ladder {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Ladder {
            drawing: Drawing { style },
            out: Sheet::new(out),
            talks: Talks::default(),
            origin: None,
            pending: None,
            heads: None,
            seen: [false; 2],
            two_clocks: false,
            tellers: [None, None],
        }
    }

    /// Draws a mark of a conversation, the addresses before its first one, and its port once there are several.
    fn mark(
        &mut self,
        at: Duration,
        flow: Option<Flow>,
        side: Side,
        ends: Option<&Ends>,
        mark: Mark,
    ) -> io::Result<()> {
        self.crossing(at, flow, side, ends, mark, None)
    }

    /// The same for a mark that brings something to the other side.
    fn crossing(
        &mut self,
        at: Duration,
        flow: Option<Flow>,
        side: Side,
        ends: Option<&Ends>,
        mut mark: Mark,
        load: Option<Load>,
    ) -> io::Result<()> {
        let talk = self.talks.find(flow, side, ends);
        let introduced = std::mem::replace(&mut talk.introduced, true);
        let (serial, port) = (talk.serial, talk.port());
        // The other end's recording tells when it arrives, if it still listens.
        let awaited = talk.matched && !talk.closed[index(side.other())];
        // A client at a Unix socket has no name as a rule: there is no address to miss.
        let unnamed = if talk.protocol == Some(Protocol::Unix) { "no IP address, no port" } else { "" };
        let address = |end: &Option<crate::event::Address>| {
            end.as_ref().map_or_else(|| unnamed.to_owned(), ToString::to_string)
        };
        let heads = (address(&talk.client), address(&talk.server));
        self.seen[index(side)] = true;
        self.out.begin(side, &self.drawing)?;
        if !introduced {
            self.talks.count += 1;
            self.introduce(heads, Role::Flow(serial))?;
        }
        self.name(at, flow, side)?;
        if self.talks.count > 1
            && let Some(port) = port
            && let Mark::Arrow { label, .. } = &mut mark
        {
            label.insert_str(0, &format!(":{port} "));
        }
        let times = self.times(at, side);
        match (mark, load) {
            (Mark::Arrow { from, label }, Some(load)) if awaited && from == side => {
                let role = Role::Flow(serial);
                let arrow = Waiting { talk: serial, from, load, times, label, role, over: false };
                self.out.hold(arrow, &self.drawing)
            }
            (mark, _) => self.drawing.mark(times, &mark, Role::Flow(serial), &mut self.out),
        }
    }

    fn introduce(&mut self, heads: (String, String), role: Role) -> io::Result<()> {
        if self.heads.is_none() {
            self.drawing.heads("client", "server", Role::Heading, &mut self.out)?;
        }
        if self.heads.as_ref() != Some(&heads) && heads != (String::new(), String::new()) {
            self.drawing.heads(&heads.0, &heads.1, role, &mut self.out)?;
        }
        self.heads = Some(heads);
        Ok(())
    }

    /// A mark that belongs to no conversation.
    fn aside(&mut self, at: Duration, side: Side, mark: &Mark) -> io::Result<()> {
        if self.heads.is_none() {
            self.introduce((String::new(), String::new()), Role::Plain)?;
        }
        let times = self.times(at, side);
        self.out.begin(side, &self.drawing)?;
        self.drawing.mark(times, mark, Role::Plain, &mut self.out)
    }

    /// Where the time of something stands that `side` tells.
    fn times(&self, at: Duration, side: Side) -> Times {
        let origin = self.origin.unwrap_or_default();
        match side {
            Side::Server if self.two_clocks => Times::right(at, origin),
            Side::Server | Side::Client | Side::Resolver | Side::Observer => Times::left(at, origin),
        }
    }

    /// The words of an event as a note at the side that tells it.
    fn tell(&mut self, event: &Event, at: Side, fault: bool) -> io::Result<()> {
        let words = explain(event);
        let text = if words.what.is_empty() {
            event.kind.name().to_owned()
        } else if matches!(event.kind, EventKind::Listening(_)) {
            // Its words go on from the label.
            format!("{} {}", words.label, words.what)
        } else {
            words.what
        };
        let mark = if fault { Mark::Fault { at, text } } else { Mark::Note { at, text } };
        self.aside(event.at.saturating_add(event.took.unwrap_or_default()), event.side, &mark)
    }

    /// Draws the bytes that waited for their heads.
    fn settle(&mut self) -> io::Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let dot = self.drawing.style.glyphs().dot;
        let size = labels::size(pending.len);
        let content = if pending.heads.is_empty() { pending.content } else { pending.heads.join(", ") };
        let label = if content.is_empty() { size } else { format!("{content} {dot} {size}") };
        let mark = Mark::Arrow { from: pending.from, label };
        self.crossing(pending.at, pending.flow, pending.seen_by, None, mark, Some(pending.load))
    }

    fn bytes(&mut self, event: &Event, facts: &Bytes) -> io::Result<()> {
        let from = facts.direction.from(event.side);
        let talk = self.talks.find(event.flow, event.side, None);
        self.seen[index(event.side)] = true;
        let beneath = event.layer == Some(Layer::Tcp) && talk.tls();
        let (serial, matched) = (talk.serial, talk.matched);
        let hidden = beneath && talk.encrypted || talk.frames && !beneath;
        let load = Load::of(facts, beneath);
        let read = if from == event.side { Duration::ZERO } else { event.took.unwrap_or_default() };
        let at = event.at.saturating_add(read);
        if matched && from != event.side {
            self.settle()?;
            let known = self.out.arrive(serial, from, load, at, &self.drawing)?;
            if known && facts.datagram.is_some() {
                return Ok(());
            }
        }
        if hidden {
            return self.settle();
        }
        let talk = self.talks.find(event.flow, event.side, None);
        let end = facts.datagram.unwrap_or(facts.offset.saturating_add(facts.len));
        let drawn = if beneath { &mut talk.beneath } else { &mut talk.drawn };
        if !Talk::draws(&mut drawn[index(from)], end) {
            return Ok(());
        }
        let begins = talk.http() && !beneath && labels::begins_message(&facts.head.0);
        let content = content(facts, beneath, talk.http());
        self.settle()?;
        self.pending = Some(Pending {
            at,
            load,
            flow: event.flow,
            seen_by: event.side,
            from,
            len: facts.len,
            content,
            begins,
            heads: Vec::new(),
        });
        Ok(())
    }

    /// A head: it names the bytes that wait, or stands alone where they are drawn already.
    fn head(&mut self, event: &Event, by: Side, end: u64, label: String) -> io::Result<()> {
        let talk = self.talks.find(event.flow, event.side, None);
        if !Talk::draws(&mut talk.headed[index(by)], end) {
            return Ok(());
        }
        let mine = |pending: &Pending| pending.flow == event.flow && pending.from == by;
        if let Some(pending) = self.pending.as_mut().filter(|pending| mine(pending)) {
            pending.heads.push(label);
            return Ok(());
        }
        self.settle()?;
        self.mark(event.at, event.flow, event.side, None, Mark::Arrow { from: by, label })
    }

    /// A DNS message: one event is the whole of it. Where both sides recorded it, it is drawn once.
    fn message(&mut self, event: &Event, message: Message<'_>) -> io::Result<()> {
        let Message { from, ends, label } = message;
        let talk = self.talks.find(event.flow, event.side, Some(ends));
        if !talk.tells(from, event.side) {
            return Ok(());
        }
        // Where the question was recorded by the server only, it read it; an answer that came was waited for.
        let sent = (from == Side::Server) == (event.side == Side::Server);
        let read = if sent { Duration::ZERO } else { event.took.unwrap_or_default() };
        let at = event.at.saturating_add(read);
        self.mark(at, event.flow, event.side, Some(ends), Mark::Arrow { from, label })
    }
}

/// What bytes say for themselves, without a head.
fn content(facts: &Bytes, beneath: bool, http: bool) -> String {
    let content = if beneath {
        labels::record(&facts.head.0)
    } else if http {
        String::new()
    } else {
        labels::preview(&facts.head.0, facts.len)
    };
    match facts.datagram {
        Some(_) => udp::content(content, facts),
        None => content,
    }
}

impl Render for Ladder {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if !matches!(event.kind, EventKind::RecordingsMerged(_)) {
            self.origin.get_or_insert(event.at);
        }
        if let EventKind::Bytes(facts) = &event.kind {
            return self.bytes(event, facts);
        }
        if let EventKind::Request(facts) = &event.kind
            && !facts.decoded
        {
            let end = facts.offset.saturating_add(facts.len);
            return self.head(event, facts.by, end, labels::request(facts));
        }
        if let EventKind::Response(facts) = &event.kind
            && !facts.decoded
        {
            let end = facts.offset.saturating_add(facts.len);
            return self.head(event, facts.by, end, labels::response(facts));
        }
        let silent = matches!(&event.kind, EventKind::BodyEnded(facts) if facts.complete)
            || matches!(
                event.kind,
                EventKind::Timed(_)
                    | EventKind::Reused(_)
                    | EventKind::Answered(_)
                    | EventKind::Misanswered(_)
            );
        if !silent {
            self.settle()?;
        }
        self.other(event)
    }

    fn flush(&mut self) -> io::Result<()> {
        // The head that these bytes carry is on its way.
        if !self.pending.as_ref().is_some_and(|pending| pending.begins && pending.heads.is_empty()) {
            self.settle()?;
        }
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        let unseen = match self.seen {
            [true, false] => Some((Side::Server, "the server's side: not seen from here")),
            [false, true] => Some((Side::Client, "the client's side: not seen from here")),
            [true, true] | [false, false] => None,
        };
        if let Some((at, text)) = unseen {
            self.drawing.remark(&Mark::Note { at, text: text.to_owned() }, &mut self.out)?;
        }
        self.out.end(&self.drawing)
    }
}

#[cfg(test)]
mod tests;
