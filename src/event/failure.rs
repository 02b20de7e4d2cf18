//! Facts about a failure: in which phase, at what, and the evidence that tells its cause.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dns::{Alias, Ignored, QueryFailed, Question, ServerSkipped};
use super::http::{Known, Malformed};
use super::http2::Http2Frame;
use super::ports::{LentPorts, Owner, Socket};
use super::tcp::{ConnectFailed, Direction};
use super::tls::TlsFailed;
use super::udp::{DeliveryFailed, SendRefused};
use super::unix::PathFacts;
use super::{Head, Side, seconds};

/// The step of an operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Name,
    Listen,
    Connect,
    Handshake,
    Send,
    Wait,
    Receive,
    /// Writing payload or a recording on this machine.
    Output,
    /// Reading this machine's socket tables.
    Table,
}

/// The ids of the failures that netlearn tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    NameNotFound,
    NameTimeout,
    NameFamily,
    Refused,
    Rejected,
    /// Nothing came back to any SYN.
    BlackHole,
    /// This machine's table shows that no program has accepted the connection, or that the listener's accept queue is full.
    NeverAccepts,
    Unreachable,
    /// The own address or port of a client could not be used.
    LocalAddress,
    /// Nothing came, and nothing shows that the program has left bytes unread (where it can be seen, it has read them all).
    NeverAnswers,
    /// The program has not read what its kernel holds for it, or our system could not hand over all that we had to send.
    NeverReads,
    /// Part of the answer came, then silence.
    Stalled,
    /// The whole operation took longer than `-m` allows.
    TooLong,
    AddressInUse,
    PermissionDenied,
    AddressNotAvailable,
    ListenOther,
    CertificateExpired,
    CertificateNotYetValid,
    CertificateWrongName,
    CertificateUnknownIssuer,
    CertificateOther,
    /// The port does not speak TLS.
    TlsToPlain,
    /// The port speaks TLS and was asked in plain HTTP.
    PlainToTls,
    TlsHandshake,
    /// A RST arrived.
    Reset,
    /// The connection ended before any byte of an answer.
    EmptyReply,
    /// The body was shorter than declared.
    BodyShort,
    TwoLengths,
    BadLength,
    BrokenChunk,
    BadHead,
    HeadTooLarge,
    NotHttp,
    /// HTTP/2: what answered the preface speaks something else.
    NotHttp2,
    /// HTTP/2: a frame breaks the rules, or the library would not take what came.
    FrameBroken,
    /// HTTP/2: the server sent GOAWAY before it had answered.
    GoneAway,
    /// HTTP/2: the server ended the stream with RST_STREAM.
    StreamReset,
    RedirectLoop,
    TooManyRedirects,
    /// A redirect to something that is no http or https URL.
    BadRedirect,
    /// An answer with an error status, under `-f`.
    HttpError,
    /// UDP: what was to be one datagram is longer than a datagram can be.
    DatagramTooLong,
    /// Bytes could not be given to the system.
    SendFailed,
    ReceiveFailed,
    /// Payload could not be written on this machine.
    OutputFailed,
    /// A recording could not be written.
    RecordFailed,
    TableUnreadable,
    /// DNS: there is no such name (NXDOMAIN).
    NoSuchName,
    /// DNS: the name is there, the record is not (NODATA).
    NoSuchRecord,
    /// DNS: the server says that it failed, or cannot understand or do what it was asked (SERVFAIL, FORMERR, NOTIMP, ...).
    ServerFailed,
    /// DNS: the server will not answer this (REFUSED).
    ServerRefused,
    /// DNS: a server answered, with neither an answer nor a way to one.
    ServerLame,
    /// DNS: no server answered in time.
    NobodyAnswered,
    /// DNS: nothing listens at the server's port.
    NoNameServer,
    /// DNS: what came could not be believed (wrong id, source or question), or was no DNS message.
    OnlyUnbelievable,
    /// DNS: this system is configured with no name server, or its configuration cannot be read.
    NoResolver,
    /// DNS: aliases lead back to where they began, or on and on.
    AliasLoop,
    /// DNS: no server of a zone could be used.
    WalkLost,
    /// DNS: the walk asked as often, or took as long, as it may.
    WalkTooLong,
    /// Unix sockets: a socket that is alive has the path where a server wants to listen.
    SocketPathTaken,
    /// Unix sockets: a socket file is there that nobody listens at, and it is not certain that nobody misses it.
    SocketPathStale,
    /// Unix sockets: something that is no socket is at the path where a server wants to listen.
    SocketPathOccupied,
    /// Unix sockets: the path where a server wants to listen is longer than an address can hold.
    SocketPathTooLong,
    /// Unix sockets: the folder that the socket file belongs into is not there.
    SocketPathNoFolder,
    /// Unix sockets: this user may not make a socket file there.
    SocketPathForbidden,
    /// Unix sockets: nothing is at the path that a client wants to connect to.
    NoSocketFile,
    /// Unix sockets: a socket file is there, and nobody listens at it.
    SocketRefused,
    /// Unix sockets: what is at the path that a client wants to connect to is no socket.
    NotASocket,
    /// Unix sockets: this user may not connect there.
    SocketForbidden,
    /// Unix sockets: a socket of another type (datagrams) is at the path.
    OtherSocketType,
    /// Unix sockets: the path that a client wants to connect to is longer than an address can hold.
    SocketNameTooLong,
    /// More connections were asked for than this process may have descriptors, or the system has ports to lend.
    TooManyClients,
    Other,
}

/// One measured fact that speaks for the cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Evidence {
    /// What each attempted address answered.
    Attempt {
        #[serde(flatten)]
        attempt: ConnectFailed,
        #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<f64>")]
        after: Option<Duration>,
    },
    /// The socket table of this machine was read, and this is what holds the port (empty: nothing does).
    Table { port: u16, sockets: Vec<Socket> },
    /// It happened in the pocket internet (`--lab`), where names lead to machines of its own and one authority is trusted.
    InLab,
    /// The target is not on this machine: its table cannot be read from here.
    NotThisMachine,
    /// This system's socket table could not be read.
    TableUnread { error: String },
    /// The handshake was done, in this time.
    HandshakeDone {
        #[serde(with = "seconds")]
        #[schemars(with = "f64")]
        took: Duration,
    },
    /// Octets given to our system, and of them acknowledged by the kernel at the other end (absent: not readable here).
    Acknowledged {
        sent: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acked: Option<u64>,
    },
    /// Octets received before it failed.
    Received { len: u64 },
    /// How long we waited.
    Waited {
        #[serde(with = "seconds")]
        #[schemars(with = "f64")]
        time: Duration,
    },
    /// The socket at the other end, on this machine: what its program has not read, and whose it is.
    PeerSocket {
        unread: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
        /// False: still in the accept queue, no program has it.
        accepted: bool,
        state: String,
    },
    /// The accept queue of the listener, on this machine.
    AcceptQueue {
        len: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
    /// The lowest port an ordinary user may listen on, as the system says.
    Boundary { first_unprivileged: u16 },
    /// A port that was free when looked at.
    FreePort { port: u16 },
    /// The port asked for is among those that the system lends to outgoing connections.
    LentPorts {
        #[serde(flatten)]
        range: LentPorts,
    },
    /// Addresses of this machine.
    OwnAddresses { addresses: Vec<IpAddr> },
    /// What the handshake failed at.
    Tls {
        #[serde(flatten)]
        failed: TlsFailed,
    },
    /// The first bytes that came instead.
    FirstBytes {
        protocol: Known,
        #[serde(flatten)]
        head: Head,
    },
    /// What a separate TLS probe of that port found.
    TlsProbe { speaks_tls: bool },
    /// The offending bytes.
    Malformed {
        #[serde(flatten)]
        malformed: Malformed,
    },
    /// An HTTP/2 frame that tells the cause.
    Frame {
        #[serde(flatten)]
        frame: Http2Frame,
    },
    /// Declared against received length of a body; octets.
    Length { declared: u64, received: u64 },
    /// A RST: after how many octets sent and received.
    ResetAfter { sent: u64, received: u64, during: Direction },
    /// Redirects followed, first URL first; the last one closes the cycle.
    Cycle { urls: Vec<String> },
    /// The status of the answer.
    Status { status: u16, reason: String },
    /// A limit of ours that was reached; octets or counts.
    Limit { name: String, limit: u64 },
    /// The system's own words.
    SystemError { error: String },
    /// What was asked of DNS.
    Asked {
        #[serde(flatten)]
        question: Question,
    },
    /// What a name server answered. `soa` is the name of the zone whose SOA record came with a no.
    Answered {
        server: SocketAddr,
        rcode: String,
        aa: bool,
        /// Records that stood where the answer should, of another name, type or class than was asked for.
        #[serde(default, skip_serializing_if = "is_zero")]
        unasked: u64,
        /// The answer was cut off (TC), and there was no larger one to ask for.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut_off: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        soa: Option<String>,
        /// Seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        negative_ttl: Option<u32>,
        /// The name that the answer is about, where aliases (CNAME) lead to it from the one that was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alias_of: Option<String>,
    },
    /// How asking a name server failed.
    Unanswered {
        #[serde(flatten)]
        failed: QueryFailed,
        /// In all tries together.
        #[serde(with = "seconds")]
        #[schemars(with = "f64")]
        waited: Duration,
        /// Messages that were not believed, in all tries together; `ignored` are those of the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ignored_in_all: Option<u32>,
    },
    /// A message that was not believed.
    NotBelieved { from: SocketAddr, reason: Ignored, expected: String, found: String },
    /// The name servers that this system is configured to ask.
    Resolvers {
        servers: Vec<SocketAddr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Aliases in the order met; the last one closes the loop, where there is one.
    Aliases { chain: Vec<Alias> },
    /// A server that could not be used.
    Skipped {
        #[serde(flatten)]
        skipped: ServerSkipped,
    },
    /// UDP: datagrams that passed, and those of our input that did not go out (absent: not known how many follow).
    Datagrams {
        sent: u64,
        received: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unsent: Option<u64>,
    },
    /// UDP: how delivery failed.
    Undelivered {
        #[serde(flatten)]
        failed: DeliveryFailed,
        /// From the last send to the call that told of it.
        #[serde(default, with = "seconds::option", skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<f64>")]
        after: Option<Duration>,
    },
    /// UDP: the datagram that the system did not take.
    NotTaken {
        #[serde(flatten)]
        refused: SendRefused,
    },
    /// What programs on this machine get for the name, from `getaddrinfo`; empty: nothing.
    Programs { addresses: Vec<IpAddr> },
    /// What is at a path, read without opening it.
    Path {
        #[serde(flatten)]
        found: PathFacts,
    },
    /// How long the path of a socket is, and may be; octets.
    PathLimit { len: u64, limit: u64 },
    /// The Unix sockets of this machine's table that have this path or may have it (empty: none has).
    PathTable { path: String, sockets: Vec<Socket> },
    /// It happened to so many of the connections that were opened at once; this is the first of them.
    OfMany { failed: u64, clients: u64 },
    /// How many descriptors this process may have and has, how many connections that leaves room for, and how many were wanted.
    Descriptors { limit: u64, open: u64, fit: u64, wanted: u64 },
    /// The ports that the system lends to clients, and how many connections to one address and port of a server were wanted.
    LentPortsTooFew { lent: LentPorts, wanted: u64 },
    /// Who listened at a Unix socket when we connected to it to see, as the system tells; we hung up at once.
    ListenerFound {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
}

/// An operation failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    pub phase: Phase,
    pub kind: FailureKind,
    /// What was tried, as `localhost port 3000` or a URL.
    pub target: String,
    /// The address it was tried at, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno: Option<i32>,
    /// Who was affected: the side that reports it.
    pub seen_by: Side,
    pub evidence: Vec<Evidence>,
    /// What to run next, from the facts of this run; the words for it are chosen elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl Failed {
    /// True where it failed at a Unix socket: at a path, not at an address and port.
    pub fn is_unix(&self) -> bool {
        let of_paths = |fact: &Evidence| {
            matches!(fact, Evidence::Path { .. } | Evidence::PathTable { .. } | Evidence::PathLimit { .. })
        };
        self.evidence.iter().any(of_paths)
    }

    /// True where single datagrams were to pass, and no connection.
    pub fn is_udp(&self) -> bool {
        self.evidence.iter().any(|fact| matches!(fact, Evidence::Datagrams { .. }))
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
