//! What a finished head or trailer says: its facts, and how the body after it ends. It reads no octets.

use std::ops::Range;

use crate::event::http::{Broken, Field, Malformed, Request, Response};

use super::super::broken::{Spot, malformed};
use super::super::framing::{Framed, Framing};
use super::{HeadReader, Section};

impl HeadReader {
    fn len(&self) -> u64 {
        self.line_at + self.line.len() as u64 - self.offset
    }

    /// The first line of a finished head.
    pub(in crate::net::http::annotator) fn start(&self) -> &[u8] {
        &self.start
    }

    /// The fields of a finished trailer.
    pub(in crate::net::http::annotator) fn take_fields(&mut self) -> Vec<Field> {
        std::mem::take(&mut self.fields)
    }

    /// The facts of a finished request head, and how its body ends.
    pub(in crate::net::http::annotator) fn into_request(
        self,
        exchange: u64,
    ) -> (Request, Result<Framing, Box<Malformed>>) {
        let strict = self.section == (Section::Request { strict: true });
        let method_end = self.request_line.method_end.unwrap_or(0);
        let target_end = self.request_line.target_end.unwrap_or(method_end);
        let text = |range: Range<usize>| {
            String::from_utf8_lossy(self.start.get(range).unwrap_or_default()).into_owned()
        };
        let version = text(target_end + 1..self.start.len());
        let hostless = (strict && self.hosts == 0 && version != "HTTP/1.0").then(|| {
            let spot = Spot::new(&self.start, self.offset, 0, self.start.len());
            let found = format!("none among {} header fields", self.fields.len());
            Box::new(malformed(self.by, Broken::Host, spot, "a Host field in a request", found))
        });
        let facts = Request {
            by: self.by,
            exchange,
            method: text(0..method_end),
            target: text(method_end + 1..target_end),
            offset: self.offset,
            len: self.len(),
            headers: self.fields,
            version: version.clone(),
            stream: None,
            decoded: false,
        };
        let framing = match hostless {
            Some(fault) => Err(fault),
            None => self.lengths.of_request(facts.by, &version, strict),
        };
        (facts, framing)
    }

    /// The facts of a finished response head, and how its body would end and be coded if its status and request allow one.
    pub(in crate::net::http::annotator) fn into_response(self, exchange: u64) -> (Response, Framed) {
        let text = |range: Range<usize>| {
            String::from_utf8_lossy(self.start.get(range).unwrap_or_default()).into_owned()
        };
        let facts = Response {
            by: self.by,
            exchange,
            status: text(9..12).parse().unwrap_or(0),
            reason: text(13.min(self.start.len())..self.start.len()),
            version: text(0..8),
            offset: self.offset,
            len: self.len(),
            headers: self.fields,
            request_method: None,
            stream: None,
            decoded: false,
        };
        let framing = self.lengths.of_response(facts.by, &facts.version);
        (facts, framing)
    }
}
