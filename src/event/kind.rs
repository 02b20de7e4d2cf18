//! The vocabulary: every kind of event with its JSON name and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    clients, dns, experiment, failure, http, http2, lab, lesson, library, machine, ports, run, tcp, tls, udp,
    unix,
};

/// Declares [`EventKind`] with the JSON name of each variant, and the list of those names.
macro_rules! kinds {
    ($($(#[$meta:meta])* $name:literal $variant:ident($facts:ty),)+) => {
        /// What happened: past tense, one struct of facts each.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "event")]
        pub enum EventKind {
            $($(#[$meta])* #[serde(rename = $name)] $variant($facts),)+
            /// A kind that this version does not know, kept as it came.
            #[serde(untagged)]
            Unknown(Map<String, Value>),
        }

        impl EventKind {
            /// The JSON names of all the kinds this version knows.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Reads the facts of a known kind; `None` where this version does not know it.
            fn known(name: &str, facts: &Value) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $($name => Some(<$facts>::deserialize(facts).map(EventKind::$variant)),)+
                    _ => None,
                }
            }

            /// The JSON name of this kind.
            pub fn name(&self) -> &str {
                match self {
                    $(EventKind::$variant(_) => $name,)+
                    EventKind::Unknown(map) => map.get("event").and_then(Value::as_str).unwrap_or("unknown"),
                }
            }
        }

        $(impl From<$facts> for EventKind {
            fn from(facts: $facts) -> Self {
                EventKind::$variant(facts)
            }
        })+
    };
}

kinds! {
    /// A name was turned into addresses.
    "name_looked_up" NameLookedUp(dns::NameLookedUp),
    /// A name could not be turned into an address.
    "name_failed" NameFailed(dns::NameFailed),
    /// Another name is asked for than was typed: an international one, or an address backwards.
    "name_encoded" NameEncoded(dns::NameEncoded),
    /// The name servers that this system is configured to ask.
    "resolver_configured" ResolverConfigured(dns::ResolverConfigured),
    /// A DNS question was sent, or arrived.
    "query" Query(dns::Query),
    /// A DNS answer arrived, or was sent.
    "reply" Reply(Box<dns::Reply>),
    /// A message arrived that cannot be the answer.
    "reply_ignored" ReplyIgnored(dns::ReplyIgnored),
    /// No answer came to one try of a DNS question.
    "query_failed" QueryFailed(dns::QueryFailed),
    /// A name server does not know, and says who does.
    "referral_received" ReferralReceived(dns::ReferralReceived),
    /// The answer is another name, which is looked for now.
    "alias_followed" AliasFollowed(dns::AliasFollowed),
    /// A name server was passed over.
    "server_skipped" ServerSkipped(dns::ServerSkipped),
    /// A walk from the root came to its end.
    "walked" Walked(dns::Walked),
    /// What programs get for a name, beside what DNS says.
    "paths_compared" PathsCompared(dns::PathsCompared),
    /// A pocket internet runs.
    "lab_started" LabStarted(lab::LabStarted),
    /// A command uses a pocket internet.
    "lab_joined" LabJoined(lab::LabJoined),
    /// What the servers of a pocket internet counted.
    "lab_counted" LabCounted(lab::LabCounted),
    /// What a caching resolver remembers.
    "cache_listed" CacheListed(lab::CacheListed),
    /// A socket accepts clients now.
    "listening" Listening(tcp::Listening),
    /// The URL of a server that is drawn for the camera of a phone.
    "address_offered" AddressOffered(tcp::AddressOffered),
    /// An address could not be listened on.
    "listen_failed" ListenFailed(tcp::ListenFailed),
    /// A conversation got its socket.
    "flow_opened" FlowOpened(tcp::FlowOpened),
    /// A TCP handshake completed, seen by the side that started it.
    "connected" Connected(tcp::Connected),
    /// An attempt at one address failed.
    "connect_failed" ConnectFailed(tcp::ConnectFailed),
    /// A waiting connection was taken by the program that listens.
    "accepted" Accepted(tcp::Accepted),
    /// Bytes passed in one call.
    "bytes" Bytes(tcp::Bytes),
    /// One direction ended with a FIN; the other still works.
    "half_closed" HalfClosed(tcp::HalfClosed),
    /// A connection is over.
    "closed" Closed(tcp::Closed),
    /// What the kernel counts about one connection.
    "tcp_info" TcpInfo(tcp::TcpInfo),
    /// Bytes that a kernel holds and the program there has not read.
    "unread" Unread(tcp::Unread),
    /// Two listeners hold one port in two families, or only one family answers.
    "families_differ" FamiliesDiffer(tcp::FamiliesDiffer),
    /// A TLS handshake completed.
    "tls_established" TlsEstablished(Box<tls::TlsEstablished>),
    /// A TLS handshake failed.
    "tls_failed" TlsFailed(tls::TlsFailed),
    /// A throwaway certificate authority was made and written out.
    "authority_written" AuthorityWritten(tls::AuthorityWritten),
    /// The head of a request passed.
    "request" Request(http::Request),
    /// The head of a response passed.
    "response" Response(http::Response),
    /// Which version of HTTP a connection carries, where HTTP/2 was asked for.
    "http_agreed" HttpAgreed(http2::HttpAgreed),
    /// A client began HTTP/2.
    "http2_preface" Http2Preface(http2::Http2Preface),
    /// A frame of HTTP/2 passed.
    "http2_frame" Http2Frame(Box<http2::Http2Frame>),
    /// The body of a message ended.
    "body_ended" BodyEnded(http::BodyEnded),
    /// Bytes that break the grammar of their protocol.
    "malformed" Malformed(http::Malformed),
    /// Bytes came after the end of the message they followed.
    "left_over" LeftOver(http::LeftOver),
    /// The first bytes belong to another protocol.
    "protocol_recognised" ProtocolRecognised(http::ProtocolRecognised),
    /// A redirect was followed.
    "redirected" Redirected(http::Redirected),
    /// A connection carries another request.
    "reused" Reused(http::Reused),
    /// Two requests of one run went to the same address and port and were for different sites.
    "requests_compared" RequestsCompared(http::RequestsCompared),
    /// How long each phase of one exchange took.
    "timed" Timed(http::Timed),
    /// A server answered one request.
    "answered" Answered(http::server::Answered),
    /// A server read a request and does something else than answer it, because it was asked to.
    "misanswered" Misanswered(http::server::Misanswered),
    /// Proxy variables of the environment are ignored.
    "proxy_ignored" ProxyIgnored(http::ProxyIgnored),
    /// An HTTP library was given a request to make.
    "library_started" LibraryStarted(library::LibraryStarted),
    /// What the library did by itself, beside what passed.
    "library_compared" LibraryCompared(library::LibraryCompared),
    /// A socket that stands in the system's table.
    "socket_found" SocketFound(Box<ports::SocketFound>),
    /// A socket that was not there at the last look.
    "socket_appeared" SocketAppeared(Box<ports::SocketAppeared>),
    /// A socket whose state, queue or owner changed since the last look.
    "socket_changed" SocketChanged(Box<ports::SocketChanged>),
    /// A socket that is gone since the last look.
    "socket_vanished" SocketVanished(Box<ports::SocketVanished>),
    /// An address was tried, as a server would bind it, and let go again.
    "bind_tried" BindTried(ports::BindTried),
    /// A port is about to be connected to.
    "probe_announced" ProbeAnnounced(ports::ProbeAnnounced),
    /// A listener was connected to, watched for a moment, and left.
    "port_probed" PortProbed(ports::PortProbed),
    /// The table was read to its end.
    "sockets_counted" SocketsCounted(ports::SocketsCounted),
    /// A UDP socket was given one peer; nothing was sent.
    "udp_connected" UdpConnected(udp::UdpConnected),
    /// A server got a datagram from an address and port that it did not know.
    "peer_seen" PeerSeen(udp::PeerSeen),
    /// A server no longer keeps what it knew of a peer.
    "peer_forgotten" PeerForgotten(udp::PeerForgotten),
    /// An ICMP message told that a datagram was not delivered.
    "delivery_failed" DeliveryFailed(udp::DeliveryFailed),
    /// The system did not take a datagram.
    "send_refused" SendRefused(udp::SendRefused),
    /// Our own input has ended, which no datagram tells.
    "input_ended" InputEnded(udp::InputEnded),
    /// No datagram came for as long as we wait.
    "fell_silent" FellSilent(udp::FellSilent),
    /// A server made its socket file.
    "socket_file_made" SocketFileMade(unix::SocketFileMade),
    /// A server took its socket file away, or could not.
    "socket_file_removed" SocketFileRemoved(unix::SocketFileRemoved),
    /// A socket file was found that its server left behind.
    "stale_socket_file" StaleSocketFile(unix::StaleSocketFile),
    /// The system says which process and user is at the other end.
    "peer_identified" PeerIdentified(unix::PeerIdentified),
    /// Something that netlearn rests on was tried or read.
    "checked" Checked(machine::Checked),
    /// A client is about to behave in an unusual way that was asked for.
    "experiment_announced" ExperimentAnnounced(experiment::ExperimentAnnounced),
    /// Bytes have piled up at an end that does not read.
    "backlogged" Backlogged(experiment::Backlogged),
    /// How far the interfaces' byte counters moved during a run.
    "counters_moved" CountersMoved(experiment::CountersMoved),
    /// Many connections are about to be opened.
    "clients_announced" ClientsAnnounced(clients::ClientsAnnounced),
    /// How far many connections have come.
    "clients_counted" ClientsCounted(clients::ClientsCounted),
    /// Many connections are over.
    "clients_ended" ClientsEnded(clients::ClientsEnded),
    /// Events that were counted and not shown one by one.
    "folded" Folded(run::Folded),
    /// Events that a slow sink made us drop.
    "events_lost" EventsLost(run::EventsLost),
    /// What a server did in its whole life.
    "served" Served(run::Served),
    /// What a client sent and got in its whole life.
    "conversed" Conversed(run::Conversed),
    /// Several recordings of one clock were put together.
    "recordings_merged" RecordingsMerged(run::RecordingsMerged),
    /// Two flows are the two ends of one conversation.
    "flows_matched" FlowsMatched(run::FlowsMatched),
    /// What follows is from this recording.
    "told_by" ToldBy(run::ToldBy),
    /// A heading of a story told in several steps.
    "chapter" Chapter(run::Chapter),
    /// A lesson begins, or goes on.
    "lesson_started" LessonStarted(lesson::LessonStarted),
    /// A step of a lesson is shown.
    "step_started" StepStarted(lesson::StepStarted),
    /// A choice was made in a lesson.
    "chosen" Chosen(lesson::Chosen),
    /// An attempt at a task of a lesson was judged by its events.
    "judged" Judged(lesson::Judged),
    /// A step of a lesson is over.
    "step_ended" StepEnded(lesson::StepEnded),
    /// A lesson is over, or left.
    "lesson_ended" LessonEnded(lesson::LessonEnded),
    /// An operation failed; the last event but `finished`.
    "failed" Failed(failure::Failed),
    /// The run is over.
    "finished" Finished(run::Finished),
}

/// The facts that are much larger than the rest have a place of their own: every event is as large as the largest in it.
macro_rules! boxed {
    ($($variant:ident($facts:ty),)+) => {
        $(impl From<$facts> for EventKind {
            fn from(facts: $facts) -> Self {
                EventKind::$variant(Box::new(facts))
            }
        })+
    };
}

boxed! {
    Reply(dns::Reply),
    TlsEstablished(tls::TlsEstablished),
    Http2Frame(http2::Http2Frame),
    SocketFound(ports::SocketFound),
    SocketAppeared(ports::SocketAppeared),
    SocketChanged(ports::SocketChanged),
    SocketVanished(ports::SocketVanished),
}

impl EventKind {
    /// Builds the kind from its JSON object; a name this version does not know is kept whole.
    ///
    /// # Errors
    /// A known kind with a missing or ill-typed field.
    pub fn from_object(object: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let name = object.get("event").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !Self::NAMES.contains(&name.as_str()) {
            return Ok(EventKind::Unknown(object));
        }
        let facts = Value::Object(object);
        match (Self::known(&name, &facts), facts) {
            (Some(Ok(kind)), _) => Ok(kind),
            (Some(Err(error)), Value::Object(object)) => {
                let error = error.to_string();
                // A field that is missing is named by the reader. One of the wrong type is the one without which it says something else,
                // where there is one such and no second.
                let mut suspects = object.keys().filter(|field| {
                    let mut without = object.clone();
                    without.remove(field.as_str());
                    match Self::known(&name, &Value::Object(without)) {
                        Some(Err(other)) => other.to_string() != error,
                        Some(Ok(_)) => true,
                        None => false,
                    }
                });
                let place = match (suspects.next(), suspects.next()) {
                    (Some(field), None) if !error.starts_with("missing field") => {
                        format!(", field `{field}`")
                    }
                    _ => String::new(),
                };
                Err(serde::de::Error::custom(format!("event `{name}`{place}: {error}")))
            }
            (_, facts) => serde_json::from_value(facts).map(EventKind::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_smaller_than_a_row_of_the_socket_table() {
        let (event, row) = (size_of::<EventKind>(), size_of::<ports::SocketFound>());
        assert!(event < row, "{event} and {row} octets: see boxed!");
    }
}
