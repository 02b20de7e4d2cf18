//! Systems where this program has no Unix sockets (Windows): every call says so.
//!
//! Not compiled or tried on the machine it was written on; kept so small that it can be read instead.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::run::Served;
use crate::event::{Flow, Side};
use crate::net::NetError;
use crate::net::server::{Options, Telling};

/// Stands for a stream; there is never one.
pub type Stream = tokio::net::TcpStream;

/// There is never one.
#[derive(Debug)]
pub struct Connection {
    pub stream: Stream,
    pub flow: Flow,
    pub path: PathBuf,
}

/// Stands for what a peer says nothing on; there is never a connection to look at.
#[derive(Debug)]
pub struct Silence;

impl Silence {
    /// Keeps nothing.
    pub fn new(_stream: &Stream, _path: PathBuf, _flow: Flow) -> Silence {
        Silence
    }

    /// What was measured alone.
    pub fn explain(
        &self,
        waited: Duration,
        _sending: bool,
        (_, received): (u64, u64),
        _recorder: &Recorder,
    ) -> (FailureKind, Vec<Evidence>) {
        (
            FailureKind::NeverAnswers,
            vec![Evidence::Waited { time: waited }, Evidence::Received { len: received }],
        )
    }
}

fn unsupported(path: &Path, phase: Phase, kind: FailureKind, seen_by: Side) -> NetError {
    let error = io::Error::from(io::ErrorKind::Unsupported);
    let failed = Failed {
        phase,
        kind,
        target: path.display().to_string(),
        address: None,
        errno: None,
        seen_by,
        evidence: vec![Evidence::SystemError {
            error: "netlearn has no Unix sockets on this system".to_owned(),
        }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

/// No path is looked at.
pub fn at(_path: &Path) -> Option<Evidence> {
    None
}

/// # Errors
/// Always.
pub async fn connect(path: &Path, _limit: Duration, _recorder: &Recorder) -> Result<Connection, NetError> {
    Err(unsupported(path, Phase::Connect, FailureKind::Other, Side::Client))
}

/// # Errors
/// Always.
pub async fn run(
    path: &Path,
    _options: Options,
    _telling: Telling,
    _recorder: &Recorder,
    _stop: CancellationToken,
) -> Result<Served, NetError> {
    Err(unsupported(path, Phase::Listen, FailureKind::ListenOther, Side::Server))
}
