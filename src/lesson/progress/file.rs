//! The file itself: read whole, written whole, one writer at a time.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{ProgressError, SetAside, Stored, VERSION};
use crate::lesson::regular::{self, Irregular};

/// Longer files are damaged; octets.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What a file holds.
pub(super) enum Read {
    /// There is none, or an empty one.
    Absent,
    Stored(Stored),
    /// What is wrong with it.
    Damaged(String),
    /// A version of the form that is not known here.
    Later(u64),
}

/// Reads without a lock: a file is always a whole one. What is no regular file is an error, and is left alone.
pub(super) fn read(path: &Path) -> io::Result<Read> {
    let file = match regular::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Read::Absent),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Ok(Read::Damaged(format!("it is longer than {LONGEST} bytes")));
    }
    Ok(understood(&bytes))
}

/// What the bytes of a file say.
pub(super) fn understood(bytes: &[u8]) -> Read {
    if bytes.is_empty() {
        return Read::Absent;
    }
    let json: Json = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => return Read::Damaged(error.to_string()),
    };
    match json.get("version").and_then(Json::as_u64) {
        Some(version) if version > VERSION => Read::Later(version),
        Some(_) => match serde_json::from_value(json) {
            Ok(stored) => Read::Stored(stored),
            // What was expected is told by the name of a type of ours.
            Err(error) => {
                let found = error.to_string();
                let found = found.split(", expected").next().unwrap_or_default();
                Read::Damaged(format!("it is not in the form that netlearn writes ({found})"))
            }
        },
        None => Read::Damaged("it has no version".to_owned()),
    }
}

/// The only writer, until it is dropped; a process that ends lets go.
pub(super) struct Locked {
    /// Where the file really is.
    path: PathBuf,
    _lock: Option<File>,
}

impl Locked {
    /// Waits until no other writes.
    pub(super) fn new(path: &Path) -> Result<Locked, ProgressError> {
        // The file behind a link is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let at = |doing| {
            let path = path.clone();
            move |source| ProgressError::Io { path, doing, source }
        };
        // Before anything is put beside it.
        if let Err(error) = regular::open(&path)
            && let Some(what) = Irregular::of(&error)
        {
            return Err(ProgressError::Irregular { path, what });
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(at("its folder could not be made"))?;
        }
        // Beside the file: a lock on the file itself would be on the old one once it is replaced.
        let mut options = File::options();
        let lock = regular::with(options.create(true).truncate(false).write(true), &beside(&path, ".lock"));
        let lock = lock.map_err(at("its lock could not be opened"))?;
        match lock.lock() {
            Ok(()) => Ok(Locked { path, _lock: Some(lock) }),
            // A file system without locks: what is left is that a file is always whole.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Locked { path, _lock: None }),
            Err(error) => Err(at("it could not be locked")(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn error(&self, doing: &'static str) -> impl FnOnce(io::Error) -> ProgressError + use<> {
        let path = self.path.clone();
        move |source| ProgressError::Io { path, doing, source }
    }

    pub(super) fn read(&self) -> Result<Read, ProgressError> {
        read(&self.path).map_err(|error| match Irregular::of(&error) {
            Some(what) => ProgressError::Irregular { path: self.path.clone(), what },
            None => self.error("it could not be read")(error),
        })
    }

    /// Puts a new file in the place of the old one.
    pub(super) fn write(&self, stored: &Stored) -> Result<(), ProgressError> {
        let mut bytes = serde_json::to_vec_pretty(stored)
            .map_err(|error| self.error("it could not be written")(error.into()))?;
        bytes.push(b'\n');
        let new = beside(&self.path, &self.new_name());
        self.fill(&new, &bytes).map_err(self.error("it could not be written"))?;
        fs::rename(&new, &self.path).map_err(self.error("it could not be replaced"))?;
        #[cfg(unix)]
        if let Some(folder) = self.path.parent().and_then(|folder| File::open(folder).ok()) {
            // That the new name is on the disk too; a file system that cannot tell has done what it can.
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Whoever holds the lock is the only one to use it: what a stopped writer left there is written over.
    fn new_name(&self) -> String {
        if self._lock.is_some() { ".new".to_owned() } else { format!(".new-{}", std::process::id()) }
    }

    fn fill(&self, new: &Path, bytes: &[u8]) -> io::Result<()> {
        // A new one, never what somebody may have put there: a link or a FIFO.
        if fs::symlink_metadata(new).is_ok_and(|facts| facts.is_file()) {
            fs::remove_file(new)?;
        }
        let mut file = File::create_new(new)?;
        let filled =
            self.permitted(&file).and_then(|()| file.write_all(bytes)).and_then(|()| file.sync_all());
        if filled.is_err() {
            // A part of it is of use to nobody, and on a full disk it is in the way.
            let _ = fs::remove_file(new);
        }
        filled
    }

    /// Whoever may read the old file may read the new one, and nobody else.
    fn permitted(&self, file: &File) -> io::Result<()> {
        fs::metadata(&self.path).map_or(Ok(()), |old| file.set_permissions(old.permissions()))
    }

    /// Moves a damaged file out of the way, under a name that is free.
    pub(super) fn set_aside(&self, because: String) -> Result<SetAside, ProgressError> {
        let free = (1_u64..).map(|n| beside(&self.path, &format!(".damaged-{n}"))).find(|path| {
            fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        });
        let now_at = free.unwrap_or_else(|| beside(&self.path, ".damaged"));
        fs::rename(&self.path, &now_at).map_err(self.error("it is damaged and could not be set aside"))?;
        Ok(SetAside { file: self.path.clone(), now_at, because })
    }
}

/// `progress.json.lock` for `progress.json`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
