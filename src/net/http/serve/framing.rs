//! Where one request ends and the next begins, and which heads are refused before the HTTP library sees their end.
//!
//! hyper takes a line that ends in LF alone, does not look at Host, and hides a Content-Length beside a
//! Transfer-Encoding; a server that follows RFC 9112 refuses these. It changes nothing.

use super::coding::{self, Codings};
use crate::net::http::grammar::{host_fault, is_token, target_fault};

/// Why what comes is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An answer with this status, then the end.
    Status(u16),
    /// The same, within the body of a request whose head was taken: the answer is that request's, if it has none yet.
    Body(u16),
    /// It is TLS: no answer of ours would be understood.
    Tls,
}

/// Follows the requests of one connection.
pub struct Framing {
    state: State,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    head: Head,
    limit: usize,
    fresh: bool,
    /// The last request that came whole in one piece, and the length of its head: clients repeat themselves, and the same
    /// octets between two requests are judged the same.
    known: (Vec<u8>, u64),
}

/// Most octets of a request that is kept to know it again.
const KNOWN: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Body(u64),
    ChunkSize,
    ChunkData(u64),
    Trailer,
    /// Something refused was met: nothing is followed any more, and nothing more may be passed on.
    Lost,
}

#[derive(Default)]
struct Head {
    /// Octets of it that have passed, its current line not included.
    len: usize,
    begun: bool,
    minor: u8,
    hosts: u32,
    length: Option<u64>,
    codings: Codings,
}

/// Octets to pass on, and why the rest is not.
pub type Fed = Result<(), (usize, Refusal)>;

impl Framing {
    /// For a new connection; `limit` in octets of one head.
    pub fn new(limit: usize) -> Self {
        Framing {
            state: State::Head,
            partial: Vec::new(),
            head: Head::default(),
            limit,
            fresh: true,
            known: (Vec::new(), 0),
        }
    }

    /// Whether a head has begun and not ended.
    pub fn within_head(&self) -> bool {
        self.state == State::Head && (self.head.begun || !self.partial.is_empty())
    }

    /// Whether a body is awaited.
    pub fn within_body(&self) -> bool {
        self.state != State::Head
    }

    /// Follows octets that came; `ended` is told the length of each head that ended in them, `spare` the index of each octet
    /// that has to be a space for the library: a comma after `chunked`, behind which the list has no more elements.
    ///
    /// # Errors
    /// How many of these octets may be passed on, and why no more: the line after them is refused.
    pub fn feed(&mut self, octets: &[u8], mut ended: impl FnMut(u64), mut spare: impl FnMut(usize)) -> Fed {
        if std::mem::take(&mut self.fresh) && octets.first() == Some(&0x16) {
            // The record type of a handshake (RFC 8446 section 5.1); no method begins with it.
            self.state = State::Lost;
            return Err((0, Refusal::Tls));
        }
        let between = self.is_between();
        if between && !octets.is_empty() && octets == self.known.0 {
            ended(self.known.1);
            return Ok(());
        }
        let (mut heads, mut last, mut whole) = (0, 0, true);
        let heads_end = |len| {
            (heads, last) = (heads + 1, len);
            ended(len);
        };
        let spared = |at| {
            whole = false;
            spare(at);
        };
        let result = self.follow(octets, heads_end, spared);
        if between && whole && heads == 1 && self.is_between() && octets.len() <= KNOWN {
            self.known.0.clear();
            self.known.0.extend_from_slice(octets);
            self.known.1 = last;
        }
        result
    }

    /// Nothing of a next request has come.
    fn is_between(&self) -> bool {
        self.state == State::Head && !self.within_head()
    }

    fn follow(&mut self, octets: &[u8], mut ended: impl FnMut(u64), mut spare: impl FnMut(usize)) -> Fed {
        let mut at = 0;
        while at < octets.len() {
            let rest = &octets[at..];
            match self.state {
                State::Lost => return Ok(()),
                State::Body(left) => at += self.skip(left, rest.len(), State::Body, State::Head),
                State::ChunkData(left) => {
                    at += self.skip(left, rest.len(), State::ChunkData, State::ChunkSize);
                }
                State::Head | State::ChunkSize | State::Trailer => {
                    let end = rest.iter().position(|octet| *octet == b'\n');
                    if self.state == State::Head {
                        let line = &rest[..end.unwrap_or(rest.len())];
                        coding::spare(&self.partial, line).for_each(|index| spare(at + index));
                    }
                    let Some(end) = end else {
                        self.partial.extend_from_slice(rest);
                        return self.within_limit(self.partial.len()).map_err(|refusal| (at, refusal));
                    };
                    self.line(&rest[..=end], &mut ended).map_err(|refusal| (at, refusal))?;
                    at += end + 1;
                }
            }
        }
        Ok(())
    }

    fn skip(&mut self, left: u64, there: usize, same: fn(u64) -> State, next: State) -> usize {
        let take = left.min(there as u64);
        self.state = if left == take { next } else { same(left - take) };
        // At most `there`, which is a usize.
        take as usize
    }

    fn within_limit(&mut self, line: usize) -> Result<(), Refusal> {
        if self.head.len.saturating_add(line) <= self.limit {
            return Ok(());
        }
        Err(self.refuse(match self.state {
            // A request target longer than any we take (RFC 9110 section 15.5.15).
            State::Head if !self.head.begun => 414,
            // RFC 6585 section 5; trailer fields are fields too.
            State::Head | State::Trailer => 431,
            State::Body(_) | State::ChunkSize | State::ChunkData(_) | State::Lost => 400,
        }))
    }

    fn refuse(&mut self, status: u16) -> Refusal {
        let before = std::mem::replace(&mut self.state, State::Lost);
        self.partial = Vec::new();
        if before == State::Head { Refusal::Status(status) } else { Refusal::Body(status) }
    }

    fn line(&mut self, end: &[u8], ended: &mut impl FnMut(u64)) -> Result<(), Refusal> {
        if self.partial.is_empty() {
            return self.whole(end, ended);
        }
        let mut line = std::mem::take(&mut self.partial);
        line.extend_from_slice(end);
        let result = self.whole(&line, ended);
        line.clear();
        self.partial = line;
        result
    }

    fn whole(&mut self, line: &[u8], ended: &mut impl FnMut(u64)) -> Result<(), Refusal> {
        self.within_limit(line.len())?;
        let Some(text) = line.strip_suffix(b"\r\n") else {
            // RFC 9112 section 2.2 lets a recipient take it in a head, and section 7.1 nowhere in chunks; two readers that
            // differ are how requests are smuggled.
            return Err(self.refuse(400));
        };
        match self.state {
            State::ChunkSize => self.chunk(text),
            State::Trailer => {
                self.trailer(line.len(), text);
                Ok(())
            }
            State::Head | State::Body(_) | State::ChunkData(_) | State::Lost => {
                self.head_line(line.len(), text, ended)
            }
        }
    }

    /// RFC 9112 section 7.1; what is wrong after the size is the library's to say.
    fn chunk(&mut self, text: &[u8]) -> Result<(), Refusal> {
        let digits = text.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
        let size =
            std::str::from_utf8(&text[..digits]).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        self.head.len = 0;
        self.state = match size {
            Some(0) => State::Trailer,
            // With the line end after it.
            Some(size) if size <= u64::MAX - 2 => State::ChunkData(size + 2),
            // More than can be counted is more than the limit; without a number it is not known where the chunk ends.
            Some(_) => return Err(self.refuse(413)),
            None => return Err(self.refuse(if digits > 0 { 413 } else { 400 })),
        };
        Ok(())
    }

    fn trailer(&mut self, len: usize, text: &[u8]) {
        self.head.len += len;
        if text.is_empty() {
            self.head = Head::default();
            self.state = State::Head;
        }
    }

    fn head_line(&mut self, len: usize, text: &[u8], ended: &mut impl FnMut(u64)) -> Result<(), Refusal> {
        if text.is_empty() && !self.head.begun {
            // An empty line before a request is passed over (RFC 9112 section 2.2).
            return Ok(());
        }
        self.head.len += len;
        let verdict = if !self.head.begun {
            self.head.begun = true;
            self.head.request_line(text)
        } else if text.is_empty() {
            self.head.end().map(|state| {
                ended(self.head.len as u64);
                self.head = Head::default();
                self.state = state;
            })
        } else {
            self.head.field(text)
        };
        verdict.map_err(|status| self.refuse(status))
    }
}

impl Head {
    /// `method SP target SP version` (RFC 9112 section 3).
    fn request_line(&mut self, text: &[u8]) -> Result<(), u16> {
        let mut parts = text.split(|octet| *octet == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(400);
        };
        // A target of any form is made of visible characters (RFC 3986 section 2).
        if !is_token(method) || target.is_empty() || target.iter().any(u8::is_ascii_control) {
            return Err(400);
        }
        match version {
            b"HTTP/1.1" => self.minor = 1,
            b"HTTP/1.0" => self.minor = 0,
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                return Err(505);
            }
            _ => return Err(400),
        }
        if target_fault(method, target).is_none() { Ok(()) } else { Err(400) }
    }

    fn field(&mut self, text: &[u8]) -> Result<(), u16> {
        // A continued line begins with white space and has no name before its colon: refused (RFC 9112 section 5.2).
        let colon = text.iter().position(|octet| *octet == b':').ok_or(400_u16)?;
        let (name, value) = (&text[..colon], text[colon + 1..].trim_ascii());
        // RFC 9110 section 5.5: visible characters, octets past ASCII, spaces and tabs.
        if !is_token(name) || value.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
            return Err(400);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
            return if host_fault(value).is_none() { Ok(()) } else { Err(400) };
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = length(value)?;
            // Values that differ leave the end of the body open (RFC 9112 section 6.3 item 5).
            return if self.length.replace(length).is_none_or(|before| before == length) {
                Ok(())
            } else {
                Err(400)
            };
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.codings.field(value);
        }
        Ok(())
    }

    /// What holds of the head as a whole.
    fn end(&self) -> Result<State, u16> {
        // Exactly one Host in HTTP/1.1 (RFC 9112 section 3.2); 1.0 knew none.
        let hosts = if self.minor == 1 { self.hosts == 1 } else { self.hosts <= 1 };
        // Chunks with a length beside them, or in HTTP/1.0 (RFC 9112 section 6.1): two readers may differ.
        let agreed = !self.codings.there || (self.length.is_none() && self.minor == 1);
        if !hosts || !agreed {
            return Err(400);
        }
        Ok(match (self.codings.verdict()?, self.length) {
            (true, _) => State::ChunkSize,
            (false, None | Some(0)) => State::Head,
            (false, Some(length)) => State::Body(length),
        })
    }
}

/// `1*DIGIT` (RFC 9110 section 8.6). A number past all that the library can count is a length too, of content that is too
/// large (section 15.5.14).
fn length(value: &[u8]) -> Result<u64, u16> {
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|one| one.is_ascii_digit()));
    match digits {
        None | Some("") => Err(400),
        Some(text) => text.parse().ok().filter(|length| *length <= u64::MAX - 2).ok_or(413),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths of the heads that end in these pieces.
    fn heads(framing: &mut Framing, pieces: &[&[u8]]) -> Vec<u64> {
        let mut heads = Vec::new();
        for piece in pieces {
            assert_eq!(framing.feed(piece, |len| heads.push(len), |_| ()), Ok(()));
        }
        heads
    }

    #[test]
    fn a_request_that_is_repeated_is_judged_the_same() {
        let plain = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let body = b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        let mut framing = Framing::new(1000);
        assert_eq!(heads(&mut framing, &[plain, plain, body, body, plain]), [27, 27, 47, 47, 27]);
        assert!(framing.is_between());
        // The same octets elsewhere are no request.
        let post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 27\r\n\r\n";
        assert_eq!(heads(&mut framing, &[post, plain, plain, &plain[..9]]), [48, 27]);
        assert_eq!(heads(&mut framing, &[&plain[9..], plain]), [27, 27]);
        assert!(framing.feed(b"GET / HTTP/1.1\r\n\r\n", |_| panic!("no Host"), |_| ()).is_err());
        let nothing = framing.feed(plain, |_| panic!("nothing is followed any more"), |_| ());
        assert_eq!(nothing, Ok(()));
    }
}
