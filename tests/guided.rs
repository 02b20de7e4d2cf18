//! A netlearn that runs inside a lesson: its streams are pipes, and it behaves as at the lesson's terminal.
#![cfg(target_os = "linux")]

#[path = "support/mod.rs"]
mod support;

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};
use support::{GUARD, Started, command, refusing};

/// What the lesson's end of a FIFO reads, line by line, as it comes.
struct Events {
    lines: Receiver<Value>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Events {
    fn new() -> Events {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events");
        mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).expect("a FIFO");
        // Also open for writing: to open it does not wait for the child then, and the child's end is no end.
        let fifo = OpenOptions::new().read(true).write(true).open(&path).expect("the FIFO opens");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(fifo).lines() {
                let line = line.expect("the FIFO can be read");
                if sender.send(serde_json::from_str(&line).expect("one JSON object a line")).is_err() {
                    break;
                }
            }
        });
        Events { lines, path, _folder: folder }
    }

    /// The next event of a kind.
    fn wait_for(&self, kind: &str) -> Value {
        loop {
            let event = self.lines.recv_timeout(GUARD).unwrap_or_else(|_| panic!("no `{kind}` came"));
            if event["event"] == kind {
                return event;
            }
        }
    }

    /// The lesson's word to a child.
    fn word(&self, parent: u32) -> String {
        json!({
            "width": 50, "color": false, "ascii": true, "facts": true, "events": self.path, "parent": parent,
        })
        .to_string()
    }

    fn start(&self, arguments: &[&str]) -> Started {
        let mut command = command(arguments);
        command.env("NETLEARN_GUIDED", self.word(std::process::id()));
        // No terminal behind any stream, and a limit that would end a client without a person.
        Started::new(command)
    }
}

fn serve(arguments: &[&str]) -> (Started, Events, u64) {
    let events = Events::new();
    let started = events.start(&[&["serve", "tcp", "--port", "0"], arguments].concat());
    assert_eq!(events.wait_for("recording_started")["pid"], started.id());
    let port = events.wait_for("listening")["local_port"].as_u64().expect("a port");
    (started, events, port)
}

#[test]
fn both_ends_tell_what_happens_while_it_happens() {
    let (server, at_server, port) = serve(&["--reply", "hi\\n"]);
    let at_client = Events::new();
    // Nothing is typed for longer than the limit: a person may think.
    let mut client = at_client.start(&["connect", &format!("127.0.0.1:{port}"), "--timeout", "0.2"]);
    at_client.wait_for("connected");
    at_server.wait_for("accepted");
    std::thread::sleep(std::time::Duration::from_millis(500));
    client.stdin.as_mut().expect("stdin").write_all(b"hello\n").expect("it reads on");
    let got = at_server.wait_for("bytes");
    assert_eq!((&got["direction"], &got["len"]), (&json!("received"), &json!(6)));
    let sent = at_client.wait_for("bytes");
    assert_eq!((&sent["direction"], &sent["len"]), (&json!("sent"), &json!(6)));
    // The end of what is typed is a FIN and not yet the end of the client.
    let back = at_client.wait_for("bytes");
    assert_eq!((&back["direction"], &back["len"]), (&json!("received"), &json!(3)));
    drop(client.stdin.take());
    assert_eq!(at_server.wait_for("half_closed")["by"], "client");
    let run = client.finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(at_client.wait_for("finished")["exit"], 0);
    server.terminate();
    let served = server.finish();
    assert_eq!(served.code, 0);

    // The payload was told once, in the narration.
    assert_eq!(run.text(), "");
    let told = served.stderr + &run.stderr;
    assert!(run.stderr.contains("hello") && run.stderr.contains("hi"), "{}", run.stderr);
    for absent in ["words:", " try ", "lent to us", "netlearn "] {
        assert!(!told.contains(absent), "`{absent}` in\n{told}");
    }
    assert!(told.is_ascii(), "{told}");
    assert!(told.lines().all(|line| line.len() <= 50), "{told}");
}

#[test]
fn a_failure_tells_its_evidence_and_leaves_the_cause_to_the_lesson() {
    let (_held, port) = refusing();
    let events = Events::new();
    let run = events.start(&["connect", &format!("127.0.0.1:{port}")]).finish();
    assert_eq!(run.code, 7);
    assert_eq!(events.wait_for("failed")["kind"], "refused");
    assert!(run.stderr.contains("refused") && run.stderr.contains("a RST came"), "{}", run.stderr);
    assert!(!run.stderr.contains("cause") && !run.stderr.contains("  try "), "{}", run.stderr);
    // Who asks for every explanation gets it.
    let asked = events.start(&["connect", &format!("127.0.0.1:{port}"), "--explain", "full"]).finish();
    assert!(asked.stderr.contains("cause") && asked.stderr.contains("try"), "{}", asked.stderr);
}

#[test]
fn ctrl_c_ends_a_client_as_at_a_terminal() {
    let (server, _at_server, port) = serve(&["--silent"]);
    let at_client = Events::new();
    let client = at_client.start(&["connect", &format!("127.0.0.1:{port}")]);
    at_client.wait_for("connected");
    let pid = rustix::process::Pid::from_raw(client.id() as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    assert_eq!(at_client.wait_for("finished")["exit"], 130);
    assert_eq!(client.finish().code, 130);
    server.terminate();
    assert_eq!(server.finish().code, 0);
}

#[test]
fn events_that_nobody_reads_end_no_run() {
    let events = Events::new();
    let gone = json!({
        "width": 80, "color": false, "ascii": false, "facts": false,
        "events": events.path.with_file_name("nowhere"), "parent": std::process::id(),
    });
    let mut explain = command(&["resolve", "localhost"]);
    explain.env("NETLEARN_GUIDED", gone.to_string());
    let run = Started::new(explain).finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("nowhere could not be written"), "{}", run.stderr);
}

#[test]
fn damage_and_a_keyboard_that_is_the_lessons_are_as_no_terminal() {
    let mut damaged = command(&["connect", "--help"]);
    damaged.env("NETLEARN_GUIDED", "{");
    assert_eq!(Started::new(damaged).finish().code, 0);
    let events = Events::new();
    // No menu, but the help.
    let bare = events.start(&[]).finish();
    assert!(bare.text().contains("Usage:") || bare.stderr.contains("Usage:"), "{}", bare.text());
    // Nobody could press Enter.
    let file = events.path.with_file_name("run.jsonl");
    let file = file.to_str().expect("a path");
    assert_eq!(
        command(&["resolve", "localhost", "--record", file]).output().expect("it runs").status.code(),
        Some(0)
    );
    let stepped = events.start(&["replay", "--step", file]).finish();
    assert_eq!(stepped.code, 2, "{}", stepped.stderr);
    assert!(stepped.stderr.contains("--step waits for Enter"), "{}", stepped.stderr);
}

#[test]
fn a_child_ends_with_its_lesson() {
    let events = Events::new();
    // A shell stands for the lesson: it starts the child, says its own number in the child's word, and is killed.
    let word = events.word(1).replace("\"parent\":1", "\"parent\":'$$'");
    let line = format!(
        "NETLEARN_GUIDED='{word}' {} serve tcp --port 0 & read gone",
        env!("CARGO_BIN_EXE_netlearn"),
    );
    let mut lesson = Command::new("sh");
    lesson.args(["-c", &line]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut lesson = lesson.process_group(0).spawn().expect("sh");
    events.wait_for("listening");
    lesson.kill().expect("it runs");
    lesson.wait().expect("it ends");
    events.wait_for("finished");
    // The child held this pipe too: it ends when both are gone.
    let mut rest = String::new();
    lesson.stderr.take().expect("a pipe").read_to_string(&mut rest).expect("the pipe can be read");
}

#[test]
fn a_child_whose_lesson_is_gone_already_does_not_stay() {
    let events = Events::new();
    let mut late = command(&["serve", "tcp", "--port", "0"]);
    // Process 1 is not its parent.
    late.env("NETLEARN_GUIDED", events.word(1));
    let run = Started::new(late).finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    events.wait_for("finished");
}
