//! What works on this machine, tried where it can be tried and read where it cannot.
//!
//! Everything it sends stays on loopback addresses; no name server is asked and no program is run.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::event::machine::{Check, Checked, State};
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};
use crate::net::dns::system;
use crate::net::kernel::{self, Filter};
use crate::net::server::bind;

/// How long a connection to ourselves may take.
const LIMIT: Duration = Duration::from_secs(2);

/// The ports of the examples.
const USUAL: u16 = 3000;

/// An address that only a whole `127.0.0.0/8` has: the lab gives each of its servers one of these.
const FURTHER: Ipv4Addr = Ipv4Addr::new(127, 53, 0, 1);

/// Addresses that many descriptors serve: one a connection, and some for ourselves.
const DESCRIPTORS: u64 = 1024;

/// Programs that examples use, beside netlearn itself.
const PROGRAMS: [&str; 3] = ["node", "curl", "dig"];

/// Tries and reads everything, telling each as it is known. True where something that is needed is missing.
pub async fn check(recorder: &Recorder) -> bool {
    let mut missing = false;
    for address in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into(), FURTHER.into()] {
        missing |= tell(recorder, || loopback(address));
    }
    let began = recorder.now();
    let found = tokio::net::lookup_host(("localhost", USUAL)).await;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found.into_iter().flatten().map(|address| address.ip()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let state = if addresses.is_empty() { State::Limited } else { State::Works };
    let check = Checked { state, check: Check::Localhost { addresses } };
    recorder.on(Side::Observer, Layer::Name).since(began).emit(check);
    missing |= tell(recorder, port);
    missing |= tell(recorder, boundary);
    missing |= tell(recorder, reachable);
    missing |= tell(recorder, descriptors);
    missing |= tell(recorder, name_servers);
    missing |= tell(recorder, table);
    missing |= tell(recorder, readings);
    for name in PROGRAMS {
        missing |= tell(recorder, || program(name));
    }
    tell(recorder, || Checked { state: State::Limited, check: Check::Firewall });
    missing
}

/// Tells what a check found; true where it is missing.
fn tell(recorder: &Recorder, check: impl FnOnce() -> Checked) -> bool {
    let began = recorder.now();
    let checked = check();
    let missing = checked.state == State::Missing;
    recorder.on(Side::Observer, Layer::Kernel).since(began).emit(checked);
    missing
}

/// Listens, connects, accepts.
fn loopback(address: IpAddr) -> Checked {
    let error = connected(address).err().map(|error| error.to_string());
    let state = match (&error, address) {
        (None, _) => State::Works,
        // Without IPv6, and without further loopback addresses, all goes on in another way.
        (Some(_), _) if address != IpAddr::V4(Ipv4Addr::LOCALHOST) => State::Limited,
        (Some(_), _) => State::Missing,
    };
    Checked { state, check: Check::Loopback { address, error } }
}

fn connected(address: IpAddr) -> io::Result<TcpStream> {
    let listener = TcpListener::bind(SocketAddr::new(address, 0))?;
    let client = TcpStream::connect_timeout(&listener.local_addr()?, LIMIT)?;
    listener.accept()?;
    Ok(client)
}

fn port() -> Checked {
    if bind::is_free(&bind::LOOPBACK, USUAL) {
        return Checked { state: State::Works, check: Check::Port { port: USUAL, holders: Vec::new() } };
    }
    let filter = Filter { protocols: vec![Protocol::Tcp], port: Some(USUAL), listeners: false, owners: true };
    let holders = kernel::sockets(&filter).map(|table| table.sockets).unwrap_or_default();
    Checked { state: State::Limited, check: Check::Port { port: USUAL, holders } }
}

fn boundary() -> Checked {
    Checked {
        state: State::Works,
        check: Check::Boundary { first_unprivileged: kernel::first_unprivileged_port() },
    }
}

fn reachable() -> Checked {
    let addresses: Vec<IpAddr> = kernel::own_addresses()
        .unwrap_or_default()
        .into_iter()
        .filter(|address| match address {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        })
        .collect();
    let state = if addresses.is_empty() { State::Limited } else { State::Works };
    Checked { state, check: Check::Reachable { addresses } }
}

fn descriptors() -> Checked {
    let limit = kernel::room::descriptors();
    let state = if limit.soft.is_none_or(|now| now >= DESCRIPTORS) { State::Works } else { State::Limited };
    Checked { state, check: Check::Descriptors { soft: limit.soft, hard: limit.hard } }
}

fn name_servers() -> Checked {
    let facts = system::configured();
    let state = if facts.servers.is_empty() { State::Limited } else { State::Works };
    Checked { state, check: Check::NameServers { servers: facts.servers, source: facts.source } }
}

fn table() -> Checked {
    let filter = Filter { protocols: Vec::new(), port: None, listeners: true, owners: true };
    let (state, check) = match kernel::sockets(&filter) {
        Ok(table) => {
            let whole = table.sees_all && table.missing.is_empty();
            let state = if whole { State::Works } else { State::Limited };
            (state, Check::Table { sees_all: table.sees_all, error: None, missing: table.missing })
        }
        Err(error) => {
            let error = Some(error.to_string());
            (State::Missing, Check::Table { sees_all: false, error, missing: Vec::new() })
        }
    };
    Checked { state, check }
}

/// What can be read of a connection, on one of our own.
#[cfg(unix)]
fn readings() -> Checked {
    use std::os::fd::AsFd as _;
    let stream = connected(Ipv4Addr::LOCALHOST.into()).ok();
    let info = stream.as_ref().and_then(|stream| kernel::tcp_info(stream.as_fd()).ok());
    let acknowledged = info.as_ref().is_some_and(|info| info.acked.is_some());
    let icmp_origin = stream.as_ref().is_some_and(|stream| kernel::watch_icmp(stream.as_fd(), false).is_ok());
    let all = info.is_some() && acknowledged && icmp_origin;
    let state = if all { State::Works } else { State::Limited };
    Checked { state, check: Check::Kernel { tcp_info: info.is_some(), acknowledged, icmp_origin } }
}

/// Nothing of this is read on this system.
#[cfg(not(unix))]
fn readings() -> Checked {
    Checked {
        state: State::Limited,
        check: Check::Kernel { tcp_info: false, acknowledged: false, icmp_origin: false },
    }
}

/// Whether a program of that name is in PATH.
pub fn has_program(name: &str) -> bool {
    path_of(name).is_some()
}

/// Looks a program up in PATH, as a shell does, and does not run it.
fn path_of(name: &str) -> Option<PathBuf> {
    let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(&file)).find(|path| is_program(path))
}

fn program(name: &str) -> Checked {
    let found = path_of(name);
    let state = if found.is_some() { State::Works } else { State::Limited };
    let path = found.map(|path| path.display().to_string());
    Checked { state, check: Check::Program { name: name.to_owned(), path } }
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    let runnable = |facts: &std::fs::Metadata| {
        use std::os::unix::fs::PermissionsExt as _;
        facts.permissions().mode() & 0o111 != 0
    };
    #[cfg(not(unix))]
    let runnable = |_: &std::fs::Metadata| true;
    path.metadata().is_ok_and(|facts| facts.is_file() && runnable(&facts))
}
