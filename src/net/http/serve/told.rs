//! What is told of a refusal that no service gave: the request as far as it was read, and why it was refused. It answers nothing.

use crate::event::http::server::{Answered, Refused};
use crate::event::recorder::At;
use crate::event::{Layer, Side};
use crate::net::http::annotator::{self, Readings};
use crate::net::server::Hall;
use crate::net::server::attend::Ears;

use super::answer::words;
use super::raw;

/// Fields that the HTTP library takes of a request: its own limit.
const FIELDS: u64 = 100;

/// An answer that refuses a request.
pub(super) struct Refusal<'e> {
    /// The status that passed.
    pub status: u16,
    /// Octets of its content.
    pub body_len: u64,
    /// What the library said, where it refused.
    pub error: Option<&'e hyper::Error>,
    pub exchange: u64,
}

impl Refusal<'_> {
    /// Tells the octet that is at fault where nobody has, and then the answer; `began`: when it did, where that is known.
    pub(super) fn tell(&self, began: Option<At>, hall: &Hall, ears: &Ears) {
        let speaker = || hall.recorder.on(Side::Server, Layer::Http).flow(ears.flow);
        let mut answered = Answered { body_len: self.body_len, ..raw::answered(self.status, self.exchange) };
        let mut shown = false;
        if let Some(read) = ears.read() {
            shown = read.malformed.is_some();
            self.name_request(&read, &mut answered);
            if let Some(malformed) = self.no_uri(&read) {
                drop(read);
                shown = true;
                speaker().emit(malformed);
            }
        }
        answered.refused = self.because(shown, hall);
        match began {
            Some(began) => speaker().since(began).emit(answered),
            None => speaker().emit(answered),
        }
    }

    /// Method, target and version, where the whole head of this request was read, and of no later one.
    fn name_request(&self, read: &Readings, answered: &mut Answered) {
        if let Some(request) = read.last_request.as_ref().filter(|head| head.exchange == self.exchange) {
            answered.method.clone_from(&request.method);
            answered.target.clone_from(&request.target);
            answered.version.clone_from(&request.version);
            answered.request_len = Some(request.len);
        }
    }

    /// The octet that kept the library from taking the target for a URI.
    fn no_uri(&self, read: &Readings) -> Option<crate::event::http::Malformed> {
        self.error?;
        let request = read.last_request.as_ref().filter(|head| head.exchange == self.exchange)?;
        let target = read.request_line.split(|octet| *octet == b' ').nth(1)?;
        let refused = read.malformed.is_none() && hyper::Uri::try_from(target).is_err();
        refused.then(|| annotator::no_uri(request, &read.request_line)).flatten()
    }

    /// `shown`: the octet at fault was.
    fn because(&self, shown: bool, hall: &Hall) -> Option<Refused> {
        match (self.status, self.error) {
            (413, _) => Some(Refused::Content { limit: hall.options.limits.body, declared: None }),
            (501, _) => Some(Refused::Coding),
            _ if shown => None,
            // The gate holds the limit of octets, and the library's is never tighter: what is left is the number of fields.
            (431, Some(error)) if error.is_parse_too_large() => Some(Refused::Fields { limit: FIELDS }),
            (_, Some(error)) => Some(Refused::Library { words: words(error) }),
            (_, None) => None,
        }
    }
}
