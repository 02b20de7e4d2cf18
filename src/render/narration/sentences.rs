//! Reasons cut to the lines there are. It never cuts within a sentence.

use crate::render::Style;
use crate::render::style::wrap;

/// As many whole sentences as fit so many lines; the first one even if it does not, unless lines are used up: half a sentence can lie.
pub(super) fn sentences_within<'t>(
    style: &Style,
    text: &'t str,
    columns: usize,
    lines: usize,
) -> Option<&'t str> {
    // A name may end in a dot: `test. has its own servers`.
    let begins = |index: &usize| !text[index + 2..].starts_with(char::is_lowercase);
    let ends = text.match_indices(". ").map(|(index, _)| index).filter(begins).map(|index| index + 1);
    let ends = ends.chain([text.len()]);
    let mut fitting = None;
    for end in ends {
        if wrap(style, &text[..end], columns).len() > lines {
            return fitting.or((lines == 2).then(|| &text[..end]));
        }
        fitting = Some(&text[..end]);
    }
    fitting
}
