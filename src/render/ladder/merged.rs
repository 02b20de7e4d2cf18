//! What the ladder says of recordings that were put together: whose they are, and where the time begins.

use std::io;
use std::time::Duration;

use super::draw::Mark;
use super::talks::index;
use super::{Ladder, Role};
use crate::event::run::RecordingsMerged;
use crate::event::{Event, Flow, Side};

impl Ladder {
    /// Time begins where the two ends first meet: one of them may have waited for long.
    pub(super) fn merged(&mut self, event: &Event, facts: &RecordingsMerged) -> io::Result<()> {
        self.two_clocks = true;
        self.origin = facts.met.map(|met| event.at.saturating_add(met));
        self.introduce((String::new(), String::new()), Role::Plain)
    }

    /// Names the recording that tells one side of a conversation, once, where several tell that side.
    pub(super) fn name(&mut self, at: Duration, flow: Option<Flow>, side: Side) -> io::Result<()> {
        let Some(file) = self.tellers[index(side)].clone() else { return Ok(()) };
        let talk = self.talks.find(flow, side, None);
        if std::mem::replace(&mut talk.named[index(side)], true) {
            return Ok(());
        }
        let serial = talk.serial;
        let mark = Mark::Note { at: side, text: format!("told by {file}") };
        let times = self.times(at, side);
        self.drawing.mark(times, &mark, Role::Flow(serial), &mut self.out)
    }
}
