//! A short note for each common header field. A field that is not listed gets none: nothing is guessed from a name.

use crate::event::http::Field;

/// What the notes of one head depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'h> {
    pub headers: &'h [Field],
    /// True for our own request: the notes then say "we".
    pub ours: bool,
    pub body: Body,
    /// The head of a response, and its status.
    pub status: Option<u16>,
}

/// Whether a body follows this head, as far as its start line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// The fields decide (RFC 9112 section 6.3).
    ByFields,
    /// A response to HEAD, or 304: its fields tell of a body that is not sent (RFC 9110 section 8.6).
    Withheld,
    /// 1xx or 204: there is none, and no field can change that.
    Never,
}

/// The note for one field; empty for none.
pub(super) fn note(field: &Field, context: Context<'_>) -> String {
    let name = field.name.to_ascii_lowercase();
    let value = field.value.trim();
    match name.as_str() {
        "host" if context.ours => "which site at this address we want".to_owned(),
        "host" => "which site at this address it wants".to_owned(),
        "content-length" => length(value, context),
        "transfer-encoding" => coding(value, context),
        "connection" => connection(value, context.status).to_owned(),
        // RFC 9110 section 7.8.
        "upgrade" => upgrade(context.status).to_owned(),
        _ => fixed(&name, value).to_owned(),
    }
}

/// The fields that frame the body of this head, for whoever wants to say how it ends.
pub(super) fn has(headers: &[Field], name: &str) -> bool {
    headers.iter().any(|field| field.name.eq_ignore_ascii_case(name))
}

/// RFC 9110 section 8.6, RFC 9112 sections 6.2 and 6.3.
fn length(value: &str, context: Context<'_>) -> String {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u64>() {
        _ if context.body == Body::Withheld => "what the body would have; none follows".to_owned(),
        _ if context.body == Body::Never => "of no effect: no body follows".to_owned(),
        _ if has(context.headers, "transfer-encoding") => "Transfer-Encoding overrides it".to_owned(),
        _ if contradicts(value, context.headers) => "another Content-Length says otherwise".to_owned(),
        Ok(0) if digits => "the body is empty".to_owned(),
        Ok(count) if digits => format!("the body ends after {}", crate::explain::bytes(count)),
        Ok(_) | Err(_) => String::new(),
    }
}

/// Whether another Content-Length of this head differs (RFC 9112 section 6.3 item 5).
fn contradicts(value: &str, headers: &[Field]) -> bool {
    let lengths = headers.iter().filter(|field| field.name.eq_ignore_ascii_case("content-length"));
    lengths.map(|field| field.value.trim()).any(|other| other != value)
}

/// Whether `chunked` is the last transfer coding of this head (RFC 9112 section 6.3).
pub(super) fn in_chunks(headers: &[Field]) -> bool {
    let fields = headers.iter().filter(|field| field.name.eq_ignore_ascii_case("transfer-encoding"));
    let mut codings = fields.flat_map(|field| field.value.split(',')).map(str::trim);
    let last = codings.rfind(|coding| !coding.is_empty());
    last.is_some_and(|last| last.eq_ignore_ascii_case("chunked"))
}

/// What Upgrade means in this head (RFC 9110 section 7.8).
fn upgrade(status: Option<u16>) -> &'static str {
    match status {
        Some(101) => "the protocol that is spoken from here on",
        Some(426) => "the protocol that the server asks for",
        Some(_) => "other protocols on offer",
        None => "other protocols that may be spoken here",
    }
}

/// RFC 9112 sections 6.1 and 7.1.
fn coding(value: &str, context: Context<'_>) -> String {
    let named = || value.split(',').map(str::trim).filter(|coding| !coding.is_empty());
    let (codings, last) = (named().count(), named().next_back().unwrap_or_default());
    let text = match context.body {
        Body::Withheld => "how the body would come; none follows",
        Body::Never => "of no effect: no body follows",
        Body::ByFields if in_chunks(context.headers) && codings > 1 => "coded, and then in chunks",
        Body::ByFields if last.eq_ignore_ascii_case("chunked") => "the body comes in sized chunks",
        Body::ByFields => "",
    };
    text.to_owned()
}

/// RFC 9110 section 7.6.1, RFC 9112 section 9.
fn connection(value: &str, status: Option<u16>) -> &'static str {
    let has = |option: &str| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(option));
    if has("close") {
        "the connection ends after the response"
    } else if has("upgrade") && status == Some(101) {
        "the protocol changes after this head"
    } else if has("upgrade") {
        "offers to change the protocol"
    } else if has("keep-alive") {
        "the connection may serve more requests"
    } else {
        ""
    }
}

/// Notes that do not depend on anything else in the head. Sections are of RFC 9110 where no other is named.
fn fixed(name: &str, value: &str) -> &'static str {
    match name {
        // Requests: 10.1, 12.5, 13.1, 14.2.
        "user-agent" => "the program that asks",
        "accept" if value == "*/*" => "any kind of content will do",
        "accept" => "kinds of content that will do",
        "accept-encoding" => "compressions the client can undo",
        "accept-language" => "languages wanted",
        "accept-charset" => "deprecated: UTF-8 is the rule",
        "expect" if value.eq_ignore_ascii_case("100-continue") => "asks for a 100 before it sends the body",
        "expect" => "what it needs the server to do",
        "from" => "who runs the program that asks",
        "if-match" => "only if it is still this version",
        "if-none-match" => "only if it is not this version",
        "if-modified-since" => "only if it changed since then",
        "if-unmodified-since" => "only if it did not change since then",
        "if-range" => "the range only if it did not change",
        "range" => "only this part of it",
        "max-forwards" => "how many intermediaries may pass it on",
        "te" => "transfer codings the client can read",
        "referer" => "the page that led here",
        // RFC 6454 section 7.
        "origin" => "the site whose page asks",
        // W3C Upgrade Insecure Requests section 3.2.
        "upgrade-insecure-requests" => "the browser would rather have https",
        // 11.6 and 11.7, RFC 6265 section 4.2.
        "authorization" => "credentials: who is asking",
        "proxy-authorization" => "credentials for a proxy",
        "cookie" => "what this site gave to keep, sent back",
        // RFC 7239; the other is older and no standard.
        "forwarded" => "whom a proxy passes this on for",
        "x-forwarded-for" => "whom a proxy passes this on for",
        _ => fixed_response(name, value),
    }
}

/// Fields of responses, and those of both.
fn fixed_response(name: &str, value: &str) -> &'static str {
    match name {
        // 6.6.1, 8, 10.2.
        "date" => "when the message was made",
        "server" => "the program that answers",
        "content-type" => "what kind of content the body is",
        "content-encoding" => "how the content is compressed",
        "content-language" => "the language of the content",
        "content-location" => "where this very content is found",
        "content-range" => "which part this is, of how much",
        // RFC 6266.
        "content-disposition" => "whether to show or save, and as what",
        "last-modified" => "when it last changed",
        "etag" => "the name of this version",
        "location" => "where to go, or where it now is",
        "allow" => "methods that are allowed here",
        "retry-after" => "when to ask again",
        "accept-ranges" if value.eq_ignore_ascii_case("none") => "parts of it cannot be asked for",
        "accept-ranges" => "parts of it can be asked for",
        "vary" => "request fields that change the answer",
        "via" => "intermediaries it came through",
        "trailer" => "fields that come after the body",
        // 11.6.1 and 11.7.1.
        "www-authenticate" => "which credentials it asks for",
        "proxy-authenticate" => "which credentials the proxy asks for",
        // RFC 9111 section 5.
        "cache-control" => "whether and how long it may be kept",
        "expires" => "until when it is fresh",
        "age" => "seconds it spent in a cache",
        // RFC 6265 section 4.1.
        "set-cookie" => "something to keep and send back",
        // RFC 6797, RFC 7838, RFC 8288, RFC 2068 section 19.7.1.1.
        "strict-transport-security" => "next time only over https",
        "alt-svc" => "other places that serve the same",
        "link" => "related resources",
        "keep-alive" => "how long an idle connection stays open",
        // The Fetch standard (CORS protocol) and CSP.
        "access-control-allow-origin" => "whose pages may read this",
        "x-content-type-options" => "take the type as given",
        "content-security-policy" => "what the page may load",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> Field {
        Field { name: name.to_owned(), value: value.to_owned(), offset: 0, len: 0 }
    }

    fn said(headers: &[Field], body: Body) -> Vec<String> {
        headers.iter().map(|field| note(field, Context { headers, ours: true, body, status: None })).collect()
    }

    #[test]
    fn lengths_say_what_ends_the_body() {
        let length = [field("content-length", "14")];
        assert_eq!(said(&length, Body::ByFields), ["the body ends after 14 bytes"]);
        assert_eq!(said(&length, Body::Withheld), ["what the body would have; none follows"]);
        assert_eq!(said(&length, Body::Never), ["of no effect: no body follows"]);
        assert_eq!(said(&[field("Content-Length", "0")], Body::ByFields), ["the body is empty"]);
        assert_eq!(said(&[field("Content-Length", "-5")], Body::ByFields), [""]);
        let both = [field("Content-Length", "14"), field("Transfer-Encoding", "chunked")];
        let notes = ["Transfer-Encoding overrides it", "the body comes in sized chunks"];
        assert_eq!(said(&both, Body::ByFields), notes);
        let differing = [field("Content-Length", "5"), field("Content-Length", "6")];
        assert_eq!(said(&differing, Body::ByFields), ["another Content-Length says otherwise"; 2]);
    }

    #[test]
    fn notes_fit_beside_their_line() {
        for name in ["accept", "age", "from", "if-range", "keep-alive", "x-content-type-options"] {
            let text = fixed(name, "");
            assert!(!text.is_empty() && text.len() <= 40, "{name}: {text}");
        }
        assert_eq!(fixed("x-made-up", ""), "");
    }
}
