//! Decides by which rule a message's body ends (RFC 9112 section 6.3), from its fields as they pass.

use crate::event::Side;
use crate::event::http::{Broken, Malformed};

use super::broken::{Spot, malformed, octet, quoted};

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(u64),
    Chunked,
    Close,
}

/// The framing of a body and the transfer codings but for `chunked` that are in it, or why neither is known.
pub(super) type Framed = Result<(Framing, Vec<String>), Box<Malformed>>;

/// The fields that frame a body, gathered line by line.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    values: Vec<(u64, String)>,
    /// A Content-Length that broke a rule: it counts only where no Transfer-Encoding overrides it (section 6.3 item 3).
    fault: Option<Box<Malformed>>,
    length_spot: Option<Spot>,
    /// The transfer codings named, in small letters, and where the last field with any stands.
    codings: Vec<String>,
    coding_spot: Option<Spot>,
    /// The last such field ends in an empty element: legal (RFC 9110 section 5.6.1.2), and the library does not pass over it.
    ends_empty: bool,
}

impl Lengths {
    /// Takes in a Content-Length line whose value stands at `spot`; `strict`: a list of equal values is none either.
    pub(super) fn length(&mut self, by: Side, value: &[u8], spot: Spot, strict: bool) {
        if self.fault.is_none()
            && let Err(fault) = self.add(by, value, &spot, strict)
        {
            self.fault = Some(fault);
        }
        self.length_spot = Some(spot);
    }

    fn add(&mut self, by: Side, value: &[u8], spot: &Spot, strict: bool) -> Result<(), Box<Malformed>> {
        // A list of equal values is a repeated field that somebody joined (section 6.3 item 5).
        let mut at = 0;
        for part in value.split(|byte| *byte == b',' && !strict) {
            let lead = part.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let text = part.trim_ascii();
            let place = Spot { caret: spot.caret + at + lead, width: text.len().max(1), ..spot.clone() };
            let number = number(by, text, place.clone())?;
            if let Some((first, written)) = self.values.first()
                && *first != number
            {
                let found = format!("{number} after {first}");
                let mut fault =
                    malformed(by, Broken::TwoLengths, place, "one Content-Length, or equal ones", found);
                fault.values = vec![written.clone(), String::from_utf8_lossy(text).into_owned()];
                return Err(Box::new(fault));
            }
            if self.values.is_empty() {
                self.values.push((number, String::from_utf8_lossy(text).into_owned()));
            }
            at += part.len() + 1;
        }
        Ok(())
    }

    /// Takes in a Transfer-Encoding line whose value stands at `spot`.
    pub(super) fn coding(&mut self, value: &[u8], spot: Spot) {
        let text = String::from_utf8_lossy(value).to_ascii_lowercase();
        let named = text.split(',').map(str::trim);
        self.ends_empty = named.clone().next_back().is_some_and(str::is_empty);
        self.codings.extend(named.filter(|coding| !coding.is_empty()).map(str::to_owned));
        self.coding_spot = Some(spot);
    }

    /// Chunks in chunks (RFC 9112 section 6.1: a sender must not).
    fn chunked_twice(&self, by: Side) -> Result<(), Box<Malformed>> {
        let count = self.codings.iter().filter(|coding| *coding == "chunked").count();
        match (count, &self.coding_spot) {
            (2.., Some(spot)) => {
                let found = format!("it {count} times");
                let expected = "chunked once, as the last transfer coding";
                Err(Box::new(malformed(by, Broken::TransferEncoding, spot.clone(), expected, found)))
            }
            _ => Ok(()),
        }
    }

    /// The framing of a request; `strict` as a server reads it.
    pub(super) fn of_request(self, by: Side, version: &str, strict: bool) -> Result<Framing, Box<Malformed>> {
        let Some(spot) = self.coding_spot.clone() else {
            return self.by_length(Framing::None);
        };
        let coding = self.codings.last().cloned().unwrap_or_default();
        let broken = |spot, broken, expected: &str, found: String| {
            Err(Box::new(malformed(by, broken, spot, expected, found)))
        };
        if coding != "chunked" {
            // Section 6.3 item 4.3: the length of such a request cannot be known.
            let expected = "chunked as the last transfer coding of a request";
            return broken(spot, Broken::TransferEncoding, expected, quoted(coding.as_bytes()));
        }
        if version == "HTTP/1.0" {
            return Err(unknown_to_http10(by, spot));
        }
        if strict {
            self.chunked_twice(by)?;
        }
        match self.length_spot {
            Some(length) if strict => {
                let expected = "Content-Length or Transfer-Encoding, not both, in a request";
                let found = format!("{} and Transfer-Encoding", quoted(&length.line));
                broken(spot, Broken::LengthAndChunked, expected, found)
            }
            _ => Ok(Framing::Chunked),
        }
    }

    /// The framing of a response that may have a body, and the codings but for `chunked` that are in it.
    pub(super) fn of_response(mut self, by: Side, version: &str) -> Framed {
        let Some(spot) = self.coding_spot.clone() else {
            return Ok((self.by_length(Framing::Close)?, Vec::new()));
        };
        if version == "HTTP/1.0" {
            return Err(unknown_to_http10(by, spot));
        }
        self.chunked_twice(by)?;
        if self.codings.last().is_none_or(|coding| coding != "chunked") {
            return Ok((Framing::Close, self.codings));
        }
        if self.ends_empty {
            let expected = "nothing after the last transfer coding";
            return Err(Box::new(malformed(
                by,
                Broken::NotRead,
                spot,
                expected,
                "an empty element of the list",
            )));
        }
        self.codings.pop();
        Ok((Framing::Chunked, self.codings))
    }

    fn by_length(self, without: Framing) -> Result<Framing, Box<Malformed>> {
        match (self.fault, self.values.first()) {
            (Some(fault), _) => Err(fault),
            (None, Some((length, _))) => Ok(Framing::Length(*length)),
            (None, None) => Ok(without),
        }
    }
}

/// RFC 9112 section 6.1: HTTP/1.0 knows no transfer codings, so the framing must be taken for faulty.
fn unknown_to_http10(by: Side, spot: Spot) -> Box<Malformed> {
    let expected = "no Transfer-Encoding in a message of HTTP/1.0";
    Box::new(malformed(by, Broken::TransferEncoding, spot, expected, "one that HTTP/1.0 does not know"))
}

/// The longest length that the library reads.
const LONGEST: u64 = u64::MAX - 2;

/// 1*DIGIT (RFC 9110 section 8.6) that can be counted.
fn number(by: Side, text: &[u8], place: Spot) -> Result<u64, Box<Malformed>> {
    const EXPECTED: &str = "a length in decimal digits";
    let broken = |place, expected: &str, found: String| {
        Err(Box::new(malformed(by, Broken::ContentLength, place, expected, found)))
    };
    if text.is_empty() {
        return broken(place, EXPECTED, "nothing".to_owned());
    }
    if let Some(bad) = text.iter().position(|byte| !byte.is_ascii_digit()) {
        let found = match text[bad] {
            b'-' if bad == 0 => "a minus sign".to_owned(),
            b'+' if bad == 0 => "a plus sign".to_owned(),
            byte => octet(byte),
        };
        let place = Spot { caret: place.caret + bad, width: text.len() - bad, ..place };
        return broken(place, EXPECTED, found);
    }
    let digits = std::str::from_utf8(text).ok().and_then(|digits| digits.parse().ok());
    digits.filter(|number| *number <= LONGEST).ok_or_else(|| {
        let expected = format!("a length of at most {LONGEST}");
        Box::new(malformed(by, Broken::NotRead, place, expected, quoted(text)))
    })
}
