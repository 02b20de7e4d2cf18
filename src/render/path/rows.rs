//! The rows of a path: zone, address and name, outcome and time; below them what was said.

use std::io::{self, Write};

use crate::render::Style;
use crate::render::style::{Role, Row, width, wrap};

/// Where everything begins.
const MARGIN: usize = 3;
/// Zones deeper than this stand no further to the right.
const LEVELS: usize = 5;
/// Detours deeper than this stand no further to the right.
const DETOURS: usize = 4;
/// Columns of the time, right of the outcome.
const TIME: usize = 9;

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) style: Style,
    /// Detours that it is on.
    pub(super) depth: usize,
    /// Zones above its own.
    pub(super) zones: usize,
}

/// One server as its row shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server<'s> {
    pub(super) zone: &'s str,
    pub(super) address: &'s str,
    pub(super) name: &'s str,
    pub(super) outcome: &'s str,
    pub(super) took: Option<&'s str>,
}

impl Place {
    /// Where text begins.
    fn text(&self) -> usize {
        let column = match self.style.columns() {
            100.. => 26,
            72..100 => 20,
            _ => 14,
        };
        column + self.gutter()
    }

    fn gutter(&self) -> usize {
        2 * self.depth.min(DETOURS)
    }

    /// A row with the bars of its detours.
    fn row(&self) -> Row<'_> {
        let bar = self.style.glyphs().bar;
        let mut row = Row::new(&self.style).to(MARGIN);
        for _ in 0..self.depth.min(DETOURS) {
            row = row.draw(Role::Plain, bar, 1).put(Role::Plain, " ");
        }
        row
    }

    pub(super) fn blank(&self, out: &mut dyn Write) -> io::Result<()> {
        Row::new(&self.style).end(out)
    }

    /// The question that a walk answers.
    pub(super) fn heading(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for line in wrap(&self.style, text, self.style.columns() - MARGIN) {
            self.row().put(Role::Heading, &line).end(out)?;
        }
        Ok(())
    }

    /// A line about the whole walk or a detour.
    pub(super) fn line(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for line in wrap(&self.style, text, self.style.columns() - MARGIN - self.gutter()) {
            self.row().put(Role::Plain, &line).end(out)?;
        }
        Ok(())
    }

    /// What the server said.
    pub(super) fn said(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.below(Role::What, text, out)
    }

    /// What a server was passed over for.
    pub(super) fn bad(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.below(Role::Bad, text, out)
    }

    /// Why, and what came between.
    pub(super) fn note(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.below(Role::Plain, text, out)
    }

    fn below(&self, role: Role, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for line in wrap(&self.style, text, self.style.columns() - self.text()) {
            self.row().to(self.text()).put(role, &line).end(out)?;
        }
        Ok(())
    }

    /// A record, in one row.
    pub(super) fn record(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        self.row().to(self.text()).put(Role::What, text).end(out)
    }

    /// A server: its zone, where it is, how it answered.
    pub(super) fn server(&self, server: &Server<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut row = self.row();
        if self.zones > 0 {
            let indent = row.column() + 2 * (self.zones.min(LEVELS) - 1);
            row = row.to(indent);
            row = row.draw(Role::Plain, self.style.glyphs().corner, 1).put(Role::Plain, " ");
        }
        row = row.put(Role::What, server.zone);
        if row.column() >= self.text() {
            row.end(out)?;
            row = self.row();
        }
        let outcome = format!("{}{:>TIME$}", server.outcome, server.took.unwrap_or_default());
        let cells = |text: &str| width(&self.style.safe(text));
        let row = row.to(self.text()).put(Role::Plain, server.address);
        let left = row.room().saturating_sub(cells(&outcome) + 2);
        if row.room() < cells(&outcome) + 2 {
            row.end(out)?;
            return self.row().right(Role::Plain, &outcome).end(out);
        }
        let row = if left > 8 && !server.name.is_empty() {
            row.put(Role::Plain, "  ").put_within(Role::Plain, server.name, left - 2)
        } else {
            row
        };
        row.right(Role::Plain, &outcome).end(out)
    }
}
