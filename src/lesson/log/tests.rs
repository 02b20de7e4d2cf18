use proptest::prelude::*;

use super::*;

fn header(monotonic: f64) -> String {
    format!(
        r#"{{"event":"recording_started","schema":1,"version":"0.1.0","command":["netlearn"],"monotonic":{monotonic},"wall":"2026-11-23T10:00:00Z"}}"#
    )
}

fn lost(seq: u64, at: f64) -> String {
    format!(r#"{{"seq":{seq},"at":{at},"side":"server","event":"events_lost","count":1}}"#)
}

#[test]
fn every_process_has_its_clock_and_all_have_one() {
    let mut log = Log::new();
    let (first, second) = (log.job("serve tcp 3000"), log.job("connect :3000"));
    assert!(log.line(first, &header(100.0)).expect("a header").is_none());
    assert!(log.line(second, &header(160.5)).expect("a header").is_none());
    let a = log.line(first, &lost(1, 61.0)).expect("an event").expect("an event").at;
    let b = log.line(second, &lost(1, 0.25)).expect("an event").expect("an event").at;
    assert_eq!((a, b), (Duration::from_secs(161), Duration::from_millis(160_750)));
    let fields = &log.seen()[1].fields;
    assert_eq!((fields["program"].as_str(), fields["job"].as_u64()), (Some("netlearn"), Some(2)));
    assert_eq!(fields["command"], "connect :3000");
    assert!(log.seen()[0].event.is_some());
}

#[test]
fn a_flow_tells_where_it_runs_with_each_event() {
    let mut log = Log::new();
    let job = log.job("serve tcp 3000");
    log.line(job, &header(0.0)).expect("a header");
    for line in [
        r#"{"seq":1,"at":0,"flow":7,"layer":"tcp","side":"server","event":"accepted","local":"127.0.0.1:3000","local_port":3000,"peer":"127.0.0.1:9","peer_port":9,"client":1}"#,
        r#"{"seq":2,"at":0,"flow":7,"layer":"tcp","side":"server","event":"bytes","direction":"received","offset":0,"len":1,"head":"a","head_encoding":"utf8"}"#,
        r#"{"seq":3,"at":0,"flow":8,"layer":"tcp","side":"server","event":"bytes","direction":"received","offset":0,"len":1,"head":"a","head_encoding":"utf8"}"#,
    ] {
        log.line(job, line).expect("an event");
    }
    assert_eq!(log.seen()[1].fields["local_port"], 3000);
    assert_eq!(log.seen()[1].fields["peer"], "127.0.0.1:9");
    assert!(!log.seen()[2].fields.contains_key("local_port"), "another flow");
}

#[test]
fn what_cannot_be_an_event_is_told_and_changes_nothing() {
    let mut log = Log::new();
    let job = log.job("x");
    assert!(log.line(job, &lost(1, 0.0)).expect_err("no header").contains("before the recording's header"));
    assert!(log.line(job, &header(0.0).replace("\"schema\":1", "\"schema\":9")).is_err());
    log.line(job, &header(0.0)).expect("a header");
    for bad in ["{", "[]", "7", r#"{"seq":1}"#, r#"{"seq":1,"at":-1,"side":"server","event":"x"}"#] {
        assert!(log.line(job, bad).is_err(), "{bad}");
    }
    let lacking = lost(1, 0.0).replace(",\"count\":1", "");
    assert!(log.line(job, &lacking).expect_err("a field is missing").contains("`events_lost`"));
    assert!(log.line(Job(9), &lost(1, 0.0)).is_err());
    assert!(log.line(Job(0), &lost(1, 0.0)).is_err());
    assert!(log.line(job, "  ").expect("blank").is_none());
    assert!(log.seen().is_empty());
    let later = lost(1, 0.0).replace("events_lost", "teleported");
    let seen = log.line(job, &later).expect("kept").expect("kept");
    assert_eq!((seen.kind(), seen.event.is_none()), ("teleported", true));
}

fn full(events: u64, most_events: usize, most_octets: usize) -> (Log, Mark) {
    let mut log = Log::holding(most_events, most_octets);
    let job = log.job("x");
    log.line(job, &header(0.0)).expect("a header");
    let mut mark = log.mark();
    for seq in 1..=events {
        if seq == events - 2 {
            mark = log.mark();
        }
        log.line(job, &lost(seq, 0.0)).expect("an event");
    }
    (log, mark)
}

#[test]
fn a_full_log_drops_its_oldest_and_says_so() {
    let (log, mark) = full(1_000, 10, usize::MAX);
    assert!(log.seen().len() <= 10);
    let seqs: Vec<u64> = log.seen()[1..].iter().map(Seen::seq).collect();
    assert_eq!(seqs, (1_001 - seqs.len() as u64..=1_000).collect::<Vec<_>>());
    assert_eq!(log.seen()[0].kind(), "events_lost");
    assert_eq!(log.seen()[0].fields["count"], 1_000 - seqs.len() as u64);
    // A window that is still whole does not begin with it; one that is not does.
    assert_eq!(log.since(mark).iter().map(Seen::seq).collect::<Vec<_>>(), [998, 999, 1_000]);
    assert_eq!(log.since(Mark::default()).len(), log.seen().len());
    assert!(log.since(log.mark()).is_empty());
}

#[test]
fn long_lines_count_by_their_octets() {
    let line = lost(1, 0.0).len();
    let (log, _) = full(100, usize::MAX, 10 * line);
    assert!((2..=10).contains(&log.seen().len()), "{}", log.seen().len());
    // A line that alone is beyond the limit is kept all the same.
    let (log, _) = full(5, usize::MAX, 1);
    assert_eq!(log.seen().last().map(Seen::seq), Some(5));
}

proptest! {
    #[test]
    fn no_line_panics(lines in prop::collection::vec(any::<String>(), 0..4), raw in any::<Vec<u8>>()) {
        let mut log = Log::new();
        let job = log.job("x");
        log.line(job, &header(1e9)).expect("a header");
        for line in lines.iter().map(String::as_str).chain([String::from_utf8_lossy(&raw).as_ref()]) {
            let _ = log.line(job, line);
        }
    }

    #[test]
    fn no_value_of_a_field_panics(name in "at|took|seq|flow|local_port|event|monotonic|schema", value in "-?[0-9]{1,30}|-?[0-9]e[0-9]{1,3}|null|\\[\\]|\"x\"") {
        let mut log = Log::new();
        let job = log.job("x");
        log.line(job, &header(1e9)).expect("a header");
        let _ = log.line(job, &format!(r#"{{"seq":1,"side":"client","at":0,"event":"new","flow":1,"{name}":{value}}}"#)).map(|seen| seen.map(Seen::done));
        let _ = log.line(job, &header(0.0).replace("\"schema\":1", &format!("\"schema\":1,\"{name}\":{value}")));
    }
}
