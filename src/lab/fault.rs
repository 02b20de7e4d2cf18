//! Misbehaviours of a lab's machines, each one small unit with a name.

use serde::Deserialize;

use crate::event::dns::Transport;
use crate::net::server::{self, site::Misdeed};

/// A name server that misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsFault {
    /// Answers SERVFAIL.
    Servfail,
    /// Reads the question and never answers.
    Silent,
    /// Answers with an id that was not asked with.
    WrongId,
    /// Is named for a zone and does not serve it: NOERROR, no AA, nothing in it.
    Lame,
    /// Every answer over UDP is cut off (TC); over TCP it is whole.
    Truncated,
    /// Answers after [`SLOW`].
    Slow,
    /// Answers REFUSED.
    Refused,
}

/// A web server that misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebFault {
    /// Listens, and its accept queue is kept full.
    NeverAccepts,
    /// Ends each connection with a RST.
    Reset,
    /// Reads the request and never answers.
    NeverAnswers,
    /// Declares a longer body than it sends.
    ShortBody,
    /// A chunk size that is no number.
    BadChunk,
    /// Redirects in a circle.
    RedirectLoop,
    /// HTTPS: its certificate has expired.
    Expired,
    /// HTTPS: its certificate is for another name.
    WrongName,
    /// HTTPS: its certificate is from an authority that nobody trusts.
    UnknownAuthority,
    /// HTTPS: speaks plain HTTP on the TLS port.
    PlainHttp,
}

impl WebFault {
    /// The part of it that begins with a request: the server's own misbehaviours. `None`: it is one of the listener or of
    /// the certificate.
    pub fn misdeed(self) -> Option<Misdeed> {
        match self {
            WebFault::Reset => Some(Misdeed::Wrongly(server::Fault::Reset)),
            WebFault::NeverAnswers => Some(Misdeed::NeverAnswers),
            WebFault::ShortBody => Some(Misdeed::Wrongly(server::Fault::Truncate)),
            WebFault::BadChunk => Some(Misdeed::Wrongly(server::Fault::BadChunk)),
            WebFault::RedirectLoop => Some(Misdeed::Wrongly(server::Fault::RedirectLoop)),
            WebFault::PlainHttp => Some(Misdeed::PlainHttp),
            WebFault::NeverAccepts | WebFault::Expired | WebFault::WrongName | WebFault::UnknownAuthority => {
                None
            }
        }
    }

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        Fault::NAMED.iter().find(|(_, fault)| *fault == Fault::Web(self)).map_or("", |(name, _)| name)
    }
}

/// How long a slow server thinks.
pub const SLOW: std::time::Duration = std::time::Duration::from_millis(1500);

/// A fault of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    Dns(DnsFault),
    Web(WebFault),
}

impl Fault {
    /// Every fault with the name it is asked for by.
    pub const NAMED: [(&'static str, Fault); 17] = [
        ("servfail", Fault::Dns(DnsFault::Servfail)),
        ("silent", Fault::Dns(DnsFault::Silent)),
        ("wrong-id", Fault::Dns(DnsFault::WrongId)),
        ("lame", Fault::Dns(DnsFault::Lame)),
        ("truncated", Fault::Dns(DnsFault::Truncated)),
        ("slow", Fault::Dns(DnsFault::Slow)),
        ("refused", Fault::Dns(DnsFault::Refused)),
        ("never-accepts", Fault::Web(WebFault::NeverAccepts)),
        ("reset", Fault::Web(WebFault::Reset)),
        ("never-answers", Fault::Web(WebFault::NeverAnswers)),
        ("short-body", Fault::Web(WebFault::ShortBody)),
        ("bad-chunk", Fault::Web(WebFault::BadChunk)),
        ("redirect-loop", Fault::Web(WebFault::RedirectLoop)),
        ("expired", Fault::Web(WebFault::Expired)),
        ("wrong-name", Fault::Web(WebFault::WrongName)),
        ("unknown-authority", Fault::Web(WebFault::UnknownAuthority)),
        ("plain-http", Fault::Web(WebFault::PlainHttp)),
    ];
}

/// A fault asked for by name (`--fault NAME[@SERVER-OR-SITE]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub fault: Fault,
    /// A zone's or site's name; `None`: `shop.test` (the TLS faults: `bank.test`).
    pub at: Option<String>,
}

/// What becomes of the right reply at a name server with this fault; `None`: nothing is sent.
pub async fn befall(fault: DnsFault, reply: Vec<u8>, transport: Transport) -> Option<Vec<u8>> {
    match fault {
        DnsFault::Servfail => Some(error(reply, SERVFAIL)),
        DnsFault::Silent => None,
        DnsFault::WrongId => Some(wrong_id(reply)),
        DnsFault::Lame => Some(error(reply, NOERROR)),
        DnsFault::Truncated if transport == Transport::Udp => Some(cut_off(reply)),
        DnsFault::Truncated => Some(reply),
        DnsFault::Slow => {
            tokio::time::sleep(SLOW).await;
            Some(reply)
        }
        DnsFault::Refused => Some(error(reply, REFUSED)),
    }
}

// Response codes (RFC 1035 section 4.1.1).
const NOERROR: u8 = 0;
const SERVFAIL: u8 = 2;
const REFUSED: u8 = 5;

/// A response code and the question: no AA, no TC, no record (not even OPT: such servers exist).
fn error(reply: Vec<u8>, code: u8) -> Vec<u8> {
    let mut reply = without_records(reply);
    if let Some(flags) = reply.get_mut(2..4) {
        flags[0] &= !(AA | TC);
        flags[1] = flags[1] & !0x0f | code;
    }
    reply
}

/// One bit of the id is another.
fn wrong_id(mut reply: Vec<u8>) -> Vec<u8> {
    if let Some(octet) = reply.get_mut(1) {
        *octet ^= 1;
    }
    reply
}

/// TC, and no record.
fn cut_off(reply: Vec<u8>) -> Vec<u8> {
    let mut reply = without_records(reply);
    if let Some(flags) = reply.get_mut(2) {
        *flags |= TC;
    }
    reply
}

const AA: u8 = 0x04;
const TC: u8 = 0x02;

/// Header and question alone. The name of a question is never compressed: nothing comes before it.
fn without_records(mut reply: Vec<u8>) -> Vec<u8> {
    let mut end = 12;
    if reply.get(4..6) == Some(&[0, 1]) {
        while let Some(len) = reply.get(end).filter(|len| **len > 0) {
            end += 1 + usize::from(*len);
        }
        end += 5;
    }
    reply.truncate(end);
    if let Some(counts) = reply.get_mut(6..12) {
        counts.fill(0);
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id 1, AA, one question (`a.` A), one answer of four octets.
    const REPLY: &[u8] = b"\0\x01\x84\0\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01";

    #[tokio::test]
    async fn each_fault_does_what_its_name_says_and_nothing_else() {
        let udp = |fault| befall(fault, REPLY.to_vec(), Transport::Udp);
        let question = &REPLY[12..19];
        let head = |flags: [u8; 2]| [&[0, 1], &flags[..], &[0, 1, 0, 0, 0, 0, 0, 0], question].concat();
        assert_eq!(udp(DnsFault::Servfail).await, Some(head([0x80, 2])));
        assert_eq!(udp(DnsFault::Refused).await, Some(head([0x80, 5])));
        assert_eq!(udp(DnsFault::Lame).await, Some(head([0x80, 0])));
        assert_eq!(udp(DnsFault::Truncated).await, Some(head([0x86, 0])));
        assert_eq!(befall(DnsFault::Truncated, REPLY.to_vec(), Transport::Tcp).await, Some(REPLY.to_vec()));
        assert_eq!(udp(DnsFault::Silent).await, None);
        assert_eq!(udp(DnsFault::WrongId).await, Some([&[0, 0], &REPLY[2..]].concat()));
        assert_eq!(udp(DnsFault::Slow).await, Some(REPLY.to_vec()));
    }

    #[test]
    fn a_reply_that_is_too_short_stays_one() {
        for len in 0..REPLY.len() {
            assert!(without_records(REPLY[..len].to_vec()).len() <= len);
            assert_eq!(error(REPLY[..len].to_vec(), SERVFAIL).len(), len.min(19));
        }
    }
}
