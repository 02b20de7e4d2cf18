mod udp;

use super::*;
use crate::event::run::{Finished, Served};
use crate::event::{Layer, Side};
use crate::render::style::width;
use crate::render::testing::{Paper, event, from_json};

fn narrated(voice: Voice, style: Style, told: &[(Event, Explanation)]) -> String {
    let paper = Paper::default();
    let mut narration = Narration::new(voice, style, paper.out());
    for (event, words) in told {
        if let EventKind::Accepted(facts) = &event.kind {
            narration.clients.insert(Flow(1), facts.client);
        }
        if narration.shows(event, words) {
            narration.tell(event, words).unwrap();
        }
    }
    narration.finish().unwrap();
    paper.text()
}

fn connected() -> Event {
    from_json(
        r#"{"seq":1,"at":0.0,"took":0.0001,"flow":1,"layer":"tcp","side":"client","event":"connected","attempt":1,"of":1}"#,
    )
}

fn quiet() -> Event {
    event(1, Side::Client, Layer::Http, Finished { exit: 0 })
}

fn story() -> Vec<(Event, Explanation)> {
    let port =
        "Port 51514 is lent to us by the system for this connection, so that answers find their way back.";
    vec![
        (
            connected(),
            Explanation::step("connect", "127.0.0.1 port 3000: open, from our port 51514")
                .why("ephemeral", port)
                .more("The handshake took one round trip.")
                .source("RFC 9293 section 3.5")
                .words(&["ephemeral port"]),
        ),
        (
            quiet(),
            Explanation::step("send", "79 bytes")
                .why("ephemeral", port)
                .line("GET / HTTP/1.1", "method, target, version")
                .line("Accept: */*", "")
                .line("", "empty line: the headers end here")
                .words(&["Host", "ephemeral port"]),
        ),
        (quiet(), Explanation::detail("info", "for the curious")),
        (quiet(), Explanation::hidden()),
    ]
}

#[test]
fn a_client_reads_numbered_steps() {
    insta::assert_snapshot!(narrated(Voice::Client, Style::default(), &story()), @r"
     1 connect   127.0.0.1 port 3000: open, from our port 51514               0.1 ms
                 Port 51514 is lent to us by the system for this connection, so that
                 answers find their way back.
     2 send      79 bytes
                 GET / HTTP/1.1            method, target, version
                 Accept: */*
                                           empty line: the headers end here
       words: ephemeral port, Host -> netlearn explain Host
    ");
}

#[test]
fn facts_tell_no_reasons_and_of_a_failure_the_evidence() {
    let style = Style { facts: true, ..Style::default() };
    let mut told = story();
    told.push((failed(), failure()));
    insta::assert_snapshot!(narrated(Voice::Client, style, &told), @r"
     1 connect   127.0.0.1 port 3000: open, from our port 51514               0.1 ms
     2 send      79 bytes
                 GET / HTTP/1.1            method, target, version
                 Accept: */*
                                           empty line: the headers end here
     3 wait      nothing for 5.0 s: we give up
                 The path works: the kernel at the other end took all 79 bytes, and
                 the connection is still open.
                 On this machine we can look further: node (pid 4711) has read them
                 and written nothing.
    ");
}

#[test]
fn full_adds_details_and_sources() {
    let style = Style { level: Level::Full, ..Style::default() };
    let text = narrated(Voice::Client, style, &story());
    assert!(text.contains("The handshake took one round trip."), "{text}");
    assert!(text.contains("source: RFC 9293 section 3.5"), "{text}");
    assert!(text.contains(" 3 info      for the curious"), "{text}");
    assert_eq!(text.matches("Port 51514 is lent").count(), 1, "{text}");
}

fn failure() -> Explanation {
    let mut words = Explanation::step("wait", "nothing for 5.0 s: we give up")
        .why("path_works", "The path works: the kernel at the other end took all 79 bytes, and the connection is still open.")
        .why("peer_here", "On this machine we can look further: node (pid 4711) has read them and written nothing.")
        .then("netlearn ports 3000", "see which program that is")
        .then("", "in its code: does every path reach res.end()?");
    words.cause = Some("the program read your request and has not answered".to_owned());
    words
}

fn failed() -> Event {
    use crate::event::failure::{Failed, FailureKind, Phase};
    let facts = Failed {
        phase: Phase::Wait,
        kind: FailureKind::NeverAnswers,
        target: "localhost port 3000".to_owned(),
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence: vec![],
        next: vec![],
    };
    event(5000, Side::Client, Layer::Http, facts)
}

#[test]
fn a_failure_has_cause_and_next() {
    insta::assert_snapshot!(narrated(Voice::Client, Style::default(), &[(failed(), failure())]), @r"
     1 wait      nothing for 5.0 s: we give up
                 The path works: the kernel at the other end took all 79 bytes, and
                 the connection is still open.
                 On this machine we can look further: node (pid 4711) has read them
                 and written nothing.
       cause     the program read your request and has not answered
       try       netlearn ports 3000       see which program that is
                 in its code: does every path reach res.end()?
    ");
    let style = Style { level: Level::None, ..Style::default() };
    let mut told = story();
    told.push((failed(), failure()));
    insta::assert_snapshot!(narrated(Voice::Client, style, &told), @r"
    netlearn: nothing for 5.0 s: we give up
      cause: the program read your request and has not answered
      try: netlearn ports 3000
    ");
}

#[test]
fn a_server_speaks_of_its_clients() {
    let accepted = from_json(
        r#"{"seq":1,"at":2.41,"flow":1,"layer":"tcp","side":"server","event":"accepted","client":1}"#,
    );
    let answered = event(2411, Side::Server, Layer::Http, Finished { exit: 0 });
    let mut summary = event(2412, Side::Server, Layer::Http, Served::default());
    summary.flow = None;
    let told = [
        (accepted, Explanation::step("client 1", "connected from port 51514")),
        (
            answered.clone(),
            Explanation::step("answer", "GET / HTTP/1.1 (79 bytes) -> 200 OK, 14 bytes, in 0.1 ms"),
        ),
        (answered, Explanation::step("closed", "hung up after 1 request")),
        (
            summary,
            Explanation::step("", "1 request, 1 connection, 79 bytes in, 116 bytes out. Port 3000 is free."),
        ),
    ];
    insta::assert_snapshot!(narrated(Voice::Server, Style::default(), &told), @r"
     client 1    connected from port 51514                                    2.41 s
                 GET / HTTP/1.1 (79 bytes) -> 200 OK, 14 bytes, in 0.1 ms
                 hung up after 1 request
     1 request, 1 connection, 79 bytes in, 116 bytes out. Port 3000 is free.
    ");
}

#[test]
fn a_caret_stands_under_what_it_marks() {
    let mut words =
        Explanation::step("receive", "").line("5\\r\\nhello\x01ZZ and so on", "no hexadecimal digit");
    words.lines[0].caret = Some((11, 2));
    let text = narrated(Voice::Client, Style::default(), &[(quiet(), words.clone())]);
    insta::assert_snapshot!(text, @r"
    1 receive   5\r\nhello\x01ZZ and so on
                              ^^          no hexadecimal digit
    ");
    words.lines[0].text = format!("{}ZZ{}", "a".repeat(300), "b".repeat(300));
    words.lines[0].caret = Some((300, 2));
    let text = narrated(Voice::Client, Style { width: 60, ..Style::default() }, &[(quiet(), words.clone())]);
    assert!(text.lines().next().unwrap().contains("ZZb"), "{text}");
    words.lines[0].caret = Some((900, 9));
    narrated(Voice::Client, Style::default(), &[(quiet(), words)]);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut told = story();
    told.push((failed(), failure()));
    let mut caret = Explanation::step("a label that is far too long for its column", "x".repeat(300));
    caret = caret
        .line("y".repeat(300), "a note that says what the line above it means, at length")
        .line("日本".repeat(90), "z");
    told.push((quiet(), caret));
    for voice in [Voice::Client, Voice::Server, Voice::Both] {
        for columns in [40, 41, 52, 60, 64, 80, 120, 200] {
            for level in [Level::None, Level::Brief, Level::Full] {
                let style = Style { width: columns, level, ..Style::default() };
                let text = narrated(voice, style, &told);
                for line in text.lines() {
                    assert!(width(line) <= columns, "{columns} {voice:?} {level:?}: {line}");
                }
            }
        }
    }
}

#[test]
fn both_sides_are_told_apart() {
    let told = [
        (quiet(), Explanation::step("connect", "127.0.0.1 port 3000: open")),
        (
            event(0, Side::Server, Layer::Tcp, Finished { exit: 0 }),
            Explanation::step("client 1", "connected"),
        ),
    ];
    insta::assert_snapshot!(narrated(Voice::Both, Style::default(), &told), @r"
    1 client  connect   127.0.0.1 port 3000: open
    2 server  client 1  connected
    ");
}

fn piece(at: u64, len: u64) -> Event {
    let at = at as f64 / 1e3;
    from_json(&format!(
        r#"{{"seq":1,"at":{at},"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"received","offset":0,"len":{len},"head":"","head_encoding":"utf8"}}"#
    ))
}

#[test]
fn a_long_run_of_pieces_is_counted() {
    let mut fold = Fold::default();
    let shown = (0..30).filter(|_| !fold.takes(&piece(0, 1000), Voice::Client)).count();
    assert_eq!(shown, 12);
    assert!(fold.due(Some(&piece(0, 1)), 0).is_empty());
    let due = fold.due(Some(&quiet()), 0);
    assert_eq!(due[0].1.what, "18 more reads, 18.0 kB");
    assert!(fold.due(None, 0).is_empty());
}

#[test]
fn directions_that_alternate_fold_and_no_count_is_lost() {
    let mut fold = Fold::default();
    let (mut shown, mut calls, mut len) = (0, 0, 0);
    let mut lines = 0;
    // Three seconds of a thousand pieces each, every other one sent.
    for index in 0..3000_u64 {
        let mut event = piece(index, 10);
        if let EventKind::Bytes(facts) = &mut event.kind
            && index % 2 == 0
        {
            facts.direction = crate::event::tcp::Direction::Sent;
        }
        lines += fold.due(Some(&event), 0).len();
        if fold.takes(&event, Voice::Client) {
            (calls, len) = (calls + 1, len + 10);
        } else {
            shown += 1;
        }
    }
    let last = fold.due(Some(&quiet()), 0);
    assert_eq!((shown, lines), (12, 2));
    assert_eq!(last[0].1.what, "500 more writes, 5,000 bytes; 500 more reads, 5,000 bytes");
    assert_eq!((calls, len), (2988, 29_880));
}

#[test]
fn a_slow_conversation_is_never_counted() {
    let mut fold = Fold::default();
    assert!((0..200).all(|index| !fold.takes(&piece(index * 400, 5), Voice::Client)));
}

fn told_live(voice: Voice, lines: &[&str]) -> String {
    let paper = Paper::default();
    let mut narration = Narration::new(voice, Style::default(), paper.out());
    for line in lines {
        narration.event(&from_json(line)).unwrap();
        narration.flush().unwrap();
    }
    narration.finish().unwrap();
    paper.text()
}

#[test]
fn both_addresses_of_a_server_are_one_line_however_the_stream_drains() {
    let at = |address: &str, another: bool| {
        format!(
            r#"{{"seq":1,"at":0.1,"layer":"tcp","side":"server","event":"listening","protocol":"http","local":"{address}:3000","backlog":9,"reach":"this_machine","another":{another}}}"#
        )
    };
    let text = told_live(Voice::Server, &[&at("127.0.0.1", true), &at("[::1]", false)]);
    assert!(
        text.starts_with(" listening   on 127.0.0.1:3000 and [::1]:3000, for this machine only\n"),
        "{text}"
    );
    assert_eq!(text.matches("listening   on").count(), 1, "{text}");
    // A recording that was cut off after the first one.
    let text = told_live(Voice::Server, &[&at("127.0.0.1", true)]);
    assert!(text.starts_with(" listening   on 127.0.0.1:3000, for this machine only\n"), "{text}");
}

#[test]
fn the_end_of_a_body_and_of_its_connection_are_one_line() {
    let body = r#"{"seq":1,"at":0.1,"flow":1,"layer":"http","side":"client","event":"body_ended","exchange":1,"by":"server","rule":"length","len":14,"declared":14,"complete":true}"#;
    let closed = |how: &str| {
        format!(
            r#"{{"seq":2,"at":0.1,"flow":1,"layer":"tcp","side":"client","event":"closed","by":"client","how":"{how}","sent":1,"received":1,"requests":1}}"#
        )
    };
    let text = told_live(Voice::Client, &[body, &closed("fin")]);
    assert!(text.starts_with(" 1 end       body complete, 14 of 14 bytes. We hang up.\n"), "{text}");
    let text = told_live(Voice::Client, &[body, &closed("rst")]);
    assert!(text.contains(" 1 end       body complete, 14 of 14 bytes\n 2 end       we broke"), "{text}");
}

#[test]
fn a_typed_line_costs_one_line() {
    let text = told_live(
        Voice::Client,
        &[
            r#"{"seq":1,"at":0.1,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"sent","offset":0,"len":6,"head":"hello\n","head_encoding":"utf8"}"#,
            r#"{"seq":2,"at":0.1,"flow":1,"layer":"tcp","side":"client","event":"bytes","direction":"sent","offset":6,"len":6,"head":"again\n","head_encoding":"utf8"}"#,
        ],
    );
    assert!(text.starts_with(" 1 send      6 bytes:  hello\n"), "{text}");
    assert!(text.contains("\n 2 send      6 bytes:  again\n"), "{text}");
}

#[test]
fn a_busy_server_is_counted_and_no_count_is_lost() {
    let mut fold = Fold::default();
    let mut told = 0;
    for index in 0..500 {
        let mut event = piece(index * 10, 1);
        event.side = Side::Server;
        told += fold
            .due(Some(&event), 3)
            .iter()
            .map(|(event, _)| if let EventKind::Folded(facts) = &event.kind { facts.events } else { 0 })
            .sum::<u64>();
        told += u64::from(!fold.takes(&event, Voice::Server));
    }
    let rest = fold.due(None, 3);
    told += rest
        .iter()
        .map(|(event, _)| if let EventKind::Folded(facts) = &event.kind { facts.events } else { 0 })
        .sum::<u64>();
    assert_eq!(told, 500);
}

#[test]
fn a_reason_is_cut_at_a_sentence() {
    let style = Style::default();
    let text = format!("{}. {}. {}.", "A".repeat(60), "B".repeat(60), "C".repeat(60));
    assert_eq!(sentences_within(&style, &text, 67, 2).map(str::len), Some(123));
    assert_eq!(sentences_within(&style, &text, 67, 1).map(str::len), Some(61));
    assert_eq!(sentences_within(&style, &text, 67, 0), None);
    assert_eq!(sentences_within(&style, &"long ".repeat(40), 67, 2).map(str::len), Some(200));
    // A name's final dot ends no sentence.
    let named = format!("{}. test. has its own. {}", "A".repeat(40), "B".repeat(60));
    assert_eq!(sentences_within(&style, &named, 67, 1).map(str::len), Some(60));
}
