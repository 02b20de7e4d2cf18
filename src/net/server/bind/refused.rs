//! An address that a server cannot have: what speaks for the cause, and what could be had instead. It keeps nothing bound.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::{Place, holders, may_be_had, reason};
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::ports::Socket as Held;
use crate::event::recorder::{At, Recorder};
use crate::event::tcp::{ListenFailed, ListenFailure, Protocol as Flowing};
use crate::event::{Ends, Side};
use crate::net::{Fault, NetError, kernel};

pub(super) struct Refused {
    pub(super) address: SocketAddr,
    pub(super) error: io::Error,
    pub(super) began: At,
}

impl Refused {
    /// Tells the refused address and gathers what speaks for the cause.
    pub(super) fn explain(self, place: Place<'_>, recorder: &Recorder) -> NetError {
        let reason = reason(&self.error);
        recorder.on(Side::Server, place.layer()).at(self.began).emit(ListenFailed {
            ends: Ends::at(self.address),
            reason,
            errno: self.error.raw_os_error(),
            goes_on: false,
        });
        let (kind, mut evidence, next) = match reason {
            ListenFailure::AddressInUse => self.in_use(place),
            ListenFailure::PermissionDenied => self.not_permitted(place),
            ListenFailure::AddressNotAvailable => (
                FailureKind::AddressNotAvailable,
                vec![Evidence::OwnAddresses { addresses: bindable() }],
                vec![place.command(&[], self.address.port())],
            ),
            ListenFailure::FamilyNotSupported | ListenFailure::Accept | ListenFailure::Other => (
                FailureKind::ListenOther,
                vec![Evidence::SystemError { error: self.error.to_string() }],
                vec![place.command(&[], 0)],
            ),
        };
        if place.flowing == Flowing::Udp {
            evidence.push(Evidence::Datagrams { sent: 0, received: 0, unsent: None });
        }
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

    fn in_use(&self, place: Place<'_>) -> (FailureKind, Vec<Evidence>, Vec<String>) {
        let port = self.address.port();
        let table = if place.flowing == Flowing::Udp { Flowing::Udp } else { Flowing::Tcp };
        let held = holders(port, &[table]);
        let (connected, remembered) = without_a_listener(&held);
        let mut evidence = vec![held];
        if connected {
            evidence.extend(kernel::lends(port).map(|range| Evidence::LentPorts { range }));
        }
        let mut next = Vec::new();
        let hosts = place.addresses();
        let is_free = |hosts: &[IpAddr], port| may_be_had(hosts, port, place.flowing);
        let free = (port.saturating_add(1)..=u16::MAX).find(|port| is_free(&hosts, *port));
        if let Some(port) = free {
            evidence.push(Evidence::FreePort { port });
            next.push(place.command(place.hosts, port));
        } else {
            next.push(place.command(place.hosts, 0));
        }
        // TIME_WAIT ends by itself.
        if remembered {
            next.push(place.command(place.hosts, port));
        }
        // Where one family is taken and the other is not, a server on that one alone is possible.
        if place.hosts.is_empty()
            && let Some(host) = hosts.iter().find(|host| is_free(&[**host], port))
        {
            next.push(place.command(&[*host], port));
        }
        (FailureKind::AddressInUse, evidence, next)
    }

    fn not_permitted(&self, place: Place<'_>) -> (FailureKind, Vec<Evidence>, Vec<String>) {
        let mut evidence = Vec::new();
        let mut next = Vec::new();
        if let Some(first_unprivileged) = kernel::first_unprivileged_port() {
            evidence.push(Evidence::Boundary { first_unprivileged });
        }
        evidence.push(Evidence::SystemError { error: self.error.to_string() });
        let hosts = place.addresses();
        let usual = self.address.port().saturating_add(8000);
        if let Some(port) = (usual..=u16::MAX).find(|port| may_be_had(&hosts, *port, place.flowing)) {
            evidence.push(Evidence::FreePort { port });
            next.push(place.command(place.hosts, port));
        }
        (FailureKind::PermissionDenied, evidence, next)
    }
}

/// Addresses of this machine that a server can be given; those of one link alone need a zone, which `--host` does not take.
fn bindable() -> Vec<IpAddr> {
    let mut own = kernel::own_addresses().unwrap_or_default();
    own.retain(|address| !kernel::lacks_zone(SocketAddr::new(*address, 0)));
    own
}

/// Whether connections alone have the port: some that are open, or nothing but closed ones in TIME_WAIT.
fn without_a_listener(held: &Evidence) -> (bool, bool) {
    let Evidence::Table { sockets, .. } = held else { return (false, false) };
    if sockets.iter().any(Held::listens) {
        return (false, false);
    }
    let remembered = |socket: &Held| socket.state == "TIME_WAIT";
    let connected = |socket: &Held| socket.peer().is_some() && !remembered(socket);
    (sockets.iter().any(connected), !sockets.is_empty() && sockets.iter().all(remembered))
}
