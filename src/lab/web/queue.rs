//! *Never accepts*: a listener whose accept queue is kept full.
//!
//! It rests on this: a connection is completed by the system, before the program accepts it, and waits in a queue of a
//! limited length (`listen`'s backlog). Linux takes one connection more than the limit and, once the queue is over it, leaves
//! each SYN unanswered (`sk_acceptq_is_full` in `tcp_conn_request`; with `net.ipv4.tcp_abort_on_overflow` 0, as it is unless
//! set, and whatever SYN cookies are set to). So the queue is filled with connections of our own, which nobody accepts: to
//! every later client this port is as silent as one behind a firewall that drops. Other systems: the queue is filled until a
//! connection of our own is not completed either.

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// The limit asked for; the least that every system takes as it is.
const BACKLOG: i32 = 1;

/// Connections that are tried at most.
const MOST: usize = 32;

/// A connection over loopback that takes longer than this is not being completed.
const PATIENCE: Duration = Duration::from_millis(100);

/// A listener whose queue is full for as long as this lives.
pub(super) struct Full {
    /// Never accepted from.
    _listener: TcpListener,
    /// Our own connections in its queue.
    pub(super) held: Vec<TcpStream>,
}

/// Shortens the queue of a listener and fills it.
///
/// # Errors
/// As `listen` and `connect`; or the queue takes every connection.
pub(super) async fn fill(listener: TcpListener) -> io::Result<Full> {
    // Asking again changes the limit of a socket that listens already.
    SockRef::from(&listener).listen(BACKLOG)?;
    let address = listener.local_addr()?;
    let mut held = Vec::new();
    while held.len() < MOST {
        match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => held.push(stream),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(Full { _listener: listener, held }),
        }
        // Known there, so that nobody has to wait to find out.
        if cfg!(target_os = "linux") && held.len() > BACKLOG.unsigned_abs() as usize {
            return Ok(Full { _listener: listener, held });
        }
    }
    Err(io::Error::other("the accept queue cannot be filled on this system"))
}
