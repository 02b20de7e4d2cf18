//! One run: an operation, its event stream, and the sinks that show and keep it.

use std::fs::OpenOptions;
use std::future::Future;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use super::guided::guided;
use super::terminal::{Target, style};
use super::{Context, Outcome};
use crate::event::failure::{Failed, Phase};
use crate::event::recorder::{Delivery, Recorder, Stream};
use crate::event::run::Finished;
use crate::event::{Event, Layer, Side};
use crate::explain::Explanation;
use crate::explain::failure::quoted;
use crate::net::NetError;
use crate::render::json::Json;
use crate::render::{Level, Out, Render, View, Voice, choose};

/// Octets of events that a lesson's child keeps back until their words are written: more than come at one time as a rule.
const BURST: usize = 256 * 1024;

/// What kind of run it is.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub side: Side,
    pub voice: Voice,
    /// Where the view goes; `--json` goes to stdout.
    pub target: Target,
    /// The view, where the command has one of its own.
    pub view: View,
}

impl Run {
    /// A client that narrates on stderr.
    pub fn client(context: &Context) -> Run {
        Run { side: Side::Client, voice: Voice::Client, target: Target::Stderr, view: context.show.view }
    }

    /// A server that narrates on stderr.
    pub fn server(context: &Context) -> Run {
        Run { side: Side::Server, voice: Voice::Server, target: Target::Stderr, view: context.show.view }
    }
}

/// Runs `operation`, shows and keeps its events, and returns its exit code once everything is written.
///
/// A failure becomes the `failed` event; `finished` is always the last. A sink that cannot be written makes an
/// otherwise good run end with 23; a closed pipe ends the run like a stop.
pub async fn watch<F, Fut>(context: &Context, run: Run, operation: F) -> Outcome
where
    F: FnOnce(Recorder) -> Fut,
    Fut: Future<Output = Result<Outcome, NetError>>,
{
    watch_paced(context, run, |recorder, _| operation(recorder)).await
}

/// How far the views have come: the `seq` of the last event shown.
pub type Shown = tokio::sync::watch::Receiver<u64>;

/// The same for an operation that goes on only when the reader has seen what happened so far.
pub async fn watch_paced<F, Fut>(context: &Context, run: Run, operation: F) -> Outcome
where
    F: FnOnce(Recorder, Shown) -> Fut,
    Fut: Future<Output = Result<Outcome, NetError>>,
{
    let sinks = match sinks(context, run) {
        Ok(sinks) => sinks,
        Err(words) => {
            crate::command::terminal::complain(&words);
            return Outcome::USAGE;
        }
    };
    let (recorder, stream) = Recorder::start(context.line.clone(), delivery(context, run));
    let (progress, shown) = tokio::sync::watch::channel(0);
    let showing = show(stream, sinks, context, progress);
    let mut showed = shown.clone();
    let result = operation(recorder.clone(), shown).await;
    let outcome = result.unwrap_or_else(|error| {
        let failed = error.failed();
        recorder.on(failed.seen_by, layer(failed)).emit(failed.clone());
        Outcome::of(failed.kind)
    });
    recorder.run(run.side).emit(Finished { exit: outcome.0 });
    drop(recorder);
    // Tasks of an operation that was given up are dropped by the runtime when it next comes to them, and their recorders
    // with them: it has to run until the views are through.
    while showed.changed().await.is_ok() {}
    let faults = showing.join().unwrap_or_default();
    for fault in &faults {
        fault.say();
    }
    if outcome == Outcome::DONE && !faults.is_empty() { Outcome(23) } else { outcome }
}

/// Ends `operation` when the run is told to stop, with the signal's exit code.
///
/// # Errors
/// The operation's.
pub async fn interruptible(
    context: &Context,
    operation: impl Future<Output = Result<Outcome, NetError>>,
) -> Result<Outcome, NetError> {
    tokio::select! {
        biased;
        () = context.stop.token.cancelled() => {
            // The terminal has put ^C where the cursor was: what follows begins on a line of its own.
            if context.stop.outcome() == Outcome::INTERRUPTED {
                crate::render::leave_line();
            }
            Ok(context.stop.outcome())
        }
        result = operation => result,
    }
}

fn delivery(context: &Context, run: Run) -> Delivery {
    match run.side {
        Side::Server if context.show.json || context.show.record.is_some() || guided().is_some() => {
            Delivery::Bounded
        }
        Side::Server => Delivery::Folding,
        Side::Client | Side::Resolver | Side::Observer => Delivery::Lossless,
    }
}

fn layer(failed: &Failed) -> Layer {
    match failed.phase {
        Phase::Listen | Phase::Connect | Phase::Send | Phase::Receive if failed.is_unix() => Layer::Unix,
        Phase::Listen | Phase::Connect | Phase::Send | Phase::Receive if failed.is_udp() => Layer::Udp,
        Phase::Name => Layer::Name,
        Phase::Handshake => Layer::Tls,
        Phase::Wait => Layer::Http,
        Phase::Table | Phase::Output => Layer::Kernel,
        Phase::Listen | Phase::Connect | Phase::Send | Phase::Receive => Layer::Tcp,
    }
}

/// A renderer and what to say when its writer fails.
struct Sink {
    render: Box<dyn Render>,
    /// The file or stream, for the error.
    name: String,
    /// True where a closed pipe ends the run: somebody read the events and has enough.
    ends_run: bool,
    /// True where a failed write is an error of the run; a narration that nobody can read is none.
    matters: bool,
}

/// A sink that could not be written.
struct SinkFault {
    name: String,
    error: io::Error,
}

impl SinkFault {
    fn say(&self) {
        crate::command::terminal::complain(&super::unwritten(&self.name, &self.error));
    }
}

/// A recording that cannot be begun, because of what the command line says.
fn no_recording(path: &Path, error: &io::Error) -> Explanation {
    let name = path.display().to_string();
    let say = |why: String| Explanation::step("output", format!("--record {name}: {why}"));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (error.kind(), folder) {
        (io::ErrorKind::IsADirectory, _) => {
            let inside = quoted(&path.join("run.jsonl").display().to_string());
            say("that is a folder, and a recording is a file".to_owned())
                .then(format!("netlearn tour --record {inside}"), "a recording in that folder")
        }
        (io::ErrorKind::NotFound, Some(folder)) => {
            let folder = folder.display().to_string();
            say(format!("there is no folder {folder}"))
                .then(format!("mkdir -p {}", quoted(&folder)), "makes it; then try again")
        }
        (_, _) => say(format!("it could not be written: {error}"))
            .then("netlearn tour --record tour.jsonl", "a recording in this folder"),
    }
}

fn sinks(context: &Context, run: Run) -> Result<Vec<Sink>, Box<Explanation>> {
    let show = &context.show;
    let mut sinks = Vec::new();
    if let Some(path) = &show.record {
        let name = path.display().to_string();
        // To open a FIFO waits for its reader.
        let out = context
            .stop
            .ending_at_once(|| record_file(path))
            .map_err(|error| Box::new(no_recording(path, &error)))?;
        sinks.push(Sink { render: Box::new(Json::new(out)), name, ends_run: false, matters: true });
    }
    if show.json {
        let render = Box::new(Json::new(counted(io::stdout(), context)));
        sinks.push(Sink { render, name: "stdout".to_owned(), ends_run: true, matters: true });
    } else if run.target == Target::Stdout || show.level > Level::None || run.view == View::Narration {
        let out: Out = match run.target {
            Target::Stdout => counted(io::stdout(), context),
            Target::Stderr => counted(io::stderr(), context),
        };
        sinks.push(Sink {
            render: choose(run.view, run.voice, style(show, run.target), out),
            name: if run.target == Target::Stdout { "stdout" } else { "stderr" }.to_owned(),
            ends_run: run.target == Target::Stdout,
            matters: run.target == Target::Stdout,
        });
    }
    // Last: what a lesson hears of an event comes behind what its learner is told of it, on whatever pipe.
    if let Some(lesson) = guided() {
        let name = lesson.events.display().to_string();
        match lesson.open_events() {
            Ok(file) => {
                let render = Box::new(Json::new(Box::new(BufWriter::with_capacity(BURST, file))));
                sinks.push(Sink { render, name, ends_run: false, matters: false });
            }
            // The run is worth something without its lesson.
            Err(error) => SinkFault { name, error }.say(),
        }
    }
    Ok(sinks)
}

/// A standard stream, what it takes counted.
struct Counted<W> {
    stream: W,
    said: Arc<AtomicU64>,
}

fn counted(stream: impl Write + Send + 'static, context: &Context) -> Out {
    Box::new(BufWriter::new(Counted { stream, said: Arc::clone(&context.stop.said) }))
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let taken = self.stream.write(octets)?;
        self.said.fetch_add(taken as u64, Ordering::Relaxed);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A new file that only its owner may read: recordings hold what passed.
fn record_file(path: &Path) -> io::Result<Out> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        use std::os::unix::fs::PermissionsExt as _;
        // The mode above is for a new file; an old one may be open to others.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(Box::new(BufWriter::new(file)))
}

/// Shows the stream on a thread of its own, so that no operation waits for a slow terminal.
fn show(
    mut stream: Stream,
    mut sinks: Vec<Sink>,
    context: &Context,
    progress: tokio::sync::watch::Sender<u64>,
) -> JoinHandle<Vec<SinkFault>> {
    let stop = context.stop.clone();
    std::thread::spawn(move || {
        let mut faults = Vec::new();
        let header = stream.header.clone();
        each(&mut sinks, &mut faults, &stop, |render| render.begin(&header));
        while let Some(event) = stream.next() {
            let mut seq = event.seq;
            give(event, &mut sinks, &mut faults, &stop);
            while let Some(event) = stream.ready() {
                seq = event.seq;
                give(event, &mut sinks, &mut faults, &stop);
            }
            each(&mut sinks, &mut faults, &stop, |render| render.flush());
            progress.send_replace(seq);
        }
        each(&mut sinks, &mut faults, &stop, |render| render.finish());
        faults
    })
}

/// Gives every sink one event; a sink that is alone gets it to keep.
fn give(event: Event, sinks: &mut Vec<Sink>, faults: &mut Vec<SinkFault>, stop: &super::Stop) {
    if sinks.len() > 1 {
        return each(sinks, faults, stop, |render| render.event(&event));
    }
    let mut event = Some(event);
    each(sinks, faults, stop, |render| event.take().map_or(Ok(()), |event| render.take(event)));
}

/// Does one thing with every sink; one that fails is dropped and the others go on.
fn each(
    sinks: &mut Vec<Sink>,
    faults: &mut Vec<SinkFault>,
    stop: &super::Stop,
    mut act: impl FnMut(&mut dyn Render) -> io::Result<()>,
) {
    sinks.retain_mut(|sink| match act(sink.render.as_mut()) {
        Ok(()) => true,
        Err(error) => {
            let closed = error.kind() == io::ErrorKind::BrokenPipe;
            if closed && sink.ends_run {
                stop.token.cancel();
            } else if sink.matters {
                faults.push(SinkFault { name: sink.name.clone(), error });
            }
            false
        }
    });
}
