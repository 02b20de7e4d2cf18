//! Names to addresses: as programs on this machine get them (`getaddrinfo`), or from a name server that is asked by us.
//!
//! What the system answers it never explains: it decides whether the hosts file, DNS or another source is asked, and does
//! not tell which.

pub mod exchange;
pub mod facts;
pub mod presentation;
pub mod question;
pub mod resolve;
mod servers;
mod stub;
pub mod system;
pub mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::event::dns::{NameFailed, NameFailure, NameLookedUp, NameSource};
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::{At, Recorder};
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::{Family, Limits, Target, evidence};
use crate::net::world::{Names, World};

/// Octets of the hosts file that are read; some block lists are larger, and then an entry may be missed.
pub const HOSTS_LIMIT: u64 = 4 * 1024 * 1024;

/// The addresses of `target`, in the order to try them; at least one.
///
/// # Errors
/// Phase `name`: not found, no address of the family, or no answer within the limit.
pub async fn lookup(
    target: &Target,
    family: Family,
    limits: &Limits,
    world: &World,
    recorder: &Recorder,
) -> Result<Vec<SocketAddr>, NetError> {
    let began = recorder.now();
    let fail = |reason, source| Err(failed(target, recorder, began, Blame::system(reason, source)));
    let (found, source) = if let Ok(address) = target.host.parse::<IpAddr>() {
        (vec![SocketAddr::new(address, target.port)], Some(NameSource::Literal))
    } else if let Some(route) = world.route(&target.host, target.port) {
        let given = route.iter().map(|address| SocketAddr::new(*address, target.port));
        (given.collect(), Some(NameSource::CommandLine))
    } else if let Names::Servers(servers) = &world.names {
        match servers::lookup(target, family, servers, limits.name, world, recorder).await {
            Ok((found, source)) => (found, source),
            Err(blame) => return Err(failed(target, recorder, began, blame)),
        }
    } else {
        // The system knows the interface by its name; a name with an address in it is looked up nowhere.
        let source = if zoned(&target.host).is_some() { NameSource::Literal } else { NameSource::System };
        let asked = tokio::net::lookup_host((target.host.as_str(), target.port));
        match tokio::time::timeout(limits.name, asked).await {
            Ok(Ok(addresses)) => (distinct(addresses), Some(source)),
            Ok(Err(error)) => return fail(reason(&error), Some(error)),
            Err(_) => return fail(NameFailure::Timeout, None),
        }
    };
    if found.is_empty() {
        return fail(NameFailure::NotFound, None);
    }
    let addresses: Vec<SocketAddr> = found.into_iter().filter(|address| family.takes(address.ip())).collect();
    if addresses.is_empty() {
        return fail(NameFailure::NoSuchFamily, None);
    }
    // Stamped before our own look at the hosts file, which is no part of the lookup.
    let took = recorder.now().since(began);
    let hosts_file = if source == Some(NameSource::System) { hosts_file(&target.host) } else { Vec::new() };
    recorder.on(Side::Client, Layer::Name).at(began).took(took).emit(NameLookedUp {
        name: target.host.clone(),
        addresses: addresses.iter().map(SocketAddr::ip).collect(),
        source,
        hosts_file,
    });
    Ok(addresses)
}

/// The address in an address with a zone, as `fe80::1%eth0` (RFC 4007 section 11).
fn zoned(host: &str) -> Option<Ipv6Addr> {
    host.split_once('%')?.0.parse().ok()
}

/// Each address once, in the order given.
fn distinct(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in addresses {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Whether the system says that there is no such name, or that it could not look: `getaddrinfo` has codes for both, but what
/// reaches us of them is their text, which is not translated in a program that sets no locale.
fn reason(error: &io::Error) -> NameFailure {
    // glibc (EAI_NONAME, EAI_NODATA), musl (the same two), macOS, Windows.
    const NOT_FOUND: [&str; 6] = [
        "Name or service not known",
        "No address associated with hostname",
        "Name does not resolve",
        "Name has no usable address",
        "nodename nor servname provided",
        "No such host is known",
    ];
    // WSAHOST_NOT_FOUND and WSANO_DATA, whose texts are translated.
    let windows = cfg!(windows) && matches!(error.raw_os_error(), Some(11001 | 11004));
    let text = error.to_string();
    if windows || NOT_FOUND.iter().any(|words| text.contains(words)) {
        NameFailure::NotFound
    } else {
        NameFailure::LookupFailed
    }
}

/// The addresses of `name` in this machine's hosts file, where it has one that can be read.
fn hosts_file(name: &str) -> Vec<IpAddr> {
    let path = if cfg!(windows) { r"C:\Windows\System32\drivers\etc\hosts" } else { "/etc/hosts" };
    // Another kind of file could have it waited for.
    let regular = std::fs::metadata(path).is_ok_and(|facts| facts.is_file());
    let file = regular.then(|| File::open(path).ok()).flatten();
    file.and_then(|file| listed(file, name).ok()).unwrap_or_default()
}

/// The addresses of `name` in the whole lines among the first [`HOSTS_LIMIT`] octets of a hosts file.
fn listed(file: impl Read, name: &str) -> io::Result<Vec<IpAddr>> {
    let mut text = Vec::new();
    if file.take(HOSTS_LIMIT).read_to_end(&mut text)? as u64 == HOSTS_LIMIT {
        // What is left of a name that was cut may be another's.
        text.truncate(text.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1));
    }
    Ok(entries(&String::from_utf8_lossy(&text), name))
}

/// The entries for `name`: an address, then names, up to a `#`. Lines that are none are skipped, as the system does.
pub fn entries(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let address = words.next().and_then(|word| word.split('%').next()?.parse::<IpAddr>().ok());
        let Some(address) = address.filter(|address| !found.contains(address)) else { continue };
        if words.any(|word| word.eq_ignore_ascii_case(name)) {
            found.push(address);
        }
    }
    found
}

/// Why a lookup failed, and what speaks for it.
struct Blame {
    reason: NameFailure,
    source: Option<io::Error>,
    /// What name servers said to us, or did not.
    evidence: Vec<Evidence>,
}

impl Blame {
    fn system(reason: NameFailure, source: Option<io::Error>) -> Blame {
        Blame { reason, source, evidence: Vec::new() }
    }
}

fn failed(target: &Target, recorder: &Recorder, began: At, blame: Blame) -> NetError {
    let waited = recorder.now().since(began);
    let Blame { reason, source, evidence: asked } = blame;
    let error = source.as_ref().map(ToString::to_string);
    recorder.on(Side::Client, Layer::Name).at(began).took(waited).emit(NameFailed {
        name: target.host.clone(),
        reason,
        error: error.clone(),
    });
    let kind = match reason {
        NameFailure::NotFound | NameFailure::LookupFailed => FailureKind::NameNotFound,
        NameFailure::Timeout => FailureKind::NameTimeout,
        NameFailure::NoSuchFamily => FailureKind::NameFamily,
    };
    let mut told: Vec<Evidence> = error.map(|error| Evidence::SystemError { error }).into_iter().collect();
    told.extend(asked);
    if reason == NameFailure::Timeout {
        told.push(Evidence::Waited { time: waited });
    }
    let failed = Failed {
        phase: Phase::Name,
        kind,
        target: format!("{} port {}", target.host, target.port),
        address: None,
        errno: source.as_ref().and_then(io::Error::raw_os_error),
        seen_by: Side::Client,
        evidence: told,
        next: zoned(&target.host)
            .map(|v6| evidence::zoned(SocketAddr::new(v6.into(), target.port), ""))
            .unwrap_or_default(),
    };
    NetError::new(failed, source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_is_read_as_the_system_reads_it() {
        let text = "127.0.0.1 localhost\n# 10.0.0.1 localhost\n::1\tip6-localhost LocalHost # here\n\
                    nonsense localhost\n127.0.0.1 localhost\n10.0.0.2 other#localhost\n10.0.0.3";
        let expected: Vec<IpAddr> = vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
        assert_eq!(entries(text, "localhost"), expected);
        assert_eq!(entries(text, "localhost."), expected);
        assert_eq!(entries(text, "absent"), Vec::<IpAddr>::new());
    }

    #[test]
    fn a_hosts_file_is_read_up_to_a_limit_and_no_entry_is_cut() {
        let read = |text: &[u8], name: &str| listed(text, name).unwrap().len();
        let entry = b"127.0.0.1 shop.test\n";
        let room = usize::try_from(HOSTS_LIMIT).unwrap() - entry.len();
        for (before, whole) in [(room, 1), (room + 1, 0), (room + 6, 0)] {
            let text = [&vec![b'\n'; before], &entry[..]].concat();
            assert_eq!((read(&text, "shop.test"), read(&text, "shop")), (whole, 0), "after {before} octets");
        }
        // An endless one ends too.
        assert_eq!(listed(io::repeat(b'x'), "shop.test").unwrap().len(), 0);
    }

    #[test]
    fn no_such_name_and_no_answer_are_kept_apart() {
        let said =
            |words: &str| reason(&io::Error::other(format!("failed to lookup address information: {words}")));
        assert_eq!(said("Name or service not known"), NameFailure::NotFound);
        assert_eq!(said("Temporary failure in name resolution"), NameFailure::LookupFailed);
    }
}
