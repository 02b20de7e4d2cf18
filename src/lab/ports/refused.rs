//! An address that a lab could not have, with what speaks for the cause and what to run instead.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::tcp::{ListenFailed, ListenFailure};
use crate::event::{Ends, Layer, Side};
use crate::lab::Ports;
use crate::net::server::bind::{holders, reason};
use crate::net::{NetError, kernel};

/// An address that the system refused, and its words.
pub(super) struct Refused {
    pub(super) address: SocketAddr,
    pub(super) error: io::Error,
}

impl Refused {
    /// Whether this machine lacks the rest of 127.0.0.0/8, as macOS does until somebody adds addresses.
    pub(super) fn lacks_loopback(&self) -> bool {
        let another = self.address.ip().is_loopback() && self.address.ip() != IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.address.is_ipv4() && another && self.error.kind() == io::ErrorKind::AddrNotAvailable
    }

    /// Tells it and gathers the evidence.
    pub(super) fn explain(self, ports: Ports, recorder: &Recorder) -> NetError {
        let reason = reason(&self.error);
        recorder.on(Side::Server, Layer::Tcp).emit(ListenFailed {
            ends: Ends::at(self.address),
            reason,
            errno: self.error.raw_os_error(),
            goes_on: false,
        });
        let system = || Evidence::SystemError { error: self.error.to_string() };
        let (kind, evidence) = match reason {
            ListenFailure::AddressInUse => {
                (FailureKind::AddressInUse, vec![holders(self.address.port(), &[])])
            }
            ListenFailure::PermissionDenied => {
                let boundary = kernel::first_unprivileged_port();
                let boundary = boundary.map(|first_unprivileged| Evidence::Boundary { first_unprivileged });
                (FailureKind::PermissionDenied, boundary.into_iter().chain([system()]).collect())
            }
            ListenFailure::AddressNotAvailable => (
                FailureKind::AddressNotAvailable,
                vec![Evidence::OwnAddresses { addresses: kernel::own_addresses().unwrap_or_default() }],
            ),
            ListenFailure::FamilyNotSupported | ListenFailure::Accept | ListenFailure::Other => {
                (FailureKind::ListenOther, vec![system()])
            }
        };
        // The usual ports move by themselves; where even that did not help, the system finds free ones.
        let next = match ports {
            Ports::Planned => "netlearn lab --ports 0,0,0",
            Ports::Real | Ports::Given(_) => "netlearn lab",
        };
        let failed = Failed {
            phase: Phase::Listen,
            kind,
            target: self.address.to_string(),
            address: Some(self.address),
            errno: self.error.raw_os_error(),
            seen_by: Side::Server,
            evidence,
            next: vec![next.to_owned()],
        };
        NetError::new(failed, Some(self.error))
    }
}
