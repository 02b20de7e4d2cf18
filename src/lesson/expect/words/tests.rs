use serde_json::json;

use super::*;
use crate::lesson::expect::testing::seen;

fn is(path: &str, value: impl Into<Value>) -> (String, Matcher) {
    (path.to_owned(), Matcher::Is(value.into()))
}

fn of(kind: &str, fields: Vec<(String, Matcher)>) -> Pattern {
    Pattern { event: Some(kind.to_owned()), fields, ..Pattern::default() }
}

#[test]
fn a_pattern_and_an_event_are_told_in_the_same_words() {
    let expected = of("request", vec![is("side", "server"), is("local_port", 3001)]);
    let saw = seen(
        1,
        0.0,
        json!({ "event": "request", "side": "server", "local_port": 3000, "method": "GET", "target": "/" }),
    );
    assert_eq!(pattern(&expected).text(), "a request to port 3001, seen by the server");
    let told = event(&saw, &expected);
    assert_eq!(told.text(), "a request GET / to port 3000, seen by the server");
    let (start, end) = told.part(&["local_port"]).expect("a part");
    assert_eq!(&told.text()[start..end], "to port 3000");
    let (start, end) = told.part(&["side"]).expect("a part");
    assert_eq!(&told.text()[start..end], "seen by the server");
}

/// A condition on a command is read as one, whatever it is.
#[test]
fn commands_and_conditions_on_them_are_told_apart() {
    let told = |matcher: Matcher| pattern(&of("bytes", vec![("command".to_owned(), matcher)])).text();
    let contains = |text: &str| Matcher::Contains(text.to_owned());
    assert!(
        told(contains("3000")).ends_with(", by a command containing `3000`"),
        "{}",
        told(contains("3000"))
    );
    let not = Matcher::Not(Box::new(contains("-z")));
    assert!(told(not.clone()).ends_with(", by a command not containing `-z`"), "{}", told(not));
    let is = Matcher::Is("ports".into());
    assert!(told(is.clone()).ends_with(", by `ports`"), "{}", told(is));
}

#[test]
fn kinds_have_words() {
    let cases = [
        (
            json!({ "event": "accepted", "local_port": 3000, "peer_port": 9 }),
            "a client accepted at port 3000 from port 9",
        ),
        (json!({ "event": "connected", "peer_port": 3000 }), "a connection made to port 3000"),
        (
            json!({ "event": "connect_failed", "peer": "/tmp/s", "reason": "refused" }),
            "a failed connection to /tmp/s (refused)",
        ),
        (
            json!({ "event": "bytes", "side": "client", "direction": "sent", "len": 5, "peer_port": 3 }),
            "5 bytes sent by the client at port 3",
        ),
        (
            json!({ "event": "bytes", "layer": "udp", "side": "server", "direction": "received", "len": 1200 }),
            "a datagram of 1,200 bytes received by the server",
        ),
        (
            json!({ "event": "closed", "by": "client", "how": "rst" }),
            "a connection closed by the client with a RST",
        ),
        (json!({ "event": "flow_opened", "protocol": "udp" }), "a socket opened (udp)"),
        (json!({ "event": "flow_opened" }), "a socket opened"),
        (
            json!({ "event": "connect_failed", "peer": "/tmp/s", "reason": "other" }),
            "a failed connection to /tmp/s",
        ),
        (
            json!({ "event": "query", "name": "a.test.", "record_type": "A" }),
            "a DNS question for A of a.test.",
        ),
        (
            json!({ "event": "reply", "name": "a.test.", "rcode": "NXDOMAIN" }),
            "a DNS answer NXDOMAIN for a.test.",
        ),
        (json!({ "event": "udp_connected", "peer_port": 9 }), "a UDP socket that sends to port 9"),
        (json!({ "event": "sockets_counted", "port": 9, "shown": 2 }), "a list of ports, of port 9, 2 shown"),
        (json!({ "event": "sockets_counted", "unix": true, "shown": 1 }), "a list of Unix sockets, 1 shown"),
        (json!({ "event": "teleported" }), "the event `teleported`"),
    ];
    for (fields, expected) in cases {
        assert_eq!(words(&seen(1, 0.0, fields)).text, expected);
    }
}

#[test]
fn what_a_pattern_asks_of_a_field_is_told() {
    let within = |min: Option<u64>, max: Option<u64>| Matcher::Within {
        min: min.map(Value::from),
        max: max.map(Value::from),
    };
    let told = |matcher| pattern(&of("bytes", vec![("len".to_owned(), matcher)])).text();
    assert_eq!(told(within(Some(3), None)), "at least 3 bytes");
    assert_eq!(told(within(Some(3), Some(5_000))), "3 to 5,000 bytes");
    assert_eq!(told(Matcher::Not(Box::new(Matcher::Is(json!(3))))), "other than 3 bytes");
    assert_eq!(told(Matcher::OneOf(vec![json!(3), json!(4)])), "3 or 4 bytes");
    let contains = of("bytes", vec![("head".to_owned(), Matcher::Contains("GET".to_owned()))]);
    assert_eq!(pattern(&contains).text(), "bytes, containing `GET`");
    assert_eq!(pattern(&of("accepted", Vec::new())).bare(), "client accepted");
}

/// What differs is seen: the same words for what was expected and what was seen would help nobody.
#[test]
fn an_address_that_may_not_be_is_told_on_both_sides() {
    let not = Matcher::Not(Box::new(Matcher::Is(json!("192.0.2.1:3001"))));
    let expected = of("connect_failed", vec![is("peer_port", 3001), ("peer".to_owned(), not)]);
    assert_eq!(pattern(&expected).text(), "a failed connection to port 3001 but not 192.0.2.1:3001");
    let saw = json!({ "event": "connect_failed", "peer_port": 3001, "peer": "192.0.2.1:3001" });
    let told = event(&seen(1, 0.0, saw), &expected);
    assert_eq!(told.text(), "a failed connection to 192.0.2.1:3001");
    assert!(told.part(&["peer"]).is_some());
}

#[test]
fn a_header_is_told_with_its_value() {
    let any = Matcher::OneOf(vec![json!("Host"), json!("host"), json!("HOST")]);
    let value = ("headers.value".to_owned(), Matcher::Contains("b.test".to_owned()));
    let expected = of("request", vec![("headers.name".to_owned(), any.clone()), value]);
    assert_eq!(pattern(&expected).text(), "a request, with the header Host containing `b.test`");
    let headers = json!([{ "name": "Accept", "value": "*/*" }, { "name": "Host", "value": "a.test" }]);
    let saw = seen(1, 0.0, json!({ "event": "request", "method": "GET", "target": "/", "headers": headers }));
    assert_eq!(event(&saw, &expected).text(), "a request GET /, with the header Host a.test");
    let none = of("request", vec![("headers.name".to_owned(), Matcher::Not(Box::new(any)))]);
    assert_eq!(pattern(&none).text(), "a request, without the header Host");
    assert_eq!(event(&saw, &none).text(), "a request GET /, with the header Accept, Host");
}

#[test]
fn what_a_peer_chose_cannot_write_to_the_terminal() {
    let saw = seen(1, 0.0, json!({ "event": "request", "target": format!("/\u{1b}[2J{}", "x".repeat(500)) }));
    let text = words(&saw).text;
    assert!(text.starts_with("a request /\\u{1b}[2Jx") && text.ends_with("x..."), "{text}");
    assert!(text.len() < 120);
}
