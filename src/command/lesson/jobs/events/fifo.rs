//! A FIFO. We hold a writing end as well until the child has ended: a child that opens it late, twice or never makes no false
//! end.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, mkfifoat};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::{OpenOptions, Receiver, Sender};
use tokio_util::sync::CancellationToken;

use super::super::inbox::Outlet;
use super::super::life::{LATE, LINGER};
use super::Teller;

/// The channel; its file goes with it.
#[derive(Debug)]
pub(in super::super) struct Channel {
    place: Place,
    receiver: Receiver,
    held: Sender,
}

impl Channel {
    /// Makes it at `path`, for this user alone.
    pub(in super::super) fn make(path: PathBuf) -> io::Result<Channel> {
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR)?;
        let place = Place(path);
        let receiver = OpenOptions::new().open_receiver(&place.0)?;
        let held = OpenOptions::new().open_sender(&place.0)?;
        Ok(Channel { place, receiver, held })
    }

    pub(in super::super) fn path(&self) -> &Path {
        &self.place.0
    }

    /// Sends each line as it comes, until the child has ended and all that it wrote is read.
    pub(in super::super) async fn pass_on(self, outlet: Outlet, ended: &CancellationToken) {
        let Channel { place: _place, mut receiver, held } = self;
        let mut held = Some(held);
        let mut teller = Teller::new(outlet);
        let mut piece = vec![0; 64 * 1024];
        let linger = async {
            ended.cancelled().await;
            tokio::time::sleep(LINGER).await;
        };
        tokio::pin!(linger);
        let mut late = 0;
        while late < LATE {
            let read = tokio::select! {
                biased;
                () = ended.cancelled(), if held.is_some() => {
                    held = None;
                    continue;
                }
                read = receiver.read(&mut piece) => read,
                () = &mut linger => break,
            };
            match read {
                Ok(0) | Err(_) => break,
                Ok(len) => {
                    late += if held.is_none() { len } else { 0 };
                    teller.feed(&piece[..len]).await;
                }
            }
        }
    }
}

/// Where the FIFO is.
#[derive(Debug)]
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // The folder goes with the lesson, whatever is left in it.
        let _ = std::fs::remove_file(&self.0);
    }
}
