//! A text split where names stand in it: `{p}`, `{try.back}`; code, fences and literal braces told apart. It knows no values.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lesson) enum Part<'a> {
    Plain(&'a str),
    /// `{name}`; `at` is its octet in the text.
    Name {
        name: &'a str,
        at: usize,
        code: bool,
    },
    /// A brace that is neither doubled nor opens or closes a name.
    Stray {
        text: &'a str,
        at: usize,
    },
}

/// Splits markdown. Lines within fences other than `type` are plain.
pub(in crate::lesson) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut fence: Option<Fence<'_>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match fence {
            Some(open) if open.closed_by(line) => {
                parts.push(Part::Plain(line));
                fence = None;
            }
            Some(open) if open.info != "type" => parts.push(Part::Plain(line)),
            Some(_) => parts.extend(line_parts(line, at, true)),
            None => match Fence::opened_by(line) {
                Some(open) => {
                    parts.push(Part::Plain(line));
                    fence = Some(open);
                }
                None => parts.extend(line_parts(line, at, false)),
            },
        }
        at += line.len();
    }
    parts
}

/// Splits text without fences; `offset` is added to the places. `code`: all of it is code.
pub(super) fn line_parts(text: &str, offset: usize, code: bool) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    let mut ticks = false;
    while let Some(found) = text[at..].find(['{', '}', '`']) {
        let here = at + found;
        let rest = &text[here..];
        let (part, len) = if rest.starts_with('`') {
            ticks = !ticks;
            at = here + 1;
            continue;
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            (Part::Plain(&rest[..1]), 2)
        } else if let Some(name) = opened_name(rest) {
            (Part::Name { name, at: offset + here, code: code || ticks }, name.len() + 2)
        } else {
            (Part::Stray { text: &rest[..1], at: offset + here }, 1)
        };
        if plain < here {
            parts.push(Part::Plain(&text[plain..here]));
        }
        parts.push(part);
        at = here + len;
        plain = at;
    }
    if plain < text.len() {
        parts.push(Part::Plain(&text[plain..]));
    }
    parts
}

/// The name of `{name}` or `{step.name}` at the beginning of a text.
fn opened_name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let mut segments = name.split('.');
    let fits = segments.clone().count() <= 2 && segments.all(is_name);
    fits.then_some(name)
}

/// Letters, digits, `_` and `-`, a letter first.
pub(in crate::lesson) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// An open code fence (CommonMark 4.5).
#[derive(Clone, Copy)]
pub(in crate::lesson) struct Fence<'a> {
    sign: char,
    len: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    pub(in crate::lesson) fn opened_by(line: &'a str) -> Option<Fence<'a>> {
        let text = line.trim();
        let sign = text.chars().next().filter(|c| matches!(c, '~' | '`'))?;
        let info = text.trim_start_matches(sign);
        let len = text.len() - info.len();
        let fits = len >= 3 && (sign == '~' || !info.contains('`'));
        fits.then(|| Fence { sign, len, info: info.trim() })
    }

    /// Whether its word has a meaning in lessons.
    pub(in crate::lesson) fn begins_ours(self) -> bool {
        matches!(self.info.split_whitespace().next(), Some("type" | "program"))
    }

    pub(in crate::lesson) fn closed_by(self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.len && text.chars().all(|c| c == self.sign)
    }
}

/// The names that a text reads, as `fill` would.
pub(in crate::lesson) fn names(text: &str) -> Vec<&str> {
    parts(text)
        .into_iter()
        .filter_map(|part| match part {
            Part::Name { name, .. } => Some(name),
            Part::Plain(_) | Part::Stray { .. } => None,
        })
        .collect()
}
