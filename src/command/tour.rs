//! `netlearn tour`: one story with real servers and clients, on one timeline.
//!
//! It only puts the other commands' operations in an order; what is said comes from their events.

mod check;
mod pages;

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::terminal::Target;
use super::watch::{Run, Shown, interruptible, watch_paced};
use super::{Context, Level, Outcome, View, lab};
use crate::event::failure::FailureKind;
use crate::event::recorder::Recorder;
use crate::event::tcp::{CloseHow, Closed, Protocol as Spoken};
use crate::event::{Layer, Side};
use crate::net::dns::question::Question;
use crate::net::dns::resolve;
use crate::net::http::client;
use crate::net::server::{self, Behaviour, Protocol, Telling, bind};
use crate::net::tcp::{self, Dial, Family, Limits, Target as Peer};
use crate::net::world::{Trust, World};
use crate::net::{NetError, ports};
use crate::render::Voice;
use check::not_as_told;
use pages::Pages;

/// How far the story goes.
#[derive(Clone, Debug)]
pub struct Options {
    /// With https, and the walk from the root.
    pub all: bool,
}

/// The port of the story, where it is free.
const PORT: u16 = 3000;

/// A name that an internet has to be asked for.
const FAR: &str = "www.shop.test";

/// No step of the story waits longer than this.
const LIMIT: Duration = Duration::from_secs(5);

/// Tells the story; done only if every step did what it says.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let run =
        Run { side: Side::Observer, voice: Voice::Both, target: Target::Stdout, view: context.show.view };
    let whole = Cell::new(false);
    let outcome = watch_paced(context, run, async |recorder: Recorder, shown: Shown| {
        let told = story(&options, context, &recorder, shown, &whole);
        interruptible(context, told).await
    })
    .await;
    let show = &context.show;
    let narrated = show.view == View::Narration && show.level > Level::None && !show.json;
    if outcome == Outcome::DONE && whole.get() && narrated {
        // The story is told; a closed pipe has read enough of it.
        let _ = crate::render::write_stdout(NEXT.as_bytes());
    }
    outcome
}

/// What a reader does after the story.
const NEXT: &str = "   next:  netlearn lesson 1, to do it yourself: one server, one client\n";

/// A server in the background and the chapters in front of it; both end together.
async fn story(
    options: &Options,
    context: &Context,
    recorder: &Recorder,
    shown: Shown,
    whole: &Cell<bool>,
) -> Result<Outcome, NetError> {
    let mut pages = Pages::new(context, recorder, shown, if options.all { 10 } else { 8 });
    let mut serving = serving(free_port(PORT));
    let id = if serving.port == PORT { "serve" } else { "serve-elsewhere" };
    pages.chapter(id, &format!("netlearn serve --port {}", serving.port));
    let bound = match bind::bind(&serving, recorder) {
        // Somebody took it between the look and the bind: the story goes on at another port.
        Err(error) if error.failed().kind == FailureKind::AddressInUse => {
            serving.port = 0;
            bind::bind(&serving, recorder)?
        }
        bound => bound?,
    };
    let port = bound.port;
    let stop = CancellationToken::new();
    let server = server::start(bound, serving, Telling::default(), recorder, stop.clone());
    let chapters = async {
        let told = chapters(options, &mut pages, port, recorder).await;
        stop.cancel();
        told
    };
    let (served, told) = tokio::join!(server, chapters);
    whole.set(told?);
    let served = served?;
    if !whole.get() {
        return Ok(pages.left());
    }
    // One client that only connects, one that asks, two at a time; a browser of the reader's may have called as well.
    if served.requests < 1 || served.clients < 4 {
        return Err(not_as_told("the server's counts", format!("{served:?}")));
    }
    Ok(Outcome::DONE)
}

/// The chapters after the first, in order. False: the reader left before the end.
async fn chapters(
    options: &Options,
    pages: &mut Pages<'_>,
    port: u16,
    recorder: &Recorder,
) -> Result<bool, NetError> {
    pages.chapter("name", "netlearn resolve localhost");
    name(recorder).await?;
    pages.chapter("connect", &format!("netlearn connect localhost:{port}"));
    connect(port, recorder).await?;
    if !pages.turn().await {
        return Ok(false);
    }
    pages.chapter("get", &format!("netlearn get http://localhost:{port}/"));
    get(&format!("http://localhost:{port}/"), &World::default(), recorder).await?;
    if !pages.turn().await {
        return Ok(false);
    }
    pages.chapter("two-clients", &format!("netlearn connect localhost:{port}"));
    two_clients(port, recorder).await?;
    if !pages.turn().await {
        return Ok(false);
    }
    pages.chapter("taken-port", &format!("netlearn serve --port {port}"));
    taken(port, recorder)?;
    let free = free_port(0);
    pages.chapter("refused-port", &format!("netlearn connect localhost:{free}"));
    refused(free, recorder).await?;
    if !pages.turn().await {
        return Ok(false);
    }
    pages.chapter("ports", &format!("netlearn ports {port}"));
    listed(port, recorder).await?;
    if options.all {
        if !pages.turn().await {
            return Ok(false);
        }
        pages.chapter("https", "netlearn serve --tls --port 3443");
        https(recorder).await?;
        if !pages.turn().await {
            return Ok(false);
        }
        pages.chapter("walk", &format!("netlearn resolve {FAR} --trace --lab"));
        walk(recorder).await?;
    }
    Ok(true)
}

/// `serve --port PORT`, as the command has it.
fn serving(port: u16) -> server::Options {
    server::Options {
        protocol: Protocol::Http,
        port,
        hosts: Vec::new(),
        behaviour: Behaviour::Usual,
        pause_read: None,
        drip: false,
        tls: false,
        authority: None,
        count: None,
        limits: server::Limits::default(),
    }
}

/// `wanted` if both loopback addresses have it free, else one that the system chooses.
fn free_port(wanted: u16) -> u16 {
    if wanted != 0 && bind::is_free(&bind::LOOPBACK, wanted) {
        return wanted;
    }
    // Bound and let go: the chapter that calls it finds nobody there.
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_or(0, |address| address.port())
}

fn dial(protocol: Spoken) -> Dial {
    Dial { family: Family::Any, limits: Limits::all(LIMIT), source_port: None, protocol }
}

fn localhost(port: u16) -> Peer {
    Peer { host: "localhost".to_owned(), port }
}

/// The story's name, as programs get it: no server is asked.
async fn name(recorder: &Recorder) -> Result<(), NetError> {
    let resolved = resolve::resolve(&asking("localhost", false)?, &World::default(), recorder).await?;
    let addresses = resolved.programs.unwrap_or_default();
    if addresses.is_empty() || !addresses.iter().all(IpAddr::is_loopback) {
        return Err(not_as_told("the addresses of localhost", format!("{addresses:?}")));
    }
    Ok(())
}

/// A name of the pocket internet, from its root.
async fn walk(recorder: &Recorder) -> Result<(), NetError> {
    let lab::Entered { world, own } = lab::enter(World::default(), recorder).await?;
    let resolved = match asking(FAR, true) {
        Ok(asked) => resolve::resolve(&asked, &world, recorder).await,
        Err(error) => Err(error),
    };
    if let Some(own) = own {
        own.shutdown().await;
    }
    let records = resolved?.records;
    if !records.iter().any(|record| record.record_type == "A") {
        return Err(not_as_told("the answer for the far name", format!("{records:?}")));
    }
    Ok(())
}

fn asking(name: &str, trace: bool) -> Result<resolve::Options, NetError> {
    let question =
        Question::new(name, resolve::ADDRESS_TYPES[0]).map_err(|error| not_as_told(name, error))?;
    Ok(resolve::Options {
        question,
        typed: name.to_owned(),
        addresses: true,
        server: None,
        trace,
        tcp: false,
        recursion_desired: true,
        limit: LIMIT,
    })
}

/// A client that connects and hangs up.
async fn connect(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    let connection = tcp::connect(&localhost(port), &dial(Spoken::Tcp), &World::default(), recorder).await?;
    if connection.peer.port() != port || connection.local.port() == port {
        return Err(not_as_told("the connection's ports", format!("{connection:?}")));
    }
    hang_up(connection, recorder).await;
    Ok(())
}

/// Sends a FIN and waits for the server's: then it has told its side of the story too.
async fn hang_up(connection: tcp::Connection, recorder: &Recorder) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let tcp::Connection { mut stream, flow, .. } = connection;
    // A server that is gone already has hung up as well.
    let _ = stream.shutdown().await;
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut Vec::new())).await;
    recorder.on(Side::Client, Layer::Tcp).flow(flow).emit(Closed {
        by: Side::Client,
        how: CloseHow::Fin,
        sent: 0,
        received: 0,
        application: None,
        requests: None,
        unread: None,
        why: None,
    });
}

/// One request; the answer must be the greeting.
async fn get(url: &str, world: &World, recorder: &Recorder) -> Result<(), NetError> {
    let Ok(parsed) = url::Url::parse(url) else { return Err(not_as_told("the URL", url.to_owned())) };
    let asked = client::Options {
        urls: vec![parsed],
        method: "GET".to_owned(),
        headers: Vec::new(),
        data: None,
        include: false,
        follow: false,
        fail: true,
        close: false,
        http2: false,
        family: Family::Any,
        limits: Limits::all(LIMIT),
        total: None,
        secrets: false,
    };
    let mut body: Vec<u8> = Vec::new();
    client::get(&asked, world, recorder, &mut body).await?;
    if body != b"Hello, World!\n" {
        return Err(not_as_told("the page", format!("{body:?}")));
    }
    Ok(())
}

/// Two connections at one time: two ports of their own, one port of the server.
async fn two_clients(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    let world = World::default();
    let one = tcp::connect(&localhost(port), &dial(Spoken::Tcp), &world, recorder).await?;
    let two = tcp::connect(&localhost(port), &dial(Spoken::Tcp), &world, recorder).await?;
    if one.peer != two.peer || one.local == two.local {
        return Err(not_as_told("two clients of one port", format!("{one:?} {two:?}")));
    }
    hang_up(one, recorder).await;
    hang_up(two, recorder).await;
    Ok(())
}

/// A second server on the same port: refused, and told why.
fn taken(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    match bind::bind(&serving(port), recorder) {
        Ok(_) => Err(not_as_told("a taken port", format!("port {port} was given twice"))),
        Err(error) => expect(error, FailureKind::AddressInUse, recorder),
    }
}

/// A port without a server.
async fn refused(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    let peer = Peer { host: IpAddr::from(Ipv4Addr::LOCALHOST).to_string(), port };
    match tcp::connect(&peer, &dial(Spoken::Tcp), &World::default(), recorder).await {
        Ok(connection) => Err(not_as_told("a refused port", format!("{connection:?}"))),
        Err(error) => expect(error, FailureKind::Refused, recorder),
    }
}

/// A failure that belongs to the story is told; another one ends it.
fn expect(error: NetError, kind: FailureKind, recorder: &Recorder) -> Result<(), NetError> {
    if error.failed().kind != kind {
        return Err(error);
    }
    recorder.on(error.failed().seen_by, Layer::Tcp).emit(error.failed().clone());
    Ok(())
}

/// The table's row of our server.
async fn listed(port: u16, recorder: &Recorder) -> Result<(), NetError> {
    let wanted = ports::Options { port: Some(port), ..ports::Options::default() };
    let found = ports::list(&wanted, recorder).await?;
    if found.listeners == 0 {
        return Err(not_as_told("the socket table", format!("no listener on port {port}: {found:?}")));
    }
    Ok(())
}

/// A second server, with TLS, and a client that trusts its throwaway authority.
async fn https(recorder: &Recorder) -> Result<(), NetError> {
    // Gone with this value; nobody else may look into it.
    let folder =
        tempfile::tempdir().map_err(|error| not_as_told("a folder of its own", error.to_string()))?;
    let authority = folder.path().join("authority.pem");
    let serving = server::Options { tls: true, authority: Some(authority.clone()), ..serving(0) };
    let bound = bind::bind(&serving, recorder)?;
    let port = bound.port;
    let stop = CancellationToken::new();
    let server = server::start(bound, serving, Telling::default(), recorder, stop.clone());
    let client = async {
        let world = World { trust: Trust::File(authority), ..World::default() };
        let told = get(&format!("https://localhost:{port}/"), &world, recorder).await;
        stop.cancel();
        told
    };
    let (served, told) = tokio::join!(server, client);
    told.and(served.map(drop))
}
