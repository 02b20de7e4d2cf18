//! Words for the pocket internet: its map, what its servers counted, what its resolver remembers.

use std::net::{IpAddr, SocketAddr};

use super::dns::message::span;
use super::failure::quoted;
use super::{Explanation, Line, number, plural};
use crate::event::dns::Meaning;
use crate::event::lab::{CacheListed, LabCounted, LabJoined, LabPorts, LabRole, LabServer, LabStarted};

/// Columns of a line of the map: it fits a terminal of 80 behind the label column.
const WIDE: usize = 66;
/// Names worth trying that are shown at once; the plan has the most telling ones first.
const SHOWN: usize = 12;
/// Columns of the names of the rows of the map.
const ROW: usize = 10;
/// Rows of a list of counts, or of what a resolver remembers.
const LISTED: usize = 40;

fn ports(ports: LabPorts) -> String {
    format!("ports DNS {}, HTTP {}, HTTPS {}", ports.dns, ports.http, ports.https)
}

/// Words for [`LabStarted`].
pub fn started(facts: &LabStarted) -> Explanation {
    let mut words = Explanation::step("lab", format!("a pocket internet: {}", ports(facts.ports)));
    words.lines.extend(map(facts));
    words.lines.extend(worth(facts));
    words = moved(words, facts);
    if !facts.faults.is_empty() {
        words = words.why("lab.faults", format!("It misbehaves on purpose: {}.", facts.faults.join(", ")));
    }
    words = words
        .why(
            "lab",
            "All of it is real and on this machine. Nothing here is changed: no resolver, no hosts file, no trust store. Ctrl-C stops it.",
        )
        .more("Loopback addresses: what is sent to them never leaves this machine.")
        .more("test. is kept for such uses: the real root will not hand it out (RFC 6761 section 6.2).");
    for name in facts.names.iter().skip(SHOWN) {
        let line = name.command.as_deref().map_or_else(|| name.name.clone(), command);
        words = words.more(format!("{line}: {}", name.shows));
    }
    if facts.names.len() > SHOWN {
        let rest = facts.names.len() - SHOWN;
        words = words.why(
            "lab.more",
            format!("{} to try: netlearn lab -v lists them.", plural(rest as u64, "more thing")),
        );
    }
    if !facts.doors.is_empty() {
        words = words.why(
            "lab.doors",
            "This machine has not all of these addresses, so each server is at a port of 127.0.0.1 instead.",
        );
        for door in facts.doors.iter().take(LISTED) {
            words = words.more(format!("{} is really {}", door.planned, door.real));
        }
    }
    for server in facts.servers.iter().filter(|server| server.fault.is_some()) {
        let fault = server.fault.as_deref().unwrap_or_default();
        words = words.more(format!("{} at {}: {fault}", server.name, server.address));
    }
    others(words, facts).source("RFC 6761 section 6.2").source("RFC 1122 section 3.2.1.3").words(&[
        "zone",
        "authoritative server",
        "recursive resolver",
        "loopback",
        "root server",
    ])
}

/// Ports that had to move.
fn moved(words: Explanation, facts: &LabStarted) -> Explanation {
    match facts.planned {
        Some(planned) if planned != facts.ports => words.why(
            "lab.moved",
            format!(
                "A port of {}, {} or {} was taken, so all three moved together.",
                planned.dns, planned.http, planned.https
            ),
        ),
        Some(_) | None => words,
    }
}

/// The servers by what they do, as many to a line as fit.
fn map(facts: &LabStarted) -> Vec<Line> {
    let mut lines = Vec::new();
    for (role, row) in [
        (LabRole::Root, "root"),
        (LabRole::TopLevel, "top level"),
        (LabRole::Authority, "zones"),
        (LabRole::Resolver, "resolver"),
        (LabRole::Web, "sites"),
    ] {
        let healthy = |server: &&LabServer| server.role == role && server.fault.is_none();
        lines.extend(rows(row, facts.servers.iter().filter(healthy).map(entry)));
    }
    lines.extend(rows("faulty", facts.servers.iter().filter_map(faulty)));
    lines
}

/// The fault that a server has; and which server it is, where its name does not say the fault.
fn faulty(server: &LabServer) -> Option<String> {
    let fault = server.fault.as_deref()?;
    let named = server.name.contains(fault) || server.serves.iter().any(|name| name.contains(fault));
    Some(if named { fault.to_owned() } else { format!("{} ({fault})", server.name) })
}

/// `shop.test. 127.53.0.3`.
fn entry(server: &LabServer) -> String {
    let what = match server.role {
        LabRole::Root => String::new(),
        LabRole::Resolver => String::new(),
        LabRole::TopLevel | LabRole::Authority | LabRole::Web => match server.serves.as_slice() {
            [] => format!("{} ", server.name),
            [one] => format!("{one} "),
            [one, two] => format!("{one} {two} "),
            [one, rest @ ..] => format!("{one} +{} ", rest.len()),
        },
    };
    format!("{what}{}", server.address)
}

fn rows(name: &str, entries: impl Iterator<Item = String>) -> Vec<Line> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 2 + entry.chars().count() <= WIDE - ROW => {
                line.push_str(", ");
                line.push_str(&entry);
            }
            Some(_) | None => lines.push(entry),
        }
    }
    let told = lines.into_iter().enumerate().map(|(index, line)| {
        let name = if index == 0 { name } else { "" };
        Line { text: format!("{name:<ROW$}{line}"), note: String::new(), caret: None }
    });
    told.collect()
}

/// Names worth trying, each with its command.
fn worth(facts: &LabStarted) -> Vec<Line> {
    let told = facts.names.iter().take(SHOWN).map(|name| Line {
        text: name.command.as_deref().map_or_else(|| name.name.clone(), command),
        note: name.shows.clone(),
        caret: None,
    });
    told.collect()
}

/// A command as it is typed: one of ours with its name in front, and told to use the lab.
fn command(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if !matches!(first, "get" | "connect" | "resolve") {
        return text.to_owned();
    }
    let there = text.split(' ').any(|word| word == "--lab" || word.starts_with('@'));
    // Names under localhost mean this machine everywhere (RFC 6761 section 6.3): a browser finds them as well.
    let lab = if there || text.contains(".localhost") { "" } else { " --lab" };
    format!("netlearn {text}{lab}")
}

/// How dig and curl get in.
fn others(mut words: Explanation, facts: &LabStarted) -> Explanation {
    let LabPorts { dns, http, https } = facts.ports;
    let really = |planned: SocketAddr| {
        let door = facts.doors.iter().find(|door| door.planned == planned);
        door.map_or(planned, |door| door.real)
    };
    let find = |role: LabRole| facts.servers.iter().find(|server| server.role == role);
    if let Some(resolver) = find(LabRole::Resolver) {
        let at = really(SocketAddr::new(resolver.address, dns));
        words = words.then(format!("dig @{} -p {} shop.test", at.ip(), at.port()), "asks its resolver");
    }
    let site = |name: &str| {
        let shows = |server: &&LabServer| {
            server.role == LabRole::Web
                && server.serves.iter().any(|known| known.trim_end_matches('.') == name)
        };
        facts.servers.iter().find(shows)
    };
    if let Some(shop) = site("shop.test") {
        let to = resolve_flag("shop.test", http, really(SocketAddr::new(shop.address, http)));
        words = words.then(format!("curl {to} http://shop.test:{http}/"), "gets a page");
    }
    if let (Some(bank), Some(authority)) = (site("bank.test"), &facts.authority) {
        let to = resolve_flag("bank.test", https, really(SocketAddr::new(bank.address, https)));
        words = words.then(
            format!("curl --cacert {} {to} https://bank.test:{https}/", quoted(authority)),
            "gets one over HTTPS",
        );
    }
    words
}

/// `--resolve` where the address alone is another; `--connect-to` where the port is another, too.
fn resolve_flag(name: &str, port: u16, real: SocketAddr) -> String {
    let ip = match real.ip() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    if real.port() == port {
        format!("--resolve {name}:{port}:{ip}")
    } else {
        format!("--connect-to {name}:{port}:{ip}:{}", real.port())
    }
}

/// Words for [`LabJoined`].
pub fn joined(facts: &LabJoined) -> Explanation {
    let what = match facts.pid {
        Some(pid) => format!("the lab that runs here (pid {pid}): {}", ports(facts.ports)),
        None => format!("a lab for this command alone: {}", ports(facts.ports)),
    };
    Explanation::step("lab", what)
        .why("lab.joined", "Names are looked up in this pocket internet. Nothing leaves this machine.")
        .words(&["loopback"])
}

/// Words for [`LabCounted`].
pub fn counted(facts: &LabCounted) -> Explanation {
    let queries: u64 = facts.counts.iter().fold(0, |sum, count| sum.saturating_add(count.queries));
    let what = format!("{} in all since it began", plural(queries, "question"));
    let mut words = Explanation::step("counts", what);
    let busy: Vec<_> =
        facts.counts.iter().filter(|count| count.queries > 0 || count.connections > 0).collect();
    for count in busy.iter().take(LISTED) {
        let cache = match count.from_cache {
            Some(hits) => format!(", {} from its cache", number(hits)),
            None => String::new(),
        };
        let note = format!(
            "{}{cache}, {}",
            plural(count.queries, "question"),
            plural(count.connections, "connection")
        );
        words = words.line(format!("{}  {}", count.address, count.name), note);
    }
    let idle = facts.counts.len() - busy.len();
    if idle > 0 {
        words = words.line(format!("{} not asked at all", plural(idle as u64, "other server")), "");
    }
    words
        .why(
            "counts",
            "A question that a resolver answers from its cache does not show at the zone's own server.",
        )
        .words(&["cache", "TTL"])
}

/// Words for [`CacheListed`].
pub fn cache_listed(facts: &CacheListed) -> Explanation {
    let entries = facts.entries.len();
    if entries == 0 {
        return Explanation::step("cache", "the resolver remembers nothing")
            .why("cache.empty", "It has not been asked, or the time of its answers (TTL) is over.")
            .words(&["cache", "TTL"]);
    }
    let what = format!("the resolver remembers {}", plural(entries as u64, "answer"));
    let mut words = Explanation::step("cache", what);
    for entry in facts.entries.iter().take(LISTED) {
        let data = match entry.meaning {
            Meaning::NoSuchName => "no such name".to_owned(),
            Meaning::NoData => "no such record".to_owned(),
            Meaning::Answer
            | Meaning::Alias
            | Meaning::AliasLoop
            | Meaning::Referral
            | Meaning::Truncated
            | Meaning::ServerFailure
            | Meaning::Refused
            | Meaning::OtherError
            | Meaning::Lame => match entry.data.as_slice() {
                [] => "nothing".to_owned(),
                [one] => one.clone(),
                [one, rest @ ..] => format!("{one} and {} more", rest.len()),
            },
        };
        words = words.line(
            format!("{}  {}  {data}", entry.name, entry.record_type),
            format!("{} left", span(entry.ttl)),
        );
    }
    if entries > LISTED {
        words = words.line(format!("and {}", plural((entries - LISTED) as u64, "more answer")), "");
    }
    words
        .why(
            "cache",
            "Until its time is over an answer is given again without asking anybody. The time counts down.",
        )
        .source("RFC 1035 section 7.4")
        .source("RFC 2308 section 5")
        .words(&["cache", "TTL", "negative answer"])
}

#[cfg(test)]
mod tests;
