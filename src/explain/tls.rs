//! Words for TLS and certificates. Of a refused certificate they show names, dates and issuer, and which of these was wrong.

use super::{Explanation, dns, number};
use crate::event::tcp::Protocol;
use crate::event::tls::{AuthorityWritten, Certificate, TlsEstablished, TlsFailed, TlsFailure};
use crate::event::{Event, Side};

/// Words for [`TlsEstablished`].
pub fn established(event: &Event, facts: &TlsEstablished) -> Explanation {
    let mut what = format!("{} with {}", facts.version, facts.cipher);
    if let Some(alpn) = &facts.alpn {
        what.push_str(&format!(", then {}", protocol(alpn)));
    }
    let mut words = match event.side {
        Side::Client => Explanation::step("tls", what),
        Side::Server | Side::Resolver | Side::Observer => Explanation::detail("tls", what),
    };
    if let Some(own) = facts.certificates.first() {
        let found = facts.unverified_because.as_ref().map(|found| verdict(found, own));
        words = certificate(words, own, found.unwrap_or_default());
    }
    if let Some(found) = &facts.unverified_because {
        words = words.more(format!("The check found: {}.", outcome(event, &with_certificates(found, facts))));
    }
    if event.side == Side::Client {
        words = if facts.verified {
            words.why(
                "tls.verified",
                "The certificate is for the name we called, now is within its dates, and somebody we trust stands behind it. From here on what passes is encrypted between us and whoever has its key.",
            )
        } else {
            words.why(
                "tls.unverified",
                "The certificate failed the check, and we go on because of -k. What we send is encrypted, but to whom is not known.",
            )
        };
    }
    if let Some(name) = &facts.server_name {
        words = words
            .more(format!("{name} was sent in the clear before encryption began (SNI), so that the server could choose its certificate."))
            .source("RFC 6066 section 3");
    }
    if facts.alpn.is_some() {
        words = words.source("RFC 7301 section 3").words(&["ALPN"]);
    }
    words.source(handshake(&facts.version)).words(&["TLS", "certificate"])
}

/// What the check found, with the certificates that this event lists only once.
fn with_certificates(found: &TlsFailed, facts: &TlsEstablished) -> TlsFailed {
    TlsFailed {
        certificates: facts.certificates.clone(),
        certificates_left_out: facts.certificates_left_out,
        ..found.clone()
    }
}

fn handshake(version: &str) -> &'static str {
    if version == "TLS 1.2" { "RFC 5246 section 7.3" } else { "RFC 8446 section 2" }
}

/// The protocol id of ALPN as people write it.
fn protocol(alpn: &str) -> &str {
    match alpn {
        "h2" => "HTTP/2",
        "http/1.1" => "HTTP/1.1",
        other => other,
    }
}

/// What is wrong with each part of a certificate; empty for nothing known.
#[derive(Default)]
struct Verdict {
    names: String,
    dates: String,
    issuer: String,
}

/// The three parts of a certificate that are checked, a line each.
fn certificate(words: Explanation, own: &Certificate, verdict: Verdict) -> Explanation {
    let names = match own.names_left_out {
        _ if own.names.is_empty() => "none".to_owned(),
        None => dns::list(&own.names),
        Some(more) => format!("{} and {} more", own.names.join(", "), number(more)),
    };
    let or = |verdict: String, meaning: &str| if verdict.is_empty() { meaning.to_owned() } else { verdict };
    let self_issued =
        if own.self_issued { "itself: the same name stands on both sides" } else { "who vouches for it" };
    words
        .line(format!("names   {names}"), or(verdict.names, "what it is valid for"))
        .line(
            format!("dates   {} to {}", day(&own.not_before), day(&own.not_after)),
            or(verdict.dates, "when"),
        )
        .line(format!("issuer  {}", own.issuer), or(verdict.issuer, self_issued))
        .more(format!("subject {}", own.subject))
        .source("RFC 5280 section 4.1.2")
}

/// The day of an RFC 3339 time.
fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

/// Words for [`TlsFailed`].
pub fn failed(event: &Event, facts: &TlsFailed) -> Explanation {
    let mut words = Explanation::step("tls", outcome(event, facts));
    if let Some(own) = facts.certificates.first() {
        words = certificate(words, own, verdict(facts, own));
    }
    for (index, above) in facts.certificates.iter().enumerate().skip(1) {
        words = words.more(format!(
            "certificate {} of the chain: {}, issued by {}",
            index + 1,
            above.subject,
            above.issuer
        ));
    }
    if let Some(more) = facts.certificates_left_out {
        words = words.more(format!("{} more stood in the chain and are not listed.", number(more)));
    }
    let (id, why, source) = reason(event, facts);
    if !why.is_empty() {
        words = words.why(id, why);
    }
    let words = words.more(format!("the TLS library's words: {}", facts.error)).source(source);
    match facts.reason {
        TlsFailure::Expired
        | TlsFailure::NotYetValid
        | TlsFailure::WrongName
        | TlsFailure::UnknownIssuer
        | TlsFailure::BadCertificate => words.words(&["TLS", "certificate"]),
        TlsFailure::NotTls
        | TlsFailure::Alert
        | TlsFailure::Closed
        | TlsFailure::Reset
        | TlsFailure::Timeout
        | TlsFailure::Other => words.words(&["TLS"]),
    }
}

fn outcome(event: &Event, facts: &TlsFailed) -> String {
    let own = facts.certificates.first();
    let peer = match event.side {
        Side::Client => "the server",
        Side::Server | Side::Resolver | Side::Observer => "the client",
    };
    match facts.reason {
        TlsFailure::Expired => match outside(facts) {
            Some((0, own)) => format!("the certificate expired on {}", day(&own.not_after)),
            Some((_, above)) => {
                format!("a certificate of its chain, {}, expired on {}", above.subject, day(&above.not_after))
            }
            None => "the certificate, or one above it, has expired".to_owned(),
        },
        TlsFailure::NotYetValid => match outside(facts) {
            Some((0, own)) => format!("the certificate is not valid before {}", day(&own.not_before)),
            Some((_, above)) => format!(
                "a certificate of its chain, {}, is not valid before {}",
                above.subject,
                day(&above.not_before)
            ),
            None => "the certificate, or one above it, is not valid yet".to_owned(),
        },
        TlsFailure::WrongName => match &facts.expected_name {
            Some(name) => format!("the certificate is not for {name}"),
            None => "the certificate is for another name".to_owned(),
        },
        TlsFailure::UnknownIssuer => match own {
            Some(own) if own.self_issued => {
                "the certificate names itself as its issuer, and we do not trust it".to_owned()
            }
            Some(own) => format!("we do not trust the certificate's issuer, {}", top(facts, own)),
            None => "we do not trust the certificate's issuer".to_owned(),
        },
        TlsFailure::BadCertificate => format!("the certificate is not acceptable: {}", facts.error),
        TlsFailure::NotTls => "what came is no TLS".to_owned(),
        TlsFailure::Alert => match &facts.alert {
            Some(alert) => format!("{peer} ended the handshake with the alert {alert}"),
            None => format!("{peer} ended the handshake with an alert"),
        },
        TlsFailure::Closed => format!("{peer} hung up within the handshake"),
        TlsFailure::Reset => format!("{peer} broke the connection off (RST) within the handshake"),
        TlsFailure::Timeout => {
            format!("the handshake was not done in the time allowed; we waited for {peer}")
        }
        TlsFailure::Other => format!("the handshake failed: {}", facts.error),
    }
}

/// The first certificate shown that is outside its dates, and its place: the library does not say which one it means.
pub(super) fn outside(facts: &TlsFailed) -> Option<(usize, &Certificate)> {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let now = facts.checked_at.as_deref().and_then(moment)?;
    facts.certificates.iter().enumerate().find(|(_, shown)| {
        let (from, to) = (moment(&shown.not_before), moment(&shown.not_after));
        from.is_some_and(|from| now < from) || to.is_some_and(|to| to < now)
    })
}

/// The issuer at the end of the chain that was shown, where trust would have to begin; of one that is not listed whole, the
/// issuer of its first.
fn top<'f>(facts: &'f TlsFailed, own: &'f Certificate) -> &'f str {
    let last = facts.certificates.last().filter(|_| facts.certificates_left_out.is_none());
    last.map_or(&own.issuer, |last| &last.issuer)
}

/// Which of names, dates and issuer was wrong, with the value it was held against.
fn verdict(facts: &TlsFailed, own: &Certificate) -> Verdict {
    let now = facts.checked_at.as_deref().map(|time| format!(": now is {}", day(time))).unwrap_or_default();
    let called = facts.expected_name.as_deref().map(|name| format!(": we called {name}")).unwrap_or_default();
    let nothing = Verdict::default();
    match facts.reason {
        TlsFailure::Expired | TlsFailure::NotYetValid if !matches!(outside(facts), Some((0, _))) => nothing,
        TlsFailure::Expired => Verdict { dates: format!("wrong, over{now}"), ..nothing },
        TlsFailure::NotYetValid => Verdict { dates: format!("wrong, not begun{now}"), ..nothing },
        // The library checks chain and dates before it looks at names: this fault shows that those were fine.
        TlsFailure::WrongName => Verdict {
            names: format!("wrong{called}"),
            dates: "fine".to_owned(),
            issuer: "fine: we trust it".to_owned(),
        },
        TlsFailure::UnknownIssuer if own.self_issued => {
            Verdict { issuer: "wrong: nobody else vouches".to_owned(), ..nothing }
        }
        TlsFailure::UnknownIssuer => Verdict { issuer: "wrong: no one we trust".to_owned(), ..nothing },
        TlsFailure::BadCertificate
        | TlsFailure::NotTls
        | TlsFailure::Alert
        | TlsFailure::Closed
        | TlsFailure::Reset
        | TlsFailure::Timeout
        | TlsFailure::Other => nothing,
    }
}

/// Why it matters, and where it is written.
fn reason(event: &Event, facts: &TlsFailed) -> (&'static str, &'static str, &'static str) {
    let server = event.side == Side::Server;
    match facts.reason {
        TlsFailure::Expired | TlsFailure::NotYetValid => (
            "tls.dates",
            "The connection works and the server speaks TLS. A certificate counts only within its dates, by this machine's clock.",
            "RFC 5280 section 4.1.2.5",
        ),
        TlsFailure::WrongName => (
            "tls.name",
            "The connection works, and the certificate itself is in order. It is for somebody else, or we called by a name that it does not list.",
            "RFC 9525 section 6",
        ),
        TlsFailure::UnknownIssuer => (
            "tls.issuer",
            "The connection works and the server speaks TLS. Anyone can make a certificate: it counts only if somebody we trust stands behind it.",
            "RFC 5280 section 6.1",
        ),
        TlsFailure::BadCertificate => {
            ("tls.certificate", "The connection works and the server speaks TLS.", "RFC 5280 section 6.1")
        }
        TlsFailure::NotTls => (
            "tls.not-tls",
            "The connection works. A TLS conversation begins with 16 03, and something else came.",
            "RFC 8446 section 5.1",
        ),
        TlsFailure::Alert if server => (
            "tls.alert-from-client",
            "The client speaks TLS and refuses this handshake. Often it does not trust our certificate: the alert says more.",
            "RFC 8446 section 6.2",
        ),
        TlsFailure::Alert => (
            "tls.alert",
            "The connection works and the server speaks TLS. It refuses this handshake.",
            "RFC 8446 section 6.2",
        ),
        TlsFailure::Closed | TlsFailure::Reset if server => (
            "tls.closed-by-client",
            "A client that does not trust our certificate may also hang up without a word.",
            "RFC 8446 section 6.1",
        ),
        TlsFailure::Closed | TlsFailure::Reset => (
            "tls.closed",
            "The connection was made, and then ended before TLS was agreed on. A port that does not speak TLS can do that.",
            "RFC 8446 section 6.1",
        ),
        TlsFailure::Timeout => (
            "tls.timeout",
            "The connection works, and the handshake is not complete. A port that does not speak TLS may wait for more as we do.",
            "RFC 8446 section 2",
        ),
        TlsFailure::Other => ("tls.other", "", "RFC 8446 section 6.2"),
    }
}

/// Words for [`AuthorityWritten`].
pub fn authority_written(facts: &AuthorityWritten) -> Explanation {
    let words = Explanation::step("tls", format!("the authority's certificate is in {}", facts.path));
    let words = match trying(facts) {
        Some(command) => words.then(command, "in a second terminal"),
        None => words,
    };
    words
        .why(
            "tls.authority",
            "Give it to a client so that it trusts this server: --cacert with netlearn get and with curl. Nothing on this machine trusts it by itself.",
        )
        .more(format!("{}, for {}, until {}", facts.subject, dns::list(&facts.names), day(&facts.not_after)))
        .words(&["certificate", "certificate authority"])
}

/// A client that trusts this authority, where the event says whom it vouches for.
fn trying(facts: &AuthorityWritten) -> Option<String> {
    let (port, protocol) = (facts.port?, facts.protocol?);
    let host = facts.names.first()?;
    let safe = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    // As a shell takes it.
    let path = match facts.path.chars().all(safe) {
        true => facts.path.clone(),
        false => format!("'{}'", facts.path.replace('\'', r"'\''")),
    };
    Some(match protocol {
        Protocol::Https => format!("netlearn get --cacert {path} https://{host}:{port}/"),
        Protocol::Tcp | Protocol::Tls | Protocol::Http | Protocol::Udp | Protocol::Unix => {
            format!("netlearn connect --tls --cacert {path} {host} {port}")
        }
    })
}

#[cfg(test)]
mod tests;
