//! What can be known of a peer that says nothing: what its kernel took, and on this machine what its program did with it.
//!
//! An acknowledgement shows that a kernel has the octets, never that a program read them.

use std::net::SocketAddr;
use std::time::Duration;

use super::closing::Closing;
use super::families::listener_for;
use crate::event::failure::{Evidence, FailureKind};
use crate::event::ports::Socket;
use crate::event::recorder::Recorder;
use crate::event::tcp::{Protocol, Unread};
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::kernel::{self, Filter};

/// A connection on which nothing came for too long.
#[derive(Clone, Debug)]
pub struct Silence {
    pub flow: Flow,
    pub local: SocketAddr,
    pub peer: SocketAddr,
    /// How long its TCP handshake took.
    pub connect_took: Duration,
    /// Octets of TCP payload given to our system.
    pub sent: u64,
    /// Octets of the answer that came.
    pub received: u64,
    /// How long nothing came.
    pub waited: Duration,
    /// A write of ours was stuck.
    pub sending: bool,
}

impl Silence {
    /// The kind of failure and what speaks for it; emits [`Unread`] where the peer's kernel, on this machine, holds octets.
    pub fn explain(&self, closing: &Closing, recorder: &Recorder) -> (FailureKind, Vec<Evidence>) {
        let mut evidence = vec![
            Evidence::HandshakeDone { took: self.connect_took },
            Evidence::Acknowledged { sent: self.sent, acked: closing.info().and_then(|info| info.acked) },
        ];
        let other = self.other_end(&mut evidence);
        if let Some(socket) = &other {
            self.tell_peer(socket, &mut evidence, recorder);
        }
        evidence.push(Evidence::Waited { time: self.waited });
        evidence.push(Evidence::Received { len: self.received });
        (self.kind(other.as_ref()), evidence)
    }

    /// Adds what can be known to a failure that was a silence (a TLS handshake, a response's head); others stay as they are.
    #[must_use]
    pub fn enrich(&self, error: NetError, closing: &Closing, recorder: &Recorder) -> NetError {
        let silent = matches!(error.failed().kind, FailureKind::NeverAnswers | FailureKind::Stalled);
        if !silent {
            return error;
        }
        let (kind, evidence) = self.explain(closing, recorder);
        error.map(|mut failed| {
            failed.kind = kind;
            let known = |fact: &Evidence| matches!(fact, Evidence::Waited { .. } | Evidence::Received { .. });
            failed.evidence.retain(|fact| !known(fact));
            failed.evidence.extend(evidence);
            failed
        })
    }

    fn other_end(&self, evidence: &mut Vec<Evidence>) -> Option<Socket> {
        if !kernel::is_here(self.peer.ip()) {
            evidence.push(Evidence::NotThisMachine);
            return None;
        }
        kernel::other_end(self.local, self.peer).unwrap_or_else(|error| {
            evidence.push(Evidence::TableUnread { error: error.to_string() });
            None
        })
    }

    fn tell_peer(&self, socket: &Socket, evidence: &mut Vec<Evidence>, recorder: &Recorder) {
        let owner = socket.owners.first().cloned();
        let accepted = accepted(socket);
        let len = unread(socket);
        if len > 0 {
            let unread = Unread { of: Side::Server, len, owner: owner.clone(), accepted };
            recorder.on(Side::Client, Layer::Kernel).flow(self.flow).emit(unread);
        }
        evidence.push(Evidence::PeerSocket { unread: len, owner, accepted, state: socket.state.to_string() });
        if !accepted {
            evidence.extend(self.accept_queue());
        }
    }

    /// The listener's queue in which our connection waits.
    fn accept_queue(&self) -> Option<Evidence> {
        let filter = Filter {
            protocols: vec![Protocol::Tcp],
            port: Some(self.peer.port()),
            listeners: true,
            owners: true,
        };
        let table = kernel::sockets(&filter).ok()?;
        let listener = listener_for(self.peer.ip(), &table.sockets)?;
        let owner = listener.owners.first().cloned();
        Some(Evidence::AcceptQueue { len: listener.recv_q, limit: listener.queue_limit, owner })
    }

    fn kind(&self, other: Option<&Socket>) -> FailureKind {
        match other {
            Some(socket) if !accepted(socket) => FailureKind::NeverAccepts,
            Some(socket) if unread(socket) > 0 => FailureKind::NeverReads,
            _ if self.sending => FailureKind::NeverReads,
            _ if self.received > 0 => FailureKind::Stalled,
            _ => FailureKind::NeverAnswers,
        }
    }
}

/// A connection that waits in an accept queue has no file, so no inode; one that its program has closed has none either,
/// but is in another state then.
fn accepted(socket: &Socket) -> bool {
    socket.inode.is_some() || !matches!(socket.state.as_ref(), "ESTABLISHED" | "CLOSE_WAIT")
}

/// Octets of payload that wait to be read: Linux counts our FIN among them until the program has read the end.
fn unread(socket: &Socket) -> u64 {
    let fin = cfg!(target_os = "linux") && socket.state == "CLOSE_WAIT";
    socket.recv_q.saturating_sub(u64::from(fin))
}
