//! The grammar of request lines and status lines, octet by octet (RFC 9112 sections 3 and 4). It keeps no bytes.

use super::broken::octet;
pub(super) use crate::net::http::grammar::is_tchar;

/// What the grammar wanted in place of an octet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub expected: &'static str,
    pub found: String,
    /// It is allowed, and not read.
    pub unread: bool,
}

fn fault(expected: &'static str, byte: u8) -> Result<(), Fault> {
    Err(Fault { expected, found: octet(byte), unread: false })
}

/// RFC 9110 section 2.5 would have a higher minor version read as 1.1. None was ever defined, and the library refuses it.
fn minor(byte: u8) -> Result<(), Fault> {
    match byte {
        b'0' | b'1' => Ok(()),
        _ => {
            let found = octet(byte);
            Err(Fault { expected: "version 1.1 or 1.0", found, unread: byte.is_ascii_digit() })
        }
    }
}

/// Octets of a field value or reason phrase: visible ones, space, tab, and those above ASCII (RFC 9110 section 5.5).
pub(super) fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Checks the octet at `index` of a status line. CR and LF are allowed from the end of the status code on:
/// the space after it is owed (RFC 9112 section 4) and often forgotten, and its lack hides nothing.
pub(super) fn status_octet(index: usize, byte: u8) -> Result<(), Fault> {
    const VERSION: &[u8; 7] = b"HTTP/1.";
    match index {
        0..=6 if byte == VERSION[index] => Ok(()),
        0..=4 => fault("the protocol's name, \"HTTP/\"", byte),
        5 => fault("version 1 of HTTP", byte),
        6 => fault("a dot within the version", byte),
        7 => minor(byte),
        8 if byte == b' ' => Ok(()),
        8 => fault("a space after the version", byte),
        // RFC 9110 section 15: all valid status codes are within 100 to 599.
        9 if byte == b'0' => fault("a status code from 100 on", byte),
        9..=11 if byte.is_ascii_digit() => Ok(()),
        9..=11 => fault("a digit of the three-digit status code", byte),
        12 if matches!(byte, b' ' | b'\r' | b'\n') => Ok(()),
        12 => fault("a space after the three digits of the status code", byte),
        _ if is_text(byte) || matches!(byte, b'\r' | b'\n') => Ok(()),
        _ => fault("text of the reason phrase", byte),
    }
}

/// Where a request line has got to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RequestLine {
    /// Index of the space after the method, and of the one after the target.
    pub method_end: Option<usize>,
    pub target_end: Option<usize>,
}

impl RequestLine {
    /// Checks the octet at `index` of a request line.
    pub(super) fn octet(&mut self, index: usize, byte: u8) -> Result<(), Fault> {
        const VERSION: &[u8; 7] = b"HTTP/1.";
        match (self.method_end, self.target_end) {
            (None, _) => match byte {
                b' ' if index > 0 => {
                    self.method_end = Some(index);
                    Ok(())
                }
                _ if is_tchar(byte) => Ok(()),
                b'\r' | b'\n' => fault("a space and the target after the method", byte),
                _ if index == 0 => fault("a method, as GET", byte),
                _ => fault("a method, then a space", byte),
            },
            (Some(method), None) => match byte {
                b' ' if index > method + 1 => {
                    self.target_end = Some(index);
                    Ok(())
                }
                0x21..=0x7e | 0x80.. => Ok(()),
                b' ' => fault("one space between method and target", byte),
                b'\r' | b'\n' => fault("a space and the version after the target", byte),
                _ => fault("a target without control octets", byte),
            },
            (Some(_), Some(target)) => match index - target - 1 {
                place @ 0..=6 if byte == VERSION[place] => Ok(()),
                0..=6 => fault("the version, HTTP/1.1 or HTTP/1.0", byte),
                7 => minor(byte),
                _ if matches!(byte, b'\r' | b'\n') => Ok(()),
                _ => fault("the end of the line after the version", byte),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(line: &[u8]) -> Option<usize> {
        (0..line.len()).find(|index| status_octet(*index, line[*index]).is_err())
    }

    fn request(line: &[u8]) -> Option<usize> {
        let mut state = RequestLine::default();
        (0..line.len()).find(|index| state.octet(*index, line[*index]).is_err())
    }

    #[test]
    fn status_lines() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n"), None);
        assert_eq!(status(b"HTTP/1.0 404 \r\n"), None);
        assert_eq!(status(b"HTTP/1.1 200\r\n"), None);
        assert_eq!(status(b"HTTP/1.1 abc\r\n"), Some(9));
        assert_eq!(status(b"HTTP/1.1 20\r\n"), Some(11));
        assert_eq!(status(b"HTTP/1.1 2000 OK\r\n"), Some(12));
        assert_eq!(status(b"HTTP/2.0 200 OK\r\n"), Some(5));
        assert_eq!(status(b"HTTP/1.2 200 OK\r\n"), Some(7));
        assert_eq!(status(b"HTTP/1.1 200 O\x1bK\r\n"), Some(14));
        assert_eq!(status(b"HTTP/1.1 099 No\r\n"), Some(9));
        assert_eq!(status(b"http/1.1 200 OK\r\n"), Some(0));
    }

    #[test]
    fn request_lines() {
        assert_eq!(request(b"GET / HTTP/1.1\r\n"), None);
        assert_eq!(request(b"M-SEARCH * HTTP/1.0\r\n"), None);
        assert_eq!(request(b"GET /\r\n"), Some(5));
        assert_eq!(request(b"GET  / HTTP/1.1\r\n"), Some(4));
        assert_eq!(request(b"GET /a b HTTP/1.1\r\n"), Some(7));
        assert_eq!(request(b" GET / HTTP/1.1\r\n"), Some(0));
        assert_eq!(request(b"GET / HTTP/1.1 \r\n"), Some(14));
        assert_eq!(request(b"GET /\0 HTTP/1.1\r\n"), Some(5));
        assert_eq!(request(b"{\"a\":1}\r\n"), Some(0));
    }
}
