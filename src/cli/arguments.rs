//! The arguments as clap reads them: names, help and examples stand together; what they mean is decided in `cli`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::connect::ConnectArgs;
use super::get::GetArgs;
use super::lab::LabArgs;
use super::lesson::LessonArgs;
use super::parse;
use super::resolve::ResolveArgs;
use super::serve::ServeArgs;
use crate::command::ports;

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

// `defer`: the flags of a command are made when it is asked for, and not for every run of every command. So its line in the list stands
// here, and not at its flags.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Sub {
    /// Start a real server and watch its clients
    Serve(Box<ServeArgs>),
    /// Connect to a server, send what you type, see what comes back
    Connect(Box<ConnectArgs>),
    /// Ask a web server for a page and see every line that passes
    Get(Box<GetArgs>),
    /// See how a name becomes an address
    Resolve(Box<ResolveArgs>),
    /// See who listens on this machine, and who can reach it
    Ports(PortsArgs),
    /// Run a pocket internet on this machine: name servers, web sites, machines that misbehave
    Lab(Box<LabArgs>),
    /// A story in five pages: what happens when you open http://localhost:3000
    Tour(TourArgs),
    /// Learn by doing: predict, try it for real, see what happened and why
    Lesson(Box<LessonArgs>),
    /// What a word means, where it is written, and the command that shows it
    Explain(ExplainArgs),
    /// Show a recording again, in any view; both ends of a conversation as one story
    Replay(ReplayArgs),
    /// See what works on this machine
    Doctor(DoctorArgs),
    /// Print what a shell needs to complete netlearn's words with Tab
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all the commands
    Man(ManArgs),
    /// Print the JSON schema of the events
    #[command(hide = true)]
    Schema,
}

#[derive(Debug, Args)]
#[command(before_help = "  netlearn ports\n  netlearn ports 3000")]
pub(super) struct PortsArgs {
    /// Only this port: exit 0 and its owner, or exit 1 if it is free
    #[arg(value_parser = parse::one_port)]
    pub(super) port: Option<u16>,
    /// Try to bind these, with and without SO_REUSEADDR, and say what happened (exit 1 if one cannot be had)
    #[arg(long = "try", value_name = "tcp:ADDR:PORT,...", value_delimiter = ',', value_parser = parse::place, conflicts_with_all = ["port", "all", "watch"])]
    pub(super) attempt: Vec<ports::Place>,
    /// Connect to what listens on that port, and say what it does; a server for one client takes this for its client
    #[arg(long, requires = "port", conflicts_with_all = ["attempt", "watch", "unix"])]
    pub(super) probe: bool,
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
    #[arg(long, value_name = "DURATION", default_value = "500ms", allow_hyphen_values = true, value_parser = parse::duration, requires = "watch")]
    pub(super) interval: Duration,
}

#[derive(Debug, Args)]
#[command(before_help = "  netlearn tour\n  netlearn tour --all")]
pub(super) struct TourArgs {
    /// With https, and a walk from the root of a pocket internet
    #[arg(long)]
    pub(super) all: bool,
}

#[derive(Debug, Args)]
#[command(before_help = "  netlearn doctor\n  netlearn doctor --json")]
pub(super) struct DoctorArgs {}

#[derive(Debug, Args)]
#[command(before_help = "  source <(netlearn completions bash)\n  netlearn completions zsh > _netlearn")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(before_help = "  netlearn man | man -l -\n  netlearn man --dir .")]
pub(super) struct ManArgs {
    /// The page of this command instead of netlearn's own
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub(super) command: Option<String>,
    /// Write a page for netlearn and for each of its commands into DIR
    #[arg(long, value_name = "DIR", value_parser = parse::folder)]
    pub(super) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(before_help = "  netlearn explain RST\n  netlearn explain ephemeral-port")]
pub(super) struct ExplainArgs {
    /// The word; without one, all of them are listed
    #[arg(num_args = 0.., value_name = "TERM")]
    pub(super) term: Vec<String>,
}

#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn tour --record run.jsonl\n  netlearn replay run.jsonl --view ladder",
    after_help = "Both ends of one conversation, each kept with --record:  netlearn replay server.jsonl client.jsonl"
)]
pub(super) struct ReplayArgs {
    /// Files that --record or --json wrote; several of one machine are put on one clock
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// One event per Enter
    #[arg(long)]
    pub(super) step: bool,
}

/// The octets that a text with escapes stands for.
#[derive(Clone, Debug)]
pub(super) struct Text(pub(super) Vec<u8>);
