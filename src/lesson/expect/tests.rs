use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::testing::{pattern, seen};
use super::*;
use crate::lesson::{Answer, Choice, Count, Measure, Question, Quiet, Rows, Sum, TableKind};

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
    match verdict(check, seen) {
        Verdict::Open(missing) => missing,
        other => panic!("{other:?}"),
    }
}

fn broken(check: &Check, seen: &[Seen]) -> Missing {
    match verdict(check, seen) {
        Verdict::Broken(missing) => missing,
        other => panic!("{other:?}"),
    }
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
    assert!(matches!(verdict(&twice, &[first.clone()]), Verdict::Open(_)));
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
    assert_eq!(saw(&missing), "a connection that failed to port 3000 (refused)");
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

#[test]
fn what_is_forbidden_ends_the_attempt() {
    let forbid = patterns(&[json!({ "event": "bytes", "side": "client", "direction": "received" })]);
    let check = Check { forbid, ..expecting(&[json!({ "event": "accepted" })]) };
    let came = bytes(2, 1.0, 1, "client", "received", 5);
    let missing = broken(&check, &[came.clone()]);
    assert_eq!(missing.expected.text, "no bytes received by the client");
    assert_eq!(saw(&missing), "5 bytes received by the client");
    assert!(matches!(broken(&check, &[came, accepted(1, 2.0, 1, 3000, 9)]).saw, Some(_)));
    assert!(passes(&check, &[accepted(1, 2.0, 1, 3000, 9)]));
    // On the flow of its group alone.
    let forbid = patterns(&[json!({ "event": "bytes", "same": "a" })]);
    let check = Check { forbid, ..expecting(&[json!({ "event": "accepted", "same": "a", "peer_port": 8 })]) };
    let two = [accepted(1, 1.0, 1, 3000, 9), received(1.0, 1, 5), accepted(1, 2.0, 2, 3000, 8)];
    assert!(passes(&check, &two));
    assert!(matches!(
        verdict(&check, &[accepted(1, 2.0, 1, 3000, 8), received(3.0, 1, 5)]),
        Verdict::Broken(_)
    ));
}

#[test]
fn counts_have_bounds() {
    let count = |min, max| Check {
        count: vec![Count { of: pattern(json!({ "event": "accepted", "local_port": "{p}" })), min, max }],
        ..Check::default()
    };
    let clients = |count: u64| (0..count).map(|flow| accepted(1, 1.0, flow, 3000, 9)).collect::<Vec<_>>();
    assert!(passes(&count(Some(2), None), &clients(2)));
    assert!(passes(&count(Some(2), Some(2)), &clients(2)));
    let missing = open(&count(Some(2), None), &clients(1));
    assert_eq!(missing.expected.text, "a client accepted at port 3000, at least twice");
    assert_eq!((saw(&missing), marked(&missing)), ("a client accepted at port 3000, once", "once"));
    let missing = broken(&count(None, Some(2)), &clients(3));
    assert_eq!(missing.expected.text, "a client accepted at port 3000, at most twice");
    assert_eq!(marked(&missing), "3 times");
    assert!(passes(&count(None, Some(0)), &clients(0)));
}

#[test]
fn sums_have_bounds() {
    let sum = |min, max| Check {
        sum: vec![Sum {
            of: pattern(json!({ "event": "bytes", "direction": "received" })),
            field: "len".to_owned(),
            min,
            max,
        }],
        ..Check::default()
    };
    let seen = [received(1.0, 1, 700), received(2.0, 2, 800), bytes(1, 3.0, 1, "server", "sent", 9_999)];
    assert!(passes(&sum(Some(1_500), Some(1_500)), &seen));
    let missing = open(&sum(Some(2_000), None), &seen);
    assert_eq!(missing.expected.text, "bytes received, at least 2,000 bytes in all");
    assert_eq!(marked(&missing), "1,500 bytes in all");
    assert!(matches!(verdict(&sum(None, Some(0)), &seen), Verdict::Broken(_)));
}

fn silent(expect: &[Json], of: Json) -> Check {
    Check { quiet: vec![Quiet { of: pattern(of), time: Duration::from_secs(5) }], ..expecting(expect) }
}

#[test]
fn silence_is_waited_for_and_may_be_broken() {
    let check = silent(
        &[json!({ "event": "bytes", "direction": "sent" })],
        json!({ "event": "bytes", "direction": "received" }),
    );
    let sent = bytes(2, 10.0, 1, "client", "sent", 5);
    let before = bytes(2, 9.0, 1, "client", "received", 5);
    let after = |at| bytes(2, at, 1, "client", "received", 5);
    let at =
        |seconds: f64, seen: &[Seen]| judge(&check, seen, &[], &values(), Duration::from_secs_f64(seconds));
    let quiet = [before, sent];
    assert!(matches!(at(10.0, &quiet[..1]), Verdict::Open(_)));
    let Verdict::Wait { until } = at(10.0, &quiet) else { panic!("it waits") };
    // Until its end, and a moment more for what is on its way.
    assert!(until >= Duration::from_secs(15) && until < Duration::from_secs(16), "{until:?}");
    assert!(matches!(at(15.0, &quiet), Verdict::Wait { .. }));
    assert!(matches!(at(until.as_secs_f64(), &quiet), Verdict::Pass { .. }));
    let [before, sent] = quiet;
    let Verdict::Broken(missing) = at(30.0, &[before.clone(), sent.clone(), after(14.9)]) else {
        panic!("it is broken")
    };
    assert_eq!(missing.expected.text, "no bytes received, for 5 s");
    assert!(matches!(at(30.0, &[before.clone(), sent.clone(), after(15.1)]), Verdict::Pass { .. }));
    // Stamped alike: the process's own order decides.
    assert!(matches!(at(30.0, &[sent.clone(), after(10.0)]), Verdict::Broken(_)));
    assert!(matches!(at(30.0, &[after(10.0), sent]), Verdict::Pass { .. }));
}

#[test]
fn what_did_not_happen_is_not_known_where_events_are_lost() {
    let lost = seen(1, 1.0, json!({ "event": "events_lost", "count": 3 }));
    let accepted = accepted(1, 2.0, 1, 3000, 9);
    let check = silent(&[json!({ "event": "accepted" })], json!({ "event": "bytes" }));
    let missing = broken(&check, &[lost.clone(), accepted.clone()]);
    assert_eq!(missing.expected.text, "every event of this attempt");
    // What did happen is known all the same.
    assert!(passes(&expecting(&[json!({ "event": "accepted" })]), &[lost, accepted]));
}

fn socket(state: &str, port: u16, pid: u32) -> Seen {
    let owners = json!([{ "pid": pid, "command": "node" }]);
    seen(3, 1.0, json!({ "event": "socket_found", "state": state, "local_port": port, "owners": owners }))
}

#[test]
fn rows_of_tables_are_counted_by_their_kind() {
    let table = |kind, of: Json, min, max| Check {
        table: vec![Rows { kind, of: pattern(of), min, max }],
        ..Check::default()
    };
    let tables = [socket("LISTEN", 3000, 7), socket("ESTABLISHED", 3000, 7), socket("LISTEN", 3001, 8)];
    let judged = |check: &Check| judge(check, &[], &tables, &values(), Duration::ZERO);
    let one = table(
        TableKind::Listener,
        json!({ "local_port": "{p}", "capture": { "pid": "owners.pid" } }),
        None,
        None,
    );
    assert_eq!(judged(&one), Verdict::Pass { captured: vec![("pid".to_owned(), Value::Number(7))] });
    let none = table(TableKind::Listener, json!({ "local_port": "{p}" }), None, Some(0));
    assert!(matches!(judged(&none), Verdict::Open(_)));
    let other = table(TableKind::Listener, json!({ "local_port": 3002 }), None, None);
    let Verdict::Open(missing) = judged(&other) else { panic!("no such row") };
    assert_eq!(missing.expected.text, "a socket at port 3002");
    assert!(saw(&missing).starts_with("a socket LISTEN at port 3000"), "{}", saw(&missing));
    assert!(matches!(
        judged(&table(TableKind::Connection, json!({ "local_port": "{p}" }), Some(2), None)),
        Verdict::Open(_)
    ));
    let moved = seen(
        3,
        1.0,
        json!({ "event": "counters_moved", "interfaces": [
        { "name": "lo", "loopback": true, "received": 10, "sent": 10 },
        { "name": "eth0", "loopback": false, "received": 500, "sent": 0 },
    ] }),
    );
    let counter = |of: Json| {
        matches!(
            judge(
                &table(TableKind::Counter, of, None, None),
                &[],
                std::slice::from_ref(&moved),
                &values(),
                Duration::ZERO
            ),
            Verdict::Pass { .. }
        )
    };
    assert!(counter(json!({ "loopback": true, "received": { "min": 10 } })));
    assert!(!counter(json!({ "loopback": true, "received": { "min": 500 } })), "one row is one interface");
}

#[test]
fn values_are_measured() {
    let sent = |job, at, len| bytes(job, at, 1, "client", "sent", len);
    let of = || pattern(json!({ "event": "bytes", "direction": "sent" }));
    let back = || pattern(json!({ "event": "bytes", "direction": "received" }));
    let field = |last| Measure::Field { of: of(), field: "len".to_owned(), last };
    let all = BTreeMap::from([
        ("back".to_owned(), Measure::Sum { of: back(), field: "len".to_owned() }),
        ("count".to_owned(), Measure::Count { of: of() }),
        ("first".to_owned(), field(false)),
        ("last".to_owned(), field(true)),
        ("none".to_owned(), Measure::Field { of: of(), field: "datagram".to_owned(), last: false }),
        ("wait".to_owned(), Measure::Between { from: of(), to: back() }),
    ]);
    // By the clock between processes, whatever arrived first.
    let seen = [received(1.0, 1, 4), sent(3, 3.0, 30), sent(2, 2.0, 20), received(2.5, 1, 5)];
    let measured: BTreeMap<String, Value> = measure(&all, &seen, &values()).into_iter().collect();
    let amount = |name: &str, amount| assert_eq!(measured.get(name), Some(&Value::Amount(amount)), "{name}");
    amount("back", 9);
    amount("count", 2);
    amount("first", 20);
    amount("last", 30);
    assert_eq!(measured.get("wait"), Some(&Value::Time(Duration::from_millis(500))));
    assert_eq!(measured.get("none"), None);
}

#[test]
fn the_run_decides_where_systems_differ() {
    let choice =
        |id: &str| Choice { id: id.to_owned(), text: String::new(), feedback: None, misconception: None };
    let when = |id: &str, kind: &str| (id.to_owned(), patterns(&[json!({ "event": kind })]));
    let question = Question {
        choices: vec![choice("yes"), choice("no")],
        answer: Answer::When(vec![when("yes", "connected"), when("no", "connect_failed")]),
    };
    assert_eq!(answer(&question, &[], &values()), None);
    let failed = seen(1, 1.0, json!({ "event": "connect_failed" }));
    assert_eq!(answer(&question, &[failed], &values()).as_deref(), Some("no"));
    let fixed = Question { answer: Answer::Fixed("yes".to_owned()), ..question };
    assert_eq!(answer(&fixed, &[], &values()).as_deref(), Some("yes"));
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
