//! Where a server listens or a client goes, as it is written for other programs.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use clap::CommandFactory as _;

use super::{Remedy, working};
use crate::cli::Cli;
use crate::cli::own::{Piece, command_of, pieces};

/// `serve 127.0.0.1:3000` and `connect udp localhost 3000`, as netlearn takes them.
pub(super) fn of(words: &[String]) -> Option<Remedy> {
    let mut cli = Cli::command();
    cli.build();
    let (at, command) = command_of(&cli, words)?;
    let mend = match command.get_name() {
        "serve" => served,
        "connect" => spoken,
        _ => return None,
    };
    let pieces = pieces(command, &words[at + 1..]);
    (0..pieces.len()).find_map(|place| {
        let (what, instead) = mend(&pieces, place)?;
        let own =
            |pieces: &[Piece<'_>]| pieces.iter().flat_map(|piece| piece.words.clone()).collect::<Vec<_>>();
        let mended =
            [words[..=at].to_vec(), own(&pieces[..place]), instead, own(&pieces[place + 1..])].concat();
        working(mended).map(|line| Remedy { what, line: Some(line) })
    })
}

/// An address where `serve` takes a port: what to say, and the words in its place.
fn served(pieces: &[Piece<'_>], place: usize) -> Option<(String, Vec<String>)> {
    let Piece { flag, words } = &pieces[place];
    let flag = flag.map(|flag| flag.get_id().as_str());
    let word = match flag {
        None => words[0].as_str(),
        Some("port" | "host") => {
            words.get(1).map_or_else(|| words[0].split_once('='), |word| Some(("", word)))?.1
        }
        Some(_) => return None,
    };
    let (address, port) = place_of(word)?;
    // A name is no address, and that is what its reader says.
    if flag == Some("host") && (address, port) == (None, None) {
        return None;
    }
    let mut instead = Vec::new();
    if let Some(port) = port {
        instead.extend(["--port".to_owned(), port.to_string()]);
    }
    let what = match address {
        Some(address) => {
            instead.extend(["--host".to_owned(), address.to_string()]);
            format!("{word:?} is an address: serve takes a port, and an address behind --host")
        }
        None => format!("{word:?}: serve takes a port alone, and listens on localhost unless told otherwise"),
    };
    Some((what, instead))
}

/// Address and port of `127.0.0.1`, `[::1]:3000`, `::1:3000`, `localhost:3000`, `:3000`; no address: the usual ones.
fn place_of(word: &str) -> Option<(Option<IpAddr>, Option<u16>)> {
    if let Ok(both) = word.parse::<SocketAddr>() {
        return Some((Some(both.ip()), Some(both.port())));
    }
    if let Some((address, port)) = word.rsplit_once(':')
        && ["::", "::1"].contains(&address)
        && let (Ok(address), Ok(port)) = (address.parse::<Ipv6Addr>(), port.parse::<u16>())
    {
        // Read as one address it is among those that were once to carry IPv4's (RFC 4291 section 2.5.5.1): no machine has it.
        return Some((Some(address.into()), Some(port)));
    }
    if let Ok(address) = word.trim_start_matches('[').trim_end_matches(']').parse() {
        return Some((Some(address), None));
    }
    let (host, port) = match word.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (word, None),
    };
    let here = host.eq_ignore_ascii_case("localhost") || (host.is_empty() && port.is_some());
    here.then_some((None, port))
}

/// The kind of connection as a word, where `connect` has a flag for it.
fn spoken(pieces: &[Piece<'_>], place: usize) -> Option<(String, Vec<String>)> {
    let has = |id: &str| pieces.iter().any(|piece| piece.flag.is_some_and(|flag| flag.get_id() == id));
    let Piece { flag: None, words } = &pieces[place] else { return None };
    let (what, instead): (_, &[&str]) = match words[0].as_str() {
        "tcp" if !has("udp") && !has("unix") => {
            ("connect speaks TCP unless told otherwise: it takes no word for it", &[])
        }
        "udp" => {
            ("connect speaks UDP with -u: it takes no word for it", if has("udp") { &[] } else { &["-u"] })
        }
        "unix" => {
            ("connect takes the path of a Unix socket behind -U", if has("unix") { &[] } else { &["-U"] })
        }
        _ => return None,
    };
    Some((what.to_owned(), instead.iter().map(ToString::to_string).collect()))
}
