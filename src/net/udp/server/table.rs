//! The clients that are remembered, in the order in which they were last heard of. How many may be is the server's business.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use crate::event::Flow;
use crate::event::recorder::At;
use crate::net::udp::Passed;

/// One client, by the socket that its datagrams came to and its own address.
pub(super) type Key = (usize, SocketAddr);

/// What is known of one client.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) client: u64,
    pub(super) flow: Flow,
    /// When its last datagram came.
    pub(super) heard: At,
    /// Its beginning was told.
    pub(super) told: bool,
    pub(super) sent: Passed,
    pub(super) received: Passed,
}

/// The clients, with those that were silent for longest first.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) peers: HashMap<Key, Peer>,
    /// The serial keeps those apart that were heard in one microsecond.
    order: BTreeMap<(At, u64), Key>,
}

impl Table {
    /// The client that was silent for longest, and since when.
    pub(super) fn oldest(&self) -> Option<(At, Key)> {
        self.order.first_key_value().map(|((heard, _), key)| (*heard, *key))
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Peer> {
        let peer = self.peers.remove(&key)?;
        self.order.remove(&(peer.heard, peer.client));
        Some(peer)
    }

    /// The known client, heard of now.
    pub(super) fn heard(&mut self, key: Key, now: At) -> Option<&mut Peer> {
        let peer = self.peers.get_mut(&key)?;
        self.order.remove(&(peer.heard, peer.client));
        peer.heard = now;
        self.order.insert((now, peer.client), key);
        Some(peer)
    }

    pub(super) fn insert(&mut self, key: Key, peer: Peer) {
        self.order.insert((peer.heard, peer.client), key);
        self.peers.insert(key, peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::recorder::Recorder;

    #[test]
    fn the_one_that_was_silent_for_longest_is_found_first() {
        let (recorder, _stream) = Recorder::start(vec![], crate::event::recorder::Delivery::Lossless);
        let mut table = Table::default();
        let at = |port: u16| (0, SocketAddr::from(([127, 0, 0, 1], port)));
        let now = recorder.now();
        for client in 1..=3_u16 {
            let peer = Peer {
                client: client.into(),
                flow: recorder.flow(),
                heard: now,
                told: true,
                sent: Passed::default(),
                received: Passed::default(),
            };
            table.insert(at(client), peer);
        }
        assert_eq!(table.oldest(), Some((now, at(1))));
        let mut later = recorder.now();
        while later == now {
            later = recorder.now();
        }
        assert!(table.heard(at(1), later).is_some());
        assert!(table.heard(at(9), later).is_none());
        assert_eq!(table.oldest(), Some((now, at(2))));
        assert!(table.remove(at(2)).is_some() && table.remove(at(2)).is_none());
        assert_eq!(table.oldest(), Some((now, at(3))));
        assert_eq!((table.peers.len(), table.order.len()), (2, 2));
    }
}
