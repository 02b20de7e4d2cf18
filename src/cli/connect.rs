//! `connect` on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::arguments::Text;
use super::experiment::{ExperimentArgs, experiments};
use super::reach::ReachArgs;
use super::{End, parse, udp, unix};
use crate::command::connect;
use crate::command::quoted;
use crate::command::serve::WHOLE_DATAGRAM;

#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn connect localhost 3000\n  printf 'Hello, server!' | netlearn connect localhost:3000\n  netlearn connect localhost 3000 --size 10M --half-close --counters\n  netlearn connect localhost 3000 --clients 500"
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
    /// Send datagrams over UDP instead: one for each read of stdin, or each --send
    #[arg(short = 'u', long)]
    pub(super) udp: bool,
    /// With -u: read each datagram into a buffer of BYTES; what does not fit is lost
    #[arg(long, value_name = "BYTES", value_parser = parse::buffer)]
    pub(super) buffer: Option<usize>,
    /// Speak TLS
    #[arg(long)]
    pub(super) tls: bool,
    /// Only connect, send nothing (with -u: send one empty datagram, and see whether anything answers)
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
    pub(super) experiments: ExperimentArgs,
    #[command(flatten)]
    pub(super) reach: ReachArgs,
    /// Longest wait for a name, for each address, for the TLS handshake; and, where stdin is no terminal, longest silence
    #[arg(long, short = 'w', value_name = "SECONDS", default_value = "5", allow_hyphen_values = true, value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

/// The target as the learner gave it, for a line that works: a path, or host and port.
pub(super) fn own_target(args: &ConnectArgs) -> Option<String> {
    if let Some(path) = &args.unix {
        return Some(format!("-U {}", quoted(&path.display().to_string())));
    }
    let target = args.target.as_deref()?;
    // One that cannot be read is a mistake of its own.
    parse::target(target, args.port).ok()?;
    let port = args.port.map_or(String::new(), |port| format!(" {port}"));
    Some(format!("{}{port}", quoted(target)))
}

pub(super) fn options(args: ConnectArgs) -> Result<connect::Options, End> {
    udp::connect(&args).map_err(End)?;
    unix::connect(&args).map_err(End)?;
    for (set, flag) in [(args.reach.insecure, "-k"), (args.reach.cacert.is_some(), "--cacert")] {
        if set && !args.tls {
            return Err(End(parse::wrong(format!(
                "{flag} is about the certificate of TLS, and without --tls there is none: add --tls, or leave {flag} out"
            ))));
        }
    }
    let experiments = experiments(&args).map_err(End)?;
    let (host, port) = match &args.target {
        Some(target) => parse::target(target, args.port).map_err(End)?,
        None => Default::default(),
    };
    Ok(connect::Options {
        unix: args.unix,
        udp: args.udp.then(|| args.buffer.unwrap_or(WHOLE_DATAGRAM)),
        host,
        port,
        family: args.reach.family(),
        tls: args.tls,
        lab: args.reach.lab,
        world: args.reach.world(),
        output: args.output,
        only_connect: args.only_connect,
        send: args.send.into_iter().map(|text| text.0).collect(),
        crlf: args.crlf,
        source_port: args.source_port,
        timeout: args.timeout,
        experiments,
    })
}
