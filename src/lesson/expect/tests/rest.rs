//! What must not happen, counts, sums, silence and tables.

use super::*;
use crate::lesson::{Count, Quiet, Rows, Sum, TableKind};

#[test]
fn what_is_forbidden_ends_the_attempt() {
    let forbid = patterns(&[json!({ "event": "bytes", "side": "client", "direction": "received" })]);
    let check = Check { forbid, ..expecting(&[json!({ "event": "accepted" })]) };
    let came = bytes(2, 1.0, 1, "client", "received", 5);
    let missing = broken(&check, std::slice::from_ref(&came));
    assert_eq!(missing.expected.text, "no bytes received by the client");
    assert_eq!(saw(&missing), "5 bytes received by the client");
    assert!(broken(&check, &[came, accepted(1, 2.0, 1, 3000, 9)]).saw.is_some());
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
