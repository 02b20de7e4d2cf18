//! A connection as its kernel knows it, asked over its life.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use socket2::{SockAddr, SockRef, Socket};

use super::dial::handle;
use crate::event::tcp::TcpInfo;
use crate::net::kernel;

/// A second handle of a connection's socket, and what the kernel told of it so far.
pub(super) struct Watched {
    pub(super) socket: Socket,
    /// Its own address and the peer's; `None` where the connection was over already, or is none of TCP.
    ends: Option<(SocketAddr, SocketAddr)>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    last: Option<TcpInfo>,
    peer_first: bool,
    /// It was in TIME_WAIT when it was looked for.
    waits: bool,
}

impl Watched {
    /// `None` where there is no second handle to be had.
    pub(super) fn new(socket: SockRef<'_>) -> Option<Watched> {
        let of = |address: std::io::Result<SockAddr>| address.ok().and_then(|address| address.as_socket());
        let ends = of(socket.local_addr()).zip(of(socket.peer_addr()));
        Some(Watched { ends, socket: socket.try_clone().ok()?, told: Mutex::default() })
    }

    pub(super) fn handle(&self) -> kernel::Handle<'_> {
        handle(&self.socket)
    }

    /// What the kernel counts now, where the system tells.
    pub(super) fn info(&self) -> Option<TcpInfo> {
        let mut info = kernel::tcp_info(self.handle()).ok()?;
        if info.state == "CLOSED" && self.waits() {
            "TIME_WAIT".clone_into(&mut info.state);
        }
        Some(info)
    }

    /// The same, where it is not what was told last.
    pub(super) fn news(&self) -> Option<TcpInfo> {
        let info = self.info()?;
        let mut told = self.told();
        // RFC 9293 section 3.3.2: both states are those of the end that received a FIN before it sent its own.
        told.peer_first |= matches!(info.state.as_str(), "CLOSE_WAIT" | "LAST_ACK");
        (told.last.replace(info.clone()).as_ref() != Some(&info)).then_some(info)
    }

    /// Whether the peer's FIN was in before ours was sent, at one of the times when it was asked.
    pub(super) fn peer_first(&self) -> bool {
        self.told().peer_first
    }

    /// Whether it is in TIME_WAIT; once found so, the table is not read again for it: nobody asks after the minute that it lasts.
    fn waits(&self) -> bool {
        if self.told().waits {
            return true;
        }
        let waits = self.waits_without_its_socket();
        self.told().waits = waits;
        waits
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Linux lets the socket of a connection in TIME_WAIT read as closed, and keeps the state (RFC 9293 section 3.6) in a
    /// smaller one: only the socket table tells.
    fn waits_without_its_socket(&self) -> bool {
        let own = self.ends.map(|(local, peer)| kernel::other_end(peer, local));
        matches!(own, Some(Ok(Some(socket))) if socket.state == "TIME_WAIT")
    }
}
