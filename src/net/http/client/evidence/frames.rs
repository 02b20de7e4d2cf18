//! What went wrong on a connection of HTTP/2: what its frames say, before what the library says.

use super::{Cause, length};
use crate::event::failure::{Evidence, FailureKind, Phase};
use crate::event::http::Known;
use crate::event::http2::FrameRule;
use crate::net::http::client::message::Message;
use crate::net::http::client::open::Open;

/// The cause, where frames or the first bytes tell it.
pub(super) fn spoken(open: &Open, message: &Message) -> Option<Cause> {
    foreign(open, message).or_else(|| faulty(open)).or_else(|| sent_away(open)).or_else(|| refused(open))
}

/// The connection ended between two frames, or the library would not go on: what is left to say.
pub(super) fn unspoken(words: String, open: &Open) -> Cause {
    let received = open.received_now();
    let mut evidence = Vec::new();
    if open.ended() {
        evidence.push(Evidence::Received { len: received });
    }
    evidence.push(Evidence::SystemError { error: words });
    Cause::new(FailureKind::FrameBroken, Phase::Receive, evidence)
}

/// What answered the preface is no HTTP/2.
fn foreign(open: &Open, message: &Message) -> Option<Cause> {
    let foreign = open.readings().foreign.clone()?;
    let evidence = vec![Evidence::FirstBytes { protocol: foreign.protocol, head: foreign.head }];
    let kind = match foreign.protocol == Known::Tls && !message.is_https() {
        true => FailureKind::PlainToTls,
        false => FailureKind::NotHttp2,
    };
    Some(Cause::new(kind, Phase::Receive, evidence))
}

/// A frame breaks the rules, or is not whole.
fn faulty(open: &Open) -> Option<Cause> {
    let frame = open.readings().http2.fault.clone()?;
    let cut_off = frame.fault.as_ref().is_some_and(|fault| fault.rule == FrameRule::CutOff);
    let in_body = open.readings().responses > open.exchanges;
    let mut evidence = vec![Evidence::Frame { frame }];
    let kind = match cut_off && in_body {
        true => {
            let len = open.readings().body_len;
            evidence.insert(0, length(open).unwrap_or(Evidence::Received { len }));
            FailureKind::BodyShort
        }
        false => FailureKind::FrameBroken,
    };
    Some(Cause::new(kind, Phase::Receive, evidence))
}

/// RST_STREAM or GOAWAY of the server.
fn sent_away(open: &Open) -> Option<Cause> {
    let readings = open.readings();
    let kind_and_frame = match (&readings.http2.reset, &readings.http2.gone_away) {
        (Some(frame), _) => (FailureKind::StreamReset, frame.clone()),
        (None, Some(frame)) => (FailureKind::GoneAway, frame.clone()),
        (None, None) => return None,
    };
    let answered = readings.responses > open.exchanges;
    drop(readings);
    let (kind, frame) = kind_and_frame;
    let mut evidence = vec![Evidence::Frame { frame }];
    evidence.extend(length(open));
    Some(Cause::new(kind, if answered { Phase::Receive } else { Phase::Wait }, evidence))
}

/// Our library ended the stream or the connection: what came is not as it should be.
fn refused(open: &Open) -> Option<Cause> {
    let readings = open.readings();
    let frame = readings.http2.refused.clone()?;
    // RFC 9113 section 8.1.1: DATA that does not add up to Content-Length makes a message malformed.
    let short = readings.http2.stream_ended
        && readings.body_declared.is_some_and(|declared| declared > readings.body_len);
    drop(readings);
    let length = length(open);
    if let (true, Some(length)) = (short, length.clone()) {
        return Some(Cause::new(FailureKind::BodyShort, Phase::Receive, vec![length]));
    }
    let mut evidence = vec![Evidence::Frame { frame }];
    evidence.extend(length);
    Some(Cause::new(FailureKind::FrameBroken, Phase::Receive, evidence))
}
