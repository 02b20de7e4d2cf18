//! What may have been meant by a word that is no term: terms that hold it, or that are a slip of the fingers away.

use super::{SAID, entries, key};

/// The terms that look most like `term`, nearest first; at most three, and none that shares next to nothing with it.
pub fn nearest(term: &str) -> Vec<&'static str> {
    // A term has few letters: the rest of a very long one says nothing more.
    let wanted: String = key(term).chars().take(40).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(usize, &'static str)> = Vec::new();
    for entry in entries() {
        let others = SAID.iter().filter(|said| said.term == entry.term).map(|said| said.text);
        let scores = entry.names().chain(others).map(|name| score(&wanted, &key(name)));
        if let Some(best) = scores.flatten().min() {
            near.push((best, entry.term));
        }
    }
    near.sort_unstable();
    // What holds the word, or is one slip away, is meant; what is further off stands beside it as a guess too many.
    let best = near.first().map_or(0, |(distance, _)| *distance);
    let close = near.into_iter().take_while(|(distance, _)| *distance <= best + 1);
    close.take(3).map(|(_, term)| term).collect()
}

/// How far apart two keys are; `None` where a third of the letters or more differ and neither holds the other's words.
fn score(wanted: &str, name: &str) -> Option<usize> {
    if wanted.len() > 2 && (begins_a_word(name, wanted) || name.len() > 2 && has_words(wanted, name)) {
        return Some(1);
    }
    // One word of a term is often all that is remembered of it; the whole term is nearer than a word of it.
    let of_word = name.split(' ').filter(|word| *word != name && word.len() > 3).filter_map(|word| {
        let apart = strsim::damerau_levenshtein(wanted, word);
        (apart * 3 < word.chars().count().max(wanted.chars().count())).then_some(apart + 1)
    });
    let of_word = of_word.min();
    let distance = strsim::damerau_levenshtein(wanted, name);
    let longest = wanted.chars().count().max(name.chars().count());
    let whole = (distance * 3 < longest || distance == 1 && longest > 2).then_some(distance);
    whole.into_iter().chain(of_word).min()
}

/// Whether a word of `name` begins with it: `NAT` stands in `international`, and is not meant by it.
fn begins_a_word(name: &str, part: &str) -> bool {
    name.match_indices(part).any(|(at, _)| at == 0 || name[..at].ends_with([' ', '.', '/']))
}

/// Whether all of `part` stands in `text`, between spaces or its ends.
pub(super) fn has_words(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + part.len()..]);
        (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '))
    })
}
