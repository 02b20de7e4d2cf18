//! Running labs of this user: each leaves a file that says where it is, and a file whose process is gone is none.
//!
//! It believes no file that another user could have written, and none whose process is not the one that wrote it.

mod folder;
mod process;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::event::lab::{LabDoor, LabRole, LabStarted};
use crate::net::world::{Door, Names, Trust, World};
use process::{Life, Process};

/// Version of the file; another one is of another netlearn, and is left alone.
const VERSION: u32 = 1;
/// Octets of a run file; a larger one was not written by a lab.
const LIMIT: u64 = 1024 * 1024;

/// A lab that another process runs.
#[derive(Clone, Debug)]
pub struct Running {
    pub pid: u32,
    pub started: LabStarted,
    pub world: World,
}

/// What a run file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    version: u32,
    process: Process,
    started: LabStarted,
    /// The certificate of its authority, as PEM.
    authority: String,
    doors: Vec<LabDoor>,
}

/// The lab of this user that began last, if one runs. Files of labs that are gone are removed.
pub fn find() -> Option<Running> {
    find_in(&folder::existing()?)
}

fn find_in(folder: &Path) -> Option<Running> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).ok()?.flatten() {
        let path = file.path();
        let Some(pid) = pid_of(&path) else { continue };
        match read(&path).filter(|(entry, _)| entry.version == VERSION && entry.process.pid == pid) {
            Some((entry, written)) => match entry.process.life() {
                Life::Runs => found.push((written, pid, entry)),
                Life::Gone => forget(folder, pid),
                Life::Elsewhere => {}
            },
            // It says nothing that can be believed; without its process it is litter.
            None if process::is_gone(pid) => forget(folder, pid),
            None => {}
        }
    }
    found.sort_by_key(|(written, pid, _)| (*written, *pid));
    found.into_iter().rev().find_map(|(_, pid, entry)| {
        let world = entry.world()?;
        Some(Running { pid, started: entry.started, world })
    })
}

/// `lab-PID.json`.
fn pid_of(path: &Path) -> Option<u32> {
    let digits = path.file_name()?.to_str()?.strip_prefix("lab-")?.strip_suffix(".json")?;
    digits.bytes().all(|octet| octet.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn read(path: &Path) -> Option<(Entry, std::time::SystemTime)> {
    let (text, written) = folder::read_own(path, LIMIT).ok()?;
    Some((serde_json::from_str(&text).ok()?, written))
}

fn forget(folder: &Path, pid: u32) {
    for ending in ["json", "new", "pem"] {
        // What cannot be removed is not believed the next time either.
        let _ = std::fs::remove_file(folder.join(format!("lab-{pid}.{ending}")));
    }
}

impl Entry {
    /// How to live in it; `None` where it names no resolver or root, or leads away from this machine.
    fn world(&self) -> Option<World> {
        let doors: Vec<Door> =
            self.doors.iter().map(|door| Door { planned: door.planned, real: door.real }).collect();
        let servers = self.started.servers.iter().map(|server| server.address);
        let here =
            servers.chain(doors.iter().map(|door| door.real.ip())).all(|address| address.is_loopback());
        let world = world(&self.started, &self.authority, doors);
        let named = matches!(&world.names, Names::Servers(servers) if !servers.is_empty());
        (here && named && !world.roots.is_empty()).then_some(world)
    }
}

/// How to live in a lab: its resolver, its root, its doors, its authority's certificate.
pub(super) fn world(started: &LabStarted, authority: &str, doors: Vec<Door>) -> World {
    let of = |role: LabRole| -> Vec<SocketAddr> {
        let servers = started.servers.iter().filter(|server| server.role == role);
        servers.map(|server| SocketAddr::new(server.address, started.ports.dns)).collect()
    };
    World {
        trust: Trust::Pem(authority.to_owned()),
        authority: started.authority.as_ref().map(PathBuf::from),
        names: Names::Servers(of(LabRole::Resolver)),
        roots: of(LabRole::Root),
        doors,
        ..World::default()
    }
}

/// What this process's lab leaves for others to find it by; removed when dropped.
#[derive(Debug)]
pub(super) struct Left {
    folder: PathBuf,
    pid: u32,
}

impl Left {
    /// The folder that only this user may look into, without the files of labs that are gone; with the path where it fails.
    ///
    /// # Errors
    /// The folder cannot be made, or is not this user's alone.
    pub(super) fn begin() -> Result<Left, (PathBuf, io::Error)> {
        let folder = folder::made().map_err(|error| (folder::place(), error))?;
        Ok(Left::begin_in(folder))
    }

    fn begin_in(folder: PathBuf) -> Left {
        // What it finds is another's business; what is stale goes.
        let _ = find_in(&folder);
        Left { folder, pid: std::process::id() }
    }

    /// Writes the authority's certificate, and says where.
    ///
    /// # Errors
    /// The system's, with the path.
    pub(super) fn authority(&self, pem: &str) -> Result<PathBuf, (PathBuf, io::Error)> {
        let path = self.path("pem");
        match folder::write_new(&path, pem.as_bytes()) {
            Ok(()) => Ok(path),
            Err(error) => Err((path, error)),
        }
    }

    /// Writes the run file, whole or not at all.
    ///
    /// # Errors
    /// The system's, with the path.
    pub(super) fn write(
        &self,
        started: &LabStarted,
        authority: &str,
        doors: &[Door],
    ) -> Result<(), (PathBuf, io::Error)> {
        let entry = Entry {
            version: VERSION,
            process: Process::own(),
            started: started.clone(),
            authority: authority.to_owned(),
            doors: doors.iter().map(|door| LabDoor { planned: door.planned, real: door.real }).collect(),
        };
        let (new, path) = (self.path("new"), self.path("json"));
        serde_json::to_string(&entry)
            .map_err(io::Error::other)
            .and_then(|text| folder::write_new(&new, text.as_bytes()))
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| (path, error))
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("lab-{}.{ending}", self.pid))
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        forget(&self.folder, self.pid);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
