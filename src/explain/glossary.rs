//! The field's own words, one plain true sentence each, with where it is written and the command that shows it.
//!
//! Every term in the `words` of an explanation stands here; a test holds that.

mod calls;
mod errors;
mod names;
mod network;
mod tcp;
mod udp;
mod unix;
mod web;

/// One term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub term: &'static str,
    /// Other spellings, and what people have in their editor or in front of them.
    pub aliases: &'static [&'static str],
    pub sentence: &'static str,
    /// Where it is written, with the section.
    pub source: &'static str,
    /// The netlearn command that shows it.
    pub command: &'static str,
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
    entries().find(known).or_else(|| entries().find(singular)).or_else(|| code(term))
}

/// The entry for the error code within a message, as `connect ECONNREFUSED ::1:3000`.
fn code(message: &str) -> Option<&'static Entry> {
    let codes = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| {
        word.len() > 3 && word.starts_with('E') && !word.contains(|c: char| c.is_ascii_lowercase())
    });
    codes.filter_map(|word| entries().find(|entry| entry.term == word)).next()
}

/// The terms that look most like `term`, nearest first; at most three, and none that shares next to nothing with it.
pub fn nearest(term: &str) -> Vec<&'static str> {
    // A term has few letters: the rest of a very long one says nothing more.
    let wanted: String = key(term).chars().take(40).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(usize, &'static str)> = Vec::new();
    for entry in entries() {
        let scores = entry.names().map(|name| score(&wanted, &key(name)));
        if let Some(best) = scores.flatten().min() {
            near.push((best, entry.term));
        }
    }
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, term)| term).collect()
}

/// How far apart two keys are; `None` where half of the letters or more differ and neither contains the other.
fn score(wanted: &str, name: &str) -> Option<usize> {
    if wanted.len() > 2 && (name.contains(wanted) || wanted.contains(name) && name.len() > 2) {
        return Some(1);
    }
    // One word of a term is often all that is remembered of it; the whole term is nearer than a word of it.
    let of_word = name.split(' ').filter(|word| *word != name && word.len() > 3).filter_map(|word| {
        let apart = distance(wanted, word);
        (apart * 3 < word.chars().count().max(wanted.chars().count())).then_some(apart + 1)
    });
    let of_word = of_word.min();
    // The same letters in another order are one slip of the fingers.
    let distance = if letters(wanted) == letters(name) { 1 } else { distance(wanted, name) };
    let longest = wanted.chars().count().max(name.chars().count());
    let whole = (distance * 2 < longest || distance == 1).then_some(distance);
    whole.into_iter().chain(of_word).min()
}

fn letters(key: &str) -> Vec<char> {
    let mut letters: Vec<char> = key.chars().collect();
    letters.sort_unstable();
    letters
}

/// Letters to insert, delete or change to make one of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, against) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != *against);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
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
        assert_eq!(find("(3000)"), None);
    }

    #[test]
    fn near_misses_find_their_term() {
        assert!(nearest("emphemeral port").contains(&"ephemeral port"));
        assert!(nearest("contentlength").contains(&"Content-Length"));
        assert!(nearest("emphemral").contains(&"ephemeral port"));
        assert!(nearest("certifcate").contains(&"certificate"));
        assert!(nearest("RTS").contains(&"RST"));
        assert!(nearest("zzzzzzzzzz").is_empty());
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
                || ["Node.js documentation", "Chromium net_error_list.h", "Fetch Standard"]
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
