//! What one verdict of a lesson costs by the events of the attempt.

use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use netlearn::lesson::Check;
use netlearn::lesson::expect::judge;
use netlearn::lesson::log::Log;
use netlearn::lesson::pattern::{Matcher, Pattern};
use netlearn::lesson::text::Values;
use serde_json::{Value, json};

fn main() {
    divan::main();
}

const HEADER: &str = r#"{"event":"recording_started","schema":1,"version":"0.1.0","command":["netlearn"],"monotonic":1.5,"wall":"2026-11-23T10:00:00Z"}"#;

/// So many events of two processes: connections, and octets on each.
fn log(events: usize) -> Log {
    let mut log = Log::new();
    let jobs = [log.job("serve tcp 3000"), log.job("connect localhost 3000")];
    for job in jobs {
        log.line(job, HEADER).expect("a header");
    }
    for index in 0..events {
        let (which, flow) = (index % 2, index / 10 + 1);
        let (side, direction) = [("server", "received"), ("client", "sent")][which];
        let line = match index % 10 {
            0 | 1 => {
                json!({"seq": index, "at": index as f64 * 1e-4, "flow": flow, "layer": "tcp", "side": side, "event": "flow_opened",
                "protocol": "tcp", "local": "127.0.0.1:3000", "peer": "127.0.0.1:51514"})
            }
            8 | 9 => {
                json!({"seq": index, "at": index as f64 * 1e-4, "flow": flow, "layer": "tcp", "side": side, "event": "closed",
                "by": "client", "how": "fin", "sent": 5, "received": 5})
            }
            _ => {
                json!({"seq": index, "at": index as f64 * 1e-4, "flow": flow, "layer": "tcp", "side": side, "event": "bytes",
                "direction": direction, "offset": index, "len": 5, "head": "hello", "head_encoding": "utf8"})
            }
        };
        log.line(jobs[which], &line.to_string()).expect("an event");
    }
    log
}

fn pattern(event: &str, same: &str, fields: &[(&str, Value)]) -> Pattern {
    Pattern {
        event: Some(event.to_owned()),
        same: Some(same.to_owned()),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), Matcher::Is(value.clone()))).collect(),
        ..Pattern::default()
    }
}

/// Octets on one connection that came, went, and its end; with `len` the last thing is never there.
fn check(len: u64) -> Check {
    Check {
        expect: vec![
            pattern("flow_opened", "a", &[("side", json!("client"))]),
            pattern("bytes", "a", &[("direction", json!("sent")), ("len", json!(5))]),
            pattern("closed", "a", &[("sent", json!(len))]),
        ],
        ..Check::default()
    }
}

fn judged(bencher: Bencher<'_, '_>, events: usize, len: u64) {
    let (log, check) = (log(events), check(len));
    bencher.counter(ItemsCount::new(events)).bench_local(|| {
        judge(divan::black_box(&check), log.seen(), &[], &Values::default(), Duration::from_secs(9))
    });
}

#[divan::bench(args = [1_000, 10_000])]
fn passes(bencher: Bencher<'_, '_>, events: usize) {
    judged(bencher, events, 5);
}

/// Every connection is tried, and none fits.
#[divan::bench(args = [1_000, 10_000])]
fn tries_all(bencher: Bencher<'_, '_>, events: usize) {
    judged(bencher, events, 6);
}
