//! Terms: Machines, names and ports. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "accept queue",
        aliases: &["backlog", "accept", "somaxconn"],
        sentence: "The accept queue holds the connections that the system has completed and that the listening program has not accepted yet; its length is limited.",
        source: "listen(2)",
        shown: Shown::Alone("netlearn get http://never-accepts.fault.test:8080/ --lab --timeout 2"),
    },
    Entry {
        term: "address",
        aliases: &["ip address", "ip", "host address"],
        sentence: "An IP address names one connection of a machine to a network: packets are delivered by it.",
        source: "RFC 791 section 2.3, RFC 4291 section 2",
        shown: Shown::Alone("netlearn resolve localhost"),
    },
    Entry {
        term: "bind",
        aliases: &["binding"],
        sentence: "To bind a socket is to give it an address and a port of this machine; as a rule a second program cannot bind the same pair.",
        source: "POSIX.1-2024 bind()",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn ports --try tcp:127.0.0.1:3000",
        },
    },
    Entry {
        term: "client",
        aliases: &[],
        sentence: "A client is the program that begins a conversation: it connects to a server and asks.",
        source: "RFC 9110 section 3.3",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "DNS",
        aliases: &["domain name system"],
        sentence: "DNS is the distributed directory that answers questions about names: which addresses a name has, and more.",
        source: "RFC 1034 section 2",
        shown: Shown::Alone("netlearn resolve shop.test --lab"),
    },
    Entry {
        term: "ephemeral port",
        aliases: &["dynamic port", "source port", "lent port"],
        sentence: "An ephemeral port is a port that the system lends to a client, as a rule for one connection, so that answers find their way back.",
        source: "RFC 6056 section 2.1",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --send hello",
        },
    },
    Entry {
        term: "firewall",
        aliases: &["packet filter"],
        sentence: "A firewall is a set of rules that decides which packets may pass; it can drop them silently, or answer in place of the machine.",
        source: "RFC 4949 (firewall), RFC 2979",
        shown: Shown::Nowhere(
            "sudo nft list ruleset shows the rules of Linux, sudo pfctl -s rules those of macOS",
        ),
    },
    Entry {
        term: "hosts file",
        aliases: &["/etc/hosts"],
        sentence: "The hosts file is a text file on this machine that gives addresses for names; most systems read it before they ask DNS.",
        source: "hosts(5), nsswitch.conf(5)",
        shown: Shown::Alone("netlearn resolve localhost"),
    },
    Entry {
        term: "ICMP",
        aliases: &["icmpv6"],
        sentence: "ICMP carries messages about delivery itself, as that a host or a port cannot be reached, back to the sender.",
        source: "RFC 792, RFC 4443 section 3.1",
        shown: Shown::Alone("netlearn connect -u localhost 4009 --send hello"),
    },
    Entry {
        term: "IPv4",
        aliases: &["ip version 4"],
        sentence: "IPv4 is the Internet Protocol with addresses of 32 bits, written as four numbers: 192.0.2.1.",
        source: "RFC 791 section 2.3",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect 127.0.0.1 3000 --send hello",
        },
    },
    Entry {
        term: "IPv6",
        aliases: &["ip version 6"],
        sentence: "IPv6 is the Internet Protocol with addresses of 128 bits, written in hexadecimal groups: 2001:db8::1.",
        source: "RFC 8200, RFC 4291 section 2.2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect ::1 3000 --send hello",
        },
    },
    Entry {
        term: "listening",
        aliases: &["listen", "listener", "passive open"],
        sentence: "A program that listens has asked the system to take new connections to an address and a port, and to keep them until it accepts them.",
        source: "RFC 9293 section 3.9.1.1, listen(2)",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn ports 3000" },
    },
    Entry {
        term: "localhost",
        aliases: &[],
        sentence: "localhost is the name that always means this machine: as a rule it stands for both 127.0.0.1 and ::1.",
        source: "RFC 6761 section 6.3",
        shown: Shown::Alone("netlearn resolve localhost"),
    },
    Entry {
        term: "loopback",
        aliases: &["127.0.0.1", "::1", "loopback address", "lo"],
        sentence: "Loopback addresses (127.0.0.0/8 and ::1) always mean this machine itself: what is sent there never leaves it.",
        source: "RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn ports 3000" },
    },
    Entry {
        term: "name lookup",
        aliases: &["getaddrinfo", "name resolution", "resolve", "dns.lookup", "lookup"],
        sentence: "A name lookup asks the system for the addresses of a name; as a rule the system looks in its hosts file, asks DNS, or both.",
        source: "POSIX.1-2024 getaddrinfo()",
        shown: Shown::Alone("netlearn resolve localhost -v"),
    },
    Entry {
        term: "NAT",
        aliases: &["network address translation", "napt", "nat router"],
        sentence: "NAT is what a router does that replaces addresses, and as a rule ports, in the packets that pass: so many machines with private addresses share one public address.",
        source: "RFC 3022 section 2",
        shown: Shown::Nowhere(
            "RFC 1918 section 3: addresses like 10.0.0.1 and 192.168.0.1 are the ones that are replaced",
        ),
    },
    Entry {
        term: "packet",
        aliases: &["ip packet"],
        sentence: "A packet is the unit that the Internet Protocol delivers: addresses in front, and a segment or datagram as its content.",
        source: "RFC 791 section 1.4, RFC 8200 section 2",
        shown: Shown::Beside {
            server: "netlearn serve tcp 3000",
            command: "netlearn connect localhost 3000 --size 1M --counters -o /dev/null",
        },
    },
    Entry {
        term: "port",
        aliases: &["port number"],
        sentence: "A port is a number from 1 to 65535 by which a system tells to which program on it a connection or a datagram belongs.",
        source: "RFC 6335 section 1",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn ports 3000" },
    },
    Entry {
        term: "server",
        aliases: &["http.createServer", "net.createServer"],
        sentence: "A server is a program that waits for clients at an address and a port, and answers them.",
        source: "RFC 9110 section 3.3",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn get http://localhost:3000/",
        },
    },
    Entry {
        term: "SO_REUSEADDR",
        aliases: &["reuseaddr", "reuse address"],
        sentence: "SO_REUSEADDR, set before bind, lets a server have a port at which closed connections are still remembered (TIME_WAIT); on Linux only where the server that had it before set it too.",
        source: "POSIX.1-2024 section 2.10.16 (XSH)",
        shown: Shown::Beside {
            server: "netlearn serve --port 3000",
            command: "netlearn ports --try tcp:127.0.0.1:3000",
        },
    },
    Entry {
        term: "socket",
        aliases: &["net.Socket", "file descriptor"],
        sentence: "A socket is the object by which a program holds one end of a connection, or listens; the program names it by a descriptor.",
        source: "POSIX.1-2024 socket()",
        shown: Shown::Beside { server: "netlearn serve --port 3000", command: "netlearn ports --all -v" },
    },
    Entry {
        term: "stopped process",
        aliases: &["sigstop", "sigtstp", "ctrl-z", "stopped"],
        sentence: "A stopped process (SIGSTOP, Ctrl-Z) keeps its sockets and does nothing: its system still takes connections and bytes for it, until the queues are full.",
        source: "POSIX.1-2024 <signal.h>",
        shown: Shown::Noted(
            &Shown::Beside {
                server: "netlearn serve tcp 3000",
                command: "netlearn connect localhost 3000 --send hello -w 1",
            },
            "press Ctrl-Z in its terminal before; fg lets it go on",
        ),
    },
    Entry {
        term: "well-known port",
        aliases: &["system port", "privileged port", "registered port"],
        sentence: "The ports from 0 to 1023 are for well-known services, as 80 for HTTP; many systems let only privileged programs listen on them.",
        source: "RFC 6335 section 6",
        shown: Shown::Alone("netlearn doctor"),
    },
    Entry {
        term: "wildcard address",
        aliases: &["0.0.0.0", "::", "unspecified address", "any address"],
        sentence: "A server that binds the wildcard address listens at every address of its machine: 0.0.0.0 for IPv4, :: for IPv6 and on many systems for both.",
        source: "ip(7), RFC 4291 section 2.5.2",
        shown: Shown::Beside {
            server: "netlearn serve --host 0.0.0.0 --port 3000",
            command: "netlearn ports 3000",
        },
    },
];
