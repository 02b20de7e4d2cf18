#![expect(clippy::wildcard_enum_match_arm, reason = "whatever else comes fails the test")]
use std::net::Ipv4Addr;

use hickory_proto::rr::rdata::{A, CNAME, SOA};

use super::*;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn address(owner: &str, ttl: u32, last: u8) -> Record {
    Record::from_rdata(name(owner), ttl, RData::A(A(Ipv4Addr::new(127, 53, 1, last))))
}

fn alias_of(owner: &str, ttl: u32, target: &str) -> Record {
    Record::from_rdata(name(owner), ttl, RData::CNAME(CNAME(name(target))))
}

fn soa(ttl: u32, minimum: u32) -> Record {
    let data = SOA::new(name("ns.test."), name("host.test."), 1, 3600, 600, 86400, minimum);
    Record::from_rdata(name("test."), ttl, RData::SOA(data))
}

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn end(cache: &Cache, asked: &str, record_type: RecordType, now: f64) -> End {
    cache.known(&name(asked), record_type, at(now)).end
}

#[test]
fn a_ttl_falls_second_by_second_and_the_records_go_with_it() {
    let mut cache = Cache::default();
    cache.learn(&[address("shop.test.", 300, 80)], at(10.0));
    let left = |now: f64| match end(&cache, "SHOP.test.", RecordType::A, now) {
        End::Records(records) => Some(records[0].ttl),
        other => {
            assert_eq!(other, End::Missing(name("shop.test.")));
            None
        }
    };
    assert_eq!(left(10.0), Some(300));
    assert_eq!(left(10.9), Some(300));
    assert_eq!(left(11.0), Some(299));
    assert_eq!(left(309.9), Some(1));
    assert_eq!(left(310.0), None);
    assert_eq!(cache.list(at(20.0))[0].ttl, 290);
    assert!(cache.list(at(310.0)).is_empty());
}

#[test]
fn a_set_lasts_as_long_as_its_shortest_record() {
    let mut cache = Cache::default();
    cache.learn(&[address("many.test.", 300, 1), address("many.test.", 60, 2)], at(0.0));
    let End::Records(records) = end(&cache, "many.test.", RecordType::A, 1.0) else { panic!("it is known") };
    assert_eq!(records.iter().map(|record| record.ttl).collect::<Vec<_>>(), [59, 59]);
}

#[test]
fn a_no_of_a_name_is_for_every_type_and_a_no_of_a_record_for_one() {
    let mut cache = Cache::default();
    cache.learn_no(&name("nope.test."), RecordType::A, Meaning::NoSuchName, Some(&soa(300, 60)), at(0.0));
    cache.learn_no(&name("shop.test."), RecordType::AAAA, Meaning::NoData, Some(&soa(30, 60)), at(0.0));
    let no = |end| match end {
        End::No(meaning, soa) => (meaning, soa.map(|soa| soa.ttl)),
        other => panic!("no no: {other:?}"),
    };
    // The lesser of the record's own TTL and its MINIMUM.
    assert_eq!(no(end(&cache, "nope.test.", RecordType::MX, 10.0)), (Meaning::NoSuchName, Some(50)));
    assert_eq!(no(end(&cache, "shop.test.", RecordType::AAAA, 10.0)), (Meaning::NoData, Some(20)));
    assert_eq!(end(&cache, "shop.test.", RecordType::A, 10.0), End::Missing(name("shop.test.")));
    assert_eq!(end(&cache, "nope.test.", RecordType::A, 60.0), End::Missing(name("nope.test.")));
}

#[test]
fn parts_of_a_chain_of_aliases_end_by_themselves() {
    let mut cache = Cache::default();
    cache.learn(&[alias_of("www.shop.test.", 300, "shop.test."), address("shop.test.", 5, 80)], at(0.0));
    let whole = cache.known(&name("www.shop.test."), RecordType::A, at(1.0));
    assert_eq!(whole.aliases.iter().map(|record| record.ttl).collect::<Vec<_>>(), [299]);
    assert!(matches!(&whole.end, End::Records(records) if records[0].ttl == 4));
    let part = cache.known(&name("www.shop.test."), RecordType::A, at(6.0));
    assert_eq!(part.aliases.len(), 1);
    assert_eq!(part.end, End::Missing(name("shop.test.")));
    // Who asks for the alias itself gets it, and no more.
    let itself = cache.known(&name("www.shop.test."), RecordType::CNAME, at(6.0));
    assert!(itself.aliases.is_empty() && matches!(itself.end, End::Records(_)));
}

#[test]
fn aliases_in_a_circle_are_followed_once() {
    let mut cache = Cache::default();
    cache.learn(&[alias_of("a.test.", 60, "b.test."), alias_of("b.test.", 60, "a.test.")], at(0.0));
    assert_eq!(end(&cache, "a.test.", RecordType::A, 1.0), End::Loop);
}

#[test]
fn zero_and_absurd_ttls_are_not_remembered_and_long_ones_end() {
    let mut cache = Cache::default();
    cache.learn(&[address("zero.test.", 0, 1), address("huge.test.", u32::MAX, 2)], at(0.0));
    cache.learn_no(&name("bare.test."), RecordType::A, Meaning::NoSuchName, None, at(0.0));
    assert!(cache.list(at(0.0)).is_empty());
    cache.learn(&[address("long.test.", i32::MAX.unsigned_abs(), 1)], at(0.0));
    assert_eq!(cache.list(at(0.0))[0].ttl, LONGEST);
}

#[test]
fn failures_are_remembered_for_a_second() {
    let mut cache = Cache::default();
    cache.learn_failure(&name("broken.test."), RecordType::A, at(0.0));
    assert_eq!(end(&cache, "broken.test.", RecordType::A, 0.9), End::Failure);
    assert_eq!(end(&cache, "broken.test.", RecordType::A, 1.0), End::Missing(name("broken.test.")));
}

#[test]
fn a_full_cache_forgets_what_ends_first() {
    let mut cache = Cache::default();
    for number in 0..ENTRIES + 10 {
        let ttl = u32::try_from(100 + number).unwrap();
        cache.learn(&[address(&format!("n{number}.test."), ttl, 1)], at(0.0));
    }
    assert_eq!(cache.list(at(1.0)).len(), ENTRIES);
    assert_eq!(end(&cache, "n0.test.", RecordType::A, 1.0), End::Missing(name("n0.test.")));
    let last = format!("n{}.test.", ENTRIES + 9);
    assert!(matches!(end(&cache, &last, RecordType::A, 1.0), End::Records(_)));
}
