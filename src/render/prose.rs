//! The prose of a lesson: Markdown becomes lines of a terminal.
//!
//! It knows paragraphs, lists, words that are defined (`**term**`), what is typed (`code`), and three kinds of fences: commands
//! to type, lines of a program with their numbers, and anything else as it stands. It knows nothing of lessons.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::Style;
use super::style::{Role, Row, width};

/// Prose is not wider than this on any terminal: longer lines are hard to follow.
const WIDEST: usize = 92;

/// What is typed is not parted between lines where it leaves so many columns free: so it can be copied.
const FREE: usize = 10;

/// Stands for a space that does not end a line.
const KEPT: char = '\u{a0}';

/// Lines of a program with their numbers, by what stands behind `program` in the fence: `server.js 3-15`.
pub type Listing<'a> = &'a dyn Fn(&str) -> Vec<(usize, String)>;

/// Text of one look.
pub type Span = (Role, String);

/// The lines of some Markdown; a line is left free between blocks.
pub fn lines(markdown: &str, style: &Style, listing: Listing<'_>) -> Vec<String> {
    let mut page = Page {
        style,
        listing,
        lines: Vec::new(),
        spans: Vec::new(),
        fence: None,
        lists: Vec::new(),
        listed: false,
    };
    let mut roles = vec![Role::Plain];
    for event in Parser::new(markdown) {
        page.read(event, &mut roles);
    }
    page.lines
}

struct Page<'a> {
    style: &'a Style,
    listing: Listing<'a>,
    lines: Vec<String>,
    spans: Vec<Span>,
    /// What stands behind the marks of the fence that is open, and its text.
    fence: Option<(String, String)>,
    /// The next number of each open list; none for a list without numbers.
    lists: Vec<Option<u64>>,
    /// The last line is an item's.
    listed: bool,
}

impl Page<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the parts of Markdown that lessons do not use")]
    fn read(&mut self, event: Event<'_>, roles: &mut Vec<Role>) {
        let role = roles.last().copied().unwrap_or_default();
        match event {
            Event::Start(Tag::Strong | Tag::Heading { .. }) => roles.push(Role::What),
            Event::End(TagEnd::Strong) => drop(roles.pop()),
            Event::End(TagEnd::Heading(_)) => {
                roles.pop();
                self.block("", "");
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.fence = Some((info, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((info, text)) = self.fence.take() {
                    self.fenced(&info, &text);
                }
            }
            Event::Start(Tag::List(first)) => {
                // A list within an item ends the item's own line.
                self.item();
                self.listed &= !self.lists.is_empty();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => drop(self.lists.pop()),
            Event::End(TagEnd::Item) => self.item(),
            Event::End(TagEnd::Paragraph) if self.lists.is_empty() => self.block("", ""),
            Event::Text(text) => match &mut self.fence {
                Some((_, kept)) => kept.push_str(&text),
                None => self.spans.push((role, text.to_string())),
            },
            Event::Code(text) => self.spans.push(code(self.style, &text)),
            Event::SoftBreak | Event::HardBreak => self.spans.push((Role::Plain, " ".to_owned())),
            _ => {}
        }
    }

    fn space(&mut self) {
        self.listed = false;
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn block(&mut self, first: &str, rest: &str) {
        let spans = std::mem::take(&mut self.spans);
        if spans.is_empty() {
            return;
        }
        self.space();
        self.lines.extend(filled(self.style, &spans, first, rest));
    }

    fn item(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        if spans.is_empty() || self.lists.is_empty() {
            self.spans = spans;
            return;
        }
        let depth = self.lists.len() - 1;
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
        let first = format!("{}{mark}", "  ".repeat(depth));
        let rest = " ".repeat(first.len());
        // A list begins after a free line; its items stand together.
        if !self.listed {
            self.space();
        }
        self.lines.extend(filled(self.style, &spans, &first, &rest));
        self.listed = true;
    }

    fn fenced(&mut self, info: &str, text: &str) {
        let (kind, about) = info.split_once(' ').unwrap_or((info, ""));
        self.space();
        match kind {
            "type" => {
                for (index, line) in text.lines().enumerate() {
                    let label = if index == 0 { "Type:   " } else { "        " };
                    if label.len() + width(line) < self.style.columns() {
                        self.row(&[(Role::Plain, label), (Role::Next, line)]);
                    } else {
                        // A command that is cut could not be typed.
                        let spans = [(Role::Next, line.to_owned())];
                        self.lines.extend(filled(self.style, &spans, label, "          "));
                    }
                }
            }
            "program" => {
                for (number, line) in (self.listing)(about.trim()) {
                    self.row(&[(Role::Plain, &format!("{number:>4}  ")), (Role::Plain, &line)]);
                }
            }
            _ => text.lines().for_each(|line| self.row(&[(Role::Plain, "  "), (Role::Plain, line)])),
        }
    }

    fn row(&mut self, spans: &[(Role, &str)]) {
        let row = spans
            .iter()
            .fold(Row::new(self.style), |row, (role, text)| row.put(*role, &text.replace('\t', "    ")));
        self.lines.push(text(row));
    }
}

/// What is typed or seen: marked by its colour, and without colours by the quotes it has in the source.
fn code(style: &Style, text: &str) -> Span {
    let room = style.columns().min(WIDEST).saturating_sub(FREE);
    let text = if width(text) <= room { text.replace(' ', &KEPT.to_string()) } else { text.to_owned() };
    if style.color { (Role::Next, text) } else { (Role::Plain, format!("`{text}`")) }
}

/// The spans of a sentence in which nothing but code is marked.
pub fn sentence(style: &Style, text: &str) -> Vec<Span> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // A quote that is open.
        return vec![(Role::Plain, text.to_owned())];
    }
    let spans = parts.iter().enumerate();
    spans
        .map(
            |(index, part)| {
                if index % 2 == 1 { code(style, part) } else { (Role::Plain, (*part).to_owned()) }
            },
        )
        .collect()
}

fn text(row: Row<'_>) -> String {
    let mut out = Vec::new();
    // A vector takes everything.
    let _ = row.end(&mut out);
    String::from_utf8_lossy(&out).trim_end_matches('\n').to_owned()
}

/// Words of several looks in lines that fit, the first behind `first`, the others behind `rest`.
pub fn filled(style: &Style, spans: &[Span], first: &str, rest: &str) -> Vec<String> {
    let columns = style.columns().min(WIDEST).saturating_sub(1);
    let mut lines = Vec::new();
    let mut row = Row::new(style).put(Role::Plain, first);
    let mut begun = false;
    for word in words(spans) {
        let need: usize = word.iter().map(|(_, text)| width(&style.safe(text))).sum();
        if begun && row.column() + 1 + need > columns {
            lines.push(text(row));
            row = Row::new(style).put(Role::Plain, rest);
            begun = false;
        }
        if begun {
            row = row.put(Role::Plain, " ");
        }
        for (role, piece) in word {
            row = row.put(role, &piece.replace(KEPT, " "));
        }
        begun = true;
    }
    lines.push(text(row));
    lines
}

/// Words as they stand between spaces: one may have several looks (`**port**,`).
fn words(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut words: Vec<Vec<Span>> = vec![Vec::new()];
    for (role, text) in spans {
        for (index, piece) in text.split(' ').enumerate() {
            if index > 0 && words.last().is_some_and(|word| !word.is_empty()) {
                words.push(Vec::new());
            }
            if !piece.is_empty()
                && let Some(word) = words.last_mut()
            {
                word.push((*role, piece.to_owned()));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "A **port** is a number,\nand `serve` waits at one.\n\n- one\n- two that is long enough to wrap at forty columns\n- three\n\n1. first\n2. second\n\n~~~type\nserve tcp 3000\nconnect localhost:3000\n~~~\n\n~~~program a.js 2-3\n~~~\n\n~~~\nas it\n  stands\n~~~\n";

    fn shown(width: usize, color: bool) -> String {
        let style = Style { width, color, ..Style::default() };
        let listing = |about: &str| {
            assert_eq!(about, "a.js 2-3");
            vec![(2, "two();".to_owned()), (3, "\tthree();".to_owned())]
        };
        lines(SOURCE, &style, &listing).join("\n")
    }

    #[test]
    fn prose_becomes_lines() {
        let expected = "\
A port is a number, and `serve` waits
at one.

- one
- two that is long enough to wrap at
  forty columns
- three

1. first
2. second

Type:   serve tcp 3000
        connect localhost:3000

   2  two();
   3      three();

  as it
    stands";
        assert_eq!(shown(40, false), expected);
    }

    #[test]
    fn colour_marks_words_and_commands() {
        let text = shown(80, true);
        assert!(text.contains("\u{1b}[1mport\u{1b}[0m is"), "{text:?}");
        assert!(!text.contains('`'), "{text:?}");
    }

    #[test]
    fn a_command_is_not_parted_where_it_fits() {
        let style = Style { width: 40, ..Style::default() };
        let text =
            lines("Some words and then `connect :3000` and `more`.", &style, &|_| Vec::new()).join("\n");
        assert_eq!(text, "Some words and then `connect :3000` and\n`more`.");
        let text = lines("Some words that are more `connect :3000`.", &style, &|_| Vec::new()).join("\n");
        assert_eq!(text, "Some words that are more\n`connect :3000`.");
        let long = format!("`{}end`", "word ".repeat(12));
        assert!(lines(&long, &style, &|_| Vec::new()).iter().all(|line| width(line) < 40));
    }

    #[test]
    fn in_a_sentence_code_alone_is_marked() {
        let shown = |text: &str, color| {
            let style = Style { color, ..Style::default() };
            filled(&style, &sentence(&style, text), "", "").join("\n")
        };
        assert_eq!(shown("1) when `a b` is *sent*", false), "1) when `a b` is *sent*");
        assert!(!shown("1) when `a b` is sent", true).contains('`'));
        assert_eq!(shown("an open ` quote", true), "an open ` quote");
    }

    #[test]
    fn nothing_acts_on_the_terminal() {
        let style = Style::default();
        let text = lines("a\u{1b}[2J `b\u{202e}`\n\n~~~\n\u{7}\n~~~", &style, &|_| Vec::new()).join("\n");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
}
