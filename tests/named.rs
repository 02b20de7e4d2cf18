//! Files that a learner names and that are no regular ones: FIFOs, folders, sockets. Nothing waits for ever without a way out by one
//! signal, and nothing of theirs is renamed, replaced or written beside.
#![cfg(target_os = "linux")]

mod support;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use rustix::fs::{Mode, mkfifoat};
use rustix::process::{Pid, Signal, kill_process};
use support::{GUARD, Started, command, netlearn, unlent_port};

fn fifo(folder: &Path) -> PathBuf {
    let path = folder.join("fifo");
    mkfifoat(rustix::fs::CWD, &path, Mode::RWXU).expect("a FIFO");
    path
}

/// Its end to write to, once somebody has opened it for reading.
fn writer(fifo: &Path) -> File {
    let (opened, told) = channel();
    let path = fifo.to_owned();
    // On a thread of its own: without a reader it would wait for ever.
    std::thread::spawn(move || opened.send(OpenOptions::new().write(true).open(path)));
    told.recv_timeout(GUARD).expect("a reader").expect("a FIFO")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Names and kinds of what is in a folder.
fn listing(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut found: Vec<_> =
        entries.map(|entry| (entry.path(), format!("{:?}", entry.file_type().expect("a type")))).collect();
    found.sort();
    found
}

fn signal(started: &Started, signal: Signal) {
    let pid = Pid::from_raw(started.id().cast_signed()).expect("a process id");
    kill_process(pid, signal).expect("the process is there");
}

/// Returns once the process hears SIGTERM itself: proc(5), `SigCgt`.
fn hears(started: &Started) {
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", started.id())).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
        let caught = u64::from_str_radix(caught.trim(), 16).expect("a number");
        if caught & (1 << 14) != 0 {
            return;
        }
        assert!(!status.contains("State:\tZ"), "it has ended");
        std::thread::yield_now();
    }
}

#[test]
fn progress_is_kept_in_a_regular_file_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let fifo = fifo(folder.path());
    fs::create_dir(at("folder")).expect("a folder");
    let _socket = UnixListener::bind(at("socket")).expect("a socket");
    symlink(&fifo, at("link")).expect("a link");
    let before = listing(folder.path());
    for (name, kind) in
        [("fifo", "a FIFO"), ("folder", "a folder"), ("socket", "a socket"), ("link", "a FIFO")]
    {
        for act in [&["list"][..], &["reset", "one-server"]] {
            let path = at(name);
            let run = netlearn(&[&["lesson"], act, &["--progress", text(&path)]].concat());
            assert_eq!(run.code, 2, "{name}: {}", run.stderr);
            assert!(run.stderr.contains(&format!("it is {kind}, not a regular file")), "{}", run.stderr);
            assert!(run.stderr.contains("netlearn lesson list --progress progress.json"), "{}", run.stderr);
            assert_eq!(run.text(), "");
        }
    }
    assert_eq!(listing(folder.path()), before);
}

#[test]
fn damaged_octets_behind_a_fifo_are_not_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = fifo(folder.path());
    // Read and write, so that neither end waits: proc of Linux, fifo(7).
    let mut both = OpenOptions::new().read(true).write(true).open(&fifo).expect("a FIFO");
    both.write_all(b"no progress").expect("room in the FIFO");
    let run = netlearn(&["lesson", "list", "--progress", text(&fifo)]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(listing(folder.path()).len(), 1);
    assert!(fs::symlink_metadata(&fifo).expect("there").file_type().is_fifo());
}

#[test]
fn what_lies_at_the_names_beside_progress_is_not_written_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("progress.json"), r#"{"version":1,"lessons":{"one-server":{"runs":1}}}"#).expect("written");
    fs::write(at("mine"), "mine").expect("written");
    let reset = || netlearn(&["lesson", "reset", "one-server", "--progress", text(&at("progress.json"))]);
    symlink(at("mine"), at("progress.json.new")).expect("a link");
    assert_ne!(reset().code, 0, "the link is no file of ours");
    assert_eq!(fs::read(at("mine")).expect("there"), b"mine");
    fs::remove_file(at("progress.json.new")).expect("removed");
    fs::remove_file(at("progress.json.lock")).expect("removed");
    fs::rename(fifo(folder.path()), at("progress.json.lock")).expect("renamed");
    let run = reset();
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("it is a FIFO, not a regular file"), "{}", run.stderr);
}

#[test]
fn one_signal_ends_a_run_that_waits_for_a_fifo() {
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = fifo(folder.path());
    let fifo = text(&fifo);
    let url = format!("https://127.0.0.1:{}/", unlent_port([127, 0, 0, 1]));
    let lines: [&[&str]; 6] = [
        &["replay", fifo],
        &["lesson", "new", "abc", "--from", fifo],
        &["lesson", "1", "--plain", "--answers", fifo],
        &["get", &url, "--cacert", fifo],
        &["connect", "127.0.0.1", "9", "--tls", "--cacert", fifo],
        &["tour", "--record", fifo],
    ];
    for (line, (number, code)) in lines.iter().zip([(Signal::INT, 130), (Signal::TERM, 143)].iter().cycle()) {
        let started = Started::new(command(line));
        hears(&started);
        signal(&started, *number);
        assert_eq!(started.finish().code, *code, "{line:?}");
    }
}

#[test]
fn one_signal_ends_a_command_line_that_waits_for_its_body() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let data = format!("@{}", text(&fifo(folder.path())));
    let mut child = command(&["get", "http://127.0.0.1:9/", "-d", &data]).spawn().expect("it starts");
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a process id");
    kill_process(pid, Signal::TERM).expect("the process is there");
    // The command line is read before signals are heard: the system ends it, which a shell shows as 143.
    assert_eq!(child.wait().expect("it ends").signal(), Some(15));
}

#[test]
fn a_server_does_not_wait_for_a_reader_of_its_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = fifo(folder.path());
    for line in [&["serve", "--port", "0", "--tls", "--ca-out"][..], &["lab", "--ca-out"]] {
        let run = netlearn(&[line, &[text(&fifo)]].concat());
        assert_eq!(run.code, 23, "{}", run.stderr);
    }
}

#[test]
fn one_signal_ends_a_run_that_waits_for_a_writer_to_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = fifo(folder.path());
    let started = Started::new(command(&["replay", text(&fifo)]));
    let writer = writer(&fifo);
    signal(&started, Signal::TERM);
    assert_eq!(started.finish().code, 143);
    drop(writer);
}

#[test]
fn recordings_certificates_and_answers_come_through_a_fifo() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let fifo = fifo(folder.path());
    let recording = at("run.jsonl");
    let port = unlent_port([127, 0, 0, 1]);
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(netlearn(&["get", &url, "--record", text(&recording)]).code, 7);
    let through = |octets: Vec<u8>, arguments: &[&str]| {
        let started = Started::new(command(arguments));
        let mut writer = writer(&fifo);
        writer.write_all(&octets).expect("it is read");
        drop(writer);
        started.finish()
    };
    let plain = netlearn(&["replay", text(&recording)]);
    let piped = through(fs::read(&recording).expect("there"), &["replay", text(&fifo)]);
    assert_eq!((piped.code, piped.text()), (0, plain.text()));

    let secure = format!("https://127.0.0.1:{port}/");
    let arguments = ["get", &secure, "--cacert", text(&fifo)];
    let run = through(b"no certificate".to_vec(), &arguments);
    assert!(run.code == 2 && run.stderr.contains("no certificate (PEM)"), "{}", run.stderr);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let run = through(made.cert.pem().into_bytes(), &arguments);
    assert_eq!(run.code, 7, "read, and then refused: {}", run.stderr);

    let run = through(b"[unknown]\n".to_vec(), &["lesson", "1", "--plain", "--answers", text(&fifo)]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}
