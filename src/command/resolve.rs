//! `netlearn resolve`: a name to its records, by every path a machine has.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::watch::{Run, interruptible, watch};
use super::{Context, Outcome, lab, payload};
use crate::event::Layer;
use crate::event::failure::Evidence;
use crate::event::recorder::Recorder;
use crate::net::NetError;
pub use crate::net::dns::question::{Question, record_type};
use crate::net::dns::resolve::{self, Resolved};
pub use crate::net::tcp::Target;
use crate::net::world::World;

/// What to ask, whom and how.
#[derive(Clone, Debug)]
pub struct Options {
    pub questions: Vec<Asked>,
    /// `@SERVER[:PORT]`.
    pub server: Option<Target>,
    pub trace: bool,
    /// Where a walk begins; `None`: the internet's root servers, or the lab's.
    pub root: Option<SocketAddr>,
    pub tcp: bool,
    pub recursion_desired: bool,
    /// Values only.
    pub short: bool,
    /// In the pocket internet.
    pub lab: bool,
    pub timeout: Duration,
}

/// One question of the command line.
#[derive(Clone, Debug)]
pub struct Asked {
    /// As typed.
    pub name: String,
    pub question: Question,
    /// No type was asked for: addresses, by both paths.
    pub addresses: bool,
}

/// Asks the questions one after the other; each is asked, whatever became of the one before. The exit code is the first
/// failure's.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let mut held = None;
    let outcome = watch(context, Run::client(context), async |recorder: Recorder| {
        let (mut sink, shared) = payload::open_late(None, &context.show);
        held = Some(shared);
        let result = interruptible(context, enter(&options, &recorder, &mut sink)).await;
        // A shutdown alone does not wait for what tokio's stdout still has to write.
        let closed = match sink.flush().await {
            Ok(()) => sink.shutdown().await,
            failed => failed,
        };
        match (result, closed) {
            (Ok(Outcome::DONE), Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(payload::unwritable("stdout", error))
            }
            (result, _) => result,
        }
    })
    .await;
    match held.map_or(Ok(()), |held| payload::show_held(&held)) {
        Err(error) if outcome == Outcome::DONE && error.kind() != io::ErrorKind::BrokenPipe => Outcome(23),
        Ok(()) | Err(_) => outcome,
    }
}

/// Finds the world to ask in, and leaves it when all is asked.
async fn enter(
    options: &Options,
    recorder: &Recorder,
    sink: &mut payload::Sink,
) -> Result<Outcome, NetError> {
    let roots = options.root.into_iter().collect();
    let world = World { roots, ..World::default() };
    if !options.lab {
        return ask(options, &world, recorder, sink).await;
    }
    let lab::Entered { world, own } = lab::enter(world, recorder).await?;
    let result = ask(options, &world, recorder, sink).await;
    if let Some(own) = own {
        own.shutdown().await;
    }
    result
}

async fn ask(
    options: &Options,
    world: &World,
    recorder: &Recorder,
    sink: &mut payload::Sink,
) -> Result<Outcome, NetError> {
    let mut outcome = Outcome::DONE;
    for asked in &options.questions {
        let wanted = resolve::Options {
            question: asked.question.clone(),
            typed: asked.name.clone(),
            addresses: asked.addresses,
            server: options.server.clone(),
            trace: options.trace,
            tcp: options.tcp,
            recursion_desired: options.recursion_desired,
            limit: options.timeout,
        };
        match resolve::resolve(&wanted, world, recorder).await {
            Ok(resolved) => {
                let text = lines(&asked.name, &resolved, options.short);
                match sink.write_all(text.as_bytes()).await {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(outcome),
                    written => written.map_err(|error| payload::unwritable("stdout", error))?,
                }
            }
            Err(error) => {
                let mut failed = error.failed().clone();
                if options.lab {
                    failed.evidence.push(Evidence::InLab);
                }
                recorder.on(failed.seen_by, Layer::Name).emit(failed.clone());
                if outcome == Outcome::DONE {
                    outcome = Outcome::of(failed.kind);
                }
            }
        }
    }
    Ok(outcome)
}

/// The records as a master file has them (RFC 1035 section 5.1), or the addresses that programs get; values alone where
/// `short`.
fn lines(name: &str, resolved: &Resolved, short: bool) -> String {
    let mut text = String::new();
    if let Some(addresses) = &resolved.programs {
        for address in addresses {
            let line = if short { address.to_string() } else { format!("{name}\t{address}") };
            text.push_str(&line);
            text.push('\n');
        }
        return text;
    }
    for record in &resolved.records {
        // Writing to a String cannot fail.
        let _ = if short {
            writeln!(text, "{}", record.data)
        } else {
            let (class, kind) = (&record.class, &record.record_type);
            writeln!(text, "{}\t{}\t{class}\t{kind}\t{}", record.name, record.ttl, record.data)
        };
    }
    text
}
