//! Terms: UDP. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "connected UDP socket",
        aliases: &["udp connect", "socket.connect"],
        sentence: "A connected UDP socket has one peer: it sends there, takes datagrams from there alone, and its calls are told of ICMP messages; connecting it sends nothing.",
        source: "POSIX.1-2024 connect(), RFC 1122 section 4.1.3.3",
        shown: Shown::Beside {
            server: "netlearn serve udp 4009",
            command: "netlearn connect -u localhost 4009 --send hello -w 1 -v",
        },
    },
    Entry {
        term: "datagram",
        aliases: &["udp packet", "message boundary", "sendto", "recvfrom", "socket.send"],
        sentence: "A datagram is one message that travels by itself: it arrives whole or not at all, and may arrive twice or after a later one.",
        source: "RFC 768, RFC 8085 section 3.3",
        shown: Shown::Beside {
            server: "netlearn serve udp 4009",
            command: "netlearn connect -u localhost 4009 --send one --send two -w 1",
        },
    },
    Entry {
        term: "EMSGSIZE",
        aliases: &["message too long"],
        sentence: "EMSGSIZE: what was to be one datagram is longer than the system sends as one: at most 65,507 bytes over IPv4 and 65,527 over IPv6, less where it must not be cut into packets.",
        source: "POSIX.1-2024 send(), RFC 768",
        shown: Shown::Alone("head -c 70000 /dev/zero | netlearn connect -u localhost 4009"),
    },
    Entry {
        term: "port unreachable",
        aliases: &["icmp port unreachable", "destination unreachable"],
        sentence: "Port unreachable is the ICMP message that answers a datagram for a port that no program has; a firewall may send it too, or drop it.",
        source: "RFC 1122 section 4.1.3.1, RFC 792, RFC 4443 section 3.1",
        shown: Shown::Alone("netlearn connect -u localhost 4009 --send hello"),
    },
    Entry {
        term: "truncated datagram",
        aliases: &["msg trunc", "receive buffer too small"],
        sentence: "A datagram read into a buffer that is too small is cut: what does not fit is thrown away, and the next read begins with the next datagram.",
        source: "POSIX.1-2024 recvfrom()",
        shown: Shown::Beside {
            server: "netlearn serve udp 4009",
            command: "netlearn connect -u localhost 4009 --buffer 4 --send hello -w 1",
        },
    },
    Entry {
        term: "UDP",
        aliases: &["user datagram protocol", "dgram", "dgram.createSocket", "sock dgram"],
        sentence: "UDP sends single messages (datagrams) between ports, without a connection and without a promise that they arrive.",
        source: "RFC 768",
        shown: Shown::Beside {
            server: "netlearn serve udp 4009",
            command: "netlearn connect -u localhost 4009 --send hello -w 1",
        },
    },
    Entry {
        term: "unconnected UDP socket",
        aliases: &["socket.bind", "udp server"],
        sentence: "An unconnected UDP socket takes datagrams from anybody, each with its sender's address; as a rule it is not told that one of its own was not delivered.",
        source: "RFC 1122 sections 4.1.3.3 and 4.1.3.5, udp(7)",
        shown: Shown::Beside {
            server: "netlearn serve udp 4009",
            command: "netlearn connect -u localhost 4009 --send hello -w 1",
        },
    },
];
