//! The programs of a lesson: real children, what they say, and that nothing is left of them.
#![cfg(target_os = "linux")]

use std::net::TcpListener;
use std::time::Duration;

use netlearn::command::lesson::jobs::{Inbox, Jobs, Look, News, Program, Stream};
use serde_json::Value;
use tempfile::TempDir;

const LOOK: Look = Look { width: 70, color: false, ascii: false, facts: true };
const GUARD: Duration = Duration::from_secs(30);

struct Lesson {
    jobs: Jobs,
    inbox: Inbox,
    folder: TempDir,
    /// What came while something else was waited for: two jobs tell in no order.
    kept: Vec<News>,
}

impl Lesson {
    fn new() -> Lesson {
        let folder = tempfile::tempdir().expect("a folder");
        let (jobs, inbox) = Jobs::of(env!("CARGO_BIN_EXE_netlearn").into(), folder.path().to_owned());
        Lesson { jobs, inbox, folder, kept: Vec::new() }
    }

    fn netlearn(&mut self, line: &str) -> u32 {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        self.jobs.start(Program::Netlearn(&words), self.folder.path(), &LOOK).expect("it starts")
    }

    fn shell(&mut self, line: &str) -> u32 {
        self.jobs.start(Program::Shell(line), self.folder.path(), &LOOK).expect("it starts")
    }

    async fn next(&mut self) -> News {
        tokio::time::timeout(GUARD, self.inbox.next()).await.expect("news in time").expect("jobs are there")
    }

    /// The next event of a kind from a job.
    async fn event(&mut self, of: u32, kind: &str) -> Value {
        loop {
            match self.next().await {
                News::Event { job, line } if job == of => {
                    let event: Value = serde_json::from_str(&line).expect("JSON");
                    if event["event"] == kind {
                        return event;
                    }
                }
                other @ (News::Text { .. } | News::Event { .. } | News::Ended { .. }) => {
                    self.kept.push(other)
                }
            }
        }
    }

    /// All that a job says until its end, and its exit code.
    async fn until_end(&mut self, of: u32) -> (Vec<(Stream, String)>, Option<i32>) {
        let mut told = Vec::new();
        let mut before = std::mem::take(&mut self.kept).into_iter();
        loop {
            let news = match before.next() {
                Some(news) => news,
                None => self.next().await,
            };
            match news {
                News::Text { job, stream, text, .. } if job == of => told.push((stream, text)),
                News::Ended { job, status } if job == of => {
                    self.kept.extend(before);
                    return (told, status.expect("a status").code());
                }
                other @ (News::Text { .. } | News::Event { .. } | News::Ended { .. }) => {
                    self.kept.push(other)
                }
            }
        }
    }

    async fn server(&mut self, more: &str) -> (u32, u16) {
        let job = self.netlearn(&format!("serve tcp --port 0{more}"));
        let port = self.event(job, "listening").await["local_port"].as_u64().expect("a port");
        (job, u16::try_from(port).expect("a port"))
    }
}

/// Whether that process is there; one that has ended and is not waited for is not.
fn lives(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_server_and_a_client_tell_and_end() {
    let mut lesson = Lesson::new();
    let (server, port) = lesson.server("").await;
    let client = lesson.netlearn(&format!("connect 127.0.0.1:{port}"));
    assert_eq!((server, client), (1, 2));
    lesson.event(client, "connected").await;
    lesson.jobs.type_in(client, b"hello\n").expect("it reads");
    assert_eq!(lesson.event(server, "bytes").await["len"], 6);
    let running = lesson.jobs.running();
    assert_eq!(running.len(), 2);
    assert_eq!(running[1].line, format!("connect 127.0.0.1:{port}"));
    lesson.jobs.end_input(client);
    let half = lesson.event(server, "half_closed").await;
    assert_eq!(half["by"], "client");
    let (told, code) = lesson.until_end(client).await;
    assert_eq!(code, Some(0), "{told:?}");
    assert!(told.iter().all(|(stream, _)| *stream == Stream::Err), "{told:?}");
    let refused = lesson.jobs.type_in(client, b"more\n").expect_err("it has ended");
    assert!(matches!(refused.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::BrokenPipe));
    lesson.jobs.end_all().await;
    assert_eq!(lesson.jobs.running(), []);
    // The port is free at once, and no channel is left behind.
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    assert_eq!(std::fs::read_dir(lesson.folder.path()).expect("a folder").count(), 0);
    let (_, code) = lesson.until_end(server).await;
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn an_interrupt_is_for_one_job() {
    let mut lesson = Lesson::new();
    let (server, port) = lesson.server(" --silent").await;
    let client = lesson.netlearn(&format!("connect 127.0.0.1:{port}"));
    lesson.event(client, "connected").await;
    lesson.jobs.interrupt(client);
    let (_, code) = lesson.until_end(client).await;
    assert_eq!(code, Some(130));
    assert_eq!(lesson.jobs.running().iter().map(|job| job.job).collect::<Vec<_>>(), [server]);
    lesson.jobs.end(server).await;
    assert_eq!(lesson.jobs.running(), []);
}

#[tokio::test]
async fn text_comes_whole_and_before_the_end_and_others_are_escaped() {
    let mut lesson = Lesson::new();
    let job = lesson.shell("printf 'one\\n\\033[1mtwo\\033[0m\\033[2J\\nrest'; echo wrong >&2; exit 3");
    let (told, code) = lesson.until_end(job).await;
    let out: Vec<&str> =
        told.iter().filter(|(stream, _)| *stream == Stream::Out).map(|(_, text)| text.as_str()).collect();
    assert_eq!(out, ["one", "two\\x1b[2J", "rest"]);
    assert!(told.contains(&(Stream::Err, "wrong".to_owned())));
    assert_eq!(code, Some(3));
}

#[tokio::test]
async fn a_line_that_waits_is_shown_before_its_end() {
    let mut lesson = Lesson::new();
    // The shell waits for a FIFO that is opened only once its prompt was seen.
    let job = lesson.shell("mkfifo go; printf 'name? '; read name < go; echo $name");
    let News::Text { text, .. } = lesson.next().await else { panic!("text") };
    assert_eq!(text, "name? ");
    let second = lesson.shell("echo netlearn > go");
    let (told, _) = lesson.until_end(job).await;
    assert_eq!(told, [(Stream::Out, "netlearn".to_owned())]);
    lesson.jobs.end(second).await;
}

#[tokio::test]
async fn a_program_left_in_the_background_holds_nothing_up_and_ends_with_the_lesson() {
    let mut lesson = Lesson::new();
    let job = lesson.shell("sleep 600 & echo $!");
    let (told, code) =
        tokio::time::timeout(Duration::from_secs(10), lesson.until_end(job)).await.expect("it ends");
    assert_eq!(code, Some(0));
    let pid: i32 = told[0].1.parse().expect("a number");
    assert!(lives(pid));
    let running = lesson.jobs.running();
    assert!(running.len() == 1 && running[0].left_behind, "{running:?}");
    lesson.jobs.end_all().await;
    assert!(!lives(pid));
}

#[tokio::test]
async fn a_program_that_will_not_end_is_killed() {
    let mut lesson = Lesson::new();
    let job = lesson.shell("trap '' TERM INT; echo ready; while :; do sleep 0.1; done");
    let News::Text { text, .. } = lesson.next().await else { panic!("text") };
    assert_eq!(text, "ready");
    lesson.jobs.interrupt(job);
    lesson.jobs.end(job).await;
    assert_eq!(lesson.jobs.running(), []);
    let (_, code) = lesson.until_end(job).await;
    assert_eq!(code, None, "by a signal");
}

#[tokio::test]
async fn a_flood_waits_for_its_reader() {
    let mut lesson = Lesson::new();
    let job = lesson.shell("yes | tr -d '\\n'");
    assert!(matches!(lesson.next().await, News::Text { .. }));
    // As long as nobody reads, it comes no further than what may wait: then nothing new comes in a while.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut waiting = 0;
    while let Some(news) = lesson.inbox.ready() {
        let News::Text { text, .. } = news else { panic!("only text: {news:?}") };
        assert!(text.len() <= 8192);
        waiting += text.len();
    }
    assert!((1..=5 * 1024 * 1024).contains(&waiting), "{waiting} octets waited");
    // It goes on as it is read, and its end needs no reader.
    assert!(matches!(lesson.next().await, News::Text { .. }));
    tokio::time::timeout(GUARD, lesson.jobs.end(job)).await.expect("the end waits for no reader");
    let (told, _) = lesson.until_end(job).await;
    let rest: usize = told.iter().map(|(_, text)| text.len()).sum();
    assert!(rest <= 9 * 1024 * 1024, "{rest} octets came");
}

#[tokio::test]
async fn what_runs_is_killed_when_the_jobs_are_dropped() {
    let mut lesson = Lesson::new();
    let job = lesson.shell("sleep 600 & echo $!; wait");
    let News::Text { text, .. } = lesson.next().await else { panic!("text") };
    let pid: i32 = text.parse().expect("a number");
    let (server, _) = lesson.server("").await;
    let running = lesson.jobs.running();
    assert_eq!(running.iter().map(|run| run.job).collect::<Vec<_>>(), [job, server]);
    let Lesson { jobs, mut inbox, folder, .. } = lesson;
    drop(jobs);
    // The inbox ends when every task is gone.
    while tokio::time::timeout(GUARD, inbox.next()).await.expect("it ends").is_some() {}
    let gone = |pid: i32| async move {
        while lives(pid) {
            tokio::task::yield_now().await;
        }
    };
    for pid in running.iter().map(|run| run.pid as i32).chain([pid]) {
        tokio::time::timeout(GUARD, gone(pid)).await.expect("it is killed");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[tokio::test]
async fn what_cannot_be_started_is_an_error_and_takes_no_number() {
    let mut lesson = Lesson::new();
    let nowhere = lesson.folder.path().join("nowhere");
    lesson.jobs.start(Program::Shell("true"), &nowhere, &LOOK).expect_err("no such folder");
    let job = lesson.shell("true");
    assert_eq!(job, 1);
    assert_eq!(lesson.until_end(job).await.1, Some(0));
}
