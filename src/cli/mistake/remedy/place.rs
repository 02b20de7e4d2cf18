//! Where a server listens or a client goes, as it is written for other programs.

use std::net::{IpAddr, SocketAddr};

use super::{Remedy, working};

/// Flags of `serve` whose value says a place.
const PLACED: [&str; 3] = ["--port", "-p", "--host"];

/// `serve 127.0.0.1:3000` and `connect udp localhost 3000`, as netlearn takes them.
pub(super) fn of(words: &[String]) -> Option<Remedy> {
    match words.get(1)?.as_str() {
        "serve" => (2..words.len()).find_map(|at| served(words, at)),
        "connect" => (2..words.len()).find_map(|at| spoken(words, at)),
        _ => None,
    }
}

/// An address where `serve` takes a port.
fn served(words: &[String], at: usize) -> Option<Remedy> {
    let word = words[at].as_str();
    let (address, port) = place(word)?;
    // A name is no address, and that is what its reader says.
    if (address, port) == (None, None) && words[at - 1] == "--host" {
        return None;
    }
    let mut mended = words.to_vec();
    mended.remove(at);
    if PLACED.contains(&mended[at - 1].as_str()) {
        mended.remove(at - 1);
    }
    if let Some(port) = port {
        mended.extend(["--port".to_owned(), port.to_string()]);
    }
    let what = match address {
        Some(address) => {
            mended.extend(["--host".to_owned(), address.to_string()]);
            format!("{word:?} is an address: serve takes a port, and an address behind --host")
        }
        None => format!("{word:?}: serve takes a port alone, and listens on localhost unless told otherwise"),
    };
    working(mended).map(|line| Remedy { what, line: Some(line) })
}

/// Address and port of `127.0.0.1`, `[::1]:3000`, `localhost:3000`; no address: the usual ones.
fn place(word: &str) -> Option<(Option<IpAddr>, Option<u16>)> {
    if let Ok(both) = word.parse::<SocketAddr>() {
        return Some((Some(both.ip()), Some(both.port())));
    }
    if let Ok(address) = word.parse() {
        return Some((Some(address), None));
    }
    match word.strip_prefix("localhost")? {
        "" => Some((None, None)),
        rest => rest.strip_prefix(':')?.parse().ok().map(|port| (None, Some(port))),
    }
}

/// The kind of connection as a word, where `connect` has a flag for it.
fn spoken(words: &[String], at: usize) -> Option<Remedy> {
    let mut mended = words.to_vec();
    let what = match mended.remove(at).as_str() {
        "tcp" => "connect speaks TCP unless told otherwise: it takes no word for it",
        "udp" => {
            mended.insert(at, "-u".to_owned());
            "connect speaks UDP with -u: it takes no word for it"
        }
        "unix" => {
            mended.insert(at, "-U".to_owned());
            "connect takes the path of a Unix socket behind -U"
        }
        _ => return None,
    };
    working(mended).map(|line| Remedy { what: what.to_owned(), line: Some(line) })
}
