//! Both ends of a conversation, recorded by two processes and shown as one story.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

mod support;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::Started;

struct Studio {
    folder: tempfile::TempDir,
}

impl Studio {
    fn new() -> Studio {
        Studio { folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        use std::os::unix::process::CommandExt as _;
        let mut command = support::command(arguments);
        command.arg0("netlearn").current_dir(self.folder.path());
        command
    }

    /// A server that keeps its events in `server.jsonl`, while `clients` act; they get what it listens at.
    fn served(&self, what: &[&str], clients: impl FnOnce(&str)) {
        let mut line = vec!["serve"];
        line.extend_from_slice(what);
        line.extend(["--json", "--record", "server.jsonl"]);
        let mut started = Started::new(self.command(&line));
        let listening = started.wait_for("listening");
        clients(listening["local"].as_str().unwrap());
        started.terminate();
        assert_eq!(started.finish().code, 0);
    }

    fn run(&self, arguments: &[&str]) -> support::Run {
        let run = Started::new(self.command(arguments)).finish();
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
        run
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let run = Started::new(self.command(arguments)).finish();
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.text());
        run.stderr
    }

    fn ladder(&self, files: &[&str]) -> String {
        let mut line = vec!["replay", "--view", "ladder"];
        line.extend_from_slice(files);
        self.run(&line).text()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// A copy whose header has another boot, or none.
    fn elsewhere(&self, name: &str, copy: &str, boot: Option<&str>) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut header: Value = serde_json::from_str(first).unwrap();
        match boot {
            Some(boot) => header["boot"] = boot.into(),
            None => drop(header.as_object_mut().unwrap().remove("boot")),
        }
        std::fs::write(self.path(copy), format!("{header}\n{rest}")).unwrap();
    }

    fn one_request(&self) {
        self.served(&["--port", "0", "--host", "127.0.0.1"], |address| {
            self.run(&["get", &format!("http://{address}/"), "--record", "client.jsonl"]);
        });
    }
}

/// The rows of the ladder in their order, without times: what stands between the lifelines, and beside them.
fn position(ladder: &str, what: &str) -> usize {
    ladder.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}:\n{ladder}"))
}

/// A time as the ladder writes it: milliseconds, or from one second on seconds with their unit.
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.strip_suffix('s') {
        Some(seconds) => seconds.parse::<f64>().ok().map(|seconds| seconds * 1e3),
        None => text.parse().ok(),
    }
}

/// How often a message with these words arrives: an arrow that crosses another is drawn in two rows, one with a head.
fn arrivals(ladder: &str, what: &str) -> usize {
    ladder.lines().filter(|row| row.contains(what) && row.contains(['▶', '◀'])).count()
}

#[test]
fn a_request_leaves_at_the_client_and_arrives_at_the_server() {
    let studio = Studio::new();
    studio.one_request();
    for files in [["client.jsonl", "server.jsonl"], ["server.jsonl", "client.jsonl"]] {
        let ladder = studio.ladder(&files);
        let order = ["connect, open", "GET / HTTP/1.1", "200 OK", "FIN ─"];
        let places: Vec<usize> = order.iter().map(|what| position(&ladder, what)).collect();
        assert!(places.is_sorted(), "{ladder}");
        assert!(position(&ladder, "connect, open") < position(&ladder, "accepted"), "{ladder}");
        for once in ["GET / HTTP/1.1", "200 OK", "accepted"] {
            assert_eq!(ladder.matches(once).count(), 1, "{ladder}");
        }
        for crossed in ["GET / HTTP/1.1", "200 OK"] {
            let row = ladder.lines().nth(position(&ladder, crossed)).unwrap();
            let (left, rest) = row.split_once('│').unwrap();
            let right = rest.rsplit('│').next().unwrap();
            assert!(milliseconds(left).is_some() && milliseconds(right).is_some(), "{row}");
        }
        assert!(!ladder.contains("not seen from here"), "{ladder}");
    }
}

/// A server that two clients called one after the other and one of them, recorded in two processes.
const KEPT: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/both/server.jsonl"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/both/client.jsonl"),
];

#[test]
fn the_kept_recordings_at_80_columns() {
    insta::assert_snapshot!("both-80", Studio::new().ladder(&KEPT));
}

#[test]
fn the_kept_recordings_at_120_columns_on_a_real_terminal() {
    use expectrl::{Eof, Expect as _, Session};
    let mut command = Command::new("sh");
    // Once the session is there, nobody but this line sets the size.
    let line = format!(
        "read _; stty cols 120 rows 40; exec {} replay {} --view ladder",
        env!("CARGO_BIN_EXE_netlearn"),
        KEPT.join(" ")
    );
    command.args(["-c", &line]).env("TERM", "xterm").env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
    let mut session = Session::spawn(command).expect("a terminal");
    session.set_expect_timeout(Some(std::time::Duration::from_secs(20)));
    session.send("\n").expect("begun");
    let text = session.expect(Eof).expect("the end");
    let text = String::from_utf8_lossy(text.as_bytes()).replace('\r', "");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    insta::assert_snapshot!("both-120", text);
}

#[test]
fn unix_sockets_are_matched_by_their_processes() {
    let studio = Studio::new();
    studio.served(&["unix", "app.sock"], |_| {
        studio.run(&["connect", "-U", "app.sock", "--send", "hello\\n", "--record", "client.jsonl"]);
    });
    let ladder = studio.ladder(&["client.jsonl", "server.jsonl"]);
    assert_eq!(arrivals(&ladder, "\"hello\\n\" · 6 B"), 2, "{ladder}");
    assert!(position(&ladder, "connect, open") < position(&ladder, "accepted"), "{ladder}");
    let order = ["connect, open", "\"hello\\n\" · 6 B ─", "─ \"hello\\n\" · 6 B"];
    let places: Vec<usize> = order.iter().map(|what| position(&ladder, what)).collect();
    assert!(places.is_sorted(), "{ladder}");
    assert!(!ladder.contains("not seen from here"), "{ladder}");
}

#[test]
fn datagrams_are_matched_too() {
    let studio = Studio::new();
    studio.served(&["udp", "--port", "0", "--host", "127.0.0.1"], |address| {
        studio.run(&["connect", "-u", address, "--send", "hello", "-w", "3", "--record", "client.jsonl"]);
    });
    let ladder = studio.ladder(&["server.jsonl", "client.jsonl"]);
    assert_eq!(arrivals(&ladder, "\"hello\" · 5 B"), 2, "{ladder}");
}

#[test]
fn several_clients_of_one_server_are_named_and_merged_events_are_a_recording() {
    let studio = Studio::new();
    studio.served(&["--port", "0", "--host", "127.0.0.1"], |address| {
        for (name, path) in [("one.jsonl", "a"), ("two.jsonl", "b")] {
            studio.run(&["get", &format!("http://{address}/{path}"), "--record", name]);
        }
    });
    let files = ["server.jsonl", "one.jsonl", "two.jsonl"];
    let ladder = studio.ladder(&files);
    assert!(ladder.contains("told by one.jsonl") && ladder.contains("told by two.jsonl"), "{ladder}");
    assert!(!ladder.contains("told by server.jsonl"), "{ladder}");
    let mut line = vec!["replay", "--json"];
    line.extend_from_slice(&files);
    let merged = studio.run(&line);
    std::fs::write(studio.path("merged.jsonl"), &merged.stdout).unwrap();
    assert_eq!(studio.ladder(&["merged.jsonl"]), ladder);
    // Every event of all three is there, and flows of two recordings have no number in common.
    let events = merged.events();
    let kept: usize = files
        .iter()
        .map(|name| std::fs::read_to_string(studio.path(name)).unwrap().lines().count() - 1)
        .sum();
    let own = ["recording_started", "recordings_merged", "flows_matched", "told_by"];
    let told = events.iter().filter(|event| !own.iter().any(|name| event["event"] == *name)).count();
    assert_eq!(told, kept);
    let opened: Vec<&Value> = events.iter().filter(|event| event["event"] == "flow_opened").collect();
    let mut flows: Vec<u64> = opened.iter().map(|event| event["flow"].as_u64().unwrap()).collect();
    flows.sort_unstable();
    flows.dedup();
    assert_eq!((flows.len(), opened.len()), (4, 4));
    assert_eq!(merged.events_of("flows_matched").len(), 2);
}

#[test]
fn the_other_views_tell_both_sides() {
    let studio = Studio::new();
    studio.one_request();
    let both = ["server.jsonl", "client.jsonl"];
    let told = studio.run(&["replay", both[0], both[1]]).text();
    assert!(told.contains("both ends of 1 connection"), "{told}");
    assert!(position(&told, "client  connect") < position(&told, "server  client 1"), "{told}");
    let hex = studio.run(&["replay", both[0], both[1], "--view", "hex"]).text();
    assert!(hex.contains("47 45 54 20"), "{hex}");
}

#[test]
fn recordings_of_two_machines_are_not_put_on_one_clock() {
    let studio = Studio::new();
    studio.one_request();
    for (boot, why) in [(Some("another"), "of several machines"), (None, "does not say of which machine")] {
        studio.elsewhere("client.jsonl", "far.jsonl", boot);
        let ladder = studio.ladder(&["server.jsonl", "far.jsonl"]);
        let flat = ladder.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(why) && flat.contains("one after the other"), "{ladder}");
        assert_eq!(ladder.matches("not seen from here").count(), 2, "{ladder}");
        assert!(position(&ladder, "── server.jsonl") < position(&ladder, "── far.jsonl"), "{ladder}");
        let said = studio.refused(&["replay", "server.jsonl", "far.jsonl", "--json"]);
        assert!(said.contains("--json"), "{said}");
    }
}

#[test]
fn what_cannot_be_merged_is_said() {
    let studio = Studio::new();
    studio.one_request();
    let said = studio.refused(&["replay", "client.jsonl", "client.jsonl"]);
    assert!(said.contains("client.jsonl is named twice"), "{said}");
    std::fs::copy(studio.path("client.jsonl"), studio.path("copy.jsonl")).unwrap();
    let said = studio.refused(&["replay", "client.jsonl", "copy.jsonl"]);
    assert!(said.contains("client.jsonl and copy.jsonl are one recording"), "{said}");
    std::fs::write(studio.path("empty.jsonl"), "").unwrap();
    let said = studio.refused(&["replay", "client.jsonl", "empty.jsonl"]);
    assert!(said.contains("empty.jsonl, line 1: the recording is empty"), "{said}");
    let said = studio.refused(&["replay", "client.jsonl", "nowhere.jsonl"]);
    assert!(said.contains("nowhere.jsonl cannot be read"), "{said}");
    let other =
        std::fs::read_to_string(studio.path("client.jsonl")).unwrap().replace("\"schema\":1", "\"schema\":7");
    std::fs::write(studio.path("later.jsonl"), other).unwrap();
    let said = studio.refused(&["replay", "client.jsonl", "later.jsonl"]);
    assert!(said.contains("later.jsonl, line 1: the recording has schema 7"), "{said}");
}

/// Cut at a line's end every line is sound: only the missing last one tells that more is missing.
#[test]
fn a_recording_without_its_end_is_shown_and_said_to_break_off() {
    let studio = Studio::new();
    studio.one_request();
    let text = std::fs::read_to_string(studio.path("client.jsonl")).unwrap();
    let (cut, last) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(last.contains("\"finished\""), "{last}");
    std::fs::write(studio.path("cut.jsonl"), format!("{cut}\n")).unwrap();
    let said = "cut.jsonl breaks off without its end";
    let one = studio.run(&["replay", "cut.jsonl"]);
    assert!(one.stderr.contains(said) && one.text().contains("200 OK"), "{}", one.stderr);
    let two = studio.run(&["replay", "server.jsonl", "cut.jsonl"]);
    assert!(two.stderr.contains(said) && !two.stderr.contains("server.jsonl"), "{}", two.stderr);
    // Whole ones need no word.
    let whole =
        [studio.run(&["replay", "client.jsonl"]), studio.run(&["replay", "server.jsonl", "client.jsonl"])];
    assert!(whole.iter().all(|run| run.stderr.is_empty()), "{}", whole[0].stderr);
}

#[test]
fn a_recording_that_breaks_off_does_not_hide_the_other() {
    let studio = Studio::new();
    studio.one_request();
    let text = std::fs::read_to_string(studio.path("server.jsonl")).unwrap();
    let cut = text.find("\"response\"").expect("an answer");
    std::fs::write(studio.path("cut.jsonl"), &text[..cut]).unwrap();
    let run =
        Started::new(studio.command(&["replay", "cut.jsonl", "client.jsonl", "--view", "ladder"])).finish();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cut.jsonl, line") && run.stderr.contains("breaks off"), "{}", run.stderr);
    let ladder = run.text();
    assert!(position(&ladder, "GET / HTTP/1.1") < position(&ladder, "200 OK"), "{ladder}");
    assert!(Path::new(&studio.path("cut.jsonl")).exists());
}

/// The times of one lifeline, in the order of the rows.
fn times<'l>(ladder: &'l str, column: impl Fn(&'l str) -> Option<&'l str>) -> Vec<f64> {
    ladder
        .lines()
        .filter_map(column)
        .filter_map(|text| milliseconds(text.trim().split(' ').next()?))
        .collect()
}

#[test]
fn the_times_of_each_end_rise_also_where_messages_cross() {
    let studio = Studio::new();
    studio.served(&["tcp", "--port", "0", "--host", "127.0.0.1"], |address| {
        let (host, port) = address.rsplit_once(':').unwrap();
        let mut line = vec!["connect", host, port, "--record", "client.jsonl"];
        line.extend(["--send", "a", "--send", "b", "--send", "c"]);
        studio.run(&line);
    });
    let ladder = studio.ladder(&["server.jsonl", "client.jsonl"]);
    for column in [
        times(&ladder, |row| row.split_once('│').map(|(left, _)| left)),
        times(&ladder, |row| row.rsplit_once('│').map(|(_, right)| right)),
    ] {
        assert!(column.len() > 4 && column.is_sorted(), "{column:?} in\n{ladder}");
    }
}
