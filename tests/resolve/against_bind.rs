//! `netlearn resolve` against BIND: records of every type as dig reads them, and the ways to say no.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use super::bind::Bind;
use super::failure;
use super::support::netlearn;

const ZONE: &str = "$TTL 300
@ SOA ns.shop.test. admin.shop.test. 1 3600 600 86400 60
@ NS ns
@ MX 10 mail
@ CAA 0 issue \"letsencrypt.org\"
ns A 127.0.0.1
mail A 127.0.0.2
www CNAME shop
shop A 127.53.1.80
shop AAAA ::1
odd TXT \"a \\\"q\\\" \\\\ \\200\" \"second; one\"
srv SRV 1 2 3 mail
https HTTPS 1 . mandatory=alpn,port alpn=\"h2,h3\" port=8443 ipv4hint=127.0.0.1,127.0.0.2 ipv6hint=::1
svc SVCB 0 mail
naptr NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.com!\" .
hinfo HINFO \"PC x\" Linux
ptr PTR mail
unk TYPE65280 \\# 3 0a0b0c
dn DNAME shop
tlsa TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
sshfp SSHFP 1 1 0123456789abcdef0123456789abcdef01234567
ds DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
loc LOC 51 30 12.748 N 0 7 39.611 W 0.00m
rp RP a b
a\\.b A 127.0.0.3
";

pub(super) fn zone() -> String {
    let filler = "x".repeat(40);
    (0..60).fold(ZONE.to_owned(), |zone, number| format!("{zone}big TXT \"{number} {filler}\"\n"))
}

fn dig(at: SocketAddr, arguments: &[&str]) -> String {
    let output = Command::new("dig")
        .args(["+noall", "+answer", "+norecurse", &format!("@{}", at.ip()), "-p", &at.port().to_string()])
        .args(arguments)
        .output()
        .expect("dig is installed");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("dig writes ASCII")
}

/// Records in an order and a spacing of their own: dig aligns columns and breaks long hexadecimal.
fn records(text: &str) -> Vec<String> {
    let mut records: Vec<String> = text
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let owner: Vec<&str> = words.by_ref().take(4).collect();
            let data: Vec<&str> = words.collect();
            let hexadecimal = matches!(owner[3], "TLSA" | "SSHFP");
            let data = if hexadecimal { data.concat().to_uppercase() } else { data.join(" ") };
            format!("{} {data}", owner.join(" "))
        })
        .collect();
    records.sort();
    records
}

/// The data alone, of records in the format for unknown types (RFC 3597 section 5).
fn raw(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().skip(4).collect::<Vec<_>>().concat()).collect()
}

#[test]
#[ignore = "needs named and dig"]
fn every_type_reads_as_dig_reads_it() {
    let bind = Bind::start(Ipv4Addr::LOCALHOST.into(), &[("shop.test", &zone())]);
    let at = format!("@{}", bind.address);
    for (name, record_type) in [
        ("shop.test", "SOA"),
        ("shop.test", "NS"),
        ("shop.test", "MX"),
        ("shop.test", "CAA"),
        ("Shop.shop.test", "A"),
        ("shop.shop.test", "AAAA"),
        ("www.shop.test", "A"),
        ("www.shop.test", "CNAME"),
        ("odd.shop.test", "TXT"),
        ("srv.shop.test", "SRV"),
        ("https.shop.test", "HTTPS"),
        ("svc.shop.test", "SVCB"),
        ("naptr.shop.test", "NAPTR"),
        ("hinfo.shop.test", "HINFO"),
        ("ptr.shop.test", "PTR"),
        ("unk.shop.test", "TYPE65280"),
        ("dn.shop.test", "DNAME"),
        ("tlsa.shop.test", "TLSA"),
        ("sshfp.shop.test", "SSHFP"),
        ("a\\.b.shop.test", "A"),
        ("shop.shop.test", "ANY"),
        ("shop.test", "ANY"),
    ] {
        let run = netlearn(&["resolve", name, record_type, &at]);
        assert_eq!(run.code, 0, "{name} {record_type}: {}", run.stderr);
        let expected = records(&dig(bind.address, &[name, record_type]));
        assert!(!expected.is_empty(), "{name} {record_type}");
        assert_eq!(records(&run.text()), expected, "{name} {record_type}");
    }
    for (name, record_type) in [("ds.shop.test", "DS"), ("loc.shop.test", "LOC"), ("rp.shop.test", "RP")] {
        let run = netlearn(&["resolve", name, record_type, &at]);
        let expected = raw(&dig(bind.address, &["+unknownformat", name, record_type]));
        assert_eq!(raw(&run.text()), expected, "{name} {record_type}");
    }
}

#[test]
#[ignore = "needs named and dig"]
fn sixty_texts_come_over_tcp_and_the_events_say_why() {
    let bind = Bind::start(Ipv4Addr::LOCALHOST.into(), &[("shop.test", &zone())]);
    let at = format!("@{}", bind.address);
    let run = netlearn(&["resolve", "big.shop.test", "TXT", &at]);
    assert_eq!(records(&run.text()), records(&dig(bind.address, &["big.shop.test", "TXT"])));
    assert_eq!(run.text().lines().count(), 60);
    let run = netlearn(&["resolve", "big.shop.test", "TXT", &at, "--json"]);
    let queries = run.events_of("query");
    let told: Vec<_> =
        queries.iter().map(|query| (query["transport"].as_str(), query["reason"].as_str())).collect();
    assert_eq!(told, [(Some("udp"), Some("asked")), (Some("tcp"), Some("truncated"))]);
    assert_eq!(run.events_of("reply")[0]["tc"], true);
    let run = netlearn(&["resolve", "big.shop.test", "TXT", &at, "--tcp", "--json"]);
    assert_eq!(run.event("query")["transport"], "tcp");
}

#[test]
#[ignore = "needs named"]
fn the_noes_of_bind_are_told_apart() {
    let bind = Bind::start(Ipv4Addr::LOCALHOST.into(), &[("shop.test", &zone())]);
    let at = format!("@{}", bind.address);
    for (arguments, code, kind) in [
        (["nope.shop.test", "A"], 4, "no_such_name"),
        (["mail.shop.test", "AAAA"], 3, "no_such_record"),
        (["other.test", "A"], 5, "server_refused"),
    ] {
        let run = netlearn(&[&["resolve", &at, "--json"], arguments.as_slice()].concat());
        assert_eq!(failure(&run), (code, kind.to_owned()), "{arguments:?}");
    }
    // The name is there in one family: that is an answer.
    let run = netlearn(&["resolve", "mail.shop.test", &at, "--short"]);
    assert_eq!((run.code, run.text().as_str()), (0, "127.0.0.2\n"));
}
