//! Words for names and addresses. `getaddrinfo` never tells its source, so neither do they, but where the hosts file was read.

pub mod anatomy;
pub mod message;
pub mod paths;
pub mod walk;

use std::fmt::Display;
use std::net::IpAddr;

use super::Explanation;
use crate::event::dns::{NameFailed, NameFailure, NameLookedUp, NameSource};

/// Addresses told one by one; further ones are counted.
const TOLD: usize = 6;

/// Words for [`NameLookedUp`].
pub fn looked_up(facts: &NameLookedUp) -> Explanation {
    match facts.source {
        Some(NameSource::Literal) => {
            Explanation::detail("name", format!("{} is an address already: nothing to look up", facts.name))
                .words(&["address"])
        }
        Some(NameSource::CommandLine) => {
            Explanation::step("name", format!("{} is {}, as --resolve says", facts.name, addresses(facts)))
                .why("name.command-line", "Nobody was asked: the command line gives the address.")
        }
        Some(NameSource::Dns) => Explanation::step("name", format!("{} is {}", facts.name, addresses(facts))),
        Some(NameSource::System) | None => system(facts),
    }
}

/// What programs on this machine get for the name.
fn system(facts: &NameLookedUp) -> Explanation {
    let mut words = Explanation::step("name", format!("{} is {}", facts.name, addresses(facts)));
    let text = [hosts_file(facts), loopback(facts), order(facts)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    if !text.is_empty() {
        words = words.why("name.system", text);
    }
    if is_localhost(&facts.name) {
        // RFC 6761 section 6.3: such names are for loopback addresses, and no name server is to be asked.
        words = words.source("RFC 6761 section 6.3").words(&["localhost"]);
    }
    let hosts: &[&str] = if facts.hosts_file.is_empty() { &[] } else { &["hosts file"] };
    words
        .more(
            "The system was asked (getaddrinfo), as other programs ask it. It does not say where it looked.",
        )
        .source("RFC 3493 section 6.1")
        .words(hosts)
}

/// What the hosts file has to do with it, where it was read and lists some of them.
fn hosts_file(facts: &NameLookedUp) -> Option<String> {
    let listed: Vec<IpAddr> =
        facts.addresses.iter().copied().filter(|ip| facts.hosts_file.contains(ip)).collect();
    match (listed.len(), facts.addresses.len()) {
        (0, _) => None,
        (1, 1) => Some("The hosts file lists it.".to_owned()),
        (2, 2) => Some("The hosts file lists both.".to_owned()),
        (some, all) if some == all => Some("The hosts file lists them all.".to_owned()),
        _ => Some(format!("The hosts file lists {}.", list(&listed))),
    }
}

fn loopback(facts: &NameLookedUp) -> Option<String> {
    let all = !facts.addresses.is_empty() && facts.addresses.iter().all(IpAddr::is_loopback);
    all.then(|| {
        let subject = if facts.addresses.len() == 1 { "It means" } else { "They mean" };
        format!("{subject} \"this machine\".")
    })
}

fn order(facts: &NameLookedUp) -> Option<String> {
    let several = facts.addresses.len() > 1 && !facts.addresses.iter().all(IpAddr::is_loopback);
    several.then(|| "They are tried in this order.".to_owned())
}

pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn addresses(facts: &NameLookedUp) -> String {
    list(&facts.addresses)
}

/// `a`, `a and b`, `a, b and c`; past six the rest are counted.
pub(super) fn list(items: &[impl Display]) -> String {
    let told = if items.len() > TOLD { TOLD - 1 } else { items.len() };
    let mut parts: Vec<String> = items[..told].iter().map(ToString::to_string).collect();
    if told < items.len() {
        parts.push(format!("{} more", items.len() - told));
    }
    match parts.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Words for [`NameFailed`].
pub fn failed(facts: &NameFailed) -> Explanation {
    let name = &facts.name;
    let words = match facts.reason {
        NameFailure::NotFound => Explanation::step("name", format!("{name}: no address found")).why(
            "name.not-found",
            "The system looked and found no address. Nothing was sent to any server of that name.",
        ),
        NameFailure::Timeout => Explanation::step("name", format!("{name}: no answer in time")).why(
            "name.timeout",
            "The system was still looking. That says nothing about whether the name exists.",
        ),
        NameFailure::NoSuchFamily => {
            Explanation::step("name", format!("{name}: it has addresses, but none of the family asked for"))
                .why("name.family", "The name exists: -4 or -6 left no address to try.")
        }
        NameFailure::LookupFailed => Explanation::step(
            "name",
            format!("{name}: the system could not look it up"),
        )
        .why("name.lookup", "The looking itself failed. That says nothing about whether the name exists."),
    };
    match &facts.error {
        Some(error) => words.more(format!("the system's words: {error}")),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn localhost(hosts_file: &[&str]) -> NameLookedUp {
        NameLookedUp {
            name: "localhost".to_owned(),
            addresses: vec!["::1".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            source: Some(NameSource::System),
            hosts_file: hosts_file.iter().map(|ip| ip.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn localhost_is_this_machine() {
        let words = looked_up(&localhost(&["127.0.0.1", "::1"]));
        assert_eq!(words.label, "name");
        assert_eq!(words.what, "localhost is ::1 and 127.0.0.1");
        assert_eq!(words.why[0].text, "The hosts file lists both. They mean \"this machine\".");
    }

    #[test]
    fn the_hosts_file_is_named_only_where_it_was_read() {
        assert_eq!(looked_up(&localhost(&[])).why[0].text, "They mean \"this machine\".");
        let words = looked_up(&localhost(&["127.0.0.1"]));
        assert_eq!(words.why[0].text, "The hosts file lists 127.0.0.1. They mean \"this machine\".");
        let words = looked_up(&localhost(&["10.0.0.1"]));
        assert_eq!(words.why[0].text, "They mean \"this machine\".");
    }

    #[test]
    fn long_lists_are_counted() {
        assert_eq!(list(&[1, 2, 3]), "1, 2 and 3");
        assert_eq!(list(&(1..=9).collect::<Vec<_>>()), "1, 2, 3, 4, 5 and 4 more");
    }

    #[test]
    fn failures_claim_no_more_than_was_seen() {
        let facts = |reason| NameFailed { name: "x.test".to_owned(), reason, error: None };
        assert_eq!(failed(&facts(NameFailure::NotFound)).what, "x.test: no address found");
        assert!(failed(&facts(NameFailure::Timeout)).why[0].text.contains("nothing about whether"));
    }
}
