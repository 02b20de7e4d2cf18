//! Words for what a kernel tells of one connection.

use super::owner;
use crate::event::Event;
use crate::event::tcp::{TcpInfo, Unread};
use crate::explain::{Explanation, bytes as octets, plural, time, who};

/// What a state after the first FIN says of the two directions (RFC 9293 sections 3.3.2 and 3.6), and by which id. Linux is in
/// FIN_WAIT_1, CLOSING and LAST_ACK while the FIN still waits behind octets that are not sent; TIME_WAIT follows CLOSING too, where
/// the two FINs crossed. CLOSED is what it tells of a socket whose TIME_WAIT it keeps without it, as well.
fn state(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "FIN_WAIT_1" => (
            "kernel.fin_wait_1",
            "We have ended our direction. Our FIN is not acknowledged yet, and none of theirs was taken.",
        ),
        "FIN_WAIT_2" => ("kernel.fin_wait_2", "Our FIN is acknowledged, and none of theirs was taken yet."),
        "CLOSE_WAIT" => ("kernel.close_wait", "Their FIN has come, and we have not ended our direction."),
        "LAST_ACK" => (
            "kernel.last_ack",
            "Their FIN came before we ended our direction, and ours is not acknowledged yet.",
        ),
        "CLOSING" => (
            "kernel.closing",
            "Their FIN was taken after we ended our direction, and ours is not acknowledged yet.",
        ),
        "TIME_WAIT" => {
            ("kernel.time_wait", "Both directions have ended, and we ended ours before their FIN was taken.")
        }
        "CLOSED" => ("kernel.closed", "This socket has no connection any more."),
        _ => return None,
    })
}

/// Words for [`TcpInfo`]. Of a connection that is over, what would hold for its next segment is left out.
pub fn info(facts: &TcpInfo) -> Explanation {
    let over = matches!(facts.state.as_str(), "TIME_WAIT" | "CLOSED");
    let mut what = facts.state.clone();
    if let Some(rtt) = facts.rtt {
        let takes = if over { "took" } else { "takes" };
        what.push_str(&format!(", a round trip {takes} {}", time(rtt)));
    }
    if let Some(again) = facts.retransmits {
        what.push_str(&format!(", {} sent again", plural(u64::from(again), "segment")));
    }
    let mut words = Explanation::detail("kernel", what);
    if let Some((id, state)) = state(&facts.state) {
        words = words.why(id, state).source("RFC 9293 section 3.3.2 (states)");
    }
    if let Some(var) = facts.rtt_var {
        let varies = if over { "varied" } else { "varies" };
        words = words.more(format!("The round trip time {varies} by {}.", time(var)));
    }
    if let Some(mss) = facts.send_mss.filter(|_| !over) {
        // Linux keeps it below the announced MSS, at about half of the largest window seen: it grows while data flows.
        words = words
            .more(format!(
                "One segment of ours carries up to {} now: within the MSS that the other end announced.",
                octets(u64::from(mss))
            ))
            .source("RFC 9293 section 3.7.1 (effective send MSS)")
            .words(&["MSS"]);
    }
    if let Some(acked) = facts.acked {
        words = words.more(format!("The kernel at the other end has acknowledged {}.", octets(acked)));
    }
    // Linux keeps the number of a connection that was reset, and not what was in its queue.
    if let Some(waiting) = facts.unacked.filter(|_| !over) {
        words = words.more(format!("In our send queue, unsent or not acknowledged: {}.", octets(waiting)));
    }
    if let Some(received) = facts.received {
        words = words.more(format!("This kernel has received {}.", octets(received)));
    }
    if let Some(window) = facts.congestion_window.filter(|_| !over) {
        words = words.more(format!("Congestion window: {}.", plural(u64::from(window), "segment")));
    }
    if let Some(window) = facts.receive_window.filter(|_| !over) {
        words = words.more(format!("Receive window: {}.", octets(u64::from(window))));
    }
    words.source("RFC 6298 section 2 (round trip time)").words(&["RTT", "retransmission", "segment"])
}

/// Words for [`Unread`].
pub fn unread(event: &Event, facts: &Unread) -> Explanation {
    let program = match (&facts.owner, facts.of == event.side) {
        (Some(process), _) => owner(process),
        (None, true) => "our program".to_owned(),
        (None, false) => format!("the program of {}", who(facts.of, event.side)),
    };
    let words = match (facts.accepted, facts.len) {
        (false, len) => Explanation::step(
            "unread",
            format!("no program has accepted this connection; its kernel holds {}", octets(len)),
        )
        .words(&["accept queue"]),
        (true, 0) => Explanation::step("unread", format!("{program} has read every byte that arrived")),
        (true, len) => Explanation::step(
            "unread",
            format!("{program} has not read {} that its kernel holds", octets(len)),
        )
        .why("unread.kernel", "The kernel takes bytes and acknowledges them before the program reads them."),
    };
    let words = match &facts.owner {
        Some(process) if process.stopped => words
            .why(
                "unread.stopped",
                format!("pid {} is stopped: it cannot read or answer until it is continued.", process.pid),
            )
            .words(&["stopped process"]),
        Some(_) | None => words,
    };
    words.words(&["receive queue"])
}
