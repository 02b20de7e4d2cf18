//! UDP on the ladder: arrows of datagrams, and of the ICMP message that answers one.

use super::*;

const ENDS: &str = r#""local":"127.0.0.1:43547","peer":"127.0.0.1:4009""#;

fn line(at: f64, side: &str, facts: &str) -> String {
    format!(r#"{{"seq":1,"at":{at},"took":0.00001,"flow":1,"layer":"udp","side":"{side}",{facts}}}"#)
}

fn client(at: f64, facts: &str) -> String {
    line(at, "client", facts)
}

fn opened() -> Vec<String> {
    vec![
        client(0.0, &format!(r#""event":"flow_opened","protocol":"udp",{ENDS}"#)),
        client(0.0, &format!(r#""event":"udp_connected",{ENDS},"attempt":1,"of":1"#)),
    ]
}

fn datagram(direction: &str, number: u64, head: &str, more: &str) -> String {
    let len = head.len();
    format!(
        r#""event":"bytes","direction":"{direction}","offset":0,"len":{len},"head":"{head}","head_encoding":"utf8","datagram":{number}{more}"#
    )
}

fn ladder(width: usize, lines: &[String]) -> String {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    drawn(Style { width, ..Style::default() }, &lines)
}

#[test]
fn each_datagram_is_an_arrow_also_an_empty_one() {
    let mut lines = opened();
    lines.push(client(0.001, &datagram("sent", 1, "hello", "")));
    lines.push(client(0.002, &datagram("sent", 2, "", "")));
    lines.push(client(0.003, &datagram("received", 1, "hel", r#","truncated":true,"lost":2"#)));
    lines.push(client(0.004, &datagram("received", 2, "", "")));
    insta::assert_snapshot!("udp_80", ladder(80, &lines));
    insta::assert_snapshot!("udp_60", ladder(60, &lines));
}

#[test]
fn the_icmp_message_is_an_arrow_of_whoever_sent_it() {
    let failed = |origin: &str, kind: u8, code: u8| {
        let mut lines = opened();
        lines.push(client(0.001, &datagram("sent", 1, "one", "")));
        lines.push(client(
            0.002,
            &format!(
                r#""event":"delivery_failed",{ENDS},"during":"sent","errno":111,"icmp":{{"origin":"{origin}","type":{kind},"code":{code}}},"sent":1,"ends_it":true"#
            ),
        ));
        ladder(80, &lines)
    };
    insta::assert_snapshot!("udp_port_unreachable", failed("127.0.0.1", 3, 3));
    insta::assert_snapshot!("udp_prohibited_by_another", failed("10.0.0.1", 3, 13));
}

#[test]
fn silence_stands_on_the_side_that_waited() {
    let mut lines = opened();
    lines.push(client(0.001, &datagram("sent", 1, "one", "")));
    lines.push(client(0.002, r#""event":"input_ended","sent":1,"wait":5.0"#));
    lines.push(client(0.003, &format!(r#""event":"fell_silent",{ENDS},"waited":5.0,"sent":1,"received":0"#)));
    insta::assert_snapshot!("udp_silence", ladder(80, &lines));
}

#[test]
fn a_server_sees_clients_come_and_forgets_them() {
    let ends = r#""local":"127.0.0.1:4009","peer":"127.0.0.1:43547""#;
    let server = |at: f64, facts: &str| line(at, "server", facts);
    let lines = [
        server(0.0, &format!(r#""event":"flow_opened","protocol":"udp",{ends}"#)),
        server(0.0, &format!(r#""event":"peer_seen",{ends},"client":1"#)),
        server(0.0, &datagram("received", 1, "hello", "")),
        server(0.001, &datagram("sent", 1, "hello", "")),
        server(
            60.0,
            &format!(
                r#""event":"peer_forgotten",{ends},"client":1,"why":"idle","silent":60.0,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5"#
            ),
        ),
    ];
    insta::assert_snapshot!("udp_server", ladder(80, &lines));
}
