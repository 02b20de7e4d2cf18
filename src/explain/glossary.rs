//! The field's own words, one plain true sentence each, with where it is written and the command that shows it.
//!
//! Every term in the `words` of an explanation stands here; a test holds that. Another one runs every command and looks for the
//! term's evidence in what it printed (`tests/examples/terms.rs`).

mod calls;
mod errors;
mod names;
mod nearest;
mod network;
mod said;
mod tcp;
mod udp;
mod unix;
mod web;

pub use nearest::nearest;
use said::SAID;
pub use said::Said;

/// One term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub term: &'static str,
    /// Other spellings, and what people have in their editor or in front of them.
    pub aliases: &'static [&'static str],
    pub sentence: &'static str,
    /// Where it is written, with the section.
    pub source: &'static str,
    pub shown: Shown,
}

/// What shows a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A command that presupposes nothing.
    Alone(&'static str),
    /// A command, and the server that has to run in another terminal.
    Beside { server: &'static str, command: &'static str },
    /// One of these, and what has to be known to see it there.
    Noted(&'static Shown, &'static str),
    /// Nothing that netlearn does: what there is to read.
    Nowhere(&'static str),
}

impl Shown {
    /// The command of another terminal that has to run.
    pub fn server(&self) -> Option<&'static str> {
        match self {
            Shown::Beside { server, .. } => Some(server),
            Shown::Noted(shown, _) => shown.server(),
            Shown::Alone(_) | Shown::Nowhere(_) => None,
        }
    }

    /// The command to run.
    pub fn command(&self) -> Option<&'static str> {
        match self {
            Shown::Alone(command) | Shown::Beside { command, .. } => Some(command),
            Shown::Noted(shown, _) => shown.command(),
            Shown::Nowhere(_) => None,
        }
    }
}

/// Terms that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub title: &'static str,
    /// In the order of the alphabet.
    pub entries: &'static [Entry],
}

/// Every term that netlearn explains.
pub const SUBJECTS: &[Subject] = &[
    Subject { title: "Machines, names and ports", entries: network::ENTRIES },
    Subject { title: "Names and DNS", entries: names::ENTRIES },
    Subject { title: "TCP", entries: tcp::ENTRIES },
    Subject { title: "UDP", entries: udp::ENTRIES },
    Subject { title: "Unix sockets", entries: unix::ENTRIES },
    Subject { title: "HTTP and TLS", entries: web::ENTRIES },
    Subject { title: "Errors of the system", entries: errors::ENTRIES },
    Subject { title: "In your editor, terminal or browser", entries: calls::ENTRIES },
];

/// Every entry, subject by subject.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    SUBJECTS.iter().flat_map(|subject| subject.entries)
}

impl Entry {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.term).chain(self.aliases.iter().copied())
    }
}

/// Lower case, words separated by one space, without the arguments of a call: `server.listen(3000)` is `server.listen`.
fn key(term: &str) -> String {
    let bare = term.split('(').next().unwrap_or(term).trim_end_matches([';', '.', ':', ' ']);
    let spaced: String = bare.chars().map(|c| if matches!(c, '-' | '_') { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The entry for a term or one of its other spellings; case, `-`, `_` and spaces make no difference.
pub fn find(term: &str) -> Option<&'static Entry> {
    let wanted = key(term);
    if wanted.is_empty() {
        return None;
    }
    let known = |entry: &&Entry| entry.names().any(|name| key(name) == wanted);
    let plural = wanted.strip_suffix('s').map(str::to_owned);
    let singular = |entry: &&Entry| entry.names().any(|name| Some(key(name)) == plural);
    entries()
        .find(known)
        .or_else(|| said(term).and_then(|said| entries().find(|entry| entry.term == said.term)))
        .or_else(|| entries().find(singular))
        .or_else(|| code(term))
        .or_else(|| status(term))
        .or_else(|| phrase(term))
}

/// What `term` is, where it stands under a term that is another thing.
pub fn said(term: &str) -> Option<&'static Said> {
    let wanted = key(term);
    let number = status_number(&wanted);
    SAID.iter().find(|said| key(said.text) == wanted || number == Some(said.text))
}

/// The entry for the error code within a message, as `connect ECONNREFUSED ::1:3000`.
fn code(message: &str) -> Option<&'static Entry> {
    let codes = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| {
        word.len() > 3 && word.starts_with('E') && !word.contains(|c: char| c.is_ascii_lowercase())
    });
    codes.filter_map(|word| entries().find(|entry| entry.term == word)).next()
}

/// The entry for words of several within a message, as `curl: (6) Could not resolve host: nope`; the longest.
fn phrase(message: &str) -> Option<&'static Entry> {
    let plain: String = message.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let wanted = key(&plain);
    let held = |name: &str| {
        let name = key(name);
        (name.contains(' ') && nearest::has_words(&wanted, &name)).then_some(name.len())
    };
    let longest = |entry: &'static Entry| entry.names().filter_map(held).max().map(|len| (len, entry));
    entries().filter_map(longest).max_by_key(|(len, _)| *len).map(|(_, entry)| entry)
}

/// Every status code is one, as `404 Not Found` or `HTTP/1.1 418 I'm a teapot`.
fn status(term: &str) -> Option<&'static Entry> {
    status_number(&key(term))?;
    entries().find(|entry| entry.term == "status code")
}

/// The number of a status: alone, behind its version, or before the reason that belongs to it.
fn status_number(key: &str) -> Option<&str> {
    let mut words = key.split(' ');
    let first = words.next()?;
    let versioned = first.starts_with("http/");
    let number = if versioned { words.next()? } else { first };
    let digits = number.len() == 3 && number.bytes().all(|octet| octet.is_ascii_digit());
    let code = number.parse::<u16>().ok().filter(|code| digits && (100..600).contains(code))?;
    let rest: Vec<&str> = words.collect();
    let reason = hyper::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    let plain = |text: &str| text.replace('\'', "");
    let its_own = reason.is_some_and(|reason| plain(&self::key(reason)) == plain(&rest.join(" ")));
    (versioned || rest.is_empty() || its_own).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_makes_no_difference() {
        for spelling in
            ["ephemeral port", "Ephemeral-Port", "EPHEMERAL_PORT", " ephemeral  port ", "ephemeral ports"]
        {
            assert_eq!(find(spelling).map(|entry| entry.term), Some("ephemeral port"), "{spelling}");
        }
        assert_eq!(find("server.listen(3000)").map(|entry| entry.term), Some("server.listen"));
        assert_eq!(find("connection refused").map(|entry| entry.term), Some("ECONNREFUSED"));
        let message = "Error: listen EADDRINUSE: address already in use :::3000";
        assert_eq!(find(message).map(|entry| entry.term), Some("EADDRINUSE"));
        assert_eq!(find("no such thing"), None);
        assert_eq!(find("600 Nonsense"), None);
        assert_eq!(find("200 ms"), None);
        assert_eq!(find("300 connections"), None);
        assert_eq!(find("503 Service Unavailable").map(|entry| entry.term), Some("status code"));
        assert_eq!(find("(3000)"), None);
    }

    #[test]
    fn a_word_of_others_says_whose_it_is() {
        for (word, term, is) in [
            ("empty reply from server", "ERR_EMPTY_RESPONSE", "curl's message"),
            ("EPERM", "EACCES", "another code"),
            ("404 Not Found", "status code", "is Not Found"),
            ("HTTP/1.1 404 Not Found", "status code", "is Not Found"),
            ("301", "redirect", "Moved Permanently"),
        ] {
            assert_eq!(find(word).map(|entry| entry.term), Some(term), "{word}");
            assert!(said(word).is_some_and(|said| said.is.contains(is)), "{word}: {:?}", said(word));
        }
        for own in ["socket hang up", "Could not resolve host", "DNS_PROBE_FINISHED_NXDOMAIN", "NAT"] {
            assert_eq!(find(own).map(|entry| entry.term), Some(own));
            assert_eq!(said(own), None, "{own}");
        }
        assert_eq!(find("TCP handshake").map(|entry| entry.term), Some("handshake"));
        assert_eq!(find("HTTP/1.1 299 Unheard Of").map(|entry| entry.term), Some("status code"));
    }

    #[test]
    fn near_misses_find_their_term() {
        assert!(nearest("emphemeral port").contains(&"ephemeral port"));
        assert!(nearest("contentlength").contains(&"Content-Length"));
        assert!(nearest("emphemral").contains(&"ephemeral port"));
        assert!(nearest("certifcate").contains(&"certificate"));
        assert!(nearest("RTS").contains(&"RST"));
        assert!(nearest("zzzzzzzzzz").is_empty());
        assert!(!nearest("NAT gateway").contains(&"IDNA"));
        assert_eq!(nearest("nat gateway"), ["NAT"]);
        assert!(nearest("").is_empty());
        assert!(nearest(&"x".repeat(100_000)).is_empty());
    }

    #[test]
    fn no_name_stands_for_two_terms() {
        let mut seen = std::collections::HashMap::new();
        for entry in entries() {
            for name in entry.names() {
                if let Some(other) = seen.insert(key(name), entry.term) {
                    panic!("{name:?} stands for {other:?} and for {:?}", entry.term);
                }
            }
        }
        for said in SAID {
            assert!(
                entries().any(|entry| entry.term == said.term),
                "{}: {} is no term",
                said.text,
                said.term
            );
            assert_eq!(seen.insert(key(said.text), said.term), None, "{:?} stands for two terms", said.text);
            assert_eq!(find(said.text).map(|entry| entry.term), Some(said.term), "{}", said.text);
        }
        assert!(entries().count() >= 45, "{}", entries().count());
    }

    #[test]
    fn each_entry_is_one_plain_sentence_with_source_and_command() {
        for entry in entries() {
            let sentence = entry.sentence;
            assert!(sentence.ends_with('.'), "{}: {sentence}", entry.term);
            assert!(sentence.len() <= 230, "{}: {} octets", entry.term, sentence.len());
            let second = sentence
                .match_indices(". ")
                .any(|(at, _)| sentence[at + 2..].starts_with(char::is_uppercase));
            assert!(!second, "{}: more than one sentence: {sentence}", entry.term);
        }
    }

    /// RFCs that are about one thing from beginning to end.
    const SHORT: &[&str] = &["768", "792", "2782", "2979", "4949 (firewall)", "8200"];

    #[test]
    fn each_source_is_a_section_of_an_rfc_or_a_document() {
        let document = |part: &str| {
            let page = part.split(' ').next().unwrap_or_default();
            page.ends_with(')') && page.contains('(')
                || part.starts_with("POSIX.1-2024")
                || [
                    "Node.js documentation",
                    "Chromium net_error_list.h",
                    "Chromium net_error_info.h",
                    "Fetch Standard",
                ]
                .iter()
                .any(|known| part.starts_with(known))
        };
        for entry in entries() {
            // What stands behind a comma may also go on with the one before: `Node.js documentation, HTTP`, `connect(), bind()`.
            let mut before = "";
            for part in entry.source.split(", ") {
                let fits = match part.strip_prefix("RFC ") {
                    Some(rfc) => {
                        let number = rfc.split(' ').next().unwrap_or_default();
                        let section = rfc.strip_prefix(number).unwrap_or_default();
                        let numbered = number.parse::<u16>().is_ok();
                        numbered && (section.starts_with(" section") || SHORT.contains(&rfc))
                    }
                    None => document(part) || document(before),
                };
                assert!(fits, "{}: {part:?} in {:?}", entry.term, entry.source);
                before = part;
            }
        }
    }

    #[test]
    fn terms_are_in_the_order_of_the_alphabet() {
        for subject in SUBJECTS {
            let keys: Vec<String> = subject.entries.iter().map(|entry| key(entry.term)).collect();
            assert!(keys.is_sorted(), "{keys:?}");
        }
    }
}
