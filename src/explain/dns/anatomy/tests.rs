//! The anatomy of messages that a library wrote, of messages with one fault each, and of any octets at all.

use std::str::FromStr as _;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, SOA, SRV, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

/// A reply with a record of every type that is taken apart and that the library writes.
fn message() -> Vec<u8> {
    let owner = name("www.shop.test.");
    let record = |data| Record::from_rdata(name("www.shop.test."), 60, data);
    let mut message = Message::new(35388, MessageType::Response, OpCode::Query);
    message.metadata.authoritative = true;
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(owner.clone(), RecordType::A));
    let zone = name("shop.test.");
    let data = [
        RData::CNAME(CNAME(zone.clone())),
        RData::A(A::new(127, 53, 1, 80)),
        RData::AAAA(AAAA::new(0, 0, 0, 0, 0, 0, 0, 1)),
        RData::MX(MX::new(10, name("mail.shop.test."))),
        RData::TXT(TXT::new(vec!["hello \"you\"".to_owned()])),
        RData::SRV(SRV::new(1, 2, 8080, name("web.shop.test."))),
    ];
    message.add_answers(data.map(record));
    message.add_authority(Record::from_rdata(zone.clone(), 300, RData::NS(NS(name("ns.shop.test.")))));
    let soa = SOA::new(name("ns.shop.test."), name("admin.shop.test."), 7, 3600, 600, 86400, 30);
    message.add_authority(Record::from_rdata(zone, 300, RData::SOA(soa)));
    let mut edns = Edns::new();
    edns.set_max_payload(1232);
    message.edns = Some(edns);
    message.to_vec().unwrap()
}

fn covers(parts: &[Part], len: usize) {
    let mut at = 0;
    for part in parts {
        assert_eq!(part.range.start, at, "{part:?}");
        assert!(part.range.end > part.range.start, "{part:?}");
        at = part.range.end;
    }
    assert_eq!(at, len);
}

fn dissected(octets: &[u8]) -> Vec<Part> {
    let parts = dissect(octets, octets.len() as u64);
    covers(&parts, octets.len());
    parts
}

fn value<'p>(parts: &'p [Part], name: &str) -> &'p str {
    parts.iter().find(|part| part.name == name).map_or("", |part| part.value.as_str())
}

fn faults(parts: &[Part]) -> Vec<(usize, &str)> {
    parts.iter().filter_map(|part| Some((part.range.start, part.broken.as_deref()?))).collect()
}

#[test]
fn every_field_of_a_whole_reply_is_named() {
    let octets = message();
    let parts = dissected(&octets);
    assert_eq!(faults(&parts), []);
    assert_eq!(value(&parts, "ID"), "35388");
    assert_eq!(value(&parts, "ANCOUNT"), "6");
    assert_eq!(value(&parts, "QNAME"), "www.shop.test.");
    assert_eq!(value(&parts, "QTYPE"), "1 A");
    assert_eq!(value(&parts, "CNAME"), "shop.test.");
    assert_eq!(value(&parts, "ADDRESS"), "127.53.1.80");
    assert_eq!(value(&parts, "EXCHANGE"), "mail.shop.test.");
    assert_eq!(value(&parts, "TXT-DATA"), r#""hello \"you\"""#);
    assert_eq!(value(&parts, "Target"), "web.shop.test.");
    assert_eq!(value(&parts, "NSDNAME"), "ns.shop.test.");
    assert_eq!(value(&parts, "RNAME"), "admin.shop.test.");
    assert_eq!(value(&parts, "MINIMUM"), "30 seconds");
    assert_eq!(value(&parts, "UDP payload size"), "1232");
    let headings: Vec<&str> =
        parts.iter().map(|part| part.heading.as_str()).filter(|text| !text.is_empty()).collect();
    assert_eq!(headings[..3], ["header", "question", "answer 1 of 6"]);
    assert_eq!(headings.last(), Some(&"additional"));
}

#[test]
fn flags_are_rows_of_bits() {
    let parts = dissected(&message());
    let flags = parts.iter().find(|part| part.name == "flags").unwrap();
    let rows: Vec<String> =
        flags.bits.iter().map(|bits| format!("{} {} {}", bits.pattern, bits.name, bits.value)).collect();
    assert_eq!(
        rows,
        [
            "1... .... .... .... QR 1",
            ".000 0... .... .... OPCODE 0 QUERY",
            ".... .1.. .... .... AA 1",
            ".... ..0. .... .... TC 0",
            ".... ...1 .... .... RD 1",
            ".... .... 0... .... RA 0",
            ".... .... .0.. .... Z 0",
            ".... .... ..0. .... AD 0",
            ".... .... ...0 .... CD 0",
            ".... .... .... 0000 RCODE 0 NOERROR",
        ]
    );
}

/// RFC 6840 section 5.7: in a question AD asks for AD in the answer, and says nothing of data.
#[test]
fn ad_is_another_thing_in_a_question() {
    let note = |first: u8, second: u8| {
        let mut octets = asks(b"\x00");
        (octets[2], octets[3]) = (first, second);
        let parts = dissected(&octets);
        let flags = parts.iter().find(|part| part.name == "flags").unwrap();
        flags.bits.iter().find(|bits| bits.name == "AD").unwrap().note
    };
    assert_eq!(note(0x01, 0x20), "DNSSEC: AD is understood");
    assert_eq!(note(0x81, 0x20), "DNSSEC: data checked");
    assert_eq!(note(0x81, 0x00), "DNSSEC: not said to be checked");
}

#[test]
fn pointers_are_followed_and_told() {
    let parts = dissected(&message());
    let question = parts.iter().find(|part| part.name == "QNAME").unwrap();
    assert_eq!(question.note, "3 www, 4 shop, 4 test, 0");
    let owner = parts.iter().find(|part| part.name == "NAME").unwrap();
    assert_eq!((owner.value.as_str(), owner.note.as_str()), ("www.shop.test.", "pointer to 00000c"));
    assert_eq!(owner.range.len(), 2);
}

/// A header that counts one question, and what is to be its name.
fn asks(name: &[u8]) -> Vec<u8> {
    [&[0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], name].concat()
}

#[test]
fn what_is_broken_in_a_name_is_said_at_its_octet() {
    let fault = |name: &[u8]| {
        let octets = asks(name);
        let parts = dissected(&octets);
        let found = faults(&parts);
        assert_eq!(found.first().map(|(at, _)| *at), Some(12), "{found:?}");
        found[0].1.to_owned()
    };
    assert!(fault(&[0xc0, 12, 0, 1, 0, 1]).contains("leads to itself: a loop"));
    assert!(fault(&[0xc0, 40, 0, 1, 0, 1]).contains("leads forward, to 000028"));
    assert!(fault(&[1, b'a', 0xc0, 12, 0, 1, 0, 1]).contains("into the name that it ends: a loop"));
    assert!(fault(&[0x80, 1, 0, 1]).contains("80 at 00000c begins neither"));
    assert!(fault(&[9, b'a']).contains("the label at 00000c is to have 9 bytes"));
    assert!(fault(&[1, b'a']).contains("the name has no end"));
    assert!(fault(&[0xc0]).contains("one byte of two"));
    let long: Vec<u8> = [[60].as_slice(), &[b'x'; 60]].concat().repeat(5);
    assert!(fault(&[&long[..], &[0, 0, 1, 0, 1]].concat()).contains("306 bytes: a name has at most 255"));
    // A pointer into the header is followed like any other.
    let parts = dissected(&asks(&[0xc0, 6, 0, 1, 0, 1]));
    assert_eq!(value(&parts, "QNAME"), ".");
}

#[test]
fn lengths_and_counts_that_lie_are_named() {
    let whole = message();
    let mut counts = whole.clone();
    counts[7] = 60;
    let parts = dissected(&counts);
    assert!(faults(&parts).iter().any(|(at, words)| *at == 6 && words.contains("ends after")), "{parts:?}");
    let mut left = whole.clone();
    left[7] = 1;
    (left[9], left[11]) = (0, 0);
    let parts = dissected(&left);
    assert_eq!(parts.last().map(|part| part.name.as_str()), Some("left over"));
    let record = [0u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 9, 127, 0, 0, 1];
    let header = [0u8, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    let parts = dissected(&[&header[..], &record].concat());
    assert_eq!(faults(&parts), [(21, "only 4 bytes left in the message")]);
    // An address of five octets: its fields end before its data does.
    let record = [0u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 5, 127, 0, 0, 1, 9];
    let parts = dissected(&[&header[..], &record].concat());
    assert_eq!(faults(&parts), [(27, "the fields of this type end before this byte")]);
    let record = [0u8, 0, 1, 0, 1, 0, 0, 0, 60, 0, 3, 127, 0, 0];
    let parts = dissected(&[&header[..], &record].concat());
    assert!(faults(&parts)[0].1.starts_with("ADDRESS takes 4 bytes, 3 left"), "{parts:?}");
}

#[test]
fn a_message_cut_off_says_what_is_missing_and_who_cut_it() {
    let whole = message();
    for end in 0..whole.len() {
        let parts = dissect(&whole[..end], end as u64);
        covers(&parts, end);
        assert!(end == 0 || !faults(&parts).is_empty(), "{end}: {parts:?}");
    }
    let parts = dissect(&whole[..13], whole.len() as u64);
    assert!(faults(&parts).iter().all(|(_, words)| !words.contains("RDLENGTH")), "{parts:?}");
    let parts = dissect(&whole[..3], whole.len() as u64);
    assert!(faults(&parts)[0].1.contains("not captured"), "{parts:?}");
    assert_eq!(dissect(&[], 0), []);
}

#[test]
fn records_of_services_authorities_and_options_are_taken_apart() {
    let header = [0u8, 1, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    let record = |kind: u8, data: &[u8]| {
        let high = u8::from(kind == 1);
        [&header[..], &[0, high, kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8], data].concat()
    };
    let https =
        record(65, &[0, 1, 0, 0, 1, 0, 3, 2, b'h', b'2', 0, 3, 0, 2, 0x20, 0xfb, 0, 4, 0, 4, 127, 0, 0, 1]);
    let parts = dissected(&https);
    assert_eq!(faults(&parts), []);
    let values: Vec<&str> =
        parts.iter().filter(|part| part.name == "SvcParamValue").map(|part| part.value.as_str()).collect();
    assert_eq!(values, ["\"h2\"", "8443", "127.0.0.1"]);
    let caa = record(1, &[&[0x80, 5], &b"issueca.test"[..]].concat());
    let parts = dissected(&caa);
    assert_eq!((value(&parts, "Tag"), value(&parts, "Value")), ("\"issue\"", "\"ca.test\""));
    let options = [
        &header[..],
        &[0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 14, 0, 10, 0, 2, 7, 7, 0, 15, 0, 4, 0, 3, b'h', b'i'],
    ]
    .concat();
    let parts = dissected(&options);
    assert_eq!(faults(&parts), []);
    assert_eq!(value(&parts, "UDP payload size"), "1232");
    assert_eq!(value(&parts, "EXTRA-TEXT"), "\"hi\"");
    assert!(
        parts.iter().any(|part| part.bits.first().is_some_and(|bits| bits.name == "DO" && bits.value == "1"))
    );
    let unknown = record(200, &[1, 2, 3]);
    assert_eq!(value(&dissected(&unknown), "RDATA"), "010203");
}

#[test]
fn a_full_message_of_small_records_and_pointer_chains_ends_soon() {
    // 65,535 octets of records with no data, each of whose names follows as long a chain of pointers as there is.
    let mut octets = vec![0u8, 1, 0x80, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0];
    while octets.len() < 0x3f00 {
        let target = octets.len() - if octets.len() == 13 { 1 } else { 2 };
        octets.extend([0xc0 | (target >> 8) as u8, target as u8]);
    }
    while octets.len() < 65_500 {
        octets.extend([0xfe, 0xfe, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0]);
    }
    let parts = dissected(&octets);
    assert!(parts.len() <= MOST + 1);
    let text: usize = parts.iter().map(|part| part.value.len() + part.note.len()).sum();
    assert!(text < 1_000_000, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_covered(octets in proptest::collection::vec(any::<u8>(), 0..600), more in 0u64..3) {
        let parts = dissect(&octets, octets.len() as u64 + more);
        covers(&parts, octets.len());
        prop_assert!(parts.len() <= MOST + 1);
        for part in &parts {
            prop_assert!(part.value.len() <= 1200 && part.note.len() <= 2400, "{:?}", part);
        }
    }

    #[test]
    fn mutated_messages_are_covered(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), cut in any::<prop::sample::Index>()) {
        let mut octets = message();
        for (place, octet) in changes {
            let at = place.index(octets.len());
            octets[at] = octet;
        }
        covers(&dissect(&octets, octets.len() as u64), octets.len());
        octets.truncate(cut.index(octets.len()) + 1);
        covers(&dissect(&octets, octets.len() as u64), octets.len());
    }
}
