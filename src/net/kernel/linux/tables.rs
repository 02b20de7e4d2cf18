//! Reads the rows of `/proc/net/{tcp,tcp6,udp,udp6}`; a line that is no row is skipped.
//!
//! It opens no file and allocates nothing per row.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::event::tcp::Protocol;

/// `USER_HZ`: ticks a second in what the kernel tells programs. It is 100 on every architecture Rust builds Linux programs for.
const TICKS: u64 = 100;

/// `timer_active` of a socket in TIME_WAIT.
const TIMER_TIME_WAIT: u8 = 3;

/// One of the four tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Tcp,
    Tcp6,
    Udp,
    Udp6,
}

impl Kind {
    /// All of them, in the order in which they are read.
    pub const ALL: [Kind; 4] = [Kind::Tcp, Kind::Tcp6, Kind::Udp, Kind::Udp6];

    /// Where the kernel shows it.
    pub fn path(self) -> &'static str {
        match self {
            Kind::Tcp => "/proc/net/tcp",
            Kind::Tcp6 => "/proc/net/tcp6",
            Kind::Udp => "/proc/net/udp",
            Kind::Udp6 => "/proc/net/udp6",
        }
    }

    /// TCP or UDP.
    pub fn protocol(self) -> Protocol {
        match self {
            Kind::Tcp | Kind::Tcp6 => Protocol::Tcp,
            Kind::Udp | Kind::Udp6 => Protocol::Udp,
        }
    }

    /// True for the tables of IPv6 sockets.
    pub fn is_v6(self) -> bool {
        matches!(self, Kind::Tcp6 | Kind::Udp6)
    }
}

/// One row. IPv4 addresses that an IPv6 socket shows as mapped (`::ffff:127.0.0.1`) are given as IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    /// The kernel's number for the state.
    pub code: u8,
    /// Octets not acknowledged.
    pub send_q: u64,
    /// Octets unread; for a listener connections not accepted.
    pub recv_q: u64,
    /// Which timer runs.
    pub timer: u8,
    /// When it fires, in ticks from now.
    pub when: u64,
    pub uid: u32,
    /// 0: no file, so no process holds it.
    pub inode: u64,
    /// For listeners, connections that may wait; `/proc` lacks it.
    pub queue_limit: Option<u64>,
    /// Whether a socket at `[::]` takes IPv4 too; `/proc` lacks it.
    pub dual_stack: Option<bool>,
}

impl Row {
    /// The state by its name in RFC 9293 section 3.3.2, with underscores; for UDP whether it has a peer.
    pub fn state(&self) -> &'static str {
        if self.kind.protocol() == Protocol::Udp {
            return if self.code == 1 { "CONNECTED" } else { "UNCONNECTED" };
        }
        state_name(self.code)
    }

    /// True for a TCP listener and for a UDP socket that takes datagrams from anybody.
    pub fn waits(&self) -> bool {
        self.code == if self.kind.protocol() == Protocol::Udp { 7 } else { 10 }
    }

    /// True for a TCP socket that has an address and neither listens nor is connected.
    pub fn is_bound_only(&self) -> bool {
        self.code == 13
    }

    /// True where there is a far end.
    pub fn has_peer(&self) -> bool {
        self.remote.port() != 0 || !self.remote.ip().is_unspecified()
    }

    /// Time until TIME_WAIT ends; resolution 10 ms.
    pub fn time_left(&self) -> Option<Duration> {
        (self.timer == TIMER_TIME_WAIT).then(|| Duration::from_millis(self.when.saturating_mul(1000 / TICKS)))
    }
}

/// The name of a TCP state, from the number that the kernel uses (`include/net/tcp_states.h`).
pub fn state_name(code: u8) -> &'static str {
    match code {
        1 => "ESTABLISHED",
        2 => "SYN_SENT",
        // 12: a handshake that is not completed yet, kept without a socket of its own.
        3 | 12 => "SYN_RECEIVED",
        4 => "FIN_WAIT_1",
        5 => "FIN_WAIT_2",
        6 => "TIME_WAIT",
        7 => "CLOSED",
        8 => "CLOSE_WAIT",
        9 => "LAST_ACK",
        10 => "LISTEN",
        11 => "CLOSING",
        // No state of TCP: a socket that has an address and neither listens nor is connected.
        13 => "BOUND",
        _ => "UNKNOWN",
    }
}

/// The rows of one table.
pub fn rows(table: &[u8], kind: Kind) -> impl Iterator<Item = Row> + '_ {
    table.split(|byte| *byte == b'\n').filter_map(move |line| row(line, kind))
}

/// One line, as `0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000  0 12345 ...`.
fn row(line: &[u8], kind: Kind) -> Option<Row> {
    let mut fields = line.split(|byte| *byte == b' ').filter(|field| !field.is_empty());
    let number = fields.next()?;
    if number.last() != Some(&b':') {
        return None;
    }
    let local = address(fields.next()?, kind)?;
    let remote = address(fields.next()?, kind)?;
    let code = u8::try_from(hex(fields.next()?)?).ok()?;
    let (send_q, recv_q) = pair(fields.next()?)?;
    let (timer, when) = pair(fields.next()?)?;
    let _retransmits = fields.next()?;
    let uid = u32::try_from(decimal(fields.next()?)?).ok()?;
    let _probes = fields.next()?;
    let inode = decimal(fields.next()?)?;
    Some(Row {
        kind,
        local,
        remote,
        code,
        send_q,
        recv_q,
        timer: u8::try_from(timer).ok()?,
        when,
        uid,
        inode,
        queue_limit: None,
        dual_stack: None,
    })
}

fn pair(field: &[u8]) -> Option<(u64, u64)> {
    let colon = field.iter().position(|byte| *byte == b':')?;
    Some((hex(&field[..colon])?, hex(&field[colon + 1..])?))
}

/// The address is the octets of the wire, printed as words in this machine's order; the port is a plain number.
fn address(field: &[u8], kind: Kind) -> Option<SocketAddr> {
    let digits = if kind.is_v6() { 32 } else { 8 };
    if field.len() != digits + 5 || field[digits] != b':' {
        return None;
    }
    let port = u16::try_from(hex(&field[digits + 1..])?).ok()?;
    let word = |index: usize| -> Option<[u8; 4]> {
        Some(u32::try_from(hex(&field[index * 8..index * 8 + 8])?).ok()?.to_ne_bytes())
    };
    let ip = if kind.is_v6() {
        let mut octets = [0; 16];
        for index in 0..4 {
            octets[index * 4..index * 4 + 4].copy_from_slice(&word(index)?);
        }
        IpAddr::V6(Ipv6Addr::from(octets)).to_canonical()
    } else {
        IpAddr::V4(Ipv4Addr::from(word(0)?))
    };
    Some(SocketAddr::new(ip, port))
}

fn hex(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 16 {
        return None;
    }
    let mut value = 0;
    for byte in field {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'F' => byte - b'A' + 10,
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u64::from(digit);
    }
    Some(value)
}

fn decimal(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for byte in field {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn one(line: &str, kind: Kind) -> Option<Row> {
        rows(format!("{HEAD}{line}\n").as_bytes(), kind).next()
    }

    #[test]
    fn a_listener_is_read() {
        let line = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0";
        let row = one(line, Kind::Tcp).unwrap();
        assert_eq!(row.local, "127.0.0.1:3000".parse().unwrap());
        assert!(row.waits() && !row.has_peer());
        assert_eq!((row.state(), row.recv_q, row.uid, row.inode), ("LISTEN", 3, 1000, 12345));
        assert_eq!(row.time_left(), None);
    }

    #[test]
    fn a_time_wait_tells_how_long_it_stays() {
        let line = "  11: 0100007F:0BB8 0100007F:C93A 06 00000000:00000000 03:0000175B 00000000     0        0 0 3 0000000000000000";
        let row = one(line, Kind::Tcp).unwrap();
        assert_eq!((row.state(), row.inode), ("TIME_WAIT", 0));
        assert_eq!(row.remote, "127.0.0.1:51514".parse().unwrap());
        assert_eq!(row.time_left(), Some(Duration::from_millis(59_790)));
    }

    #[test]
    fn a_mapped_address_is_shown_as_ipv4_and_others_stay() {
        let line = "   1: 0000000000000000FFFF00000100007F:0BB8 0000000000000000FFFF00000100007F:C93A 01 00000000:00000000 00:00000000 00000000     0        0 5 1";
        let row = one(line, Kind::Tcp6).unwrap();
        assert_eq!(row.local, "127.0.0.1:3000".parse().unwrap());
        let line = "   1: 00000000000000000000000001000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5 2";
        let row = one(line, Kind::Udp6).unwrap();
        assert_eq!(row.local, "[::1]:5353".parse().unwrap());
        assert_eq!(row.state(), "UNCONNECTED");
    }

    #[test]
    fn odd_lines_are_skipped_and_the_others_kept() {
        let good = "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1";
        let text = format!(
            "{HEAD}\n   0: 0100007F 00\n{good}\n   1: G100007F:0BB8 0:0 0A 0:0 0:0 0 0 0 1\n{good} 99 extra\n0:"
        );
        assert_eq!(rows(text.as_bytes(), Kind::Tcp).count(), 2);
        assert_eq!(one(good, Kind::Tcp6), None, "an address of the other family");
    }

    fn write_ip(ip: IpAddr) -> String {
        let octets = match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        let words = octets.chunks(4).map(|word| u32::from_ne_bytes(word.try_into().unwrap()));
        words.map(|word| format!("{word:08X}")).collect()
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for kind in Kind::ALL {
                rows(&bytes, kind).for_each(drop);
            }
        }

        #[test]
        fn a_damaged_row_is_survived(at in 0_usize..90, byte in any::<u8>()) {
            let mut line = b"   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 12345 1".to_vec();
            line[at] = byte;
            rows(&line, Kind::Tcp).for_each(drop);
        }

        #[test]
        fn what_the_kernel_writes_is_what_is_read(
            v6 in any::<bool>(), one in any::<[u8; 16]>(), two in any::<[u8; 16]>(), ports in any::<(u16, u16)>(),
            code in 1_u8..13, queues in any::<(u32, u32)>(), when in any::<u32>(), uid in any::<u32>(), inode in any::<u64>(),
        ) {
            let ip = |octets: [u8; 16]| match v6 {
                true => IpAddr::from(octets),
                false => IpAddr::from(<[u8; 4]>::try_from(&octets[..4]).unwrap()),
            };
            let kind = if v6 { Kind::Tcp6 } else { Kind::Tcp };
            let line = format!(
                "{:4}: {}:{:04X} {}:{:04X} {code:02X} {:08X}:{:08X} 03:{when:08X} 00000000 {uid:5} 0 {inode} 1 x",
                7, write_ip(ip(one)), ports.0, write_ip(ip(two)), ports.1, queues.0, queues.1,
            );
            let row = rows(line.as_bytes(), kind).next().unwrap();
            prop_assert_eq!(row, Row {
                kind,
                local: SocketAddr::new(ip(one).to_canonical(), ports.0),
                remote: SocketAddr::new(ip(two).to_canonical(), ports.1),
                code,
                send_q: queues.0.into(),
                recv_q: queues.1.into(),
                timer: 3,
                when: when.into(),
                uid,
                inode,
                queue_limit: None,
                dual_stack: None,
            });
        }
    }
}
