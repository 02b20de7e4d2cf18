//! Values for prose, and answers that the run decides.

use std::collections::BTreeMap;

use super::*;
use crate::lesson::{Answer, Choice, Measure, Question};

#[test]
fn values_are_measured() {
    let sent = |job, at, len| bytes(job, at, 1, "client", "sent", len);
    let of = || pattern(json!({ "event": "bytes", "direction": "sent" }));
    let back = || pattern(json!({ "event": "bytes", "direction": "received" }));
    let field = |last| Measure::Field { of: of(), field: "len".to_owned(), last };
    // What no event tells is told by the next of several; a sum of nothing is nothing where nobody tells more.
    let none = || pattern(json!({ "event": "accepted" }));
    let nobody = || Measure::Sum { of: none(), field: "len".to_owned(), last: false };
    let all = BTreeMap::from([
        ("back".to_owned(), Measure::Sum { of: back(), field: "len".to_owned(), last: false }),
        ("count".to_owned(), Measure::Count { of: of(), last: false }),
        ("recent".to_owned(), Measure::Count { of: of(), last: true }),
        ("said".to_owned(), Measure::Sum { of: of(), field: "len".to_owned(), last: true }),
        ("first".to_owned(), field(false)),
        ("last".to_owned(), field(true)),
        ("none".to_owned(), Measure::Field { of: of(), field: "datagram".to_owned(), last: false }),
        ("wait".to_owned(), Measure::Between { from: of(), to: back() }),
        ("either".to_owned(), Measure::FirstOf(vec![nobody(), field(false)])),
        ("own".to_owned(), Measure::FirstOf(vec![field(true), field(false)])),
        ("zero".to_owned(), Measure::FirstOf(vec![nobody(), nobody()])),
    ]);
    // By the clock between processes, whatever arrived first.
    let seen = [received(1.0, 1, 4), sent(3, 3.0, 30), sent(2, 2.0, 20), received(2.5, 1, 5)];
    let measured: BTreeMap<String, Value> = measure(&all, &seen, &values()).into_iter().collect();
    let amount = |name: &str, amount| assert_eq!(measured.get(name), Some(&Value::Amount(amount)), "{name}");
    amount("back", 9);
    amount("count", 2);
    amount("recent", 1);
    amount("said", 30);
    amount("first", 20);
    amount("last", 30);
    amount("either", 20);
    amount("own", 30);
    amount("zero", 0);
    assert_eq!(measured.get("wait"), Some(&Value::Time(Duration::from_millis(500))));
    assert_eq!(measured.get("none"), None);
}

#[test]
fn a_time_is_measured_in_one_conversation_where_there_is_such_a_pair() {
    let one = |job, at: f64, flow: Option<u64>, kind: &str| match flow {
        Some(flow) => seen(job, at, json!({ "event": kind, "flow": flow })),
        None => seen(job, at, json!({ "event": kind })),
    };
    let between = |seen: &[Seen]| {
        let [from, to] = ["accepted", "closed"].map(|kind| pattern(json!({ "event": kind })));
        let all = BTreeMap::from([("open".to_owned(), Measure::Between { from, to })]);
        measure(&all, seen, &values()).pop().map(|(_, value)| value)
    };
    let time = |seconds| Some(Value::Time(Duration::from_secs(seconds)));
    let (accepted, closed) = ("accepted", "closed");
    // The first client said nothing and left; the second is the one that closed.
    let both = [one(1, 1.0, Some(1), accepted), one(1, 5.0, Some(2), accepted), one(1, 8.0, Some(2), closed)];
    assert_eq!(between(&both), time(3));
    // In one command: the question of an earlier one is not its own.
    let commands = [one(1, 1.0, None, accepted), one(2, 5.0, None, accepted), one(2, 9.0, Some(1), closed)];
    assert_eq!(between(&commands), time(4));
    // In two: as far as the clock goes.
    assert_eq!(between(&[one(1, 1.0, Some(1), accepted), one(2, 3.0, Some(1), closed)]), time(2));
    assert_eq!(between(&[one(1, 1.0, Some(2), closed), one(1, 3.0, Some(1), accepted)]), None);
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
