//! A recording of any length is replayed in memory of a bounded size.
//!
//! `REPLAY_MEGABYTES=1000 cargo test --release --test replay_memory -- --nocapture` measures a long one.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was measured is told")]

mod support;

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;

/// One conversation, of the recording it is taken from.
const TALK: &str = include_str!("recordings/serve.jsonl");

/// What a replay of a long recording may take above that of a short one, whatever its length; octets. What is kept of each
/// conversation that is over would show here: a recording has twenty thousand of them a gigabyte.
const MORE: u64 = 6 * 1024 * 1024;

/// A recording of about so many megabytes: the same conversations again, each of a flow and a time of its own.
fn recording(path: &Path, megabytes: u64) -> u64 {
    let mut lines = TALK.lines();
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    writeln!(file, "{}", lines.next().expect("a header")).expect("room");
    let events: Vec<serde_json::Value> =
        lines.map(|line| serde_json::from_str(line).expect("an event")).collect();
    let (mut written, mut seq, mut round) = (0, 0_u64, 0_u64);
    while written < megabytes * 1_000_000 {
        for event in &events {
            let mut event = event.clone();
            seq += 1;
            event["seq"] = seq.into();
            if let Some(flow) = event["flow"].as_u64() {
                event["flow"] = (flow + round * 1000).into();
            }
            let at = event["at"].as_f64().expect("a time");
            event["at"] = (at + round as f64 * 0.01).into();
            let line = event.to_string();
            writeln!(file, "{line}").expect("room");
            written += line.len() as u64 + 1;
        }
        round += 1;
    }
    file.flush().expect("room");
    seq
}

/// The largest resident set of a process so far; octets. None where it has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().expect("kilobytes") * 1024)
}

/// The peak of one replay.
fn replayed(path: &Path, arguments: &[&str]) -> u64 {
    let name = path.display().to_string();
    let mut command = support::command(&[&["replay", name.as_str()], arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    // A process that has ended has no peak any more. What it writes is more than a pipe holds, so it cannot end unread.
    let (mut most, mut read, mut last) = (0, 0_u64, 0_u64);
    loop {
        let chunk = out.fill_buf().expect("its output").len();
        if chunk == 0 {
            break;
        }
        if read - last >= 64 * 1024 || read == 0 {
            last = read;
            most = most.max(peak(child.id()).unwrap_or(0));
        }
        out.consume(chunk);
        read += chunk as u64;
    }
    let status = child.wait().expect("it ends");
    assert!(status.success() && most > 0, "{arguments:?}: {status}");
    println!("{arguments:?}: {read} octets shown, peak {most} octets");
    most
}

#[test]
fn a_long_recording_takes_no_more_memory_than_a_short_one() {
    let megabytes = std::env::var("REPLAY_MEGABYTES").map_or(9, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let events = [("short", 3), ("long", megabytes)].map(|(name, size)| recording(&path(name), size));
    println!("{events:?} events, 3 and {megabytes} MB");
    for arguments in [&["--json"][..], &[], &["--view", "ladder"], &["--view", "hex"], &["--view", "table"]] {
        let [short, long] = ["short", "long"].map(|name| replayed(&path(name), arguments));
        assert!(long < short + MORE, "{arguments:?}: {short} octets for 3 MB, {long} for {megabytes} MB");
    }
}
