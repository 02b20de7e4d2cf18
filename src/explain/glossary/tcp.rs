//! Terms: TCP. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "ACK",
        aliases: &["acknowledgment", "acknowledgement"],
        sentence: "An ACK says which bytes have arrived at the other system; it does not say that a program there has read them.",
        source: "RFC 9293 section 3.4, RFC 793 section 2.6",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "byte stream",
        aliases: &["stream"],
        sentence: "A byte stream keeps the order of bytes and nothing else: it does not remember in which pieces they were written.",
        source: "RFC 9293 section 2.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send one --send two",
        },
    },
    Entry {
        term: "CLOSE_WAIT",
        aliases: &["closewait"],
        sentence: "CLOSE_WAIT is the state of an end that has received the peer's FIN and has not sent its own: it waits for its own program to close.",
        source: "RFC 9293 section 3.3.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000 --pause-read 4s",
            command: "netlearn connect localhost 3000 --send hello -q & sleep 1; netlearn ports --all; wait",
        },
    },
    Entry {
        term: "EOF",
        aliases: &["end of input", "end of file", "ctrl-d"],
        sentence: "End of input (EOF) is what a program reads when no more will come: after the peer's FIN a read returns 0 bytes.",
        source: "POSIX.1-2024 read(), RFC 9293 section 3.6",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "ESTABLISHED",
        aliases: &["established connection"],
        sentence: "ESTABLISHED is the state of an open connection in which no FIN has passed: data can flow both ways.",
        source: "RFC 9293 section 3.3.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "FIN",
        aliases: &["finish"],
        sentence: "FIN is the flag by which one end says that it sends no more on this connection; the other direction stays open until it has its own FIN.",
        source: "RFC 9293 section 3.6",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello --view ladder",
        },
    },
    Entry {
        term: "FIN_WAIT_2",
        aliases: &["finwait2"],
        sentence: "FIN_WAIT_2 is the state of an end whose own FIN is acknowledged and that waits for the FIN of the other end.",
        source: "RFC 9293 section 3.3.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000 --pause-read 4s",
            command: "netlearn connect localhost 3000 --send hello -q & sleep 1; netlearn ports --all; wait",
        },
    },
    Entry {
        term: "half-close",
        aliases: &["half closed", "shutdown", "socket.end"],
        sentence: "A connection is half-closed when one end has sent its FIN and the other has not: bytes still flow the other way.",
        source: "RFC 9293 section 3.6.1",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello --half-close",
        },
    },
    Entry {
        term: "handshake",
        aliases: &["tcp handshake", "three-way handshake", "3-way handshake", "connect"],
        sentence: "A TCP connection opens with a handshake of three segments: SYN, then SYN with ACK, then ACK; the two systems do it, not the programs.",
        source: "RFC 9293 section 3.5",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "MSS",
        aliases: &["maximum segment size"],
        sentence: "The MSS is the most data that an end is willing to receive in one TCP segment; as a rule each end announces its own with its SYN.",
        source: "RFC 9293 section 3.7.1",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "receive queue",
        aliases: &["recv-q", "recvq", "receive buffer"],
        sentence: "The receive queue holds the bytes that have arrived and that the program has not read; they are acknowledged all the same.",
        source: "RFC 9293 section 3.8.6, ss(8)",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000 --pause-read 9s",
            command: "netlearn connect localhost 3000 --size 10M -w 2",
        },
    },
    Entry {
        term: "retransmission",
        aliases: &["retransmit", "resent"],
        sentence: "TCP sends a segment again when its acknowledgment does not come in time, and waits longer before each further try.",
        source: "RFC 6298 section 5",
        shown: Shown::Alone("netlearn get http://never-accepts.fault.test:8080/ --lab --timeout 2"),
    },
    Entry {
        term: "RST",
        aliases: &["reset", "reset flag"],
        sentence: "RST is the flag that ends a connection at once, or refuses one: as where nobody listens, where bytes come for a closed connection, or where some were never read.",
        source: "RFC 9293 sections 3.5.2 and 3.6.1",
        shown: Shown::Alone("netlearn connect localhost 1"),
    },
    Entry {
        term: "RTT",
        aliases: &["round trip time", "round trip", "latency"],
        sentence: "The RTT is the time from sending a segment to its acknowledgment; TCP keeps a smoothed value of it.",
        source: "RFC 6298 section 2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "segment",
        aliases: &["tcp segment"],
        sentence: "A segment is the unit in which TCP sends: a header with ports, numbers and flags, and a piece of the byte stream.",
        source: "RFC 9293 section 3.1",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "SYN",
        aliases: &["synchronize"],
        sentence: "SYN is the flag of the first segment in each direction of a TCP connection: it asks to open it and gives the first sequence number.",
        source: "RFC 9293 section 3.5",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -v",
        },
    },
    Entry {
        term: "TCP",
        aliases: &["transmission control protocol"],
        sentence: "TCP carries a stream of bytes each way between two programs, complete and in order, over a network that may lose or reorder packets.",
        source: "RFC 9293 section 2.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "TIME_WAIT",
        aliases: &["timewait"],
        sentence: "After a connection ended with FINs, the end that closed first keeps its addresses and ports in TIME_WAIT for a while, so that late segments meet no new connection.",
        source: "RFC 9293 section 3.6.1",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello -q; netlearn ports --all",
        },
    },
    Entry {
        term: "window",
        aliases: &["receive window", "flow control"],
        sentence: "The window is how many more bytes an end is ready to take: with a full receive queue it closes, and the other end has to wait.",
        source: "RFC 9293 section 3.8.6",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --size 10M --no-read -w 2",
        },
    },
];
