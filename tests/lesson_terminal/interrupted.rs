//! Left and gone on with: keys, Ctrl-C at every kind of prompt and between prompts, a killed lesson.

use std::io::{BufRead as _, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::channel;

use netlearn::lesson::Lesson;

use crate::learner::{Learner, Look, USUAL, walked};
use crate::lessons;
use crate::support::GUARD;

#[test]
fn each_step_is_gone_on_with_where_it_was_left() {
    std::thread::scope(|scope| {
        for lesson in lessons() {
            scope.spawn(move || resume(&lesson));
        }
    });
}

fn resume(lesson: &Lesson) {
    let home = tempfile::tempdir().unwrap();
    let ids: Vec<&str> = walked(lesson).map(|step| step.id.as_str()).collect();
    for (index, id) in ids.iter().enumerate() {
        let mut learner = Learner::begin(home.path(), USUAL, &[&lesson.id]);
        assert_eq!(learner.step()["step"], *id, "{}", learner.everything());
        if let Some(next) = ids.get(index + 1) {
            learner.say("s");
            assert_eq!(learner.step()["step"], *next, "{}", learner.everything());
        }
        learner.say("q");
        learner.ends(0);
        assert!(learner.shown().contains("next:  netlearn lesson"), "{}", learner.everything());
    }
}

/// Whoever left with a file of their own is told the command that finds it again.
#[test]
fn the_command_that_goes_on_has_the_same_progress() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("my progress.json");
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--progress", file.to_str().unwrap()]);
    learner.step();
    learner.say("s");
    let reached = learner.step()["step"].clone();
    learner.say("q");
    learner.ends(0);
    let shown = learner.shown();
    let next = shown.split_once("next:  netlearn lesson ").expect("a command").1;
    let words = shlex::split(next.lines().next().unwrap()).expect("as a shell takes it");
    let place = words.iter().position(|word| word == "--progress").expect("the file is named");
    let mut again = Learner::begin(home.path(), USUAL, &["--progress", &words[place + 1]]);
    assert_eq!(again.step()["step"], reached);
    again.say("q");
    again.ends(0);
}

#[test]
fn b_goes_back_s_skips_and_m_lists() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silence"]);
    learner.step();
    learner.say("b");
    assert_eq!(learner.step()["step"], "waiting");
    learner.say("s");
    let ended = learner.event("step_ended");
    assert_eq!((&ended["step"], &ended["skipped"]), (&"waiting".into(), &true.into()));
    assert_eq!(learner.step()["step"], "silence");
    learner.say("m");
    learner.say("6");
    assert_eq!(learner.step()["lesson"], "udp-and-paths");
    learner.say("?");
    learner.expect("h hint, b back, s skip");
    learner.say("q");
    learner.ends(0);
}

/// A lesson within a shell that tells the terminal's settings before and after it, and how it ended.
fn watched(home: &Path, arguments: &[&str]) -> Learner {
    let script = "trap : INT; a=$(stty -g); \"$@\"; echo \"code $?\"; b=$(stty -g); [ \"$a\" = \"$b\" ] && echo same terminal";
    Learner::within(home, USUAL, arguments, script)
}

/// The program has left, and the terminal is as it was.
fn left(learner: &mut Learner, code: i32) {
    learner.expect(format!("code {code}\r\n").as_str());
    learner.expect("same terminal");
    learner.ends(0);
    let text = String::from_utf8_lossy(&learner.raw).into_owned();
    assert!(
        text.rfind("\u{1b}[?2004h") <= text.rfind("\u{1b}[?2004l"),
        "bracketed paste was left on: {text:?}"
    );
    assert!(text.rfind("\u{1b}[?25l") <= text.rfind("\u{1b}[?25h"), "the cursor was left hidden: {text:?}");
}

fn free(port: &str) {
    TcpListener::bind(("127.0.0.1", port.parse().unwrap())).expect("the port is free again");
}

fn reached(home: &Path, lesson: &str) -> String {
    let text = std::fs::read_to_string(home.join("netlearn/progress.json")).expect("progress");
    let progress: serde_json::Value = serde_json::from_str(&text).expect("whole JSON");
    progress["lessons"][lesson]["reached"].as_str().expect("a step").to_owned()
}

#[test]
fn ctrl_c_at_a_prompt_saves_and_leaves_a_clean_terminal() {
    for (lesson, step) in [("one-server", "guess"), ("one-server", "silent"), ("one-server", "silence")] {
        for key in [3, 4] {
            let home = tempfile::tempdir().unwrap();
            let mut learner = watched(home.path(), &[lesson, "--from", step]);
            learner.step();
            learner.prompt();
            learner.press(key);
            left(&mut learner, 0);
            assert_eq!(reached(home.path(), lesson), step);
        }
    }
}

#[test]
fn ctrl_c_at_a_client_closes_only_the_client() {
    for flags in [&[][..], &["--plain"][..]] {
        let home = tempfile::tempdir().unwrap();
        let look = Look { flags, ..USUAL };
        let mut learner = Learner::begin(home.path(), look, &["1", "--from", "silent"]);
        learner.step();
        learner.write("serve tcp {p} --silent");
        learner.write("connect localhost:{p}");
        assert!(learner.prompt().contains("client A>"), "{}", learner.everything());
        learner.press(3);
        learner.expect("we hung up");
        assert!(learner.prompt().contains("netlearn>"), "{}", learner.everything());
        learner.press(3);
        learner.ends(0);
        free(&learner.values["p"]);
    }
}

#[test]
fn ctrl_c_between_prompts_ends_what_is_waited_for_and_not_the_lesson() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = watched(home.path(), &["1", "--from", "silent"]);
    learner.step();
    // A program that has said that it runs.
    learner.say("!echo it runs; sleep 9");
    learner.expect("\nit runs");
    learner.press(3);
    learner.write("serve tcp {p} --silent");
    learner.write("get localhost:{p}");
    learner.expect("GET / HTTP/1.1");
    learner.press(3);
    // The wait for silence.
    learner.write("connect localhost:{p}");
    learner.write("hello");
    learner.expect("for anything more");
    learner.press(3);
    assert!(learner.prompt().contains("client A>"), "{}", learner.everything());
    learner.press(3);
    learner.prompt();
    learner.press(3);
    left(&mut learner, 0);
    free(&learner.values["p"]);
}

#[test]
fn what_was_typed_ahead_is_not_lost() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["3", "--from", "hand"]);
    learner.step();
    learner.write("serve http {p} --idle 10m");
    learner.write("connect -C localhost:{p}");
    learner.prompt();
    learner.type_line("GET / HTTP/1.1\rHost: localhost\r");
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.say("q");
    learner.ends(0);
}

#[test]
fn a_client_that_the_server_ends_gives_its_prompt_back() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["3", "--from", "hand"]);
    learner.step();
    learner.write("serve http {p}");
    learner.write("connect -C localhost:{p}");
    learner.write("GET / HTTP/1.1");
    learner.write("");
    learner.expect("NOT YET");
    assert!(learner.prompt().contains("netlearn>"), "{}", learner.everything());
    learner.type_line("ports {p}".replace("{p}", &learner.values["p"]).as_str());
    learner.expect("PROTO");
    learner.say("q");
    learner.ends(0);
}

#[test]
fn a_lesson_that_is_killed_takes_its_programs_along_and_loses_one_step_at_most() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.write("serve tcp {p} --silent");
    learner.prompt();
    let port: u16 = learner.values["p"].parse().unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", port)).expect("its server");
    let pid = learner.session.get_process().pid();
    let pid = rustix::process::Pid::from_raw(pid.as_raw()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("killed");
    // The end of the connection is the server's end.
    let end = client.read(&mut [0]);
    assert!(end.is_err() || matches!(end, Ok(0)), "{end:?}");
    assert_eq!(reached(home.path(), "one-server"), "silent");
    let mut again = Learner::begin(home.path(), USUAL, &["1"]);
    assert_eq!(again.step()["step"], "silent");
    again.say("q");
    again.ends(0);
}

/// A line for the shell has programs of its own: they end with the lesson, whether it is killed or its terminal is closed.
#[test]
fn a_lesson_that_is_killed_takes_along_what_its_shell_started() {
    for signal in [rustix::process::Signal::KILL, rustix::process::Signal::HUP] {
        let home = tempfile::tempdir().unwrap();
        let held = home.path().join("held");
        assert!(std::process::Command::new("mkfifo").arg(&held).status().expect("mkfifo runs").success());
        // Whoever runs the tests may have had SIGHUP ignored (nohup), which programs inherit: here it is as at a terminal.
        let script = "env --default-signal=HUP true && exec env --default-signal=HUP \"$@\"; exec \"$@\"";
        let mut learner = Learner::within(home.path(), USUAL, &["1", "--from", "silent"], script);
        learner.step();
        // Both hold the FIFO open while they live, and one of them is left behind by its shell.
        let path = held.display();
        learner.say(&format!("!(echo one; sleep 600) > {path} & (echo two; sleep 600) > {path}"));
        let (told, heard) = channel();
        // A FIFO has no limit of time, and whoever waits for it here has one.
        std::thread::spawn(move || {
            let mut fifo = std::io::BufReader::new(std::fs::File::open(&held).expect("a FIFO"));
            let mut lines = String::new();
            for _ in 0..2 {
                fifo.read_line(&mut lines).expect("a line");
            }
            told.send(lines).expect("the test goes on");
            told.send(std::io::read_to_string(fifo).expect("its end")).expect("the test goes on");
        });
        let lines = heard.recv_timeout(GUARD).expect("both of them say something");
        assert_eq!(lines.len(), 8, "{lines}");
        learner.expect("goes on in the background");
        let pid = rustix::process::Pid::from_raw(learner.session.get_process().pid().as_raw()).unwrap();
        rustix::process::kill_process(pid, signal).expect("killed");
        // The end of the FIFO is the end of all who had it.
        assert_eq!(heard.recv_timeout(GUARD).expect("both of them end"), "");
    }
}

/// From where the learner is to the end of the lesson, with `s` at each step.
fn skip(learner: &mut Learner, lesson: &Lesson, from: usize) {
    for _ in walked(lesson).skip(from) {
        learner.step();
        learner.say("s");
    }
    learner.expect("END");
    learner.say("q");
    learner.ends(0);
}

/// What nobody did is not done, and nothing is said of what was not measured.
#[test]
fn who_skips_every_step_has_gone_through_and_shown_nothing() {
    let home = tempfile::tempdir().unwrap();
    let lesson = &lessons()[0];
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    skip(&mut learner, lesson, 0);
    let shown = crate::screen::words(&learner.shown());
    let steps = walked(lesson).count() - 1;
    assert!(shown.contains(&format!("gone through, {steps} steps skipped")), "{shown}");
    assert!(!shown.contains("DONE") && !shown.contains("..."), "{shown}");
    assert!(!shown.contains("nobody got on. Which"), "{shown}");
    assert!(!shown.contains("Silence is not an error") && shown.contains("A server listens"), "{shown}");
    let mut list = crate::support::command(&["lesson", "list"]);
    list.env("XDG_DATA_HOME", home.path());
    let list = crate::support::Started::new(list).finish().text();
    assert!(list.contains(&format!("{steps} steps skipped\n")) && !list.contains("done"), "{list}");
    // What lies before the step that was begun with was not done either.
    let mut learner = Learner::begin(home.path(), USUAL, &["2", "--from", "gone"]);
    let at = walked(&lessons()[1]).position(|step| step.id == "gone").unwrap();
    skip(&mut learner, &lessons()[1], at);
}

/// What ran before a lesson was left is counted at its end.
#[test]
fn connections_and_bytes_outlive_a_lesson_that_is_left() {
    let home = tempfile::tempdir().unwrap();
    let lesson = &lessons()[0];
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    learner.step();
    learner.say("3");
    learner.step();
    for line in ["serve tcp {p} --silent", "connect localhost:{p}", "hello"] {
        learner.write(line);
    }
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.step();
    learner.say("q");
    learner.ends(0);
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    skip(&mut learner, lesson, 2);
    let shown = crate::screen::words(&learner.shown());
    assert!(shown.contains("1 connection, 6 bytes."), "{shown}");
    let ended = learner.rest().into_iter().find(|event| event["event"] == "lesson_ended").expect("an end");
    assert_eq!((&ended["connections"], &ended["bytes"]), (&1.into(), &6.into()));
}
