//! Words for what works on this machine, and for what rests on it.

use std::net::IpAddr;

use super::dns::list;
use super::ports::cells::holder;
use super::{Explanation, number};
use crate::event::machine::{Check, Checked, State};
use crate::event::ports::Socket;

/// Words for [`Checked`].
pub fn checked(facts: &Checked) -> Explanation {
    let words = match &facts.check {
        Check::Loopback { address, error } => loopback(*address, error.as_deref()),
        Check::Localhost { addresses } => localhost(addresses),
        Check::Port { port, holders } => port_of(*port, holders, facts.state),
        Check::Boundary { first_unprivileged } => boundary(*first_unprivileged),
        Check::Reachable { addresses } => reachable(addresses),
        Check::Descriptors { soft, hard } => descriptors(*soft, *hard, facts.state),
        Check::NameServers { servers, source } => {
            let from = source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
            if servers.is_empty() {
                Explanation::step("", "no name server is configured")
                    .why("doctor.names", "Names of other machines will not be found. The lab and every example here need none.")
            } else {
                Explanation::step("", format!("name servers: {}{from}; not asked", list(servers)))
            }
        }
        Check::Table { sees_all, error, missing } => table(*sees_all, error.as_deref(), missing),
        Check::Kernel { tcp_info, acknowledged, icmp_origin } => {
            kernel(*tcp_info, *acknowledged, *icmp_origin)
        }
        Check::Terminal { terminal, columns, utf8, color } => screen(*terminal, *columns, *utf8, *color),
        Check::Program { name, path } => program(name, path.as_deref()),
        Check::Lessons { all, lacks, touched } => lessons(*all, lacks.as_deref(), touched),
        Check::Firewall => Explanation::step("", "firewall: not looked at")
            .why("doctor.firewall", "Its rules are for the administrator to read. As a rule they leave loopback alone; another device may be stopped by them.")
            .words(&["firewall"]),
    };
    let label = match facts.state {
        State::Works => "works",
        State::Listed if matches!(facts.check, Check::Program { .. }) => "found",
        State::Listed => "listed",
        State::Limited => "limited",
        State::Missing => "missing",
    };
    Explanation { label: label.to_owned(), ..words }
}

fn loopback(address: IpAddr, error: Option<&str>) -> Explanation {
    let Some(error) = error else {
        return Explanation::step("", format!("{address}: listened there, connected to it"))
            .words(&["loopback"]);
    };
    let words = Explanation::step("", format!("{address}: {error}"));
    match address {
        IpAddr::V6(_) => words.why("doctor.v6", "Servers here listen on 127.0.0.1 alone, and say so."),
        IpAddr::V4(v4) if v4.octets() == [127, 0, 0, 1] => {
            words.why("doctor.v4", "Nothing here works without it: is the loopback interface up?")
        }
        IpAddr::V4(_) => words.why(
            "doctor.further",
            "The lab's servers get ports of their own at 127.0.0.1 instead of addresses of their own, and it says so.",
        ),
    }
}

fn localhost(addresses: &[IpAddr]) -> Explanation {
    if addresses.is_empty() {
        return Explanation::step("", "localhost: the system gives no address for it").why(
            "doctor.localhost",
            "Use 127.0.0.1 in its place. As a rule a line \"127.0.0.1 localhost\" in the hosts file gives the address.",
        );
    }
    Explanation::step("", format!("localhost is {}", list(addresses))).words(&["localhost"])
}

fn port_of(port: u16, holders: &[Socket], state: State) -> Explanation {
    if state == State::Works {
        return Explanation::step("", format!("port {port} is free at both loopback addresses"));
    }
    let who = holders
        .iter()
        .find(|socket| socket.listens())
        .or(holders.first())
        .map(|socket| holder(socket).whole());
    let who = who.map(|who| format!(": {who}")).unwrap_or_default();
    Explanation::step("", format!("port {port} is taken{who}"))
        .why("doctor.port", "The examples work at any other port, as 3001.")
        .then(format!("netlearn ports {port}"), "who holds it")
}

fn boundary(first: Option<u16>) -> Explanation {
    match first {
        Some(0) => Explanation::step("", "every user may listen on every port"),
        Some(first) => Explanation::step("", format!("every user may listen on ports from {first} up")),
        None => Explanation::step("", "the system does not say from which port on every user may listen"),
    }
}

fn reachable(addresses: &[IpAddr]) -> Explanation {
    if addresses.is_empty() {
        return Explanation::step("", "no address that another machine could reach")
            .why("doctor.lan", "A phone cannot open a page of this machine; all the rest works offline.");
    }
    Explanation::step("", format!("for other machines: {}, unless a firewall stops them", list(addresses)))
}

fn descriptors(soft: Option<u64>, hard: Option<u64>, state: State) -> Explanation {
    let (Some(now), most) = (soft, hard) else {
        return Explanation::step("", "descriptors: no limit on this system");
    };
    let most = most.map_or("no limit".to_owned(), number);
    let words = Explanation::step("", format!("{} open descriptors at a time (at most {most})", number(now)));
    if state == State::Works {
        return words;
    }
    words.why(
        "doctor.descriptors",
        "Each connection needs one: experiments with many clients will say that they ran out.",
    )
}

fn table(sees_all: bool, error: Option<&str>, missing: &[String]) -> Explanation {
    if let Some(error) = error {
        return Explanation::step("", format!("the socket table cannot be read: {error}"))
            .why("doctor.table", "netlearn ports shows nothing, and failures name no owner.");
    }
    let words = if sees_all {
        Explanation::step("", "the socket table, with the process of every socket")
    } else {
        Explanation::step("", "the socket table, with the processes that you may look into")
            .why("doctor.owners", "Sockets of the other processes are listed without their owner.")
    };
    if missing.is_empty() {
        return words;
    }
    words.why("table.missing", format!("Not readable on this system: {}.", missing.join(", ")))
}

fn kernel(tcp_info: bool, acknowledged: bool, icmp_origin: bool) -> Explanation {
    let parts = [
        (tcp_info, "round-trip time and retransmissions"),
        (acknowledged, "acknowledged bytes"),
        (icmp_origin, "the origin of an ICMP error"),
    ];
    let of = |wanted: bool| -> Vec<&str> {
        parts.iter().filter(|(there, _)| *there == wanted).map(|(_, name)| *name).collect()
    };
    let (there, lacking) = (of(true), of(false));
    if there.is_empty() {
        return Explanation::step("", "the kernel tells nothing about a connection that netlearn can read")
            .why("doctor.kernel", "Where a lesson needs it, it says so and goes another way.");
    }
    let words = Explanation::step("", format!("the kernel tells {} of a connection", list(&there)));
    if lacking.is_empty() {
        return words;
    }
    words.why("doctor.kernel", format!("Not readable here: {}.", lacking.join(", ")))
}

fn screen(terminal: bool, columns: usize, utf8: bool, color: bool) -> Explanation {
    if !terminal {
        return Explanation::step("", format!("no terminal here: {columns} columns, no colour"));
    }
    let glyphs = if utf8 { "UTF-8" } else { "ASCII only" };
    let color = if color { "colour" } else { "no colour" };
    let words = Explanation::step("", format!("the terminal: {columns} columns, {glyphs}, {color}"));
    if columns >= 80 { words } else { words.why("doctor.narrow", "80 columns show everything at its best.") }
}

fn program(name: &str, path: Option<&str>) -> Explanation {
    match path {
        Some(path) => Explanation::step("", format!("{name}: {path}")),
        None => Explanation::step("", format!("{name}: not found"))
            .why("doctor.program", "No command of netlearn needs it: it is offered as another way only."),
    }
}

/// Which lessons something missing touches: by their numbers and the names that `netlearn lesson` takes.
fn lessons(all: u64, lacks: Option<&str>, touched: &[String]) -> Explanation {
    let Some(lacks) = lacks else {
        return Explanation::step("", format!("lessons: all {all} have here what their steps read"));
    };
    let what = match lacks {
        "tcp-info" => "what the kernel tells of a connection",
        "counters" => "the interfaces' counters",
        "connections" => "connections in the socket table",
        "lan" => "an IPv4 address on a network",
        "ipv6" => "the address ::1",
        "unix" => "Unix sockets",
        program => {
            return Explanation::step("", format!("lessons without {program}: {}", listed(all, touched))).why(
                "doctor.lessons-program",
                format!("Their programs are written for {program}. Each step can be done with netlearn's own commands too."),
            );
        }
    };
    Explanation::step("", format!("lessons without {what}: {}", listed(all, touched)))
        .why("doctor.lessons", "The steps that read it go another way, and say so.")
}

fn listed(all: u64, touched: &[String]) -> String {
    if touched.len() as u64 == all { format!("all {all}") } else { list(touched) }
}
