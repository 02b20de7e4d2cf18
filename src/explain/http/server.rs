//! Words for what a server tells of the requests that it answers, or answers wrongly on purpose: a line each, not message by message.

use super::status;
use crate::event::Event;
use crate::event::http::server::{Answered, Fault, Misanswered, Refused};
use crate::explain::{Explanation, bytes, time};

/// Words for [`Answered`].
pub fn answered(event: &Event, facts: &Answered) -> Explanation {
    let mut what = asked([&facts.method, &facts.target, &facts.version], facts.request_len);
    let status = format!("{} {}", facts.status, facts.reason);
    what.push_str(&format!("  ->  {}, {}", status.trim_end(), bytes(facts.body_len)));
    if let Some(took) = event.took {
        what.push_str(&format!(", in {}", time(took)));
    }
    // Of this request alone, so it is part of what happened: a reason is said but once a run.
    match &facts.refused {
        Some(Refused::Content { limit, declared }) => {
            let body = match declared {
                Some(declared) if declared > limit => format!("Content-Length says {}", bytes(*declared)),
                Some(_) | None => "its body is longer, or said to be".to_owned(),
            };
            what.push_str(&format!(": {body}, and this server takes {}", bytes(*limit)));
        }
        Some(Refused::Library { words: said }) => {
            what.push_str(&format!(": the HTTP library refused it, {said}"));
        }
        Some(Refused::Fields { .. } | Refused::Coding) | None => {}
    }
    let words = with_icon(Explanation::step("", what), &facts.method, &facts.target);
    let words = words.more(status::meaning(facts.status)).source("RFC 9110 section 15");
    match &facts.refused {
        Some(refused) => because(refused, words),
        None => words,
    }
}

/// Words for [`Misanswered`].
pub fn misanswered(facts: &Misanswered) -> Explanation {
    let (instead, source) = match facts.fault {
        None => ("no answer, on purpose", None),
        Some(Fault::Reset) => ("a RST and no answer, on purpose", None),
        Some(Fault::Empty) => ("the end of the connection and no answer, on purpose", None),
        Some(Fault::Truncate) => ("on purpose 10 bytes where 100 are announced", Some("RFC 9112 section 8")),
        Some(Fault::LongBody) => ("on purpose 12 bytes where 5 are announced", Some("RFC 9112 section 6.3")),
        Some(Fault::BadChunk) => ("on purpose a chunk of size ZZ", Some("RFC 9112 section 7.1")),
        Some(Fault::TwoLengths) => {
            ("on purpose two lengths, 5 and 7, for one body", Some("RFC 9112 section 6.3"))
        }
        Some(Fault::BadLength) => ("on purpose a body of length -5", Some("RFC 9110 section 8.6")),
        Some(Fault::RedirectLoop) => ("on purpose a redirect into a loop", Some("RFC 9110 section 15.4")),
        Some(Fault::SlowHeaders) => ("on purpose a byte every 0.2 s", None),
        Some(Fault::EndlessHeader) => ("on purpose a header that never ends", Some("RFC 9110 section 5.4")),
        Some(Fault::BadStatus) => ("on purpose the status 999x", Some("RFC 9112 section 4")),
        Some(Fault::NulHeader) => ("on purpose a header with a NUL in it", Some("RFC 9110 section 5.5")),
        Some(Fault::NotHttp) => ("on purpose a greeting of SSH", Some("RFC 4253 section 4.2")),
    };
    let what = asked([&facts.method, &facts.target, &facts.version], facts.request_len);
    let words = Explanation::step("", format!("{what}  ->  {instead}"));
    let words = with_icon(words, &facts.method, &facts.target);
    match source {
        Some(source) => words.source(source),
        None => words,
    }
}

/// What a request for a page's icon has to be told of.
fn with_icon(words: Explanation, method: &str, target: &str) -> Explanation {
    if method != "GET" || target.split('?').next() != Some("/favicon.ico") {
        return words;
    }
    words
        .why("favicon", "A browser asks for /favicon.ico by itself where a page names no icon for its tab.")
        .source("HTML Standard, link type icon")
}

/// A request as a server's narration names it.
fn asked([method, target, version]: [&str; 3], len: Option<u64>) -> String {
    let mut what = match method {
        // No head was read, whole or at all.
        "" => "what came".to_owned(),
        method => format!("{method} {target} {version}"),
    };
    if let Some(len) = len {
        what.push_str(&format!(" ({})", bytes(len)));
    }
    what
}

/// Why requests are refused so.
fn because(refused: &Refused, words: Explanation) -> Explanation {
    match refused {
        Refused::Content { .. } => words.source("RFC 9110 section 15.5.14"),
        Refused::Fields { limit } => words
            .why(
                "refused.fields",
                format!("It has more than {limit} header fields: the HTTP library takes no more."),
            )
            .source("RFC 6585 section 5"),
        Refused::Coding => words
            .why(
                "refused.coding",
                "Its body has a transfer coding besides chunked, and this server undoes none.",
            )
            .source("RFC 9112 section 6.1"),
        Refused::Library { .. } => words,
    }
}
