//! `connect -U`: the same conversation over a Unix socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::{Session, Wire};
use crate::command::Outcome;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tap::{Listener, Tap};
use crate::net::tcp::closing::Closing;
use crate::net::tcp::evidence::broken_kind;
use crate::net::unix::{self, Connection, Silence};

impl Session<'_> {
    /// Connects to the socket at `path` and converses.
    pub(super) async fn connect_unix(&self, path: &Path, recorder: &Recorder) -> Result<Outcome, NetError> {
        let Connection { stream, flow, path } = unix::connect(path, self.options.timeout, recorder).await?;
        let silence = Silence::new(&stream, path.clone(), flow);
        let (tap, heard) = Tap::new(stream, recorder, flow, Side::Client, Layer::Unix, None);
        let closing = Closing::new(tap.inner(), &heard, recorder, flow, Side::Client);
        let line = Line { recorder, closing, heard: heard.clone(), path: &path, silence };
        self.talk(tap, heard, line).await
    }
}

/// An open connection over a Unix socket.
struct Line<'a> {
    recorder: &'a Recorder,
    closing: Closing,
    heard: Listener,
    path: &'a Path,
    silence: Silence,
}

impl Wire for Line<'_> {
    fn failed(
        &self,
        phase: Phase,
        kind: FailureKind,
        error: Option<io::Error>,
        mut evidence: Vec<Evidence>,
    ) -> NetError {
        if !evidence.iter().any(|fact| matches!(fact, Evidence::Path { .. })) {
            evidence.extend(unix::at(self.path));
        }
        let failed = Failed {
            phase,
            kind,
            target: self.path.display().to_string(),
            address: None,
            errno: error.as_ref().and_then(io::Error::raw_os_error),
            seen_by: Side::Client,
            evidence,
            next: Vec::new(),
        };
        NetError::new(failed, error)
    }

    fn silent(&self, waited: Duration, sending: bool, received: u64) -> NetError {
        let passed = (self.heard.counts().sent, received);
        let (kind, evidence) = self.silence.explain(waited, sending, passed, self.recorder);
        self.failed(if sending { Phase::Send } else { Phase::Receive }, kind, None, evidence)
    }

    fn broken(&self, phase: Phase, error: io::Error) -> NetError {
        let counts = self.heard.counts();
        let mut evidence = Vec::new();
        if let Some(during) = counts.reset {
            evidence.push(Evidence::ResetAfter { sent: counts.sent, received: counts.received, during });
        }
        evidence.push(Evidence::SystemError { error: error.to_string() });
        self.failed(phase, broken_kind(phase, &error), Some(error), evidence)
    }

    fn end(self) {
        self.closing.end();
    }
}
