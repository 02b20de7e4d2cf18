use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What one end does, in its order: offsets are of a conversation, a number each.
#[derive(Clone, Copy, Debug)]
enum Act {
    Opens,
    Sends(u64, u64),
    Receives(u64, u64),
    Ends,
    SeesEnd,
}

fn event(role: usize, talk: u64, at: f64, act: Act) -> Event {
    let (side, other) = [("client", "server"), ("server", "client")][role];
    let ends = [format!("127.0.0.1:{}", 40_000 + talk), "127.0.0.1:3000".to_owned()];
    let mut line = match act {
        Act::Opens if role == 0 => json!({"event": "connected", "attempt": 1, "of": 1}),
        Act::Opens => json!({"event": "accepted", "client": talk}),
        Act::Sends(offset, len) => bytes("sent", offset, len),
        Act::Receives(offset, len) => bytes("received", offset, len),
        Act::Ends => json!({"event": "half_closed", "by": side, "after": 0}),
        Act::SeesEnd => json!({"event": "half_closed", "by": other, "after": 0}),
    };
    let more = json!({"seq": 1, "at": at, "flow": talk, "layer": "tcp", "side": side,
        "local": ends[role], "peer": ends[1 - role]});
    for (name, value) in more.as_object().expect("an object") {
        line[name] = value.clone();
    }
    serde_json::from_value(line).expect("an event")
}

fn bytes(direction: &str, offset: u64, len: u64) -> serde_json::Value {
    json!({"event": "bytes", "direction": direction, "offset": offset, "len": len, "head": "", "head_encoding": "utf8"})
}

fn header(name: &str, monotonic: f64) -> Header {
    let line = json!({"event": "recording_started", "schema": 1, "version": "0.1.0", "command": [name],
        "boot": "b", "monotonic": monotonic, "wall": "2026-11-23T10:00:00Z"});
    serde_json::from_value(line).expect("a header")
}

/// A history of conversations, as it really happened: who did what, in order.
fn histories() -> impl Strategy<Value = Vec<(usize, u64, Act)>> {
    let message = (0..3u64, any::<bool>(), 1..5000u64, 1..4u64);
    prop::collection::vec(message, 0..24).prop_map(|messages| {
        let mut history = Vec::new();
        let mut offsets: HashMap<(u64, usize), u64> = HashMap::new();
        let talks: Vec<u64> = {
            let mut talks: Vec<u64> = messages.iter().map(|message| message.0).collect();
            talks.sort_unstable();
            talks.dedup();
            talks
        };
        for talk in &talks {
            history.extend([(0, *talk, Act::Opens), (1, *talk, Act::Opens)]);
        }
        for (talk, by_server, len, pieces) in messages {
            let from = usize::from(by_server);
            let offset = offsets.entry((talk, from)).or_default();
            history.push((from, talk, Act::Sends(*offset, len)));
            // One write may be read in several calls.
            let piece = len.div_ceil(pieces);
            let mut read = 0;
            while read < len {
                let now = piece.min(len - read);
                history.push((1 - from, talk, Act::Receives(*offset + read, now)));
                read += now;
            }
            *offset += len;
        }
        for talk in talks {
            history.extend([(0, talk, Act::Ends), (1, talk, Act::SeesEnd)]);
            history.extend([(1, talk, Act::Ends), (0, talk, Act::SeesEnd)]);
        }
        history
    })
}

type Kept = Vec<Result<Event, RecordingError>>;

/// The two recordings of a history, with stamps that are off by up to `jitter` seconds.
fn recordings(history: &[(usize, u64, Act)], jitter: &[u16], most: f64) -> [Vec<Event>; 2] {
    let mut kept = [Vec::new(), Vec::new()];
    for (index, (role, talk, act)) in history.iter().enumerate() {
        let off =
            jitter.get(index % jitter.len().max(1)).map_or(0.0, |off| f64::from(*off) / 65_535.0 * most);
        kept[*role].push(event(*role, *talk, 0.5 + index as f64 * 1e-6 + off, *act));
    }
    kept
}

fn merged(kept: &[Vec<Event>; 2], order: [usize; 2]) -> Vec<Event> {
    let sources = order.map(|role| {
        let header = header(["client", "server"][role], 100.0 + role as f64 * 0.25);
        // Both stamped on one clock: what began later counts from later.
        let own: Vec<Event> = kept[role]
            .iter()
            .cloned()
            .map(|mut event| {
                event.at = event.at.saturating_sub(Duration::from_secs_f64(role as f64 * 0.25));
                event
            })
            .collect();
        let sketch = Sketch::of(header, own.clone().into_iter().map(Ok));
        let events: Kept = own.into_iter().map(Ok).collect();
        Source { name: format!("{role}.jsonl"), sketch, events: events.into_iter() }
    });
    Merge::new(vec!["netlearn".to_owned()], Vec::from(sources)).collect()
}

fn is_own(event: &Event) -> bool {
    matches!(event.kind, EventKind::RecordingsMerged(_) | EventKind::FlowsMatched(_) | EventKind::ToldBy(_))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that the histories have")]
/// Nothing is received, accepted or ended before it was sent, begun or ended at the other end.
fn causal(events: &[Event], pairs: &HashMap<Flow, Flow>) -> Result<(), String> {
    let mut sent: HashMap<Flow, u64> = HashMap::new();
    let mut done: HashMap<Flow, [bool; 2]> = HashMap::new();
    for event in events.iter().filter(|event| !is_own(event)) {
        let flow = event.flow.ok_or("no flow")?;
        let other = pairs.get(&flow).copied().ok_or("no pair")?;
        let theirs = done.get(&other).copied().unwrap_or_default();
        match &event.kind {
            EventKind::Connected(_) => done.entry(flow).or_default()[0] = true,
            EventKind::Accepted(_) if !theirs[0] => return Err(format!("accepted before: {event:?}")),
            EventKind::Bytes(facts) if facts.direction == Direction::Sent => {
                sent.insert(flow, end(facts));
            }
            EventKind::Bytes(facts) if sent.get(&other).copied().unwrap_or_default() < end(facts) => {
                return Err(format!("received before it was sent: {event:?}"));
            }
            EventKind::HalfClosed(facts) if facts.by == event.side => done.entry(flow).or_default()[1] = true,
            EventKind::HalfClosed(_) if !theirs[1] => return Err(format!("ended before: {event:?}")),
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 256 }))]

    #[test]
    fn any_two_ends_give_one_story_in_causal_order(
        history in histories(),
        jitter in prop::collection::vec(any::<u16>(), 1..40),
        most in prop::sample::select(vec![0.0, 0.000_002, 0.000_5]),
        client_first in any::<bool>(),
    ) {
        let kept = recordings(&history, &jitter, most);
        let order = if client_first { [0, 1] } else { [1, 0] };
        let events = merged(&kept, order);
        let mut pairs = HashMap::new();
        for event in &events {
            if let EventKind::FlowsMatched(facts) = &event.kind {
                pairs.insert(facts.client, facts.server);
                pairs.insert(facts.server, facts.client);
            }
        }
        prop_assert_eq!(causal(&events, &pairs), Ok(()));
        // Every event is there once, in the order of its recording, and nothing else.
        for (role, side) in [(0, Side::Client), (1, Side::Server)] {
            let told: Vec<&EventKind> =
                events.iter().filter(|event| event.side == side).map(|event| &event.kind).collect();
            let own: Vec<&EventKind> = kept[role].iter().map(|event| &event.kind).collect();
            prop_assert_eq!(told, own);
        }
        let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
        prop_assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn what_contradicts_itself_is_told_all_the_same() {
    // Each end received before it sent: no order satisfies both.
    let kept = [
        vec![
            event(0, 1, 0.5, Act::Opens),
            event(0, 1, 0.51, Act::Receives(0, 5)),
            event(0, 1, 0.52, Act::Sends(0, 5)),
        ],
        vec![
            event(1, 1, 0.505, Act::Opens),
            event(1, 1, 0.51, Act::Receives(0, 5)),
            event(1, 1, 0.52, Act::Sends(0, 5)),
        ],
    ];
    let events = merged(&kept, [0, 1]);
    assert_eq!(events.iter().filter(|event| !is_own(event)).count(), 6);
}

#[test]
fn a_port_that_is_lent_again_is_another_conversation() {
    let one = |at: f64| {
        [
            event(0, 1, at, Act::Opens),
            event(0, 1, at + 0.01, Act::Sends(0, 5)),
            event(0, 1, at + 0.02, Act::Ends),
        ]
    };
    let other = |at: f64| {
        [
            event(1, 1, at, Act::Opens),
            event(1, 1, at + 0.012, Act::Receives(0, 5)),
            event(1, 1, at + 0.021, Act::SeesEnd),
        ]
    };
    let again = |mut events: Vec<Event>| {
        for event in &mut events {
            event.flow = Some(Flow(2));
        }
        events
    };
    let client: Vec<Event> = one(0.5).into_iter().chain(again(one(9.5).to_vec())).collect();
    // The first of them was before this server's time.
    let server = again(other(9.501).to_vec());
    let events = merged(&[client, server], [0, 1]);
    let matched: Vec<&EventKind> = events
        .iter()
        .map(|event| &event.kind)
        .filter(|kind| matches!(kind, EventKind::FlowsMatched(_)))
        .collect();
    assert_eq!(matched.len(), 1);
    let before = events.iter().position(|event| matches!(event.kind, EventKind::FlowsMatched(_)));
    let ended = events.iter().position(|event| matches!(event.kind, EventKind::HalfClosed(_)));
    assert!(ended < before, "the second conversation is the one that was matched");
}
