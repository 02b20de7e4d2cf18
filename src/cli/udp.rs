//! UDP on the command line: datagrams instead of a stream, and the flags that make no sense without a connection.

use super::arguments::Text;
use super::connect::{ConnectArgs, own_target};
use super::serve::ServeArgs;
use super::unix::first;
use super::{End, parse};
use crate::command::serve::{DatagramBehaviour, DatagramOptions, WHOLE_DATAGRAM};

const NO_TLS: &str = "TLS needs a stream (for datagrams there is DTLS, which netlearn does not speak)";

/// `serve udp [PORT]`.
pub(super) fn serve(args: ServeArgs) -> Result<DatagramOptions, End> {
    let flags = [
        (args.tls, "--tls", NO_TLS),
        (args.files.is_some(), "--files", "files are served over http"),
        (args.fault.is_some(), "--fault", "the faults are those of http"),
        (
            args.greet.is_some(),
            "--greet",
            "nobody connects, so there is nobody to greet; --reply answers each datagram",
        ),
        (args.drip, "--drip", "a datagram goes out whole or not at all"),
    ];
    let place = args.place.as_deref().map(parse::port_word).transpose().map_err(End)?;
    if let Some((flag, why)) = first(&flags) {
        let port = place.or(args.port).filter(|port| *port > 0).unwrap_or(4009);
        return Err(End(parse::wrong(format!(
            "udp and {flag} do not go together, {why}: netlearn serve udp {port}"
        ))));
    }
    let behaviour = match args.reply {
        Some(Text(text)) => DatagramBehaviour::Reply(text),
        None if args.silent => DatagramBehaviour::Silent,
        None => DatagramBehaviour::Echo,
    };
    Ok(DatagramOptions {
        port: place.or(args.port).unwrap_or(parse::USUAL_PORT),
        hosts: args.host,
        behaviour,
        pause_read: args.pause_read,
        buffer: args.buffer.unwrap_or(WHOLE_DATAGRAM),
        count: args.count,
        peers: args.max_connections,
        idle: args.idle,
    })
}

/// `--buffer` belongs to datagrams: what of a stream does not fit one read waits for the next.
pub(super) fn serve_stream(args: &ServeArgs) -> Result<(), End> {
    match args.buffer {
        None => Ok(()),
        Some(_) => Err(End(parse::wrong(
            "--buffer is for udp, where what does not fit is lost; of a stream it waits for the next read: netlearn serve udp 4009 --buffer 4",
        ))),
    }
}

/// The learner's own target over UDP.
pub(super) fn datagrams_to(args: &ConnectArgs) -> String {
    match own_target(args) {
        Some(target) if args.unix.is_none() => format!("-u {target}"),
        Some(_) | None => "-u localhost 4009".to_owned(),
    }
}

/// `connect -u`, and nothing that belongs to connections.
pub(super) fn connect(args: &ConnectArgs) -> Result<(), clap::Error> {
    if !args.udp {
        return match args.buffer {
            None => Ok(()),
            Some(_) => Err(parse::wrong(
                "--buffer goes with -u, where what does not fit is lost; of a stream it waits for the next read: netlearn connect -u localhost 4009 --buffer 4",
            )),
        };
    }
    let reach = &args.reach;
    let flags = [
        (args.unix.is_some(), "-U", "a path has no UDP port"),
        (args.tls, "--tls", NO_TLS),
        (reach.cacert.is_some(), "--cacert", "there is no TLS and so no certificate"),
        (reach.insecure, "-k", "there is no TLS and so no certificate"),
    ];
    match first(&flags) {
        Some((flag, why)) => Err(parse::wrong(format!(
            "-u and {flag} do not go together, {why}: netlearn connect {}",
            datagrams_to(args)
        ))),
        None => Ok(()),
    }
}
