//! Any split, any bytes, any damage; and the HTTP library as a second opinion.

use proptest::prelude::*;

use super::*;

/// Messages that break no rule, with what a client asked for them.
fn valid() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let field =
        ("[A-Za-z][A-Za-z-]{0,12}", "[ -~]{0,30}").prop_filter("framing is chosen elsewhere", |(name, _)| {
            !["content-length", "transfer-encoding", "host"].contains(&name.to_ascii_lowercase().as_str())
        });
    let chunks = proptest::collection::vec("[ -~\r\n]{1,40}", 0..4);
    let exchange =
        (proptest::collection::vec(field, 0..4), chunks, 0..3_u8).prop_map(|(fields, parts, framing)| {
            let mut head = "HTTP/1.1 200 OK\r\n".to_owned();
            for (name, value) in fields {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let body = match framing {
                0 => {
                    head.push_str("Transfer-Encoding: chunked\r\n\r\n");
                    let chunk = |part: &String| format!("{:x};e=\"1\"\r\n{part}\r\n", part.len());
                    parts.iter().map(chunk).collect::<String>() + "0\r\nA: b\r\n\r\n"
                }
                1 => {
                    let body = parts.concat();
                    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
                    body
                }
                _ => {
                    head = format!("HTTP/1.1 100 Continue\r\n\r\n{head}Content-Length: 0\r\n\r\n");
                    String::new()
                }
            };
            (head + &body).into_bytes()
        });
    proptest::collection::vec(exchange, 1..4)
        .prop_map(|responses| (GET.repeat(responses.len()), responses.concat()))
}

/// Everything said about both directions, split so.
fn said(requests: &[u8], responses: &[u8], cuts: &[usize]) -> (Vec<EventKind>, Readings) {
    let mut rig = Rig::client();
    for (direction, bytes) in [(Direction::Sent, requests), (Direction::Received, responses)] {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2).filter(|pair| pair[0] < pair[1]) {
            let heard = rig.pass(direction, &bytes[pair[0]..pair[1]]);
            assert_eq!(heard.stop_at, None);
        }
    }
    let stamps = |readings: Readings| Readings {
        response_began: None,
        response_ended: None,
        request_sent: None,
        ..readings
    };
    let readings = stamps(rig.readings());
    (rig.events(), readings)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_says_the_same((requests, responses) in valid(), cuts in proptest::collection::vec(any::<usize>(), 0..12)) {
        let (whole, readings) = said(&requests, &responses, &[]);
        let (split, others) = said(&requests, &responses, &cuts);
        prop_assert_eq!(whole, split);
        prop_assert_eq!(readings.responses, readings.requests);
        prop_assert_eq!(readings.malformed, None);
        prop_assert_eq!(readings.left_over, None);
        prop_assert_eq!(format!("{:?}", readings.last_response), format!("{:?}", others.last_response));
        prop_assert_eq!((readings.body_len, readings.body_complete), (others.body_len, others.body_complete));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(
        calls in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..80)), 0..20),
        server in any::<bool>(),
    ) {
        let side = if server { Side::Server } else { Side::Client };
        let mut rig = Rig::new(side, Settings { head_limit: 100, body_capture: 10, secrets: false });
        for (sent, bytes) in calls {
            let heard = rig.pass(if sent { Direction::Sent } else { Direction::Received }, &bytes);
            prop_assert!(heard.capture <= bytes.len());
            prop_assert!(heard.stop_at.is_none_or(|stop| stop <= bytes.len() && !sent));
            prop_assert!(heard.secret.iter().all(|range| range.start < range.end && range.end <= bytes.len()));
        }
        rig.fin(Direction::Sent);
        rig.fin(Direction::Received);
    }

    #[test]
    fn damaged_messages_do_no_harm(
        (requests, mut responses) in valid(),
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cuts in proptest::collection::vec(any::<usize>(), 0..4),
    ) {
        for (at, byte) in damage {
            let at = at % responses.len();
            responses[at] = byte;
        }
        let mut rig = Rig::client();
        rig.sent(&requests);
        let mut from = 0;
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % responses.len()).chain([responses.len()]).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let heard = rig.received(&responses[from..cut]);
            let start = from as u64;
            from = cut;
            if let Some(facts) = rig.readings().malformed {
                prop_assert!(facts.caret <= facts.line.0.len() as u64 && facts.width >= 1);
                prop_assert!(facts.offset <= cut as u64);
                if let Some(stop) = heard.stop_at {
                    prop_assert_eq!(stop as u64, facts.offset.saturating_sub(start));
                }
            }
        }
        rig.fin(Direction::Received);
    }
}

/// What hyper makes of a response that passes a tap: `Ok`, or its error where that is about the bytes themselves.
fn heard_by_hyper(response: &[u8]) -> (Result<(), String>, Readings) {
    use http_body_util::{BodyExt as _, Empty};
    use tokio::io::AsyncWriteExt as _;

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let (recorder, _stream) = Recorder::start(vec![], Delivery::Lossless);
        let (watch, readings) = annotator(&recorder, Flow(1), Side::Client, Settings::default());
        let layer = crate::event::Layer::Tcp;
        let (tap, _) = crate::net::tap::Tap::new(near, &recorder, Flow(1), Side::Client, layer, Some(watch));
        let io = hyper_util::rt::TokioIo::new(tap);
        let mut builder = hyper::client::conn::http1::Builder::new();
        // RFC 9112 section 5.2: a user agent reads a folded line as one with spaces.
        builder.allow_obsolete_multiline_headers_in_responses(true).max_headers(4096);
        let (mut sender, connection) = builder.handshake(io).await.unwrap();
        let request =
            hyper::Request::get("/").header("Host", "a").body(Empty::<bytes::Bytes>::new()).unwrap();
        let ask = async {
            let answer = sender.send_request(request).await.map_err(|error| describe(&error))?;
            let collected = answer.into_body().collect().await.map_err(|error| describe(&error));
            drop(sender);
            collected.map(drop)
        };
        let serve = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                tokio::io::AsyncReadExt::read_buf(&mut far, &mut head).await.unwrap();
            }
            // The client may have seen enough before it all fits.
            let _ = far.write_all(response).await;
            drop(far);
        };
        let (result, _, ()) = tokio::join!(ask, connection, serve);
        let readings = readings.lock().unwrap().clone();
        (result, readings)
    })
}

/// The error with its causes.
fn describe(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the HTTP library rejects has been explained by then.
    #[test]
    fn nothing_is_rejected_without_a_reason(
        (_, mut response) in valid(),
        damage in proptest::collection::vec((any::<usize>(), prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b'0')]), 0..3),
    ) {
        for (at, byte) in damage {
            let at = at % response.len();
            response[at] = byte;
        }
        let (result, readings) = heard_by_hyper(&response);
        let explained = readings.malformed.is_some()
            || readings.foreign.is_some()
            || readings.left_over.is_some();
        // What is cut off is an error of its own.
        let cut = |error: &String| ["before message", "unexpected EOF"].iter().any(|word| error.contains(word));
        prop_assert!(explained || result.as_ref().map_or_else(cut, |()| true), "{result:?} for {}", String::from_utf8_lossy(&response));
    }
}
