//! Addresses bound and listened on; where one cannot be had, the evidence why. It accepts nobody.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::ports::Reach;
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{ListenFailed, ListenFailure, Listening, Protocol as Flowing};
use crate::event::{Ends, Layer, Side};
use crate::net::kernel::{self, Filter};
use crate::net::server::{Options, Protocol};
use crate::net::{Fault, NetError};

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

struct Refused {
    address: SocketAddr,
    error: io::Error,
    began: At,
}

/// Binds every address asked for (both loopback addresses where none is) at one port, and tells each.
///
/// Where port 0 lets the system choose, it chooses for the first address and the others follow; a clash begins anew.
/// Without IPv6 in the system the pair of loopback addresses is served on its IPv4 half alone.
///
/// # Errors
/// Phase `listen`, with what holds the port, or which addresses or ports could be had.
pub fn bind(options: &Options, recorder: &Recorder) -> Result<Bound, NetError> {
    let both = options.hosts.is_empty();
    let hosts = if both { LOOPBACK.to_vec() } else { distinct(&options.hosts) };
    let mut tries = TRIES;
    loop {
        match attempt(&hosts, options.port, both) {
            Ok((listeners, port, skipped)) => {
                return told(listeners, port, skipped, options, recorder);
            }
            Err((_, error)) if options.port == 0 && tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {
                tries -= 1;
            }
            Err((address, error)) => {
                let refused = Refused { address, error, began: recorder.now() };
                return Err(refused.explain(options, recorder));
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
fn attempt(hosts: &[IpAddr], port: u16, both: bool) -> Result<Attempt, (SocketAddr, io::Error)> {
    let mut port = port;
    let mut sockets = Vec::new();
    let mut skipped = None;
    for host in hosts {
        let address = SocketAddr::new(*host, port);
        match listen(address) {
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

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = open(address)?;
    socket.listen(BACKLOG.cast_signed())?;
    Ok(socket)
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        // Each family has its own listener; without this `[::]` would take the IPv4 clients as well.
        socket.set_only_v6(true)?;
    }
    // Connections of a server that just ended keep the port in TIME_WAIT (RFC 9293 section 3.6.1); on Windows the
    // same option would let two servers share the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
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

fn told(
    sockets: Vec<Socket>,
    port: u16,
    skipped: Option<(SocketAddr, io::Error)>,
    options: &Options,
    recorder: &Recorder,
) -> Result<Bound, NetError> {
    let began = recorder.now();
    let mut listeners = Vec::new();
    let last = sockets.len().saturating_sub(1);
    for (index, socket) in sockets.into_iter().enumerate() {
        let listener = TcpListener::from_std(socket.into()).map_err(|error| {
            let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
            Refused { address, error, began }.explain(options, recorder)
        })?;
        if let Ok(local) = listener.local_addr() {
            recorder
                .on(Side::Server, Layer::Tcp)
                .emit(Listening { another: index < last, ..listening(local, options.flowing()) });
        }
        listeners.push(listener);
    }
    if let Some((address, error)) = skipped {
        let address = SocketAddr::new(address.ip(), port);
        recorder.on(Side::Server, Layer::Tcp).at(began).emit(ListenFailed {
            ends: Ends::at(address),
            reason: reason(&error),
            errno: error.raw_os_error(),
            goes_on: true,
        });
    }
    Ok(Bound { listeners, port })
}

fn listening(local: SocketAddr, protocol: Flowing) -> Listening {
    let (reach, reachable_at) = if local.ip().is_loopback() {
        (Reach::ThisMachine, Vec::new())
    } else if local.ip().is_unspecified() {
        (Reach::EveryAddress, own_addresses(local.is_ipv6()))
    } else {
        (Reach::OneAddress, vec![local.ip()])
    };
    Listening { protocol, ends: Ends::at(local), backlog: BACKLOG, reach, reachable_at, another: false }
}

/// Addresses of this family at which other machines may reach this one; link-local ones need a zone and are left out.
fn own_addresses(v6: bool) -> Vec<IpAddr> {
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

impl Refused {
    /// Tells the refused address and gathers what speaks for the cause.
    fn explain(self, options: &Options, recorder: &Recorder) -> NetError {
        let reason = reason(&self.error);
        recorder.on(Side::Server, Layer::Tcp).at(self.began).emit(ListenFailed {
            ends: Ends::at(self.address),
            reason,
            errno: self.error.raw_os_error(),
            goes_on: false,
        });
        let (kind, evidence, next) = match reason {
            ListenFailure::AddressInUse => self.in_use(options),
            ListenFailure::PermissionDenied => self.not_permitted(options),
            ListenFailure::AddressNotAvailable => (
                FailureKind::AddressNotAvailable,
                vec![Evidence::OwnAddresses { addresses: kernel::own_addresses().unwrap_or_default() }],
                vec![command(options, &[], self.address.port())],
            ),
            ListenFailure::FamilyNotSupported | ListenFailure::Accept | ListenFailure::Other => (
                FailureKind::ListenOther,
                vec![Evidence::SystemError { error: self.error.to_string() }],
                Vec::new(),
            ),
        };
        let failed = Failed {
            phase: Phase::Listen,
            kind,
            target: self.address.to_string(),
            address: Some(self.address),
            errno: self.error.raw_os_error(),
            seen_by: Side::Server,
            evidence,
            next,
        };
        NetError::Listen(Fault { failed: Box::new(failed), source: Some(self.error) })
    }

    fn in_use(&self, options: &Options) -> (FailureKind, Vec<Evidence>, Vec<String>) {
        let port = self.address.port();
        let mut evidence = vec![holders(port, &[Flowing::Tcp])];
        let mut next = Vec::new();
        let hosts = if options.hosts.is_empty() { LOOPBACK.to_vec() } else { options.hosts.clone() };
        let free = (port.saturating_add(1)..=u16::MAX).find(|port| is_free(&hosts, *port));
        if let Some(port) = free {
            evidence.push(Evidence::FreePort { port });
            next.push(command(options, &options.hosts, port));
        }
        // Where one family is taken and the other is not, a server on that one alone is possible.
        if options.hosts.is_empty()
            && let Some(host) = hosts.iter().find(|host| is_free(&[**host], port))
        {
            next.push(command(options, &[*host], port));
        }
        (FailureKind::AddressInUse, evidence, next)
    }

    fn not_permitted(&self, options: &Options) -> (FailureKind, Vec<Evidence>, Vec<String>) {
        let mut evidence = Vec::new();
        let mut next = Vec::new();
        if let Some(first_unprivileged) = kernel::first_unprivileged_port() {
            evidence.push(Evidence::Boundary { first_unprivileged });
        }
        evidence.push(Evidence::SystemError { error: self.error.to_string() });
        if let Some(port) = self.address.port().checked_add(8000)
            && is_free(&[self.address.ip()], port)
        {
            evidence.push(Evidence::FreePort { port });
            next.push(command(options, &options.hosts, port));
        }
        (FailureKind::PermissionDenied, evidence, next)
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

/// Whether the port can be bound at each of these addresses; a family that the system lacks takes nothing away.
pub fn is_free(hosts: &[IpAddr], port: u16) -> bool {
    hosts.iter().all(|host| match listen(SocketAddr::new(*host, port)) {
        Ok(_) => true,
        Err(error) => no_such_family(&error),
    })
}

/// The command for the same kind of server elsewhere.
fn command(options: &Options, hosts: &[IpAddr], port: u16) -> String {
    let mut line = "netlearn serve".to_owned();
    if options.protocol == Protocol::Tcp {
        line.push_str(" tcp");
    }
    line.push_str(&format!(" --port {port}"));
    for host in hosts {
        line.push_str(&format!(" --host {host}"));
    }
    if options.tls {
        line.push_str(" --tls");
    }
    line
}
