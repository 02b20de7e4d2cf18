//! Knows which header fields hold secrets, and where in raw bytes their values stand. It changes no bytes itself
//! but those it is given to.

use std::ops::Range;

use crate::event::http::SECRET_FIELDS;

/// Whether a field of this name holds a secret.
pub(super) fn is_secret(name: &[u8]) -> bool {
    SECRET_FIELDS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Where the value of a secret field begins in this line, which need not follow the grammar (white space before the
/// colon, none at all); `None` for other lines.
pub(super) fn secret_from(line: &[u8]) -> Option<usize> {
    let first = line.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let rest = &line[first..];
    let name_len =
        rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-')).unwrap_or(rest.len());
    if !is_secret(&rest[..name_len]) {
        return None;
    }
    let after = first + name_len;
    let gap = line[after..].iter().position(|byte| !matches!(byte, b' ' | b'\t' | b':'));
    Some(after + gap.unwrap_or(line.len() - after))
}

/// Replaces the secret in a line by asterisks, but for the octet at `keep`.
pub(super) fn conceal(line: &mut [u8], keep: usize) {
    if let Some(from) = secret_from(line) {
        for (index, byte) in line.iter_mut().enumerate().skip(from) {
            if index != keep {
                *byte = b'*';
            }
        }
    }
}

/// Ranges of these bytes, taken as lines, that are values of secret fields (with their folded lines).
pub(super) fn ranges(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut folding = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = super::broken::strip_end(line);
        let from = secret_from(text).or_else(|| (folding && text.starts_with(b" ")).then_some(1));
        folding = from.is_some();
        if let Some(from) = from
            && from < text.len()
        {
            found.push(start + from..start + text.len());
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_any_spelling() {
        assert_eq!(secret_from(b"COOKIE: a=b"), Some(8));
        assert_eq!(secret_from(b"Authorization : Basic x"), Some(16));
        assert_eq!(secret_from(b"Cookies: a=b"), None);
        assert_eq!(secret_from(b"Cookie"), Some(6));
    }

    #[test]
    fn the_offending_octet_stays_visible() {
        let mut line = b"Cookie: a\0b".to_vec();
        conceal(&mut line, 9);
        assert_eq!(line, b"Cookie: *\0*");
    }

    #[test]
    fn ranges_cover_folded_values() {
        let text = b"HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\n more\r\nA: b\r\n";
        let found: Vec<&[u8]> = ranges(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [b"id=1".as_slice(), b"more"]);
    }
}
