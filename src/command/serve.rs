//! `netlearn serve`: a real server that narrates what its clients do.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Outcome};

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Tcp,
}

/// How it behaves to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// http: `Hello, World!`; tcp: echo.
    Usual,
    /// Answers with these octets (http: as the body; tcp: after each read).
    Reply(Vec<u8>),
    /// Sends these octets to each client as soon as it connects (tcp), or as the body (http).
    Greet(Vec<u8>),
    /// Sends back what came.
    Echo,
    /// Accepts, reads, never answers.
    Silent,
    /// Serves this folder (http).
    Files(PathBuf),
    /// Misbehaves on purpose (http).
    Fault(Fault),
}

/// A misbehaviour of an HTTP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Reset,
    Empty,
    Truncate,
    LongBody,
    BadChunk,
    TwoLengths,
    BadLength,
    RedirectLoop,
    SlowHeaders,
    EndlessHeader,
    BadStatus,
    NulHeader,
    NotHttp,
}

/// What to serve, where, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    pub protocol: Protocol,
    pub port: u16,
    /// Addresses to listen on; empty for both loopback addresses.
    pub hosts: Vec<IpAddr>,
    pub behaviour: Behaviour,
    /// Wait this long before reading from a client.
    pub pause_read: Option<Duration>,
    /// Send answers one octet at a time.
    pub drip: bool,
    pub tls: bool,
    /// Where the throwaway authority's certificate goes; `None`: a file in the temporary folder.
    pub authority: Option<PathBuf>,
    /// Stop after so many clients.
    pub count: Option<u64>,
    pub limits: Limits,
}

/// What a client may use.
#[derive(Clone, Debug)]
pub struct Limits {
    pub connections: usize,
    /// Octets of a request's head.
    pub head: usize,
    /// Octets of a request's body.
    pub body: u64,
    /// Silence allowed on an open connection.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { connections: 10_000, head: 64 * 1024, body: 10 * 1024 * 1024, idle: Duration::from_secs(60) }
    }
}

/// Serves until told to stop.
pub async fn run(_options: Options, _context: &Context) -> Outcome {
    Outcome::DONE
}
