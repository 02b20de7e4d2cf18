//! Sockets as the lines of a table that fits its width: both families of one server on one line.

use std::borrow::Cow;
use std::io;

use crate::event::ports::{Reach, Socket};
use crate::event::tcp::Protocol;
use crate::explain::ports::cells::{holder, protocol, reach, reach_of_path, socket_type, user};
use crate::render::style::{Role, Row, Safe, width};
use crate::render::{Out, Style};

const GAP: usize = 2;
/// Columns that a shortened command keeps at least.
const COMMAND_LEAST: usize = 8;
/// Columns that WHO is granted before a further column is added to the table.
const WHO_EASE: usize = 32;
const ADDRESS_LEAST: usize = 15;
/// How far back a socket looks for the line it belongs on; the listing rises by port, so it is close.
const NEAR: usize = 8;

/// A line to be: one socket, or the sockets of one owner that differ in their address only.
struct Entry<'a> {
    first: &'a Socket,
    others: Vec<&'a Socket>,
    /// Who holds it: a name that may be shortened, and a tail that may not.
    who: (Safe<'a>, Safe<'a>),
}

impl<'a> Entry<'a> {
    fn of(socket: &'a Socket, style: &Style) -> Self {
        let who = holder(socket);
        Entry { first: socket, others: Vec::new(), who: (style.once(who.name), style.once(who.tail)) }
    }

    fn takes(&self, socket: &Socket) -> bool {
        let first = self.first;
        first.listens()
            && first.protocol != Protocol::Unix
            && first.local().map(|local| local.port()) == socket.local().map(|local| local.port())
            && first.protocol == socket.protocol
            && first.state == socket.state
            && first.reach == socket.reach
            && first.reach != Some(Reach::OneAddress)
            && first.owner_hidden == socket.owner_hidden
            && first.uid == socket.uid
            && first.owners == socket.owners
    }

    /// `127.0.0.1, ::1`; sockets that share an address are counted.
    fn address(&self) -> String {
        if self.others.is_empty() {
            return address(self.first);
        }
        let mut seen: Vec<(String, usize)> = Vec::new();
        for address in [self.first].iter().chain(&self.others).map(|socket| address(socket)) {
            match seen.iter_mut().find(|(known, _)| *known == address) {
                Some((_, count)) => *count += 1,
                None => seen.push((address, 1)),
            }
        }
        let words: Vec<String> = seen
            .into_iter()
            .map(|(address, count)| if count == 1 { address } else { format!("{address} ({count} sockets)") })
            .collect();
        words.join(", ")
    }

    fn far(&self) -> Cow<'static, str> {
        match (&self.first.ends.peer, self.first.reach) {
            (Some(peer), _) => peer.to_string().into(),
            (None, Some(_)) if self.first.protocol == Protocol::Unix => reach_of_path(self.first).into(),
            (None, Some(who)) => reach(who).into(),
            (None, None) => "".into(),
        }
    }

    /// The command gives way, the pid stays.
    fn who_within(&self, columns: usize, style: &Style) -> Safe<'static> {
        let ((name, tail), ellipsis) = (&self.who, style.glyphs().ellipsis);
        let room = columns.saturating_sub(tail.width());
        if room > width(ellipsis) {
            return name.before(tail, room, ellipsis);
        }
        name.before(tail, usize::MAX, ellipsis)
    }
}

fn address(socket: &Socket) -> String {
    match (socket.local(), &socket.ends.local) {
        (Some(local), _) => local.ip().to_string(),
        (None, Some(path)) => path.to_string(),
        (None, None) => String::new(),
    }
}

fn grouped<'a>(sockets: impl Iterator<Item = &'a Socket>, style: &Style) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for socket in sockets {
        let near = entries.len().saturating_sub(NEAR);
        match entries[near..].iter_mut().find(|known| known.takes(socket)) {
            Some(known) => known.others.push(socket),
            None => entries.push(Entry::of(socket, style)),
        }
    }
    entries
}

/// A column of any table.
pub(super) struct Column<'a> {
    head: &'static str,
    cells: Vec<Safe<'a>>,
    width: usize,
    right: bool,
}

impl<'a> Column<'a> {
    /// A column as wide as its widest cell.
    pub(super) fn new<C: Into<Cow<'a, str>>>(
        head: &'static str,
        style: &Style,
        cells: impl Iterator<Item = C>,
    ) -> Self {
        let cells: Vec<Safe<'a>> = cells.map(|cell| style.once(cell)).collect();
        let width = cells.iter().map(Safe::width).chain([head.len()]).max().unwrap_or(0);
        Column { head, cells, width, right: false }
    }

    /// Who holds each: its cells are put together when it is known how wide they may be.
    fn who(entries: &[Entry<'a>]) -> Self {
        let wide = |entry: &Entry<'a>| entry.who.0.width() + entry.who.1.width();
        let head = "WHO";
        let width = entries.iter().map(wide).chain([head.len()]).max().unwrap_or(0);
        Column { head, cells: Vec::new(), width, right: false }
    }

    /// The same with its cells at the right: numbers.
    pub(super) fn rightward(self) -> Self {
        Column { right: true, ..self }
    }
}

/// Writes the head line and the lines of the sockets, none wider than the style.
///
/// Where the owner does not fit beside the rest it gets a line of its own.
pub(super) fn write<'a>(
    sockets: impl Iterator<Item = &'a Socket>,
    style: &Style,
    out: &mut Out,
) -> io::Result<()> {
    let entries = grouped(sockets, style);
    let mut columns = columns(&entries, style);
    let tail = entries.iter().map(|entry| entry.who.1.width()).max().unwrap_or(0);
    narrow(&mut columns, style, "WHO", COMMAND_LEAST + tail);
    let below = total(&columns) > style.columns();
    if below {
        columns.retain(|column| column.head != "WHO");
        for head in ["ADDRESS", "PATH", "PEER OR REACH"] {
            narrow(&mut columns, style, head, ADDRESS_LEAST);
        }
    } else if let Some(who) = columns.iter_mut().find(|column| column.head == "WHO") {
        who.cells = entries.iter().map(|entry| entry.who_within(who.width, style)).collect();
    }
    heads(&columns, style).end(out)?;
    for (index, entry) in entries.iter().enumerate() {
        line(&columns, style, index).end(out)?;
        if below {
            let indent = 1 + columns.first().map_or(0, |first| first.width + GAP);
            let who = entry.who_within(style.columns().saturating_sub(indent), style);
            Row::new(style).to(indent).put_safe(Role::Plain, &who, usize::MAX).end(out)?;
        }
    }
    Ok(())
}

/// Writes the head line and every line of the columns.
pub(super) fn write_columns(columns: &[Column<'_>], style: &Style, out: &mut Out) -> io::Result<()> {
    heads(columns, style).end(out)?;
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for index in 0..rows {
        line(columns, style, index).end(out)?;
    }
    Ok(())
}

fn heads<'s>(columns: &[Column<'_>], style: &'s Style) -> Row<'s> {
    let heads: Vec<Safe<'_>> = columns.iter().map(|column| style.once(column.head)).collect();
    cells(columns, style, Role::Heading, heads.iter())
}

/// The cells of that index, none where a column has fewer.
fn line<'s>(columns: &[Column<'_>], style: &'s Style, index: usize) -> Row<'s> {
    let none = Safe::default();
    cells(columns, style, Role::Plain, columns.iter().map(|column| column.cells.get(index).unwrap_or(&none)))
}

fn cells<'s, 'c>(
    columns: &[Column<'_>],
    style: &'s Style,
    role: Role,
    cells: impl Iterator<Item = &'c Safe<'c>>,
) -> Row<'s> {
    let mut row = Row::new(style);
    let mut start = 1;
    for (column, cell) in columns.iter().zip(cells) {
        let indent = if column.right { column.width.saturating_sub(cell.width()) } else { 0 };
        row = row.to(start + indent).put_safe(role, cell, column.width);
        start += column.width + GAP;
    }
    row
}

/// Every column that is wanted; the registered name and the user only where there is room for them.
fn columns<'a>(entries: &'a [Entry<'a>], style: &Style) -> Vec<Column<'a>> {
    let socket = || entries.iter().map(|entry| entry.first);
    if socket().all(|socket| socket.protocol == Protocol::Unix) {
        return unix_columns(entries, style);
    }
    let connections = socket().any(|socket| !socket.listens());
    let port = |socket: &Socket| socket.local().map(|local| local.port().to_string()).unwrap_or_default();
    let mut port = Column::new("PORT", style, socket().map(port));
    port.right = true;
    let mut columns = vec![
        Column::new("PROTO", style, socket().map(|socket| protocol(socket.protocol))),
        Column::new("ADDRESS", style, entries.iter().map(Entry::address)),
        port,
        Column::who(entries),
    ];
    if connections {
        columns.push(Column::new("STATE", style, socket().map(|socket| socket.state.as_ref())));
    }
    let far = if connections { "PEER OR REACH" } else { "REACH" };
    columns.push(Column::new(far, style, entries.iter().map(Entry::far)));
    let name =
        Column::new("NAME", style, socket().map(|socket| socket.service.as_deref().unwrap_or_default()));
    add(&mut columns, 3, name, style);
    let user = Column::new("USER", style, socket().map(|socket| user(socket).unwrap_or_default()));
    let place = columns.len() - 1 - usize::from(connections);
    add(&mut columns, place, user, style);
    columns
}

/// Unix sockets have a path where others have an address and a port.
fn unix_columns<'a>(entries: &'a [Entry<'a>], style: &Style) -> Vec<Column<'a>> {
    let socket = || entries.iter().map(|entry| entry.first);
    let mut columns = vec![
        Column::new("TYPE", style, socket().map(|socket| socket_type(socket))),
        Column::new("PATH", style, entries.iter().map(Entry::address)),
        Column::who(entries),
    ];
    if socket().any(|socket| !socket.listens()) {
        columns.push(Column::new("STATE", style, socket().map(|socket| socket.state.as_ref())));
    }
    columns.push(Column::new("REACH", style, entries.iter().map(Entry::far)));
    columns
}

fn add<'a>(columns: &mut Vec<Column<'a>>, place: usize, column: Column<'a>, style: &Style) {
    let eased =
        |column: &Column<'_>| if column.head == "WHO" { column.width.min(WHO_EASE) } else { column.width };
    let total: usize = columns.iter().map(|column| eased(column) + GAP).sum();
    let empty = column.cells.iter().all(Safe::is_empty);
    if !empty && 1 + total + column.width <= style.columns() {
        columns.insert(place, column);
    }
}

fn total(columns: &[Column<'_>]) -> usize {
    1 + columns.iter().map(|column| column.width).sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// Takes from one column what the line is too wide, down to `least`.
pub(super) fn narrow(columns: &mut [Column<'_>], style: &Style, head: &str, least: usize) {
    let over = total(columns).saturating_sub(style.columns());
    if let Some(column) = columns.iter_mut().find(|column| column.head == head) {
        let least = least.min(column.width);
        column.width = column.width.saturating_sub(over).max(least);
    }
}
