//! A list of commands to choose from, and the lines around it. It knows rows and columns, not keys.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Style;
use super::style::{Role, Row, truncate, width};

/// One entry: the command as it is typed, and what it does.
#[derive(Clone, Debug)]
pub struct Choice {
    pub command: &'static str,
    pub does: Cow<'static, str>,
}

/// Draws the list with the chosen entry marked, in at most so many rows; gives how many lines it wrote.
///
/// # Errors
/// What the writer says.
pub fn draw(
    choices: &[Choice],
    chosen: usize,
    rows: usize,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<usize> {
    // A line above, one below, and the one that the cursor is on.
    let room = rows.saturating_sub(3).clamp(1, choices.len().max(1));
    let first = chosen.saturating_sub(room / 2).min(choices.len() - room.min(choices.len()));
    line("What do you want to see? Each line is a command that you can type.", Role::Plain, style, out)?;
    let column = choices.iter().map(|choice| width(choice.command)).max().unwrap_or(0) + 4;
    for (index, choice) in choices.iter().enumerate().skip(first).take(room) {
        let mark = if index == chosen { ">" } else { " " };
        let text = format!(" {mark} {:<column$}{}", choice.command, choice.does);
        line(&text, if index == chosen { Role::Heading } else { Role::Plain }, style, out)?;
    }
    line("arrow keys or j k: choose   Enter: run   q: leave", Role::Plain, style, out)?;
    Ok(room + 2)
}

fn line(text: &str, role: Role, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    // A line that fills the last column wraps on some terminals.
    let text = truncate(text, style.width.saturating_sub(1).max(4), style.glyphs().ellipsis);
    Row::new(style).put(role, &text).end(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHOICES: [Choice; 3] = [
        Choice { command: "netlearn tour", does: Cow::Borrowed("a story in five pages") },
        Choice { command: "netlearn serve --port PORT", does: Cow::Borrowed("be a server") },
        Choice { command: "netlearn --help", does: Cow::Borrowed("all commands") },
    ];

    fn drawn(chosen: usize, rows: usize, width: usize) -> Vec<String> {
        let style = Style { width, ..Style::default() };
        let mut out = Vec::new();
        let count = draw(&CHOICES, chosen, rows, &style, &mut out).expect("drawn");
        let lines: Vec<String> = String::from_utf8_lossy(&out).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), count);
        lines
    }

    #[test]
    fn it_fits_any_terminal_and_shows_what_is_chosen() {
        for width in [20, 40, 80, 200] {
            for rows in [1, 4, 5, 24] {
                for (chosen, choice) in CHOICES.iter().enumerate() {
                    let lines = drawn(chosen, rows, width);
                    assert!(lines.len() < rows.max(4), "{rows}: {lines:?}");
                    assert!(lines.iter().all(|line| line.chars().count() < width), "{width}: {lines:?}");
                    let start = choice.command.chars().take(9).collect::<String>();
                    assert!(lines.iter().any(|line| line.starts_with(&format!(" > {start}"))), "{lines:?}");
                }
            }
        }
    }
}
