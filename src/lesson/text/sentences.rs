//! Markdown by sentences: those that name what nobody has measured are left out.

use super::Values;
use super::parts::Fence;

impl Values {
    /// Markdown without the sentences that name what has no value, and without the items and paragraphs that nothing is left of.
    /// Names that have one stay to be filled in.
    pub fn without_blanks(&self, text: &str) -> String {
        let known = |sentence: &&str| self.fill(sentence).is_ok();
        let mut kept: Vec<String> = Vec::new();
        for block in blocks(text) {
            if self.fill(block).is_ok() {
                kept.push(block.to_owned());
                continue;
            }
            let mark = block.len() - block.trim_start_matches([' ', '-', '*']).len();
            let (mark, words) = block.split_at(mark);
            let sentences: String = sentences(words).into_iter().filter(known).collect();
            if !sentences.trim().is_empty() {
                kept.push(format!("{mark}{}\n", sentences.trim_end()));
            }
        }
        kept.concat().trim_end().to_owned()
    }
}

/// The items and paragraphs of a text; a fence is one, and so is an empty line.
fn blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut fence: Option<Fence<'_>> = None;
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let opens = Fence::opened_by(line).filter(|_| fence.is_none());
        let begins = trimmed.trim_end().is_empty() || trimmed.starts_with("- ") || trimmed.starts_with("* ");
        if fence.is_none() && (begins || opens.is_some()) && start < at {
            blocks.push(&text[start..at]);
            start = at;
        }
        at += line.len();
        let closes = fence.is_some_and(|open| open.closed_by(line));
        fence = opens.or(fence.filter(|_| !closes));
        if closes || (fence.is_none() && trimmed.trim_end().is_empty()) {
            blocks.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        blocks.push(&text[start..]);
    }
    blocks
}

/// The sentences of a paragraph: each ends with its full stop, its question mark, and the blank after it.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(['.', '?']) {
        let rest = &text[at + 1..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            sentences.push(&text[start..at + 1 + blank]);
            start = at + 1 + blank;
        }
    }
    sentences.push(&text[start..]);
    sentences
}
