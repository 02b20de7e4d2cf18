//! DNS messages, as facts, taken apart, and as questions to the lab's servers.

use hickory_proto::op::Message;
use netlearn::event::dns::{Ignored, Reason, ReplyIgnored, Transport};
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::{Ends, Head, Layer, Side};
use netlearn::explain::dns::anatomy::dissect;
use netlearn::lab::dns::message;
use netlearn::net::dns::facts::{Carried, addresses, query, reply};

use super::views;

/// One message.
pub fn message(octets: &[u8]) {
    let choice = octets.first().copied().unwrap_or(0);
    taken_apart(octets);
    let transport = if choice & 1 == 0 { Transport::Udp } else { Transport::Tcp };
    let carried = || Carried { ends: Ends::default(), transport, server: Some("ns.test.".to_owned()) };
    let (recorder, mut stream) = Recorder::start(vec![], Delivery::Lossless);
    let note = |side| recorder.on(side, Layer::Dns);
    if let Ok(message) = Message::from_vec(octets) {
        let facts = reply(&message, octets, carried());
        assert_eq!(facts.len, octets.len() as u64);
        let _ = addresses(&message);
        note(Side::Client).emit(query(&message, octets, carried(), Reason::Asked, 1));
        note(Side::Client).emit(facts);
    } else {
        note(Side::Client).emit(ReplyIgnored {
            ends: Ends::default(),
            transport,
            reason: Ignored::Malformed,
            expected: String::new(),
            found: String::new(),
            len: octets.len() as u64,
            head: Head(octets.to_vec()),
        });
    }
    if let message::Read::Refused(answer) = message::read(octets) {
        // Longer than its cause, an answer would be a gift to whoever forges its sender.
        assert!(answer.len() <= octets.len().max(64), "{} octets for {}", answer.len(), octets.len());
        taken_apart(&answer);
    }
    let events: Vec<_> = std::iter::from_fn(|| stream.ready()).collect();
    views::harmless(None, &events, choice);
}

/// The parts cover every octet, in order.
fn taken_apart(octets: &[u8]) {
    for whole in [octets.len() as u64, octets.len() as u64 + 9] {
        let mut at = 0;
        for part in dissect(octets, whole) {
            assert_eq!(part.range.start, at, "{part:?}");
            assert!(part.range.end >= at, "{part:?}");
            at = part.range.end;
        }
        assert_eq!(at, octets.len());
    }
}
