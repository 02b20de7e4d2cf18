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
    /// The beginning of an arrow whose end is a row further down: both sides did something meanwhile.
    Leaves { from: Side, label: String },
    /// The end of such an arrow.
    Arrives { from: Side, label: String },
    /// A message of the client's that did not get through: what became of it; dashed where nothing came back.
    Lost { label: String, outcome: String, silent: bool },
    /// What one side did or noticed.
    Note { at: Side, text: String },
    /// A fault that one side noticed.
    Fault { at: Side, text: String },
}

/// The times that stand beside the lifelines: left the client's, or that of everything where one clock column is enough.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) left: Option<f64>,
    pub(super) right: Option<f64>,
    /// Where the first column begins; seconds.
    pub(super) origin: f64,
}

impl Times {
    /// One time, at the left.
    pub(super) fn left(at: Duration, origin: Duration) -> Times {
        Times { left: Some(at.as_secs_f64()), right: None, origin: origin.as_secs_f64() }
    }

    /// One time, at the right.
    pub(super) fn right(at: Duration, origin: Duration) -> Times {
        Times { left: None, right: Some(at.as_secs_f64()), origin: origin.as_secs_f64() }
    }

    /// What `from` sent is at the other side now.
    pub(super) fn arrives(&mut self, from: Side, at: Duration) {
        let end = if from == Side::Server { &mut self.left } else { &mut self.right };
        *end = Some(at.as_secs_f64());
    }

    /// The time of the arrival alone of what `from` sent.
    pub(super) fn only_arrival(self, from: Side, at: Duration) -> Times {
        let mut times = Times { left: None, right: None, origin: self.origin };
        times.arrives(from, at);
        times
    }

    fn text(&self, at: Option<f64>) -> String {
        at.map(|at| clock((at - self.origin) * 1e3)).unwrap_or_default()
    }
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

    /// One mark, with its times and the colour of its conversation.
    pub(super) fn mark(&self, times: Times, mark: &Mark, role: Role, out: &mut dyn Write) -> io::Result<()> {
        let row = Row::new(&self.style).put(Role::Plain, &times.text(times.left)).to(LEFT);
        let right = times.text(times.right);
        match mark {
            Mark::Arrow { from: Side::Server, label } => {
                self.end(self.leftward(row, label, role), &right).end(out)
            }
            Mark::Arrow { from: Side::Client | Side::Resolver | Side::Observer, label } => {
                self.end(self.rightward(row, label, role), &right).end(out)
            }
            Mark::Leaves { from, label } => {
                self.end(self.half(row, *from, label, false, role), &right).end(out)
            }
            Mark::Arrives { from, label } => {
                self.end(self.half(row, *from, label, true, role), &right).end(out)
            }
            Mark::Lost { label, outcome, silent } => self.lost(row, label, outcome, *silent, role, out),
            Mark::Note { at, text } => self.note(row, *at, text, Role::Plain, &right, out),
            Mark::Fault { at, text } => {
                let text = format!("{} {text}", self.style.glyphs().cross);
                self.note(row, *at, &text, Role::Bad, &right, out)
            }
        }
    }

    /// The server's lifeline, and its time.
    fn end<'r>(&self, row: Row<'r>, time: &str) -> Row<'r> {
        let row = self.bar(row.to(self.right()));
        if time.is_empty() { row } else { row.put(Role::Plain, " ").put(Role::Plain, time) }
    }

    /// A mark that has no time.
    pub(super) fn remark(&self, mark: &Mark, out: &mut dyn Write) -> io::Result<()> {
        if let Mark::Note { at, text } | Mark::Fault { at, text } = mark {
            return self.note(Row::new(&self.style).to(LEFT), *at, text, Role::Plain, "", out);
        }
        self.mark(Times::default(), mark, Role::Plain, out)
    }

    fn bar<'r>(&self, row: Row<'r>) -> Row<'r> {
        row.draw(Role::Plain, self.style.glyphs().bar, 1)
    }

    fn rightward<'r>(&self, row: Row<'r>, label: &str, role: Role) -> Row<'r> {
        let glyphs = self.style.glyphs();
        let label = self.cut(label, 4);
        let row = self.bar(row).put(Role::Plain, " ").put(role, &label).put(Role::Plain, " ");
        let dashes = (self.right() - 2).saturating_sub(row.column());
        row.draw(role, glyphs.rule, dashes).draw(role, glyphs.right, 1)
    }

    fn leftward<'r>(&self, row: Row<'r>, label: &str, role: Role) -> Row<'r> {
        let glyphs = self.style.glyphs();
        let label = self.cut(label, 4);
        let row = self.bar(row).put(Role::Plain, " ").draw(role, glyphs.left, 1);
        let dashes = (self.right() - 2).saturating_sub(row.column() + width(&label));
        row.draw(role, glyphs.rule, dashes).put(Role::Plain, " ").put(role, &label)
    }

    /// The half of an arrow at its sender's lifeline, or (`head`) the one at its receiver's.
    fn half<'r>(&self, row: Row<'r>, from: Side, label: &str, head: bool, role: Role) -> Row<'r> {
        let glyphs = self.style.glyphs();
        let half = self.span() / 2;
        let label = self.cut(label, self.span() - half + 3);
        let dashes = half.saturating_sub(width(&label) + if head { 3 } else { 1 });
        let row = self.bar(row);
        match (from, head) {
            (Side::Server, false) => {
                let row = row.to(self.right() - 1 - half).draw(role, glyphs.rule, dashes);
                row.put(Role::Plain, " ").put(role, &label)
            }
            (Side::Server, true) => {
                let row = row.put(Role::Plain, " ").draw(role, glyphs.left, 1).put(Role::Plain, " ");
                row.put(role, &label).put(Role::Plain, " ").draw(role, glyphs.rule, dashes)
            }
            (_, false) => {
                let row = row.put(Role::Plain, " ").put(role, &label).put(Role::Plain, " ");
                row.draw(role, glyphs.rule, dashes)
            }
            (_, true) => {
                let row = row.to(self.right() - 1 - half).draw(role, glyphs.rule, dashes);
                let row = row.put(Role::Plain, " ").put(role, &label).put(Role::Plain, " ");
                row.draw(role, glyphs.right, 1)
            }
        }
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
    fn note(
        &self,
        row: Row<'_>,
        at: Side,
        text: &str,
        role: Role,
        time: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let server = at == Side::Server;
        let taken = if time.is_empty() { 2 } else { 3 + width(time) };
        let outside = (self.style.columns() - self.right()).saturating_sub(taken);
        if server && width(&self.style.safe(text)) <= outside {
            let row = self.end(self.bar(row), time);
            return row.put(Role::Plain, " ").put(role, text).end(out);
        }
        let (mut row, mut time) = (row, time);
        for line in wrap(&self.style, text, self.span()) {
            let indent = if server { self.right() - 1 - width(&line) } else { LEFT + 2 };
            let line = self.bar(row).to(indent).put(role, &line);
            self.end(line, time).end(out)?;
            (row, time) = (Row::new(&self.style).to(LEFT), "");
        }
        Ok(())
    }

    /// A label with so many columns of the span left free.
    fn cut(&self, label: &str, free: usize) -> String {
        let room = self.span().saturating_sub(free).max(4);
        truncate(&self.style.safe(label), room, self.style.glyphs().ellipsis).into_owned()
    }
}

/// Milliseconds since the origin in five columns, and seconds with their unit from one on; before it with a minus.
fn clock(ms: f64) -> String {
    let sized = |value: f64, room: usize| {
        let whole = format!("{:.0}", value.abs()).len();
        let sign = usize::from(value < 0.0);
        format!("{value:.*}", room.saturating_sub(whole + sign + 1).min(2))
    };
    let text = match ms.abs() {
        ..999.95 => sized(if ms.abs() < 0.005 { 0.0 } else { ms }, 5),
        _ => format!("{}s", sized(ms / 1e3, 4)),
    };
    format!("{text:>5}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_take_five_columns_and_say_their_unit() {
        let shown = clock;
        assert_eq!(shown(0.0), " 0.00");
        assert_eq!(shown(12.345), "12.35");
        assert_eq!(shown(99.999), "100.0");
        assert_eq!(shown(5000.0), "5.00s");
        assert_eq!(shown(99_960.0), " 100s");
        assert_eq!(shown(-3.146), "-3.15");
        assert_eq!(shown(-312.4), " -312");
        assert_eq!(shown(-5000.0), "-5.0s");
        assert_eq!(shown(-0.001), " 0.00");
    }

    #[test]
    fn every_mark_keeps_both_lifelines_at_every_width() {
        let long = "a label that is far too long for any ladder that was ever drawn on a terminal".to_owned();
        let marks = [
            Mark::Arrow { from: Side::Client, label: long.clone() },
            Mark::Arrow { from: Side::Server, label: "200 OK".to_owned() },
            Mark::Leaves { from: Side::Client, label: long.clone() },
            Mark::Leaves { from: Side::Server, label: "200 OK".to_owned() },
            Mark::Arrives { from: Side::Client, label: long.clone() },
            Mark::Arrives { from: Side::Server, label: "200 OK".to_owned() },
            Mark::Lost { label: long.clone(), outcome: long.clone(), silent: true },
            Mark::Note { at: Side::Server, text: "accepted".to_owned() },
            Mark::Fault { at: Side::Client, text: long },
        ];
        for columns in [40, 60, 80, 120, 200] {
            for ascii in [false, true] {
                let drawing = Drawing { style: Style { width: columns, ascii, ..Style::default() } };
                let bar = drawing.style.glyphs().bar;
                let both = Times { left: Some(0.1), right: Some(12.0), origin: 0.0 };
                for (mark, times) in marks.iter().flat_map(|mark| [(mark, Times::default()), (mark, both)]) {
                    let mut out = Vec::new();
                    drawing.mark(times, mark, Role::Plain, &mut out).unwrap();
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
