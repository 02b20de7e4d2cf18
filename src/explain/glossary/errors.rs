//! Terms: Errors of the system. In the order of the alphabet.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "EACCES",
        aliases: &["permission denied", "eperm"],
        sentence: "EACCES: the system does not permit it, as to listen on a port that is kept for privileged programs.",
        source: "POSIX.1-2024 bind(), ip(7)",
        command: "netlearn serve --port 80",
    },
    Entry {
        term: "EADDRINUSE",
        aliases: &["address already in use", "address in use", "port in use"],
        sentence: "EADDRINUSE: the address and port are in use by another socket, as a rule that of a server that is still running.",
        source: "POSIX.1-2024 bind()",
        command: "netlearn ports 3000",
    },
    Entry {
        term: "ECONNREFUSED",
        aliases: &["connection refused"],
        sentence: "ECONNREFUSED: the attempt was refused, by a RST or an ICMP message: as a rule no program listens there; a firewall, or a rule of this system, can refuse too.",
        source: "RFC 9293 sections 3.5.2 and 3.9.2.2, POSIX.1-2024 connect()",
        command: "netlearn connect localhost 1",
    },
    Entry {
        term: "ECONNRESET",
        aliases: &["connection reset by peer", "connection reset"],
        sentence: "ECONNRESET: the connection was cut off, over TCP by a RST, and what was under way in it may be lost.",
        source: "RFC 9293 section 3.5.3, POSIX.1-2024 recv()",
        command: "netlearn serve --port 3000 --fault reset",
    },
    Entry {
        term: "EMFILE",
        aliases: &["too many open files"],
        sentence: "EMFILE: this process has as many files and sockets open as its limit allows (ulimit -n), so it gets no further one.",
        source: "POSIX.1-2024 accept()",
        command: "netlearn ports --all",
    },
    Entry {
        term: "EPIPE",
        aliases: &["broken pipe", "sigpipe"],
        sentence: "EPIPE: the program wrote to a connection or pipe whose other end takes no more; on TCP the first such write often succeeds.",
        source: "POSIX.1-2024 write()",
        command: "netlearn serve --port 3000 --fault reset",
    },
    Entry {
        term: "ETIMEDOUT",
        aliases: &["connection timed out", "timeout", "timed out"],
        sentence: "ETIMEDOUT: the system repeated its segments and no answer came in the time that it allows.",
        source: "RFC 9293 section 3.8.3, POSIX.1-2024 connect()",
        command: "netlearn connect never-accepts.fault.test 8080 --lab --timeout 2",
    },
];
