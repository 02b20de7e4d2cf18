//! `netlearn get`: one or more HTTP requests, shown as they passed.

mod curl;
mod proxy;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::connect::Family;
use super::watch::{Run, interruptible, watch};
use super::{Context, Outcome, lab, named, own, payload};
use crate::command::terminal::complain;
use crate::event::failure::{Failed, FailureKind};
use crate::event::http::ProxyIgnored;
use crate::event::recorder::{Delivery, Recorder};
use crate::event::{Layer, Side};
use crate::explain::Explanation;
use crate::lab::running;
use crate::net::NetError;
use crate::net::dns;
pub use crate::net::http::client::OF_ONE_CONNECTION;
use crate::net::http::{client, library};
use crate::net::tcp::{Limits, Target};
use crate::net::world::{Route, Trust, World};

/// What to ask for, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Checked URLs, http or https.
    pub urls: Vec<url::Url>,
    /// `-X`; by default GET, POST with `-d`, HEAD with `-I`.
    pub method: Option<String>,
    /// Extra fields, name and value; they replace the usual field of that name.
    pub headers: Vec<(String, String)>,
    pub data: Option<Vec<u8>>,
    pub head: bool,
    /// `-i`: the head of the response goes to the output too.
    pub include: bool,
    pub follow: bool,
    /// `-f`: an error status is a failure (exit 22).
    pub fail: bool,
    pub output: Option<PathBuf>,
    pub family: Family,
    /// In the pocket internet.
    pub lab: bool,
    pub world: World,
    /// Ask the server to end the connection after each answer.
    pub close: bool,
    /// Speak HTTP/2 where the server does.
    pub http2: bool,
    /// Let a library (reqwest) make it, and show what that does by itself.
    pub library: bool,
    /// Print the same request for curl.
    pub curl: bool,
    pub timeout: Duration,
    /// `-m`: for everything together.
    pub total: Option<Duration>,
}

impl Options {
    /// The method of the first request.
    fn method(&self) -> &str {
        match &self.method {
            Some(method) => method,
            None if self.head => "HEAD",
            None if self.data.is_some() => "POST",
            None => "GET",
        }
    }
}

/// Makes the requests one after the other.
pub async fn run(mut options: Options, context: &Context) -> Outcome {
    if options.curl {
        let line = if options.lab {
            let Some(running) = running::find() else {
                let words =
                    Explanation::step("lab", "no lab of yours runs on this machine for curl to reach");
                complain(&words.then("netlearn lab", "starts one; ask again from a second terminal"));
                return Outcome::NOT_MET;
            };
            match routed(options, running.world).await {
                Ok(options) => curl::command(&options),
                Err(error) => {
                    complain(&crate::explain::failure::failed(error.failed()));
                    return Outcome::of(error.failed().kind);
                }
            }
        } else {
            curl::command(&options)
        };
        return match crate::render::write_stdout(format!("{line}\n").as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome(23),
            Ok(()) | Err(_) => Outcome::DONE,
        };
    }
    if let Err(outcome) = named::settle(&mut options.world, &context.stop) {
        return outcome;
    }
    let mut held = None;
    let outcome = watch(context, Run::client(context), async |recorder: Recorder| {
        let (mut sink, shared) = payload::open_late(options.output.as_deref(), &context.show);
        held = Some(shared);
        let result = lab::within(options.lab, &options.world, &recorder, async |world: &World| {
            interruptible(context, ask(&options, world, context, &recorder, &mut sink)).await
        })
        .await;
        // A failure that wrote nothing leaves the file as it was; an empty body makes an empty file.
        let closed = if matches!(result, Ok(Outcome::DONE)) || options.output.is_none() {
            sink.shutdown().await
        } else {
            sink.flush().await
        };
        match (result, closed) {
            (Ok(Outcome::DONE), Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                let error = payload::unwritable(&place(options.output.as_deref()), error);
                Err(own::client(error, options.output.as_deref(), context))
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

/// The same options for a program that knows nothing of a lab: its names as routes, its authority as a file.
async fn routed(mut options: Options, lab: World) -> Result<Options, NetError> {
    let mut world = lab::merged(options.world.clone(), lab);
    let (unheard, _) = Recorder::start(Vec::new(), Delivery::Folding);
    let limits = Limits::all(options.timeout);
    for url in &options.urls {
        let Some(url::Host::Domain(host)) = url.host() else { continue };
        let target = Target { host: host.to_owned(), port: url.port_or_known_default().unwrap_or(80) };
        if world.route(&target.host, target.port).is_none() {
            let found = dns::lookup(&target, options.family, &limits, &world, &unheard).await?;
            let addresses = found.iter().map(std::net::SocketAddr::ip).collect();
            world.routes.push(Route { host: target.host, port: target.port, addresses });
        }
    }
    let secure = options.urls.iter().any(|url| url.scheme() == "https");
    if let (Trust::Pem(_), Some(path)) = (&world.trust, &world.authority)
        && secure
    {
        world.trust = Trust::File(path.clone());
    }
    options.world = world;
    Ok(options)
}

async fn ask(
    options: &Options,
    world: &World,
    context: &Context,
    recorder: &Recorder,
    sink: &mut payload::Sink,
) -> Result<Outcome, NetError> {
    let variables = proxy::variables(&options.urls, |name| std::env::var(name).ok());
    if !variables.is_empty() && !options.library {
        recorder.on(Side::Client, Layer::Http).emit(ProxyIgnored { variables: variables.clone() });
    }
    let asked = client::Options {
        urls: options.urls.clone(),
        method: options.method().to_owned(),
        headers: options.headers.clone(),
        data: options.data.clone().map(Into::into),
        include: options.include || options.head,
        follow: options.follow,
        fail: options.fail,
        close: options.close,
        http2: options.http2,
        family: options.family,
        limits: Limits::all(options.timeout),
        total: options.total,
        secrets: context.show.secrets,
    };
    let asked = match options.library {
        true => library::get(&asked, variables, world, recorder, sink).await,
        false => client::get(&asked, world, recorder, sink).await,
    };
    Ok(match asked.map_err(|error| named(options.output.as_deref(), error, context))? {
        client::Ended::Done | client::Ended::SinkClosed => Outcome::DONE,
        client::Ended::HttpError => Outcome(22),
    })
}

/// Where payload goes, as the user named it.
fn place(output: Option<&Path>) -> String {
    output.map_or_else(|| "stdout".to_owned(), |path| path.display().to_string())
}

/// What could not be written is the output, not the URL.
fn named(output: Option<&Path>, error: NetError, context: &Context) -> NetError {
    if error.failed().kind != FailureKind::OutputFailed {
        return error;
    }
    let error = error.map(|failed| Failed { target: place(output), ..failed });
    own::client(error, output, context)
}
