use super::*;
use crate::event::run::Finished;

#[test]
fn seq_rises_by_one_and_the_stream_ends_with_the_last_recorder() {
    let (recorder, stream) = Recorder::start(vec![], Delivery::Lossless);
    let other = recorder.clone();
    recorder.run(Side::Client).emit(Finished { exit: 0 });
    other.run(Side::Client).emit(Finished { exit: 1 });
    drop((recorder, other));
    assert_eq!(stream.map(|event| event.seq).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_one_look_finds_is_numbered_with_the_rest_and_comes_in_order() {
    let (recorder, mut stream) = Recorder::start(vec![], Delivery::Bounded);
    let numbered = |count: u64| EventsLost { count };
    let last = TOGETHER as u64 * 2 + 3;
    recorder.run(Side::Observer).emit(numbered(1));
    recorder.run(Side::Observer).emit_all((2..last).map(numbered));
    recorder.run(Side::Observer).emit_all(std::iter::empty::<EventsLost>());
    recorder.run(Side::Observer).emit(numbered(last));
    drop(recorder);
    for seq in 1..=last {
        let event = if seq % 2 == 0 { stream.next() } else { stream.ready() }.unwrap();
        assert_eq!((event.seq, event.kind), (seq, numbered(seq).into()));
    }
    assert!(stream.next().is_none());
    assert_eq!(stream.lag.load(Ordering::Relaxed), 0);
}

#[test]
fn a_bounded_stream_counts_what_it_drops_and_keeps_the_end() {
    for delivery in [Delivery::Bounded, Delivery::Folding] {
        dropped_and_counted(delivery);
    }
}

fn dropped_and_counted(delivery: Delivery) {
    let (recorder, mut stream) = Recorder::start(vec![], delivery);
    for _ in 0..BOUNDED_LAG + 10 {
        recorder.run(Side::Server).emit(EventsLost { count: 0 });
    }
    recorder.run(Side::Server).emit(Finished { exit: 0 });
    drop(recorder);
    let mut lost = 0;
    let mut kept = 0;
    let mut last = None;
    for event in stream.by_ref() {
        if let EventKind::EventsLost(facts) = &event.kind {
            lost += facts.count;
            kept += u64::from(facts.count == 0);
        }
        last = Some(event.kind);
    }
    assert_eq!((kept, lost), (BOUNDED_LAG, 10));
    assert_eq!(last, Some(Finished { exit: 0 }.into()));
}

#[test]
fn the_cheap_clock_is_close_and_never_ahead() {
    let (recorder, _stream) = Recorder::start(vec![], Delivery::Lossless);
    for _ in 0..1000 {
        let cheap = recorder.lately();
        let exact = recorder.now();
        assert!(cheap <= exact && exact.since(cheap) < Duration::from_secs(10), "{cheap:?} {exact:?}");
    }
}

#[test]
fn a_full_second_stays_full_without_being_counted_on() {
    let (recorder, _stream) = Recorder::start(vec![], Delivery::Folding);
    let admitted = (0..READABLE_RATE * 100).filter(|_| recorder.admit()).count() as u64;
    // A second that begins among the first of them makes room once more, and so does one after a pause.
    assert!((READABLE_RATE..=3 * READABLE_RATE).contains(&admitted), "{admitted}");
    let cheap = recorder.about_now();
    assert!(cheap <= recorder.now());
}

#[test]
fn detail_stops_past_the_readable_rate_and_comes_back_after_a_calm_second() {
    let mut rate = Rate::default();
    let admitted = |rate: &mut Rate, second, asks| (0..asks).filter(|_| rate.admit(second)).count() as u64;
    assert_eq!(admitted(&mut rate, 0, READABLE_RATE * 10), READABLE_RATE);
    assert_eq!(admitted(&mut rate, 1, 3), 0, "the second before was too full to read");
    assert_eq!(admitted(&mut rate, 2, 3), 3);
    assert_eq!(admitted(&mut rate, 9, READABLE_RATE + 1), READABLE_RATE);
}
