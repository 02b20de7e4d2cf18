//! The facts of a failure at a path: what is there, what stands in the way. It connects to nothing.

use std::io;
use std::path::Path;

use super::{LONGEST, name};
use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::unix::PathKind;
use crate::net::NetError;
use crate::net::kernel::files;

/// The failure, with what is at the path among its evidence.
pub(super) fn failed(
    path: &Path,
    (phase, seen_by): (Phase, Side),
    kind: FailureKind,
    mut evidence: Vec<Evidence>,
    error: Option<io::Error>,
) -> NetError {
    if !evidence.iter().any(|fact| matches!(fact, Evidence::Path { .. })) {
        evidence.insert(0, Evidence::Path { found: name::facts(path) });
    }
    let failed = Failed {
        phase,
        kind,
        target: path.display().to_string(),
        address: None,
        errno: error.as_ref().and_then(io::Error::raw_os_error),
        seen_by,
        evidence,
        next: Vec::new(),
    };
    NetError::new(failed, error)
}

/// What is at the path, for the failure of a connection that was open.
pub fn at(path: &Path) -> Option<Evidence> {
    Some(Evidence::Path { found: name::facts(path) })
}

/// How long the path is, and may be.
pub(super) fn limit(path: &Path) -> Evidence {
    Evidence::PathLimit { len: path.as_os_str().len() as u64, limit: LONGEST as u64 }
}

/// The first part of the way that is missing, no folder, or closed to us; the folder itself where all of it is fine.
pub(super) fn on_the_way(path: &Path) -> Vec<Evidence> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut folders: Vec<&Path> = whole.ancestors().skip(1).collect();
    folders.reverse();
    let last = folders.len().saturating_sub(1);
    for (index, folder) in folders.iter().enumerate() {
        // A link on the way is followed, as the system does.
        let real = folder.canonicalize();
        let found = match &real {
            Ok(real) => files::look(real),
            Err(_) => files::look(folder),
        };
        let search = found.bits().is_some_and(|bits| may(bits, found.ours, 0o1));
        if found.found != PathKind::Folder || !search || index == last {
            return vec![Evidence::Path { found }];
        }
    }
    Vec::new()
}

/// Whether the permissions give this user one of the bits; groups are not looked at, so that a no is none for certain.
fn may(bits: u32, ours: bool, bit: u32) -> bool {
    let given = if ours { bits >> 6 } else { bits | bits >> 3 };
    given & bit != 0 || rustix::process::geteuid().is_root()
}
