use tempfile::TempDir;

use super::*;
use crate::lesson::{Answer, Fact, Kind, Matcher, TableKind};

mod slips;

const TOML: &str = include_str!("tests/lesson.toml");
const PROSE: &str = include_str!("tests/en.md");
const PROGRAM: &str =
    "const net = require('net')\nnet.createServer(socket => {\n  socket.on('data', log)\n}).listen(3000)\n";

fn folder(toml: &str, prose: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), toml, prose);
    folder
}

fn write(folder: &Path, toml: &str, prose: &str) {
    fs::create_dir_all(folder.join("programs")).expect("a folder");
    fs::write(folder.join("lesson.toml"), toml).expect("written");
    fs::write(folder.join("en.md"), prose).expect("written");
    fs::write(folder.join("programs/log-server.js"), PROGRAM).expect("written");
}

/// The faults, without the folder.
fn faults(toml: &str, prose: &str) -> Vec<String> {
    let folder = folder(toml, prose);
    let place = format!("{}/", folder.path().display());
    match load(folder.path(), "en") {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| fault.to_string().replace(&place, "")).collect(),
    }
}

/// The one fault after a change to lesson.toml; the line is counted from the change.
fn toml_fault(old: &str, new: &str) -> String {
    assert_eq!(TOML.matches(old).count(), 1, "{old:?} stands once");
    one_fault(faults(&TOML.replace(old, new), PROSE))
}

fn prose_fault(old: &str, new: &str) -> String {
    assert_eq!(PROSE.matches(old).count(), 1, "{old:?} stands once");
    one_fault(faults(TOML, &PROSE.replace(old, new)))
}

fn one_fault(faults: Vec<String>) -> String {
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.into_iter().next().unwrap_or_default()
}

fn line_of(text: &str, part: &str) -> usize {
    text[..text.find(part).expect("it stands there")].matches('\n').count() + 1
}

#[test]
fn a_lesson_is_read_whole() {
    let folder = folder(TOML, PROSE);
    let lesson = load(folder.path(), "en").expect("no faults");
    assert_eq!(
        (lesson.id.as_str(), lesson.title.as_str(), lesson.minutes),
        ("one-server", "One server, one client", 12)
    );
    assert_eq!((lesson.language.as_str(), lesson.another_language), ("en", false));
    let kinds: Vec<&str> = lesson.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(kinds, ["welcome", "guess", "try", "saw", "because", "later"]);
    assert_eq!(lesson.question, "Who ends it?");
    assert_eq!(lesson.program("log-server.js").map(|program| program.text.as_str()), Some(PROGRAM));
    assert_eq!((lesson.beside[0].line, lesson.beside[0].on.event.as_deref()), (3, Some("bytes")));
    let Some(Kind::Predict(question)) = lesson.step("guess").map(|step| &step.kind) else {
        panic!("a prediction")
    };
    assert!(matches!(&question.answer, Answer::Fixed(right) if right == "nothing"));
    assert_eq!(question.choices[0].misconception.as_deref(), Some("servers-echo"));
    assert_eq!(question.choices[0].text, "the same text");
    assert_eq!(
        question.choices[0].feedback.as_deref(),
        Some("{try.back} bytes came back at {p}: a server sends\nonly what its code writes.")
    );
    let step = lesson.step("try").expect("a step");
    assert_eq!(
        (step.needs.as_slice(), step.without.as_deref()),
        (&[Fact::Connections][..], Some("Watch it only."))
    );
    assert_eq!(
        (step.line, step.heading),
        (line_of(TOML, "[[step]]\nid = \"try\""), line_of(PROSE, "## try"))
    );
    let Kind::Do(task) = &step.kind else { panic!("a task") };
    assert_eq!(
        (task.setup.free_ports.as_slice(), task.solution.len(), task.hints.len()),
        (&["p".to_owned()][..], 3, 3)
    );
    let check = &task.check;
    assert_eq!((check.expect.len(), check.forbid.len(), check.count.len(), check.sum.len()), (2, 1, 1, 1));
    assert_eq!(check.quiet[0].time, std::time::Duration::from_secs(5));
    assert_eq!(check.table[0].kind, TableKind::Listener);
    assert_eq!(
        check.table[0].of.fields[1],
        ("owners.command".to_owned(), Matcher::Not(Box::new(Matcher::Contains("netlearn".to_owned()))))
    );
    assert_eq!(check.expect[1].capture, [("n".to_owned(), "len".to_owned())]);
    assert_eq!(check.expect[0].line, line_of(TOML, "{ event = \"accepted\", side"));
    assert_eq!(task.measure.len(), 4);
    let other = task.without.as_ref().expect("another task");
    assert_eq!(
        (other.hints.len(), other.why.as_str(), other.solution.len()),
        (3, "It listens all the same.", 1)
    );
    assert_eq!(other.program.as_deref(), Some("log-server.js"));
}

#[test]
fn names_are_checked_and_the_nearest_told() {
    let at = |part: &str| line_of(TOML, part);
    let cases = [
        ("minutes = 12", "minuets = 12", None),
        (
            "kind = \"say\"",
            "kind = \"saying\"",
            Some("there is no kind of step `saying`; did you mean `say`?"),
        ),
        (
            "event = \"accepted\", side",
            "event = \"acepted\", side",
            Some("there is no event `acepted`; did you mean `accepted`?"),
        ),
        (
            "field = \"local_port\", of",
            "field = \"local_prot\", of",
            Some("has no field `local_prot`; did you mean `local_port`?"),
        ),
        (
            "needs = [\"connections\"]",
            "needs = [\"conections\"]",
            Some("there is no fact `conections`; did you mean `connections`?"),
        ),
        (
            "kind = \"listener\"",
            "kind = \"listner\"",
            Some("there is no table `listner`; did you mean `listener`?"),
        ),
        (
            "verdict = \"not-yet\"",
            "verdict = \"not yet\"",
            Some("there is no verdict `not yet`; did you mean `not-yet`?"),
        ),
        (
            "direction = \"received\", for",
            "direction = \"recieved\", for",
            Some("`direction` is never `recieved`; did you mean `received`?"),
        ),
        ("solution = [\"serve tcp {p} --silent\", ", "solutions = [\"serve tcp {p} --silent\", ", None),
        (
            "program = \"log-server.js\"\nexpect",
            "program = \"log-sever.js\"\nexpect",
            Some("there is no programs/log-sever.js; did you mean `log-server.js`?"),
        ),
        ("line = 3", "line = 9", Some("`log-server.js` has lines 1 to 4, there is no line 9")),
        ("for = \"5s\"", "for = \"5 hours\"", Some("`5 hours` is no time of up to ten minutes")),
        (
            "of = [\"guess\"]",
            "of = [\"guss\"]",
            Some("`of` names `guss`, and no prediction before this step has that id; did you mean `guess`?"),
        ),
        (
            "answer = \"nothing\"",
            "answer = \"nothng\"",
            Some("the answer `nothng` is none of the choices; did you mean `nothing`?"),
        ),
        ("same = \"a\", max", "same = \"b\", max", Some("`same = \"b\"` is no flow of `expect` or `any`")),
        ("format_version = 1", "format_version = 2", Some("format_version 2 is not known here")),
        (
            "\"connect localhost:{p}\", \"hello\"",
            "\"connect localhost:{q}\", \"hello\"",
            Some("nothing gives a value to `{q}`"),
        ),
        (
            "\"connect localhost:{p}\", \"hello\"",
            "\"connect localhost:{p}\", \":wait 300ms\"",
            Some("there is no `:wait`"),
        ),
    ];
    for (old, new, expected) in cases {
        let told = if let Some(expected) = expected {
            let told = toml_fault(old, new);
            assert!(told.contains(expected), "{told}");
            told
        } else {
            // Two sides of one slip: what is missing, and what stands there.
            let all = faults(&TOML.replace(old, new), PROSE);
            assert!(all.iter().any(|told| told.contains("did you mean")), "{all:?}");
            all.into_iter().find(|told| told.contains("did you mean")).unwrap_or_default()
        };
        assert!(told.starts_with("lesson.toml:"), "{told}");
    }
    let told = toml_fault("event = \"accepted\", side", "event = \"acepted\", side");
    let line = at("{ event = \"accepted\", side");
    assert!(told.starts_with(&format!("lesson.toml:{line}: step try: ")), "{told}");
}

#[test]
fn prose_and_structure_must_fit() {
    let at = |part: &str| line_of(PROSE, part);
    let told = prose_fault("## welcome", "## summary-too\nx\n## welcome");
    assert!(
        told.starts_with(&format!("en.md:{}: `## summary-too` is the id of no step", at("## welcome"))),
        "{told}"
    );
    let told = faults(TOML, &PROSE.replace("## saw", "## sawn"));
    assert!(told[0].ends_with("step saw: there is no `## saw`"), "{told:?}");
    assert!(told[1].ends_with("`## sawn` is the id of no step; did you mean `saw`?"), "{told:?}");
    let told = prose_fault("### hint 2\nThe server first.\n", "");
    assert_eq!(
        told,
        format!("en.md:{}: step try: there is no `### hint 2` (a nudge, more, the command)", at("## try"))
    );
    assert!(
        prose_fault("### why\nIts code", "### wy\n\n### why\nIts code")
            .ends_with("`### wy` has no meaning here; did you mean `why`?")
    );
    assert!(
        prose_fault("### why\nIts code only logs.", "").ends_with("there is no `### why` (why it worked)")
    );
    assert!(
        prose_fault("### without\nWatch it only.", "")
            .ends_with("`### without` is what is read where that is missing")
    );
    assert!(
        prose_fault("> The bytes came, and were logged.", "")
            .contains("the choice `bytes` can be wrong and says nothing then")
    );
    let all = faults(TOML, &PROSE.replace("### choice echo\n", "### choice ecco\n"));
    assert!(
        all.iter()
            .any(|told| told.ends_with("`### choice ecco` has no meaning here; did you mean `choice echo`?")),
        "{all:?}"
    );
    assert!(prose_fault("3-4", "3-99").contains("`log-server.js` has 4 lines, there is no line 99"));
    assert!(
        prose_fault("~~~program log-server.js", "~~~program log-sever.js")
            .contains("did you mean `log-server.js`?")
    );
    let told = prose_fault("{try.back} bytes", "{try.bakc} bytes");
    assert_eq!(
        told,
        format!(
            "en.md:{}: step guess: nothing gives a value to `{{try.bakc}}`; did you mean `try.back`?",
            at("{try.back} bytes")
        )
    );
    assert!(
        prose_fault("Its code only logs.", "Its code logs }")
            .ends_with("write `{{` or `}}` for the brace itself")
    );
    assert!(prose_fault("# One server, one client", "One server").contains("the prose begins with `# `"));
    assert!(prose_fault("## because", "#### because\n## because").contains("stands where none may"));
    assert!(
        prose_fault("## because", "## welcome\nAgain.\n## because").contains("stands here again, after line")
    );
}

#[test]
fn a_task_must_ask_for_something_and_can_be_solved() {
    let minimal = |step: &str| {
        let toml = format!(
            "format_version = 1\nid = \"x\"\nminutes = 1\n[[step]]\nid = \"a\"\nkind = \"do\"\n{step}"
        );
        faults(&toml, "# T\n## a\nDo.\n### hint 1\nx\n### hint 2\nx\n### hint 3\nx\n### why\nx\n")
    };
    assert_eq!(minimal("expect = [{ event = \"accepted\" }]\nsolution = [\"x\"]"), Vec::<String>::new());
    assert_eq!(
        one_fault(minimal("expect = [{ event = \"accepted\" }]")),
        "lesson.toml:4: step a: a `do` step needs `solution`"
    );
    assert!(one_fault(minimal("solution = [\"x\"]")).contains("it would pass untouched"));
    assert!(
        one_fault(minimal("forbid = [{ event = \"bytes\" }]\nsolution = [\"x\"]"))
            .contains("it would pass untouched")
    );
    let quiet = "count = { event = \"bytes\", min = 1 }\nquiet = { event = \"bytes\", for = \"5s\" }\nsolution = [\"x\"]";
    assert!(one_fault(minimal(quiet)).contains("`quiet` begins after what is expected"));
    let count = "count = { event = \"bytes\" }\nexpect = [{ event = \"bytes\" }]\nsolution = [\"x\"]";
    assert!(one_fault(minimal(count)).contains("a count needs `min` or `max`"));
    let late = "setup = { run = [\"serve tcp {q}\"] }\nexpect = [{ event = \"bytes\" }]\nsolution = [\"x\"]";
    assert!(one_fault(minimal(late)).contains("nothing gives a value to `{q}`"));
    let captured = "expect = [{ event = \"bytes\" }]\ncount = { event = \"bytes\", min = 1, capture = { n = \"len\" } }\nsolution = [\"x\"]";
    assert!(one_fault(minimal(captured)).contains("only `expect`, `any` and `table` capture"));
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let toml = TOML
        .replace("minutes = 12", "minutes = 0")
        .replace("answer = \"nothing\"", "answer = \"x\"")
        .replace("for = \"5s\"", "for = \"x\"");
    let prose = PROSE.replace("{p}:", "{zz}:").replace("### why\nIts", "### wyh\nIts");
    let all = faults(&toml, &prose);
    let lines: Vec<(&str, usize)> = all
        .iter()
        .map(|told| {
            let mut parts = told.split(':');
            (parts.next().expect("a file"), parts.next().and_then(|line| line.parse().ok()).expect("a line"))
        })
        .collect();
    assert!(lines.len() >= 6, "{all:#?}");
    assert!(lines.is_sorted(), "{all:#?}");
    assert_eq!(one_fault(faults("id = [", PROSE)).split(':').next(), Some("lesson.toml"));
}

#[test]
fn languages_fall_back_and_say_so() {
    let folder = folder(TOML, PROSE);
    fs::write(folder.path().join("README.md"), "# For teachers").expect("written");
    let read = |language: &str| {
        let lesson = load(folder.path(), language).expect("no faults");
        (lesson.language, lesson.another_language)
    };
    assert_eq!(read("de"), ("en".to_owned(), true));
    fs::write(folder.path().join("de.md"), PROSE.replace("One server, one client", "Ein Server"))
        .expect("written");
    assert_eq!(read("de_AT.UTF-8"), ("de".to_owned(), false));
    assert_eq!(read("fr"), ("en".to_owned(), true));
    assert_eq!(languages(folder.path()), ["de", "en"]);
    fs::remove_file(folder.path().join("en.md")).expect("removed");
    assert_eq!(read("en"), ("de".to_owned(), true));
    fs::remove_file(folder.path().join("de.md")).expect("removed");
    let told = load(folder.path(), "en").expect_err("no prose");
    assert!(told[0].what.starts_with("there is no prose"), "{told:?}");
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let empty = tempfile::tempdir().expect("a folder");
    let told = load(empty.path(), "en").expect_err("nothing there");
    assert!(told[0].file.ends_with("/lesson.toml") && told[0].what.contains("no such file"), "{told:?}");
    assert!(
        load(&empty.path().join("nowhere"), "en").expect_err("no folder")[0].what.contains("cannot be read")
    );
    let folder = folder(TOML, PROSE);
    fs::write(folder.path().join("en.md"), b"# T\n\xff").expect("written");
    assert!(load(folder.path(), "en").expect_err("no text")[0].what.contains("not in UTF-8 (line 2)"));
    fs::write(folder.path().join("en.md"), vec![b'x'; 1024 * 1024 + 1]).expect("written");
    assert!(load(folder.path(), "en").expect_err("too long")[0].what.contains("longer than"));
    fs::write(folder.path().join("en.md"), PROSE.replace('\n', "\r\n")).expect("written");
    assert!(load(folder.path(), "en").is_ok(), "line ends of Windows");
}

#[test]
fn lessons_that_belong_together_are_ordered_and_checked() {
    let root = tempfile::tempdir().expect("a folder");
    let lesson = |folder: &str, id: &str, requires: &str| {
        let toml = TOML
            .replace("id = \"one-server\"", &format!("id = \"{id}\""))
            .replace("requires = []", &format!("requires = [{requires}]"));
        write(&root.path().join(folder), &toml, PROSE);
    };
    assert!(all(root.path(), "en").expect_err("none")[0].what.contains("no folder in it has a lesson.toml"));
    lesson("10-last", "last", "\"first\"");
    lesson("02-first", "first", "");
    lesson("extra", "extra", "");
    fs::create_dir(root.path().join("no-lesson")).expect("a folder");
    let ids: Vec<String> =
        all(root.path(), "en").expect("no faults").into_iter().map(|lesson| lesson.id).collect();
    assert_eq!(ids, ["first", "last", "extra"]);
    lesson("03-again", "first", "\"frist\"");
    let told: Vec<String> =
        all(root.path(), "en").expect_err("faults").iter().map(|fault| fault.what.clone()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|what| what.contains("has the id `first` too")), "{told:?}");
    assert!(
        told.iter()
            .any(|what| what.contains("`requires` names `frist`") && what.contains("did you mean `first`?")),
        "{told:?}"
    );
}

/// The lessons of this binary are without a fault.
#[test]
fn the_lessons_that_come_with_it_can_be_read() {
    let lessons = embedded("en").unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    assert!(lessons.iter().map(|lesson| lesson.number).is_sorted());
}

#[test]
fn what_can_never_be_measured_or_answered_is_told() {
    let told = toml_fault("of = [\"guess\"]", "of = []");
    assert!(told.contains("`of` is empty"), "{told}");
    let both = "answer = \"nothing\"\nanswer_when.echo = [{ event = \"bytes\" }]\nmisconception.echo";
    let told = toml_fault("answer = \"nothing\"\nmisconception.echo", both);
    assert!(told.contains("has `answer` and `answer_when`"), "{told}");
    let sum = "measure.x = { sum = \"peer\", of = { event = \"bytes\" } }\nmeasure.tries";
    let told = toml_fault("measure.tries", sum);
    assert!(told.contains("step try: `peer` is no number"), "{told}");
    let flag = "[{ event = \"closed\", local_port = true }]";
    let told = toml_fault(
        "[{ event = \"bytes\", side = \"client\", direction = \"received\" }]\ncount",
        &format!("{flag}\ncount"),
    );
    assert!(told.contains("`local_port` is never true or false"), "{told}");
}

#[test]
fn a_value_may_be_measured_on_several_sides() {
    let both = "measure.port = [\n  { field = \"local_port\", of = { event = \"connected\" }, last = true },\n  { field = \"peer_port\", of = { event = \"accepted\" } },\n]";
    let one = "measure.port = { field = \"local_port\", of = { event = \"connected\" }, last = true }";
    assert_eq!(faults(&TOML.replace(one, both), PROSE), [""; 0]);
    let told = toml_fault(one, &both.replace("peer_port", "peer_prot"));
    assert!(told.contains("no field `peer_prot`; did you mean `peer_port`?"), "{told}");
    let told = toml_fault(one, "measure.port = []");
    assert!(told.contains("`port` has nothing to measure"), "{told}");
}
