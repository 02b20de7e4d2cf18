//! Words for the run as a whole: summaries, folded counts, chapters.

use super::{Explanation, amount, bytes, number, plural};
use crate::event::run::{
    Chapter, Conversed, EventsLost, FlowsMatched, Folded, RecordingsMerged, Served, ToldBy,
};
use crate::event::tcp::Protocol;
use crate::event::{Event, Layer};

/// The chapters of the tour: id, title, and the story in one or two sentences.
pub const CHAPTERS: &[(&str, &str, &str)] = &[
    (
        "serve",
        "A server waits",
        "You open http://localhost:3000. Before that can work, a program on this machine has to wait there: a server.",
    ),
    (
        "serve-elsewhere",
        "A server waits",
        "You open http://localhost:3000, or rather another port: 3000 is taken on this machine. First a program has to wait there: a server.",
    ),
    (
        "name",
        "A name becomes an address",
        "Your browser calls addresses, not names. localhost means this machine.",
    ),
    ("connect", "A client connects", "Your browser, a client, calls the server. Both then hold one end."),
    (
        "get",
        "A request and its answer",
        "Your browser asks for a page. Question and answer are lines of text.",
    ),
    (
        "two-clients",
        "Two clients, one port",
        "A friend opens the same page. Both of you call one port of the server. Each of you calls from an address and port of your own: so no answer goes to the wrong one.",
    ),
    (
        "taken-port",
        "The port is taken",
        "You start the server a second time. The port belongs to the one that listens already, so the system refuses it to the second.",
    ),
    (
        "refused-port",
        "Nobody is there",
        "You open a port where no server waits. The answer comes at once: no.",
    ),
    (
        "ports",
        "Who listens here",
        "The system keeps a table of all its sockets. Whoever holds a port stands in it.",
    ),
    (
        "https",
        "The same, encrypted",
        "You open https:// instead. The request is the same, and on its way nobody else can read it.",
    ),
    (
        "walk",
        "From the root",
        "For other names somebody has to be asked: here a pocket internet on this machine. No server in it knows everything.",
    ),
];

/// Words for [`crate::event::run::Folded`].
pub fn folded(event: &Event, facts: &Folded) -> Explanation {
    let udp = event.layer == Some(Layer::Udp);
    let work = match event.layer {
        Some(Layer::Http) => "request",
        Some(Layer::Dns) => "question",
        Some(Layer::Udp) => "datagram",
        _ => "read",
    };
    let (new, open) =
        if udp { ("new client", "known client") } else { ("more connection", "open connection") };
    let mut what = match (facts.requests, facts.clients) {
        (0, 0) => format!("{} not shown one by one", plural(facts.events, "more event")),
        (0, clients) => plural(clients, new),
        (requests, _) if facts.open == 0 => plural(requests, &format!("more {work}")),
        (requests, _) => {
            let place = if udp { "with" } else { "on" };
            format!("{} {place} {}", plural(requests, &format!("more {work}")), plural(facts.open, open))
        }
    };
    what.push_str(" since the last line");
    let mut words = Explanation::step("...", what)
        .why("folded", "They come faster than a person can read, so they are counted instead of shown. The counts are exact.");
    if facts.clients > 0 {
        let new = if udp { "new client" } else { "new connection" };
        words = words.more(format!("{}.", plural(facts.clients, new)));
    }
    words.more(format!("{} in, {} out.", amount(facts.received), amount(facts.sent)))
}

/// Calls of one direction and the octets they carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    pub calls: u64,
    pub len: u64,
}

/// Words for pieces that a view counts instead of showing them one by one; `datagrams` where each was one.
pub fn more_bytes(sent: Pieces, received: Pieces, datagrams: bool) -> Explanation {
    let told = [("write", "sent", sent), ("read", "received", received)]
        .into_iter()
        .filter(|(_, _, pieces)| pieces.calls > 0)
        .map(|(call, done, pieces)| {
            let calls = if datagrams {
                format!("{} {done}", plural(pieces.calls, "more datagram"))
            } else {
                plural(pieces.calls, &format!("more {call}"))
            };
            format!("{calls}, {}", amount(pieces.len))
        });
    Explanation::step("...", told.collect::<Vec<_>>().join("; "))
}

/// Words for [`crate::event::run::EventsLost`].
pub fn events_lost(facts: &EventsLost) -> Explanation {
    Explanation::step("lost", format!("{} missing here", plural(facts.count, "event")))
        .why("events_lost", "Whoever reads this stream was slower than the server. The server did not wait: it left them out and counted them.")
}

/// Words for [`crate::event::run::RecordingsMerged`].
pub fn merged(facts: &RecordingsMerged) -> Explanation {
    let files: Vec<&str> = facts.files.iter().map(|file| file.file.as_str()).collect();
    let both = match facts.matched {
        0 => "no connection of which both ends were recorded".to_owned(),
        count => format!("both ends of {}", plural(count, "connection")),
    };
    Explanation::step("merged", format!("{}: {both}", files.join(" and "))).why(
        "recordings_merged",
        "They were recorded on one machine since its last start, so they have one clock.",
    )
}

/// Words for [`crate::event::run::FlowsMatched`].
pub fn matched(facts: &FlowsMatched) -> Explanation {
    let text =
        format!("flows {} (client) and {} (server) are one conversation", facts.client.0, facts.server.0);
    Explanation::detail("merged", text)
}

/// Words for [`crate::event::run::ToldBy`].
pub fn told_by(facts: &ToldBy) -> Explanation {
    Explanation::step("told by", facts.file.clone())
}

/// Words for [`crate::event::run::Served`].
pub fn served(facts: &Served) -> Explanation {
    if facts.protocol == Some(Protocol::Udp) {
        return served_datagrams(facts);
    }
    let http = matches!(facts.protocol, Some(Protocol::Http | Protocol::Https) | None);
    let work = plural(facts.requests, if http { "request" } else { "read" });
    let free = if facts.port == 0 { String::new() } else { format!(" Port {} is free.", facts.port) };
    let mut words = Explanation::step(
        "",
        format!(
            "{work}, {}, {} in, {} out.{free}",
            plural(facts.clients, "connection"),
            amount(facts.received),
            amount(facts.sent)
        ),
    );
    for sentence in endings(facts) {
        words = words.more(sentence);
    }
    if facts.turned_away > 0 {
        let sentence =
            format!("{} turned away: the limit was reached.", plural(facts.turned_away, "connection"));
        words = words.why("turned_away", sentence);
    }
    if facts.accept_errors > 0 {
        let sentence = format!("Accepting a connection failed {}.", times(facts.accept_errors));
        words = words.why("accept_errors", sentence);
    }
    words
}

/// The summary of a server without connections.
fn served_datagrams(facts: &Served) -> Explanation {
    let free = if facts.port == 0 { String::new() } else { format!(" UDP port {} is free.", facts.port) };
    let words = Explanation::step(
        "",
        format!(
            "{} in ({}) from {}, {} out ({}).{free}",
            plural(facts.requests, "datagram"),
            amount(facts.received),
            plural(facts.clients, "client"),
            number(facts.replies),
            amount(facts.sent)
        ),
    );
    let counted = [
        (facts.truncated, "served.truncated", "longer than our buffer: a part of each is lost"),
        (facts.send_refused, "served.send_refused", "to be sent, which our own system did not take"),
    ];
    let words =
        counted.into_iter().filter(|(count, ..)| *count > 0).fold(words, |words, (count, id, what)| {
            let verb = if count == 1 { "was" } else { "were" };
            words.why(id, format!("{} {verb} {what}.", plural(count, "datagram")))
        });
    match facts.accept_errors {
        0 => words,
        times => words.why("served.read_errors", format!("Reading failed {}.", self::times(times))),
    }
}

fn endings(facts: &Served) -> Vec<String> {
    let mut sentences = Vec::new();
    let ended = facts.closed_by_client.saturating_add(facts.closed_by_server);
    if ended > 0 {
        sentences.push(format!(
            "Ended: {} by the client, {} by us.",
            number(facts.closed_by_client),
            number(facts.closed_by_server)
        ));
    }
    if facts.reset > 0 {
        sentences.push(format!("Ended by a RST: {}.", number(facts.reset)));
    }
    if facts.open_at_stop > 0 {
        sentences.push(format!("Still open when we stopped: {}.", number(facts.open_at_stop)));
    }
    sentences
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", number(count)) }
}

/// Words for [`crate::event::run::Conversed`].
pub fn conversed(event: &Event, facts: &Conversed) -> Explanation {
    if event.layer == Some(Layer::Udp) {
        let sent = format!("{} sent, {}", plural(facts.writes, "datagram"), bytes(facts.sent));
        let received = format!("{} received, {}", number(facts.reads), bytes(facts.received));
        return Explanation::step("total", format!("{sent}; {received}"))
            .more("UDP carries messages. How many were sent there, and lost on the way, cannot be seen from here.")
            .source("RFC 768")
            .words(&["datagram"]);
    }
    let sent = format!("{} sent in {}", bytes(facts.sent), plural(facts.writes, "write"));
    let received = format!("{} received in {}", bytes(facts.received), plural(facts.reads, "read"));
    Explanation::step("total", format!("{sent}, {received}"))
        .why(
            "stream_not_messages",
            "TCP carries a stream of bytes, not messages. How many reads they arrive in is up to both systems and their timing.",
        )
        .source("RFC 9293 section 2.2")
        .words(&["byte stream"])
}

/// Words for [`crate::event::run::Chapter`]; an id without a story is its own title.
pub fn chapter(facts: &Chapter) -> Explanation {
    let known = CHAPTERS.iter().find(|(id, _, _)| *id == facts.id);
    let label = format!("{} of {}", facts.number, facts.of);
    let mut words = match known {
        Some((id, title, story)) => Explanation::step(label, *title).why(id, *story),
        None => Explanation::step(label, facts.id.clone()),
    };
    if let Some(command) = &facts.command {
        words = words.then(command.clone(), "does the same by hand");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Side};
    use std::time::Duration;

    fn event(layer: Layer, kind: impl Into<EventKind>) -> Event {
        Event {
            seq: 1,
            at: Duration::ZERO,
            took: None,
            flow: None,
            layer: Some(layer),
            side: Side::Server,
            kind: kind.into(),
        }
    }

    #[test]
    fn folded_counts_are_in_the_words() {
        let facts =
            Folded { events: 200_000, requests: 48_211, clients: 2, open: 64, received: 10, sent: 20 };
        let words = folded(&event(Layer::Http, facts.clone()), &facts);
        assert_eq!(words.what, "48,211 more requests on 64 open connections since the last line");
        let words = folded(&event(Layer::Tcp, facts.clone()), &facts);
        assert!(words.what.starts_with("48,211 more reads on 64"), "{}", words.what);
        let one = Folded { events: 3, ..Folded::default() };
        assert_eq!(
            folded(&event(Layer::Tcp, one.clone()), &one).what,
            "3 more events not shown one by one since the last line"
        );
    }

    #[test]
    fn a_server_says_what_it_did() {
        let facts = Served {
            protocol: Some(Protocol::Http),
            port: 3000,
            clients: 65,
            requests: 48_212,
            received: 3_600_000,
            sent: 7_900_000,
            turned_away: 1,
            ..Served::default()
        };
        let words = served(&facts);
        assert_eq!(words.what, "48,212 requests, 65 connections, 3.6 MB in, 7.9 MB out. Port 3000 is free.");
        assert_eq!(words.why.len(), 1);
        assert_eq!(times(1), "once");
    }

    #[test]
    fn every_chapter_has_a_story_and_no_two_share_an_id() {
        for (index, (id, title, story)) in CHAPTERS.iter().enumerate() {
            assert!(!title.is_empty() && story.ends_with('.'), "{id}");
            assert!(CHAPTERS[..index].iter().all(|(other, _, _)| other != id), "{id}");
        }
        let facts =
            Chapter { number: 1, of: 8, id: "serve".to_owned(), command: Some("netlearn serve".to_owned()) };
        let words = chapter(&facts);
        assert_eq!((words.label.as_str(), words.what.as_str()), ("1 of 8", "A server waits"));
        assert_eq!(words.next.len(), 1);
    }
}
