//! Addresses bound, and listened on where the protocol has connections; where one cannot be had, the evidence why. It accepts
//! nobody and reads nothing.

mod refused;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use crate::event::failure::Evidence;
use crate::event::ports::Reach;
use crate::event::recorder::Recorder;
use crate::event::tcp::{ListenFailed, ListenFailure, Listening, Protocol as Flowing};
use crate::event::{Ends, Layer, Side};
use crate::net::NetError;
use crate::net::kernel::{self, Filter};
use crate::net::server::Options;
use refused::Refused;

/// Completed connections that the kernel is asked to keep until we accept them.
pub const BACKLOG: u32 = 1024;

/// The addresses of this machine that no other one can reach: where servers listen unless told otherwise.
pub const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// How often the system is asked for another port where both families must have the same one.
const TRIES: u32 = 32;

/// Listeners that are ready to accept.
pub struct Bound<L = TcpListener> {
    pub listeners: Vec<L>,
    /// The port they share; 0 where they have none.
    pub port: u16,
}

/// UDP sockets that take datagrams.
pub struct BoundDatagrams {
    pub sockets: Vec<UdpSocket>,
    /// The port they share.
    pub port: u16,
}

/// What is to be had: addresses (none: both loopback addresses), a port (0: the system chooses), for what.
#[derive(Clone, Copy)]
struct Place<'a> {
    hosts: &'a [IpAddr],
    port: u16,
    flowing: Flowing,
}

impl Place<'_> {
    fn addresses(&self) -> Vec<IpAddr> {
        if self.hosts.is_empty() { LOOPBACK.to_vec() } else { distinct(self.hosts) }
    }

    fn layer(&self) -> Layer {
        if self.flowing == Flowing::Udp { Layer::Udp } else { Layer::Tcp }
    }

    /// The command for the same kind of server elsewhere.
    fn command(&self, hosts: &[IpAddr], port: u16) -> String {
        let mut line = "netlearn serve".to_owned();
        line.push_str(match self.flowing {
            Flowing::Tcp | Flowing::Tls => " tcp",
            Flowing::Udp => " udp",
            Flowing::Http | Flowing::Https | Flowing::Unix => "",
        });
        line.push_str(&format!(" --port {port}"));
        for host in hosts {
            line.push_str(&format!(" --host {host}"));
        }
        if matches!(self.flowing, Flowing::Tls | Flowing::Https) {
            line.push_str(" --tls");
        }
        line
    }
}

/// Binds every address asked for (both loopback addresses where none is) at one port, and tells each.
///
/// Where port 0 lets the system choose, it chooses for the first address and the others follow; a clash begins anew.
/// Without IPv6 in the system the pair of loopback addresses is served on its IPv4 half alone.
///
/// # Errors
/// Phase `listen`, with what holds the port, or which addresses or ports could be had.
pub fn bind(options: &Options, recorder: &Recorder) -> Result<Bound, NetError> {
    let place = Place { hosts: &options.hosts, port: options.port, flowing: options.flowing() };
    let (listeners, port) = have(place, |socket| TcpListener::from_std(socket.into()), recorder)?;
    Ok(Bound { listeners, port })
}

/// The same for UDP: sockets that take datagrams from anybody. A port of TCP is another one than that of UDP with the same
/// number (RFC 6335 section 6).
///
/// # Errors
/// As [`bind`].
pub fn bind_datagrams(hosts: &[IpAddr], port: u16, recorder: &Recorder) -> Result<BoundDatagrams, NetError> {
    let place = Place { hosts, port, flowing: Flowing::Udp };
    let (sockets, port) = have(place, |socket| UdpSocket::from_std(socket.into()), recorder)?;
    Ok(BoundDatagrams { sockets, port })
}

/// Binds, tells, and gives each socket to the runtime.
fn have<T>(
    place: Place<'_>,
    take: impl Fn(Socket) -> io::Result<T>,
    recorder: &Recorder,
) -> Result<(Vec<T>, u16), NetError> {
    let mut tries = TRIES;
    loop {
        match attempt(place) {
            Ok(attempt) => return told(attempt, place, take, recorder),
            Err((_, error)) if place.port == 0 && tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {
                tries -= 1;
            }
            Err((address, error)) => {
                let refused = Refused { address, error, began: recorder.now() };
                return Err(refused.explain(place, recorder));
            }
        }
    }
}

fn distinct(hosts: &[IpAddr]) -> Vec<IpAddr> {
    let mut distinct = Vec::new();
    for host in hosts {
        if !distinct.contains(host) {
            distinct.push(*host);
        }
    }
    distinct
}

type Attempt = (Vec<Socket>, u16, Option<(SocketAddr, io::Error)>);

/// Tries every host once; the third part is the IPv6 half that this system does not have.
fn attempt(place: Place<'_>) -> Result<Attempt, (SocketAddr, io::Error)> {
    let both = place.hosts.is_empty();
    let mut port = place.port;
    let mut sockets = Vec::new();
    let mut skipped = None;
    for host in place.addresses() {
        let address = SocketAddr::new(host, port);
        match hold(address, place.flowing) {
            Ok(socket) => {
                let own = socket.local_addr().ok().and_then(|own| own.as_socket());
                port = own.map_or(port, |own| own.port());
                sockets.push(socket);
            }
            Err(error) if both && host.is_ipv6() && no_such_family(&error) => {
                skipped = Some((address, error))
            }
            Err(error) => return Err((address, error)),
        }
    }
    Ok((sockets, port, skipped))
}

/// A socket that holds the address: a listener, or for UDP one that takes datagrams.
fn hold(address: SocketAddr, flowing: Flowing) -> io::Result<Socket> {
    let datagrams = flowing == Flowing::Udp;
    let kind = if datagrams { Type::DGRAM } else { Type::STREAM };
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    if address.is_ipv6() {
        // Each family has its own listener; without this `[::]` would take the IPv4 clients as well.
        socket.set_only_v6(true)?;
    }
    // Connections of a server that just ended keep the port in TIME_WAIT (RFC 9293 section 3.6.1); on Windows the
    // same option would let two servers share the port, and for UDP it would on Linux too.
    #[cfg(unix)]
    if !datagrams {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if !datagrams {
        socket.listen(BACKLOG.cast_signed())?;
    }
    Ok(socket)
}

/// Whether the system lacks the address family altogether.
pub fn no_such_family(error: &io::Error) -> bool {
    #[cfg(unix)]
    let unsupported = error.raw_os_error() == Some(libc::EAFNOSUPPORT);
    #[cfg(not(unix))]
    let unsupported = error.kind() == io::ErrorKind::Unsupported;
    unsupported || error.kind() == io::ErrorKind::AddrNotAvailable
}

fn told<T>(
    attempt: Attempt,
    place: Place<'_>,
    take: impl Fn(Socket) -> io::Result<T>,
    recorder: &Recorder,
) -> Result<(Vec<T>, u16), NetError> {
    let (sockets, port, skipped) = attempt;
    let began = recorder.now();
    let mut taken = Vec::new();
    let last = sockets.len().saturating_sub(1);
    for (index, socket) in sockets.into_iter().enumerate() {
        let local = socket.local_addr().ok().and_then(|local| local.as_socket());
        taken.push(take(socket).map_err(|error| {
            let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
            Refused { address, error, began }.explain(place, recorder)
        })?);
        if let Some(local) = local {
            recorder
                .on(Side::Server, place.layer())
                .emit(Listening { another: index < last, ..listening(local, place.flowing) });
        }
    }
    if let Some((address, error)) = skipped {
        let address = SocketAddr::new(address.ip(), port);
        recorder.on(Side::Server, place.layer()).at(began).emit(ListenFailed {
            ends: Ends::at(address),
            reason: reason(&error),
            errno: error.raw_os_error(),
            goes_on: true,
        });
    }
    Ok((taken, port))
}

fn listening(local: SocketAddr, protocol: Flowing) -> Listening {
    let (reach, reachable_at) = if local.ip().is_loopback() {
        (Reach::ThisMachine, Vec::new())
    } else if local.ip().is_unspecified() {
        (Reach::EveryAddress, own_addresses(local.is_ipv6()))
    } else {
        (Reach::OneAddress, vec![local.ip()])
    };
    let backlog = if protocol == Flowing::Udp { 0 } else { BACKLOG };
    Listening { protocol, ends: Ends::at(local), backlog, reach, reachable_at, another: false }
}

/// Addresses of this family at which other machines may reach this one; link-local ones need a zone and are left out.
pub(super) fn own_addresses(v6: bool) -> Vec<IpAddr> {
    let mut own = kernel::own_addresses().unwrap_or_default();
    own.retain(|address| {
        let link_local = match address {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        address.is_ipv6() == v6 && !address.is_loopback() && !link_local
    });
    own
}

/// Why a bind or listen was refused.
pub fn reason(error: &io::Error) -> ListenFailure {
    let kind = error.kind();
    if kind == io::ErrorKind::AddrInUse {
        ListenFailure::AddressInUse
    } else if kind == io::ErrorKind::PermissionDenied {
        ListenFailure::PermissionDenied
    } else if kind == io::ErrorKind::AddrNotAvailable {
        ListenFailure::AddressNotAvailable
    } else if no_such_family(error) {
        ListenFailure::FamilyNotSupported
    } else {
        ListenFailure::Other
    }
}

/// What the socket table says of a port, listeners first; of these protocols (none: TCP and UDP).
pub fn holders(port: u16, protocols: &[Flowing]) -> Evidence {
    let filter = Filter { protocols: protocols.to_vec(), port: Some(port), listeners: false, owners: true };
    match kernel::sockets(&filter) {
        Ok(table) => {
            let mut sockets = table.sockets;
            sockets.sort_by_key(|socket| !socket.listens());
            Evidence::Table { port, sockets }
        }
        Err(error) => Evidence::TableUnread { error: error.to_string() },
    }
}

/// Whether the port of TCP can be bound at each of these addresses; a family that the system lacks takes nothing away.
pub fn is_free(hosts: &[IpAddr], port: u16) -> bool {
    may_be_had(hosts, port, Flowing::Tcp)
}

fn may_be_had(hosts: &[IpAddr], port: u16, flowing: Flowing) -> bool {
    hosts.iter().all(|host| match hold(SocketAddr::new(*host, port), flowing) {
        Ok(_) => true,
        Err(error) => no_such_family(&error),
    })
}
