//! The world an operation lives in: where names lead, where addresses really are and whom to trust: the internet's, or a
//! lab's. Plain data; it looks nothing up itself.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Where names lead and whom to trust.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Names with addresses given by hand (`--resolve HOST:PORT:ADDR[,ADDR...]`), tried before the system is asked.
    pub routes: Vec<Route>,
    pub trust: Trust,
    /// Who is asked for addresses.
    pub names: Names,
    /// Root servers that a walk begins at; empty: the internet's. Their port is the port of every server on the walk.
    pub roots: Vec<SocketAddr>,
    /// Where planned addresses really are, for those that differ.
    pub doors: Vec<Door>,
    /// Where the certificate of [`Trust::Pem`]'s authority is in a file that other programs can read, if it is.
    pub authority: Option<PathBuf>,
}

/// Who is asked for the addresses of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// The system, as every program here asks it (`getaddrinfo`).
    #[default]
    System,
    /// These name servers, in this order, with a question of our own.
    Servers(Vec<SocketAddr>),
}

/// An address as planned, and where it is on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    pub planned: SocketAddr,
    pub real: SocketAddr,
}

/// One name and port with addresses given by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub host: String,
    pub port: u16,
    pub addresses: Vec<IpAddr>,
}

/// Which certificates are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that this system trusts.
    #[default]
    System,
    /// Only the authorities in this PEM file (`--cacert`).
    File(PathBuf),
    /// Only the authorities in this PEM text (a lab's own).
    Pem(String),
    /// Anybody (`-k`): the check is made and its failure shown, and ignored.
    Nobody,
}

impl World {
    /// Where `planned` really is.
    pub fn door(&self, planned: SocketAddr) -> SocketAddr {
        let door = self.doors.iter().find(|door| door.planned == planned);
        door.map_or(planned, |door| door.real)
    }

    /// The addresses given by hand for `host` at `port`.
    pub fn route(&self, host: &str, port: u16) -> Option<&[IpAddr]> {
        self.routes
            .iter()
            .find(|route| route.port == port && route.host.eq_ignore_ascii_case(host))
            .map(|route| route.addresses.as_slice())
    }
}
