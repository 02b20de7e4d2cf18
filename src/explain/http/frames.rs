//! Words for HTTP/2: what was agreed, each frame, and heads whose fields a library encoded or decoded.

use super::fields::{self, Context};
use super::{body_after, status};
use crate::event::http::{Request, Response};
use crate::event::http2::{Agreement, FrameFault, FrameRule, Http2Frame, HttpAgreed, Setting, kind};
use crate::event::{Event, Side};
use crate::explain::{Explanation, bytes, number, plural};

/// Words for [`HttpAgreed`].
pub fn agreed(facts: &HttpAgreed) -> Explanation {
    let words = Explanation::step("http", "");
    let offered = facts.offered.join(" and ");
    let mut words = match (facts.how, facts.version.as_str(), &facts.chosen) {
        (Agreement::PriorKnowledge, ..) => Explanation { what: format!("{} from the first byte", facts.version), ..words }
            .why(
                "http2.prior",
                "Without TLS nobody can be asked before: you said that the server speaks it, and we begin with it.",
            )
            .source("RFC 9113 section 3.3"),
        (Agreement::Alpn, "HTTP/2", _) => {
            Explanation { what: format!("{}: the server chose it in the TLS handshake", facts.version), ..words }
                .more(format!("We offered {offered} (ALPN)."))
        }
        (Agreement::Alpn, _, Some(chosen)) => {
            let what = format!("{}: the server did not choose h2 but {chosen}", facts.version);
            Explanation { what, ..words }.why("http2.declined", format!("We offered {offered}. So the request goes in {}.", facts.version))
        }
        (Agreement::Alpn, _, None) => {
            let what = format!("{}: the server chose no protocol in the handshake", facts.version);
            Explanation { what, ..words }.why(
                "http2.declined",
                format!("We offered {offered}. A server that knows no ALPN is spoken to in {}.", facts.version),
            )
        }
    };
    if facts.version == "HTTP/2" {
        words = words
            .why("http2", "Messages travel in frames. Each exchange has a stream of its own, by number.")
            .words(&["HTTP/2", "frame", "HTTP/2 stream"]);
    }
    match facts.how {
        Agreement::Alpn => {
            words.source("RFC 9113 section 3.2").source("RFC 7301 section 3.1").words(&["ALPN"])
        }
        Agreement::PriorKnowledge => words,
    }
}

fn label(event: &Event, by: Side) -> &'static str {
    if event.side == by { "send" } else { "receive" }
}

/// Words for the 24 octets with which a client begins.
pub fn preface(event: &Event, by: Side) -> Explanation {
    Explanation::detail(label(event, by), "24 bytes: the preface of HTTP/2")
        .line("PRI * HTTP/2.0", "a request that no HTTP/1.1 server knows")
        // RFC 9113 section 3.4: chosen so that a large proportion of servers of HTTP/1.1 and 1.0 do not go on to the frames.
        .more("It is chosen so that most servers of HTTP/1.1 refuse it, and do not take the frames that follow for requests.")
        .source("RFC 9113 section 3.4")
}

/// Words for [`Http2Frame`].
pub fn frame(event: &Event, facts: &Http2Frame) -> Explanation {
    let label = label(event, facts.by);
    if let Some(fault) = &facts.fault {
        return broken(facts, fault);
    }
    let words = match facts.frame_type {
        kind::SETTINGS if facts.has("ACK") => {
            Explanation::detail(label, what(facts, "the other side's settings hold now"))
                .source("RFC 9113 section 6.5.3")
        }
        kind::SETTINGS => settings(event, label, facts),
        kind::HEADERS => Explanation::detail(label, what(facts, "fields, compressed (HPACK)"))
            .source("RFC 9113 section 6.2")
            .words(&["HPACK"]),
        kind::CONTINUATION => Explanation::detail(label, what(facts, "the compressed fields go on"))
            .source("RFC 9113 section 6.10"),
        kind::DATA => {
            Explanation::detail(label, what(facts, "a piece of the body")).source("RFC 9113 section 6.1")
        }
        kind::WINDOW_UPDATE => window(event, label, facts),
        kind::PING if facts.has("ACK") => {
            Explanation::detail(label, what(facts, "the same 8 bytes back")).source("RFC 9113 section 6.7")
        }
        kind::PING => Explanation::detail(label, what(facts, "asks for the same 8 bytes back"))
            .source("RFC 9113 section 6.7"),
        kind::PRIORITY => Explanation::detail(
            label,
            what(facts, "a priority of the old kind: deprecated, a receiver may ignore it"),
        )
        .source("RFC 9113 section 5.3.2"),
        kind::RST_STREAM => reset(event, label, facts),
        kind::GOAWAY => go_away(event, label, facts),
        kind::PUSH_PROMISE => {
            Explanation::detail(label, what(facts, "announces a response that nobody asked for"))
                .source("RFC 9113 section 6.6")
        }
        kind::ALTSVC => Explanation::detail(label, what(facts, "says where else the same is served"))
            .source("RFC 7838 section 4"),
        kind::ORIGIN => {
            Explanation::detail(label, what(facts, "says for which sites this connection is good"))
                .source("RFC 8336 section 2")
        }
        kind::PRIORITY_UPDATE => {
            Explanation::detail(label, what(facts, "how urgent a response is")).source("RFC 9218 section 7.1")
        }
        _ => Explanation::detail(label, what(facts, "a receiver ignores what it does not know"))
            .source("RFC 9113 section 5.5"),
    };
    words.words(&["frame"])
}

/// `DATA on stream 1, 14 bytes, END_STREAM: a piece of the body`.
fn what(facts: &Http2Frame, meaning: &str) -> String {
    let known = facts.name != "unknown";
    let name = if known { facts.name.clone() } else { format!("frame of unknown type {}", facts.frame_type) };
    let mut text = match facts.frames {
        0 | 1 => name,
        many => format!("{} {name} frames", number(many)),
    };
    if facts.stream > 0 {
        text.push_str(&format!(" on stream {}", facts.stream));
    }
    if facts.len > 0 {
        text.push_str(&format!(", {}", bytes(facts.len)));
    }
    for flag in &facts.flag_names {
        text.push_str(&format!(", {flag}"));
    }
    format!("{text}: {meaning}")
}

fn settings(event: &Event, label: &str, facts: &Http2Frame) -> Explanation {
    let ours = event.side == facts.by;
    let whose = if ours { "what we ask of the server" } else { "what the server asks of us" };
    let count = plural(facts.settings.len() as u64, "setting");
    let mut words = match facts.settings.is_empty() {
        true => Explanation::step(label, "SETTINGS without entries: no value is changed"),
        false => Explanation::step(label, format!("SETTINGS, {count}: {whose}")),
    };
    for setting in &facts.settings {
        words = words.line(name_of(setting), meaning(setting));
    }
    words.source("RFC 9113 section 6.5").words(&["SETTINGS"])
}

fn name_of(setting: &Setting) -> String {
    match setting.name.as_str() {
        "unknown" => format!("setting {} = {}", setting.id, number(setting.value.into())),
        name => format!("{name} = {}", number(setting.value.into())),
    }
}

/// RFC 9113 section 6.5.2.
fn meaning(setting: &Setting) -> &'static str {
    match (setting.id, setting.value) {
        (1, _) => "bytes of memory for compression",
        (2, 0) => "no response that nobody asked for",
        (2, _) => "responses nobody asked for will do",
        (3, _) => "streams open at once, at most",
        (4, _) => "body bytes before a stream waits",
        (5, _) => "bytes in one frame, at most",
        (6, _) => "bytes of fields, unpacked, at most",
        (8, 1) => "CONNECT can open other protocols",
        (9, 1) => "no priorities of the old kind",
        _ => "",
    }
}

fn window(event: &Event, label: &str, facts: &Http2Frame) -> Explanation {
    let who = if event.side == facts.by { "the server" } else { "we" };
    let on = if facts.stream == 0 { "over the whole connection" } else { "on this stream" };
    let more = facts.increment.map_or_else(String::new, |increment| bytes(increment.into()));
    let text = match facts.frames {
        0 | 1 => format!("{who} may send {more} of body more {on}"),
        _ => format!("{who} may send more of the body {on}; the last time {more}"),
    };
    Explanation::detail(label, what(facts, &text))
        .more(
            "Only DATA counts against a window. It keeps a fast sender from filling a slow reader's memory.",
        )
        .source("RFC 9113 section 6.9")
        .words(&["WINDOW_UPDATE"])
}

fn error(facts: &Http2Frame) -> String {
    let code = facts.error.unwrap_or_default();
    match facts.error_name.as_deref() {
        None | Some("unknown") => format!("error code {code}"),
        Some(name) => name.to_owned(),
    }
}

fn reset(event: &Event, label: &str, facts: &Http2Frame) -> Explanation {
    let who = if event.side == facts.by { "we end" } else { "the server ends" };
    let what = format!("RST_STREAM: {who} stream {}, {}", facts.stream, error(facts));
    Explanation::step(label, what)
        .why("http2.reset", "The stream is over; the connection and other streams go on.")
        .more(code_meaning(facts.error))
        .source("RFC 9113 section 6.4")
        .words(&["HTTP/2 stream"])
}

fn go_away(event: &Event, label: &str, facts: &Http2Frame) -> Explanation {
    let ours = event.side == facts.by;
    let worked = match facts.last_stream.unwrap_or_default() {
        0 => "It says that it has worked on no stream.".to_owned(),
        last => {
            format!("It has worked, or may yet work, on streams up to {last}; on later ones it will not.")
        }
    };
    let weighed = |text| {
        if facts.error == Some(0) { Explanation::detail(label, text) } else { Explanation::step(label, text) }
    };
    let mut words = match (ours, facts.error) {
        (true, Some(0)) => {
            Explanation::detail(label, "GOAWAY, NO_ERROR: we ask for nothing more on this connection")
        }
        (true, _) => {
            Explanation::step(label, format!("GOAWAY, {}: we give this connection up", error(facts)))
        }
        (false, _) => {
            weighed(format!("GOAWAY, {}: the server takes no new streams on this connection", error(facts)))
                .why("http2.goaway", worked)
                .more(code_meaning(facts.error))
        }
    };
    if let Some(debug) = &facts.debug {
        words = words.line(debug.clone(), "what it says besides");
    }
    words.source("RFC 9113 section 6.8").words(&["GOAWAY"])
}

/// RFC 9113 section 7.
pub fn code_meaning(code: Option<u32>) -> &'static str {
    match code {
        Some(0) => "NO_ERROR: nothing is wrong; it is how an end is announced.",
        Some(1) => "PROTOCOL_ERROR: its sender saw something that the rules do not allow.",
        Some(2) => "INTERNAL_ERROR: its sender met a fault of its own.",
        Some(3) => "FLOW_CONTROL_ERROR: more body came than the window allowed.",
        Some(4) => "SETTINGS_TIMEOUT: settings were not acknowledged in time.",
        Some(5) => "STREAM_CLOSED: a frame came on a stream that was over.",
        Some(6) => "FRAME_SIZE_ERROR: a frame had a length that it cannot have.",
        Some(7) => {
            "REFUSED_STREAM: the request was refused before anything was done with it; it can be sent again."
        }
        Some(8) => "CANCEL: the stream is not needed any more.",
        Some(9) => {
            "COMPRESSION_ERROR: compressed fields could not be unpacked; the compression of the whole connection is lost."
        }
        Some(10) => "CONNECT_ERROR: the connection behind a CONNECT failed.",
        Some(11) => "ENHANCE_YOUR_CALM: its sender finds that we ask too much of it.",
        Some(12) => "INADEQUATE_SECURITY: the encryption is too weak for its sender.",
        Some(13) => "HTTP_1_1_REQUIRED: it wants this in HTTP/1.1.",
        Some(_) | None => "The code is none that RFC 9113 names.",
    }
}

fn broken(facts: &Http2Frame, fault: &FrameFault) -> Explanation {
    // The failure that follows shows the header with a caret.
    let name = if facts.name == "unknown" { "a frame".to_owned() } else { format!("a {} frame", facts.name) };
    let what = match fault.rule {
        FrameRule::CutOff => format!("the connection ended within {name}"),
        FrameRule::Flood => "frames without end, and nothing of an answer in them".to_owned(),
        FrameRule::SettingsFirst
        | FrameRule::TooLarge
        | FrameRule::Length
        | FrameRule::Stream
        | FrameRule::Continuation
        | FrameRule::Push
        | FrameRule::Increment
        | FrameRule::Padding
        | FrameRule::HeadTooLarge => format!("{name} that breaks the rules: {}", fault.found),
    };
    Explanation::detail("broken", what)
        .more(format!("expected: {}", fault.expected))
        .source(rule_source(fault.rule))
}

/// Where a rule is written.
pub fn rule_source(rule: FrameRule) -> &'static str {
    match rule {
        FrameRule::SettingsFirst => "RFC 9113 section 3.4",
        FrameRule::TooLarge => "RFC 9113 section 4.2",
        FrameRule::Length => "RFC 9113 section 6",
        FrameRule::Stream => "RFC 9113 section 6",
        FrameRule::Continuation => "RFC 9113 section 6.10",
        FrameRule::Push => "RFC 9113 section 6.6",
        FrameRule::Increment => "RFC 9113 section 6.9",
        FrameRule::Padding => "RFC 9113 section 6.1",
        FrameRule::HeadTooLarge => "RFC 9113 section 10.5.1",
        FrameRule::Flood => "RFC 9113 section 10.5",
        FrameRule::CutOff => "RFC 9113 section 4.1",
    }
}

/// What a pseudo-header field stands for (RFC 9113 section 8.3).
fn pseudo(name: &str) -> &'static str {
    match name {
        ":method" => "what a request line begins with",
        ":scheme" => "http or https",
        ":authority" => "which site: Host in HTTP/1.1",
        ":path" => "the target",
        ":status" => "all that is left of a status line",
        _ => "",
    }
}

/// Words for a request whose fields were given to a library.
pub fn request(event: &Event, facts: &Request) -> Explanation {
    let stream = facts.stream.unwrap_or_default();
    let what = format!("{} on stream {stream}: HEADERS, fields compressed", bytes(facts.len));
    let mut words = Explanation::step(label(event, facts.by), what);
    let context = Context {
        headers: &facts.headers,
        ours: event.side == facts.by,
        body: fields::Body::ByFields,
        status: None,
    };
    for field in &facts.headers {
        let note = pseudo(&field.name);
        let note = if note.is_empty() { fields::note(field, context) } else { note.to_owned() };
        words = words.line(format!("{}: {}", field.name, field.value), note);
    }
    words
        .why("http2.request", "Names with a colon in front stand for the request line. Fields as we gave them to the library that compresses them (HPACK).")
        .source("RFC 9113 section 8.3.1")
        .source("RFC 7541 section 2")
        .words(&["HPACK", "HTTP/2 stream"])
}

/// Words for a response whose fields a library decoded.
pub fn response(event: &Event, facts: &Response) -> Explanation {
    let mut words = Explanation::step(label(event, facts.by), "");
    words = words.line(format!(":status: {}", facts.status), pseudo(":status"));
    let context = Context {
        headers: &facts.headers,
        ours: event.side == facts.by,
        body: body_after(facts),
        status: Some(facts.status),
    };
    for field in facts.headers.iter().filter(|field| !field.name.starts_with(':')) {
        words = words.line(format!("{}: {}", field.name, field.value), fields::note(field, context));
    }
    words = words.why(
        "http2.response",
        format!(
            "Decoded by the library from {} of HEADERS: compressed by HPACK, they are no text.",
            bytes(facts.len)
        ),
    );
    let meaning = status::meaning(facts.status);
    words = match facts.status {
        200 => words.more(meaning),
        _ => words.why(meaning, meaning),
    };
    words
        .source("RFC 9113 section 8.3.2")
        .source("RFC 7541 section 3")
        .source("RFC 9110 section 15")
        .words(&["HPACK", "status code"])
}
