//! Commands: each puts one operation, its event stream and its views together and ends with an exit code.
//!
//! Knows nothing of flags (that is `cli`), does no networking itself (that is `net`) and prints nothing but through `render`.

pub mod connect;
pub mod doctor;
pub mod enter;
pub mod explain;
pub mod generated;
pub mod get;
pub mod guided;
#[cfg(unix)]
pub mod keeper;
pub mod lab;
pub mod lesson;
pub mod menu;
pub mod named;
mod own;
pub mod payload;
pub mod ports;
pub mod replay;
pub mod resolve;
pub mod schema;
pub mod serve;
pub mod terminal;
pub mod tour;
pub mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::event::failure::FailureKind;
pub use crate::event::http::SECRET_FIELDS;
use crate::explain::Explanation;
pub(crate) use crate::explain::failure::quoted;
pub use crate::net::tls::client::readable as trust_readable;
pub use crate::net::world::{Route, Trust, World};
pub use crate::render::{Level, View};

/// What the user asked for.
#[derive(Clone, Debug)]
pub enum Command {
    Serve(serve::Options),
    /// With its address drawn for a phone.
    ServeDrawn(serve::Options),
    /// At a path.
    ServeUnix(PathBuf, serve::Options),
    /// Of datagrams.
    ServeUdp(serve::DatagramOptions),
    Connect(connect::Options),
    Get(get::Options),
    Resolve(resolve::Options),
    Lab(lab::Options),
    Ports(ports::Options),
    Replay(replay::Options),
    Explain(explain::Options),
    Tour(tour::Options),
    Lesson(Box<lesson::Options>),
    Doctor,
    /// A bare `netlearn` at a terminal.
    Menu(menu::Options),
    Generated(generated::Generated),
    Schema,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// How the run is shown; the same for every command.
#[derive(Clone, Debug, Default)]
pub struct Show {
    pub level: Level,
    pub view: View,
    /// Events instead of a view, on stdout.
    pub json: bool,
    /// Keep the events in this file.
    pub record: Option<PathBuf>,
    pub color: ColorChoice,
    pub ascii: bool,
    /// Show secrets instead of asterisks.
    pub secrets: bool,
}

/// What every command is given.
#[derive(Clone, Debug)]
pub struct Context {
    /// The command line, for the recording's header; secrets are masked by whoever built it.
    pub line: Vec<String>,
    /// The words behind `netlearn` without those that say where (address, port, path, the file that is written), for a command
    /// that does the same elsewhere; empty where there is none.
    pub own: Vec<String>,
    pub show: Show,
    pub stop: Stop,
}

/// The one way in which a run is told to end: a token and which signal it was.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    pub token: CancellationToken,
    signal: Arc<AtomicU8>,
    /// Octets of events and views that stdout and stderr have taken.
    said: Arc<AtomicU64>,
    /// Ctrl-C is for another program at the same terminal.
    lent: Arc<AtomicBool>,
    /// Calls that may never come back, and that nothing is lost by leaving.
    blocked: Arc<AtomicU32>,
    interrupts: Arc<Notify>,
}

impl Stop {
    /// A signal asks for the end; only the first is remembered. True: it is not the first, so end at once.
    pub fn by_signal(&self, number: u8) -> bool {
        if number == 2 && self.lent.load(Ordering::Relaxed) {
            self.interrupts.notify_one();
            return false;
        }
        let first = self.signal.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        self.token.cancel();
        !first
    }

    /// Whether a signal asked for the end.
    pub fn is_signalled(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// Makes a call that may wait for somebody else for ever, as to open a FIFO: as long as it lasts, a signal ends the process at once.
    pub fn ending_at_once<T>(&self, call: impl FnOnce() -> T) -> T {
        self.blocked.fetch_add(1, Ordering::Relaxed);
        let came = call();
        self.blocked.fetch_sub(1, Ordering::Relaxed);
        came
    }

    /// Whether a signal asked for the end, and nothing is lost by giving way to it at once.
    pub fn ends_at_once(&self) -> bool {
        self.is_signalled() && self.blocked.load(Ordering::Relaxed) > 0
    }

    /// Octets of events and views that stdout and stderr have taken.
    pub fn said(&self) -> u64 {
        self.said.load(Ordering::Relaxed)
    }

    /// Whether Ctrl-C is for another program at the same terminal: then it asks nothing of this one.
    pub fn lend(&self, lent: bool) {
        self.lent.store(lent, Ordering::Relaxed);
    }

    /// Told of each Ctrl-C that came while it was lent, for whoever passes it on. One that nobody waits for is kept for
    /// the next who does (several are kept as one).
    pub fn interrupts(&self) -> Arc<Notify> {
        Arc::clone(&self.interrupts)
    }

    /// The outcome of a client that was told to end: 130 for Ctrl-C, 143 for SIGTERM, 0 where it was no signal.
    pub fn outcome(&self) -> Outcome {
        match self.signal.load(Ordering::Relaxed) {
            0 => Outcome::DONE,
            number => Outcome(128 + number),
        }
    }
}

/// The exit code of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(pub u8);

impl Outcome {
    /// Done.
    pub const DONE: Outcome = Outcome(0);
    /// A check was not met, or the port is free.
    pub const NOT_MET: Outcome = Outcome(1);
    /// Ended by Ctrl-C: 128 and the number of SIGINT.
    pub const INTERRUPTED: Outcome = Outcome(130);
    /// The command line was wrong.
    pub const USAGE: Outcome = Outcome(2);

    /// The exit code for a failure: curl's numbers for connections, 4 for listening, 3, 4, 5 and 9 for DNS.
    pub fn of(kind: FailureKind) -> Outcome {
        use FailureKind as Kind;
        Outcome(match kind {
            Kind::NameNotFound | Kind::NameTimeout | Kind::NameFamily => 6,
            Kind::Refused | Kind::Rejected | Kind::Unreachable | Kind::LocalAddress | Kind::Other => 7,
            Kind::BlackHole
            | Kind::NeverAccepts
            | Kind::NeverAnswers
            | Kind::NeverReads
            | Kind::Stalled
            | Kind::TooLong => 28,
            Kind::AddressInUse | Kind::PermissionDenied | Kind::AddressNotAvailable | Kind::ListenOther => 4,
            Kind::SocketPathTaken
            | Kind::SocketPathStale
            | Kind::SocketPathOccupied
            | Kind::SocketPathTooLong
            | Kind::SocketPathNoFolder
            | Kind::SocketPathForbidden => 4,
            Kind::NoSocketFile
            | Kind::SocketRefused
            | Kind::NotASocket
            | Kind::SocketForbidden
            | Kind::OtherSocketType
            | Kind::SocketNameTooLong => 7,
            Kind::CertificateExpired
            | Kind::CertificateNotYetValid
            | Kind::CertificateWrongName
            | Kind::CertificateUnknownIssuer
            | Kind::CertificateOther => 60,
            Kind::TlsToPlain | Kind::TlsHandshake => 35,
            Kind::Reset | Kind::PlainToTls | Kind::ReceiveFailed => 56,
            Kind::EmptyReply => 52,
            Kind::BodyShort => 18,
            Kind::TwoLengths
            | Kind::BadLength
            | Kind::BrokenChunk
            | Kind::BadHead
            | Kind::HeadTooLarge
            | Kind::NotHttp => 8,
            // curl: a problem in the HTTP/2 framing layer; an error of one stream.
            Kind::NotHttp2 | Kind::FrameBroken | Kind::GoneAway => 16,
            Kind::StreamReset => 92,
            Kind::RedirectLoop | Kind::TooManyRedirects => 47,
            Kind::BadRedirect => 8,
            Kind::HttpError => 22,
            Kind::SendFailed | Kind::DatagramTooLong => 55,
            Kind::OutputFailed | Kind::RecordFailed => 23,
            Kind::TableUnreadable => 1,
            Kind::NoSuchRecord => 3,
            Kind::NoSuchName => 4,
            Kind::ServerFailed
            | Kind::ServerRefused
            | Kind::ServerLame
            | Kind::AliasLoop
            | Kind::WalkLost
            | Kind::WalkTooLong => 5,
            // Nothing was begun: as with a wrong command line.
            Kind::TooManyClients => 2,
            Kind::NobodyAnswered | Kind::NoNameServer | Kind::OnlyUnbelievable | Kind::NoResolver => 9,
        })
    }
}

/// Says that a stream or file could not be written, and gives the exit code.
pub(crate) fn cannot_write(name: &str, error: &std::io::Error) -> Outcome {
    crate::command::terminal::complain(&unwritten(name, error));
    Outcome(23)
}

/// What could not be written, why, and what to look at.
fn unwritten(name: &str, error: &std::io::Error) -> Explanation {
    let words = Explanation::step("output", format!("{name} could not be written: {error}"));
    if error.kind() == std::io::ErrorKind::StorageFull {
        return words.then("df -h", "how full each disk is");
    }
    words.then("netlearn doctor", "what works on this machine, on the terminal")
}

/// Runs a command to its end.
pub async fn run(command: Command, context: Context) -> Outcome {
    match command {
        Command::Serve(options) => serve::run(options, &context).await,
        Command::ServeDrawn(options) => serve::run_drawn(options, &context).await,
        Command::ServeUnix(path, options) => serve::run_unix(path, options, &context).await,
        Command::ServeUdp(options) => serve::run_udp(options, &context).await,
        Command::Connect(options) => connect::run(options, &context).await,
        Command::Get(options) => get::run(options, &context).await,
        Command::Resolve(options) => resolve::run(options, &context).await,
        Command::Lab(options) => lab::run(options, &context).await,
        Command::Ports(options) => ports::run(options, &context).await,
        Command::Replay(options) => replay::run(options, &context).await,
        Command::Explain(options) => explain::run(options, &context),
        Command::Tour(options) => tour::run(options, &context).await,
        Command::Menu(options) => menu::run(options, &context).await,
        Command::Lesson(options) => lesson::run(*options, &context).await,
        Command::Doctor => doctor::run(&context).await,
        Command::Generated(text) => generated::run(text),
        Command::Schema => schema::run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ctrl_c_while_lent_is_told_and_stops_nothing() {
        let stop = Stop::default();
        let interrupts = stop.interrupts();
        stop.lend(true);
        assert!(!stop.by_signal(2) && !stop.by_signal(2));
        // It came before anybody waited.
        interrupts.notified().await;
        assert!(!stop.token.is_cancelled());
        stop.lend(false);
        assert!(!stop.by_signal(2));
        assert_eq!(stop.outcome(), Outcome::INTERRUPTED);
        assert!(stop.token.is_cancelled());
    }
}
