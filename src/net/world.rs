//! The world an operation lives in: where names lead and whom to trust. Plain data; it looks nothing up itself.

use std::net::IpAddr;
use std::path::PathBuf;

/// Where names lead and whom to trust.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Names with addresses given by hand (`--resolve HOST:PORT:ADDR[,ADDR...]`), tried before the system is asked.
    pub routes: Vec<Route>,
    pub trust: Trust,
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
    /// Anybody (`-k`): the check is made and its failure shown, and ignored.
    Nobody,
}

impl World {
    /// The addresses given by hand for `host` at `port`.
    pub fn route(&self, host: &str, port: u16) -> Option<&[IpAddr]> {
        self.routes
            .iter()
            .find(|route| route.port == port && route.host.eq_ignore_ascii_case(host))
            .map(|route| route.addresses.as_slice())
    }
}
