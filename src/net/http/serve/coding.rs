//! Transfer codings of a request: whether its body comes in chunks (RFC 9112 section 6.1). It reads no bodies.

/// Octets of a line in which empty elements are passed over: "a reasonable number" of them (RFC 9110 section 5.6.1.2).
const MOST: usize = 1024;

/// The commas after `chunked` in a line of Transfer-Encoding, as indexes into `more`, which follows `before` in that line.
///
/// Empty elements of a list must be passed over (RFC 9110 section 5.6.1.2), and the library takes `chunked,` for something
/// else than `chunked`: it is to get spaces there. What follows such a comma and is no empty element has its head refused
/// before the library sees the end of it, so that nothing is hidden from it that would count.
pub(super) fn spare(before: &[u8], more: &[u8]) -> impl Iterator<Item = usize> {
    const NAME: &[u8] = b"transfer-encoding:";
    let name = before.iter().chain(more).take(NAME.len());
    let is_field = name.map(u8::to_ascii_lowercase).eq(NAME.iter().copied());
    let room = MOST.saturating_sub(before.len()).min(more.len());
    let line: Vec<u8> = if is_field && room > 0 { [before, &more[..room]].concat() } else { Vec::new() };
    let mut commas = Vec::new();
    let (mut from, mut chunked) = (NAME.len(), false);
    for at in NAME.len()..line.len() {
        if line[at] == b',' {
            chunked |= line[from..at].trim_ascii().eq_ignore_ascii_case(b"chunked");
            from = at + 1;
            // Those before were said when they came.
            commas.extend(at.checked_sub(before.len()).filter(|_| chunked));
        }
    }
    commas.into_iter()
}

/// What the Transfer-Encoding fields of a head say, taken together.
#[derive(Default)]
pub(super) struct Codings {
    /// There is such a field.
    pub(super) there: bool,
    chunked: u32,
    others: u32,
    /// The last coding is `chunked`.
    ends_chunked: bool,
}

impl Codings {
    /// One more field. Empty elements of a list count for nothing (RFC 9110 section 5.6.1.2).
    pub(super) fn field(&mut self, value: &[u8]) {
        self.there = true;
        for coding in
            value.split(|octet| *octet == b',').map(<[u8]>::trim_ascii).filter(|one| !one.is_empty())
        {
            self.ends_chunked = coding.eq_ignore_ascii_case(b"chunked");
            if self.ends_chunked {
                self.chunked += 1;
            } else {
                self.others += 1;
            }
        }
    }

    /// Whether a body in chunks follows.
    pub(super) fn verdict(&self) -> Result<bool, u16> {
        match (self.there, self.ends_chunked, self.chunked, self.others) {
            (false, ..) => Ok(false),
            (true, true, 1, 0) => Ok(true),
            // Understood as a message, and a coding in it that we have not (RFC 9112 section 6.1).
            (true, true, 1, _) => Err(501),
            // Where the body ends is not known (RFC 9112 section 6.3 item 4), or chunks are in chunks (section 6.1).
            (true, ..) => Err(400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_after_chunked_are_spare() {
        let of = |before: &str, more: &str| spare(before.as_bytes(), more.as_bytes()).collect::<Vec<_>>();
        assert_eq!(of("", "Transfer-Encoding: chunked, ,\r"), [26, 28]);
        assert_eq!(of("Transfer-Enc", "oding: chunked,"), [14]);
        assert_eq!(of("Transfer-Encoding: chunked,", ","), [0]);
        assert!(of("", "Transfer-Encoding: , gzip, chunked").is_empty());
        assert!(of("", "X-Transfer-Encoding: chunked,").is_empty());
    }

    #[test]
    fn chunked_has_to_be_the_last_and_the_only_one() {
        for (fields, verdict) in [
            (&[][..], Ok(false)),
            (&[&b"chunked"[..]], Ok(true)),
            (&[b"CHUNKED"], Ok(true)),
            (&[b", chunked ,"], Ok(true)),
            (&[b"", b"chunked"], Ok(true)),
            (&[b"gzip, chunked"], Err(501)),
            (&[b"gzip", b"chunked"], Err(501)),
            (&[b""], Err(400)),
            (&[b"gzip"], Err(400)),
            (&[b"identity"], Err(400)),
            (&[b"xchunked"], Err(400)),
            (&[b"chunked;a=b"], Err(400)),
            (&[b"chunked, gzip"], Err(400)),
            (&[b"chunked", b"chunked"], Err(400)),
        ] {
            let mut codings = Codings::default();
            fields.iter().for_each(|field| codings.field(field));
            assert_eq!(codings.verdict(), verdict, "{fields:?}");
        }
    }
}
