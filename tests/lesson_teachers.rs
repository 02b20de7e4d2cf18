//! What teachers do with lessons: begin one, check it, print it, copy its programs out, collect reports.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{GUARD, Run, Serving, Started, command, netlearn, unlent_port};
use tempfile::TempDir;

/// A folder of the test's own, in which netlearn runs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, line: &[&str]) -> Command {
        let mut command = command(line);
        command.current_dir(self.0.path()).env("HOME", self.0.path()).env_remove("XDG_DATA_HOME");
        command
    }

    fn run(&self, line: &[&str]) -> Run {
        // A check runs a lesson many times; on a busy machine that takes its time.
        Started::within(self.command(line), 4 * GUARD).finish()
    }

    fn done(&self, line: &[&str]) -> String {
        let run = self.run(line);
        assert_eq!(run.code, 0, "{line:?}: {}{}", run.text(), run.stderr);
        run.text()
    }

    /// The skeleton of a lesson with one text in one of its files in place of another.
    fn broken(&self, id: &str, file: &str, from: &str, to: &str) {
        self.done(&["lesson", "new", id]);
        let name = format!("{id}/{file}");
        let text = self.read(&name);
        assert!(text.contains(from), "{from:?} is not in {file}");
        fs::write(self.path(&name), text.replacen(from, to, 1)).unwrap();
    }
}

/// The line of a text that begins so, from 1.
fn line_of(text: &str, begin: &str) -> usize {
    let line = text.lines().position(|line| line.starts_with(begin));
    line.unwrap_or_else(|| panic!("no line begins with {begin:?}")) + 1
}

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

/// A language that a lesson has no words in is not checked by those of another.
#[test]
fn words_that_are_not_there_do_not_hold() {
    let desk = Desk::new();
    desk.done(&["lesson", "new", "mine"]);
    let run = desk.run(&["lesson", "check", "./mine", "--language", "de"]);
    assert_eq!(run.code, 1, "{}", run.text());
    assert!(
        run.text().contains("./mine/de.md:1: there is no such file: the words are in en.md"),
        "{}",
        run.text()
    );
    fs::copy(desk.path("mine/en.md"), desk.path("mine/de.md")).unwrap();
    assert!(desk.done(&["lesson", "check", "./mine", "--language", "de"]).starts_with("mine: holds"));
}

#[test]
fn faults_in_the_files_are_named_by_file_line_and_step() {
    let desk = Desk::new();
    let lesson = |file, from, to, line, told| (file, from, to, line, told);
    let feedback = "> No error came. To say nothing is allowed in TCP: the server waited.\n";
    let cases = [
        lesson(
            "lesson.toml",
            "kind = \"explain\"",
            "kind = \"explian\"",
            "kind = \"explian\"",
            "step because: there is no kind of step `explian`; did you mean `explain`?",
        ),
        lesson(
            "lesson.toml",
            "{ event = \"accepted\"",
            "{ event = \"acepted\"",
            "  { event = \"acepted\"",
            "step try: there is no event `acepted`; did you mean `accepted`?",
        ),
        lesson(
            "lesson.toml",
            "local_port = \"{p}\"",
            "local_prot = \"{p}\"",
            "  { event = \"accepted\"",
            "step try: the event `accepted` has no field `local_prot`",
        ),
        lesson(
            "en.md",
            feedback,
            "",
            "### choice error",
            "step guess: the choice `error` can be wrong and says nothing then",
        ),
        lesson(
            "en.md",
            "## summary",
            "## nobody\nx\n\n## summary",
            "## nobody",
            "`## nobody` is the id of no step",
        ),
        lesson(
            "en.md",
            "### hint 2",
            "### hinnt 2",
            "### hinnt 2",
            "step try: `### hinnt 2` has no meaning here",
        ),
        lesson(
            "en.md",
            "{try.back} back.",
            "{try.bakc} back.",
            "{try.sent} bytes reached",
            "nothing gives a value to `{try.bakc}`",
        ),
        lesson(
            "lesson.toml",
            "answer = \"nothing\"",
            "answer = \"noting\"",
            "answer = \"noting\"",
            "step guess: the answer `noting` is none of the choices",
        ),
    ];
    for (index, (file, from, to, line, told)) in cases.into_iter().enumerate() {
        let id = format!("broken-{index}");
        desk.broken(&id, file, from, to);
        let number = line_of(&desk.read(&format!("{id}/{file}")), line);
        let run = desk.run(&["lesson", "check", &id]);
        assert_eq!(run.code, 1, "{told}");
        let named = format!("{id}/{file}:{number}: ");
        let found = run.text().lines().any(|said| said.starts_with(&named) && said.contains(told));
        assert!(found, "{named}... {told} is not in\n{}", run.text());
    }
}

/// One lesson whose files are whole and whose checks are not: it has to be run to know.
fn does_not_hold(from: &str, to: &str, told: &str) {
    let desk = Desk::new();
    desk.broken("broken", "lesson.toml", from, to);
    let run = desk.run(&["lesson", "check", "broken"]);
    let text = run.text();
    assert_eq!(run.code, 1, "{text}");
    let line = desk.read("broken/lesson.toml").lines().position(|line| line == "id = \"try\"").unwrap();
    let named = format!("broken/lesson.toml:{line}: step try: {told}");
    assert!(text.contains(&named), "{named} is not in\n{text}");
    assert!(text.contains("broken: does not hold"), "{text}");
}

#[test]
fn a_solution_that_does_not_pass_is_told_with_what_was_expected() {
    let desk = Desk::new();
    desk.broken(
        "broken",
        "lesson.toml",
        "solution = [\"serve tcp {p} --reply hi\"",
        "solution = [\"serve tcp {p} --silent\"",
    );
    let run = desk.run(&["lesson", "check", "broken"]);
    assert_eq!(run.code, 1);
    let told = run.text().lines().find(|line| line.contains("the solution does not pass")).map(str::to_owned);
    let told = told.unwrap_or_else(|| panic!("{}", run.text()));
    assert!(told.contains("step try") && told.contains("; expected bytes sent"), "{told}");
}

/// Who misspells a command is told which, and not what did not come of it.
#[test]
fn a_line_that_cannot_be_run_is_named() {
    does_not_hold(
        "solution = [\"serve tcp {p} --reply hi\"",
        "solution = [\"sreve tcp {p} --reply hi\"",
        "the solution does not pass: `sreve tcp {p} --reply hi`: unrecognized subcommand 'sreve'",
    );
    does_not_hold(
        "setup = { free_port = \"p\" }",
        "setup = { free_port = \"p\", run = [\"serve tcp {p} --silentt\"] }",
        "the solution does not pass: `run` has `serve tcp {p} --silentt`: unexpected argument '--silentt' found",
    );
    does_not_hold(
        "wrong = [\n",
        "wrong = [\n  { input = [\"conect localhost\"], verdict = \"environment\" },\n",
        "the wrong attempt `conect localhost` is told not-yet, not environment; `conect localhost`: ",
    );
}

#[test]
fn a_task_that_asks_for_what_is_there_already_passes_untouched() {
    let desk = Desk::new();
    desk.done(&["lesson", "new", "broken"]);
    let toml = desk.read("broken/lesson.toml");
    let (start, rest) = toml.split_once("expect = [").unwrap();
    let (_, rest) = rest.split_once("\n]\n").unwrap();
    let table = "table = { kind = \"listener\", local_port = \"{p}\" }\n";
    let started =
        start.replace("{ free_port = \"p\" }", "{ free_port = \"p\", run = [\"serve tcp {p} --reply hi\"] }");
    fs::write(desk.path("broken/lesson.toml"), started + table + rest).unwrap();
    let run = desk.run(&["lesson", "check", "broken"]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("step try: it passes untouched"), "{}", run.text());
}

#[test]
fn a_wrong_attempt_that_passes_is_told() {
    does_not_hold(
        "wrong = [\n",
        "wrong = [\n  { input = [\"serve tcp {p} --reply hi\", \"connect localhost:{p}\", \"good day\"], verdict = \"not-yet\" },\n",
        "the wrong attempt `serve tcp {p} --reply hi / connect localhost:{p} / good day` is told pass, not not-yet",
    );
}

#[test]
fn lines_of_others_that_do_more_than_open_sockets_are_read_first() {
    let desk = Desk::new();
    let mark = desk.path("mark");
    for (index, line) in
        [format!("!touch {}", mark.display()), format!("get localhost:{{p}} -o {}", mark.display())]
            .iter()
            .enumerate()
    {
        let id = format!("foreign-{index}");
        let wrong = format!(
            "wrong = [\n  {{ input = [\"serve tcp {{p}} --reply hi\", \"{line}\"], verdict = \"not-yet\" }},\n"
        );
        desk.broken(&id, "lesson.toml", "wrong = [\n", &wrong);
        let run = desk.run(&["lesson", "check", &id]);
        assert_eq!(run.code, 1);
        assert!(run.text().contains("step try") && run.text().contains("--allow-shell"), "{}", run.text());
        assert!(!mark.exists(), "{line} was run");
    }
    desk.done(&["lesson", "check", "foreign-0", "--allow-shell"]);
    assert!(mark.exists(), "it was allowed");

    // Nor does a lesson of others start such a line by itself, when it is begun.
    let run = format!(
        "setup = {{ free_port = \"p\", run = [\"get localhost:{{p}} -o {}\"] }}",
        desk.path("other").display()
    );
    desk.broken("starts", "lesson.toml", "setup = { free_port = \"p\" }", &run);
    fs::write(desk.path("answers.toml"), "[guess]\nanswer = \"nothing\"\n").unwrap();
    let run = desk.run(&["lesson", "./starts", "--answers", "answers.toml"]);
    assert_eq!(run.code, 2, "{}", run.text());
    assert!(
        run.stderr.contains("step try") && run.stderr.contains("writes or reads a file"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_worked_example_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/example-lesson");
    let run = Desk::new().run(&["lesson", "check", folder.to_str().unwrap()]);
    assert_eq!(run.text(), "closed-or-silent: holds (9 steps, 16 runs)\n");
    assert_eq!(run.code, 0);
}

#[test]
fn worksheets_have_boxes_and_blanks_and_keep_the_answers_to_themselves() {
    let sheet = netlearn(&["lesson", "print", "one-server"]).text();
    assert!(sheet.starts_with("# Lesson 1: One server, one client\n"), "{sheet}");
    assert!(sheet.contains("- [ ] nothing\n- [ ] an error, after a while\n- [ ] no idea yet\n"), "{sheet}");
    assert!(
        sheet.contains("connect localhost:3000\n") && sheet.contains("For ______ nobody got on."),
        "{sheet}"
    );
    assert!(
        sheet.contains("  6    console.log('a client connected"),
        "programs have the numbers of their lines: {sheet}"
    );
    assert!(!sheet.contains("[x]") && !sheet.contains("a server sends only what its code"), "{sheet}");
    let steps = sheet.find("## 11.").or_else(|| sheet.find("## 10.")).unwrap();
    assert!(sheet.find("## Explanations").unwrap() > steps, "explanations stand behind all steps");

    let answers = netlearn(&["lesson", "print", "1", "--answers"]).text();
    assert!(answers.contains("- [x] nothing\n  > ______ bytes went, ______ came back"), "{answers}");
    assert!(answers.contains("serve tcp 3000 --silent\nconnect localhost:3000\nhello\n"), "{answers}");
    assert!(answers.contains("(servers-echo)"), "{answers}");
}

#[test]
fn every_worksheet_is_whole_markdown() {
    for number in 1..=6 {
        for extra in [&[][..], &["--answers"]] {
            let run = netlearn(&[&["lesson", "print", &number.to_string()], extra].concat());
            assert_eq!((run.code, run.stderr.as_str()), (0, ""));
            let text = run.text();
            let fences =
                text.lines().filter(|line| line.trim_start().starts_with("~~~") || line.starts_with("```"));
            assert_eq!(fences.count() % 2, 0, "lesson {number}: a fence is open");
            assert!(
                !text.contains("<!--") && !text.contains("~~~type") && !text.contains("~~~program"),
                "{number}"
            );
            for name in ["{p}", "{q}", "{lan}", "{http}", "{sock}"] {
                assert!(!text.contains(name), "lesson {number}: {name}");
            }
        }
    }
    let run = netlearn(&["lesson", "print", "portts"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("no lesson \"portts\"") && run.stderr.contains("netlearn lesson ports"),
        "{}",
        run.stderr
    );
}

#[test]
fn programs_are_copied_and_nothing_of_yours_is_overwritten() {
    let desk = Desk::new();
    let said = desk.done(&["lesson", "files", "one-server"]);
    assert!(said.contains("log-server.js  written"), "{said}");
    let copied = desk.read("netlearn-one-server/log-server.js");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/01-one-server/programs/log-server.js");
    assert_eq!(copied, fs::read_to_string(own).unwrap());
    assert!(desk.done(&["lesson", "files", "1"]).contains("log-server.js  was there already"));
    fs::write(desk.path("netlearn-one-server/log-server.js"), "mine").unwrap();
    let run = desk.run(&["lesson", "files", "1"]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("log-server.js  differs: kept as it is"), "{}", run.text());
    assert!(run.stderr.contains("netlearn lesson files one-server netlearn-one-server-2"), "{}", run.stderr);
    assert_eq!(desk.read("netlearn-one-server/log-server.js"), "mine");
    desk.done(&["lesson", "files", "1", "elsewhere/mine"]);
    assert_eq!(desk.read("elsewhere/mine/log-server.js"), copied);
}

/// A learner who has done the skeleton's lesson, with a wrong guess.
fn learner(desk: &Desk, name: &str, guess: &str) {
    let answers = format!(
        "[guess]\nanswer = \"{guess}\"\n[try]\ninput = [\"serve tcp {{p}} --reply hi\", \"connect localhost:{{p}}\", \"hello\"]\n"
    );
    fs::write(desk.path("answers.toml"), answers).unwrap();
    let progress = format!("{name}.progress");
    desk.done(&["lesson", "./mine", "--answers", "answers.toml", "--progress", &progress]);
}

#[test]
fn reports_say_what_was_done_and_are_counted_for_a_class() {
    let desk = Desk::new();
    desk.done(&["lesson", "new", "mine", "course/mine"]);
    desk.done(&["lesson", "new", "mine"]);
    fs::create_dir(desk.path("reports")).unwrap();
    for (name, guess) in [("Ada", "greeting"), ("Bo", "greeting"), ("Cy", "nothing")] {
        learner(&desk, name, guess);
        let (progress, file) = (format!("{name}.progress"), format!("reports/{name}.json"));
        let report = ["lesson", "report", "--name", name, "--lessons", "course", "--progress", &progress];
        desk.done(&[&report[..], &["--json", "-o", &file]].concat());
        if name == "Ada" {
            let text = desk.done(&report);
            assert!(text.starts_with("Lessons of Ada, "), "{text}");
            assert!(text.contains("Mine (mine): finished "), "{text}");
            assert!(text.contains("guess                  predict  done     servers-speak-first"), "{text}");
            assert!(text.contains("A prediction is no mark"), "{text}");
        }
    }
    let report: Value = serde_json::from_str(&desk.read("reports/Ada.json")).unwrap();
    assert_eq!((&report["form"], &report["name"]), (&"netlearn lesson report".into(), &"Ada".into()));
    let step = &report["lessons"][0]["steps"][1];
    assert_eq!((&step["step"], &step["done"], &step["attempts"]), (&"try".into(), &true.into(), &1.into()));

    let merge = ["lesson", "report", "--merge", "reports", "--lessons", "course"];
    let table = desk.done(&merge);
    assert!(table.starts_with("Reports: 3 learners\n  Ada, Bo, Cy\n"), "{table}");
    assert!(table.contains("Mine (mine): 3 begun, 3 finished"), "{table}");
    assert!(table.contains("servers-speak-first 2"), "{table}");
    let json = desk.done(&[&merge[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["lessons"][0]["steps"][0]["misconceptions"]["servers-speak-first"], 2);
    assert_eq!(json["lessons"][0]["steps"][1]["done"], 3);

    // What is damaged or foreign is named and left out.
    let whole = desk.read("reports/Bo.json");
    fs::write(desk.path("reports/Bo.json"), &whole[..whole.len() / 2]).unwrap();
    fs::write(desk.path("reports/notes.txt"), "buy milk").unwrap();
    fs::write(desk.path("reports/other.json"), "{\"name\": \"x\"}").unwrap();
    let run = desk.run(&merge);
    assert_eq!(run.code, 1);
    assert!(run.text().starts_with("Reports: 2 learners\n  Ada, Cy\n"), "{}", run.text());
    for named in [
        "Bo.json is left out: it is damaged",
        "notes.txt is left out: it is no report",
        "other.json is left out: it is no report",
    ] {
        assert!(run.stderr.contains(named), "{named} is not in\n{}", run.stderr);
    }
}

#[test]
fn a_report_overwrites_reports_only() {
    let desk = Desk::new();
    let write = |line: &[&str]| desk.run(&[&["lesson", "report", "--progress", "none"], line].concat());
    assert_eq!(write(&["--name", "Ada", "-o", "a.txt"]).code, 0);
    assert!(desk.read("a.txt").contains("Nothing was done yet."));
    assert_eq!(write(&["--name", "Ada", "-o", "a.txt", "--json"]).code, 0);
    assert!(desk.read("a.txt").starts_with('{'));
    fs::write(desk.path("thesis.txt"), "years of work").unwrap();
    let run = write(&["--name", "Ada", "-o", "thesis.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is no report"), "{}", run.stderr);
    assert_eq!(desk.read("thesis.txt"), "years of work");
    for bad in ["", " ", "two\nlines"] {
        assert_eq!(write(&["--name", bad]).code, 2, "{bad:?}");
    }
    let none = write(&[]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("--name"), "{}", none.stderr);
    fs::create_dir(desk.path("empty")).unwrap();
    let run = desk.run(&["lesson", "report", "--merge", "empty"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no report is in empty"), "{}", run.stderr);
}

#[test]
fn two_reports_of_one_name_are_told_and_the_newer_is_counted() {
    let desk = Desk::new();
    fs::create_dir(desk.path("reports")).unwrap();
    desk.done(&["lesson", "report", "--name", "Ada", "--progress", "none", "--json", "-o", "reports/1.json"]);
    let first = desk.read("reports/1.json");
    let year = first.find("\"written\": \"").unwrap() + "\"written\": \"".len();
    let mut older = first.clone();
    older.replace_range(year..year + 4, "2001");
    fs::write(desk.path("reports/2.json"), &first).unwrap();
    let run = desk.run(&["lesson", "report", "--merge", "reports"]);
    assert!(run.text().starts_with("Reports: 1 learner\n"), "{}", run.text());
    assert!(run.stderr.contains("1.json and 2.json are the same report of Ada"), "{}", run.stderr);
    assert!(!run.stderr.contains("newer") && !run.stderr.contains("two names"), "{}", run.stderr);
    fs::remove_file(desk.path("reports/2.json")).unwrap();
    fs::write(desk.path("reports/0.json"), older).unwrap();
    let run = desk.run(&["lesson", "report", "--merge", "reports"]);
    assert_eq!(run.code, 0);
    assert!(run.text().starts_with("Reports: 1 learner\n"), "{}", run.text());
    assert!(
        run.stderr.contains("1.json and 0.json are both of Ada: the newer, 1.json, is counted"),
        "{}",
        run.stderr
    );
}

/// A damaged file is told in words of the learner's world.
#[test]
fn damaged_progress_is_told_without_names_of_types() {
    let desk = Desk::new();
    fs::write(desk.path("mine"), "{\"version\": 1, \"lessons\": {\"ports\": \"x\"}}").unwrap();
    let run = desk.run(&["lesson", "list", "--progress", "mine"]);
    let words = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("it is not in the form that netlearn writes"), "{words}");
    assert!(!words.contains("LessonProgress") && !words.contains("struct"), "{words}");
}

#[test]
fn every_help_begins_with_examples_that_work_as_typed() {
    for command in ["list", "new", "print", "files", "report", "check", "reset"] {
        let run = netlearn(&["lesson", command, "--help"]);
        assert_eq!(run.code, 0);
        let text = run.text();
        let examples: Vec<&str> =
            text.lines().take_while(|line| line.starts_with("  ")).map(str::trim).collect();
        assert!(examples.len() >= 2, "{command}: {examples:?}");
        for line in examples {
            let desk = Desk::new();
            let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/connect-echo.jsonl");
            fs::copy(recording, desk.path("run.jsonl")).unwrap();
            let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/example-lesson");
            for folder in ["lessons", "reports"] {
                fs::create_dir(desk.path(folder)).unwrap();
            }
            std::os::unix::fs::symlink(&own, desk.path("lessons/one")).unwrap();
            desk.done(&["lesson", "report", "--name", "Bo", "--json", "-o", "reports/bo.json"]);
            match (command, line) {
                // The six lessons: `lesson check` has a test of its own.
                ("check", "netlearn lesson check") => continue,
                ("check", _) => std::os::unix::fs::symlink(&own, desk.path("my-lesson")).unwrap(),
                ("reset", _) => learnt(&desk),
                _ => {}
            }
            let words: Vec<&str> = line.split(" > ").next().unwrap().split(' ').skip(1).collect();
            desk.done(&words);
        }
    }
}

/// A folder that has the name of a lesson, or its number, is no lesson.
#[test]
fn folders_hide_no_lesson() {
    let desk = Desk::new();
    for folder in ["http", "ports", "2"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    assert!(desk.done(&["lesson", "print", "http"]).starts_with("# Lesson 3: "));
    assert!(desk.done(&["lesson", "print", "2"]).starts_with("# Lesson 2: "));
    desk.done(&["lesson", "files", "2", "copies"]);
    fs::write(desk.path("answers.toml"), "[guess-ports]\nanswer = \"one\"\n").unwrap();
    let run = desk.run(&["lesson", "ports", "--answers", "answers.toml"]);
    assert!(run.text().contains("Lesson 2: "), "{}{}", run.text(), run.stderr);
    // Spelt as a folder it is one.
    let run = desk.run(&["lesson", "print", "./http"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no folder in it has a lesson.toml"), "{}", run.stderr);
    // A teacher's own folder needs no `./`, unless a lesson has its name.
    desk.done(&["lesson", "new", "mine"]);
    assert!(desk.done(&["lesson", "print", "mine"]).starts_with("# Mine\n"));
    fs::rename(desk.path("mine"), desk.path("names")).unwrap();
    assert!(desk.done(&["lesson", "print", "names"]).starts_with("# Lesson 5: "));
    assert!(desk.done(&["lesson", "print", "./names"]).starts_with("# Mine\n"));
}

/// One lesson with a fault keeps nobody from the others.
#[test]
fn within_the_folder_of_a_lesson_netlearns_own_are_there() {
    let desk = Desk::new();
    desk.done(&["lesson", "new", "mine"]);
    let mut command = desk.command(&["lesson", "list"]);
    command.current_dir(desk.path("mine"));
    let run = Started::new(command).finish();
    assert_eq!((run.code, run.text().contains("one-server")), (0, true), "{}{}", run.text(), run.stderr);
}

#[test]
fn what_is_offered_keeps_the_course_and_the_progress() {
    let desk = Desk::new();
    fs::create_dir(desk.path("course")).unwrap();
    desk.done(&["lesson", "new", "mine"]);
    fs::rename(desk.path("mine"), desk.path("course/mine")).unwrap();
    let given = ["--lessons", "course", "--progress", "ada.json"];
    let told = |line: &[&str]| desk.run(&[line, &given[..]].concat()).stderr;
    for line in [&["lesson", "print", "mime"][..], &["lesson", "mine", "--from", "nope"], &["lesson", "mine"]]
    {
        let said = told(line);
        assert!(said.contains("netlearn lesson mine"), "{line:?}: {said}");
        assert!(said.contains("--lessons course --progress ada.json"), "{line:?}: {said}");
    }
}

#[test]
fn a_faulty_lesson_of_a_course_is_left_out_and_told() {
    let desk = Desk::new();
    for id in ["good", "bad"] {
        desk.done(&["lesson", "new", id, &format!("course/{id}")]);
    }
    let toml = desk.read("course/bad/lesson.toml").replace("kind = \"explain\"", "kind = \"explian\"");
    fs::write(desk.path("course/bad/lesson.toml"), toml).unwrap();
    let course = ["--lessons", "./course", "--progress", "mine.progress"];
    let list = desk.run(&[&["lesson", "list"], &course[..]].concat());
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.text().contains("Good") && !list.text().contains("Bad"), "{}", list.text());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&list.stderr).contains("there is no kind of step `explian`"), "{}", list.stderr);
    assert!(list.stderr.contains("netlearn lesson check ./course"), "{}", list.stderr);
    // What is to be typed next is about these lessons.
    let next = "netlearn lesson --lessons ./course --progress mine.progress\n";
    assert!(list.text().contains(next), "{}", list.text());
    let one = "netlearn lesson ID --lessons ./course --progress mine.progress\n";
    assert!(list.text().contains(one), "{}", list.text());
    desk.done(&[&["lesson", "report", "--name", "Ada"], &course[..]].concat());
    desk.done(&[&["lesson", "print", "good"], &course[..]].concat());
    let run = desk.run(&[&["lesson", "print", "bad"], &course[..]].concat());
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("explian"), "{}", run.stderr);
    let run = desk.run(&["lesson", "check", "./course"]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("explian"), "{}", run.text());
}

/// Something to forget.
fn learnt(desk: &Desk) {
    fs::write(desk.path("answers.toml"), "[guess]\nanswer = \"echo\"\n").unwrap();
    let run = desk.run(&["lesson", "one-server", "--answers", "answers.toml"]);
    assert_ne!(run.code, 0, "it stops at the task, for which there is no answer");
}
