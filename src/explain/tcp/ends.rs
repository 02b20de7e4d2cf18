//! Words for the end of a connection: who ended it, how, and by what rule.

use crate::event::tcp::{CloseHow, CloseReason, Closed, HalfClosed};
use crate::event::{Event, Layer, Side};
use crate::explain::{Explanation, bytes, plural, who};

/// Words for [`HalfClosed`].
pub fn half_closed(event: &Event, facts: &HalfClosed) -> Explanation {
    let subject = who(facts.by, event.side);
    let verb = if facts.by == event.side { "send" } else { "sends" };
    if event.layer == Some(Layer::Tls) {
        return Explanation::detail(
            "end",
            format!("{subject} {verb} no more in TLS (close_notify), after {}", bytes(facts.after)),
        )
        .source("RFC 8446 section 6.1");
    }
    let what = format!("{subject} {verb} no more (FIN), after {}", bytes(facts.after));
    let words =
        if facts.annotated { Explanation::detail("end", what) } else { Explanation::step("end", what) };
    let ours = facts.by == event.side;
    let (id, why) = if ours {
        ("half-closed.own", "Our direction has ended.")
    } else {
        ("half-closed.peer", "Their direction has ended: no more will come.")
    };
    // RFC 9293 section 3.6: who sends the FIN first passes FIN_WAIT_1 and FIN_WAIT_2, the other CLOSE_WAIT.
    let states = if ours {
        "If ours is the first FIN: FIN_WAIT_2 here once it is acknowledged, CLOSE_WAIT there until they end too."
    } else {
        "If theirs is the first FIN: CLOSE_WAIT here until we end too, FIN_WAIT_2 there once it is acknowledged."
    };
    words
        .why(id, why)
        .why("half-closed", "The two directions of a connection end one by one.")
        .more(states)
        .source("RFC 9293 section 3.6")
        .words(&["FIN", "half-close"])
}

/// Words for [`Closed`].
pub fn closed(event: &Event, facts: &Closed) -> Explanation {
    let subject = who(facts.by, event.side);
    let mut what = match facts.how {
        CloseHow::Fin => format!("{subject} hung up"),
        CloseHow::Rst => format!("{subject} broke the connection off (RST)"),
        CloseHow::Timeout => {
            format!("{} no longer acknowledged: the system gave the connection up", other(event.side))
        }
    };
    match facts.requests {
        // A client counts what it sent, a server what it answered.
        Some(count) => what.push_str(&requests(event.side, facts, count)),
        // A client's totals follow; a server tells them for each of its clients.
        None if event.side == Side::Client && facts.how == CloseHow::Fin => {}
        None => what.push_str(&format!("; {} sent, {} received", bytes(facts.sent), bytes(facts.received))),
    }
    let mut words = Explanation::step("end", what);
    if let Some(reason) = facts.why {
        words = words.why("closed.rule", rule(reason, facts.by == event.side));
    }
    if event.side == Side::Server && facts.by == Side::Client && (facts.requests, came(facts)) == (Some(0), 0)
    {
        // Chromium 156 does: its second connection carried nothing.
        words = words.why("closed.spare", "A browser may connect once more in advance and not use it.");
        words =
            match facts.application {
                Some(_) => words
                    .why("closed.handshake", "A program that only looks at the certificate leaves so too."),
                None => words
                    .why("closed.probe", "A program that only looks whether a port is open leaves so too."),
            };
    }
    if let Some(unread) = facts.unread.filter(|count| *count > 0) {
        let left = format!("{} had arrived and nobody read on.", bytes(unread));
        words = if facts.how == CloseHow::Rst && facts.by == event.side {
            words
                .why("closed.unread", format!("{left} Closing then sends a RST, to show that data was lost."))
                .source("RFC 9293 section 3.6.1")
                .source("RFC 2525 section 2.17")
        } else {
            words.why("closed.unread", left)
        };
    }
    if facts.requests.is_some() || event.side == Side::Client {
        words =
            words.more(format!("In all {} sent and {} received.", bytes(facts.sent), bytes(facts.received)));
    }
    match facts.how {
        CloseHow::Fin => words
            .more("Who ends first keeps the pair of ports in TIME_WAIT for a while, so that late segments meet no new connection.")
            .source("RFC 9293 section 3.6.1")
            .words(&["FIN", "TIME_WAIT"]),
        CloseHow::Rst => words.source("RFC 9293 section 3.5.3").words(&["RST"]),
        CloseHow::Timeout => words.source("RFC 9293 section 3.8.3").words(&["retransmission", "ACK"]),
    }
}

/// Octets that could be of a request: a handshake of TLS is not.
fn came(facts: &Closed) -> u64 {
    facts.application.unwrap_or(facts.received)
}

/// How far the requests had come, as the side that tells it knows.
fn requests(side: Side, facts: &Closed, count: u64) -> String {
    match (side, count) {
        (Side::Client, 0) => " before a request was sent".to_owned(),
        (Side::Client, _) if facts.by == Side::Client => {
            format!(" after sending {}", plural(count, "request"))
        }
        (Side::Client, _) => format!(" after {} of ours", plural(count, "request")),
        (Side::Server | Side::Resolver | Side::Observer, 0) if came(facts) > 0 => {
            ", with no request answered".to_owned()
        }
        (Side::Server | Side::Resolver | Side::Observer, 0) => " without a request".to_owned(),
        (Side::Server | Side::Resolver | Side::Observer, _) => format!(" after {}", plural(count, "request")),
    }
}

fn other(side: Side) -> &'static str {
    match side {
        Side::Client => "the server",
        Side::Server => "the client",
        Side::Resolver | Side::Observer => "the other end",
    }
}

fn rule(reason: CloseReason, ours: bool) -> &'static str {
    match reason {
        CloseReason::NoKeepAlive => {
            "The request or our answer said that it is the last one here: Connection: close, or HTTP/1.0."
        }
        CloseReason::Idle => "Nothing came for longer than the idle limit.",
        CloseReason::SlowHead => "A request had begun, and the rest of it did not come within the limit.",
        CloseReason::BadRequest => "The request was refused. What comes behind it is not taken for another.",
        CloseReason::Stopping if ours => "We are stopping.",
        CloseReason::Stopping => "The server is stopping.",
        CloseReason::TooMany => "The limit of connections is reached (--max-connections).",
        CloseReason::Fault => "The command line asked for this behaviour.",
        CloseReason::WrongProtocol => "The first bytes belong to another protocol.",
        CloseReason::NeverReads => "The client does not take the answer that it asked for.",
    }
}
