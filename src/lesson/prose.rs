//! Splits the prose of a lesson into the sections of its steps. Markdown stays markdown: it is rendered elsewhere.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};

use super::text::parts::{Fence, Part, parts};

/// A language's prose, by section. Lines are from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// The first heading; empty where there is none.
    pub title: String,
    /// Between the title and the first section.
    pub intro: Text,
    /// One `##` each.
    pub sections: Vec<Section>,
    /// Headings that stand where none may, and their lines.
    pub misplaced: Vec<(String, usize)>,
}

/// `## name`, with what stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    pub line: usize,
    pub body: Text,
    /// One `###` each.
    pub parts: Vec<SubSection>,
}

/// `### name`, with what stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubSection {
    /// As `choice echo`, `hint 1`: words are separated by one space.
    pub name: String,
    pub line: usize,
    pub body: Text,
}

/// Markdown, and the line that it begins at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub markdown: String,
    pub line: usize,
}

/// A fence that shows lines of a program: `~~~program log-server.js 3-15`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub program: String,
    /// The first and the last line, from 1; all of them where none are named.
    pub lines: Option<(usize, usize)>,
    /// Line of the fence in the prose.
    pub line: usize,
}

impl Section {
    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&SubSection> {
        self.parts.iter().find(|part| part.name == name)
    }
}

impl Text {
    fn cut(source: &str, range: Range<usize>) -> Text {
        let whole = &source[range.clone()];
        let trimmed = whole.trim();
        let start = range.start + (whole.len() - whole.trim_start().len());
        Text { markdown: trimmed.to_owned(), line: line_at(source, start) }
    }

    /// Names in it, and their lines.
    pub(super) fn names(&self) -> Vec<(&str, usize)> {
        let named = |part| match part {
            Part::Name { name, at, .. } => Some((name, self.line_of(at))),
            Part::Plain(_) | Part::Stray { .. } => None,
        };
        parts(&self.markdown).into_iter().filter_map(named).collect()
    }

    /// Lines of braces that are neither doubled nor hold a name.
    pub(super) fn strays(&self) -> Vec<usize> {
        let stray = |part| match part {
            Part::Stray { at, .. } => Some(self.line_of(at)),
            Part::Plain(_) | Part::Name { .. } => None,
        };
        parts(&self.markdown).into_iter().filter_map(stray).collect()
    }

    fn line_of(&self, at: usize) -> usize {
        self.line + self.markdown[..at].matches('\n').count()
    }

    /// The text without its quotes, and what they hold: a choice as offered, and what is said to who chose it.
    pub(super) fn quoted(&self) -> (Text, Option<Text>) {
        let mut depth = 0_u32;
        let mut quotes: Vec<Range<usize>> = Vec::new();
        for (event, range) in Parser::new(&self.markdown).into_offset_iter() {
            if depth == 0
                && let Event::Start(Tag::BlockQuote(_)) = event
            {
                quotes.push(range);
            }
            depth = deeper(depth, &event);
        }
        let Some(first) = quotes.first().map(|range| range.start) else { return (self.clone(), None) };
        let mut rest = String::new();
        let mut end = 0;
        let mut said = Vec::new();
        for quote in quotes {
            rest.push_str(&self.markdown[end..quote.start]);
            said.push(unquoted(&self.markdown[quote.clone()]));
            end = quote.end;
        }
        rest.push_str(&self.markdown[end..]);
        let text = Text { markdown: rest.trim().to_owned(), line: self.line };
        (text, Some(Text { markdown: said.join("\n\n").trim().to_owned(), line: self.line_of(first) }))
    }
}

/// The lines of a quote without their marks; a line that goes on without one (CommonMark 5.1, laziness) is kept.
fn unquoted(quote: &str) -> String {
    let bare = |line: &str| {
        let text = line.trim_start();
        text.strip_prefix('>').map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest)).to_owned()
    };
    quote.lines().map(bare).collect::<Vec<_>>().join("\n")
}

fn line_at(source: &str, at: usize) -> usize {
    source[..at].matches('\n').count() + 1
}

/// Where a heading stands.
struct Heading {
    level: HeadingLevel,
    name: String,
    range: Range<usize>,
}

/// How many elements are open after an event of the parser.
fn deeper(depth: u32, event: &Event<'_>) -> u32 {
    if let Event::Start(_) = event {
        depth + 1
    } else if let Event::End(_) = event {
        depth.saturating_sub(1)
    } else {
        depth
    }
}

/// Top-level headings; those within lists and quotes are none of ours.
fn headings(source: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut depth = 0_u32;
    for (event, range) in Parser::new(source).into_offset_iter() {
        if depth == 0
            && let Event::Start(Tag::Heading { level, .. }) = event
        {
            let written = source[range.clone()].trim().trim_matches('#');
            let name = written.split_whitespace().collect::<Vec<_>>().join(" ");
            found.push(Heading { level, name, range });
        }
        depth = deeper(depth, &event);
    }
    found
}

/// Splits a language's prose.
pub fn split(source: &str) -> Prose {
    let mut prose = Prose::default();
    let headings = headings(source);
    let mut titled = false;
    for (index, heading) in headings.iter().enumerate() {
        let end = headings.get(index + 1).map_or(source.len(), |next| next.range.start);
        let body = Text::cut(source, heading.range.end..end);
        let line = line_at(source, heading.range.start);
        let name = heading.name.clone();
        let section = prose.sections.last_mut();
        match (heading.level, section) {
            (HeadingLevel::H1, None) if !titled => {
                titled = true;
                prose.title = name;
                prose.intro = body;
            }
            (HeadingLevel::H2, _) => {
                prose.sections.push(Section { name, line, body, parts: Vec::new() });
            }
            (HeadingLevel::H3, Some(section)) => section.parts.push(SubSection { name, line, body }),
            _ => prose.misplaced.push((name, line)),
        }
    }
    prose
}

/// The fences of a text that show lines of a program; an `Err` is the line of one that cannot be read.
pub fn listings(text: &Text) -> Vec<Result<Listing, usize>> {
    use pulldown_cmark::CodeBlockKind::Fenced;
    let mut found = Vec::new();
    for (event, range) in Parser::new(&text.markdown).into_offset_iter() {
        let Event::Start(Tag::CodeBlock(Fenced(info))) = event else { continue };
        let mut words = info.split_whitespace();
        if words.next() != Some("program") {
            continue;
        }
        let line = text.line_of(range.start);
        let name = words.next().map(str::to_owned);
        let span = words.next().map(span);
        found.push(match (name, span, words.next()) {
            (Some(program), None, None) => Ok(Listing { program, lines: None, line }),
            (Some(program), Some(Some(lines)), None) => Ok(Listing { program, lines: Some(lines), line }),
            _ => Err(line),
        });
    }
    found
}

/// What of a language's prose is not shown as it is meant, and its line: what the format has not (HTML, images, tables), control
/// characters, fences that are misspelt or have no end. Comments are the author's own.
pub fn unshowable(source: &str) -> Vec<(usize, String)> {
    let mut found = open_fences(source);
    let line = |range: Range<usize>| line_at(source, range.start);
    let mut html = None;
    let mut fault = |line: usize, what: &str| found.push((line, what.to_owned()));
    for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
        if let Event::Html(text) | Event::InlineHtml(text) = &event
            && !comment(text, source, range.start)
        {
            // Of a block the first line.
            let line = line(range);
            let goes_on = html.replace(line).is_some_and(|before| before + 1 == line);
            if goes_on {
                continue;
            }
            fault(line, "HTML is not shown; within ticks it stands as text");
        } else if let Event::Start(Tag::Image { .. }) = event {
            fault(line(range), "images are not shown");
        } else if let Event::Start(Tag::Table(_)) = event {
            fault(line(range), "tables are not shown: a list is");
        } else if let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = &event
            && let Some(meant) = misspelt(info)
        {
            let word = info.split_whitespace().next().unwrap_or_default();
            fault(line(range), &format!("a fence `{word}` stays as it is; did you mean `{meant}`?"));
        }
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    for (at, _) in source.match_indices(control) {
        fault(line_at(source, at), "a control character, which terminals do not show");
    }
    found.sort();
    found.dedup();
    found
}

/// Whether HTML at that place is a comment, or a line of one.
fn comment(html: &str, source: &str, at: usize) -> bool {
    let opened = source[..at].rfind("<!--");
    let open = opened.is_some_and(|opened| !source[opened..at].contains("-->"));
    let rest = if open { html.split_once("-->").map_or("", |(_, rest)| rest) } else { html };
    let bare = rest.trim();
    bare.is_empty() || bare.starts_with("<!--")
}

/// The word of a fence that was meant.
fn misspelt(info: &str) -> Option<&'static str> {
    let word = info.split_whitespace().next()?;
    let near =
        |known: &&str| word != *known && strsim::damerau_levenshtein(word, known) <= 1 + known.len() / 6;
    ["type", "program"].into_iter().find(near)
}

/// Fences without an end: up to the end of the text, or up to what can be no part of them: another fence, a heading of ours.
fn open_fences(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(Fence<'_>, usize)> = None;
    for (index, line) in source.lines().enumerate() {
        let number = index + 1;
        let Some((fence, begun)) = open else {
            open = Fence::opened_by(line).map(|fence| (fence, number));
            continue;
        };
        let another = Fence::opened_by(line).filter(|another| another.begins_ours());
        if fence.closed_by(line) {
            open = None;
        } else if another.is_some() || ours(line) {
            found.push((begun, format!("this fence has no end before line {number}")));
            open = another.map(|another| (another, number));
        }
    }
    found.extend(open.map(|(_, begun)| (begun, "this fence has no end".to_owned())));
    found
}

/// A heading that only this format has.
fn ours(line: &str) -> bool {
    let Some(name) = line.strip_prefix("### ") else { return false };
    let name = name.strip_prefix("without ").unwrap_or(name);
    ["choice ", "hint "].iter().any(|begin| name.starts_with(begin))
        || ["why", "elsewhere", "without", "question"].contains(&name.trim())
}

/// `3-15`, or `3`.
fn span(text: &str) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first >= 1 && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "# One server, one client\n\nYou will say\nwho listens.\n\n## guess\nWhat comes back?\n\n### choice echo\nthe same text\n> {try.back} bytes came back:\n> a server sends\nonly what its code writes.\n### choice  nothing\nnothing\n\n## try\n~~~sh\n# no heading\n## nor this\n~~~\n### hint 1\nLook.\n";

    #[test]
    fn sections_keep_their_markdown_and_their_lines() {
        let prose = split(SOURCE);
        assert_eq!(prose.title, "One server, one client");
        assert_eq!(prose.intro, Text { markdown: "You will say\nwho listens.".to_owned(), line: 3 });
        let names: Vec<(&str, usize)> =
            prose.sections.iter().map(|section| (section.name.as_str(), section.line)).collect();
        assert_eq!(names, [("guess", 6), ("try", 17)]);
        assert_eq!(prose.sections[1].body.markdown, "~~~sh\n# no heading\n## nor this\n~~~");
        assert_eq!(prose.sections[1].part("hint 1").map(|part| part.line), Some(22));
        assert_eq!(prose.misplaced, []);
    }

    #[test]
    fn the_quote_under_a_choice_is_its_feedback() {
        let prose = split(SOURCE);
        let (text, feedback) = prose.sections[0].part("choice echo").expect("a choice").body.quoted();
        assert_eq!(text.markdown, "the same text");
        let feedback = feedback.expect("feedback");
        assert_eq!(feedback.line, 11);
        assert_eq!(
            feedback.markdown,
            "{try.back} bytes came back:\na server sends\nonly what its code writes."
        );
        assert_eq!(feedback.names(), [("try.back", 11)]);
        let (text, none) = prose.sections[0].part("choice nothing").expect("a choice").body.quoted();
        assert_eq!((text.markdown.as_str(), none), ("nothing", None));
    }

    #[test]
    fn headings_out_of_place_are_told() {
        let prose = split("### early\n# Title\n# Twice\n## step\n#### deep\n");
        let told: Vec<&str> = prose.misplaced.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(told, ["early", "Twice", "deep"]);
        assert_eq!(split(""), Prose::default());
    }

    #[test]
    fn what_is_not_shown_as_it_is_meant_is_told_by_line() {
        let told = |text: &str| -> Vec<(usize, String)> { unshowable(text) };
        let one = |text: &str, line: usize, part: &str| {
            let found = told(text);
            assert!(
                matches!(&found[..], [(at, what)] if *at == line && what.contains(part)),
                "{text:?}: {found:?}"
            );
        };
        for fine in [
            "# A\n<!-- a\ncomment -->\n\n<!-- b --> text `<b>` 1 < 2\n",
            "~~~js\n<b> | a |\n# x\n~~~\n~~~type\n{p}\n~~~\n~~~text\nx\n~~~\n",
            "- a\n- b | c\n",
        ] {
            assert_eq!(told(fine), [], "{fine:?}");
        }
        one("a\n\n<b>bold</b> x\n", 3, "HTML");
        one("a\n\n<div>\nx\n</div>\n", 3, "HTML");
        one("![x](y.png)\n", 1, "images");
        one("a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", 3, "tables");
        one("~~~tpe\n{p}\n~~~\n", 1, "did you mean `type`?");
        one("~~~progam a.js 1\n~~~\n", 1, "did you mean `program`?");
        one("a\nb\u{1b}[2J\n", 2, "control character");
        one("## a\n~~~type\nx\n\n### hint 1\n", 2, "before line 5");
        one("## a\n~~~type\nx\n\n~~~program a.js\n~~~\n", 2, "before line 5");
        one("## a\n~~~type\nx\n", 2, "no end");
    }

    #[test]
    fn listings_name_a_program_and_its_lines() {
        let text = |markdown: &str| Text { markdown: markdown.to_owned(), line: 10 };
        let found = listings(&text("See:\n\n~~~program a.js 3-15\n~~~\n\n~~~program b.js\n~~~\n~~~js\n~~~"));
        let listing = |program: &str, lines, line| Ok(Listing { program: program.to_owned(), lines, line });
        assert_eq!(found, [listing("a.js", Some((3, 15)), 12), listing("b.js", None, 15)]);
        for bad in [
            "~~~program\n~~~",
            "~~~program a.js 9-3\n~~~",
            "~~~program a.js 0\n~~~",
            "~~~program a.js 1 2\n~~~",
        ] {
            assert_eq!(listings(&text(bad)), [Err(10)], "{bad}");
        }
    }
}
