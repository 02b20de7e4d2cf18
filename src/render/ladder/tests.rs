mod udp;

use super::*;
use crate::render::Level;
use crate::render::style::width;
use crate::render::testing::{Paper, from_json};

fn drawn(style: Style, lines: &[&str]) -> String {
    let paper = Paper::default();
    let mut ladder = Ladder::new(style, paper.out());
    for line in lines {
        ladder.event(&from_json(line)).unwrap();
        ladder.flush().unwrap();
    }
    ladder.finish().unwrap();
    paper.text()
}

const CLIENT: [&str; 12] = [
    r#"{"seq":1,"at":0.0,"took":0.0001,"flow":1,"layer":"tcp","side":"client","event":"flow_opened","protocol":"http","local":"127.0.0.1:51514","peer":"127.0.0.1:3000"}"#,
    r#"{"seq":2,"at":0.0,"took":0.0001,"flow":1,"layer":"tcp","side":"client","event":"connected","local":"127.0.0.1:51514","peer":"127.0.0.1:3000","attempt":1,"of":1}"#,
    r#"{"seq":3,"at":0.00011,"took":0.00002,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"sent","offset":0,"len":79,"head":"GET / HTTP/1.1\r\nHost: localhost:3000\r\n","head_encoding":"utf8"}"#,
    r#"{"seq":4,"at":0.00011,"flow":1,"layer":"http","side":"client","event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","headers":[],"offset":0,"len":79}"#,
    r#"{"seq":5,"at":0.0002,"took":0.00026,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"received","offset":0,"len":116,"head":"HTTP/1.1 200 OK\r\n","head_encoding":"utf8"}"#,
    r#"{"seq":6,"at":0.0002,"flow":1,"layer":"http","side":"client","event":"response","by":"server","exchange":1,"status":200,"reason":"OK","version":"HTTP/1.1","headers":[],"offset":0,"len":102}"#,
    r#"{"seq":7,"at":0.0002,"flow":1,"layer":"http","side":"client","event":"body_ended","by":"server","exchange":1,"rule":"length","len":14,"declared":14,"complete":true}"#,
    r#"{"seq":8,"at":0.0004,"flow":1,"layer":"http","side":"client","event":"timed","exchange":1,"total":0.0011}"#,
    r#"{"seq":9,"at":0.00052,"flow":1,"layer":"tcp","side":"client","event":"half_closed","by":"client","after":79}"#,
    r#"{"seq":10,"at":0.00053,"took":0.00002,"flow":1,"layer":"tcp","side":"client","event":"half_closed","by":"server","after":116}"#,
    r#"{"seq":11,"at":0.00055,"flow":1,"layer":"tcp","side":"client","event":"closed","by":"client","how":"fin","sent":79,"received":116}"#,
    r#"{"seq":12,"at":0.00056,"side":"client","event":"finished","exit":0}"#,
];

#[test]
fn one_arrow_a_message_and_the_other_side_unseen() {
    insta::assert_snapshot!(drawn(Style::default(), &CLIENT), @r"
          client                                              server
          127.0.0.1:51514                                     127.0.0.1:3000
     0.00 │ connect, open after 0.1 ms ─────────────────────▶ │
     0.11 │ GET / HTTP/1.1 · 79 B ──────────────────────────▶ │
     0.46 │ ◀───────────────────────────────── 200 OK · 116 B │
     0.52 │ FIN ────────────────────────────────────────────▶ │
     0.55 │ ◀──────────────────────────────────────────── FIN │
          │             the server's side: not seen from here │
    ");
}

#[test]
fn both_sides_in_one_stream_are_drawn_once() {
    let mut lines = CLIENT.to_vec();
    let accepted = r#"{"seq":2,"at":0.00005,"flow":2,"layer":"tcp","side":"server","event":"accepted","local":"127.0.0.1:3000","peer":"127.0.0.1:51514","client":1}"#;
    let opened = r#"{"seq":2,"at":0.00005,"flow":2,"layer":"tcp","side":"server","event":"flow_opened","protocol":"http","local":"127.0.0.1:3000","peer":"127.0.0.1:51514"}"#;
    let read = r#"{"seq":2,"at":0.00009,"took":0.0001,"flow":2,"layer":"tcp","side":"server","event":"bytes","direction":"received","offset":0,"len":79,"head":"GET / HTTP/1.1\r\n","head_encoding":"utf8"}"#;
    let request = r#"{"seq":4,"at":0.00011,"flow":2,"layer":"http","side":"server","event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","headers":[],"offset":0,"len":79}"#;
    lines.splice(4..4, [read, request]);
    lines.splice(2..2, [opened, accepted]);
    insta::assert_snapshot!(drawn(Style { width: 60, ..Style::default() }, &lines), @r"
          client                               server
          127.0.0.1:51514                      127.0.0.1:3000
     0.00 │ connect, open after 0.1 ms ──────▶ │
     0.05 │                                    │ accepted
     0.11 │ GET / HTTP/1.1 · 79 B ───────────▶ │
     0.46 │ ◀────────────────── 200 OK · 116 B │
     0.52 │ FIN ─────────────────────────────▶ │
     0.55 │ ◀───────────────────────────── FIN │
    ");
}

#[test]
fn attempts_that_fail_end_in_a_cross() {
    let refused = r#"{"seq":1,"at":1.0,"took":0.0001,"layer":"tcp","side":"client","event":"connect_failed","peer":"[::1]:3000","reason":"refused","attempt":1,"of":2}"#;
    let silent = r#"{"seq":2,"at":1.001,"took":5.0,"layer":"tcp","side":"client","event":"connect_failed","peer":"127.0.0.1:3000","reason":"timeout","attempt":2,"of":2}"#;
    insta::assert_snapshot!(drawn(Style { ascii: true, ..Style::default() }, &[refused, silent]), @r"
          client                                              server
     0.00 | connect [::1]:3000 -------------------- x refused |
     1.00 | connect 127.0.0.1:3000 ..... x no answer in 5.0 s |
          |             the server's side: not seen from here |
    ");
}

#[test]
fn several_conversations_are_told_apart_by_port() {
    let second: Vec<String> = CLIENT
        .iter()
        .map(|line| line.replace("51514", "51516").replace("\"flow\":1", "\"flow\":7"))
        .collect();
    let mut lines = CLIENT[..4].to_vec();
    lines.extend(second.iter().map(String::as_str));
    lines.extend(&CLIENT[4..]);
    let text = drawn(Style::default(), &lines);
    assert!(text.contains(":51516 GET / HTTP/1.1"), "{text}");
    assert!(text.contains(":51514 200 OK"), "{text}");
    assert_eq!(text.matches("127.0.0.1:51516").count(), 1, "{text}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 50, 60, 80, 120, 200] {
        let text = drawn(Style { width: columns, level: Level::Full, ..Style::default() }, &CLIENT);
        assert!(text.lines().all(|line| width(line) <= columns), "{text}");
    }
}

/// A question to each of two servers: the first over UDP without a flow, as the asker and (once) as the server saw it.
const NAMES: [&str; 8] = [
    r#"{"seq":1,"at":0.0,"took":0.00001,"layer":"dns","side":"client","event":"query","local":"0.0.0.0:44321","peer":"127.53.0.1:5300","transport":"udp","id":1,"name":"shop.test.","record_type":"A","class":"IN","reason":"root","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":".","len":38,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":2,"at":0.0001,"layer":"dns","side":"server","event":"query","local":"127.53.0.1:5300","peer":"127.0.0.1:44321","transport":"udp","id":1,"name":"shop.test.","record_type":"A","class":"IN","reason":"asked","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":".","len":38,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":3,"at":0.0002,"layer":"dns","side":"server","event":"reply","local":"127.53.0.1:5300","peer":"127.0.0.1:44321","transport":"udp","id":1,"name":"shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":false,"ra":false,"ad":false,"cd":false,"meaning":"referral","answers":[],"len":90,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":4,"at":0.0001,"took":0.0002,"layer":"dns","side":"client","event":"reply","local":"0.0.0.0:44321","peer":"127.53.0.1:5300","transport":"udp","id":1,"name":"shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":false,"ra":false,"ad":false,"cd":false,"meaning":"referral","answers":[],"len":90,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":5,"at":0.001,"took":0.00001,"layer":"dns","side":"client","event":"query","local":"127.0.0.1:44322","peer":"127.53.0.2:5300","transport":"udp","id":2,"name":"shop.test.","record_type":"A","class":"IN","reason":"referral","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"test.","len":38,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":6,"at":0.001,"took":0.0002,"layer":"dns","side":"client","event":"reply_ignored","local":"127.0.0.1:44322","peer":"127.53.0.2:5300","transport":"udp","reason":"wrong_id","expected":"2","found":"3","len":90,"head":"","head_encoding":"utf8"}"#,
    r#"{"seq":7,"at":0.001,"took":1.5,"layer":"dns","side":"client","event":"query_failed","local":"127.0.0.1:44322","peer":"127.53.0.2:5300","transport":"udp","name":"shop.test.","record_type":"A","class":"IN","reason":"only_unbelievable","attempt":1,"ignored":1}"#,
    r#"{"seq":8,"at":2.0,"took":0.0003,"layer":"dns","side":"client","event":"reply","local":"127.0.0.1:44322","peer":"127.53.0.2:5300","transport":"tcp","id":2,"name":"shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":true,"tc":false,"rd":false,"ra":false,"ad":false,"cd":false,"meaning":"answer","answers":[{"name":"shop.test.","record_type":"A","class":"IN","ttl":60,"data":"127.53.1.80"}],"len":54,"head":"","head_encoding":"utf8"}"#,
];

#[test]
fn questions_and_answers_are_arrows_and_drawn_once() {
    insta::assert_snapshot!(drawn(Style::default(), &NAMES), @r"
          client                                              server
          0.0.0.0:44321                                       127.53.0.1:5300
     0.00 │ A shop.test.? up to 1,232 B ────────────────────▶ │
     0.20 │ ◀────────────────────────────── NOERROR 0 answers │
          127.0.0.1:44322                                     127.53.0.2:5300
     1.00 │ :44322 A shop.test.? up to 1,232 B ─────────────▶ │
     1.20 │ ✗ an answer with the id 3: we asked with 2        │
    1.50s │ ✗ none from 127.53.0.2 port 5300 that can be      │
          │ believed                                          │
    2.00s │ ◀────────────── :44322 NOERROR 1 answer, AA (TCP) │
    ");
}
