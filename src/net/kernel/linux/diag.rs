//! Asks the kernel for sockets over netlink (`sock_diag(7)`): it tells of listeners what `/proc` lacks (the limit of the
//! accept queue, whether IPv4 clients are taken too), and of sockets that are bound and do nothing.
//!
//! Where it is not to be had (a sandbox, an old kernel) the caller reads `/proc` instead.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use super::tables::{Kind, Row};

/// Sets of states, one bit each by the kernel's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct States(u32);

/// TCP sockets that listen.
pub(super) const LISTENING: States = States(1 << 10);
/// TCP sockets that listen, and (Linux 6.8) those that are bound and neither listen nor connect.
pub(super) const LISTENING_OR_BOUND: States = States(1 << 10 | 1 << BOUND);
/// UDP sockets without a peer.
pub(super) const UNCONNECTED: States = States(1 << 7);

/// `TCP_BOUND_INACTIVE`.
const BOUND: u8 = 13;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const HEAD: usize = 16;
/// `struct inet_diag_msg`.
const MESSAGE: usize = 72;
/// `INET_DIAG_SKV6ONLY`.
const V6ONLY: u16 = 11;

/// Calls `take` with every socket of the table that is in one of the states.
///
/// # Errors
/// The system's, also where this kernel has no such diagnosis.
pub(super) fn each_row(kind: Kind, states: States, mut take: impl FnMut(Row)) -> io::Result<()> {
    ask(&request(kind, states), |message| row(message, kind).into_iter().for_each(&mut take))
}

/// Asks for a dump of one family with `question`, which follows the head, and calls `take` with each answer without its head.
///
/// # Errors
/// The system's, also where this kernel has no such diagnosis.
pub(super) fn ask(question: &[u8], mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let kind_of_socket = SocketType::DGRAM;
    let socket = socket_with(AddressFamily::NETLINK, kind_of_socket, SocketFlags::CLOEXEC, Some(SOCK_DIAG))?;
    sendto(&socket, &headed(question), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut buffer = vec![0_u8; 32 * 1024];
    loop {
        let (len, _) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        if len == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if messages(&buffer[..len], &mut take)? {
            return Ok(());
        }
    }
}

/// `struct nlmsghdr` before a question.
fn headed(question: &[u8]) -> Vec<u8> {
    let mut request = vec![0; HEAD];
    let len = (HEAD + question.len()) as u32;
    request[0..4].copy_from_slice(&len.to_ne_bytes());
    request[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request[6..8].copy_from_slice(&NLM_F_REQUEST_DUMP.to_ne_bytes());
    request.extend_from_slice(question);
    request
}

/// `struct inet_diag_req_v2`: a dump of one family and protocol.
fn request(kind: Kind, states: States) -> [u8; 56] {
    let mut request = [0; 56];
    let family = if kind.is_v6() { AddressFamily::INET6 } else { AddressFamily::INET };
    // Both numbers are below 256.
    request[0] = family.as_raw() as u8;
    request[1] = if matches!(kind, Kind::Udp | Kind::Udp6) { 17 } else { 6 };
    request[4..8].copy_from_slice(&states.0.to_ne_bytes());
    request
}

/// Reads one datagram of answers; true where it was the last.
pub fn messages(mut bytes: &[u8], take: &mut impl FnMut(&[u8])) -> io::Result<bool> {
    while let (Some(len), Some(answer)) = (u32_at(bytes, 0), u16_at(bytes, 4)) {
        let len = len as usize;
        let Some(message) = bytes.get(..len).filter(|_| len >= HEAD) else { break };
        match answer {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => {
                let errno = u32_at(message, HEAD).map_or(0, |code| (code as i32).unsigned_abs());
                return Err(io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or(0)));
            }
            SOCK_DIAG_BY_FAMILY => take(&message[HEAD..]),
            _ => {}
        }
        bytes = bytes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

pub fn row(message: &[u8], kind: Kind) -> Option<Row> {
    // A TCP socket that is bound only is told as closed (7); 13 is the number it is asked for by.
    let code = match *message.get(1)? {
        7 if !matches!(kind, Kind::Udp | Kind::Udp6) => BOUND,
        code => code,
    };
    let local = SocketAddr::new(ip(message.get(8..24)?, kind), u16::from_be_bytes([message[4], message[5]]));
    let remote =
        SocketAddr::new(ip(message.get(24..40)?, kind), u16::from_be_bytes([message[6], message[7]]));
    let recv_q = u32_at(message, 56)?;
    let send_q = u32_at(message, 60)?;
    let listens = code == 10;
    Some(Row {
        kind,
        local,
        remote,
        code,
        send_q: if listens { 0 } else { send_q.into() },
        recv_q: recv_q.into(),
        timer: 0,
        when: 0,
        uid: u32_at(message, 64)?,
        inode: u32_at(message, 68)?.into(),
        queue_limit: listens.then_some(send_q.into()),
        dual_stack: dual_stack(message.get(MESSAGE..)?, local.ip()),
    })
}

fn ip(octets: &[u8], kind: Kind) -> IpAddr {
    let mut whole = [0; 16];
    whole.copy_from_slice(octets);
    if kind.is_v6() {
        return IpAddr::V6(Ipv6Addr::from(whole)).to_canonical();
    }
    let [a, b, c, d, ..] = whole;
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

/// Only a socket at `[::]` can take IPv4 clients too; whether it does is in an attribute.
fn dual_stack(mut attributes: &[u8], local: IpAddr) -> Option<bool> {
    if !(local.is_ipv6() && local.is_unspecified()) {
        return None;
    }
    while let (Some(len), Some(name)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
        let len = usize::from(len);
        if name == V6ONLY {
            return attributes.get(4).map(|only| *only == 0);
        }
        attributes = attributes.get(len.max(4).next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use proptest::prelude::*;
    use socket2::{Domain, Socket, Type};

    use super::*;

    fn rows(kind: Kind, states: States, port: u16) -> Vec<Row> {
        let mut found = Vec::new();
        each_row(kind, states, |row| found.extend((row.local.port() == port).then_some(row))).unwrap();
        found
    }

    #[test]
    fn a_listener_tells_the_limit_of_its_queue_and_whether_it_takes_ipv4() {
        for only_v6 in [true, false] {
            let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
            socket.set_only_v6(only_v6).unwrap();
            socket.bind(&"[::]:0".parse::<SocketAddr>().unwrap().into()).unwrap();
            socket.listen(7).unwrap();
            let port = socket.local_addr().unwrap().as_socket().unwrap().port();
            let rows = rows(Kind::Tcp6, LISTENING, port);
            assert_eq!(rows.len(), 1);
            assert_eq!(
                (rows[0].queue_limit, rows[0].dual_stack, rows[0].recv_q),
                (Some(7), Some(!only_v6), 0)
            );
            assert!(rows[0].waits() && rows[0].inode != 0);
        }
    }

    #[test]
    fn a_listener_is_told_as_proc_tells_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let row = rows(Kind::Tcp, LISTENING, port)[0];
        let table = std::fs::read(Kind::Tcp.path()).unwrap();
        let same =
            super::super::tables::rows(&table, Kind::Tcp).find(|row| row.local.port() == port).unwrap();
        assert_eq!(Row { queue_limit: None, ..row }, same);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), len in 0_u32..310, answer in 0_u16..24) {
            let mut bytes = bytes;
            if bytes.len() >= 6 {
                bytes[..4].copy_from_slice(&len.to_ne_bytes());
                bytes[4..6].copy_from_slice(&answer.to_ne_bytes());
            }
            let _ = messages(&bytes, &mut |message| assert!(row(message, Kind::Tcp6).is_none_or(|row| row.kind == Kind::Tcp6)));
        }
    }
}
