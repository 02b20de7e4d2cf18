//! What the system's own files and answers say: names of programs, paths and users in them are chosen by anybody.

use netlearn::net::dns::entries;
use netlearn::net::kernel::names;

/// Tables of sockets and counters, and answers of netlink.
#[cfg(target_os = "linux")]
pub fn tables(octets: &[u8]) {
    use netlearn::net::kernel::linux::tables::{Kind, rows};
    use netlearn::net::kernel::linux::{counters, diag, unix};

    let lines = octets.split(|octet| *octet == b'\n').count();
    for kind in [Kind::Tcp, Kind::Tcp6, Kind::Udp, Kind::Udp6] {
        let mut found = 0;
        for row in rows(octets, kind) {
            let _ = (row.state(), row.waits(), row.is_bound_only(), row.has_peer(), row.time_left());
            found += 1;
        }
        assert!(found <= lines);
        let _ = diag::row(octets, kind);
    }
    assert!(unix::listed(octets).len() <= lines);
    let _ = unix::row(octets);
    let mut answers = 0;
    let _ = diag::messages(octets, &mut |answer: &[u8]| {
        answers += 1;
        let _ = (unix::row(answer), diag::row(answer, Kind::Tcp6));
    });
    assert!(answers <= octets.len() / 16);
    assert!(counters::rows(&String::from_utf8_lossy(octets)).count() <= lines);
}

/// This system has none that we read.
#[cfg(not(target_os = "linux"))]
pub fn tables(_: &[u8]) {}

/// Command lines, states, users, services, hosts.
pub fn files(octets: &[u8]) {
    #[cfg(target_os = "linux")]
    {
        use netlearn::net::kernel::linux::processes;

        let command = processes::command(octets);
        assert!(!command.contains('\0'));
        let _ = processes::is_stopped(octets);
    }
    let text = String::from_utf8_lossy(octets);
    let _ = names::services(&text);
    #[cfg(unix)]
    let _ = names::passwd(&text);
    let found = entries(&text, "localhost");
    assert!(found.len() <= text.lines().count());
}
