//! `lesson new`: a lesson begun, from nothing or from recorded runs.

use std::fs;
use std::path::Path;

use super::desk::Desk;
use super::support::{Serving, Started, unlent_port};

#[test]
fn a_new_lesson_passes_its_check_as_it_is() {
    let desk = Desk::new();
    let said = desk.done(&["lesson", "new", "my-first"]);
    assert!(said.contains("netlearn lesson check ./my-first"), "{said}");
    let checked = desk.done(&["lesson", "check", "./my-first"]);
    assert!(checked.starts_with("my-first: holds"), "no warnings: {checked}");
    assert!(desk.read("my-first/en.md").starts_with("# My first\n"));
    for kind in ["predict", "do", "explain", "recall"] {
        assert!(desk.read("my-first/lesson.toml").contains(&format!("kind = \"{kind}\"")), "{kind}");
    }
}

#[test]
fn a_folder_that_is_there_stays_as_it_is() {
    let desk = Desk::new();
    fs::create_dir(desk.path("mine")).unwrap();
    let run = desk.run(&["lesson", "new", "mine"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("mine is there already"), "{}", run.stderr);
    assert!(run.stderr.contains("netlearn lesson new mine mine-2"), "{}", run.stderr);
    assert_eq!(fs::read_dir(desk.path("mine")).unwrap().count(), 0);
    desk.done(&["lesson", "new", "mine", "below/mine"]);
    assert!(desk.path("below/mine/lesson.toml").is_file());
}

#[test]
fn a_bad_id_is_told_the_rule_and_one_that_will_do() {
    let desk = Desk::new();
    for (bad, named, near) in [
        ("01-ports", "a letter first", "netlearn lesson new ports"),
        ("My Lesson", "small letters", "netlearn lesson new my-lesson"),
        ("../escape", "small letters", "netlearn lesson new escape"),
        ("check", "a word of netlearn lesson", "netlearn lesson new my-check"),
        ("one-server", "netlearn's own", "netlearn lesson new my-one-server"),
    ] {
        let run = desk.run(&["lesson", "new", bad]);
        assert_eq!(run.code, 2, "{bad}");
        assert!(run.stderr.contains(named) && run.stderr.contains(near), "{bad}: {}", run.stderr);
    }
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn recorded_runs_become_a_lesson_that_holds() {
    let desk = Desk::new();
    let serve = ["serve", "tcp", "--port", "0", "--silent", "--record", "server.jsonl", "--json"];
    let mut server = Started::new(desk.command(&serve));
    let port = server.wait_for("listening")["local_port"].as_u64().unwrap();
    let target = format!("localhost:{port}");
    let mut client =
        Started::new(desk.command(&["connect", &target, "-q", "--record", "client.jsonl", "-w", "10"]));
    use std::io::Write as _;
    client.stdin.take().unwrap().write_all(b"first {line}\n:second\n").unwrap();
    assert_eq!(client.finish().code, 0);
    server.wait_for("closed");
    server.terminate();
    assert_eq!(server.finish().code, 0);

    desk.done(&["lesson", "new", "seen", "--from", "server.jsonl"]);
    let toml = desk.read("seen/lesson.toml");
    for line in [
        "setup = { free_port = \"p\" }",
        "  { event = \"accepted\", side = \"server\", local_port = \"{p}\", same = \"a\" },",
        "  { event = \"bytes\", side = \"server\", direction = \"received\", same = \"a\" },",
        "  { event = \"closed\", side = \"server\", by = \"client\", how = \"fin\", same = \"a\" },",
        "  \"serve tcp --port {p} --silent\",",
        "  \"connect localhost:{p}\",",
        "  \"first {{line}}\",",
        "  \"::second\",",
        "  \":eof\",",
        "measure.sent = { sum = \"len\", of = { event = \"bytes\", side = \"server\", direction = \"received\" } }",
    ] {
        assert!(toml.lines().any(|found| found == line), "{line} is not in\n{toml}");
    }
    assert!(!toml.contains(&port.to_string()), "{toml}");
    desk.done(&["lesson", "new", "called", "--from", "client.jsonl"]);
    let toml = desk.read("called/lesson.toml");
    assert!(toml.contains("run = [\"serve tcp {p} --silent\"]"), "{toml}");
    desk.done(&["lesson", "new", "both", "--from", "client.jsonl", "--from", "server.jsonl"]);
    let toml = desk.read("both/lesson.toml");
    assert!(
        toml.contains("\"serve tcp --port {p} --silent\",\n  \"connect localhost:{p} -w 10\","),
        "{toml}"
    );
    for id in ["seen", "called", "both"] {
        let checked = desk.done(&["lesson", "check", id]);
        assert!(checked.starts_with(&format!("{id}: holds")), "{checked}");
    }
}

/// A skeleton of one recording, which has to hold.
fn drawn(desk: &Desk, id: &str, recording: &str) -> String {
    desk.done(&["lesson", "new", id, "--from", recording]);
    let toml = desk.read(&format!("{id}/lesson.toml"));
    let run = desk.run(&["lesson", "check", id]);
    assert!(run.text().starts_with(&format!("{id}: holds")), "{}\n{toml}", run.text());
    toml
}

#[test]
fn datagrams_that_nobody_takes_make_a_lesson_with_a_closed_port() {
    let desk = Desk::new();
    let target = format!("127.0.0.1:{}", unlent_port(std::net::Ipv4Addr::LOCALHOST));
    for (id, sends) in [("twice", &["--send", "one", "--send", "two"][..]), ("once", &["--send", "one"])] {
        let recording = format!("{id}.jsonl");
        let line = [&["connect", "-u", &target, "-q", "-w", "0.5", "--record", &recording], sends].concat();
        desk.run(&line);
        let recorded = desk.read(&recording);
        assert!(recorded.contains("delivery_failed"), "{recorded}");
        let toml = drawn(&desk, id, &recording);
        assert!(toml.contains("setup = { closed_port = \"p\" }"), "{toml}");
    }
}

#[test]
fn requests_of_one_connection_are_one_command() {
    let desk = Desk::new();
    let mut serve =
        Started::new(desk.command(&["serve", "http", "--port", "0", "--record", "http.jsonl", "--json"]));
    let port = serve.wait_for("listening")["local_port"].as_u64().unwrap();
    let [one, two] = ["a", "b"].map(|page| format!("http://localhost:{port}/{page}"));
    desk.run(&["get", &one, &two, "-q"]);
    desk.run(&["get", &two, "-q", "-X", "HEAD"]);
    serve.terminate();
    assert_eq!(serve.finish().code, 0);
    let toml = drawn(&desk, "pages", "http.jsonl");
    assert!(toml.contains("\"get localhost:{p}/a localhost:{p}/b\","), "{toml}");
    assert!(toml.contains("\"get localhost:{p}/b -X HEAD\","), "{toml}");
}

#[test]
fn a_recorded_request_keeps_no_secret() {
    let desk = Desk::new();
    let server = Serving::start(&["http", "--port", "0", "--count", "1"]);
    let url = format!("http://localhost:{}/page", server.port);
    let secret = "Authorization: Bearer tiger";
    desk.done(&["get", &url, "-q", "-H", secret, "--secrets", "--record", "run.jsonl"]);
    server.finish();
    desk.done(&["lesson", "new", "asked", "--from", "run.jsonl"]);
    let toml = desk.read("asked/lesson.toml");
    assert!(!toml.contains("tiger") && !desk.read("asked/en.md").contains("tiger"), "{toml}");
    assert!(toml.contains("method = \"GET\", target = \"/page\""), "{toml}");
    assert!(toml.contains("\"get http://localhost:{p}/page\""), "{toml}");
    let checked = desk.done(&["lesson", "check", "asked"]);
    assert!(checked.starts_with("asked: holds"), "{checked}");
}

#[test]
fn a_recording_that_no_lesson_can_be_made_of_says_why() {
    let desk = Desk::new();
    let recorded = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(name);
        path.to_str().unwrap().to_owned()
    };
    fs::write(desk.path("damaged"), "hello\n").unwrap();
    for (file, why) in [
        (recorded("get-https.jsonl"), "TLS"),
        (recorded("tour.jsonl"), "tour"),
        ("missing".to_owned(), "cannot be read"),
        ("damaged".to_owned(), "line 1"),
    ] {
        let run = desk.run(&["lesson", "new", "mine", "--from", &file]);
        assert_eq!(run.code, 2, "{file}");
        assert!(run.stderr.contains(why) && run.stderr.contains("--record"), "{file}: {}", run.stderr);
        assert!(!desk.path("mine").exists(), "{file}");
    }
    for name in ["connect-echo.jsonl", "get.jsonl", "get-refused.jsonl"] {
        let id = name.trim_end_matches(".jsonl");
        desk.done(&["lesson", "new", id, "--from", &recorded(name)]);
        let checked = desk.done(&["lesson", "check", id]);
        assert!(checked.starts_with(&format!("{id}: holds")), "{checked}");
    }
}
