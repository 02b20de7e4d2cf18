use tempfile::TempDir;

use super::*;
use crate::lesson::{Answer, Fact, Kind, Matcher, TableKind};

mod faults;
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
