//! Terms: Errors of the system. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "EACCES",
        aliases: &["permission denied"],
        sentence: "EACCES: the system does not permit it, as to listen on a port that is kept for privileged programs.",
        source: "POSIX.1-2024 bind(), ip(7)",
        shown: Shown::Noted(
            &Shown::Alone("netlearn serve --port 80"),
            "as a user without privileges; where everybody may have port 80, the server starts",
        ),
    },
    Entry {
        term: "EADDRINUSE",
        aliases: &["address already in use", "address in use", "port in use"],
        sentence: "EADDRINUSE: the address and port are in use by another socket, as a rule that of a server that is still running.",
        source: "POSIX.1-2024 bind()",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn serve --port 3000" },
    },
    Entry {
        term: "EADDRNOTAVAIL",
        aliases: &["cannot assign requested address", "can't assign requested address"],
        sentence: "EADDRNOTAVAIL: the address is none of this machine's, so that no socket can have it; for a client it may also say that no ephemeral port is left.",
        source: "POSIX.1-2024 bind(), connect(2)",
        shown: Shown::Alone("netlearn serve --host 203.0.113.1"),
    },
    Entry {
        term: "ECONNABORTED",
        aliases: &["software caused connection abort"],
        sentence: "ECONNABORTED: a connection was given up before the listening program had accepted it; some libraries, as axios, also use the name for a time limit of their own.",
        source: "POSIX.1-2024 accept()",
        shown: Shown::Nowhere("netlearn explain RST: what gives a connection up"),
    },
    Entry {
        term: "ECONNREFUSED",
        aliases: &["connection refused"],
        sentence: "ECONNREFUSED: the attempt was refused, by a RST or an ICMP message: as a rule no program listens there; a firewall, or a rule of this system, can refuse too.",
        source: "RFC 9293 sections 3.5.2 and 3.9.2.2, POSIX.1-2024 connect()",
        shown: Shown::Alone("netlearn connect localhost 1"),
    },
    Entry {
        term: "ECONNRESET",
        aliases: &["connection reset by peer", "connection reset"],
        sentence: "ECONNRESET: the connection was cut off, over TCP by a RST, and what was under way in it may be lost.",
        source: "RFC 9293 section 3.5.3, POSIX.1-2024 recv()",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000 --fault reset",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "EMFILE",
        aliases: &["too many open files"],
        sentence: "EMFILE: this process has as many files and sockets open as its limit allows (ulimit -n), so it gets no further one.",
        source: "POSIX.1-2024 accept()",
        shown: Shown::Beside {
            server: "bash -c 'ulimit -n 40; exec netlearn serve tcp 3000'",
            command: "netlearn connect localhost 3000 --clients 100",
        },
    },
    Entry {
        term: "ENETUNREACH",
        aliases: &["network is unreachable", "network unreachable"],
        sentence: "ENETUNREACH: this system knows no way to the network of that address, as to an IPv6 address where it has IPv4 alone.",
        source: "POSIX.1-2024 connect()",
        shown: Shown::Noted(
            &Shown::Alone("netlearn connect 127.255.255.255 80"),
            "on Linux: TCP has no way to a broadcast address",
        ),
    },
    Entry {
        term: "EPIPE",
        aliases: &["broken pipe"],
        sentence: "EPIPE: the program wrote to a connection or pipe whose other end takes no more; on TCP the first such write often succeeds.",
        source: "POSIX.1-2024 write()",
        shown: Shown::Alone(
            r#"node -e "process.stdout.on('error', e => { console.error(e.code); process.exit() }); setInterval(() => console.log('line'), 100)" | head -n 1"#,
        ),
    },
    Entry {
        term: "ETIMEDOUT",
        aliases: &["connection timed out", "timeout", "timed out"],
        sentence: "ETIMEDOUT: the system repeated its segments and no answer came in the time that it allows.",
        source: "RFC 9293 section 3.8.3, POSIX.1-2024 connect()",
        shown: Shown::Noted(
            &Shown::Alone("netlearn connect never-accepts.fault.test 8080 --lab -w 200"),
            "Linux gives up after about two minutes, and says so to every program",
        ),
    },
];
