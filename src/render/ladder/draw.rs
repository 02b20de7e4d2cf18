//! The geometry of the ladder: two lifelines, and between them arrows and notes. It knows columns, not events.

use std::io::{self, Write};
use std::time::Duration;

use crate::event::Side;
use crate::render::Style;
use crate::render::style::{Role, Row, truncate, width, wrap};

/// Column of the client's lifeline: the time stands left of it.
const LEFT: usize = 6;

/// One line of the diagram.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    /// A message that `from` sent.
    Arrow { from: Side, label: String },
    /// A message of the client's that did not get through: what became of it; dashed where nothing came back.
    Lost { label: String, outcome: String, silent: bool },
    /// What one side did or noticed.
    Note { at: Side, text: String },
    /// A fault that one side noticed.
    Fault { at: Side, text: String },
}

/// Draws lines of one width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawing {
    pub(super) style: Style,
}

impl Drawing {
    /// Column of the server's lifeline.
    fn right(&self) -> usize {
        let columns = self.style.columns();
        columns - (columns * 2 / 7).clamp(12, 24)
    }

    /// Columns between the lifelines, a space kept at both.
    fn span(&self) -> usize {
        self.right() - LEFT - 3
    }

    /// Names or addresses over the lifelines.
    pub(super) fn heads(&self, left: &str, right: &str, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let need = width(&self.style.safe(right));
        let start = self.right().min(self.style.columns().saturating_sub(need)).max(LEFT + 2);
        let row = Row::new(&self.style).to(LEFT).put_within(role, left, start - LEFT - 2);
        row.to(start).put(role, right).end(out)
    }

    /// One mark, with its time since the first event and the colour of its conversation.
    pub(super) fn mark(&self, at: Duration, mark: &Mark, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let row = Row::new(&self.style).put(Role::Plain, &clock(at)).to(LEFT);
        match mark {
            Mark::Arrow { from: Side::Server, label } => self.leftward(row, label, role, out),
            Mark::Arrow { from: Side::Client | Side::Resolver | Side::Observer, label } => {
                self.rightward(row, label, role, out)
            }
            Mark::Lost { label, outcome, silent } => self.lost(row, label, outcome, *silent, role, out),
            Mark::Note { at, text } => self.note(row, *at, text, Role::Plain, out),
            Mark::Fault { at, text } => {
                let text = format!("{} {text}", self.style.glyphs().cross);
                self.note(row, *at, &text, Role::Bad, out)
            }
        }
    }

    /// A mark that has no time.
    pub(super) fn remark(&self, mark: &Mark, out: &mut dyn Write) -> io::Result<()> {
        if let Mark::Note { at, text } | Mark::Fault { at, text } = mark {
            return self.note(Row::new(&self.style).to(LEFT), *at, text, Role::Plain, out);
        }
        self.mark(Duration::ZERO, mark, Role::Plain, out)
    }

    fn bar<'r>(&self, row: Row<'r>) -> Row<'r> {
        row.draw(Role::Plain, self.style.glyphs().bar, 1)
    }

    fn rightward(&self, row: Row<'_>, label: &str, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let glyphs = self.style.glyphs();
        let label = self.cut(label, 4);
        let row = self.bar(row).put(Role::Plain, " ").put(role, &label).put(Role::Plain, " ");
        let dashes = (self.right() - 2).saturating_sub(row.column());
        let row = row.draw(role, glyphs.rule, dashes).draw(role, glyphs.right, 1).to(self.right());
        self.bar(row).end(out)
    }

    fn leftward(&self, row: Row<'_>, label: &str, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let glyphs = self.style.glyphs();
        let label = self.cut(label, 4);
        let row = self.bar(row).put(Role::Plain, " ").draw(role, glyphs.left, 1);
        let dashes = (self.right() - 2).saturating_sub(row.column() + width(&label));
        let row =
            row.draw(role, glyphs.rule, dashes).put(Role::Plain, " ").put(role, &label).to(self.right());
        self.bar(row).end(out)
    }

    fn lost(
        &self,
        row: Row<'_>,
        label: &str,
        outcome: &str,
        silent: bool,
        role: Role,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let glyphs = self.style.glyphs();
        let outcome = self.cut(outcome, self.span() / 2);
        let label = self.cut(label, width(&outcome) + 6);
        let row = self.bar(row).put(Role::Plain, " ").put(role, &label).put(Role::Plain, " ");
        let end = self.right() - 1 - width(&outcome) - 3;
        let dashes = end.saturating_sub(row.column());
        let line = if silent { glyphs.dash } else { glyphs.rule };
        let row = row.draw(role, line, dashes).put(Role::Plain, " ").put(Role::Bad, glyphs.cross);
        let row = row.put(Role::Plain, " ").put(Role::Bad, &outcome).to(self.right());
        self.bar(row).end(out)
    }

    /// A note beside its lifeline: the server's outside if it fits there, all others inside, wrapped.
    fn note(&self, row: Row<'_>, at: Side, text: &str, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let server = at == Side::Server;
        let outside = self.style.columns() - self.right() - 2;
        if server && width(&self.style.safe(text)) <= outside {
            let row = self.bar(self.bar(row).to(self.right()));
            return row.put(Role::Plain, " ").put(role, text).end(out);
        }
        let mut row = row;
        for line in wrap(&self.style, text, self.span()) {
            let indent = if server { self.right() - 1 - width(&line) } else { LEFT + 2 };
            let line = self.bar(row).to(indent).put(role, &line).to(self.right());
            self.bar(line).end(out)?;
            row = Row::new(&self.style).to(LEFT);
        }
        Ok(())
    }

    /// A label with so many columns of the span left free.
    fn cut(&self, label: &str, free: usize) -> String {
        let room = self.span().saturating_sub(free).max(4);
        truncate(&self.style.safe(label), room, self.style.glyphs().ellipsis).into_owned()
    }
}

/// Time since the first event in five columns: milliseconds, and seconds with their unit from one on.
fn clock(at: Duration) -> String {
    let ms = at.as_secs_f64() * 1e3;
    match ms {
        ..99.995 => format!("{ms:>5.2}"),
        ..999.95 => format!("{ms:>5.1}"),
        ..9_995.0 => format!("{:>4.2}s", ms / 1e3),
        ..99_950.0 => format!("{:>4.1}s", ms / 1e3),
        _ => format!("{:>4.0}s", ms / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_take_five_columns_and_say_their_unit() {
        let shown = |ms: f64| clock(Duration::from_secs_f64(ms / 1e3));
        assert_eq!(shown(0.0), " 0.00");
        assert_eq!(shown(12.345), "12.35");
        assert_eq!(shown(99.999), "100.0");
        assert_eq!(shown(5000.0), "5.00s");
        assert_eq!(shown(99_960.0), " 100s");
    }

    #[test]
    fn every_mark_keeps_both_lifelines_at_every_width() {
        let long = "a label that is far too long for any ladder that was ever drawn on a terminal".to_owned();
        let marks = [
            Mark::Arrow { from: Side::Client, label: long.clone() },
            Mark::Arrow { from: Side::Server, label: "200 OK".to_owned() },
            Mark::Lost { label: long.clone(), outcome: long.clone(), silent: true },
            Mark::Note { at: Side::Server, text: "accepted".to_owned() },
            Mark::Fault { at: Side::Client, text: long },
        ];
        for columns in [40, 60, 80, 120, 200] {
            for ascii in [false, true] {
                let drawing = Drawing { style: Style { width: columns, ascii, ..Style::default() } };
                let bar = drawing.style.glyphs().bar;
                for mark in &marks {
                    let mut out = Vec::new();
                    drawing.mark(Duration::ZERO, mark, Role::Plain, &mut out).unwrap();
                    for line in String::from_utf8(out).unwrap().lines() {
                        assert!(width(line) <= columns, "{line}");
                        let columns: Vec<char> = line.chars().collect();
                        assert_eq!(columns[LEFT].to_string(), bar, "{line}");
                        assert_eq!(columns[drawing.right()].to_string(), bar, "{line}");
                    }
                }
            }
        }
    }
}
