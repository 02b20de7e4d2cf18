//! Words for HTTP messages. They say what a head means and how its body ended, and claim nothing of what a program did with it.

mod fault;
mod fields;
pub mod frames;
pub mod library;
pub mod server;
mod status;

pub use fault::{left_over, malformed, protocol_recognised};

use super::{Explanation, bytes, number, plural};
use crate::event::http::{
    BodyEnded, BodyRule, ProxyIgnored, Redirected, Request, RequestsCompared, Response, Reused,
};
use crate::event::tcp::{CloseHow, Closed};
use crate::event::{Event, Side};
use fields::{Body, Context};

/// Words for [`Request`].
pub fn request(event: &Event, facts: &Request) -> Explanation {
    if facts.decoded {
        return frames::request(event, facts);
    }
    let ours = event.side == facts.by;
    let mut words = match event.side {
        Side::Client => Explanation::step("send", request_size(facts)),
        Side::Server | Side::Resolver | Side::Observer => Explanation::detail("receive", request_size(facts)),
    };
    let line = format!("{} {} {}", facts.method, facts.target, facts.version);
    words = words.line(line, "method, target, version");
    let context = Context { headers: &facts.headers, ours, body: Body::ByFields, status: None };
    for field in &facts.headers {
        words = words.line(format!("{}: {}", field.name, field.value), fields::note(field, context));
    }
    words = words.line("", "empty line: the headers end here");
    let method = status::method(&facts.method);
    if !method.is_empty() {
        words = words.more(method);
    }
    if facts.headers.iter().any(|field| field.name.eq_ignore_ascii_case("host")) {
        words = words
            .more("One address can serve many sites: Host says which one is meant.")
            .source("RFC 9110 section 7.2")
            .words(&["Host"]);
    }
    words.source("RFC 9112 section 3").source("RFC 9110 section 9")
}

fn request_size(facts: &Request) -> String {
    let body = fields::has(&facts.headers, "transfer-encoding")
        || facts
            .headers
            .iter()
            .any(|field| field.name.eq_ignore_ascii_case("content-length") && field.value.trim() != "0");
    match body {
        true => format!("{} of head, then a body", bytes(facts.len)),
        false => bytes(facts.len),
    }
}

/// Words for [`Response`].
pub fn response(event: &Event, facts: &Response) -> Explanation {
    if facts.decoded {
        return frames::response(event, facts);
    }
    let ours = event.side == facts.by;
    let mut words = match event.side {
        // The status line itself is what came: it stands where the sentence would.
        Side::Client => Explanation::step("receive", ""),
        Side::Server | Side::Resolver | Side::Observer => {
            Explanation::detail("send", format!("{} of head", bytes(facts.len)))
        }
    };
    let line = format!("{} {} {}", facts.version, facts.status, facts.reason);
    let note = if facts.reason.is_empty() { "version, status" } else { "version, status, reason" };
    words = words.line(line.trim_end(), note);
    let context =
        Context { headers: &facts.headers, ours, body: body_after(facts), status: Some(facts.status) };
    for field in &facts.headers {
        words = words.line(format!("{}: {}", field.name, field.value), fields::note(field, context));
    }
    let nowhere = matches!(facts.status, 301..=303 | 307 | 308) && !fields::has(&facts.headers, "location");
    let meaning = match (facts.status, event.side) {
        (101, Side::Client) => status::SWITCHED,
        _ if nowhere => status::NOWHERE,
        (status, _) => status::meaning(status),
    };
    words = match facts.status {
        // The commonest of all needs no sentence of its own.
        200 => words.more(meaning),
        _ => words.why(meaning, meaning),
    };
    words = framed(words, facts, context.body);
    if (300..400).contains(&facts.status) && fields::has(&facts.headers, "location") {
        words = words.words(&["redirect"]);
    }
    words.source("RFC 9112 section 4").source("RFC 9110 section 15").words(&["status code"])
}

/// Which field says where its body ends, and that two of them may be read in two ways.
fn framed(mut words: Explanation, facts: &Response, body: Body) -> Explanation {
    let both =
        fields::has(&facts.headers, "transfer-encoding") && fields::has(&facts.headers, "content-length");
    if both && body == Body::ByFields {
        words = words
            .why(
                "response.both-lengths",
                "Content-Length beside Transfer-Encoding: readers may differ on where it ends. That can be request smuggling or response splitting.",
            )
            .source("RFC 9112 section 6.3");
    }
    if fields::has(&facts.headers, "transfer-encoding") {
        words = words.source("RFC 9112 section 7");
        if fields::in_chunks(&facts.headers) {
            words = words.words(&["chunked"]);
        }
    } else if fields::has(&facts.headers, "content-length") {
        words = words.source("RFC 9110 section 8.6").words(&["Content-Length"]);
    }
    words
}

/// RFC 9112 section 6.3 items 1 and 2.
fn body_after(facts: &Response) -> Body {
    let answers = |method: &str| facts.request_method.as_deref() == Some(method);
    match facts.status {
        100..=199 | 204 => Body::Never,
        200..=299 if answers("CONNECT") => Body::Never,
        304 => Body::Withheld,
        _ if answers("HEAD") => Body::Withheld,
        _ => Body::ByFields,
    }
}

/// Words for [`BodyEnded`].
pub fn body_ended(event: &Event, facts: &BodyEnded) -> Explanation {
    let response = facts.by == Side::Server;
    if facts.rule == BodyRule::None && !response {
        return Explanation::hidden();
    }
    let mut words = match event.side {
        Side::Client if response => Explanation::step("end", body_what(facts, "body")),
        Side::Client => Explanation::detail("send", body_what(facts, "request body")),
        Side::Server | Side::Resolver | Side::Observer => {
            Explanation::detail("", body_what(facts, if response { "response body" } else { "request body" }))
        }
    };
    words = coded(words, facts);
    words = match facts.rule {
        BodyRule::Length if facts.complete => words.more("Content-Length told where it ends."),
        // The failure that follows gives the reason.
        BodyRule::Length => words.more("The length was declared before the body: so it shows that the end is missing."),
        BodyRule::Chunked if facts.complete => {
            words.why("body.chunked", "Each chunk says its own size. One of size 0 says that this was the last.")
        }
        BodyRule::Chunked => words.more("A chunk of size 0 is the last. That one never came."),
        BodyRule::Close => words.why(
            "body.close",
            "Nothing before it tells where the body ends, so only the end of the connection does. An end that came too early would look the same.",
        ),
        BodyRule::EndStream if facts.complete => {
            return words.more("The flag END_STREAM told where it ends.").source("RFC 9113 section 8.1");
        }
        BodyRule::EndStream => {
            let text = "A frame with the flag END_STREAM is the last. That one never came.";
            return words.more(text).source("RFC 9113 section 8.1");
        }
        BodyRule::None => words,
    };
    for field in &facts.trailers {
        words = words.line(format!("{}: {}", field.name, field.value), "trailer field, after the body");
    }
    words.source("RFC 9112 section 6.3")
}

/// Transfer codings that were not undone.
fn coded(words: Explanation, facts: &BodyEnded) -> Explanation {
    if facts.coded.is_empty() {
        return words;
    }
    let codings = super::dns::list(&facts.coded);
    let are = if facts.coded.len() == 1 {
        format!("coding {codings} is")
    } else {
        format!("codings {codings} are")
    };
    words
        .why("body.coded", format!("Its transfer {are} not undone: the bytes are given out as they came."))
        .source("RFC 9112 section 7")
}

/// Words for a body that ended and the connection that ended with it; `None` where the end of either needs words of its own.
pub fn body_and_connection_ended(
    ended: &Event,
    body: &BodyEnded,
    closed: &Event,
    connection: &Closed,
) -> Option<Explanation> {
    let usual = body.complete && connection.how == CloseHow::Fin && connection.why.is_none();
    if !usual || connection.unread.is_some() || ended.flow != closed.flow {
        return None;
    }
    let mut words = body_ended(ended, body);
    let hung_up = if connection.by == closed.side { "We hang up." } else { "The server has hung up." };
    words.what = format!("{}. {hung_up}", words.what);
    words.words.extend(super::tcp::closed(closed, connection).words);
    Some(words)
}

fn body_what(facts: &BodyEnded, body: &str) -> String {
    let chunks = facts.chunks.map(|count| plural(count, "chunk")).unwrap_or_default();
    match (facts.rule, facts.declared, facts.complete) {
        (BodyRule::None, _, _) => format!("no {body} follows this head"),
        (BodyRule::Length, Some(declared), true) => {
            format!("{body} complete, {} of {}", number(facts.len), bytes(declared))
        }
        (BodyRule::Length, Some(declared), false) => {
            format!("{body} cut off: {} of {}, then the connection ended", number(facts.len), bytes(declared))
        }
        (BodyRule::Chunked, _, true) => format!("{body} complete, {} in {chunks}", bytes(facts.len)),
        (BodyRule::Chunked, _, false) => {
            format!("{body} cut off: {} in {chunks}, then the connection ended", bytes(facts.len))
        }
        (BodyRule::EndStream, Some(declared), true) => {
            format!("{body} complete, {} of {}", number(facts.len), bytes(declared))
        }
        (BodyRule::EndStream, None, true) => format!("{body} complete, {}", bytes(facts.len)),
        (BodyRule::EndStream, _, false) => format!("{body} cut off after {}", bytes(facts.len)),
        (BodyRule::Close, _, _) => format!("{body} ended with the connection, {}", bytes(facts.len)),
        (BodyRule::Length, None, true) => format!("{body} complete, {}", bytes(facts.len)),
        (BodyRule::Length, None, false) => format!("{body} cut off after {}", bytes(facts.len)),
    }
}

/// Words for [`Redirected`].
pub fn redirected(facts: &Redirected) -> Explanation {
    let mut words = Explanation::step("redirect", format!("{}: on to {}", facts.status, facts.to));
    words = match facts.status {
        301 | 308 => {
            words.why("redirect.for-good", "It has moved for good: next time you can ask there at once.")
        }
        302 | 307 => {
            words.why("redirect.for-now", "It is there for now: next time ask at the old place again.")
        }
        303 => {
            words.why("redirect.see-other", "The answer to this request is to be fetched there, with GET.")
        }
        _ => words,
    };
    words
        .more(format!("from {}, with {}; number {} in a row", facts.from, facts.method, facts.count))
        .source("RFC 9110 section 15.4")
        .words(&["redirect"])
}

/// Words for [`Reused`].
pub fn reused(facts: &Reused) -> Explanation {
    let before = plural(facts.after, "request");
    let words = Explanation::step(
        "reuse",
        format!("the same connection, from our port {}, after {before}", facts.local_port),
    );
    let words = match facts.http2 {
        true => words
            .why("reuse.http2", "An HTTP/2 connection carries many streams, each with a number of its own.")
            .source("RFC 9113 section 9.1"),
        false => words
            .why(
                "reuse",
                "HTTP/1.1 keeps a connection open unless one side says close. No new handshake is needed.",
            )
            .source("RFC 9112 section 9.3"),
    };
    words.words(&["keep-alive"])
}

/// Words for [`RequestsCompared`].
pub fn compared(facts: &RequestsCompared) -> Explanation {
    let what = format!("{} port {}, as for {}", facts.peer.ip(), facts.peer.port(), facts.earlier);
    let words = Explanation::step("compare", what).source("RFC 9110 section 7.2").words(&["Host"]);
    let only_host = facts.differed == ["host"];
    let differed = match (only_host, facts.tls) {
        (true, false) => "Of the two requests only Host differed".to_owned(),
        (true, true) => {
            "Of the two requests only Host differed, and the name in the TLS handshake".to_owned()
        }
        (false, _) => format!("Of the two requests these parts differed: {}", facts.differed.join(", ")),
    };
    let values = format!("Host: {}, then {}.", facts.earlier_host, facts.later_host);
    let words = match (facts.answers_differ, only_host) {
        (true, true) => words.why("compare", format!("{differed}, and the answers differ.")).why(
            "compare.host",
            "One address can serve many sites. The server can tell them apart by the name that you asked for.",
        ),
        (true, false) => words.why("compare", format!("{differed}. The answers differ too.")),
        (false, _) => words.why("compare", format!("{differed}. The answers are the same.")),
    };
    words.more(values).more(
        "Each name got a connection of its own: we keep one for further requests to the same name only, though another \
         site may be at its other end.",
    )
}

/// Words for [`ProxyIgnored`].
pub fn proxy_ignored(facts: &ProxyIgnored) -> Explanation {
    let names = super::dns::list(&facts.variables);
    let verb = if facts.variables.len() == 1 { "is" } else { "are" };
    Explanation::step("proxy", format!("{names} {verb} set; netlearn does not use it"))
        .why(
            "proxy",
            "We talk to the server itself, so that what you see is its own answer and not a proxy's.",
        )
        .words(&["proxy"])
}

#[cfg(test)]
mod tests;
