//! The command line: the only file that knows clap. Flags become a [`Command`]; nothing is done here.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command::connect::Family;
use crate::command::serve::{Behaviour, Fault, Limits};
use crate::command::{
    ColorChoice, Command, Context, Level, Route, Show, Stop, Trust, View, World, connect, explain, get,
    ports, replay, serve, tour,
};

mod mistake;
mod parse;

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
struct Cli {
    #[command(flatten)]
    show: ShowArgs,
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "How it is shown")]
struct ShowArgs {
    /// How much is explained
    #[arg(long, global = true, value_name = "LEVEL", value_enum, default_value = "brief")]
    explain: LevelArg,
    /// Explain nothing: only errors and data (the same as --explain none)
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Explain everything: RFCs, numbers (the same as --explain full)
    #[arg(short, long, global = true)]
    verbose: bool,
    /// narration: numbered steps; ladder: a sequence diagram; hex: every captured byte
    #[arg(long, global = true, value_enum, value_name = "VIEW")]
    view: Option<ViewArg>,
    /// The events as JSON Lines on stdout, instead of a view
    #[arg(long, global = true)]
    json: bool,
    /// Keep the events in FILE, for netlearn replay
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    color: ColorArg,
    /// Only ASCII characters in views
    #[arg(long, global = true)]
    ascii: bool,
    /// Show the values of Authorization, Cookie and Set-Cookie instead of asterisks
    #[arg(long, global = true)]
    secrets: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArg {
    None,
    Brief,
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ViewArg {
    Narration,
    Ladder,
    Hex,
    Waterfall,
    Table,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Sub {
    Serve(Box<ServeArgs>),
    Connect(Box<ConnectArgs>),
    Get(Box<GetArgs>),
    Ports(PortsArgs),
    Tour(TourArgs),
    Explain(ExplainArgs),
    Replay(ReplayArgs),
    /// Print the JSON schema of the events
    #[command(hide = true)]
    Schema,
}

/// Start a real server and watch its clients
#[derive(Debug, Args)]
#[command(before_help = "  netlearn serve --port 3000\n  netlearn serve tcp 3000 --reply 'Hello, client!'")]
struct ServeArgs {
    /// http (the default) or tcp; a number alone is the port
    #[arg(value_name = "http|tcp")]
    what: Option<String>,
    /// The port (3000 if you say none; 0 lets the system choose)
    #[arg(value_name = "PORT", value_parser = parse::port)]
    place: Option<u16>,
    /// The port
    #[arg(short, long, value_name = "N", value_parser = parse::port, conflicts_with = "place")]
    port: Option<u16>,
    /// Listen on this address instead of 127.0.0.1 and ::1 (may be given more than once)
    #[arg(long, value_name = "ADDR", value_parser = parse::address)]
    host: Vec<IpAddr>,
    /// Answer with TEXT (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    reply: Option<Text>,
    /// tcp: send TEXT to each client as soon as it connects; http: the same as --reply
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    greet: Option<Text>,
    /// Send back what came (the default for tcp)
    #[arg(long, group = "behaviour")]
    echo: bool,
    /// Accept and read, and never answer
    #[arg(long, group = "behaviour")]
    silent: bool,
    /// Serve the files of DIR over http
    #[arg(long, value_name = "DIR", value_parser = parse::folder, group = "behaviour")]
    files: Option<PathBuf>,
    /// Answer http wrongly on purpose
    #[arg(long, value_name = "NAME", value_enum, group = "behaviour")]
    fault: Option<FaultArg>,
    /// Wait this long before reading from a client (500ms, 2s)
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pause_read: Option<Duration>,
    /// Send answers one byte at a time
    #[arg(long)]
    drip: bool,
    /// Speak TLS, with a throwaway certificate authority
    #[arg(long)]
    tls: bool,
    /// Write that authority's certificate to FILE
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Stop after N clients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Most clients at one time
    #[arg(long, value_name = "N", default_value = "10000", value_parser = parse::positive)]
    max_connections: usize,
    /// Longest request head, bytes
    #[arg(long, value_name = "BYTES", default_value = "65536", value_parser = parse::positive)]
    max_head: usize,
    /// Longest request body, bytes
    #[arg(long, value_name = "BYTES", default_value = "10485760")]
    max_body: u64,
    /// Close a client that says nothing for this long
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse::duration)]
    idle: Duration,
}

/// The octets that a text with escapes stands for.
#[derive(Clone, Debug)]
struct Text(Vec<u8>);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FaultArg {
    Reset,
    Empty,
    Truncate,
    LongBody,
    BadChunk,
    TwoLengths,
    BadLength,
    RedirectLoop,
    SlowHeaders,
    EndlessHeader,
    BadStatus,
    NulHeader,
    NotHttp,
}

/// Connect to a server, send what you type, see what comes back
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn connect localhost 3000\n  printf 'Hello, server!' | netlearn connect localhost:3000"
)]
struct ConnectArgs {
    /// host:port, :port (this machine), [::1]:port, or a host with the port after it
    target: String,
    /// The port
    #[arg(value_parser = parse::port)]
    port: Option<u16>,
    /// Speak TLS
    #[arg(long)]
    tls: bool,
    /// Only connect, send nothing
    #[arg(short = 'z', conflicts_with_all = ["send", "crlf", "output"])]
    only_connect: bool,
    /// Send TEXT instead of stdin; one write each (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text)]
    send: Vec<Text>,
    /// Send each line end as CR LF
    #[arg(long, short = 'C')]
    crlf: bool,
    /// Write what comes back to FILE
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Use this port of your own instead of one that the system lends
    #[arg(long, value_name = "N", value_parser = parse::port)]
    source_port: Option<u16>,
    #[command(flatten)]
    reach: ReachArgs,
    /// Longest wait for a name, for each address, for the TLS handshake; and, where stdin is no terminal, longest silence
    #[arg(long, short = 'w', value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    timeout: Duration,
}

#[derive(Debug, Args)]
struct ReachArgs {
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "v6")]
    v4: bool,
    /// IPv6 only
    #[arg(short = '6')]
    v6: bool,
    /// Use these addresses for HOST at PORT, ask nobody
    #[arg(long, value_name = "HOST:PORT:ADDR[,ADDR]", value_parser = parse::route)]
    resolve: Vec<Route>,
    /// Trust only the certificates in FILE (PEM): those of authorities, or the server's own
    #[arg(long, value_name = "FILE", value_parser = parse::file)]
    cacert: Option<PathBuf>,
    /// Go on although the certificate is not trusted; what is wrong with it is shown
    #[arg(short = 'k', long, conflicts_with = "cacert")]
    insecure: bool,
}

/// Ask a web server for a page and see every line that passes
#[derive(Debug, Args)]
#[command(before_help = "  netlearn get http://localhost:3000/\n  netlearn get :3000/ > page.html")]
struct GetArgs {
    /// http:// or https://; no scheme means http, :3000/ means this machine
    #[arg(required = true, value_name = "URL", value_parser = parse::url)]
    urls: Vec<url::Url>,
    /// The method (GET; POST with -d; HEAD with -I)
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = parse::method)]
    request: Option<String>,
    /// A header field, "Name: value"
    #[arg(short = 'H', long, value_name = "FIELD", value_parser = parse::field)]
    header: Vec<(String, String)>,
    /// Send TEXT as the body (@FILE reads a file, @- reads stdin)
    #[arg(short = 'd', long, value_name = "TEXT", conflicts_with = "head")]
    data: Option<String>,
    /// Ask for the head only
    #[arg(short = 'I', long)]
    head: bool,
    /// Write the response's head to the output too
    #[arg(short, long)]
    include: bool,
    /// Follow redirects
    #[arg(short = 'L', long)]
    location: bool,
    /// An error status (400 and above) is a failure: exit 22, no body
    #[arg(short, long)]
    fail: bool,
    /// Write the body to FILE
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reach: ReachArgs,
    /// Speak HTTP/1.1 (always so today)
    #[arg(long = "http1.1")]
    http11: bool,
    /// Ask the server to close after each answer
    #[arg(long)]
    close: bool,
    /// Print the same request as a curl command, and make none
    #[arg(long)]
    curl: bool,
    /// Longest wait for a name, each address, the TLS handshake, the response's head, and silence within a body
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    timeout: Duration,
    /// Longest time for everything together
    #[arg(short = 'm', long, value_name = "SECONDS", value_parser = parse::duration)]
    max_time: Option<Duration>,
}

/// See who listens on this machine, and who can reach it
#[derive(Debug, Args)]
#[command(before_help = "  netlearn ports\n  netlearn ports 3000")]
struct PortsArgs {
    /// Only this port: exit 0 and its owner, or exit 1 if it is free
    #[arg(value_parser = parse::port)]
    port: Option<u16>,
    /// Connections too, with their states
    #[arg(short, long)]
    all: bool,
    /// Keep looking: what appears, changes, vanishes
    #[arg(short, long)]
    watch: bool,
    /// How often --watch looks
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = parse::duration, requires = "watch")]
    interval: Duration,
}

/// A story in five pages: what happens when you open http://localhost:3000
#[derive(Debug, Args)]
#[command(before_help = "  netlearn tour\n  netlearn tour --all")]
struct TourArgs {
    /// With https
    #[arg(long)]
    all: bool,
}

/// What a word means, where it is written, and the command that shows it
#[derive(Debug, Args)]
#[command(before_help = "  netlearn explain RST\n  netlearn explain ephemeral-port")]
struct ExplainArgs {
    /// The word; without one, all of them are listed
    #[arg(num_args = 0.., value_name = "TERM")]
    term: Vec<String>,
}

/// Show a recording again, in any view
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn get :3000/ --record run.jsonl\n  netlearn replay run.jsonl --view ladder"
)]
struct ReplayArgs {
    /// A file that --record or --json wrote
    file: PathBuf,
    /// One event per Enter
    #[arg(long)]
    step: bool,
}

/// Why there is nothing to run: help, the version, or a wrong command line.
#[derive(Debug)]
pub struct End(clap::Error);

impl End {
    /// Prints it where it belongs and gives the exit code: 0 for help and version, 2 for a mistake.
    pub fn show(&self) -> u8 {
        // A closed pipe is a normal end.
        let _ = self.0.print();
        u8::try_from(self.0.exit_code()).unwrap_or(2)
    }
}

/// Turns the arguments into a command and its context.
///
/// # Errors
/// [`End`], which says the argument and shows a right one.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, stop: Stop) -> Result<(Command, Context), End> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    parsed(&arguments, stop).map_err(|End(error)| End(mistake::guided(error, &arguments)))
}

fn parsed(arguments: &[OsString], stop: Stop) -> Result<(Command, Context), End> {
    let cli = Cli::try_parse_from(arguments).map_err(End)?;
    let show = show(&cli.show, &cli.command)?;
    let line = parse::masked(arguments);
    let command = command(cli.command)?;
    Ok((command, Context { line, show, stop }))
}

fn show(args: &ShowArgs, command: &Sub) -> Result<Show, End> {
    let level = match args.explain {
        LevelArg::None => Level::None,
        LevelArg::Brief => Level::Brief,
        LevelArg::Full => Level::Full,
    };
    let usual = if matches!(command, Sub::Ports(_)) { View::Table } else { View::Narration };
    Ok(Show {
        level: if args.quiet {
            Level::None
        } else if args.verbose {
            Level::Full
        } else {
            level
        },
        view: match args.view {
            None => usual,
            Some(ViewArg::Narration) => View::Narration,
            Some(ViewArg::Ladder) => View::Ladder,
            Some(ViewArg::Hex) => View::Hex,
            Some(ViewArg::Waterfall) => View::Waterfall,
            Some(ViewArg::Table) => View::Table,
        },
        json: args.json,
        record: args.record.clone(),
        color: match args.color {
            ColorArg::Auto => ColorChoice::Auto,
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        },
        ascii: args.ascii,
        secrets: args.secrets,
    })
}

fn command(sub: Sub) -> Result<Command, End> {
    Ok(match sub {
        Sub::Serve(args) => Command::Serve(serve_options(*args)?),
        Sub::Connect(args) => Command::Connect(connect_options(*args)?),
        Sub::Get(args) => Command::Get(get_options(*args)?),
        Sub::Ports(args) => Command::Ports(ports::Options {
            port: args.port,
            all: args.all,
            watch: args.watch.then_some(args.interval),
        }),
        Sub::Tour(args) => Command::Tour(tour::Options { all: args.all }),
        Sub::Explain(args) => {
            Command::Explain(explain::Options { term: (!args.term.is_empty()).then(|| args.term.join(" ")) })
        }
        Sub::Replay(args) => Command::Replay(replay::Options { file: args.file, step: args.step }),
        Sub::Schema => Command::Schema,
    })
}

fn serve_options(args: ServeArgs) -> Result<serve::Options, End> {
    let (protocol, port) = parse::serve_place(args.what.as_deref(), args.place.or(args.port)).map_err(End)?;
    let behaviour = if let Some(text) = args.reply {
        Behaviour::Reply(text.0)
    } else if let Some(text) = args.greet {
        Behaviour::Greet(text.0)
    } else if args.echo {
        Behaviour::Echo
    } else if args.silent {
        Behaviour::Silent
    } else if let Some(folder) = args.files {
        Behaviour::Files(folder)
    } else if let Some(fault) = args.fault {
        Behaviour::Fault(fault.into())
    } else {
        Behaviour::Usual
    };
    let http_only = matches!(behaviour, Behaviour::Files(_) | Behaviour::Fault(_));
    if http_only && protocol != serve::Protocol::Http {
        return Err(End(parse::wrong("--files and --fault are for http: netlearn serve http --files .")));
    }
    Ok(serve::Options {
        protocol,
        port,
        hosts: args.host,
        behaviour,
        pause_read: args.pause_read,
        drip: args.drip,
        tls: args.tls,
        authority: args.ca_out,
        count: args.count,
        limits: Limits {
            connections: args.max_connections,
            head: args.max_head,
            body: args.max_body,
            idle: args.idle,
        },
    })
}

impl From<FaultArg> for Fault {
    fn from(arg: FaultArg) -> Fault {
        match arg {
            FaultArg::Reset => Fault::Reset,
            FaultArg::Empty => Fault::Empty,
            FaultArg::Truncate => Fault::Truncate,
            FaultArg::LongBody => Fault::LongBody,
            FaultArg::BadChunk => Fault::BadChunk,
            FaultArg::TwoLengths => Fault::TwoLengths,
            FaultArg::BadLength => Fault::BadLength,
            FaultArg::RedirectLoop => Fault::RedirectLoop,
            FaultArg::SlowHeaders => Fault::SlowHeaders,
            FaultArg::EndlessHeader => Fault::EndlessHeader,
            FaultArg::BadStatus => Fault::BadStatus,
            FaultArg::NulHeader => Fault::NulHeader,
            FaultArg::NotHttp => Fault::NotHttp,
        }
    }
}

impl ReachArgs {
    fn family(&self) -> Family {
        match (self.v4, self.v6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            (false, false) => Family::Any,
        }
    }

    fn world(self) -> World {
        let trust = match self.cacert {
            Some(file) => Trust::File(file),
            None if self.insecure => Trust::Nobody,
            None => Trust::System,
        };
        World { routes: self.resolve, trust }
    }
}

fn connect_options(args: ConnectArgs) -> Result<connect::Options, End> {
    let (host, port) = parse::target(&args.target, args.port).map_err(End)?;
    Ok(connect::Options {
        host,
        port,
        family: args.reach.family(),
        tls: args.tls,
        world: args.reach.world(),
        output: args.output,
        only_connect: args.only_connect,
        send: args.send.into_iter().map(|text| text.0).collect(),
        crlf: args.crlf,
        source_port: args.source_port,
        timeout: args.timeout,
    })
}

fn get_options(args: GetArgs) -> Result<get::Options, End> {
    let data = args.data.as_deref().map(parse::data).transpose().map_err(End)?;
    Ok(get::Options {
        urls: args.urls,
        method: args.request,
        headers: args.header,
        data,
        head: args.head,
        include: args.include,
        follow: args.location,
        fail: args.fail,
        output: args.output,
        family: args.reach.family(),
        world: args.reach.world(),
        close: args.close,
        curl: args.curl,
        timeout: args.timeout,
        total: args.max_time,
    })
}
