use hickory_proto::op::Query;

use super::*;
use crate::lab::plan;

const PARENT: &str = "$TTL 120\n\
    @ SOA ns me 1 1 1 1 30\n@ NS ns\nns A 127.0.0.1\n\
    child NS ns.child\nns.child A 127.0.0.2\nns.child AAAA ::1\nchild NS ns.sibling\nchild NS far.elsewhere.\n\
    sibling NS ns.sibling\nns.sibling A 127.0.0.3\n\
    own NS ns.own\nns.own A 127.0.0.4\n\
    www CNAME host\nhost A 127.0.0.5\nhost A 127.0.0.6\nout CNAME a.elsewhere.\nover CNAME www.own\ndown CNAME x.child\n\
    gone CNAME nowhere\none CNAME two\ntwo CNAME one\n\
    *.wild A 127.0.0.7\n*.wild MX 1 host\nhere.wild TXT x\nbelow.empty.wild A 127.0.0.8\n\
    mail MX 10 host\nmail MX 20 ns.child\n_s._tcp SRV 0 0 1 host\nweb HTTPS 1 . alpn=h2\nweb A 127.0.0.9\n";
const OWN: &str = "$TTL 10\n@ SOA ns me 1 1 1 1 60\n@ NS ns\nns A 127.0.0.4\nwww A 127.0.0.10\n";

fn authority() -> Authority {
    let zone = |origin: &str, text: &str| {
        Zone::read(&plan::Zone { origin: origin.to_owned(), text: text.to_owned() }).unwrap()
    };
    Authority::new(vec![zone("test.", PARENT), zone("own.test.", OWN)])
}

fn ask(name: &str, record_type: RecordType) -> Answer {
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_ascii(name).unwrap(), record_type));
    authority().answer(&query)
}

/// Records as `name type data`, or `name type ttl` for a SOA.
fn short(records: &[Record]) -> Vec<String> {
    let each = records.iter().map(|record| match record.record_type() == RecordType::SOA {
        true => format!("{} SOA {}", record.name, record.ttl),
        false => format!("{} {} {}", record.name, record.record_type(), record.data),
    });
    each.collect()
}

fn is(answer: &Answer, code: ResponseCode, aa: bool, sections: [&[&str]; 3]) {
    assert_eq!((answer.code, answer.authoritative), (code, aa), "{answer:?}");
    assert_eq!(short(&answer.answers), sections[0]);
    assert_eq!(short(&answer.authorities), sections[1]);
    assert_eq!(short(&answer.additionals), sections[2]);
}

const OK: ResponseCode = ResponseCode::NoError;
const NO: ResponseCode = ResponseCode::NXDomain;
const SOA: &[&str] = &["test. SOA 30"];

#[test]
fn a_delegation_is_referred_to_and_not_answered_for() {
    let servers: &[&str] = &[
        "child.test. NS ns.child.test.",
        "child.test. NS ns.sibling.test.",
        "child.test. NS far.elsewhere.",
    ];
    let glue: &[&str] =
        &["ns.child.test. A 127.0.0.2", "ns.child.test. AAAA ::1", "ns.sibling.test. A 127.0.0.3"];
    // Below the cut, at it, and for what looks like the parent's own data.
    for (name, record_type) in [
        ("a.b.child.test.", RecordType::A),
        ("child.test.", RecordType::NS),
        ("child.test.", RecordType::SOA),
        ("ns.child.test.", RecordType::A),
        ("CHILD.test.", RecordType::ANY),
    ] {
        let answer = ask(name, record_type);
        is(&answer, OK, false, [&[], servers, glue]);
        assert_eq!(answer.needed, 2, "a sibling's glue can be looked up elsewhere");
    }
}

#[test]
fn the_parent_answers_for_ds_and_the_child_for_the_rest() {
    is(&ask("child.test.", RecordType::DS), OK, true, [&[], SOA, &[]]);
    is(&ask("own.test.", RecordType::DS), OK, true, [&[], SOA, &[]]);
    is(&ask("own.test.", RecordType::MX), OK, true, [&[], &["own.test. SOA 10"], &[]]);
}

#[test]
fn a_no_carries_the_soa_with_the_time_it_may_be_kept() {
    is(&ask("nope.test.", RecordType::A), NO, true, [&[], SOA, &[]]);
    is(&ask("host.test.", RecordType::AAAA), OK, true, [&[], SOA, &[]]);
    // A name that only has names below it exists (RFC 8020).
    is(&ask("empty.wild.test.", RecordType::A), OK, true, [&[], SOA, &[]]);
    is(&ask("_tcp.test.", RecordType::ANY), OK, true, [&[], SOA, &[]]);
}

#[test]
fn a_wildcard_answers_for_names_that_do_not_exist_and_for_no_other() {
    is(&ask("a.b.wild.test.", RecordType::A), OK, true, [&["a.b.wild.test. A 127.0.0.7"], &[], &[]]);
    is(&ask("a.wild.test.", RecordType::TXT), OK, true, [&[], SOA, &[]]);
    is(&ask("here.wild.test.", RecordType::A), OK, true, [&[], SOA, &[]]);
    is(&ask("x.here.wild.test.", RecordType::A), NO, true, [&[], SOA, &[]]);
    is(&ask("x.empty.wild.test.", RecordType::A), NO, true, [&[], SOA, &[]]);
    is(&ask("*.wild.test.", RecordType::A), OK, true, [&["*.wild.test. A 127.0.0.7"], &[], &[]]);
}

#[test]
fn aliases_are_followed_as_far_as_zones_of_this_server_lead() {
    let host: &[&str] = &["WWW.test. CNAME host.test.", "host.test. A 127.0.0.5", "host.test. A 127.0.0.6"];
    is(&ask("WWW.test.", RecordType::A), OK, true, [host, &[], &[]]);
    is(&ask("www.test.", RecordType::CNAME), OK, true, [&["www.test. CNAME host.test."], &[], &[]]);
    is(&ask("out.test.", RecordType::A), OK, true, [&["out.test. CNAME a.elsewhere."], &[], &[]]);
    let over: &[&str] = &["over.test. CNAME www.own.test.", "www.own.test. A 127.0.0.10"];
    is(&ask("over.test.", RecordType::A), OK, true, [over, &[], &[]]);
    // The code is about the last name (RFC 6604 section 3), AA about the first.
    is(&ask("gone.test.", RecordType::A), NO, true, [&["gone.test. CNAME nowhere.test."], SOA, &[]]);
    let down = ask("down.test.", RecordType::A);
    assert_eq!((down.authoritative, down.answers.len(), down.authorities.len()), (true, 1, 3));
}

#[test]
fn a_loop_of_aliases_ends_as_an_error_that_shows_it() {
    let both: &[&str] = &["one.test. CNAME two.test.", "two.test. CNAME one.test."];
    is(&ask("one.test.", RecordType::A), ResponseCode::ServFail, true, [both, &[], &[]]);
}

#[test]
fn addresses_that_will_be_wanted_come_along() {
    let hosts: &[&str] = &["host.test. A 127.0.0.5", "host.test. A 127.0.0.6"];
    assert_eq!(
        short(&ask("mail.test.", RecordType::MX).additionals),
        hosts,
        "and no glue of a delegated zone"
    );
    assert_eq!(short(&ask("_s._tcp.test.", RecordType::SRV).additionals), hosts);
    assert_eq!(short(&ask("x.wild.test.", RecordType::MX).additionals), hosts);
    assert_eq!(short(&ask("test.", RecordType::NS).additionals), ["ns.test. A 127.0.0.1"]);
    assert_eq!(short(&ask("web.test.", RecordType::HTTPS).additionals), ["web.test. A 127.0.0.9"]);
    assert!(ask("mail.test.", RecordType::ANY).additionals.is_empty());
}

#[test]
fn what_is_not_served_is_refused() {
    for (name, record_type) in [
        ("elsewhere.", RecordType::A),
        (".", RecordType::NS),
        ("test.", RecordType::AXFR),
        ("test.", RecordType::IXFR),
    ] {
        is(&ask(name, record_type), ResponseCode::Refused, false, [&[], &[], &[]]);
    }
    let mut chaos = Query::query(Name::from_ascii("test.").unwrap(), RecordType::TXT);
    chaos.set_query_class(DNSClass::CH);
    let mut query = Message::query();
    query.add_query(chaos);
    assert_eq!(authority().answer(&query).code, ResponseCode::Refused);
}
