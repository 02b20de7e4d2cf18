//! Who is at the other end, as the system itself tells (`SO_PEERCRED`, `getpeereid`), and what its socket holds.

use std::os::fd::AsFd as _;

use tokio::net::UnixStream;

use crate::event::Side;
use crate::event::tcp::Unread;
use crate::event::unix::PeerIdentified;
use crate::net::kernel;

/// The process and user at the other end, which is `of`; `None` where the system does not tell.
pub(super) fn identified(stream: &UnixStream, of: Side) -> Option<PeerIdentified> {
    let told = stream.peer_cred().ok()?;
    // 0: a process that this one's process namespace has no number for.
    let pid = told.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0);
    Some(PeerIdentified {
        of,
        pid,
        uid: told.uid(),
        gid: told.gid(),
        user: kernel::user_name(told.uid()),
        owner: pid.and_then(kernel::process),
    })
}

/// Octets that the peer's kernel holds and its program has not read, where that can be seen.
pub(super) fn unread(stream: &UnixStream, of: Side) -> Option<Unread> {
    let other = kernel::unix_other_end(stream.as_fd()).ok()??;
    let accepted = other.inode.is_some();
    Some(Unread { of, len: other.recv_q, owner: other.owners.first().cloned(), accepted })
}
