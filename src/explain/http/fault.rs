//! Words for bytes that break HTTP, come after its end, or are no HTTP at all.

use crate::event::Head;
use crate::event::http::{Broken, Known, LeftOver, Malformed, ProtocolRecognised};
use crate::event::{Event, Side};
use crate::explain::{Explanation, Line, Why, bytes};

/// Words for [`Malformed`].
pub fn malformed(facts: &Malformed) -> Explanation {
    let message = if facts.by == Side::Client { "request" } else { "response" };
    let (fault, why, source) = if facts.trailer { trailer_rule(facts.broken) } else { rule(facts.broken) };
    let what = match facts.broken {
        // HTTP sets no such limit (RFC 9110 sections 5.4 and 15.2): it is ours.
        Broken::HeadTooLarge | Broken::TooManyInterim | Broken::ChunkLines => {
            format!("the {message} is more than we take: {fault}")
        }
        Broken::NotRead => format!("the {message} is not read here: {fault}"),
        Broken::RequestLine
        | Broken::StatusLine
        | Broken::FieldLine
        | Broken::FieldValue
        | Broken::BareLineFeed
        | Broken::ContentLength
        | Broken::TwoLengths
        | Broken::LengthAndChunked
        | Broken::TransferEncoding
        | Broken::Chunk
        | Broken::Target
        | Broken::UnaskedSwitch
        | Broken::Host => format!("the {message} breaks a rule of HTTP: {fault}"),
    };
    // A client that meets this fails, and its failure shows the same line: once is enough at brief.
    let mut words = match facts.by {
        Side::Client => Explanation::step("broken", what),
        Side::Server | Side::Resolver | Side::Observer => Explanation::detail("broken", what),
    };
    let note = match facts.values.as_slice() {
        [] => format!("expected {}, found {}", facts.expected, facts.found),
        values => format!("the values are {}", crate::explain::dns::list(values)),
    };
    words.lines.push(caret_line(facts, note));
    if let Some(limit) = facts.limit {
        words = words.more(format!("The limit here is {}.", bytes(limit)));
    }
    words.why.push(Why { id: why, text: why.to_owned() });
    words
        .more(format!(
            "expected {}, found {}, at offset {} of what {} sent",
            facts.expected,
            facts.found,
            facts.offset,
            sender(facts.by)
        ))
        .source(source)
}

fn sender(by: Side) -> &'static str {
    if by == Side::Client { "the client" } else { "the server" }
}

/// The line as text with the caret under the offending octets, also where some are no UTF-8.
fn caret_line(facts: &Malformed, note: String) -> Line {
    let Head(line) = &facts.line;
    let from = usize::try_from(facts.caret).unwrap_or(usize::MAX).min(line.len());
    let width = usize::try_from(facts.width).unwrap_or(usize::MAX);
    let to = from.saturating_add(width).min(line.len());
    let lead = String::from_utf8_lossy(&line[..from]).into_owned();
    let marked = String::from_utf8_lossy(&line[from..to]).into_owned();
    let caret = (lead.len(), marked.len().max(1));
    Line { text: lead + &marked + &String::from_utf8_lossy(&line[to..]), note, caret: Some(caret) }
}

/// The same of a line of the trailer.
fn trailer_rule(broken: Broken) -> (&'static str, &'static str, &'static str) {
    let (fault, why, source) = rule(broken);
    match broken {
        Broken::FieldLine => ("a line of its trailer has no name and colon in their places", why, source),
        Broken::FieldValue => ("a value in its trailer holds a control character", why, source),
        Broken::RequestLine
        | Broken::StatusLine
        | Broken::BareLineFeed
        | Broken::ContentLength
        | Broken::TwoLengths
        | Broken::LengthAndChunked
        | Broken::TransferEncoding
        | Broken::Chunk
        | Broken::Host
        | Broken::TooManyInterim
        | Broken::HeadTooLarge
        | Broken::Target
        | Broken::ChunkLines
        | Broken::NotRead
        | Broken::UnaskedSwitch => (fault, why, source),
    }
}

/// What is wrong, why it matters, and where it is written.
fn rule(broken: Broken) -> (&'static str, &'static str, &'static str) {
    match broken {
        Broken::RequestLine => (
            "its first line is no request line",
            "A request begins with method, target and version, one space between them.",
            "RFC 9112 section 3",
        ),
        Broken::StatusLine => (
            "its first line is no status line",
            "A response begins with the version, a space and a status of three digits.",
            "RFC 9112 section 4",
        ),
        Broken::FieldLine => (
            "a header line has no name and colon in their places",
            "Programs that guess differently where a name ends see different headers. So nobody may guess.",
            "RFC 9112 section 5.1",
        ),
        Broken::FieldValue => (
            "a header value holds a control character",
            "Some programs cut a value there and others do not, so the two see different headers.",
            "RFC 9110 section 5.5",
        ),
        Broken::BareLineFeed => (
            "a line ends in LF without CR",
            "Lines end in CR LF. Where one program takes LF alone for an end and the next does not, a request can hide in another.",
            "RFC 9112 section 2.2",
        ),
        Broken::ContentLength => (
            "Content-Length is no length",
            "Without a length that can be trusted nobody knows where the body ends and what comes next.",
            "RFC 9112 section 6.3",
        ),
        Broken::TwoLengths => (
            "it declares two different lengths",
            "Two programs that believe different lengths cut the stream at different places. What is body to one is the next message to the other: request smuggling.",
            "RFC 9112 section 6.3",
        ),
        Broken::LengthAndChunked => (
            "it has both Content-Length and Transfer-Encoding",
            "Two programs that believe different ones cut the stream at different places. What is body to one is the next request to the other: request smuggling.",
            "RFC 9112 sections 6.1 and 6.2",
        ),
        Broken::TransferEncoding => (
            "its transfer coding does not tell where the body ends",
            "Only chunked, as the last coding, tells where a body ends; and HTTP/1.0 has no transfer codings.",
            "RFC 9112 section 6.3",
        ),
        Broken::Chunk => (
            "a chunk is not framed as it must be",
            "Each chunk begins with its size in hexadecimal and ends in CR LF. Without that nobody knows where the next begins.",
            "RFC 9112 section 7.1",
        ),
        Broken::Host => (
            "it must have one valid Host field",
            "One address can serve many sites: without one clear Host the server cannot tell which is meant.",
            "RFC 9112 section 3.2",
        ),
        Broken::TooManyInterim => (
            "interim responses (1xx) come again and again",
            "An interim response says that the answer is on its way. The answer itself has to come some time.",
            "RFC 9110 section 15.2",
        ),
        Broken::Target => (
            "its target is none that can be asked for",
            "The target is a path, or a whole URL, or for OPTIONS a star: made of the characters that a URI has.",
            "RFC 9112 section 3.2",
        ),
        Broken::ChunkLines => (
            "what stands around its chunks is longer than is allowed here",
            "Chunk extensions and a trailer can go on without end and hold no content: a reader has to stop somewhere.",
            "RFC 9112 section 7.1",
        ),
        Broken::NotRead => (
            "HTTP allows it, and the HTTP library beneath does not take it",
            "A limit of this program, and no fault of the sender.",
            "RFC 9110 section 2.3",
        ),
        Broken::UnaskedSwitch => (
            "it changes the protocol, and nobody asked for that",
            "101 answers a request that offers another protocol with Upgrade. Nobody would know what the bytes after it mean.",
            "RFC 9110 section 7.8",
        ),
        Broken::HeadTooLarge => (
            "its head is longer than is allowed here",
            "Whoever reads a head must keep it. Without a limit one peer could fill the memory.",
            "RFC 9110 section 5.4",
        ),
    }
}

/// Words for [`LeftOver`].
pub fn left_over(facts: &LeftOver) -> Explanation {
    let what = match facts.declared {
        Some(declared) => {
            format!("{} more than the {} declared", bytes(facts.len), crate::explain::number(declared))
        }
        None => format!("{} after the end of the response", bytes(facts.len)),
    };
    Explanation::step("left over", what)
        .line(String::from_utf8_lossy(&facts.head.0), "not part of the body")
        .why(
            "left-over",
            "The response was over, and we had asked for nothing more. Whoever took these bytes for the next answer would be misled.",
        )
        .more(format!("from offset {} of what the server sent; counted when they were noticed", facts.offset))
        .source("RFC 9112 section 6.3")
}

/// Words for [`ProtocolRecognised`].
pub fn protocol_recognised(event: &Event, facts: &ProtocolRecognised) -> Explanation {
    let Head(head) = &facts.head;
    let first = first_bytes(head);
    let mut words = match (event.side, facts.protocol) {
        (Side::Server, Known::Tls) => {
            // RFC 8446 section 4: handshake type 1 is a ClientHello; it stands behind the record's five octets.
            let hello = if head.get(5) == Some(&1) { "a TLS ClientHello" } else { "a TLS record" };
            let what =
                format!("{hello} came ({first}): the client speaks TLS to this {} port", expected(facts));
            Explanation::step("broken", what).why(
                "foreign.tls-to-plain",
                "This server does not speak TLS. For a browser: the same address with http:// would be understood.",
            )
        }
        (Side::Server, Known::Http) if facts.expected == "TLS" => Explanation::step(
            "broken",
            format!("a plain HTTP request came ({first}): this port speaks TLS"),
        )
        .why(
            "foreign.plain-to-tls",
            "A TLS conversation begins with 16 03. For a browser: https:// instead of http:// begins so.",
        ),
        (Side::Server, protocol) => Explanation::step(
            "broken",
            format!("{} came ({first}) instead of {}", name(protocol), facts.expected),
        ),
        (_, protocol) => answer(protocol, facts, &first),
    };
    if readable(head) {
        words = words.line(String::from_utf8_lossy(head).trim_end(), "the first bytes as they came");
    }
    match source(facts.protocol) {
        Some(source) => words.source(source),
        None => words,
    }
}

/// What a client's peer turned out to speak.
fn answer(protocol: Known, facts: &ProtocolRecognised, first: &str) -> Explanation {
    // The failure that follows shows the same bytes.
    let step = |what| Explanation::detail("broken", what);
    match protocol {
        Known::Http if facts.expected == "TLS" => {
            step(format!("it answered in plain HTTP ({first}), and TLS begins 16 03"))
                .why("foreign.http", "The port is open and a web server is there. It answered in plain HTTP: try http://.")
        }
        Known::Tls => step(format!("that is TLS ({first}): this port expects TLS"))
            .why("foreign.tls", "The port is open and the server there speaks TLS. It does not take a plain request: try https://."),
        Known::Http2 => step(format!("that is HTTP/2 from its first byte ({first})"))
            .why("foreign.http2", "The server speaks HTTP/2 from its first byte on, and expects the same of its client."),
        Known::Unknown => step(format!("that is no {}: it begins {first}", facts.expected))
            .why("foreign.unknown", "The connection works. Whatever listens there speaks something that netlearn does not know."),
        Known::Http | Known::Ssh | Known::Smtp | Known::Ftp | Known::Pop3 | Known::Imap | Known::Mysql | Known::Redis => {
            step(format!("that is {}, not {}: it begins {first}", name(protocol), facts.expected))
                .why("foreign.other", "The connection works, and a program answers there. A port number only suggests a protocol: the first bytes tell which one it is.")
        }
    }
}

fn expected(facts: &ProtocolRecognised) -> &str {
    if facts.expected == "HTTP" { "http" } else { &facts.expected }
}

fn name(protocol: Known) -> &'static str {
    match protocol {
        Known::Http => "HTTP",
        Known::Http2 => "HTTP/2",
        Known::Tls => "TLS",
        Known::Ssh => "SSH",
        Known::Smtp => "SMTP (mail)",
        Known::Ftp => "FTP",
        Known::Pop3 => "POP3 (mail)",
        Known::Imap => "IMAP (mail)",
        Known::Mysql => "the MySQL protocol",
        Known::Redis => "the Redis protocol",
        Known::Unknown => "something unknown",
    }
}

fn source(protocol: Known) -> Option<&'static str> {
    match protocol {
        Known::Http => Some("RFC 9112 section 2.1"),
        Known::Http2 => Some("RFC 9113 section 3.4"),
        Known::Tls => Some("RFC 8446 section 5.1"),
        Known::Ssh => Some("RFC 4253 section 4.2"),
        Known::Smtp => Some("RFC 5321 section 4.2"),
        Known::Ftp => Some("RFC 959 section 5.4"),
        Known::Pop3 => Some("RFC 1939 section 4"),
        Known::Imap => Some("RFC 9051 section 7.1"),
        Known::Mysql | Known::Redis | Known::Unknown => None,
    }
}

fn readable(head: &[u8]) -> bool {
    head.first().is_some_and(|byte| byte.is_ascii_graphic()) && head.iter().all(|byte| *byte != 0)
}

/// The first octets: as text where they are, else in hexadecimal.
fn first_bytes(head: &[u8]) -> String {
    if readable(head) {
        let word: String = head
            .iter()
            .take(12)
            .take_while(|byte| byte.is_ascii_graphic())
            .map(|byte| char::from(*byte))
            .collect();
        return format!("\"{word}\"");
    }
    let hex: Vec<String> = head
        .iter()
        .take(if head.get(1) == Some(&3) { 2 } else { 5 })
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.join(" ")
}
