//! Sockets as the lines of a table that fits its width: both families of one server on one line.

use unicode_width::UnicodeWidthStr as _;

use super::{escape, pad, shorten};
use crate::event::ports::{Reach, Socket};
use crate::explain::ports::{Holder, holder, protocol, reach, user};
use crate::render::Style;

const GAP: usize = 2;
/// Columns that a shortened command keeps at least.
const COMMAND_LEAST: usize = 8;
/// Columns that WHO is granted before a further column is added to the table.
const WHO_EASE: usize = 32;
const ADDRESS_LEAST: usize = 15;

/// A line to be: one socket, or the sockets of one owner that differ in their address only.
struct Row<'a> {
    first: &'a Socket,
    addresses: Vec<String>,
    who: Holder,
}

impl<'a> Row<'a> {
    fn of(socket: &'a Socket) -> Self {
        let who = holder(socket);
        let who = Holder { name: escape(&who.name), tail: escape(&who.tail) };
        Row { first: socket, addresses: vec![address(socket)], who }
    }

    fn takes(&self, socket: &Socket, who: &Holder) -> bool {
        let first = self.first;
        first.listens()
            && first.state == socket.state
            && first.protocol == socket.protocol
            && first.local().map(|local| local.port()) == socket.local().map(|local| local.port())
            && first.reach == socket.reach
            && first.reach != Some(Reach::OneAddress)
            && first.owners == socket.owners
            && user(first) == user(socket)
            && self.who == *who
    }

    /// `127.0.0.1, ::1`; sockets that share an address are counted.
    fn address(&self) -> String {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for address in &self.addresses {
            match seen.iter_mut().find(|(known, _)| known == address) {
                Some((_, count)) => *count += 1,
                None => seen.push((address, 1)),
            }
        }
        let words: Vec<String> = seen
            .into_iter()
            .map(
                |(address, count)| {
                    if count == 1 { address.to_owned() } else { format!("{address} ({count} sockets)") }
                },
            )
            .collect();
        words.join(", ")
    }

    fn far(&self) -> String {
        match (&self.first.ends.peer, self.first.reach) {
            (Some(peer), _) => escape(&peer.to_string()),
            (None, Some(who)) => reach(who).to_owned(),
            (None, None) => String::new(),
        }
    }
}

fn address(socket: &Socket) -> String {
    match (socket.local(), &socket.ends.local) {
        (Some(local), _) => local.ip().to_string(),
        (None, Some(path)) => escape(&path.to_string()),
        (None, None) => String::new(),
    }
}

fn grouped<'a>(sockets: &[&'a Socket]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for socket in sockets {
        let row = Row::of(socket);
        // The listing rises by port, so what belongs together stands close together.
        let near = rows.len().saturating_sub(8);
        match rows[near..].iter_mut().find(|known| known.takes(socket, &row.who)) {
            Some(known) => known.addresses.extend(row.addresses),
            None => rows.push(row),
        }
    }
    rows
}

struct Column {
    head: &'static str,
    cells: Vec<String>,
    width: usize,
    right: bool,
}

impl Column {
    fn new(head: &'static str, cells: Vec<String>) -> Self {
        let width = cells.iter().map(|cell| cell.width()).chain([head.width()]).max().unwrap_or(0);
        Column { head, cells, width, right: false }
    }

    fn cell(&self, text: &str, ascii: bool) -> String {
        let text = shorten(text, self.width, ascii);
        if self.right {
            return format!("{:room$}{text}", "", room = self.width.saturating_sub(text.width()));
        }
        pad(&text, self.width)
    }
}

/// The head line and a line for each group of rows, none wider than `style.width` (of 60 or more).
///
/// Where the owner does not fit beside the rest it gets a line of its own.
pub(super) fn lines(sockets: &[&Socket], style: &Style) -> Vec<String> {
    let rows = grouped(sockets);
    let mut columns = columns(&rows, style.width);
    let tail = rows.iter().map(|row| row.who.tail.width()).max().unwrap_or(0);
    narrow(&mut columns, style.width, "WHO", COMMAND_LEAST + tail);
    let below = total(&columns) > style.width;
    if below {
        columns.retain(|column| column.head != "WHO");
        for head in ["ADDRESS", "PEER OR REACH"] {
            narrow(&mut columns, style.width, head, ADDRESS_LEAST);
        }
    } else if let Some(who) = columns.iter_mut().find(|column| column.head == "WHO") {
        let width = who.width;
        who.cells = rows.iter().map(|row| short_who(&row.who, width, style.ascii)).collect();
    }
    let mut lines = Vec::with_capacity(rows.len() + 1);
    lines.push(join(columns.iter().map(|column| column.cell(column.head, style.ascii))));
    for (index, row) in rows.iter().enumerate() {
        lines.push(join(columns.iter().map(|column| column.cell(&column.cells[index], style.ascii))));
        if below {
            let indent = 1 + columns.first().map_or(0, |first| first.width + GAP);
            let who = short_who(&row.who, style.width.saturating_sub(indent), style.ascii);
            lines.push(format!("{:indent$}{who}", ""));
        }
    }
    lines
}

fn join(cells: impl Iterator<Item = String>) -> String {
    let line = cells.collect::<Vec<_>>().join("  ");
    format!(" {}", line.trim_end())
}

/// Every column that is wanted; the registered name and the user only where there is room for them.
fn columns(rows: &[Row<'_>], width: usize) -> Vec<Column> {
    let cells = |cell: &dyn Fn(&Row<'_>) -> String| rows.iter().map(cell).collect::<Vec<_>>();
    let connections = rows.iter().any(|row| !row.first.listens());
    let mut port = Column::new(
        "PORT",
        cells(&|row| row.first.local().map(|local| local.port().to_string()).unwrap_or_default()),
    );
    port.right = true;
    let mut columns = vec![
        Column::new("PROTO", cells(&|row| protocol(row.first.protocol).to_owned())),
        Column::new("ADDRESS", cells(&|row| row.address())),
        port,
        Column::new("WHO", cells(&|row| row.who.whole())),
    ];
    if connections {
        columns.push(Column::new("STATE", cells(&|row| escape(&row.first.state))));
    }
    columns.push(Column::new(if connections { "PEER OR REACH" } else { "REACH" }, cells(&|row| row.far())));
    let name = Column::new("NAME", cells(&|row| escape(row.first.service.as_deref().unwrap_or_default())));
    add(&mut columns, 3, name, width);
    let user = Column::new("USER", cells(&|row| escape(&user(row.first).unwrap_or_default())));
    let place = columns.len() - 1 - usize::from(connections);
    add(&mut columns, place, user, width);
    columns
}

fn add(columns: &mut Vec<Column>, place: usize, column: Column, width: usize) {
    let eased =
        |column: &Column| if column.head == "WHO" { column.width.min(WHO_EASE) } else { column.width };
    let total: usize = columns.iter().map(|column| eased(column) + GAP).sum();
    let empty = column.cells.iter().all(String::is_empty);
    if !empty && 1 + total + column.width <= width {
        columns.insert(place, column);
    }
}

fn total(columns: &[Column]) -> usize {
    1 + columns.iter().map(|column| column.width).sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// Takes from one column what the line is too wide, down to `least`.
fn narrow(columns: &mut [Column], width: usize, head: &str, least: usize) {
    let over = total(columns).saturating_sub(width);
    if let Some(column) = columns.iter_mut().find(|column| column.head == head) {
        let least = least.min(column.width);
        column.width = column.width.saturating_sub(over).max(least);
    }
}

/// The command gives way, the pid stays.
fn short_who(who: &Holder, width: usize, ascii: bool) -> String {
    let room = width.saturating_sub(who.tail.width());
    if room < 3 {
        return shorten(&who.whole(), width, ascii);
    }
    shorten(&who.name, room, ascii) + &who.tail
}
