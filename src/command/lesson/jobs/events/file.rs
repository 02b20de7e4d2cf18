//! A file that grows, looked at every 20 ms: where there are no FIFOs, or none that can be made without `unsafe`. Never run by
//! us.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::inbox::Outlet;
use super::Teller;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(20);

/// The channel; its file goes with it.
#[derive(Debug)]
pub(in super::super) struct Channel {
    // Closed before it is removed: an open file may not be removable.
    file: std::fs::File,
    place: Place,
}

impl Channel {
    /// Makes it at `path`.
    pub(in super::super) fn make(path: PathBuf) -> io::Result<Channel> {
        let mut options = std::fs::OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path)?;
        Ok(Channel { file, place: Place(path) })
    }

    pub(in super::super) fn path(&self) -> &Path {
        &self.place.0
    }

    /// Sends each line as it comes, until the child has ended and all that it wrote is read.
    pub(in super::super) async fn pass_on(mut self, outlet: Outlet, ended: &CancellationToken) {
        let mut teller = Teller::new(outlet);
        let mut piece = vec![0; 64 * 1024];
        loop {
            // Asked before the read: what was written before the end is seen by the read behind it.
            let last = ended.is_cancelled();
            match self.file.read(&mut piece) {
                Ok(0) if last => break,
                Ok(0) => tokio::time::sleep(EVERY).await,
                Ok(len) => teller.feed(&piece[..len]).await,
                Err(_) => break,
            }
        }
    }
}

/// Where the file is.
#[derive(Debug)]
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // The folder goes with the lesson, whatever is left in it.
        let _ = std::fs::remove_file(&self.0);
    }
}
