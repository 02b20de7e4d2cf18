//! Events, and the patterns they are held against, in plain words of one line.

mod kinds;

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr as _;

use super::Shown;
use crate::lesson::log::{Job, Seen};
use crate::lesson::pattern::{Matcher, Pattern};
use crate::lesson::text;

/// How many characters of a text that a peer chose are shown.
const LONGEST: usize = 60;

/// How a value is told that a field may not have.
const OTHER: &str = "other than";

/// One line, in pieces.
pub(super) struct Phrase {
    pieces: Vec<Piece>,
}

/// Words, and the fields that they tell.
struct Piece {
    fields: Vec<String>,
    text: String,
}

/// An event in plain words.
pub fn words(seen: &Seen) -> Shown {
    let phrase = event(seen, &Pattern::default());
    Shown { text: phrase.text(), event: cited(seen) }
}

pub(super) fn cited(seen: &Seen) -> Option<(Job, u64)> {
    seen.fields.contains_key("seq").then(|| (seen.job, seen.seq()))
}

/// An event in plain words, the fields that a filled pattern names among them.
pub(super) fn event(seen: &Seen, asked: &Pattern) -> Phrase {
    let names = |path: &str| asked.fields.iter().any(|(named, _)| named == path);
    let told = |path: &str| match path.strip_suffix("_port") {
        // The address that matters has the port in it.
        Some(whole) if names(whole) && seen.fields.contains_key(whole) => None,
        _ => told(path, asked, &seen.fields),
    };
    let rest = asked.fields.iter();
    let rest = rest.map(|(path, _)| (path.clone(), told(path).unwrap_or_else(|| "not told".to_owned())));
    phrase(seen.kind(), &told, rest.collect())
}

/// A filled pattern in the same words.
pub(super) fn pattern(pattern: &Pattern) -> Phrase {
    let told = |path: &str| {
        let (_, matcher) = pattern.fields.iter().find(|(named, _)| named == path)?;
        Some(required(path, matcher))
    };
    let rest = pattern.fields.iter().map(|(path, matcher)| (path.clone(), required(path, matcher)));
    let kind = pattern.event.as_deref().unwrap_or("socket_found");
    phrase(kind, &told, rest.collect())
}

/// The words for a kind of event, then those fields that they do not tell.
fn phrase(kind: &str, told: &dyn Fn(&str) -> Option<String>, rest: Vec<(String, String)>) -> Phrase {
    let mut phrase = Phrase { pieces: kinds::pieces(kind, told) };
    for (path, value) in rest {
        if phrase.pieces.iter().any(|piece| piece.fields.contains(&path)) {
            continue;
        }
        let text = match path.as_str() {
            "side" => format!(", seen by the {value}"),
            // A condition is no command: its text stands in ticks already.
            "command" if value.contains('`') => format!(", by a command {value}"),
            "command" => format!(", by `{value}`"),
            "after" => format!(", after {}", octets(&value)),
            "headers.name" => match value.strip_prefix("not ") {
                Some(value) => format!(", without the header {value}"),
                None => format!(", with the header {value}"),
            },
            "headers.value" => format!(" {value}"),
            "sent" | "received" => format!(", {} {path}", octets(&value)),
            _ => format!(", {} {value}", path.replace(['_', '.'], " ")),
        };
        phrase.pieces.push(Piece { fields: vec![path], text });
    }
    phrase
}

/// An amount in words with its unit.
pub(super) fn octets(amount: &str) -> String {
    let one = amount == "1" || amount.ends_with(" 1");
    if one { format!("{amount} byte") } else { format!("{amount} bytes") }
}

fn told(path: &str, asked: &Pattern, fields: &Map<String, Value>) -> Option<String> {
    let unreadable = fields.get("head_encoding").and_then(Value::as_str) == Some("base64");
    if path == "head" && (unreadable || fields.get(path).and_then(Value::as_str) == Some("")) {
        return None;
    }
    let found = asked.values(fields, path);
    (!found.is_empty()).then(|| {
        let shown: Vec<String> = found.iter().take(3).map(|value| value_words(path, value)).collect();
        let more = if found.len() > 3 { ", ..." } else { "" };
        format!("{}{more}", shown.join(", "))
    })
}

fn value_words(path: &str, value: &Value) -> String {
    match value {
        Value::String(text) if path == "head" => format!("`{}`", printable(text)),
        Value::String(text) => printable(text),
        Value::Number(_) => text::Value::measured(path, value).to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => printable(&value.to_string()),
    }
}

/// Control characters are spelt out and long texts cut: a peer may have chosen them.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    shown
}

fn required(path: &str, matcher: &Matcher) -> String {
    let words = |value: &Value| value_words(path, value);
    match matcher {
        Matcher::Is(value) => words(value),
        Matcher::Not(inner) => {
            let not = if let Matcher::Is(_) = **inner { OTHER } else { "not" };
            format!("{not} {}", required(path, inner))
        }
        Matcher::Within { min: Some(min), max: Some(max) } if min == max => words(min),
        Matcher::Within { min: Some(min), max: Some(max) } => format!("{} to {}", words(min), words(max)),
        Matcher::Within { min: Some(min), max: None } => format!("at least {}", words(min)),
        Matcher::Within { min: None, max: Some(max) } => format!("at most {}", words(max)),
        Matcher::Within { min: None, max: None } => "any".to_owned(),
        Matcher::Contains(text) => format!("containing `{}`", printable(text)),
        Matcher::OneOf(any) => {
            let mut several: Vec<String> = any.iter().map(words).collect();
            // One name in large and small letters is told once.
            several.dedup_by(|next, one| next.eq_ignore_ascii_case(one));
            several.join(" or ")
        }
        Matcher::Absent => "not told".to_owned(),
    }
}

impl Phrase {
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// As [`Phrase::text`] after `no`: without its article.
    pub(super) fn bare(&self) -> String {
        let text = self.text();
        let bare = text
            .strip_prefix("a ")
            .or_else(|| text.strip_prefix("an "))
            .or_else(|| text.strip_prefix("the "));
        bare.map(str::to_owned).unwrap_or(text)
    }

    /// Columns of the first piece that tells one of these fields.
    pub(super) fn part(&self, differing: &[&str]) -> Option<(usize, usize)> {
        let mut column = 0;
        for piece in &self.pieces {
            let width = piece.text.width();
            if piece.fields.iter().any(|field| differing.contains(&field.as_str())) {
                return Some((column + lead(&piece.text), column + width));
            }
            column += width;
        }
        None
    }

    /// Adds words of no field; tells their columns.
    pub(super) fn and(&mut self, text: &str) -> (usize, usize) {
        let start = self.text().width();
        self.pieces.push(Piece { fields: Vec::new(), text: text.to_owned() });
        (start + lead(text), start + text.width())
    }
}

/// Columns of blanks and commas that a piece begins with.
fn lead(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', ',']).len()
}

#[cfg(test)]
mod tests;
