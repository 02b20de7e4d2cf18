//! UDP on the ladder: an arrow a datagram, and an ICMP message as an arrow of whoever sent it. An arrow of the one side alone
//! says that it was sent, not that it arrived.

use std::io;

use super::draw::Mark;
use super::talks::index;
use super::{Ladder, labels};
use crate::event::tcp::{Bytes, Direction, Icmp};
use crate::event::udp::{DeliveryFailed, PeerSeen, UdpConnected};
use crate::event::{Address, Event, Side};

/// What a datagram's arrow carries beside its size.
pub(super) fn content(preview: String, facts: &Bytes) -> String {
    match (facts.lost, facts.len) {
        (Some(lost), _) => {
            format!("{preview}, {} lost", labels::size(lost)).trim_start_matches(", ").to_owned()
        }
        (None, _) if facts.truncated => format!("{preview}, cut").trim_start_matches(", ").to_owned(),
        (None, 0) => "empty datagram".to_owned(),
        (None, _) => preview,
    }
}

/// The message by the name it has in the field, where it is a common one.
fn named(icmp: Icmp) -> String {
    match (icmp.v6, icmp.kind, icmp.code) {
        (false, 3, 3) => "ICMP port unreachable".to_owned(),
        (true, 1, 4) => "ICMPv6 port unreachable".to_owned(),
        (false, 3, 9 | 10 | 13) => "ICMP prohibited".to_owned(),
        (true, 1, 1) => "ICMPv6 prohibited".to_owned(),
        (false, kind, code) => format!("ICMP type {kind} code {code}"),
        (true, kind, code) => format!("ICMPv6 type {kind} code {code}"),
    }
}

impl Ladder {
    /// A socket got its peer: the addresses stand over the lifelines, and nothing is drawn between them.
    pub(super) fn given_a_peer(&mut self, event: &Event, facts: &UdpConnected) -> io::Result<()> {
        let text = "UDP socket for that peer; nothing sent".to_owned();
        let mark = Mark::Note { at: event.side, text };
        self.mark(event.at, event.flow, event.side, Some(&facts.ends), mark)
    }

    pub(super) fn peer_seen(&mut self, event: &Event, facts: &PeerSeen) -> io::Result<()> {
        let text = format!("client {}", facts.client);
        self.mark(event.at, event.flow, event.side, Some(&facts.ends), Mark::Note { at: event.side, text })
    }

    pub(super) fn forgotten(&mut self, event: &Event) -> io::Result<()> {
        let mark = Mark::Note { at: event.side, text: "forgotten".to_owned() };
        self.mark(event.at, event.flow, event.side, None, mark)?;
        if let Some(flow) = event.flow {
            self.talks.close(flow);
        }
        Ok(())
    }

    /// From the peer's own address the message is its arrow; from elsewhere it says from where.
    pub(super) fn undelivered(&mut self, event: &Event, facts: &DeliveryFailed) -> io::Result<()> {
        let peer = facts.ends.peer.as_ref().and_then(Address::inet).map(|peer| peer.ip());
        self.seen[index(event.side)] = true;
        let mark = match facts.icmp {
            Some(icmp) => {
                let origin = icmp.origin.filter(|origin| Some(*origin) != peer);
                let from = origin.map(|origin| format!(" from {origin}")).unwrap_or_default();
                Mark::Arrow { from: Side::Server, label: format!("{}{from}", named(icmp)) }
            }
            None => Mark::Fault { at: event.side, text: "refused".to_owned() },
        };
        self.mark(event.at, event.flow, event.side, Some(&facts.ends), mark)?;
        let call = match facts.during {
            Direction::Sent => "this send gets an error",
            Direction::Received => "the next read gets an error",
        };
        let mark = Mark::Fault { at: event.side, text: call.to_owned() };
        self.mark(event.at, event.flow, event.side, None, mark)
    }
}
