//! The same request through reqwest, an everyday HTTP library, observed on the wire: the library is given a local socket in
//! place of the network, and a tap of ours connects for it, passes every byte on, and reads along.
//!
//! It changes nothing that the library writes. Proxies are switched off, so that nothing goes anywhere but to the target and
//! to where its redirects lead.

mod facts;
mod tap;

use std::io;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use url::Url;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::library::{LibraryCompared, LibraryStarted};
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::world::World;

use super::client::{Ended, Options, shown};
use facts::Shared;

/// The library and the version that is built in.
pub const LIBRARY: (&str, &str) = ("reqwest", "0.13");

/// Redirects that reqwest follows unless told otherwise.
const REDIRECTS: usize = 10;

/// Makes the requests one after the other with one client of the library, writes the bodies as it gives them to `sink`, and
/// tells what it did by itself. `proxies` are the variables that it would have obeyed.
///
/// # Errors
/// The connection that failed, or what the library says.
pub async fn get<S>(
    options: &Options,
    proxies: Vec<String>,
    world: &World,
    recorder: &Recorder,
    sink: &mut S,
) -> Result<Ended, NetError>
where
    S: AsyncWrite + Send + Unpin + ?Sized,
{
    let (library, version) = LIBRARY;
    let (library, version) = (library.to_owned(), version.to_owned());
    recorder.on(Side::Client, Layer::Http).emit(LibraryStarted {
        library,
        version,
        proxies: proxies.clone(),
    });
    let shared = Shared::default();
    let first = options.urls.first().map(shown).unwrap_or_default();
    let tap = tap::Tapped::new(options, world, recorder, &shared).map_err(|error| other(&first, &error))?;
    let client = client(world, &tap, &shared).map_err(|error| other(&first, &error))?;
    let result = tap.serve(ask(options, client, &shared, sink)).await;
    let facts = LibraryCompared { proxies, ..shared.facts(options) };
    if facts.connections > 0 {
        recorder.on(Side::Client, Layer::Http).emit(facts);
    }
    // Why there was no connection says more than what the library made of that.
    match (result, shared.take_failure()) {
        (Err(_), Some(error)) => Err(error),
        (result, _) => result,
    }
}

/// A client as it comes, but for the socket, the proxies, and whom to trust.
fn client(world: &World, tap: &tap::Tapped, shared: &Shared) -> io::Result<reqwest::Client> {
    let policy = {
        let shared = shared.clone();
        let standard = reqwest::redirect::Policy::default();
        reqwest::redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() <= REDIRECTS {
                shared.followed(attempt.url());
            }
            standard.redirect(attempt)
        })
    };
    let config = crate::net::tls::client::config(&world.trust)?;
    let builder = reqwest::Client::builder().no_proxy().redirect(policy).tls_backend_preconfigured(config);
    tap.given_to(builder).build().map_err(|error| io::Error::other(words(&error)))
}

async fn ask<S>(
    options: &Options,
    client: reqwest::Client,
    shared: &Shared,
    sink: &mut S,
) -> Result<Ended, NetError>
where
    S: AsyncWrite + Send + Unpin + ?Sized,
{
    let mut ended = Ended::Done;
    for url in &options.urls {
        shared.asks(url);
        match one(options, &client, url, shared, sink).await? {
            Ended::Done => {}
            Ended::HttpError => ended = Ended::HttpError,
            Ended::SinkClosed => return Ok(Ended::SinkClosed),
        }
    }
    Ok(ended)
}

/// One URL, and wherever the library goes from there.
async fn one<S>(
    options: &Options,
    client: &reqwest::Client,
    url: &Url,
    shared: &Shared,
    sink: &mut S,
) -> Result<Ended, NetError>
where
    S: AsyncWrite + Send + Unpin + ?Sized,
{
    let target = shown(url);
    let limits = &options.limits;
    let head = limits.connect.saturating_add(limits.handshake).saturating_add(limits.head);
    let request = request(options, client, url).map_err(|error| failed(&target, &error, shared))?;
    // Unless told otherwise the library itself waits for ever: the limits are ours.
    let sent = timeout(options.total.unwrap_or(head), client.execute(request)).await;
    let sent = sent.map_err(|_| match options.total {
        Some(total) => late(FailureKind::TooLong, &target, total, shared),
        None => late(FailureKind::NeverAnswers, &target, head, shared),
    })?;
    let mut response = sent.map_err(|error| failed(&target, &error, shared))?;
    let http_error = options.fail && response.status().as_u16() >= 400;
    if options.include && !http_error {
        let poured = sink.write_all(&head_text(&response)).await;
        if let Some(ended) = ended(poured)? {
            return Ok(ended);
        }
    }
    let mut given = 0;
    loop {
        let piece = timeout(limits.idle, response.chunk()).await;
        let piece = piece.map_err(|_| late(FailureKind::Stalled, &target, limits.idle, shared))?;
        let Some(piece) = piece.map_err(|error| failed(&target, &error, shared))? else { break };
        given += piece.len() as u64;
        if !http_error && let Some(ended) = ended(sink.write_all(&piece).await)? {
            return Ok(ended);
        }
    }
    shared.given(given);
    if let Some(ended) = ended(sink.flush().await)? {
        return Ok(ended);
    }
    Ok(if http_error { Ended::HttpError } else { Ended::Done })
}

fn request(options: &Options, client: &reqwest::Client, url: &Url) -> reqwest::Result<reqwest::Request> {
    let method = reqwest::Method::from_bytes(options.method.as_bytes()).unwrap_or(reqwest::Method::GET);
    let mut request = client.request(method, url.clone());
    for (name, value) in facts::asked_fields(options) {
        request = request.header(name, value);
    }
    if let Some(data) = &options.data {
        request = request.body(data.clone());
    }
    request.build()
}

/// The head as the library gives it.
fn head_text(response: &reqwest::Response) -> Vec<u8> {
    let mut text = format!("{:?} {}\r\n", response.version(), response.status()).into_bytes();
    for (name, value) in response.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// A pipe whose reader left is a normal end.
fn ended(poured: io::Result<()>) -> Result<Option<Ended>, NetError> {
    match poured {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Some(Ended::SinkClosed)),
        Err(error) => {
            let evidence = vec![Evidence::SystemError { error: error.to_string() }];
            Err(NetError::new(
                failure(FailureKind::OutputFailed, Phase::Output, "stdout", evidence),
                Some(error),
            ))
        }
    }
}

fn late(kind: FailureKind, target: &str, time: Duration, shared: &Shared) -> NetError {
    let evidence = vec![Evidence::Waited { time }, Evidence::Received { len: shared.received() }];
    NetError::new(failure(kind, Phase::Wait, target, evidence), None)
}

/// What the bytes say, else what the library says, in the kind that comes nearest.
fn failed(target: &str, error: &reqwest::Error, shared: &Shared) -> NetError {
    if let Some((kind, mut evidence)) = shared.spoken() {
        evidence.push(Evidence::SystemError { error: words(error) });
        return NetError::new(failure(kind, Phase::Receive, target, evidence), None);
    }
    let said = words(error);
    let (kind, phase) = match (error.is_redirect(), certificate(error)) {
        (true, _) => (FailureKind::TooManyRedirects, Phase::Wait),
        (_, true) => (FailureKind::CertificateOther, Phase::Handshake),
        (_, _) if error.is_connect() => (FailureKind::TlsHandshake, Phase::Handshake),
        (_, _) => (FailureKind::ReceiveFailed, Phase::Receive),
    };
    let mut evidence = vec![Evidence::SystemError { error: said }];
    if kind == FailureKind::TooManyRedirects {
        evidence.push(Evidence::Limit { name: "redirects".to_owned(), limit: REDIRECTS as u64 });
    }
    NetError::new(failure(kind, phase, target, evidence), None)
}

/// Whether a certificate that is not trusted is at the bottom of it.
fn certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // What an error of the system wraps is not among its sources.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.is_some_and(|error| certificate(error)) || error.source().is_some_and(certificate)
}

/// An error of the library and those beneath it; URLs may hold a password and are left out.
fn words(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    match said.is_empty() {
        true => "the request could not be made".to_owned(),
        false => said.join(": "),
    }
}

fn other(target: &str, error: &io::Error) -> NetError {
    let evidence = vec![Evidence::SystemError { error: error.to_string() }];
    NetError::new(failure(FailureKind::Other, Phase::Send, target, evidence), None)
}

fn failure(kind: FailureKind, phase: Phase, target: &str, evidence: Vec<Evidence>) -> Failed {
    Failed {
        phase,
        kind,
        target: target.to_owned(),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    }
}
