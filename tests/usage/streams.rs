//! Streams that are closed or full, and readers that leave: an end that says why where it is a failure.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::support::{Started, command, netlearn};

/// stdin that is closed, and a reader who has read one line and left: normal ends.
#[test]
#[cfg(unix)]
fn closed_streams_and_readers_that_leave() {
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).env("N", env!("CARGO_BIN_EXE_netlearn"));
        Started::new(shell).finish()
    };
    for (script, code) in [
        ("\"$N\" ports <&-", 0),
        ("\"$N\" explain RST >&-", 0),
        ("\"$N\" --help >&-", 0),
        ("\"$N\" ports --bogus 2>&-", 2),
        ("\"$N\" ports --bogus <&- >&- 2>&-", 2),
        ("\"$N\" replay /dev/null >&- 2>&-", 2),
    ] {
        let run = shell(script);
        assert_eq!(run.code, code, "{script}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{script}: {}", run.stderr);
    }
    // The pipe's reader is gone before anything is written.
    for line in [
        &["--help"][..],
        &["ports", "--all"],
        &["explain"],
        &["man"],
        &["schema"],
        &["completions", "bash"],
        &["tour"],
        &["tour", "--json"],
        &["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl")],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = command(line).stdin(Stdio::null()).stdout(writer).output().expect("it runs");
        assert_eq!(run.status.code(), Some(0), "{line:?}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(
            run.stderr.is_empty() || line[0] == "tour",
            "{line:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

/// Wherever in its story the tour is given up, also while its server has a client: it ends.
#[test]
fn a_reader_may_leave_the_tour_after_any_line() {
    let whole = netlearn(&["tour", "--json"]).stdout.iter().filter(|octet| **octet == b'\n').count();
    assert!(whole > 50, "{whole}");
    for lines in (1..whole).step_by(5) {
        let mut tour = command(&["tour", "--json"]);
        tour.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut tour = tour.spawn().expect("it runs");
        let mut reader = BufReader::new(tour.stdout.take().expect("its pipe"));
        let mut line = String::new();
        for _ in 0..lines {
            line.clear();
            reader.read_line(&mut line).expect("a line");
        }
        drop(reader);
        let status = tour.wait().expect("its end");
        assert_eq!(status.code(), Some(0), "given up after {lines} lines, at {line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_23_and_says_so() {
    for line in [
        &["--help"][..],
        &["--version"],
        &["serve", "--help"],
        &["ports"],
        &["ports", "--json"],
        &["explain"],
        &["explain", "RST"],
        &["man"],
        &["schema"],
        &["completions", "bash"],
        &["doctor"],
        &["resolve", "127.0.0.1", "--json"],
        &["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl")],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let run = command(line).stdin(Stdio::null()).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(23), "{line:?}: {said}");
        assert!(said.contains("stdout could not be written: No space left on device"), "{line:?}: {said}");
        assert!(said.contains("try       df -h"), "{line:?}: {said}");
    }
}
