//! The fixed parts of a lesson's screen: the rule above a step, choices, verdicts. What they say is given; they only lay it out.

use super::Style;
use super::prose::{filled, sentence};
use super::style::{Role, Row, rule, width};

/// Where the words of a verdict stand.
const WORDS: usize = 10;
/// Where what belongs to `expected`, `saw`, `try` stands.
const VALUES: usize = 20;

/// The rule above a step: `── Lesson 1 · One server ────── Step 3 of 9 ──`.
pub fn heading(left: &str, right: &str, style: &Style) -> Vec<String> {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = rule(style, left, right, &mut out);
    String::from_utf8_lossy(&out).lines().map(str::to_owned).collect()
}

/// Choices with their numbers, from 1: on one line where they fit there and hold no code, else one a line.
pub fn choices(texts: &[String], style: &Style) -> Vec<String> {
    let numbered: Vec<String> =
        texts.iter().enumerate().map(|(index, text)| format!("{}) {text}", index + 1)).collect();
    let whole = numbered.join("   ");
    if width(&whole) + 3 < style.columns().min(78) && texts.iter().all(|text| !text.contains(['\n', '`'])) {
        return vec![line(&[(Role::Plain, "  "), (Role::Plain, &whole)], style)];
    }
    let hang = "     ";
    let each = |text: &String| filled(style, &sentence(style, &text.replace('\n', " ")), "  ", hang);
    numbered.iter().flat_map(each).collect()
}

/// One line of a verdict: the word at its left (`NOT YET`), what it is about, and the text.
pub fn verdict(word: &str, about: &str, text: &str, role: Role, style: &Style) -> Vec<String> {
    let first = if about.is_empty() {
        format!("{word:<WORDS$}")
    } else {
        format!("{word:<WORDS$}{about:<width$}", width = VALUES - WORDS)
    };
    let rest = " ".repeat(first.len());
    let lines = filled(style, &[(Role::Plain, text.to_owned())], &rest, &rest);
    let Some(begin) = lines.first().map(|line| line.get(first.len()..).unwrap_or("").to_owned()) else {
        return vec![line(&[(role, first.trim_end())], style)];
    };
    let head = Row::new(style)
        .put(role, &first[..word.len()])
        .put(Role::Plain, &first[word.len()..])
        .put(Role::Plain, &begin);
    std::iter::once(ended(head)).chain(lines.into_iter().skip(1)).collect()
}

/// Marks columns of a text that stands at the values of a verdict; nothing where it would not fit on the line.
pub fn caret(part: (usize, usize), text: &str, style: &Style) -> Option<String> {
    let (from, to) = part;
    let fits = VALUES + width(text) < style.columns();
    let before = text.get(..from).map(width)?;
    let under = text.get(from..to).map(width)?.max(1);
    fits.then(|| format!("{}{}", " ".repeat(VALUES + before), "^".repeat(under)))
}

/// A line of pieces, cut at the width.
pub fn line(pieces: &[(Role, &str)], style: &Style) -> String {
    ended(pieces.iter().fold(Row::new(style), |row, (role, text)| row.put(*role, text)))
}

/// A sentence of ours, filled.
pub fn said(text: &str, style: &Style) -> Vec<String> {
    filled(style, &sentence(style, text), "", "")
}

fn ended(row: Row<'_>) -> String {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = row.end(&mut out);
    String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(width: usize) -> Style {
        Style { width, ..Style::default() }
    }

    #[test]
    fn a_verdict_lays_expected_over_seen() {
        let style = style(80);
        let saw = "a request to port 3000";
        let mut lines = verdict("NOT YET", "expected", "a request to port 3001", Role::Bad, &style);
        lines.extend(verdict("", "saw", saw, Role::Plain, &style));
        lines.extend(caret((18, 22), saw, &style));
        lines.extend(verdict("", "try", "get localhost:3001", Role::Plain, &style));
        let expected = "\
NOT YET   expected  a request to port 3001
          saw       a request to port 3000
                                      ^^^^
          try       get localhost:3001";
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn long_verdicts_wrap_under_themselves() {
        let lines = verdict(
            "NOT YOU",
            "",
            "port 3000 belongs to postgres (pid 812). This lesson now uses 3001.",
            Role::What,
            &style(40),
        );
        assert_eq!(
            lines.join("\n"),
            "NOT YOU   port 3000 belongs to postgres\n          (pid 812). This lesson now\n          uses 3001."
        );
    }

    #[test]
    fn choices_stand_on_one_line_where_they_fit() {
        let texts = ["the same text", "nothing", "no idea yet"].map(str::to_owned);
        assert_eq!(choices(&texts, &style(80)), ["  1) the same text   2) nothing   3) no idea yet"]);
        assert_eq!(choices(&texts, &style(40)), ["  1) the same text", "  2) nothing", "  3) no idea yet"]);
    }
}
