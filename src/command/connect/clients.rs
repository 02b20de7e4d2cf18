//! `connect --clients N`: whether there is room for them, then all of them at once.

use super::Session;
use crate::command::Outcome;
use crate::event::clients::ClientsAnnounced;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::kernel;
use crate::net::kernel::room::{self, Short};
use crate::net::tcp::clients::{self, AT_ONCE, Plan, Say};
use crate::net::tcp::{Dial, Limits, Target};
use crate::net::world::World;

impl Session<'_> {
    /// Opens them all, tells what they came to, and fails as most of those did that failed.
    pub(super) async fn connect_many(
        &self,
        clients: u64,
        world: &World,
        recorder: &Recorder,
    ) -> Result<Outcome, NetError> {
        let options = &self.options;
        let target = Target { host: options.host.clone(), port: options.port };
        let announced = make_room(clients, &target)?;
        recorder.on(Side::Client, Layer::Tcp).emit(announced);
        let dial = Dial {
            family: options.family,
            limits: Limits::all(options.timeout),
            source_port: None,
            protocol: Protocol::Tcp,
        };
        let plan = Plan { clients, say: self.say(), crlf: options.crlf };
        let stop = &self.context.stop;
        let many = clients::run(plan, &target, dial, world, recorder, &stop.token).await;
        let stopped = stop.token.is_cancelled();
        if stopped && stop.outcome() == Outcome::INTERRUPTED {
            crate::render::leave_line();
        }
        recorder.on(Side::Client, Layer::Tcp).emit(many.ended);
        match many.failure {
            _ if stopped => Ok(stop.outcome()),
            Some(failure) => Err(failure),
            None => Ok(Outcome::DONE),
        }
    }

    fn say(&self) -> Option<Say> {
        let wanted = &self.options.experiments;
        match wanted.size {
            Some(size) => Some(Say::Made(size)),
            None if self.options.send.is_empty() && !wanted.half_close => None,
            None => Some(Say::Pieces(self.options.send.clone())),
        }
    }
}

/// Sees that descriptors and ports are there for all of them; raises the soft limit where that is enough.
///
/// # Errors
/// Phase `connect`: nothing was begun.
fn make_room(clients: u64, target: &Target) -> Result<ClientsAnnounced, NetError> {
    let lent = kernel::lent_ports();
    if let Some(lent) = lent.filter(|lent| lent.count() < clients) {
        return Err(no_room(target, Evidence::LentPortsTooFew { lent, wanted: clients }));
    }
    let room = room::widen(clients).map_err(|short| {
        let Short { limit, open, fit } = short;
        no_room(target, Evidence::Descriptors { limit, open, fit, wanted: clients })
    })?;
    Ok(ClientsAnnounced {
        clients,
        at_once: clients.min(AT_ONCE as u64),
        descriptors: room.limit,
        raised_from: room.raised_from,
        lent,
    })
}

fn no_room(target: &Target, evidence: Evidence) -> NetError {
    let failed = Failed {
        phase: Phase::Connect,
        kind: FailureKind::TooManyClients,
        target: format!("{} port {}", target.host, target.port),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence: vec![evidence],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}
