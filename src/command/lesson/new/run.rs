//! One recorded run: what of it matters for a check, and what was said in it.

use std::io::BufReader;
use std::path::Path;

use serde::Serialize;

use crate::command::Stop;
use crate::command::named::Named;
use crate::event::recording::{Reader, RecordingError};
use crate::event::tcp::Protocol;
use crate::event::{Address, Event, EventKind, Flow, Layer, Side};

/// More patterns than this are no task that a beginner does in one go.
const MOST: usize = 16;

/// What a client said is kept up to this many octets: more is not typed by hand.
const SAID: usize = 4096;

/// Conversations whose words are kept.
const TALKS: usize = 8;

/// A condition of a pattern: a number, a text, or the port or path of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Text(String),
    Number(u64),
    /// A port or a path that is another in another run.
    Place(Address),
}

/// A pattern to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) event: String,
    pub(super) side: Side,
    pub(super) terms: Vec<(&'static str, Term)>,
    pub(super) flow: Option<Flow>,
}

/// One conversation.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) flow: Flow,
    pub(super) protocol: Option<Protocol>,
    /// The server's end.
    pub(super) service: Option<Address>,
    /// What went to the server, and what came from it.
    pub(super) asked: Said,
    pub(super) answered: Said,
    /// Method and target of its requests.
    pub(super) requests: Vec<(String, String)>,
    pub(super) ended_by_client: bool,
    /// The system said that a datagram was not delivered.
    pub(super) refused: bool,
}

/// Octets that were said, as far as they were kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) octets: Vec<u8>,
    /// More was said than was kept.
    pub(super) cut: bool,
    pub(super) any: bool,
}

/// What is kept of a recording.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The command line, without the program's name.
    pub(super) command: Vec<String>,
    /// Seconds of the machine's clock.
    pub(super) began: f64,
    pub(super) expected: Vec<Expected>,
    /// Patterns that were too many.
    pub(super) left_out: usize,
    pub(super) talks: Vec<Talk>,
    /// A peer on another machine.
    pub(super) elsewhere: Option<Address>,
    pub(super) tls: bool,
    /// A server that refused, by RST or by ICMP.
    pub(super) refused: bool,
}

/// What keeps a recording from being read.
pub(super) enum Unread {
    Open(std::io::Error),
    Damaged(RecordingError),
}

impl Said {
    fn hear(&mut self, facts: &crate::event::tcp::Bytes) {
        self.any |= facts.len > 0;
        let octets = &facts.head.0;
        let room = SAID.saturating_sub(self.octets.len()).min(octets.len());
        if !self.cut {
            self.octets.extend_from_slice(&octets[..room]);
        }
        self.cut |= (octets.len() as u64) < facts.len || room < octets.len();
    }
}

impl Run {
    /// Reads a recording.
    pub(super) fn read(path: &Path, stop: &Stop) -> Result<Run, Unread> {
        let file = Named::open(path, stop).map_err(Unread::Open)?;
        let mut reader = Reader::open(BufReader::new(file)).map_err(Unread::Damaged)?;
        let mut run = Run {
            command: reader.header.command.iter().skip(1).cloned().collect(),
            began: reader.header.monotonic,
            expected: Vec::new(),
            left_out: 0,
            talks: Vec::new(),
            elsewhere: None,
            tls: false,
            refused: false,
        };
        for event in &mut reader {
            run.event(&event.map_err(Unread::Damaged)?);
        }
        Ok(run)
    }

    pub(super) fn serves(&self) -> bool {
        self.command.first().is_some_and(|word| word == "serve")
    }

    fn event(&mut self, event: &Event) {
        self.talk(event);
        self.meet(event);
        if let EventKind::Connected(facts) = &event.kind {
            self.reached(facts.ends.peer.as_ref().and_then(Address::port));
        }
        let Some(expected) = self.expect(event) else { return };
        if self.expected.contains(&expected) {
            return;
        }
        if self.expected.len() < MOST {
            self.expected.push(expected);
        } else {
            self.left_out += 1;
        }
    }

    /// Another address of the name was tried in vain before: that is this machine's, and no part of the task.
    fn reached(&mut self, port: Option<u16>) {
        let there = |term: &Term| matches!(term, Term::Place(place) if place.port() == port);
        self.expected.retain(|expected| {
            expected.event != "connect_failed" || !expected.terms.iter().any(|(_, term)| there(term))
        });
        self.refused = self.expected.iter().any(|expected| expected.event == "connect_failed");
    }

    /// What was said in which conversation.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events matter to no check")]
    fn talk(&mut self, event: &Event) {
        let Some(flow) = event.flow else { return };
        let Some(index) = self.talks.iter().position(|talk| talk.flow == flow).or_else(|| self.begin(flow))
        else {
            return;
        };
        let talk = &mut self.talks[index];
        match &event.kind {
            EventKind::FlowOpened(facts) => {
                talk.protocol = Some(facts.protocol);
                self.tls |= matches!(facts.protocol, Protocol::Tls | Protocol::Https);
            }
            EventKind::Accepted(facts) => talk.service.clone_from(&facts.ends.local),
            EventKind::PeerSeen(facts) => talk.service.clone_from(&facts.ends.local),
            EventKind::Connected(facts) => talk.service.clone_from(&facts.ends.peer),
            EventKind::UdpConnected(facts) => talk.service.clone_from(&facts.ends.peer),
            EventKind::Bytes(facts) if !matches!(event.layer, Some(Layer::Tls)) => {
                let asked = facts.direction.from(event.side) == Side::Client;
                let said = if asked { &mut talk.asked } else { &mut talk.answered };
                said.hear(facts);
            }
            EventKind::Request(facts) if talk.requests.len() < MOST => {
                talk.requests.push((facts.method.clone(), facts.target.clone()));
            }
            EventKind::HalfClosed(facts) => talk.ended_by_client |= facts.by == Side::Client,
            EventKind::Closed(facts) => talk.ended_by_client |= facts.by == Side::Client,
            EventKind::InputEnded(_) => talk.ended_by_client = true,
            EventKind::DeliveryFailed(_) => talk.refused = true,
            _ => {}
        }
    }

    fn begin(&mut self, flow: Flow) -> Option<usize> {
        if self.talks.len() == TALKS {
            return None;
        }
        self.talks.push(Talk {
            flow,
            protocol: None,
            service: None,
            asked: Said::default(),
            answered: Said::default(),
            requests: Vec::new(),
            ended_by_client: false,
            refused: false,
        });
        Some(self.talks.len() - 1)
    }

    /// Peers on other machines, and servers that refused.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events matter to no check")]
    fn meet(&mut self, event: &Event) {
        let peer = match &event.kind {
            EventKind::Connected(facts) => facts.ends.peer.as_ref(),
            EventKind::ConnectFailed(facts) => {
                self.refused = true;
                facts.ends.peer.as_ref()
            }
            EventKind::UdpConnected(facts) => facts.ends.peer.as_ref(),
            EventKind::DeliveryFailed(facts) => {
                self.refused = true;
                facts.ends.peer.as_ref()
            }
            EventKind::Query(facts) => facts.ends.peer.as_ref(),
            EventKind::Accepted(facts) => facts.ends.peer.as_ref(),
            _ => None,
        };
        let remote =
            |peer: &&Address| peer.inet().is_some_and(|peer| !peer.ip().to_canonical().is_loopback());
        if let Some(peer) = peer.filter(remote) {
            self.elsewhere.get_or_insert_with(|| peer.clone());
        }
    }

    fn protocol(&self, event: &Event) -> Option<Protocol> {
        self.talks.iter().find(|talk| Some(talk.flow) == event.flow).and_then(|talk| talk.protocol)
    }

    /// What of an event a check may ask for: nothing that is another in another run.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events matter to no check")]
    fn expect(&self, event: &Event) -> Option<Expected> {
        let place =
            |name, address: Option<&Address>| address.map(|address| (name, Term::Place(address.clone())));
        let http = matches!(self.protocol(event), Some(Protocol::Http | Protocol::Https));
        let terms: Vec<Option<(&'static str, Term)>> = match &event.kind {
            EventKind::Listening(facts) => vec![place("local", facts.ends.local.as_ref())],
            EventKind::ListenFailed(facts) => {
                vec![place("local", facts.ends.local.as_ref()), Some(("reason", word(&facts.reason)))]
            }
            EventKind::Accepted(facts) => vec![place("local", facts.ends.local.as_ref())],
            EventKind::PeerSeen(facts) => vec![place("local", facts.ends.local.as_ref())],
            EventKind::Connected(facts) => vec![place("peer", facts.ends.peer.as_ref())],
            EventKind::UdpConnected(facts) => vec![place("peer", facts.ends.peer.as_ref())],
            EventKind::ConnectFailed(facts) => {
                vec![place("peer", facts.ends.peer.as_ref()), Some(("reason", word(&facts.reason)))]
            }
            EventKind::Bytes(facts) if !http && facts.len > 0 && !facts.annotated => {
                vec![Some(("direction", word(&facts.direction)))]
            }
            // A FIN may pass the answer on its way; what the connection came to is told by its end.
            EventKind::Closed(facts) if !(http || event.side == Side::Server && facts.by == Side::Server) => {
                vec![Some(("by", word(&facts.by))), Some(("how", word(&facts.how)))]
            }
            EventKind::Request(facts) => {
                let target = facts.target.split('?').next().unwrap_or_default();
                let target =
                    (target.len() == facts.target.len()).then(|| ("target", Term::Text(target.to_owned())));
                vec![Some(("method", Term::Text(facts.method.clone()))), target]
            }
            EventKind::Response(facts) => vec![Some(("status", Term::Number(u64::from(facts.status))))],
            EventKind::Malformed(_) | EventKind::DeliveryFailed(_) => Vec::new(),
            EventKind::NameFailed(facts) => {
                vec![Some(("name", Term::Text(facts.name.clone()))), Some(("reason", word(&facts.reason)))]
            }
            EventKind::Reply(facts) if event.side != Side::Server => {
                let name =
                    facts.question.as_ref().map(|question| ("name", Term::Text(question.name.clone())));
                let kind = facts
                    .question
                    .as_ref()
                    .map(|question| ("record_type", Term::Text(question.record_type.clone())));
                vec![name, kind, Some(("rcode", Term::Text(facts.rcode.clone())))]
            }
            _ => return None,
        };
        Some(Expected {
            event: event.kind.name().to_owned(),
            side: event.side,
            terms: terms.into_iter().flatten().collect(),
            flow: event.flow.filter(|_| !matches!(event.kind, EventKind::Listening(_) | EventKind::Reply(_))),
        })
    }
}

/// A choice of the contract, by the word that it has in JSON.
fn word<T: Serialize>(value: &T) -> Term {
    let word = serde_json::to_value(value).unwrap_or_default();
    Term::Text(word.as_str().map(str::to_owned).unwrap_or_default())
}

impl Talk {
    /// Whether what came back is what went, as far as both are known.
    pub(super) fn echoes(&self) -> bool {
        let (asked, answered) = (&self.asked.octets, &self.answered.octets);
        let common = asked.len().min(answered.len());
        self.answered.any && common > 0 && asked[..common] == answered[..common]
    }
}
