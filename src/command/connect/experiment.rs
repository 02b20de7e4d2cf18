//! The experiments of `connect`: announced before anything is sent, shown as the kernel sees them.

use std::io;

use super::Session;
use crate::event::experiment::{Backlogged, CountersMoved, Experiment, ExperimentAnnounced};
use crate::event::recorder::Recorder;
use crate::event::{Flow, Layer, Side};
use crate::net::kernel::{self, Counter};
use crate::net::tcp::closing::Closing;
use crate::net::tcp::experiment::{Glance, Manner};

/// What is asked for beside a plain conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Experiments {
    /// Octets to make and send instead of stdin.
    pub size: Option<u64>,
    /// Tell how far the interfaces' counters moved.
    pub counters: bool,
    pub half_close: bool,
    pub manner: Manner,
    /// One octet a write, this far apart.
    pub drip: Option<std::time::Duration>,
    /// So many connections at once, instead of one.
    pub clients: Option<u64>,
}

impl Session<'_> {
    /// Tells what is going to be unusual.
    pub(super) fn announce(&self, recorder: &Recorder) {
        let wanted = self.options.experiments;
        let bound = (!self.types()).then_some(self.options.timeout);
        let all = [
            (wanted.half_close, Experiment::HalfClose, None),
            (wanted.manner == Manner::Reset, Experiment::Reset, None),
            (wanted.manner == Manner::NoRead, Experiment::NoRead, bound),
            (wanted.drip.is_some(), Experiment::Drip, wanted.drip),
        ];
        let layer = if self.options.unix.is_some() { Layer::Unix } else { Layer::Tcp };
        for (_, experiment, time) in all.into_iter().filter(|(asked, _, _)| *asked) {
            recorder.on(Side::Client, layer).emit(ExperimentAnnounced { experiment, time });
        }
    }
}

/// The interfaces' counters before a run.
pub(super) struct Counters {
    before: io::Result<Vec<Counter>>,
    unix: bool,
}

impl Counters {
    pub(super) fn read(unix: bool) -> Counters {
        Counters { before: kernel::counters(), unix }
    }

    /// Reads them again and tells how far they moved.
    pub(super) fn tell(self, recorder: &Recorder) {
        let both = self.before.and_then(|before| Ok((before, kernel::counters()?)));
        let (interfaces, error) = match both {
            Ok((before, after)) => (kernel::moved(&before, &after), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let facts = CountersMoved { interfaces, error, unix: self.unix };
        recorder.on(Side::Client, Layer::Kernel).emit(facts);
    }
}

/// Watches bytes pile up at a connection that nobody reads.
pub(super) struct Pile<'a> {
    pub(super) closing: &'a mut Closing,
    pub(super) recorder: &'a Recorder,
    pub(super) flow: Flow,
    pub(super) ends: (std::net::SocketAddr, std::net::SocketAddr),
    /// Octets at the last look, and those told last.
    pub(super) seen: Option<u64>,
    pub(super) told: Option<u64>,
}

impl Pile<'_> {
    /// One look: tells a pile that has stopped growing, once; and the last one.
    pub(super) fn look(&mut self, last: bool) -> Glance {
        if let Some(error) = self.closing.met_reset() {
            return Glance::Over(error);
        }
        let Some(unread) = self.closing.unread() else { return Glance::Goes };
        let settled = self.seen.replace(unread) == Some(unread) && unread > 0;
        if (settled || last) && self.told != Some(unread) {
            self.told = Some(unread);
            self.tell(unread);
        }
        Glance::Goes
    }

    fn tell(&self, unread: u64) {
        let sender = kernel::other_end(self.ends.0, self.ends.1).ok().flatten();
        let facts = Backlogged {
            unread,
            window: self.closing.info().and_then(|info| info.receive_window),
            waiting: sender.as_ref().map(|sender| sender.send_q),
            owner: sender.and_then(|sender| sender.owners.first().cloned()),
        };
        self.recorder.on(Side::Client, Layer::Kernel).flow(self.flow).emit(facts);
    }
}
