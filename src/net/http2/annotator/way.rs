//! One direction of a connection: frame after frame, what of it is captured and hidden, and what the readings learn.

use crate::event::http::{Known, ProtocolRecognised};
use crate::event::http2::{
    FrameFault, FrameHeader, Http2Frame, Http2Preface, PREFACE, flag, kind, type_name,
};
use crate::event::{EventKind, Head, Side};
use crate::net::http::annotator::foreign::{self, Guess};
use crate::net::http::annotator::{Readings, Settings};
use crate::net::http2::frame::{Reader, Step};
use crate::net::http2::hpack::Block;

use super::Pass;
use super::judge::{self, Before};

/// Frames of a direction that are told one by one. Past them, those of one kind in one call are told together, so that a
/// peer cannot fill the memory with their events.
const ONE_BY_ONE: u64 = 100;

/// A header block, which may go on over several frames.
#[derive(Debug)]
struct Headers {
    stream: u32,
    block: Block,
    offset: u64,
    len: u64,
    ends_stream: bool,
}

/// One direction.
pub(super) struct Way {
    by: Side,
    settings: Settings,
    /// Octets of the preface still to come.
    preface: usize,
    reader: Reader,
    first: bool,
    headers: Option<Headers>,
    /// The padding that the frame in progress declares.
    padding: Option<u32>,
    /// Octets of DATA captured since the last header block.
    captured: usize,
    told: u64,
    mute: bool,
}

impl Way {
    /// What a client sends: the preface first.
    pub(super) fn sent(settings: Settings) -> Way {
        let begins = PREFACE.len();
        Way { preface: begins, reader: Reader::new(begins as u64), ..Way::new(Side::Client, settings) }
    }

    /// What it gets.
    pub(super) fn received(settings: Settings) -> Way {
        Way::new(Side::Server, settings)
    }

    fn new(by: Side, settings: Settings) -> Way {
        Way {
            by,
            settings,
            preface: 0,
            reader: Reader::default(),
            first: true,
            headers: None,
            padding: None,
            captured: 0,
            told: 0,
            mute: false,
        }
    }

    fn received_here(&self) -> bool {
        self.by == Side::Server
    }

    /// Reads bytes that passed.
    pub(super) fn hear(&mut self, pass: &mut Pass<'_>, readings: &mut Readings) {
        if self.preface > 0 {
            let take = self.preface.min(pass.bytes.len());
            pass.want(take);
            pass.at += take;
            self.preface -= take;
            if self.preface == 0 {
                let len = PREFACE.len() as u64;
                pass.found.push(Http2Preface { by: self.by, offset: 0, len }.into());
            }
        }
        // A frame without payload ends with its header: nothing is left to read, and it still has to be told.
        let mut whole = false;
        while !self.mute && (whole || pass.at < pass.bytes.len()) {
            whole = false;
            match self.reader.step(pass.rest()) {
                Step::More => {
                    pass.want(pass.rest().len());
                    pass.at = pass.bytes.len();
                }
                Step::Header(len, header) => {
                    pass.want(len);
                    pass.at += len;
                    whole = header.len == 0;
                    self.header(header, pass, readings);
                }
                Step::Payload { len, at, ends } => {
                    self.payload(len, at, pass, readings);
                    pass.at += len;
                    if ends {
                        self.frame(pass, readings);
                    }
                }
            }
        }
    }

    /// The direction ended with a FIN: within a frame that is a fault.
    pub(super) fn ended(&mut self, pass: &mut Pass<'_>, readings: &mut Readings) {
        let come = self.reader.come();
        if self.mute || !self.received_here() || come == 0 {
            return;
        }
        let hex = self.reader.header_hex();
        if come < 9 && self.first && self.is_foreign(&hex, pass, readings) {
            return;
        }
        let mut frame = self.reader.facts(self.by);
        if come < 9 {
            // Nothing is known of a frame whose header has not come.
            (frame.len, frame.frame_type, frame.name) = (0, u8::MAX, "unknown".to_owned());
            (frame.flags, frame.stream) = (0, 0);
            frame.flag_names.clear();
        }
        frame.fault = Some(judge::cut_off(frame.len, come, &hex));
        self.mute = true;
        readings.http2.fault.get_or_insert_with(|| frame.clone());
        pass.found.push(frame.into());
    }

    /// A header is whole: is it one that can come?
    fn header(&mut self, header: FrameHeader, pass: &mut Pass<'_>, readings: &mut Readings) {
        self.padding = None;
        let hex = self.reader.header_hex();
        if self.received_here() {
            let plausible = header.len <= judge::MAX_FRAME_SIZE && type_name(header.frame_type).is_some();
            if self.first && !plausible && self.is_foreign(&hex, pass, readings) {
                return;
            }
            let name = type_name(header.frame_type).unwrap_or("an unknown frame");
            let before =
                Before { first: self.first, block: self.headers.as_ref().map(|headers| headers.stream) };
            if let Some(fault) = judge::header(header, name, before, &hex) {
                self.broke(fault, pass, readings);
                return;
            }
        }
        self.first = false;
        if matches!(header.frame_type, kind::HEADERS | kind::PUSH_PROMISE) {
            self.captured = 0;
            self.headers = Some(Headers {
                stream: header.stream,
                block: Block::default(),
                offset: self.reader.offset(),
                len: 0,
                ends_stream: header.frame_type == kind::HEADERS && header.is(flag::END_STREAM),
            });
        }
        let limit = self.settings.head_limit;
        if let Some(headers) = self.headers.as_mut().filter(|_| is_block(header.frame_type)) {
            headers.len += 9 + u64::from(header.len);
            let too_long = headers.len > limit as u64;
            if too_long && self.received_here() {
                self.broke(judge::too_much_head(limit, &hex), pass, readings);
            }
        }
    }

    /// What came first is no frame: tells what it is.
    fn is_foreign(&mut self, hex: &str, pass: &mut Pass<'_>, readings: &mut Readings) -> bool {
        let begun = hex.split(' ').filter_map(|octet| u8::from_str_radix(octet, 16).ok());
        let first: Vec<u8> = begun.chain(pass.rest().iter().copied()).take(64).collect();
        let protocol = match foreign::response(&first) {
            Guess::Http => Known::Http,
            Guess::Foreign(Known::Http2) => return false,
            Guess::Foreign(protocol) => protocol,
            // Less than a header, and nothing that is known: it may have begun as a frame.
            Guess::More if self.reader.come() < 9 => return false,
            Guess::More => Known::Unknown,
        };
        self.mute = true;
        let expected = "HTTP/2".to_owned();
        pass.foreign(ProtocolRecognised { by: self.by, expected, protocol, head: Head(first) }, readings);
        true
    }

    /// The frame in progress breaks a rule: nothing from it on is passed on or read.
    fn broke(&mut self, fault: FrameFault, pass: &mut Pass<'_>, readings: &mut Readings) {
        let frame = Http2Frame { fault: Some(fault), ..self.reader.facts(self.by) };
        self.mute = true;
        pass.stop(frame.offset);
        readings.http2.fault.get_or_insert_with(|| frame.clone());
        pass.found.push(frame.into());
    }

    /// Octets of a payload, from `at` in it on.
    fn payload(&mut self, len: usize, at: u32, pass: &mut Pass<'_>, readings: &mut Readings) {
        let header = self.reader.header();
        let octets = &pass.rest()[..len];
        let padded = header.is(flag::PADDED)
            && matches!(header.frame_type, kind::DATA | kind::HEADERS | kind::PUSH_PROMISE);
        if let (true, 0, Some(first)) = (padded, at, octets.first()) {
            self.padding = Some(u32::from(*first));
        }
        let content = content(header, self.padding.unwrap_or(0));
        if is_block(header.frame_type) {
            pass.want(len);
            if let Some(headers) = self.headers.as_mut().filter(|_| !self.settings.secrets) {
                for (index, octet) in octets.iter().enumerate() {
                    let place = at.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
                    if content.contains(&place) && headers.block.hides(*octet) {
                        pass.hide(pass.at + index);
                    }
                }
            }
        } else if header.frame_type == kind::DATA {
            let room = self.settings.body_capture.saturating_sub(self.captured);
            self.captured += len.min(room);
            pass.want(len.min(room));
        } else {
            pass.want(len.min(self.settings.body_capture));
        }
        if header.frame_type == kind::DATA && self.received_here() && header.stream == readings.http2.stream {
            let end = at.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
            let here = content.end.min(end).saturating_sub(content.start.max(at));
            readings.body_len += u64::from(here);
        }
        if matches!(header.frame_type, kind::DATA | kind::HEADERS | kind::CONTINUATION) {
            match self.received_here() {
                true => readings.http2.moved = Some(pass.now),
                false => readings.request_sent = Some(pass.now),
            }
        }
    }

    /// The frame is whole.
    fn frame(&mut self, pass: &mut Pass<'_>, readings: &mut Readings) {
        let frame = self.reader.facts(self.by);
        if self.carries(readings) {
            readings.http2.idle = 0;
        } else if self.received_here() {
            readings.http2.idle += 1;
        }
        if self.received_here() {
            let hex = self.reader.header_hex();
            let fault = judge::payload(&frame, self.padding, &hex);
            if let Some(fault) = fault.or_else(|| judge::flood(&frame, readings.http2.idle, &hex)) {
                self.broke(fault, pass, readings);
                return;
            }
        }
        self.reader.next();
        self.tell(&frame, pass);
        let headers =
            if is_block(frame.frame_type) && frame.has("END_HEADERS") { self.headers.take() } else { None };
        match self.by {
            Side::Client => sent(&frame, headers, pass, readings),
            Side::Server | Side::Resolver | Side::Observer => received(frame, headers, pass, readings),
        }
    }

    /// Whether the frame in progress is a part of a request, or of the answer to the last: content, an end, or the first head.
    fn carries(&self, readings: &Readings) -> bool {
        let header = self.reader.header();
        let (ours, ends) = (header.stream == readings.http2.stream, header.is(flag::END_STREAM));
        match (self.by, header.frame_type) {
            (Side::Client, frame_type) => matches!(frame_type, kind::DATA | kind::HEADERS),
            (_, kind::DATA) => ours && (ends || !content(header, self.padding.unwrap_or(0)).is_empty()),
            (_, kind::HEADERS) => ours && (ends || readings.http2.block.is_none()),
            // What a head may be in all is a limit of its own.
            (_, kind::CONTINUATION) => ours && header.len > 0,
            (_, _) => false,
        }
    }

    /// Tells a frame: by itself, or with those before it that are like it.
    fn tell(&mut self, frame: &Http2Frame, pass: &mut Pass<'_>) {
        self.told += 1;
        if self.told > ONE_BY_ONE
            && let Some(EventKind::Http2Frame(last)) = pass.found.last_mut()
            && (last.frame_type, last.flags, last.stream) == (frame.frame_type, frame.flags, frame.stream)
        {
            last.frames += 1;
            last.len = last.len.saturating_add(frame.len);
            return;
        }
        pass.found.push(frame.clone().into());
    }
}

/// Frames that carry a part of a header block.
fn is_block(frame_type: u8) -> bool {
    matches!(frame_type, kind::HEADERS | kind::PUSH_PROMISE | kind::CONTINUATION)
}

/// Which octets of a payload are content: what stands before it, and the padding, are not (RFC 9113 sections 6.1, 6.2 and 6.6).
fn content(header: FrameHeader, padding: u32) -> std::ops::Range<u32> {
    let flagged = |wanted: u8, octets: u32| if header.is(wanted) { octets } else { 0 };
    let before = match header.frame_type {
        kind::DATA => flagged(flag::PADDED, 1),
        kind::HEADERS => flagged(flag::PADDED, 1) + flagged(flag::PRIORITY, 5),
        kind::PUSH_PROMISE => flagged(flag::PADDED, 1) + 4,
        _ => 0,
    };
    before..header.len.saturating_sub(padding)
}

/// What the readings learn of a frame of ours.
fn sent(frame: &Http2Frame, headers: Option<Headers>, pass: &mut Pass<'_>, readings: &mut Readings) {
    if let Some(headers) = headers
        && let Some(mut request) = readings.http2.outgoing.take()
    {
        readings.requests += 1;
        readings.response_began = None;
        readings.response_ended = None;
        (readings.body_len, readings.body_declared, readings.body_complete) = (0, None, false);
        let frames = &mut readings.http2;
        (frames.stream, frames.stream_ended, frames.reset, frames.block) =
            (headers.stream, false, None, None);
        (request.offset, request.len, request.stream) = (headers.offset, headers.len, Some(headers.stream));
        request.exchange = readings.requests;
        readings.last_request = Some(request.clone());
        pass.found.push(request.into());
    }
    let tells = matches!(frame.frame_type, kind::RST_STREAM | kind::GOAWAY);
    // NO_ERROR and CANCEL are how a client that has enough takes its leave (RFC 9113 section 7).
    if tells && !matches!(frame.error, Some(0 | 8)) {
        readings.http2.refused.get_or_insert_with(|| frame.clone());
    }
}

/// What they learn of a frame of the server's.
fn received(frame: Http2Frame, headers: Option<Headers>, pass: &Pass<'_>, readings: &mut Readings) {
    let ours = frame.stream == readings.http2.stream;
    if frame.frame_type == kind::HEADERS && ours {
        readings.response_began.get_or_insert(pass.now);
    }
    let mut ends = frame.frame_type == kind::DATA && ours && frame.has("END_STREAM");
    if let Some(headers) = headers.filter(|headers| headers.stream == readings.http2.stream) {
        ends |= headers.ends_stream;
        // Trailers come after the content, and are no head.
        if readings.http2.block.is_none() || !headers.ends_stream {
            readings.http2.block = Some((headers.offset, headers.len, headers.stream, pass.now));
        }
    }
    if ends {
        readings.response_ended = Some(pass.now);
        readings.http2.stream_ended = true;
    }
    match frame.frame_type {
        kind::SETTINGS => readings.http2.settings = true,
        kind::GOAWAY => {
            // A second one often ends in peace what the first one gave the reason for.
            let known = readings.http2.gone_away.as_ref().and_then(|frame| frame.error);
            if known.is_none_or(|error| error == 0) {
                readings.http2.gone_away = Some(frame);
            }
        }
        kind::RST_STREAM if ours => readings.http2.reset = Some(frame),
        _ => {}
    }
}
