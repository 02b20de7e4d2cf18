//! What stands left and right of an explanation: its number and label, whose it is, and the time. It tells nothing itself.

use std::time::Duration;

use super::Narration;
use super::block::Columns;
use crate::event::{Event, EventKind, Side};
use crate::explain::{Explanation, time};
use crate::render::Voice;

impl Narration {
    pub(super) fn columns(&mut self, event: &Event, words: &Explanation) -> Columns {
        match self.voice {
            Voice::Client if words.label.is_empty() || words.label == "..." => {
                Columns { prefix: format!("   {:<10}", words.label), text: 13, label: 3 }
            }
            Voice::Client => {
                self.step += 1;
                Columns { prefix: format!("{:>2} {:<10}", self.step, words.label), text: 13, label: 3 }
            }
            Voice::Server => self.server_columns(event, words),
            Voice::Both => {
                self.step += 1;
                let who = side_word(event.side);
                Columns {
                    prefix: format!("{:>2} {who:<8}{:<10}", self.step, words.label),
                    text: 21,
                    label: 3,
                }
            }
        }
    }

    fn server_columns(&mut self, event: &Event, words: &Explanation) -> Columns {
        let client = event.flow.and_then(|flow| self.clients.get(&flow).copied());
        let label = match client {
            Some(client) if self.last_client == Some(client) => String::new(),
            Some(client) => format!("client {client}"),
            None if words.label.is_empty() && event.flow.is_none() => {
                self.last_client = None;
                return Columns { prefix: " ".to_owned(), text: 1, label: 3 };
            }
            None => words.label.clone(),
        };
        self.last_client = client;
        Columns { prefix: format!(" {label:<12}"), text: 13, label: 3 }
    }

    /// What the right margin tells: how long a step took; in a server's voice when a client came.
    pub(super) fn time(&self, event: &Event) -> String {
        let accepted = matches!(event.kind, EventKind::Accepted(_) | EventKind::PeerSeen(_));
        let timed = matches!(
            event.kind,
            EventKind::NameLookedUp(_)
                | EventKind::NameFailed(_)
                | EventKind::Connected(_)
                | EventKind::ConnectFailed(_)
                | EventKind::TlsEstablished(_)
                | EventKind::TlsFailed(_)
                | EventKind::Reply(_)
                | EventKind::QueryFailed(_)
        );
        match event.took {
            _ if accepted && self.voice == Voice::Server => clock(event.at),
            Some(took) if timed && event.side != Side::Server => time(took),
            _ => String::new(),
        }
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
        Side::Resolver => "resolver",
        Side::Observer => "",
    }
}

/// When, since the run began, in seconds.
fn clock(at: Duration) -> String {
    format!("{:.2} s", at.as_secs_f64())
}
