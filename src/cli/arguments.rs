//! The arguments as clap reads them: names, help and examples stand together; what they mean is decided in `cli`.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{parse, question};
use crate::command::Route;
use crate::command::lab::{self, LabPorts};
use crate::command::ports;
use crate::command::serve::Fault;

/// A tutor that shows how computers talk: real servers and clients on your own machine, seen and explained.
#[derive(Debug, Parser)]
#[command(
    name = "netlearn",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Begin with:  netlearn tour"
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) show: ShowArgs,
    #[command(subcommand)]
    pub(super) command: Sub,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How it is shown")]
pub(super) struct ShowArgs {
    /// How much is explained
    #[arg(long, global = true, value_name = "LEVEL", value_enum, default_value = "brief")]
    pub(super) explain: LevelArg,
    /// Explain nothing: only errors and data (the same as --explain none)
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Explain everything: RFCs, numbers (the same as --explain full)
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// narration: numbered steps; ladder: a sequence diagram; hex: every captured byte
    #[arg(long, global = true, value_enum, value_name = "VIEW")]
    pub(super) view: Option<ViewArg>,
    /// The events as JSON Lines on stdout, instead of a view
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Keep the events in FILE, for netlearn replay
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorArg,
    /// Only ASCII characters in views
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    /// Show the values of Authorization, Cookie and Set-Cookie instead of asterisks
    #[arg(long, global = true)]
    pub(super) secrets: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum LevelArg {
    None,
    Brief,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ViewArg {
    Narration,
    Ladder,
    Hex,
    Waterfall,
    Table,
    Path,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Sub {
    Serve(Box<ServeArgs>),
    Connect(Box<ConnectArgs>),
    Get(Box<GetArgs>),
    Resolve(Box<ResolveArgs>),
    Ports(PortsArgs),
    Lab(Box<LabArgs>),
    Tour(TourArgs),
    Explain(ExplainArgs),
    Replay(ReplayArgs),
    Doctor(DoctorArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
    /// Print the JSON schema of the events
    #[command(hide = true)]
    Schema,
}

/// Start a real server and watch its clients
#[derive(Debug, Args)]
#[command(before_help = "  netlearn serve --port 3000\n  netlearn serve tcp 3000 --reply 'Hello, client!'")]
pub(super) struct ServeArgs {
    /// http (the default), tcp or unix; a number alone is the port
    #[arg(value_name = "http|tcp|unix")]
    pub(super) what: Option<String>,
    /// The port (3000 if you say none; 0 lets the system choose); for unix the path of the socket
    #[arg(value_name = "PORT|PATH")]
    pub(super) place: Option<OsString>,
    /// The port
    #[arg(short, long, value_name = "N", value_parser = parse::port, conflicts_with = "place")]
    pub(super) port: Option<u16>,
    /// Listen on this address instead of 127.0.0.1 and ::1 (may be given more than once)
    #[arg(long, value_name = "ADDR", value_parser = parse::address)]
    pub(super) host: Vec<IpAddr>,
    /// Answer with TEXT (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    pub(super) reply: Option<Text>,
    /// tcp: send TEXT to each client as soon as it connects; http: the same as --reply
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    pub(super) greet: Option<Text>,
    /// Send back what came (the default for tcp)
    #[arg(long, group = "behaviour")]
    pub(super) echo: bool,
    /// Accept and read, and never answer
    #[arg(long, group = "behaviour")]
    pub(super) silent: bool,
    /// Serve the files of DIR over http
    #[arg(long, value_name = "DIR", value_parser = parse::folder, group = "behaviour")]
    pub(super) files: Option<PathBuf>,
    /// Answer http wrongly on purpose
    #[arg(long, value_name = "NAME", value_parser = parse::fault(), group = "behaviour")]
    pub(super) fault: Option<Fault>,
    /// Wait this long before reading from a client (500ms, 2s)
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pub(super) pause_read: Option<Duration>,
    /// Send answers one byte at a time
    #[arg(long)]
    pub(super) drip: bool,
    /// Speak TLS, with a throwaway certificate authority
    #[arg(long)]
    pub(super) tls: bool,
    /// Write that authority's certificate to FILE
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(super) ca_out: Option<PathBuf>,
    /// Stop after N clients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,
    /// Most clients at one time
    #[arg(long, value_name = "N", default_value = "10000", value_parser = parse::positive)]
    pub(super) max_connections: usize,
    /// Longest request head, bytes
    #[arg(long, value_name = "BYTES", default_value = "65536", value_parser = parse::positive)]
    pub(super) max_head: usize,
    /// Longest request body, bytes
    #[arg(long, value_name = "BYTES", default_value = "10485760")]
    pub(super) max_body: u64,
    /// Close a client that says nothing for this long
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse::duration)]
    pub(super) idle: Duration,
}

/// The octets that a text with escapes stands for.
#[derive(Clone, Debug)]
pub(super) struct Text(pub(super) Vec<u8>);

/// Connect to a server, send what you type, see what comes back
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn connect localhost 3000\n  printf 'Hello, server!' | netlearn connect localhost:3000"
)]
pub(super) struct ConnectArgs {
    /// host:port, :port (this machine), [::1]:port, or a host with the port after it
    #[arg(required_unless_present = "unix")]
    pub(super) target: Option<String>,
    /// The port
    #[arg(value_parser = parse::port)]
    pub(super) port: Option<u16>,
    /// Connect to the Unix socket at PATH instead (@NAME: an abstract one, on Linux)
    #[arg(short = 'U', long, value_name = "PATH")]
    pub(super) unix: Option<PathBuf>,
    /// Speak TLS
    #[arg(long)]
    pub(super) tls: bool,
    /// Only connect, send nothing
    #[arg(short = 'z', conflicts_with_all = ["send", "crlf", "output"])]
    pub(super) only_connect: bool,
    /// Send TEXT instead of stdin; one write each (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text)]
    pub(super) send: Vec<Text>,
    /// Send each line end as CR LF
    #[arg(long, short = 'C')]
    pub(super) crlf: bool,
    /// Write what comes back to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Use this port of your own instead of one that the system lends
    #[arg(long, value_name = "N", value_parser = parse::port)]
    pub(super) source_port: Option<u16>,
    #[command(flatten)]
    pub(super) reach: ReachArgs,
    /// Longest wait for a name, for each address, for the TLS handshake; and, where stdin is no terminal, longest silence
    #[arg(long, short = 'w', value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

#[derive(Debug, Args)]
pub(super) struct ReachArgs {
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "v6")]
    pub(super) v4: bool,
    /// IPv6 only
    #[arg(short = '6')]
    pub(super) v6: bool,
    /// Look names up in the pocket internet: a running netlearn lab, or one for this command alone
    #[arg(long)]
    pub(super) lab: bool,
    /// Use these addresses for HOST at PORT, ask nobody
    #[arg(long, value_name = "HOST:PORT:ADDR[,ADDR]", value_parser = parse::route)]
    pub(super) resolve: Vec<Route>,
    /// Trust only the certificates in FILE (PEM): those of authorities, or the server's own
    #[arg(long, value_name = "FILE", value_parser = parse::file)]
    pub(super) cacert: Option<PathBuf>,
    /// Go on although the certificate is not trusted; what is wrong with it is shown
    #[arg(short = 'k', long, conflicts_with = "cacert")]
    pub(super) insecure: bool,
}

/// Ask a web server for a page and see every line that passes
#[derive(Debug, Args)]
#[command(before_help = "  netlearn get http://localhost:3000/\n  netlearn get :3000/ > page.html")]
pub(super) struct GetArgs {
    /// http:// or https://; no scheme means http, :3000/ means this machine
    #[arg(required = true, value_name = "URL", value_parser = parse::url)]
    pub(super) urls: Vec<url::Url>,
    /// The method (GET; POST with -d; HEAD with -I)
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = parse::method)]
    pub(super) request: Option<String>,
    /// A header field, "Name: value"
    #[arg(short = 'H', long, value_name = "FIELD", value_parser = parse::field)]
    pub(super) header: Vec<(String, String)>,
    /// Send TEXT as the body (@FILE reads a file, @- reads stdin)
    #[arg(short = 'd', long, value_name = "TEXT", conflicts_with = "head")]
    pub(super) data: Option<String>,
    /// Ask for the head only
    #[arg(short = 'I', long)]
    pub(super) head: bool,
    /// Write the response's head to the output too
    #[arg(short, long)]
    pub(super) include: bool,
    /// Follow redirects
    #[arg(short = 'L', long)]
    pub(super) location: bool,
    /// An error status (400 and above) is a failure: exit 22, no body
    #[arg(short, long)]
    pub(super) fail: bool,
    /// Write the body to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) reach: ReachArgs,
    /// Speak HTTP/1.1 (always so today)
    #[arg(long = "http1.1")]
    pub(super) http11: bool,
    /// Ask the server to close after each answer
    #[arg(long)]
    pub(super) close: bool,
    /// Print the same request as a curl command, and make none
    #[arg(long)]
    pub(super) curl: bool,
    /// Longest wait for a name, each address, the TLS handshake, the response's head, and silence within a body
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    pub(super) timeout: Duration,
    /// Longest time for everything together
    #[arg(short = 'm', long, value_name = "SECONDS", value_parser = parse::duration)]
    pub(super) max_time: Option<Duration>,
}

/// See how a name becomes an address
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn resolve localhost\n  netlearn resolve www.shop.test --trace --lab",
    after_help = "A name that looks like a type or an option: end it with a dot (MX.)."
)]
pub(super) struct ResolveArgs {
    /// NAME..., then a TYPE (A AAAA CNAME NS SOA MX TXT SRV CAA PTR HTTPS ANY, TYPEnnn), and @SERVER[:PORT]; in any order
    #[arg(required_unless_present = "reverse", value_name = "NAME|TYPE|@SERVER")]
    pub(super) words: Vec<String>,
    /// The type, as MX (may be given more than once)
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub(super) types: Vec<String>,
    /// Look up the name of an address
    #[arg(short = 'x', long, value_name = "ADDR", value_parser = parse::address)]
    pub(super) reverse: Vec<IpAddr>,
    /// Only the values, one a line, for scripts
    #[arg(long)]
    pub(super) short: bool,
    /// Ask over TCP from the start
    #[arg(long)]
    pub(super) tcp: bool,
    /// Walk from the root, server by server
    #[arg(long, conflicts_with = "no_recurse")]
    pub(super) trace: bool,
    /// Begin the walk at this root server; its port is kept for the whole walk
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = question::root, requires = "trace", conflicts_with = "lab")]
    pub(super) root: Option<SocketAddr>,
    /// Ask the server for what it knows itself (RD 0)
    #[arg(long)]
    pub(super) no_recurse: bool,
    /// Ask in the pocket internet: a running netlearn lab, or one for this command alone
    #[arg(long)]
    pub(super) lab: bool,
    /// Longest wait for each server
    #[arg(long, short = 'w', value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

/// Run a pocket internet on this machine: name servers, web sites, machines that misbehave
#[derive(Debug, Args)]
#[command(before_help = "  netlearn lab\n  netlearn lab --fault servfail@shop.test")]
pub(super) struct LabArgs {
    /// Give a machine a misbehaviour (may be given more than once); without a name: shop.test, or bank.test
    #[arg(long, value_name = "NAME[@WHERE]", value_parser = parse::lab_fault)]
    pub(super) fault: Vec<lab::Asked>,
    /// Use ports 53, 80 and 443, where that is permitted
    #[arg(long, conflicts_with = "ports")]
    pub(super) real_ports: bool,
    /// Use these ports instead of 5300, 8080 and 8443 (0: the system chooses)
    #[arg(long, value_name = "DNS,HTTP,HTTPS", value_parser = parse::lab_ports)]
    pub(super) ports: Option<LabPorts>,
    /// Put every machine at 127.0.0.1 with a port of its own (done by itself where 127.53.x.y cannot be used)
    #[arg(long)]
    pub(super) one_address: bool,
    /// Write the certificate of its authority to FILE
    #[arg(long, value_name = "FILE")]
    pub(super) ca_out: Option<PathBuf>,
    /// Ask the running lab what its servers counted
    #[arg(long, group = "ask")]
    pub(super) counts: bool,
    /// Ask the running lab what its resolver remembers
    #[arg(long, group = "ask")]
    pub(super) cache: bool,
    /// Write its zones as master files into DIR, and start nothing
    #[arg(long, value_name = "DIR", group = "ask", conflicts_with_all = ["fault", "real_ports", "ports", "one_address", "ca_out"])]
    pub(super) export: Option<PathBuf>,
}

/// See who listens on this machine, and who can reach it
#[derive(Debug, Args)]
#[command(before_help = "  netlearn ports\n  netlearn ports 3000")]
pub(super) struct PortsArgs {
    /// Only this port: exit 0 and its owner, or exit 1 if it is free
    #[arg(value_parser = parse::port)]
    pub(super) port: Option<u16>,
    /// Try to bind these, with and without SO_REUSEADDR, and say what happened (exit 1 if one cannot be had)
    #[arg(long = "try", value_name = "tcp:ADDR:PORT,...", value_delimiter = ',', value_parser = parse::place, conflicts_with_all = ["port", "all", "watch"])]
    pub(super) attempt: Vec<ports::Place>,
    /// Connections too, with their states
    #[arg(short, long)]
    pub(super) all: bool,
    /// Unix sockets: those of this machine that have a path instead of an address and a port
    #[arg(long)]
    pub(super) unix: bool,
    /// Keep looking: what appears, changes, vanishes
    #[arg(short, long)]
    pub(super) watch: bool,
    /// How often --watch looks
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = parse::duration, requires = "watch")]
    pub(super) interval: Duration,
}

/// A story in five pages: what happens when you open http://localhost:3000
#[derive(Debug, Args)]
#[command(before_help = "  netlearn tour\n  netlearn tour --all")]
pub(super) struct TourArgs {
    /// With https, and a walk from the root of a pocket internet
    #[arg(long)]
    pub(super) all: bool,
}

/// See what works on this machine
#[derive(Debug, Args)]
#[command(before_help = "  netlearn doctor\n  netlearn doctor --json")]
pub(super) struct DoctorArgs {}

/// Print what a shell needs to complete netlearn's words with Tab
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn completions bash > ~/.local/share/bash-completion/completions/netlearn\n  netlearn completions fish > ~/.config/fish/completions/netlearn.fish"
)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

/// Print the manual page, or write those of all the commands
#[derive(Debug, Args)]
#[command(before_help = "  netlearn man | man -l -\n  netlearn man --dir ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page for netlearn and for each of its commands into DIR
    #[arg(long, value_name = "DIR", value_parser = parse::folder)]
    pub(super) dir: Option<PathBuf>,
}

/// What a word means, where it is written, and the command that shows it
#[derive(Debug, Args)]
#[command(before_help = "  netlearn explain RST\n  netlearn explain ephemeral-port")]
pub(super) struct ExplainArgs {
    /// The word; without one, all of them are listed
    #[arg(num_args = 0.., value_name = "TERM")]
    pub(super) term: Vec<String>,
}

/// Show a recording again, in any view
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn get :3000/ --record run.jsonl\n  netlearn replay run.jsonl --view ladder"
)]
pub(super) struct ReplayArgs {
    /// A file that --record or --json wrote
    pub(super) file: PathBuf,
    /// One event per Enter
    #[arg(long)]
    pub(super) step: bool,
}
