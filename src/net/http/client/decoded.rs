//! Heads and ends of HTTP/2, told as events: their fields are those that the library was given or gave back, their places
//! those that the annotator read from the frames.

use hyper::HeaderMap;

use crate::event::http::{BodyEnded, BodyRule, Field, Request, Response, SECRET_FIELDS};
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};

use super::conduit::Reply;
use super::message::Message;
use super::open::Open;

/// The request as the library is given it; its place is filled in when its frames have passed.
pub(super) fn request(message: &Message, secrets: bool) -> Request {
    let fields = message.fields_of_frames();
    Request {
        by: Side::Client,
        exchange: 0,
        method: message.method.clone(),
        target: message.path(),
        version: "HTTP/2".to_owned(),
        headers: fields.iter().map(|(name, value)| field(name, value, secrets)).collect(),
        offset: 0,
        len: 0,
        stream: None,
        decoded: true,
    }
}

/// Tells the head of a response, from when its frames were there.
pub(super) fn tell_response(
    open: &Open,
    reply: &Reply,
    message: &Message,
    secrets: bool,
    recorder: &Recorder,
) {
    let mut readings = open.readings();
    readings.responses += 1;
    let (offset, len, stream, at) =
        readings.http2.block.unwrap_or((0, 0, readings.http2.stream, recorder.now()));
    let response = Response {
        by: Side::Server,
        exchange: readings.responses,
        status: reply.status,
        reason: String::new(),
        version: "HTTP/2".to_owned(),
        headers: pairs(&reply.fields).map(|(name, value)| field(name, &value, secrets)).collect(),
        offset,
        len,
        request_method: Some(message.method.clone()),
        stream: Some(stream),
        decoded: true,
    };
    readings.body_declared = reply
        .fields
        .get(hyper::header::CONTENT_LENGTH)
        .filter(|_| message.method != "HEAD" && !matches!(reply.status, 204 | 304))
        .and_then(|value| value.to_str().ok()?.parse().ok());
    readings.last_response = Some(response.clone());
    drop(readings);
    recorder.on(Side::Client, Layer::Http).flow(open.flow).at(at).emit(response);
}

/// Tells the end of a body that came whole.
pub(super) fn tell_end(open: &Open, recorder: &Recorder) {
    let mut readings = open.readings();
    readings.body_complete = true;
    let ended = BodyEnded {
        by: Side::Server,
        exchange: readings.responses,
        rule: BodyRule::EndStream,
        len: readings.body_len,
        declared: readings.body_declared,
        complete: true,
        chunks: None,
        coded: Vec::new(),
        trailers: Vec::new(),
    };
    let at = readings.response_ended.unwrap_or_else(|| recorder.now());
    drop(readings);
    recorder.on(Side::Client, Layer::Http).flow(open.flow).at(at).emit(ended);
}

/// The head as `-i` writes it: there is no text of it on the wire.
pub(super) fn head_text(reply: &Reply) -> Vec<u8> {
    let mut text = format!("HTTP/2 {}\r\n", reply.status).into_bytes();
    for (name, value) in &reply.fields {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

fn pairs(fields: &HeaderMap) -> impl Iterator<Item = (&str, String)> {
    fields.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
}

fn field(name: &str, value: &str, secrets: bool) -> Field {
    let hidden = !secrets && SECRET_FIELDS.iter().any(|secret| name.eq_ignore_ascii_case(secret));
    let value = if hidden { "*".repeat(value.len()) } else { value.to_owned() };
    Field { name: name.to_owned(), value, offset: 0, len: 0 }
}
