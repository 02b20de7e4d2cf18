//! Words for many connections at once.

use super::{Explanation, amount, number, plural, time};
use crate::event::clients::{ClientFailure, ClientsAnnounced, ClientsCounted, ClientsEnded};

const LABEL: &str = "clients";

/// Words for [`ClientsAnnounced`].
pub fn announced(facts: &ClientsAnnounced) -> Explanation {
    let connections = plural(facts.clients, "connection");
    let what = match facts.clients {
        1 => format!("{connections} is opened"),
        _ => format!("{connections} are opened; the first is shown, the others are counted"),
    };
    let mut words = Explanation::step(LABEL, what);
    if let (Some(was), Some(now)) = (facts.raised_from, facts.descriptors) {
        words = words.why(
            "clients.raised",
            format!(
                "Each needs a descriptor. This program's limit was {}; we raised it to {} for this run.",
                number(was),
                number(now)
            ),
        );
    }
    let ports = match facts.lent {
        Some(lent) => {
            format!("The system lends {}, from {} to {}.", number(lent.count()), lent.first, lent.last)
        }
        None => "How many the system lends is not known here.".to_owned(),
    };
    words
        .more(format!("Each needs a port of ours too. {ports}"))
        .more(format!(
            "The first is opened alone, then the others, {} at the same time at most.",
            plural(facts.at_once, "handshake")
        ))
        .source("RFC 6056 section 2.1")
        .words(&["ephemeral port", "socket"])
}

/// Words for [`ClientsCounted`].
pub fn counted(facts: &ClientsCounted) -> Explanation {
    let mut what = if facts.all_tried {
        match facts.open {
            1 => "1 connection is open".to_owned(),
            open => format!("{} are open at the same time", plural(open, "connection")),
        }
    } else {
        format!(
            "{} of {} connected so far, {} open now",
            number(facts.connected),
            number(facts.clients),
            number(facts.open)
        )
    };
    if facts.ended_by_server > 0 {
        what.push_str(&format!("; the server has ended {} of them already", number(facts.ended_by_server)));
    }
    if facts.failed > 0 {
        what.push_str(&format!("; {} failed", number(facts.failed)));
    }
    let words = Explanation::step(LABEL, what);
    if !facts.all_tried || facts.open < 2 {
        return words;
    }
    words
        .why(
            "clients.pairs",
            "All lead to one port of the server. Their other ends tell them apart: each has a port of its own on our side.",
        )
        .more("Two addresses and two ports name a connection. No two have all four the same at the same time.")
        .source("RFC 9293 section 4 (connection)")
        .words(&["port", "ephemeral port"])
}

/// Words for [`ClientsEnded`].
pub fn ended(facts: &ClientsEnded) -> Explanation {
    let mut words = Explanation::step("total", pairs(facts));
    if let Some(times) = facts.connect_times {
        words = words.line(
            format!(
                "connect times: lowest {}, median {}, highest {}",
                time(times.lowest),
                time(times.median),
                time(times.highest)
            ),
            "",
        );
    }
    if facts.connected > 0 {
        words = words
            .line(format!("together {} sent, {} received", amount(facts.sent), amount(facts.received)), "");
        let mut ends = format!(
            "ended: {} by us, {} by the server",
            number(facts.closed_by_client),
            number(facts.closed_by_server)
        );
        if facts.reset > 0 {
            ends.push_str(&format!("; {} with a RST", number(facts.reset)));
        }
        words = words.line(ends, "");
    }
    for failed in &facts.failures {
        words = words.line(format!("failed: {}, {}", number(failed.count), reason(failed.reason)), "");
    }
    if facts.not_tried > 0 {
        words = words.line(format!("not tried, or not to the end: {}", number(facts.not_tried)), "");
    }
    words
        .more("A connect time runs from our call until this program saw the connection open.")
        .words(&["port", "ephemeral port"])
}

/// How many, over which ports.
fn pairs(facts: &ClientsEnded) -> String {
    let all = facts.connected == facts.clients;
    let opened = match (facts.connected, all) {
        (0, _) => return format!("none of {} was opened", plural(facts.clients, "connection")),
        (count, true) => plural(count, "connection"),
        (count, false) => format!("{} of {} opened", number(count), plural(facts.clients, "connection")),
    };
    let server = facts.server.map(|server| format!(": {}", server.port())).unwrap_or_default();
    format!("{opened}, {} of ours, one port of the server{server}", plural(facts.own_ports, "port"))
}

fn reason(reason: ClientFailure) -> &'static str {
    match reason {
        ClientFailure::Refused => "refused",
        ClientFailure::Rejected => "forbidden by a rule",
        ClientFailure::ConnectTimeout => "no answer to the handshake in time",
        ClientFailure::Unreachable => "no way there",
        ClientFailure::NoPort => "the system had no port of ours to lend",
        ClientFailure::NoDescriptor => "no more descriptors",
        ClientFailure::ConnectReset => "a RST within the handshake",
        ClientFailure::ConnectOther => "could not connect",
        ClientFailure::Silent => "open, and then silence for as long as we wait",
        ClientFailure::Reset => "open, and then broken off by a RST",
        ClientFailure::SendFailed => "open, and then our bytes could not be sent",
        ClientFailure::ReceiveFailed => "open, and then reading failed",
    }
}
