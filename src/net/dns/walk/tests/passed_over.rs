//! Servers that a walk cannot use: why each is passed over, and who is asked instead.

use super::*;

#[tokio::test]
async fn servers_that_cannot_be_used_are_passed_over() {
    for (does, reason) in [
        (Says(ResponseCode::NoError, false), SkipReason::Lame),
        (Says(ResponseCode::ServFail, false), SkipReason::ServerFailure),
        (Says(ResponseCode::Refused, false), SkipReason::Refused),
        (Says(ResponseCode::NotImp, false), SkipReason::OtherError),
        (RefersUp, SkipReason::RefersUpwards),
    ] {
        let outcome = go(&with_fifth(does), "www.broken.test.", &budget()).await;
        assert_eq!(outcome.skips(), [(reason, true)], "{does:?}");
        assert_eq!(outcome.data(), ["127.77.1.81"], "{does:?}");
        let (last, before) = (outcome.asked()[3], outcome.asked()[2]);
        assert_eq!((before.0, last), (5, (3, Reason::NextServer)));
        assert_eq!(outcome.skipped()[0].server.as_deref(), Some("ns1.broken.test."));
    }
}

#[tokio::test]
async fn silent_closed_and_unbelievable_servers_are_passed_over() {
    let quick = Budget { server: SHORT, ..budget() };
    for (does, reason) in [(Some(Silence), SkipReason::Silent), (Some(WrongId), SkipReason::Unbelievable)] {
        let plan = does.map_or_else(|| PLAN.to_vec(), with_fifth);
        let outcome = go(&plan, "www.broken.test.", &quick).await;
        assert_eq!(outcome.skips(), [(reason, true)]);
        assert_eq!(outcome.data(), ["127.77.1.81"]);
        // The dead one was tried twice.
        assert_eq!(outcome.walked().questions as usize, outcome.queries().len());
        assert_eq!(outcome.queries().len(), 5);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_port_is_passed_over_at_once() {
    let outcome = go(PLAN, "www.broken.test.", &budget()).await;
    assert_eq!(outcome.skips(), [(SkipReason::PortClosed, true)]);
    assert_eq!(outcome.data(), ["127.77.1.81"]);
    assert_eq!(outcome.queries().len(), 4);
}

#[tokio::test]
async fn where_no_server_of_a_zone_can_be_used_the_evidence_has_each() {
    let mut plan = with_fifth(Says(ResponseCode::Refused, false));
    plan[2].1 = Says(ResponseCode::ServFail, false);
    let outcome = go(&plan, "www.broken.test.", &budget()).await;
    assert_eq!(outcome.kind(), FailureKind::WalkLost);
    let skipped: Vec<SkipReason> = outcome
        .evidence()
        .iter()
        .filter_map(|fact| if let Evidence::Skipped { skipped } = fact { Some(skipped.reason) } else { None })
        .collect();
    assert_eq!(skipped, [SkipReason::Refused, SkipReason::ServerFailure]);
}

#[tokio::test]
async fn the_dead_are_not_asked_again() {
    // The first server of both zones is silent.
    const TWICE: Does = Serves(&[(
        "test.",
        "
        one.test. NS ns1.one.test.
        one.test. NS ns2.one.test.
        ns1.one.test. A 127.77.0.5
        ns2.one.test. A 127.77.0.3
        two.test. NS ns1.two.test.
        two.test. NS ns2.two.test.
        ns1.two.test. A 127.77.0.5
        ns2.two.test. A 127.77.0.3
    ",
    )]);
    const BOTH: Does = Serves(&[
        ("one.test.", "www.one.test. CNAME www.two.test."),
        ("two.test.", "www.two.test. A 127.77.1.85"),
    ]);
    let plan = [(1, ROOT), (2, TWICE), (3, BOTH), (5, Silence)];
    let quick = Budget { server: SHORT, ..budget() };
    let outcome = go(&plan, "www.one.test.", &quick).await;
    assert_eq!(outcome.data(), ["www.two.test.", "127.77.1.85"]);
    assert_eq!(outcome.asked().iter().filter(|(last, _)| *last == 5).count(), 2, "two tries, once");
    assert_eq!(outcome.skips(), [(SkipReason::Silent, true), (SkipReason::Silent, true)]);
    let zones: Vec<&str> = outcome.skipped().iter().map(|facts| facts.zone.as_str()).collect();
    assert_eq!(zones, ["one.test.", "two.test."]);
}

#[tokio::test]
async fn a_server_whose_name_has_no_address_is_passed_over() {
    let outcome = go(PLAN, "www.dangling.test.", &budget()).await;
    assert_eq!(outcome.kind(), FailureKind::WalkLost);
    assert_eq!(outcome.skips(), [(SkipReason::NoAddress, false)]);
}

#[tokio::test]
async fn a_server_that_only_itself_could_find_is_named() {
    let outcome = go(PLAN, "www.self.test.", &budget()).await;
    assert_eq!(outcome.kind(), FailureKind::WalkLost);
    assert_eq!(outcome.skips(), [(SkipReason::GlueMissing, false)]);
    assert_eq!(outcome.queries().len(), 2);
    // Two zones, each named after a server in the other.
    let outcome = go(PLAN, "www.one.test.", &budget()).await;
    assert_eq!(outcome.kind(), FailureKind::WalkLost);
    assert!(
        outcome.skips().iter().all(|(reason, _)| *reason == SkipReason::GlueMissing),
        "{:?}",
        outcome.skips()
    );
    assert!(outcome.queries().len() <= 4, "{:?}", outcome.asked());
    assert!(matches!(outcome.evidence(), [Evidence::Asked { .. }, Evidence::Skipped { .. }]));
}
