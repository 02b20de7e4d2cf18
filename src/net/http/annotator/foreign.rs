//! Knows other protocols by their first bytes. It reads no further than it must to be certain.

use crate::event::http::Known;

/// What the first bytes of a direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// They begin an HTTP/1 message, or a broken one.
    Http,
    /// They could still become HTTP/1 or more than one of the others.
    More,
    /// They belong to this protocol.
    Foreign(Known),
}

/// Most octets that are looked at; past them a guess is final.
pub const MOST: usize = 512;

/// RFC 9113 section 3.4: the preface of HTTP/2 looks like a request of HTTP/2.0 on purpose.
const PREFACE: &[u8] = b"PRI * HTTP/2";

/// What answers a request: `HTTP/`, or another protocol (RFC 9112 section 4).
pub fn response(first: &[u8]) -> Guess {
    if first.is_empty() {
        return Guess::More;
    }
    // An empty line or another spelling of HTTP is a broken status line rather than another protocol.
    if first.len() >= 5 && first[..5].eq_ignore_ascii_case(b"HTTP/") || matches!(first[0], b'\r' | b'\n') {
        return Guess::Http;
    }
    if first.len() < 5 && b"HTTP/"[..first.len()].eq_ignore_ascii_case(first) {
        return Guess::More;
    }
    // One octet is never enough to be certain: it may be the length of a MySQL packet.
    if first.len() == 1 {
        return Guess::More;
    }
    known(first).unwrap_or(Guess::Foreign(Known::Unknown))
}

/// What comes to a server: a request, or another protocol that a client may speak to a wrong port.
pub fn request(first: &[u8]) -> Guess {
    match first {
        [] | [0x16] => Guess::More,
        [0x16, 0x03, ..] => Guess::Foreign(Known::Tls),
        _ if first.starts_with(PREFACE) => Guess::Foreign(Known::Http2),
        _ if PREFACE.starts_with(first) => Guess::More,
        _ if first.starts_with(b"SSH-") => Guess::Foreign(Known::Ssh),
        _ if b"SSH-".starts_with(first) => Guess::More,
        _ => Guess::Http,
    }
}

/// What a peer speaks that was expected to speak TLS: HTTP/1 is a finding there like any other.
pub fn instead_of_tls(first: &[u8]) -> Guess {
    match response(first) {
        Guess::Http => Guess::Foreign(Known::Http),
        other @ (Guess::More | Guess::Foreign(_)) => other,
    }
}

fn known(first: &[u8]) -> Option<Guess> {
    binary(first).or_else(|| text(first)).or_else(|| greeting(first))
}

fn binary(first: &[u8]) -> Option<Guess> {
    let guess = match first {
        // RFC 8446 section 5.1: content type handshake or alert, then the legacy version, whose first octet is 3.
        [0x15 | 0x16] => Guess::More,
        [0x15 | 0x16, 0x03, ..] => Guess::Foreign(Known::Tls),
        // RFC 9113 section 4.1: 24 bits of length, then the type; a server's preface is a SETTINGS frame (4).
        [0] | [0, 0] | [0, 0, _] => Guess::More,
        [0, 0, _, 4, ..] => Guess::Foreign(Known::Http2),
        // MySQL: 24 bits of length (little-endian), sequence 0, protocol version 10, or an error packet.
        [_, 0] | [_, 0, 0] | [_, 0, 0, 0] => Guess::More,
        [_, 0, 0, 0, 0x0a | 0xff, ..] => Guess::Foreign(Known::Mysql),
        _ => return None,
    };
    Some(guess)
}

/// Protocols whose first word is theirs alone.
fn text(first: &[u8]) -> Option<Guess> {
    const WORDS: [(&[u8], Known); 10] = [
        // A client's preface; a server begins with a SETTINGS frame alone.
        (PREFACE, Known::Http2),
        (b"SSH-", Known::Ssh),
        (b"+OK", Known::Pop3),
        (b"* OK", Known::Imap),
        (b"* PREAUTH", Known::Imap),
        (b"* BYE", Known::Imap),
        // What Redis says to `GET / HTTP/1.1`, to a client it does not trust, and to one without a password.
        (b"-ERR ", Known::Redis),
        (b"-DENIED ", Known::Redis),
        (b"-NOAUTH ", Known::Redis),
        (b"+PONG", Known::Redis),
    ];
    if let Some((_, protocol)) = WORDS.iter().find(|(word, _)| first.starts_with(word)) {
        return Some(Guess::Foreign(*protocol));
    }
    WORDS.iter().any(|(word, _)| word.starts_with(first)).then_some(Guess::More)
}

/// `220` opens SMTP (RFC 5321 section 4.2) and FTP (RFC 959 section 5.4); the rest of the line tells which.
fn greeting(first: &[u8]) -> Option<Guess> {
    if b"220".starts_with(first) {
        return Some(Guess::More);
    }
    if !(first.starts_with(b"220 ") || first.starts_with(b"220-")) {
        return None;
    }
    let line = first.split(|byte| *byte == b'\n').next().unwrap_or(first);
    let has = |word: &[u8]| line.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    Some(if has(b"SMTP") {
        Guess::Foreign(Known::Smtp)
    } else if has(b"FTP") {
        Guess::Foreign(Known::Ftp)
    } else if line.len() < first.len() || first.len() >= MOST {
        Guess::Foreign(Known::Unknown)
    } else {
        Guess::More
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guess after each octet more, until it is final.
    fn final_guess(of: fn(&[u8]) -> Guess, bytes: &[u8]) -> (usize, Guess) {
        for len in 1..=bytes.len() {
            match of(&bytes[..len]) {
                Guess::More => {}
                guess @ (Guess::Http | Guess::Foreign(_)) => return (len, guess),
            }
        }
        (bytes.len(), Guess::More)
    }

    #[test]
    fn each_protocol_is_known_by_its_first_bytes_and_no_later() {
        let cases: [(&[u8], usize, Known); 17] = [
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", 4, Known::Ssh),
            (b"220 mail.test ESMTP Postfix\r\n", 19, Known::Smtp),
            (b"220 (vsFTPd 3.0.3)\r\n", 10, Known::Ftp),
            (b"220 hello\r\n", 11, Known::Unknown),
            (b"+OK Dovecot ready.\r\n", 3, Known::Pop3),
            (b"* OK [CAPABILITY IMAP4rev1]\r\n", 4, Known::Imap),
            (b"\x15\x03\x01\x00\x02\x02\x46", 2, Known::Tls),
            (b"\x16\x03\x03\x00\x7a", 2, Known::Tls),
            (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", 4, Known::Http2),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 12, Known::Http2),
            (b"PRIVMSG", 4, Known::Unknown),
            (b"\x4a\x00\x00\x00\x0a8.0.36\x00", 5, Known::Mysql),
            (b"\x48\x00\x00\x00\x0a8.0.36\x00", 5, Known::Mysql),
            (b"-ERR wrong number of arguments for 'get' command\r\n", 5, Known::Redis),
            (b"-NOAUTH Authentication required.\r\n", 8, Known::Redis),
            (b"hello", 2, Known::Unknown),
            (b"HTCPCP/1.0", 3, Known::Unknown),
        ];
        for (bytes, len, protocol) in cases {
            assert_eq!(final_guess(response, bytes), (len, Guess::Foreign(protocol)), "{bytes:?}");
        }
    }

    #[test]
    fn http_is_http() {
        assert_eq!(final_guess(response, b"HTTP/1.1 200 OK"), (5, Guess::Http));
        assert_eq!(final_guess(response, b"http/1.1 200 OK"), (5, Guess::Http));
        assert_eq!(final_guess(response, b"HTT"), (3, Guess::More));
        assert_eq!(final_guess(instead_of_tls, b"HTTP/1.1 400"), (5, Guess::Foreign(Known::Http)));
    }

    #[test]
    fn a_server_knows_what_came_to_the_wrong_port() {
        assert_eq!(final_guess(request, b"\x16\x03\x01\x02"), (2, Guess::Foreign(Known::Tls)));
        assert_eq!(final_guess(request, b"PRI * HTTP/2.0\r\n"), (12, Guess::Foreign(Known::Http2)));
        assert_eq!(final_guess(request, b"SSH-2.0"), (4, Guess::Foreign(Known::Ssh)));
        assert_eq!(final_guess(request, b"POST / HTTP/1.1"), (2, Guess::Http));
        assert_eq!(final_guess(request, b"PRIZE / HTTP/1.1"), (4, Guess::Http));
        assert_eq!(final_guess(request, b"SEARCH / HTTP/1.1"), (2, Guess::Http));
    }
}
