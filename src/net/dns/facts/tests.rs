//! What replies mean, built by hand; and mutated messages, which neither panic nor take long.

use std::net::Ipv4Addr;

use hickory_proto::op::{MessageType, OpCode};
use hickory_proto::rr::rdata::{A, CNAME, NS, NULL, SOA, TXT};
use hickory_proto::rr::{Record as Rr, RecordType as Type};

use super::*;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn reply_to(question: &str, record_type: Type) -> Message {
    let mut message = Message::new(7, MessageType::Response, OpCode::Query);
    message.add_query(hickory_proto::op::Query::query(name(question), record_type));
    message
}

fn rr(owner: &str, ttl: u32, data: RData) -> Rr {
    Rr::from_rdata(name(owner), ttl, data)
}

fn address(owner: &str) -> Rr {
    rr(owner, 60, RData::A(A(Ipv4Addr::LOCALHOST)))
}

fn alias(owner: &str, target: &str) -> Rr {
    rr(owner, 60, RData::CNAME(CNAME(name(target))))
}

fn server(owner: &str) -> Rr {
    rr(owner, 60, RData::NS(NS(name("ns.elsewhere.test."))))
}

fn soa(owner: &str, ttl: u32, minimum: u32) -> Rr {
    rr(owner, ttl, RData::SOA(SOA::new(name("ns.test."), name("admin.test."), 1, 2, 3, 4, minimum)))
}

fn recursive(message: &mut Message) {
    message.metadata.recursion_desired = true;
    message.metadata.recursion_available = true;
}

fn carried(transport: Transport) -> Carried {
    Carried { ends: Ends::default(), transport, server: None }
}

#[test]
fn an_answer_is_one_whatever_its_case_and_behind_aliases() {
    let mut message = reply_to("WWW.shop.test.", Type::A);
    message.add_answer(alias("www.SHOP.test.", "shop.test."));
    message.add_answer(address("Shop.Test."));
    assert_eq!(meaning(&message), Meaning::Answer);
    assert_eq!(addresses(&message), [std::net::IpAddr::from([127, 0, 0, 1])]);
    // Of another name it is none.
    let mut message = reply_to("www.shop.test.", Type::A);
    message.add_answer(address("evil.test."));
    assert_eq!(meaning(&message), Meaning::Lame);
    assert!(addresses(&message).is_empty());
}

#[test]
fn an_alias_alone_is_one_and_with_a_soa_record_a_no() {
    let mut message = reply_to("www.shop.test.", Type::A);
    message.metadata.authoritative = true;
    message.add_answer(alias("www.shop.test.", "www.blog.test."));
    assert_eq!(meaning(&message), Meaning::Alias);
    let mut no = message.clone();
    no.add_authority(soa("blog.test.", 60, 60));
    assert_eq!(meaning(&no), Meaning::NoData);
    // The zone of the alias says nothing about its target.
    let mut other = message.clone();
    other.add_authority(soa("shop.test.", 60, 60));
    assert_eq!(meaning(&other), Meaning::Alias);
    // A server that looked further has nothing to add.
    recursive(&mut message);
    assert_eq!(meaning(&message), Meaning::NoData);
    let mut asked_for = reply_to("www.shop.test.", Type::CNAME);
    asked_for.add_answer(alias("www.shop.test.", "www.blog.test."));
    assert_eq!(meaning(&asked_for), Meaning::Answer);
    let mut any = reply_to("www.shop.test.", Type::ANY);
    any.add_answer(alias("www.shop.test.", "www.blog.test."));
    assert_eq!(meaning(&any), Meaning::Answer);
}

#[test]
fn aliases_in_a_circle_are_no_nodata() {
    let mut message = reply_to("www.shop.test.", Type::A);
    message.add_answer(alias("www.shop.test.", "b.shop.test."));
    message.add_answer(alias("B.shop.test.", "WWW.shop.test."));
    // RFC 1034 sections 3.6.2 and 5.3.3: whoever answers, and whatever came along.
    assert_eq!(meaning(&message), Meaning::AliasLoop);
    recursive(&mut message);
    assert_eq!(meaning(&message), Meaning::AliasLoop);
    message.add_authority(soa("shop.test.", 60, 60));
    assert_eq!(meaning(&message), Meaning::AliasLoop);
    let facts = reply(&message, &[], carried(Transport::Udp));
    assert_eq!((facts.aliases().len(), facts.alias_end()), (2, None));
    let mut own = reply_to("www.shop.test.", Type::A);
    own.add_answer(alias("www.shop.test.", "www.shop.test."));
    assert_eq!(meaning(&own), Meaning::AliasLoop);
    assert_eq!(reply(&own, &[], carried(Transport::Udp)).aliases().len(), 1);
}

#[test]
fn records_of_another_class_are_no_answer() {
    let mut message = reply_to("www.shop.test.", Type::A);
    let mut chaos = address("www.shop.test.");
    chaos.dns_class = DNSClass::CH;
    message.add_answer(chaos.clone());
    assert_eq!(meaning(&message), Meaning::Lame);
    assert!(addresses(&message).is_empty());
    message.queries[0].set_query_class(DNSClass::CH);
    assert_eq!(meaning(&message), Meaning::Answer);
    // Nor is an alias of another class one, and no SOA record a no.
    let mut message = reply_to("www.shop.test.", Type::A);
    let mut other = alias("www.shop.test.", "b.test.");
    other.dns_class = DNSClass::CH;
    message.add_answer(other);
    assert_eq!(meaning(&message), Meaning::Lame);
    let mut message = reply_to("www.shop.test.", Type::A);
    let mut zone = soa("shop.test.", 60, 60);
    zone.dns_class = DNSClass::CH;
    message.add_authority(zone);
    assert_eq!(meaning(&message), Meaning::Lame);
}

#[test]
fn a_dname_redirects_what_is_below_it() {
    let dname = |target: &[u8]| RData::Unknown { code: Type::DNAME, rdata: NULL::with(target.to_vec()) };
    let mut message = reply_to("www.old.test.", Type::A);
    message.add_answer(rr("old.test.", 60, dname(b"\x03new\x04test\x00")));
    assert_eq!(meaning(&message), Meaning::Alias);
    message.add_answer(address("www.new.test."));
    assert_eq!(meaning(&message), Meaning::Answer);
    // It does not redirect its own owner (RFC 6672 section 2.3), and a name that grows without end is not followed.
    let mut own = reply_to("old.test.", Type::A);
    own.add_answer(rr("old.test.", 60, dname(b"\x03new\x04test\x00")));
    assert_eq!(meaning(&own), Meaning::Lame);
    let mut growing = reply_to("a.x.test.", Type::A);
    growing.add_answer(rr("x.test.", 60, dname(b"\x01b\x01x\x04test\x00")));
    assert_eq!(meaning(&growing), Meaning::Alias);
}

#[test]
fn a_referral_points_down_and_has_no_authority() {
    let mut message = reply_to("www.shop.test.", Type::A);
    message.add_authority(server("shop.test."));
    assert_eq!(meaning(&message), Meaning::Referral);
    let mut upwards = reply_to("www.shop.test.", Type::A);
    upwards.add_authority(server("."));
    assert_eq!(meaning(&upwards), Meaning::Lame);
    let mut sideways = reply_to("www.shop.test.", Type::A);
    sideways.add_authority(server("blog.test."));
    assert_eq!(meaning(&sideways), Meaning::Lame);
    // RFC 2308 section 2.2: NS and SOA together are a no of type 1.
    message.add_authority(soa("shop.test.", 60, 60));
    assert_eq!(meaning(&message), Meaning::NoData);
}

#[test]
fn nothing_at_all_is_a_no_only_from_who_may_say_so() {
    let mut message = reply_to("www.shop.test.", Type::A);
    assert_eq!(meaning(&message), Meaning::Lame);
    let mut resolver = message.clone();
    recursive(&mut resolver);
    assert_eq!(meaning(&resolver), Meaning::NoData);
    message.metadata.authoritative = true;
    assert_eq!(meaning(&message), Meaning::NoData);
}

#[test]
fn codes_are_kept_apart() {
    let with = |code: ResponseCode| {
        let mut message = reply_to("www.shop.test.", Type::A);
        message.metadata.response_code = code;
        meaning(&message)
    };
    assert_eq!(with(ResponseCode::NXDomain), Meaning::NoSuchName);
    assert_eq!(with(ResponseCode::ServFail), Meaning::ServerFailure);
    assert_eq!(with(ResponseCode::Refused), Meaning::Refused);
    assert_eq!(with(ResponseCode::FormErr), Meaning::OtherError);
    assert_eq!(with(ResponseCode::NotImp), Meaning::OtherError);
}

#[test]
fn a_cut_off_reply_is_one_only_where_there_is_a_larger_one() {
    let mut message = reply_to("www.shop.test.", Type::A);
    message.metadata.truncation = true;
    message.add_answer(address("www.shop.test."));
    assert_eq!(reply(&message, &[], carried(Transport::Udp)).meaning, Meaning::Truncated);
    assert_eq!(reply(&message, &[], carried(Transport::Tcp)).meaning, Meaning::Answer);
    // What is missing says nothing (RFC 2181 section 9), whoever says it; the code in the header is whole.
    message.answers.clear();
    let over_tcp = |message: &Message| reply(message, &[], carried(Transport::Tcp)).meaning;
    assert_eq!(over_tcp(&message), Meaning::Truncated);
    message.metadata.authoritative = true;
    assert_eq!(over_tcp(&message), Meaning::Truncated);
    message.add_authority(soa("test.", 60, 60));
    assert_eq!(over_tcp(&message), Meaning::Truncated);
    message.metadata.response_code = ResponseCode::NXDomain;
    assert_eq!(over_tcp(&message), Meaning::NoSuchName);
}

#[test]
fn a_no_may_be_remembered_for_the_lesser_of_two_times() {
    for (ttl, minimum, expected) in [(300, 45, 45), (30, 45, 30)] {
        let mut message = reply_to("nope.test.", Type::A);
        message.metadata.response_code = ResponseCode::NXDomain;
        message.add_authority(soa("test.", ttl, minimum));
        let facts = reply(&message, &[], carried(Transport::Udp));
        assert_eq!(facts.negative_ttl, Some(expected));
        message.metadata.response_code = ResponseCode::NoError;
        message.add_answer(address("nope.test."));
        assert_eq!(reply(&message, &[], carried(Transport::Udp)).negative_ttl, None);
    }
}

/// A small generator whose every run is the same (xorshift, Marsaglia 2003).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Messages with compression, of many types, with EDNS; and raw ones of types that the library does not read.
fn seeds() -> Vec<Vec<u8>> {
    let mut plain = reply_to("www.shop.test.", Type::A);
    plain.add_answer(alias("www.shop.test.", "shop.test."));
    plain.add_answer(address("shop.test."));
    plain.add_authority(server("shop.test."));
    plain.add_additional(address("ns.elsewhere.test."));
    let mut edns = hickory_proto::op::Edns::new();
    edns.set_max_payload(1232);
    plain.set_edns(edns);
    let mut no = reply_to("nope.test.", Type::MX);
    no.metadata.response_code = ResponseCode::NXDomain;
    no.add_authority(soa("test.", 300, 45));
    let mut text = reply_to("big.test.", Type::TXT);
    text.add_answer(rr("big.test.", 60, RData::TXT(TXT::new(vec!["one".to_owned(), "two".to_owned()]))));
    let octets: [(u16, &[u8]); 10] = [
        (15, b"\x00\x0a\x04mail\xc0\x0c"),
        (33, b"\x00\x01\x00\x02\x00\x03\x01a\x00"),
        (257, b"\x00\x05issueexample.com"),
        (65, b"\x00\x01\x00\x00\x01\x00\x06\x02h2\x02h3\x00\x03\x00\x02\x20\xfb\x00\x04\x00\x04\x7f\x00\x00\x01"),
        (35, b"\x00\x64\x00\x0a\x01u\x07E2U+sip\x03a!b\x00"),
        (13, b"\x02PC\x05Linux"),
        (52, b"\x03\x01\x01\x01\x02\x03\x04"),
        (37, b"\x00\x01\x00\x02\x08abcdef"),
        (62, b"\x00\x00\x00\x01\x00\x03\x00\x01\x40"),
        (39, b"\x03new\x04test\x00"),
    ];
    let mut seeds: Vec<Vec<u8>> = [plain, no, text].iter().map(|message| message.to_vec().unwrap()).collect();
    for (number, data) in octets {
        let mut message = reply_to("www.shop.test.", Type::from(number)).to_vec().unwrap();
        message[7] = 1;
        message.extend_from_slice(b"\xc0\x0c");
        message.extend_from_slice(&number.to_be_bytes());
        message.extend_from_slice(b"\x00\x01\x00\x00\x00\x3c");
        message.extend_from_slice(&(data.len() as u16).to_be_bytes());
        message.extend_from_slice(data);
        // Whole as it is: or the mutations would only exercise the refusal.
        Message::from_vec(&message).unwrap_or_else(|error| panic!("type {number}: {error}"));
        seeds.push(message);
    }
    seeds
}

fn mutate(octets: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(octets.len());
        match chance.below(7) {
            0 => octets[at] ^= 1 << chance.below(8),
            1 => octets[at] = chance.next() as u8,
            // A pointer, forwards or backwards.
            2 => octets[at] = 0xc0 | chance.below(2) as u8,
            3 => octets[at] = [0, 1, 12, 63, 64, 127, 128, 255][chance.below(8)],
            4 => octets.truncate(at.max(1)),
            5 => octets.insert(at, chance.next() as u8),
            _ => {
                let from = chance.below(octets.len());
                let piece: Vec<u8> = octets[from..].iter().take(chance.below(40)).copied().collect();
                octets.splice(at..at, piece);
            }
        }
    }
}

/// Decodes so many mutated messages and makes facts of what decodes; returns how many did.
fn decode_mutated(times: u64, seed: u64) -> u64 {
    let seeds = seeds();
    let mut chance = Chance(seed);
    let mut decoded = 0;
    for _ in 0..times {
        let mut octets = seeds[chance.below(seeds.len())].clone();
        mutate(&mut octets, &mut chance);
        if let Ok(message) = Message::from_vec(&octets) {
            decoded += 1;
            let facts = reply(&message, &octets, carried(Transport::Udp));
            assert_eq!(facts.len, octets.len() as u64);
            let _ = addresses(&message);
        }
    }
    decoded
}

#[test]
fn mutated_messages_neither_panic_nor_loop() {
    let decoded = decode_mutated(100_000, 0x2545_f491_4f6c_dd1d);
    // Both ways were taken.
    assert!(decoded > 10_000 && decoded < 90_000, "{decoded}");
}

#[test]
// Minutes without optimisation: cargo test --release --lib ten_million
#[cfg(not(debug_assertions))]
fn ten_million_mutated_messages_neither_panic_nor_loop() {
    let decoded = decode_mutated(10_000_000, 0x9e37_79b9_7f4a_7c15);
    assert!(decoded > 1_000_000, "{decoded}");
}

/// 64 kB of records whose names are long chains of pointers.
fn pointer_chains() -> Vec<u8> {
    let mut octets = vec![0, 7, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    octets.extend_from_slice(b"\x01a\x00\x00\x01\x00\x01");
    // One record whose data, of a type that nobody reads, is a chain of pointers, each to the one before.
    octets.extend_from_slice(b"\x00\xff\x00\x00\x01\x00\x00\x00\x00");
    let at = octets.len();
    let len = 0x3ffe - (at + 2);
    octets.extend_from_slice(&(len as u16).to_be_bytes());
    let mut before = 12_u16;
    while octets.len() + 2 <= 0x3ffe {
        let here = octets.len() as u16;
        octets.extend_from_slice(&(0xc000 | before).to_be_bytes());
        before = here;
    }
    let rest = len + at + 2 - octets.len();
    octets.extend(std::iter::repeat_n(0, rest));
    let mut count = 1_u16;
    while octets.len() + 12 <= 65_535 {
        octets.extend_from_slice(&(0xc000 | before).to_be_bytes());
        octets.extend_from_slice(b"\xff\x00\x00\x01\x00\x00\x00\x00\x00\x01");
        octets.push(0);
        count += 1;
    }
    octets[6..8].copy_from_slice(&count.to_be_bytes());
    octets
}

#[test]
fn the_worst_message_of_64_kilobytes_is_decoded_in_bounded_work() {
    let octets = pointer_chains();
    let message = Message::from_vec(&octets).unwrap();
    assert!(message.answers.len() > 3_000);
    let facts = reply(&message, &octets, carried(Transport::Tcp));
    assert_eq!(facts.answers.len(), message.answers.len());
}
