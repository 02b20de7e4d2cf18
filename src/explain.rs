//! Turns one event into words: what happened, why, and the concept it belongs to.
//!
//! Pure functions of one event: no history, no input or output, no colour, no width. Whatever stands in an event
//! may come from a peer, so the words are escaped by whoever shows them. Not repeating a *why* is the view's business.

pub mod clients;
pub mod dns;
pub mod experiment;
pub mod failure;
pub mod glossary;
pub mod http;
pub mod lab;
pub mod machine;
pub mod ports;
pub mod run;
#[cfg(test)]
mod samples;
pub mod tcp;
pub mod tls;
pub mod udp;
pub mod unix;

use std::time::Duration;

use crate::event::{Event, EventKind, Side};

/// How prominent an event is in a narration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Shown by no narration (the other views may draw it).
    Hidden,
    /// Shown at `--explain full`.
    Detail,
    /// Shown at `brief` and `full`.
    #[default]
    Step,
}

/// The words for one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    pub weight: Weight,
    /// The left column: `connect`, `client 1`.
    pub label: String,
    /// *What*, one plain sentence or phrase.
    pub what: String,
    /// Lines that passed, each with what it means.
    pub lines: Vec<Line>,
    /// *Why*, in plain words; at most two short sentences each.
    pub why: Vec<Why>,
    /// Numbers and finer points, for `full`.
    pub more: Vec<String>,
    /// Where it is written, as `RFC 9293 section 3.5`, for `full`.
    pub sources: Vec<&'static str>,
    /// Terms to look up with `netlearn explain TERM`.
    pub words: Vec<&'static str>,
    /// For failures: the cause in one line.
    pub cause: Option<String>,
    /// For failures and diagnoses: commands to run next.
    pub next: Vec<Try>,
}

/// A line that passed, or a caret under one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// What it means; empty for none.
    pub note: String,
    /// Marks `text` from this octet on for so many octets.
    pub caret: Option<(usize, usize)>,
}

/// A reason, with an id by which a view tells that it has given it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub id: &'static str,
    pub text: String,
}

/// A command to run next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    pub command: String,
    /// What it shows.
    pub shows: String,
}

impl Explanation {
    /// A step with its label and its *what*.
    pub fn step(label: impl Into<String>, what: impl Into<String>) -> Self {
        Explanation { label: label.into(), what: what.into(), ..Explanation::default() }
    }

    /// The same, shown at `full` only.
    pub fn detail(label: impl Into<String>, what: impl Into<String>) -> Self {
        Explanation { weight: Weight::Detail, ..Explanation::step(label, what) }
    }

    /// Nothing to say in a narration.
    pub fn hidden() -> Self {
        Explanation { weight: Weight::Hidden, ..Explanation::default() }
    }

    /// Adds a reason.
    pub fn why(mut self, id: &'static str, text: impl Into<String>) -> Self {
        self.why.push(Why { id, text: text.into() });
        self
    }

    /// Adds a finer point.
    pub fn more(mut self, text: impl Into<String>) -> Self {
        self.more.push(text.into());
        self
    }

    /// Adds where it is written.
    pub fn source(mut self, source: &'static str) -> Self {
        self.sources.push(source);
        self
    }

    /// Adds terms to look up.
    pub fn words(mut self, words: &[&'static str]) -> Self {
        self.words.extend_from_slice(words);
        self
    }

    /// Adds a line that passed.
    pub fn line(mut self, text: impl Into<String>, note: impl Into<String>) -> Self {
        self.lines.push(Line { text: text.into(), note: note.into(), caret: None });
        self
    }

    /// What happened, without what explains it: no reasons, finer points, sources, terms, causes and commands, and no notes at
    /// the lines of a message. The evidence of a failure was observed: it stays.
    pub fn facts(mut self, event: &Event) -> Self {
        if !matches!(event.kind, EventKind::Failed(_)) {
            self.why.clear();
        }
        if matches!(event.kind, EventKind::Request(_) | EventKind::Response(_)) {
            self.lines.iter_mut().for_each(|line| line.note.clear());
        }
        self.more.clear();
        self.sources.clear();
        self.words.clear();
        self.cause = None;
        self.next.clear();
        self
    }

    /// Adds a command to run next.
    pub fn then(mut self, command: impl Into<String>, shows: impl Into<String>) -> Self {
        self.next.push(Try { command: command.into(), shows: shows.into() });
        self
    }
}

/// The words for one event.
pub fn explain(event: &Event) -> Explanation {
    if let Some(words) = unix::explain(event) {
        return words;
    }
    match &event.kind {
        EventKind::NameLookedUp(facts) => dns::looked_up(facts),
        EventKind::NameFailed(facts) => dns::failed(facts),
        EventKind::NameEncoded(facts) => dns::paths::encoded(facts),
        EventKind::ResolverConfigured(facts) => dns::paths::configured(facts),
        EventKind::PathsCompared(facts) => dns::paths::compared(facts),
        EventKind::Query(facts) => dns::message::query(event, facts),
        EventKind::Reply(facts) => dns::message::reply(event, facts),
        EventKind::ReplyIgnored(facts) => dns::message::ignored(event, facts),
        EventKind::QueryFailed(facts) => dns::message::query_failed(event, facts),
        EventKind::ReferralReceived(facts) => dns::walk::referral(facts),
        EventKind::AliasFollowed(facts) => dns::walk::alias(facts),
        EventKind::ServerSkipped(facts) => dns::walk::skipped(facts),
        EventKind::Walked(facts) => dns::walk::walked(facts),
        EventKind::LabStarted(facts) => lab::started(facts),
        EventKind::LabJoined(facts) => lab::joined(facts),
        EventKind::LabCounted(facts) => lab::counted(facts),
        EventKind::CacheListed(facts) => lab::cache_listed(facts),
        EventKind::Listening(facts) => tcp::listening(facts),
        EventKind::ListenFailed(facts) => tcp::listen_failed(facts),
        EventKind::FlowOpened(_) => Explanation::hidden(),
        EventKind::Connected(facts) => tcp::connected(facts),
        EventKind::ConnectFailed(facts) => tcp::connect_failed(event, facts),
        EventKind::Accepted(facts) => tcp::accepted(facts),
        EventKind::Bytes(facts) => tcp::bytes(event, facts),
        EventKind::HalfClosed(facts) => tcp::half_closed(event, facts),
        EventKind::Closed(facts) => tcp::closed(event, facts),
        EventKind::TcpInfo(facts) => tcp::info(facts),
        EventKind::Unread(facts) => tcp::unread(event, facts),
        EventKind::FamiliesDiffer(facts) => tcp::families_differ(facts),
        EventKind::TlsEstablished(facts) => tls::established(event, facts),
        EventKind::TlsFailed(facts) => tls::failed(event, facts),
        EventKind::AuthorityWritten(facts) => tls::authority_written(facts),
        EventKind::Request(facts) => http::request(event, facts),
        EventKind::Response(facts) => http::response(event, facts),
        EventKind::HttpAgreed(facts) => http::frames::agreed(facts),
        EventKind::Http2Preface(facts) => http::frames::preface(event, facts.by),
        EventKind::Http2Frame(facts) => http::frames::frame(event, facts),
        EventKind::BodyEnded(facts) => http::body_ended(event, facts),
        EventKind::Malformed(facts) => http::malformed(facts),
        EventKind::LeftOver(facts) => http::left_over(facts),
        EventKind::ProtocolRecognised(facts) => http::protocol_recognised(event, facts),
        EventKind::Redirected(facts) => http::redirected(facts),
        EventKind::Reused(facts) => http::reused(facts),
        EventKind::RequestsCompared(facts) => http::compared(facts),
        EventKind::Timed(_) => Explanation::hidden(),
        EventKind::Answered(facts) => http::server::answered(event, facts),
        EventKind::Misanswered(facts) => http::server::misanswered(facts),
        EventKind::ProxyIgnored(facts) => http::proxy_ignored(facts),
        EventKind::LibraryStarted(facts) => http::library::started(facts),
        EventKind::LibraryCompared(facts) => http::library::compared(facts),
        EventKind::SocketFound(facts) => ports::found(&facts.socket),
        EventKind::SocketAppeared(facts) => ports::appeared(&facts.socket),
        EventKind::SocketChanged(facts) => ports::changed(facts),
        EventKind::SocketVanished(facts) => ports::vanished(&facts.socket),
        EventKind::BindTried(facts) => ports::attempt::tried(facts),
        EventKind::ProbeAnnounced(facts) => ports::probe::announced(facts),
        EventKind::PortProbed(facts) => ports::probe::probed(facts),
        EventKind::AddressOffered(facts) => tcp::offered(facts),
        EventKind::SocketsCounted(facts) => ports::counted(facts),
        EventKind::UdpConnected(facts) => udp::connected(facts),
        EventKind::PeerSeen(facts) => udp::peer_seen(facts),
        EventKind::PeerForgotten(facts) => udp::peer_forgotten(facts),
        EventKind::DeliveryFailed(facts) => udp::delivery_failed(facts),
        EventKind::SendRefused(facts) => udp::send_refused(facts),
        EventKind::InputEnded(facts) => udp::input_ended(facts),
        EventKind::FellSilent(facts) => udp::fell_silent(facts),
        EventKind::SocketFileMade(facts) => unix::file_made(facts),
        EventKind::SocketFileRemoved(facts) => unix::file_removed(facts),
        EventKind::StaleSocketFile(facts) => unix::stale(facts),
        EventKind::PeerIdentified(facts) => unix::identified(event, facts),
        EventKind::Checked(facts) => machine::checked(facts),
        EventKind::ExperimentAnnounced(facts) => experiment::announced(event, facts),
        EventKind::Backlogged(facts) => experiment::backlogged(facts),
        EventKind::CountersMoved(facts) => experiment::counters(facts),
        EventKind::ClientsAnnounced(facts) => clients::announced(facts),
        EventKind::ClientsCounted(facts) => clients::counted(facts),
        EventKind::ClientsEnded(facts) => clients::ended(facts),
        EventKind::Folded(facts) => run::folded(event, facts),
        EventKind::EventsLost(facts) => run::events_lost(facts),
        EventKind::Served(facts) => run::served(facts),
        EventKind::Conversed(facts) => run::conversed(event, facts),
        EventKind::RecordingsMerged(facts) => run::merged(facts),
        EventKind::FlowsMatched(facts) => run::matched(facts),
        EventKind::ToldBy(facts) => run::told_by(facts),
        EventKind::Chapter(facts) => run::chapter(facts),
        // A lesson says these in its own prose.
        EventKind::LessonStarted(_)
        | EventKind::StepStarted(_)
        | EventKind::Chosen(_)
        | EventKind::Judged(_)
        | EventKind::StepEnded(_)
        | EventKind::LessonEnded(_) => Explanation::hidden(),
        EventKind::Failed(facts) => failure::failed(facts),
        EventKind::Finished(_) => Explanation::hidden(),
        EventKind::Unknown(_) => {
            Explanation::detail(event.kind.name(), "an event that this version of netlearn does not know")
        }
    }
}

/// A duration in the unit a person reads it best in: `0.1 ms`, `48 ms`, `2.41 s`. Never more digits than were measured.
pub fn time(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..=99 => format!("{:.2} ms", micros as f64 / 1e3),
        100..=9_999 => format!("{:.1} ms", micros as f64 / 1e3),
        10_000..=999_999 => format!("{:.0} ms", micros as f64 / 1e3),
        1_000_000..=99_999_999 => format!("{:.1} s", micros as f64 / 1e6),
        _ => format!("{:.0} s", micros as f64 / 1e6),
    }
}

/// A count of octets: `1 byte`, `14 bytes`, `3,900,000 bytes`.
pub fn bytes(count: u64) -> String {
    format!("{} {}", number(count), if count == 1 { "byte" } else { "bytes" })
}

/// A count and its noun: `1 request`, `3 requests`.
pub fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// Digits in groups of three: `48,211`.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An amount for summaries: `116 bytes`, `3.6 MB` (1 MB = 1,000,000 bytes).
pub fn amount(count: u64) -> String {
    match count {
        0..=9_999 => bytes(count),
        10_000..=999_999 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.2} GB", count as f64 / 1e9),
    }
}

/// `we`, or `the server`, `the client`: who did it, told by `side`.
pub fn who(actor: Side, told_by: Side) -> &'static str {
    if actor == told_by {
        return "we";
    }
    match actor {
        Side::Client => "the client",
        Side::Server => "the server",
        Side::Resolver => "the resolver",
        Side::Observer => "the observer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(48_211), "48,211");
        assert_eq!(number(1_000_000), "1,000,000");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(amount(3_600_000), "3.6 MB");
    }

    #[test]
    fn times_keep_to_measured_digits() {
        assert_eq!(time(Duration::from_micros(87)), "0.09 ms");
        assert_eq!(time(Duration::from_micros(123)), "0.1 ms");
        assert_eq!(time(Duration::from_millis(48)), "48 ms");
        assert_eq!(time(Duration::from_millis(5000)), "5.0 s");
    }
}
