//! Names of Unix sockets: paths, and on Linux abstract names, which people write with an `@` in front.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use socket2::SockAddr;

use super::LONGEST;
use crate::event::unix::{PathFacts, PathKind};
use crate::event::{Address, Ends};
use crate::net::kernel::files;

/// True for a name in the abstract namespace; a file of such a name is `./@name`.
pub(super) fn is_abstract(path: &Path) -> bool {
    cfg!(target_os = "linux") && path.as_os_str().as_bytes().first() == Some(&b'@')
}

/// Octets over the limit: how long it is.
pub(super) fn too_long(path: &Path) -> Option<usize> {
    let len = path.as_os_str().len();
    (len > LONGEST).then_some(len)
}

/// The address for the system.
///
/// # Errors
/// It cannot be one: too long, or with a NUL within.
pub(super) fn address(path: &Path) -> io::Result<SockAddr> {
    if !is_abstract(path) {
        return SockAddr::unix(path);
    }
    let mut name = path.as_os_str().as_bytes().to_vec();
    name[0] = 0;
    SockAddr::unix(std::ffi::OsStr::from_bytes(&name))
}

/// What is at the path; an abstract name is at none.
pub(super) fn facts(path: &Path) -> PathFacts {
    if !is_abstract(path) {
        return files::look(path);
    }
    let path = path.display().to_string();
    PathFacts { path, found: PathKind::Unseen, mode: None, uid: None, user: None, ours: false }
}

fn shown(path: &Path) -> Address {
    Address::Path(path.display().to_string())
}

/// Ends as a server sees them: its own path, and a client that has no name.
pub(super) fn ends_at(path: &Path) -> Ends {
    Ends { local: Some(shown(path)), peer: None }
}

/// Ends as a client sees them.
pub(super) fn ends_to(path: &Path) -> Ends {
    Ends { local: None, peer: Some(shown(path)) }
}
