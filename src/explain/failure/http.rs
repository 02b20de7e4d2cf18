//! Verdicts on HTTP answers: where a body should have ended, and what breaks the grammar.

use super::Verdict;
use super::case::{Case, quoted};
use super::evidence::Told;
use super::tls::protocol;
use crate::event::http::{Broken, Known, Malformed};
use crate::explain::{Line, bytes, number};

/// Columns of the bar that stands for the whole declared length.
const BAR: u128 = 30;
/// URLs of a cycle drawn at most.
const URLS: usize = 8;

/// Declared against received: two bars on one scale.
pub(super) fn tell_length(declared: u64, received: u64, told: &mut Told) {
    told.fine.push(format!("The head came whole, and {} of the body.", bytes(received)));
    told.broken.push(format!(
        "Declared were {}; {} are missing.",
        bytes(declared),
        number(declared.saturating_sub(received))
    ));
    let scale = u128::from(declared.max(received)).max(1);
    let bar = |count: u64| "#".repeat((u128::from(count) * BAR).div_ceil(scale) as usize);
    let gap = ".".repeat(bar(declared).len().saturating_sub(short(received, scale)));
    told.line(format!("declared {}", bar(declared)), bytes(declared));
    told.line(format!("received {}{gap}", "#".repeat(short(received, scale))), bytes(received));
}

/// A bar that never looks full where something is missing.
fn short(count: u64, scale: u128) -> usize {
    (u128::from(count) * BAR / scale) as usize
}

/// The offending bytes with a caret below, what is allowed there and what stands there.
pub(super) fn tell_malformed(malformed: &Malformed, told: &mut Told) {
    let text = String::from_utf8_lossy(&malformed.line.0);
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    let caret = (malformed.caret as usize, (malformed.width as usize).max(1));
    if !text.is_empty() {
        told.lines.push(Line { text, note: String::new(), caret: Some(caret) });
    }
    if malformed.offset > 0 {
        told.fine.push(format!("The first {} follow the rules.", bytes(malformed.offset)));
    }
    told.broken.push(format!("Allowed there: {}. Found: {}.", malformed.expected, malformed.found));
    if malformed.values.len() > 1 {
        told.broken.push(format!("The values are {}.", malformed.values.join(" and ")));
    }
    if let Some(limit) = malformed.limit {
        told.broken.push(format!("Our limit is {}.", bytes(limit)));
    }
}

/// The URLs of a chain of redirects, one a line.
pub(super) fn tell_cycle(urls: &[String], closed: bool, told: &mut Told) {
    told.fine.push("Every server answered, each with a redirect.".to_owned());
    for (index, url) in urls.iter().take(URLS).enumerate() {
        let last = index + 1 == urls.len();
        let arrow = if index == 0 { "   " } else { "-> " };
        let note = if last && closed { "we were here before" } else { "" };
        told.line(format!("{arrow}{url}"), note);
    }
    if urls.len() > URLS {
        told.line("-> ...", format!("and {} more", urls.len() - URLS));
    }
}

/// Shows every octet that came.
fn hex(case: &Case<'_>, verdict: Verdict) -> Verdict {
    verdict.then(case.again("--view hex "), "every byte that came, each with its meaning")
}

pub(super) fn body_short(case: &Case<'_>) -> Verdict {
    let (what, cause) = match case.length() {
        Some((declared, received)) => (
            format!("the body ended after {} of {}", number(received), bytes(declared)),
            format!(
                "the other end ended the connection {} too early",
                bytes(declared.saturating_sub(received))
            ),
        ),
        None => (
            "the body ended too early".to_owned(),
            "the other end ended the connection before the end of the body".to_owned(),
        ),
    };
    hex(case, Verdict::new(what, cause))
        .words(&["Content-Length", "chunked", "EOF"])
        .sources(&["RFC 9112 section 8", "RFC 9112 section 6.3"])
}

pub(super) fn two_lengths(case: &Case<'_>) -> Verdict {
    let cause = match case.malformed() {
        Some(malformed) if malformed.values.len() > 1 => {
            format!(
                "Content-Length says {}: nobody can tell where the body ends",
                malformed.values.join(" and ")
            )
        }
        Some(_) | None => "it gives two lengths for one body".to_owned(),
    };
    let verdict = Verdict::new("two lengths for one body", cause).then(
        "netlearn explain request-smuggling",
        "two readers who end a message at different places take the rest for different messages",
    );
    hex(case, verdict)
        .words(&["Content-Length", "request smuggling"])
        .sources(&["RFC 9112 section 6.3", "RFC 9112 section 11.2"])
}

pub(super) fn bad_length(case: &Case<'_>) -> Verdict {
    let found = case.malformed().map_or("it".to_owned(), |malformed| malformed.found.clone());
    hex(
        case,
        Verdict::new(
            "a Content-Length that is no length",
            format!("Content-Length has to be one number, in digits alone; found: {found}"),
        ),
    )
    .words(&["Content-Length"])
    .sources(&["RFC 9110 section 8.6", "RFC 9112 section 6.3"])
}

pub(super) fn broken_chunk(case: &Case<'_>) -> Verdict {
    let found = case.malformed().map_or("something else".to_owned(), |malformed| malformed.found.clone());
    hex(
        case,
        Verdict::new(
            "a broken chunk",
            format!("each chunk begins with its size in hexadecimal and ends with CR LF; found: {found}"),
        ),
    )
    .words(&["chunked"])
    .sources(&["RFC 9112 section 7.1"])
}

pub(super) fn bad_head(case: &Case<'_>) -> Verdict {
    let Some(malformed) = case.malformed() else {
        return unfinished(case);
    };
    let found = &malformed.found;
    let verdict = match malformed.broken {
        Broken::TooManyInterim => Verdict::new(
            "interim responses and no answer",
            "the server announces its answer again and again (1xx) and does not send it",
        ),
        Broken::NotRead => Verdict::new(
            "an answer that netlearn does not read",
            format!("HTTP allows what came, and the HTTP library beneath does not take it; found: {found}"),
        ),
        Broken::UnaskedSwitch => Verdict::new(
            "a change of the protocol that nobody asked for",
            "101 answers a request that offers another protocol with Upgrade, and ours has no such field",
        ),
        _ if malformed.trailer => Verdict::new(
            "the trailer of the answer breaks the rules",
            format!("the fields after the last chunk are not as HTTP writes them; found: {found}"),
        ),
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
        | Broken::Host
        | Broken::Target
        | Broken::ChunkLines
        | Broken::HeadTooLarge => Verdict::new(
            "the head of the answer breaks the rules",
            format!("the head is not as HTTP writes it; found: {found}"),
        ),
    };
    hex(case, verdict)
        .words(&["header field", "status code", "HTTP"])
        .sources(&["RFC 9112 section 4", "RFC 9112 section 5"])
}

/// An answer without its head, in which no broken octet was found: the connection ended, or the library takes it for none.
fn unfinished(case: &Case<'_>) -> Verdict {
    if case.system_error().is_some() {
        let verdict = Verdict::new(
            "an answer that netlearn does not read",
            "the HTTP library beneath does not take the head, and we find no broken rule in it",
        );
        return hex(case, verdict).words(&["header field", "HTTP"]).sources(&["RFC 9112 section 4"]);
    }
    let verdict = match case.status() {
        Some(interim) => Verdict::new(
            "only an interim answer came",
            format!("the other end ended the connection after {interim}, before its final answer"),
        ),
        None => Verdict::new(
            "the answer ended within its head",
            "the other end ended the connection before the head of its answer was whole",
        ),
    };
    hex(case, verdict)
        .then(case.again(""), "asks once more: a server that was about to end may be back")
        .words(&["status code", "EOF"])
        .sources(&["RFC 9112 section 8"])
}

pub(super) fn head_too_large(case: &Case<'_>) -> Verdict {
    let limit = case.malformed().and_then(|malformed| malformed.limit).or(case.limit());
    let of = limit.map(|limit| format!(" of {}", bytes(limit))).unwrap_or_default();
    let verdict = match case.malformed() {
        Some(malformed) if malformed.broken == Broken::ChunkLines && malformed.trailer => Verdict::new(
            "the trailer of the answer is too long",
            format!("the fields after the last chunk are longer than our limit{of}"),
        ),
        Some(malformed) if malformed.broken == Broken::ChunkLines => Verdict::new(
            "the lines around the chunks are too long",
            format!("chunk extensions are longer than our limit{of}, and they hold no content"),
        ),
        Some(_) | None => Verdict::new(
            "the head of the answer is too long",
            format!("the head is longer than our limit{of}, and a reader has to stop somewhere"),
        ),
    };
    hex(case, verdict).words(&["header field"]).sources(&["RFC 9110 section 5.4"])
}

pub(super) fn not_http(case: &Case<'_>) -> Verdict {
    let known = case.first_bytes().unwrap_or(Known::Unknown);
    let (what, cause) = match known {
        Known::Unknown => (
            "what came is not HTTP".to_owned(),
            "the port is open, and what answers there does not speak HTTP".to_owned(),
        ),
        Known::Http
        | Known::Http2
        | Known::Tls
        | Known::Ssh
        | Known::Smtp
        | Known::Ftp
        | Known::Pop3
        | Known::Imap
        | Known::Mysql
        | Known::Redis => (
            format!("that is {}", protocol(known)),
            format!("the port speaks {}, and it was asked in HTTP", protocol(known)),
        ),
    };
    let verdict = Verdict::new(what, cause);
    let verdict = if known == Known::Tls {
        verdict.then(format!("netlearn get {}", case.with_scheme("https")), "asks in TLS")
    } else {
        verdict.then(format!("netlearn connect {}", quoted(&case.place())), "talks to it in plain bytes")
    };
    verdict.words(&["HTTP", "port"]).sources(&["RFC 9112 section 4"])
}

pub(super) fn redirect_loop(case: &Case<'_>) -> Verdict {
    let cause = case
        .cycle()
        .and_then(<[String]>::last)
        .map_or("the redirects lead back to where they began".to_owned(), |url| {
            format!("the redirects lead back to {url}")
        });
    first_alone(case, Verdict::new("the redirects go round in a circle", cause))
        .words(&["redirect", "status code"])
        .sources(&["RFC 9110 section 15.4"])
}

pub(super) fn too_many_redirects(case: &Case<'_>) -> Verdict {
    let limit = case.limit().map(|limit| format!(" ({})", number(limit))).unwrap_or_default();
    first_alone(
        case,
        Verdict::new(
            "too many redirects",
            format!("each answer leads on to another URL, more often than our limit{limit}"),
        ),
    )
    .words(&["redirect"])
    .sources(&["RFC 9110 section 15.4"])
}

fn first_alone(case: &Case<'_>, verdict: Verdict) -> Verdict {
    let first = case.cycle().and_then(<[String]>::first);
    let command = first.map_or_else(|| case.again(""), |url| format!("netlearn get {}", quoted(url)));
    verdict.then(command, "the first answer alone, without -L")
}

pub(super) fn bad_redirect(case: &Case<'_>) -> Verdict {
    // The evidence names the Location and what is wrong with it.
    let cause = match case.system_error() {
        Some(error) => format!("its {error}"),
        None => "its Location is no http or https URL".to_owned(),
    };
    Verdict::new("a redirect that cannot be followed", cause)
        .then(case.again(""), "the answer itself, without -L")
        .words(&["redirect", "URL"])
        .sources(&["RFC 9110 section 10.2.2"])
}

pub(super) fn error_status(case: &Case<'_>) -> Verdict {
    let status = case.status().unwrap_or("an error status".to_owned());
    Verdict::new(
        format!("answered {status}"),
        "the server answered, and its answer is an error; with -f that is a failure",
    )
    .then(case.again(""), "the answer with its body, without -f")
    .words(&["status code"])
    .sources(&["RFC 9110 section 15"])
}
