//! A server at a path: its listener, which takes its socket file away when it ends, and the streams that it accepts.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

use super::{bind, peer};
use crate::event::recorder::Recorder;
use crate::event::run::Served;
use crate::event::unix::SocketFileRemoved;
use crate::event::{Address, Ends, EventKind, Layer, Side};
use crate::net::server::attend::attend_plain;
use crate::net::server::bind::Bound;
use crate::net::server::socket::{Listener, Peer, Socket};
use crate::net::server::totals::Totals;
use crate::net::server::{self, Hall, Options, Telling};
use crate::net::{NetError, kernel};

/// Binds the path, tells where it listens, and serves until told to stop; then its socket file is gone.
///
/// # Errors
/// Phase `listen`.
pub async fn run(
    path: &Path,
    options: Options,
    telling: Telling,
    recorder: &Recorder,
    stop: CancellationToken,
) -> Result<Served, NetError> {
    let listener = bind::bind(path, recorder)?;
    let hall = Hall {
        recorder: recorder.clone(),
        options,
        telling,
        totals: Arc::new(Totals::default()),
        stop,
        tls: None,
    };
    let bound = Bound { listeners: vec![listener], port: 0 };
    let served = server::serve(bound, Arc::new(hall), attend_plain).await;
    recorder.on(Side::Server, Layer::Unix).emit(served.clone());
    Ok(served)
}

/// A socket that listens at a path.
pub(super) struct Listening {
    pub(super) inner: UnixListener,
    /// Goes with the socket, after it.
    #[expect(dead_code, reason = "held for its drop")]
    pub(super) file: Option<Made>,
}

/// A socket file that we made; dropped, it is taken away.
pub(super) struct Made {
    path: PathBuf,
    /// Device and inode: whether the file there is still ours.
    identity: (u64, u64),
    recorder: Recorder,
}

impl Made {
    /// The file that a bind has made; `None` where it is gone already.
    pub(super) fn new(path: &Path, recorder: &Recorder) -> Option<Made> {
        // A relative path must not lead elsewhere later.
        let path = std::path::absolute(path).ok()?;
        Some(Made { identity: identity(&path)?, path, recorder: recorder.clone() })
    }
}

/// What file is at a path, by numbers that no other file has at the same time.
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::symlink_metadata(path).ok().map(|facts| (facts.dev(), facts.ino()))
}

impl Drop for Made {
    fn drop(&mut self) {
        let ours = identity(&self.path) == Some(self.identity);
        let result = if ours { std::fs::remove_file(&self.path) } else { Ok(()) };
        self.recorder.on(Side::Server, Layer::Unix).emit(SocketFileRemoved {
            path: self.path.display().to_string(),
            removed: ours && result.is_ok(),
            error: result.err().map(|error| error.to_string()),
        });
    }
}

impl Listener for Listening {
    type Stream = UnixStream;

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        self.inner.poll_accept(cx).map_ok(|(stream, _)| stream)
    }
}

impl Socket for UnixStream {
    fn handle(&self) -> kernel::Handle<'_> {
        self.as_fd()
    }

    fn ends(&self) -> Ends {
        Ends { local: self.local_addr().ok().and_then(named), peer: self.peer_addr().ok().and_then(named) }
    }

    fn abort(&self) -> bool {
        // There is no RST: a close is a close, and fails the peer's calls only where something was left unread.
        false
    }

    fn peer(&self, _telling: Telling) -> Peer {
        Peer { owner: None, identified: peer::identified(self, Side::Client) }
    }

    fn stuck(&self) -> Vec<EventKind> {
        peer::unread(self, Side::Client).into_iter().map(EventKind::from).collect()
    }
}

/// A client has a name only where it asked for one.
fn named(address: tokio::net::unix::SocketAddr) -> Option<Address> {
    if let Some(path) = address.as_pathname() {
        return Some(Address::Path(path.display().to_string()));
    }
    #[cfg(target_os = "linux")]
    if let Some(name) = address.as_abstract_name() {
        return Some(Address::Path(format!("@{}", String::from_utf8_lossy(name))));
    }
    None
}
