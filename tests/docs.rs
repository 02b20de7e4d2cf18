//! The documents say what the program does: every failure, every exit code.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

use std::path::Path;
use std::time::Duration;

use netlearn::command::Outcome;
use netlearn::event::failure::FailureKind;
use serde_json::Value;

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// The ids of all failures, read from the schema of the events so that none is forgotten.
fn ids() -> Vec<String> {
    fn collect(schema: &Value, ids: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("const", Value::String(id)) => ids.push(id.clone()),
                        ("enum", Value::Array(list)) => {
                            ids.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        (_, _) => collect(value, ids),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| collect(value, ids)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut ids = Vec::new();
    collect(schemars::schema_for!(FailureKind).as_value(), &mut ids);
    assert!(ids.len() > 40, "{ids:?}");
    ids
}

fn outcome(id: &str) -> u8 {
    let kind: FailureKind = serde_json::from_value(Value::String(id.to_owned())).unwrap();
    Outcome::of(kind).0
}

/// The cells of the rows of a document's tables.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn every_failure_stands_in_its_document_with_its_exit_code() {
    let text = document("failures.md");
    let rows = rows(&text);
    let ids = ids();
    for id in &ids {
        let name = format!("`{id}`");
        let row: Vec<_> = rows.iter().filter(|row| row[0] == name).collect();
        assert_eq!(row.len(), 1, "{id} in docs/failures.md");
        assert_eq!(row[0].len(), 5, "{id}: {:?}", row[0]);
        assert!(row[0].iter().all(|cell| !cell.is_empty()), "{id}: {:?}", row[0]);
        assert_eq!(row[0][1].parse(), Ok(outcome(id)), "exit code of {id}");
    }
    for row in rows.iter().filter(|row| row[0].starts_with('`')) {
        assert!(ids.iter().any(|id| row[0] == format!("`{id}`")), "{} is no failure", row[0]);
    }
}

#[test]
fn each_test_that_holds_a_failure_is_there() {
    let text = document("failures.md");
    let table = text.split("| situation | tests |").nth(1).unwrap();
    let rows = rows(table);
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows.iter().skip(1) {
        assert_eq!(row.len(), 2, "{row:?}");
        for named in row[1].split(", ").map(|name| name.trim_matches('`')) {
            let (file, name) = named.split_once("::").unwrap();
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
            let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
            let before = source.split(&format!("fn {name}()")).next().unwrap();
            assert_ne!(before.len(), source.len(), "{named} is not there");
            // Its attributes stand right above it.
            let attributes = before.rsplit("\n\n").next().unwrap();
            assert!(attributes.contains("test]"), "{named} is no test");
        }
    }
}

#[test]
fn every_exit_code_stands_in_its_document() {
    let text = document("exit-codes.md");
    let codes: Vec<u8> = rows(&text).iter().filter_map(|row| row[0].parse().ok()).collect();
    for id in ids() {
        assert!(codes.contains(&outcome(&id)), "{} ({id}) in docs/exit-codes.md", outcome(&id));
    }
    for code in [Outcome::DONE, Outcome::NOT_MET, Outcome::USAGE, Outcome(130), Outcome(143)] {
        assert!(codes.contains(&code.0), "{} in docs/exit-codes.md", code.0);
    }
}

#[test]
fn every_command_has_its_section() {
    let text = document("commands.md");
    for command in
        ["tour", "lesson", "serve", "get", "connect", "resolve", "lab", "ports", "explain", "replay"]
    {
        assert!(text.contains(&format!("\n## {command}\n")), "{command}");
    }
}

/// The anchors that GitHub makes of a document's headings: lower case, no punctuation, spaces as hyphens.
fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut anchors = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let title = line.trim_start_matches('#').trim_start();
        if fenced || !line.starts_with('#') || title.is_empty() {
            continue;
        }
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        anchors.push(kept.collect::<String>().to_lowercase().replace(' ', "-"));
    }
    anchors
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for entry in root.join("docs").read_dir().unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    let mut links = 0;
    for name in names {
        let path = root.join(&name);
        let text = std::fs::read_to_string(&path).unwrap();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let target = rest.split(')').next().unwrap_or_default();
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let leads_to = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(leads_to.is_file(), "{name}: {target}");
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(leads_to).unwrap();
                assert!(anchors(&there).iter().any(|known| known == anchor), "{name}: {target}");
            }
            links += 1;
        }
    }
    assert!(links > 15, "only {links} links");
    assert_eq!(anchors("# One\n```sh\n# no\n```\n## --json, and more\n"), ["one", "--json-and-more"]);
}

#[test]
fn every_limit_names_a_test_that_exists() {
    let text = document("limits.md");
    let mut named = 0;
    for row in rows(&text) {
        let Some(test) = row.last().and_then(|cell| cell.strip_prefix('`')?.strip_suffix('`')) else {
            continue;
        };
        let (file, name) = test.split_once(": ").unwrap();
        let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let at = source.find(&format!("fn {name}()")).unwrap_or_else(|| panic!("no test {name} in {file}"));
        // The attribute may stand before other attributes and a doc comment, and nothing else.
        let before = source[..at].trim_end_matches("async ").trim_end();
        let attributes =
            before.lines().rev().map(str::trim_start).take_while(|line| line.starts_with(['#', '/']));
        let mut attributes = attributes.filter(|line| line.contains("test]") || line.contains("test("));
        assert!(attributes.next().is_some(), "{name} in {file} is no test");
        named += 1;
    }
    assert!(named > 25, "{named} limits");
    // Every row has its test: what has none is no limit that holds.
    assert_eq!(
        named,
        rows(&text).iter().filter(|row| row[0] != "what" && !row[0].starts_with("---")).count()
    );
}

#[test]
fn limits_are_those_of_the_code() {
    use netlearn::command::payload;
    use netlearn::event::{recorder, recording, udp};
    use netlearn::net::dns::{HOSTS_LIMIT, walk};
    use netlearn::net::tls::certificate;
    use netlearn::net::{http2, server, tap};
    let text = document("limits.md").replace(',', "");
    let limits = server::Limits::default();
    for (name, number) in [
        ("head of a request", limits.head as u64),
        ("body of a request", limits.body),
        ("connections at one time", limits.connections as u64),
        ("silence between requests", limits.idle.as_secs()),
        ("accept queue", server::bind::BACKLOG.into()),
        ("events a second that a server narrates", recorder::READABLE_RATE),
        ("events of a server that wait", recorder::BOUNDED_LAG),
        ("bytes of a direction that events keep", tap::CAPTURE as u64),
        ("frames of HTTP/2 without", http2::annotator::FLOOD),
        ("certificates of a chain", certificate::CHAIN_LIMIT as u64),
        ("names of a certificate", certificate::NAMES_LIMIT as u64),
        ("the hosts file", HOSTS_LIMIT / 1024 / 1024),
        ("a datagram", udp::LONGEST_V4),
        ("questions on the way", walk::Budget::usual(Duration::ZERO).questions.into()),
        ("bytes of a body that wait", payload::HELD as u64),
        ("answers that are being given", server::GRACE.as_secs()),
        ("time for a head", limits.idle.as_secs()),
        ("a line of a recording", recording::LINE_LIMIT as u64 / 1024 / 1024),
    ] {
        let row = text.lines().find(|line| line.starts_with(&format!("| {name}"))).unwrap();
        let numbers = row.split('|').nth(2).unwrap();
        let first: String = numbers.trim_start().chars().take_while(char::is_ascii_digit).collect();
        assert_eq!(first, number.to_string(), "{name}");
    }
}
