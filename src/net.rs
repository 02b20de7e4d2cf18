//! Really does it: names, sockets, TLS and HTTP over tapped streams.
//!
//! Operations take a target, a [`world::World`], a [`crate::event::recorder::Recorder`] and one options
//! struct. Nothing here prints, chooses words or colours, or knows lessons.

pub mod dns;
pub mod http;
pub mod http2;
pub mod kernel;
pub mod machine;
pub mod ports;
pub mod server;
pub mod tap;
pub mod tcp;
pub mod tls;
pub mod udp;
pub mod unix;
pub mod world;

use std::io;

use crate::event::failure::{Failed, Phase};

/// What an operation failed with, by the phase it failed in. Every variant carries the facts that end the event stream.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("looking up the name: {0}")]
    Name(#[source] Fault),
    #[error("listening: {0}")]
    Listen(#[source] Fault),
    #[error("connecting: {0}")]
    Connect(#[source] Fault),
    #[error("TLS handshake: {0}")]
    Handshake(#[source] Fault),
    #[error("exchanging data: {0}")]
    Exchange(#[source] Fault),
    #[error("writing output: {0}")]
    Output(#[source] Fault),
    #[error("reading the socket table: {0}")]
    Table(#[source] Fault),
}

/// The facts of a failure and the system's error beneath it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {:?}", failed.target, failed.kind)]
pub struct Fault {
    pub failed: Box<Failed>,
    #[source]
    pub source: Option<io::Error>,
}

impl NetError {
    /// Wraps the facts in the variant of their phase.
    pub fn new(failed: Failed, source: Option<io::Error>) -> Self {
        let phase = failed.phase;
        let fault = Fault { failed: Box::new(failed), source };
        match phase {
            Phase::Name => NetError::Name(fault),
            Phase::Listen => NetError::Listen(fault),
            Phase::Connect => NetError::Connect(fault),
            Phase::Handshake => NetError::Handshake(fault),
            Phase::Send | Phase::Wait | Phase::Receive => NetError::Exchange(fault),
            Phase::Output => NetError::Output(fault),
            Phase::Table => NetError::Table(fault),
        }
    }

    /// The same error with its facts changed.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Failed) -> Failed) -> Self {
        match self {
            NetError::Name(fault)
            | NetError::Listen(fault)
            | NetError::Connect(fault)
            | NetError::Handshake(fault)
            | NetError::Exchange(fault)
            | NetError::Output(fault)
            | NetError::Table(fault) => NetError::new(change(*fault.failed), fault.source),
        }
    }

    /// The facts, as the `failed` event tells them.
    pub fn failed(&self) -> &Failed {
        match self {
            NetError::Name(fault)
            | NetError::Listen(fault)
            | NetError::Connect(fault)
            | NetError::Handshake(fault)
            | NetError::Exchange(fault)
            | NetError::Output(fault)
            | NetError::Table(fault) => &fault.failed,
        }
    }
}
