//! What else is worth a line between octets: the words of events that tell where a conversation stands. It shows no octets.

use std::io;

use super::Hexdump;
use crate::event::{Event, EventKind};
use crate::explain::explain;
use crate::render::style::{Role, Row, wrap};

impl Hexdump {
    /// What else is worth a line between octets.
    pub(super) fn aside(&mut self, event: &Event) -> io::Result<()> {
        let worth = matches!(
            event.kind,
            EventKind::Listening(_)
                | EventKind::Served(_)
                | EventKind::Connected(_)
                | EventKind::ConnectFailed(_)
                | EventKind::Accepted(_)
                | EventKind::TlsEstablished(_)
                | EventKind::TlsFailed(_)
                | EventKind::HalfClosed(_)
                | EventKind::UdpConnected(_)
                | EventKind::PeerSeen(_)
                | EventKind::PeerForgotten(_)
                | EventKind::DeliveryFailed(_)
                | EventKind::SendRefused(_)
                | EventKind::FellSilent(_)
                | EventKind::Closed(_)
                | EventKind::Malformed(_)
                | EventKind::HttpAgreed(_)
                | EventKind::Folded(_)
                | EventKind::EventsLost(_)
                | EventKind::RecordingsMerged(_)
                | EventKind::ToldBy(_)
                | EventKind::Chapter(_)
                | EventKind::NameEncoded(_)
                | EventKind::ReplyIgnored(_)
                | EventKind::QueryFailed(_)
                | EventKind::ServerSkipped(_)
                | EventKind::Failed(_)
        );
        let words = explain(event);
        if !worth || words.what.is_empty() {
            return Ok(());
        }
        self.tell_skipped()?;
        // What has no label does not stick to the ^C of a terminal.
        let (indent, text) = match words.label.as_str() {
            "" => (1, words.what),
            label => (0, format!("{label}: {}", words.what)),
        };
        for line in wrap(&self.style, &text, self.style.columns().saturating_sub(indent)) {
            Row::new(&self.style).to(indent).put(Role::Plain, &line).end(&mut self.out)?;
        }
        Ok(())
    }
}
