//! Where payload goes: a file, a pipe (raw), or a terminal (escaped, and after the narration where it is short).

#[cfg(target_os = "linux")]
pub mod direct;
#[cfg(not(target_os = "linux"))]
#[path = "payload/plain.rs"]
pub mod direct;

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::fs::File;
use tokio::io::AsyncWrite;

use super::terminal::Target;
use super::{Level, Show};
use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::explain::tcp;
use crate::net::NetError;

/// Octets of a body that are held back until the narration is done, on a terminal that both share.
pub const HELD: usize = 4096;

/// A place for payload.
pub type Sink = Box<dyn AsyncWrite + Send + Unpin>;

/// The text that waits for the end of the narration.
#[derive(Clone, Debug, Default)]
pub struct Held(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    /// A piece came that a narration does not show whole.
    cut: bool,
}

impl Held {
    /// Takes what was held back.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().text)
    }

    /// Whether a narration of the pieces has shown all of it.
    pub fn told(&self) -> bool {
        !self.lock().cut
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the place for payload: `file`, or stdout, or nowhere under `--json`.
///
/// # Errors
/// The file could not be created.
pub async fn open(file: Option<&Path>, show: &Show) -> io::Result<(Sink, Held)> {
    Ok(match file {
        Some(path) => (Box::new(File::create(path).await?), Held::default()),
        None => ours(show),
    })
}

/// As [`open`], but `file` is created, or emptied, by the first octet written to it or by a shutdown, and by nothing
/// else: whoever fails before has not touched what was in it. Its error comes from the write or the shutdown.
pub fn open_late(file: Option<&Path>, show: &Show) -> (Sink, Held) {
    match file {
        Some(path) => (Box::new(LateFile::Unopened(path.to_owned())), Held::default()),
        None => ours(show),
    }
}

/// The place for payload where no file was named.
fn ours(show: &Show) -> (Sink, Held) {
    let held = Held::default();
    if show.json {
        return (Box::new(tokio::io::sink()), held);
    }
    if !Target::Stdout.is_terminal() {
        return (Box::new(direct::output()), held);
    }
    // Without a narration there is nothing to wait for.
    let wait = show.level > Level::None && Target::Stderr.is_terminal();
    let screen = Screen {
        held: held.clone(),
        waiting: wait,
        escape: crate::render::style::Payload::default(),
        last: None,
    };
    (Box::new(screen), held)
}

/// The failure to write payload to `place`.
pub fn unwritable(place: &str, error: io::Error) -> NetError {
    let failed = Failed {
        phase: Phase::Output,
        kind: FailureKind::OutputFailed,
        target: place.to_owned(),
        address: None,
        errno: error.raw_os_error(),
        seen_by: Side::Client,
        evidence: vec![Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

/// Shows what was held back, at the end of the run.
///
/// # Errors
/// The terminal could not be written.
pub fn show_held(held: &Held) -> io::Result<()> {
    let text = held.take();
    crate::render::write_stdout(&text)?;
    end_line(text.last().copied())
}

/// A prompt that follows begins on a line of its own; only ever asked of a terminal, where the text is shown and no data.
fn end_line(last: Option<u8>) -> io::Result<()> {
    match last {
        None | Some(b'\n') => Ok(()),
        Some(_) => crate::render::write_stdout(b"\n"),
    }
}

/// A file that is opened when there is something to put into it.
enum LateFile {
    Unopened(PathBuf),
    Opening(PathBuf, Pin<Box<dyn Future<Output = io::Result<File>> + Send>>),
    Open(File),
}

impl LateFile {
    /// The file, created or emptied; after a failure the next call tries again.
    fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut File>>> {
        loop {
            *self = match self {
                LateFile::Unopened(path) => {
                    let opening = Box::pin(File::create(path.clone()));
                    LateFile::Opening(std::mem::take(path), opening)
                }
                LateFile::Opening(path, opening) => match ready!(opening.as_mut().poll(context)) {
                    Ok(file) => LateFile::Open(file),
                    Err(error) => {
                        *self = LateFile::Unopened(std::mem::take(path));
                        return Poll::Ready(Err(error));
                    }
                },
                LateFile::Open(file) => return Poll::Ready(Ok(Pin::new(file))),
            };
        }
    }
}

impl AsyncWrite for LateFile {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.get_mut().poll_open(context))?.poll_write(context, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            LateFile::Open(file) => Pin::new(file).poll_flush(context),
            // Nothing was written.
            LateFile::Unopened(_) | LateFile::Opening(..) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_open(context))?.poll_shutdown(context)
    }
}

/// A terminal: everything is escaped.
struct Screen {
    held: Held,
    /// True while what came is short enough to wait for the narration.
    waiting: bool,
    escape: crate::render::style::Payload,
    /// The last octet shown.
    last: Option<u8>,
}

impl AsyncWrite for Screen {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let screen = self.get_mut();
        let shown = screen.escape.feed(buf);
        let mut held = screen.held.lock();
        held.cut |= !tcp::shown_whole(buf);
        held.text.extend_from_slice(shown.as_bytes());
        if screen.waiting && held.text.len() <= HELD {
            return Poll::Ready(Ok(buf.len()));
        }
        screen.waiting = false;
        let ready = std::mem::take(&mut held.text);
        screen.last = ready.last().copied().or(screen.last);
        // A person reads this: it blocks no longer than the terminal does.
        Poll::Ready(crate::render::write_stdout(&ready).map(|()| buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let screen = self.get_mut();
        let rest = screen.escape.finish();
        let mut held = screen.held.lock();
        held.text.extend_from_slice(rest.as_bytes());
        if screen.waiting {
            return Poll::Ready(Ok(()));
        }
        let ready = std::mem::take(&mut held.text);
        screen.last = ready.last().copied().or(screen.last.take());
        Poll::Ready(crate::render::write_stdout(&ready).and_then(|()| end_line(screen.last.take())))
    }
}
