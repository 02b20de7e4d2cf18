//! Documents and their fenced blocks: which are examples, what stands in them, and how they are to be run.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// The documents whose blocks are examples.
pub(crate) const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "docs/commands.md",
    "docs/exit-codes.md",
    "docs/failures.md",
    "docs/writing-lessons.md",
];

/// What the comment before a block says of it.
#[derive(Debug)]
pub(crate) enum Marked {
    Example(Example),
    /// Why it is not run.
    NotRun(String),
}

/// How an example is run: the fields of `<!-- example; field: value -->`, separated by `; ` or line ends.
#[derive(Debug, Default)]
pub(crate) struct Example {
    /// `with`: servers of netlearn that run meanwhile, and `server`: ones of the test's own.
    pub(crate) with: Vec<String>,
    pub(crate) servers: Vec<String>,
    /// `exit`: how the last command ends; 0 where it is not said, as every other command of a block.
    pub(crate) exit: i32,
    /// `first-with`: a server of netlearn that runs while the `first` lines do, and ends before the block's own.
    pub(crate) first_with: Vec<String>,
    /// `first`: commands that run before, to their end.
    pub(crate) first: Vec<String>,
    /// What happens while the last command of the block runs.
    pub(crate) steps: Vec<Step>,
    /// `from` and `to`: the parts of the output that are shown, by a text in their first and last lines.
    pub(crate) parts: Vec<Part>,
    /// `varies`: lines (their order differs from run to run), numbers, or output (only the exit code is compared).
    pub(crate) varies: Vec<String>,
    /// A field that there is not.
    pub(crate) mistake: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `await`: a text that has to appear.
    Await(String),
    /// `type`: keys, with `\n` and `^C`, `^D`.
    Type(String),
    /// `run`: a command in another terminal, to its end.
    Run(String),
}

#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Block {
    /// The line of its first fence, from 1.
    pub(crate) line: usize,
    pub(crate) marked: Option<Marked>,
    /// The lines that begin with `$ `, without it.
    pub(crate) commands: Vec<String>,
    /// Where its lines stand in the document, in octets.
    pub(crate) content: Range<usize>,
    pub(crate) text: String,
}

impl Block {
    /// Whether its words have to be those of the document.
    pub(crate) fn is_compared(&self) -> bool {
        matches!(&self.marked, Some(Marked::Example(example)) if !example.varies.iter().any(|what| what == "output"))
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn write(name: &str, text: &str) {
    std::fs::write(path(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// Every fenced block of a document, in its order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    let mut open: Option<(usize, usize, bool)> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let after = at + line.len();
        // A fence of four may hold lines that look like fences of three.
        let quoted = open.is_some_and(|(_, _, long)| long) && !line.starts_with("````");
        if line.starts_with("```") && !quoted {
            open = match open {
                None => Some((index + 1, after, line.starts_with("````"))),
                Some((number, begin, _)) => {
                    let content = &text[begin..at];
                    let fence = text[..begin].trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
                    blocks.push(Block {
                        line: number,
                        marked: comment(&text[..fence]).map(marked),
                        commands: content
                            .lines()
                            .filter_map(|line| line.strip_prefix("$ "))
                            .map(str::to_owned)
                            .collect(),
                        content: begin..at,
                        text: content.to_owned(),
                    });
                    None
                }
            };
        }
        at = after;
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The comment that ends on the line right above.
fn comment(above: &str) -> Option<&str> {
    let inside = above.strip_suffix("-->\n")?;
    Some(inside[inside.rfind("<!--")? + 4..].trim())
}

fn marked(comment: &str) -> Marked {
    if let Some(why) = comment.strip_prefix("not run:") {
        return Marked::NotRun(why.trim().to_owned());
    }
    let mut example = Example::default();
    let mut fields = comment.split('\n').flat_map(|line| line.split("; ")).map(str::trim);
    if fields.next() != Some("example") {
        example.mistake = Some(comment.to_owned());
    }
    for field in fields {
        let (name, value) = field.split_once(": ").unwrap_or((field, ""));
        let value = value.to_owned();
        match name {
            "with" => example.with.push(value),
            "exit" => example.exit = value.parse().expect("a number"),
            "first-with" => example.first_with.push(value),
            "first" => example.first.push(value),
            "server" => example.servers.push(value),
            "await" => example.steps.push(Step::Await(value)),
            "type" => example.steps.push(Step::Type(value)),
            "run" => example.steps.push(Step::Run(value)),
            "from" => example.parts.push(Part { from: Some(value), to: None }),
            "to" => match example.parts.last_mut() {
                Some(part) if part.to.is_none() => part.to = Some(value),
                _ => example.parts.push(Part { from: None, to: Some(value) }),
            },
            "varies" if matches!(value.as_str(), "lines" | "numbers" | "output") => {
                example.varies.push(value)
            }
            _ => example.mistake = Some(field.to_owned()),
        }
    }
    Marked::Example(example)
}
