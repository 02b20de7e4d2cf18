//! A path bound and listened at; where it cannot be had, the evidence why. A file is removed only where it is a socket of our
//! own user that certainly nobody uses any more.

use std::io;
use std::path::{Path, PathBuf};

use socket2::{Domain, Socket, Type};
use tokio::net::UnixListener;

use super::serve::{Listening, Made, identity};
use super::{failure, name, peer};
use crate::event::failure::{Evidence, FailureKind, Phase};
use crate::event::ports::{Reach, Socket as Row};
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{
    ConnectFailed, ConnectFailure, ListenFailed, ListenFailure, Listening as Listens, Protocol,
};
use crate::event::unix::{PathKind, SocketFileMade, StaleSocketFile};
use crate::event::{Address, Layer, Side};
use crate::net::NetError;
use crate::net::kernel::{self, Filter, files};
use crate::net::server::bind::BACKLOG;

/// Binds and listens, and tells it. The file gets the permissions that the umask leaves it, as with any other program.
///
/// # Errors
/// Phase `listen`, with what is at the path, and who uses it.
pub(super) fn bind(path: &Path, recorder: &Recorder) -> Result<Listening, NetError> {
    let began = recorder.now();
    if name::too_long(path).is_some() {
        let error = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(refused(
            path,
            FailureKind::SocketPathTooLong,
            vec![failure::limit(path)],
            error,
            began,
            recorder,
        ));
    }
    let socket = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            make_place(path, error, began, recorder)?;
            open(path)
        }
        result => result,
    };
    let listener = socket.and_then(|socket| UnixListener::from_std(socket.into()));
    match listener {
        Ok(inner) => Ok(told(path, inner, recorder)),
        Err(error) => {
            let (kind, evidence) = why(path, &error);
            Err(refused(path, kind, evidence, error, began, recorder))
        }
    }
}

fn open(path: &Path) -> io::Result<Socket> {
    let address = name::address(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address)?;
    socket.listen(BACKLOG.cast_signed())?;
    Ok(socket)
}

fn told(path: &Path, inner: UnixListener, recorder: &Recorder) -> Listening {
    let note = || recorder.on(Side::Server, Layer::Unix);
    note().emit(Listens {
        protocol: Protocol::Unix,
        ends: name::ends_at(path),
        backlog: BACKLOG,
        reach: Reach::ThisMachine,
        reachable_at: Vec::new(),
        another: false,
    });
    let file = if name::is_abstract(path) { None } else { Made::new(path, recorder) };
    if file.is_some() {
        note().emit(SocketFileMade { file: files::look(path) });
    }
    Listening { inner, file }
}

/// The path is taken: removes what is there if it is certainly a stale socket file of this user.
fn make_place(path: &Path, error: io::Error, began: At, recorder: &Recorder) -> Result<(), NetError> {
    let refuse = |kind, evidence, error| refused(path, kind, evidence, error, began, recorder);
    if name::is_abstract(path) {
        return Err(refuse(FailureKind::SocketPathTaken, vec![table(path)], error));
    }
    let there = identity(path);
    let found = files::look(path);
    let here = Evidence::Path { found: found.clone() };
    if found.found != PathKind::Socket {
        return Err(refuse(FailureKind::SocketPathOccupied, vec![here], error));
    }
    let table = table(path);
    if listens(&table) {
        return Err(refuse(FailureKind::SocketPathTaken, vec![here, table], error));
    }
    let mut evidence = vec![here];
    match call(path, recorder) {
        Called::Answered(listener) => {
            evidence.extend([table, listener]);
            return Err(refuse(FailureKind::SocketPathTaken, evidence, error));
        }
        Called::OtherType(attempt) => {
            evidence.extend([attempt, table]);
            return Err(refuse(FailureKind::SocketPathTaken, evidence, error));
        }
        Called::Refused(attempt) => evidence.extend([attempt, table.clone()]),
        Called::Failed(attempt) => {
            evidence.extend([attempt, table]);
            return Err(refuse(FailureKind::SocketPathStale, evidence, error));
        }
    }
    let nobody_has_it = matches!(&table, Evidence::PathTable { sockets, .. } if sockets.is_empty());
    // What is at the path may have changed since we looked: only the file that was looked at is removed.
    if !(nobody_has_it && found.ours && there.is_some() && identity(path) == there) {
        return Err(refuse(FailureKind::SocketPathStale, evidence, error));
    }
    if let Err(error) = std::fs::remove_file(path) {
        evidence.push(Evidence::SystemError { error: error.to_string() });
        return Err(refuse(FailureKind::SocketPathStale, evidence, error));
    }
    let note = recorder.on(Side::Server, Layer::Unix).since(began);
    note.emit(StaleSocketFile { file: found, removed: true });
    Ok(())
}

/// What one call at a socket file came to.
enum Called {
    /// Somebody listens, and who.
    Answered(Evidence),
    /// Nobody listens there now.
    Refused(Evidence),
    /// A socket of another type is there.
    OtherType(Evidence),
    /// It could not be found out.
    Failed(Evidence),
}

/// Connects to see whether somebody listens, and hangs up at once. The socket table need not show it: another network
/// namespace has a table of its own.
fn call(path: &Path, recorder: &Recorder) -> Called {
    let began = recorder.now();
    let result = super::dial::call(path);
    let attempt = |reason, error: &io::Error| Evidence::Attempt {
        attempt: ConnectFailed {
            ends: name::ends_to(path),
            reason,
            errno: error.raw_os_error(),
            attempt: 1,
            of: 1,
            syn_resent: None,
            icmp: None,
            error_queue_empty: false,
            planned: None,
        },
        after: Some(recorder.now().since(began)),
    };
    match result {
        Ok(stream) => {
            let told = peer::identified(&stream, Side::Server);
            let (owner, user) = told.map(|told| (told.owner, told.user)).unwrap_or_default();
            Called::Answered(Evidence::ListenerFound { owner, user })
        }
        // Its queue is full: somebody listens.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Called::Answered(Evidence::ListenerFound { owner: None, user: None })
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Called::Refused(attempt(ConnectFailure::Refused, &error))
        }
        Err(error) if error.raw_os_error() == Some(libc::EPROTOTYPE) => {
            Called::OtherType(attempt(ConnectFailure::Other, &error))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Called::Failed(attempt(ConnectFailure::Rejected, &error))
        }
        Err(error) => Called::Failed(attempt(ConnectFailure::Other, &error)),
    }
}

/// Whether the table shows for certain that the path is used.
fn listens(table: &Evidence) -> bool {
    let certain = |row: &Row| {
        let known = row.unix.as_ref().is_some_and(|unix| unix.file_inode.is_some());
        let absolute = row.ends.local.as_ref().is_some_and(|path| path.to_string().starts_with('/'));
        row.listens() && (known || absolute)
    };
    matches!(table, Evidence::PathTable { sockets, .. } if sockets.iter().any(certain))
}

/// The sockets that have the path, or may have it: one that was bound by a relative path is told by its file, or, where the
/// system does not tell that, by the last part of the path.
pub(super) fn table(path: &Path) -> Evidence {
    let filter = Filter { protocols: vec![Protocol::Unix], owners: true, ..Filter::default() };
    match kernel::sockets(&filter) {
        Ok(table) => {
            let wanted = whole(path);
            let mut sockets = table.sockets;
            sockets.retain(|socket| has(socket, path, &wanted));
            sockets.sort_by_key(|socket| !socket.listens());
            Evidence::PathTable { path: path.display().to_string(), sockets }
        }
        Err(error) => Evidence::TableUnread { error: error.to_string() },
    }
}

/// The path from the root, with the links of its folder followed.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(last)) => folder.join(last),
        (Ok(_) | Err(_), _) => path.to_owned(),
    }
}

fn has(socket: &Row, path: &Path, wanted: &Path) -> bool {
    let Some(Address::Path(bound)) = &socket.ends.local else { return false };
    let unix = socket.unix.as_ref();
    if name::is_abstract(path) {
        return unix.is_some_and(|unix| unix.is_abstract) && Path::new(bound) == path;
    }
    // A connection that was accepted shares the path of its listener; one whose file was removed has it no more.
    let apart = unix.is_none_or(|unix| unix.is_abstract || unix.unlinked) || socket.state == "ESTABLISHED";
    if apart {
        return false;
    }
    let bound = Path::new(bound);
    if bound.is_absolute() {
        return whole(bound) == wanted;
    }
    let here = identity(path).map(|(_, inode)| inode);
    let same_file = unix.and_then(|unix| unix.file_inode).is_none_or(|inode| Some(inode) == here);
    same_file && bound.file_name() == wanted.file_name()
}

/// Why a path that is not taken could not be bound.
fn why(path: &Path, error: &io::Error) -> (FailureKind, Vec<Evidence>) {
    let mut evidence = failure::on_the_way(path);
    let kind = if error.kind() == io::ErrorKind::PermissionDenied {
        FailureKind::SocketPathForbidden
    } else if files::is_absent(error) {
        FailureKind::SocketPathNoFolder
    } else if error.kind() == io::ErrorKind::AddrInUse {
        // Somebody was faster.
        evidence = vec![Evidence::Path { found: files::look(path) }, table(path)];
        FailureKind::SocketPathTaken
    } else {
        FailureKind::ListenOther
    };
    (kind, evidence)
}

fn refused(
    path: &Path,
    kind: FailureKind,
    mut evidence: Vec<Evidence>,
    error: io::Error,
    began: At,
    recorder: &Recorder,
) -> NetError {
    let reason = if error.kind() == io::ErrorKind::AddrInUse {
        ListenFailure::AddressInUse
    } else if error.kind() == io::ErrorKind::PermissionDenied {
        ListenFailure::PermissionDenied
    } else {
        ListenFailure::Other
    };
    recorder.on(Side::Server, Layer::Unix).at(began).emit(ListenFailed {
        ends: name::ends_at(path),
        reason,
        errno: error.raw_os_error(),
        goes_on: false,
    });
    if matches!(
        kind,
        FailureKind::SocketPathTaken | FailureKind::SocketPathStale | FailureKind::SocketPathOccupied
    ) {
        evidence.extend(free_beside(path));
    }
    evidence.push(Evidence::SystemError { error: error.to_string() });
    failure::failed(path, (Phase::Listen, Side::Server), kind, evidence, Some(error))
}

/// A path in the same folder at which nothing is: `app-2.sock` beside `app.sock`.
fn free_beside(path: &Path) -> Option<Evidence> {
    let (stem, end) = (path.file_stem()?.to_str()?, path.extension().and_then(|end| end.to_str()));
    let end = end.map(|end| format!(".{end}")).unwrap_or_default();
    let mut paths = (2..100).map(|number| path.with_file_name(format!("{stem}-{number}{end}")));
    let free = paths.find(|path| {
        let fits = name::too_long(path).is_none();
        fits && !name::is_abstract(path) && files::look(path).found == PathKind::Nothing
    })?;
    Some(Evidence::Path { found: files::look(&free) })
}
