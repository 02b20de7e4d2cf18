//! Words for the two paths to a name: what programs get, what DNS says.
//!
//! Which source the system used is not known here: `getaddrinfo` does not say it.

use std::net::{IpAddr, SocketAddr};

use super::list;
use crate::event::dns::{Encoding, Meaning, NameEncoded, PathsCompared, ResolverConfigured};
use crate::explain::Explanation;
use crate::explain::tcp::place;

/// Words for [`NameEncoded`].
pub fn encoded(facts: &NameEncoded) -> Explanation {
    let what = format!("{} is asked for as {}", facts.name, facts.asked);
    match facts.why {
        Encoding::Idna => Explanation::step("name", what)
            .why("encoded.idna", "Programs put only ASCII into DNS names. Other letters are spelled in ASCII, behind xn-- (IDNA).")
            .source("RFC 5890 section 2.3.2.1")
            .source("RFC 5891 section 5")
            .words(&["IDNA"]),
        Encoding::Reverse => Explanation::step("name", what)
            .why("encoded.reverse", "To look up an address, its parts are written backwards as a name: in names the general part stands last.")
            .source("RFC 1035 section 3.5")
            .source("RFC 3596 section 2.5")
            .words(&["reverse lookup", "PTR"]),
    }
}

/// Words for [`ResolverConfigured`].
pub fn configured(facts: &ResolverConfigured) -> Explanation {
    let places: Vec<String> = facts.servers.iter().map(|server: &SocketAddr| place(*server)).collect();
    let by = facts.source.as_deref().map(|source| format!(", as {source} says")).unwrap_or_default();
    let mut words = if places.is_empty() {
        let at = facts.source.as_deref().map(|source| format!(" in {source}")).unwrap_or_default();
        Explanation::step("resolver", format!("none found{at}"))
            .why("resolver.none", "No name server is configured that we could ask. Programs may still know names from the hosts file.")
    } else {
        Explanation::step("resolver", format!("{}{by}", list(&places)))
            .why("resolver", "A name server that this system is told to ask when DNS is to be asked.")
    };
    if facts.servers.iter().any(|server| server.ip().is_loopback()) {
        words = words
            .more("A loopback address: a program on this machine takes the questions, and may hand them on.");
    }
    if !facts.search.is_empty() {
        words = words
            .more(format!(
                "Programs may append {} to short names. We ask for the name as it is typed.",
                list(&facts.search)
            ))
            .words(&["search list"]);
    }
    if let Some(error) = &facts.error {
        words = words.more(format!("the system's words: {error}"));
    }
    words.source("RFC 1034 section 5.3.1").source("resolv.conf(5)").words(&["resolver", "stub resolver"])
}

/// Words for [`PathsCompared`].
pub fn compared(facts: &PathsCompared) -> Explanation {
    let words = if facts.agree { same(facts) } else { different(facts) };
    words
        .more("getaddrinfo does not say where it looked: the hosts file, DNS, or another source of this system.")
        .source("RFC 3493 section 6.1")
        .source("nsswitch.conf(5)")
        .words(&["name lookup", "hosts file"])
}

fn same(facts: &PathsCompared) -> Explanation {
    if facts.programs.is_empty() {
        return Explanation::step("compare", "both paths lead to no address").why(
            "compare.none",
            format!("Programs here get no address for it, and DNS says: {}.", says(facts)),
        );
    }
    Explanation::step("compare", format!("both paths lead to {}", list(&facts.programs)))
        .why("compare.same", "What programs here get from the system (getaddrinfo) is what DNS says.")
}

fn different(facts: &PathsCompared) -> Explanation {
    let programs = if facts.programs.is_empty() { "nothing".to_owned() } else { list(&facts.programs) };
    let what = format!("programs get {programs}; DNS says {}", says(facts));
    let words = Explanation::step("compare", what);
    let only: Vec<IpAddr> = facts
        .programs
        .iter()
        .copied()
        .filter(|address| facts.hosts_file.contains(address) && !facts.dns.contains(address))
        .collect();
    let words = match (only.is_empty(), facts.programs.is_empty(), facts.dns.is_empty()) {
        (false, _, _) => words.why(
            "compare.hosts",
            format!("The hosts file of this machine lists {}. DNS does not read it, and no other machine sees it.", list(&only)),
        ),
        (true, false, true) => words.why(
            "compare.programs",
            "The system knows it from elsewhere than the server that we asked: it does not say from where.",
        ),
        (true, true, _) => words.why(
            "compare.dns",
            "The system gives programs no address, although DNS has one: it may ask elsewhere, or leave out what it cannot use.",
        ),
        (true, false, false) => words.why(
            "compare.differ",
            "The system may ask another server, know more sources, or leave addresses out. Some names also change their addresses from answer to answer.",
        ),
    };
    words.why(
        "compare.who",
        "Programs that ask the system see the first, as ping does and curl as it is usually built; dig sees the second. Browsers ask the system, or DNS themselves.",
    )
}

/// What DNS says, in a few words.
fn says(facts: &PathsCompared) -> String {
    if !facts.dns.is_empty() {
        return list(&facts.dns);
    }
    match facts.dns_meaning {
        None => "nothing: no server was asked, or none answered",
        Some(Meaning::NoSuchName) => "no such name (NXDOMAIN)",
        Some(Meaning::NoData | Meaning::Answer) => "no address (NODATA)",
        Some(Meaning::AliasLoop) => "other names that lead in a circle",
        Some(Meaning::Alias) => "another name, without an address",
        Some(Meaning::Referral | Meaning::Lame) => "no answer",
        Some(Meaning::Truncated) => "an answer that was cut off",
        Some(Meaning::ServerFailure) => "that the server failed (SERVFAIL)",
        Some(Meaning::Refused) => "that it will not answer (REFUSED)",
        Some(Meaning::OtherError) => "an error",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(programs: &[&str], dns: &[&str], meaning: Meaning, hosts: &[&str]) -> PathsCompared {
        let parse = |list: &[&str]| -> Vec<IpAddr> { list.iter().map(|ip| ip.parse().unwrap()).collect() };
        let (programs, dns) = (parse(programs), parse(dns));
        let agree = programs == dns;
        PathsCompared {
            name: "my.test".to_owned(),
            programs,
            dns,
            dns_meaning: Some(meaning),
            hosts_file: parse(hosts),
            agree,
        }
    }

    #[test]
    fn a_hosts_file_name_says_who_sees_which() {
        let words = compared(&paths(&["10.0.0.5"], &[], Meaning::NoSuchName, &["10.0.0.5"]));
        assert_eq!(words.what, "programs get 10.0.0.5; DNS says no such name (NXDOMAIN)");
        assert!(words.why[0].text.starts_with("The hosts file of this machine lists 10.0.0.5."));
        assert!(words.why[1].text.contains("dig sees the second"));
    }

    #[test]
    fn the_source_is_claimed_only_where_the_file_was_read() {
        for hosts in [&[][..], &["10.0.0.9"]] {
            let words = compared(&paths(&["10.0.0.5"], &[], Meaning::NoData, hosts));
            assert!(!words.why[0].text.contains("hosts file"), "{words:?}");
        }
        let words = compared(&paths(&[], &["10.0.0.5"], Meaning::Answer, &[]));
        assert_eq!(words.what, "programs get nothing; DNS says 10.0.0.5");
        let words = compared(&paths(&["10.0.0.5"], &["10.0.0.5"], Meaning::Answer, &[]));
        assert_eq!(words.what, "both paths lead to 10.0.0.5");
        let words = compared(&paths(&[], &[], Meaning::NoSuchName, &[]));
        assert!(words.why[0].text.contains("NXDOMAIN"), "{words:?}");
    }

    #[test]
    fn another_spelling_is_explained() {
        let facts = NameEncoded {
            name: "b\u{fc}cher.test".to_owned(),
            asked: "xn--bcher-kva.test.".to_owned(),
            why: Encoding::Idna,
        };
        assert_eq!(encoded(&facts).what, "b\u{fc}cher.test is asked for as xn--bcher-kva.test.");
        let facts =
            NameEncoded { asked: "1.0.0.127.in-addr.arpa.".to_owned(), why: Encoding::Reverse, ..facts };
        assert_eq!(encoded(&facts).words, ["reverse lookup", "PTR"]);
    }

    #[test]
    fn a_system_without_a_resolver_is_said() {
        let facts = ResolverConfigured {
            servers: Vec::new(),
            source: Some("/etc/resolv.conf".to_owned()),
            search: Vec::new(),
            error: None,
        };
        assert_eq!(configured(&facts).what, "none found in /etc/resolv.conf");
        let facts = ResolverConfigured {
            servers: vec!["127.0.0.53:53".parse().unwrap()],
            search: vec!["corp.test".to_owned()],
            ..facts
        };
        let words = configured(&facts);
        assert_eq!(words.what, "127.0.0.53 port 53, as /etc/resolv.conf says");
        assert!(words.more.iter().any(|text| text.contains("corp.test")));
    }
}
