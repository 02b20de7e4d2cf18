//! Parses, listens for signals, runs the command and gives its exit code.

use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::Context as _;
use netlearn::cli;
use netlearn::command::{self, Outcome, Stop, guided};

fn main() -> anyhow::Result<ExitCode> {
    #[cfg(unix)]
    if let Some(code) = command::keeper::keep() {
        return Ok(code);
    }
    let stop = Stop::default();
    let (command, context) = match cli::parse(std::env::args_os(), stop.clone()) {
        Ok(parsed) => parsed,
        Err(end) => return Ok(ExitCode::from(end.show())),
    };
    let listening = listen_for_signals(stop.clone())?;
    guided::follow_parent(&stop);
    let runtime = runtime()?;
    listening.recv().context("listening for Ctrl-C")??;
    let outcome = runtime.block_on(command::run(command, context));
    // A read of stdin that never ends must not hold the process.
    runtime.shutdown_background();
    Ok(ExitCode::from(outcome.0))
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")
}

/// The first Ctrl-C or SIGTERM asks for a clean end; the second ends at once with 130. On a thread of its own: a
/// terminal that takes no more text must not keep the learner from leaving, and does so for a while only. Tells when it listens.
fn listen_for_signals(stop: Stop) -> anyhow::Result<mpsc::Receiver<anyhow::Result<()>>> {
    let (ready, installed) = mpsc::channel();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime().map(|runtime| runtime.block_on(obey(stop, &ready))).or_else(|error| ready.send(Err(error)))
    })?;
    Ok(installed)
}

#[cfg(unix)]
async fn obey(stop: Stop, ready: &mpsc::Sender<anyhow::Result<()>>) {
    use tokio::signal::unix::{SignalKind, signal};
    let streams = signal(SignalKind::interrupt()).and_then(|int| Ok((int, signal(SignalKind::terminate())?)));
    let (mut interrupt, mut terminate) = match streams {
        Ok(streams) => streams,
        Err(error) => return drop(ready.send(Err(error.into()))),
    };
    let _ = ready.send(Ok(()));
    let mut stuck = std::pin::pin!(command::terminal::stuck(&stop));
    loop {
        let number = tokio::select! {
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
            () = &mut stuck => end(stop.outcome()),
        };
        if stop.by_signal(number) {
            end(Outcome::INTERRUPTED);
        }
    }
}

#[cfg(not(unix))]
async fn obey(stop: Stop, ready: &mpsc::Sender<anyhow::Result<()>>) {
    let _ = ready.send(Ok(()));
    while tokio::signal::ctrl_c().await.is_ok() {
        if stop.by_signal(2) {
            end(Outcome::INTERRUPTED);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends the process whatever that is doing")]
fn end(outcome: Outcome) -> ! {
    std::process::exit(outcome.0.into())
}
