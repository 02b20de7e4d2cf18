//! The terms that a run used, for its last line: at brief one line of them, at full all.

use std::io::{self, Write};

use crate::render::style::{Role, Row, pack, width};
use crate::render::{Level, Style};

/// Where the terms stand.
const COLUMN: usize = 10;

/// Terms in the order they were used, each with its rank within the step that used it.
#[derive(Debug, Default)]
pub(super) struct Terms {
    used: Vec<(usize, &'static str)>,
    /// The foremost term of a failure: whoever reads no further needs this one.
    failure: Option<&'static str>,
}

impl Terms {
    /// Takes the terms of a step.
    pub(super) fn take(&mut self, words: &[&'static str]) {
        for (rank, word) in words.iter().enumerate() {
            if !self.used.iter().any(|(_, known)| known == word) {
                self.used.push((rank, word));
            }
        }
    }

    /// Takes the terms of a failure.
    pub(super) fn take_failure(&mut self, words: &[&'static str]) {
        self.take(words);
        self.failure = self.failure.or(words.first().copied());
    }

    /// Writes them, with the command that explains one.
    pub(super) fn write(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let room = style.columns() - COLUMN;
        let all: Vec<&'static str> = self.used.iter().map(|(_, word)| *word).collect();
        let told = if style.level == Level::Full { all } else { self.fitting(room) };
        let Some(hint) = hint(&told) else { return Ok(()) };
        let mut units = listed(told.iter().copied());
        units.push(hint);
        for (index, line) in pack(style, &units, room).iter().enumerate() {
            let label = if index == 0 { "words:" } else { "" };
            let row = Row::new(style).to(3).put(Role::Plain, label).to(COLUMN);
            row.put(Role::Plain, line).end(out)?;
        }
        Ok(())
    }

    /// What fits one line: that of the failure, then the foremost term of every step before the second of any.
    fn fitting(&self, room: usize) -> Vec<&'static str> {
        let mut ranked = self.used.clone();
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut chosen: Vec<bool> = ranked.iter().map(|(_, word)| Some(*word) == self.failure).collect();
        let told = |chosen: &[bool]| -> Vec<&'static str> {
            ranked.iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|((_, word), _)| *word).collect()
        };
        for at in 0..ranked.len() {
            let before = std::mem::replace(&mut chosen[at], true);
            let words = told(&chosen);
            let line: usize = words.iter().map(|word| width(word) + 2).sum();
            // One term is told whether it fits or not.
            if words.len() > 1 && line + hint(&words).map_or(0, |hint| width(&hint)) > room + 1 {
                chosen[at] = before;
            }
        }
        told(&chosen)
    }
}

/// The command for the first term that needs no quotes, or for the first.
fn hint(terms: &[&str]) -> Option<String> {
    let first = terms.iter().find(|word| !word.contains(' ')).or(terms.first())?;
    let quote = if first.contains(' ') { "'" } else { "" };
    Some(format!("-> netlearn explain {quote}{first}{quote}"))
}

/// Units of a list: each but the last with its comma.
pub(super) fn listed<'t>(items: impl ExactSizeIterator<Item = &'t str>) -> Vec<String> {
    let last = items.len().saturating_sub(1);
    items
        .enumerate()
        .map(|(index, item)| if index < last { format!("{item},") } else { item.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: &Style) -> String {
        let mut terms = Terms::default();
        terms.take(&["localhost", "hosts file"]);
        terms.take(&["ephemeral port", "handshake", "localhost"]);
        terms.take(&["Host"]);
        terms.take(&["Content-Length", "status code"]);
        terms.take(&["FIN", "TIME_WAIT"]);
        let mut out = Vec::new();
        terms.write(style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn at_brief_one_line_has_a_term_of_each_step() {
        let text = written(&Style::default());
        assert_eq!(text, "   words: localhost, ephemeral port, Host, FIN -> netlearn explain localhost\n");
        for columns in [60, 100, 120] {
            let text = written(&Style { width: columns, ..Style::default() });
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
        }
    }

    #[test]
    fn the_term_of_a_failure_is_told_whatever_came_before() {
        let mut terms = Terms::default();
        terms.take(&["localhost", "hosts file"]);
        terms.take(&["UDP", "connected UDP socket"]);
        terms.take(&["datagram"]);
        terms.take(&["port unreachable", "ICMP"]);
        terms.take_failure(&["port unreachable", "ICMP", "ECONNREFUSED"]);
        let mut out = Vec::new();
        terms.write(&Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let line = "   words: localhost, UDP, port unreachable, ICMP -> netlearn explain localhost\n";
        assert_eq!(text, line);
    }

    #[test]
    fn full_has_them_all() {
        let text = written(&Style { level: Level::Full, ..Style::default() });
        assert!(text.contains("TIME_WAIT") && text.contains("status code"), "{text}");
    }
}
