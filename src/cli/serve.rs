//! `serve` on the command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::arguments::Text;
use super::{End, parse};
use crate::command::serve::{self, Behaviour, Fault, Limits};

/// Start a real server and watch its clients
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
    #[arg(long, value_name = "ADDR", value_parser = parse::address)]
    pub(super) host: Vec<IpAddr>,
    /// Answer with TEXT (\n \r \t \xNN are understood)
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    pub(super) reply: Option<Text>,
    /// tcp: send TEXT to each client as soon as it connects; http: the same as --reply
    #[arg(long, value_name = "TEXT", value_parser = parse::text, group = "behaviour")]
    pub(super) greet: Option<Text>,
    /// Send back what came (the default for tcp, udp and unix)
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
    /// udp: read each datagram into a buffer of so many bytes; what does not fit is gone
    #[arg(long, value_name = "BYTES", value_parser = parse::positive)]
    pub(super) buffer: Option<usize>,
    /// Speak TLS, with a throwaway certificate authority
    #[arg(long)]
    pub(super) tls: bool,
    /// Write that authority's certificate to FILE
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(super) ca_out: Option<PathBuf>,
    /// Stop after N clients (udp: after N datagrams)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,
    /// Most clients at one time (udp: that are remembered)
    #[arg(long, value_name = "N", default_value = "10000", value_parser = parse::positive)]
    pub(super) max_connections: usize,
    /// Longest request head, bytes
    #[arg(long, value_name = "BYTES", default_value = "65536", value_parser = parse::positive)]
    pub(super) max_head: usize,
    /// Longest request body, bytes
    #[arg(long, value_name = "BYTES", default_value = "10485760")]
    pub(super) max_body: u64,
    /// Close (udp: forget) a client that says nothing for this long
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse::duration)]
    pub(super) idle: Duration,
}

/// `serve udp`.
pub(super) fn datagrams(args: ServeArgs, port: u16) -> Result<serve::Datagrams, End> {
    let flags = [
        (args.tls, "--tls", "TLS needs a stream"),
        (args.files.is_some(), "--files", "that is for http"),
        (args.fault.is_some(), "--fault", "that is for http"),
        (args.greet.is_some(), "--greet", "a datagram comes before anybody is known"),
        (args.drip, "--drip", "a datagram goes out whole"),
    ];
    if let Some((_, flag, why)) = flags.iter().find(|(set, _, _)| *set) {
        return Err(End(parse::wrong(format!(
            "udp and {flag} do not go together, {why}: netlearn serve udp 4009"
        ))));
    }
    Ok(serve::Datagrams {
        port,
        hosts: args.host,
        behaviour: match args.reply {
            Some(text) => serve::Answering::Reply(text.0),
            None if args.silent => serve::Answering::Silent,
            None => serve::Answering::Echo,
        },
        pause_read: args.pause_read,
        buffer: args.buffer.unwrap_or(serve::WHOLE),
        count: args.count,
        peers: args.max_connections,
        idle: args.idle,
    })
}

pub(super) fn options(args: ServeArgs, protocol: serve::Protocol, port: u16) -> Result<serve::Options, End> {
    if args.buffer.is_some() {
        return Err(End(parse::wrong(
            "--buffer is for udp, where one read takes one datagram: netlearn serve udp 4009 --buffer 4",
        )));
    }
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
        Behaviour::Fault(fault)
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
