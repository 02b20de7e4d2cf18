//! Addresses and ports of a lab: every socket bound before anything is served, all or none.
//!
//! It serves nobody. Where a machine has no loopback address but 127.0.0.1, every planned address gets a port of its own
//! there, and a door says which.

mod refused;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use super::Ports;
use super::plan::Plan;
use super::web::{self, Place};
use crate::event::lab::{LabDoor, LabPorts};
use crate::event::recorder::Recorder;
use crate::event::tcp::{ListenFailed, ListenFailure};
use crate::event::{Ends, Layer, Side};
use crate::net::NetError;
use crate::net::server::bind::{BACKLOG, no_such_family};
use crate::net::world::Door;
use refused::Refused;

/// How far the planned ports move, all three together, before a lab gives up.
const STEPS: u16 = 200;
/// How often the system is asked for another port where several sockets must have the same one.
const TRIES: u32 = 32;

/// Every socket of a lab.
pub(super) struct Bound {
    /// The ports that names and URLs carry.
    pub(super) ports: LabPorts,
    /// Those of the plan, where others had to be taken.
    pub(super) moved_from: Option<LabPorts>,
    /// By planned address.
    pub(super) dns: Vec<(IpAddr, UdpSocket, TcpListener)>,
    pub(super) web: Vec<(Place, TcpListener)>,
    /// Where planned addresses are on a machine that has 127.0.0.1 only.
    pub(super) one_address: Vec<LabDoor>,
    /// Those, and the planned ports where others are in use.
    pub(super) doors: Vec<Door>,
}

/// What listens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Dns,
    Http,
    Https,
}

/// One planned address and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    address: IpAddr,
    service: Service,
}

/// A seat with its sockets: DNS has two.
struct Taken {
    seat: Seat,
    real: SocketAddr,
    stream: Socket,
    datagrams: Option<Socket>,
}

/// Binds whatever `plan` needs.
///
/// # Errors
/// Phase `listen`: with what holds the port, or why it is not permitted.
pub(super) fn bind(
    plan: &Plan,
    ports: Ports,
    one_address: bool,
    recorder: &Recorder,
) -> Result<Bound, NetError> {
    let seats = present(seats(plan), plan.ports, recorder);
    let asked = match ports {
        Ports::Planned => plan.ports,
        Ports::Real => LabPorts { dns: 53, http: 80, https: 443 },
        Ports::Given(given) => given,
    };
    let held = if one_address {
        at_one_address(&seats, named(asked, plan.ports))
    } else {
        match at_own_addresses(&seats, asked, ports == Ports::Planned) {
            Err(refused) if refused.lacks_loopback() => at_one_address(&seats, named(asked, plan.ports)),
            result => result,
        }
    };
    let (taken, used) = held.map_err(|refused| refused.explain(ports, recorder))?;
    let first = taken.first().map(|first| first.real);
    handed(taken, used, plan.ports, ports).map_err(|error| {
        let address = first.unwrap_or(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), used.dns));
        Refused { address, error }.explain(ports, recorder)
    })
}

/// Every address with its services, each once, in the order of the plan.
fn seats(plan: &Plan) -> Vec<Seat> {
    let servers = plan.servers.iter().map(|server| server.address).chain([plan.resolver]);
    let names = servers.map(|address| Seat { address, service: Service::Dns });
    let sites = web::places(plan).into_iter().map(|place| Seat {
        address: place.address,
        service: if place.secure { Service::Https } else { Service::Http },
    });
    let mut seats: Vec<Seat> = Vec::new();
    for seat in names.chain(sites) {
        if !seats.contains(&seat) {
            seats.push(seat);
        }
    }
    seats
}

/// The seats that this machine can have: without IPv6 those on `::1` are left out, and that is told.
fn present(seats: Vec<Seat>, ports: LabPorts, recorder: &Recorder) -> Vec<Seat> {
    let Some(error) = seats.iter().any(|seat| seat.address.is_ipv6()).then(lacks_v6).flatten() else {
        return seats;
    };
    let (without, with): (Vec<Seat>, Vec<Seat>) = seats.into_iter().partition(|seat| seat.address.is_ipv6());
    for seat in without {
        recorder.on(Side::Server, Layer::Tcp).emit(ListenFailed {
            ends: Ends::at(SocketAddr::new(seat.address, port_of(ports, seat.service))),
            reason: ListenFailure::FamilyNotSupported,
            errno: error.raw_os_error(),
            goes_on: true,
        });
    }
    with
}

/// Why `::1` cannot be used, where it cannot.
fn lacks_v6() -> Option<io::Error> {
    stream(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 0)).err().filter(no_such_family)
}

fn port_of(ports: LabPorts, service: Service) -> u16 {
    match service {
        Service::Dns => ports.dns,
        Service::Http => ports.http,
        Service::Https => ports.https,
    }
}

fn set(ports: &mut LabPorts, service: Service, port: u16) {
    match service {
        Service::Dns => ports.dns = port,
        Service::Http => ports.http = port,
        Service::Https => ports.https = port,
    }
}

/// The asked ports, the planned one where the system may choose.
fn named(asked: LabPorts, planned: LabPorts) -> LabPorts {
    let or = |asked, planned| if asked == 0 { planned } else { asked };
    LabPorts {
        dns: or(asked.dns, planned.dns),
        http: or(asked.http, planned.http),
        https: or(asked.https, planned.https),
    }
}

/// All three ports, so far from the planned ones; `None` past the last port.
fn moved(ports: LabPorts, step: u16) -> Option<LabPorts> {
    Some(LabPorts {
        dns: ports.dns.checked_add(step)?,
        http: ports.http.checked_add(step)?,
        https: ports.https.checked_add(step)?,
    })
}

/// Every seat at its planned address. Where `may_move`, a taken port moves all; else only ports that the system chooses
/// are chosen anew.
fn at_own_addresses(
    seats: &[Seat],
    asked: LabPorts,
    may_move: bool,
) -> Result<(Vec<Taken>, LabPorts), Refused> {
    let mut tries = TRIES;
    let mut step = 0;
    let mut ports = asked;
    loop {
        let (seat, refused) = match attempt(seats, ports) {
            Ok(taken) => return Ok(taken),
            Err(refused) => refused,
        };
        let in_use = refused.error.kind() == io::ErrorKind::AddrInUse;
        let again = if may_move {
            step += 1;
            moved(asked, step).filter(|_| step <= STEPS)
        } else {
            tries -= 1;
            (port_of(asked, seat.service) == 0 && tries > 0).then_some(asked)
        };
        match again.filter(|_| in_use) {
            Some(next) => ports = next,
            None => return Err(refused),
        }
    }
}

/// Tries every seat once; where a port is 0 the system chooses it for the first seat, and the others follow.
fn attempt(seats: &[Seat], asked: LabPorts) -> Result<(Vec<Taken>, LabPorts), (Seat, Refused)> {
    let mut ports = asked;
    let mut taken = Vec::with_capacity(seats.len());
    for seat in seats {
        let address = SocketAddr::new(seat.address, port_of(ports, seat.service));
        let one = take(*seat, address).map_err(|error| (*seat, Refused { address, error }))?;
        set(&mut ports, seat.service, one.real.port());
        taken.push(one);
    }
    Ok((taken, ports))
}

/// Every seat at 127.0.0.1 (or `::1`), with a port of its own that the system chooses.
fn at_one_address(seats: &[Seat], ports: LabPorts) -> Result<(Vec<Taken>, LabPorts), Refused> {
    let mut taken = Vec::with_capacity(seats.len());
    for seat in seats {
        let host: IpAddr = match seat.address {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let address = SocketAddr::new(host, 0);
        let mut tries = TRIES;
        taken.push(loop {
            match take(*seat, address) {
                Ok(one) => break one,
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => tries -= 1,
                Err(error) => return Err(Refused { address, error }),
            }
        });
    }
    Ok((taken, ports))
}

fn take(seat: Seat, address: SocketAddr) -> io::Result<Taken> {
    let datagrams = if seat.service == Service::Dns { Some(datagrams(address)?) } else { None };
    // DNS is at the same port over both (RFC 1035 section 4.2).
    let address = datagrams.as_ref().map_or(Ok(address), own)?;
    let stream = stream(address)?;
    Ok(Taken { seat, real: own(&stream)?, stream, datagrams })
}

fn own(socket: &Socket) -> io::Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

fn open(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Connections of a lab that just ended keep the port in TIME_WAIT (RFC 9293 section 3.6.1). Not for datagrams: there
    // the option would let two labs share a port.
    #[cfg(unix)]
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn stream(address: SocketAddr) -> io::Result<Socket> {
    let socket = open(address, Type::STREAM)?;
    socket.listen(BACKLOG.cast_signed())?;
    Ok(socket)
}

fn datagrams(address: SocketAddr) -> io::Result<Socket> {
    open(address, Type::DGRAM)
}

/// Gives the sockets to the runtime.
fn handed(taken: Vec<Taken>, ports: LabPorts, planned: LabPorts, asked: Ports) -> io::Result<Bound> {
    let doors = doors(&taken, ports, planned);
    let mut bound = Bound {
        ports,
        moved_from: (asked == Ports::Planned && ports != planned).then_some(planned),
        dns: Vec::new(),
        web: Vec::new(),
        one_address: Vec::new(),
        doors,
    };
    for Taken { seat, real, stream, datagrams } in taken {
        if real.ip() != seat.address || real.port() != port_of(ports, seat.service) {
            let planned = SocketAddr::new(seat.address, port_of(ports, seat.service));
            bound.one_address.push(LabDoor { planned, real });
        }
        let stream = TcpListener::from_std(stream.into())?;
        match datagrams {
            Some(datagrams) => {
                bound.dns.push((seat.address, UdpSocket::from_std(datagrams.into())?, stream));
            }
            None => {
                let place = Place { address: seat.address, secure: seat.service == Service::Https };
                bound.web.push((place, stream));
            }
        }
    }
    Ok(bound)
}

/// Where each address is that a name or a URL may carry: with the ports in use, and with the planned ones.
fn doors(taken: &[Taken], ports: LabPorts, planned: LabPorts) -> Vec<Door> {
    let mut doors: Vec<Door> = Vec::new();
    for ports in [ports, planned] {
        for one in taken {
            let planned = SocketAddr::new(one.seat.address, port_of(ports, one.seat.service));
            // What really is there is no door to elsewhere.
            let there = taken.iter().any(|other| other.real == planned);
            if !there && doors.iter().all(|door| door.planned != planned) {
                doors.push(Door { planned, real: one.real });
            }
        }
    }
    doors
}

#[cfg(test)]
mod tests;
