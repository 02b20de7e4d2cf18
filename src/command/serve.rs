//! `netlearn serve`: a real server that narrates what its clients do.

pub use crate::net::server::{Behaviour, Fault, Limits, Options, Protocol};
pub use crate::net::udp::server::{
    Behaviour as DatagramBehaviour, Options as DatagramOptions, WHOLE as WHOLE_DATAGRAM,
};

use std::path::PathBuf;

use super::watch::{Run, watch};
use super::{Context, Outcome, own};
use crate::net::server::{self, Telling};
use crate::net::{udp, unix};
use crate::render::Level;

/// Serves until told to stop; a stop is the good end of a server.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let telling = Telling { secrets: context.show.secrets, owners: context.show.level >= Level::Full };
    let stop = context.stop.token.clone();
    watch(context, Run::server(context), |recorder| async move {
        server::run(options, telling, &recorder, stop).await.map_err(|error| own::server(error, context))?;
        Ok(Outcome::DONE)
    })
    .await
}

/// The same, with its address drawn for the camera of a phone.
pub async fn run_drawn(options: Options, context: &Context) -> Outcome {
    let telling = Telling { secrets: context.show.secrets, owners: context.show.level >= Level::Full };
    let stop = context.stop.token.clone();
    watch(context, Run::server(context), |recorder| async move {
        let bound = server::bind::bind(&options, &recorder).map_err(|error| own::server(error, context))?;
        server::offer(&bound, options.tls, &recorder);
        server::start(bound, options, telling, &recorder, stop).await?;
        Ok(Outcome::DONE)
    })
    .await
}

/// The same at a path: a Unix socket.
pub async fn run_unix(path: PathBuf, options: Options, context: &Context) -> Outcome {
    let telling = Telling { secrets: context.show.secrets, owners: true };
    let stop = context.stop.token.clone();
    watch(context, Run::server(context), |recorder| async move {
        unix::run(&path, options, telling, &recorder, stop)
            .await
            .map_err(|error| own::server(error, context))?;
        Ok(Outcome::DONE)
    })
    .await
}

/// The same for datagrams: a UDP server.
pub async fn run_udp(options: DatagramOptions, context: &Context) -> Outcome {
    let stop = context.stop.token.clone();
    watch(context, Run::server(context), |recorder| async move {
        udp::server::run(options, &recorder, stop).await.map_err(|error| own::server(error, context))?;
        Ok(Outcome::DONE)
    })
    .await
}
