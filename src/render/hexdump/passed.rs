//! A DNS message on its way: one event is the whole of it, so it waits for nothing and belongs to no stream of bytes.
//!
//! It says who sent it to whom, over what and when; what its octets are is laid out beside it (`message`).

use std::io;
use std::time::Duration;

use super::{Hexdump, message, name};
use crate::event::dns::Transport;
use crate::event::{Event, EventKind, Side};
use crate::explain::{bytes, time};
use crate::render::style::{Role, Row, wrap};

/// A DNS message on its way.
pub(super) struct Passed<'e> {
    what: &'static str,
    from: Side,
    to: Side,
    transport: Transport,
    octets: &'e [u8],
    len: u64,
}

impl<'e> Passed<'e> {
    pub(super) fn of(event: &'e Event) -> Option<Self> {
        // Who asks is the client, or a resolver that asks for one.
        let asker = if event.side == Side::Resolver { Side::Resolver } else { Side::Client };
        let (asked, answered) = ((asker, Side::Server), (Side::Server, asker));
        let passed = |what, (from, to), transport, octets: &'e [u8], len| {
            Some(Passed { what, from, to, transport, octets, len })
        };
        if let EventKind::Query(facts) = &event.kind {
            passed("question", asked, facts.transport, &facts.head.0, facts.len)
        } else if let EventKind::Reply(facts) = &event.kind {
            passed("answer", answered, facts.transport, &facts.head.0, facts.len)
        } else if let EventKind::ReplyIgnored(facts) = &event.kind {
            passed("not believed", answered, facts.transport, &facts.head.0, facts.len)
        } else {
            None
        }
    }
}

impl Hexdump {
    /// A DNS message, whole.
    pub(super) fn message(&mut self, event: &Event, passed: &Passed<'_>) -> io::Result<()> {
        self.tell_skipped()?;
        let glyphs = self.style.glyphs();
        let role = Role::from_side(passed.from);
        let row = Row::new(&self.style)
            .put(role, name(passed.from))
            .put(Role::Plain, " ")
            .draw(Role::Plain, glyphs.rule, 1)
            .draw(Role::Plain, glyphs.right, 1)
            .put(Role::Plain, " ")
            .put(Role::Plain, name(passed.to));
        let carrier = match passed.transport {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        };
        let text = format!("  {}: {} over {carrier}", passed.what, bytes(passed.len));
        let arrived = if passed.from == event.side { Duration::ZERO } else { event.took.unwrap_or_default() };
        let since = event.at.saturating_add(arrived).saturating_sub(self.origin.unwrap_or_default());
        row.put(Role::What, &text).right(Role::Plain, &time(since)).end(&mut self.out)?;
        if passed.transport == Transport::Tcp {
            let text = "Over TCP two bytes with its length stand before the message. They are no part of it.";
            for line in wrap(&self.style, text, self.style.columns() - 2) {
                Row::new(&self.style).to(2).put(Role::Plain, &line).end(&mut self.out)?;
            }
        }
        message::write(&self.style, passed.octets, passed.len, role, &mut self.out)?;
        let rest = passed.len.saturating_sub(passed.octets.len() as u64);
        if rest > 0 {
            let text = format!("{} {} more, not captured", glyphs.ellipsis, bytes(rest));
            Row::new(&self.style).to(2).put(Role::Plain, &text).end(&mut self.out)?;
        }
        Ok(())
    }
}
