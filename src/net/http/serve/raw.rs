//! Answers written octet by octet, where there is no request that a library could answer.

use hyper::StatusCode;

use super::date;
use crate::event::http::server::Answered;
use crate::event::recorder::Recorder;

/// Content of an answer that speaks of an error: the status and its reason, a line of text.
pub fn text(status: u16) -> String {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    format!("{} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// A whole answer that ends the connection, for a request that is refused.
pub fn refusal(status: u16, recorder: &Recorder) -> Vec<u8> {
    answer(status, &text(status), recorder)
}

/// A whole answer that ends the connection.
pub fn answer(status: u16, content: &str, recorder: &Recorder) -> Vec<u8> {
    let line = text(status);
    let date = date::now(recorder);
    format!(
        "HTTP/1.1 {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\nDate: {date}\r\n\r\n{content}",
        line.trim_end(),
        content.len(),
    )
    .into_bytes()
}

/// What is told of such an answer where there is no method and no target that could be relied on.
pub fn answered(status: u16, exchange: u64) -> Answered {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    Answered {
        exchange,
        method: String::new(),
        target: String::new(),
        version: String::new(),
        request_len: None,
        status,
        reason: reason.unwrap_or_default().to_owned(),
        body_len: text(status).len() as u64,
        refused: None,
    }
}
