//! HTTP/2 on the ladder: an arrow a frame, not a call; what a library decoded stands at the side that has it.

use std::io;

use super::draw::Mark;
use super::{Ladder, Talk, labels};
use crate::event::http2::{Http2Frame, Http2Preface, HttpAgreed, kind};
use crate::event::{Event, Side};
use crate::explain::{explain, number};
use crate::render::ladder::talks::index;

impl Ladder {
    pub(super) fn http_agreed(&mut self, event: &Event, facts: &HttpAgreed) -> io::Result<()> {
        self.talks.find(event.flow, event.side, None).frames = facts.version == "HTTP/2";
        let text = explain(event).what;
        self.mark(event.at, event.flow, event.side, None, Mark::Note { at: event.side, text })
    }

    pub(super) fn preface(&mut self, event: &Event, facts: &Http2Preface) -> io::Result<()> {
        let label = format!("preface {} {}", self.drawing.style.glyphs().dot, labels::size(facts.len));
        self.arrow(event, facts.by, facts.offset.saturating_add(facts.len), label)
    }

    pub(super) fn frame(&mut self, event: &Event, facts: &Http2Frame) -> io::Result<()> {
        let end = facts.offset.saturating_add(facts.len).saturating_add(1);
        self.arrow(event, facts.by, end, label(facts, self.drawing.style.glyphs().dot))?;
        match &facts.fault {
            Some(_) => self.tell(event, event.side, true),
            None => Ok(()),
        }
    }

    /// A head that passed compressed: the frames that carried it are drawn already.
    pub(super) fn decoded(&mut self, event: &Event, by: Side, head: String) -> io::Result<()> {
        let text = if by == event.side { format!("= {head}") } else { format!("= {head} (decoded)") };
        self.mark(event.at, event.flow, event.side, None, Mark::Note { at: event.side, text })
    }

    fn arrow(&mut self, event: &Event, from: Side, end: u64, label: String) -> io::Result<()> {
        let talk = self.talks.find(event.flow, event.side, None);
        talk.frames = true;
        if !Talk::draws(&mut talk.headed[index(from)], end) {
            return Ok(());
        }
        self.mark(event.at, event.flow, event.side, None, Mark::Arrow { from, label })
    }
}

/// `DATA 1 END_STREAM`: type, stream where it has one, flags and error; octets of the payload.
fn label(facts: &Http2Frame, dot: &str) -> String {
    let name =
        if facts.name == "unknown" { format!("type {}", facts.frame_type) } else { facts.name.clone() };
    let mut label = if facts.frames > 1 { format!("{} x {name}", number(facts.frames)) } else { name };
    if facts.stream > 0 {
        label.push_str(&format!(" {}", facts.stream));
    }
    if let Some(error) = &facts.error_name {
        label.push_str(&format!(" {error}"));
    }
    for flag in facts.flag_names.iter().filter(|flag| *flag != "END_HEADERS") {
        label.push_str(&format!(" {flag}"));
    }
    match facts.frame_type {
        kind::DATA | kind::HEADERS | kind::CONTINUATION => {
            format!("{label} {dot} {}", labels::size(facts.len))
        }
        kind::WINDOW_UPDATE => match facts.increment {
            Some(increment) => format!("{label} +{}", labels::size(increment.into())),
            None => label,
        },
        _ => label,
    }
}
