//! Two requests of one run that went to the same address and port for different sites: what of them differed. It compares
//! what was sent and what came, and sends nothing.

use std::hash::Hasher as _;
use std::net::SocketAddr;

use super::message::Message;
use super::shown;
use crate::event::http::RequestsCompared;

/// A digest of content as it came, for comparing with another of the same run.
#[derive(Debug, Default)]
pub(super) struct Content {
    hasher: std::hash::DefaultHasher,
    len: u64,
}

impl Content {
    /// The next octets.
    pub(super) fn piece(&mut self, octets: &[u8]) {
        self.hasher.write(octets);
        self.len += octets.len() as u64;
    }

    /// Length and digest.
    pub(super) fn whole(&self) -> (u64, u64) {
        (self.len, self.hasher.finish())
    }
}

/// An exchange that is over.
#[derive(Debug)]
pub(super) struct Past {
    peer: SocketAddr,
    message: Message,
    status: u16,
    content: (u64, u64),
}

impl Past {
    pub(super) fn new(peer: SocketAddr, message: Message, status: u16, content: (u64, u64)) -> Past {
        Past { peer, message, status, content }
    }

    /// What differed from this one, where both went to one address and port and had each its own Host.
    pub(super) fn compared(&self, later: &Past) -> Option<RequestsCompared> {
        let hosts = (self.message.hosts(), later.message.hosts());
        if self.peer != later.peer
            || self.message.is_https() != later.message.is_https()
            || hosts.0 == hosts.1
        {
            return None;
        }
        Some(RequestsCompared {
            peer: self.peer,
            tls: later.message.is_https(),
            earlier: shown(&self.message.url),
            later: shown(&later.message.url),
            earlier_host: hosts.0.join(", "),
            later_host: hosts.1.join(", "),
            differed: self.message.differences(&later.message),
            answers_differ: self.status != later.status || self.content != later.content,
        })
    }
}
