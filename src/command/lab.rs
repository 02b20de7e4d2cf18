//! `netlearn lab`: the pocket internet in the foreground, and the way into one for the other commands.

use std::path::{Path, PathBuf};

use super::terminal::{Target, complain};
use super::watch::{Run, watch};
use super::{Context, Level, Outcome, payload};
use crate::event::failure::{Evidence, Failed};
use crate::event::lab::LabJoined;
pub use crate::event::lab::LabPorts;
use crate::event::recorder::{Delivery, Recorder};
use crate::event::{EventKind, Side};
use crate::explain::Explanation;
pub use crate::lab::Ports;
pub use crate::lab::fault::{Asked, Fault};
use crate::lab::given::{self, NoSuchPlace};
use crate::lab::running::{self, Running};
use crate::lab::{self, Lab, Plan, about};
use crate::net::NetError;
use crate::net::world::{Trust, World};
use crate::render::Voice;

/// What to do with a lab.
#[derive(Clone, Debug)]
pub struct Options {
    pub act: Act,
    pub faults: Vec<Asked>,
    pub ports: Ports,
    /// Where the certificate of its authority goes.
    pub authority: Option<PathBuf>,
    /// Every machine at 127.0.0.1.
    pub one_address: bool,
}

/// Run one, or ask about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Run,
    Counts,
    Cache,
    /// Zones as master files into this folder.
    Export(PathBuf),
}

/// Runs the lab until told to stop, or asks a running one.
pub async fn run(options: Options, context: &Context) -> Outcome {
    match &options.act {
        Act::Run => host(options, context).await,
        Act::Counts => ask(Listing::Counts, context).await,
        Act::Cache => ask(Listing::Cache, context).await,
        Act::Export(folder) => export(folder, context).await,
    }
}

/// Runs a lab; a stop is its good end.
async fn host(options: Options, context: &Context) -> Outcome {
    let plan = Plan::standard();
    // Before anything is begun: a wrong place is a mistake on the command line.
    if let Err(wrong) = given::give(&mut plan.clone(), &options.faults) {
        complain(&no_such_place(&wrong));
        return Outcome::USAGE;
    }
    let stop = context.stop.clone();
    watch(context, Run::server(context), |recorder| async move {
        let wanted = lab::Options {
            ports: options.ports,
            faults: options.faults,
            authority: options.authority,
            findable: true,
            one_address: options.one_address,
        };
        let lab = Lab::start(plan, wanted, &recorder).await?;
        stop.token.cancelled().await;
        if stop.outcome() == Outcome::INTERRUPTED {
            crate::render::leave_line();
        }
        let counted = lab.shutdown().await;
        recorder.run(Side::Server).emit(counted);
        Ok(Outcome::DONE)
    })
    .await
}

fn no_such_place(wrong: &NoSuchPlace) -> Explanation {
    let NoSuchPlace { place, fault, candidates } = wrong;
    let what = format!("--fault {fault}@{place}: the lab has no {place} that can have this fault");
    let words = Explanation::step("usage", what)
        .why("lab.candidates", format!("These can have it: {}.", candidates.join(", ")));
    // The shop or the bank where one of them will do: a whole world that fails shows less.
    let usual = candidates.iter().find(|name| matches!(name.as_str(), "shop.test" | "bank.test"));
    match usual.or(candidates.first()) {
        Some(first) => words.then(format!("netlearn lab --fault {fault}@{first}"), "a lab with this fault"),
        None => words,
    }
}

/// What a running lab is asked for.
#[derive(Clone, Copy)]
enum Listing {
    Counts,
    Cache,
}

async fn ask(listing: Listing, context: &Context) -> Outcome {
    let Some(running) = running::find() else {
        let words = Explanation::step("lab", "no lab of yours runs on this machine");
        complain(&words.then("netlearn lab", "starts one; ask again from a second terminal"));
        return Outcome::NOT_MET;
    };
    let facts: Result<EventKind, _> = match listing {
        Listing::Counts => about::counts(&running.world).await.map(Into::into),
        Listing::Cache => about::cache(&running.world).await.map(Into::into),
    };
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => {
            let what = format!("the lab that runs as pid {} gave no answer: {error}", running.pid);
            let words = Explanation::step("lab", what);
            complain(&words.then("netlearn lab", "starts another one beside it"));
            return Outcome::NOT_MET;
        }
    };
    let run =
        Run { side: Side::Observer, voice: Voice::Client, target: Target::Stdout, view: context.show.view };
    watch(context, run, async |recorder: Recorder| {
        recorder.run(Side::Observer).emit(facts);
        Ok(Outcome::DONE)
    })
    .await
}

/// Writes every zone as a master file (RFC 1035 section 5.1), and a configuration that BIND runs them with.
async fn export(folder: &Path, context: &Context) -> Outcome {
    let plan = Plan::standard();
    let outcome = watch(context, Run::client(context), async |_| {
        let written = plan.export(folder);
        written.map_err(|error| {
            let unwritable = payload::unwritable(&folder.display().to_string(), error);
            let next = vec!["netlearn lab --export zones".to_owned()];
            NetError::new(Failed { next, ..unwritable.failed().clone() }, None)
        })?;
        Ok(Outcome::DONE)
    })
    .await;
    if outcome == Outcome::DONE && context.show.level > Level::None && !context.show.json {
        let (count, place) = (plan.zones.len(), folder.display());
        let what = format!("{count} zones of the lab are in {place} as master files, with a named.conf");
        let check = format!("named-checkzone shop.test {}", folder.join("shop.test.zone").display());
        complain(&Explanation::step("lab", what).then(check, "BIND reads one of them, if you have it"));
    }
    outcome
}

/// A lab for one command: a running one of this user, or its own that ends with it. `world` keeps what the command line
/// gave (routes; trust, where it was named) and gets the rest from the lab.
///
/// # Errors
/// The lab could not be started.
pub async fn enter(world: World, recorder: &Recorder) -> Result<Entered, NetError> {
    let joined = |ports, pid| recorder.run(Side::Client).emit(LabJoined { ports, pid });
    if let Some(Running { pid, started, world: lab }) = running::find() {
        joined(started.ports, Some(pid));
        return Ok(Entered { world: merged(world, lab), own: None });
    }
    // What its servers see is no part of this client's story: their events go nowhere.
    let (unheard, _) = Recorder::start(Vec::new(), Delivery::Folding);
    let own = Lab::start(Plan::standard(), lab::Options::default(), &unheard).await?;
    joined(own.started().ports, None);
    Ok(Entered { world: merged(world, own.world()), own: Some(own) })
}

/// What was given on the command line, in the lab.
pub(super) fn merged(given: World, lab: World) -> World {
    let named = given.trust != Trust::System;
    World {
        routes: given.routes,
        trust: if named { given.trust } else { lab.trust },
        authority: if named { given.authority } else { lab.authority },
        roots: if given.roots.is_empty() { lab.roots } else { given.roots },
        ..lab
    }
}

/// The way into a lab.
pub struct Entered {
    pub world: World,
    /// To be shut down at the end.
    pub own: Option<Lab>,
}

/// Runs `operation` in `world`, or in the pocket internet; a lab of its own ends with it, however it ended.
///
/// # Errors
/// The operation's, or the lab could not be started.
pub async fn within<T>(
    lab: bool,
    world: &World,
    recorder: &Recorder,
    operation: impl AsyncFnOnce(&World) -> Result<T, NetError>,
) -> Result<T, NetError> {
    if !lab {
        return operation(world).await;
    }
    let Entered { world, own } = enter(world.clone(), recorder).await?;
    let result = operation(&world).await;
    if let Some(own) = own {
        own.shutdown().await;
    }
    result.map_err(|error| {
        error.map(|mut failed| {
            failed.evidence.push(Evidence::InLab);
            failed
        })
    })
}
