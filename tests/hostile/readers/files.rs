//! Files that somebody hands on: recordings, lessons, progress, answers.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;

use netlearn::event::recording::Reader;
use netlearn::event::recording::merge::{Merge, Source};
use netlearn::event::recording::sketch::Sketch;
use netlearn::lesson::answers::Answers;
use netlearn::lesson::expect::{self, Verdict, judge};
use netlearn::lesson::log::Log;
use netlearn::lesson::progress::{Change, Progress};
use netlearn::lesson::text::Values;
use netlearn::lesson::{Check, Kind, Lesson, load};

use super::{terminal, views};

/// Events of one recording that are shown; all are read.
const SHOWN: usize = 60;

/// A recording.
pub fn recording(octets: &[u8]) {
    let Ok(mut reader) = Reader::open(octets) else { return };
    let header = reader.header.clone();
    let mut events = Vec::new();
    for event in reader.by_ref() {
        match event {
            Ok(event) => events.push(event),
            Err(error) => drop(error.to_string()),
        }
    }
    events.truncate(SHOWN);
    views::harmless(Some(&header), &events, (octets.len() % 256) as u8);
}

/// Several recordings, divided by 0xff, which no text has: every event comes once, those of one file in their order.
pub fn merged(octets: &[u8]) {
    let files: Vec<&[u8]> = octets.split(|octet| *octet == 0xff).take(4).collect();
    let mut sources = Vec::new();
    let mut whole = 0;
    for (index, file) in files.iter().enumerate() {
        let (Ok(first), Ok(second)) = (Reader::open(*file), Reader::open(*file)) else { return };
        let header = first.header.clone();
        whole += Reader::open(*file).into_iter().flatten().filter(Result::is_ok).count();
        sources.push(Source { name: format!("{index}"), sketch: Sketch::of(header, first), events: second });
    }
    let mut merge = Merge::new(vec![], sources);
    let header = merge.header.clone();
    let mut events = Vec::new();
    let mut before = None;
    for event in merge.by_ref() {
        assert!(before < Some(event.seq), "events are numbered as they come");
        before = Some(event.seq);
        events.push(event);
    }
    let own = |name: &str| matches!(name, "recordings_merged" | "flows_matched" | "told_by");
    let told = events.iter().filter(|event| !own(event.kind.name())).count();
    // A file may itself be a merged one.
    assert!(told <= whole && whole <= events.len(), "{told} of {whole}, {}", events.len());
    events.truncate(SHOWN);
    views::harmless(Some(&header), &events, (octets.len() % 256) as u8);
}

/// A lesson's two files, divided by 0xff.
pub fn lesson(octets: &[u8]) {
    let divide = octets.iter().position(|octet| *octet == 0xff).unwrap_or(octets.len());
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, octets: &[u8]| fs::write(folder.path().join(name), octets).expect("a file");
    write("lesson.toml", &octets[..divide]);
    write("en.md", octets.get(divide + 1..).unwrap_or_default());
    fs::create_dir(folder.path().join("programs")).expect("a folder");
    write("programs/server.js", b"one();\ntwo();\nthree();\n");
    match load::load(folder.path(), "en") {
        Err(faults) => {
            assert!(!faults.is_empty());
            faults.iter().for_each(|fault| drop(fault.to_string()));
        }
        Ok(lesson) => {
            load::lint(&lesson).iter().for_each(|warning| drop(format!("{warning:?}")));
            for step in &lesson.steps {
                terminal::markdown(&step.body, octets.len());
                if let Kind::Do(task) = &step.kind {
                    task.hints.iter().for_each(|hint| terminal::markdown(hint, octets.len()));
                    judged(&task.check);
                }
            }
        }
    }
}

/// A check that somebody wrote can be judged, whatever it is.
fn judged(check: &Check) {
    let log = told(include_bytes!("../../recordings/get.jsonl"));
    let verdict = judge(check, log.seen(), &[], &Values::default(), Duration::from_secs(1));
    if let Verdict::Open(missing) | Verdict::Broken(missing) = verdict
        && let (Some((from, to)), Some(saw)) = (missing.part, missing.saw)
    {
        assert!(saw.text.get(from..to).is_some(), "{from}..{to} of {:?}", saw.text);
    }
}

/// The file of somebody's progress: what is no progress is put aside, and whatever it was, the next change is kept.
pub fn progress(octets: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("progress.json");
    fs::write(&path, octets).expect("a file");
    let (mut progress, _) = Progress::open(path.clone()).expect("a regular file, or none");
    for (id, lesson) in progress.lessons() {
        let _ = (id, lesson.is_done());
    }
    let now = "2026-11-23T10:00:00Z".parse().expect("a time");
    if progress.update("one-server", Change::Began, now).is_ok() && progress.path().is_some() {
        let (again, aside) = Progress::open(path).expect("a regular file, or none");
        assert!(aside.is_none(), "what was written is read");
        assert!(again.lesson("one-server").is_some_and(|lesson| lesson.began.is_some()));
    }
}

/// An answers file.
pub fn answers(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    match Answers::read(&text, "answers.toml") {
        Err(fault) => assert!(fault.line >= 1 && !fault.to_string().is_empty()),
        Ok(answers) => {
            for step in answers.steps() {
                assert!(answers.answer(step).is_some() != answers.input(step).is_some(), "{step}");
            }
        }
    }
}

fn told(lines: &[u8]) -> Log {
    let mut log = Log::new();
    let job = log.job("get");
    for line in String::from_utf8_lossy(lines).lines() {
        let _ = log.line(job, line);
    }
    log
}

/// What a lesson's child says of itself: its events, judged and put into words.
pub fn log(octets: &[u8]) {
    let log = told(octets);
    for seen in log.seen() {
        let _ = (seen.kind(), seen.seq(), seen.flow(), seen.done());
        if let Some(event) = &seen.event {
            drop(serde_json::to_string(event).expect("an event is JSON"));
        }
    }
    static LESSONS: OnceLock<Vec<Lesson>> = OnceLock::new();
    let lessons = LESSONS.get_or_init(|| load::embedded("en").expect("our own lessons"));
    let which = octets.len() % lessons.len();
    for step in lessons[which].steps.iter() {
        let Kind::Do(task) = &step.kind else { continue };
        let verdict = judge(&task.check, log.seen(), &[], &Values::default(), Duration::from_secs(9));
        if let Verdict::Open(missing) | Verdict::Broken(missing) = verdict {
            let saw = missing.saw.map(|saw| saw.text).unwrap_or_default();
            if let Some((from, to)) = missing.part {
                assert!(saw.get(from..to).is_some(), "{from}..{to} of {saw:?}");
            }
            terminal::verdict(&saw, missing.part, octets.len());
        }
        let _ = expect::measure(&task.measure, log.seen(), &Values::default());
    }
}
