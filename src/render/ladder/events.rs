//! What becomes of each kind of event that is neither bytes nor a head: a line, an arrow of its own, something to remember, or nothing.

use std::io::{self, Write as _};

use super::draw::Mark;
use super::talks::index;
use super::{Ladder, Message, labels};
use crate::event::{Event, EventKind, Side};
use crate::explain::explain;
use crate::render::Level;
use crate::render::style::rule;

impl Ladder {
    /// Everything but bytes and heads.
    pub(super) fn other(&mut self, event: &Event) -> io::Result<()> {
        let full = self.drawing.style.level == Level::Full;
        match &event.kind {
            EventKind::FlowOpened(facts) => {
                self.talks.find(event.flow, event.side, Some(&facts.ends)).protocol = Some(facts.protocol);
                Ok(())
            }
            EventKind::Connected(facts) => self.opened(event, &facts.ends),
            EventKind::Accepted(facts) => self.opened(event, &facts.ends),
            EventKind::ConnectFailed(facts) => self.connect_failed(event, facts),
            EventKind::HalfClosed(facts) => self.fin(event, facts.by),
            EventKind::Closed(facts) => self.closed(event, facts),
            EventKind::TlsEstablished(facts) => {
                let talk = self.talks.find(event.flow, event.side, None);
                if std::mem::replace(&mut talk.encrypted, true) {
                    return Ok(());
                }
                let text = format!("from here on encrypted: {}", facts.version);
                // It took until now: what passed meanwhile stands above.
                let at = event.at.saturating_add(event.took.unwrap_or_default());
                self.mark(at, event.flow, event.side, None, Mark::Note { at: event.side, text })
            }
            EventKind::PeerIdentified(facts) => {
                let text = explain(event).what;
                self.mark(event.at, event.flow, event.side, None, Mark::Note { at: facts.of, text })
            }
            EventKind::Unread(facts) => {
                let text = format!("{} unread", labels::size(facts.len));
                self.mark(event.at, event.flow, event.side, None, Mark::Note { at: facts.of, text })
            }
            EventKind::BodyEnded(facts) if !facts.complete => {
                let text = format!("the body ends after {}", labels::size(facts.len));
                self.mark(event.at, event.flow, event.side, None, Mark::Fault { at: event.side, text })
            }
            EventKind::RecordingsMerged(facts) => self.merged(event, facts),
            EventKind::FlowsMatched(facts) => {
                self.talks.marry([facts.client, facts.server]);
                Ok(())
            }
            EventKind::ToldBy(facts) => {
                self.tellers[index(facts.of)] = Some(facts.file.clone());
                Ok(())
            }
            EventKind::Chapter(_) => {
                let words = explain(event);
                self.heads = None;
                writeln!(self.out)?;
                rule(&self.drawing.style, &words.what, &words.label, &mut self.out)
            }
            EventKind::NameFailed(_)
            | EventKind::QueryFailed(_)
            | EventKind::ReplyIgnored(_)
            | EventKind::ServerSkipped(_)
            | EventKind::ListenFailed(_)
            | EventKind::TlsFailed(_)
            | EventKind::Malformed(_)
            | EventKind::LeftOver(_)
            | EventKind::ProtocolRecognised(_)
            | EventKind::Failed(_) => self.tell(event, event.side, true),
            EventKind::NameLookedUp(_)
            | EventKind::NameEncoded(_)
            | EventKind::ResolverConfigured(_)
            | EventKind::PathsCompared(_)
            | EventKind::ReferralReceived(_)
            | EventKind::AliasFollowed(_)
            | EventKind::Walked(_)
            | EventKind::LabStarted(_)
            | EventKind::LabJoined(_)
            | EventKind::LabCounted(_)
            | EventKind::CacheListed(_)
            | EventKind::Listening(_)
            | EventKind::SocketFileRemoved(_)
            | EventKind::StaleSocketFile(_)
            | EventKind::FamiliesDiffer(_)
            | EventKind::Redirected(_)
            | EventKind::LibraryStarted(_)
            | EventKind::ExperimentAnnounced(_)
            | EventKind::Backlogged(_)
            | EventKind::ClientsAnnounced(_)
            | EventKind::ClientsCounted(_)
            | EventKind::Folded(_)
            | EventKind::EventsLost(_) => self.tell(event, event.side, false),
            EventKind::TcpInfo(_) if full => self.tell(event, event.side, false),
            EventKind::HttpAgreed(facts) => self.http_agreed(event, facts),
            EventKind::Http2Preface(facts) => self.preface(event, facts),
            EventKind::Http2Frame(facts) => self.frame(event, facts),
            EventKind::UdpConnected(facts) => self.given_a_peer(event, facts),
            EventKind::PeerSeen(facts) => self.peer_seen(event, facts),
            EventKind::PeerForgotten(_) => self.forgotten(event),
            EventKind::DeliveryFailed(facts) => self.undelivered(event, facts),
            EventKind::SendRefused(_) => self.tell(event, event.side, true),
            EventKind::FellSilent(_) => self.tell(event, event.side, false),
            EventKind::InputEnded(_) if full => self.tell(event, event.side, false),
            EventKind::Query(facts) => {
                let message = Message { from: Side::Client, ends: &facts.ends, label: labels::query(facts) };
                self.message(event, message)
            }
            EventKind::Reply(facts) => {
                let message = Message { from: Side::Server, ends: &facts.ends, label: labels::reply(facts) };
                self.message(event, message)
            }
            EventKind::Request(facts) => self.decoded(event, facts.by, labels::request(facts)),
            EventKind::Response(facts) => self.decoded(event, facts.by, labels::response(facts)),
            EventKind::Bytes(_)
            | EventKind::InputEnded(_)
            | EventKind::TcpInfo(_)
            | EventKind::AuthorityWritten(_)
            | EventKind::BodyEnded(_)
            | EventKind::Reused(_)
            | EventKind::RequestsCompared(_)
            | EventKind::Timed(_)
            | EventKind::Answered(_)
            | EventKind::Misanswered(_)
            | EventKind::ProxyIgnored(_)
            | EventKind::LibraryCompared(_)
            | EventKind::SocketFileMade(_)
            | EventKind::SocketFound(_)
            | EventKind::SocketAppeared(_)
            | EventKind::SocketChanged(_)
            | EventKind::SocketVanished(_)
            | EventKind::SocketsCounted(_)
            | EventKind::BindTried(_)
            | EventKind::ProbeAnnounced(_)
            | EventKind::PortProbed(_)
            | EventKind::AddressOffered(_)
            | EventKind::Checked(_)
            | EventKind::CountersMoved(_)
            | EventKind::Served(_)
            | EventKind::Conversed(_)
            | EventKind::LessonStarted(_)
            | EventKind::StepStarted(_)
            | EventKind::Chosen(_)
            | EventKind::Judged(_)
            | EventKind::StepEnded(_)
            | EventKind::LessonEnded(_)
            | EventKind::ClientsEnded(_)
            | EventKind::Finished(_)
            | EventKind::Unknown(_) => Ok(()),
        }
    }
}
