//! `connect -u`: datagrams instead of a connection.

use std::io::{self, IsTerminal as _};

use super::Session;
use crate::command::{Outcome, payload};
use crate::event::recorder::Recorder;
use crate::event::run::Conversed;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::{Limits, Target};
use crate::net::udp::client::{self, Dial, End, Talk};
use crate::net::world::World;

impl Session<'_> {
    /// Gives a socket its peer, sends each piece of the input as one datagram, and waits for replies.
    pub(super) async fn exchange_datagrams(
        &self,
        world: &World,
        recorder: &Recorder,
    ) -> Result<Outcome, NetError> {
        let options = &self.options;
        let target = Target { host: options.host.clone(), port: options.port };
        let limits = Limits::all(options.timeout);
        let dial = Dial { family: options.family, limits, source_port: options.source_port };
        let link = client::associate(&target, &dial, world, recorder).await?;
        let opened = payload::open(options.output.as_deref(), &self.context.show).await;
        let (output, held) = opened.map_err(|error| self.output_failed(error))?;
        self.held.set(held);
        let talk = Talk {
            input: self.input(),
            crlf: options.crlf,
            output,
            wait: options.timeout,
            person: options.send.is_empty() && io::stdin().is_terminal(),
        };
        match client::converse(&link, talk, &self.tally, recorder).await? {
            End::Done | End::OutputClosed => Ok(Outcome::DONE),
            End::OutputFailed(error) => Err(self.output_failed(error)),
        }
    }

    /// Tells how many datagrams passed; of a run that was told to end, too.
    pub(super) fn count_datagrams(&self, recorder: &Recorder) {
        let (sent, received) = (self.tally.sent.get(), self.tally.received.get());
        recorder.on(Side::Client, Layer::Udp).emit(Conversed {
            sent: sent.octets,
            received: received.octets,
            writes: sent.datagrams,
            reads: received.datagrams,
        });
    }
}
