//! What goes to a terminal beside the views: payload, lesson prose, lines of other programs.

use netlearn::command::lesson::jobs::lines::Lines;
use netlearn::render::style::{self, Payload, Role};
use netlearn::render::{lesson, prose};

use super::screen::Screen;
use super::views;

/// Payload and words of a peer: they print, and do nothing else.
pub fn escaped(octets: &[u8]) {
    let words = style::escape_bytes(octets);
    assert!(Screen::of(&words).faults.is_empty(), "{words:?}");
    assert!(!words.contains('\n'));
    let whole = style::escape_payload(octets);
    payload(&whole);
    let piece = usize::from(octets.first().copied().unwrap_or(1)).max(1);
    let mut pieces = Payload::default();
    let mut shown: String = octets.chunks(piece).map(|piece| pieces.feed(piece)).collect();
    shown.push_str(&pieces.finish());
    assert_eq!(shown, whole, "in pieces of {piece}");
}

/// Payload may hold line ends, tabs, and the joiners that scripts and emoji need.
fn payload(text: &str) {
    let bare: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !matches!(c, '\t' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}'))
        .collect();
    let screen = Screen::of(&bare);
    assert!(screen.faults.is_empty() && !bare.contains('\x1b'), "{:?} in {text:?}", screen.faults);
}

/// Lesson prose.
pub fn prose(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    markdown(&text, octets.len());
    verdict(&text, Some((0, text.len() / 2)), octets.len());
}

/// Markdown of a lesson, at a width and with colours by `choice`.
pub fn markdown(text: &str, choice: usize) {
    let style = views::style((choice % 256) as u8);
    let listing =
        |about: &str| vec![(1, about.to_owned()), (2, text.lines().next().unwrap_or("").to_owned())];
    lines("prose", &prose::lines(text, &style, &listing), &style);
}

/// A verdict, a heading, choices of such a text.
pub fn verdict(text: &str, part: Option<(usize, usize)>, choice: usize) {
    let style = views::style((choice % 256) as u8);
    let one_line = text.lines().next().unwrap_or_default();
    lines("verdict", &lesson::verdict("NOT YET", "saw", text, Role::Bad, &style), &style);
    lines("said", &lesson::said(text, &style), &style);
    lines("heading", &lesson::heading(one_line, "Step 3 of 9", &style), &style);
    lines("choices", &lesson::choices(&[text.to_owned(), one_line.to_owned()], &style), &style);
    lines("line", &[lesson::line(&[(Role::Plain, text)], &style)], &style);
    let caret = part.and_then(|part| lesson::caret(part, text, &style));
    lines("caret", caret.as_slice(), &style);
}

/// Each line is one line, and harmless.
fn lines(what: &str, lines: &[String], style: &netlearn::render::Style) {
    for line in lines {
        assert!(!line.contains('\n'), "{what}: {line:?}");
        views::text_is_harmless(line, style, what);
    }
}

/// Lines of another program within a lesson.
pub fn job_lines(octets: &[u8]) {
    let piece = usize::from(octets.first().copied().unwrap_or(1)).max(1);
    let mut lines = Lines::new(true);
    let mut told: Vec<String> = octets.chunks(piece).flat_map(|piece| lines.feed(piece)).collect();
    told.extend(lines.rest());
    assert!(!lines.unfinished());
    for line in told {
        assert!(!line.contains(['\n', '\r', '\t']), "{line:?}");
        payload(&line);
    }
}
