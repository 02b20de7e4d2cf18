//! Walks through a toy world, case by case.
#![expect(clippy::wildcard_enum_match_arm, reason = "tests look for the kinds they mean")]

mod outcome;
mod passed_over;
mod toy;

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use super::*;
use crate::event::EventKind;
use crate::event::dns::{Meaning, Reason, SkipReason};
use crate::event::failure::{Evidence, FailureKind};
use crate::event::recorder::Delivery;
use outcome::Outcome;
use toy::Does::{self, RefersUp, Says, Serves, Silence, WrongId};
use toy::ip;

fn budget() -> Budget {
    Budget { questions: 60, time: Duration::from_secs(20), server: Duration::from_secs(5) }
}

/// Silence is awaited for this long, in two tries; the servers that answer have to be faster.
const SHORT: Duration = Duration::from_secs(1);

async fn go(plan: &[(u8, Does)], name: &str, budget: &Budget) -> Outcome {
    let toy = toy::start(plan).await;
    let question =
        Question { name: Name::from_ascii(name).unwrap(), record_type: RecordType::A, encoded: None };
    let world = World { roots: vec![SocketAddr::new(ip(1), toy.port)], ..World::default() };
    let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let result = walk(&question, budget, false, Side::Client, &world, &recorder).await;
    drop(recorder);
    Outcome { result, kinds: stream.map(|event| event.kind).collect() }
}

const ROOT: Does = Serves(&[(
    ".",
    "
    test. NS ns.test.
    ns.test. A 127.77.0.2
    other. NS ns.other.
    ns.other. A 127.77.0.4
",
)]);

const TEST: Does = Serves(&[(
    "test.",
    "
    shop.test. NS ns.shop.test.
    ns.shop.test. A 127.77.0.3
    alias.test. CNAME www.shop.test.
    away.test. CNAME www.other.
    loop.test. CNAME back.other.
    circle.test. CNAME circle.test.
    a.test. CNAME b.test.
    b.test. CNAME a.test.
    glueless.test. NS ns.other.
    sibling.test. NS ns.elsewhere.other.
    ns.elsewhere.other. A 127.77.0.99
    dangling.test. NS nowhere.other.
    self.test. NS ns.self.test.
    one.test. NS ns.two.test.
    two.test. NS ns.one.test.
    broken.test. NS ns1.broken.test.
    broken.test. NS ns2.broken.test.
    ns1.broken.test. A 127.77.0.5
    ns2.broken.test. A 127.77.0.3
",
)]);

const SHOP: Does = Serves(&[
    (
        "shop.test.",
        "
        shop.test. A 127.77.1.80
        www.shop.test. CNAME shop.test.
        text.shop.test. AAAA ::1
    ",
    ),
    ("broken.test.", "www.broken.test. A 127.77.1.81"),
]);

const OTHER: Does = Serves(&[
    (
        "other.",
        "
        www.other. A 127.77.1.82
        ns.elsewhere.other. A 127.77.0.4
        back.other. CNAME loop.test.
        ns.other. A 127.77.0.4
    ",
    ),
    ("glueless.test.", "www.glueless.test. A 127.77.1.83"),
    ("sibling.test.", "www.sibling.test. A 127.77.1.84"),
]);

const PLAN: &[(u8, Does)] = &[(1, ROOT), (2, TEST), (3, SHOP), (4, OTHER)];

/// The plan with one more server, at 5: the first of `broken.test.`.
fn with_fifth(does: Does) -> Vec<(u8, Does)> {
    let mut plan = PLAN.to_vec();
    plan.push((5, does));
    plan
}

#[tokio::test]
async fn each_server_is_asked_in_turn_and_the_last_one_answers() {
    let outcome = go(PLAN, "www.shop.test.", &budget()).await;
    assert_eq!(outcome.data(), ["shop.test.", "127.77.1.80"]);
    let walked = outcome.walked();
    let zones: Vec<&str> = walked.path.iter().map(|server| server.zone.as_str()).collect();
    assert_eq!(zones, [".", "test.", "shop.test."]);
    assert_eq!(walked.path[2].server.as_deref(), Some("ns.shop.test."));
    assert_eq!((walked.meaning, walked.ttl, walked.questions), (Meaning::Answer, Some(60), 3));
    assert_eq!(walked.aliases.len(), 1);
    assert_eq!(outcome.asked(), [(1, Reason::Root), (2, Reason::Referral), (3, Reason::Referral)]);
    assert!(outcome.queries().iter().all(|query| !query.recursion_desired));
    let servers: Vec<_> = outcome.queries().iter().map(|query| query.server.clone().unwrap()).collect();
    assert_eq!(servers, [".", "test.", "shop.test."]);
    assert_eq!(outcome.referrals()[0].servers[0].glue, [ip(2)]);
}

#[tokio::test]
async fn a_no_is_an_answer() {
    let outcome = go(PLAN, "nope.shop.test.", &budget()).await;
    assert_eq!((outcome.walked().meaning, outcome.walked().ttl), (Meaning::NoSuchName, Some(30)));
    let outcome = go(PLAN, "text.shop.test.", &budget()).await;
    assert_eq!((outcome.walked().meaning, outcome.walked().ttl), (Meaning::NoData, Some(30)));
    assert!(outcome.data().is_empty());
}

#[tokio::test]
async fn an_alias_is_followed_into_another_zone() {
    let outcome = go(PLAN, "away.test.", &budget()).await;
    assert_eq!(outcome.data(), ["www.other.", "127.77.1.82"]);
    let reasons: Vec<(u8, Reason)> = outcome.asked();
    // The zone `other.` is not known yet: the root is asked again, for the alias.
    assert_eq!(
        reasons,
        [(1, Reason::Root), (2, Reason::Referral), (1, Reason::Alias), (4, Reason::Referral)]
    );
    assert!(
        outcome.kinds.iter().any(|kind| matches!(kind, EventKind::AliasFollowed(facts) if facts.other_zone))
    );
}

#[tokio::test]
async fn an_alias_within_a_known_zone_does_not_begin_at_the_root() {
    let outcome = go(PLAN, "alias.test.", &budget()).await;
    assert_eq!(outcome.data(), ["www.shop.test.", "shop.test.", "127.77.1.80"]);
    assert_eq!(
        outcome.asked(),
        [(1, Reason::Root), (2, Reason::Referral), (2, Reason::Alias), (3, Reason::Referral)]
    );
}

#[tokio::test]
async fn alias_loops_are_named_at_the_first_repeat() {
    for (name, questions, links) in [("circle.test.", 2, 1), ("a.test.", 2, 2), ("loop.test.", 4, 2)] {
        let outcome = go(PLAN, name, &budget()).await;
        assert_eq!(outcome.kind(), FailureKind::AliasLoop, "{name}");
        assert_eq!(outcome.queries().len(), questions, "{name}");
        let [Evidence::Asked { .. }, Evidence::Aliases { chain }] = outcome.evidence() else {
            panic!("{:?}", outcome.evidence())
        };
        assert_eq!((chain.len(), chain[links - 1].target.as_str()), (links, name));
    }
}

/// A plan of a test's own; it lives as long as the process of the tests.
fn zone(origin: String, lines: String) -> (&'static str, &'static str) {
    (origin.leak(), lines.leak())
}

#[tokio::test]
async fn sixteen_aliases_are_followed_and_no_more() {
    for (aliases, fits) in [(16, true), (17, false)] {
        let chain: String = (0..aliases).map(|at| format!("c{at}.test. CNAME c{}.test.\n", at + 1)).collect();
        let test = zone("test.".to_owned(), format!("{chain}c{aliases}.test. A 127.77.1.85"));
        let plan = [(1, ROOT), (2, Serves(vec![test].leak()))];
        let outcome = go(&plan, "c0.test.", &budget()).await;
        if fits {
            assert_eq!(outcome.walked().aliases.len(), aliases);
            assert_eq!(outcome.data().last().copied(), Some("127.77.1.85"));
        } else {
            assert_eq!(outcome.kind(), FailureKind::AliasLoop);
            let limit = Evidence::Limit { name: "aliases".to_owned(), limit: 16 };
            assert!(outcome.evidence().contains(&limit), "{:?}", outcome.evidence());
        }
    }
}

#[tokio::test]
async fn eight_look_ups_within_each_other_are_made_and_no_more() {
    for (deep, fits) in [(8, true), (9, false)] {
        // The name server of each zone stands in the next one; only that of the last has glue.
        let zones: String = (0..deep).map(|at| format!("z{at}.test. NS ns.z{}.test.\n", at + 1)).collect();
        let last = format!("z{deep}.test. NS glue.z{deep}.test.\nglue.z{deep}.test. A 127.77.0.3");
        let test = zone("test.".to_owned(), format!("{zones}{last}"));
        let served = (0..=deep).map(|at| {
            let names = ["ns", "www"].map(|name| format!("{name}.z{at}.test. A 127.77.0.3"));
            zone(format!("z{at}.test."), names.join("\n"))
        });
        let plan =
            [(1, ROOT), (2, Serves(vec![test].leak())), (3, Serves(served.collect::<Vec<_>>().leak()))];
        let outcome = go(&plan, "www.z0.test.", &Budget { questions: 500, ..budget() }).await;
        if fits {
            assert_eq!(outcome.data(), ["127.77.0.3"]);
        } else {
            assert_eq!(outcome.kind(), FailureKind::WalkTooLong);
            let name = "look-ups of name servers within look-ups".to_owned();
            assert!(
                outcome.evidence().contains(&Evidence::Limit { name, limit: 8 }),
                "{:?}",
                outcome.evidence()
            );
        }
    }
}

#[test]
fn the_usual_budget_is_a_hundred_questions_and_ten_silences() {
    let Budget { questions, time, server } = Budget::usual(Duration::from_secs(5));
    assert_eq!((questions, time, server), (100, Duration::from_secs(50), Duration::from_secs(5)));
}

#[tokio::test]
async fn a_server_without_glue_is_looked_up_first() {
    let outcome = go(PLAN, "www.glueless.test.", &budget()).await;
    assert_eq!(outcome.data(), ["127.77.1.83"]);
    assert_eq!(
        outcome.asked(),
        [
            (1, Reason::Root),
            (2, Reason::Referral),
            (1, Reason::NameServerAddress),
            (4, Reason::Referral),
            (4, Reason::Referral),
        ]
    );
    assert_eq!((outcome.walked().questions, outcome.walked().path.len()), (5, 3));
}

#[tokio::test]
async fn glue_that_is_not_the_zones_to_give_is_not_believed() {
    let outcome = go(PLAN, "www.sibling.test.", &budget()).await;
    // At 127.77.0.99 nobody listens: the address was looked up instead.
    assert_eq!(outcome.data(), ["127.77.1.84"]);
    let referral = outcome.referrals()[1];
    assert_eq!((referral.servers[0].glue.len(), referral.servers[0].not_believed.clone()), (0, vec![ip(99)]));
}

#[tokio::test]
async fn the_budget_on_questions_is_exact() {
    for most in 1..=4 {
        let small = Budget { questions: most, ..budget() };
        let outcome = go(PLAN, "www.glueless.test.", &small).await;
        assert_eq!(outcome.kind(), FailureKind::WalkTooLong);
        assert_eq!(outcome.queries().len(), most as usize);
        assert!(
            outcome
                .evidence()
                .contains(&Evidence::Limit { name: "questions".to_owned(), limit: u64::from(most) })
        );
    }
    let enough = Budget { questions: 5, ..budget() };
    assert_eq!(go(PLAN, "www.glueless.test.", &enough).await.data(), ["127.77.1.83"]);
    // A retry counts as well.
    let small = Budget { questions: 3, server: SHORT, ..budget() };
    let outcome = go(&with_fifth(Silence), "www.broken.test.", &small).await;
    assert_eq!((outcome.kind(), outcome.queries().len()), (FailureKind::WalkTooLong, 3));
}

#[tokio::test]
async fn the_budget_on_time_ends_a_wait() {
    let small = Budget { time: Duration::from_millis(100), ..budget() };
    let outcome = go(&with_fifth(Silence), "www.broken.test.", &small).await;
    assert_eq!(outcome.kind(), FailureKind::WalkTooLong);
    let waited = outcome
        .evidence()
        .iter()
        .find_map(|fact| if let Evidence::Waited { time } = fact { Some(*time) } else { None });
    let waited = waited.unwrap();
    assert!(waited >= Duration::from_millis(100) && waited < Duration::from_secs(3), "{waited:?}");
}

#[tokio::test]
async fn what_was_learned_serves_the_next_walk() {
    let toy = toy::start(PLAN).await;
    let world = World { roots: vec![SocketAddr::new(ip(1), toy.port)], ..World::default() };
    let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let mut zones = Zones::default();
    for record_type in [RecordType::A, RecordType::AAAA] {
        let question = Question { name: Name::from_ascii("shop.test.").unwrap(), record_type, encoded: None };
        let walked = walk_knowing(&question, &budget(), false, Side::Resolver, &world, &recorder, &mut zones)
            .await
            .unwrap();
        assert_eq!(walked.questions, if record_type == RecordType::A { 3 } else { 1 });
    }
    drop(recorder);
    let last = stream
        .filter_map(|event| if let EventKind::Query(facts) = event.kind { Some(facts) } else { None })
        .last();
    assert_eq!(
        last.map(|query| (query.server, query.reason)),
        Some((Some("shop.test.".to_owned()), Reason::Referral))
    );
}
