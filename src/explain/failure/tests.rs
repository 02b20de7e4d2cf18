//! Every failure has words, and the words say what the evidence shows.

use super::*;
use crate::event::Side;
use crate::event::failure::Evidence;
use crate::explain::failure::samples::{evidence, evidence_at_paths, evidence_of_datagrams, kinds};
use crate::explain::glossary;

fn sample(kind: Kind, target: &str, evidence: Vec<Evidence>) -> Failed {
    Failed {
        phase: Phase::Wait,
        kind,
        target: target.to_owned(),
        address: "127.0.0.1:3000".parse().ok(),
        errno: None,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    }
}

fn fact(json: &str) -> Evidence {
    serde_json::from_str(json).unwrap()
}

fn whys(words: &Explanation) -> Vec<&str> {
    words.why.iter().map(|why| why.text.as_str()).collect()
}

#[test]
fn every_failure_has_a_cause_and_a_command() {
    let starts = ["netlearn ", "openssl ", "curl ", "rm ", "ls ", "mkdir ", "cd ", "socat "];
    for kind in kinds() {
        for target in ["localhost port 3000", "https://[::1]:3000/a?b=c&d", "out.html"] {
            for facts in [Vec::new(), evidence(), evidence_at_paths(), evidence_of_datagrams()] {
                let words = failed(&sample(kind, target, facts));
                assert!(words.what.starts_with(target), "{kind:?}: {}", words.what);
                assert!(words.cause.as_deref().is_some_and(|cause| cause.len() > 10), "{kind:?}");
                let first = words.next.first().map(|next| next.command.clone()).unwrap_or_default();
                assert!(starts.iter().any(|start| first.starts_with(start)), "{kind:?}: {first}");
                for next in &words.next {
                    assert!(!next.command.contains(" -k"), "{kind:?}: {}", next.command);
                    assert!(
                        next.command.is_empty() || starts.iter().any(|start| next.command.starts_with(start))
                    );
                }
                for word in &words.words {
                    assert!(glossary::find(word).is_some(), "{kind:?}: {word}");
                }
            }
        }
    }
}

#[test]
fn closed_connections_are_one_sentence_and_none_beside_a_listener() {
    let row = |peer: u16, left: f64| {
        format!(
            r#"{{"protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:{peer}","state":"TIME_WAIT","recv_q":0,"send_q":0,"owners":[],"timer":{left}}}"#
        )
    };
    let listener = r#"{"protocol":"tcp","local":"127.0.0.1:3000","peer":"0.0.0.0:0","state":"LISTEN","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}]}"#;
    let told = |rows: &[String]| {
        let table = format!(r#"{{"fact":"table","port":3000,"sockets":[{}]}}"#, rows.join(","));
        let words = failed(&sample(Kind::AddressInUse, "127.0.0.1:3000", vec![fact(&table)]));
        whys(&words).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let one =
        "A closed connection of 127.0.0.1 port 3000 stays in TIME_WAIT for 12.0 s more; no program holds it.";
    assert_eq!(told(&[row(50000, 12.0)]), [one]);
    let two = "2 closed connections of 127.0.0.1 port 3000 stay in TIME_WAIT, the last for 30.0 s more; no program holds them.";
    assert_eq!(told(&[row(50000, 30.0), row(50001, 12.0)]), [two]);
    let listens = told(&[row(50000, 30.0), listener.to_owned(), row(50001, 12.0)]);
    assert_eq!(listens, ["node (pid 7) listens on 127.0.0.1 port 3000."]);
    // A listener at another address leaves them in the way.
    let elsewhere = listener.replace("127.0.0.1:3000", "127.0.0.2:3000");
    assert_eq!(told(&[row(50000, 12.0), elsewhere]), [one, "node (pid 7) listens on 127.0.0.2 port 3000."]);
}

#[test]
fn what_is_fine_comes_first() {
    let words = failed(&sample(
        Kind::NeverAnswers,
        "localhost port 3000",
        vec![
            fact(
                r#"{"fact":"peer_socket","unread":0,"owner":{"pid":4711,"command":"node server.js"},"accepted":true,"state":"ESTABLISHED"}"#,
            ),
            fact(r#"{"fact":"received","len":0}"#),
            fact(r#"{"fact":"acknowledged","sent":79,"acked":79}"#),
            fact(r#"{"fact":"waited","time":5.0}"#),
        ],
    ));
    assert_eq!(words.what, "localhost port 3000: nothing for 5.0 s: we give up");
    assert_eq!(
        whys(&words),
        [
            "The path works: the kernel at the other end took all 79 bytes.",
            "On this machine we can look further: node server.js (pid 4711) has read all that arrived.",
            "0 bytes came back.",
        ]
    );
    assert_eq!(
        words.cause.as_deref(),
        Some("node server.js (pid 4711) has read what you sent and has not answered")
    );
    assert_eq!(words.next[0].command, "netlearn ports 3000");
}

#[test]
fn silence_is_told_apart_by_what_the_other_end_holds() {
    let cause = |socket: &str| {
        failed(&sample(Kind::NeverAnswers, "localhost port 3000", vec![fact(socket)]))
            .cause
            .unwrap_or_default()
    };
    let unread = r#"{"fact":"peer_socket","unread":18,"owner":{"pid":1,"command":"a"},"accepted":true,"state":"ESTABLISHED"}"#;
    assert_eq!(cause(unread), "a (pid 1) has not read what you sent");
    let stopped = r#"{"fact":"peer_socket","unread":18,"owner":{"pid":1,"command":"a","stopped":true},"accepted":true,"state":"ESTABLISHED"}"#;
    assert_eq!(cause(stopped), "a (pid 1) is stopped: it can neither read nor answer");
    let waiting = r#"{"fact":"peer_socket","unread":18,"accepted":false,"state":"ESTABLISHED"}"#;
    assert_eq!(cause(waiting), "no program has accepted the connection: so far only the kernel answered");
    assert!(cause(r#"{"fact":"not_this_machine"}"#).contains("has not read your bytes, or has not answered"));
}

#[test]
fn a_taken_port_names_its_owner_and_a_free_one() {
    let table = r#"{"fact":"table","port":3000,"sockets":[{"protocol":"tcp","local":"127.0.0.1:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[{"pid":4711,"command":"node server.js"}]}]}"#;
    let free = r#"{"fact":"free_port","port":3001}"#;
    let words = failed(&sample(Kind::AddressInUse, "127.0.0.1 port 3000", vec![fact(table), fact(free)]));
    assert_eq!(words.cause.as_deref(), Some("port 3000 is taken by node server.js (pid 4711)"));
    assert_eq!(words.next[0].command, "netlearn serve --port 3001");
    let waiting = r#"{"fact":"table","port":3000,"sockets":[{"protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:50000","state":"TIME_WAIT","recv_q":0,"send_q":0,"owners":[],"timer":12.0}]}"#;
    let words = failed(&sample(Kind::AddressInUse, "127.0.0.1 port 3000", vec![fact(waiting)]));
    assert!(words.cause.as_deref().is_some_and(|cause| cause.contains("TIME_WAIT")));
    let other = table.replace(
        r#""owners":[{"pid":4711,"command":"node server.js"}]"#,
        r#""owners":[],"owner_hidden":true,"user":"postgres""#,
    );
    let words = failed(&sample(Kind::AddressInUse, "127.0.0.1 port 3000", vec![fact(&other)]));
    assert_eq!(
        words.cause.as_deref(),
        Some("port 3000 is taken by a program of the user postgres (its process is hidden)")
    );
}

#[test]
fn a_refusal_is_explained_by_the_table() {
    let cause =
        |facts| failed(&sample(Kind::Refused, "localhost port 3000", facts)).cause.unwrap_or_default();
    let none = fact(r#"{"fact":"table","port":3000,"sockets":[]}"#);
    assert_eq!(cause(vec![none.clone()]), "no program on this machine listens on port 3000");
    assert_eq!(cause(vec![]), "no program listens on port 3000, or a firewall answers in its place");
    let words = failed(&sample(Kind::Refused, "localhost port 3000", vec![none]));
    assert_eq!(words.next[0].command, "netlearn serve 3000");
}

#[test]
fn a_certificate_is_judged_question_by_question() {
    let tls = r#"{"fact":"tls","reason":"wrong_name","by":"client","error":"e","expected_name":"shop.test","checked_at":"2026-11-23T10:00:00Z","certificates":[{"subject":"CN=a","issuer":"CN=lab","names":["*.example.test"],"not_before":"2026-01-01T00:00:00Z","not_after":"2027-01-01T00:00:00Z","self_issued":false}]}"#;
    let words = failed(&sample(Kind::CertificateWrongName, "https://shop.test:3000/", vec![fact(tls)]));
    assert_eq!(
        words.cause.as_deref(),
        Some("the certificate is valid for *.example.test, not for shop.test")
    );
    let order: Vec<&str> = whys(&words).iter().map(|why| why.split(':').next().unwrap_or_default()).collect();
    assert_eq!(order, ["The server answered in TLS and showed a certificate.", "dates", "issuer", "names"]);
    let late = tls
        .replace("wrong_name", "expired")
        .replace("2026-11-23", "2027-11-23")
        .replace("*.example.test", "*.test");
    let words = failed(&sample(Kind::CertificateExpired, "https://shop.test:3000/", vec![fact(&late)]));
    assert_eq!(words.cause.as_deref(), Some("the certificate ended on 2027-01-01 00:00:00 UTC"));
    assert!(whys(&words)[1].ends_with("You asked for shop.test: fine."), "{words:?}");
}

#[test]
fn a_short_body_is_drawn_as_two_bars() {
    let words = failed(&sample(
        Kind::BodyShort,
        "http://localhost:3000/",
        vec![fact(r#"{"fact":"length","declared":100,"received":10}"#)],
    ));
    let lines: Vec<&str> = words.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines, ["declared ##############################", "received ###..........................."]);
    assert_eq!(words.what, "http://localhost:3000/: the body ended after 10 of 100 bytes");
    for (declared, received) in [(0, 0), (1, 0), (u64::MAX, 1), (u64::MAX, u64::MAX - 1), (5, 9)] {
        let json = format!(r#"{{"fact":"length","declared":{declared},"received":{received}}}"#);
        let words = failed(&sample(Kind::BodyShort, "x", vec![fact(&json)]));
        assert!(words.lines.iter().all(|line| line.text.len() <= 40), "{words:?}");
        assert!(received >= declared || words.lines[0].text[9..] != words.lines[1].text[9..]);
    }
}

#[test]
fn what_a_peer_chose_stays_one_word_of_a_command() {
    let words = failed(&sample(Kind::TooLong, "http://localhost:3000/$(reboot);'a'", vec![]));
    let command = &words.next[0].command;
    assert!(command.starts_with("netlearn get -m 60 'http://localhost:3000/"), "{command}");
    assert_eq!(case::quoted("a'b"), r"'a'\''b'");
    assert_eq!(case::quoted("http://localhost:3000/"), "http://localhost:3000/");
}

#[test]
fn the_operations_own_commands_come_first() {
    let mut facts = sample(Kind::AddressInUse, "127.0.0.1 port 3000", vec![]);
    facts.next = vec!["netlearn serve --port 3007".to_owned(), "netlearn ports 3000".to_owned()];
    let words = failed(&facts);
    let commands: Vec<&str> = words.next.iter().map(|next| next.command.as_str()).collect();
    assert_eq!(commands, ["netlearn serve --port 3007", "netlearn ports 3000", "netlearn serve --port 0"]);
    assert_eq!(words.next[0].shows, "starts a server");
}

#[test]
fn silence_is_claimed_only_where_it_was_measured() {
    let facts = || vec![fact(r#"{"fact":"waited","time":1.0}"#), fact(r#"{"fact":"received","len":5}"#)];
    // The limit of a head is one for all of it: octets may have come until the last moment.
    let head = failed(&sample(Kind::Stalled, "http://localhost:3000/", facts()));
    assert!(
        head.what.ends_with("the head of the answer was not whole in 1.0 s: we give up"),
        "{}",
        head.what
    );
    let body = Failed { phase: Phase::Receive, ..sample(Kind::Stalled, "http://localhost:3000/", facts()) };
    assert!(failed(&body).what.ends_with("after 5 bytes nothing more for 1.0 s: we give up"));
}

#[test]
fn a_queue_that_is_not_full_is_not_called_full() {
    let socket = r#"{"fact":"peer_socket","unread":18,"accepted":false,"state":"ESTABLISHED"}"#;
    let queue = r#"{"fact":"accept_queue","len":1,"limit":5,"owner":{"pid":7,"command":"node a.js"}}"#;
    let words = failed(&sample(Kind::NeverAccepts, "localhost port 3000", vec![fact(socket), fact(queue)]));
    let cause = "node a.js (pid 7) has not accepted the connection: so far only the kernel answered";
    assert_eq!(words.cause.as_deref(), Some(cause));
    assert!(whys(&words).contains(&"Its accept queue holds 1 connection; its limit is 5."), "{words:?}");
    let full = queue.replace(r#""len":1"#, r#""len":6"#);
    let words = failed(&sample(Kind::NeverAccepts, "localhost port 3000", vec![fact(&full)]));
    assert!(words.cause.as_deref().is_some_and(|cause| cause.contains("queue is full")), "{words:?}");
}

#[test]
fn a_rule_of_this_machine_is_no_icmp_message() {
    let attempt = r#"{"fact":"attempt","peer":"198.51.100.7:80","reason":"rejected","errno":13,"attempt":1,"of":1,"error_queue_empty":true}"#;
    let words = failed(&sample(Kind::Rejected, "198.51.100.7 port 80", vec![fact(attempt)]));
    assert_eq!(words.what, "198.51.100.7 port 80: not permitted at 198.51.100.7");
    assert!(words.cause.as_deref().is_some_and(|cause| cause.starts_with("a rule of this machine")));
    let icmp = r#"{"fact":"attempt","peer":"198.51.100.7:80","local":"192.0.2.1:4000","reason":"unreachable","errno":113,"attempt":1,"of":1,"icmp":{"origin":"ORIGIN","type":3,"code":1}}"#;
    let cause = |origin: &str| {
        let facts = vec![fact(&icmp.replace("ORIGIN", origin))];
        let sample = sample(Kind::Unreachable, "198.51.100.7 port 80", facts);
        failed(&Failed { address: "198.51.100.7:80".parse().ok(), ..sample }).cause.unwrap_or_default()
    };
    assert!(cause("192.0.2.1").starts_with("this system cannot deliver there"));
    assert!(cause("192.0.2.254").starts_with("an ICMP message came back"));
}

#[test]
fn a_refusal_names_only_the_addresses_that_refused() {
    let attempt = |peer: &str, reason: &str| {
        fact(&format!(r#"{{"fact":"attempt","peer":"{peer}","reason":"{reason}","attempt":1,"of":2}}"#))
    };
    let facts = vec![attempt("[2001:db8::1]:80", "unreachable"), attempt("192.0.2.1:80", "refused")];
    let words = failed(&sample(Kind::Refused, "shop.test port 80", facts));
    assert_eq!(words.what, "shop.test port 80: refused at 192.0.2.1");
    // A listener that covers the address did not refuse: something else did.
    let table = r#"{"fact":"table","port":3000,"sockets":[{"protocol":"tcp","local":"0.0.0.0:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[]}]}"#;
    let words = failed(&sample(Kind::Refused, "localhost port 3000", vec![fact(table)]));
    assert!(words.cause.as_deref().is_some_and(|cause| cause.contains("a firewall refused in its place")));
}

#[test]
fn the_certificate_that_is_over_may_be_one_above() {
    let shown = |subject: &str, to: &str| {
        format!(
            r#"{{"subject":"{subject}","issuer":"CN=lab","names":["shop.test"],"not_before":"2025-01-01T00:00:00Z","not_after":"{to}","self_issued":false}}"#
        )
    };
    let chain =
        [shown("CN=shop", "2027-01-01T00:00:00Z"), shown("CN=middle", "2026-01-01T00:00:00Z")].join(",");
    let tls = format!(
        r#"{{"fact":"tls","reason":"expired","by":"client","error":"e","expected_name":"shop.test","checked_at":"2026-11-23T10:00:00Z","certificates":[{chain}]}}"#
    );
    let words = failed(&sample(Kind::CertificateExpired, "https://shop.test/", vec![fact(&tls)]));
    assert_eq!(
        words.cause.as_deref(),
        Some("a certificate of the chain, CN=middle, ended on 2026-01-01 00:00:00 UTC")
    );
    assert!(whys(&words).iter().any(|why| why.starts_with("dates: number 2 of the chain, CN=middle")));
}

#[test]
fn every_fact_of_datagrams_is_read_and_told() {
    let facts = evidence_of_datagrams();
    assert_eq!(facts.len(), 4);
    let words = failed(&Failed {
        address: "127.0.0.1:4009".parse().ok(),
        ..sample(Kind::Refused, "localhost port 4009", facts)
    });
    assert_eq!(words.what, "localhost port 4009: refused at 127.0.0.1");
    assert_eq!(
        whys(&words),
        [
            "Our system took 2 datagrams of ours. That says nothing of the other end.",
            "Before that 1 datagram came back.",
            "node (pid 7) takes datagrams at UDP 127.0.0.2 port 4009.",
            "1 datagram of our input did not go out.",
            "An ICMP message from 127.0.0.1 says: that port cannot be reached (type 3, code 3). We were told 0.1 ms after the last send.",
            "One read of our input was 65,508 bytes; one datagram carries at most 65,507.",
        ]
    );
    assert_eq!(
        words.cause.as_deref(),
        Some("a program takes datagrams on port 4009, but not at the address that you called")
    );
    assert_eq!(words.next[0].command, "netlearn connect -u 127.0.0.2:4009");
}

#[test]
fn of_names_that_are_not_listed_nothing_is_claimed() {
    let refused = |left_out: &str| {
        let shown = format!(
            r#"{{"subject":"CN=a","issuer":"CN=b","names":["a.test"],{left_out}"not_before":"2026-01-01T00:00:00Z","not_after":"2026-02-01T00:00:00Z","self_issued":false}}"#
        );
        let facts = fact(&format!(
            r#"{{"fact":"tls","reason":"expired","by":"client","error":"no","certificates":[{shown}],"expected_name":"z.test","checked_at":"2026-03-01T00:00:00Z"}}"#
        ));
        failed(&sample(Kind::CertificateExpired, "https://z.test/", vec![facts]))
    };
    let whole = refused("");
    assert!(whys(&whole).iter().any(|why| why.ends_with("z.test is not among them.")), "{whole:?}");
    let cut = refused(r#""names_left_out":40,"#);
    assert!(!whys(&cut).iter().any(|why| why.contains("z.test")), "{cut:?}");
    let said = "names: it is valid for a.test and 40 more; we did not look for z.test among the rest.";
    assert!(cut.more.contains(&said.to_owned()), "{cut:?}");
}

#[test]
fn of_many_names_the_first_are_said() {
    let names: Vec<String> = (1..=30).map(|number| format!("\"n{number}.test\"")).collect();
    let shown = format!(
        r#"{{"subject":"CN=a","issuer":"CN=b","names":[{}],"names_left_out":5,"not_before":"2026-01-01T00:00:00Z","not_after":"2026-02-01T00:00:00Z","self_issued":false}}"#,
        names.join(",")
    );
    let facts = fact(&format!(
        r#"{{"fact":"tls","reason":"wrong_name","by":"client","error":"no","certificates":[{shown}],"expected_name":"z.test","checked_at":"2026-01-03T00:00:00Z"}}"#
    ));
    let words = failed(&sample(Kind::CertificateWrongName, "https://z.test/", vec![facts]));
    let cause = words.cause.clone().expect("a cause");
    assert!(cause.contains("n1.test, ") && cause.contains("n8.test and 27 more, not for z.test"), "{cause}");
    assert!(
        whys(&words).iter().any(|why| why.contains("n8.test and 27 more. You asked for z.test")),
        "{words:?}"
    );
}
