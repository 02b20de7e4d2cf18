//! A recording of any length is replayed in memory of a bounded size.
//!
//! `REPLAY_MEGABYTES=1000 cargo test --release --test replay_memory -- --nocapture` measures a long one.
#![cfg(target_os = "linux")]

mod support;

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;

/// One conversation, of the recording it is taken from.
const TALK: &str = include_str!("recordings/serve.jsonl");

/// What a replay may take, whatever the length; octets.
const MOST: u64 = 64 * 1024 * 1024;

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

/// The largest resident set of a process that is still there; octets.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("kilobytes") * 1024
}

#[test]
fn a_long_recording_takes_no_more_memory_than_a_short_one() {
    let megabytes = std::env::var("REPLAY_MEGABYTES").map_or(24, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.jsonl");
    let events = recording(&path, megabytes);
    for arguments in
        [&["--json"][..], &[], &["--view", "ladder"], &["--view", "hex"], &["--view", "waterfall"]]
    {
        let name = path.display().to_string();
        let mut command = support::command(&[&["replay", name.as_str()], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        // A process that has ended has no peak any more: it is looked at while it writes.
        let (mut most, mut read, mut last) = (0, 0_u64, 0_u64);
        loop {
            let chunk = out.fill_buf().expect("its output").len();
            if chunk == 0 {
                break;
            }
            out.consume(chunk);
            read += chunk as u64;
            if read - last > 200_000 || last == 0 {
                last = read;
                most = most.max(peak(child.id()));
            }
        }
        let status = child.wait().expect("it ends");
        assert!(status.success(), "{arguments:?}: {status}");
        println!("{events} events, {megabytes} MB, {arguments:?}: {read} octets shown, peak {most} octets");
        assert!(most > 0 && most < MOST, "{arguments:?}: {most} octets for {megabytes} MB");
    }
}
