//! `serve` on the command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::arguments::Text;
use super::{End, parse};
use crate::command::quoted;
use crate::command::serve::{self, Behaviour, Fault, Limits};

#[derive(Debug, Args)]
#[command(before_help = "  netlearn serve --port 3000\n  netlearn serve tcp 3000 --reply 'Hello, client!'")]
pub(super) struct ServeArgs {
    /// http (the default), tcp, udp or unix; a number alone is the port
    #[arg(value_name = "http|tcp|udp|unix")]
    pub(super) what: Option<String>,
    /// The port (3000 if you say none; 0 lets the system choose); for unix the path of the socket
    #[arg(value_name = "PORT|PATH")]
    pub(super) place: Option<OsString>,
    /// The port
    #[arg(short, long, value_name = "N", value_parser = parse::port, conflicts_with = "place")]
    pub(super) port: Option<u16>,
    /// Listen on this address instead of 127.0.0.1 and ::1 (may be given more than once)
    #[arg(long, value_name = "ADDR", value_parser = parse::own_address)]
    pub(super) host: Vec<IpAddr>,
    /// http: draw the address as a code for the camera of a phone; goes with --host 0.0.0.0
    #[arg(long)]
    pub(super) qr: bool,
    /// Answer with TEXT (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    pub(super) reply: Option<Text>,
    /// tcp: send TEXT to each client as soon as it connects; --reply answers what comes then; http: the same as --reply
    #[arg(long, value_name = "TEXT", value_parser = parse::text, conflicts_with_all = ["echo", "silent", "files", "fault"])]
    pub(super) greet: Option<Text>,
    /// Send back what came (the default for tcp, udp and unix)
    #[arg(long, group = "behaviour")]
    pub(super) echo: bool,
    /// Accept and read, and never answer
    #[arg(long, group = "behaviour")]
    pub(super) silent: bool,
    /// Serve the files of DIR over http
    #[arg(long, value_name = "DIR", value_parser = parse::served, group = "behaviour")]
    pub(super) files: Option<PathBuf>,
    /// Answer http wrongly on purpose
    #[arg(long, value_name = "NAME", value_parser = parse::fault(), group = "behaviour")]
    pub(super) fault: Option<Fault>,
    /// Wait this long before reading from a client (500ms, 2s)
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse::duration)]
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
    /// Stop after N clients (udp: after N datagrams)
    #[arg(long, value_name = "N", value_parser = parse::count)]
    pub(super) count: Option<u64>,
    /// Most clients at one time (udp: most that are remembered)
    #[arg(long, value_name = "N", default_value = "10000", value_parser = parse::positive)]
    pub(super) max_connections: usize,
    /// Longest request head, bytes
    #[arg(long, value_name = "BYTES", default_value = "65536", value_parser = parse::positive)]
    pub(super) max_head: usize,
    /// Longest request body, bytes
    #[arg(long, value_name = "BYTES", default_value = "10485760", value_parser = parse::octets)]
    pub(super) max_body: u64,
    /// Close a client that says nothing for this long (udp: forget it)
    #[arg(long, value_name = "DURATION", default_value = "60s", allow_hyphen_values = true, value_parser = parse::duration)]
    pub(super) idle: Duration,
    /// udp: read each datagram into a buffer of BYTES; what does not fit is lost
    #[arg(long, value_name = "BYTES", value_parser = parse::buffer)]
    pub(super) buffer: Option<usize>,
}

/// `--qr` draws the address of a page that a phone can open.
pub(super) fn drawn(args: &ServeArgs, http: bool, port: u16) -> Result<bool, End> {
    if !args.qr {
        return Ok(false);
    }
    let tls = if args.tls { " --tls" } else { "" };
    let line = match port {
        parse::USUAL_PORT => format!("netlearn serve --host 0.0.0.0 --qr{tls}"),
        port => format!("netlearn serve --port {port} --host 0.0.0.0 --qr{tls}"),
    };
    if !http {
        return Err(End(parse::wrong(format!(
            "--qr is for http, which the browser of a phone speaks: {line}"
        ))));
    }
    if args.host.iter().all(IpAddr::is_loopback) {
        return Err(End(parse::wrong(format!(
            "--qr needs an address that a phone can reach: at 127.0.0.1 a phone finds itself, not this machine: {line}"
        ))));
    }
    Ok(true)
}

fn fault_name(fault: Fault) -> &'static str {
    Fault::NAMED.iter().find(|(_, known)| *known == fault).map_or("", |(name, _)| name)
}

pub(super) fn options(args: ServeArgs, protocol: serve::Protocol, port: u16) -> Result<serve::Options, End> {
    if args.greet.is_some() && args.reply.is_some() && protocol == serve::Protocol::Http {
        let reply = args
            .reply
            .as_ref()
            .map_or_else(String::new, |text| String::from_utf8_lossy(&text.0).into_owned());
        let plain = !reply.contains(|c: char| c.is_control() || c == '\\');
        let reply = if plain { quoted(&reply) } else { "Hello".to_owned() };
        return Err(End(parse::wrong(format!(
            "--greet and --reply do not go together over http, where the client speaks first and both say the answer: netlearn serve --port {port} --reply {reply}",
        ))));
    }
    let behaviour = if let Some(greeting) = args.greet {
        Behaviour::Greet { greeting: greeting.0, reply: args.reply.map_or_else(Vec::new, |reply| reply.0) }
    } else if let Some(text) = args.reply {
        Behaviour::Reply(text.0)
    } else if args.echo {
        Behaviour::Echo
    } else if args.silent {
        Behaviour::Silent
    } else if let Some(folder) = args.files {
        Behaviour::Files(folder)
    } else if let Some(fault) = args.fault {
        Behaviour::Fault(fault)
    } else {
        Behaviour::Usual
    };
    let http_only = match &behaviour {
        Behaviour::Files(folder) => {
            Some(("--files", "files are", format!("--files {}", quoted(&folder.display().to_string()))))
        }
        Behaviour::Fault(fault) => {
            Some(("--fault", "the faults are", format!("--fault {}", fault_name(*fault))))
        }
        Behaviour::Usual
        | Behaviour::Reply(_)
        | Behaviour::Greet { .. }
        | Behaviour::Echo
        | Behaviour::Silent
        | Behaviour::Sites(_) => None,
    };
    if let Some((flag, what, kept)) = http_only
        && protocol != serve::Protocol::Http
    {
        let line = match port {
            0 => format!("netlearn serve http {kept}"),
            port => format!("netlearn serve http {port} {kept}"),
        };
        return Err(End(parse::wrong(format!(
            "{flag} is for http alone, {what} those of an http server: {line}"
        ))));
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
