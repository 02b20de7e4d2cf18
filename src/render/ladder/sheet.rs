//! Rows in an order in which the times of each lifeline rise: an arrow that still has to arrive holds back what stands below it.
//! What its receiver does meanwhile stands above it; where it cannot, because its sender went on too, the arrow is drawn in
//! two rows, one where it leaves and one where it arrives.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use super::draw::{Drawing, Mark, Times};
use super::talks::index;
use crate::event::Side;
use crate::event::tcp::Bytes;
use crate::render::Out;
use crate::render::style::Role;

/// Arrows that are waited for, and octets of rows below them: past either the first arrow stays without its arrival.
const WAITING: usize = 64;
const BELOW: usize = 64 * 1024;

/// What an arrow brings to the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// Octets up to this one, beneath TLS or not.
    Octets { beneath: bool, end: u64 },
    /// A datagram by what stands in it: its number need not be the same at both ends.
    Datagram { print: u64 },
    /// No more comes.
    End,
}

impl Load {
    /// The load of one event of bytes.
    pub(super) fn of(facts: &Bytes, beneath: bool) -> Load {
        match facts.datagram {
            Some(_) => {
                let mut print = DefaultHasher::new();
                // What was cut on the way in has another length.
                facts.len.saturating_add(facts.lost.unwrap_or_default()).hash(&mut print);
                Load::Datagram { print: print.finish() ^ first(&facts.head.0) }
            }
            None => Load::Octets { beneath, end: facts.offset.saturating_add(facts.len) },
        }
    }

    fn brings(self, load: Load) -> bool {
        match (self, load) {
            (Load::Octets { beneath, end }, Load::Octets { beneath: other, end: sent }) => {
                beneath == other && sent <= end
            }
            (one, other) => one == other,
        }
    }
}

/// The first octets of a datagram: what both ends keep of it, however much was cut.
fn first(head: &[u8]) -> u64 {
    let mut print = DefaultHasher::new();
    head.iter().take(4).for_each(|octet| octet.hash(&mut print));
    print.finish()
}

/// An arrow on its way.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) talk: u64,
    pub(super) from: Side,
    pub(super) load: Load,
    pub(super) times: Times,
    pub(super) label: String,
    pub(super) role: Role,
    /// It has arrived, or will not.
    pub(super) over: bool,
}

impl Waiting {
    /// Whether it is of this conversation and side, and what arrived is what it brings.
    fn brought(&self, talk: u64, from: Side, load: Load) -> bool {
        (self.talk, self.from) == (talk, from) && load.brings(self.load)
    }
}

#[derive(Debug)]
enum Row {
    Drawn(Vec<u8>),
    Waiting(Waiting),
}

impl Row {
    /// An arrow that is on its way to `side`.
    fn nears(&self, side: Side) -> bool {
        matches!(self, Row::Waiting(arrow) if !arrow.over && index(arrow.from) != index(side))
    }
}

/// The writer of the diagram.
pub(super) struct Sheet {
    out: BufWriter<Out>,
    rows: VecDeque<Row>,
    /// Rows at the end that stay below what is written next.
    tail: usize,
    /// Arrows whose leaving is drawn, and whose arrival will be a row of its own.
    flying: VecDeque<Waiting>,
    waiting: usize,
    below: usize,
}

impl Sheet {
    pub(super) fn new(out: Out) -> Sheet {
        Sheet {
            out: BufWriter::new(out),
            rows: VecDeque::new(),
            tail: 0,
            flying: VecDeque::new(),
            waiting: 0,
            below: 0,
        }
    }

    /// What is written next is something that `side` does or notices: it stands above the arrows on their way there.
    pub(super) fn begin(&mut self, side: Side, drawing: &Drawing) -> io::Result<()> {
        let tail = self.rows.iter().rev().take_while(|row| row.nears(side)).count();
        self.part(side, self.rows.len() - tail, drawing)?;
        self.tail = tail;
        self.release(drawing)
    }

    /// Keeps an arrow until it has arrived.
    pub(super) fn hold(&mut self, waiting: Waiting, drawing: &Drawing) -> io::Result<()> {
        // Two arrows that cross fit in no order of rows.
        self.part(waiting.from, self.rows.len(), drawing)?;
        self.rows.push_back(Row::Waiting(waiting));
        self.tail = 0;
        self.waiting += 1;
        self.release(drawing)
    }

    /// Draws the leaving of the arrows to `side` among the first rows.
    fn part(&mut self, side: Side, rows: usize, drawing: &Drawing) -> io::Result<()> {
        for row in self.rows.iter_mut().take(rows).filter(|row| row.nears(side)) {
            let mut text = Vec::new();
            if let Row::Waiting(arrow) = row {
                let mark = Mark::Leaves { from: arrow.from, label: arrow.label.clone() };
                drawing.mark(arrow.times, &mark, arrow.role, &mut text)?;
            }
            self.waiting -= 1;
            self.below += text.len();
            if let Row::Waiting(arrow) = std::mem::replace(row, Row::Drawn(text)) {
                self.flying.push_back(arrow);
            }
        }
        while self.flying.len() > WAITING {
            self.flying.pop_front();
        }
        Ok(())
    }

    /// Something arrived at the other side of `from`; true where its arrow was on its way.
    pub(super) fn arrive(
        &mut self,
        talk: u64,
        from: Side,
        load: Load,
        at: Duration,
        drawing: &Drawing,
    ) -> io::Result<bool> {
        let one = matches!(load, Load::Datagram { .. });
        let mut found = self.land(talk, from, load, at, drawing)?;
        for place in 0..self.rows.len() {
            if let Row::Waiting(arrow) = &mut self.rows[place]
                && !(one && found)
                && !arrow.over
                && arrow.brought(talk, from, load)
            {
                arrow.over = true;
                arrow.times.arrives(from, at);
                found = true;
                // Those that left before it are late.
                self.part(from.other(), place, drawing)?;
            }
        }
        self.release(drawing)?;
        Ok(found)
    }

    /// Draws the arrival of the arrows whose leaving is drawn; true where there was one.
    fn land(
        &mut self,
        talk: u64,
        from: Side,
        load: Load,
        at: Duration,
        drawing: &Drawing,
    ) -> io::Result<bool> {
        let mut found = false;
        while let Some(place) = self.flying.iter().position(|arrow| arrow.brought(talk, from, load)) {
            let Some(arrow) = self.flying.remove(place) else { break };
            found = true;
            let times = arrow.times.only_arrival(from, at);
            self.begin(from.other(), drawing)?;
            drawing.mark(times, &Mark::Arrives { from, label: arrow.label }, arrow.role, self)?;
            if matches!(load, Load::Datagram { .. }) {
                break;
            }
        }
        Ok(found)
    }

    /// The receiver of what `from` sent has ended: what did not arrive until now will not.
    pub(super) fn deaf(&mut self, talk: u64, from: Side, drawing: &Drawing) -> io::Result<()> {
        for row in &mut self.rows {
            if let Row::Waiting(arrow) = row
                && (arrow.talk, arrow.from) == (talk, from)
            {
                arrow.over = true;
            }
        }
        self.flying.retain(|arrow| (arrow.talk, arrow.from) != (talk, from));
        self.release(drawing)
    }

    /// Writes the rows above the first arrow that is still on its way.
    fn release(&mut self, drawing: &Drawing) -> io::Result<()> {
        let full = |sheet: &Sheet| sheet.waiting > WAITING || sheet.below > BELOW;
        loop {
            let over = match self.rows.front() {
                None => return Ok(()),
                Some(Row::Drawn(_)) => true,
                Some(Row::Waiting(arrow)) => arrow.over,
            };
            if !over && !full(self) {
                return Ok(());
            }
            self.pop(drawing)?;
        }
    }

    fn pop(&mut self, drawing: &Drawing) -> io::Result<()> {
        match self.rows.pop_front() {
            None => Ok(()),
            Some(Row::Drawn(text)) => {
                self.below = self.below.saturating_sub(text.len());
                self.out.write_all(&text)
            }
            Some(Row::Waiting(arrow)) => {
                self.waiting -= 1;
                let mark = Mark::Arrow { from: arrow.from, label: arrow.label };
                drawing.mark(arrow.times, &mark, arrow.role, &mut self.out)
            }
        }
    }

    /// Writes everything.
    pub(super) fn end(&mut self, drawing: &Drawing) -> io::Result<()> {
        while !self.rows.is_empty() {
            self.pop(drawing)?;
        }
        self.out.flush()
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let place = self.rows.len().saturating_sub(self.tail);
        match place.checked_sub(1).and_then(|above| self.rows.get_mut(above)) {
            None => return self.out.write(bytes),
            Some(Row::Drawn(text)) => text.extend_from_slice(bytes),
            Some(Row::Waiting(_)) => self.rows.insert(place, Row::Drawn(bytes.to_vec())),
        }
        self.below += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
