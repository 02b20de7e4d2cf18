//! What UDP reads like at 80 columns.

use super::*;
use crate::explain::explain;

fn told(voice: Voice, level: Level, lines: &[&str]) -> String {
    let told: Vec<(Event, Explanation)> = lines
        .iter()
        .map(|line| {
            let event = from_json(line);
            let words = explain(&event);
            (event, words)
        })
        .collect();
    let text = narrated(voice, Style { width: 80, level, ..Style::default() }, &told);
    assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    text
}

const CLIENT: [&str; 8] = [
    r#"{"seq":1,"at":0.0,"flow":1,"layer":"udp","side":"client","event":"udp_connected","local":"127.0.0.1:43547","peer":"127.0.0.1:4009","attempt":1,"of":1}"#,
    r#"{"seq":2,"at":0.001,"flow":1,"layer":"udp","side":"client","event":"bytes","direction":"sent","offset":0,"len":5,"head":"hello","head_encoding":"utf8","datagram":1}"#,
    r#"{"seq":3,"at":0.002,"flow":1,"layer":"udp","side":"client","event":"bytes","direction":"sent","offset":5,"len":0,"head":"","head_encoding":"utf8","datagram":2}"#,
    r#"{"seq":4,"at":0.003,"flow":1,"layer":"udp","side":"client","event":"input_ended","sent":2,"wait":0.3}"#,
    r#"{"seq":5,"at":0.004,"flow":1,"layer":"udp","side":"client","event":"bytes","direction":"received","offset":0,"len":3,"head":"hel","head_encoding":"utf8","datagram":1,"truncated":true,"lost":2}"#,
    r#"{"seq":6,"at":0.005,"flow":1,"layer":"udp","side":"client","event":"bytes","direction":"received","offset":3,"len":0,"head":"","head_encoding":"utf8","datagram":2}"#,
    r#"{"seq":7,"at":0.006,"took":0.3,"flow":1,"layer":"udp","side":"client","event":"fell_silent","local":"127.0.0.1:43547","peer":"127.0.0.1:4009","waited":0.3,"sent":2,"received":2}"#,
    r#"{"seq":8,"at":0.31,"layer":"udp","side":"client","event":"conversed","sent":5,"received":3,"writes":2,"reads":2}"#,
];

#[test]
fn a_conversation_of_datagrams() {
    insta::assert_snapshot!("udp_client", told(Voice::Client, Level::Brief, &CLIENT));
    insta::assert_snapshot!("udp_client_full", told(Voice::Client, Level::Full, &CLIENT));
}

#[test]
fn a_closed_port_answers() {
    let lines = [
        CLIENT[0],
        CLIENT[1],
        r#"{"seq":3,"at":0.0012,"flow":1,"layer":"udp","side":"client","event":"delivery_failed","local":"127.0.0.1:43547","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true}"#,
        r#"{"seq":4,"at":0.0013,"layer":"udp","side":"client","event":"conversed","sent":5,"received":0,"writes":1,"reads":0}"#,
        r#"{"seq":5,"at":0.0014,"layer":"udp","side":"client","event":"failed","phase":"send","kind":"refused","target":"localhost port 4009","address":"127.0.0.1:4009","errno":111,"seen_by":"client","evidence":[{"fact":"undelivered","local":"127.0.0.1:43547","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true,"after":0.0001},{"fact":"datagrams","sent":1,"received":0,"unsent":1},{"fact":"table","port":4009,"sockets":[]}]}"#,
    ];
    insta::assert_snapshot!("udp_refused", told(Voice::Client, Level::Brief, &lines));
}

/// No sentence on silence claims that the datagram arrived, or that it did not.
#[test]
fn silence_is_told_with_both_its_meanings() {
    let silent = |more: &str| {
        let line = format!(
            r#"{{"seq":1,"at":0.0,"took":5.0,"flow":1,"layer":"udp","side":"client","event":"fell_silent","local":"127.0.0.1:43547","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0{more}}}"#
        );
        told(Voice::Client, Level::Brief, &[&line])
    };
    let owner = r#""owner":{"pid":7,"command":"node"}"#;
    let all = [
        String::new(),
        format!(r#","holder":{{"address":"127.0.0.1","listens":true,{owner}}}"#),
        format!(r#","unread":true,"holder":{{"address":"127.0.0.1","listens":true,{owner}}}"#),
        r#","holder":{"address":"127.0.0.1","listens":false}"#.to_owned(),
        r#","input_open":true"#.to_owned(),
    ];
    insta::assert_snapshot!("udp_silence", all.map(|more| silent(&more)).join("--\n"));
}

#[test]
fn a_server_tells_datagrams_of_clients_that_never_connected() {
    let lines = [
        r#"{"seq":1,"at":0.0,"layer":"udp","side":"server","event":"listening","protocol":"udp","local":"127.0.0.1:4009","backlog":0,"reach":"this_machine"}"#,
        r#"{"seq":2,"at":1.0,"flow":1,"layer":"udp","side":"server","event":"peer_seen","local":"127.0.0.1:4009","peer":"127.0.0.1:43547","client":1}"#,
        r#"{"seq":3,"at":1.0,"flow":1,"layer":"udp","side":"server","event":"bytes","direction":"received","offset":0,"len":4,"head":"hell","head_encoding":"utf8","datagram":1,"truncated":true,"lost":1}"#,
        r#"{"seq":4,"at":1.1,"flow":1,"layer":"udp","side":"server","event":"bytes","direction":"sent","offset":0,"len":4,"head":"hell","head_encoding":"utf8","datagram":1}"#,
        r#"{"seq":5,"at":61.1,"flow":1,"layer":"udp","side":"server","event":"peer_forgotten","local":"127.0.0.1:4009","peer":"127.0.0.1:43547","client":1,"why":"idle","silent":60.0,"datagrams_sent":1,"datagrams_received":1,"sent":4,"received":4}"#,
        r#"{"seq":6,"at":70.0,"layer":"udp","side":"server","event":"served","protocol":"udp","port":4009,"clients":1,"requests":1,"received":4,"sent":4,"replies":1,"truncated":1,"closed_by_client":0,"closed_by_server":0,"reset":0,"open_at_stop":0,"turned_away":0,"accept_errors":0}"#,
    ];
    insta::assert_snapshot!("udp_server", told(Voice::Server, Level::Brief, &lines));
}
