//! Terms: Unix sockets. In the order of the alphabet.

use super::{Entry, Shown};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        term: "abstract name",
        aliases: &["abstract socket", "abstract namespace"],
        sentence: "An abstract name is a Linux name for a Unix socket that is no file: it goes with the socket, and no file permissions guard it; tools write it with an @.",
        source: "unix(7)",
        shown: Shown::Beside { server: "netlearn serve unix @app", command: "netlearn ports --unix" },
    },
    Entry {
        term: "ENOENT",
        aliases: &["no such file or directory"],
        sentence: "ENOENT: nothing is at that path, or a folder on the way to it is missing.",
        source: "POSIX.1-2024 connect(), bind()",
        shown: Shown::Alone("netlearn connect -U /tmp/nobody.sock"),
    },
    Entry {
        term: "file permissions",
        aliases: &["permissions", "mode", "chmod", "umask"],
        sentence: "File permissions say what owner, group and others may do; on Linux, connecting to a Unix socket takes write permission on its file and search permission on its folders.",
        source: "unix(7), POSIX.1-2024 section 4.7",
        shown: Shown::Beside {
            server: "netlearn serve unix /tmp/app.sock",
            command: "netlearn connect -U /tmp/app.sock --send hello",
        },
    },
    Entry {
        term: "peer credentials",
        aliases: &["so_peercred", "getpeereid", "ucred"],
        sentence: "Peer credentials are the process, user and group at the other end of a Unix socket; the system notes them when it is connected, no program has to be believed.",
        source: "unix(7) (SO_PEERCRED)",
        shown: Shown::Beside {
            server: "netlearn serve unix /tmp/app.sock",
            command: "netlearn connect -U /tmp/app.sock --send hello -v",
        },
    },
    Entry {
        term: "socket file",
        aliases: &["sun_path", "socket path", ".sock"],
        sentence: "A socket file is the name of a Unix socket in the file system: it holds no data, and it stays when its server ends unless somebody removes it.",
        source: "unix(7), POSIX.1-2024 bind()",
        shown: Shown::Beside {
            server: "netlearn serve unix /tmp/app.sock",
            command: "netlearn connect -U /tmp/app.sock --send hello",
        },
    },
    Entry {
        term: "stale socket file",
        aliases: &["stale socket", "left-over socket file"],
        sentence: "A stale socket file is one whose server is gone: connecting to it is refused, and bind() at its path fails (EADDRINUSE) until it is removed.",
        source: "unix(7)",
        shown: Shown::Alone(
            "timeout -s KILL 1 netlearn serve unix /tmp/stale.sock; netlearn connect -U /tmp/stale.sock",
        ),
    },
    Entry {
        term: "Unix domain socket",
        aliases: &["unix socket", "af_unix", "af_local", "local socket", "ipc", "docker.sock"],
        sentence: "A Unix domain socket joins two programs on one machine through a path instead of an address and a port; its bytes pass inside the kernel.",
        source: "unix(7), POSIX.1-2024 <sys/un.h>",
        shown: Shown::Beside {
            server: "netlearn serve unix /tmp/app.sock",
            command: "netlearn connect -U /tmp/app.sock --send hello",
        },
    },
];
