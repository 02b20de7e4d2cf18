use proptest::collection::vec;
use proptest::prelude::*;

use super::{FLOOD, Frames, annotator};
use crate::event::http::Known;
use crate::event::http2::{FrameRule, Http2Frame, PREFACE};
use crate::event::recorder::{Delivery, Recorder};
use crate::event::tcp::Direction;
use crate::event::{EventKind, Flow, Side};
use crate::net::http::annotator::{Readings, Settings};

/// What became of octets read in these pieces.
#[derive(Debug, PartialEq)]
struct Told {
    frames: Vec<Http2Frame>,
    /// Octets that were passed on, and those of them that stand in events, secrets hidden.
    passed: usize,
    shown: Vec<u8>,
    foreign: Option<Known>,
}

fn read(octets: &[u8], cuts: &[usize]) -> (Told, Frames) {
    let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Folding);
    let (mut watch, readings) = annotator(&recorder, Flow(1), Settings::default());
    let mut told = Told { frames: Vec::new(), passed: 0, shown: Vec::new(), foreign: None };
    let mut from = 0;
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (octets.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(octets.len());
    for to in cuts {
        let piece = &octets[from..to];
        if piece.is_empty() {
            continue;
        }
        let heard = watch.hear(Direction::Received, from as u64, piece, recorder.now());
        let mut shown = piece[..heard.capture].to_vec();
        for range in heard.secret {
            let end = range.end.min(shown.len());
            shown[range.start.min(end)..end].fill(b'*');
        }
        told.shown.extend(shown);
        told.passed += heard.stop_at.unwrap_or(piece.len());
        from = to;
        if heard.stop_at.is_some() {
            break;
        }
    }
    let readings: Readings = readings.lock().unwrap().clone();
    told.foreign = readings.foreign.map(|foreign| foreign.protocol);
    (told, readings.http2)
}

/// The frames that are told of these octets, and the readings at their end.
fn frames(direction: Direction, octets: &[u8], cuts: &[usize], fin: bool) -> (Vec<Http2Frame>, Frames) {
    let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Folding);
    let settings = Settings::default();
    let mut way = match direction {
        Direction::Sent => super::way::Way::sent(settings),
        Direction::Received => super::way::Way::received(settings),
    };
    let mut readings = Readings::default();
    readings.http2.stream = 1;
    let mut found = Vec::new();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (octets.len() + 1)).collect();
    cuts.sort_unstable();
    cuts.push(octets.len());
    let mut from = 0;
    for to in cuts {
        let mut pass = super::Pass::new(&octets[from..to], from as u64, recorder.now());
        way.hear(&mut pass, &mut readings);
        found.extend(pass.found);
        from = to;
    }
    if fin {
        let mut pass = super::Pass::new(&[], from as u64, recorder.now());
        way.ended(&mut pass, &mut readings);
        found.extend(pass.found);
    }
    let frames = found
        .into_iter()
        .filter_map(|kind| if let EventKind::Http2Frame(frame) = kind { Some(*frame) } else { None })
        .collect();
    (frames, readings.http2)
}

fn frame(frame_type: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[frame_type, flags], &stream.to_be_bytes(), payload].concat()
}

const SETTINGS: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64";

fn fault_of(more: &[u8]) -> Option<FrameRule> {
    let (_, frames) = read(&[SETTINGS, more].concat(), &[]);
    Some(frames.fault?.fault.unwrap().rule)
}

#[test]
fn frames_are_told_with_what_stands_in_them() {
    let octets = [
        SETTINGS.to_vec(),
        frame(4, 1, 0, b""),
        frame(8, 0, 0, &[0x80, 0, 0xff, 0xff]),
        frame(1, 4, 1, b"\x88"),
        frame(0, 9, 1, b"\x02hello\0\0"),
        frame(3, 0, 1, &[0, 0, 0, 8]),
        frame(0xbb, 0xff, 7, b"whatever"),
        frame(7, 0, 0, b"\0\0\0\x01\0\0\0\x0btoo much"),
    ]
    .concat();
    let (told, readings) = frames(Direction::Received, &octets, &[], true);
    let names: Vec<&str> = told.iter().map(|frame| frame.name.as_str()).collect();
    let expected =
        ["SETTINGS", "SETTINGS", "WINDOW_UPDATE", "HEADERS", "DATA", "RST_STREAM", "unknown", "GOAWAY"];
    assert_eq!(names, expected);
    assert_eq!(
        (told[0].settings[0].name.as_str(), told[0].settings[0].value),
        ("MAX_CONCURRENT_STREAMS", 100)
    );
    assert_eq!(told[1].flag_names, ["ACK"]);
    assert_eq!(told[2].increment, Some(0xffff), "the reserved bit is ignored");
    assert_eq!(told[4].flag_names, ["END_STREAM", "PADDED"]);
    assert_eq!(told[5].error_name.as_deref(), Some("CANCEL"));
    assert!(told[6].flag_names.is_empty());
    let gone = &told[7];
    assert_eq!((gone.last_stream, gone.error_name.as_deref()), (Some(1), Some("ENHANCE_YOUR_CALM")));
    assert_eq!(gone.debug.as_deref(), Some("too much"));
    assert!(readings.settings && readings.fault.is_none());
}

#[test]
fn each_rule_has_its_fault_and_nothing_is_passed_on_from_there() {
    let cases: [(&[u8], FrameRule); 12] = [
        (&[0, 0x40, 1, 0, 0, 0, 0, 0, 1], FrameRule::TooLarge),
        (&frame(4, 0, 0, b"12345"), FrameRule::Length),
        (&frame(4, 1, 0, b"123456"), FrameRule::Length),
        (&frame(6, 0, 0, b"123"), FrameRule::Length),
        (&frame(3, 0, 1, b"123"), FrameRule::Length),
        (&frame(7, 0, 0, b"1234567"), FrameRule::Length),
        (&frame(4, 0, 1, b""), FrameRule::Stream),
        (&frame(0, 0, 0, b"x"), FrameRule::Stream),
        (&frame(9, 4, 1, b"x"), FrameRule::Continuation),
        (&[frame(1, 0, 1, b"x"), frame(0, 0, 1, b"x")].concat(), FrameRule::Continuation),
        (&frame(5, 4, 1, b"\0\0\0\x02"), FrameRule::Push),
        (&frame(8, 0, 1, &[0; 4]), FrameRule::Increment),
    ];
    for (octets, rule) in cases {
        assert_eq!(fault_of(octets), Some(rule), "{octets:?}");
    }
    assert_eq!(fault_of(&frame(0, 8, 1, b"\x01")), Some(FrameRule::Padding));
    assert_eq!(fault_of(&frame(0, 8, 1, b"\x00")), None);
    let (told, _) = read(&[SETTINGS, &frame(0, 0, 0, b"x")].concat(), &[]);
    assert_eq!(told.passed, SETTINGS.len());
    let block = frame(1, 0, 1, &[0x88; 16_000]);
    let endless: Vec<u8> = std::iter::repeat_n(frame(9, 0, 1, &[0x88; 16_000]), 5).flatten().collect();
    assert_eq!(fault_of(&[block, endless].concat()), Some(FrameRule::HeadTooLarge));
}

#[test]
fn a_server_begins_with_settings_or_speaks_something_else() {
    let first = |octets: &[u8]| {
        let (told, frames) = read(octets, &[]);
        (told.foreign, frames.fault.map(|frame| frame.fault.unwrap().rule))
    };
    assert_eq!(first(&frame(1, 5, 1, b"\x88")), (None, Some(FrameRule::SettingsFirst)));
    assert_eq!(first(&frame(4, 1, 0, b"")), (None, Some(FrameRule::SettingsFirst)));
    assert_eq!(first(b"HTTP/1.1 400 Bad Request\r\n\r\n"), (Some(Known::Http), None));
    assert_eq!(first(b"SSH-2.0-OpenSSH_9.2\r\n"), (Some(Known::Ssh), None));
    assert_eq!(first(b"\x15\x03\x01\0\x02\x02\x46aa"), (Some(Known::Tls), None));
    assert_eq!(first(b"who are you?\n"), (Some(Known::Unknown), None));
    let (_, readings) = frames(Direction::Received, b"HTTP/1", &[], true);
    assert!(readings.fault.is_none(), "too short for a frame, long enough to be known");
}

#[test]
fn an_end_within_a_frame_is_told() {
    let whole = [SETTINGS, &frame(0, 1, 1, b"hello")].concat();
    for end in 0..=whole.len() {
        let (told, readings) = frames(Direction::Received, &whole[..end], &[], true);
        let within = end != 0 && end != SETTINGS.len() && end != whole.len();
        assert_eq!(readings.fault.is_some(), within, "{end}: {told:?}");
    }
}

#[test]
fn values_of_secret_fields_are_hidden_in_any_pieces() {
    // set-cookie (entry 55) as a literal, in a padded frame with a priority, and going on in a CONTINUATION.
    let head = frame(1, 0x28, 1, b"\x03\0\0\0\0\x10\x88\x77\x06sec\0\0\0");
    let octets = [SETTINGS, &head, &frame(9, 4, 1, b"ret\x84")].concat();
    let whole = read(&octets, &[]).0;
    let text = String::from_utf8_lossy(&whole.shown).into_owned();
    assert!(!text.contains("sec") && !text.contains("ret") && text.contains("***"), "{text:?}");
    assert_eq!(whole.shown.iter().filter(|octet| **octet == b'*').count(), 6);
    for cut in 0..octets.len() {
        assert_eq!(read(&octets, &[cut]).0.shown, whole.shown, "cut at {cut}");
    }
}

#[test]
fn a_flood_is_told_together() {
    let pings: Vec<u8> = std::iter::repeat_n(frame(6, 0, 0, b"12345678"), 5000).flatten().collect();
    let (told, _) = frames(Direction::Received, &[SETTINGS, &pings].concat(), &[], true);
    assert!(told.len() < 110, "{}", told.len());
    assert_eq!(told.iter().map(|frame| frame.frames).sum::<u64>(), 5001);
}

#[test]
fn a_flood_without_a_part_of_a_message_ends_the_reading() {
    let many = |octets: &[u8], count: u64| octets.repeat(usize::try_from(count).unwrap());
    let ping = frame(6, 0, 0, b"12345678");
    let padded = frame(0, 8, 1, b"\x02\0\0");
    // SETTINGS is the first of them.
    for one in [ping.clone(), frame(0, 0, 1, b""), padded, frame(4, 1, 0, b""), frame(0x42, 0, 0, b"?")] {
        for (count, fits) in [(FLOOD - 1, true), (FLOOD, false)] {
            let (told, readings) =
                frames(Direction::Received, &[SETTINGS, &many(&one, count)].concat(), &[9000], true);
            let fault = readings.fault.and_then(|frame| frame.fault);
            assert_eq!(fault.as_ref().map(|fault| fault.rule), (!fits).then_some(FrameRule::Flood));
            assert_eq!(counted(&told), FLOOD + u64::from(!fits));
        }
    }
    // The first head, content and an end are parts; one head more may be that of one more interim response.
    let head = frame(1, 4, 1, b"\x88");
    for (part, goes_on) in [
        (head.clone(), true),
        (frame(0, 0, 1, b"a"), true),
        (frame(0, 1, 1, b""), true),
        (frame(0, 0, 3, b"a"), false),
    ] {
        let octets = [SETTINGS, &many(&ping, FLOOD - 1), &part, &many(&ping, FLOOD)].concat();
        let (_, readings) = frames(Direction::Received, &octets, &[], true);
        assert_eq!(readings.fault.is_none(), goes_on, "{part:?}");
    }
    let (_, readings) = frames(Direction::Received, &[SETTINGS, &many(&head, FLOOD + 2)].concat(), &[], true);
    assert_eq!(readings.fault.and_then(|frame| frame.fault).map(|fault| fault.rule), Some(FrameRule::Flood));
}

#[test]
fn a_request_on_its_way_is_progress_too() {
    for (sends, fits) in [(true, true), (false, false)] {
        let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Folding);
        let (mut watch, readings) = annotator(&recorder, Flow(1), Settings::default());
        watch.hear(Direction::Received, 0, SETTINGS, recorder.now());
        let (mut received, mut sent) = (SETTINGS.len() as u64, PREFACE.len() as u64);
        watch.hear(Direction::Sent, 0, PREFACE.as_slice(), recorder.now());
        // A window for each piece of a long upload.
        let (window, piece) = (frame(8, 0, 1, &[0, 0, 1, 0]), frame(0, 0, 1, &[7; 256]));
        for _ in 0..=FLOOD {
            watch.hear(Direction::Received, received, &window, recorder.now());
            received += window.len() as u64;
            if sends {
                watch.hear(Direction::Sent, sent, &piece, recorder.now());
                sent += piece.len() as u64;
            }
        }
        assert_eq!(readings.lock().unwrap().http2.fault.is_none(), fits);
    }
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let one = (0u8..14, any::<u8>(), 0u32..4, vec(any::<u8>(), 0..40));
    let known = vec(one, 0..12).prop_map(|list| {
        let frames =
            list.into_iter().map(|(kind, flags, stream, payload)| frame(kind, flags, stream, &payload));
        [SETTINGS.to_vec()].into_iter().chain(frames).flatten().collect()
    });
    prop_oneof![known, vec(any::<u8>(), 0..200)]
}

/// Frames with those told together taken apart again, as far as their counts go.
fn counted(frames: &[Http2Frame]) -> u64 {
    frames.iter().map(|frame| frame.frames).sum()
}

proptest! {
    /// Any octets, in any pieces: the same frames, and no panic.
    #[test]
    fn pieces_make_no_difference(octets in pieces(), cuts in vec(any::<usize>(), 0..6), fin in any::<bool>()) {
        let whole = frames(Direction::Received, &octets, &[], fin).0;
        let cut = frames(Direction::Received, &octets, &cuts, fin).0;
        prop_assert_eq!(counted(&whole), counted(&cut));
        prop_assert_eq!(&whole, &cut);
        // Of a frame that came in two calls the first part had passed before it could be judged.
        let (one, many) = (read(&octets, &[]).0, read(&octets, &cuts).0);
        prop_assert!(many.passed >= one.passed);
    }

    /// The same of what a client sends, the preface first.
    #[test]
    fn our_own_frames_are_read_in_any_pieces(octets in pieces(), cuts in vec(any::<usize>(), 0..6)) {
        let octets = [PREFACE.as_slice(), &octets].concat();
        let whole = frames(Direction::Sent, &octets, &[], false).0;
        prop_assert_eq!(&whole, &frames(Direction::Sent, &octets, &cuts, false).0);
        prop_assert!(whole.iter().all(|frame| frame.by == Side::Client && frame.fault.is_none()));
    }
}
