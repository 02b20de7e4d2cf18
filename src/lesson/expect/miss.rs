//! What was expected, and the nearest thing that was seen instead.

use super::search::{Path, fits_group};
use super::window::Window;
use super::words::{self, Phrase};
use super::{Missing, Shown};
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;

/// Kinds that tell that another did not happen.
const INSTEAD: [(&str, &[&str]); 9] = [
    ("accepted", &["connect_failed"]),
    ("connected", &["connect_failed", "name_failed"]),
    ("connect_failed", &["connected"]),
    ("listening", &["listen_failed"]),
    ("listen_failed", &["listening"]),
    ("name_looked_up", &["name_failed"]),
    ("reply", &["query_failed"]),
    ("request", &["malformed"]),
    ("tls_established", &["tls_failed"]),
];

/// No event was found for `pattern` after `path`; `begins`: it need not be after it.
pub(super) fn next(window: &Window<'_>, pattern: &Pattern, path: &Path, begins: bool) -> Missing {
    let Ok(filled) = pattern.filled(&path.values) else {
        return Missing { expected: expected(pattern), saw: None, part: None };
    };
    let kind = filled.event.as_deref().unwrap_or_default();
    let nearest = window
        .of_kind(kind)
        .iter()
        .filter(|index| !path.matches.contains(index))
        .map(|index| (faults(window, &filled, path, begins, *index), *index))
        .min_by_key(|(faults, index)| (*faults, std::cmp::Reverse(*index)));
    if let Some((_, index)) = nearest {
        return compared(window, &filled, path, begins, index);
    }
    let instead = INSTEAD.iter().find(|(of, _)| *of == kind).map(|(_, instead)| *instead).unwrap_or_default();
    let other = instead.iter().filter_map(|kind| window.of_kind(kind).last()).max();
    let saw = other.map(|index| words::words(&window.seen[*index]));
    Missing { expected: expected(&filled), saw, part: None }
}

fn faults(window: &Window<'_>, filled: &Pattern, path: &Path, begins: bool, index: usize) -> usize {
    let seen = &window.seen[index];
    filled.differing(&seen.fields).len()
        + usize::from(!fits_group(filled, path, seen.flow()))
        + usize::from(!begins && !path.order.allows(window, index))
}

fn compared(window: &Window<'_>, filled: &Pattern, path: &Path, begins: bool, index: usize) -> Missing {
    let seen = &window.seen[index];
    let mut phrase = words::event(seen, filled);
    let differing = filled.differing(&seen.fields);
    let mut part = phrase.part(&differing);
    if differing.is_empty() {
        let fault = if !fits_group(filled, path, seen.flow()) {
            match filled.same.as_ref().and_then(|group| path.flows.get(group)) {
                Some(_) => ", on another connection",
                None => ", on a connection that was counted already",
            }
        } else if !begins && !path.order.allows(window, index) {
            ", before that"
        } else {
            ", without a value that is needed"
        };
        part = Some(phrase.and(fault));
    }
    Missing { expected: expected(filled), saw: Some(shown(&phrase, seen)), part }
}

fn expected(pattern: &Pattern) -> Shown {
    Shown { text: words::pattern(pattern).text(), event: None }
}

fn shown(phrase: &Phrase, seen: &Seen) -> Shown {
    Shown { text: phrase.text(), event: words::cited(seen) }
}

/// An event that may not happen, and did.
pub(super) fn forbidden(filled: &Pattern, seen: &Seen, more: &str) -> Missing {
    let expected = format!("no {}{more}", words::pattern(filled).bare());
    let phrase = words::event(seen, filled);
    Missing { expected: Shown { text: expected, event: None }, saw: Some(shown(&phrase, seen)), part: None }
}

/// Another number than was asked for: `of` and the two ends of one sentence.
pub(super) fn number(filled: &Pattern, expected: &str, saw: &str) -> Missing {
    let mut phrase = words::pattern(filled);
    let text = format!("{}{expected}", phrase.text());
    let part = phrase.and(saw);
    let shown = |text| Shown { text, event: None };
    Missing { expected: shown(text), saw: Some(shown(phrase.text())), part: Some(part) }
}

/// No row of a table is so; of those that are there the nearest.
pub(super) fn row(filled: &Pattern, rows: &[&Seen], expected: &str) -> Missing {
    let text = format!("{}{expected}", words::pattern(filled).text());
    let expected = Shown { text, event: None };
    let nearest = rows.iter().min_by_key(|row| filled.differing(&row.fields).len());
    let Some(row) = nearest else { return Missing { expected, saw: None, part: None } };
    let phrase = words::event(row, filled);
    let part = phrase.part(&filled.differing(&row.fields));
    Missing { expected, saw: Some(shown(&phrase, row)), part }
}

/// Some of the attempt's events are not known, so that nobody can say what did not happen.
pub(super) fn lost(seen: &Seen) -> Missing {
    let expected = Shown { text: "every event of this attempt".to_owned(), event: None };
    Missing { expected, saw: Some(words::words(seen)), part: None }
}
