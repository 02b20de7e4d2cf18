//! The pocket internet that the lessons live in. Its zones are master files under `zones/`, which other servers read as they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{NameServer, Plan, Site, Worth, Zone};
use crate::event::lab::{LabPorts, LabRole};
use crate::lab::fault::{DnsFault, WebFault};

/// Origin and master file of every zone that no faulty server answers for.
const ZONES: [(&str, &str); 24] = [
    (".", include_str!("zones/root.zone")),
    ("test.", include_str!("zones/test.zone")),
    ("com.", include_str!("zones/com.zone")),
    ("net.", include_str!("zones/net.zone")),
    ("org.", include_str!("zones/org.zone")),
    ("arpa.", include_str!("zones/arpa.zone")),
    ("53.127.in-addr.arpa.", include_str!("zones/53.127.in-addr.arpa.zone")),
    ("shop.test.", include_str!("zones/shop.test.zone")),
    ("blog.test.", include_str!("zones/blog.test.zone")),
    ("bank.test.", include_str!("zones/bank.test.zone")),
    ("hosting.test.", include_str!("zones/hosting.test.zone")),
    ("many.test.", include_str!("zones/many.test.zone")),
    ("six.test.", include_str!("zones/six.test.zone")),
    ("wild.test.", include_str!("zones/wild.test.zone")),
    ("big.test.", include_str!("zones/big.test.zone")),
    ("short.test.", include_str!("zones/short.test.zone")),
    ("half.test.", include_str!("zones/half.test.zone")),
    ("glueless.test.", include_str!("zones/glueless.test.zone")),
    ("fault.test.", include_str!("zones/fault.test.zone")),
    ("example.com.", include_str!("zones/example.com.zone")),
    ("example.net.", include_str!("zones/example.net.zone")),
    ("example.org.", include_str!("zones/example.org.zone")),
    ("truncated.fault.test.", include_str!("zones/truncated.fault.test.zone")),
    ("slow.fault.test.", include_str!("zones/slow.fault.test.zone")),
];

/// The honest servers: name, role, last two octets of the address, zones.
const SERVERS: [(&str, LabRole, [u8; 2], &[&str]); 9] = [
    ("a.root-servers.lab.", LabRole::Root, [0, 1], &["."]),
    ("ns.nic.test.", LabRole::TopLevel, [0, 2], &["test."]),
    ("ns1.shop.test.", LabRole::Authority, [0, 3], &["shop.test."]),
    (
        "ns.hosting.test.",
        LabRole::Authority,
        [0, 4],
        &[
            "hosting.test.",
            "blog.test.",
            "bank.test.",
            "many.test.",
            "six.test.",
            "wild.test.",
            "big.test.",
            "short.test.",
            "half.test.",
        ],
    ),
    ("ns.nic.com.", LabRole::TopLevel, [0, 5], &["com.", "net."]),
    ("ns.nic.org.", LabRole::TopLevel, [0, 6], &["org."]),
    (
        "ns.example.com.",
        LabRole::Authority,
        [0, 7],
        &["example.com.", "example.net.", "example.org.", "glueless.test."],
    ),
    ("ns.nic.arpa.", LabRole::TopLevel, [0, 8], &["arpa.", "53.127.in-addr.arpa."]),
    ("ns.fault.test.", LabRole::Authority, [0, 9], &["fault.test."]),
];

/// The servers with a fault, at 127.53.3.x; those that ever answer for a zone have one.
const FAULTY: [(&str, u8, &[&str], DnsFault); 8] = [
    ("ns.servfail.fault.test.", 1, &[], DnsFault::Servfail),
    ("ns.silent.fault.test.", 2, &[], DnsFault::Silent),
    ("ns.wrong-id.fault.test.", 3, &[], DnsFault::WrongId),
    ("ns.lame.fault.test.", 4, &[], DnsFault::Lame),
    ("ns.truncated.fault.test.", 5, &["truncated.fault.test."], DnsFault::Truncated),
    ("ns.slow.fault.test.", 6, &["slow.fault.test."], DnsFault::Slow),
    ("ns.refused.fault.test.", 7, &[], DnsFault::Refused),
    ("ns1.half.test.", 8, &[], DnsFault::Lame),
];

/// The sites with a fault, at 127.53.2.x; `true`: over HTTPS.
const BROKEN: [(&str, u8, bool, WebFault); 10] = [
    ("never-accepts.fault.test", 1, false, WebFault::NeverAccepts),
    ("reset.fault.test", 2, false, WebFault::Reset),
    ("never-answers.fault.test", 3, false, WebFault::NeverAnswers),
    ("short-body.fault.test", 4, false, WebFault::ShortBody),
    ("bad-chunk.fault.test", 5, false, WebFault::BadChunk),
    ("redirect-loop.fault.test", 6, false, WebFault::RedirectLoop),
    ("expired.fault.test", 7, true, WebFault::Expired),
    ("wrong-name.fault.test", 8, true, WebFault::WrongName),
    ("unknown-authority.fault.test", 9, true, WebFault::UnknownAuthority),
    ("plain-http.fault.test", 10, true, WebFault::PlainHttp),
];

/// Name, what it shows, a command. A beginner's twelve come first.
const NAMES: [(&str, &str, &str); 31] = [
    ("shop.test", "a shop: one name, one address", "resolve shop.test --lab"),
    ("blog.test", "the shop's address, and another page", "get http://blog.test:{http}/ --lab"),
    ("bank.test", "a bank, over HTTPS", "get https://bank.test:{https}/ --lab"),
    ("shop.localhost", "the shop, for your browser", "get http://shop.localhost:{http}/ --lab"),
    ("www.shop.test", "an alias (CNAME), found from the root", "resolve www.shop.test --trace --lab"),
    ("nope.test", "a name that does not exist", "resolve nope.test --lab"),
    ("many.test", "one name, three addresses", "resolve many.test --lab"),
    ("six.test", "only an IPv6 address", "get http://six.test:{http}/ --lab"),
    ("big.test", "too much for one datagram", "resolve big.test TXT --lab"),
    ("short.test", "an answer for five seconds", "resolve short.test A --lab"),
    ("loop.test", "an alias that leads back to itself", "resolve loop.test --trace --lab"),
    ("broken.test", "a delegation where nobody answers for it", "resolve broken.test --trace --lab"),
    ("shop.test AAAA", "a name without this type of record", "resolve shop.test AAAA --lab"),
    ("shop.test MX", "who takes its mail", "resolve shop.test MX --lab"),
    ("example.com", "a name under another top-level domain", "resolve www.example.com --trace --lab"),
    ("store.example.com", "an alias into another zone", "resolve store.example.com --trace --lab"),
    ("any.wild.test", "a wildcard answers for it", "resolve any.wild.test TXT --lab"),
    ("room.wild.test", "it exists and has no records", "resolve room.wild.test --lab"),
    ("glueless.test", "a name server without an address (glue)", "resolve glueless.test --trace --lab"),
    ("half.test", "a lame name server, and a good one", "resolve half.test --trace --lab"),
    ("127.53.1.80", "an address, looked up backwards", "resolve -x 127.53.1.80 --lab"),
    ("bank.test HTTPS", "how to reach it, before connecting", "resolve bank.test HTTPS --lab"),
    ("servfail.fault.test", "its server fails", "resolve servfail.fault.test --lab"),
    ("silent.fault.test", "its server never answers", "resolve silent.fault.test --trace --lab"),
    (
        "wrong-id.fault.test",
        "its server answers with a wrong id",
        "resolve wrong-id.fault.test --trace --lab",
    ),
    ("lame.fault.test", "its server does not serve it", "resolve lame.fault.test --trace --lab"),
    (
        "truncated.fault.test",
        "each answer over UDP is cut off",
        "resolve truncated.fault.test A --trace --lab",
    ),
    ("slow.fault.test", "its server thinks for 1.5 seconds", "resolve slow.fault.test A --trace --lab"),
    ("refused.fault.test", "its server refuses", "resolve refused.fault.test --trace --lab"),
    ("dead.fault.test", "nobody listens at its server's address", "resolve dead.fault.test --trace --lab"),
    ("nobody.fault.test", "no web server at its address", "get http://nobody.fault.test:{http}/ --lab"),
];

/// What a broken site shows.
fn broken_shows(fault: WebFault) -> &'static str {
    match fault {
        WebFault::NeverAccepts => "listens, and never accepts",
        WebFault::Reset => "ends each connection with a RST",
        WebFault::NeverAnswers => "reads the request and never answers",
        WebFault::ShortBody => "declares more than it sends",
        WebFault::BadChunk => "a chunk size that is no number",
        WebFault::RedirectLoop => "redirects in a circle",
        WebFault::Expired => "its certificate has expired",
        WebFault::WrongName => "its certificate is for another name",
        WebFault::UnknownAuthority => "its certificate's issuer is unknown",
        WebFault::PlainHttp => "plain HTTP where TLS is expected",
    }
}

/// An address of the lab.
const fn at(third: u8, fourth: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 53, third, fourth))
}

/// [`Plan::standard`].
pub(super) fn plan() -> Plan {
    Plan {
        ports: LabPorts { dns: 5300, http: 8080, https: 8443 },
        servers: servers(),
        zones: ZONES
            .iter()
            .map(|(origin, text)| Zone { origin: (*origin).to_owned(), text: (*text).to_owned() })
            .collect(),
        resolver: at(0, 53),
        sites: sites(),
        names: names(),
    }
}

fn servers() -> Vec<NameServer> {
    let owned = |zones: &[&str]| zones.iter().map(|zone| (*zone).to_owned()).collect();
    let honest = SERVERS.iter().map(|(name, role, [third, fourth], zones)| NameServer {
        name: (*name).to_owned(),
        role: *role,
        address: at(*third, *fourth),
        zones: owned(zones),
        fault: None,
    });
    let faulty = FAULTY.iter().map(|(name, fourth, zones, fault)| NameServer {
        name: (*name).to_owned(),
        role: LabRole::Authority,
        address: at(3, *fourth),
        zones: owned(zones),
        fault: Some(*fault),
    });
    honest.chain(faulty).collect()
}

fn sites() -> Vec<Site> {
    let site = |names: &[&str], address, secure, title: &str, text: &str| Site {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        address,
        secure,
        page: page(title, text),
        fault: None,
    };
    let shop = "Apples, bread and cheese. This page comes from a pocket internet\non your own machine.";
    let v4 = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let mut sites = vec![
        site(&["shop.test", "www.shop.test"], at(1, 80), false, "The shop", shop),
        site(
            &["blog.test", "www.blog.test"],
            at(1, 80),
            false,
            "The blog",
            "The shop has the same address as this blog.\nThe Host field of your request chose this page.",
        ),
        // Browsers take every name under localhost for this machine and ask no name server (RFC 6761 section 6.3).
        site(&["shop.localhost"], v4, false, "The shop", shop),
        site(&["shop.localhost"], v6, false, "The shop", shop),
        site(
            &["bank.test", "www.bank.test"],
            at(1, 81),
            true,
            "The bank",
            "Nobody on the way could read this.",
        ),
        site(
            &["example.com", "www.example.com", "glueless.test", "store.example.com"],
            at(1, 82),
            false,
            "Example",
            "The example.com of a pocket internet.",
        ),
        site(
            &["example.net", "www.example.net", "example.org", "www.example.org"],
            at(1, 82),
            false,
            "Another example",
            "A name under another top-level domain, at the address of example.com.",
        ),
        site(&["six.test"], v6, false, "Six", "You came over IPv6: this name has no other address."),
        site(
            &["big.test", "short.test", "half.test", "truncated.fault.test", "slow.fault.test"],
            at(1, 80),
            false,
            "A page",
            "Its name was the interesting part.",
        ),
    ];
    let machines = [(83, "first"), (84, "second"), (85, "third")];
    sites.extend(machines.map(|(fourth, which)| {
        let text = format!("You reached the {which} of three machines with this name.");
        site(&["many.test"], at(1, fourth), false, "Many", &text)
    }));
    sites.extend(BROKEN.map(|(name, fourth, secure, fault)| Site {
        fault: Some(fault),
        ..site(&[name], at(2, fourth), secure, name, "This machine misbehaves on purpose.")
    }));
    sites
}

fn page(title: &str, text: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    )
}

fn names() -> Vec<Worth> {
    let worth = |name: &str, shows: &str, command: String| Worth {
        name: name.to_owned(),
        shows: shows.to_owned(),
        command: Some(command),
    };
    let told = NAMES.map(|(name, shows, command)| worth(name, shows, command.to_owned()));
    let broken = BROKEN.map(|(name, _, secure, fault)| {
        let (scheme, port) = if secure { ("https", "{https}") } else { ("http", "{http}") };
        worth(name, broken_shows(fault), format!("get {scheme}://{name}:{port}/ --lab"))
    });
    told.into_iter().chain(broken).collect()
}
