//! The guided lessons as a learner meets them: on terminals of several kinds and widths, interrupted, resumed, with wrong answers
//! and other programs, and without any terminal.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that cannot go on has to stop"
)]

#[path = "lesson_terminal/answers.rs"]
mod answers;
#[path = "support/bind.rs"]
mod bind;
#[path = "support/browser.rs"]
mod browser;
#[path = "lesson_terminal/interrupted.rs"]
mod interrupted;
#[path = "lesson_terminal/learner.rs"]
mod learner;
#[path = "lesson_terminal/others.rs"]
mod others;
#[path = "lesson_terminal/screen.rs"]
mod screen;
mod support;
#[path = "lesson_terminal/surroundings.rs"]
mod surroundings;
#[path = "lesson_terminal/typing.rs"]
mod typing;

use std::collections::BTreeMap;
use std::net::{Ipv6Addr, TcpListener};

use learner::{Learner, Look};
use netlearn::lesson::{Fact, Lesson, load};

fn lessons() -> Vec<Lesson> {
    load::embedded("en").expect("the lessons in the binary")
}

/// Whether this system tells that, as far as a lesson's values or a try show it.
fn has(fact: Fact, values: &BTreeMap<String, String>) -> bool {
    match fact {
        Fact::Lan => values.contains_key("lan"),
        Fact::Ipv6 => TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        Fact::TcpInfo | Fact::Connections | Fact::Counters => cfg!(target_os = "linux"),
        Fact::Unix => true,
    }
}

/// All six lessons at once, each to its end.
fn walk(look: Look, wrong: usize, after: impl Fn(&Lesson, &mut Learner) + Sync) {
    let lessons = lessons();
    assert_eq!(lessons.len(), 6);
    let last = lessons.last().map(|lesson| lesson.id.clone());
    std::thread::scope(|scope| {
        for lesson in &lessons {
            let (after, last) = (&after, &last);
            scope.spawn(move || {
                let home = tempfile::tempdir().unwrap();
                let mut learner = Learner::begin(home.path(), look, &[&lesson.id]);
                learner.walk(lesson, wrong);
                if Some(&lesson.id) != last.as_ref() {
                    learner.say("q");
                }
                learner.ends(0);
                let ended = learner.rest().into_iter().find(|event| event["event"] == "lesson_ended");
                assert_eq!(ended.expect("an end")["finished"], true, "{}", learner.everything());
                learner.fits();
                learner.refuted(lesson, wrong);
                after(lesson, &mut learner);
            });
        }
    });
}

#[test]
fn six_lessons_on_a_usual_terminal() {
    walk(learner::USUAL, 0, |_, learner| {
        let text = String::from_utf8_lossy(&learner.raw).into_owned();
        assert!(text.contains("\u{1b}[1m"), "bold words");
        assert!(text.rfind("\u{1b}[?2004h") < text.rfind("\u{1b}[?2004l"), "bracketed paste was left on");
        assert!(text.rfind("\u{1b}[?25l") <= text.rfind("\u{1b}[?25h"), "the cursor was left hidden");
    });
}

#[test]
fn six_lessons_without_colours_in_sixty_columns() {
    let look = Look { columns: 60, env: &[("NO_COLOR", "1")], flags: &[] };
    let colours = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    walk(look, 1, |_, learner| {
        assert!(!colours.is_match(&String::from_utf8_lossy(&learner.raw)), "{}", learner.everything());
    });
}

#[test]
fn six_lessons_on_a_terminal_that_cannot_move_its_cursor() {
    let look = Look { columns: 120, env: &[("TERM", "dumb")], flags: &[] };
    walk(look, 2, |_, learner| {
        let text = String::from_utf8_lossy(&learner.raw).into_owned();
        assert!(text.is_ascii() && !text.contains('\u{1b}'), "{text}");
    });
}

#[test]
fn plain_lines_in_ascii() {
    let lessons = lessons();
    let home = tempfile::tempdir().unwrap();
    let look = Look { columns: 80, env: &[], flags: &["--plain", "--ascii"] };
    let mut learner = Learner::begin(home.path(), look, &["3"]);
    learner.walk(&lessons[2], 0);
    learner.say("q");
    learner.ends(0);
    learner.fits();
    let text = String::from_utf8_lossy(&learner.raw).into_owned();
    assert!(text.is_ascii() && !text.contains("\u{1b}[?"), "{text}");
}
