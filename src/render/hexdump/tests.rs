use super::*;
use crate::render::style::width;
use crate::render::testing::{Paper, from_json};

fn dumped(style: Style, lines: &[&str]) -> String {
    let paper = Paper::default();
    let mut view = Hexdump::new(style, paper.out());
    for line in lines {
        view.event(&from_json(line)).unwrap();
        view.flush().unwrap();
    }
    view.finish().unwrap();
    paper.text()
}

const LINES: [&str; 5] = [
    r#"{"seq":1,"at":0.0,"flow":1,"layer":"tcp","side":"client","event":"flow_opened","protocol":"http","local":"127.0.0.1:51514","peer":"127.0.0.1:3000"}"#,
    r#"{"seq":3,"at":0.00011,"took":0.00002,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"sent","offset":0,"len":35,"head":"GET / HTTP/1.1\r\nHost: a.b:3000\r\n\r\nb","head_encoding":"utf8"}"#,
    r#"{"seq":4,"at":0.00011,"flow":1,"layer":"http","side":"client","event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","headers":[{"name":"Host","value":"a.b:3000","offset":16,"len":16}],"offset":0,"len":34}"#,
    r#"{"seq":5,"at":0.0002,"took":0.00026,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"received","offset":0,"len":2000000,"head":"HTTP/1.1 200 OK\r\n\r\n","head_encoding":"utf8"}"#,
    r#"{"seq":6,"at":0.0003,"took":0.00026,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"received","offset":2000000,"len":500,"head":"","head_encoding":"utf8"}"#,
];

#[test]
fn every_captured_octet_has_its_field() {
    insta::assert_snapshot!(dumped(Style::default(), &LINES), @r"
    client ─▶ server  flow 1  35 bytes, written by the client                 0.1 ms
      request line: method, target, version
      000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..
      Host
      000010  48 6f 73 74 3a 20 61 2e  62 3a 33 30 30 30 0d 0a  Host: a.b:3000..
      empty line: the head ends here
      000020  0d 0a                                             ..
      body
      000022  62                                                b
    server ─▶ client  flow 1  2,000,000 bytes, read by the client             0.5 ms
      000000  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d  HTTP/1.1 200 OK.
      000010  0a 0d 0a                                          ...
      … 1,999,981 bytes more, not captured
      … 500 bytes more in 1 read, not captured
    ");
}

#[test]
fn a_narrow_terminal_gets_eight_a_line_and_a_wide_one_the_field_beside() {
    insta::assert_snapshot!(dumped(Style { width: 60, ..Style::default() }, &LINES[..3]), @r"
    client ─▶ server  flow 1  35 bytes, written by the client
      request line: method, target, version
      000000  47 45 54 20 2f 20 48 54  GET / HT
      000008  54 50 2f 31 2e 31 0d 0a  TP/1.1..
      Host
      000010  48 6f 73 74 3a 20 61 2e  Host: a.
      000018  62 3a 33 30 30 30 0d 0a  b:3000..
      empty line: the head ends here
      000020  0d 0a                    ..
      body
      000022  62                       b
    ");
    insta::assert_snapshot!(dumped(Style { width: 120, ..Style::default() }, &LINES[..3]), @r"
    client ─▶ server  flow 1  35 bytes, written by the client                                                         0.1 ms
      000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..  request line: method, target, version
      000010  48 6f 73 74 3a 20 61 2e  62 3a 33 30 30 30 0d 0a  Host: a.b:3000..  Host
      000020  0d 0a                                             ..                empty line: the head ends here
      000022  62                                                b                 body
    ");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 60, 75, 76, 80, 120] {
        let text = dumped(Style { width: columns, ..Style::default() }, &LINES);
        assert!(text.lines().all(|line| width(line) <= columns), "{text}");
    }
}

/// A question and its answer, as they passed: `A` of `www.shop.test.`, an alias and its address.
const QUESTION: &str = r#"{"seq":1,"at":0.0,"took":0.00001,"layer":"dns","side":"client","event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"asked","attempt":1,"recursion_desired":true,"edns_payload":1232,"len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#;
const ANSWER: &str = r#"{"seq":2,"at":0.0001,"took":0.0002,"layer":"dns","side":"client","event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"tcp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":true,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"answer","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#;

#[test]
fn every_octet_of_a_dns_message_is_told() {
    insta::assert_snapshot!(dumped(Style::default(), &[QUESTION, ANSWER]));
}

#[test]
fn a_dns_message_is_legible_wide_and_narrow() {
    let text = dumped(Style { width: 120, ..Style::default() }, &[QUESTION]);
    insta::assert_snapshot!(text);
    for columns in [40, 60, 63, 64, 75, 76, 80, 120, 200] {
        for ascii in [false, true] {
            let text = dumped(Style { width: columns, ascii, ..Style::default() }, &[QUESTION, ANSWER]);
            assert!(text.lines().all(|line| width(line) <= columns), "{columns}: {text}");
            // No octet is left out, and none is shown twice.
            let shown: usize = text.lines().filter_map(hex_of).map(|hex| hex.len()).sum();
            assert_eq!(shown, 42 + 72, "{columns}: {text}");
        }
    }
}

/// The octets of a line that begins with an offset.
fn hex_of(line: &str) -> Option<Vec<&str>> {
    let rest = line.strip_prefix("  ")?;
    let (offset, rest) = rest.split_at_checked(6)?;
    (offset.len() == 6 && offset.chars().all(|c| c.is_ascii_hexdigit())).then_some(())?;
    let octets = rest.get(2..)?.split(' ');
    Some(
        octets.take_while(|octet| octet.len() == 2 && octet.chars().all(|c| c.is_ascii_hexdigit())).collect(),
    )
}

#[test]
fn what_is_broken_and_what_was_not_believed_is_said() {
    let ignored = r#"{"seq":3,"at":0.0001,"took":0.0002,"layer":"dns","side":"client","event":"reply_ignored","peer":"127.53.0.3:5300","transport":"udp","reason":"malformed","expected":"a DNS message","found":"5 bytes","len":900,"head":"ijyFAAA=","head_encoding":"base64"}"#;
    let text = dumped(Style::default(), &[ignored]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("server ─▶ client  not believed: 900 bytes over UDP"), "{text}");
    assert_eq!(
        lines[lines.len() - 5..],
        [
            "  000004  00                      .         QDCOUNT",
            "                                            ✗ QDCOUNT takes 2 bytes, 1 left: the",
            "                                            ✗ rest was not captured",
            "  … 895 bytes more, not captured",
            "ignored: 900 bytes that are no DNS message",
        ],
        "{text}"
    );
}
