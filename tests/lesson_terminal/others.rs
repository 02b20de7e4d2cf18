//! What else reaches a learner's server, what is asked days later, and how long a learner waits.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::learner::{Learner, USUAL};
use crate::{browser, support};

/// A lesson at the step that wants a request, with a server.
fn serving(home: &std::path::Path) -> Learner {
    let mut learner = Learner::begin(home, USUAL, &["3", "--from", "hand"]);
    learner.step();
    learner.write("serve http {p} --idle 10m");
    learner.prompt();
    learner
}

fn passed(mut learner: Learner) {
    let judged = learner.event("judged");
    assert_eq!(judged["verdict"], "pass", "{judged}\n{}", learner.everything());
    drop(learner);
}

#[test]
fn a_request_of_another_process_passes() {
    let home = tempfile::tempdir().unwrap();
    let learner = serving(home.path());
    let run = support::netlearn(&["get", &format!("http://localhost:{}/", learner.values["p"])]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    passed(learner);
}

#[test]
fn a_browser_that_wants_its_icon_first_spoils_nothing() {
    let home = tempfile::tempdir().unwrap();
    let learner = serving(home.path());
    let port: u16 = learner.values["p"].parse().unwrap();
    let _spare = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", port)).unwrap();
    browser.write_all(b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    browser.read_exact(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 "));
    browser.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    passed(learner);
}

#[test]
#[ignore = "needs chromium, unshare and ip"]
fn a_real_browser_passes() {
    browser::alone("others::a_real_browser_passes", || {
        let home = tempfile::tempdir().unwrap();
        let learner = serving(home.path());
        let page = browser::page(&format!("http://localhost:{}/", learner.values["p"]), &[]);
        assert!(page.contains("Hello, World!"), "{page}");
        passed(learner);
    });
}

#[test]
#[ignore = "needs chromium, unshare and ip"]
fn a_real_browser_shows_that_a_server_may_be_silent() {
    browser::alone("others::a_real_browser_shows_that_a_server_may_be_silent", || {
        let home = tempfile::tempdir().unwrap();
        let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
        learner.step();
        learner.write("serve tcp {p} --silent");
        learner.prompt();
        // It gives up by itself, a while after the five seconds that the step looks on.
        let url = format!("http://localhost:{}/", learner.values["p"]);
        let page = browser::page(&url, &["--timeout=15000"]);
        assert!(!page.contains("<pre"), "{page}");
        passed(learner);
    });
}

#[test]
#[ignore = "needs curl"]
fn curl_passes() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = serving(home.path());
    let line = learner.filled("!curl -s localhost:{p}");
    learner.type_line(&line);
    passed(learner);
}

#[test]
fn another_port_is_not_yet_with_what_was_expected_and_seen() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.say("connect localhost:1");
    let judged = learner.event("judged");
    assert_eq!(judged["verdict"], "not-yet");
    assert!(judged["expected"].as_str().unwrap().contains(&learner.values["p"]), "{judged}");
    assert!(judged["saw"].as_str().unwrap().contains("port 1"), "{judged}");
    learner.expect("NOT YET");
    learner.say("hello");
    learner.expect("connect first");
    learner.say("h");
    learner.expect("1 of 3");
    learner.say("q");
    learner.ends(0);
}

/// The task's port, taken by this process while the task is read.
fn taken(learner: &Learner) -> std::net::TcpListener {
    std::net::TcpListener::bind(("127.0.0.1", learner.values["p"].parse::<u16>().unwrap())).unwrap()
}

/// A port is the environment's fault, whichever program meets it.
#[cfg(target_os = "linux")]
#[test]
fn a_taken_port_that_another_program_meets_is_the_environments() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.prompt();
    let _held = taken(&learner);
    let first = learner.values["p"].clone();
    let line = learner.filled("!echo 'Error: listen EADDRINUSE: address already in use :::{p}' >&2; exit 1");
    learner.type_line(&line);
    assert_eq!(learner.event("judged")["verdict"], "environment", "{}", learner.everything());
    learner.expect("NOT YOU");
    learner.step();
    assert_ne!(learner.values["p"], first);
    learner.prompt();
    let shown = crate::screen::words(&learner.shown());
    assert!(shown.contains(&format!("(pid {}). This lesson now uses", std::process::id())), "{shown}");
    let line = learner.filled("serve tcp {p} --silent");
    learner.type_line(&line);
    for line in ["connect localhost:{p}", "hello"] {
        learner.write(line);
    }
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.say(":q");
    learner.ends(0);
}

#[cfg(target_os = "linux")]
#[test]
fn who_talks_to_another_programs_server_is_told_whose_it_is() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.prompt();
    let held = taken(&learner);
    std::thread::spawn(move || {
        let mut client = held.accept().unwrap().0;
        client.read_exact(&mut [0; 6]).unwrap();
        client.write_all(b"<html>").unwrap();
        held.accept().ok();
    });
    let line = learner.filled("connect localhost:{p}");
    learner.type_line(&line);
    learner.write("hello");
    assert_eq!(learner.event("judged")["verdict"], "environment", "{}", learner.everything());
    learner.expect("NOT YOU");
    learner.step();
    // What is typed next is not for the other's server.
    learner.write("serve tcp {p} --silent");
    learner.expect("for this machine");
    learner.say("q");
    learner.ends(0);
    let shown = learner.shown();
    assert!(!shown.contains("NOT YET"), "{shown}");
    let progress = std::fs::read_to_string(home.path().join("netlearn/progress.json")).unwrap();
    assert!(!progress.contains("\"not_yet\": 1"), "{progress}");
}

/// A learner's own second server meets the first: that is no other's port.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs node"]
fn a_port_that_the_learners_own_program_has_is_the_learners() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.write("!node log-server.js {p}");
    learner.expect("goes on in the background");
    learner.write("!node log-server.js {p}");
    learner.expect("is held by !1 here: stop !1 frees it.");
    assert_eq!(learner.event("judged")["verdict"], "not-yet", "{}", learner.everything());
    learner.write("serve tcp {p} --silent");
    learner.expect("is held by !1 here: stop !1 frees it.");
    learner.say("q");
    learner.ends(0);
}

/// All that the step wants was sent, with one line too many: the answer is there, and so is the verdict.
#[test]
fn an_answer_that_is_not_the_one_waited_for_is_judged_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["3", "--from", "no-host"]);
    learner.step();
    for line in ["connect -C localhost:{p}", "GET / HTTP/1.1", "Host: localhost:{p}", ""] {
        learner.write(line);
    }
    let judged = learner.event("judged");
    assert_eq!(judged["verdict"], "not-yet", "{judged}");
    assert!(judged["saw"].as_str().unwrap().contains("GET /"), "{judged}");
    learner.say(":q");
    learner.ends(0);
}

/// What is said while a prompt waits has the prompt under it, and not between its lines.
#[test]
fn a_prompt_without_an_editor_stands_under_what_is_said() {
    let home = tempfile::tempdir().unwrap();
    let look = crate::learner::Look { columns: 80, env: &[("TERM", "dumb")], flags: &[] };
    let mut learner = Learner::begin(home.path(), look, &["3", "--from", "hand"]);
    learner.step();
    learner.write("serve http {p} --idle 10m");
    learner.prompt();
    let run = support::netlearn(&["get", &format!("http://localhost:{}/", learner.values["p"])]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(learner.event("judged")["verdict"], "pass");
    learner.expect("may go on trying first.");
    learner.prompt();
    let shown = learner.shown();
    let verdict = shown.split_once("PASS").expect("a verdict").1;
    assert_eq!(verdict.matches("netlearn>").count(), 1, "{shown}");
}

/// What is typed without its `!` is shown with it.
#[test]
fn another_program_is_told_to_need_its_mark() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.say("sh log-server.js 3001");
    learner.prompt();
    let shown = crate::screen::words(&learner.shown());
    assert!(shown.contains("Type: !sh log-server.js 3001"), "{shown}");
    assert!(!shown.contains("unrecognized"), "{shown}");
    learner.type_line("q");
    learner.ends(0);
}

/// A hint at a question about what has happened sends nobody guessing.
#[test]
fn a_hint_at_an_observation_is_about_what_happened() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "waiting"]);
    learner.step();
    learner.say("h");
    learner.expect("It has happened already");
    learner.say("q");
    learner.ends(0);
}

/// `stop` alone ends what the learner began in this step, whatever else runs.
#[test]
fn stop_alone_ends_the_one_thing_that_was_begun_here() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "leave"]);
    learner.step();
    learner.write("!sleep 100");
    learner.expect("goes on in the background");
    learner.write("stop");
    learner.expect("!2 is stopped.");
    for _ in 0..2 {
        learner.write("!sleep 100");
        learner.expect("goes on in the background");
    }
    learner.write("stop");
    learner.expect("These run: server, !3, !4. As: stop !4");
    learner.write("stop !4");
    learner.expect("!4 is stopped.");
    learner.write("stop");
    learner.expect("!3 is stopped.");
    // The only one left is what the lesson started.
    learner.write("stop");
    learner.expect("server is stopped.");
    learner.say("q");
    learner.ends(0);
}

#[test]
fn days_later_three_questions_come_first_and_s_skips_them() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["2", "--from", "gone"]);
    learner.step();
    learner.write("connect localhost:{p}");
    learner.step();
    learner.say("");
    learner.step();
    learner.say("s");
    learner.say("q");
    learner.ends(0);
    let path = home.path().join("netlearn/progress.json");
    let today = regex::Regex::new("20[0-9]{2}-[0-9]{2}-[0-9]{2}T").unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("finished"), "{text}");
    std::fs::write(&path, today.replace_all(&text, "2024-01-01T").as_bytes()).unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    learner.expect("Before you go on: 3 questions");
    learner.say("3");
    learner.expect(expectrl::Regex("RIGHT|IT IS"));
    learner.say("s");
    assert_eq!(learner.step()["step"], "guess");
    learner.say("q");
    learner.ends(0);
    // A wrong answer meets what the learner measured then, and nothing is said of a step that was never done.
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    for _ in 0..2 {
        learner.say("1");
        learner.expect("IT IS");
    }
    learner.say("s");
    learner.say("q");
    learner.ends(0);
    let shown = super::screen::words(&learner.shown());
    let took = regex::Regex::new("Yours was refused after [0-9.]+ (ms|s|\u{b5}s):").unwrap();
    assert!(took.is_match(&shown), "{shown}");
    assert!(!shown.contains("Yours failed with errno"), "{shown}");
}

/// What a learner is told of is the run that passed, whatever was tried before it.
#[cfg(target_os = "linux")]
#[test]
fn an_attempt_that_failed_gives_no_numbers() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["4", "--from", "ten"]);
    learner.step();
    learner.write("serve tcp {p} --silent -q");
    learner.write("connect localhost {p} --size 10 --counters");
    learner.expect("NOT YET");
    learner.write("connect localhost {p} --size 10M --counters");
    assert_eq!(learner.step()["step"], "saw");
    learner.say("3");
    // The counters are the machine's: what else runs on it moves them too.
    learner.expect(expectrl::Regex("lo sent [1-9][0-9]+,[0-9]{3},[0-9]{3} bytes"));
    learner.say("q");
    learner.ends(0);

    let mut learner = Learner::begin(home.path(), USUAL, &["6", "--from", "udp"]);
    learner.step();
    learner.write("connect -u 127.0.0.1:{c} --send one --send two");
    learner.write("serve udp {p}");
    learner.write("connect -u 127.0.0.1:{p} --send one --send two -w 0.2");
    learner.expect("NOT YET");
    learner.write("stop");
    learner.write("serve udp {p} --pause-read 500ms");
    learner.write("connect -u 127.0.0.1:{p} --send one --send two --send three -w 1");
    assert_eq!(learner.step()["step"], "saw");
    learner.say("2");
    assert_eq!(learner.step()["step"], "datagrams");
    learner.expect("Then 3 reads took 11 bytes");
    learner.say("q");
    learner.ends(0);
}

/// Printed, and held to no more than what a machine that does much else keeps too.
#[test]
fn a_learner_does_not_wait() {
    let home = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut learner = Learner::begin(home.path(), USUAL, &["3", "--from", "hand"]);
    learner.prompt();
    let first = begun.elapsed();
    learner.step();
    let line = learner.filled("serve http {p} --idle 10m");
    learner.type_line(&line);
    learner.prompt();
    let port: u16 = learner.values["p"].parse().unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    client.read_exact(&mut [0; 12]).unwrap();
    let answered = Instant::now();
    learner.event("judged");
    let verdict = answered.elapsed();
    eprintln!("first prompt after {first:?} (with a shell's start); verdict {verdict:?} after the answer");
    assert!(first < Duration::from_secs(10) && verdict < Duration::from_secs(5));
}
