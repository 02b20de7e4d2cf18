//! The words of TCP events, event by event.

use crate::event::Event;
use crate::explain::tcp::host;
use crate::explain::{Explanation, Weight, explain};

fn words(side: &str, json: &str) -> Explanation {
    let envelope = format!(r#"{{"seq":1,"at":0.5,"took":5.0,"flow":1,"layer":"tcp","side":"{side}","#);
    let event: Event = serde_json::from_str(&json.replacen('{', &envelope, 1)).unwrap();
    explain(&event)
}

fn whys(words: &Explanation) -> String {
    words.why.iter().map(|why| why.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_listener_says_who_can_reach_it() {
    let near = words(
        "server",
        r#"{"event":"listening","protocol":"http","local":"[::1]:3000","backlog":9,"reach":"this_machine"}"#,
    );
    assert_eq!(near.what, "on [::1]:3000, for this machine only");
    assert_eq!(near.next[0].command, "netlearn get 'http://[::1]:3000/'");
    let wide = words(
        "server",
        r#"{"event":"listening","protocol":"tcp","local":"[::]:3000","backlog":9,"reach":"every_address","reachable_at":["192.0.2.5","2001:db8::5"]}"#,
    );
    assert!(whys(&wide).contains("at 192.0.2.5, 2001:db8::5, unless a firewall stops them"), "{wide:?}");
    assert_eq!(wide.next[0].command, "netlearn connect '[::1]:3000'");
    let one = words(
        "server",
        r#"{"event":"listening","protocol":"http","local":"[2001:db8::5]:3000","backlog":9,"reach":"one_address"}"#,
    );
    assert_eq!(one.next[0].command, "netlearn get 'http://[2001:db8::5]:3000/'");
    let refused = words(
        "server",
        r#"{"event":"listening","protocol":"http","local":"127.0.0.1:10080","backlog":9,"reach":"this_machine"}"#,
    );
    assert!(whys(&near).contains("Open http://[::1]:3000/ or"), "{near:?}");
    assert!(whys(&refused).contains("Browsers may refuse port 10080. In a second terminal:"), "{refused:?}");
    let unix = words(
        "server",
        r#"{"event":"listening","protocol":"unix","local":"/tmp/a.sock","backlog":9,"reach":"this_machine"}"#,
    );
    assert_eq!(unix.what, "on /tmp/a.sock");
}

#[test]
fn only_an_address_that_is_followed_by_another_promises_one() {
    let first = words(
        "client",
        r#"{"event":"connect_failed","peer":"[::1]:3000","reason":"refused","attempt":1,"of":2}"#,
    );
    assert_eq!(first.what, "::1 port 3000: refused");
    assert!(whys(&first).ends_with("We try the next address."), "{first:?}");
    for reason in ["refused", "rejected", "timeout", "unreachable", "reset", "local_address", "other"] {
        let last =
            r#"{"event":"connect_failed","peer":"127.0.0.1:3000","reason":"REASON","attempt":2,"of":2}"#;
        let last = words("client", &last.replace("REASON", reason));
        assert!(!whys(&last).contains("next address"), "{last:?}");
    }
    let silent = words(
        "client",
        r#"{"event":"connect_failed","peer":"192.0.2.1:80","reason":"timeout","attempt":1,"of":2,"syn_resent":2}"#,
    );
    assert_eq!(silent.what, "192.0.2.1 port 80: no answer in 5.0 s");
    assert!(whys(&silent).contains("asked again 2 times"), "{silent:?}");
}

#[test]
fn bytes_are_a_step_where_nothing_else_explains_them() {
    let plain = r#"{"event":"bytes","direction":"received","offset":0,"len":14,"head":"Hello, World!\n","head_encoding":"utf8"}"#;
    let step = words("client", plain);
    assert_eq!((step.weight, step.label.as_str(), step.what.as_str()), (Weight::Step, "receive", "14 bytes"));
    assert_eq!(step.lines[0].text, "Hello, World!");
    assert_eq!(words("server", plain).what, "14 bytes received");
    let annotated = plain.replace(r#""len":14"#, r#""len":14,"annotated":true"#);
    assert_eq!(words("client", &annotated).weight, Weight::Detail);
    let octets = words(
        "client",
        r#"{"event":"bytes","direction":"sent","offset":0,"len":3,"head":"FgMB","head_encoding":"base64"}"#,
    );
    assert_eq!(
        octets.lines[0].text, "\u{16}\u{3}\u{1}",
        "control octets are text here; the view escapes them"
    );
    let binary = words(
        "client",
        r#"{"event":"bytes","direction":"sent","offset":0,"len":3,"head":"//79","head_encoding":"base64"}"#,
    );
    assert_eq!(binary.lines[0].text, "ff fe fd");
    // A character cut by the capture limit does not make the text before it binary.
    let cut = words(
        "client",
        r#"{"event":"bytes","direction":"sent","offset":0,"len":9,"head":"YWLD","head_encoding":"base64"}"#,
    );
    assert_eq!((cut.lines[0].text.as_str(), cut.lines[0].note.as_str()), ("ab", "and more"));
}

#[test]
fn the_end_says_who_and_how() {
    let fin = words(
        "server",
        r#"{"event":"closed","by":"client","how":"fin","sent":116,"received":79,"requests":1}"#,
    );
    assert_eq!(fin.what, "the client hung up after 1 request");
    let asked = words(
        "client",
        r#"{"event":"closed","by":"client","how":"fin","sent":80,"received":0,"requests":1}"#,
    );
    assert_eq!(asked.what, "we hung up after sending 1 request", "whether it was answered is not said");
    let unanswered = words(
        "server",
        r#"{"event":"closed","by":"client","how":"fin","sent":0,"received":79,"requests":0}"#,
    );
    assert_eq!(unanswered.what, "the client hung up, with no request answered");
    assert_eq!(unanswered.why, []);
    let spare =
        words("server", r#"{"event":"closed","by":"client","how":"fin","sent":0,"received":0,"requests":0}"#);
    assert_eq!(spare.what, "the client hung up without a request");
    assert_eq!(spare.why[0].id, "closed.spare");
    let secure = words(
        "server",
        r#"{"event":"closed","by":"client","how":"fin","sent":900,"received":700,"application":0,"requests":0}"#,
    );
    assert_eq!(secure.what, "the client hung up without a request", "the handshake was none");
    assert!(whys(&secure).contains("at the certificate") && whys(&spare).contains("a port is open"));
    let own = words("client", r#"{"event":"closed","by":"client","how":"fin","sent":14,"received":0}"#);
    assert_eq!(own.what, "we hung up");
    let rst =
        words("server", r#"{"event":"closed","by":"server","how":"rst","sent":0,"received":3,"unread":15}"#);
    assert_eq!(rst.what, "we broke the connection off (RST); 0 bytes sent, 3 bytes received");
    assert!(whys(&rst).contains("15 bytes had arrived and nobody read on"), "{rst:?}");
    assert!(rst.sources.contains(&"RFC 2525 section 2.17"));
}

#[test]
fn what_a_program_has_not_read_is_told_apart() {
    let unread = |len: u64, accepted: bool| {
        words("client", &format!(r#"{{"event":"unread","of":"server","len":{len},"accepted":{accepted}}}"#))
            .what
    };
    assert_eq!(unread(18, true), "the program of the server has not read 18 bytes that its kernel holds");
    assert_eq!(unread(0, true), "the program of the server has read every byte that arrived");
    assert_eq!(unread(18, false), "no program has accepted this connection; its kernel holds 18 bytes");
}

/// The name localhost leads to ::1 only where a hosts file says so: a command that is offered names the address.
#[test]
fn a_command_names_an_address_that_the_socket_has() {
    for (ip, word) in [
        ("127.0.0.1", "localhost"),
        ("0.0.0.0", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
        ("fd00::2", "[fd00::2]"),
    ] {
        assert_eq!(host(ip.parse().unwrap()), word);
    }
}

/// The CR of a line end cannot be seen in the line.
#[test]
fn line_ends_with_a_cr_are_told() {
    let noted = |head: &str| {
        let quoted = serde_json::to_string(head).unwrap();
        let json =
            r#"{"event":"bytes","direction":"sent","offset":0,"len":99,"head":HEAD,"head_encoding":"utf8"}"#;
        let json = json.replace("99", &head.len().to_string()).replace("HEAD", &quoted);
        words("client", &json).lines.first().map(|line| line.note.clone()).unwrap_or_default()
    };
    assert_eq!(noted("a\r\n"), "ends with CR LF");
    assert_eq!(noted("a\r\nb\r\n"), "each line ends with CR LF");
    assert_eq!(noted("a\r\nb\n"), "not all lines end with CR LF");
    assert_eq!(noted("a\nb"), "");
}

#[test]
fn one_byte_is_it_and_more_are_them() {
    let sent = |len: u64| {
        let json =
            r#"{"event":"bytes","direction":"sent","offset":0,"len":LEN,"head":"x","head_encoding":"utf8"}"#;
        let json = json.replace("LEN", &len.to_string());
        whys(&words("client", &json))
    };
    assert!(sent(1).contains("has taken it. That the server has read it is"), "{}", sent(1));
    assert!(sent(2).contains("has taken them. That the server has read them is"), "{}", sent(2));
}

#[test]
fn each_state_after_a_fin_has_a_sentence_of_its_own_and_one_that_is_over_promises_nothing() {
    let states = ["FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT", "CLOSED"];
    let mut ids = Vec::new();
    for state in states {
        let facts = r#"{"event":"tcp_info","state":"STATE","rtt":0.001,"rtt_var":0.001,"send_mss":9,"acked":9,"unacked":0,"congestion_window":9,"receive_window":9}"#;
        let told = words("client", &facts.replace("STATE", state));
        assert_eq!(told.why.len(), 1, "{told:?}");
        ids.push(told.why[0].id);
        let more = told.more.join(" ");
        let over = ["TIME_WAIT", "CLOSED"].contains(&state);
        assert_eq!(!over, more.contains("One segment of ours carries"), "{told:?}");
        assert_eq!(over, told.what.contains("took"), "{told:?}");
        assert_eq!(
            !over,
            more.contains("In our send queue, unsent or not acknowledged: 0 bytes."),
            "{told:?}"
        );
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), states.len());
}
