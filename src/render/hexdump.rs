//! Every captured byte with the field it belongs to; the rest counted.
//!
//! Nothing is decoded here that an event or the captured octets themselves do not tell. Octets wait for the head that explains
//! them, for one drained burst at most.

mod aside;
mod fields;
mod frames;
mod message;
mod passed;

use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write as _};
use std::time::Duration;

use super::style::{Role, Row, direction_role, wrap};
use super::{Out, Render, Style};
use crate::event::tcp::{Bytes, Direction, Protocol};
use crate::event::{Event, EventKind, Flow, Layer, Side};
use crate::explain::{bytes, number, plural, time};
use fields::Fields;
use passed::Passed;

/// Pieces that wait for a head; more are shown without it.
const WAITING: usize = 64;

/// Every captured byte with the field it belongs to; the rest counted.
pub struct Hexdump {
    style: Style,
    out: BufWriter<Out>,
    origin: Option<Duration>,
    protocols: HashMap<Flow, Protocol>,
    fields: HashMap<Way, Fields>,
    /// Flows that carry HTTP/2.
    frames: HashSet<Flow>,
    pending: Vec<Event>,
    /// The head of the last pending piece has come, or none will.
    complete: bool,
    skipped: Option<(Way, u64, u64)>,
}

/// One direction of one flow at one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Way {
    flow: Option<Flow>,
    direction: Direction,
    /// Beneath TLS: its records.
    beneath: bool,
}

impl Hexdump {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Hexdump {
            style,
            out: BufWriter::new(out),
            origin: None,
            protocols: HashMap::new(),
            fields: HashMap::new(),
            frames: HashSet::new(),
            pending: Vec::new(),
            complete: true,
            skipped: None,
        }
    }

    fn protocol(&self, flow: Option<Flow>) -> Option<Protocol> {
        flow.and_then(|flow| self.protocols.get(&flow).copied())
    }

    fn way(&self, event: &Event, direction: Direction) -> Way {
        let tls = matches!(self.protocol(event.flow), Some(Protocol::Https | Protocol::Tls));
        Way { flow: event.flow, direction, beneath: tls && event.layer == Some(Layer::Tcp) }
    }

    /// What was read of heads; they stand in the clear.
    fn heads(&mut self, event: &Event, by: Side) -> &mut Fields {
        let direction = if by == event.side { Direction::Sent } else { Direction::Received };
        self.complete = true;
        self.fields.entry(Way { flow: event.flow, direction, beneath: false }).or_default()
    }

    fn bytes(&mut self, event: &Event, facts: &Bytes) -> io::Result<()> {
        let way = self.way(event, facts.direction);
        if facts.head.0.is_empty() && facts.len > 0 {
            self.settle()?;
            match &mut self.skipped {
                Some((same, calls, len)) if *same == way => {
                    *calls += 1;
                    *len = len.saturating_add(facts.len);
                }
                _ => {
                    self.tell_skipped()?;
                    self.skipped = Some((way, 1, facts.len));
                }
            }
            return Ok(());
        }
        let goes_on = self.pending.last().is_some_and(|last| {
            !self.complete
                && matches!(&last.kind, EventKind::Bytes(facts) if self.way(last, facts.direction) == way)
        });
        if !goes_on || self.pending.len() >= WAITING {
            self.settle()?;
            let http = matches!(self.protocol(event.flow), Some(Protocol::Http | Protocol::Https));
            // Frames say themselves what they are.
            let http = http && event.flow.is_none_or(|flow| !self.frames.contains(&flow));
            self.complete = !http || way.beneath;
        }
        self.pending.push(event.clone());
        Ok(())
    }

    /// From here on the flow carries HTTP/2, or a frame of it ended.
    fn framed(&mut self, event: &Event) {
        if let (EventKind::HttpAgreed(facts), Some(flow)) = (&event.kind, event.flow)
            && facts.version == "HTTP/2"
        {
            self.frames.insert(flow);
            for (direction, preface) in [(Direction::Sent, true), (Direction::Received, false)] {
                let way = Way { flow: Some(flow), direction, beneath: false };
                self.fields.insert(way, Fields::frames(preface));
            }
        }
        if let EventKind::Http2Frame(facts) = &event.kind
            && facts.frames == 1
        {
            let end = facts.offset.saturating_add(9).saturating_add(facts.len);
            self.heads(event, facts.by).frame_ended(end);
        }
    }

    /// Shows the pieces that wait, with what is known of them by now.
    fn settle(&mut self) -> io::Result<()> {
        self.complete = true;
        for event in std::mem::take(&mut self.pending) {
            if let EventKind::Bytes(facts) = &event.kind {
                self.tell_skipped()?;
                self.piece(&event, facts)?;
            }
        }
        Ok(())
    }

    fn piece(&mut self, event: &Event, facts: &Bytes) -> io::Result<()> {
        let way = self.way(event, facts.direction);
        let fresh = if way.beneath { Fields::records } else { Fields::default };
        let fields = self.fields.entry(way).or_insert_with(fresh);
        fields.read(facts.offset, &facts.head.0);
        let captured = facts.head.0.as_slice();
        let end = facts.offset.saturating_add(captured.len() as u64);
        let parts = fields.within(facts.offset, end);
        self.heading(event, facts, way)?;
        let first = parts.first().map_or(end, |part| part.offset);
        let before = (first > facts.offset).then_some((facts.offset, String::new()));
        let parts: Vec<(u64, String)> =
            before.into_iter().chain(parts.into_iter().map(|part| (part.offset, part.name))).collect();
        let role = direction_role(facts.direction, event.side);
        for (index, (from, name)) in parts.iter().enumerate() {
            let to = parts.get(index + 1).map_or(end, |(offset, _)| *offset);
            let range = (from - facts.offset) as usize..(to - facts.offset) as usize;
            self.part(*from, name, &captured[range], role)?;
        }
        let rest = facts.len.saturating_sub(captured.len() as u64);
        if facts.truncated {
            let lost = facts.lost.map_or("the rest".to_owned(), bytes);
            let text = format!(
                "{} {lost} of the datagram lost: the buffer was too small",
                self.style.glyphs().ellipsis
            );
            Row::new(&self.style).to(2).put(Role::Plain, &text).end(&mut self.out)?;
        }
        if rest > 0 {
            let text = format!("{} {} more, not captured", self.style.glyphs().ellipsis, bytes(rest));
            Row::new(&self.style).to(2).put(Role::Plain, &text).end(&mut self.out)?;
        }
        Ok(())
    }

    /// Who sent how much, when, as whom it was seen by tells it.
    fn heading(&mut self, event: &Event, facts: &Bytes, way: Way) -> io::Result<()> {
        let glyphs = self.style.glyphs();
        let (call, at) = match facts.direction {
            Direction::Sent => ("written", event.at),
            Direction::Received => ("read", event.at.saturating_add(event.took.unwrap_or_default())),
        };
        let from = facts.direction.from(event.side);
        let datagram = facts.datagram.map(|serial| format!("datagram {}, ", number(serial)));
        let datagram = datagram.unwrap_or_default();
        let mut text = format!("  {datagram}{}, {call} by the {}", bytes(facts.len), name(event.side));
        if facts.offset > 0 && facts.datagram.is_none() {
            text.push_str(&format!(", from offset {}", number(facts.offset)));
        }
        if way.beneath {
            text.push_str(", beneath TLS");
        }
        let since = at.saturating_sub(self.origin.unwrap_or_default());
        let row = Row::new(&self.style)
            .put(direction_role(facts.direction, event.side), name(from))
            .put(Role::Plain, " ")
            .draw(Role::Plain, glyphs.rule, 1)
            .draw(Role::Plain, glyphs.right, 1)
            .put(Role::Plain, " ")
            .put(Role::Plain, name(from.other()));
        let row = match event.flow {
            Some(Flow(serial)) => row.put(Role::Plain, &format!("  flow {serial}")),
            None => row,
        };
        row.put(Role::What, &text).right(Role::Plain, &time(since)).end(&mut self.out)
    }

    /// The octets of one field: its name at the right where there is room, else above.
    fn part(&mut self, offset: u64, name: &str, octets: &[u8], role: Role) -> io::Result<()> {
        const BESIDE: usize = 20;
        let columns = self.style.columns();
        let wide = match columns {
            ..44 => 4,
            44..76 => 8,
            _ => 16,
        };
        let ascii_at = 10 + wide * 3 + wide / 8;
        let beside = ascii_at + wide + 2;
        let above = columns < beside + BESIDE;
        if above && !name.is_empty() {
            for line in wrap(&self.style, name, columns - 2) {
                Row::new(&self.style).to(2).put(role, &line).end(&mut self.out)?;
            }
        }
        for (index, line) in octets.chunks(wide).enumerate() {
            let at = offset.saturating_add((index * wide) as u64);
            let mut hex = format!("{at:06x} ");
            for (column, octet) in line.iter().enumerate() {
                hex.push_str(if column == 8 { "  " } else { " " });
                hex.push_str(&format!("{octet:02x}"));
            }
            let row = Row::new(&self.style).to(2).put(Role::Plain, &hex);
            let row = row.to(ascii_at).put(role, &printable(line));
            let row = if index == 0 && !above { row.to(beside).put(Role::Plain, name) } else { row };
            row.end(&mut self.out)?;
        }
        Ok(())
    }

    fn tell_skipped(&mut self) -> io::Result<()> {
        let Some((way, calls, len)) = self.skipped.take() else { return Ok(()) };
        let call = match way.direction {
            Direction::Sent => "write",
            Direction::Received => "read",
        };
        let text = format!(
            "{} {} more in {}, not captured",
            self.style.glyphs().ellipsis,
            bytes(len),
            plural(calls, call)
        );
        Row::new(&self.style).to(2).put(Role::Plain, &text).end(&mut self.out)
    }
}

impl Render for Hexdump {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.origin.get_or_insert(event.at);
        if let EventKind::Bytes(facts) = &event.kind {
            return self.bytes(event, facts);
        }
        if let EventKind::Request(facts) = &event.kind
            && !facts.decoded
        {
            self.heads(event, facts.by).request(facts);
            return Ok(());
        }
        if let EventKind::Response(facts) = &event.kind
            && !facts.decoded
        {
            self.heads(event, facts.by).response(facts);
            return Ok(());
        }
        if let (EventKind::FlowOpened(facts), Some(flow)) = (&event.kind, event.flow) {
            self.protocols.insert(flow, facts.protocol);
        }
        self.settle()?;
        self.framed(event);
        if let Some(passed) = Passed::of(event) {
            self.message(event, &passed)?;
        }
        self.aside(event)?;
        if let (EventKind::Closed(_) | EventKind::PeerForgotten(_), Some(flow)) = (&event.kind, event.flow) {
            self.protocols.remove(&flow);
            self.frames.remove(&flow);
            self.fields.retain(|way, _| way.flow != Some(flow));
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.complete {
            self.settle()?;
        }
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        self.tell_skipped()?;
        self.out.flush()
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
        Side::Resolver => "resolver",
        Side::Observer => "observer",
    }
}

/// Printable ASCII as it is, a full stop for every other octet: the hexadecimal column tells which.
fn printable(octets: &[u8]) -> String {
    octets.iter().map(|octet| if (0x20..0x7f).contains(octet) { *octet as char } else { '.' }).collect()
}

#[cfg(test)]
mod tests;
