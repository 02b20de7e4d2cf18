//! Transfer codings of a request: whether its body comes in chunks (RFC 9112 section 6.1). It reads no bodies.

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
