//! Without a person: answers files, no terminal, wrong names, and `lesson check`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use netlearn::lesson::{Kind, Lesson};

use crate::learner::{port, right_choice, walked, wrong_choices};
use crate::support::{self, GUARD, Run, Started};
use crate::{has, lessons};

/// Answers that are all right, but for one step.
fn file(lesson: &Lesson, wrong: Option<&str>) -> String {
    let mut text = String::new();
    for step in walked(lesson) {
        let wrong = wrong == Some(step.id.as_str());
        match &step.kind {
            Kind::Predict(question) | Kind::Observe(question) => {
                let index =
                    if wrong { wrong_choices(question).next().unwrap() } else { right_choice(question) };
                writeln!(text, "[{}]\nanswer = {:?}", step.id, question.choices[index].id).unwrap();
            }
            Kind::Do(task) => {
                let here = step.needs.iter().all(|fact| has(*fact, &lan()));
                let Some(task) = (if here { Some(task) } else { task.without.as_ref() }) else { continue };
                let lines = if wrong { &task.wrong[0].input } else { &task.solution };
                writeln!(text, "[{}]\ninput = {lines:?}", step.id).unwrap();
            }
            _ => {}
        }
    }
    text
}

/// The fact `lan` as a lesson's value shows it.
fn lan() -> std::collections::BTreeMap<String, String> {
    let own = netlearn::net::kernel::own_addresses().unwrap_or_default();
    let lan = own.into_iter().find(|address| address.is_ipv4() && !address.is_loopback());
    lan.map(|address| ("lan".to_owned(), address.to_string())).into_iter().collect()
}

fn answered(lesson: &Lesson, wrong: Option<&str>, more: &[&str]) -> Run {
    let home = tempfile::tempdir().unwrap();
    let answers = home.path().join("answers.toml");
    std::fs::write(&answers, file(lesson, wrong)).unwrap();
    run(home.path(), &[&["--answers", answers.to_str().unwrap(), &lesson.id], more].concat())
}

fn run(home: &Path, arguments: &[&str]) -> Run {
    let mut command = support::command(&["lesson", "--port", &port()]);
    command.args(arguments).env("XDG_DATA_HOME", home);
    // A whole lesson, beside five others.
    Started::within(command, 4 * GUARD).finish()
}

/// Without a port of the test's own, which not every command takes.
fn run_of(home: &Path, arguments: &[&str]) -> Run {
    let mut command = support::command(&["lesson"]);
    command.args(arguments).env("XDG_DATA_HOME", home);
    Started::new(command).finish()
}

#[test]
fn all_six_finish_by_answers() {
    std::thread::scope(|scope| {
        for lesson in &lessons() {
            let lesson = lesson.clone();
            scope.spawn(move || {
                let run = answered(&lesson, None, &[]);
                assert_eq!(run.code, 0, "{}\n{}", run.text(), run.stderr);
                assert!(run.text().contains("DONE"), "{}", run.text());
            });
        }
    });
}

#[test]
fn events_of_a_lesson_stand_in_their_order() {
    let lessons = lessons();
    let lesson = &lessons[1];
    let run = answered(lesson, None, &["--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let events = run.events();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds.first(), Some(&"recording_started"), "{kinds:?}");
    assert_eq!(kinds.last(), Some(&"finished"), "{kinds:?}");
    let started = run.event("lesson_started");
    assert_eq!(started["lesson"], lesson.id.as_str());
    assert_eq!(started["title"], lesson.title.as_str());
    assert_eq!(started["steps"], walked(lesson).count());
    let steps: Vec<_> = run.events_of("step_started").iter().map(|event| event["step"].clone()).collect();
    let ids: Vec<&str> = walked(lesson).map(|step| step.id.as_str()).collect();
    assert_eq!(steps, ids);
    assert_eq!(run.events_of("step_ended").len(), ids.len());
    let judged = run.events_of("judged");
    let tasks = walked(lesson).filter(|step| matches!(step.kind, Kind::Do(_))).count();
    assert!(judged.len() == tasks && judged.iter().all(|event| event["verdict"] == "pass"), "{judged:?}");
    let ended = run.event("lesson_ended");
    assert_eq!(ended["finished"], true);
    assert!(ended["connections"].as_u64() >= Some(4) && ended["bytes"].as_u64() > Some(0), "{ended}");
}

#[test]
fn a_wrong_answer_ends_with_1_and_names_its_step_and_verdict() {
    let lessons = lessons();
    for (lesson, step) in [(0, "waiting"), (0, "leave"), (2, "whose"), (1, "gone")] {
        let run = answered(&lessons[lesson], Some(step), &["--from", step]);
        assert_eq!(run.code, 1, "{step}: {}", run.stderr);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("step {step}: not-yet")), "{said}");
    }
    // A prediction is no mistake.
    let run = answered(&lessons[1], Some("guess-gone"), &["--from", "guess-gone"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn where_nobody_can_type_it_says_what_else_there_is() {
    let home = tempfile::tempdir().unwrap();
    let run = run(home.path(), &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("terminal") && run.stderr.contains("--answers FILE"), "{}", run.stderr);

    let mut piped = Command::new("sh");
    piped.args([
        "-c",
        "{ \"$@\"; echo \"code $?\" >&2; } | cat",
        "sh",
        env!("CARGO_BIN_EXE_netlearn"),
        "lesson",
    ]);
    piped.env("XDG_DATA_HOME", home.path());
    let piped = Started::new(piped).finish();
    assert!(piped.stderr.contains("terminal") && piped.stderr.contains("code 2"), "{}", piped.stderr);
}

#[test]
fn wrong_names_are_answered_with_the_right_ones() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, told) in [
        (vec!["--json", "1"], "--answers FILE"),
        (vec!["portz", "--answers", "/dev/null"], "netlearn lesson ports"),
        (vec!["99", "--answers", "/dev/null"], "netlearn lesson list"),
        (vec!["ports", "--from", "nowhere", "--answers", "/dev/null"], "--from guess-ports"),
        (vec!["ports", "--answers", "/nowhere/at/all"], "could not be read"),
        (vec!["ports", "--answers", "/nowhere/at/all"], "netlearn lesson ports   instead"),
        (vec!["7", "--answers", "/dev/null"], "they are 1 to 6"),
        (vec!["one-server", "--from", "sillent", "--answers", "/dev/null"], "--from silent"),
        (vec!["2"], "netlearn lesson 2 --answers FILE"),
        (vec!["check", "./nope"], "\"./nope\": "),
        (vec!["list", "--lessons", "./nope"], "\"./nope\": "),
    ] {
        let run = run_of(home.path(), &arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("--files") && !run.stderr.contains("lesson udp"), "{}", run.stderr);
    }
}

#[test]
fn plain_lines_without_a_terminal_end_with_the_input() {
    let home = tempfile::tempdir().unwrap();
    let run = run(home.path(), &["--plain", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.text().contains("You left Lesson 1"), "{}", run.text());
}

/// Every solution, every wrong attempt, and all of it without each fact.
#[test]
fn all_six_hold() {
    let begun = std::time::Instant::now();
    let run = run_of_check();
    let text = run.text();
    assert_eq!(run.code, 0, "{text}\n{}", run.stderr);
    let said: Vec<&str> = text.lines().filter(|line| !line.starts_with("warning:")).collect();
    assert!(said.len() == 6 && said.iter().all(|line| line.contains(": holds (")), "{text}");
    eprintln!("lesson check: {:.1} s", begun.elapsed().as_secs_f64());
}

fn run_of_check() -> Run {
    // It may take longer than the guard of other runs.
    let output = support::alone(|| {
        support::command(&["lesson", "check"])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
    });
    let output = output.expect("it starts").wait_with_output().expect("it ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
