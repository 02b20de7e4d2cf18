//! Recordings of two real processes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::lesson::log::Log;
use crate::lesson::{Measure, Quiet, Sum};

/// What a silent server and its client told of one conversation.
const SERVER: &str = include_str!("server.jsonl");
const CLIENT: &str = include_str!("client.jsonl");

/// The log of both, as the turns have their lines come: true is the server's next one.
fn log(turns: &[bool]) -> Log {
    let mut log = Log::new();
    let (server, client) = (log.job("serve tcp {p} --silent"), log.job("connect localhost:{p}"));
    let mut lines = [(server, SERVER.lines()), (client, CLIENT.lines())];
    for turn in turns.iter().copied().chain([true; 20]).chain([false; 20]) {
        let (job, lines) = &mut lines[usize::from(!turn)];
        if let Some(line) = lines.next() {
            log.line(*job, line).expect("an event");
        }
    }
    log
}

fn check() -> Check {
    let sum = json!({ "event": "bytes", "side": "client", "direction": "received" });
    let of = json!({ "event": "bytes", "side": "server", "direction": "sent", "same": "s" });
    Check {
        sum: vec![Sum { of: pattern(sum), field: "len".to_owned(), min: None, max: Some(0) }],
        quiet: vec![Quiet { of: pattern(of), time: Duration::from_secs(5) }],
        ..expecting(&[
            json!({ "event": "listening", "local": "127.0.0.1:33877", "capture": { "p": "local_port" } }),
            json!({ "event": "connected", "peer_port": "{p}", "same": "c", "capture": { "mine": "local_port" } }),
            json!({ "event": "accepted", "peer_port": "{mine}", "same": "s" }),
            json!({ "event": "bytes", "direction": "sent", "same": "c", "peer_port": "{p}" }),
            json!({ "event": "bytes", "direction": "received", "same": "s", "local_port": "{p}", "capture": { "n": "len" } }),
            json!({ "event": "half_closed", "by": "client", "same": "s" }),
            json!({ "event": "closed", "how": "fin", "same": "c" }),
        ])
    }
}

proptest! {
    /// Two processes tell of one conversation in whatever order their lines come through.
    #[test]
    fn the_order_of_arrival_between_processes_decides_nothing(turns in prop::collection::vec(any::<bool>(), 0..30)) {
        let log = log(&turns);
        prop_assert_eq!(log.seen().len(), 21);
        let verdict = judge(&check(), log.seen(), &[], &Values::default(), Duration::from_secs(4_000));
        let Verdict::Pass { captured } = verdict else { return Err(TestCaseError::fail(format!("{verdict:?}"))) };
        prop_assert!(captured.contains(&("n".to_owned(), Value::Amount(6))), "{:?}", captured);
        let from = pattern(json!({ "event": "bytes", "direction": "sent" }));
        let to = pattern(json!({ "event": "half_closed", "side": "server", "by": "client" }));
        let all = BTreeMap::from([("open".to_owned(), Measure::Between { from, to })]);
        let measured = measure(&all, log.seen(), &Values::default());
        let Value::Time(open) = measured[0].1 else { return Err(TestCaseError::fail("no time")) };
        prop_assert!((0.99..1.0).contains(&open.as_secs_f64()), "{:?}", open);
    }
}

#[test]
fn every_prefix_is_open_until_all_has_come() {
    let log = log(&[]);
    let verdict = |count: usize| {
        judge(&check(), &log.seen()[..count], &[], &Values::default(), Duration::from_secs(3_495))
    };
    let last =
        (0..=log.seen().len()).find(|count| !matches!(verdict(*count), Verdict::Open(_))).expect("it comes");
    assert_eq!(log.seen()[last - 1].kind(), "closed");
    let Verdict::Wait { until } = verdict(last) else { panic!("{:?}", verdict(last)) };
    assert!((Duration::from_secs(3_499)..Duration::from_secs(3_500)).contains(&until), "{until:?}");
}
