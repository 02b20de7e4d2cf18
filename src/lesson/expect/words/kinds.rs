//! The words for each kind of event. A fact that is not told is left out, so that one sentence serves a pattern (which names
//! a few fields) and an event (which has all of them).

use super::Piece;

/// Collects pieces.
struct Pieces<'a> {
    told: &'a dyn Fn(&str) -> Option<String>,
    pieces: Vec<Piece>,
}

pub(super) fn pieces(kind: &str, told: &dyn Fn(&str) -> Option<String>) -> Vec<Piece> {
    let mut pieces = Pieces { told, pieces: Vec::new() };
    let known = connections(kind, &mut pieces)
        || conversations(kind, &mut pieces)
        || names(kind, &mut pieces)
        || machine(kind, &mut pieces);
    if !known {
        pieces.say(&format!("the event `{kind}`")).server(" at ");
    }
    pieces.pieces
}

/// How conversations begin and end.
fn connections(kind: &str, p: &mut Pieces<'_>) -> bool {
    match kind {
        "listening" => p.say("a server listening").local(" at "),
        "listen_failed" => p.say("a server that could not listen").local(" at ").reason(),
        "accepted" => p.say("a client accepted").local(" at ").peer(" from "),
        "connected" => p.say("a connection made").peer(" to ").local(" from "),
        "connect_failed" => p.say("a failed connection").peer(" to ").reason(),
        "udp_connected" => p.say("a UDP socket that sends").peer(" to "),
        "flow_opened" => p.say("a socket opened").tell(" (", "protocol", ")").peer(" for "),
        "half_closed" => p.say("the end of what is sent (FIN)").tell(" by the ", "by", "").server(" at "),
        "closed" => {
            p.say("a connection closed").tell(" by the ", "by", "");
            p.choose("how", &[("fin", " with a FIN"), ("rst", " with a RST"), ("timeout", ", given up on")]);
            p.server(" at ")
        }
        "tls_established" => p.say("a TLS handshake completed").tell(", ", "version", "").server(" at "),
        "tls_failed" => p.say("a TLS handshake that failed").reason().server(" at "),
        _ => return false,
    };
    true
}

/// What is said in them.
fn conversations(kind: &str, p: &mut Pieces<'_>) -> bool {
    match kind {
        "bytes" => {
            let datagram = (p.told)("layer").as_deref() == Some("udp");
            match (p.told)("len").as_deref() {
                _ if datagram => p.mark("a datagram", "layer").tell(" of ", "len", " bytes"),
                Some("1") => p.mark("1 byte", "len"),
                Some(_) => p.tell("", "len", " bytes"),
                None => p.say("bytes"),
            };
            p.choose("direction", &[("sent", " sent"), ("received", " received")]);
            p.tell(" by the ", "side", "").tell(", ", "head", "").server(" at ")
        }
        "request" => p.say("a request").tell(" ", "method", "").tell(" ", "target", "").server(" to "),
        "response" => p.say("a response").tell(" ", "status", "").tell(" ", "reason", "").server(" from "),
        "body_ended" => p.say("the end of a body").tell(" of ", "len", " bytes").server(" at "),
        "malformed" => {
            p.say("bytes that break the rules of their protocol").tell(" by the ", "by", "");
            p.tell(": ", "found", "").tell(" where ", "expected", " is expected")
        }
        "tcp_info" => p.say("the kernel's counts of a connection").tell(", ", "state", "").server(" at "),
        "unread" => p.tell("", "len", " ").say("bytes that are not read").tell(" by the ", "of", ""),
        "peer_seen" => p.say("a new peer").peer(" at "),
        "delivery_failed" => p.say("a datagram that was not delivered").peer(" to "),
        "finished" => p.say("the end of a command").tell(", exit code ", "exit", ""),
        "failed" => p.say("a command that failed").tell(": ", "kind", ""),
        "events_lost" => p.say("events that were let go, so that nobody knows them"),
        _ => return false,
    };
    true
}

/// Names and who is asked for them.
fn names(kind: &str, p: &mut Pieces<'_>) -> bool {
    match kind {
        "name_looked_up" => p.say("a name looked up").tell(": ", "name", "").tell(" (", "addresses", ")"),
        "name_failed" => p.say("a name that gave no address").tell(": ", "name", "").reason(),
        "query" | "reply" => {
            p.say(if kind == "query" { "a DNS question" } else { "a DNS answer" });
            p.tell(" ", "rcode", "").question().tell(": ", "answers.data", "")
        }
        "query_failed" => p.say("a DNS question without an answer").question().reason(),
        _ => return false,
    };
    true
}

/// What the system tells.
fn machine(kind: &str, p: &mut Pieces<'_>) -> bool {
    match kind {
        "counters_moved" => {
            p.say("bytes counted").tell(" on ", "name", "");
            p.tell(", received ", "received", "").tell(", sent ", "sent", "")
        }
        "sockets_counted" => {
            // What `ports` lists: Unix sockets only where they are asked for.
            let unix = (p.told)("unix").is_some_and(|told| told == "true");
            p.mark(if unix { "a list of Unix sockets" } else { "a list of ports" }, "unix");
            p.tell(", of port ", "port", "").tell(", ", "shown", " shown")
        }
        "socket_found" => {
            p.say("a socket").tell(" ", "state", "").local(" at ").peer(" with ");
            p.tell(", owned by pid ", "owners.pid", "")
        }
        _ => return false,
    };
    true
}

impl Pieces<'_> {
    fn say(&mut self, text: &str) -> &mut Self {
        self.pieces.push(Piece { fields: Vec::new(), text: text.to_owned() });
        self
    }

    /// Words that stand for a field.
    fn mark(&mut self, text: &str, field: &str) -> &mut Self {
        self.pieces.push(Piece { fields: vec![field.to_owned()], text: text.to_owned() });
        self
    }

    /// The field between two texts, where it is told.
    fn tell(&mut self, before: &str, field: &str, after: &str) -> &mut Self {
        if let Some(value) = (self.told)(field) {
            let text = match after {
                " bytes" => super::octets(&value),
                _ => format!("{value}{after}"),
            };
            self.mark(&format!("{before}{text}"), field);
        }
        self
    }

    /// One of the texts, by the field's value.
    fn choose(&mut self, field: &str, texts: &[(&str, &str)]) -> &mut Self {
        let value = (self.told)(field);
        match texts.iter().find(|(name, _)| value.as_deref() == Some(*name)) {
            Some((_, text)) => self.mark(text, field),
            None => self,
        }
    }

    /// Why, in brackets; `other` says nothing.
    fn reason(&mut self) -> &mut Self {
        if (self.told)("reason").is_some_and(|reason| reason == "other") {
            return self.mark("", "reason");
        }
        self.tell(" (", "reason", ")")
    }

    /// ` for A of shop.test.`
    fn question(&mut self) -> &mut Self {
        let of = if (self.told)("record_type").is_some() { " of " } else { " for " };
        self.tell(" for ", "record_type", "").tell(of, "name", "")
    }

    /// One end: `to port 3000`, or its address or path where the port is not told; a pattern may also say which address it is not.
    fn end(&mut self, before: &str, whole: &str, port: &str) -> &mut Self {
        let address = (self.told)(whole);
        let not = address.as_ref().and_then(|address| address.strip_prefix(super::OTHER));
        let text = match ((self.told)(port), &address) {
            (Some(number), _) => match not {
                Some(not) => format!("{before}port {number} but not{not}"),
                None => format!("{before}port {number}"),
            },
            (None, Some(address)) => format!("{before}{address}"),
            (None, None) => return self,
        };
        self.pieces.push(Piece { fields: vec![port.to_owned(), whole.to_owned()], text });
        self
    }

    fn local(&mut self, before: &str) -> &mut Self {
        self.end(before, "local", "local_port")
    }

    fn peer(&mut self, before: &str) -> &mut Self {
        self.end(before, "peer", "peer_port")
    }

    /// The server's end, seen from either side.
    fn server(&mut self, before: &str) -> &mut Self {
        match (self.told)("side").as_deref() {
            Some("server") => self.local(before),
            Some("client") => self.peer(before),
            _ => self,
        }
    }
}
