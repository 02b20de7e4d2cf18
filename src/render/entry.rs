//! Terms of the glossary on stdout: one with its sentence, or all of them. What it shows is ours: nothing of a peer passes here.

use std::fmt::Write as _;
use std::io;

use super::{Style, write_stdout};
use crate::explain::glossary::{Entry, SUBJECTS, Said, Shown};

/// Columns of text that read well; a wider terminal stays empty at the right.
const READABLE: usize = 80;
/// The narrowest text; below it a terminal wraps by itself.
const NARROW: usize = 20;

/// One term: what the word that was asked for has to do with it, its sentence, where it is written, the command that shows it.
///
/// # Errors
/// What stdout says.
pub fn one(entry: &Entry, said: Option<&Said>, style: &Style) -> io::Result<()> {
    write_stdout(page(entry, said, style).as_bytes())
}

/// All terms, by subject.
///
/// # Errors
/// What stdout says.
pub fn list(style: &Style) -> io::Result<()> {
    write_stdout(contents(style).as_bytes())
}

fn page(entry: &Entry, said: Option<&Said>, style: &Style) -> String {
    let mut text = format!("{}\n", bold(entry.term, style));
    if let Some(said) = said {
        block(&mut text, "", &format!("\"{}\" {}.", said.text, said.is), style);
    }
    block(&mut text, "", entry.sentence, style);
    block(&mut text, "source", entry.source, style);
    shown(&mut text, &entry.shown, style);
    text
}

fn shown(out: &mut String, what: &Shown, style: &Style) {
    match what {
        Shown::Alone(line) => {
            command(out, "try", line, style);
            if let Some(program) = needed(line) {
                block(out, " ", &format!("needs {program}"), style);
            }
        }
        Shown::Beside { server, command: line } => {
            command(out, "try", server, style);
            command(out, "and", line, style);
            let beside = "in a second terminal";
            match needed(server).or_else(|| needed(line)) {
                Some(program) => block(out, " ", &format!("{beside}; needs {program}"), style),
                None => block(out, " ", beside, style),
            }
        }
        Shown::Noted(what, note) => {
            shown(out, what, style);
            block(out, " ", &format!("({note})"), style);
        }
        Shown::Nowhere(read) => block(out, "read", read, style),
    }
}

fn contents(style: &Style) -> String {
    let mut text = String::new();
    for subject in SUBJECTS {
        let terms: Vec<&str> = subject.entries.iter().map(|entry| entry.term).collect();
        text.push_str(&bold(subject.title, style));
        text.push('\n');
        block(&mut text, "", &terms.join(", "), style);
    }
    block(&mut text, "try", "netlearn explain TERM", style);
    text
}

fn bold(text: &str, style: &Style) -> String {
    if style.color { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// The program of somebody else's that a line runs.
fn needed(line: &str) -> Option<&'static str> {
    [("node ", "Node"), ("curl ", "curl")]
        .iter()
        .find(|(word, _)| line.starts_with(word))
        .map(|(_, name)| *name)
}

/// A label, and text wrapped beside it (or indented, without one).
fn block(out: &mut String, label: &str, text: &str, style: &Style) {
    let indent = if label.is_empty() { 3 } else { 12 };
    lines(out, indent, label, &wrapped(text, room(indent, style)));
}

/// A label, and a line for the shell beside it: where it is wrapped, a backslash says that it goes on.
fn command(out: &mut String, label: &str, line: &str, style: &Style) {
    let mut parts = wrapped(line, room(12, style) - 2);
    let last = parts.len().saturating_sub(1);
    parts.iter_mut().take(last).for_each(|part| part.push_str(" \\"));
    lines(out, 12, label, &parts);
}

/// The columns for text behind an indent.
fn room(indent: usize, style: &Style) -> usize {
    style.width.min(READABLE).saturating_sub(indent + 1).max(NARROW)
}

fn lines(out: &mut String, indent: usize, label: &str, lines: &[String]) {
    let mut prefix = if label.is_empty() { String::new() } else { format!("   {label}") };
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{prefix:<indent$}{line}");
        prefix.clear();
    }
}

/// Lines of at most `room` columns (our own text: every character is one column), broken at spaces.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::glossary;

    #[test]
    fn every_entry_fits_narrow_and_wide_terminals() {
        for width in [40, 60, 80, 200] {
            let style = Style { width, ..Style::default() };
            let pages = glossary::entries().map(|entry| page(entry, None, &style));
            for line in pages
                .chain([contents(&style)])
                .flat_map(|page| page.lines().map(str::to_owned).collect::<Vec<_>>())
            {
                // A single long token, as a command's URL, may stand out of a narrow terminal.
                let breakable = line.split_whitespace().count() > 2;
                assert!(line.chars().count() < width.max(60) || !breakable, "{width}: {line}");
                // The letter that IDNA is about is part of its command.
                assert!(line.replace("b\u{fc}cher", "").is_ascii(), "{line}");
            }
        }
    }

    #[test]
    fn an_entry_reads_as_a_page() {
        let page = |term: &str| {
            let entry = glossary::find(term).expect("a term");
            page(entry, glossary::said(term), &Style::default())
        };
        let found = page("RST");
        assert!(found.starts_with("RST\n   RST is the flag"), "{found}");
        assert!(found.contains("\n   source   RFC 9293 sections 3.5.2 and 3.6.1\n"), "{found}");
        assert!(found.contains("\n   try      netlearn connect localhost 1\n"), "{found}");
        let found = page("FIN");
        let lines = "\n   try      netlearn serve tcp 3000\n   and      netlearn connect localhost 3000 --send hello --view ladder\n            in a second terminal\n";
        assert!(found.ends_with(lines), "{found}");
        let found = page("empty reply from server");
        assert!(
            found.starts_with("ERR_EMPTY_RESPONSE\n   \"empty reply from server\" is curl's message for it"),
            "{found}"
        );
        assert!(page("firewall").contains("\n   read     sudo nft"), "{}", page("firewall"));
        assert!(page("HTTP/2").contains("s.end('hi')).listen(3000)\""), "{}", page("HTTP/2"));
        assert!(page("HTTP/2").contains(" \\\n            "), "{}", page("HTTP/2"));
        assert!(
            page("HTTP/2").ends_with("            in a second terminal; needs Node\n"),
            "{}",
            page("HTTP/2")
        );
        assert!(page("EPIPE").ends_with("            needs Node\n"), "{}", page("EPIPE"));
    }
}
