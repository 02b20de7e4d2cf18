//! `connect -u`: datagrams instead of a connection. Silence is no failure here: it proves nothing.

use super::{Limits, Session};
use crate::command::terminal::person_at_stdin;
use crate::command::{Outcome, payload};
use crate::event::recorder::Recorder;
use crate::event::run::Conversed;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::Target;
use crate::net::tcp::converse::Input;
use crate::net::udp::client::{self, End, Talk, Tally};
use crate::net::world::World;

/// Tells what passed, also where the run is told to end in the middle.
struct Total<'a> {
    tally: Tally,
    recorder: &'a Recorder,
    /// `-z` converses with nobody.
    tells: bool,
}

impl Drop for Total<'_> {
    fn drop(&mut self) {
        if !self.tells {
            return;
        }
        let (sent, received) = (self.tally.sent.get(), self.tally.received.get());
        self.recorder.on(Side::Client, Layer::Udp).emit(Conversed {
            sent: sent.octets,
            received: received.octets,
            writes: sent.datagrams,
            reads: received.datagrams,
        });
    }
}

impl Session<'_> {
    /// Gives a socket that peer, sends it the input datagram by datagram and takes what comes back.
    pub(super) async fn connect_udp(
        &self,
        target: &Target,
        buffer: usize,
        world: &World,
        recorder: &Recorder,
    ) -> Result<Outcome, NetError> {
        let options = &self.options;
        let dial = client::Dial {
            family: options.family,
            limits: Limits::all(options.timeout),
            source_port: options.source_port,
        };
        let link = client::associate(target, &dial, world, recorder).await?;
        let talk = self.datagrams(buffer).await?;
        let total = Total { tally: Tally::default(), recorder, tells: !options.only_connect };
        match client::converse(&link, talk, &total.tally, recorder).await? {
            End::Done | End::OutputClosed => Ok(Outcome::DONE),
            End::Silent => Ok(Outcome::NOT_MET),
            End::OutputFailed(error) => Err(self.output_failed(error)),
        }
    }

    async fn datagrams(&self, buffer: usize) -> Result<Talk, NetError> {
        let options = &self.options;
        let (input, output) = if options.only_connect {
            // One empty datagram asks whether anything answers.
            let nowhere: payload::Sink = Box::new(tokio::io::sink());
            (Input::Pieces(vec![Vec::new()]), nowhere)
        } else {
            let opened = payload::open(options.output.as_deref(), &self.context.show).await;
            let (output, held) = opened.map_err(|error| self.output_failed(error))?;
            self.held.set(held);
            (self.input(), output)
        };
        Ok(Talk {
            input,
            crlf: options.crlf,
            output,
            wait: options.timeout,
            person: person_at_stdin(),
            until_reply: options.only_connect,
            buffer,
        })
    }
}
