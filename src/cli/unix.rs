//! Unix sockets on the command line: a path takes the place of an address and a port, and the flags for those make no sense.

use std::path::PathBuf;

use super::arguments::PortsArgs;
use super::connect::ConnectArgs;
use super::parse::wrong;
use super::serve::ServeArgs;
use crate::command::quoted;

/// The first flag that is set, with why it does not go with a path.
pub(super) fn first<'a>(flags: &[(bool, &'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    flags.iter().find(|(set, _, _)| *set).map(|(_, flag, why)| (*flag, *why))
}

/// A path as the system can take it.
fn path(path: PathBuf, example: &str) -> Result<PathBuf, clap::Error> {
    if path.as_os_str().is_empty() {
        return Err(wrong(format!("the path is empty: {example}")));
    }
    if path.as_os_str().as_encoded_bytes() == b"@" {
        return Err(wrong(format!("an abstract name needs letters behind its @, as @app: {example}")));
    }
    Ok(path)
}

/// `serve unix PATH`.
pub(super) fn serve_path(args: &ServeArgs) -> Result<PathBuf, clap::Error> {
    let example = "netlearn serve unix /tmp/app.sock";
    let flags = [
        (args.port.is_some(), "--port", "a Unix socket has no port"),
        (!args.host.is_empty(), "--host", "a Unix socket has no IP address"),
        (args.tls, "--tls", "nothing of it passes over a network, and netlearn speaks no TLS there"),
    ];
    if let Some((flag, why)) = first(&flags) {
        let own = args.place.as_deref().filter(|place| !place.is_empty());
        let place = own.map_or("/tmp/app.sock".to_owned(), |place| quoted(&place.to_string_lossy()));
        return Err(wrong(format!("unix and {flag} do not go together, {why}: netlearn serve unix {place}")));
    }
    match &args.place {
        Some(place) if place.as_encoded_bytes().iter().all(u8::is_ascii_digit) && !place.is_empty() => {
            let port = place.to_string_lossy();
            Err(wrong(format!(
                "unix takes the path of a socket, and {port} looks like a port, which `serve tcp` takes; a file of that name is ./{port}: netlearn serve unix ./{port}"
            )))
        }
        Some(place) => path(place.into(), example),
        None => Err(wrong(format!("serve unix needs the path of its socket: {example}"))),
    }
}

/// `connect -U PATH`, and nothing that belongs to addresses and ports.
pub(super) fn connect(args: &ConnectArgs) -> Result<(), clap::Error> {
    let Some(socket) = &args.unix else { return Ok(()) };
    let example = "netlearn connect -U /tmp/app.sock";
    path(socket.clone(), example)?;
    if let Some(target) = &args.target {
        return Err(wrong(format!(
            "two targets are given, -U {} and {target:?}, and one can be reached at a time: netlearn connect -U {}",
            socket.display(),
            quoted(&socket.display().to_string())
        )));
    }
    let reach = &args.reach;
    let flags = [
        (reach.v4, "-4", "a path belongs to no address family"),
        (reach.v6, "-6", "a path belongs to no address family"),
        (args.tls, "--tls", "nothing of it passes over a network, and netlearn speaks no TLS there"),
        (args.source_port.is_some(), "--source-port", "neither end has a port"),
        (!reach.resolve.is_empty(), "--resolve", "a path is no name to be looked up"),
        (reach.lab, "--lab", "the pocket internet has no files"),
        (reach.cacert.is_some(), "--cacert", "there is no TLS and so no certificate"),
        (reach.insecure, "-k", "there is no TLS and so no certificate"),
    ];
    match first(&flags) {
        Some((flag, why)) => {
            let path = quoted(&socket.display().to_string());
            Err(wrong(format!("-U and {flag} do not go together, {why}: netlearn connect -U {path}")))
        }
        None => Ok(()),
    }
}

/// `ports --unix` has no port.
pub(super) fn ports(args: &PortsArgs) -> Result<(), clap::Error> {
    match args.port {
        Some(port) if args.unix => Err(wrong(format!(
            "--unix and port {port} do not go together, a Unix socket has no port: netlearn ports --unix, or netlearn ports {port}"
        ))),
        Some(_) | None => Ok(()),
    }
}
