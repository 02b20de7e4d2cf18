//! UDP: single datagrams between ports, with no connection (RFC 768).
//!
//! A [`client`] gives its socket one peer, so that the system tells it of ICMP messages (RFC 1122 section 4.1.3.3); a
//! [`server`] takes datagrams from anybody and is told of none. Nothing here sends again or claims that a datagram arrived.

pub mod client;
pub mod server;

use std::io;
use std::net::SocketAddr;

use crate::event::tcp::{Bytes, Direction, Icmp};
use crate::event::udp::{LONGEST_V4, LONGEST_V6, SendRefusal, SendRefused};
use crate::event::{Ends, Head};
use crate::net::kernel::Handle;

/// Octets captured of one datagram.
const CAPTURE: usize = 4096;
/// Octets captured in one direction of a flow before [`SHORT`] is enough of each datagram.
const WELL_SHOWN: usize = 64 * 1024;
/// Octets captured of a datagram from then on.
const SHORT: usize = 64;

/// What passed in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    pub datagrams: u64,
    pub octets: u64,
    captured: usize,
}

impl Passed {
    /// Counts one datagram that passed and gives its event.
    fn one(&mut self, direction: Direction, octets: &[u8], truncated: bool, lost: Option<u64>) -> Bytes {
        let limit = if self.captured < WELL_SHOWN { CAPTURE } else { SHORT };
        let head = &octets[..octets.len().min(limit)];
        self.captured = self.captured.saturating_add(head.len());
        let offset = self.octets;
        self.count(octets.len());
        Bytes {
            direction,
            offset,
            len: octets.len() as u64,
            head: Head(head.to_vec()),
            annotated: false,
            datagram: Some(self.datagrams),
            truncated,
            lost,
        }
    }

    /// Counts one datagram that no event tells.
    fn count(&mut self, len: usize) {
        self.datagrams += 1;
        self.octets += len as u64;
    }
}

/// The most octets that one datagram to `peer` can carry.
pub fn longest(peer: SocketAddr) -> u64 {
    if peer.is_ipv4() { LONGEST_V4 } else { LONGEST_V6 }
}

/// The facts of a datagram that the system did not take.
fn send_refused(ends: Ends, peer: SocketAddr, len: usize, error: &io::Error) -> SendRefused {
    SendRefused {
        ends,
        len: len as u64,
        reason: refusal(error),
        errno: error.raw_os_error(),
        longest: longest(peer),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the system's list of errors, which grows")]
fn refusal(error: &io::Error) -> SendRefusal {
    if too_long(error) {
        return SendRefusal::TooLong;
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => SendRefusal::NotPermitted,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            SendRefusal::NoWay
        }
        _ => SendRefusal::Other,
    }
}

/// EMSGSIZE, which the standard library has no kind for.
fn too_long(error: &io::Error) -> bool {
    #[cfg(unix)]
    let number = libc::EMSGSIZE;
    #[cfg(not(unix))]
    let number = 10_040;
    error.raw_os_error() == Some(number)
}

/// Whether an ICMP error is final for a conversation: nobody at that port, no UDP there, or a rule. *No way there* and a
/// time exceeded may pass (RFC 1122 sections 3.2.2.1 and 4.2.3.9; RFC 8085 section 5.2).
fn is_final(icmp: Icmp) -> bool {
    if icmp.v6 {
        icmp.kind == 1 && matches!(icmp.code, 1 | 4 | 5 | 6)
    } else {
        icmp.kind == 3 && matches!(icmp.code, 2 | 3 | 9 | 10 | 13)
    }
}

/// *Port unreachable* or *protocol unreachable*, which whoever has the address sends, or a firewall in its place.
fn says_closed(icmp: Icmp) -> bool {
    if icmp.v6 { (icmp.kind, icmp.code) == (1, 4) } else { icmp.kind == 3 && matches!(icmp.code, 2 | 3) }
}

/// The number that the kernel's readings take.
#[cfg(unix)]
fn handle(socket: &impl std::os::fd::AsFd) -> Handle<'_> {
    socket.as_fd()
}

/// The number that the kernel's readings take.
#[cfg(windows)]
fn handle(socket: &impl std::os::windows::io::AsSocket) -> Handle<'_> {
    socket.as_socket()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn icmp(v6: bool, kind: u8, code: u8) -> Icmp {
        Icmp { origin: None, kind, code, v6 }
    }

    #[test]
    fn port_unreachable_and_rules_are_final_and_a_missing_way_is_not() {
        for (v6, kind, code) in [(false, 3, 2), (false, 3, 3), (false, 3, 13), (true, 1, 1), (true, 1, 4)] {
            assert!(is_final(icmp(v6, kind, code)), "{kind}/{code}");
        }
        for (v6, kind, code) in
            [(false, 3, 0), (false, 3, 1), (false, 3, 4), (false, 11, 0), (true, 1, 0), (true, 1, 3)]
        {
            assert!(!is_final(icmp(v6, kind, code)), "{kind}/{code}");
        }
        assert!(says_closed(icmp(false, 3, 3)) && says_closed(icmp(true, 1, 4)));
        assert!(!says_closed(icmp(false, 3, 13)) && !says_closed(icmp(true, 1, 1)));
    }

    #[test]
    fn datagrams_are_numbered_and_an_empty_one_counts() {
        let mut passed = Passed::default();
        let first = passed.one(Direction::Sent, b"", false, None);
        assert_eq!((first.datagram, first.offset, first.len), (Some(1), 0, 0));
        let second = passed.one(Direction::Sent, &[7; 5000], true, Some(9));
        assert_eq!((second.datagram, second.offset, second.len), (Some(2), 0, 5000));
        assert_eq!((second.head.0.len(), second.truncated, second.lost), (CAPTURE, true, Some(9)));
        for _ in 0..20 {
            passed.one(Direction::Sent, &[7; 5000], false, None);
        }
        let late = passed.one(Direction::Sent, &[7; 5000], false, None);
        assert_eq!((late.datagram, late.head.0.len()), (Some(23), SHORT));
        assert_eq!((passed.datagrams, passed.octets), (23, 110_000));
    }
}
