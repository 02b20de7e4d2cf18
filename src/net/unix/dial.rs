//! A client at a path: one attempt, told with its evidence. It sends and reads nothing.

use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::UnixStream;

use super::{bind, failure, name, peer};
use crate::event::failure::{Evidence, FailureKind, Phase};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{ConnectFailed, ConnectFailure, Connected, FlowOpened, Protocol};
use crate::event::unix::PathKind;
use crate::event::{Flow, Layer, Side};
use crate::net::NetError;
use crate::net::kernel::{self, files};

/// A connected Unix socket.
pub type Stream = UnixStream;

/// How often a listener whose queue is full is asked again.
const AGAIN: Duration = Duration::from_millis(10);

/// An open connection and what is known of it.
#[derive(Debug)]
pub struct Connection {
    pub stream: Stream,
    pub flow: Flow,
    pub path: PathBuf,
}

/// Connects to the socket at `path`, and tells who listens there as far as the system says. Where the listener's queue is
/// full it waits up to `limit`, as a call that blocks would.
///
/// # Errors
/// Phase `connect`, with what is at the path.
pub async fn connect(path: &Path, limit: Duration, recorder: &Recorder) -> Result<Connection, NetError> {
    let flow = recorder.flow();
    let began = recorder.now();
    if name::too_long(path).is_some() {
        let error = io::Error::from(io::ErrorKind::InvalidInput);
        let call = Call { path, flow, began, recorder };
        return Err(call.failed(FailureKind::SocketNameTooLong, vec![failure::limit(path)], error));
    }
    let result = loop {
        match call(path) {
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock && recorder.now().since(began) < limit =>
            {
                tokio::time::sleep(AGAIN).await;
            }
            result => break result,
        }
    };
    let call = Call { path, flow, began, recorder };
    let stream = result.map_err(|error| call.explained(error))?;
    call.tell(&stream);
    Ok(Connection { stream, flow, path: path.to_owned() })
}

/// One call, which does not wait: connected, or the system's error.
pub(super) fn call(path: &Path) -> io::Result<UnixStream> {
    let address = name::address(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(&address)?;
    UnixStream::from_std(socket.into())
}

/// An attempt, for what is told of it.
struct Call<'a> {
    path: &'a Path,
    flow: Flow,
    began: At,
    recorder: &'a Recorder,
}

impl Call<'_> {
    fn tell(&self, stream: &UnixStream) {
        let ends = name::ends_to(self.path);
        let note = || self.recorder.on(Side::Client, Layer::Unix).flow(self.flow);
        note().at(self.began).emit(FlowOpened {
            protocol: Protocol::Unix,
            ends: ends.clone(),
            socket: kernel::socket_id(stream.as_fd()),
        });
        let connected = Connected { ends, attempt: 1, of: 1, to_itself: false, planned: None };
        note().since(self.began).emit(connected);
        if let Some(identified) = peer::identified(stream, Side::Server) {
            note().emit(identified);
        }
    }

    /// The failure by what the system said and what is at the path.
    fn explained(&self, error: io::Error) -> NetError {
        let path = self.path;
        let found = files::look(path);
        let here = Evidence::Path { found: found.clone() };
        let other = error.raw_os_error() == Some(libc::EPROTOTYPE);
        let not_a_socket = error.raw_os_error() == Some(libc::ENOTSOCK)
            || !matches!(
                found.found,
                PathKind::Socket | PathKind::Link | PathKind::Nothing | PathKind::Unseen
            );
        let (kind, evidence) = if name::is_abstract(path) {
            let kind = if error.kind() == io::ErrorKind::WouldBlock {
                FailureKind::NeverAccepts
            } else if other {
                FailureKind::OtherSocketType
            } else {
                FailureKind::SocketRefused
            };
            (kind, vec![bind::table(path)])
        } else if error.kind() == io::ErrorKind::WouldBlock {
            let waited = self.recorder.now().since(self.began);
            (
                FailureKind::NeverAccepts,
                [vec![here, Evidence::Waited { time: waited }], self.queue()].concat(),
            )
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            // Either the file is closed to us or a folder before it.
            let mut evidence = vec![here];
            evidence.extend(failure::on_the_way(path));
            (FailureKind::SocketForbidden, evidence)
        } else if other {
            (FailureKind::OtherSocketType, vec![here, bind::table(path)])
        } else if files::is_absent(&error) {
            let mut evidence = vec![here];
            evidence.extend(failure::on_the_way(path));
            (FailureKind::NoSocketFile, evidence)
        } else if not_a_socket {
            (FailureKind::NotASocket, vec![here])
        } else if error.kind() == io::ErrorKind::ConnectionRefused {
            (FailureKind::SocketRefused, vec![here, bind::table(path)])
        } else {
            (FailureKind::Other, vec![here])
        };
        self.failed(kind, evidence, error)
    }

    /// The queue of the listener that takes nobody any more.
    fn queue(&self) -> Vec<Evidence> {
        let Evidence::PathTable { sockets, .. } = bind::table(self.path) else { return Vec::new() };
        let Some(listener) = sockets.into_iter().find(|socket| socket.listens()) else { return Vec::new() };
        let (len, limit) = (listener.recv_q, listener.queue_limit);
        vec![Evidence::AcceptQueue { len, limit, owner: listener.owners.first().cloned() }]
    }

    fn failed(&self, kind: FailureKind, mut evidence: Vec<Evidence>, error: io::Error) -> NetError {
        let reason = if kind == FailureKind::SocketRefused {
            ConnectFailure::Refused
        } else if kind == FailureKind::SocketForbidden {
            ConnectFailure::Rejected
        } else if kind == FailureKind::NeverAccepts {
            ConnectFailure::Timeout
        } else {
            ConnectFailure::Other
        };
        let note = self.recorder.on(Side::Client, Layer::Unix).flow(self.flow);
        note.since(self.began).emit(ConnectFailed {
            ends: name::ends_to(self.path),
            reason,
            errno: error.raw_os_error(),
            attempt: 1,
            of: 1,
            syn_resent: None,
            icmp: None,
            error_queue_empty: false,
            planned: None,
        });
        evidence.push(Evidence::SystemError { error: error.to_string() });
        failure::failed(self.path, (Phase::Connect, Side::Client), kind, evidence, Some(error))
    }
}
