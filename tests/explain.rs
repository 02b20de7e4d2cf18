//! `netlearn explain` as a person meets it, and rules that hold for all of the words.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

use netlearn::command::Stop;
use netlearn::explain::glossary::{self, Shown};

fn netlearn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netlearn")).args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_term_has_a_sentence_a_source_and_a_command() {
    for spelling in [&["ephemeral-port"][..], &["ephemeral", "port"], &["Ephemeral_Port"]] {
        let output = netlearn(&[&["explain"], spelling].concat());
        assert_eq!(output.status.code(), Some(0), "{spelling:?}: {}", err(&output));
        let page = out(&output);
        let entry = glossary::find("ephemeral port").unwrap();
        assert!(page.starts_with("ephemeral port\n"), "{page}");
        assert!(page.contains(entry.source), "{page}");
        assert!(page.contains(entry.shown.command().unwrap()), "{page}");
        assert!(page.contains(entry.shown.server().unwrap()), "{page}");
        assert_eq!(err(&output), "");
    }
}

#[test]
fn what_people_have_in_their_editor_is_known() {
    for (text, term) in [
        ("server.listen(3000)", "server.listen"),
        ("res.end('Hello');", "res.end"),
        ("net::ERR_CONNECTION_REFUSED", "ERR_CONNECTION_REFUSED"),
        ("getaddrinfo ENOTFOUND", "ENOTFOUND"),
        ("EADDRINUSE", "EADDRINUSE"),
        ("connection refused", "ECONNREFUSED"),
        ("0.0.0.0", "wildcard address"),
        ("Error: socket hang up", "socket hang up"),
        ("socket hang up", "socket hang up"),
        ("curl: (6) Could not resolve host: nope", "Could not resolve host"),
        ("bind: Cannot assign requested address", "EADDRNOTAVAIL"),
        ("EADDRNOTAVAIL", "EADDRNOTAVAIL"),
        ("404 Not Found", "status code"),
        ("::1", "loopback"),
    ] {
        let output = netlearn(&["explain", text]);
        assert_eq!(output.status.code(), Some(0), "{text}: {}", err(&output));
        assert!(out(&output).starts_with(&format!("{term}\n")), "{text}: {}", out(&output));
    }
}

#[test]
fn without_a_term_all_are_listed() {
    let output = netlearn(&["explain"]);
    assert_eq!(output.status.code(), Some(0));
    let flat = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for entry in glossary::entries() {
        assert!(flat.contains(entry.term), "{}", entry.term);
    }
    assert!(out(&output).lines().all(|line| line.len() <= 80));
}

#[test]
fn an_unknown_term_names_the_nearest_ones() {
    let output = netlearn(&["explain", "emphemeral", "port"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "");
    let said = err(&output);
    assert!(said.starts_with("netlearn: no such term: emphemeral port"), "{said}");
    assert!(said.contains("netlearn explain ephemeral-port"), "{said}");
    let output = netlearn(&["explain", "qqqqqqqqqqqq"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("netlearn explain"), "{}", err(&output));
}

/// The lines of netlearn in a line for the shell, each without what the shell adds: pipes, redirections, a second command.
fn own_lines(line: &str) -> impl Iterator<Item = Vec<OsString>> {
    let parts = line.split([';', '|', '&', '<', '>']);
    let own = parts.filter_map(|part| part.find("netlearn ").map(|at| &part[at..]));
    own.map(|own| own.split_whitespace().map(|word| word.replace('\'', "").into()).collect())
}

#[test]
fn the_commands_of_each_term_are_read_by_the_parser() {
    let mut read = 0;
    for entry in glossary::entries() {
        for line in [entry.shown.server(), entry.shown.command()].into_iter().flatten() {
            for arguments in own_lines(line) {
                if let Err(end) = netlearn::cli::parse(arguments, Stop::default()) {
                    panic!("{}: {line}: {end:?}", entry.term);
                }
                read += 1;
            }
        }
        // What is to be read instead may be a term.
        if let Shown::Nowhere(text) = entry.shown
            && let Some(rest) = text.strip_prefix("netlearn explain ")
        {
            let term = rest.split(':').next().unwrap();
            assert!(glossary::find(term).is_some(), "{}: {term} is no term", entry.term);
        }
    }
    assert!(read > 200, "{read}");
}

/// The texts of all string literals of a Rust file; good enough for files without raw strings that hold quotes.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(source);
    let mut found = Vec::new();
    for line in source.lines() {
        let code = line.trim_start();
        if code.starts_with("//") {
            continue;
        }
        let mut rest = code;
        while let Some(start) = rest.find('"') {
            let mut end = start + 1;
            let bytes = rest.as_bytes();
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(rest.len());
            found.push(rest[start + 1..end].to_owned());
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "samples.rs" {
            found.push(path);
        }
    }
}

/// Words that tell a learner that something should be no trouble, and praise.
const FORBIDDEN: &[&str] = &["simply", "just", "obviously", "easy", "easily", "great", "congratulations"];

fn offends(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    if text.contains('!') {
        return Some("!");
    }
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| FORBIDDEN.iter().copied().find(|bad| *bad == word))
}

#[test]
fn no_text_talks_down_to_the_learner() {
    assert_eq!(offends("It is just a port"), Some("just"), "the scan itself works");
    assert_eq!(offends("Done!"), Some("!"), "the scan itself works");
    assert_eq!(literals(r#"let a = "one"; b("two \" x");"#), ["one", r#"two \" x"#]);
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root.join("explain"), &mut files);
    files.push(root.join("explain.rs"));
    assert!(files.len() > 10);
    for file in files {
        for text in literals(&std::fs::read_to_string(&file).unwrap()) {
            // Answers of the tool's own servers are quoted, not said.
            if text.contains("Hello, World!") {
                continue;
            }
            assert_eq!(offends(&text), None, "{}: {text:?}", file.display());
        }
    }
}
