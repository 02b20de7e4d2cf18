//! Tries to bind an address, as a server would, and lets go of it at once.
//!
//! Nobody is disturbed: it connects to nothing, and what it could bind it listens on for no longer than the attempt takes.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

use crate::event::ports::BindTried;
use crate::event::recorder::Recorder;
use crate::event::tcp::Protocol;
use crate::event::{Ends, Layer, Side};
use crate::net::kernel::{self, Filter};
use crate::net::server::bind;

/// An address to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub protocol: Transport,
    pub address: SocketAddr,
}

/// What a port belongs to: TCP and UDP have 65,536 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Udp,
}

/// Tries to bind (and, over TCP, to listen) without SO_REUSEADDR and with it, and tells what happened. True where at least one
/// of the two worked.
pub fn attempt(place: Place, recorder: &Recorder) -> bool {
    let began = recorder.now();
    let plain = tried(place, false);
    let reusing = tried(place, true);
    let protocol = match place.protocol {
        Transport::Tcp => Protocol::Tcp,
        Transport::Udp => Protocol::Udp,
    };
    let could = plain.is_ok() || reusing.is_ok();
    let holders = match (&plain, &reusing) {
        (Ok(()), Ok(())) => Vec::new(),
        _ => holders(protocol, place.address.port()),
    };
    let layer = if place.protocol == Transport::Tcp { Layer::Tcp } else { Layer::Udp };
    recorder.on(Side::Observer, layer).since(began).emit(BindTried {
        protocol,
        ends: Ends::at(place.address),
        plain: plain.as_ref().err().map(bind::reason),
        reusing: reusing.as_ref().err().map(bind::reason),
        errno: plain.err().or(reusing.err()).and_then(|error| error.raw_os_error()),
        first_unprivileged: kernel::first_unprivileged_port(),
        holders,
    });
    could
}

fn tried(place: Place, reuse: bool) -> io::Result<()> {
    let kind = match place.protocol {
        Transport::Tcp => Type::STREAM,
        Transport::Udp => Type::DGRAM,
    };
    let socket = Socket::new(Domain::for_address(place.address), kind, None)?;
    if place.address.is_ipv6() {
        // Each family for itself: `[::]` alone would try IPv4's ports as well.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(reuse)?;
    socket.bind(&place.address.into())?;
    if place.protocol == Transport::Tcp {
        // Two sockets that both have SO_REUSEADDR can be bound to one address; only one of them can listen.
        socket.listen(1)?;
    }
    Ok(())
}

/// What stands in the way, as far as the table can be read.
fn holders(protocol: Protocol, port: u16) -> Vec<crate::event::ports::Socket> {
    let filter = Filter { protocols: vec![protocol], port: Some(port), listeners: false, owners: true };
    kernel::sockets(&filter).map(|table| table.sockets).unwrap_or_default()
}
