use serde_json::{Value as Json, json};

use super::testing::{pattern, seen};
use super::*;

mod measured;
mod recorded;
mod rest;

fn patterns(all: &[Json]) -> Vec<Pattern> {
    all.iter().cloned().map(pattern).collect()
}

fn expecting(all: &[Json]) -> Check {
    Check { expect: patterns(all), ..Check::default() }
}

fn values() -> Values {
    let mut values = Values::default();
    values.set("p", Value::Number(3000));
    values
}

fn verdict(check: &Check, seen: &[Seen]) -> Verdict {
    judge(check, seen, &[], &values(), Duration::from_secs(1_000))
}

fn passes(check: &Check, seen: &[Seen]) -> bool {
    matches!(verdict(check, seen), Verdict::Pass { .. })
}

fn open(check: &Check, seen: &[Seen]) -> Missing {
    let verdict = verdict(check, seen);
    let Verdict::Open(missing) = verdict else { panic!("{verdict:?}") };
    missing
}

fn broken(check: &Check, seen: &[Seen]) -> Missing {
    let verdict = verdict(check, seen);
    let Verdict::Broken(missing) = verdict else { panic!("{verdict:?}") };
    missing
}

fn saw(missing: &Missing) -> &str {
    missing.saw.as_ref().map_or("nothing", |saw| &saw.text)
}

/// What the caret stands under.
fn marked(missing: &Missing) -> &str {
    missing.part.map_or("nothing", |(start, end)| &saw(missing)[start..end])
}

fn accepted(job: u32, at: f64, flow: u64, port: u16, peer_port: u16) -> Seen {
    seen(
        job,
        at,
        json!({ "event": "accepted", "seq": 1, "flow": flow, "side": "server", "local_port": port, "peer_port": peer_port }),
    )
}

fn bytes(job: u32, at: f64, flow: u64, side: &str, direction: &str, len: u64) -> Seen {
    seen(
        job,
        at,
        json!({ "event": "bytes", "seq": 2, "flow": flow, "side": side, "direction": direction, "len": len }),
    )
}

fn received(at: f64, flow: u64, len: u64) -> Seen {
    bytes(1, at, flow, "server", "received", len)
}

#[test]
fn patterns_are_met_one_after_the_other() {
    let check = expecting(&[
        json!({ "event": "accepted", "local_port": "{p}" }),
        json!({ "event": "bytes", "side": "server" }),
    ]);
    let (first, second) = (accepted(1, 1.0, 1, 3000, 9), received(2.0, 1, 5));
    assert!(passes(&check, &[first.clone(), second.clone()]));
    // In one process the order of its events decides, whatever their stamps.
    assert!(passes(&check, &[accepted(1, 2.0, 1, 3000, 9), received(1.0, 1, 5)]));
    let missing = open(&check, &[second, first.clone()]);
    assert_eq!(
        (saw(&missing), marked(&missing)),
        ("5 bytes received by the server, before that", "before that")
    );
    // One event is not two.
    let twice = expecting(&[json!({ "event": "accepted" }), json!({ "event": "accepted" })]);
    assert!(matches!(verdict(&twice, std::slice::from_ref(&first)), Verdict::Open(_)));
    assert!(passes(&twice, &[first, accepted(1, 3.0, 2, 3000, 9)]));
    assert!(passes(&Check::default(), &[]));
}

#[test]
fn between_processes_the_clock_decides_but_not_the_scheduler() {
    let check = expecting(&[
        json!({ "event": "bytes", "direction": "sent" }),
        json!({ "event": "bytes", "direction": "received" }),
    ]);
    let sent = |at| bytes(2, at, 1, "client", "sent", 5);
    // The reader came back before the writer did, and its event arrived first.
    assert!(passes(&check, &[received(5.0, 1, 5), sent(5.05)]));
    assert!(!passes(&check, &[received(5.0, 1, 5), sent(5.2)]));
    assert!(passes(&check, &[received(5.2, 1, 5), sent(5.0)]), "arrival is not time");
    // `at` is stamped before the call: a read that waited is as late as its end.
    let mut waited = received(1.0, 1, 5);
    waited.fields.insert("took".to_owned(), json!(4.5));
    assert!(passes(&check, &[waited, sent(5.0)]));
}

#[test]
fn bystanders_spoil_nothing() {
    let check = expecting(&[
        json!({ "event": "accepted", "local_port": "{p}", "same": "a", "capture": { "q": "peer_port" } }),
        json!({ "event": "request", "target": "/", "same": "a" }),
        json!({ "event": "closed", "same": "a" }),
    ]);
    let request =
        |flow: u64, target: &str| seen(1, 2.0, json!({ "event": "request", "flow": flow, "target": target }));
    let closed = |flow: u64| seen(1, 3.0, json!({ "event": "closed", "flow": flow }));
    // A spare connection first, the favicon on the third, and the ends in another order.
    let mut browser = vec![
        accepted(1, 1.0, 1, 3000, 51),
        accepted(1, 1.0, 2, 3000, 52),
        accepted(1, 1.0, 3, 3000, 53),
        request(3, "/favicon.ico"),
        request(2, "/"),
        closed(1),
        closed(3),
    ];
    let missing = open(&check, &browser);
    assert_eq!(missing.expected.text, "a connection closed");
    assert_eq!(marked(&missing), "on another connection");
    browser.push(closed(2));
    let captured = vec![("q".to_owned(), Value::Number(52))];
    assert_eq!(verdict(&check, &browser), Verdict::Pass { captured });
    // The same number in another process is another flow.
    browser.pop();
    browser.push(Seen { job: Job(2), ..closed(2) });
    assert!(!passes(&check, &browser));
    // What belongs to no flow cannot share one.
    let loose = vec![seen(1, 1.0, json!({ "event": "closed" }))];
    assert!(!passes(&expecting(&[json!({ "event": "closed", "same": "a" })]), &loose));
}

#[test]
fn different_groups_are_on_different_flows() {
    let check =
        expecting(&[json!({ "event": "bytes", "same": "a" }), json!({ "event": "bytes", "same": "b" })]);
    assert!(!passes(&check, &[received(1.0, 1, 5), received(2.0, 1, 5)]));
    assert!(passes(&check, &[received(1.0, 1, 5), received(2.0, 1, 5), received(3.0, 2, 5)]));
}

#[test]
fn a_captured_value_serves_the_patterns_after_it_and_the_latest_wins() {
    let check = expecting(&[
        json!({ "event": "listening", "capture": { "p": "local_port" } }),
        json!({ "event": "connected", "peer_port": "{p}" }),
    ]);
    let listening = |port: u16| seen(1, 1.0, json!({ "event": "listening", "local_port": port }));
    let connected = seen(2, 2.0, json!({ "event": "connected", "peer_port": 4002 }));
    // Not the first that listens, but the one that was connected to.
    let all = [listening(4001), listening(4002), connected.clone()];
    assert_eq!(
        verdict(&check, &all),
        Verdict::Pass { captured: vec![("p".to_owned(), Value::Number(4002))] }
    );
    let missing = open(&check, &[listening(4001), connected]);
    assert_eq!(missing.expected.text, "a connection made to port 4001");
    assert_eq!((saw(&missing), marked(&missing)), ("a connection made to port 4002", "to port 4002"));
    // A value that nothing has set is met by nothing.
    assert!(!passes(&expecting(&[json!({ "event": "connected", "peer_port": "{x}" })]), &all));
}

#[test]
fn the_nearest_miss_differs_least() {
    let check =
        expecting(&[json!({ "event": "request", "side": "server", "method": "GET", "local_port": "{p}" })]);
    let request = |seq: u64, method: &str, port: u16| {
        seen(
            1,
            1.0,
            json!({ "event": "request", "seq": seq, "side": "server", "method": method, "target": "/", "local_port": port }),
        )
    };
    let missing = open(&check, &[request(1, "GET", 3001), request(2, "POST", 3002)]);
    assert_eq!(missing.expected.text, "a request GET to port 3000, seen by the server");
    assert_eq!(saw(&missing), "a request GET / to port 3001, seen by the server");
    assert_eq!(marked(&missing), "to port 3001");
    assert_eq!(missing.saw.as_ref().and_then(|saw| saw.event), Some((Job(1), 1)));
    // Another kind tells that it did not happen.
    let check = expecting(&[json!({ "event": "connected" })]);
    let failed = seen(1, 1.0, json!({ "event": "connect_failed", "peer_port": 3000, "reason": "refused" }));
    let missing = open(&check, &[failed]);
    assert_eq!(saw(&missing), "a failed connection to port 3000 (refused)");
    assert_eq!(saw(&open(&check, &[received(1.0, 1, 1)])), "nothing");
}

#[test]
fn one_alternative_is_enough_and_it_must_be_whole() {
    let check = Check {
        expect: patterns(&[json!({ "event": "accepted", "same": "a" })]),
        any: vec![
            patterns(&[
                json!({ "event": "bytes", "same": "a", "len": 7 }),
                json!({ "event": "closed", "same": "a" }),
            ]),
            patterns(&[json!({ "event": "bytes", "same": "a", "len": 9 })]),
        ],
        ..Check::default()
    };
    let begun = [accepted(1, 1.0, 1, 3000, 9), received(2.0, 1, 7)];
    assert_eq!(
        open(&check, &begun).expected.text,
        "a connection closed",
        "the alternative that came farthest"
    );
    let [first, second] = begun;
    assert!(passes(&check, &[first.clone(), second.clone(), received(3.0, 1, 9)]));
    assert!(!passes(&check, &[first, second, received(3.0, 2, 9)]), "on another flow");
}

/// Many flows that begin alike, and the one that goes on is the last.
#[test]
fn many_bystanders_are_tried_in_time() {
    let check = expecting(&[
        json!({ "event": "accepted", "same": "a", "capture": { "q": "peer_port" } }),
        json!({ "event": "bytes", "same": "a" }),
        json!({ "event": "bytes", "same": "a", "len": 9 }),
        json!({ "event": "accepted", "same": "b", "peer_port": "{q}" }),
    ]);
    let mut seen: Vec<Seen> = Vec::new();
    for flow in 0..1_000 {
        seen.push(accepted(1, 1.0, flow, 3000, u16::try_from(flow).expect("small")));
        seen.push(received(1.0, flow, 5));
    }
    seen.push(received(1.0, 999, 9));
    let missing = open(&check, &seen);
    assert_eq!(missing.expected.text, "a client accepted from port 999");
    seen.push(accepted(1, 1.0, 1_000, 3000, 999));
    assert!(passes(&check, &seen));
}
