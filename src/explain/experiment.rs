//! Words for experiments: what is about to happen and whom it may hurt, and what the kernel then shows.

use super::{Explanation, amount, bytes, time};
use crate::event::experiment::{Backlogged, CountersMoved, Experiment, ExperimentAnnounced, InterfaceMoved};
use crate::event::{Event, Layer};
use crate::explain::tcp::owner;

const LABEL: &str = "experiment";

/// Words for [`ExperimentAnnounced`].
pub fn announced(event: &Event, facts: &ExperimentAnnounced) -> Explanation {
    let unix = event.layer == Some(Layer::Unix);
    match facts.experiment {
        Experiment::HalfClose if unix => {
            Explanation::step(LABEL, "half-close: as soon as our input is sent our direction ends; then we only read")
                .why(
                    "experiment.half-close",
                    "The two directions of a connection end one by one. A server that waits for the end of its input can answer now.",
                )
                .source("POSIX.1-2024 shutdown()")
                .words(&["half-close"])
        }
        Experiment::HalfClose => {
            Explanation::step(LABEL, "half-close: our FIN goes out as soon as our input is sent; then we only read")
                .why(
                    "experiment.half-close",
                    "The two directions of a connection end one by one. A server that waits for the end of its input can answer now.",
                )
                .source("RFC 9293 section 3.6")
                .words(&["half-close", "FIN"])
        }
        Experiment::Reset => {
            Explanation::step(LABEL, "reset: as soon as our input is sent we break the connection off (RST)")
                .why(
                    "experiment.reset",
                    "Warning: this can end the program at the other end. The RST can make a call there fail (ECONNRESET). A program without a handler for that error ends, as a Node server whose sockets have no 'error' listener does.",
                )
                .more("SO_LINGER with the time 0: closing throws away what is not delivered yet and sends a RST instead of a FIN.")
                .source("RFC 9293 section 3.10.5")
                .words(&["RST", "ECONNRESET"])
        }
        Experiment::NoRead => {
            let mut what = "no read: we send our input and read nothing that comes".to_owned();
            if let Some(limit) = facts.time {
                what.push_str(&format!(", for {} at most (-w)", time(limit)));
            }
            Explanation::step(LABEL, what)
                .why(
                    "experiment.no-read-reset",
                    "Warning: what is unread when we close makes the close a RST (ECONNRESET): it can end the program at the other end. One without a handler for that error ends, as a Node server whose sockets have no 'error' listener does.",
                )
                .why(
                    "experiment.no-read",
                    "Our system takes what comes until its buffer is full. The room that is left is the window it offers: at 0 the other end has to wait.",
                )
                .source("RFC 9293 section 3.8.6")
                .source("RFC 1122 section 4.2.2.13")
                .words(&["window", "receive queue", "RST"])
        }
        Experiment::Drip => {
            let mut what = "drip: one byte in each write".to_owned();
            if let Some(every) = facts.time {
                what.push_str(&format!(", {} apart", time(every)));
            }
            Explanation::step(LABEL, what)
                .why(
                    "experiment.drip",
                    "A stream keeps no boundaries: the other end may read these bytes one by one, or several at once.",
                )
                .source(if unix { "POSIX.1-2024 section 2.10.6 (SOCK_STREAM)" } else { "RFC 9293 section 2.2" })
                .words(&["byte stream"])
        }
    }
}

/// Words for [`Backlogged`].
pub fn backlogged(facts: &Backlogged) -> Explanation {
    if facts.unread == 0 {
        return Explanation::step("unread", "nothing has come that we could leave unread");
    }
    let mut what = format!("{} wait here, and we do not read them", bytes(facts.unread));
    match facts.window {
        Some(0) => what.push_str("; our window is 0"),
        Some(window) => what.push_str(&format!("; our window is {}", bytes(u64::from(window)))),
        None => {}
    }
    let mut words = Explanation::step("unread", what);
    if facts.window == Some(0) {
        words = words.why(
            "backlogged.zero",
            "The other end's system may send no more. It asks from time to time whether there is room again.",
        );
    }
    if let Some(waiting) = facts.waiting {
        let program = facts.owner.as_ref().map_or_else(|| "the other end".to_owned(), owner);
        let text = match waiting {
            0 => format!("Nothing waits at {program}: all it wrote has arrived here."),
            _ => format!(
                "{} wait in the send queue of {program}. Once that is full too, its next write waits.",
                bytes(waiting)
            ),
        };
        words = words.why("backlogged.sender", text);
    }
    words.source("RFC 9293 section 3.8.6").words(&["window", "receive queue"])
}

/// Words for [`CountersMoved`].
pub fn counters(facts: &CountersMoved) -> Explanation {
    if let Some(error) = &facts.error {
        return Explanation::step(
            "counters",
            format!("unknown: the counters of the interfaces cannot be read ({error})"),
        );
    }
    let one = |moved: &InterfaceMoved| {
        let kind = if moved.loopback { " (loopback)" } else { "" };
        if moved.received == 0 && moved.sent == 0 {
            return format!("{}{kind}: not moved", moved.name);
        }
        format!("{}{kind}: {} out, {} in", moved.name, amount(moved.sent), amount(moved.received))
    };
    let told: Vec<String> = facts.interfaces.iter().map(one).collect();
    let what = if told.is_empty() { "this machine has no interface".to_owned() } else { told.join("; ") };
    let mut words = Explanation::step("counters", what).why(
        "counters",
        "So far the interfaces' counters moved during this run. They count whole packets, with headers and ACKs, of every program.",
    );
    if facts.unix {
        words =
            words.why("counters.unix", "A Unix socket uses none of them: its bytes pass inside the kernel.");
    } else if facts.interfaces.iter().any(|moved| moved.loopback && moved.sent > 0) {
        words = words.why(
            "counters.loopback",
            "What goes out by loopback comes in by it: each byte is in both counts.",
        );
    }
    words.words(&["loopback"])
}
