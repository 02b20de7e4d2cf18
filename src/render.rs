//! Views of the event stream: events and their words become lines.
//!
//! The only place that prints (with the guided run's prompts). Views get a writer and a style; they never look at the
//! environment, the clock or the network, and everything they write is escaped by [`style`].

mod drawing;
pub mod entry;
mod few;
pub mod hexdump;
pub mod json;
pub mod ladder;
pub mod lesson;
pub mod menu;
pub mod narration;
pub mod path;
pub mod prose;
pub mod style;
pub mod table;
#[cfg(test)]
mod testing;
pub mod waterfall;

use std::io::{self, IsTerminal as _, Write};

use crate::event::{Event, Header};
use crate::explain::Explanation;

pub use style::Style;

/// How much is explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Silent but for errors and data.
    None,
    #[default]
    Brief,
    Full,
}

/// The view asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    Narration,
    Ladder,
    Hex,
    /// Rows of the socket table (`ports`).
    Table,
    /// Phases as durations.
    Waterfall,
    /// The way from the root to an answer (`resolve --trace`).
    Path,
}

/// Shows events as they come.
pub trait Render: Send {
    /// The recording began.
    ///
    /// # Errors
    /// What the writer says.
    fn begin(&mut self, _header: &Header) -> io::Result<()> {
        Ok(())
    }

    /// One more event.
    ///
    /// # Errors
    /// What the writer says.
    fn event(&mut self, event: &Event) -> io::Result<()>;

    /// The same of an event that nobody else needs: a view that holds events back keeps this one without a copy.
    ///
    /// # Errors
    /// What the writer says.
    fn take(&mut self, event: Event) -> io::Result<()> {
        self.event(&event)
    }

    /// No more events are there right now: show what is held back. Called whenever the stream is drained, and at the end of a burst.
    ///
    /// # Errors
    /// What the writer says.
    fn flush(&mut self) -> io::Result<()>;

    /// The stream ended.
    ///
    /// # Errors
    /// What the writer says.
    fn finish(&mut self) -> io::Result<()>;
}

/// Where a view writes to.
pub type Out = Box<dyn Write + Send>;

/// Which process of the flow the run is: it changes what a narration numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    /// Numbered steps, one story.
    #[default]
    Client,
    /// Unnumbered lines, one block a client.
    Server,
    /// Both, each line says who.
    Both,
}

/// The renderer of a view.
pub fn choose(view: View, voice: Voice, style: Style, out: Out) -> Box<dyn Render> {
    let view: Box<dyn Render> = match view {
        View::Narration => Box::new(narration::Narration::new(voice, style, out)),
        View::Ladder => Box::new(ladder::Ladder::new(style, out)),
        View::Hex => Box::new(hexdump::Hexdump::new(style, out)),
        View::Table => Box::new(table::Table::new(style, out)),
        View::Path => Box::new(path::Path::new(style, out)),
        View::Waterfall => Box::new(waterfall::Waterfall::new(style, out)),
    };
    Box::new(few::Few::new(view))
}

/// Says a fault outside of any stream (no recording, no view) on stderr, where there is a width in lines of it.
pub fn complain(words: &Explanation, columns: Option<usize>) {
    let mut err = io::stderr().lock();
    // Nobody is left to tell if stderr itself is gone.
    let _ = writeln!(err, "{}", fold(&format!("netlearn: {}", style::escape(&words.what)), 10, columns));
    for why in &words.why {
        let _ = writeln!(err, "{}", fold(&format!("             {}", style::escape(&why.text)), 13, columns));
    }
    for step in &words.next {
        let _ =
            writeln!(err, "   try       {}   {}", style::escape(&step.command), style::escape(&step.shows));
    }
}

/// A safe line as lines of at most so many columns (at least [`style::NARROWEST`]), broken at spaces; all but the first begin with
/// `indent` spaces. A word that is wider, as a long path, stays whole.
pub fn fold(line: &str, indent: usize, columns: Option<usize>) -> String {
    let Some(columns) = columns.map(|columns| columns.max(style::NARROWEST)) else { return line.to_owned() };
    let start = line.len() - line.trim_start_matches(' ').len();
    let mut folded = line[..start].to_owned();
    let mut used = start;
    for (index, word) in line[start..].split(' ').enumerate() {
        let need = style::width(word);
        if index > 0 && used + 1 + need > columns && used > indent {
            folded.push('\n');
            folded.push_str(&" ".repeat(indent));
            used = indent;
        } else if index > 0 {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(word);
        used += need;
    }
    folded
}

/// Writes prepared payload (already escaped for a terminal) to stdout.
///
/// # Errors
/// What stdout says.
pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// A rule with a name at its left and what belongs to it at its right, on stdout.
///
/// # Errors
/// What stdout says.
pub fn title(name: &str, beside: &str, style: &Style) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out)?;
    style::rule(style, name, beside, &mut out)?;
    out.flush()
}

/// A sentence of ours on stdout, wrapped.
///
/// # Errors
/// What stdout says.
pub fn remark(text: &str, style: &Style) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in style::wrap(style, text, style.columns().saturating_sub(2)) {
        writeln!(out, " {line}")?;
    }
    out.flush()
}

/// Ends the line that the terminal of the narration is on; nothing where there is none.
pub fn leave_line() {
    let mut err = io::stderr();
    if err.is_terminal() {
        // Nobody is left to tell if the terminal itself is gone.
        let _ = writeln!(err);
    }
}

/// Shows a prompt on stdout and leaves the cursor behind it.
///
/// # Errors
/// What stdout says.
pub fn prompt(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{text}")?;
    out.flush()
}

#[cfg(test)]
mod folding {
    use super::fold;

    #[test]
    fn a_line_is_broken_at_spaces_and_a_long_word_stays_whole() {
        let line = "netlearn: the file is there, and nobody may read it: not you, and no program of yours";
        let folded = fold(line, 10, Some(40));
        assert!(folded.lines().all(|line| line.len() <= 40), "{folded}");
        assert!(folded.lines().skip(1).all(|line| line.starts_with("          ")), "{folded}");
        assert_eq!(
            folded.split_whitespace().collect::<Vec<_>>(),
            line.split_whitespace().collect::<Vec<_>>()
        );
        assert_eq!(fold(line, 10, None), line);
        let path = format!("netlearn: {} is gone", "/a".repeat(30));
        assert_eq!(fold(&path, 10, Some(40)), format!("netlearn: {}\n          is gone", "/a".repeat(30)));
        assert_eq!(fold("  tip: one two", 2, Some(40)), "  tip: one two");
    }
}
