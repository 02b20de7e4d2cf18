//! Which events are told at all: by the level, by whose voice it is, and in a story by what was told already.
//!
//! How an event is told, and what of its reasons was given before, is the narration's business.

use super::Narration;
use crate::event::dns::Meaning;
use crate::event::tcp::Protocol;
use crate::event::{Event, EventKind, Layer, Side};
use crate::explain::{Explanation, Weight};
use crate::render::{Level, Voice};

impl Narration {
    pub(super) fn shows(&mut self, event: &Event, words: &Explanation) -> bool {
        if self.story() && self.told_already(event) {
            return false;
        }
        // The only attempt: the failure that follows names the address and says more.
        let only = matches!(&event.kind, EventKind::ConnectFailed(facts) if facts.of == 1);
        if only && self.style.level == Level::Brief {
            return false;
        }
        if self.of_others(event) {
            return false;
        }
        match self.style.level {
            Level::None => matches!(event.kind, EventKind::Failed(_)),
            Level::Brief => words.weight == Weight::Step,
            Level::Full => words.weight >= Weight::Detail,
        }
    }

    /// What a name server of ours does is its own story, not its client's; and what a resolver asks others shows where they
    /// answer.
    fn of_others(&self, event: &Event) -> bool {
        let name = event.layer == Some(Layer::Dns) && !matches!(event.kind, EventKind::Failed(_));
        match event.side {
            Side::Server => name && self.voice == Voice::Client,
            Side::Resolver => name && self.style.level != Level::Full,
            Side::Client | Side::Observer => false,
        }
    }

    /// A name that was looked up before, the end of a connection that its other end tells, the last of failed attempts, and
    /// of a walk the questions and what the referral or the last answer tells again.
    fn told_already(&mut self, event: &Event) -> bool {
        if let EventKind::Reply(facts) = &event.kind {
            return facts.meaning == Meaning::Referral;
        }
        if matches!(event.kind, EventKind::Query(_) | EventKind::AliasFollowed(_) | EventKind::LabJoined(_)) {
            return true;
        }
        if let EventKind::NameLookedUp(facts) = &event.kind {
            return !self.names.insert(facts.name.clone());
        }
        // After the last attempt the failure says it; a certificate's file is gone after the story, and its summary is
        // that of the first server.
        matches!(&event.kind, EventKind::ConnectFailed(facts) if facts.attempt == facts.of)
            || matches!(&event.kind, EventKind::Closed(facts) if facts.by != event.side || event.side == Side::Server)
            || matches!(&event.kind, EventKind::AuthorityWritten(_))
            || matches!(&event.kind, EventKind::Served(facts) if facts.protocol == Some(Protocol::Https))
    }

    /// In a story a second request or response has its first line alone, and a certificate its verdict.
    pub(super) fn shortened(&mut self, event: &Event, mut words: Explanation) -> Explanation {
        let request = matches!(event.kind, EventKind::Request(_));
        let head = request || matches!(event.kind, EventKind::Response(_));
        let told = if request { "story.request" } else { "story.response" };
        if head && self.story() && !self.given.insert(told) {
            words.lines.truncate(1);
        }
        if self.story() && matches!(event.kind, EventKind::TlsEstablished(_)) {
            words.lines.clear();
        }
        words
    }
}
