//! The kinds of stream that a server accepts, and what differs between them: names of their ends, how one is broken off, what
//! the kernel tells of its peer. What is said over them does not differ.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use super::Telling;
use crate::event::ports::Owner;
use crate::event::tcp::Unread;
use crate::event::unix::PeerIdentified;
use crate::event::{Address, Ends, EventKind, Side};
use crate::net::kernel;

/// A stream that was accepted.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The platform's handle of it.
    fn handle(&self) -> kernel::Handle<'_>;
    /// The names of both ends, where they have any.
    fn ends(&self) -> Ends;
    /// Called once, before anything passes.
    fn prepare(&self) {}
    /// Lets the close that follows break the connection off, so that the peer meets an error; false where the kind of socket
    /// cannot.
    fn abort(&self) -> bool;
    /// Who is at the other end, as far as that is known or asked for.
    fn peer(&self, telling: Telling) -> Peer;
    /// What the kernel says of a peer that does not read.
    fn stuck(&self) -> Vec<EventKind>;
}

/// Who is at the other end of a stream.
#[derive(Debug, Default)]
pub struct Peer {
    /// The process found in the socket table.
    pub owner: Option<Owner>,
    /// What the system itself says of it.
    pub identified: Option<PeerIdentified>,
}

/// A socket that accepts streams of one kind.
pub trait Listener: Send + Sync {
    /// What it accepts.
    type Stream: Socket;

    /// The next client, where one waits.
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Stream>>;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        TcpListener::poll_accept(self, cx).map_ok(|(stream, _)| stream)
    }
}

impl Socket for TcpStream {
    fn handle(&self) -> kernel::Handle<'_> {
        handle(self)
    }

    fn ends(&self) -> Ends {
        Ends { local: self.local_addr().ok().map(Into::into), peer: self.peer_addr().ok().map(Into::into) }
    }

    fn prepare(&self) {
        // Small answers must not wait for the acknowledgement of the one before (RFC 896's algorithm with delayed ACKs).
        let _ = self.set_nodelay(true);
    }

    fn abort(&self) -> bool {
        // With this a close sends a RST and throws away what is not sent yet.
        let _ = socket2::SockRef::from(self).set_linger(Some(Duration::ZERO));
        true
    }

    fn peer(&self, telling: Telling) -> Peer {
        let ends = self.ends();
        let inet = |address: &Option<Address>| address.as_ref().and_then(|address| address.inet());
        let owner = match (telling.owners, inet(&ends.local), inet(&ends.peer)) {
            (true, Some(local), Some(peer)) => kernel::other_end(local, peer)
                .ok()
                .flatten()
                .and_then(|socket| socket.owners.first().cloned()),
            (_, _, _) => None,
        };
        Peer { owner, identified: None }
    }

    fn stuck(&self) -> Vec<EventKind> {
        let mut facts = Vec::new();
        facts.extend(kernel::tcp_info(handle(self)).ok().map(EventKind::from));
        if let (Ok(local), Ok(peer)) = (self.local_addr(), self.peer_addr())
            && let Ok(Some(other)) = kernel::other_end(local, peer)
        {
            let owner = other.owners.first().cloned();
            facts.push(Unread { of: Side::Client, len: other.recv_q, accepted: true, owner }.into());
        }
        facts
    }
}

/// The platform's handle of a stream.
#[cfg(unix)]
pub fn handle(stream: &TcpStream) -> kernel::Handle<'_> {
    use std::os::fd::AsFd as _;
    stream.as_fd()
}

/// The platform's handle of a stream.
#[cfg(windows)]
pub fn handle(stream: &TcpStream) -> kernel::Handle<'_> {
    use std::os::windows::io::AsSocket as _;
    stream.as_socket()
}
