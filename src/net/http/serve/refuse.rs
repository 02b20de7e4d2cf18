//! Requests that are whole and are refused whatever the server was asked to serve: methods it has not, addresses that are
//! not its own, bodies that are too long.

use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONNECTION, HeaderValue};
use hyper::{Method, Request};

use super::answer::{Answer, failure};
use crate::net::server::Options;

/// Methods that have an answer, as `Allow` lists them (RFC 9110 section 10.2.1).
pub(super) const METHODS: &str = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";

/// The status that a request is refused with; `None`: it is taken.
pub(super) fn refused(request: &Request<Incoming>, options: &Options) -> Option<u16> {
    match *request.method() {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::PATCH
        | Method::OPTIONS => {}
        // It would have to send the request back, with what is secret in it (RFC 9110 section 9.3.8).
        Method::TRACE => return Some(405),
        // A tunnel (RFC 9110 section 9.3.6) is what this server has none of; others it does not know (section 9.1).
        _ => return Some(501),
    }
    // What is named by https is given over TLS only (RFC 9110 section 7.4); other schemes are not ours.
    let ours = match request.uri().scheme_str() {
        None | Some("http") => true,
        Some("https") => options.tls,
        Some(_) => false,
    };
    if !ours {
        return Some(421);
    }
    let declared = request.body().size_hint().exact();
    declared.is_some_and(|len| len > options.limits.body).then_some(413)
}

/// The answer with that status; `whole`: nothing of the request is left to be read.
pub(super) fn answer(status: u16, whole: bool) -> Answer {
    let mut answer = failure(status);
    if status == 405 {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    }
    if !whole {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}
