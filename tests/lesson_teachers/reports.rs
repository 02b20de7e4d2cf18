//! `lesson report`: what a learner has done, and what a class has.

use std::fs;

use serde_json::Value;

use super::desk::Desk;

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
