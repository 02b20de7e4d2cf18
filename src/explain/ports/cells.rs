//! What a row of the socket table says of one socket, in a few words each: who holds it, who can reach it, what it carries.
//!
//! Sentences are made elsewhere, and how wide a column is does not matter here.

use std::borrow::Cow;
use std::time::Duration;

use crate::event::ports::{Owner, Reach, Socket};
use crate::event::tcp::Protocol;
use crate::event::unix::SocketType;
use crate::explain::{number, unix};

/// Who holds a socket: a name that may be shortened, and a tail that may not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder<'a> {
    pub name: Cow<'a, str>,
    /// As ` (pid 4711)`; empty for none.
    pub tail: String,
}

impl<'a> Holder<'a> {
    fn plain(name: impl Into<Cow<'a, str>>) -> Self {
        Holder { name: name.into(), tail: String::new() }
    }

    /// Both parts.
    pub fn whole(&self) -> String {
        [self.name.as_ref(), &self.tail].concat()
    }
}

/// Who holds it, or why nobody is named.
pub fn holder(socket: &Socket) -> Holder<'_> {
    if let Some(first) = socket.owners.first() {
        return Holder { name: program(&first.command).into(), tail: pids(&socket.owners) };
    }
    if socket.owner_hidden {
        return Holder::plain(match user(socket) {
            Some(user) => format!("process hidden, user {user}").into(),
            None => Cow::Borrowed("process hidden"),
        });
    }
    match (socket.state.as_ref(), socket.timer) {
        ("TIME_WAIT", Some(left)) => {
            Holder { name: "closed".into(), tail: format!(", {} left", whole_seconds(left)) }
        }
        ("ESTABLISHED" | "CLOSE_WAIT", _) => Holder::plain("no program yet: not accepted"),
        ("SYN_RECEIVED", _) => Holder::plain("the kernel: handshake not done"),
        ("LISTEN" | "UNCONNECTED" | "CONNECTED", _) => Holder::plain("unknown"),
        _ => Holder::plain("nobody: closed by its program"),
    }
}

/// A command line without the way to its program; what follows the program stays whole.
fn program(command: &str) -> &str {
    let end = command.find(' ').unwrap_or(command.len());
    let start = command[..end].rfind('/').map_or(0, |slash| slash + 1);
    // A name that ends with a slash, or begins with a bracket, is no way to a program.
    if start == end { command } else { &command[start..] }
}

fn pids(owners: &[Owner]) -> String {
    match owners {
        [] => String::new(),
        [one] => format!(" (pid {}{})", one.pid, if one.stopped { ", stopped" } else { "" }),
        [one, two] => format!(" (pids {}, {})", one.pid, two.pid),
        [one, rest @ ..] => format!(" (pid {} and {} more)", one.pid, number(rest.len() as u64)),
    }
}

/// The user that the system books the socket under, by name or number.
pub fn user(socket: &Socket) -> Option<Cow<'_, str>> {
    match &socket.user {
        Some(user) => Some(Cow::Borrowed(user)),
        None => socket.uid.map(|uid| uid.to_string().into()),
    }
}

fn whole_seconds(left: Duration) -> String {
    format!("{} s", left.as_millis().div_ceil(1000))
}

/// Who can reach a listener, in a few words.
pub fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::ThisMachine => "this machine only",
        Reach::OneAddress | Reach::EveryAddress => "the network",
    }
}

/// Who may connect to a Unix socket that waits there, by its file: `anna here, mode 0755`.
pub fn reach_of_path(socket: &Socket) -> String {
    let Some(unix) = &socket.unix else { return "this machine".to_owned() };
    match &unix.file {
        _ if unix.is_abstract => "every user here".to_owned(),
        _ if unix.unlinked => "nobody: file gone".to_owned(),
        Some(file) => match &file.mode {
            Some(mode) => format!("{} here, mode {mode}", unix::who_may(file)),
            None => "mode not readable".to_owned(),
        },
        None => "this machine".to_owned(),
    }
}

/// What a Unix socket carries, in one word.
pub fn socket_type(socket: &Socket) -> &'static str {
    match socket.unix.as_ref().map(|unix| unix.kind) {
        Some(SocketType::Stream) => "stream",
        Some(SocketType::Datagram) => "datagram",
        Some(SocketType::Seqpacket) => "seqpacket",
        None => "unix",
    }
}

/// What a listing means by [`reach`] where other machines are concerned; `None` where no row is.
pub fn reach_note<'a>(sockets: impl Iterator<Item = &'a Socket>) -> Option<&'static str> {
    let sockets: Vec<&Socket> = sockets.collect();
    if sockets.iter().any(|socket| socket.protocol == Protocol::Unix && socket.listens()) {
        return Some(
            "here: on this machine. Connecting takes write permission on the file, and the way through its folders.",
        );
    }
    let beyond = |socket: &Socket| matches!(socket.reach, Some(Reach::OneAddress | Reach::EveryAddress));
    sockets
        .into_iter()
        .any(beyond)
        .then_some("the network: other devices can reach it, unless a firewall stops them.")
}

/// `tcp`, `udp`: how the table names a protocol.
pub fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp | Protocol::Tls | Protocol::Http | Protocol::Https => "tcp",
        Protocol::Udp => "udp",
        Protocol::Unix => "unix",
    }
}
