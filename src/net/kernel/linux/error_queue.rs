//! ICMP errors that the kernel queues for a socket (`IP_RECVERR`, ip(7)); other queued messages are passed over.
#![expect(unsafe_code, reason = "recvmsg(MSG_ERRQUEUE) and its control messages have no safe wrapper")]

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::ptr;

use crate::event::tcp::Icmp;
use crate::net::kernel::interfaces;

/// Room for a few control messages, aligned as their headers must be.
#[repr(C, align(8))]
struct Control([u8; 512]);

pub(in crate::net::kernel) fn watch_icmp(socket: BorrowedFd<'_>, v6: bool) -> io::Result<()> {
    if v6 {
        // A socket of the IPv6 family may carry IPv4 too; where it may not, this fails and does not matter.
        let _ = switch_on(socket, libc::IPPROTO_IP, libc::IP_RECVERR);
        return switch_on(socket, libc::IPPROTO_IPV6, libc::IPV6_RECVERR);
    }
    switch_on(socket, libc::IPPROTO_IP, libc::IP_RECVERR)
}

fn switch_on(socket: BorrowedFd<'_>, level: libc::c_int, option: libc::c_int) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is borrowed for the call and the option is one int that outlives it.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

pub(in crate::net::kernel) fn next_icmp(socket: BorrowedFd<'_>) -> io::Result<Option<Icmp>> {
    let mut control = Control([0; 512]);
    loop {
        let len = match receive(socket, &mut control) {
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(icmp) = icmp_in(&mut control, len) {
            return Ok(Some(icmp));
        }
    }
}

/// Takes one message off the queue; returns how many octets of control messages came.
fn receive(socket: BorrowedFd<'_>, control: &mut Control) -> io::Result<usize> {
    let mut data = [0_u8; 1];
    let mut piece = libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: data.len() };
    let mut message = header(&mut piece, control, size_of::<Control>());
    // SAFETY: every pointer in `message` leads to memory that outlives the call and is as long as it says.
    let result = unsafe {
        libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT)
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // The type differs between C libraries; it is at most the room given.
    Ok(message.msg_controllen as usize)
}

fn header(piece: *mut libc::iovec, control: &mut Control, len: usize) -> libc::msghdr {
    // SAFETY: a header of null pointers and zero lengths is a valid one.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = piece;
    message.msg_iovlen = usize::from(!piece.is_null()) as _;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = len as _;
    message
}

/// The ICMP error among the control messages.
fn icmp_in(control: &mut Control, len: usize) -> Option<Icmp> {
    let message = header(ptr::null_mut(), control, len);
    // SAFETY: `message` describes `len` octets of control messages that the kernel wrote.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    while !next.is_null() {
        // SAFETY: not null, so a whole header stands there.
        let head = unsafe { next.read_unaligned() };
        let address = match (head.cmsg_level, head.cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_RECVERR) => Some(size_of::<libc::sockaddr_in>()),
            (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) => Some(size_of::<libc::sockaddr_in6>()),
            _ => None,
        };
        // The kernel puts the error and the offender's address behind the header.
        let body = size_of::<libc::sock_extended_err>() + address.unwrap_or_default();
        // SAFETY: pure arithmetic on a length.
        let enough = unsafe { libc::CMSG_LEN(body as u32) } as usize;
        if address.is_some() && head.cmsg_len as usize >= enough {
            // SAFETY: the message is long enough for the error and the address behind it.
            if let Some(icmp) = unsafe { icmp_at(libc::CMSG_DATA(next)) } {
                return Some(icmp);
            }
        }
        // SAFETY: `next` is a header within `message`.
        next = unsafe { libc::CMSG_NXTHDR(&raw const message, next) };
    }
    None
}

/// # Safety
/// `data` points to a `sock_extended_err` with a socket address behind it that is as long as its family says.
unsafe fn icmp_at(data: *const libc::c_uchar) -> Option<Icmp> {
    let place = data.cast::<libc::sock_extended_err>();
    // SAFETY: the caller vouches for it.
    let error = unsafe { place.read_unaligned() };
    let v6 = match error.ee_origin {
        libc::SO_EE_ORIGIN_ICMP => false,
        libc::SO_EE_ORIGIN_ICMP6 => true,
        // Our own kernel's errors and time stamps.
        _ => return None,
    };
    // SAFETY: the offender's address stands behind the error (SO_EE_OFFENDER), as the caller vouches.
    let origin = unsafe { interfaces::address(place.add(1).cast::<libc::sockaddr>()) };
    Some(Icmp {
        origin: origin.map(|origin| origin.to_canonical()),
        kind: error.ee_type,
        code: error.ee_code,
        v6,
    })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
    use std::os::fd::AsFd as _;

    use socket2::{Domain, Socket, Type};

    use super::*;

    /// A port that was free a moment ago, at this address.
    fn free_port(ip: &str) -> SocketAddr {
        TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
    }

    #[test]
    fn a_refusal_by_rst_leaves_the_queue_empty() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        watch_icmp(socket.as_fd(), false).unwrap();
        let error = socket.connect(&free_port("127.0.0.1").into()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(next_icmp(socket.as_fd()).unwrap(), None);
    }

    fn closed_udp_port(ip: &str, v6: bool) -> Icmp {
        // It holds the number, and takes datagrams of its peer alone.
        let keeper = UdpSocket::bind((ip, 0)).unwrap();
        keeper.connect((ip, 9)).unwrap();
        let target = keeper.local_addr().unwrap();
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        watch_icmp(socket.as_fd(), v6).unwrap();
        socket.send_to(b"?", target).unwrap();
        // Loopback delivers within the call, so the error is queued when it returns; poll waits where it is not.
        let mut wait = [rustix::event::PollFd::new(&socket, rustix::event::PollFlags::ERR)];
        let limit = rustix::event::Timespec { tv_sec: 10, tv_nsec: 0 };
        assert_eq!(rustix::event::poll(&mut wait, Some(&limit)).unwrap(), 1, "no error within its time");
        let icmp = next_icmp(socket.as_fd()).unwrap().unwrap();
        assert_eq!(next_icmp(socket.as_fd()).unwrap(), None);
        icmp
    }

    #[test]
    fn a_closed_udp_port_names_type_code_and_origin() {
        // RFC 792: destination unreachable (3), port unreachable (3).
        let expected = Icmp { origin: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), kind: 3, code: 3, v6: false };
        assert_eq!(closed_udp_port("127.0.0.1", false), expected);
    }

    #[test]
    fn a_closed_udp_port_over_ipv6_too() {
        // RFC 4443: destination unreachable (1), port unreachable (4).
        let expected = Icmp { origin: "::1".parse().ok(), kind: 1, code: 4, v6: true };
        assert_eq!(closed_udp_port("::1", true), expected);
    }
}
