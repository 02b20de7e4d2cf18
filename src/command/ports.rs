//! `netlearn ports`: who listens on this machine, and who can reach it.

use std::time::Duration;

use super::terminal::Target;
use super::watch::{Run, interruptible, watch};
use super::{Context, Outcome};
use crate::event::Side;
use crate::event::tcp::Protocol;
use crate::net::ports;
pub use crate::net::ports::attempt::{Place, Transport};
use crate::render::Voice;

/// Which sockets to show.
#[derive(Clone, Debug)]
pub struct Options {
    pub port: Option<u16>,
    /// Connections too.
    pub all: bool,
    /// Unix sockets, and no others.
    pub unix: bool,
    /// Keep looking this often.
    pub watch: Option<Duration>,
    /// Try to bind these instead of listing.
    pub attempt: Vec<Place>,
    /// Connect to what listens on the port.
    pub probe: bool,
}

/// Lists or watches the sockets. One port: done where somebody listens or is bound, not met where it is free.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let run =
        Run { side: Side::Observer, voice: Voice::Client, target: Target::Stdout, view: context.show.view };
    let wanted = ports::Options {
        port: options.port,
        all: options.all,
        protocols: if options.unix { vec![Protocol::Unix] } else { Vec::new() },
        interval: options.watch.unwrap_or(ports::Options::default().interval),
    };
    watch(context, run, async |recorder| {
        if !options.attempt.is_empty() {
            let mut all = true;
            for place in &options.attempt {
                all &= ports::attempt::attempt(*place, &recorder);
            }
            return Ok(if all { Outcome::DONE } else { Outcome::NOT_MET });
        }
        if options.watch.is_some() {
            ports::watch(&wanted, &recorder, &context.stop.token).await?;
            crate::render::leave_line();
            return Ok(context.stop.outcome());
        }
        let found = ports::list(&wanted, &recorder).await?;
        if let Some(port) = wanted.port.filter(|_| options.probe) {
            interruptible(context, async {
                ports::probe::probe(port, &recorder).await?;
                Ok(Outcome::DONE)
            })
            .await?;
            if context.stop.token.is_cancelled() {
                return Ok(context.stop.outcome());
            }
        }
        Ok(if wanted.port.is_some() && found.listeners == 0 { Outcome::NOT_MET } else { Outcome::DONE })
    })
    .await
}
