use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::*;
use crate::event::Ends;
use crate::event::ports::{Owner, Reach, SocketFound, SocketVanished};
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn listener(local: &str, command: &str) -> Socket {
    let local: SocketAddr = local.parse().unwrap();
    Socket {
        protocol: Protocol::Tcp,
        ends: Ends::at(local),
        state: "LISTEN".into(),
        dual_stack: None,
        recv_q: 0,
        send_q: 0,
        queue_limit: None,
        inode: Some(77),
        uid: Some(1000),
        user: Some("ada".into()),
        owners: [Owner { pid: 4711, command: command.to_owned(), stopped: false }].into(),
        owner_hidden: false,
        reach: Some(if local.ip().is_loopback() { Reach::ThisMachine } else { Reach::EveryAddress }),
        service: None,
        timer: None,
        unix: None,
    }
}

fn closed(local: &str, peer: &str) -> Socket {
    let (local, peer): (SocketAddr, SocketAddr) = (local.parse().unwrap(), peer.parse().unwrap());
    Socket {
        ends: Ends::new(local, peer),
        state: "TIME_WAIT".into(),
        inode: None,
        uid: None,
        user: None,
        owners: [].into(),
        reach: None,
        timer: Some(Duration::from_millis(41_200)),
        unix: None,
        ..listener("127.0.0.1:1", "")
    }
}

fn event(kind: impl Into<EventKind>) -> Event {
    Event {
        seq: 1,
        at: Duration::from_millis(1250),
        took: None,
        flow: None,
        layer: Some(Layer::Kernel),
        side: Side::Observer,
        kind: kind.into(),
    }
}

fn page(style: Style, events: Vec<EventKind>) -> String {
    let page = Page::default();
    let mut table = Table::new(style, Box::new(page.clone()));
    for kind in events {
        table.event(&event(kind)).unwrap();
    }
    table.finish().unwrap();
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn listing(style: Style, sockets: &[Socket], port: Option<u16>) -> String {
    let mut events: Vec<EventKind> =
        sockets.iter().map(|socket| SocketFound { socket: socket.clone() }.into()).collect();
    let count = |test: fn(&Socket) -> bool| sockets.iter().filter(|socket| test(socket)).count() as u64;
    events.push(
        SocketsCounted {
            shown: sockets.len() as u64,
            hidden: count(|socket| socket.owner_hidden),
            port,
            listeners: count(Socket::listens),
            lent: None,
            sees_all: false,
            by_root: false,
            unix: false,
            missing: vec![],
        }
        .into(),
    );
    page(style, events)
}

#[test]
fn both_families_of_one_server_stand_on_one_line() {
    let both = [listener("127.0.0.1:3000", "node server.js"), listener("[::1]:3000", "node server.js")];
    insta::assert_snapshot!("both_families", listing(Style::default(), &both, Some(3000)));
}

#[test]
fn different_owners_stand_apart() {
    let mut other = listener("[::1]:3000", "python3 -m http.server");
    other.owners = [Owner { pid: 812, ..other.owners[0].clone() }].into();
    let two = [listener("127.0.0.1:3000", "node server.js"), other];
    insta::assert_snapshot!("two_owners", listing(Style::default(), &two, None));
}

#[test]
fn a_long_command_gives_way_and_its_pid_stays() {
    let long = "/usr/lib/jvm/java-21/bin/java -Xmx2g -jar /home/ada/projects/shop/build/libs/shop.jar";
    let mut hidden = listener("0.0.0.0:22", "");
    hidden.owners = [].into();
    hidden.owner_hidden = true;
    hidden.user = Some("root".into());
    hidden.service = Some("ssh".to_owned());
    let rows = [hidden, listener("127.0.0.1:8080", long), closed("127.0.0.1:8080", "127.0.0.1:51514")];
    for width in [60, 80, 120] {
        let text = listing(Style { width, ..Style::default() }, &rows, None);
        assert!(text.lines().all(|line| crate::render::style::width(line) <= width), "{width}:\n{text}");
        assert!(text.contains("(pid 4711)"), "{text}");
        insta::assert_snapshot!(format!("width_{width}"), text);
    }
}

#[test]
fn a_free_port_is_said_to_be_free() {
    insta::assert_snapshot!("free", listing(Style::default(), &[], Some(3000)));
    let rest = [closed("127.0.0.1:3000", "127.0.0.1:51514")];
    insta::assert_snapshot!("free_with_time_wait", listing(Style::default(), &rest, Some(3000)));
}

#[test]
fn nothing_in_a_command_line_reaches_the_terminal_raw() {
    let evil = "node \u{1b}]0;title\u{7}\u{9b}2J\r\n\u{202e}server.js";
    let mut socket = listener("127.0.0.1:3000", evil);
    socket.user = Some("\u{1b}[2J".into());
    socket.service = Some("a\u{85}b".to_owned());
    for width in [60, 80, 200] {
        let style = Style { width, ..Style::default() };
        let text = listing(style, &[socket.clone()], Some(3000))
            + &page(style, vec![SocketVanished { socket: socket.clone() }.into()]);
        let raw =
            text.chars().find(|letter| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}');
        assert_eq!(raw, None, "{text:?}");
    }
}

#[test]
fn a_watched_change_is_one_line_with_its_time() {
    let text = page(
        Style::default(),
        vec![SocketVanished { socket: listener("127.0.0.1:3000", "node server.js") }.into()],
    );
    insta::assert_snapshot!("live", text);
}
