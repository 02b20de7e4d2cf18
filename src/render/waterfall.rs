//! The phases of an exchange as durations.
//!
//! Every bar stands beside the number it draws, and in the table every phase is a letter of its own: neither length nor
//! colour says anything alone. Nothing is measured here: the durations come from `timed` events.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use super::style::{Role, Row, pack, width};
use super::{Level, Out, Render, Style};
use crate::event::http::Timed;
use crate::event::{Event, EventKind};
use crate::explain::{number, time};

/// What no phase accounts for.
const BETWEEN: &str = "between";
/// Exchanges kept for the table; later ones are counted.
const KEPT: usize = 1000;

/// One row an exchange, its phases side by side on a common scale.
pub struct Waterfall {
    style: Style,
    out: BufWriter<Out>,
    rows: Vec<(String, Timed)>,
    /// What the last request asked for, by its serial on its flow.
    asked: Option<String>,
    more: u64,
}

impl Waterfall {
    /// Writes to `out`.
    pub fn new(style: Style, out: Out) -> Self {
        Waterfall { style, out: BufWriter::new(out), rows: Vec::new(), asked: None, more: 0 }
    }

    fn table(&mut self) -> io::Result<()> {
        let Some(longest) = self.rows.iter().map(|(_, timed)| spent(timed)).max() else {
            return writeln!(self.out, "No exchange was timed.");
        };
        let what = self.rows.iter().map(|(what, _)| width(&self.style.safe(what))).max().unwrap_or(0);
        let what = what.min(self.style.columns() / 3);
        for (index, (title, timed)) in self.rows.iter().enumerate() {
            let mut row = Row::new(&self.style)
                .put(Role::Plain, &format!("{:>3} ", index + 1))
                .put_within(Role::What, title, what)
                .to(4 + what + 2);
            let cells = row.room().saturating_sub(12);
            for (phase, letter, took) in accounted(timed) {
                row = row.draw(role(phase), letter, share(took, longest, cells));
            }
            row.right(Role::Plain, &time(timed.total)).end(&mut self.out)?;
            let figure =
                |(phase, letter, took): &(&str, &str, Duration)| format!("{letter} {phase} {},", time(*took));
            let mut figures: Vec<String> = accounted(timed).iter().map(figure).collect();
            figures.push(format!("total {}", time(timed.total)));
            for line in pack(&self.style, &figures, self.style.columns() - 4) {
                Row::new(&self.style).to(4).put(Role::Plain, &line).end(&mut self.out)?;
            }
        }
        if self.more > 0 {
            let more = format!("    {} more exchanges, not drawn", number(self.more));
            Row::new(&self.style).put(Role::Plain, &more).end(&mut self.out)?;
        }
        Ok(())
    }
}

impl Render for Waterfall {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let EventKind::Request(request) = &event.kind {
            self.asked = Some(format!("{} {}", request.method, request.target));
        }
        if let EventKind::Timed(timed) = &event.kind {
            if self.rows.len() < KEPT {
                self.rows.push((self.asked.take().unwrap_or_default(), timed.clone()));
            } else {
                self.more += 1;
            }
        }
        Ok(())
    }

    /// Nothing can be drawn before the longest exchange is known.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.style.level != Level::None || !self.rows.is_empty() {
            self.table()?;
        }
        self.out.flush()
    }
}

/// The phases that happened, in order, each with its letter.
fn phases(timed: &Timed) -> Vec<(&'static str, &'static str, Duration)> {
    [
        ("name", "n", timed.name),
        ("connect", "c", timed.connect),
        ("tls", "t", timed.tls),
        ("send", "s", timed.send),
        ("wait", "w", timed.wait),
        ("receive", "r", timed.receive),
    ]
    .into_iter()
    .filter_map(|(phase, letter, took)| took.map(|took| (phase, letter, took)))
    .collect()
}

/// The phases, and where they leave a tenth of the total or more unaccounted for, what lay between them.
fn accounted(timed: &Timed) -> Vec<(&'static str, &'static str, Duration)> {
    let mut phases = phases(timed);
    let sum = phases.iter().fold(Duration::ZERO, |sum, (_, _, took)| sum.saturating_add(*took));
    let between = timed.total.saturating_sub(sum);
    if between >= timed.total / 10 && between > Duration::ZERO {
        phases.push((BETWEEN, ".", between));
    }
    phases
}

/// Colour of a phase: who keeps us waiting in it.
fn role(phase: &str) -> Role {
    match phase {
        "send" => Role::FromClient,
        "wait" | "receive" => Role::FromServer,
        _ => Role::Plain,
    }
}

fn spent(timed: &Timed) -> Duration {
    let sum = phases(timed).iter().fold(Duration::ZERO, |sum, (_, _, took)| sum.saturating_add(*took));
    sum.max(timed.total)
}

/// Cells of `cells` that a phase takes; one at least, so that no phase that happened is left out.
fn share(took: Duration, whole: Duration, cells: usize) -> usize {
    let exact = took.as_secs_f64() / whole.as_secs_f64().max(1e-9) * cells as f64;
    (exact.floor() as usize).clamp(1, cells.max(1))
}

/// The phases of one exchange in a line or two: `name ▏ 0.1 ms   connect ▎ 0.2 ms   ...`, the total at the right.
///
/// What no phase accounts for has its number and no bar: it must not make the phases look short.
///
/// # Errors
/// What the writer says.
pub(super) fn compact(style: &Style, timed: &Timed, out: &mut dyn Write) -> io::Result<()> {
    const CELLS: usize = 10;
    const GAP: usize = 3;
    let phases = accounted(timed);
    let longest = phases.iter().filter(|(phase, ..)| *phase != BETWEEN).map(|(_, _, took)| *took).max();
    let total = format!("total {}", time(timed.total));
    let mut row = Row::new(style).to(3);
    for (index, (phase, _, took)) in phases.iter().enumerate() {
        let (full, part) = match longest {
            Some(longest) if *phase != BETWEEN => bar(*took, longest, CELLS),
            Some(_) | None => (0, 0),
        };
        let figure = time(*took);
        let drawn = full + usize::from(part > 0);
        let need = phase.len() + 1 + drawn + usize::from(drawn > 0) + figure.len();
        if index > 0 {
            let room = row.room();
            if room < GAP + need {
                std::mem::replace(&mut row, Row::new(style).to(3)).end(out)?;
            } else {
                let column = row.column() + GAP;
                row = row.to(column);
            }
        }
        let eighths = style.glyphs().eighths;
        row = row.put(Role::Plain, phase).put(Role::Plain, " ").draw(role(phase), eighths[7], full);
        if part > 0 {
            row = row.draw(role(phase), eighths[part - 1], 1);
        }
        row = row.put(Role::Plain, if drawn > 0 { " " } else { "" }).put(Role::Plain, &figure);
    }
    if row.room() < total.len() + 2 {
        row.end(out)?;
        row = Row::new(style);
    }
    row.right(Role::Plain, &total).end(out)
}

/// Whole cells and eighths of one more that draw a duration; something is drawn for whatever happened.
fn bar(took: Duration, longest: Duration, cells: usize) -> (usize, usize) {
    let exact = took.as_secs_f64() / longest.as_secs_f64().max(1e-9) * (cells * 8) as f64;
    let eighths = (exact.round() as usize).clamp(1, cells * 8);
    (eighths / 8, eighths % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed() -> Timed {
        let micros = |n| Some(Duration::from_micros(n));
        Timed {
            exchange: 1,
            name: micros(100),
            connect: micros(200),
            tls: None,
            send: micros(20),
            wait: micros(400),
            receive: micros(100),
            total: Duration::from_micros(860),
        }
    }

    fn drawn(style: &Style) -> String {
        let mut out = Vec::new();
        compact(style, &timed(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bars_stand_beside_their_numbers_and_fit() {
        let text = drawn(&Style::default());
        assert!(text.contains("wait ██████████ 0.4 ms"), "{text}");
        assert!(text.trim_end().ends_with("total 0.9 ms"), "{text}");
        for columns in [40, 60, 80, 200] {
            let style = Style { width: columns, ascii: columns == 60, ..Style::default() };
            let text = drawn(&style);
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
            assert_eq!(text.is_ascii(), style.ascii);
        }
        assert_eq!(drawn(&Style { width: 120, ..Style::default() }).lines().count(), 1);
    }

    #[test]
    fn what_no_phase_accounts_for_is_said() {
        let timed = Timed { total: Duration::from_micros(1100), ..timed() };
        assert_eq!(accounted(&timed).last(), Some(&("between", ".", Duration::from_micros(280))));
        assert!(accounted(&Timed::default()).is_empty());
        let long = Timed { total: Duration::from_millis(50), ..timed };
        let mut out = Vec::new();
        compact(&Style::default(), &long, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("wait ██████████ 0.4 ms") && text.contains("between 49 ms"), "{text}");
    }

    #[test]
    fn lengths_are_proportional() {
        let ms = Duration::from_millis;
        assert_eq!(bar(ms(10), ms(10), 10), (10, 0));
        assert_eq!(bar(ms(5), ms(10), 10), (5, 0));
        assert_eq!(bar(Duration::ZERO, ms(10), 10), (0, 1));
        assert_eq!(share(ms(5), ms(10), 40), 20);
        assert_eq!(share(Duration::ZERO, Duration::ZERO, 40), 1);
    }
}
