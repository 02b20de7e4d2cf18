//! Verdicts on HTTP/2: what answers the preface, what breaks a frame, GOAWAY and RST_STREAM.

use super::Verdict;
use super::case::Case;
use super::evidence::Told;
use super::tls::protocol;
use crate::event::failure::Evidence;
use crate::event::http::Known;
use crate::event::http2::{FrameRule, Http2Frame, kind};
use crate::explain::Line;
use crate::explain::http::frames::{code_meaning, rule_source};

/// A frame that tells the cause.
pub(super) fn tell(frame: &Http2Frame, told: &mut Told) {
    if let Some(fault) = &frame.fault {
        if !fault.header.is_empty() {
            // Two digits and a space an octet.
            let caret = (fault.caret as usize).saturating_mul(3);
            let width = (fault.width as usize).saturating_mul(3).saturating_sub(1).max(1);
            told.lines.push(Line {
                text: fault.header.clone(),
                note: "length, type, flags, stream".to_owned(),
                caret: Some((caret, width)),
            });
        }
        if frame.offset > 0 {
            told.fine
                .push(format!("The {} before it follow the rules.", crate::explain::bytes(frame.offset)));
        }
        told.broken.push(format!("Allowed there: {}. Found: {}.", fault.expected, fault.found));
        return;
    }
    told.fine.push("The server speaks HTTP/2, and its frames follow the rules.".to_owned());
    told.broken.push(code_meaning(frame.error).to_owned());
    if let Some(debug) = &frame.debug {
        told.line(debug.clone(), "what it says besides");
    }
}

fn frame<'f>(case: &Case<'f>) -> Option<&'f Http2Frame> {
    case.failed
        .evidence
        .iter()
        .find_map(|fact| if let Evidence::Frame { frame } = fact { Some(frame) } else { None })
}

fn name(frame: &Http2Frame) -> String {
    match frame.error_name.as_deref() {
        None | Some("unknown") => format!("error code {}", frame.error.unwrap_or_default()),
        Some(name) => name.to_owned(),
    }
}

pub(super) fn not_http2(case: &Case<'_>) -> Verdict {
    let known = case.first_bytes().unwrap_or(Known::Unknown);
    let verdict = match known {
        Known::Http => Verdict::new(
            "that is HTTP/1.1",
            "the port speaks HTTP/1.1, and it was asked in HTTP/2 from the first byte",
        ),
        Known::Http2
        | Known::Tls
        | Known::Ssh
        | Known::Smtp
        | Known::Ftp
        | Known::Pop3
        | Known::Imap
        | Known::Mysql
        | Known::Redis
        | Known::Unknown => Verdict::new(
            format!("that is {}", protocol(known)),
            "the port is open, and what answers there does not speak HTTP/2",
        ),
    };
    let verdict = match known {
        Known::Tls => {
            verdict.then(format!("netlearn get --http2 {}", case.with_scheme("https")), "asks in TLS")
        }
        Known::Http
        | Known::Http2
        | Known::Ssh
        | Known::Smtp
        | Known::Ftp
        | Known::Pop3
        | Known::Imap
        | Known::Mysql
        | Known::Redis
        | Known::Unknown => {
            verdict.then(case.again(""), "asks in HTTP/1.1, which nearly every web server speaks")
        }
    };
    verdict.words(&["HTTP/2", "prior knowledge"]).sources(&["RFC 9113 section 3.3", "RFC 9113 section 3.4"])
}

pub(super) fn broken(case: &Case<'_>) -> Verdict {
    let verdict = match frame(case) {
        Some(frame) if frame.fault.is_some() => {
            let fault = frame.fault.as_ref();
            let rule = fault.map(|fault| fault.rule);
            let name = if frame.name == "unknown" { "a frame" } else { &frame.name };
            match rule {
                Some(FrameRule::CutOff) => Verdict::new(
                    "the connection ended within a frame",
                    "the other end ended the connection before the frame that it had begun was whole",
                ),
                Some(FrameRule::SettingsFirst) => Verdict::new(
                    "the server does not begin with SETTINGS",
                    format!("the first frame of an HTTP/2 server is SETTINGS; {name} came"),
                ),
                Some(FrameRule::TooLarge) => Verdict::new(
                    "a frame that is too large",
                    "a frame is longer than a receiver takes that has not allowed more",
                ),
                Some(FrameRule::Flood) => Verdict::new(
                    "a flood of frames without an answer",
                    "the server keeps sending frames that carry nothing of an answer; each is allowed, and we take no more of them",
                ),
                _ => Verdict::new(
                    "a frame breaks the rules of HTTP/2",
                    format!("{name} is not as HTTP/2 allows it there"),
                ),
            }
        }
        Some(frame) => {
            let ended = if frame.frame_type == kind::GOAWAY { "the connection" } else { "the stream" };
            Verdict::new(
                "the answer breaks the rules of HTTP/2",
                format!(
                    "our library ended {ended} with {}: what came is not as HTTP/2 allows it",
                    name(frame)
                ),
            )
        }
        None if case.received().is_some() => Verdict::new(
            "the connection ended without an answer",
            "the server ended the connection after frames of its own: no GOAWAY, no RST_STREAM, no answer",
        ),
        None => Verdict::new(
            "the answer breaks the rules of HTTP/2",
            "our library did not take what came; the last line of -v has its words",
        ),
    };
    let source = frame(case).and_then(|frame| frame.fault.as_ref()).map(|fault| rule_source(fault.rule));
    let verdict = hex(case, verdict).words(&["frame", "HTTP/2"]);
    match source {
        Some("RFC 9113 section 3.4") => verdict.sources(&["RFC 9113 section 3.4"]),
        Some("RFC 9113 section 4.2") => verdict.sources(&["RFC 9113 section 4.2"]),
        Some("RFC 9113 section 10.5") => verdict.sources(&["RFC 9113 section 10.5"]),
        _ => verdict.sources(&["RFC 9113 section 4.1", "RFC 9113 section 6"]),
    }
}

pub(super) fn gone_away(case: &Case<'_>) -> Verdict {
    let what = frame(case).map_or("GOAWAY".to_owned(), |frame| format!("GOAWAY, {}", name(frame)));
    let last = frame(case).and_then(|frame| frame.last_stream).unwrap_or_default();
    let cause = match last {
        0 => "the server ends the connection, and says that it has worked on no request of ours".to_owned(),
        _ => {
            format!("the server ends the connection, and says that it worked on streams up to {last} at most")
        }
    };
    again(case, Verdict::new(what, cause))
        .words(&["GOAWAY", "HTTP/2 stream"])
        .sources(&["RFC 9113 section 6.8", "RFC 9113 section 7"])
}

pub(super) fn reset(case: &Case<'_>) -> Verdict {
    let error = frame(case).map_or("an error".to_owned(), name);
    let verdict = Verdict::new(
        format!("the server ended the stream: {error}"),
        format!("the server sent RST_STREAM with {error} before the answer was whole; the connection works"),
    );
    again(case, verdict)
        .words(&["HTTP/2 stream", "frame"])
        .sources(&["RFC 9113 section 6.4", "RFC 9113 section 7"])
}

/// What can be asked next.
fn again(case: &Case<'_>, verdict: Verdict) -> Verdict {
    hex(case, verdict.then(case.again(""), "the same in HTTP/1.1"))
}

fn hex(case: &Case<'_>, verdict: Verdict) -> Verdict {
    verdict.then(case.again("--http2 --view hex "), "every byte that passed, each with its meaning")
}
