//! Misbehaviours of a lab's machines, each one small unit with a name.

use serde::Deserialize;

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
