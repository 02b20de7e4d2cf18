//! Cuts octets into frames (RFC 9113 section 4.1), whatever pieces they come in. It keeps the header and the first octets of
//! the payload, and judges nothing.

use crate::event::http2::{
    FrameHeader, HEADER, Http2Frame, Setting, error_name, flag_names, kind, setting_name, type_name,
};
use crate::event::{Side, http2::flag};

/// Octets of a payload that are kept: 512 settings, or what a GOAWAY says besides.
const KEPT: usize = 3072;

/// Octets of what a GOAWAY says that are shown.
const DEBUG: usize = 256;

/// Where one direction has got to.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Offset of the frame in progress.
    offset: u64,
    header: [u8; HEADER],
    have: usize,
    payload: Vec<u8>,
    left: u32,
}

/// What the next octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All of them are read; the frame goes on.
    More,
    /// A header is whole; so many octets are read.
    Header(usize, FrameHeader),
    /// Octets of a payload: so many, from this place in it on; and whether that ends the frame.
    Payload { len: usize, at: u32, ends: bool },
}

impl Reader {
    /// Frames begin at this offset.
    pub(super) fn new(offset: u64) -> Reader {
        Reader { offset, ..Reader::default() }
    }

    /// Takes the next octets, up to the next border. A frame without payload ends with a `Payload` of nothing.
    pub(super) fn step(&mut self, octets: &[u8]) -> Step {
        if self.have < HEADER {
            let take = octets.len().min(HEADER - self.have);
            self.header[self.have..self.have + take].copy_from_slice(&octets[..take]);
            self.have += take;
            if self.have < HEADER {
                return Step::More;
            }
            let header = self.header();
            self.left = header.len;
            return Step::Header(take, header);
        }
        let at = self.header().len - self.left;
        let len = octets.len().min(self.left as usize);
        if len == 0 && self.left > 0 {
            return Step::More;
        }
        let room = KEPT - self.payload.len().min(KEPT);
        if !matches!(self.header().frame_type, kind::DATA | kind::HEADERS | kind::CONTINUATION) {
            self.payload.extend_from_slice(&octets[..len.min(room)]);
        }
        self.left -= u32::try_from(len).unwrap_or(self.left);
        Step::Payload { len, at, ends: self.left == 0 }
    }

    /// The header of the frame in progress; zeros for what has not come.
    pub(super) fn header(&self) -> FrameHeader {
        FrameHeader::read(self.header)
    }

    /// Offset of the frame in progress.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The octets of the header that came, in hexadecimal.
    pub(super) fn header_hex(&self) -> String {
        let octets: Vec<String> =
            self.header[..self.have].iter().map(|octet| format!("{octet:02x}")).collect();
        octets.join(" ")
    }

    /// Octets of the frame in progress that came; 0 between frames.
    pub(super) fn come(&self) -> u64 {
        match self.have {
            HEADER => HEADER as u64 + u64::from(self.header().len - self.left),
            have => have as u64,
        }
    }

    /// What is known of the frame in progress.
    pub(super) fn facts(&self, by: Side) -> Http2Frame {
        let header = self.header();
        let FrameHeader { len, frame_type, flags, stream } = header;
        let mut frame = Http2Frame {
            by,
            offset: self.offset,
            len: u64::from(len),
            frames: 1,
            frame_type,
            name: type_name(frame_type).unwrap_or("unknown").to_owned(),
            flags,
            flag_names: flag_names(frame_type, flags).into_iter().map(str::to_owned).collect(),
            stream,
            settings: Vec::new(),
            increment: None,
            error: None,
            error_name: None,
            last_stream: None,
            debug: None,
            fault: None,
        };
        let word = |at: usize| {
            let four = self.payload.get(at..at + 4)?;
            Some(u32::from_be_bytes(four.try_into().ok()?))
        };
        // The first bit of a stream or an increment is reserved, and ignored (RFC 9113 sections 6.8 and 6.9).
        match frame_type {
            kind::SETTINGS if !header.is(flag::ACK) => {
                frame.settings = self.payload.chunks_exact(6).map(setting).collect();
            }
            kind::WINDOW_UPDATE => frame.increment = word(0).map(|word| word & 0x7fff_ffff),
            kind::RST_STREAM => frame.error = word(0),
            kind::GOAWAY => {
                frame.last_stream = word(0).map(|word| word & 0x7fff_ffff);
                frame.error = word(4);
                let debug = self.payload.get(8..).unwrap_or_default();
                let debug = &debug[..debug.len().min(DEBUG)];
                frame.debug = (!debug.is_empty()).then(|| String::from_utf8_lossy(debug).into_owned());
            }
            _ => {}
        }
        frame.error_name = frame.error.map(|code| error_name(code).unwrap_or("unknown").to_owned());
        frame
    }

    /// The frame in progress is over: the next one begins where it ends.
    pub(super) fn next(&mut self) {
        let offset = self.offset + self.come();
        *self = Reader::new(offset);
    }
}

fn setting(six: &[u8]) -> Setting {
    let id = u16::from_be_bytes([six[0], six[1]]);
    Setting {
        id,
        name: setting_name(id).unwrap_or("unknown").to_owned(),
        value: u32::from_be_bytes([six[2], six[3], six[4], six[5]]),
    }
}
