//! Verdicts on TLS: which of names, dates and issuer was wrong, and what came where TLS was expected.

use super::Verdict;
use super::case::{Case, quoted};
use super::evidence::Told;
use crate::event::http::Known;
use crate::event::tls::{Certificate, TlsFailed, TlsFailure};
use crate::explain::number;
use crate::explain::tls::outside;

/// How many octets of what came instead are shown.
const SHOWN: usize = 40;

fn certificate<'f>(case: &Case<'f>) -> Option<&'f Certificate> {
    case.tls().and_then(|failed| failed.certificates.first())
}

/// `2026-11-23T10:00:00Z` as a person reads it.
fn date(text: &str) -> String {
    text.replace('T', " ").replace('Z', " UTC")
}

/// Whether a certificate's name covers the one asked for (RFC 9525 section 6.3: a wildcard stands for one whole label).
fn covers(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.trim_end_matches('.').to_ascii_lowercase());
    if pattern == name {
        return true;
    }
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(suffix), Some((label, rest))) => !label.is_empty() && rest == suffix,
        (_, _) => false,
    }
}

/// Names of a certificate that a sentence has: enough to see whose it is. The event has those within its limit.
const NAMES: usize = 8;

fn names(certificate: &Certificate) -> String {
    let (shown, rest) = certificate.names.split_at(certificate.names.len().min(NAMES));
    let listed = shown.join(", ");
    match rest.len() as u64 + certificate.names_left_out.unwrap_or(0) {
        _ if shown.is_empty() => "no name at all".to_owned(),
        0 => listed,
        more => format!("{listed} and {} more", number(more)),
    }
}

/// The three questions put to a certificate, each with its answer; what was not checked is said.
pub(super) fn tell(failed: &TlsFailed, told: &mut Told) {
    if let Some(shown) = failed.certificates.first() {
        told.fine.push("The server answered in TLS and showed a certificate.".to_owned());
        tell_names(failed, shown, told);
        tell_dates(failed, shown, told);
        tell_issuer(failed, shown, told);
    }
    if let Some(alert) = &failed.alert {
        told.broken.push(format!("The other end sent the alert {alert}."));
    }
    told.more.push(format!("The TLS library says: {}.", failed.error));
}

fn tell_names(failed: &TlsFailed, shown: &Certificate, told: &mut Told) {
    let wanted = failed.expected_name.as_deref().unwrap_or("the name asked for");
    let listed = names(shown);
    if failed.reason == TlsFailure::WrongName {
        told.broken.push(format!("names: it is valid for {listed}. You asked for {wanted}: wrong."));
    } else if shown.names.iter().any(|name| covers(name, wanted)) {
        told.fine.push(format!("names: it is valid for {listed}. You asked for {wanted}: fine."));
    } else if shown.names_left_out.is_some() {
        // The library looks at names last, and did not come to that.
        told.more
            .push(format!("names: it is valid for {listed}; we did not look for {wanted} among the rest."));
    } else {
        told.broken.push(format!("names: it is valid for {listed}; {wanted} is not among them."));
    }
}

fn tell_dates(failed: &TlsFailed, shown: &Certificate, told: &mut Told) {
    let (from, to) = (date(&shown.not_before), date(&shown.not_after));
    let now = failed.checked_at.as_deref();
    let clock = now.map(|now| format!(", and the clock here says {}", date(now))).unwrap_or_default();
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let inside = match (moment(&shown.not_before), moment(&shown.not_after), now.and_then(moment)) {
        (Some(first), Some(last), Some(now)) => Some(first <= now && now <= last),
        (_, _, _) => None,
    };
    if let Some((place @ 1.., above)) = outside(failed) {
        told.broken.push(format!(
            "dates: number {} of the chain, {}, is valid from {} to {}: wrong.",
            place + 1,
            above.subject,
            date(&above.not_before),
            date(&above.not_after)
        ));
    }
    if inside == Some(false) {
        told.broken.push(format!("dates: it is valid from {from} to {to}{clock}: wrong."));
    } else if inside == Some(true) {
        told.fine.push(format!("dates: it is valid from {from} to {to}{clock}: fine."));
    } else {
        told.fine.push(format!("dates: it is valid from {from} to {to}."));
    }
}

fn tell_issuer(failed: &TlsFailed, shown: &Certificate, told: &mut Told) {
    let by = if shown.self_issued { "itself".to_owned() } else { shown.issuer.clone() };
    match failed.reason {
        TlsFailure::UnknownIssuer => told
            .broken
            .push(format!("issuer: it names {by}. No authority that we trust stands behind it: wrong.")),
        // The names are compared after the chain was found good.
        TlsFailure::WrongName => told
            .fine
            .push(format!("issuer: it names {by}, and a certificate that we trust stands behind it: fine.")),
        TlsFailure::Expired
        | TlsFailure::NotYetValid
        | TlsFailure::BadCertificate
        | TlsFailure::NotTls
        | TlsFailure::Alert
        | TlsFailure::Closed
        | TlsFailure::Reset
        | TlsFailure::Timeout
        | TlsFailure::Other => {
            told.more.push(format!("issuer: it names {by}; who stands behind it was not judged."))
        }
    }
}

/// What shows the certificate once more, by another program.
fn look(case: &Case<'_>, verdict: Verdict, shows: &str) -> Verdict {
    if !case.in_lab() {
        return verdict.then(openssl(case), shows);
    }
    // The name leads there inside the lab alone, and a lab of one command has ended with it.
    match case.failed.address {
        Some(address) => verdict.then(
            format!("openssl s_client -connect {address} -servername {}", quoted(case.host())),
            format!("{shows}, while netlearn lab runs in a second terminal"),
        ),
        None => verdict,
    }
}

fn openssl(case: &Case<'_>) -> String {
    let literal = case.host().starts_with('[') || case.host().parse::<std::net::IpAddr>().is_ok();
    let name = if literal { String::new() } else { format!(" -servername {}", quoted(case.host())) };
    format!("openssl s_client -connect {}{name}", quoted(&case.place()))
}

const WORDS: &[&str] = &["certificate", "certificate authority", "TLS"];

pub(super) fn expired(case: &Case<'_>) -> Verdict {
    let cause = match case.tls().and_then(outside) {
        Some((0, shown)) => format!("the certificate ended on {}", date(&shown.not_after)),
        Some((_, above)) => {
            format!("a certificate of the chain, {}, ended on {}", above.subject, date(&above.not_after))
        }
        None => "the certificate, or one above it, has expired".to_owned(),
    };
    look(
        case,
        Verdict::new("the certificate has expired", cause),
        "the certificate as the server shows it now",
    )
    .then("", "its owner has to renew it; if the date above is wrong, set this machine's clock")
    .words(WORDS)
    .sources(&["RFC 5280 section 4.1.2.5", "RFC 5280 section 6.1.3"])
}

pub(super) fn not_yet_valid(case: &Case<'_>) -> Verdict {
    let cause = match case.tls().and_then(outside) {
        Some((0, shown)) => format!(
            "the certificate begins on {}, or the clock of this machine is behind",
            date(&shown.not_before)
        ),
        Some((_, above)) => format!(
            "a certificate of the chain, {}, begins on {}, or the clock of this machine is behind",
            above.subject,
            date(&above.not_before)
        ),
        None => "the certificate, or one above it, is not valid yet".to_owned(),
    };
    let verdict = Verdict::new("the certificate is not valid yet", cause);
    look(case, verdict, "the certificate as the server shows it now")
        .then("", "compare the clock of this machine with another one")
        .words(WORDS)
        .sources(&["RFC 5280 section 4.1.2.5", "RFC 5280 section 6.1.3"])
}

pub(super) fn wrong_name(case: &Case<'_>) -> Verdict {
    let wanted = case.tls().and_then(|failed| failed.expected_name.as_deref()).unwrap_or(case.host());
    let listed = certificate(case).map_or("other names".to_owned(), names);
    let verdict = Verdict::new(
        "the certificate is for another name",
        format!("the certificate is valid for {listed}, not for {wanted}"),
    );
    let covered = certificate(case).and_then(|shown| shown.names.iter().find(|name| !name.starts_with('*')));
    let verdict = match (covered, case.failed.address, case.url()) {
        (Some(name), Some(address), Some(_)) => {
            let url = format!("https://{}:{}/", bracketed(name), address.port());
            let route = format!("{name}:{}:{}", address.port(), address.ip());
            let command = if name.parse::<std::net::IpAddr>().is_ok() {
                format!("netlearn get {}", quoted(&url))
            } else {
                format!("netlearn get --resolve {} {}", quoted(&route), quoted(&url))
            };
            verdict.then(command, "asks the same server by a name that its certificate covers")
        }
        (_, _, _) => look(case, verdict, "the certificate as the server shows it"),
    };
    verdict.words(&["certificate", "SNI", "TLS"]).sources(&["RFC 9525 section 6", "RFC 5280 section 4.2.1.6"])
}

fn bracketed(name: &str) -> String {
    if name.contains(':') { format!("[{name}]") } else { name.to_owned() }
}

pub(super) fn unknown_issuer(case: &Case<'_>) -> Verdict {
    let cause = match certificate(case) {
        Some(shown) if shown.self_issued => {
            "the certificate names itself as its issuer, and we do not trust it".to_owned()
        }
        Some(shown) => {
            format!(
                "it names {} as its issuer, and no authority that we trust stands behind that",
                shown.issuer
            )
        }
        None => "no authority that we trust stands behind the certificate".to_owned(),
    };
    let verdict = Verdict::new("the certificate's issuer is not trusted", cause);
    // The lab's own authority is trusted there already: who signed otherwise is a stranger on purpose.
    let verdict = if case.in_lab() {
        verdict
    } else {
        verdict.then(
            case.again("--cacert FILE "),
            "where FILE is a certificate that you have reason to trust: the authority's, or the server's own",
        )
    };
    look(case, verdict, "the whole chain that the server shows")
        .words(WORDS)
        .sources(&["RFC 5280 section 6.1", "RFC 8446 section 4.4.2"])
}

pub(super) fn other_certificate(case: &Case<'_>) -> Verdict {
    let error = case.tls().map_or("it breaks a rule", |failed| failed.error.as_str());
    let verdict = Verdict::new(
        "the certificate is not accepted",
        format!("the TLS library found a fault in the certificate: {error}"),
    );
    look(case, verdict, "the certificate as the server shows it")
        .words(WORDS)
        .sources(&["RFC 5280 section 6.1"])
}

pub(super) fn to_plain(case: &Case<'_>) -> Verdict {
    let spoken = case.first_bytes().map_or("something else", protocol);
    let verdict = Verdict::new("no TLS there", format!("the port does not speak TLS; what came is {spoken}"));
    let verdict = if case.url().is_some() {
        verdict.then(format!("netlearn get {}", case.with_scheme("http")), "asks without TLS")
    } else {
        verdict.then(format!("netlearn connect {}", quoted(&case.place())), "connects without TLS")
    };
    verdict.words(&["TLS", "HTTP"]).sources(&["RFC 8446 section 5.1"])
}

pub(super) fn plain_to_tls(case: &Case<'_>) -> Verdict {
    Verdict::new("no plain HTTP there", "the port speaks TLS, and it was asked in plain HTTP")
        .then(format!("netlearn get {}", case.with_scheme("https")), "asks in TLS")
        .words(&["TLS", "HTTP"])
        .sources(&["RFC 8446 section 5.1"])
}

pub(super) fn handshake(case: &Case<'_>) -> Verdict {
    let cause =
        case.tls().map_or("the two ends did not come to terms".to_owned(), |failed| match failed.reason {
            TlsFailure::Alert => match &failed.alert {
                Some(alert) => format!("the other end ended it with the alert {alert}"),
                None => "the other end ended it with an alert".to_owned(),
            },
            TlsFailure::Closed => {
                "the other end hung up within the handshake; perhaps it does not speak TLS".to_owned()
            }
            TlsFailure::Reset => {
                "the other end broke the connection off within the handshake; perhaps it does not speak TLS"
                    .to_owned()
            }
            TlsFailure::Timeout => {
                "the other end did not finish the handshake in time; perhaps it does not speak TLS".to_owned()
            }
            TlsFailure::NotTls => "what came is no TLS".to_owned(),
            TlsFailure::Expired
            | TlsFailure::NotYetValid
            | TlsFailure::WrongName
            | TlsFailure::UnknownIssuer
            | TlsFailure::BadCertificate
            | TlsFailure::Other => format!("the TLS library says: {}", failed.error),
        });
    Verdict::new("the TLS handshake failed", cause)
        .then(
            format!("netlearn connect {}", quoted(&case.place())),
            "connects without TLS: what does the port say?",
        )
        .then(openssl(case), "the handshake in another program's words")
        .words(&["TLS", "handshake"])
        .sources(&["RFC 8446 section 2", "RFC 8446 section 6"])
}

/// The name of a protocol.
pub(super) fn protocol(known: Known) -> &'static str {
    match known {
        Known::Http => "HTTP",
        Known::Http2 => "HTTP/2",
        Known::Tls => "TLS",
        Known::Ssh => "SSH",
        Known::Smtp => "SMTP (mail)",
        Known::Ftp => "FTP",
        Known::Pop3 => "POP3 (mail)",
        Known::Imap => "IMAP (mail)",
        Known::Mysql => "MySQL",
        Known::Redis => "Redis",
        Known::Unknown => "a protocol that netlearn does not know by its first bytes",
    }
}

/// The first bytes that came, as text where they are and as octets.
pub(super) fn tell_first_bytes(known: Known, head: &[u8], told: &mut Told) {
    told.fine.push("The port is open, and something there answers.".to_owned());
    let shown = &head[..head.len().min(SHOWN)];
    if shown.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(shown);
    let line = text.lines().next().unwrap_or_default();
    let hex: Vec<String> = shown.iter().take(4).map(|octet| format!("{octet:02x}")).collect();
    let readable = shown.iter().take(4).all(|octet| (b' '..=b'~').contains(octet));
    let first = if readable { line.to_owned() } else { hex.join(" ") };
    told.line(first, "the first bytes that came");
    let mean = match known {
        Known::Unknown => "They name no protocol that netlearn knows.".to_owned(),
        Known::Http
        | Known::Http2
        | Known::Tls
        | Known::Ssh
        | Known::Smtp
        | Known::Ftp
        | Known::Pop3
        | Known::Imap
        | Known::Mysql
        | Known::Redis => format!("So begins {}.", protocol(known)),
    };
    told.broken.push(format!("The first octets are {}. {mean}", hex.join(" ")));
}
