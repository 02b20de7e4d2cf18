//! What the kernel counts about one TCP connection (`TCP_INFO`), turned into octets of payload.
#![expect(unsafe_code, reason = "getsockopt(TCP_INFO) and ioctl(SIOCOUTQ) have no safe wrapper")]

use std::io;
use std::mem::{MaybeUninit, offset_of, size_of};
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::time::Duration;

use super::tables::state_name;
use crate::event::tcp::TcpInfo;

/// The kernel's answer and how much of it this kernel filled in.
struct Reading {
    info: libc::tcp_info,
    len: usize,
}

impl Reading {
    fn of(socket: BorrowedFd<'_>) -> io::Result<Reading> {
        let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
        let mut len = size_of::<libc::tcp_info>() as libc::socklen_t;
        // SAFETY: the descriptor is borrowed for the call, `info` has room for `len` octets, and both outlive it.
        let result = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &raw mut len,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: plain numbers: the kernel wrote the first `len` octets and the rest are zero.
        let info = unsafe { info.assume_init() };
        Ok(Reading { info, len: len as usize })
    }

    /// A field, where this kernel is new enough to have written it.
    fn field<T>(&self, value: T, offset: usize) -> Option<T> {
        (offset + size_of::<T>() <= self.len).then_some(value)
    }

    fn state(&self) -> State {
        State(self.info.tcpi_state)
    }

    /// Octets of payload that the program gave to the kernel; the FIN, where it waits to be sent, among them.
    fn written(&self) -> Option<u64> {
        let end = offset_of!(libc::tcp_info, tcpi_bytes_retrans);
        let retransmitted = self.field(self.info.tcpi_bytes_retrans, end)?;
        Some(
            self.info.tcpi_bytes_sent.saturating_sub(retransmitted) + u64::from(self.info.tcpi_notsent_bytes),
        )
    }

    fn received(&self) -> Option<u64> {
        let counted =
            self.field(self.info.tcpi_bytes_received, offset_of!(libc::tcp_info, tcpi_bytes_received))?;
        match counted {
            0 => Some(0),
            counted if self.state().peer_ended() => Some(counted - 1),
            // A closed socket does not tell whether a FIN is in its count.
            _ if self.state().closed() => None,
            counted => Some(counted),
        }
    }

    #[cfg(target_env = "gnu")]
    fn receive_window(&self) -> Option<u32> {
        self.field(self.info.tcpi_rcv_wnd, offset_of!(libc::tcp_info, tcpi_rcv_wnd))
    }

    /// Other C libraries know a shorter structure.
    #[cfg(not(target_env = "gnu"))]
    fn receive_window(&self) -> Option<u32> {
        None
    }
}

/// The kernel's number of a state (`include/net/tcp_states.h`).
#[derive(Clone, Copy)]
struct State(u8);

impl State {
    /// Our FIN is sent or waits to be sent, and is not acknowledged: FIN_WAIT_1, LAST_ACK, CLOSING.
    fn fin_pending(self) -> bool {
        matches!(self.0, 4 | 9 | 11)
    }

    /// The peer's FIN came: TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING.
    fn peer_ended(self) -> bool {
        matches!(self.0, 6 | 8 | 9 | 11)
    }

    fn closed(self) -> bool {
        self.0 == 7
    }
}

/// Octets of payload acknowledged, and octets in the send queue that are not.
///
/// `tcpi_bytes_acked` counts the SYN of whoever connected and the FIN of whoever ended, and does not tell whether
/// it did. So it is counted from the other side: what was written, less what the send queue still holds
/// (`write_seq - snd_una`, where an unacknowledged FIN counts one, RFC 9293 section 3.4).
fn acked(written: u64, queued: u64, not_sent: u64, state: State) -> (u64, u64) {
    let fin_in_queue = u64::from(state.fin_pending());
    // A FIN that waits behind unsent octets is in both counts.
    let written = if not_sent > 0 { written.saturating_sub(fin_in_queue) } else { written };
    let unacked = queued.saturating_sub(fin_in_queue).min(written);
    (written - unacked, unacked)
}

/// Octets from the oldest unacknowledged one to the last written.
fn send_queue(socket: BorrowedFd<'_>) -> io::Result<u64> {
    let mut octets: libc::c_int = 0;
    // SAFETY: the descriptor is borrowed for the call, and TIOCOUTQ (SIOCOUTQ) writes one int.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut octets) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(u64::try_from(octets).unwrap_or(0))
}

pub(in crate::net::kernel) fn tcp_info(socket: BorrowedFd<'_>) -> io::Result<TcpInfo> {
    let reading = Reading::of(socket)?;
    let info = &reading.info;
    let measured = info.tcpi_rtt > 0;
    let counts = match (reading.written(), send_queue(socket)) {
        (Some(written), Ok(queued)) => {
            Some(acked(written, queued, u64::from(info.tcpi_notsent_bytes), reading.state()))
        }
        // A listener has no send queue; an old kernel does not count what was written.
        (None, _) | (_, Err(_)) => None,
    };
    Ok(TcpInfo {
        state: state_name(info.tcpi_state).to_owned(),
        rtt: measured.then(|| Duration::from_micros(info.tcpi_rtt.into())),
        rtt_var: measured.then(|| Duration::from_micros(info.tcpi_rttvar.into())),
        send_mss: Some(info.tcpi_snd_mss),
        acked: counts.map(|(acked, _)| acked),
        received: reading.received(),
        retransmits: Some(info.tcpi_total_retrans),
        unacked: counts.map(|(_, unacked)| unacked),
        congestion_window: Some(info.tcpi_snd_cwnd),
        receive_window: reading.receive_window(),
    })
}

pub(in crate::net::kernel) fn syn_resent(socket: BorrowedFd<'_>) -> io::Result<u32> {
    // While a connection is being made there is nothing but the SYN to send again.
    Ok(Reading::of(socket)?.info.tcpi_total_retrans)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    /// Waits (in the kernel, not by the clock) until the peer has read everything and ended, so all ACKs are in.
    fn exchange(client: &mut TcpStream, server: &mut TcpStream, octets: usize) {
        client.write_all(&vec![b'x'; octets]).unwrap();
        let mut got = vec![0; octets];
        server.read_exact(&mut got).unwrap();
        server.write_all(b"ok").unwrap();
        client.read_exact(&mut [0; 2]).unwrap();
    }

    #[test]
    fn syn_is_not_counted_on_either_side() {
        let (mut client, mut server) = pair();
        let fresh = tcp_info(client.as_fd()).unwrap();
        assert_eq!((fresh.acked, fresh.received, fresh.state.as_str()), (Some(0), Some(0), "ESTABLISHED"));
        exchange(&mut client, &mut server, 18);
        let info = tcp_info(client.as_fd()).unwrap();
        assert_eq!((info.acked, info.unacked, info.received), (Some(18), Some(0), Some(2)));
        assert!(info.rtt.is_some_and(|rtt| rtt > Duration::ZERO));
        // The FIN carries the acknowledgement of the answer.
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(server.read(&mut [0; 1]).unwrap(), 0);
        let info = tcp_info(server.as_fd()).unwrap();
        assert_eq!((info.received, info.state.as_str()), (Some(18), "CLOSE_WAIT"));
        assert_eq!(info.acked, Some(2));
    }

    #[test]
    fn fin_is_not_counted_while_it_is_on_its_way_nor_after() {
        let (mut client, mut server) = pair();
        exchange(&mut client, &mut server, 18);
        client.shutdown(Shutdown::Write).unwrap();
        let info = tcp_info(client.as_fd()).unwrap();
        assert_eq!(info.acked, Some(18), "{}", info.state);
        assert_eq!(server.read(&mut [0; 1]).unwrap(), 0);
        server.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
        let info = tcp_info(client.as_fd()).unwrap();
        assert_eq!((info.acked, info.state.as_str()), (Some(18), "CLOSED"));
        assert_eq!(tcp_info(server.as_fd()).unwrap().acked, Some(2));
    }

    #[test]
    fn a_peer_that_never_reads_leaves_octets_in_both_queues() {
        let (mut client, server) = pair();
        client.set_nonblocking(true).unwrap();
        let mut written = 0;
        while let Ok(octets) = client.write(&[0; 65_536]) {
            written += octets as u64;
        }
        let info = tcp_info(client.as_fd()).unwrap();
        let (acked, unacked) = (info.acked.unwrap(), info.unacked.unwrap());
        assert_eq!(acked + unacked, written);
        assert!(acked > 0 && unacked > 0);
        assert!(rustix::io::ioctl_fionread(&server).unwrap() <= written);
    }

    #[test]
    fn arithmetic_of_the_fin_holds_in_every_state() {
        const ESTABLISHED: State = State(1);
        const FIN_WAIT_1: State = State(4);
        assert_eq!(acked(100, 0, 0, ESTABLISHED), (100, 0));
        assert_eq!(acked(100, 40, 10, ESTABLISHED), (60, 40));
        assert_eq!(acked(100, 41, 0, FIN_WAIT_1), (60, 40), "FIN sent");
        assert_eq!(acked(101, 41, 11, FIN_WAIT_1), (60, 40), "FIN waits behind 10 octets");
        assert_eq!(acked(100, 0, 0, State(5)), (100, 0));
        // A connect that failed leaves its SYN in the queue.
        assert_eq!(acked(0, 1, 0, State(7)), (0, 0));
    }

    #[test]
    fn a_connection_that_is_not_made_yet_has_no_round_trip() {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let info = tcp_info(socket.as_fd()).unwrap();
        assert_eq!((info.state.as_str(), info.rtt, info.acked), ("CLOSED", None, Some(0)));
        assert_eq!(syn_resent(socket.as_fd()).unwrap(), 0);
    }
}
