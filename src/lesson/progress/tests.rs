use std::fs;
use std::process::{Child, Command, Stdio};

use jiff::SignedDuration;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::lesson::text::Value;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep/er/progress.json");
    (folder, path)
}

fn open(path: &Path) -> Progress {
    let (progress, set_aside) = Progress::open(path.to_owned());
    assert_eq!(set_aside, None);
    progress
}

fn step(id: &str) -> String {
    id.to_owned()
}

fn judged() -> Change {
    Change::Judged { step: step("try"), verdict: Judged::NotYet }
}

fn attempts(progress: &Progress) -> u32 {
    progress.lesson("a").and_then(|lesson| lesson.steps.get("try")).map_or(0, |step| step.attempts)
}

#[test]
fn what_was_done_is_there_the_next_time() {
    let (_folder, path) = folder();
    let mut progress = open(&path);
    let mut values = Values::default();
    values.set("p", Value::Number(3000));
    let changes = [
        Change::Began,
        Change::Predicted { step: step("guess"), choice: "echo".to_owned(), right: None },
        Change::Reached { step: step("try"), connections: 2, bytes: 11 },
        Change::Judged { step: step("try"), verdict: Judged::Environment },
        judged(),
        Change::Hinted { step: step("try"), n: 2 },
        Change::Hinted { step: step("try"), n: 1 },
        Change::Judged { step: step("try"), verdict: Judged::Pass },
        Change::Passed { step: step("try"), values: values.clone() },
        Change::Predicted { step: step("guess"), choice: "echo".to_owned(), right: Some(false) },
        Change::Skipped { step: step("hard") },
        Change::Recalled { step: step("later"), right: true },
    ];
    for (second, change) in (0..).zip(changes) {
        progress.update("a", change, at(second)).expect("saved");
    }
    let again = open(&path);
    assert_eq!(again.lesson("a"), progress.lesson("a"));
    let lesson = again.lesson("a").expect("begun");
    assert_eq!((lesson.runs, lesson.began, lesson.reached.as_deref()), (1, Some(at(0)), Some("try")));
    assert_eq!((lesson.connections, lesson.bytes), (2, 11));
    let tried = &lesson.steps["try"];
    assert_eq!((tried.attempts, tried.not_yet, tried.environment, tried.hints), (2, 1, 1, 2));
    assert_eq!((tried.passed, &tried.values), (Some(at(8)), &values));
    let predicted = lesson.steps["guess"].predicted.as_ref().expect("predicted");
    assert_eq!((predicted.choice.as_str(), predicted.right, predicted.at), ("echo", Some(false), at(1)));
    assert_eq!(lesson.steps["guess"].predicted_again, None);
    assert_eq!(lesson.steps["hard"].skipped, Some(at(10)));
    assert_eq!(again.lessons().map(|(id, _)| id).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_replay_erases_nothing() {
    let mut progress = Progress::in_memory();
    let mut tell = |change: Change, second: i64| progress.update("a", change, at(second)).expect("kept");
    let predicted =
        |choice: &str, right| Change::Predicted { step: step("guess"), choice: choice.to_owned(), right };
    for second in [0, 100] {
        tell(Change::Began, second);
        tell(predicted(if second == 0 { "echo" } else { "nothing" }, Some(second > 0)), second + 1);
        tell(Change::Passed { step: step("try"), values: Values::default() }, second + 2);
        tell(Change::Skipped { step: step("try") }, second + 3);
        tell(Change::Finished, second + 4);
    }
    let lesson = progress.lesson("a").expect("begun");
    assert_eq!((lesson.runs, lesson.began, lesson.finished), (2, Some(at(0)), Some(at(4))));
    assert_eq!((lesson.steps["try"].passed, lesson.steps["try"].skipped), (Some(at(2)), None));
    let guess = &lesson.steps["guess"];
    assert_eq!(guess.predicted.as_ref().map(|made| made.choice.as_str()), Some("echo"));
    assert_eq!(guess.predicted_again.as_ref().map(|made| made.choice.as_str()), Some("nothing"));
}

/// What was skipped is told until it is done; a replay of what was gone through skips nothing anew.
#[test]
fn a_step_is_skipped_until_it_is_done() {
    let mut progress = Progress::in_memory();
    let step = str::to_owned;
    let skipped =
        |progress: &Progress, id: &str| progress.lesson("a").expect("begun").steps[id].skipped.is_some();
    let mut tell = |change: Change| {
        progress.update("a", change, at(0)).expect("kept");
        progress.lesson("a").expect("begun").clone()
    };
    for id in ["read", "guess", "look"] {
        assert!(tell(Change::Skipped { step: step(id) }).steps[id].skipped.is_some(), "{id}");
    }
    tell(Change::Read { step: step("read") });
    tell(Change::Predicted { step: step("guess"), choice: "a".to_owned(), right: None });
    tell(Change::Judged { step: step("look"), verdict: Judged::Pass });
    for id in ["guess", "look"] {
        tell(Change::Skipped { step: step(id) });
    }
    tell(Change::Finished);
    tell(Change::Skipped { step: step("read") });
    for id in ["read", "guess", "look"] {
        assert!(!skipped(&progress, id), "{id}");
    }
}

#[test]
fn two_at_once_lose_nothing() {
    let (_folder, path) = folder();
    let mut first = open(&path);
    let mut second = open(&path);
    first.update("a", judged(), at(1)).expect("saved");
    second.update("b", Change::Began, at(2)).expect("saved");
    assert!(second.lesson("a").is_some(), "what the other wrote is taken over");
    first.update("a", judged(), at(3)).expect("saved");
    let again = open(&path);
    assert_eq!((attempts(&again), again.lesson("b").map(|lesson| lesson.runs)), (2, Some(1)));
}

#[test]
fn many_threads_lose_nothing() {
    let (_folder, path) = folder();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut progress = open(&path);
                for _ in 0..25 {
                    progress.update("a", judged(), at(1)).expect("saved");
                }
            });
        }
    });
    assert_eq!(attempts(&open(&path)), 200);
}

/// The variable that makes a test below the writer that another of its kind started.
const WRITER: &str = "NETLEARN_TEST_PROGRESS_WRITER";

fn writer(test: &str, path: &Path) -> Child {
    let name = format!("lesson::progress::tests::{test}");
    let own = std::env::current_exe().expect("the test's own program");
    let mut command = Command::new(own);
    command.args([&name, "--exact", "--nocapture"]).env(WRITER, path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process")
}

#[test]
fn processes_lose_nothing() {
    if let Some(path) = std::env::var_os(WRITER) {
        let mut progress = open(Path::new(&path));
        for _ in 0..40 {
            progress.update("a", judged(), at(1)).expect("saved");
        }
        return;
    }
    let (_folder, path) = folder();
    let writers: Vec<Child> = (0..3).map(|_| writer("processes_lose_nothing", &path)).collect();
    for mut writer in writers {
        assert!(writer.wait().expect("it ends").success());
    }
    assert_eq!(attempts(&open(&path)), 120);
}

#[test]
fn a_writer_that_is_killed_leaves_a_whole_file() {
    if let Some(path) = std::env::var_os(WRITER) {
        let mut progress = open(Path::new(&path));
        for _ in 0..100_000 {
            progress.update("a", judged(), at(1)).expect("saved");
        }
        return;
    }
    let (_folder, path) = folder();
    let mut before = 0;
    for round in 0..8 {
        let mut writers: Vec<Child> =
            (0..2).map(|_| writer("a_writer_that_is_killed_leaves_a_whole_file", &path)).collect();
        // Every look at the file while they write finds a whole one, and never less than before.
        while attempts(&open(&path)) < before + 5 + round {
            for writer in &mut writers {
                assert!(
                    writer.try_wait().expect("it can be asked").is_none(),
                    "it writes until it is killed"
                );
            }
        }
        for writer in &mut writers {
            writer.kill().expect("it is killed");
            writer.wait().expect("it ends");
        }
        let mut progress = open(&path);
        let killed_at = attempts(&progress);
        assert!(killed_at >= before + 5);
        // Its lock went with it.
        progress.update("a", judged(), at(2)).expect("saved");
        before = killed_at + 1;
        assert_eq!(attempts(&open(&path)), before);
    }
}

#[test]
fn damage_is_set_aside_and_told() {
    let (folder, path) = folder();
    open(&path).update("a", judged(), at(1)).expect("saved");
    for (n, damage) in
        (1..).zip(["{\"version\":1,\"lessons\":{\"a\":", "[]", "{\"version\":1,\"lessons\":7}", "\u{0}"])
    {
        fs::write(&path, damage).expect("written");
        let (mut progress, set_aside) = Progress::open(path.clone());
        let set_aside = set_aside.expect("told");
        assert_eq!(set_aside.now_at, folder.path().join(format!("deep/er/progress.json.damaged-{n}")));
        assert_eq!(fs::read_to_string(&set_aside.now_at).expect("kept"), damage);
        assert!(!set_aside.because.is_empty());
        assert_eq!(progress.lessons().count(), 0);
        progress.update("b", Change::Began, at(2)).expect("saved");
        assert_eq!(progress.set_aside(), None, "told once");
    }
    // While a lesson runs: what it knows goes into the new file.
    let mut progress = open(&path);
    progress.update("a", judged(), at(1)).expect("saved");
    fs::write(&path, "damage").expect("written");
    progress.update("a", judged(), at(2)).expect("saved");
    assert!(
        progress.set_aside().is_some_and(|set_aside| set_aside.now_at.ends_with("progress.json.damaged-5"))
    );
    let again = open(&path);
    assert_eq!((attempts(&again), again.lesson("b").map(|lesson| lesson.runs)), (2, Some(1)));
}

#[test]
fn a_later_form_is_left_as_it_is() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let later = "{\"version\":2,\"everything\":\"else\"}";
    fs::write(&path, later).expect("written");
    let mut progress = open(&path);
    let error = progress.update("a", judged(), at(1)).expect_err("not written");
    assert!(error.to_string().contains("written by a later netlearn (version 2"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("there"), later);
    assert_eq!(attempts(&progress), 1, "in memory it goes on");
}

#[test]
fn what_a_later_netlearn_added_is_kept() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let text = r#"{"version":1,"new":[1],"lessons":{"a":{"colour":"blue","steps":{"try":{"mood":"good"}}}}}"#;
    fs::write(&path, text).expect("written");
    open(&path).update("a", judged(), at(1)).expect("saved");
    let json: Json = serde_json::from_slice(&fs::read(&path).expect("there")).expect("JSON");
    assert_eq!(json["new"][0], 1);
    assert_eq!(json["lessons"]["a"]["colour"], "blue");
    assert_eq!(json["lessons"]["a"]["steps"]["try"]["mood"], "good");
    assert_eq!(json["lessons"]["a"]["steps"]["try"]["attempts"], 1);
}

#[test]
fn what_cannot_be_saved_now_is_saved_later() {
    let (folder, path) = folder();
    // A file stands where the folder should.
    fs::write(folder.path().join("deep"), "").expect("written");
    let mut progress = open(&path);
    for second in 1..=3 {
        let error = progress.update("a", judged(), at(second)).expect_err("no folder");
        assert!(matches!(error, ProgressError::Io { .. }), "{error}");
    }
    assert_eq!(attempts(&progress), 3);
    fs::remove_file(folder.path().join("deep")).expect("removed");
    progress.update("a", judged(), at(4)).expect("saved");
    assert_eq!((attempts(&progress), attempts(&open(&path))), (4, 4));
}

#[test]
fn a_lesson_can_be_forgotten() {
    let (folder, path) = folder();
    let mut progress = open(&path);
    for lesson in ["a", "b", "c"] {
        progress.update(lesson, judged(), at(1)).expect("saved");
    }
    assert_eq!(progress.reset(Some("b")).expect("saved"), 1);
    assert_eq!(progress.reset(Some("b")).expect("nothing to do"), 0);
    assert_eq!(open(&path).lessons().map(|(id, _)| id.to_owned()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(progress.reset(None).expect("saved"), 2);
    assert_eq!((progress.lessons().count(), open(&path).lessons().count()), (0, 0));
    // What could not be saved is forgotten with its lesson, and no other's.
    let blocked = folder.path().join("blocked/progress.json");
    fs::write(folder.path().join("blocked"), "").expect("written");
    let mut progress = open(&blocked);
    for lesson in ["a", "b"] {
        progress.update(lesson, judged(), at(1)).expect_err("no folder");
    }
    fs::remove_file(folder.path().join("blocked")).expect("removed");
    progress.reset(Some("b")).expect("saved");
    assert_eq!(progress.lessons().map(|(id, _)| id).collect::<Vec<_>>(), ["a"]);
    progress.update("c", judged(), at(2)).expect("saved");
    assert_eq!(open(&blocked).lessons().map(|(id, _)| id.to_owned()).collect::<Vec<_>>(), ["a", "c"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_private_file_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (real, link) = (folder.path().join("real.json"), folder.path().join("progress.json"));
    fs::write(&real, "").expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).expect("set");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    open(&link).update("a", judged(), at(1)).expect("saved");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(attempts(&open(&real)), 1);
    assert_eq!(fs::metadata(&real).expect("there").permissions().mode() & 0o777, 0o600);
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, near in r#"\{"version":1,"lessons":\{"a":\{("[a-z]{1,8}":[0-9a-z"\{\}]{1,6},?){0,3}\}\}\}"#) {
        let _ = file::understood(&bytes);
        let _ = file::understood(near.as_bytes());
    }
}
