//! A failure's facts by kind, and the commands that can be built from its target.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use crate::event::failure::{Evidence, Failed, Phase};
use crate::event::http::{Known, Malformed};
use crate::event::ports::{Owner, Socket};
use crate::event::tcp::{ConnectFailed, Direction};
use crate::event::tls::TlsFailed;
use crate::event::unix::PathFacts;

/// A failure with its target taken apart.
pub(super) struct Case<'f> {
    pub(super) failed: &'f Failed,
    url: Option<Url>,
    host: String,
    pub(super) port: Option<u16>,
}

/// What the table says of the socket at the other end.
pub(super) struct PeerSocket<'f> {
    pub(super) unread: u64,
    pub(super) owner: Option<&'f Owner>,
    pub(super) accepted: bool,
}

impl<'f> Case<'f> {
    pub(super) fn new(failed: &'f Failed) -> Self {
        let url = failed.target.contains("://").then(|| Url::parse(&failed.target).ok()).flatten();
        let (host, port) = match &url {
            Some(url) => (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default()),
            None => split(&failed.target, failed.address),
        };
        Case { failed, url, host, port }
    }

    /// What it failed at: where no address was found, the name alone.
    pub(super) fn subject(&self) -> &str {
        // The target of a question is what was asked for; its address is the server's.
        let asked = self.url.is_none() && self.port.is_some_and(|_| !self.failed.target.contains(" port "));
        if self.failed.phase == Phase::Name && !asked { self.host() } else { &self.failed.target }
    }

    /// The name or address that was asked for; IPv6 in brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// `localhost:3000`, as `connect` takes it.
    pub(super) fn place(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// `port 3000`, or `that port`.
    pub(super) fn port_words(&self) -> String {
        self.port.map_or("that port".to_owned(), |port| format!("port {port}"))
    }

    /// The same operation again, with other flags (each with a space behind it).
    pub(super) fn again(&self, flags: &str) -> String {
        match &self.url {
            Some(url) => format!("netlearn get {flags}{}", quoted(url.as_str())),
            None => format!("netlearn connect {}{flags}{}", self.way(), quoted(&self.place())),
        }
    }

    /// The same target, over TCP.
    pub(super) fn again_streaming(&self) -> String {
        format!("netlearn connect {}", quoted(&self.place()))
    }

    /// True where single datagrams were to pass (`connect -u`, `serve udp`).
    pub(super) fn datagrams(&self) -> bool {
        self.failed.is_udp()
    }

    /// A target without a URL that failed in TLS was asked with `connect --tls`, one of datagrams with `connect -u`.
    fn way(&self) -> &'static str {
        if self.datagrams() {
            return "-u ";
        }
        if self.tls().is_some() || self.failed.phase == Phase::Handshake { "--tls " } else { "" }
    }

    /// The URL with another scheme, on the same port.
    pub(super) fn with_scheme(&self, scheme: &str) -> String {
        let path =
            self.url.as_ref().map_or("/", |url| &url[url::Position::BeforePath..url::Position::AfterQuery]);
        quoted(&format!("{scheme}://{}{path}", self.place()))
    }

    /// `netlearn ports 3000`.
    pub(super) fn ports(&self) -> String {
        self.port.map_or("netlearn ports".to_owned(), |port| format!("netlearn ports {port}"))
    }

    /// What a command shows that looks at this machine: a lab that was for one command alone has ended with it.
    pub(super) fn while_it_runs(&self, shows: &str) -> String {
        if self.in_lab() {
            return format!("{shows}, while netlearn lab runs in a second terminal");
        }
        shows.to_owned()
    }

    /// True where evidence, or a loopback address, shows that the target is this machine; false where it is shown not to be.
    pub(super) fn here(&self) -> Option<bool> {
        let loopback = self.failed.address.is_some_and(|address| address.ip().is_loopback());
        self.shown_here().or(loopback.then_some(true))
    }

    fn shown_here(&self) -> Option<bool> {
        self.failed.evidence.iter().find_map(|fact| match fact {
            Evidence::NotThisMachine => Some(false),
            Evidence::Table { .. }
            | Evidence::PeerSocket { .. }
            | Evidence::AcceptQueue { .. }
            | Evidence::TableUnread { .. } => Some(true),
            Evidence::InLab
            | Evidence::Attempt { .. }
            | Evidence::HandshakeDone { .. }
            | Evidence::Acknowledged { .. }
            | Evidence::Received { .. }
            | Evidence::Waited { .. }
            | Evidence::Boundary { .. }
            | Evidence::FreePort { .. }
            | Evidence::LentPorts { .. }
            | Evidence::OwnAddresses { .. }
            | Evidence::Tls { .. }
            | Evidence::FirstBytes { .. }
            | Evidence::TlsProbe { .. }
            | Evidence::Malformed { .. }
            | Evidence::Length { .. }
            | Evidence::ResetAfter { .. }
            | Evidence::Frame { .. }
            | Evidence::Cycle { .. }
            | Evidence::Status { .. }
            | Evidence::Limit { .. }
            | Evidence::Asked { .. }
            | Evidence::Answered { .. }
            | Evidence::Unanswered { .. }
            | Evidence::NotBelieved { .. }
            | Evidence::Resolvers { .. }
            | Evidence::Aliases { .. }
            | Evidence::Skipped { .. }
            | Evidence::Programs { .. }
            | Evidence::Datagrams { .. }
            | Evidence::Undelivered { .. }
            | Evidence::NotTaken { .. }
            | Evidence::Path { .. }
            | Evidence::PathLimit { .. }
            | Evidence::PathTable { .. }
            | Evidence::ListenerFound { .. }
            | Evidence::OfMany { .. }
            | Evidence::Descriptors { .. }
            | Evidence::LentPortsTooFew { .. }
            | Evidence::SystemError { .. } => None,
        })
    }

    /// Whether it happened in the pocket internet.
    pub(super) fn in_lab(&self) -> bool {
        self.failed.evidence.contains(&Evidence::InLab)
    }

    fn find<T>(&self, pick: impl Fn(&'f Evidence) -> Option<T>) -> Option<T> {
        self.failed.evidence.iter().find_map(pick)
    }

    pub(super) fn attempts(&self) -> Vec<&'f ConnectFailed> {
        let pick = |fact: &'f Evidence| {
            if let Evidence::Attempt { attempt, .. } = fact { Some(attempt) } else { None }
        };
        self.failed.evidence.iter().filter_map(pick).collect()
    }

    pub(super) fn table(&self) -> Option<&'f [Socket]> {
        self.find(
            |fact| if let Evidence::Table { sockets, .. } = fact { Some(sockets.as_slice()) } else { None },
        )
    }

    /// True where it was looked at who has a port of ours, or who may have it.
    pub(super) fn looked_up_port(&self) -> bool {
        let looked = |fact: &Evidence| {
            matches!(fact, Evidence::Table { .. } | Evidence::TableUnread { .. } | Evidence::Boundary { .. })
        };
        self.failed.evidence.iter().any(looked)
    }

    pub(super) fn waited(&self) -> Option<Duration> {
        self.find(|fact| if let Evidence::Waited { time } = fact { Some(*time) } else { None })
    }

    pub(super) fn received(&self) -> Option<u64> {
        self.find(|fact| if let Evidence::Received { len } = fact { Some(*len) } else { None })
    }

    pub(super) fn sent(&self) -> Option<u64> {
        self.find(|fact| if let Evidence::Acknowledged { sent, .. } = fact { Some(*sent) } else { None })
    }

    /// True where the other end's kernel has not acknowledged everything.
    pub(super) fn lacks_acks(&self) -> bool {
        self.failed
            .evidence
            .iter()
            .any(|fact| matches!(fact, Evidence::Acknowledged { sent, acked: Some(acked) } if acked < sent))
    }

    pub(super) fn peer_socket(&self) -> Option<PeerSocket<'f>> {
        self.find(|fact| {
            if let Evidence::PeerSocket { unread, owner, accepted, .. } = fact {
                Some(PeerSocket { unread: *unread, owner: owner.as_ref(), accepted: *accepted })
            } else {
                None
            }
        })
    }

    pub(super) fn queue_owner(&self) -> Option<&'f Owner> {
        self.find(|fact| if let Evidence::AcceptQueue { owner, .. } = fact { owner.as_ref() } else { None })
    }

    pub(super) fn boundary(&self) -> Option<u16> {
        self.find(|fact| {
            if let Evidence::Boundary { first_unprivileged } = fact {
                Some(*first_unprivileged)
            } else {
                None
            }
        })
    }

    pub(super) fn free_port(&self) -> Option<u16> {
        self.find(|fact| if let Evidence::FreePort { port } = fact { Some(*port) } else { None })
    }

    pub(super) fn tls(&self) -> Option<&'f TlsFailed> {
        self.find(|fact| if let Evidence::Tls { failed } = fact { Some(failed) } else { None })
    }

    pub(super) fn first_bytes(&self) -> Option<Known> {
        self.find(
            |fact| if let Evidence::FirstBytes { protocol, .. } = fact { Some(*protocol) } else { None },
        )
    }

    pub(super) fn malformed(&self) -> Option<&'f Malformed> {
        self.find(|fact| if let Evidence::Malformed { malformed } = fact { Some(malformed) } else { None })
    }

    pub(super) fn length(&self) -> Option<(u64, u64)> {
        self.find(|fact| {
            if let Evidence::Length { declared, received } = fact {
                Some((*declared, *received))
            } else {
                None
            }
        })
    }

    pub(super) fn reset_after(&self) -> Option<(u64, u64, Direction)> {
        self.find(|fact| {
            if let Evidence::ResetAfter { sent, received, during } = fact {
                Some((*sent, *received, *during))
            } else {
                None
            }
        })
    }

    pub(super) fn cycle(&self) -> Option<&'f [String]> {
        self.find(|fact| if let Evidence::Cycle { urls } = fact { Some(urls.as_slice()) } else { None })
    }

    pub(super) fn status(&self) -> Option<String> {
        self.find(|fact| {
            if let Evidence::Status { status, reason } = fact {
                Some(format!("{status} {reason}").trim_end().to_owned())
            } else {
                None
            }
        })
    }

    pub(super) fn limit(&self) -> Option<u64> {
        self.find(|fact| if let Evidence::Limit { limit, .. } = fact { Some(*limit) } else { None })
    }

    /// The path of a Unix socket as a word of a command.
    pub(super) fn path(&self) -> String {
        quoted(&self.failed.target)
    }

    /// What was found at the path itself.
    pub(super) fn at_path(&self) -> Option<&'f PathFacts> {
        self.paths().find(|facts| facts.path == self.failed.target)
    }

    /// What was found at other paths: a folder on the way, or a free path beside it.
    pub(super) fn beside_path(&self) -> Option<&'f PathFacts> {
        self.paths().find(|facts| facts.path != self.failed.target)
    }

    fn paths(&self) -> impl Iterator<Item = &'f PathFacts> {
        let pick = |fact: &'f Evidence| if let Evidence::Path { found } = fact { Some(found) } else { None };
        self.failed.evidence.iter().filter_map(pick)
    }

    /// The sockets of the table that have the path; `None` where it was not read.
    pub(super) fn path_table(&self) -> Option<&'f [Socket]> {
        self.find(|fact| {
            if let Evidence::PathTable { sockets, .. } = fact { Some(sockets.as_slice()) } else { None }
        })
    }

    /// Who answered when we called to see; within: the process, where the system told it.
    pub(super) fn listener_found(&self) -> Option<Option<&'f Owner>> {
        self.find(
            |fact| {
                if let Evidence::ListenerFound { owner, .. } = fact { Some(owner.as_ref()) } else { None }
            },
        )
    }

    pub(super) fn path_limit(&self) -> Option<(u64, u64)> {
        self.find(
            |fact| {
                if let Evidence::PathLimit { len, limit } = fact { Some((*len, *limit)) } else { None }
            },
        )
    }

    pub(super) fn system_error(&self) -> Option<&'f str> {
        self.find(|fact| if let Evidence::SystemError { error } = fact { Some(error.as_str()) } else { None })
    }
}

/// Host and port of `localhost port 3000`; the address where the target is something else.
fn split(target: &str, address: Option<SocketAddr>) -> (String, Option<u16>) {
    if let Some((host, port)) = target.rsplit_once(" port ")
        && let Ok(port) = port.parse()
    {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = if bare.contains(':') { format!("[{bare}]") } else { bare.to_owned() };
        return (host, Some(port));
    }
    match address {
        Some(address) => (crate::explain::tcp::host(address.ip()), Some(address.port())),
        None => (target.to_owned(), None),
    }
}

/// A word as a shell takes it: what a peer chose must stay one word of a command that a person copies.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
