//! Words for a probe: what a connection showed, and no more than that.

use crate::event::ports::{PortProbed, ProbeAnnounced, ProbeOutcome};
use crate::explain::{Explanation, bytes, time};

/// The first octets of what a server said that are shown.
const SHOWN: usize = 60;

/// Words for [`ProbeAnnounced`].
pub fn announced(facts: &ProbeAnnounced) -> Explanation {
    let words = match facts.addresses.as_slice() {
        [] => Explanation::step("probe", "nothing to connect to: nobody listens there over TCP"),
        addresses => {
            let at: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            Explanation::step("probe", format!("we connect to {}, say nothing, and hang up", at.join(" and "))).why(
                "probe.client",
                "A server cannot tell this from a client: one that serves a single client and ends will take it for that client.",
            )
        }
    };
    if !facts.udp {
        return words;
    }
    words
        .why(
            "probe.udp",
            "To the UDP socket we send nothing: it could stay silent though a program is there, so silence would prove nothing, and we do not know what it would make of a datagram.",
        )
        .source("RFC 768")
        .words(&["UDP"])
}

/// Words for [`PortProbed`].
pub fn probed(facts: &PortProbed) -> Explanation {
    let at = facts.ends.peer.as_ref().map(ToString::to_string).unwrap_or_default();
    let step = |what: &str| Explanation::step("probe", format!("{at}: {what}"));
    let words = match facts.outcome {
        ProbeOutcome::Open => open(facts, &step),
        ProbeOutcome::Refused => step("refused").why(
            "probe.refused",
            "It stood in the table when we looked. It has ended since, or a firewall answers in its place.",
        ),
        ProbeOutcome::Timeout => step(&format!("no answer in {}", time(facts.waited))).why(
            "probe.timeout",
            "It listens by the table. Its accept queue may be full, or a firewall drops what we send; this cannot tell which.",
        ),
        ProbeOutcome::Other => step("not connected: the system refused"),
    };
    match facts.errno {
        Some(errno) => words.more(format!("errno {errno}")),
        None => words,
    }
}

fn open(facts: &PortProbed, step: &dyn Fn(&str) -> Explanation) -> Explanation {
    let words = if facts.len > 0 {
        let said = String::from_utf8_lossy(&facts.head.0);
        let line = said.lines().next().unwrap_or_default();
        let shown: String = line.chars().take(SHOWN).collect();
        step(&format!("open, and it speaks first, {}: {shown}", bytes(facts.len)))
    } else if facts.ended {
        step(&format!("open, and it hung up after {} without a word", time(facts.waited)))
    } else if facts.accepted == Some(false) {
        step("open, and no program has taken the connection").why(
            "probe.queued",
            "The kernel completed the handshake by itself. Our connection waited in the accept queue until we hung up.",
        )
    } else {
        step(&format!("open, and silent for {}", time(facts.waited))).why(
            "probe.silent",
            "It waits for the client to speak first, as HTTP and TLS servers do, or has nothing to say.",
        )
    };
    words.source("RFC 9293 section 3.5").words(&["accept queue"])
}
