//! What teachers do with lessons: begin one, check it, print it, copy its programs out, collect reports.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

#[path = "lesson_teachers/beginning.rs"]
mod beginning;
#[path = "lesson_teachers/checking.rs"]
mod checking;
#[path = "lesson_teachers/desk.rs"]
mod desk;
#[path = "lesson_teachers/reports.rs"]
mod reports;
mod support;

use std::fs;
use std::path::Path;

use desk::Desk;
use support::{Started, netlearn};

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
