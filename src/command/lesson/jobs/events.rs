//! The channel that a child's events come through, and its lines.

#[cfg(all(unix, not(target_vendor = "apple")))]
mod fifo;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
mod file;

use super::News;
use super::inbox::Outlet;
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(super) use fifo::Channel;
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(super) use file::Channel;

/// Longest line that is taken; octets. A longer one is left out.
const LINE_LIMIT: usize = 4 * 1024 * 1024;

/// Cuts what comes into lines and sends each.
#[derive(Debug)]
struct Teller {
    outlet: Outlet,
    held: Vec<u8>,
    /// The line that is being read is too long: the rest of it goes too.
    skips: bool,
}

impl Teller {
    fn new(outlet: Outlet) -> Teller {
        Teller { outlet, held: Vec::new(), skips: false }
    }

    /// A line that has no end is never sent: its writer was killed within it.
    async fn feed(&mut self, mut octets: &[u8]) {
        while let Some(end) = octets.iter().position(|octet| *octet == b'\n') {
            self.hold(&octets[..end]);
            octets = &octets[end + 1..];
            let line = std::mem::take(&mut self.held);
            if !std::mem::take(&mut self.skips) {
                let line = String::from_utf8_lossy(&line).into_owned();
                let size = line.len();
                self.outlet.send(News::Event { job: self.outlet.job(), line }, size).await;
            }
        }
        self.hold(octets);
    }

    fn hold(&mut self, octets: &[u8]) {
        if self.skips || self.held.len() + octets.len() > LINE_LIMIT {
            self.held.clear();
            self.skips = true;
        } else {
            self.held.extend_from_slice(octets);
        }
    }
}
