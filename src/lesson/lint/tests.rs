use std::fs;

use super::*;
use crate::lesson::load::load;

const TOML: &str = include_str!("../load/tests/lesson.toml");
const PROSE: &str = include_str!("../load/tests/en.md");

fn warnings(toml: &str, prose: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("programs")).expect("a folder");
    fs::write(folder.path().join("lesson.toml"), toml).expect("written");
    fs::write(folder.path().join("en.md"), prose).expect("written");
    fs::write(folder.path().join("programs/log-server.js"), "a\nb\nc\nd\n").expect("written");
    let lesson = load(folder.path(), "en").expect("no faults");
    let place = format!("{}/", folder.path().display());
    let shown = |warning: Warning| {
        let step = warning.step.map(|step| format!("step {step}: ")).unwrap_or_default();
        format!("{}:{}: {step}{}", warning.file.replace(&place, ""), warning.line, warning.what)
    };
    lint(&lesson).into_iter().map(shown).collect()
}

/// What a change adds.
fn added(toml: &str, prose: &str) -> Vec<String> {
    let before = warnings(TOML, PROSE);
    let bare = |text: &String| text.splitn(3, ':').nth(2).map(str::to_owned);
    let known: Vec<Option<String>> = before.iter().map(bare).collect();
    warnings(toml, prose).into_iter().filter(|warning| !known.contains(&bare(warning))).collect()
}

fn one(all: Vec<String>) -> String {
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().unwrap_or_default()
}

#[test]
fn a_good_lesson_is_told_what_it_lacks() {
    let told = warnings(TOML, PROSE);
    assert!(told.iter().any(|what| what.contains("no `### elsewhere`")), "{told:#?}");
    assert!(
        told.iter().any(|what| what.contains("`{try.back}` has no value where connections is missing")),
        "{told:#?}"
    );
    assert!(told.iter().any(|what| what.contains("has no hints of its own")), "{told:#?}");
    assert!(!told.iter().any(|what| what.contains("minutes") || what.contains("misconception")), "{told:#?}");
}

#[test]
fn a_lesson_that_is_too_long_is_told() {
    let told = one(added(&TOML.replace("minutes = 12", "minutes = 3"), PROSE));
    assert!(told.starts_with("lesson.toml:3: it says 3 minutes and takes about 4: "), "{told}");
    assert!(told.ends_with(" words, 1 prediction, 1 task"), "{told}");
    let long = PROSE.replace("A **server** listens.", &"word ".repeat(1_500));
    let told = added(TOML, &long);
    assert!(told.iter().any(|what| what.contains("takes about 14")), "{told:#?}");
    assert!(told.iter().any(|what| what.contains("step welcome: about 97 rows at 80 columns")), "{told:#?}");
}

#[test]
fn what_does_not_fit_or_serve_is_told() {
    let wide = format!("~~~type\n{}\n~~~\n### hint 1", "x".repeat(73));
    assert!(one(added(TOML, &PROSE.replace("### hint 1", &wide))).contains("wider than 72 columns"));
    let told = one(added(&TOML.replace("of = [\"guess\"]\n", ""), PROSE));
    assert!(told.contains("step guess: no `explain` step answers this prediction"), "{told}");
    let told = one(added(&TOML.replace("misconception.echo = \"servers-echo\"\n", ""), PROSE));
    assert!(told.contains("step guess: the wrong choice `echo` shows no misconception"), "{told}");
    let told = one(added(
        &TOML.replace("wrong = [{ input = [\"serve tcp {p}\"], verdict = \"not-yet\" }]\n", ""),
        PROSE,
    ));
    assert!(told.contains("no wrong attempt"), "{told}");
    let told = one(added(TOML, &PROSE.replace("### question\nWho ends it?\n", "")));
    assert!(told.contains("no `### question`"), "{told}");
    let told = one(added(TOML, &PROSE.replace("A **server** listens.", "A **server** listens at {lan}.")));
    assert!(told.contains("step welcome: it reads `{lan}` and does not say `needs = [\"lan\"]`"), "{told}");
    let unused = TOML.replace("program = \"log-server.js\"\nexpect", "expect");
    assert!(
        one(added(&unused, &PROSE.replace("~~~program log-server.js 3-4\n~~~\n", "")))
            .contains("nothing uses programs/log-server.js")
    );
}
