//! `lesson check`: what does not hold is named by file, line and step.

use std::fs;
use std::path::Path;

use super::desk::Desk;

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

/// The line of a text that begins so, from 1.
fn line_of(text: &str, begin: &str) -> usize {
    let line = text.lines().position(|line| line.starts_with(begin));
    line.unwrap_or_else(|| panic!("no line begins with {begin:?}")) + 1
}
