//! Bytes outside of any message: first ones that may be another protocol, and those after the last response.

use crate::event::http::{Known, LeftOver, ProtocolRecognised};
use crate::event::{Head, Side};

use super::super::broken::WINDOW;
use super::super::foreign::{self, Guess};
use super::super::head::Step;
use super::super::pass::Pass;
use super::super::{Readings, mask};
use super::{Carries, Conversation, State};

impl Conversation {
    pub(super) fn guess(&self, carries: Carries, first: &[u8]) -> Guess {
        match carries {
            Carries::Requests => foreign::request(first),
            Carries::Responses => foreign::response(first),
        }
    }

    /// The first bytes of a direction: HTTP, another protocol, or too few to tell.
    pub(super) fn recognise(
        &mut self,
        carries: Carries,
        mut first: Vec<u8>,
        pass: &mut Pass<'_>,
        readings: &mut Readings,
    ) -> State {
        if first.is_empty() && carries == Carries::Responses {
            self.response_begins(pass, readings);
        }
        let rest = pass.rest();
        let sample = [&first, &rest[..rest.len().min(foreign::MOST - first.len())]].concat();
        let protocol = match self.guess(carries, &sample) {
            Guess::Http => {
                let mut head = self.new_head(carries, pass.here() - first.len() as u64);
                // Octets of an earlier call are read now, and hold no secret: they are a beginning of the first line.
                return match head.feed(&first, 0, &mut Vec::new()).1 {
                    Step::Broken(facts) => self.broke(*facts, pass, readings),
                    Step::More | Step::Done => State::Head(head),
                };
            }
            Guess::More if sample.len() < foreign::MOST => {
                pass.want(rest.len());
                pass.at = pass.bytes.len();
                first = sample;
                return State::Fresh(first);
            }
            Guess::More => Known::Unknown,
            Guess::Foreign(protocol) => protocol,
        };
        let facts = self.foreign(carries, protocol, &sample, readings);
        pass.found.push(facts.into());
        self.want_unread(pass);
        pass.stop(pass.here() - first.len() as u64);
        State::Mute
    }

    pub(super) fn foreign(
        &self,
        carries: Carries,
        protocol: Known,
        first: &[u8],
        readings: &mut Readings,
    ) -> ProtocolRecognised {
        let head = self.concealed(first);
        let facts = ProtocolRecognised { by: Self::by(carries), expected: "HTTP".to_owned(), protocol, head };
        readings.foreign.get_or_insert(facts).clone()
    }

    /// The first octets of something that is not read line by line.
    pub(super) fn concealed(&self, bytes: &[u8]) -> Head {
        let mut head = bytes[..bytes.len().min(WINDOW)].to_vec();
        if !self.settings.secrets {
            for range in mask::ranges(&head) {
                head[range].fill(b'*');
            }
        }
        Head(head)
    }

    /// Captures the rest of a call that is not read.
    pub(super) fn want_unread(&self, pass: &mut Pass<'_>) {
        let rest = pass.rest();
        pass.want(rest.len().min(self.settings.body_capture));
        if !self.settings.secrets {
            let at = pass.at;
            pass.secret.extend(mask::ranges(rest).into_iter().map(|range| range.start + at..range.end + at));
        }
    }

    pub(super) fn left_over(&mut self, pass: &mut Pass<'_>, readings: &mut Readings) -> State {
        let rest = pass.rest();
        let facts = LeftOver {
            by: Side::Server,
            offset: pass.here(),
            len: rest.len() as u64,
            head: self.concealed(rest),
            declared: self.declared,
        };
        readings.left_over = Some(facts.clone());
        pass.found.push(facts.into());
        self.want_unread(pass);
        pass.stop(pass.here());
        State::Mute
    }
}
