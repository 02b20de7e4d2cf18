//! What can be known of a peer at the other end of a Unix socket that says nothing. It is on this machine: its socket can be
//! looked at, where the system shows it.

use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use super::{Stream, failure};
use crate::event::failure::{Evidence, FailureKind};
use crate::event::recorder::Recorder;
use crate::event::tcp::Unread;
use crate::event::{Flow, Layer, Side};
use crate::net::kernel;

/// One connection, kept so that the kernel can be asked about it until its end.
#[derive(Debug)]
pub struct Silence {
    socket: Option<OwnedFd>,
    path: PathBuf,
    flow: Flow,
}

impl Silence {
    /// Of the client's end `stream`.
    pub fn new(stream: &Stream, path: PathBuf, flow: Flow) -> Silence {
        Silence { socket: stream.as_fd().try_clone_to_owned().ok(), path, flow }
    }

    /// The kind of failure and what speaks for it, after nothing passed for `waited`: a write of ours was stuck (`sending`), or
    /// nothing came, or nothing after so many octets sent and received.
    pub fn explain(
        &self,
        waited: Duration,
        sending: bool,
        (sent, received): (u64, u64),
        recorder: &Recorder,
    ) -> (FailureKind, Vec<Evidence>) {
        let mut evidence: Vec<Evidence> = failure::at(&self.path).into_iter().collect();
        evidence.push(Evidence::Acknowledged { sent, acked: None });
        let other =
            self.socket.as_ref().and_then(|socket| kernel::unix_other_end(socket.as_fd()).ok().flatten());
        let mut kind = match (sending, received) {
            (true, _) => FailureKind::NeverReads,
            (false, 0) => FailureKind::NeverAnswers,
            (false, _) => FailureKind::Stalled,
        };
        if let Some(socket) = other {
            let accepted = socket.inode.is_some();
            let owner = socket.owners.first().cloned();
            if !accepted {
                kind = FailureKind::NeverAccepts;
                evidence.extend(self.queue());
            } else if socket.recv_q > 0 {
                kind = FailureKind::NeverReads;
                let unread = Unread { of: Side::Server, len: socket.recv_q, owner: owner.clone(), accepted };
                recorder.on(Side::Client, Layer::Kernel).flow(self.flow).emit(unread);
            }
            let unread = if accepted { socket.recv_q } else { 0 };
            evidence.push(Evidence::PeerSocket { unread, owner, accepted, state: socket.state.into_owned() });
        }
        evidence.push(Evidence::Waited { time: waited });
        evidence.push(Evidence::Received { len: received });
        (kind, evidence)
    }

    fn queue(&self) -> Option<Evidence> {
        let Evidence::PathTable { sockets, .. } = super::bind::table(&self.path) else { return None };
        let listener = sockets.into_iter().find(|socket| socket.listens())?;
        let (len, limit) = (listener.recv_q, listener.queue_limit);
        Some(Evidence::AcceptQueue { len, limit, owner: listener.owners.first().cloned() })
    }
}
